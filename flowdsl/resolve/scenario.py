"""Scenarios: `assume …` and `at …` go in, the world of the plan comes out: answers, rates and controls.

A rate becomes exponential gaps, an answer's delay a table of quantiles (laws.py). A line without a channel (`opens
"L"`) counts for every channel that the program sends on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal, cast

from flowdsl import ast, laws, plan
from flowdsl.calculus import EventMatch, Expr
from flowdsl.resolve import values
from flowdsl.resolve.conditions import condition
from flowdsl.resolve.events import match_of
from flowdsl.resolve.findings import did_you_mean
from flowdsl.resolve.overlap import note_equals
from flowdsl.resolve.phrases import Found, look_up, unknown, whole
from flowdsl.resolve.scope import Place, Scope, near, unknown_name
from flowdsl.resolve.workspace import unit_ms
from flowdsl.source import Span

IT = {"it", "them"}


def world(scope: Scope, written: ast.Scenario, name: str) -> plan.World:
    """One scenario."""
    place = Place(scope, name, has_event=False)
    answers: list[plan.Answer] = []
    rates: list[plan.Rate] = []
    controls: list[plan.Control] = []
    for line in written.lines:
        if isinstance(line, ast.Response):
            answers.extend(_answers(place, line))
        elif isinstance(line, ast.Rate):
            rates.extend(_rate(place, line))
        elif isinstance(line, ast.At):
            controls.extend(_control(place, line))
        elif isinstance(line, ast.NewContacts):
            _not_yet(scope, "`new contacts`", line.span)
        else:
            _not_yet(scope, "`assume … of contacts have …`", line.span)
    note_equals(scope, answers, rates)
    return plan.World(name, tuple(answers), tuple(rates), tuple(controls), span=written.span)


def _not_yet(scope: Scope, what: str, span: Span) -> None:
    scope.findings.add("E207", f"{what} belongs to the language, but this version does not run it yet", span)


# --- who and what -----------------------------------------------------------------------------------------------------


def _parted(place: Place, phrase: ast.Phrase, where: ast.Condition | None) -> tuple[ast.Phrase, Expr | None, bool]:
    """The event's phrase and the condition; where they ran into each other they are parted at the longest known one."""
    if where is not None and not phrase.parts:
        where, phrase = _cut(place, where)
    expr = condition(place, where) if where else None
    return phrase, expr, where is None or expr is not None


def _cut(place: Place, where: ast.Condition) -> tuple[ast.Condition, ast.Phrase]:
    """The condition without the event that its last fact ran into, and that event's phrase."""
    if isinstance(where, ast.And | ast.Or):
        last, phrase = _cut(place, where.items[-1])
        return replace(where, items=(*where.items[:-1], last)), phrase
    if isinstance(where, ast.Not):
        item, phrase = _cut(place, where.item)
        return replace(where, item=item), phrase
    parts = where.phrase.parts
    lexicons = (place.scope.vocabulary.condition_phrases, place.scope.vocabulary.event_phrases)
    used = max((found.used for each in lexicons if (found := look_up(place.scope, each, parts))), default=0)
    if not 0 < used < len(parts):
        return where, ast.Phrase((), span=where.phrase.span)
    head = ast.Phrase(parts[:used], span=parts[0].span.to(parts[used - 1].span))
    tail = ast.Phrase(parts[used:], span=parts[used].span.to(parts[-1].span))
    return replace(where, phrase=head), tail


def _event(place: Place, phrase: ast.Phrase) -> tuple[Found, EventMatch] | None:
    lexicon = place.scope.vocabulary.event_phrases
    found = whole(place.scope, lexicon, phrase) if phrase.parts else None
    if found is None:
        if phrase.parts:
            unknown(place.scope, "E201", "an event", phrase, lexicon)
        else:
            place.findings.add("E201", "this line does not say what contacts do", phrase.span)
        return None
    match = match_of(place, found)
    return (found, match) if match else None


def _kinds(place: Place, match: EventMatch) -> tuple[str, ...]:
    """The events of a line: of a message phrase without channel, those on the channels the program sends on."""
    if len(match.events) == 1:
        return match.events
    sent = {channel for channel, _ in place.scope.sent}
    said = tuple(kind for kind in match.events if place.scope.vocabulary.event(kind).event.channel in sent)
    return said or match.events[:1]


# --- answers ----------------------------------------------------------------------------------------------------------


def _answers(place: Place, line: ast.Response) -> list[plan.Answer]:
    phrase, where, is_whole = _parted(place, line.phrase, line.where)
    event = _event(place, phrase)
    share = _share(place, line.share, line.span)
    delay = _delay(place, line.delay)
    of = _event(place, line.of) if line.of else None
    if event is None or share is None or delay is None or not is_whole or (line.of and of is None):
        return []
    _, match = event
    answers = []
    for kind in _kinds(place, match):
        row = place.scope.vocabulary.event(kind).event
        name = "" if row.flag else _one_object(place, match)
        if name is None:
            return []
        cause = _cause(place, line, row.channel, match if row.flag else None, of[1] if of else None)
        answers.append(plan.Answer(kind, name, cause, share, delay, where, span=line.span))
    return answers


