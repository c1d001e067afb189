"""Reads the table of contacts: ids, and the columns, sets and consents that a plan uses.

Nothing is kept per contact but references into columns; `row(i)` puts one contact together when its turn comes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.tables import cells
from flowdsl.tables import columns as column_types
from flowdsl.tables.arrays import Texts, taken
from flowdsl.tables.cells import Cell, Cells
from flowdsl.tables.headings import instead, note_contacts, renamed
from flowdsl.tables.lookup import are_different, places
from flowdsl.tables.needs import TableNeeds
from flowdsl.tables.reserved import NO_NAMES, Names, consents, sets, zones
from flowdsl.tables.sheets import Codes, Sheet, Table, note_rows, open_sheet, raise_any
from flowdsl.vocabulary.columns import ID_COLUMNS as ID_COLUMNS
from flowdsl.vocabulary.entries import FAMILIES

if TYPE_CHECKING:
    import pyarrow as pa


class Row(NamedTuple):
    """One contact at the start: its known columns, the sets and consents of the table, its zone ("" unknown)."""

    columns: dict[str, Cell]
    sets: dict[str, Names]
    consent: dict[str, bool]
    zone: str


@dataclass(frozen=True)
class Contacts:
    """All contacts, by position in the table. Columns that are not there have no entry.

    types    column name -> "text" "number" "yes-no" "date" "time" "list" "empty", of every column of the table
    columns  column name -> a value per contact, None where it is not known; only requested columns
    sets     family -> a set of names per contact
    consent  channel -> whether the contact may be sent to; an empty cell is no consent
    zones    IANA names, "" where not known; empty when there is no column
    """

    ids: Sequence[str]
    key: str = "contact"
    types: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Cells] = field(default_factory=dict)
    sets: Mapping[str, Sequence[Names]] = field(default_factory=dict)
    consent: Mapping[str, Sequence[bool]] = field(default_factory=dict)
    zones: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, position: int) -> Row:
        """One contact's columns, sets, consents and zone."""
        columns, sets, consent = (
            self.columns,
            self.sets,
            self.consent,
        )  # mostly empty; read for every contact
        return Row(
            {name: cell for name, one in columns.items() if (cell := one[position]) is not None} if columns else {},
            {family: names[position] for family, names in sets.items()} if sets else {},
            {channel: given[position] for channel, given in consent.items()} if consent else {},
            self.zones[position] if self.zones else "",
        )

    def joined_by(self, ids: Sequence[str], like: Sequence[int]) -> Contacts:
        """These contacts and behind them more, each `like` the one at a position; -1: nothing is known of it.

        >>> Contacts(["c1"], columns={"plan": ["pro"]}).joined_by(["n1", "n2"], [0, -1]).columns
        {'plan': ['pro', 'pro', None]}
        """
        every = self.ids.extended(ids) if isinstance(self.ids, Texts) else [*self.ids, *ids]
        return self._taken(every, np.append(np.arange(len(self)), np.asarray(like, dtype=np.int64)))

    def copies(self, ids: Sequence[str], like: Sequence[int]) -> Contacts:
        """More contacts by themselves, each `like` the one at a position of these; -1: nothing is known of it.

        >>> Contacts(["c1"], columns={"plan": ["pro"]}).copies(["n1", "n2"], [0, -1]).columns
        {'plan': ['pro', None]}
        """
        return self._taken(ids, np.asarray(like, dtype=np.int64))

    def _taken(self, ids: Sequence[str], places: Codes) -> Contacts:
        """Contacts under ids of their own, with all that is known of those at some places; -1: nothing is."""
        known = {name: taken(column, places, None) for name, column in self.columns.items() if name != self.key}
        if self.key in self.columns:
            known[self.key] = ids
        return replace(
            self,
            ids=ids,
            columns=known,
            sets={family: taken(names, places, NO_NAMES) for family, names in self.sets.items()},
            consent={channel: taken(given, places, False) for channel, given in self.consent.items()},
            zones=taken(self.zones, places, "") if self.zones else (),
        )

    def position(self, contact: str) -> int | None:
        """Where the contact with this id stands, or None when there is none."""
        return self._positions.get(contact)

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {contact: position for position, contact in enumerate(self.ids)}

    def places(self, wanted: pa.Array | None) -> Codes | None:
        """Positions of many ids at once, -1 for those that are not there; None where cells must be read one by one."""
        return None if wanted is None or not isinstance(self.ids, Texts) else places(self.ids, wanted)

    def find(self, different: Sequence[str]) -> Codes:
        """Positions of many ids at once, -1 for those that are not there."""
        places = dict(zip(self.ids, range(len(self.ids)), strict=True))  # not kept: many simulations never ask again
        return np.fromiter((places.get(contact, -1) for contact in different), dtype=np.int64, count=len(different))


