"""Phrases: words between keywords go in; the row of the vocabulary and its names come out, or a fault that says more.

The longest known phrase counts. What is left over, and every unknown word, is tested against the keywords first
(`unles` -> did you mean `unless`?), for a misspelt keyword makes a phrase of all that follows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from flowdsl import ast, keywords
from flowdsl.errors import Fix
from flowdsl.resolve.findings import did_you_mean
from flowdsl.resolve.scope import Scope
from flowdsl.source import Span
from flowdsl.vocabulary import NAMES, Lexicon, Reading

MOST_WORDS = 12  # of a phrase that are compared with known phrases: noise can be long
Part = ast.Word | ast.Names | ast.Number


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase that was understood: the row's id and the names in its slots; `used` parts from `start` on."""

    id: str
    span: Span
    slots: dict[str, ast.Names] = field(default_factory=dict)
    start: int = 0
    used: int = 0

    def names(self, slot: str) -> tuple[str, ...]:
        return tuple(text.value for text in self.slots[slot].items) if slot in self.slots else ()


def tokens(parts: Sequence[Part]) -> list[str]:
    """The parts of a phrase as the vocabulary reads them."""
    return [
        part.text.casefold()
        if isinstance(part, ast.Word)
        else NAMES
        if isinstance(part, ast.Names)
        else str(part.value)
        for part in parts
    ]


def look_up(scope: Scope, lexicon: Lexicon, parts: Sequence[Part]) -> Found | None:
    """The longest known phrase at the beginning of some parts, behind the subject if there is one."""
    start, reading = scope.vocabulary.read(lexicon, tokens(parts))
    if reading is None:
        return None
    return _found(parts, start, reading)


def _found(parts: Sequence[Part], start: int, reading: Reading) -> Found:
    slots = {name: part for name, at in reading.slots if isinstance(part := parts[at], ast.Names)}
    last = parts[start + reading.used - 1]
    return Found(reading.id, parts[0].span.to(last.span), slots, start, start + reading.used)


def whole(scope: Scope, lexicon: Lexicon, phrase: ast.Phrase) -> Found | None:
    """The known phrase that takes up all the parts; None when there is none."""
    found = look_up(scope, lexicon, phrase.parts)
    return found if found and found.used == len(phrase.parts) else None


def unknown(scope: Scope, code: str, what: str, phrase: ast.Phrase, *lexicons: Lexicon) -> None:
    """Note why a phrase is not understood: a misspelt keyword, words too many, or words nobody knows."""
    found = max(
        (found for lexicon in lexicons if (found := look_up(scope, lexicon, phrase.parts))),
        key=lambda found: found.used,
        default=None,
    )
    if not found:
        _unknown_words(scope, code, what, phrase, lexicons)
        return
    rest = phrase.parts[found.used :]
    if not _misspelt_keyword(scope, rest[:1], _known_words(scope, lexicons)) and not _misspelt_keyword(
        scope, rest, _known_words(scope, lexicons)
    ):
        _left_over(scope, phrase, found, rest)


def _known_words(scope: Scope, lexicons: Sequence[Lexicon]) -> frozenset[str]:
    words = scope.vocabulary.subjects | scope.vocabulary.articles
    return words.union(*(lexicon.vocabulary for lexicon in lexicons))


def _misspelt_keyword(scope: Scope, parts: Sequence[Part], known: frozenset[str]) -> bool:
    """Note the first word that is nearly a keyword; False when there is none."""
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
                    fixes=(did_you_mean(part.span, meant),),
                )
                return True
    return False


def _left_over(scope: Scope, phrase: ast.Phrase, found: Found, rest: Sequence[Part]) -> None:
    span = rest[0].span.to(rest[-1].span)
    read = scope.findings.written(found.span) or " ".join(tokens(phrase.parts[: found.used]))
    more = scope.findings.written(span) or " ".join(tokens(rest))
    scope.findings.add("E204", f"`{read}` is understood, but not `{more}` after it", span)


def _unknown_words(scope: Scope, code: str, what: str, phrase: ast.Phrase, lexicons: Sequence[Lexicon]) -> None:
    known = _known_words(scope, lexicons)
    fixes = _corrected(scope, phrase, lexicons, known)
    if not fixes and _misspelt_keyword(scope, phrase.parts, known):
        return
    fixes = fixes or _closest(scope, phrase, lexicons)
    words = scope.findings.written(phrase.span) or " ".join(tokens(phrase.parts))
    scope.findings.add(code, f"`{words}` is not {what} that is known", phrase.span, fixes=fixes)


def _corrected(scope: Scope, phrase: ast.Phrase, lexicons: Sequence[Lexicon], known: frozenset[str]) -> tuple[Fix, ...]:
    """Single words put right, when that makes the whole phrase known: `member joins progam "Yoga"`."""
    if scope.findings.is_full or len(phrase.parts) > MOST_WORDS:
        return ()
    parts: list[Part] = []
    fixes: list[Fix] = []
    for part in phrase.parts:
        if isinstance(part, ast.Word) and part.text.casefold() not in known and len(part.text) < 40:
            close = get_close_matches(part.text.casefold(), known, n=1, cutoff=0.7)
            if not close:
                return ()
            fixes.append(did_you_mean(part.span, close[0]))
            parts.append(ast.Word(close[0], span=part.span))
        else:
            parts.append(part)
    trial = ast.Phrase(tuple(parts), span=phrase.span)
    return tuple(fixes) if fixes and any(whole(scope, lexicon, trial) for lexicon in lexicons) else ()


def _closest(scope: Scope, phrase: ast.Phrase, lexicons: Sequence[Lexicon]) -> tuple[Fix, ...]:
    """The known phrase that looks most like the words before the first name."""
    start = scope.vocabulary.after_subject(tokens(phrase.parts))
    words: list[ast.Word] = []
    for part in phrase.parts[start : start + MOST_WORDS]:
        if not isinstance(part, ast.Word):
            break
        words.append(part)
    text = " ".join(word.text.casefold() for word in words)
    if not text or scope.findings.is_full or len(text) > 100:
        return ()
    choices = [choice for lexicon in lexicons for choice in lexicon.phrases]
    close = get_close_matches(text, choices, n=1, cutoff=0.7)
    return (did_you_mean(words[0].span.to(words[-1].span), close[0]),) if close else ()


def one_name(scope: Scope, found: Found, slot: str, what: str, example: str) -> ast.Text | None:
    """The only name in a slot; none, or several, are noted."""
    names = found.slots.get(slot)
    if names is None:
        scope.findings.add("E208", f"{what} needs a name", found.span, example=example)
        return None
    if len(names.items) > 1:
        scope.findings.add("E209", f"{what} takes one name, not {len(names.items)}", names.span, example=example)
        return None
    return names.items[0]


def not_yet(scope: Scope, what: str, span: Span) -> None:
    """Note words that a later version will know."""
    scope.findings.add("E206", f"{what} belongs to the language, but this version does not run it yet", span)
