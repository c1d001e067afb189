"""Delay laws as tables: a law with its length becomes a table of quantiles in whole milliseconds.

A table of one number is a constant delay; one of two numbers has the ends of a uniform law. Any other table has 257
quantiles, closer together towards both ends: each half of the probabilities is cut into octaves counted from its end
(1/4 to 1/2, 1/8 to 1/4 …, the last one down to 0) and each octave into 8 equal cells; within a cell the delay is
uniform. Many laws have no end, so the two outermost cells get ends that preserve their share of the mean. Tables are
made in floating point, once, when the plan is made; drawing uses only integer arithmetic, so it gives the same result
on every machine.

The length D of a law is its median for `about` and `lognormal`, its mean for `exponential`, `weibull` and `gamma`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from functools import cache
from itertools import pairwise
from typing import TypeAlias

from flowdsl.chance.keyed_draws import scaled

Table: TypeAlias = tuple[int, ...]
Quantile: TypeAlias = Callable[[float], float]

CELLS = 8  # in one octave
OCTAVES = 16  # in one half; its outermost cell has 2**-19 of all delays
KNOTS = 2 * CELLS * OCTAVES + 1  # of a table that is not a constant or uniform
LONGEST = 2**45  # ms: no delay is longer than a thousand years
HALF = 2**63
QUARTER = 2**62
ABOUT_SIGMA = math.log(3) / 1.2815515655446004  # 80% between D/3 and 3 D: the normal law has 90% below 1.28

# --- drawing ----------------------------------------------------------------------------------------------------------


def delay(table: Sequence[int], number: int) -> int:
    """The delay in ms, at least 1, for a 64-bit random number; a larger number never gives a shorter delay.

    >>> delay(uniform(1_000, 2_000), 2**63)
    1500
    """
    last = len(table) - 1
    if last == 0:
        return max(table[0], 1)
    if last == 1:
        return max(table[0] + scaled(number >> 32, table[1] - table[0]), 1)
    upper = number >= HALF
    rest = (~number if upper else number) & (HALF - 1)  # how far from the nearer end, in 63 bits
    octave = OCTAVES - 1
    while rest < QUARTER and octave > 0:
        rest <<= 1
        octave -= 1
    if octave > 0:  # the top bits give the octave; the others the position in it
        rest = (rest & (QUARTER - 1)) << 1
    knot = octave * CELLS + (rest >> 60)
    fraction = (rest >> 28) & 0xFFFFFFFF
    if upper:
        return max(table[last - knot] - scaled(fraction, table[last - knot] - table[last - knot - 1]), 1)
    return max(table[knot] + scaled(fraction, table[knot + 1] - table[knot]), 1)


def gap(mean: int, number: int) -> int:
    """Exponential delay with a mean of `mean` ms (up to 2**45), at least 1, for a 64-bit random number.

    >>> gap(1_000_000, 2**63)  # the median is ln 2 of the mean
    693147
    """
    return stretched(delay(unit(), number), mean)


def stretched(drawn: int, mean: int) -> int:
    """A delay drawn from the unit law, for a mean of `mean` ms: at least 1.

    >>> stretched(3 << 31, 1_000)
    1500
    """
    return max((drawn >> 32) * mean + scaled(drawn & 0xFFFFFFFF, mean), 1)


@cache
def unit() -> Table:
    """The exponential law with mean 1 in units of 2**-32: one table for all rates, exactly the same on every machine.

    Its quantiles are -ln(1 - p); the outermost cell above, where p > 1 - q, has the mean 1 - ln q.

    >>> unit()[128] / 2**32 == round(math.log(2) * 2**32) / 2**32
    True
    """
    with localcontext(Context(prec=40)):
        below = [-(1 - Decimal(p)).ln() for p in LOWER[1:]]
        above = [-Decimal(p).ln() for p in reversed(LOWER[1:-1])]
        knots = (Decimal(0), *below, *above, above[-1] + 2)
        return tuple(int((knot * 2**32).to_integral_value()) for knot in knots)


# --- making -----------------------------------------------------------------------------------------------------------


def _knots() -> tuple[float, ...]:
    """Probabilities of the knots of the lower half, from 0 to 1/2."""
    end = [cell / CELLS * 2.0**-OCTAVES for cell in range(CELLS)]
    octaves = [(1 + cell / CELLS) * 2.0**-octave for octave in range(OCTAVES, 1, -1) for cell in range(CELLS)]
    return (*end, *octaves, 0.5)


LOWER = _knots()


def tabulate(quantile: Quantile) -> Table:
    """The table of a law, from its quantile function (ms at a probability strictly between 0 and 1).

    >>> table = tabulate(lambda p: 1_000_000 * p)
    >>> len(table), table[0], table[128], table[256]
    (257, 0, 500000, 1000000)
    """
    lower = [quantile(p) for p in LOWER[1:]]
    upper = [quantile(1 - p) for p in reversed(LOWER[1:-1])]
    lowest = 2 * _end_mean(quantile) - lower[0]
    highest = 2 * _end_mean(lambda p: quantile(1 - p)) - upper[-1]
    knots = (min(lowest, lower[0]), *lower, *upper, max(highest, upper[-1]))
    return tuple(round(min(max(knot, 0.0), LONGEST)) for knot in knots)


def chances(table: Sequence[int]) -> tuple[float, ...]:
    """The probability of a shorter delay than each quantile of a table.

    >>> chances((0, 60_000)), chances(exponential(1_000_000))[128]
    ((0.0, 1.0), 0.5)
    """
    if len(table) < 3:
        return (0.0, 1.0)[-len(table) :]
    return (*LOWER, *(1 - p for p in reversed(LOWER[:-1])))


def _end_mean(quantile: Quantile) -> float:
    """Mean of a law in its outermost cell: the midpoints of ever smaller octaves towards the end."""
    total, width = 0.0, LOWER[1] / 2
    for _ in range(20):
        total += width * sum(quantile(width * (1 + (2 * i + 1) / 8)) for i in range(4)) / 4
        width /= 2
    return (total + 2 * width * quantile(width)) / LOWER[1]


def _positive(**values: float) -> None:
    """Raise ValueError for the first value that is not a positive, finite number."""
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"the {name} of a delay must be more than 0, not {value}")


# --- the laws (lengths in ms) -----------------------------------------------------------------------------------------


def exactly(length: int) -> Table:
    """`after 4 hours`: always this delay. Raises ValueError when negative.

    >>> exactly(60_000)
    (60000,)
    """
    return uniform(length, length)[:1]


def uniform(low: int, high: int) -> Table:
    """Any delay from low to high, all equally likely. Raises ValueError if low is negative or larger than high.

    >>> uniform(0, 60_000)
    (0, 60000)
    """
    if not 0 <= low <= high <= LONGEST:
        raise ValueError(f"a delay cannot lie between {low} and {high} ms")
    return (low, high)


def within(length: int) -> Table:
    """`within 2 days`: any delay up to this one, all equally likely.

    >>> within(60_000)
    (0, 60000)
    """
    return uniform(0, length)


def about(median: float) -> Table:
    """`after about 4 hours`: log-normal with this median, 80% between a third of it and three times it.

    >>> about(4 * 3_600_000)[128]
    14400000
    """
    return lognormal(median, ABOUT_SIGMA)


def lognormal(median: float, sigma: float) -> Table:
    """Log-normal with this median; `sigma` is the standard deviation of the delay's logarithm.

    >>> lognormal(20 * 60_000, 1.1)[128]
    1200000
    """
    _positive(median=median, sigma=sigma)
    from statistics import NormalDist  # slow to import, and not needed for drawing

    normal = NormalDist()
    return tabulate(lambda p: median * math.exp(min(sigma * normal.inv_cdf(p), 100.0)))


def exponential(mean: float) -> Table:
    """Exponential with this mean: the remaining delay does not depend on how long it has lasted already.

    >>> exponential(1_000_000)[128]  # the median is ln 2 of the mean
    693147
    """
    return weibull(mean, 1.0)


def weibull(mean: float, k: float) -> Table:
    """Weibull with this mean and shape k: early with a long tail for k < 1, exponential for 1, around the mean above.

    >>> weibull(1_000_000, 1) == exponential(1_000_000)
    True
    """
    _positive(mean=mean, shape=k)
    scale = mean / math.gamma(1 + 1 / k)
    return tabulate(lambda p: scale * (-math.log1p(-p)) ** (1 / k))


def gamma(mean: float, k: float) -> Table:
    """Gamma with this mean and shape k: the sum of k exponential delays when k is whole.

    >>> abs(gamma(1_000_000, 1)[128] - exponential(1_000_000)[128]) <= 1
    True
    """
    _positive(mean=mean, shape=k)
    from scipy.special import gammaincinv  # slow to import, and rarely needed

    return tabulate(lambda p: mean / k * float(gammaincinv(k, p)))


def empirical(samples: Iterable[float]) -> Table:
    """The law of measured delays in ms, interpolated linearly between the sorted samples.

    Raises ValueError when there are none, or a negative one.

    >>> empirical([1_000, 3_000, 2_000])[128]
    2000
    """
    ordered = sorted(float(sample) for sample in samples)
    if not ordered or not all(0 <= sample < math.inf for sample in ordered):
        raise ValueError("a delay law needs measured delays, none of them negative or missing")

    def quantile(p: float) -> float:
        place = p * (len(ordered) - 1)
        i = min(int(place), len(ordered) - 2)
        return ordered[i] + (place - i) * (ordered[i + 1] - ordered[i])

    return tabulate(quantile) if len(ordered) > 1 else exactly(round(ordered[0]))


def measured(*lengths: float) -> Table:
    """`after measured(1 hour, 4 hours, 2 days)`: equally many delays between any two neighbours, linear between them.

    The first is the shortest delay, the last the longest; of three the second is the median, five contain the
    quartiles. Raises ValueError for fewer than two, and if one is shorter than the one before it.

    >>> table = measured(0, 1_000, 4_000)
    >>> table[0], table[128], table[256]
    (0, 1000, 4000)
    """
    if len(lengths) < 2:
        raise ValueError("a measured delay has two lengths or more: from the shortest to the longest delay")
    if any(shorter > longer for shorter, longer in pairwise(lengths)):
        raise ValueError("the lengths of a measured delay go from the shortest to the longest")
    return empirical(lengths)


def quantiles(*lengths: int) -> Table:
    """`after quantiles(…)`: the table itself, for delays that no other law describes: 1, 2 or 257 lengths.

    Raises ValueError for another number of lengths, and if one is shorter than the one before it.

    >>> quantiles(1_000, 4_000)
    (1000, 4000)
    """
    reason = table_diagnostic(lengths)
    if reason:
        raise ValueError(reason)
    return lengths


def table_diagnostic(table: Sequence[int]) -> str:
    """Why numbers cannot be a table of delays; "" if they can.

    >>> table_diagnostic((2, 1))
    'the numbers of a table of delays never become smaller'
    """
    if len(table) not in (1, 2, KNOTS):
        return f"a table of delays has 1, 2 or {KNOTS} numbers, not {len(table)}"
    if any(low > high for low, high in pairwise(table)):
        return "the numbers of a table of delays never become smaller"
    return "" if table[0] >= 0 and table[-1] <= LONGEST else f"a delay lies between 0 and {LONGEST} ms"


@dataclass(frozen=True, slots=True)
class Law:
    """A law that a program can name: `make(length_ms, *shapes)` gives its table; `length` describes D.

    more    further lengths follow D, instead of shapes
    """

    make: Callable[..., Table]
    length: str
    shapes: tuple[str, ...] = ()
    more: bool = False


LAWS = {
    "exactly": Law(exactly, "the delay"),
    "within": Law(within, "the longest delay"),
    "about": Law(about, "the median"),
    "exponential": Law(exponential, "the mean"),
    "weibull": Law(weibull, "the mean", ("k",)),
    "gamma": Law(gamma, "the mean", ("k",)),
    "lognormal": Law(lognormal, "the median", ("sigma",)),
    "measured": Law(measured, "the shortest delay", more=True),
    "quantiles": Law(quantiles, "the shortest delay", more=True),
}
