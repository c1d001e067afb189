"""How contacts differ: a law with its number becomes a table of quantiles in whole millionths.

`varying by gamma 0.55` gives each contact a factor for a rate: the gamma law with mean 1 and shape 0.55. `varying by
beta 4` gives each contact its own share: the beta law with the given mean m and the concentration 4, that is with a = 4
m and b = 4 (1 - m). Tables are of the same kind as those of delays (delay_laws.py): made in floating point, once, when
the plan is made; drawing uses only integer arithmetic.

An uncertain share (`40% to 45%`) has a table for each end, and one between for every five points of distance. The table
for a value that a replication draws is interpolated linearly between the two nearest tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from flowdsl.chance import delay_laws

Table: TypeAlias = tuple[int, ...]

MILLION = 1_000_000
KNOTS = delay_laws.KNOTS  # of a table
LEAST, MOST = 0.05, 10_000.0  # the number of a law
DIGITS = 4  # significant digits of that number
APART = 50_000  # millionths between two tables of an uncertain share, at most
TABLES = 1 + MILLION // APART
FARTHEST = 1_000_000 * MILLION  # a contact's own rate: millionths of the common rate


def kept(number: float) -> float:
    """The number of a law, rounded to four significant digits. Raises ValueError outside 0.05 to 10,000.

    >>> kept(0.55234)
    0.5523
    """
    if not LEAST <= number <= MOST:
        raise ValueError(f"what contacts vary by is a number between {LEAST} and {MOST:,.0f}, not {number}")
    return float(f"{number:.{DIGITS}g}")


def gamma(shape: float) -> Table:
    """The factor of a contact's own rate: gamma with mean 1 and this shape; a smaller shape means larger differences.

    If the rates of contacts are gamma-distributed, the number of events in a period is negative binomial (M. Greenwood,
    G. U. Yule, 1920), with variance mean + mean² / shape.

    >>> table = gamma(1)
    >>> len(table), round(table[128] / 10_000) / 100  # the median is ln 2 of the mean
    (257, 0.69)
    """
    from scipy.special import gammaincinv  # slow to import, and rarely needed

    shape = kept(shape)
    return _centred(delay_laws.tabulate(lambda p: MILLION / shape * float(gammaincinv(shape, p))), MILLION)


def beta(low: int, most: int, concentration: float) -> Table:
    """A contact's own share: beta with this concentration and mean (millionths; from low to most if `most` is not 0).

    The number of contacts who respond is beta-binomial (J. G. Skellam, 1948); a contact's own share has the variance
    m (1 - m) / (concentration + 1).

    >>> len(beta(350_000, 0, 4)), len(beta(400_000, 450_000, 4)), beta(500_000, 0, 2)[128]
    (257, 514, 500000)
    """
    concentration = kept(concentration)
    return tuple(knot for mean in means(low, most) for knot in _beta(mean, concentration))


def quantiles(numbers: Sequence[float], share: int | None = None, most: int = 0) -> Table:
    """`varying by quantiles(…)`: the tables themselves, of a rate's factors or of a share that no law describes.

    Raises ValueError if `table_diagnostic` finds a problem.

    >>> quantiles([0.5] * KNOTS)[:2]
    (500000, 500000)
    """
    table = tuple(round(number * MILLION) for number in numbers)
    reason = table_diagnostic(table, is_share=share is not None, is_in_doubt=most > 0)
    if reason:
        raise ValueError(reason)
    return table


def table_diagnostic(table: Table, is_share: bool, is_in_doubt: bool) -> str:
    """Why numbers cannot be the tables of how contacts differ, or "". An uncertain share has one table for each mean.

    >>> table_diagnostic((1, 2, 3), is_share=True, is_in_doubt=False)
    'how contacts differ is a table of 257 numbers'
    """
    sizes = range(2, TABLES + 1) if is_share and is_in_doubt else (1,)
    if len(table) not in [KNOTS * size for size in sizes]:
        needed = f"{sizes[0]} to {sizes[-1]} tables" if is_share and is_in_doubt else "a table"
        return f"how contacts differ is {needed} of {KNOTS} numbers"
    if any(low > high for low, high in _neighbours(table)):
        return "the numbers of a table never become smaller"
    highest = MILLION if is_share else FARTHEST
    is_in_range = min(table) >= 0 and max(table) <= highest
    return "" if is_in_range else f"a number of a table lies between 0 and {highest // MILLION}"


def _neighbours(tables: Table) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers in each of several tables."""
    for first in range(0, len(tables), KNOTS):
        yield from pairwise(tables[first : first + KNOTS])


def means(low: int, most: int) -> tuple[int, ...]:
    """The means of the tables of a share, evenly spaced from one end to the other.

    >>> means(350_000, 0), means(400_000, 460_000)
    ((350000,), (400000, 430000, 460000))
    """
    if not most:
        return (low,)
    steps = -(-(most - low) // APART)
    return tuple(low + (most - low) * step // steps for step in range(steps + 1))


def _beta(mean: int, concentration: float) -> Table:
    if mean in (0, MILLION):
        return (mean,) * KNOTS
    from scipy.special import betaincinv  # slow to import, and rarely needed

    a = concentration * mean / MILLION
    return _centred(delay_laws.tabulate(lambda p: MILLION * float(betaincinv(a, concentration - a, p))), mean, MILLION)


def _centred(table: Table, mean: int, most: int = delay_laws.LONGEST) -> Table:
    """A table corrected to the mean of its law: linear interpolation has made the mean slightly too large."""
    scale = Fraction(mean) / mean_of(table)
    return tuple(min(round(knot * scale), most) for knot in table)


def mean_of(table: Sequence[int], shape: Callable[[int, int], Fraction] = lambda a, b: Fraction(a + b, 2)) -> Fraction:
    """The mean of a draw from a table; `shape` gives the mean between two knots.

    >>> mean_of((7,) * KNOTS)
    Fraction(7, 1)
    """
    size = delay_laws.CELLS * delay_laws.OCTAVES
    widths = [
        Fraction(1, 2 ** (delay_laws.OCTAVES - max(cell // delay_laws.CELLS - 1, 0)) * delay_laws.CELLS)
        for cell in range(size)
    ]
    cells = zip([*widths, *reversed(widths)], table, table[1:], strict=False)
    return sum((width * shape(below, above) for width, below, above in cells), Fraction(0))


def believed(tables: Table, low: int, most: int, mean: int) -> Table:
    """The table for the share that one replication has drawn, from the tables of an uncertain share.

    >>> believed(beta(400_000, 450_000, 4), 400_000, 450_000, 400_000) == beta(400_000, 0, 4)
    True
    """
    steps = len(tables) // KNOTS - 1
    if steps < 1:
        return tables
    at, rest = divmod((mean - low) * steps, most - low)
    below, above = (tables[KNOTS * step : KNOTS * (step + 1)] for step in (at, min(at + 1, steps)))
    return tuple(a + (b - a) * rest // (most - low) for a, b in zip(below, above, strict=True))


def own_gap(mean: int, factor: int) -> int:
    """Mean ms between a contact's events, if the common mean is `mean` and its own rate is `factor` millionths of that.

    >>> own_gap(60_000, 2_000_000), own_gap(delay_laws.LONGEST, 1) == delay_laws.LONGEST
    (30000, True)
    """
    if mean // factor >= delay_laws.LONGEST // MILLION:
        return delay_laws.LONGEST
    return max(mean // factor * MILLION + mean % factor * MILLION // factor, 1)
