"""Resolves steps, keeping their nesting.

A step that is not understood is replaced by another of its kind, so that the shape of the flow can still be checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, cast

from flowdsl.compiler import resolved
from flowdsl.compiler.resolve import values
from flowdsl.compiler.resolve.actions import action
from flowdsl.compiler.resolve.conditions import condition, occasion
from flowdsl.compiler.resolve.refs import ref
from flowdsl.compiler.resolve.scope import ResolveContext, unknown_name
from flowdsl.plan import plan
from flowdsl.plan.expressions import And, Duration, WaitCondition
from flowdsl.syntax import ast

ALWAYS = And(())  # replaces a condition that was not understood
AT_ONCE = plan.Elapsed(Duration())
NO_TIME = ast.Duration(())  # between a date and the moment waited for, when it is the date itself


def steps(context: ResolveContext, written: tuple[ast.Step, ...]) -> tuple[resolved.Step, ...]:
    """Resolves steps, one for one."""
    return tuple(_STEPS[type(step)](context, step) for step in written)


# --- waits ------------------------------------------------------------------------------------------------------------


def _wait_for(context: ResolveContext, step: ast.WaitFor) -> resolved.Wait:
    return resolved.Wait(_elapsed(context, step) or AT_ONCE, span=step.span)


def _elapsed(context: ResolveContext, step: ast.WaitFor) -> plan.Until | None:
    length = values.amount(context.scope, step.length)
    if length is None:
        return None
    if step.at is None:
        return plan.Elapsed(length.lapse)
    if length.ms:
        context.findings.add("E310", "hours and a time of day cannot both be kept", step.span)
        return None
    return plan.OnDay(length.months, length.days, step.at.minute)


def _wait_until_time(context: ResolveContext, step: ast.WaitUntilTime) -> resolved.Wait:
    until: plan.Until
    if step.date:
        until = plan.OnDate(step.date.value, values.minute(step.at, 0))
    else:
        until = plan.NextTime(step.days or 127, values.minute(step.at))
    return resolved.Wait(until, span=step.span)


def _wait_until_date(context: ResolveContext, step: ast.WaitUntilDate) -> resolved.Wait:
    return resolved.Wait(_relative(context, step) or AT_ONCE, span=step.span)


def _relative(context: ResolveContext, step: ast.WaitUntilDate) -> plan.Until | None:
    offset = values.amount(context.scope, step.offset or NO_TIME)
    column = ref(context, step.column)
    if offset is None or column is None:
        return None
    if offset.ms and step.at:
        context.findings.add("E310", "hours and a time of day cannot both be kept", step.span)
        return None
    sign: Literal[-1, 1] = -1 if step.before else 1
    past = cast(Literal["skip", "continue", "exit"], step.past or "skip")
    return plan.Relative(column, sign, offset.months, offset.days, offset.ms, values.minute(step.at), past)


def _wait_until(context: ResolveContext, step: ast.WaitUntil) -> resolved.Wait:
    date = _lone_column(context, step)
    if date:
        column = ref(context, date)
        if step.up_to:
            context.findings.add(
                "E405", "a wait for a date ends at that date, so it takes no `for up to`", step.up_to.span
            )
        return resolved.Wait(plan.Relative(column, 1) if column else AT_ONCE, span=step.span)
    looked_for = occasion(replace(context, watching=True), step.condition)
    up_to = values.lapse(context.scope, step.up_to) if step.up_to else None
    until: plan.Until = plan.Happens(looked_for, up_to) if looked_for else AT_ONCE
    if looked_for is None:  # the condition may have been an event, and `it happened` may refer to it
        until = plan.Happens(WaitCondition((), ALWAYS), up_to)
    return resolved.Wait(until, span=step.span)


def _lone_column(context: ResolveContext, step: ast.WaitUntil) -> ast.Word | None:
    """The column of `wait until trial_ends`: one word that is not a phrase of the vocabulary."""
    fact = step.condition
    if not isinstance(fact, ast.Fact) or fact.comparison or fact.count or fact.window or len(fact.phrase.parts) != 1:
        return None
    word = fact.phrase.parts[0]
    if not isinstance(word, ast.Word) or context.scope.vocabulary.event_phrases.longest([word.text.casefold()]):
        return None
    return word


# --- actions and branches ---------------------------------------------------------------------------------------------


def _act(context: ResolveContext, step: ast.Action) -> resolved.Act:
    effect, settings = action(context, step)
    unless = condition(context, step.unless) if step.unless else None
    return resolved.Act(effect, settings, unless, span=step.span)


def _if(context: ResolveContext, step: ast.If) -> resolved.If:
    arms = tuple(
        resolved.Arm(condition(context, arm.condition) or ALWAYS, steps(context, arm.steps), span=arm.span)
        for arm in step.arms
    )
    otherwise = steps(context, step.otherwise.steps) if step.otherwise else ()
    return resolved.If(arms, otherwise, span=step.span)


def _split(context: ResolveContext, step: ast.Split) -> resolved.Split:
    shares = [values.millionths(context.scope, arm.share) for arm in step.arms]
    total = sum(share for share in shares if share is not None)
    if None not in shares and total != 1_000_000:
        context.findings.add("E303", f"the arms of this split add up to {total / 10_000:g}%, not to 100%", step.span)
    arms = tuple(
        resolved.SplitArm(share or 0, arm.name.value if arm.name else "", steps(context, arm.steps), span=arm.span)
        for share, arm in zip(shares, step.arms, strict=True)
    )
    return resolved.Split(arms, span=step.span)


def _repeat(context: ResolveContext, step: ast.Repeat) -> resolved.Repeat:
    times = values.whole(context.scope, step.times, "how often steps are repeated")
    return resolved.Repeat(times or 1, steps(context, step.steps), span=step.span)


def _label(context: ResolveContext, step: ast.Label) -> resolved.Label:
    return resolved.Label(step.name.value, span=step.span)


def _go_to(context: ResolveContext, step: ast.GoTo) -> resolved.GoTo:
    if step.label.value not in context.labels and not context.is_damaged:
        unknown_name(context.scope, "E211", "label", step.label, context.labels)
    times = values.whole(context.scope, step.at_most, "how often a run may jump") if step.at_most else 0
    return resolved.GoTo(step.label.value, times or (1 if step.at_most else 0), span=step.span)


def _exit(context: ResolveContext, step: ast.Exit) -> resolved.Exit:
    return resolved.Exit(step.reason.value if step.reason else "", span=step.span)


_STEPS: dict[type, Callable[[ResolveContext, Any], resolved.Step]] = {
    ast.WaitFor: _wait_for,
    ast.WaitUntilTime: _wait_until_time,
    ast.WaitUntilDate: _wait_until_date,
    ast.WaitUntil: _wait_until,
    ast.Action: _act,
    ast.If: _if,
    ast.Split: _split,
    ast.Repeat: _repeat,
    ast.Label: _label,
    ast.GoTo: _go_to,
    ast.Exit: _exit,
}
