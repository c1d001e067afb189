"""Looks up phrases: finds the row of the vocabulary and the names, or notes a helpful error.

The longest known phrase is used. Remaining and unknown words are first compared with the keywords (`unles` -> did you
mean `unless`?), because a misspelled keyword turns everything after it into one phrase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flowdsl.compiler.resolve.scope import Scope
from flowdsl.diagnostics.diagnostic import Fix
from flowdsl.diagnostics.source import Span
from flowdsl.diagnostics.suggest import STRICT, suggest, suggested_fix, suggestions
from flowdsl.syntax import ast, keywords
from flowdsl.vocabulary import NAMES, Entry, EventEntry, Lexicon, Reading

MOST_WORDS = 12  # of a phrase that are compared with known phrases: meaningless text can be long
MOST_QUOTED = 6  # words that may be one name without quotes
MOST_OFFERED = 3  # phrases, if several may be meant
Part = ast.Word | ast.Names | ast.Number | ast.Date


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase that was recognised: the row's id and the names in its slots; `used` parts from `start` on."""

    id: str
    span: Span
    slots: dict[str, ast.Names] = field(default_factory=dict)
    start: int = 0
    used: int = 0

    def names(self, slot: str) -> tuple[str, ...]:
        return tuple(text.value for text in self.slots[slot].items) if slot in self.slots else ()


def tokens(parts: Sequence[Part]) -> list[str]:
    """The parts of a phrase as tokens of the vocabulary."""
    return [
        part.text.casefold()
        if isinstance(part, ast.Word)
        else NAMES
        if isinstance(part, ast.Names)
        else str(part.value)
        for part in parts
    ]


def look_up(scope: Scope, lexicon: Lexicon, parts: Sequence[Part]) -> Found | None:
    """The longest known phrase at the beginning of some parts, after the subject if there is one."""
    start, reading = scope.vocabulary.read(lexicon, tokens(parts))
    if reading is None:
        return None
    return _found(parts, start, reading)


def _found(parts: Sequence[Part], start: int, reading: Reading) -> Found:
    slots = {name: part for name, at in reading.slots if isinstance(part := parts[at], ast.Names)}
    last = parts[start + reading.used - 1]
    return Found(reading.id, parts[0].span.to(last.span), slots, start, start + reading.used)


def whole(scope: Scope, lexicon: Lexicon, phrase: ast.Phrase) -> Found | None:
    """The known phrase that consists of all the parts; None if there is none."""
    found = look_up(scope, lexicon, phrase.parts)
    return found if found and found.used == len(phrase.parts) else None


def unknown(scope: Scope, code: str, what: str, phrase: ast.Phrase, *lexicons: Lexicon) -> None:
    """Note why a phrase is not understood: a misspelled keyword, superfluous words, or unknown words."""
    found, lexicon = max(
        ((found, lexicon) for lexicon in lexicons if (found := look_up(scope, lexicon, phrase.parts))),
        key=lambda each: each[0].used,
        default=(None, lexicons[0]),
    )
    known = _known_words(scope, lexicons)
    if not found:
        _unknown_words(scope, code, what, phrase, lexicons)
    elif not _lacks_then(scope, phrase.parts[found.used :]) and not _misspelt_keyword(
        scope, phrase.parts[found.used :], known
    ):
        _left_over(scope, phrase, found, lexicon)


def _known_words(scope: Scope, lexicons: Sequence[Lexicon]) -> frozenset[str]:
    words = scope.vocabulary.subjects | scope.vocabulary.articles
    return words.union(*(lexicon.vocabulary for lexicon in lexicons))


def _lacks_then(scope: Scope, rest: Sequence[Part]) -> bool:
    """Note an action that continues the phrase before it because its `then` is missing; False if it is not an
    action."""
    joined = _goes_on(rest)
    action = rest[1:] if joined else rest
    found = look_up(scope, scope.vocabulary.action_phrases, action)
    if found is None or found.start:
        return False
    written = scope.findings.written(found.span) or " ".join(tokens(action))
    first = scope.findings.written(action[0].span) or tokens(action)[0]
    fix = Fix(rest[0].span, "then" if joined else f"then {first}", "put `then` before the action")
    message = f"`{written}` is an action, and an action begins with `then`"
    scope.findings.add("E204", message, found.span, fixes=(fix,))
    return True


