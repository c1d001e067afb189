"""Reads tables of contacts, events, objects and a catalogue into packed, checked columns.

Nothing of the user's is changed, nothing wrong gets past: `open_tables` reads all tables to their ends and raises one
DataError with every kind of diagnostic in them, its rows, a cell as written and a correct example.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.tables.cells import Cell as Cell
from flowdsl.tables.events import Events as Events
from flowdsl.tables.events import Occurrence as Occurrence
from flowdsl.tables.events import events_from
from flowdsl.tables.events import read_events as read_events
from flowdsl.tables.needs import EVERYTHING
from flowdsl.tables.needs import FindEvent as FindEvent
from flowdsl.tables.needs import TableNeeds as TableNeeds
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
from flowdsl.tables.sources import TableSources as TableSources


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables of a simulation."""

    contacts: Contacts
    events: Events = field(default_factory=Events)
    objects: Objects = field(default_factory=Objects)
    catalogue: Catalogue = field(default_factory=Catalogue)


def open_tables(sources: TableSources, needs: TableNeeds = EVERYTHING) -> Tables:
    """Open all tables of a simulation, as far as they are needed. None of them is in parts.

    Raises DataError with every diagnostic of every table.

    >>> import pandas as pd
    >>> len(open_tables(TableSources(pd.DataFrame({"contact": ["c1", "c2"]}))).contacts)
    2
    """
    findings = DiagnosticCollector()
    contacts, events, objects = cast("tuple[Table, Table | None, Table | None]", sources.people)
    catalogue = sources.catalogue
    people = contacts_from(contacts, None, findings, needs)
    tables = Tables(
        people,
        Events() if events is None else events_from(events, people, findings, needs),
        Objects() if objects is None else objects_from(objects, people, findings, needs),
        Catalogue() if catalogue is None else catalogue_from(catalogue, findings, needs),
    )
    raise_any(findings)
    return tables
