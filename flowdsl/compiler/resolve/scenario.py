"""Resolves scenarios: `assume …` and `at …` become answers, rates, arrivals, shares and controls.

quantities.py reads numbers and delays. A line without a channel (`opens "L"`) applies to every channel on which the
program sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Literal, TypeAlias, cast

from flowdsl.calendar.clock import EVERY_DAY, Window
from flowdsl.compiler.resolve import quantities, values
from flowdsl.compiler.resolve.conditions import condition
from flowdsl.compiler.resolve.events import match_of
from flowdsl.compiler.resolve.flows import window
from flowdsl.compiler.resolve.overlap import note_equals
from flowdsl.compiler.resolve.phrases import look_up, unknown, whole
from flowdsl.compiler.resolve.scope import ResolveContext, Scope, unknown_name
from flowdsl.compiler.resolve.workspace import unit_ms
from flowdsl.diagnostics.source import Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import MOST_DAYS, EventMatch, Expr, Has
from flowdsl.syntax import ast

Line: TypeAlias = plan.Chancy | plan.Control


def world(scope: Scope, written: ast.Scenario, name: str) -> plan.World:
    """One scenario."""
    context = ResolveContext(scope, name, has_event=False)
    lines: list[Line] = []
    for line in written.lines:
        lines.extend(_READ[type(line)](context, line))
    note_equals(scope, lines)
    return plan.World(
        name,
        tuple(line for line in lines if isinstance(line, plan.Answer)),
        tuple(line for line in lines if isinstance(line, plan.Rate)),
        tuple(line for line in lines if isinstance(line, plan.Control)),
        tuple(line for line in lines if isinstance(line, plan.Arrival)),
        tuple(line for line in lines if isinstance(line, plan.Share)),
        span=written.span,
    )


# --- who and what -----------------------------------------------------------------------------------------------------


def _parted(
    context: ResolveContext, phrase: ast.Phrase, where: ast.Condition | None
) -> tuple[ast.Phrase, Expr | None, bool]:
    """The event's phrase and the condition. If they run into each other, they are split at the longest known phrase."""
    if where is not None and not phrase.parts:
        where, phrase = _cut(context, where)
    expr = condition(context, where) if where else None
    return phrase, expr, where is None or expr is not None


def _cut(context: ResolveContext, where: ast.Condition) -> tuple[ast.Condition, ast.Phrase]:
    """The condition without the event phrase at the end of its last fact, and that event phrase."""
    if isinstance(where, ast.And | ast.Or):
        last, phrase = _cut(context, where.items[-1])
        return replace(where, items=(*where.items[:-1], last)), phrase
    if isinstance(where, ast.Not):
        item, phrase = _cut(context, where.item)
        return replace(where, item=item), phrase
    parts = where.phrase.parts
    lexicons = (context.scope.vocabulary.condition_phrases, context.scope.vocabulary.event_phrases)
    used = max((found.used for each in lexicons if (found := look_up(context.scope, each, parts))), default=0)
    if not 0 < used < len(parts):
        return where, ast.Phrase((), span=where.phrase.span)
    head = ast.Phrase(parts[:used], span=parts[0].span.to(parts[used - 1].span))
    tail = ast.Phrase(parts[used:], span=parts[used].span.to(parts[-1].span))
    return replace(where, phrase=head), tail


def _event(context: ResolveContext, phrase: ast.Phrase) -> EventMatch | None:
    lexicon = context.scope.vocabulary.event_phrases
    found = whole(context.scope, lexicon, phrase) if phrase.parts else None
    if found is None:
        if phrase.parts:
            unknown(context.scope, "E201", "an event", phrase, lexicon)
        else:
            context.findings.add("E201", "this line does not say what contacts do", phrase.span)
        return None
    return match_of(context, found)


def _says_no_number(context: ResolveContext, phrase: ast.Phrase, number: ast.Range, example: str) -> bool:
    """Note a line without a number whose last word belongs to the event and is not the name of a param."""
    name = number.low
    if not isinstance(name, ast.ParamName) or name.name in context.scope.params:
        return False
    event = ast.Phrase((*phrase.parts, ast.Word(name.name, span=name.span)), span=name.span)
    if whole(context.scope, context.scope.vocabulary.event_phrases, event) is None:
        return False
    message = f"`{name.name}` belongs to the event, and this line does not say how often or how likely it is"
    context.findings.add("E212", message, name.span, reason=f"a number stands behind the event: `{example}`")
    return True


