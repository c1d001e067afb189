"""Resolves flows and campaigns with their clauses and steps.

A campaign is a flow that starts when the contact joins it, and that a contact can be in only once at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, TypeVar

from flowdsl.calendar.clock import UTC, Window, never_opens
from flowdsl.calendar.zones import zone_names
from flowdsl.compiler import resolved
from flowdsl.compiler.resolve import values
from flowdsl.compiler.resolve.conditions import condition, occasion
from flowdsl.compiler.resolve.events import about, carried
from flowdsl.compiler.resolve.refs import a
from flowdsl.compiler.resolve.scope import ResolveContext, Scope, anywhere
from flowdsl.compiler.resolve.steps import steps
from flowdsl.compiler.resolve.triggers import trigger
from flowdsl.diagnostics.source import Span
from flowdsl.diagnostics.suggest import EQUAL, STRICT, suggest_path, suggested_fix
from flowdsl.plan import plan
from flowdsl.plan.expressions import EventMatch, Expr
from flowdsl.syntax import ast

C = TypeVar("C")
SEVERAL = (ast.Goal, ast.ExitWhen)  # the clauses a flow may have more than one of
ONE_AT_A_TIME = plan.Limit(1, at_once=True)
SPOKEN = {
    ast.Description: "description",
    ast.When: "when",
    ast.IncludeExisting: "include existing",
    ast.Limit: "limit",
    ast.Unless: "unless",
    ast.Only: "only",
    ast.Starting: "starting",
    ast.Ending: "ending",
    ast.Timezone: "timezone",
    ast.From: "from",
}


def flow(scope: Scope, written: ast.Flow | ast.Campaign, name: str, is_damaged: bool = False) -> resolved.Flow:
    """Resolves one flow. If it is damaged, some text could not be read, so nothing is concluded from missing parts."""
    note_twice(scope, written.clauses, SEVERAL)
    is_campaign = isinstance(written, ast.Campaign)
    context = ResolveContext(scope, name, labels=_labels(scope, written.steps), is_damaged=is_damaged)
    when = clause(written.clauses, ast.When)
    found = [_joins(name)] if is_campaign else [trigger(context, each) for each in when.triggers] if when else []
    triggers = tuple(each for each in found if each)
    is_whole = len(triggers) == len(found) and not is_damaged
    context = _inside(context, triggers, is_whole)
    if not found and not is_damaged:
        scope.findings.add("E301", f'nothing says when the flow "{name}" begins', _head(written))
    _note_dates(scope, written.clauses)
    include = clause(written.clauses, ast.IncludeExisting)
    only = clause(written.clauses, ast.Only)
    return resolved.Flow(
        name,
        steps(context, written.steps),
        triggers,
        "campaign" if is_campaign else "flow",
        description=_description(written),
        paused=written.paused,
        include_existing=include.span if include and is_whole else None,
        limit=ONE_AT_A_TIME if is_campaign else _limit(context, clause(written.clauses, ast.Limit)),
        starting=_starting(clause(written.clauses, ast.Starting)),
        ending=_ending(clause(written.clauses, ast.Ending)),
        unless=_unless(context, clause(written.clauses, ast.Unless)),
        leaves=tuple(_leaves(context, written.clauses)),
        window=window(scope, only),
        window_span=only.span if only else None,
        zone=zone(scope, clause(written.clauses, ast.Timezone)),
        partial=is_damaged,
        span=written.span,
    )


def _joins(campaign: str) -> plan.Trigger:
    """The trigger of a campaign: the contact joins it, subscribed by an action or from outside."""
    return plan.OnEvent(EventMatch(("campaign.joined",), (campaign,)))


def _inside(context: ResolveContext, triggers: tuple[plan.Trigger, ...], is_whole: bool) -> ResolveContext:
    """The context after the triggers. If a trigger is not understood, the flow may be about any object."""
    events = [each.match for each in triggers if isinstance(each, plan.OnEvent)]
    if not is_whole:
        return replace(context, about=anywhere(context.scope).about)
    kinds = [about(context.scope.vocabulary, match) for match in events]
    return replace(
        context,
        about=frozenset[str]().union(*kinds),
        has_event=bool(events) or not triggers,
        carried=carried(context.scope.vocabulary, events) if events else None,
    )


def _head(written: ast.Flow | ast.Campaign) -> Span:
    """The first words of a flow; the whole flow would be too long to show."""
    return written.name.span if written.name else written.span


def clause(written: tuple[object, ...], kind: type[C]) -> C | None:
    """The first clause of a kind."""
    return next((each for each in written if isinstance(each, kind)), None)


def note_twice(scope: Scope, written: tuple[ast.Sentence, ...], several: tuple[type, ...]) -> None:
    """Note clauses that occur more than once although only one is allowed."""
    seen: set[type] = set()
    for each in written:
        kind = type(each)
        if kind in seen and kind not in several:
            hint = ": join the triggers by `or when`" if kind is ast.When else ""
            scope.findings.add("E302", f"`{SPOKEN[kind]}` appears here for the second time{hint}", each.span)
        seen.add(kind)


def _labels(scope: Scope, written: tuple[ast.Step, ...]) -> tuple[str, ...]:
    """The labels of a flow, in the order of the text; duplicates give a diagnostic."""
    names: dict[str, None] = {}
    for label in _every_label(written):
        if label.name.value in names:
            scope.findings.add("E213", f'the label "{label.name.value}" stands twice in this flow', label.name.span)
        names[label.name.value] = None
    return tuple(names)


def _every_label(written: tuple[ast.Step, ...]) -> Iterator[ast.Label]:
    for step in written:
        if isinstance(step, ast.Label):
            yield step
        elif isinstance(step, ast.If):
            for arm in step.arms:
                yield from _every_label(arm.steps)
            yield from _every_label(step.otherwise.steps if step.otherwise else ())
        elif isinstance(step, ast.Split):
            for branch in step.arms:
                yield from _every_label(branch.steps)
        elif isinstance(step, ast.Repeat):
            yield from _every_label(step.steps)


# --- clauses ----------------------------------------------------------------------------------------------------------


def _description(written: ast.Flow | ast.Campaign) -> str:
    found = clause(written.clauses, ast.Description)
    return found.text.value if found else ""


def _unless(context: ResolveContext, written: ast.Unless | None) -> Expr | None:
    return condition(context, written.condition) if written else None


def _leaves(context: ResolveContext, written: tuple[ast.Clause, ...]) -> Iterator[plan.ExitRule]:
    for each in written:
        if isinstance(each, ast.Goal | ast.ExitWhen):
            status: Literal["converted", "exited"] = "converted" if isinstance(each, ast.Goal) else "exited"
            looked_for = occasion(replace(context, watching=True), each.condition)
            if looked_for:
                yield plan.ExitRule(status, looked_for, span=each.span)


def _limit(context: ResolveContext, written: ast.Limit | None) -> plan.Limit | None:
    if written is None:
        return None
    times = values.whole(context.scope, written.times, "a limit")
    every = values.stretch(context.scope, written.every, "the time of a limit") if written.every else None
    if times is None or (written.every and every is None) or not _can_be_per(context, written):
        return None
    return plan.Limit(times, _per(context, written), every, written.at_once)


def _per(context: ResolveContext, written: ast.Limit) -> str:
    return "contact" if written.per in context.scope.vocabulary.subjects else written.per


def _can_be_per(context: ResolveContext, written: ast.Limit) -> bool:
    per = _per(context, written)
    kinds = context.scope.vocabulary.objects
    if per == "contact" or per in context.about:
        return True
    if per in kinds:
        context.findings.add(
            "E312", f"this flow is not about {a(per)}, so nothing can be limited per {per}", written.span
        )
    else:
        meant = context.findings.suggest(per, ["contact", *kinds])
        reason = f"did you mean `{meant}`?" if meant else ""
        context.findings.add(
            "E311", f"`{per}` is neither the contact nor a kind of object", written.span, reason=reason
        )
    return False


def _starting(written: ast.Starting | None) -> plan.LocalTime | None:
    return plan.LocalTime(written.date.value, values.minute(written.at, 0)) if written else None


def _ending(written: ast.Ending | None) -> plan.LocalTime | None:
    """The first moment that is too late: the end of the day, or the time that is given."""
    return plan.LocalTime(written.date.value, values.minute(written.at, 1440)) if written else None


def _note_dates(scope: Scope, clauses: tuple[ast.Clause, ...]) -> None:
    first, last = clause(clauses, ast.Starting), clause(clauses, ast.Ending)
    begins, ends = _starting(first), _ending(last)
    if begins and ends and last and (ends.date, ends.minute) <= (begins.date, begins.minute):
        scope.findings.add("E401", f"no day lies between {begins.date} and {ends.date}", last.span)


def window(scope: Scope, written: ast.Only | None) -> Window | None:
    """The send window of an `only` clause; a window that never opens gives a diagnostic."""
    if written is None:
        return None
    found = Window(written.days, values.minute(written.start, 0), values.minute(written.end, 1440))
    if never_opens([(found, UTC)]):
        scope.findings.add("E403", "this window never opens", written.span)
        return None
    return found


def zone(scope: Scope, written: ast.Timezone | None) -> str:
    """The name of a time zone; "" for the contact's own, and for an unknown zone, which gives a diagnostic."""
    if written is None or written.zone is None:
        return ""
    name = written.zone.value
    if name in zone_names():
        return name
    meant = suggest_path(name, zone_names(), EQUAL if scope.findings.is_full else STRICT)
    fixes = (suggested_fix(written.zone.span, f'"{meant}"'),) if meant else ()
    scope.findings.add("E402", f'no time zone is called "{name}"', written.zone.span, fixes=fixes)
    return ""
