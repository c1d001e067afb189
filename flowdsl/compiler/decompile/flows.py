"""Decompiles flows: a flow of a plan becomes a declaration with its clauses and steps."""

from __future__ import annotations

from collections.abc import Iterator

from flowdsl.calendar.clock import Window
from flowdsl.compiler.decompile.conditions import ANYWHERE, Spot, condition, occasion
from flowdsl.compiler.decompile.phrases import Inexpressible, match, within
from flowdsl.compiler.decompile.steps import steps
from flowdsl.compiler.decompile.values import clock, is_name, lapse, length
from flowdsl.plan import plan
from flowdsl.plan.expressions import Expr
from flowdsl.syntax import ast
from flowdsl.vocabulary import VOCABULARY, EventEntry


def flow(of: plan.Flow) -> ast.Flow | ast.Campaign:
    """The declaration of a flow."""
    clauses = tuple(_clauses(of))
    if of.kind == "campaign":
        return ast.Campaign(ast.Text(of.name), clauses, steps(of), of.paused)
    return ast.Flow(ast.Text(of.name), clauses, steps(of), of.paused)


def _clauses(of: plan.Flow) -> Iterator[ast.Clause]:
    enter = of.enter
    if of.description:
        yield ast.Description(ast.Text(of.description))
    if enter.triggers and of.kind == "flow":
        yield ast.When(tuple(_when(enter.triggers)))
    if enter.include_existing:
        yield ast.IncludeExisting()
    if enter.limit and of.kind == "flow":
        every = lapse(enter.limit.every) if enter.limit.every else None
        yield ast.Limit(ast.Number(enter.limit.times), enter.limit.per, every, enter.limit.at_once)
    if of.unless:
        yield ast.Unless(condition(of.unless))
    for leave in of.leaves:
        said = occasion(leave.occasion)
        yield ast.Goal(said) if leave.status == "converted" else ast.ExitWhen(said)
    if of.window:
        yield only(of.window)
    if enter.starting:
        yield ast.Starting(ast.Date(enter.starting.date), clock(enter.starting.minute, 0))
    if enter.ending:
        yield ast.Ending(ast.Date(enter.ending.date), clock(enter.ending.minute, 1440))
    if of.zone:
        yield ast.Timezone(ast.Text(of.zone))


def _when(triggers: tuple[plan.Trigger, ...]) -> Iterator[ast.Trigger]:
    for i, each in enumerate(triggers):
        with within(f".nodes[0].triggers[{i}]"):
            yield trigger(each)


def only(window: Window) -> ast.Only:
    """The `only` clause of a send window; hours are written only if it is not open all day.

    >>> only(Window(0b11111))
    Only(days=31, start=None, end=None)
    """
    if (window.start, window.end) == (0, 1440):
        return ast.Only(window.days)
    return ast.Only(window.days, ast.Clock(window.start), ast.Clock(window.end))


# --- triggers ---------------------------------------------------------------------------------------------------------


def trigger(of: plan.Trigger) -> ast.Trigger:
    """The syntax tree of a trigger."""
    match of:
        case plan.OnEvent():
            nth = ast.Nth(of.nth, of.every) if of.nth else None
            return ast.EventTrigger(match(of.match, "third", "contact"), nth, _where(of.where, _behind(of)))
        case plan.DateTrigger():
            return _on_column(of)
        case plan.OnSchedule():
            return ast.ScheduleTrigger(of.days, of.month_day, clock(of.minute, 0), _where(of.where, ANYWHERE))


def _where(expr: Expr | None, spot: Spot) -> ast.Condition | None:
    return condition(expr, spot) if expr else None


def _behind(of: plan.OnEvent) -> Spot:
    """The meaning of words in a `where` after these events."""
    rows = [row for kind in of.match.events if isinstance(row := VOCABULARY.rows.get(kind), EventEntry)]
    fields = {name for row in rows for name in (row.event.noun, *row.fields)}
    return Spot(frozenset(fields - {""}), "custom.happened" in of.match.events)


def _on_column(of: plan.DateTrigger) -> ast.DateTrigger:
    if not is_name(of.column):
        raise Inexpressible(f"{of.column!r} cannot be written as a bare name")
    is_moved = of.sign < 0 or of.months or of.days or of.ms
    offset = length(of.months, of.days, of.ms) if is_moved else None
    where = _where(of.where, ANYWHERE)
    return ast.DateTrigger(ast.Word(of.column), offset, of.sign < 0, of.yearly, clock(of.minute), where)
