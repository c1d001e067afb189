"""Resolves conditions, and what waits, goals and exits wait for.

A condition with a part that is not understood gives None, after all its parts have been resolved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from flowdsl.compiler.resolve import values
from flowdsl.compiler.resolve.comparisons import compare, message_status, status
from flowdsl.compiler.resolve.events import match_of
from flowdsl.compiler.resolve.messages import note_near_campaigns
from flowdsl.compiler.resolve.phrases import Found, Part, tokens, unknown, whole
from flowdsl.compiler.resolve.scope import ResolveContext
from flowdsl.compiler.resolve.spellings import kind_of, note_spellings
from flowdsl.plan.expressions import (
    And,
    Consent,
    Counted,
    CountOp,
    EventMatch,
    Expr,
    Happened,
    Has,
    MessageStatus,
    Not,
    Or,
    WaitCondition,
)
from flowdsl.syntax import ast
from flowdsl.vocabulary import ConditionEntry

IT_HAPPENED = ["it", "happened"]


def condition(context: ResolveContext, written: ast.Condition) -> Expr | None:
    """The expression of a condition."""
    if isinstance(written, ast.Fact):
        return _fact(context, written)
    if isinstance(written, ast.Not):
        item = condition(context, written.item)
        return Not(item) if item else None
    items = [condition(context, item) for item in written.items]
    known = tuple(item for item in items if item)
    if len(known) < len(items):
        return None
    return And(known) if isinstance(written, ast.And) else Or(known)


def occasion(context: ResolveContext, written: ast.Condition) -> WaitCondition | None:
    """The condition of a wait, goal or exit: top-level events as they happen; anything else is a test."""
    operands = written.items if isinstance(written, ast.Or) else (written,)
    events: list[EventMatch] = []
    tests: list[Expr] = []
    is_whole = True
    for operand in operands:
        found = _pure_event(context, operand)
        seen = match_of(context, found, answer=True) if found else condition(context, operand)
        if isinstance(seen, EventMatch):
            events.append(seen)
        elif seen is not None:
            tests.append(seen)
        else:
            is_whole = False
    if not is_whole:
        return None
    return WaitCondition(tuple(events), tests[0] if len(tests) == 1 else Or(tuple(tests)) if tests else None)


def _pure_event(context: ResolveContext, written: ast.Condition) -> Found | None:
    """The event phrase of an operand that is only an event: not counted, not compared, without `ever`."""
    if not isinstance(written, ast.Fact) or written.count or written.window:
        return None
    parts, is_ever = _without_ever(context, written.phrase.parts)
    return None if is_ever else _event(context, written, parts)


def _without_ever(context: ResolveContext, parts: tuple[Part, ...]) -> tuple[tuple[Part, ...], bool]:
    words = tokens(parts[:4])
    at = context.scope.vocabulary.after_subject(words)
    if words[at : at + 1] == ["ever"]:
        return parts[:at] + parts[at + 1 :], True
    return parts, False


def _event(context: ResolveContext, fact: ast.Fact, parts: Sequence[Part]) -> Found | None:
    """The event of a fact; `event is created` is parsed as a comparison with a word."""
    compared = fact.comparison
    if compared is not None:
        word = compared.values[0] if compared.op == "is" and len(compared.values) == 1 else None
        if not isinstance(word, ast.Word):
            return None
        parts = (*parts, ast.Word("is", span=compared.span), word)
    return whole(context.scope, context.scope.vocabulary.event_phrases, ast.Phrase(tuple(parts), span=fact.span))


def _fact(context: ResolveContext, fact: ast.Fact) -> Expr | None:
    parts, is_ever = _without_ever(context, fact.phrase.parts)
    if fact.comparison is None and tokens(parts) == IT_HAPPENED:
        return Happened()
    event = _event(context, fact, parts)
    if event:
        return _history(context, fact, event, is_ever)
    if fact.comparison:
        return None if _is_counted(context, fact) else _comparison(context, fact, fact.comparison)
    phrase = ast.Phrase(parts, span=fact.phrase.span)
    if fact.count or fact.window:
        unknown(context.scope, "E201", "an event", phrase, context.scope.vocabulary.event_phrases)
        return None
    return _state(context, phrase)


def _is_counted(context: ResolveContext, fact: ast.Fact) -> bool:
    """Note a count after a comparison that is not an event: only events can be counted."""
    counted = fact.count or fact.window
    if counted:
        words = context.findings.written(fact.phrase.span) or " ".join(tokens(fact.phrase.parts))
        reason = "a comparison holds or it does not; events are counted, and those are words of the vocabulary"
        context.findings.add("E202", f"how often `{words}` was so is not known", fact.span, reason=reason)
    return counted is not None


# --- states and comparisons -------------------------------------------------------------------------------------------


def _comparison(context: ResolveContext, fact: ast.Fact, comparison: ast.Comparison) -> Expr | None:
    message = message_status(context, fact)
    if message:
        return status(context, *message, comparison)
    parts = fact.phrase.parts
    if len(parts) == 1 and isinstance(parts[0], ast.Word):
        return compare(context, parts[0], comparison)
    reason = ""
    if len(parts) > 1 and all(isinstance(part, ast.Word) for part in parts):
        reason = "what is compared is one word: a column of the contact, or `trigger.` or `event.` and a field"
    words = context.findings.written(fact.phrase.span) or " ".join(tokens(parts))
    context.findings.add("E202", f"`{words}` is nothing that can be compared", fact.phrase.span, reason=reason)
    return None


def _state(context: ResolveContext, phrase: ast.Phrase) -> Expr | None:
    vocabulary = context.scope.vocabulary
    found = whole(context.scope, vocabulary.condition_phrases, phrase)
    if found is None:
        _unknown_state(context, phrase)
        return None
    row = vocabulary.rows[found.id]
    assert isinstance(row, ConditionEntry)
    if row.kind == "consent":
        return Consent(row.of)
    if row.of == "campaigns" and "name" in found.slots:
        note_near_campaigns(context.scope, found.slots["name"].items)
    note_spellings(context.scope, kind_of(context.scope, row.of), found, "name")
    has = Has(row.of, found.names("name"), span=found.span)
    return Not(has) if row.negated else has


def _unknown_state(context: ResolveContext, phrase: ast.Phrase) -> None:
    vocabulary = context.scope.vocabulary
    if len(phrase.parts) == 1 and isinstance(phrase.parts[0], ast.Word):
        word = phrase.parts[0]
        before = len(context.findings.diagnostics)
        unknown(context.scope, "E202", "a condition", phrase, vocabulary.condition_phrases, vocabulary.event_phrases)
        if context.findings.diagnostics[before].code == "E202":
            context.findings.diagnostics.pop()
            context.findings.add(
                "E202",
                f"`{word.text}` alone is not a condition",
                phrase.span,
                reason="a column has to be compared with something: say what it is",
                example=f"{word.text} is yes",
            )
        return
    unknown(context.scope, "E202", "a condition", phrase, vocabulary.condition_phrases, vocabulary.event_phrases)


# --- history ----------------------------------------------------------------------------------------------------------


def _history(context: ResolveContext, fact: ast.Fact, found: Found, is_ever: bool) -> Expr | None:
    """What happened to the contact: flags of a named message, else a count of events."""
    match = match_of(context, found, answer=False)
    if match is None:
        return None
    if match.names and not fact.count and not fact.window:
        flags = {context.scope.vocabulary.event(kind).event.flag for kind in match.events}
        if flags != {""}:
            return _flagged(context, match, flags.pop(), is_ever)
    return _counted(context, fact, match)


def _flagged(context: ResolveContext, match: EventMatch, flag: str, is_ever: bool) -> Expr:
    rows = [context.scope.vocabulary.event(kind).event.channel for kind in match.events]
    channels = tuple(rows) if len(rows) == 1 else ()
    scope: Literal["latest", "ever"] = "ever" if is_ever else "latest"
    tests = tuple(
        MessageStatus(channels, name, (flag,), scope=scope, since_step=context.watching, span=match.span)
        for name in match.names
    )
    return tests[0] if len(tests) == 1 else Or(tests)


def _counted(context: ResolveContext, fact: ast.Fact, match: EventMatch) -> Expr | None:
    since: Literal["ever", "start", "step"] = "step" if context.watching else "ever"
    window = None
    if isinstance(fact.window, ast.SinceStart):
        since = "start"
    elif fact.window:
        window = values.lapse(context.scope, fact.window.length)
        if window is None:
            return None
    if fact.count is None:
        return Counted(match, "at_least", 1, window, since)
    times = values.whole(context.scope, fact.count.times, "how often something happened", least=0)
    return None if times is None else Counted(match, cast(CountOp, fact.count.op), times, window, since)
