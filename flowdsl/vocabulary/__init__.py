"""The vocabulary as data: finds the ids and meanings of phrases.

`table` holds the rows and what they mean, `english` their words, `lookup` finds the longest known phrase, `fitting`
says what a new row must be like, `pages` writes the reference. A new trigger, condition or action is one row and its
words (`register`); no grammar and no engine learns of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType

from flowdsl.diagnostics.source import words_of
from flowdsl.diagnostics.suggest import suggest
from flowdsl.plan.expressions import Event
from flowdsl.vocabulary.english import ENGLISH
from flowdsl.vocabulary.entries import (
    CHANNELS,
    FAMILIES,
    FLAGS,
    ActionEntry,
    AnyEvent,
    ConditionEntry,
    Entry,
    EventEntry,
    Family,
    Language,
    ObjectKind,
)
from flowdsl.vocabulary.fitting import Clash, Unfit, check_fits
from flowdsl.vocabulary.lookup import FORMS, NAMES, Form, Lexicon, Reading
from flowdsl.vocabulary.table import TABLE

__all__ = [
    "CHANNELS",
    "FAMILIES",
    "FLAGS",
    "FORMS",
    "NAMES",
    "VOCABULARY",
    "ActionEntry",
    "AnyEvent",
    "Clash",
    "ConditionEntry",
    "Entry",
    "Event",
    "EventEntry",
    "Family",
    "Form",
    "Language",
    "Lexicon",
    "ObjectKind",
    "Reading",
    "Unfit",
    "Vocabulary",
    "Words",
    "event_id",
    "quoted",
    "register",
]


class Words:
    """Families of rows, with their words in one language: never changed. What is made of them is kept."""

    def __init__(self, table: tuple[Family, ...], language: Language) -> None:
        self.table, self.language = table, language

    @cached_property
    def rows(self) -> Mapping[str, Entry]:
        return {row.id: row for family in self.table for row in family.rows}

    @cached_property
    def objects(self) -> Mapping[str, ObjectKind]:
        return {kind.id: kind for family in self.table for kind in family.objects}

    def _lexicon(self, *kinds: type) -> Lexicon:
        words = self.language.words
        ids = (row.id for row in self.rows.values() if isinstance(row, kinds) and row.id in words)
        return Lexicon({row: words[row] for row in ids}, self.language.articles)

    @cached_property
    def event_phrases(self) -> Lexicon:
        return self._lexicon(EventEntry, AnyEvent)

    @cached_property
    def condition_phrases(self) -> Lexicon:
        return self._lexicon(ConditionEntry)

    @cached_property
    def action_phrases(self) -> Lexicon:
        return self._lexicon(ActionEntry)

    @cached_property
    def channel_words(self) -> dict[str, str]:
        return {word: channel for channel, noun in self.language.nouns.items() for word in noun.split("|")}

    @cached_property
    def ids_by_words(self) -> dict[str, str]:
        """The ids of events, by their words."""
        return {" ".join(words_of(id)): id for id, row in self.rows.items() if isinstance(row, EventEntry)}


# The words of every vocabulary that a `with scoped()` is open for, in this thread (or asynchronous task) alone.
_SCOPES: ContextVar[Mapping[Vocabulary, Words]] = ContextVar("vocabulary", default=MappingProxyType({}))


class Vocabulary:
    """What people can say now: the words that everybody has, or in a scope its own."""

    def __init__(self, table: Iterable[Family] = TABLE, language: Language = ENGLISH) -> None:
        self._shared = Words(tuple(table), language)

    @property
    def _words(self) -> Words:
        return _SCOPES.get().get(self, self._shared)

    @property
    def registered(self) -> Words:
        """The words as they are now. `register` never changes them: it puts others in their place."""
        return self._words

    @property
    def table(self) -> tuple[Family, ...]:
        return self._words.table

    @property
    def language(self) -> Language:
        return self._words.language

    @property
    def rows(self) -> Mapping[str, Entry]:
        """Every row by its id, in the order of the table."""
        return self._words.rows

    @property
    def objects(self) -> Mapping[str, ObjectKind]:
        """The kinds of related object by their ids."""
        return self._words.objects

    @property
    def words(self) -> Mapping[str, tuple[str, ...]]:
        return self.language.words

    @property
    def subjects(self) -> frozenset[str]:
        return self.language.subjects

    @property
    def articles(self) -> frozenset[str]:
        return self.language.articles

    @property
    def auxiliaries(self) -> frozenset[str]:
        return self.language.auxiliaries

    @property
    def event_phrases(self) -> Lexicon:
        return self._words.event_phrases

    @property
    def condition_phrases(self) -> Lexicon:
        return self._words.condition_phrases

    @property
    def action_phrases(self) -> Lexicon:
        return self._words.action_phrases

    @property
    def channel_words(self) -> dict[str, str]:
        """Channels by every noun they are called by: `emails` is email."""
        return self._words.channel_words

    def register(self, row: Entry | ObjectKind, *words: str, family: str = "own") -> None:
        """Add a row with the patterns it is spoken by (or a kind of object, which has none) to a family.

        From then on it works in triggers, counts, waits, goals, scenarios, tables, completion and `page`. A kind comes
        before the events about it, an event before the action that causes it.

        Raises ValueError: Clash when its id or a phrase is taken, Unfit when it does not hold together.

        >>> studio = Vocabulary()
        >>> studio.register(EventEntry(Event("mat.rented", "mat")), "rents/rented/renting/rent mat|mats [<object>]")
        >>> studio.event_id("client rented a mat")
        'mat.rented'
        """
        check_fits(row, words, self.rows, self.objects)
        language = replace(self.language, words={**self.words, row.id: words}) if words else self.language
        new = Words(_with(self.table, row, family), language)
        _ = (new.event_phrases, new.condition_phrases, new.action_phrases)  # raises before anything has changed
        if self in _SCOPES.get():
            _SCOPES.set({**_SCOPES.get(), self: new})
        else:
            self._shared = new

    @contextmanager
    def scoped(self) -> Iterator[Vocabulary]:
        """What is registered inside is forgotten at the end, and no other thread or asynchronous task sees it.

        >>> with VOCABULARY.scoped() as own:
        ...     own.register(EventEntry(Event("mat.rented", "mat")), "rents/rented/renting/rent mat")
        ...     event_id("rents mat")
        'mat.rented'
        >>> event_id("rents mat") is None
        True
        """
        outside = _SCOPES.get()
        _SCOPES.set({**outside, self: self._words})
        try:
            yield self
        finally:
            _SCOPES.set(outside)

    def event(self, id: str) -> EventEntry:
        """The row of an event id. Raises KeyError for an unknown one."""
        row = self.rows[id]
        if not isinstance(row, EventEntry):
            raise KeyError(id)
        return row

    def kinds(self, id: str) -> tuple[str, ...]:
        """The event ids that an event row stands for: one, or one a channel for `opened "L"`."""
        row = self.rows[id]
        return row.events if isinstance(row, AnyEvent) else (id,)

    def set_event(self, kind: str, field: str, value: object) -> str:
        """The event that setting a field of a related object causes, or (kind "") a column of the contact; "" for none.

        The one that stands for this very value, else the one that carries any, else that the object has changed.

        >>> VOCABULARY.set_event("invoice", "status", "paid"), VOCABULARY.set_event("event", "start", "2026-03-01")
        ('invoice.paid', 'event.changed')
        """
        setting = [event for event in self._events if event.sets == field and event.about == kind]
        fitting = [event.id for value_ in (value, "") for event in setting if event.value == value_]
        changed = f"{kind}.changed"
        return fitting[0] if fitting else changed if changed in self.rows else ""

    @property
    def _events(self) -> Iterable[Event]:
        return (row.event for row in self.rows.values() if isinstance(row, EventEntry))

    def after_subject(self, tokens: Sequence[str]) -> int:
        """How many tokens name the contact at the beginning: 2 for `the member joins …`.

        >>> VOCABULARY.after_subject(["the", "member", "joins"])
        2
        """
        at = 0
        while at < len(tokens) and tokens[at] in self.articles:
            at += 1
        return at + 1 if at < len(tokens) and tokens[at] in self.subjects else 0

    def read(self, lexicon: Lexicon, tokens: Sequence[str]) -> tuple[int, Reading | None]:
        """The longest known phrase, with or without subject and auxiliary before it, and the token it begins at.

        >>> VOCABULARY.read(VOCABULARY.event_phrases, ["the", "client", "has", "bought", "an", "offer"])
        (3, Reading(id='offer.bought', slots=(), used=3))
        """
        start = self.after_subject(tokens)
        starts = [0, start] if start else [0]
        if start < len(tokens) and tokens[start] in self.auxiliaries:
            starts.append(start + 1)
        found = [(begin, reading) for begin in starts if (reading := lexicon.longest(tokens, begin))]
        return max(found, key=lambda each: each[0] + each[1].used, default=(start, None))

    def next_words(self, tokens: Sequence[str], *lexicons: Lexicon) -> tuple[str, ...]:
        """What can come next in a phrase of these lexicons (none: events): words, and NAMES where a name can stand.

        >>> VOCABULARY.next_words(["client", "misses"])
        ('class', 'classes', 'step', 'steps', 'webinar', 'webinars')
        >>> VOCABULARY.next_words(["leaves", "the", "group"]) == (NAMES,)
        True
        """
        start = self.after_subject(tokens)
        starts = {0, start} | (
            {start + 1} if tokens[start : start + 1] and tokens[start] in self.auxiliaries else set()
        )
        found = {word for each in lexicons or (self.event_phrases,) for at in starts for word in each.after(tokens, at)}
        return tuple(sorted(found | (self.subjects if all(token in self.articles for token in tokens) else set())))

    def event_id(self, text: str) -> str | None:
        """The id of an event as a table writes it: an id, or a phrase in any tense, with or without subject.

        A message phrase without a channel means e-mail. None for anything else: then it is the name of a custom event.

        >>> event_id("member joins a program"), event_id("joined program"), event_id("program.joined")
        ('program.joined', 'program.joined', 'program.joined')
        >>> event_id("checkout_started") is None
        True
        """
        row = self.rows.get(text)
        if isinstance(row, EventEntry):
            return row.id
        tokens = re.sub(r'"[^"]*"', f" {NAMES} ", text).casefold().split()
        start, reading = self.read(self.event_phrases, tokens)
        if reading is None or start + reading.used != len(tokens):
            return None
        return self.kinds(reading.id)[0]

    def same_event(self, text: str) -> str | None:
        """The id or phrase that a custom name is but for case and signs between its words; None for any other name.

        >>> VOCABULARY.same_event("Program.Joined"), VOCABULARY.same_event("buys_offer")
        ('program.joined', 'buys offer')
        >>> VOCABULARY.same_event("plan_upgraded") is None
        True
        """
        said = " ".join(words_of(re.sub(r'"[^"]*"', " ", text)))
        known = self._words.ids_by_words.get(said)
        return known or (said if self.event_id(said) else None)

    def near_event(self, text: str) -> str | None:
        """The phrase that was probably meant where `event_id` finds none; None if no phrase is similar.

        >>> VOCABULARY.near_event("member joind a program"), VOCABULARY.near_event("door opened twice")
        ('joined program', None)
        """
        tokens = re.sub(r'"[^"]*"', " ", text).casefold().split()
        said = " ".join(each for each in tokens[self.after_subject(tokens) :] if each not in self.articles)
        return suggest(said, self.event_phrases.phrases, 0.88) or None

    def say(
        self,
        id: str,
        names: Sequence[str] = (),
        fields: Mapping[str, Sequence[str]] | None = None,
        form: Form = "third",
    ) -> str:
        """An event's phrase with its names: how a trigger, a story or a text made from a plan says it.

        >>> VOCABULARY.say("step.completed", ["S1", "S2"], {"program": ["Yoga"]}, "past")
        'completed step "S1" or "S2" of program "Yoga"'
        """
        slots = {field: quoted(values) for field, values in (fields or {}).items()}
        if names:
            slots["object"] = quoted(names)
        return self.event_phrases.say(id, slots, form)


def _with(table: tuple[Family, ...], row: Entry | ObjectKind, into: str) -> tuple[Family, ...]:
    """The table with a row, or a kind of object, at the end of a family, which may be a new one."""
    if all(family.id != into for family in table):
        table = (*table, Family(into))
    rows, objects = ((), (row,)) if isinstance(row, ObjectKind) else ((row,), ())
    return tuple(
        replace(each, rows=(*each.rows, *rows), objects=(*each.objects, *objects)) if each.id == into else each
        for each in table
    )


def quoted(names: Sequence[str]) -> str:
    """Names as a program writes them.

    >>> quoted(["A", 'the "B"'])
    '"A" or "the \\\\"B\\\\""'
    """
    texts = (name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for name in names)
    return " or ".join(f'"{text}"' for text in texts)


VOCABULARY = Vocabulary()
event_id = VOCABULARY.event_id
register = VOCABULARY.register
