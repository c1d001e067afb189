"""Events of contacts without a cause: when the next event of a rate comes, and whether it happens.

Gaps are exponential, drawn by key (seed, replication, contact, line, number of the event). With a window only open time
counts, and gaps are shorter, so that the number of events a week is the same as without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowdsl.calendar import clock
from flowdsl.calendar.clock import NEVER, WEEK, Stretches, Window
from flowdsl.chance import delay_laws, keyed_draws
from flowdsl.chance.heterogeneity import own_gap
from flowdsl.chance.keyed_draws import scaled
from flowdsl.machine import Happening, State
from flowdsl.machine.conditions import Test
from flowdsl.plan import plan
from flowdsl.sim.chance import MILLION, NOBODY, Chance, drawn, own_rate, place_key
from flowdsl.sim.common_factors import KEPT, CommonFactors, bound_of, common_factors
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.own_rates import OwnRates, own_rates
from flowdsl.sim.parameter_uncertainty import NARROW, believed, identity


@dataclass(frozen=True, slots=True)
class Rate:
    """One prepared line.


    mean     ms from one event to the next, NEVER for none; from a column, it is each contact's own
    open     the window in a week; empty: at any time
    key      the part of its key that is the same for all contacts
    over     more specific lines for the same event: if one of them applies, this one does not
    place    the part of the key of a contact's own factor that is the same for all contacts
    own      what each contact's past and leaving make of it; None: nothing
    common   what all contacts have in common on each day; None: nothing
    """

    line: plan.Rate
    where: Test | None
    mean: int
    open: Stretches
    key: int
    happening: Happening
    over: tuple[int, ...]
    place: int
    own: OwnRates | None
    common: CommonFactors | None


def make_rates(config: SimulationConfig, wheres: Sequence[Test | None], key: int) -> tuple[Rate, ...]:
    """Prepares the rates of a scenario for the seed and replication of a key."""
    lines, own = config.world.rates, own_rates(config)
    common = [common_factors(config, line) for line in lines]
    return tuple(_rate(lines, wheres, number, key, own[number], common[number]) for number in range(len(lines)))


def _rate(
    lines: Sequence[plan.Rate],
    wheres: Sequence[Test | None],
    number: int,
    key: int,
    own: OwnRates | None,
    common: CommonFactors | None,
) -> Rate:
    line, where = lines[number], wheres[number]
    about = (line.event, line.name, line.fields)
    highest = common.highest if common else MILLION
    over = tuple(
        other
        for other, one in enumerate(lines)
        if where is None and wheres[other] is not None and (one.event, one.name, one.fields) == about
    )
    return Rate(
        line,
        where,
        mean_gap(highest * believed(line, key) // MILLION, line.per_ms),
        clock.stretches(line.window) if line.window else (),
        keyed_draws.key("rate", line.event, line.name, identity(line, NARROW)),
        Happening(line.event, line.name, fields={field.field: field.values[0] for field in line.fields}),
        over,
        place_key(line),
        own,
        common,
    )


def mean_gap(rate: int, per_ms: int) -> int:
    """Mean ms between events, `rate` millionths of an event in `per_ms`; NEVER for a rate of 0.

    >>> mean_gap(500_000, clock.DAY) // clock.HOUR
    48
    """
    if rate <= 0:
        return NEVER
    return min(max((per_ms * MILLION + rate // 2) // rate, 1), delay_laws.LONGEST)


def next_event(rate: Rate, chance: Chance, state: State, k: int, after: int) -> int:
    """When event k (from 0) of a rate comes; `after` is the time of the event before it; NEVER if there is none."""
    mean = rate.mean
    if rate.line.column:
        mean = mean_gap(own_rate(chance, rate.line.column), rate.line.per_ms)
    if mean >= NEVER:
        return NEVER
    if rate.own:
        mean = own_gap(mean, int(rate.own.factors[chance.position]))
    elif rate.line.spread:
        mean = own_gap(mean, drawn(chance, rate.place, rate.line.spread))
    number = keyed_draws.draw(keyed_draws.extend(chance.key, rate.key), k)
    if not rate.open:
        due = after + delay_laws.gap(mean, number)
    else:
        length = delay_laws.gap(open_mean(mean, clock.open_time(rate.open)), number)
        due = clock.after_open(after, length, rate.open, clock.zone(state.zone))
    return NEVER if rate.own and due > rate.own.until[chance.position] else due


def open_mean(mean: int, open_time: int) -> int:
    """The mean gap in open time for a window that is open for `open_time` ms a week.

    >>> open_mean(2 * clock.DAY, WEEK // 2) == clock.DAY
    True
    """
    share = (open_time << 32) // WEEK  # out of 2**32
    return mean if share >> 32 else max(scaled(share, mean), 1)


def is_kept(rate: Rate, chance: Chance, k: int, now: int) -> bool:
    """Whether event k of a rate happens, for the factor of its day."""
    if rate.common is None:
        return True
    key = keyed_draws.extend(keyed_draws.extend(chance.key, rate.key), KEPT)
    return keyed_draws.hits(keyed_draws.draw(key, k), bound_of(rate.common, now))


def speaks(rates: Sequence[Rate], number: int, state: State, now: int) -> bool:
    """Whether an event of a rate that is due now happens: the line applies to this contact, and no more specific one
    does."""
    rate = rates[number]
    if rate.where is not None and not rate.where(state, NOBODY, now):
        return False
    return not any(_is_open(rates[other], state, now) and speaks(rates, other, state, now) for other in rate.over)


def _is_open(rate: Rate, state: State, now: int) -> bool:
    window: Window | None = rate.line.window
    return window is None or clock.is_open(now, window, clock.zone(state.zone))