def _kinds(context: ResolveContext, match: EventMatch) -> tuple[str, ...]:
    """The events of a line; a message phrase without a channel means all channels on which the program sends."""
    if len(match.events) == 1:
        return match.events
    sent = {channel for channel, _ in context.scope.sent}
    said = tuple(kind for kind in match.events if context.scope.vocabulary.event(kind).event.channel in sent)
    return said or match.events[:1]


def _object(context: ResolveContext, match: EventMatch) -> str | None:
    """The name that an event is about, "" for none; several names give a diagnostic."""
    if any(len(names) > 1 for names in (match.names, *(field.values for field in match.fields))):
        context.findings.add("E209", "a line of a scenario is about one name", match.span)
        return None
    return match.names[0] if match.names else ""


# --- answers ----------------------------------------------------------------------------------------------------------


def _answers(context: ResolveContext, line: ast.Response) -> list[plan.Answer]:
    phrase, where, is_whole = _parted(context, line.phrase, line.where)
    if _says_no_number(context, phrase, line.share, "35%"):
        return []
    match = _event(context, phrase)
    share = quantities.share(context, line.share)
    delay = quantities.delay(context, line.delay)
    spread = quantities.spread(context, line.spread, share, is_share=True) if share else None
    of = _event(context, line.of) if line.of else None
    if match is None or share is None or delay is None or spread is None or not is_whole or (line.of and of is None):
        return []
    answers = []
    for kind in _kinds(context, match):
        row = context.scope.vocabulary.event(kind).event
        name = "" if row.flag else _object(context, match)
        if name is None:
            return []
        cause = _cause(context, row.channel, match if row.flag else None, of, line.span)
        answers.append(
            plan.Answer(
                kind,
                name,
                cause,
                share.number,
                delay,
                where,
                most=share.most,
                column=share.column,
                fields=match.fields,
                spread=spread,
                span=line.span,
            )
        )
    return answers


def _cause(
    context: ResolveContext, channel: str, message: EventMatch | None, of: EventMatch | None, span: Span
) -> EventMatch:
    """The cause of an answer: the event after `of`, else messages sent. `it` is the message that was named."""
    channels = (channel,) if channel else tuple(dict.fromkeys(each for each, _ in context.scope.sent)) or ("email",)
    names = message.names if message else ()
    if of is None:
        return EventMatch(tuple(f"{each}.received" for each in channels), names, span=span)
    kinds = (
        tuple(kind for kind in of.events if _channel(context, kind) in channels) if len(of.events) > 1 else of.events
    )
    return replace(of, events=kinds, names=of.names or (names if _channel(context, kinds[0]) else ()))


def _channel(context: ResolveContext, kind: str) -> str:
    return context.scope.vocabulary.event(kind).event.channel


# --- rates and new contacts -------------------------------------------------------------------------------------------


def _rates(context: ResolveContext, line: ast.Rate) -> list[plan.Rate]:
    phrase, where, is_whole = _parted(context, line.phrase, line.where)
    if _says_no_number(context, phrase, line.rate, "0.5 per contact per week"):
        return []
    match = _event(context, phrase)
    rate = quantities.rate(context, line.rate, line.per)
    hours = _hours(context, line)
    name = _object(context, match) if match else None
    spread = quantities.spread(context, line.spread, rate, is_share=False) if rate else None
    leaving = quantities.leaving(context, line.leaving) if line.leaving else None
    past = quantities.past(context, line.past, line.spread) if line.past and spread is not None else None
    common = quantities.common(context, line.common, rate) if rate else None
    is_read = (leaving is not None) == (line.leaving is not None) and (past is not None) == (line.past is not None)
    if match is None or name is None or rate is None or spread is None or not is_whole or not is_read or common is None:
        return []
    if hours is None and not _is_always(line):
        return []
    per_ms, more = unit_ms(line.per), (rate.most, rate.column, match.fields, spread, leaving, past)
    return [
        plan.Rate(kind, name, rate.number, per_ms, where, hours, *more, *common, span=line.span)
        for kind in _kinds(context, match)
    ]


