"""What tables of rows about contacts share: columns they need, the contacts they speak of, their further fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.tables import cells, columns
from flowdsl.tables.arrays import holds_any
from flowdsl.tables.cells import Cells
from flowdsl.tables.headings import instead, renamed
from flowdsl.tables.people import Contacts, note_wrong
from flowdsl.tables.sheets import Codes, Sheet, note_rows

NAMED = (
    "event",
    "object",
    "object_id",
    "kind",
    "name",
)  # columns of names; unknown ids of contacts are reported otherwise


def has_columns(sheet: Sheet, table: str, needed: Sequence[str], findings: DiagnosticCollector) -> bool:
    """Whether all of these columns are there; those that are not become one finding. table: events, objects…"""
    lacking = [name for name in needed if name not in sheet.columns]
    if lacking:
        near = instead(lacking, [name for name in sheet.columns if name not in needed])
        hint = f"; probably {renamed(near, table)}" if near else ""
        findings.add(
            "E504",
            f"no column is called {' and none '.join(lacking)}",
            sheet.name,
            words=", ".join(sheet.columns[:20]),
            reason=f"this table needs the columns {', '.join(needed)}{hint}",
            example=",".join(needed),
        )
    return not lacking


def note_blanks(sheet: Sheet, name: str, codes: Codes, texts: Sequence[str], findings: DiagnosticCollector) -> None:
    """Note names with blanks around them; codes -1 stand for cells without a name."""
    bad = np.fromiter((text != text.strip() for text in texts), dtype=bool, count=len(texts))
    if bad.any():
        wrong = (codes >= 0) & bad[codes]
        note_rows(
            findings,
            "E520",
            f'names with blanks around them in "{name}" ({{rows}})',
            sheet,
            wrong,
            words=f'"{texts[codes[int(np.argmax(wrong))]]}"' if wrong.any() else "",
            reason="names are compared exactly, blanks included",
            example=f'in pandas: table["{name}"].str.strip()',
        )


def filled(sheet: Sheet, name: str, findings: DiagnosticCollector) -> tuple[Codes, list[str]]:
    """A column of names that every row must have: codes and the different texts."""
    codes, texts = cells.names(sheet.column(name))
    if name in NAMED:
        note_blanks(sheet, name, codes, texts, findings)
    note_rows(
        findings,
        "E505",
        f'nothing in "{name}" ({{rows}})',
        sheet,
        codes < 0,
        reason=f'every row of this table needs its "{name}"',
        example={"event": "joins program", "kind": "event", "object_id": "e1"}.get(name, "Yoga"),
    )
    return codes, texts


def people_in(sheet: Sheet, name: str, contacts: Contacts, findings: DiagnosticCollector) -> Codes:
    """Positions of the contacts that rows speak of, -1 where there is none (then the findings say so)."""
    known = contacts.places(cells.arrow_texts(sheet.column(name)))
    if known is not None and (not len(known) or known.min() >= 0):
        return known
    codes, texts = filled(sheet, name, findings)
    positions = contacts.find(texts)
    found = np.where(codes >= 0, positions[codes], -1) if len(texts) else codes
    unknown = (codes >= 0) & (found < 0)
    if unknown.any() and contacts.key:  # without a readable contacts table this would only echo its diagnostics
        first = texts[codes[int(np.argmax(unknown))]]
        note_rows(
            findings,
            "E508",
            "contacts that are not in the contacts table ({rows})",
            sheet,
            unknown,
            words=first,
            reason="every event and object belongs to a contact of the table" + _nearly(first, contacts),
            example=contacts.ids[0] if len(contacts) else "c1",
        )
    return found


def _nearly(text: str, contacts: Contacts) -> str:
    """A hint where an id differs in case, in blanks around it, or in the .0 of a decimal only."""
    wanted = {text.strip().casefold(), text.strip().casefold().removesuffix(".0")}
    near = next((contact for contact in contacts.ids if contact.strip().casefold() in wanted), "")
    return f'; did you mean "{near}"?' if near else ""


def starts_of(people: Codes, how_many: int) -> Sequence[int]:
    """Where the rows of each contact begin, and at the end how many rows there are; `people` is in order."""
    return cells.packed(np.searchsorted(people, np.arange(how_many + 1)).astype(np.int64))


def fields_of(
    sheet: Sheet,
    own: Collection[str],
    wanted: Collection[str] | None,
    expected: Mapping[str, str],
    findings: DiagnosticCollector,
    rows: Codes | None = None,
) -> dict[str, Cells]:
    """The wanted columns (None: all) but the table's `own`, at these rows; those without a value there are left out."""
    fields: dict[str, Cells] = {}
    for name in sheet.columns:
        if name not in own and (wanted is None or name in wanted or name in expected):
            want = expected.get(name, "")
            found = columns.read(sheet.column(name), is_text=sheet.is_text, expected=want, rows=rows)
            note_wrong(sheet, name, found, want, findings)
            if holds_any(found.values):
                fields[name] = found.values
    return fields
