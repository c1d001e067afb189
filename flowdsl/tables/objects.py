"""Reads related objects and the catalogue: fields by kind and id."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.suggest import suggest
from flowdsl.tables.arrays import Coded
from flowdsl.tables.cells import Cell, Cells, clean
from flowdsl.tables.headings import note_others
from flowdsl.tables.needs import TableNeeds
from flowdsl.tables.people import Contacts
from flowdsl.tables.rows import fields_of, filled, has_columns, people_in, starts_of
from flowdsl.tables.sheets import Codes, Sheet, Table, note_rows, open_sheet, raise_any

Fields = dict[str, Cell]


def _no_rows() -> Sequence[int]:
    return array("q")


@dataclass(frozen=True)
class Objects:
    """The related objects of all contacts, grouped by contact as events are."""

    starts: Sequence[int] = field(default_factory=_no_rows)
    kinds: Sequence[str] = ()
    ids: Sequence[str] = ()
    fields: Mapping[str, Cells] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, position: int) -> dict[str, dict[str, Fields]]:
        """The objects of the contact at this position: kind -> object id -> fields; new dicts each time."""
        found: dict[str, dict[str, Fields]] = {}
        if self.ids:
            for row in range(self.starts[position], self.starts[position + 1]):
                found.setdefault(self.kinds[row], {})[self.ids[row]] = _cells_at(self.fields, row)
        return found

    def joined_by(self, more: int) -> Objects:
        """These objects, and more contacts behind who have none."""
        last = len(self)
        return replace(self, starts=array("q", [*self.starts, *[last] * more])) if self.ids else self


@dataclass(frozen=True)
class Catalogue:
    """What there is to join, buy or send: kind -> name -> fields. Of kinds it does not list, any name will do."""

    names: Mapping[str, Mapping[str, Fields]] = field(default_factory=dict)

    def knows(self, kind: str, name: str) -> bool:
        """Whether a name may be used: it is listed, or the catalogue lists nothing of that kind.

        >>> Catalogue({"program": {"Yoga": {}}}).knows("program", "Joga")
        False
        """
        return kind not in self.names or name in self.names[kind]

    def nearest(self, kind: str, name: str) -> str:
        """The listed name that is most like this one, or "".

        >>> Catalogue({"program": {"Yoga": {}}}).nearest("program", "Joga")
        'Yoga'
        """
        return suggest(name, self.names.get(kind, ()))


def read_objects(
    table: Table,
    contacts: Contacts,
    *,
    fields: Collection[str] | None = None,
    expected: Mapping[str, str] | None = None,
) -> Objects:
    """Read the objects that exist at the start: `kind`, `object_id`, `contact`, and fields (options as in read_events).

    Raises DataError with every diagnostic of the table.

    >>> rows = pd.DataFrame({"kind": ["event"], "object_id": ["e1"], "contact": ["c1"], "status": ["new"]})
    >>> read_objects(rows, Contacts(["c1"])).of(0)
    {'event': {'e1': {'status': 'new'}}}
    """
    findings = DiagnosticCollector()
    objects = objects_from(table, contacts, findings, TableNeeds(fields=fields, expected_fields=expected or {}))
    raise_any(findings)
    return objects


def objects_from(table: Table, contacts: Contacts, findings: DiagnosticCollector, needs: TableNeeds) -> Objects:
    """Read an objects table as far as it can be read; diagnostics are added to the findings."""
    sheet = open_sheet(table, "objects", findings)
    if sheet is None:
        return Objects()
    key = next((name for name in ("contact", "contact_id", contacts.key) if name in sheet.columns), "contact")
    if not has_columns(sheet, "objects", ("kind", "object_id", key), findings):
        return Objects()
    note_others(sheet.columns, sheet.name, "objects", needs.fields or (), findings)
    people = people_in(sheet, key, contacts, findings)
    kind_codes, kinds = filled(sheet, "kind", findings)
    id_codes, ids = filled(sheet, "object_id", findings)
    _note_twice(sheet, (people, kind_codes, id_codes), "kind and object_id of one contact", findings)
    usable = np.flatnonzero((people >= 0) & (kind_codes >= 0) & (id_codes >= 0))
    rows = usable[np.argsort(people[usable], kind="stable")]
    return Objects(
        starts_of(people[rows], len(contacts)),
        Coded(kind_codes[rows], [clean(kind) for kind in kinds], ""),
        Coded(id_codes[rows], ids, ""),
        fields_of(sheet, ("kind", "object_id", key), needs.fields, needs.expected_fields, findings, rows),
    )


def read_catalogue(table: Table, *, expected: Mapping[str, str] | None = None) -> Catalogue:
    """Read a catalogue: `kind`, `name`, and fields (option as in read_events).

    Raises DataError with every diagnostic of the table.

    >>> read_catalogue(pd.DataFrame({"kind": ["program"], "name": ["Yoga"], "steps": [3]})).names
    {'program': {'Yoga': {'steps': 3}}}
    """
    findings = DiagnosticCollector()
    catalogue = catalogue_from(table, findings, TableNeeds(expected_fields=expected or {}))
    raise_any(findings)
    return catalogue


def catalogue_from(table: Table, findings: DiagnosticCollector, needs: TableNeeds) -> Catalogue:
    """Read a catalogue as far as it can be read; diagnostics are added to the findings."""
    sheet = open_sheet(table, "catalogue", findings)
    if sheet is None or not has_columns(sheet, "catalogue", ("kind", "name"), findings):
        return Catalogue()
    note_others(sheet.columns, sheet.name, "catalogue", needs.expected_fields, findings)
    kind_codes, kinds = filled(sheet, "kind", findings)
    name_codes, names = filled(sheet, "name", findings)
    _note_twice(sheet, (kind_codes, name_codes), "kind and name", findings)
    fields = fields_of(sheet, ("kind", "name"), None, needs.expected_fields, findings)
    found: dict[str, dict[str, Fields]] = {}
    for row, (kind, name) in enumerate(zip(kind_codes.tolist(), name_codes.tolist(), strict=True)):
        if kind >= 0 and name >= 0:
            found.setdefault(clean(kinds[kind]), {})[clean(names[name])] = _cells_at(fields, row)
    return Catalogue(found)


def _cells_at(fields: Mapping[str, Cells], row: int) -> Fields:
    return {name: cell for name, column in fields.items() if (cell := column[row]) is not None}


def _note_twice(sheet: Sheet, keys: tuple[Codes, ...], what: str, findings: DiagnosticCollector) -> None:
    """Note rows whose keys all appear in another row, too; rows with an empty key have their own finding."""
    together = pd.DataFrame(dict(enumerate(keys)))
    twice = together.duplicated(keep=False).to_numpy() & (together >= 0).all(axis=1).to_numpy()
    note_rows(
        findings,
        "E507",
        f"{what} that are in several rows ({{rows}})",
        sheet,
        twice,
        reason="which of them would hold could not be known",
        example="one row for each",
    )
