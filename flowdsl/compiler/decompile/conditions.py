"""Decompiles conditions: expressions and wait conditions of a plan become conditions of the syntax tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowdsl.compiler.decompile.phrases import Inexpressible, event, flag_of, match, phrase, state, words
from flowdsl.compiler.decompile.values import constant, is_name, lapse, texts
from flowdsl.plan.expressions import (
    And,
    Column,
    Compare,
    Consent,
    Counted,
    Expr,
    Happened,
    Has,
    Known,
    MessageStatus,
    Not,
    OneOf,
    Or,
    Recent,
    Ref,
    TriggerField,
    Value,
    WaitCondition,
)
from flowdsl.syntax import ast
from flowdsl.vocabulary import CHANNELS, VOCABULARY


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a condition occurs, since that decides what its words mean (docs/reference/language.md#conditions).

    fields    names that mean a field of the trigger rather than a column: those of the event of a `where`
    any_field the event may have any field, as custom events do
    watching  in a wait, a goal or an exit; top: at its top level, where an event alone means a future event
    """

    fields: frozenset[str] = frozenset()
    any_field: bool = False
    watching: bool = False
    top: bool = False


ANYWHERE = Spot()
WATCHING = Spot(watching=True)


def condition(expr: Expr, spot: Spot = ANYWHERE) -> ast.Condition:
    """The syntax tree of an expression.

    >>> condition(Not(Has("tags", ("vip",)))).phrase.parts[:2]
    (Word(text='has'), Word(text='no'))
    """
    say = _DECOMPILERS.get(type(expr))
    if say:
        return say(expr, spot)
    return _joined(expr, spot if isinstance(expr, Or) else replace(spot, top=False))


def occasion(of: WaitCondition) -> ast.Condition:
    """The syntax tree of a wait condition: events as they happen, or states."""
    facts: list[ast.Condition] = []
    for one in of.events:
        if one.answer != (flag_of(one.events) != "" and bool(one.names)):
            raise Inexpressible("a wait for a message by name is for the latest one sent")
        facts.append(ast.Fact(match(one)))
    top = Spot(watching=True, top=True)
    if of.test is not None:
        said = _several(of.test.items, top, ast.Or) if isinstance(of.test, Or) else condition(of.test, top)
        facts += said.items if isinstance(said, ast.Or) else [said]
    if not facts:
        raise Inexpressible("a wait, a goal or an exit looks for something")
    return facts[0] if len(facts) == 1 else ast.Or(tuple(facts))


# --- and, or, not -----------------------------------------------------------------------------------------------------


def _joined(expr: Expr, spot: Spot) -> ast.Condition:
    if isinstance(expr, Not):
        return _not(expr, spot)
    if isinstance(expr, And):
        return _neither_field_nor_column(expr, spot) or _several(expr.items, spot, ast.And)
    if isinstance(expr, Or):
        return _either_field_or_column(expr, spot) or _any_name(expr.items, spot) or _several(expr.items, spot, ast.Or)
    raise Inexpressible(f"{type(expr).__name__} is no condition")


def _not(expr: Not, spot: Spot) -> ast.Condition:
    if isinstance(expr.item, Known):
        return _compared(expr.item.left, "unknown", (), spot)
    if isinstance(expr.item, Has):
        opposite = state(expr.item, negated=True)
        if opposite is not None:
            return ast.Fact(opposite)
    return ast.Not(condition(expr.item, spot))


def _several(items: Sequence[Expr], spot: Spot, kind: type[ast.And] | type[ast.Or]) -> ast.Condition:
    """Conditions joined by one word; inner ones with the same word need no parentheses."""
    found: list[ast.Condition] = []
    for item in items:
        said = condition(item, spot)
        found += said.items if isinstance(said, kind) else [said]
    if not found:
        raise Inexpressible("no words mean a condition of nothing")
    return found[0] if len(found) == 1 else kind(tuple(found))


def _any_name(items: Sequence[Expr], spot: Spot) -> ast.Condition | None:
    """`opened "A" or "B"`: the same test for several messages."""
    flagged = [item for item in items if isinstance(item, MessageStatus)]
    if len(flagged) < len(items) or len({replace(one, name="") for one in flagged}) != 1 or len(flagged) < 2:
        return None
    return _flagged_any(flagged[0], [one.name for one in flagged], spot)


def _either_field_or_column(expr: Or, spot: Spot) -> ast.Condition | None:
    """A bare name after a custom event: its field if it has one, else the column (resolve writes this out)."""
    match expr.items:
        case (by_field, And(items=(Not(item=Known(left=TriggerField() as field)), by_column))) if spot.any_field:
            column = Column(field.name)
            if getattr(by_field, "left", None) == field and _with_left(by_field, column) == by_column:
                return condition(by_column, replace(spot, any_field=False, fields=frozenset()))
    return None


def _neither_field_nor_column(expr: And, spot: Spot) -> ast.Condition | None:
    """`amount is unknown` for a bare name after a custom event."""
    match expr.items:
        case (Not(item=Known(left=TriggerField() as field)), Not(item=Known(left=Column() as column))):
            if spot.any_field and field.name == column.name:
                return _compared(column, "unknown", (), ANYWHERE)
    return None


def _with_left(expr: Any, left: Ref) -> Any:
    return replace(expr, left=left)


