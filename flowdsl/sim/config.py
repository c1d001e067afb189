"""What an engine is told: plan, tables, scenario, times and seed; and how a contact's state is filled in from them.

Both engines read a config and nothing else, so they cannot disagree about where a simulation begins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from flowdsl.machine import Happening, Ready, State, prepare, remember
from flowdsl.plan.plan import Plan, World
from flowdsl.tables import Cell, Tables

Progress = Callable[[float], None]  # gets the fraction of simulated time that has passed


@dataclass(frozen=True)
class SimulationConfig:
    """One simulation. Times in ms: flows run from `begin`, rows count from `start`, all ends just before `until`.

    begin is earlier than start when people already on their way shall be in the forecast (`warm_from`).

    births   when each of the new contacts arrives, who stand behind all others in the tables (arrivals.py)
    told     an events table tells what happened from begin to start, so that rates and new contacts begin at start
    prepared the plan made ready before, for several replications; it cannot be sent to another process
    """

    plan: Plan
    tables: Tables
    begin: int
    start: int
    until: int
    world: World = field(default_factory=lambda: World(""))
    seed: int = 0
    replication: int = 0
    births: Sequence[int] = ()
    told: bool = False
    prepared: Ready | None = field(default=None, compare=False, repr=False)

    @property
    def assumed(self) -> int:
        """From when on contacts do something by themselves, and new ones come."""
        return self.start if self.told else self.begin

    def born(self, position: int) -> int:
        """When a contact comes into being: the beginning for those of the table."""
        if not self.births:
            return self.begin
        new = position - (len(self.tables.contacts) - len(self.births))
        return self.births[new] if new >= 0 else self.begin

    def ready(self, trace: bool = False) -> Ready:
        """The plan made ready for this setting."""
        if self.prepared is not None and not trace:
            return self.prepared
        return prepare(
            self.plan,
            seed=self.seed,
            start=self.begin,
            first_day=self.start,
            world=self.world,
            trace=trace,
            catalogue=self.tables.catalogue.names,
        )


def initial_state(config: SimulationConfig, ready: Ready, position: int) -> State:
    """The contact as the tables know it at the beginning: its row and its objects."""
    contacts, policy = config.tables.contacts, config.plan.policy
    row, objects = contacts.row(position), config.tables.objects.of(position) if config.tables.objects.ids else {}
    return State(
        contacts.ids[position],
        row.zone or policy.zone or "UTC",
        born=config.born(position),
        columns=row.columns,
        sets={family: list(names) for family, names in row.sets.items() if names},
        refused=[channel for channel, given in row.consent.items() if not given] if row.consent else [],
        objects={kind: _known(ready, kind, many) for kind, many in objects.items()} if objects else {},
    )


def _known(ready: Ready, kind: str, many: dict[str, dict[str, Cell]]) -> dict[str, dict[str, Cell]]:
    """Objects of a kind with what the catalogue says of them besides."""
    listed = ready.catalogue.get(kind, {})
    return {one: {**listed.get(one, {}), **fields} for one, fields in many.items()}


class TimedEvent(NamedTuple):
    """An event of the table, and when (ms) it happens."""

    time: int
    happening: Happening


def replay(config: SimulationConfig, ready: Ready, state: State, position: int) -> list[TimedEvent]:
    """Lets the state remember what happened before the beginning; gives the events that come after, in order."""
    coming = []
    for time, event, name, object_id, fields in config.tables.events.each(position):
        happening = Happening(event, name, object_id, fields)
        if time < config.begin:
            remember(ready, state, happening, time)
        elif time < config.until:
            coming.append(TimedEvent(time, happening))
    return coming
