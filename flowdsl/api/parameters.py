"""Finds the parameters of a program, and makes programs in which some of them have other values.

Waits, shares of splits, the numbers of a scenario and params are parameters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeAlias

from flowdsl.api.parameter_values import read_param, read_range
from flowdsl.api.sliders import Slider, Value, slider_of, slider_of_range, slider_of_split
from flowdsl.calendar.clock import EVERY_DAY
from flowdsl.compiler.resolve import flow_names
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.suggest import did_you_mean
from flowdsl.syntax import ast
from flowdsl.syntax.printer.node_text import line

Changes: TypeAlias = "Mapping[int, ast.Node]"  # new nodes, by the identity of the nodes that they replace
Line: TypeAlias = ast.Response | ast.Rate | ast.NewContacts | ast.Share
LINES = (ast.Response, ast.Rate, ast.NewContacts, ast.Share)
SUBJECT = re.compile(r"^(contact|member|client|customer|participant|subscriber|visitor|student|lead)s? ")
PIECES = re.compile(r'"(?:\\.|[^"])*"|[^\s"]+')
PER = re.compile(r" ?(per contact )?per (second|minute|hour|day|week|month|year)\b")


@dataclass(frozen=True, eq=False)
class Parameter:
    """A number of a program, or the value of a param, that can be changed.


    name    what people call it: `wait 3 days`, `opens email "Hello"`; unique in a program
    place   the flow or scenario that contains it, or "params"
    slider  its value and range; None if it has no slider, such as a text
    read    returns the changes that a value of `sweep` makes; None if only a slider can change it
    """

    name: str
    place: str
    slider: Slider | None = None
    read: Callable[[object], Changes] | None = None


def parameters(program: ast.Program, scenario: str | None = None) -> tuple[Parameter, ...]:
    """Every parameter of a program, params first, then in the order of the text.

    Only splits with two arms are included, and only the scenario of this name (None: the only one).

    >>> from flowdsl import parse
    >>> program = parse("param pause 3 days\\nflow \\"A\\"\\n  when member joins program wait 2 days then send chat")
    >>> [(one.name, one.slider.value, one.slider.unit) for one in parameters(program)]
    [('pause', 3, 'days'), ('wait 2 days', 2, 'days')]
    """
    flows = [one for one in program.declarations if isinstance(one, ast.Flow | ast.Campaign)]
    names = {id(one): name for one, name in zip(flows, flow_names(flows), strict=True)}
    found: list[Parameter] = []
    for one in sorted(program.declarations, key=lambda each: not isinstance(each, ast.Param)):
        match one:
            case ast.Param():
                found.append(_of_param(one))
            case ast.Flow() | ast.Campaign():
                found += _of_steps(one.steps, names[id(one)])
            case ast.Scenario() if scenario in (None, one.name.value if one.name else None):
                found += _of_scenario(one)
    return tuple(_with_names_of_their_own(found))


def with_sliders(program: ast.Program, among: Iterable[Parameter], values: Mapping[str, Value]) -> ast.Program:
    """The program with sliders moved, by the names of their parameters. Raises KeyError for an unknown name."""
    sliders = {one.name: one.slider for one in among if one.slider}
    return with_changes(program, [sliders[name].changes(value) for name, value in values.items()])


def with_changes(program: ast.Program, changes: Iterable[Changes]) -> ast.Program:
    """The program with some nodes replaced."""
    every: dict[int, ast.Node] = {}
    for some in changes:
        every |= some
    made: ast.Program = _replaced(program, every)
    return made


def _with_names_of_their_own(found: Sequence[Parameter]) -> Iterator[Parameter]:
    """Parameters with unique names: the second `wait 1 day` is `wait 1 day #2`."""
    seen: dict[str, int] = {}
    for one in found:
        number = seen[one.name] = seen.get(one.name, 0) + 1
        yield one if number == 1 else replace(one, name=f"{one.name} #{number}")


def _replaced(node: Any, changes: Changes) -> Any:
    """A tree with some of its nodes, given by identity, replaced; unchanged nodes stay the same objects."""
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


# --- finding them -----------------------------------------------------------------------------------------------------


def _of_steps(steps: Sequence[ast.Step], flow: str) -> Iterator[Parameter]:
    for step in steps:
        match step:
            case ast.WaitFor():
                yield from _with_slider(line(step), flow, slider_of(step.length))
            case ast.WaitUntil(up_to=length) if length is not None:
                yield from _with_slider(line(step), flow, slider_of(length))
            case ast.If():
                for arm in step.arms:
                    yield from _of_steps(arm.steps, flow)
                yield from _of_steps(step.otherwise.steps if step.otherwise else (), flow)
            case ast.Split():
                yield from _with_slider(f"split {line(step.arms[0])}", flow, slider_of_split(step))
                for share in step.arms:
                    yield from _of_steps(share.steps, flow)
            case ast.Repeat():
                yield from _of_steps(step.steps, flow)
            case _:
                pass


def _with_slider(name: str, place: str, slider: Slider | None) -> Iterator[Parameter]:
    if slider is not None:
        yield Parameter(name, place, slider)


def _of_param(one: ast.Param) -> Parameter:
    name, before = one.name.text, one.value
    return Parameter(name, "params", slider_of(before), lambda value: {id(before): read_param(value, before, name)})


def _of_scenario(scenario: ast.Scenario) -> Iterator[Parameter]:
    place = f'scenario "{scenario.name.value}"' if scenario.name else "scenario"
    numbered = [one for one in scenario.lines if isinstance(one, LINES)]
    often = Counter(words_of(one) for one in numbered)
    for one in numbered:
        name = words_of(one, with_hours=often[words_of(one)] > 1)
        yield _of_line(one, name, place)


def _of_line(one: Line, name: str, place: str) -> Parameter:
    is_share = isinstance(one, ast.Response | ast.Share)
    number = one.share if isinstance(one, ast.Response | ast.Share) else one.rate
    slider = slider_of_range(number, is_share)
    return Parameter(name, place, slider, lambda value: {id(number): read_range(value, is_share, name)})


def words_of(one: Line, with_hours: bool = False) -> str:
    """The words of a line without its number, its delay and its hours: `opens email`, `clicks email of opening it`."""
    always: dict[str, Any] = {} if with_hours else {"days": EVERY_DAY, "start": None, "end": None}
    match one:
        case ast.Response():
            bare: ast.Node = replace(one, share=ast.Range(), delay=None, spread=None)
        case ast.Rate():
            bare = replace(one, rate=ast.Range(), spread=None, **always)
        case ast.NewContacts():
            bare = replace(one, rate=ast.Range(), like_table=False, **always)
        case ast.Share():
            bare = replace(one, share=ast.Range())
    words = " ".join(line(bare).split()).removeprefix("assume ").removeprefix("of ")
    if isinstance(one, ast.NewContacts | ast.Rate):
        words = PER.sub("", words, count=1)
    return _plain(words)


def _plain(name: str) -> str:
    """A name as it is compared: outside quotes, the subject, capitals and blanks do not count."""
    words = [piece if piece.startswith('"') else piece.casefold() for piece in PIECES.findall(name)]
    text = " ".join(words)
    return text if text.startswith("contacts where") else SUBJECT.sub("", text)


# --- their values -----------------------------------------------------------------------------------------------------


def read_values(among: Iterable[Parameter], values: object) -> dict[str, list[Changes]]:
    """The changes that each value of each name makes: {name: one change per value}.

    Raises RunError with all diagnostics of the names and their values.
    """
    if not isinstance(values, Mapping) or not values:
        raise RunError([RUNS["E727"].diagnostic("values is empty: give a list of values for each name")])
    by_name = {one.name: one.read for one in among if one.read}
    wrong, found = DiagnosticCollector(RUNS), dict[str, list[Changes]]()
    for name, many in values.items():
        meant = _meant(str(name), by_name)
        if len(meant) != 1:
            wrong.extend([_unknown(str(name), meant, by_name)])
        elif isinstance(many, str) or not isinstance(many, Sequence) or not many:
            wrong.add("E728", f"the values of {name} must be a list, not {many!r}", words=many)
        else:
            found[name] = list(_read_all(by_name[meant[0]], many, wrong))
    wrong.raise_any(RunError)
    return found


def _read_all(
    read: Callable[[object], Changes], values: Iterable[object], wrong: DiagnosticCollector
) -> Iterator[Changes]:
    for value in values:
        try:
            yield read(value)
        except RunError as error:
            wrong.extend(error.diagnostics)


def _meant(name: str, names: Iterable[str]) -> list[str]:
    """The names that match: the exact one, otherwise those that begin with it."""
    plain = _plain(name)
    if name in names or plain in names:
        return [name if name in names else plain]
    return [one for one in names if one.startswith(f"{plain} ")]


def _unknown(name: str, meant: Sequence[str], names: Iterable[str]) -> Diagnostic:
    there = ", ".join(f"`{one}`" for one in meant or names)
    if meant:
        return RUNS["E727"].diagnostic(f'"{name}" is ambiguous: {there}', name)
    hint = did_you_mean(_plain(name), names, "`{}`")
    hints = " ".join(filter(None, (hint, f"there is {there or 'nothing'}")))
    message = f'there is no param and no line of the scenario called "{name}"; {hints}'
    return RUNS["E727"].diagnostic(message, name)
