"""A row of the vocabulary: a stable id and its meaning; its words are in one table per language.

A row never says how it is spoken, so a second language is a second table of words and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from flowdsl.plan.expressions import CHANNELS as CHANNELS
from flowdsl.plan.expressions import FLAGS as FLAGS
from flowdsl.plan.expressions import Event

# The sets that a contact may have as columns of its own; a row of the vocabulary may bring another.
FAMILIES = ("tags", "groups", "programs", "memberships", "courses", "bundles", "campaigns", "badges", "leads")


@dataclass(frozen=True, slots=True)
class EventEntry:
    """An event: what it does to a contact's cells, and the fields it carries besides its object.

    needs_name: the phrase says nothing without a name (`event becomes "confirmed"`).
    """

    event: Event
    fields: tuple[str, ...] = ()
    needs_name: bool = False

    @property
    def id(self) -> str:
        return self.event.id


@dataclass(frozen=True, slots=True)
class AnyEvent:
    """A phrase that means several events: `opened "L"` is on any channel. Where only one can be meant: the first."""

    id: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConditionEntry:
    """A state: `has` looks into one of the contact's sets, `consent` at a channel. negated: `has no tag "x"`."""

    id: str
    kind: Literal["has", "consent"]
    of: str  # the set (tags, groups…) or the channel
    negated: bool = False
    needs_name: bool = False


@dataclass(frozen=True, slots=True)
class ActionEntry:
    """An action. `of` is the channel of a send, the set of a put, the column of the contact that an assign sets to the
    action's name; `event` is caused when that changes something."""

    id: str
    kind: Literal["send", "put", "assign", "begin", "halt", "do"]
    of: str = ""
    present: bool = True
    event: str = ""
    needs_name: bool = True


Entry: TypeAlias = EventEntry | AnyEvent | ConditionEntry | ActionEntry


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """A kind of related object (`event.start`): its usual fields; others are allowed, they come with the data."""

    id: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """Rows and kinds of object that belong together, as people look for them; what it is called is a word."""

    id: str
    rows: tuple[Entry, ...] = ()
    objects: tuple[ObjectKind, ...] = ()


@dataclass(frozen=True)
class Language:
    """Every word of one language, by the ids of what it means: another language is another one of these.

    words        patterns of a row (lookup.py); a row without any cannot be said in this language
    nouns        patterns of the channels
    subjects     words for the contact; articles are skipped, auxiliaries may stand before a verb (`has bought`)
    families     what families are called, for headings
    """

    id: str
    words: Mapping[str, tuple[str, ...]]
    nouns: Mapping[str, str]
    subjects: frozenset[str]
    articles: frozenset[str]
    auxiliaries: frozenset[str] = frozenset()
    families: Mapping[str, str] = field(default_factory=dict)
