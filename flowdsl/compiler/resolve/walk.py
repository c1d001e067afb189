"""Traverses resolved flows and expressions: their steps, inner expressions and event matches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flowdsl.compiler import resolved
from flowdsl.diagnostics.source import Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import Compare, Counted, EventMatch, Expr, Known, OneOf, Recent, Ref
from flowdsl.plan.visit import conditions, parts


class Test(NamedTuple):
    """One expression of a flow with the place it was written at."""

    expr: Expr
    span: Span


def steps(written: Iterable[resolved.Step]) -> Iterator[resolved.Step]:
    """Every step, inner ones too, in the order of the text."""
    for step in written:
        yield step
        for branch in branches(step):
            yield from steps(branch)


def branches(step: resolved.Step) -> tuple[tuple[resolved.Step, ...], ...]:
    """The lists of steps inside a step."""
    if isinstance(step, resolved.If):
        return (*(arm.steps for arm in step.arms), step.otherwise)
    if isinstance(step, resolved.Split):
        return tuple(arm.steps for arm in step.arms)
    return (step.steps,) if isinstance(step, resolved.Repeat) else ()


def tests(flow: resolved.Flow) -> Iterator[Test]:
    """The conditions of a flow, outermost only."""
    yield from header_tests(flow)
    for step in steps(flow.steps):
        yield from step_tests(step)


def header_tests(flow: resolved.Flow) -> Iterator[Test]:
    """The conditions of its clauses."""
    for trigger in flow.triggers:
        if trigger.where:
            yield Test(trigger.where, trigger.span)
    if flow.unless:
        yield Test(flow.unless, flow.span)
    for leave in flow.leaves:
        if leave.occasion.test:
            yield Test(leave.occasion.test, leave.span)


def step_tests(step: resolved.Step) -> Iterator[Test]:
    """The conditions of one step, without those of the steps inside it."""
    if isinstance(step, resolved.If):
        yield from (Test(arm.test, arm.span) for arm in step.arms)
    elif isinstance(step, resolved.Act) and step.unless:
        yield Test(step.unless, step.span)
    elif isinstance(step, resolved.Wait) and isinstance(step.until, plan.Happens) and step.until.occasion.test:
        yield Test(step.until.occasion.test, step.span)


def world_tests(worlds: Iterable[plan.World]) -> Iterator[Test]:
    """The conditions of scenarios."""
    for world in worlds:
        lines: tuple[plan.Answer | plan.Rate | plan.Share, ...] = (*world.answers, *world.rates, *world.shares)
        yield from (Test(line.where, line.span) for line in lines if line.where)


def inside(expr: Expr) -> Iterator[Expr]:
    """An expression and all expressions inside it."""
    return conditions(expr)


def left(expr: Expr) -> Ref | None:
    """The column or field that an expression reads."""
    return expr.left if isinstance(expr, Compare | OneOf | Known | Recent) else None


def matches(flow: resolved.Flow) -> Iterator[EventMatch]:
    """Every event match of a flow: of triggers, goals, waits and counts."""
    yield from (trigger.match for trigger in flow.triggers if isinstance(trigger, plan.OnEvent))
    yield from (match for leave in flow.leaves for match in leave.occasion.events)
    for step in steps(flow.steps):
        if isinstance(step, resolved.Wait) and isinstance(step.until, plan.Happens):
            yield from step.until.occasion.events
    for test in tests(flow):
        yield from counted(test.expr)


def counted(expr: Expr) -> Iterator[EventMatch]:
    """The events that an expression counts."""
    return (each.match for each in parts(expr, Counted))