def _lacks_where(scope: Scope, rest: Sequence[Part]) -> tuple[Fix, ...]:
    """Suggests `where` instead of the `and` between an event and a condition: `joins program and has membership`."""
    is_condition = _goes_on(rest) and look_up(scope, scope.vocabulary.condition_phrases, rest[1:])
    return (suggested_fix(rest[0].span, "where"),) if is_condition else ()


def _goes_on(rest: Sequence[Part]) -> bool:
    """True for words that begin with `and`."""
    return tokens(rest[:1]) == ["and"]


def _misspelt_keyword(scope: Scope, parts: Sequence[Part], known: frozenset[str]) -> bool:
    """Note the first word that is similar to a keyword; False if there is none."""
    if scope.findings.is_full:
        return False
    for part in parts[:MOST_WORDS]:
        if isinstance(part, ast.Word) and part.text.casefold() not in known:
            meant = keywords.near(part.text)
            if meant:
                scope.findings.add(
                    "E205",
                    f"`{part.text}` is not a word of the language; it looks like the keyword `{meant}`",
                    part.span,
                    fixes=(suggested_fix(part.span, meant),),
                )
                return True
    return False


def _left_over(scope: Scope, phrase: ast.Phrase, found: Found, lexicon: Lexicon) -> None:
    """Note words after a known phrase; if a name is possible there, they may be one without quotes."""
    rest = phrase.parts[found.used :]
    span = rest[0].span.to(rest[-1].span)
    read = scope.findings.written(found.span) or " ".join(tokens(phrase.parts[: found.used]))
    more = scope.findings.written(span) or " ".join(tokens(rest))
    can_be_name = any(lexicon.takes(found.id, slot) and slot not in found.slots for slot in ("object", "name"))
    is_name = (
        can_be_name
        and not _goes_on(rest)
        and len(rest) <= MOST_QUOTED
        and all(isinstance(part, ast.Word) for part in rest)
    )
    fixes = (suggested_fix(span, f'"{more}"'),) if is_name else _lacks_where(scope, rest)
    scope.findings.add("E204", f"`{read}` is understood, but not `{more}` after it", span, fixes=fixes)


def _unknown_words(scope: Scope, code: str, what: str, phrase: ast.Phrase, lexicons: Sequence[Lexicon]) -> None:
    known = _known_words(scope, lexicons)
    fixes = _corrected(scope, phrase, lexicons, known)
    other, instead = _other_kind(scope, phrase, lexicons)
    if not fixes and not other and _misspelt_keyword(scope, phrase.parts, known):
        return
    fixes = fixes or instead or _becoming(scope, phrase) or _negated(scope, phrase, lexicons)
    if not fixes and not other and not _nots(phrase):  # the closest phrase would say the opposite
        fixes = _closest(scope, phrase, lexicons)
    words = scope.findings.written(phrase.span) or " ".join(tokens(phrase.parts))
    reason = f"this is {other}, and here stands {what}" if other else ""
    scope.findings.add(code, f"`{words}` is not {what} that is known", phrase.span, reason=reason, fixes=fixes)


def _other_kind(scope: Scope, phrase: ast.Phrase, lexicons: Sequence[Lexicon]) -> tuple[str, tuple[Fix, ...]]:
    """What kind of phrase this is elsewhere, and the fix for this place: `gets tag` instead of `has tag`."""
    vocabulary = scope.vocabulary
    if vocabulary.condition_phrases not in lexicons and (found := whole(scope, vocabulary.condition_phrases, phrase)):
        family = getattr(vocabulary.rows[found.id], "of", "")
        becoming = next((row for row in vocabulary.rows.values() if _begins(row, family)), None)
        if becoming is None:
            return "a condition", ()
        words = [part for part in phrase.parts[found.start :] if isinstance(part, ast.Word)]
        return "a condition", (suggested_fix(words[0].span.to(words[-1].span), vocabulary.say(becoming.id)),)
    if vocabulary.action_phrases not in lexicons and whole(scope, vocabulary.action_phrases, phrase):
        return "an action", ()
    if vocabulary.event_phrases not in lexicons and whole(scope, vocabulary.event_phrases, phrase):
        return "an event", ()
    return "", ()


