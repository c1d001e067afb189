"""What of a program can be turned: a program goes in; a Dial for each of its numbers comes out, and programs in which
some of them are turned.

Waits, shares of splits, and the numbers of a scenario are dials, and params, which stand for any of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal, TypeAlias

from flowdsl import ast
from flowdsl.printer.lines import line
from flowdsl.resolve import flow_names
from flowdsl.verbs.varied import LINES, words_of

Kind: TypeAlias = Literal["wait", "share", "split", "rate", "number"]
Changes: TypeAlias = "Mapping[int, ast.Node]"
Value: TypeAlias = "float | tuple[float, float]"  # a pair is a number in doubt: `30% to 40%`

ROOM = 4.0  # a dial goes this many times as far as it stands
FINE = 60  # steps of a dial for rates


@dataclass(frozen=True, eq=False)
class Dial:
    """A number that can be turned.

    name    what a person calls it: `wait 3 days`, `opens email "Hello"`; no two dials have one name
    place   the flow or scenario it stands in, or "params"
    value   where it stands: a pair where the number is in doubt
    low, high, step, unit   how far and how finely it can be turned, and in what
    made    what it makes of the program: nodes by the identity of those in whose place they come
    """

    name: str
    place: str
    kind: Kind
    value: Value
    low: float
    high: float
    step: float
    unit: str
    made: Callable[[Value], Changes]


def dials(program: ast.Program, scenario: str | None = None) -> tuple[Dial, ...]:
    """Every number of a program that can be turned, params first, then in the order of the text.

    Shares of a split: all of its arms but the last, which has the rest. Of scenarios the one of this name (None: the
    only one).

    >>> from flowdsl import parse
    >>> program = parse("param pause 3 days\\nflow \\"A\\"\\n  when member joins program wait 2 days then send chat")
    >>> [(dial.name, dial.value, dial.unit) for dial in dials(program)]
    [('pause', 3, 'days'), ('wait 2 days', 2, 'days')]
    """
    flows = [one for one in program.declarations if isinstance(one, ast.Flow | ast.Campaign)]
    names = {id(one): name for one, name in zip(flows, flow_names(flows), strict=True)}
    found: list[Dial] = []
    for one in sorted(program.declarations, key=lambda each: not isinstance(each, ast.Param)):
        match one:
            case ast.Param():
                found += _of_value(one.name.text, "params", one.value)
            case ast.Flow() | ast.Campaign():
                found += _of_steps(one.steps, names[id(one)])
            case ast.Scenario() if scenario in (None, one.name.value if one.name else None):
                found += _of_scenario(one)
    return tuple(_apart(found))


def turned(program: ast.Program, every: Sequence[Dial], values: Mapping[str, Value]) -> ast.Program:
    """The program with some dials turned, by name; the others stay as they are. Raises KeyError for another name."""
    by_name = {dial.name: dial for dial in every}
    changes: dict[int, ast.Node] = {}
    for name, value in values.items():
        changes |= by_name[name].made(value)
    made: ast.Program = _replaced(program, changes)
    return made


def _apart(found: Sequence[Dial]) -> Iterator[Dial]:
    """Dials whose names tell them apart: the second `wait 1 day` is `wait 1 day #2`."""
    seen: dict[str, int] = {}
    for dial in found:
        number = seen[dial.name] = seen.get(dial.name, 0) + 1
        yield dial if number == 1 else replace(dial, name=f"{dial.name} #{number}")


def _replaced(node: Any, changes: Mapping[int, ast.Node]) -> Any:
    """A tree with some of its nodes, known by their identity, replaced; what is left as it was is the same object."""
    if id(node) in changes:
        return changes[id(node)]
    if isinstance(node, tuple):
        items = tuple(_replaced(one, changes) for one in node)
        return node if all(new is old for new, old in zip(items, node, strict=True)) else items
    if not is_dataclass(node) or not isinstance(node, ast.Node | ast.Program):
        return node
    new = {each.name: _replaced(getattr(node, each.name), changes) for each in fields(node) if each.name != "sources"}
    different = {name: value for name, value in new.items() if value is not getattr(node, name)}
    return replace(node, **different) if different else node


# --- of flows ---------------------------------------------------------------------------------------------------------


def _of_steps(steps: Sequence[ast.Step], flow: str) -> Iterator[Dial]:
    for step in steps:
        match step:
            case ast.WaitFor():
                yield from _of_value(line(step), flow, step.length)
            case ast.WaitUntil(up_to=length) if length is not None:
                yield from _of_value(line(step), flow, length)
            case ast.If():
                for arm in step.arms:
                    yield from _of_steps(arm.steps, flow)
                yield from _of_steps(step.otherwise.steps if step.otherwise else (), flow)
            case ast.Split():
                yield from _of_split(step, flow)
                for share in step.arms:
                    yield from _of_steps(share.steps, flow)
            case ast.Repeat():
                yield from _of_steps(step.steps, flow)
            case _:
                pass


def _of_split(split: ast.Split, flow: str) -> Iterator[Dial]:
    """The shares of two arms, as one dial: the first has it, the second the rest. More arms are left as they are."""
    if len(split.arms) != 2 or not all(isinstance(arm.share, ast.Percent) for arm in split.arms):
        return
    first, last = split.arms
    assert isinstance(first.share, ast.Percent)

    def made(value: Value) -> Changes:
        share = _low(value)
        return {id(first.share): ast.Percent(_tidy(share)), id(last.share): ast.Percent(_tidy(100 - share))}

    yield Dial(f"split {line(first)}", flow, "split", first.share.value, 0, 100, 1, "%", made)


# --- of params and scenarios ------------------------------------------------------------------------------------------


def _of_value(name: str, place: str, value: object) -> Iterator[Dial]:
    """A length of one unit, a number or a percentage; anything else is no dial."""
    match value:
        case ast.Duration(amounts=((number, unit),)):
            top = max(ROOM * number, 7)
            step = 1 if float(number).is_integer() else 0.5
            yield Dial(name, place, "wait", number, step, top, step, f"{unit}s", _as(value, _length(unit)))
        case ast.Percent(value=number):
            yield Dial(name, place, "share", number, 0, 100, 1, "%", _as(value, ast.Percent))
        case ast.Number(value=number):
            top, step = _scale(float(number))
            yield Dial(name, place, "number", number, 0, top, step, "", _as(value, ast.Number))
        case _:
            pass


def _as(node: ast.Node, kind: Callable[[float], ast.Node]) -> Callable[[Value], Changes]:
    """What puts another number in the place of a node."""
    return lambda value: {id(node): kind(_tidy(_low(value)))}


def _length(unit: str) -> Callable[[float], ast.Node]:
    return lambda number: ast.Duration(((number, unit),))


def _of_scenario(scenario: ast.Scenario) -> Iterator[Dial]:
    place = f'scenario "{scenario.name.value}"' if scenario.name else "scenario"
    for one in scenario.lines:
        if isinstance(one, LINES):
            is_share = isinstance(one, ast.Response | ast.Share)
            numbers = one.share if isinstance(one, ast.Response | ast.Share) else one.rate
            yield from _of_range(words_of(one), place, numbers, is_share)


def _of_range(name: str, place: str, of: ast.Range, is_share: bool) -> Iterator[Dial]:
    """The number of a line, or both ends of one in doubt; what a column or a param says is no dial of the line."""
    ends = [one for one in (of.low, of.high) if one is not None]
    if of.column or not ends or any(isinstance(one, ast.ParamName) for one in ends):
        return
    numbers = [float(one.value) for one in ends if isinstance(one, ast.Percent | ast.Number)]
    kind: type[ast.Percent] | type[ast.Number] = ast.Percent if is_share else ast.Number
    top, step = (100.0, 1.0) if is_share else _scale(numbers[-1])

    def made(value: Value) -> Changes:
        low, high = value if isinstance(value, tuple) else (value, value)
        new = replace(of, low=kind(_tidy(low)), high=kind(_tidy(high)) if high > low else None)
        return {id(of): new}

    stands: Value = (numbers[0], numbers[1]) if len(numbers) == 2 else numbers[0]
    yield Dial(name, place, "share" if is_share else "rate", stands, 0, top, step, "%" if is_share else "", made)


def _scale(number: float) -> tuple[float, float]:
    """How far and how finely a number can be turned: about FINE steps, each 1, 2 or 5 times a power of ten."""
    top = ROOM * number if number > 0 else 1.0
    size = 1.0
    while size > top / FINE:
        size /= 10
    while size * 10 <= top / FINE:
        size *= 10
    step = next(size * times for times in (1, 2, 5, 10) if size * times * FINE >= top)
    return round(top / step) * step, step


def _low(value: Value) -> float:
    return value[0] if isinstance(value, tuple) else value


def _tidy(number: float) -> int | float:
    """Whole numbers as such; others without the noise of binary fractions."""
    rounded = round(number, 6)
    return int(rounded) if float(rounded).is_integer() else rounded