UNREAD = Contacts([], key="")  # what could not be opened: nobody is missing from it


def read_contacts(
    table: Table,
    key: str | None = None,
    *,
    columns: Collection[str] | None = None,
    families: Collection[str] | None = None,
    expected: Mapping[str, str] | None = None,
    bounds: Mapping[str, float] | None = None,
    used: Collection[str] = (),
) -> Contacts:
    """Read a contact table: one row each, the id under `contact`, `contact_id`, `id` or the column named by `key`.

    columns and families are those the plan uses (None: all); others are looked at for their type alone. expected says
    as what type ("text" "number" "yes-no" "date") the program compares a column, bounds which columns hold numbers from
    0 to so much only. used: further columns that the program knows of, so that their names may be nearly reserved.

    Raises DataError with every diagnostic of the table.

    >>> people = read_contacts(pd.DataFrame({"id": [7, 8], "plan": ["pro", None], "tags": ["vip;new", None]}))
    >>> people.ids, people.types["plan"], sorted(people.row(0).sets["tags"])
    (['7', '8'], 'text', ['new', 'vip'])
    """
    findings = DiagnosticCollector()
    needs = TableNeeds(columns=columns, families=families, expected=expected or {}, bounds=bounds or {}, used=used)
    contacts = contacts_from(table, key, findings, needs)
    raise_any(findings)
    return contacts


def contacts_from(table: Table, key: str | None, findings: DiagnosticCollector, needs: TableNeeds) -> Contacts:
    """Read a contact table as far as it can be read; diagnostics are added to the findings."""
    columns, families = needs.columns, FAMILIES if needs.families is None else needs.families
    sheet = open_sheet(table, "contacts", findings)
    if sheet is None:
        return UNREAD
    id_column = _id_column(sheet, key, findings)
    known = {id_column, *(columns or ()), *needs.expected, *needs.bounds, *needs.used}
    note_contacts(sheet.columns, sheet.name, known, families, findings)
    types: dict[str, str] = {}
    values: dict[str, Cells] = {}
    for name in sheet.columns:
        if name != id_column:
            is_wanted = _is_wanted(name, columns)
            types[name], values[name] = _attribute(sheet, name, needs.expected.get(name, ""), is_wanted, findings)
    for name, most in needs.bounds.items():
        if types.get(name) == "number":
            _note_out_of_bounds(sheet, name, most, findings)
    ids = _ids(sheet, id_column, findings) if id_column else []
    if id_column:
        types[id_column] = "text"
        values[id_column] = ids
    return Contacts(
        ids,
        id_column,
        types,
        {name: column for name, column in values.items() if _is_wanted(name, columns)},
        sets(sheet, families, findings),
        consents(sheet, findings),
        zones(sheet, findings),
    )


def _is_wanted(name: str, columns: Collection[str] | None) -> bool:
    return name not in FAMILIES if columns is None else name in columns


# --- ids --------------------------------------------------------------------------------------------------------------


def _id_column(sheet: Sheet, key: str | None, findings: DiagnosticCollector) -> str:
    """The heading of the ids, or "" (then the findings say what was looked for)."""
    wanted = (key,) if key else ID_COLUMNS
    found = next((name for name in wanted if name in sheet.columns), "")
    if not found:
        near = instead(wanted, sheet.columns)
        called = next(iter(near), "")
        hint = f'; is it "{called}"? Then say key="{called}", or {renamed(near, "contacts")}' if near else ""
        if sheet.frame.index.name in wanted:
            hint = "; the ids are the index of this frame: pass contacts.reset_index()"
        findings.add(
            "E504",
            f"no column is called {' or '.join(wanted)}",
            sheet.name,
            words=", ".join(sheet.columns[:20]),
            reason=f"every contact needs an id{hint}",
            example="contact,plan",
        )
    return found


