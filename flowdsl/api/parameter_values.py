"""Turns values that people give for numbers of a program into nodes of the syntax tree.

Numbers become nodes directly; only texts, which are written in the language, go through the parser.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from flowdsl.calendar.clock import EVERY_DAY
from flowdsl.compiler.scenario_builder import rounded
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.diagnostics.source import Source
from flowdsl.syntax import ast
from flowdsl.syntax.parser import parse
from flowdsl.syntax.printer.node_text import number as digits

Amount: TypeAlias = "type[ast.Percent] | type[ast.Number]"


def read_param(value: object, before: ast.Value, name: str) -> ast.Value:
    """The value of a `param`: a number, or a text as in a program. A quoted text stands for its content.

    Raises RunError for a value that cannot be read.
    """
    if isinstance(before, ast.Text):
        return ast.Text(value if isinstance(value, str) else digits(_amount(value, ast.Number, name)))
    if isinstance(value, str):
        declared = _parsed(f"param value {value}", name, value)
        assert isinstance(declared, ast.Param)
        return declared.value
    return ast.Number(_amount(value, ast.Number, name))


def read_range(value: object, is_share: bool, name: str) -> ast.Range:
    """The number of an `assume` line: a number or pair as in flowdsl.Scenario (0.35), or a text such as `30% to 40%`.

    Raises RunError for a value that cannot be read.
    """
    if isinstance(value, str):
        return _range_of_text(value, is_share, name)
    kind: Amount = ast.Percent if is_share else ast.Number
    ends = list(value) if isinstance(value, Sequence) else [value]
    if len(ends) not in (1, 2):
        raise _unread(name, value)
    low, high, *_ = [*(kind(_amount(end, kind, name)) for end in ends), None]
    return ast.Range(low, high)


def _amount(value: Any, kind: Amount, name: str) -> int | float:
    try:
        amount = rounded(value, 100 if kind is ast.Percent else 1)
    except RunError:
        raise _unread(name, value) from None
    if amount < 0:
        raise _unread(name, value)
    return amount


def _range_of_text(value: str, is_share: bool, name: str) -> ast.Range:
    """The number in the only line of a scenario. A text with anything else cannot be read."""
    line = f"opens email {value}" if is_share else f"visits page {value} per contact per day"
    declared = _parsed(f'scenario "value"\n  assume {line}\n', name, value)
    found = declared.lines[0] if isinstance(declared, ast.Scenario) and len(declared.lines) == 1 else None
    if isinstance(found, ast.Response) and (found.of, found.delay, found.spread) == (None, None, None):
        number = found.share
    elif isinstance(found, ast.Rate) and (found.days, found.start, found.spread) == (EVERY_DAY, None, None):
        number = found.rate
    else:
        raise _unread(name, value)
    if isinstance(number.low, ast.ParamName) or isinstance(number.high, ast.ParamName):  # a word is the name of a param
        raise _unread(name, value)
    return number


def _parsed(text: str, name: str, value: object) -> ast.Declaration:
    """The one declaration of a text."""
    program, found = parse(Source(text))
    if any(diagnostic.is_error for diagnostic in found) or len(program.declarations) != 1:
        raise _unread(name, value)
    return program.declarations[0]


def _unread(name: str, value: object) -> RunError:
    return RunError([RUNS["E728"].diagnostic(f"{name} cannot have the value {value!r}", value)])