# --- comparisons ------------------------------------------------------------------------------------------------------


def ref(of: Ref, spot: Spot = ANYWHERE) -> ast.Word:
    """The word for a column or a field. `contact.` is added to a column that could be read as a trigger's field.

    >>> ref(Column("amount"), Spot(fields=frozenset({"amount"})))
    Word(text='contact.amount')
    """
    if not is_name(of.name):
        raise Inexpressible(f"{of.name!r} cannot be written as a bare name")
    if isinstance(of, TriggerField):
        return ast.Word(f"trigger.{of.name}")
    if isinstance(of, Column):
        is_taken = spot.any_field or of.name in spot.fields
        return ast.Word(f"contact.{of.name}" if is_taken else of.name)
    return ast.Word(f"{of.kind}.{of.name}")


def _compared(left: Ref, op: str, values: Sequence[ast.Value], spot: Spot) -> ast.Fact:
    return ast.Fact(ast.Phrase((ref(left, spot),)), ast.Comparison(op, tuple(values)))


def _compare(expr: Compare, spot: Spot) -> ast.Condition:
    return _compared(expr.left, expr.op, _constants((expr.right,)), spot)


def _one_of(expr: OneOf, spot: Spot) -> ast.Condition:
    return _compared(expr.left, "none_of" if expr.none else "one_of", _constants(expr.values), spot)


def _constants(values: Sequence[Value]) -> list[ast.Value]:
    if not values:
        raise Inexpressible("a value is compared with something")
    return [constant(value) for value in values]


def _known(expr: Known, spot: Spot) -> ast.Condition:
    return _compared(expr.left, "known", (), spot)


def _recent(expr: Recent, spot: Spot) -> ast.Condition:
    return _compared(expr.left, expr.op, (lapse(expr.lapse),), spot)


# --- states -----------------------------------------------------------------------------------------------------------


def _has(expr: Has, spot: Spot) -> ast.Condition:
    said = state(expr)
    assert said is not None
    return ast.Fact(said)


def _consent(expr: Consent, spot: Spot) -> ast.Condition:
    if expr.channel not in CHANNELS:
        raise Inexpressible(f"{expr.channel!r} is not a channel")
    return ast.Fact(phrase(VOCABULARY.condition_phrases, f"{expr.channel}.can_receive", {}))


def _happened(expr: Happened, spot: Spot) -> ast.Condition:
    return ast.Fact(words("it happened"))


# --- messages and history ---------------------------------------------------------------------------------------------


def _flagged(expr: MessageStatus, spot: Spot) -> ast.Condition:
    return _flagged_any(expr, [expr.name], spot)


def _flagged_any(expr: MessageStatus, names: Sequence[str], spot: Spot) -> ast.Condition:
    """`opened "L"`, a test of history, or `email "L" is one of opened, clicked`, its status."""
    is_history = len(expr.flags) == 1 and not expr.none and expr.since_step == spot.watching
    if is_history and not (spot.top and expr.scope == "latest"):
        return _history(expr, names)
    if expr.scope == "ever" or expr.since_step or len(expr.channels) > 1 or not expr.flags:
        raise Inexpressible("no words ask for these flags of a message at this place")
    noun = expr.channels[0] if expr.channels else "message"
    several = ("none_of" if expr.none else "one_of") if len(expr.flags) > 1 else "is_not" if expr.none else "is"
    said = ast.Phrase((ast.Word(noun), texts(names)))
    return ast.Fact(said, ast.Comparison(several, tuple(ast.Word(flag) for flag in expr.flags)))


def _history(expr: MessageStatus, names: Sequence[str]) -> ast.Condition:
    channels = expr.channels or CHANNELS
    said = event(tuple(f"{channel}.{expr.flags[0]}" for channel in channels), names)
    return ast.Fact(ast.Phrase((ast.Word("ever"), *said.parts)) if expr.scope == "ever" else said)


def _counted(expr: Counted, spot: Spot) -> ast.Condition:
    if expr.match.answer:
        raise Inexpressible("a count is of all messages of a name, never of the latest one")
    window: ast.InTheLast | ast.SinceStart | None = ast.InTheLast(lapse(expr.window)) if expr.window else None
    if expr.since == "start" and window is None:
        window = ast.SinceStart()
    elif expr.since != ("step" if spot.watching else "ever"):
        raise Inexpressible(f"no words count since the {expr.since} at this place")
    return ast.Fact(match(expr.match), count=_count(expr, spot, window is not None), window=window)


def _count(expr: Counted, spot: Spot, has_window: bool) -> ast.Count | None:
    """The count; None for "at least once", which a bare history word already means."""
    is_bare = (expr.op, expr.times) == ("at_least", 1)
    means_flag = bool(expr.match.names) and flag_of(expr.match.events) != ""
    if is_bare and (has_window or not (spot.top or means_flag)):
        return None
    return ast.Count(expr.op, ast.Number(expr.times), never=(expr.op, expr.times) == ("exactly", 0))


_DECOMPILERS: dict[type, Callable[[Any, Spot], ast.Condition]] = {
    Compare: _compare,
    OneOf: _one_of,
    Known: _known,
    Recent: _recent,
    Has: _has,
    Consent: _consent,
    MessageStatus: _flagged,
    Counted: _counted,
    Happened: _happened,
}