def _ids(sheet: Sheet, name: str, findings: DiagnosticCollector) -> Sequence[str]:
    """The ids: packed as they are if all are correct, otherwise cell by cell, so that each error is reported."""
    series = sheet.column(name)
    plain = cells.arrow_texts(series)
    if plain is not None and _are_fit(plain, sheet.is_text):
        return Texts.of_arrow(plain)
    cells_there = series.tolist()
    ids = [cell if type(cell) is str else cells.as_text(cell) for cell in cells_there]
    decimal = np.fromiter((_is_decimal(cell, sheet.is_text) for cell in cells_there), dtype=bool, count=len(ids))
    empty = np.fromiter((not text or text.isspace() for text in ids), dtype=bool, count=len(ids))
    note_rows(
        findings,
        "E506",
        f'decimal numbers as ids in "{name}" ({{rows}})',
        sheet,
        decimal,
        words=next((cell for cell, wrong in zip(cells_there, decimal, strict=True) if wrong), ""),
        reason="ids are texts or whole numbers; pandas makes decimals of whole numbers where a cell is empty",
        example=f'contacts["{name}"] = contacts["{name}"].astype("Int64").astype("string")',
    )
    note_rows(
        findings,
        "E505",
        f'no id in "{name}" ({{rows}})',
        sheet,
        empty,
        reason="a contact without id could not be found again in the results",
        example="c1",
    )
    if len(set(ids)) < len(ids):
        _note_twice(sheet, name, ids, empty | decimal, findings)
    return ids


def _are_fit(texts: pa.Array, is_text: bool) -> bool:
    """Whether all are there, different, and no decimal numbers."""
    import pyarrow.compute as pc

    wrong = [pc.equal(pc.binary_length(texts), 0), pc.utf8_is_space(texts)]
    if is_text:
        wrong.append(pc.ends_with(texts, ".0"))
    if texts.null_count or any(pc.any(one).as_py() for one in wrong):
        return False
    return are_different(Texts.of_arrow(texts))


def _is_decimal(cell: object, is_text: bool) -> bool:
    if is_text:
        return isinstance(cell, str) and cell.endswith(".0") and cell[:-2].lstrip("-").isdigit()
    return isinstance(cell, float | np.floating) and cell == cell


def _note_twice(sheet: Sheet, name: str, ids: list[str], blank: Any, findings: DiagnosticCollector) -> None:
    twice = pd.Series(ids, dtype=object).duplicated(keep=False).to_numpy() & ~blank
    note_rows(
        findings,
        "E507",
        f'ids in "{name}" that are in several rows ({{rows}})',
        sheet,
        twice,
        words=next((contact for contact, again in zip(ids, twice, strict=True) if again), ""),
        reason="one row is one contact",
        example=f'contacts.drop_duplicates("{name}")',
    )


# --- attributes -------------------------------------------------------------------------------------------------------


def _note_out_of_bounds(sheet: Sheet, name: str, most: float, findings: DiagnosticCollector) -> None:
    numbers = pd.to_numeric(sheet.column(name), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = (numbers < 0) | (numbers > most)
    note_rows(
        findings,
        "E514",
        f'no number from 0 to {most:g} in "{name}" ({{rows}})',
        sheet,
        wrong,
        words=sheet.column(name).iloc[int(np.argmax(wrong))] if wrong.any() else "",
        reason="the scenario reads " + ("how likely" if most == 1 else "how often") + " something is from this column",
        example="0.35" if most == 1 else "0.5",
    )


_RIGHT = {"date": "2026-03-31", "number": "3.5", "yes-no": "yes"}
_CALLED = {"date": "a date", "number": "a number", "yes-no": "yes or no"}


def _attribute(
    sheet: Sheet, name: str, expected: str, wanted: bool, findings: DiagnosticCollector
) -> tuple[str, Cells]:
    """The type of a column, and its values when they are wanted."""
    series = sheet.column(name)
    found = column_types.read(series, is_text=sheet.is_text, expected=expected, wanted=wanted)
    note_wrong(sheet, name, found, expected, findings)
    in_set = name in FAMILIES and found.type != "empty"
    return ("list" if in_set else found.type), found.values


def note_wrong(sheet: Sheet, name: str, found: column_types.Read, expected: str, findings: DiagnosticCollector) -> None:
    """Note the cells that are not of the type the program compares their column as."""
    if found.wrong is None:
        return
    note_rows(
        findings,
        "E513",
        f'not {_CALLED[expected]} in "{name}" ({{rows}})',
        sheet,
        found.wrong,
        words=sheet.column(name).iloc[int(np.argmax(found.wrong))],
        reason=f"the program reads this column as {_CALLED[expected]}; an empty cell would be fine",
        example=_RIGHT[expected],
    )
