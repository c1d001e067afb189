"""What is each contact's own in a rate: by what factor its rate differs from the common one, and when it leaves.

Drawn once for a contact and a replication, for all lines of one rate together: a rate with busy days and hours is
written in several lines. `given the past` draws from what Bayes' rule makes of the law by which contacts differ and of
the contact's own past (chance/leaving.py); new contacts have no past. Both engines read the same arrays.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from flowdsl.calendar import clock
from flowdsl.calendar.clock import DAY, NEVER
from flowdsl.chance import heterogeneity, keyed_draws
from flowdsl.chance.heterogeneity import MOST
from flowdsl.chance.leaving import Seen, bg_nbd_alive, chances_to_leave, pareto_nbd_alive
from flowdsl.machine.conditions import moved
from flowdsl.plan import plan
from flowdsl.sim.chance import MILLION, place_key
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.parameter_uncertainty import believed
from flowdsl.sim.vector_draws import Words, delays, extended, mixed
from flowdsl.tables import Cell
from flowdsl.tables.arrays import Coded, Moments, Texts
from flowdsl.tables.cells import Cells
from flowdsl.tables.hashes import hashes

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints: TypeAlias = "npt.NDArray[np.int64]"
    Mask: TypeAlias = "npt.NDArray[np.bool_]"
    Numbers: TypeAlias = "npt.NDArray[np.float64]"

ENDLESS = 2**62  # events, of a contact that does not leave after any
IS_ALIVE, LEAVES, OWN_CHANCE = range(1, 4)  # the draws of a contact, besides that of its factor, which is number 0


@dataclass(frozen=True, eq=False)
class OwnRates:
    """By contact: the factor of its rate (millionths), after how many more events it leaves, and when it leaves (ms).

    number   of the rate among those of the scenario: lines with the same number share one
    """

    number: int
    factors: Ints
    events: Ints
    until: Ints


def is_own(line: plan.Rate) -> bool:
    """Whether a line needs arrays of its own."""
    return line.past is not None or line.leaving is not None


def own_rates(config: SimulationConfig) -> tuple[OwnRates | None, ...]:
    """The arrays of each rate line of the scenario; None for lines that need none."""
    groups: dict[Hashable, list[plan.Rate]] = {}
    for line in config.world.rates:
        if is_own(line):
            groups.setdefault(_group(line), []).append(line)
    if not groups:
        return (None,) * len(config.world.rates)
    contacts = _Contacts(config)
    made = {group: _drawn(contacts, number, lines) for number, (group, lines) in enumerate(groups.items())}
    return tuple(made.get(_group(line)) if is_own(line) else None for line in config.world.rates)


def _group(line: plan.Rate) -> Hashable:
    """Equal for lines of one rate in different parts of the week."""
    return line.event, line.name, line.fields, line.where, line.spread, line.leaving, line.past


class _Contacts:
    """The contacts of a simulation: the keys of their chance, and what is known of their past."""

    def __init__(self, config: SimulationConfig) -> None:
        self.config, self.size = config, len(config.tables.contacts)
        self.world = keyed_draws.key(config.seed, config.replication)
        ids = config.tables.contacts.ids
        numbers = hashes(ids if isinstance(ids, Texts) else Texts.of(list(ids)))
        self.keys = mixed(np.uint64(self.world) ^ mixed(numbers))
        new = len(config.arrival_times)
        self.arrivals = np.full(self.size, config.world_begin, dtype=np.int64)
        if new:
            self.arrivals[self.size - new :] = np.asarray(config.arrival_times, dtype=np.int64)

    def drawn(self, line: plan.Rate, number: int) -> Words:
        """A random number for each contact, under the key of what the line is about."""
        keys = extended(self.keys, place_key(line))
        return mixed(keys + np.uint64(number * keyed_draws.GOLDEN & keyed_draws.MASK))

    def share(self, line: plan.Rate, number: int) -> Numbers:
        """The same as numbers from 0 to 1, never either."""
        return (np.asarray(self.drawn(line, number) >> np.uint64(11), dtype=np.float64) + 0.5) / keyed_draws.WHOLE

    def seen(self, line: plan.Rate) -> Seen:
        """The past of each contact, in days; nothing of new ones."""
        begin, since = self.config.world_begin, self._since(line)
        times, who = _events(self.config, line)
        counts = (times > since[who]) & (times < begin)
        times, who = times[counts], who[counts]
        last = np.array(since)
        np.maximum.at(last, who, times)
        known = np.maximum(begin - since, 0)
        x = np.bincount(who, minlength=self.size).astype(np.float64)
        return Seen(x, (last - since) / DAY, known / DAY)

    def _since(self, line: plan.Rate) -> Ints:
        """Since when each contact is known; the beginning for those of whom nothing is."""
        past, begin, first = line.past, self.config.world_begin, self.config.first_event
        assert past is not None
        first = self.config.tables.events.first if first is None else first
        zone = clock.zone(self.config.plan.policy.zone or "UTC")
        if first is None or first >= begin:  # without events of the time before, nothing is known of anybody
            return np.full(self.size, begin, dtype=np.int64)
        if past.column:
            since = _moments(self.config.tables.contacts.columns.get(past.column), self.size, zone, begin)
        elif past.date:
            since = np.full(self.size, clock.date_at(clock.day_number(past.date), 0, zone), dtype=np.int64)
        else:
            since = np.full(self.size, first - 1, dtype=np.int64)
        since = np.minimum(since, begin)
        new = len(self.config.arrival_times)
        since[self.size - new : self.size] = begin
        return since


def _moments(cells: Cells | None, size: int, zone: clock.Zone, missing: int) -> Ints:
    """A column of dates and moments in ms; dates begin at 00:00."""
    if cells is None:
        return np.full(size, missing, dtype=np.int64)
    if not isinstance(cells, Moments):
        moments = (moved(cell, 0, 0, 0, -1, zone) for cell in cells)
        return np.array([missing if one is None else one for one in moments], dtype=np.int64)
    words = cells.words
    if cells.is_date:
        days, places = np.unique(words // DAY, return_inverse=True)
        words = np.array([clock.date_at(day, 0, zone) for day in days.tolist()], dtype=np.int64)[places]
    return np.array(words) if cells.known is None else np.where(cells.known, words, missing)


def _events(config: SimulationConfig, line: plan.Rate) -> tuple[Ints, Ints]:
    """The times of the events that a line speaks of, and the positions of their contacts."""
    events = config.tables.events
    if not len(events):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    is_it = _equal(events.events, line.event)
    if line.name:
        is_it &= _equal(events.names, line.name)
    for one in line.fields:
        is_it &= _equal(events.fields.get(one.field, [None] * len(events)), one.values[0])
    starts = np.asarray(events.starts, dtype=np.int64)
    who = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    return np.asarray(events.times, dtype=np.int64)[is_it], who[is_it]


def _equal(cells: Cells, wanted: Cell) -> Mask:
    if isinstance(cells, Coded):
        return cells.each(lambda cell: int(cell == wanted), np.int8).astype(bool)
    return np.fromiter((cell == wanted for cell in cells), dtype=bool, count=len(cells))


# --- drawing ----------------------------------------------------------------------------------------------------------


def _drawn(contacts: _Contacts, number: int, lines: Sequence[plan.Rate]) -> OwnRates:
    line, per_day = lines[0], sum(_per_day(one, contacts.world) for one in lines)
    seen = contacts.seen(line) if line.past else _nothing(contacts.size)
    factors = _factors(contacts, line, seen, per_day)
    events, until = np.full(contacts.size, ENDLESS), np.full(contacts.size, NEVER)
    if line.leaving and line.leaving.share:
        events = _last_events(contacts, line, seen, per_day)
    elif line.leaving:
        until = _last_moments(contacts, line, seen, per_day)
    return OwnRates(number, factors, events.astype(np.int64), until.astype(np.int64))


def _nothing(size: int) -> Seen:
    nothing = np.zeros(size)
    return Seen(nothing, nothing, nothing)


def _per_day(line: plan.Rate, world: int) -> float:
    """The mean rate of a line, as this replication believes it, in events a day."""
    return believed(line, world) / MILLION / line.per_ms * DAY


def _factors(contacts: _Contacts, line: plan.Rate, seen: Seen, per_day: float) -> Ints:
    """Gamma with shape r + x and mean (r + x) / (r + mean * T): the posterior of a gamma law of mean 1 and shape r."""
    numbers = contacts.drawn(line, 0)
    if line.past is None:
        return delays(line.spread, numbers) if line.spread else np.full(contacts.size, MILLION)
    shape = line.past.shape / MILLION
    scale = (shape + seen.x) / (shape + per_day * seen.T)
    unit = np.empty(contacts.size, dtype=np.int64)
    for count in np.unique(seen.x):
        of = seen.x == count
        unit[of] = delays(_gamma(shape + float(count)), numbers[of])
    return np.clip(np.rint(unit * scale), 1, heterogeneity.FARTHEST).astype(np.int64)


@cache
def _gamma(shape: float) -> heterogeneity.Table:
    return heterogeneity.gamma(min(shape, MOST))


def _last_events(contacts: _Contacts, line: plan.Rate, seen: Seen, per_day: float) -> Numbers:
    """After how many more events each contact leaves: geometric, with its own chance, beta(a, b + x) if it is there."""
    assert line.leaving
    mean, size = line.leaving.share / MILLION, line.leaving.spread / MILLION
    chance = np.full(contacts.size, mean)
    alive = np.ones(contacts.size)
    if size:
        a, b = mean * size, (1 - mean) * size
        chance = chances_to_leave(seen, a, b, contacts.share(line, OWN_CHANCE))
    if line.past:
        a, b = (mean * size, (1 - mean) * size) if size else (mean * MOST, (1 - mean) * MOST)
        shape = line.past.shape / MILLION
        alive = bg_nbd_alive(seen, shape, shape / per_day, a, b)
    with np.errstate(divide="ignore", over="ignore"):
        number = np.ceil(np.log(contacts.share(line, LEAVES)) / np.log1p(-np.clip(chance, 0.0, 1 - 1e-12)))
    number = np.clip(np.nan_to_num(number, nan=ENDLESS, posinf=ENDLESS), 1, ENDLESS)
    return np.where(contacts.share(line, IS_ALIVE) < alive, number, 0)


def _last_moments(contacts: _Contacts, line: plan.Rate, seen: Seen, per_day: float) -> Numbers:
    """When each contact leaves: exponential, with its own rate, gamma(s, beta + T) if it is there at the beginning."""
    assert line.leaving
    mean = line.leaving.ms / DAY
    alive, rate = np.ones(contacts.size), np.full(contacts.size, 1 / mean)
    if line.leaving.spread:
        s = line.leaving.spread / MILLION
        rate = delays(_gamma(s), contacts.drawn(line, OWN_CHANCE)) / MILLION * s / (s * mean + seen.T)
    if line.past:
        s, shape = (line.leaving.spread or MOST * MILLION) / MILLION, line.past.shape / MILLION
        alive = pareto_nbd_alive(seen, shape, shape / per_day, s, s * mean)
    rest = -np.log(contacts.share(line, LEAVES)) / np.maximum(rate, 1e-12) * DAY
    until = contacts.arrivals + np.minimum(np.rint(rest), NEVER / 4)
    return np.where(contacts.share(line, IS_ALIVE) < alive, until, contacts.arrivals)
