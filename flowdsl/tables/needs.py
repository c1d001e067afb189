"""What a program needs of the tables: which columns, sets, events and objects are kept, and as what they are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from flowdsl import vocabulary

FindEvent: TypeAlias = Callable[[str], str | None]
Listens: TypeAlias = Callable[[str, str], bool]  # id and name of an event -> the program takes notice of it


@dataclass(frozen=True, kw_only=True, slots=True)
class TableNeeds:
    """What is kept of the tables. Without any argument: everything.

    columns          of contacts (None: all); others are looked at for their type alone
    families         the sets of contacts: tags, segments… (None: all)
    expected         column of contacts -> the type ("text" "number" "yes-no" "date") that the program compares it as
    bounds           columns of contacts that hold numbers from 0 to this number
    used             further columns that the program knows of, so that their names may be nearly reserved
    events           ids of the events that the program takes notice of (None: all)
    with_objects     rows of events with an `object_id` of all events are kept, because they update their object
    fields           of events and objects (None: all)
    expected_fields  field of events, objects or the catalogue -> its type, as for columns
    event_id         finds the id of an event that a table names
    listened         names of custom events that the program speaks of: those alone may speak of consent under a name
                     that the vocabulary does not know
    listens          whether the program takes notice of an event: the others are counted (None: no event is)
    """

    columns: Collection[str] | None = None
    families: Collection[str] | None = None
    expected: Mapping[str, str] = field(default_factory=dict)
    bounds: Mapping[str, float] = field(default_factory=dict)
    used: Collection[str] = ()
    events: Collection[str] | None = None
    with_objects: bool = True
    fields: Collection[str] | None = None
    expected_fields: Mapping[str, str] = field(default_factory=dict)
    event_id: FindEvent = vocabulary.event_id
    listened: Collection[str] = ()
    listens: Listens | None = None


EVERYTHING = TableNeeds()
