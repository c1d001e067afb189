"""Checks the columns of a program against the contact table: missing columns and types that do not match.

Types are those with which contacts are read: text, number, yes-no, date, time, list, empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from flowdsl.compiler.resolve import walk
from flowdsl.compiler.resolved import Act, Flow, Resolved, Wait
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.source import Span
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.plan import plan
from flowdsl.plan.expressions import (
    And,
    Column,
    Compare,
    Expr,
    Known,
    Not,
    OneOf,
    Or,
    Recent,
    SetField,
    TriggerField,
    Value,
)
from flowdsl.plan.usage import MOST_PER_UNIT
from flowdsl.vocabulary.columns import not_settable

DATES = ("date", "time")
_CALLED = {
    "text": "texts",
    "number": "numbers",
    "yes-no": "yes or no",
    "date": "dates",
    "time": "moments",
    "list": "lists",
}


class Use(NamedTuple):
    """One use of a column. `type_` is its type ("" any). optional: it may be a field of the event; most: the largest
    valid number of a column of numbers from 0 on.
    """

    name: str
    type_: str
    span: Span
    optional: bool = False
    most: float | None = None


def expected(resolved: Resolved) -> dict[str, str]:
    """The type with which the program compares each column, if it is only one type: used to read tables of text.

    >>> expected(Resolved(()))
    {}
    """
    types: dict[str, set[str]] = {}
    for use in uses(resolved):
        if use.type_:
            types.setdefault(use.name, set()).add(use.type_)
    return {name: type_.pop() for name, type_ in types.items() if len(type_) == 1}


def bounds(resolved: Resolved) -> dict[str, float]:
    """Columns of numbers from 0 on with an upper bound: the shares and rates of scenarios.

    >>> bounds(Resolved(()))
    {}
    """
    found: dict[str, float] = {}
    for use in uses(resolved):
        if use.most is not None:
            found[use.name] = min(use.most, found.get(use.name, use.most))
    return found


def names(resolved: Resolved) -> frozenset[str]:
    """Every column that the program reads, sets or inserts into a message.

    >>> names(Resolved(()))
    frozenset()
    """
    filled = (name for name, _ in resolved.placeholders)
    return frozenset({*(use.name for use in uses(resolved)), *assigned(resolved), *filled})


def uses(resolved: Resolved) -> Iterator[Use]:
    """Every use of a column."""
    for flow in resolved.flows:
        yield from _in_flow(flow)
    for test in walk.world_tests(resolved.world):
        yield from _in_test(test.expr)
    for world in resolved.world:
        yield from (Use(line.column, "number", line.span, most=1.0) for line in _shares(world) if line.column)
        yield from (Use(line.column, "number", line.span, most=MOST_PER_UNIT) for line in world.rates if line.column)


def _shares(world: plan.World) -> tuple[plan.Answer | plan.Share, ...]:
    return (*world.answers, *world.shares)


def _in_flow(flow: Flow) -> Iterator[Use]:
    for trigger in flow.triggers:
        if isinstance(trigger, plan.DateTrigger):
            yield Use(trigger.column, "date", trigger.span)
    for test in walk.tests(flow):
        yield from _in_test(test.expr)
    for step in walk.steps(flow.steps):
        if isinstance(step, Wait) and isinstance(step.until, plan.Relative) and isinstance(step.until.ref, Column):
            yield Use(step.until.ref.name, "date", step.until.ref.span)


def _in_test(expr: Expr, optional: str = "") -> Iterator[Use]:
    """optional: the name that means a field of the event if it has one, else a column (refs.py)."""
    if isinstance(expr, Not):
        yield from _in_test(expr.item, optional)
    elif isinstance(expr, And | Or):
        known = next((name for item in expr.items if (name := _unless_known(item))), optional)
        for item in expr.items:
            yield from _in_test(item, known)
    elif isinstance(expr, Compare | OneOf | Known | Recent) and isinstance(expr.left, Column):
        yield Use(expr.left.name, _expected_type(expr), expr.left.span, expr.left.name == optional)


def _unless_known(expr: Expr) -> str:
    if isinstance(expr, Not) and isinstance(expr.item, Known) and isinstance(expr.item.left, TriggerField):
        return expr.item.left.name
    return ""


def _expected_type(expr: Compare | OneOf | Known | Recent) -> str:
    if isinstance(expr, Recent):
        return "date"
    if isinstance(expr, Known):
        return ""
    kinds = {_kind(value) for value in (expr.values if isinstance(expr, OneOf) else (expr.right,))}
    return kinds.pop() if len(kinds) == 1 else ""


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "yes-no"
    if isinstance(value, date):
        return "date"
    return "text" if isinstance(value, str) else "number"


def check_uses(findings: DiagnosticCollector, resolved: Resolved, columns: Mapping[str, str] | None = None) -> None:
    """Note columns that are compared as two types: one of the comparisons can never be true."""
    first: dict[str, Use] = {}
    for use in uses(resolved):
        if not use.type_ or use.optional or use.name in (columns or ()):
            continue
        other = first.setdefault(use.name, use)
        if use.type_ != other.type_:
            line = f" on line {other.span.line}" if other.span.line not in (0, use.span.line) else ""
            message = f"`{use.name}` is compared as {_CALLED[use.type_]} here, but as {_CALLED[other.type_]}{line}"
            findings.add("E411", message, use.span)


def check_columns(findings: DiagnosticCollector, resolved: Resolved, columns: Mapping[str, str]) -> None:
    """Note columns that are missing or have another type, placeholders without a column, and ambiguous names."""
    given = set(assigned(resolved))
    for use in uses(resolved):
        if use.name in columns:
            _check_type(findings, use, columns[use.name])
        elif use.name not in given and not use.optional:
            _lacking(findings, "E410", f"the contacts have no column `{use.name}`", use, columns)
    words = {word.name for word in resolved.policy.words}
    for name, span in resolved.placeholders:
        if name not in columns and name not in words and name not in given:
            meant = findings.suggest(name, (*columns, *words))
            reason = f"did you mean `{{{meant}}}`?" if meant else ""
            findings.add("E412", f"nothing fills the placeholder {{{name}}}", span, reason=reason)
    for name, span in resolved.bare:
        if name in columns:
            fixes = (suggested_fix(span, f"trigger.{name}"), suggested_fix(span, f"contact.{name}"))
            findings.add("E413", f"`{name}` is a field of the event and a column of the contacts", span, fixes=fixes)


def check_assigned(findings: DiagnosticCollector, resolved: Resolved) -> None:
    """Note actions that set a column with a meaning of its own: this would not change consent, sets, time zone or id.

    A column whose name only suggests consent may be set if the program also reads it: then it is the program's own.
    """
    read = {use.name for use in uses(resolved)}
    for flow in resolved.flows:
        for step in walk.steps(flow.steps):
            if isinstance(step, Act) and isinstance(step.effect, SetField) and isinstance(step.effect.target, Column):
                target = step.effect.target
                if reason := not_settable(target.name, read):
                    findings.add("E420", f"setting `{target.name}` has no effect", target.span, reason=reason)


def assigned(resolved: Resolved) -> Iterator[str]:
    """Every column that the program sets."""
    for flow in resolved.flows:
        for step in walk.steps(flow.steps):
            if isinstance(step, Act) and isinstance(step.effect, SetField) and isinstance(step.effect.target, Column):
                yield step.effect.target.name
    yield from (event.sets for event in resolved.events if event.sets and not event.about)


def _lacking(findings: DiagnosticCollector, code: str, message: str, use: Use, columns: Mapping[str, str]) -> None:
    meant = findings.suggest(use.name, columns)
    is_alone = use.most is None  # else the name is inside a quoted line, and the span is that of the line
    fixes = (suggested_fix(use.span, meant),) if meant and is_alone else ()
    reason = f'did you mean "{meant}"?' if meant and not is_alone else ""
    findings.add(code, message, use.span, reason=reason, fixes=fixes)


def _check_type(findings: DiagnosticCollector, use: Use, found: str) -> None:
    if use.type_ in ("", found) or found not in _CALLED or (use.type_ in DATES and found in DATES):
        return
    message = f"the column `{use.name}` holds {_CALLED[found]}, but is compared as {_CALLED[use.type_]}"
    findings.add("E411", message, use.span)
