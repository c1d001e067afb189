"""New contacts: a config whose scenario lets contacts come goes in; one with all of them in its tables comes out.

They are made once, before contacts are simulated or shared out: `new-1`, `new-2`… in the order in which they arrive,
each with the event that brings it. What they are like is a row of the table, chosen by key; hours are read on the
workspace's clock, since nobody is there yet whose own it could be.
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
from flowdsl.sim.gaps import delays, drawn
from flowdsl.sim.parameter_uncertainty import NARROW, believed, identity
from flowdsl.tables import Contacts, Events, Occurrence, Tables

PREFIX = "new-"
MOST = 10_000_000  # new contacts
BLOCK = 64  # more than are expected are drawn at once
TAKEN = next(diagnostic for diagnostic in DATA_DIAGNOSTICS if diagnostic.code == "E515")


@dataclass(frozen=True, slots=True, order=True)
class NewContact:
    """One new contact: when it comes (ms), the key of its line, the how-many-th of that, its line, and which contact of
    the table, in the order of their ids, it is like (-1: none)."""

    time: int
    key: int
    number: int
    line: int
    like: int


def with_new_contacts(config: SimulationConfig) -> SimulationConfig:
    """The setting with all new contacts of its scenario in its tables; it stays as it is when there are none.

    Raises DataError when the table has ids that new contacts would take, RunError when far too many would come.
    """
    if not config.world.arrivals or config.births:
        return config
    contacts = config.tables.contacts
    comers, ids = _comers(config)
    refuse(set(ids).intersection(contacts.ids))
    before = config.tables
    tables = Tables(
        contacts.joined_by(ids, _likes(comers, _by_id(contacts))),
        before.events.joined_by(_events(config, comers), len(contacts)),
        before.objects.joined_by(len(comers)),
        before.catalogue,
    )
    return replace(config, tables=tables, births=_births(comers))


def new_alone(config: SimulationConfig, comers: Sequence[NewContact]) -> SimulationConfig:
    """The setting of new contacts by themselves: its table holds these and no others, in their order."""
    tables = replace(config.tables, events=Events().joined_by(_events(config, comers), 0))
    return replace(config, tables=tables, births=_births(comers))


class Newcomers:
    """The new contacts of a setting by themselves, for any of its replications."""

    def __init__(self, config: SimulationConfig) -> None:
        contacts = config.tables.contacts
        self._setting, self._places = config, _by_id(contacts)
        self._taken = {contact for contact in contacts.ids if contact.startswith(PREFIX)}

    def of(self, replication: int) -> SimulationConfig:
        """The setting of one replication that holds the new contacts and no others.

        Raises DataError or RunError as `with_new_contacts` does.
        """
        config = replace(self._setting, replication=replication)
        comers, ids = _comers(config)
        refuse(self._taken.intersection(ids))
        alone = config.tables.contacts.copies(ids, _likes(comers, self._places))
        tables = Tables(alone, catalogue=config.tables.catalogue)
        return new_alone(replace(config, tables=tables), comers)


def _comers(config: SimulationConfig) -> tuple[list[NewContact], list[str]]:
    """All new contacts, and their ids."""
    comers = all_comers(config, len(config.tables.contacts))
    return comers, [f"{PREFIX}{number}" for number in range(1, len(comers) + 1)]


def _by_id(contacts: Contacts) -> list[int]:
    """The places of contacts in the order of their ids, so that the order of the table is no matter."""
    return sorted(range(len(contacts)), key=list(contacts.ids).__getitem__)


def _likes(comers: Sequence[NewContact], by_id: Sequence[int]) -> list[int]:
    """Which contact of the table, by its place, each new one is like; -1: none."""
    return [by_id[comer.like] if comer.like >= 0 else -1 for comer in comers]


def all_comers(config: SimulationConfig, rows: int) -> list[NewContact]:
    """Every new contact of a scenario, in the order in which they arrive; rows: how many the table has.

    Raises RunError when far too many would come.
    """
    world = keyed_draws.key(config.seed, config.replication)
    _check_number(config, world)
    lines = range(len(config.world.arrivals))
    return sorted(comer for line in lines for comer in _coming(config, line, world, rows))


def _births(comers: Sequence[NewContact]) -> array[int]:
    return array("q", [comer.time for comer in comers])


def _events(config: SimulationConfig, comers: Sequence[NewContact]) -> list[Occurrence]:
    return [_event(config.world.arrivals[comer.line], comer.time) for comer in comers]


def _coming(config: SimulationConfig, number: int, world: int, rows: int) -> Iterator[NewContact]:
    """The new contacts of a line: their gaps add up in units of the mean, so that no rounding does."""
    line = config.world.arrivals[number]
    rate, moment = believed(line, world), _clock(config, line)
    key = keyed_draws.key("new", line.event, line.name, identity(line, NARROW))
    gaps, likes = (
        keyed_draws.extend(keyed_draws.extend(world, key), 0),
        keyed_draws.extend(keyed_draws.extend(world, key), 1),
    )
    is_like = bool(line.like_table and rows)
    k, sum_of_gaps = 0, 0
    block = (config.until - config.assumed) * rate // (line.per_ms * MILLION) + BLOCK  # about as many will come
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
    """Turns ms of waiting into moments: with a window it is open time that passes, so much faster that as many come in
    a week as without."""
    begin = config.assumed
    if line.window is None:
        return begin.__add__
    open, zone = clock.stretches(line.window), clock.zone(config.plan.policy.zone or "UTC")
    open_time = clock.open_time(open)
    return lambda ms: clock.after_open(begin, ms * open_time // WEEK, open, zone)


def _check_number(config: SimulationConfig, world: int) -> None:
    """Refuse a number of new contacts that no machine could hold; a slip in the unit is told before it is lived."""
    lasts = config.until - config.assumed
    number = sum(believed(line, world) * lasts // (line.per_ms * MILLION) for line in config.world.arrivals)
    if number > MOST:
        diagnostic = RUNS["E718"]
        message = f"about {number:,} new contacts would come, and {MOST:,} are the most"
        raise RunError(
            [Diagnostic("E718", message, words=str(number), reason=diagnostic.why, example=diagnostic.right)]
        )


def _event(line: plan.Arrival, time: int) -> Occurrence:
    return Occurrence(time, line.event, line.name, "", {field.field: field.values[0] for field in line.fields})


def refuse(ids: Collection[str]) -> None:
    """Raises DataError when there are ids that the table has and new contacts would take."""
    taken = sorted(ids, key=lambda one: (len(one), one))
    if taken:
        count = "an id" if len(taken) == 1 else f"{len(taken):,} ids"
        raise DataError(
            [
                Diagnostic(
                    "E515",
                    f"the table has {count} that new contacts take: {', '.join(taken[:5])}",
                    words=taken[0],
                    reason=TAKEN.why,
                    example=TAKEN.right,
                    place="contacts",
                )
            ]
        )
