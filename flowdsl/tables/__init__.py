"""The door: tables of contacts, events, objects and a catalogue go in; packed, checked columns come out, or one report.

Nothing of the user's is changed, nothing wrong gets past: `open_tables` reads all tables to their ends and raises one
DataError with every kind of diagnostic in them, the rows it stands in, a cell as written and a right example.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from flowdsl import vocabulary
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.tables.cells import Cell as Cell
from flowdsl.tables.events import Events as Events
from flowdsl.tables.events import FindEvent as FindEvent
from flowdsl.tables.events import Listens, events_from
from flowdsl.tables.events import Occurrence as Occurrence
from flowdsl.tables.events import read_events as read_events
from flowdsl.tables.objects import Catalogue as Catalogue
from flowdsl.tables.objects import Objects as Objects
from flowdsl.tables.objects import catalogue_from, objects_from
from flowdsl.tables.objects import read_catalogue as read_catalogue
from flowdsl.tables.objects import read_objects as read_objects
from flowdsl.tables.people import Contacts as Contacts
from flowdsl.tables.people import Row as Row
from flowdsl.tables.people import contacts_from
from flowdsl.tables.people import read_contacts as read_contacts
from flowdsl.tables.sheets import Table as Table
from flowdsl.tables.sheets import raise_any


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything a simulation is told about the world before it begins."""

    contacts: Contacts
    events: Events = field(default_factory=Events)
    objects: Objects = field(default_factory=Objects)
    catalogue: Catalogue = field(default_factory=Catalogue)


def open_tables(
    contacts: Table,
    events: Table | None = None,
    objects: Table | None = None,
    catalogue: Table | None = None,
    *,
    key: str | None = None,
    columns: Collection[str] | None = None,
    families: Collection[str] | None = None,
    wanted: Collection[str] | None = None,
    with_objects: bool = True,
    fields: Collection[str] | None = None,
    expected: Mapping[str, str] | None = None,
    expected_fields: Mapping[str, str] | None = None,
    bounds: Mapping[str, float] | None = None,
    event_id: FindEvent = vocabulary.event_id,
    listened: Collection[str] = (),
    listens: Listens | None = None,
    used: Collection[str] = (),
) -> Tables:
    """Open all tables of a simulation; options as in `read_contacts` and `read_events`.

    listens says which events the program takes notice of: the others are counted (None: no event is).
    expected and bounds speak of contact columns, expected_fields of fields of events, objects and the catalogue.

    Raises DataError with every diagnostic of every table.

    >>> import pandas as pd
    >>> len(open_tables(pd.DataFrame({"contact": ["c1", "c2"]})).contacts)
    2
    """
    findings = DiagnosticCollector()
    people = contacts_from(
        contacts, key, findings, columns=columns, families=families, expected=expected, bounds=bounds, used=used
    )
    tables = Tables(
        people,
        Events()
        if events is None
        else events_from(
            events,
            people,
            findings,
            wanted=wanted,
            with_objects=with_objects,
            fields=fields,
            expected=expected_fields,
            event_id=event_id,
            listened=listened,
            listens=listens,
        ),
        Objects()
        if objects is None
        else objects_from(objects, people, findings, fields=fields, expected=expected_fields),
        Catalogue() if catalogue is None else catalogue_from(catalogue, findings, expected=expected_fields),
    )
    raise_any(findings)
    return tables
