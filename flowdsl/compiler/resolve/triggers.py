"""Resolves triggers: `when …` and its `where`."""

from __future__ import annotations

from dataclasses import replace

from flowdsl.compiler.resolve.conditions import condition
from flowdsl.compiler.resolve.events import about, carried, event_match, fields_of
from flowdsl.compiler.resolve.scope import ResolveContext, anywhere
from flowdsl.compiler.resolve.values import amount, minute
from flowdsl.plan import plan
from flowdsl.plan.expressions import EventMatch, Expr
from flowdsl.syntax import ast


def trigger(context: ResolveContext, written: ast.Trigger) -> plan.Trigger | None:
    """One trigger; None when it is not understood."""
    if isinstance(written, ast.EventTrigger):
        return _on_event(context, written)
    if isinstance(written, ast.DateTrigger):
        return _on_column(context, written)
    where, is_whole = _where(replace(context, has_event=False), written.where)
    if not is_whole:
        return None
    return plan.OnSchedule(written.days, written.month_day, minute(written.at, 0), where, span=written.span)


def where_context(context: ResolveContext, match: EventMatch) -> ResolveContext:
    """The context of a `where` after an event: it can use the event's fields and its object."""
    vocabulary = context.scope.vocabulary
    return replace(
        context,
        fields=fields_of(vocabulary, match),
        open_fields="custom.happened" in match.events,
        about=about(vocabulary, match),
        carried=carried(vocabulary, [match]),
        in_where=True,
    )


def _where(context: ResolveContext, written: ast.Condition | None) -> tuple[Expr | None, bool]:
    """The condition of a `where`, and whether it was understood."""
    if written is None:
        return None, True
    expr = condition(context, written)
    return expr, expr is not None


def _on_event(context: ResolveContext, written: ast.EventTrigger) -> plan.OnEvent | None:
    match = event_match(context, written.phrase)
    if match is None:
        if written.where:  # its own diagnostics are worth telling, but not those that hang on the event
            condition(
                replace(context, in_where=True, open_fields=True, about=anywhere(context.scope).about), written.where
            )
        return None
    where, is_whole = _where(where_context(context, match), written.where)
    nth = written.nth or ast.Nth(0)
    if written.nth and written.nth.number < 1:
        context.findings.add("E408", "times are counted from 1", written.nth.span)
        return None
    return plan.OnEvent(match, nth.number, nth.every, where, span=written.span) if is_whole else None


def _on_column(context: ResolveContext, written: ast.DateTrigger) -> plan.DateTrigger | None:
    where, is_whole = _where(replace(context, has_event=False), written.where)
    moved = amount(context.scope, written.offset) if written.offset else None
    if not is_whole or (written.offset and moved is None):
        return None
    if "." in written.column.text:
        context.findings.add(
            "E416",
            f"`{written.column.text}` is not a column of the contact, so no run can start by it",
            written.column.span,
        )
        return None
    if moved and moved.ms and written.at:
        context.findings.add("E310", "hours and a time of day cannot both be kept", written.span)
        return None
    return plan.DateTrigger(
        written.column.text,
        -1 if written.offset and written.before else 1,
        moved.months if moved else 0,
        moved.days if moved else 0,
        moved.ms if moved else 0,
        minute(written.at),
        written.yearly,
        where,
        span=written.span,
    )
