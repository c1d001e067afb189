"""Finds the number of a heterogeneity law from its table of quantiles.

The scatter of the quantiles gives the number; the shortest number that gives the same tables is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from flowdsl.chance import heterogeneity
from flowdsl.chance.heterogeneity import DIGITS, KNOTS, LEAST, MILLION, MOST, Table
from flowdsl.syntax import ast


def gamma(table: Table) -> ast.Spread | None:
    """How rates differ among contacts; None if they do not differ.

    >>> gamma(heterogeneity.gamma(0.55))
    Spread(law='gamma', number=Number(value=0.55), more=())
    """
    if not table:
        return None
    return _find_number("gamma", table, heterogeneity.gamma, table, heterogeneity.gamma) or _quantiles(table)


def beta(tables: Table, low: int, most: int) -> ast.Spread | None:
    """How shares with this mean (or from low to most) differ among contacts; None if they do not differ.

    >>> beta(heterogeneity.beta(350_000, 0, 4), 350_000, 0)
    Spread(law='beta', number=Number(value=4), more=())
    """
    if not tables:
        return None
    means = heterogeneity.means(low, most)
    if len(tables) != len(means) * KNOTS or means in ((0,), (MILLION,)):
        return _quantiles(tables)
    at = min(range(len(means)), key=lambda number: abs(means[number] - MILLION // 2))
    one = tables[KNOTS * at : KNOTS * (at + 1)]
    said = _find_number(
        "beta",
        tables,
        lambda number: heterogeneity.beta(low, most, number),
        one,
        lambda number: heterogeneity.beta(means[at], 0, number),
    )
    return said or _quantiles(tables)


def _quantiles(tables: Table) -> ast.Spread:
    """Tables that no law describes, number by number."""
    first, *more = (ast.Number(_short(knot / MILLION)) for knot in tables)
    return ast.Spread("quantiles", first, tuple(more))


def _short(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _find_number(
    law: str, tables: Table, make: Callable[[float], Table], one: Table, make_one: Callable[[float], Table]
) -> ast.Spread | None:
    """The number that gives all tables, if there is one; the search uses one of the tables."""
    near = _solved(lambda number: _scatter(make_one(number)), _scatter(one))
    for number in _around(near):
        if make_one(number) == one and make(number) == tables:
            return ast.Spread(law, ast.Number(_short(number)))
    return None


def _scatter(table: Table) -> Fraction:
    """The mean square of the draws from a table; with equal means, it grows as contacts differ more."""
    return heterogeneity.mean_of(table, lambda low, high: Fraction(low * low + low * high + high * high, 3))


def _solved(falling: Callable[[float], Fraction], value: Fraction) -> float:
    """The argument at which a falling function has a value, by bisection on a log scale."""
    low, high = LEAST, MOST
    for _ in range(18):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if falling(middle) > value else (low, middle)
    return low


def _around(number: float) -> Iterator[float]:
    """Numbers with as few digits as possible near a number that is known up to rounding."""
    rounded = (float(f"{number:.{digits}g}") for digits in range(1, DIGITS + 1))
    beside = (float(f"{number * (1 + by * 1e-4):.{DIGITS}g}") for by in sorted(range(-10, 11), key=abs))
    likely = dict.fromkeys((*rounded, *beside))
    yield from (one for one in likely if LEAST <= one <= MOST and abs(one / number - 1) < 0.01)
