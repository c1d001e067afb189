"""Phrases: ids and names go in, the words of the vocabulary with their names come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from flowdsl.compiler.decompile.values import texts
from flowdsl.plan.expressions import EventMatch, Has
from flowdsl.syntax import ast
from flowdsl.vocabulary import VOCABULARY, AnyEvent, ConditionEntry, EventEntry, Form, Lexicon

Part = ast.Word | ast.Names | ast.Number


class Unsaid(Exception):
    """There are no words for something of a plan; `path` says where it stands, from its flow or scenario on."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path

    def at(self, path: str) -> Unsaid:
        """The same, seen from one level further out."""
        return Unsaid(str(self), f"{path}{self.path}")


@contextmanager
def within(path: str) -> Iterator[None]:
    """Whatever cannot be said in here stands at this path."""
    try:
        yield
    except Unsaid as reason:
        raise reason.at(path) from None


def phrase(lexicon: Lexicon, row: str, slots: Mapping[str, Sequence[str]], form: Form = "third") -> ast.Phrase:
    """The phrase of a row with names in its slots."""
    filled = {slot: f"<{slot}>" for slot, names in slots.items() if names}
    said = lexicon.say(row, filled, form).split()
    if not set(filled.values()) <= set(said):
        raise Unsaid(f"no phrase of {row} has a place for {', '.join(filled)}")
    named = {mark: texts(slots[slot]) for slot, mark in filled.items()}
    return ast.Phrase(tuple(named[word] if word in named else ast.Word(word) for word in said))


def event(
    events: tuple[str, ...],
    names: Sequence[str] = (),
    fields: Mapping[str, Sequence[str]] | None = None,
    form: Form = "past",
) -> ast.Phrase:
    """The phrase of some kinds of event: of one, or of the five that a message word such as `opened "L"` means.

    >>> event(("program.joined",), ["Yoga"]).parts[1:]
    (Word(text='program'), Names(items=(Text(value='Yoga'),)))
    """
    slots = {"object": names, **(fields or {})}
    return phrase(VOCABULARY.event_phrases, row_of(events), slots, form)


def row_of(events: tuple[str, ...]) -> str:
    """The row of the vocabulary that means these kinds of event, and no others."""
    for row in VOCABULARY.rows.values():
        if isinstance(row, EventEntry | AnyEvent) and VOCABULARY.kinds(row.id) == events:
            return row.id
    raise Unsaid(f"no phrase of the vocabulary means {' or '.join(events) or 'no event at all'}")


def match(of: EventMatch, form: Form = "past", subject: str = "") -> ast.Phrase:
    """The phrase of an event match; `subject` comes before it where the phrase begins with a verb."""
    slots = {one.field: one.values for one in of.fields}
    if tuple(slots) != tuple(sorted(slots)) or len(slots) < len(of.fields):
        raise Unsaid("the fields of an event are said once each, in the order of their names")
    said = event(of.events, of.names, slots, form)
    return ast.Phrase((ast.Word(subject), *said.parts)) if subject and _begins_with_verb(of.events) else said


def _begins_with_verb(events: tuple[str, ...]) -> bool:
    return "/" in VOCABULARY.words[row_of(events)][0].split()[0]


def flag_of(events: Iterable[str]) -> str:
    """The message flag that a kind of event sets, "" for other kinds."""
    flags = {VOCABULARY.event(kind).event.flag for kind in events if kind in VOCABULARY.rows}
    return flags.pop() if len(flags) == 1 else ""


def state(of: Has, negated: bool = False) -> ast.Phrase | None:
    """The phrase of a state, or of its opposite; None when the vocabulary has no words for the opposite."""
    for row in VOCABULARY.rows.values():
        is_it = isinstance(row, ConditionEntry) and (row.kind, row.of) == ("has", of.family)
        if is_it and isinstance(row, ConditionEntry) and row.negated == negated:
            return phrase(VOCABULARY.condition_phrases, row.id, {"name": of.names})
    if negated:
        return None
    raise Unsaid(f"no phrase of the vocabulary means to be among {of.family}")


def words(text: str) -> ast.Phrase:
    """A phrase of words alone."""
    return ast.Phrase(tuple(ast.Word(word) for word in text.split()))
