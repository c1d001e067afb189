"""Finds the delay law and its length from a table of quantiles.

The ratio of two quantiles gives the shape of a law, one of them its length. Tables are rounded to whole ms, so the
shortest number that gives the same table is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from flowdsl.calendar.clock import DAY, HOUR, MINUTE, SECOND
from flowdsl.chance import delay_laws
from flowdsl.chance.delay_laws import LONGEST, Table
from flowdsl.compiler.decompile.values import length
from flowdsl.syntax import ast

MIDDLE, UPPER = 128, 136  # the knots of probability 1/2 and 3/4
FAR = 248  # the knot of probability 1 - 2**-16
NORMAL_UPPER = 0.6744897501960817  # the normal law's quantile at 3/4
MOST_DIGITS = 12  # of a number that a person writes


def delay(table: Table) -> ast.Delay | None:
    """The delay of an answer; None if there is none.

    >>> delay(delay_laws.about(4 * HOUR))
    Delay(law='about', length=Duration(amounts=((4, 'hour'),)), shape=(), more=())
    """
    if table == (0,):
        return None
    if len(table) == 1:
        return ast.Delay("exactly", _length(table[0]))
    if len(table) == 2 and table[0] == 0:
        return ast.Delay("within", _length(table[1]))
    if (lengths := _measured(table)) is not None:
        first, *more = map(_length, lengths)
        return ast.Delay("measured", first, more=tuple(more))
    for law, ms, shape in _candidates(table):
        if ms > 0 and delay_laws.LAWS[law].make(ms, *shape) == table:
            return ast.Delay(law, _length(ms), tuple(ast.Number(_short(number)) for number in shape))
    first, *more = map(_length, table)
    return ast.Delay("quantiles", first, more=tuple(more))


def _measured(table: Table) -> tuple[int, ...] | None:
    """The lengths from which a table was measured, if it has 2, 3, 5, 9 or 17 of them."""
    if len(table) <= FAR:
        return None
    knots = {p: knot for knot, p in enumerate(delay_laws.LOWER)}
    for steps in (1, 2, 4, 8, 16):
        lower = [knots[step / steps] for step in range(steps // 2 + 1)]
        places = sorted({*lower, *(len(table) - 1 - knot for knot in lower)})
        lengths = tuple(table[place] for place in places)
        if delay_laws.measured(*lengths) == table:
            return lengths
    return None


def _length(ms: int) -> ast.Duration:
    return length(0, *divmod(ms, DAY))


def _short(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _candidates(table: Table) -> Iterator[tuple[str, int, tuple[float, ...]]]:
    """Laws with a length and a shape that may have produced a table, the simplest first."""
    if len(table) <= FAR or not 0 < table[MIDDLE] < table[UPPER] < LONGEST:
        return
    middle, ratio = table[MIDDLE], table[UPPER] / table[MIDDLE]
    yield "about", middle, ()
    for mean in _lengths(middle / math.log(2)):
        yield "exponential", mean, ()
    for sigma in _numbers(math.log(ratio) / NORMAL_UPPER):
        yield "lognormal", middle, (sigma,)
    for k in _numbers(math.log(2) / math.log(ratio)):
        for mean in _lengths(middle / math.log(2) ** (1 / k) * math.gamma(1 + 1 / k)):
            yield "weibull", mean, (k,)
    yield from _gammas(middle, ratio)


def _gammas(middle: int, ratio: float) -> Iterator[tuple[str, int, tuple[float, ...]]]:
    from scipy.special import gammaincinv  # slow to import, and rarely needed

    def ratio_of(k: float) -> float:
        return float(gammaincinv(k, 0.75) / gammaincinv(k, 0.5))

    for k in _numbers(_solve(ratio_of, ratio)):
        for mean in _lengths(middle * k / float(gammaincinv(k, 0.5))):
            yield "gamma", mean, (k,)


def _solve(falling: Callable[[float], float], value: float) -> float:
    """The argument between 1/100 and 1000 at which a falling function has a value, by bisection on a log scale."""
    low, high = 0.01, 1000.0
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if falling(middle) > value else (low, middle)
    return low


def _numbers(near: float, most: int = 6) -> Iterator[float]:
    """Numbers that a person may have written for a number that is known up to rounding, the shortest first."""
    found = (float(f"{near:.{digits}g}") for digits in range(1, most + 1))
    yield from dict.fromkeys(number for number in found if abs(number / near - 1) < 0.01)


def _lengths(near: float) -> Iterator[int]:
    """Whole ms near a length, the roundest first."""
    rounded = [round(near / unit) * unit for unit in (DAY, HOUR, MINUTE, SECOND, 1)]
    found = [*rounded, *(rounded[-1] + by for by in (-1, 1, -2, 2))]
    yield from dict.fromkeys(ms for ms in found if abs(ms / near - 1) < 1e-3 or abs(ms - near) < 3)