def _one_object(place: Place, match: EventMatch) -> str | None:
    if len(match.names) > 1:
        place.findings.add("E209", "a line of a scenario is about one name", match.span)
        return None
    return match.names[0] if match.names else ""


def _cause(
    place: Place, line: ast.Response, channel: str, message: EventMatch | None, of: EventMatch | None
) -> EventMatch:
    """What an answer follows: the event behind `of`, else messages sent. `it` is the message that was named."""
    channels = (channel,) if channel else tuple(dict.fromkeys(each for each, _ in place.scope.sent)) or ("email",)
    names = message.names if message else ()
    if of is None:
        return EventMatch(tuple(f"{each}.received" for each in channels), names, span=line.span)
    kinds = tuple(kind for kind in of.events if _channel(place, kind) in channels) if len(of.events) > 1 else of.events
    return replace(of, events=kinds, names=of.names or (names if _channel(place, kinds[0]) else ()))


def _channel(place: Place, kind: str) -> str:
    return place.scope.vocabulary.event(kind).event.channel


def _share(place: Place, share: ast.Range, span: Span) -> int | None:
    if not _is_plain(place, share, span):
        return None
    return values.millionths(place.scope, share.low) if share.low else None


def _is_plain(place: Place, quantity: ast.Range, span: Span) -> bool:
    if quantity.column:
        _not_yet(place.scope, "`by column`", quantity.column.span)
    elif quantity.high:
        _not_yet(place.scope, "a range such as `40% to 45%`", quantity.span if quantity.span.file else span)
    return not quantity.column and not quantity.high


def _delay(place: Place, written: ast.Delay | None) -> tuple[int, ...] | None:
    if written is None:
        return laws.exactly(0)
    law = laws.LAWS.get(written.law)
    if law is None:
        meant = near(written.law, laws.LAWS, place.findings)
        fixes = (did_you_mean(written.span, meant),) if meant else ()
        reason = f"the laws are {', '.join(laws.LAWS)}"
        place.findings.add("E409", f"no delay law is called `{written.law}`", written.span, reason=reason, fixes=fixes)
        return None
    length = values.amount(place.scope, written.length)
    if length is None:
        return None
    if len(written.shape) != len(law.shapes):
        wanted = ", ".join(("D", *law.shapes))
        place.findings.add("E409", f"this delay is written `{written.law}({wanted})`", written.span)
        return None
    ms = length.months * values.MEAN_MONTH + length.days * values.DAY + length.ms
    try:
        return _table(written.law, ms, tuple(number.value for number in written.shape))
    except ValueError as error:
        place.findings.add("E409", str(error), written.span)
        return None


@lru_cache(maxsize=256)
def _table(law: str, ms: float, shape: tuple[float, ...] = ()) -> tuple[int, ...]:
    """The quantiles of a law; kept, for a scenario says the same delays over and over and a table takes its time."""
    return laws.LAWS[law].make(ms, *shape)


# --- rates and controls -----------------------------------------------------------------------------------------------


def _rate(place: Place, line: ast.Rate) -> list[plan.Rate]:
    phrase, where, is_whole = _parted(place, line.phrase, line.where)
    event = _event(place, phrase)
    mean = _mean_gap(place, line)
    if line.days != 127 or line.start or line.end:
        _not_yet(place.scope, "a rate on some days or hours only", line.span)
        return []
    if event is None or mean is None or not is_whole:
        return []
    name = _one_object(place, event[1])
    if name is None:
        return []
    gaps = _table("exponential", mean)
    return [plan.Rate(kind, name, gaps, where, span=line.span) for kind in _kinds(place, event[1])]


def _mean_gap(place: Place, line: ast.Rate) -> float | None:
    """Mean time between two events of a contact, in ms."""
    if not _is_plain(place, line.rate, line.span) or line.rate.low is None:
        return None
    rate = values.bound(place.scope, line.rate.low)
    if not isinstance(rate, ast.Number):
        if rate is not None:
            place.findings.add("E405", f"a rate is a number, not {values.called(rate)}", line.rate.low.span)
        return None
    if rate.value <= 0:
        place.findings.add("E408", "a rate is more than 0", line.rate.low.span)
        return None
    return float(unit_ms(line.per) / Fraction(str(rate.value)))


def _control(place: Place, line: ast.At) -> Sequence[plan.Control]:
    if line.flow.value not in place.scope.flows:
        if not place.scope.partial:
            unknown_name(place.scope, "E210", "flow", line.flow, place.scope.flows)
        return ()
    if line.date is None and line.day < 1:
        place.findings.add("E408", "the first day of a simulation is day 1", line.span)
        return ()
    verb = cast(Literal["activate", "deactivate", "pause", "resume", "stop"], line.verb)
    day = line.date.value if line.date else None
    contact = line.contact.value if line.contact else ""
    clock = values.minute(line.clock, 0)
    return (plan.Control(verb, line.flow.value, line.day, day, clock, line.cancel, contact, span=line.span),)
