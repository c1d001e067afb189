"""Resolves comparisons of a column or field with a value."""

from __future__ import annotations

from datetime import date
from typing import cast

from flowdsl.compiler.resolve.refs import ref
from flowdsl.compiler.resolve.scope import ResolveContext
from flowdsl.compiler.resolve.values import Written, bound, called, constant, lapse
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.plan.expressions import (
    And,
    Column,
    Compare,
    CompareOp,
    Expr,
    Known,
    MessageStatus,
    Not,
    OneOf,
    Or,
    Recent,
    RecentOp,
    Ref,
    TriggerField,
    Value,
)
from flowdsl.syntax import ast
from flowdsl.vocabulary import FLAGS

ORDERED = ("lt", "le", "gt", "ge")
DATED = ("before", "after")
RECENT = ("within", "more_than_ago", "less_than_ago")


def compare(context: ResolveContext, word: ast.Word, comparison: ast.Comparison) -> Expr | None:
    """The comparison of the column or field that a word names."""
    left = ref(context, word)
    if left is None:
        return None
    expr = _compared(context, left, comparison)
    if expr is None or not (
        context.in_where and context.open_fields and isinstance(left, Column) and "." not in word.text
    ):
        return expr
    return _field_or_column(context, expr, left, comparison)


def _field_or_column(
    context: ResolveContext, by_column: Expr, column: Column, comparison: ast.Comparison
) -> Expr | None:
    """The field of a custom event if it has one, else the contact's column: only the event itself shows which."""
    field = TriggerField(column.name, span=column.span)
    if comparison.op == "unknown":
        return And((Not(Known(field)), by_column))
    by_field = _compared(context, field, comparison)
    return Or((by_field, And((Not(Known(field)), by_column)))) if by_field else None


def _compared(context: ResolveContext, left: Ref, comparison: ast.Comparison) -> Expr | None:
    op = comparison.op
    if op == "known":
        return Known(left)
    if op == "unknown":
        return Not(Known(left))
    if op in RECENT:
        length = _length(context, op, comparison.values[0])
        found = lapse(context.scope, length) if length else None
        return Recent(left, cast(RecentOp, op), found) if found else None
    values = [constant(context.scope, value) for value in comparison.values]
    fit = [_fits(context, op, value, written) for value, written in zip(values, comparison.values, strict=True)]
    if not all(fit):
        return None
    known = [value for value in values if value is not None]
    if op in ("one_of", "none_of"):
        return OneOf(left, tuple(known), none=op == "none_of")
    return Compare(left, cast(CompareOp, op), known[0])


def _length(context: ResolveContext, op: str, written: Written) -> ast.Length | None:
    value = bound(context.scope, written)
    if isinstance(written, ast.ParamName):
        return written
    if isinstance(value, ast.Duration):
        return value
    if value is not None:
        context.findings.add(
            "E406", f"how recent something is needs a length of time, not {called(value)}", written.span
        )
    return None


def _fits(context: ResolveContext, op: str, value: Value | None, written: Written) -> bool:
    """Whether a constant fits an operator; notes a diagnostic if it does not."""
    if value is None:
        return False
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if op in ORDERED and not is_number:
        hint = "; dates are compared with `is before` and `is after`" if isinstance(value, date) else ""
        context.findings.add("E406", f"`more` and `less` compare numbers{hint}", written.span)
        return False
    if op in DATED and not isinstance(value, date):
        context.findings.add("E406", "`before` and `after` need a date such as 2026-03-01", written.span)
        return False
    return True


# --- the status of a message ------------------------------------------------------------------------------------------

STATUS_OPS = ("is", "is_not", "one_of", "none_of")


def message_status(context: ResolveContext, fact: ast.Fact) -> tuple[ast.Names, tuple[str, ...]] | None:
    """The name and channels of `email "L" is one of opened, clicked`; None for any other fact."""
    articles = context.scope.vocabulary.articles
    said = fact.phrase.parts
    parts = (
        said[1:] if len(said) == 3 and isinstance(said[0], ast.Word) and said[0].text.casefold() in articles else said
    )
    if len(parts) != 2 or not isinstance(parts[0], ast.Word) or not isinstance(parts[1], ast.Names):
        return None
    word = parts[0].text.casefold()
    if word == "message":
        return parts[1], ()
    channel = context.scope.vocabulary.channel_words.get(word)
    return (parts[1], (channel,)) if channel else None


def status(
    context: ResolveContext, names: ast.Names, channels: tuple[str, ...], comparison: ast.Comparison
) -> Expr | None:
    """The flags of a message's latest send."""
    if comparison.op not in STATUS_OPS:
        context.findings.add("E406", "a message's status is compared with `is one of` or `is none of`", comparison.span)
        return None
    flags = [_flag(context, value) for value in comparison.values]
    if None in flags:
        return None
    none = comparison.op in ("is_not", "none_of")
    collect = tuple(flag for flag in flags if flag)
    context.scope.mentioned += [(channels, name) for name in names.items]
    tests = tuple(MessageStatus(channels, name.value, collect, none=none, span=name.span) for name in names.items)
    return tests[0] if len(tests) == 1 else Or(tests)


def _flag(context: ResolveContext, value: Written) -> str | None:
    text = value.text if isinstance(value, ast.Word) else value.value if isinstance(value, ast.Text) else ""
    if isinstance(text, str) and text.casefold() in FLAGS:
        return text.casefold()
    meant = context.findings.suggest(str(text), FLAGS)
    fixes = (suggested_fix(value.span, meant),) if meant else ()
    context.findings.add("E217", f"a message is never `{text}`; it is {', '.join(FLAGS)}", value.span, fixes=fixes)
    return None
