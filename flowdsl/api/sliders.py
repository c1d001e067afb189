"""Makes a slider for a number of a program: its value, range and step, and the changes that it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from flowdsl.syntax import ast

Value: TypeAlias = "float | tuple[float, float]"  # a pair is a range: `30% to 40%`

HIGHEST = 4.0  # the upper end of a slider, as a multiple of its value
STEPS = 60  # of a slider for rates, at most


@dataclass(frozen=True, eq=False)
class Slider:
    """A number that can be moved.

    value   the present value; a pair for a range
    low, high, step, unit   the range of the slider, its step, and the unit of both
    changes   returns the nodes that a new value puts into the program, by the identity of those that they replace
    """

    value: Value
    low: float
    high: float
    step: float
    unit: str
    changes: Callable[[Value], Mapping[int, ast.Node]]


def slider_of(value: object) -> Slider | None:
    """The slider of a duration in one unit, a number or a percentage; None for anything else.

    >>> slider_of(ast.Percent(30)).high
    100
    """
    match value:
        case ast.Duration(amounts=((number, unit),)):
            top = max(HIGHEST * number, 7)
            step = 1 if float(number).is_integer() else 0.5
            return Slider(number, step, top, step, f"{unit}s", _as(value, _length(unit)))
        case ast.Percent(value=number):
            return Slider(number, 0, 100, 1, "%", _as(value, ast.Percent))
        case ast.Number(value=number):
            top, step = _scale(float(number))
            return Slider(number, 0, top, step, "", _as(value, ast.Number))
        case _:
            return None


def slider_of_split(split: ast.Split) -> Slider | None:
    """One slider for the shares of two arms: the first gets its value, the second the rest. None for more arms."""
    shares = [arm.share for arm in split.arms]
    if len(shares) != 2:
        return None
    first, last = shares
    if not isinstance(first, ast.Percent) or not isinstance(last, ast.Percent):
        return None

    def changes(value: Value) -> dict[int, ast.Node]:
        share = _low(value)
        return {id(first): ast.Percent(_tidy(share)), id(last): ast.Percent(_tidy(100 - share))}

    return Slider(first.value, 0, 100, 1, "%", changes)


def slider_of_range(of: ast.Range, is_share: bool) -> Slider | None:
    """The slider of a number or range in a line; None if it comes from a column or param."""
    ends = [one for one in (of.low, of.high) if one is not None]
    if of.column or not ends or any(isinstance(one, ast.ParamName) for one in ends):
        return None
    numbers = [float(one.value) for one in ends if isinstance(one, ast.Percent | ast.Number)]
    kind: type[ast.Percent] | type[ast.Number] = ast.Percent if is_share else ast.Number
    top, step = (100.0, 1.0) if is_share else _scale(numbers[-1])

    def changes(value: Value) -> dict[int, ast.Node]:
        low, high = value if isinstance(value, tuple) else (value, value)
        new = replace(of, low=kind(_tidy(low)), high=kind(_tidy(high)) if high > low else None)
        return {id(of): new}

    start: Value = (numbers[0], numbers[1]) if len(numbers) == 2 else numbers[0]
    return Slider(start, 0, top, step, "%" if is_share else "", changes)


def _as(node: ast.Node, kind: Callable[[float], ast.Node]) -> Callable[[Value], Mapping[int, ast.Node]]:
    """Returns a function that replaces a node with a new number."""
    return lambda value: {id(node): kind(_tidy(_low(value)))}


def _length(unit: str) -> Callable[[float], ast.Node]:
    return lambda number: ast.Duration(((number, unit),))


def _scale(number: float) -> tuple[float, float]:
    """The upper end and the step of a slider: about STEPS steps, each 1, 2 or 5 times a power of ten."""
    top = HIGHEST * number if number > 0 else 1.0
    size = 1.0
    while size > top / STEPS:
        size /= 10
    while size * 10 <= top / STEPS:
        size *= 10
    step = next(size * times for times in (1, 2, 5, 10) if size * times * STEPS >= top)
    return round(top / step) * step, step


def _low(value: Value) -> float:
    return value[0] if isinstance(value, tuple) else value


def _tidy(number: float) -> int | float:
    """Whole numbers as `int`; others without the noise of binary fractions."""
    rounded = round(number, 6)
    return int(rounded) if float(rounded).is_integer() else rounded
