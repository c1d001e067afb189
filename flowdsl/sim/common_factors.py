"""What all contacts have in common on a day: a rate is higher or lower than usual, by the factors of day and week.

Factors are gamma with mean 1, drawn by key (seed, replication, event, number of the day or week). Events are drawn at
the rate of the highest day, and kept with the chance of their own day (P. Lewis, G. Shedler, "Simulation of
nonhomogeneous Poisson processes by thinning", 1979). Days are local ones of the workspace; the hours of a change of
clocks belong to their neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from flowdsl.calendar import clock
from flowdsl.calendar.clock import DAY
from flowdsl.chance import delay_laws, heterogeneity, keyed_draws
from flowdsl.plan import plan
from flowdsl.sim.chance import MILLION, place_key
from flowdsl.sim.config import SimulationConfig

KEPT = keyed_draws.hash_text("kept") | 1 << 63  # of the draws that keep or drop an event; unsigned in compiled code
MOST_DAYS = 40_000  # of which factors are drawn; those behind have that of the last one
FACTORS = (("daily", "day", 1), ("weekly", "week", 7))  # field of a line, its key, days


@dataclass(frozen=True, slots=True)
class CommonFactors:
    """The factors of the days of a simulation.

    first    when the first day begins (ms); highest: the largest factor, in millionths
    bounds   for each day, the chance that an event at the highest rate is kept, as a threshold of draws
    """

    first: int
    highest: int
    bounds: tuple[int, ...]


def common_factors(config: SimulationConfig, line: plan.Rate) -> CommonFactors | None:
    """The factors of the days from the beginning of rates to the end; None where all days are alike."""
    if not line.daily and not line.weekly:
        return None
    zone = clock.zone(config.plan.policy.zone or "UTC")
    first = clock.local_day(config.world_begin, zone)
    last = min(clock.local_day(config.until - 1, zone), first + MOST_DAYS)
    world = keyed_draws.key(config.seed, config.replication)
    factors = [_factor(line, world, first, day) for day in range(first, last + 1)]
    highest = max(factors)
    bounds = tuple(keyed_draws.WHOLE // highest * factor for factor in factors)
    return CommonFactors(clock.date_at(first, 0, zone), highest, bounds)


def _factor(line: plan.Rate, world: int, first: int, day: int) -> int:
    """The factor of a day since 1970, in millionths, at least one. Days and weeks are counted from the first one."""
    found = MILLION
    for field, name, days in FACTORS:
        shape = getattr(line, field)
        if shape:
            key = keyed_draws.extend(keyed_draws.extend(world, keyed_draws.hash_text(name)), place_key(line))
            drawn = keyed_draws.draw(key, (day + 3) // days - (first + 3) // days)  # weeks begin on Mondays
            found = found * delay_laws.delay(_table(shape / MILLION), drawn) // MILLION
    return max(found, 1)


@cache
def _table(shape: float) -> heterogeneity.Table:
    return heterogeneity.gamma(shape)


def bound_of(factors: CommonFactors, now: int) -> int:
    """The chance that an event is kept now, as a threshold of draws."""
    return factors.bounds[min(max((now - factors.first) // DAY, 0), len(factors.bounds) - 1)]
