"""Every word people can use, as data: phrases go in as tokens or text, stable ids and what they mean come out.

`table` holds the rows and what they mean, `english` their words, `lookup` finds the longest known phrase. A new
trigger, condition or action is one row and its words (`register`); no grammar and no engine learns of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from flowdsl.calculus import Event
from flowdsl.vocabulary import english
from flowdsl.vocabulary.entries import (
    CHANNELS,
    FAMILIES,
    FLAGS,
    ActionEntry,
    AnyEvent,
    ConditionEntry,
    Entry,
    EventEntry,
    ObjectKind,
)
from flowdsl.vocabulary.lookup import FORMS, NAMES, Clash, Form, Lexicon, Reading
from flowdsl.vocabulary.table import OBJECTS, ROWS

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
    "Form",
    "Lexicon",
    "ObjectKind",
    "Reading",
    "Vocabulary",
    "event_id",
    "quoted",
    "register",
]


class Vocabulary:
    """Rows by id with their words in one language. Reading is cached; registering a row clears the cache."""

    def __init__(
        self,
        rows: Iterable[Entry] = ROWS,
        words: Mapping[str, tuple[str, ...]] = english.WORDS,
        objects: Iterable[ObjectKind] = OBJECTS,
    ) -> None:
        self.rows: dict[str, Entry] = {row.id: row for row in rows}
        self.words: dict[str, tuple[str, ...]] = dict(words)
        self.objects: dict[str, ObjectKind] = {kind.id: kind for kind in objects}
        self.subjects = english.SUBJECTS
        self.articles = english.ARTICLES
        self.auxiliaries = english.AUXILIARIES

    def _lexicon(self, *kinds: type) -> Lexicon:
        ids = (row.id for row in self.rows.values() if isinstance(row, kinds))
        return Lexicon({row: self.words[row] for row in ids}, self.articles)

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
        """Channels by every noun they are called by: `emails` is email."""
        return {word: channel for channel, noun in english.NOUNS.items() for word in noun.split("|")}

    def register(self, row: Entry, *words: str) -> None:
        """Add a row and the patterns it is spoken by. Raises ValueError (Clash) when id or phrase is taken.

        >>> studio = Vocabulary()
        >>> studio.register(EventEntry(Event("mat.rented", "mat")), "rents/rented/renting/rent mat [<object>]")
        >>> studio.event_id("client rented a mat")
        'mat.rented'
        """
        if row.id in self.rows:
            raise Clash(f"{row.id} is already in the vocabulary")
        trial = Vocabulary((*self.rows.values(), row), {**self.words, row.id: words}, self.objects.values())
        _ = (trial.event_phrases, trial.condition_phrases, trial.action_phrases)  # raises before anything has changed
        self.rows, self.words = trial.rows, trial.words
        for cached in ("event_phrases", "condition_phrases", "action_phrases"):
            self.__dict__.pop(cached, None)

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
