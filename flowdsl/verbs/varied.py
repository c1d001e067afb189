"""What of a program can be varied: names and values go in; changes of the program come out, or what is wrong with them.

A name is that of a `param`, or the words of an `assume` line without its number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from typing import Any, TypeAlias

from flowdsl import ast
from flowdsl.clock import EVERY_DAY
from flowdsl.errors import Diagnostic, RunError
from flowdsl.faults.run import RUNS
from flowdsl.parser import parse
from flowdsl.printer.lines import line
from flowdsl.printer.lines import number as digits
from flowdsl.scenario import Scenario
from flowdsl.source import Source
from flowdsl.vocabulary import quoted

Change: TypeAlias = Callable[[ast.Program, object], ast.Program]
Place: TypeAlias = tuple[int, int | None]  # a declaration by its number; in a scenario, a line
Line: TypeAlias = ast.Response | ast.Rate | ast.NewContacts | ast.Share
LINES = (ast.Response, ast.Rate, ast.NewContacts, ast.Share)
SUBJECTS = "contact|member|client|customer|participant|subscriber|visitor|student|lead"
SUBJECT = re.compile(rf"^({SUBJECTS})s? ")
PIECES = re.compile(r'"(?:\\.|[^"])*"|[^\s"]+')
PER = re.compile(r" ?(per contact )?per (second|minute|hour|day|week|month|year)\b")

# --- names ------------------------------------------------------------------------------------------------------------


def changes(program: ast.Program, scenario: str | None, values: object) -> list[Change]:
    """What each name changes. Raises RunError with everything that is wrong with the names and their values."""
    if not isinstance(values, Mapping) or not values:
        raise RunError([_fault("E727", "there is nothing to vary: values are lists by name", "")])
    places = _places(program, scenario)
    faults: list[Diagnostic] = []
    made: list[Change] = []
    for name, many in values.items():
        found = _found(str(name), places)
        if len(found) != 1:
            faults.append(_unknown(str(name), found, places))
        elif isinstance(many, str) or not isinstance(many, Sequence) or not many:
            faults.append(_fault("E728", f"the values of {name} are a list, not {many!r}", many))
        else:
            made.append(partial(_changed, place=places[found[0]], name=str(name)))
            faults += [fault for value in many for fault in _wrong(made[-1], program, value)]
    if faults:
        raise RunError(faults)
    return made


def _wrong(change: Change, program: ast.Program, value: object) -> Sequence[Diagnostic]:
    try:
        change(program, value)
    except RunError as error:
        return error.diagnostics
    return ()


def _places(program: ast.Program, scenario: str | None) -> dict[str, Place]:
    """What can be varied, by name: params, and lines of the scenario by their words without the number."""
    found: dict[str, Place] = {}
    for at, one in enumerate(program.declarations):
        if isinstance(one, ast.Param):
            found[one.name.text] = at, None
        elif isinstance(one, ast.Scenario) and scenario in (None, one.name.value if one.name else None):
            numbered = [(number, each) for number, each in enumerate(one.lines) if isinstance(each, LINES)]
            often = Counter(words_of(each) for _, each in numbered)
            for number, each in numbered:
                name = words_of(each)
                found[name if often[name] == 1 else words_of(each, with_hours=True)] = at, number
    return found


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
    """A name as it is compared: subjects, capitals and blanks do not count outside quotes."""
    words = [piece if piece.startswith('"') else piece.casefold() for piece in PIECES.findall(name)]
    said = " ".join(words)
    return said if said.startswith("contacts where") else SUBJECT.sub("", said)


def _found(name: str, places: Mapping[str, Place]) -> list[str]:
    """The names that could be meant: that very one, else those that begin so."""
    if name in places:
        return [name]
    plain = _plain(name)
    if plain in places:
        return [plain]
    return [place for place in places if place.startswith(f"{plain} ")]


def _unknown(name: str, found: Sequence[str], places: Mapping[str, Place]) -> Diagnostic:
    there = ", ".join(f"`{place}`" for place in found or places)
    if found:
        return _fault("E727", f'"{name}" may be one of several: {there}', name)
    near = get_close_matches(_plain(name), places, n=1)
    hint = f"did you mean `{near[0]}`? " if near else ""
    return _fault(
        "E727",
        f'there is no param "{name}", and no such line of the scenario; {hint}there is {there or "nothing"}',
        name,
    )


# --- values -----------------------------------------------------------------------------------------------------------


def _changed(program: ast.Program, value: object, *, place: Place, name: str) -> ast.Program:
    """The program with another value in a place. Raises RunError for a value that cannot be read."""
    at, number = place
    one = program.declarations[at]
    if isinstance(one, ast.Param):
        changed: ast.Declaration = replace(one, value=_param(value, one.value, name))
    else:
        assert isinstance(one, ast.Scenario)
        assert number is not None
        lines = [*one.lines]
        own = lines[number]
        assert isinstance(own, Line)
        found = _range(value, own, name)
        if isinstance(own, ast.Response | ast.Share):
            lines[number] = replace(own, share=found)
        else:
            lines[number] = replace(own, rate=found)
        changed = replace(one, lines=tuple(lines))
    declarations = (*program.declarations[:at], changed, *program.declarations[at + 1 :])
    return replace(program, declarations=declarations)


def _param(value: object, before: ast.Value, name: str) -> ast.Value:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RunError([_unread(name, value)])
    text = value if isinstance(value, str) else digits(value)
    if isinstance(before, ast.Text):
        text = quoted([text])
    declared = _read(f"param value {text}", name, value)
    assert isinstance(declared, ast.Param)
    return declared.value


def _range(value: object, own: Line, name: str) -> ast.Range:
    """The number of a line: as the language writes it, or as flowdsl.Scenario takes it."""
    is_share = isinstance(own, ast.Response | ast.Share)
    if isinstance(value, str):
        text = f"opens email {value}" if is_share else f"visits page {value} per contact per day"
        said = f'scenario "value"\n  assume {text}\n'
    else:
        made = Scenario("value")
        given: Any = value
        try:
            said = (made.answer("opens email", given) if is_share else made.rate("visits page", given)).text
        except RunError:
            raise RunError([_unread(name, value)]) from None
    declared = _read(said, name, value)
    found = declared.lines[0] if isinstance(declared, ast.Scenario) and len(declared.lines) == 1 else None
    if isinstance(found, ast.Response) and (found.of, found.delay, found.spread) == (None, None, None):
        return _known(found.share, name, value)
    if isinstance(found, ast.Rate) and (found.days, found.start, found.spread) == (EVERY_DAY, None, None):
        return _known(found.rate, name, value)
    raise RunError([_unread(name, value)])


def _known(found: ast.Range, name: str, value: object) -> ast.Range:
    """The number that was read; a word would be the name of a param."""
    if isinstance(found.low, ast.ParamName) or isinstance(found.high, ast.ParamName):
        raise RunError([_unread(name, value)])
    return found


def _read(text: str, name: str, value: object) -> ast.Declaration:
    """The one declaration of a text."""
    program, found = parse(Source(text))
    if any(fault.is_error for fault in found) or len(program.declarations) != 1:
        raise RunError([_unread(name, value)])
    return program.declarations[0]


def _unread(name: str, value: object) -> Diagnostic:
    return _fault("E728", f"{value!r} is no value that {name} can have", value)


def _fault(code: str, message: str, words: object) -> Diagnostic:
    return Diagnostic(code, message, words=str(words), reason=RUNS[code].why, example=RUNS[code].right)