def _becoming(scope: Scope, phrase: ast.Phrase) -> tuple[Fix, ...]:
    """`event becomes "confirmed"` for `event is confirmed`: a status is not a verb of the vocabulary."""
    words = tokens(phrase.parts)
    row = scope.vocabulary.rows.get(f"{words[0]}.became") if words else None
    if len(words) != 3 or words[1] != "is" or not isinstance(row, EventEntry):
        return ()
    return (suggested_fix(phrase.span, scope.vocabulary.say(row.id, [words[2]])),)


def _nots(phrase: ast.Phrase) -> list[int]:
    """The positions of `not`, also at the end of a word (`cannot`)."""
    no = keywords.say("not")
    return [
        at for at, part in enumerate(phrase.parts) if isinstance(part, ast.Word) and part.text.casefold().endswith(no)
    ]


def _negated(scope: Scope, phrase: ast.Phrase, lexicons: Sequence[Lexicon]) -> tuple[Fix, ...]:
    """`not can receive sms` for `cannot receive sms`: `not` is written before the condition that it negates."""
    for at in _nots(phrase)[:1] if scope.vocabulary.condition_phrases in lexicons else ():
        word = phrase.parts[at]
        assert isinstance(word, ast.Word)
        stem = word.text[: -len(keywords.say("not"))]
        kept = (ast.Word(stem, span=word.span),) if stem else ()
        for before in (phrase.parts[:at], phrase.parts[: max(0, at - 1)]):  # `does not have`: without its `does`
            parts = (*before, *kept, *phrase.parts[at + 1 :])
            if parts and any(whole(scope, lexicon, ast.Phrase(parts)) for lexicon in lexicons):
                said = [
                    each.text if isinstance(each, ast.Word) else scope.findings.written(each.span) for each in parts
                ]
                return (suggested_fix(phrase.span, " ".join((keywords.say("not"), *said))),)
    return ()


def _begins(row: Entry, family: str) -> bool:
    """True for the event that adds a name to a set."""
    return isinstance(row, EventEntry) and row.event.adds == family != ""


def _corrected(scope: Scope, phrase: ast.Phrase, lexicons: Sequence[Lexicon], known: frozenset[str]) -> tuple[Fix, ...]:
    """Corrections of single words that make the whole phrase known: `member joins progam "Yoga"`."""
    if scope.findings.is_full or len(phrase.parts) > MOST_WORDS:
        return ()
    parts: list[Part] = []
    fixes: list[Fix] = []
    for part in phrase.parts:
        if isinstance(part, ast.Word) and part.text.casefold() not in known and len(part.text) < 40:
            close = suggest(part.text, known, STRICT)
            if not close:
                return ()
            fixes.append(suggested_fix(part.span, close))
            parts.append(ast.Word(close, span=part.span))
        else:
            parts.append(part)
    trial = ast.Phrase(tuple(parts), span=phrase.span)
    return tuple(fixes) if fixes and any(whole(scope, lexicon, trial) for lexicon in lexicons) else ()


def _closest(scope: Scope, phrase: ast.Phrase, lexicons: Sequence[Lexicon]) -> tuple[Fix, ...]:
    """The known phrases that contain all the words before the first name, else the most similar phrase."""
    start = scope.vocabulary.after_subject(tokens(phrase.parts))
    words: list[ast.Word] = []
    for part in phrase.parts[start : start + MOST_WORDS]:
        if not isinstance(part, ast.Word):
            break
        words.append(part)
    text = " ".join(word.text.casefold() for word in words)
    if not text or scope.findings.is_full or len(text) > 100:
        return ()
    said = set(text.split())
    meant = [choice for lexicon in lexicons for choice in lexicon.plain if said < set(choice.split())]
    meant = sorted(meant, key=lambda choice: len(choice.split()))[:MOST_OFFERED]
    if not meant:
        choices = [choice for lexicon in lexicons for choice in lexicon.phrases]
        meant = suggestions(text, (choice for choice in choices if choice != text), 1, STRICT)
    return tuple(suggested_fix(words[0].span.to(words[-1].span), choice) for choice in meant)


def one_name(scope: Scope, found: Found, slot: str, what: str, example: str) -> ast.Text | None:
    """The only name in a slot; no name, or several, give a diagnostic."""
    names = found.slots.get(slot)
    if names is None:
        scope.findings.add("E208", f"{what} needs a name", found.span, example=example)
        return None
    if len(names.items) > 1:
        scope.findings.add("E209", f"{what} takes one name, not {len(names.items)}", names.span, example=example)
        return None
    return names.items[0]
