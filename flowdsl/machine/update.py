"""What the outside says has changed about a contact, besides events: columns, sets, consent and the time zone.

An Update is taken like an event, in its place among the inputs of an instant: first the state changes, then runs leave,
then waits are looked at again (docs/reference/live-states.md#changes-from-outside).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from flowdsl.calendar.zones import zone_names
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.diagnostics.suggest import did_you_mean
from flowdsl.machine import schedule
from flowdsl.machine.state import Cell, State

if TYPE_CHECKING:
    from flowdsl.machine.ready import Ready

NONE: Mapping[str, Cell | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Update:
    """Changes of one contact.

    columns  new values by column; None removes one
    sets     all names that a set has now, by family: tags, groups, memberships, …
    consent  by channel, whether messages may be sent
    zone     the new time zone; "" for no change
    """

    columns: Mapping[str, Cell | None] = field(default_factory=lambda: NONE)
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    consent: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    zone: str = ""

    def check(self) -> None:
        """Raises RunError with everything that is wrong (E775), before anything changes."""
        found = DiagnosticCollector(RUNS)
        for problem in self._problems():
            found.add("E775", problem)
        found.raise_any(RunError)

    def _problems(self) -> Iterator[str]:
        for name, value in self.columns.items():
            if not isinstance(value, str | bool | int | float | date | None):  # a datetime is a date, too
                yield f"column {name}: a text, number, yes or no, date or time is needed, not {value!r}"
        for family, names in self.sets.items():
            if isinstance(names, str) or not all(isinstance(name, str) for name in names):
                yield f"set {family}: a tuple of names is needed, not {names!r}"
        for channel, is_given in self.consent.items():
            if not isinstance(is_given, bool):
                yield f"consent for {channel}: True or False is needed, not {is_given!r}"
        if self.zone and self.zone not in zone_names():
            hint = did_you_mean(self.zone, zone_names())
            yield f'no time zone is called "{self.zone}"' + (f"; {hint}" if hint else "")


def apply(ready: Ready, state: State, update: Update, now: int) -> None:
    """Changes the state; triggers by date and by calendar get their new moments."""
    for name, value in update.columns.items():
        if state.columns.get(name) == value:
            continue
        if value is None:
            del state.columns[name]
        else:
            state.columns[name] = value
        schedule.schedule_dates(ready, state, now, name)
    for family, names in update.sets.items():
        state.sets[family] = [*dict.fromkeys(names)]
    for channel, is_given in update.consent.items():
        state.refused = [one for one in state.refused if one != channel] + ([] if is_given else [channel])
    if update.zone and update.zone != state.zone:
        state.zone = update.zone
        schedule.schedule_all(ready, state, now + 1)
