"""Decompiles phrases: finds the words of the vocabulary for ids and names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from flowdsl.compiler.decompile.values import texts
from flowdsl.plan.expressions import EventMatch, Has
from flowdsl.syntax import ast
from flowdsl.vocabulary import VOCABULARY, AnyEvent, ConditionEntry, EventEntry, Form, Lexicon

Part = ast.Word | ast.Names | ast.Number


class Inexpressible(Exception):
    """A part of a plan cannot be expressed in words. `path` is its position, starting at its flow or scenario."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path

    def at(self, path: str) -> Inexpressible:
        """The same error, with its path extended at the front."""
        return Inexpressible(str(self), f"{path}{self.path}")


@contextmanager
def within(path: str) -> Iterator[None]:
    """Adds this path to every Inexpressible that is raised inside the context."""
    try:
        yield
    except Inexpressible as reason:
        raise reason.at(path) from None


def phrase(lexicon: Lexicon, row: str, slots: Mapping[str, Sequence[str]], form: Form = "third") -> ast.Phrase:
    """The phrase of a row of the vocabulary, with names in its slots."""
    filled = {slot: f"<{slot}>" for slot, names in slots.items() if names}
    said = lexicon.say(row, filled, form).split()
    if not set(filled.values()) <= set(said):
        raise Inexpressible(f"no phrase of {row} has a place for {', '.join(filled)}")
    named = {mark: texts(slots[slot]) for slot, mark in filled.items()}
    return ast.Phrase(tuple(named[word] if word in named else ast.Word(word) for word in said))


def event(
    events: tuple[str, ...],
    names: Sequence[str] = (),
    fields: Mapping[str, Sequence[str]] | None = None,
    form: Form = "past",
) -> ast.Phrase:
    """The phrase for one or several kinds of event; several for a message word such as `opened "L"`.

    >>> event(("program.joined",), ["Yoga"]).parts[1:]
    (Word(text='program'), Names(items=(Text(value='Yoga'),)))
    """
    slots = {"object": names, **(fields or {})}
    return phrase(VOCABULARY.event_phrases, row_of(events), slots, form)


def row_of(events: tuple[str, ...]) -> str:
    """The row of the vocabulary that means exactly these kinds of event."""
    for row in VOCABULARY.rows.values():
        if isinstance(row, EventEntry | AnyEvent) and VOCABULARY.kinds(row.id) == events:
            return row.id
    raise Inexpressible(f"no phrase of the vocabulary means {' or '.join(events) or 'no event at all'}")


def match(of: EventMatch, form: Form = "past", subject: str = "") -> ast.Phrase:
    """The phrase of an event match; `subject` comes before it where the phrase begins with a verb."""
    slots = {one.field: one.values for one in of.fields}
    if tuple(slots) != tuple(sorted(slots)) or len(slots) < len(of.fields):
        raise Inexpressible("the fields of an event are written once each, in the order of their names")
    said = event(of.events, of.names, slots, form)
    return ast.Phrase((ast.Word(subject), *said.parts)) if subject and _begins_with_verb(of.events) else said


def _begins_with_verb(events: tuple[str, ...]) -> bool:
    return "/" in VOCABULARY.words[row_of(events)][0].split()[0]


def flag_of(events: Iterable[str]) -> str:
    """The message flag that a kind of event sets, "" for other kinds."""
    flags = {VOCABULARY.event(kind).event.flag for kind in events if kind in VOCABULARY.rows}
    return flags.pop() if len(flags) == 1 else ""


def state(of: Has, negated: bool = False) -> ast.Phrase | None:
    """The phrase of a state or its negation; None if the vocabulary has no words for the negation."""
    for row in VOCABULARY.rows.values():
        is_it = isinstance(row, ConditionEntry) and (row.kind, row.of) == ("has", of.family)
        if is_it and isinstance(row, ConditionEntry) and row.negated == negated:
            return phrase(VOCABULARY.condition_phrases, row.id, {"name": of.names})
    if negated:
        return None
    raise Inexpressible(f"no phrase of the vocabulary means to be among {of.family}")


def words(text: str) -> ast.Phrase:
    """A phrase of words alone."""
    return ast.Phrase(tuple(ast.Word(word) for word in text.split()))