def _arrivals(context: ResolveContext, line: ast.NewContacts) -> list[plan.Arrival]:
    match = _event(context, line.phrase)
    if line.rate.column:
        message = "new contacts come in no row, so no column says how many"
        context.findings.add("E417", message, line.rate.column.span)
        return []
    rate = quantities.rate(context, line.rate, line.per)
    name = _object(context, match) if match else None
    hours = _hours(context, line)
    if match is None or name is None or rate is None or (hours is None and not _is_always(line)):
        return []
    kind, per_ms, like = _kinds(context, match)[0], unit_ms(line.per), line.like_table
    return [plan.Arrival(kind, name, rate.number, per_ms, like, rate.most, match.fields, hours, span=line.span)]


def _is_always(line: ast.Rate | ast.NewContacts) -> bool:
    return line.days == EVERY_DAY and line.start is None


def _hours(context: ResolveContext, line: ast.Rate | ast.NewContacts) -> Window | None:
    """The hours of a line; None: at any time, or the window has an error."""
    if _is_always(line):
        return None
    return window(context.scope, ast.Only(line.days, line.start, line.end, span=line.span))


# --- states at the beginning ------------------------------------------------------------------------------------------


def _shares(context: ResolveContext, line: ast.Share) -> list[plan.Share]:
    phrase, where, is_whole = _parted(context, line.phrase, line.where)
    share = quantities.share(context, line.share)
    state = _state(context, phrase)
    if share is None or state is None or not is_whole:
        return []
    names = state.names or ("",)
    if len(names) > 1:
        context.findings.add("E209", "a line of a scenario is about one name", state.span)
        return []
    return [plan.Share(state.family, names[0], share.number, where, share.most, share.column, span=line.span)]


def _state(context: ResolveContext, phrase: ast.Phrase) -> Has | None:
    """The set and name that a contact can have; any other phrase gives a diagnostic."""
    if not phrase.parts:
        context.findings.add("E202", "this line does not say what contacts have", phrase.span)
        return None
    found = condition(context, ast.Fact(phrase, span=phrase.span))
    if found is None or isinstance(found, Has):
        return found
    words = context.findings.written(phrase.span)
    context.findings.add("E418", f"`{words}` is nothing that a contact can be given", phrase.span)
    return None


# --- at lines ---------------------------------------------------------------------------------------------------------


def _controls(context: ResolveContext, line: ast.At) -> list[plan.Control]:
    names = [name for name in (line.flow, line.by) if name]
    if not context.scope.is_alone:
        lacking = [name for name in names if name.value not in context.scope.flows]
        for name in () if context.scope.partial else lacking:
            unknown_name(context.scope, "E210", "flow", name, context.scope.flows)
        if lacking or not _can_replace(context, line):
            return []
    if line.date is None and line.day < 1:
        context.findings.add("E408", "the first day of a simulation is day 1", line.span)
        return []
    if line.day > MOST_DAYS:
        context.findings.add("E408", "no simulation is longer than a thousand years", line.span)
        return []
    verb = cast(Literal["activate", "deactivate", "pause", "resume", "stop", "replace"], line.verb)
    day = line.date.value if line.date else None
    contact, by = (name.value if name else "" for name in (line.contact, line.by))
    clock = values.minute(line.clock, 0)
    return [plan.Control(verb, line.flow.value, line.day, day, clock, line.cancel, contact, by, span=line.span)]


def _can_replace(context: ResolveContext, line: ast.At) -> bool:
    """Whether `replace` names two flows. Campaigns cannot be replaced, because contacts join them by name."""
    if line.by is None:
        return True
    names = (line.flow.value, line.by.value)
    if names[0] == names[1]:
        context.findings.add("E316", "a flow cannot take its own place", line.by.span)
    elif campaign := next((name for name in names if name in context.scope.campaigns), ""):
        context.findings.add("E316", f'"{campaign}" is a campaign: contacts are in it by its name', line.span)
    else:
        return True
    return False


_READ: dict[type, Callable[[ResolveContext, Any], Iterable[Line]]] = {
    ast.Response: _answers,
    ast.Rate: _rates,
    ast.NewContacts: _arrivals,
    ast.Share: _shares,
    ast.At: _controls,
}
