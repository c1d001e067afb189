"""Adds the new contacts of a scenario to the tables of a SimulationConfig.

They are made once, before contacts are simulated or divided into parts: `new-1`, `new-2`… in the order of arrival, each
with the event that brings it. Their columns are those of a row of the table, chosen by key. Hours are read in the time
zone of the workspace, since a contact has no time zone before it arrives.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from flowdsl.calendar import clock
from flowdsl.calendar.clock import WEEK
from flowdsl.chance import delay_laws, keyed_draws
from flowdsl.diagnostics.catalogue.data import DATA_DIAGNOSTICS
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import DataError, Diagnostic, RunError
from flowdsl.plan import plan
from flowdsl.sim.chance import MILLION
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.parameter_uncertainty import NARROW, believed, identity
from flowdsl.sim.vector_draws import delays, drawn
from flowdsl.tables import Contacts, Events, Occurrence, Tables

PREFIX = "new-"
MOST = 10_000_000  # new contacts
BLOCK = 64  # how many more than expected are drawn at once
TAKEN = next(diagnostic for diagnostic in DATA_DIAGNOSTICS if diagnostic.code == "E515")


@dataclass(frozen=True, slots=True, order=True)
class NewContact:
    """One new contact: its arrival (ms), the key of its line, its number in that line, the line, and the contact of the
    table, in the order of ids, whose columns it has (-1: none)."""

    time: int
    key: int
    number: int
    line: int
    like: int


def with_new_contacts(config: SimulationConfig) -> SimulationConfig:
    """The config with all new contacts of its scenario in its tables; unchanged if there are none.

    Raises DataError if the table has ids that new contacts would get, RunError if far too many would arrive.
    """
    if not config.world.arrivals or config.arrival_times:
        return config
    contacts = config.tables.contacts
    new, ids = _new_contacts(config)
    check_ids(set(ids).intersection(contacts.ids))
    before = config.tables
    tables = Tables(
        contacts.joined_by(ids, _templates(new, _by_id(contacts))),
        before.events.joined_by(_events(config, new), len(contacts)),
        before.objects.joined_by(len(new)),
        before.catalogue,
    )
    return replace(config, tables=tables, arrival_times=_arrival_times(new))


def only_new(config: SimulationConfig, new: Sequence[NewContact]) -> SimulationConfig:
    """The config with these new contacts only, in their order."""
    tables = replace(config.tables, events=Events().joined_by(_events(config, new), 0))
    return replace(config, tables=tables, arrival_times=_arrival_times(new))


class NewContacts:
    """The new contacts of any replication of a config, without the contacts of the table."""

    def __init__(self, config: SimulationConfig) -> None:
        contacts = config.tables.contacts
        self._config, self._by_id = config, _by_id(contacts)
        self._taken = {contact for contact in contacts.ids if contact.startswith(PREFIX)}

    def of(self, replication: int) -> SimulationConfig:
        """The config of one replication with the new contacts only.

        Raises DataError or RunError as `with_new_contacts` does.
        """
        config = replace(self._config, replication=replication)
        new, ids = _new_contacts(config)
        check_ids(self._taken.intersection(ids))
        alone = config.tables.contacts.copies(ids, _templates(new, self._by_id))
        tables = Tables(alone, catalogue=config.tables.catalogue)
        return only_new(replace(config, tables=tables), new)


def _new_contacts(config: SimulationConfig) -> tuple[list[NewContact], list[str]]:
    """All new contacts, and their ids."""
    new = all_new_contacts(config, len(config.tables.contacts))
    return new, [f"{PREFIX}{number}" for number in range(1, len(new) + 1)]


def _by_id(contacts: Contacts) -> list[int]:
    """The positions of contacts in the order of their ids, so that the order of the table does not matter."""
    return sorted(range(len(contacts)), key=list(contacts.ids).__getitem__)


def _templates(new: Sequence[NewContact], by_id: Sequence[int]) -> list[int]:
    """The position of the contact whose columns each new contact has; -1: none."""
    return [by_id[one.like] if one.like >= 0 else -1 for one in new]


def all_new_contacts(config: SimulationConfig, rows: int) -> list[NewContact]:
    """Every new contact of a scenario, in the order of arrival; rows: the number of rows in the table.

    Raises RunError if far too many would arrive.
    """
    world = keyed_draws.key(config.seed, config.replication)
    _check_number(config, world)
    lines = range(len(config.world.arrivals))
    return sorted(one for line in lines for one in _of_line(config, line, world, rows))


def _arrival_times(new: Sequence[NewContact]) -> array[int]:
    return array("q", [one.time for one in new])


def _events(config: SimulationConfig, new: Sequence[NewContact]) -> list[Occurrence]:
    return [_event(config.world.arrivals[one.line], one.time) for one in new]


def _of_line(config: SimulationConfig, number: int, world: int, rows: int) -> Iterator[NewContact]:
    """The new contacts of a line. Their gaps are added in units of the mean, so that rounding errors do not add up."""
    line = config.world.arrivals[number]
    rate, moment = believed(line, world), _clock(config, line)
    key = keyed_draws.key("new", line.event, line.name, identity(line, NARROW))
    gaps, likes = (
        keyed_draws.extend(keyed_draws.extend(world, key), 0),
        keyed_draws.extend(keyed_draws.extend(world, key), 1),
    )
    is_like = bool(line.like_table and rows)
    k, sum_of_gaps = 0, 0
    block = (config.until - config.world_begin) * rate // (line.per_ms * MILLION) + BLOCK  # about the number to expect
    while rate:
        sums = np.cumsum(delays(delay_laws.unit(), drawn(gaps, k, block))) + sum_of_gaps
        chosen = drawn(likes, k, block).tolist() if is_like else []
        for turn, sum_of_gaps in enumerate(sums.tolist()):
            time = moment(sum_of_gaps * line.per_ms * MILLION // rate >> 32)
            if time >= config.until:
                return
            yield NewContact(time, key, k + turn, number, keyed_draws.below(chosen[turn], rows) if is_like else -1)
        k += block


def _clock(config: SimulationConfig, line: plan.Arrival) -> Callable[[int], int]:
    """Returns a function from ms of waiting to moments. With a window only open time counts, and gaps are shorter, so
    that the number a week is the same as without."""
    begin = config.world_begin
    if line.window is None:
        return begin.__add__
    open, zone = clock.stretches(line.window), clock.zone(config.plan.policy.zone or "UTC")
    open_time = clock.open_time(open)
    return lambda ms: clock.after_open(begin, ms * open_time // WEEK, open, zone)


def _check_number(config: SimulationConfig, world: int) -> None:
    """Raises RunError for more new contacts than a machine can hold, such as after a mistake in the unit."""
    duration = config.until - config.world_begin
    number = sum(believed(line, world) * duration // (line.per_ms * MILLION) for line in config.world.arrivals)
    if number > MOST:
        diagnostic = RUNS["E718"]
        message = f"about {number:,} new contacts would arrive, and the most is {MOST:,}"
        raise RunError(
            [Diagnostic("E718", message, words=str(number), reason=diagnostic.why, example=diagnostic.right)]
        )


def _event(line: plan.Arrival, time: int) -> Occurrence:
    return Occurrence(time, line.event, line.name, "", {field.field: field.values[0] for field in line.fields})


def check_ids(ids: Collection[str]) -> None:
    """Raises DataError for ids that the table has and new contacts would get."""
    taken = sorted(ids, key=lambda one: (len(one), one))
    if taken:
        count = "an id" if len(taken) == 1 else f"{len(taken):,} ids"
        raise DataError(
            [
                Diagnostic(
                    "E515",
                    f"the table has {count} that new contacts would get: {', '.join(taken[:5])}",
                    words=taken[0],
                    reason=TAKEN.why,
                    example=TAKEN.right,
                    place="contacts",
                )
            ]
        )
