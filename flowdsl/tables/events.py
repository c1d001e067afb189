"""Reads the table of events: for each contact its events in order, packed by column.

Rows are ordered by contact, then time (cut to ms), then their place in the table; `starts` says where each contact's
rows begin. Kinds of event that a plan takes no notice of are left out before anything is made of their cells.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api import types as kinds

from flowdsl import vocabulary
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.tables import cells
from flowdsl.tables.arrays import Coded, in_order
from flowdsl.tables.cells import Cell, Cells
from flowdsl.tables.columns import moments
from flowdsl.tables.headings import EVENTS, note_event_names, note_others
from flowdsl.tables.needs import FindEvent, Listens, TableNeeds
from flowdsl.tables.people import Contacts
from flowdsl.tables.rows import fields_of, filled, has_columns, note_blanks, people_in, starts_of
from flowdsl.tables.sheets import Codes, Column, Mask, Sheet, Table, note_rows, open_sheet, raise_any

CUSTOM = "custom.happened"
SHORTEST_TIME = 8  # `20260131` is the shortest text that names a day; shorter ones (`2026`, `now`) name none


class Occurrence(NamedTuple):
    """One event of a contact: when (ms), its id, the name of its object, the id of its related object, its fields."""

    time: int
    event: str
    name: str
    object_id: str
    fields: dict[str, Cell]


def _no_times() -> Sequence[int]:
    return array("q")


@dataclass(frozen=True)
class Events:
    """All events that matter, grouped by contact.

    starts   contact i has the rows starts[i] to starts[i + 1], in order of time and then of the table
    first    ms of the earliest row of the whole table (of the latest: last), None when it has no rows
    customs  names of custom events in the table, wanted or not (a check can ask whether one is a slip)
    ignored  id or custom name -> how many rows of the whole table the plan takes no notice of
    """

    starts: Sequence[int] = field(default_factory=_no_times)
    times: Sequence[int] = field(default_factory=_no_times)
    events: Sequence[str] = ()
    names: Sequence[str] = ()
    object_ids: Sequence[str] = ()
    fields: Mapping[str, Cells] = field(default_factory=dict)
    first: int | None = None
    last: int | None = None
    customs: tuple[str, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.times)

    def of(self, position: int) -> list[Occurrence]:
        """The events of the contact at this position, in the order in which they count."""
        return [Occurrence(*one) for one in self.each(position)]

    def each(self, position: int) -> Iterator[tuple[int, str, str, str, dict[str, Cell]]]:
        """What `of` gives, one at a time and as plain tuples: simulations pass here once an event."""
        if self.times:
            for row in range(self.starts[position], self.starts[position + 1]):
                object_id = self.object_ids[row] if self.object_ids else ""
                yield self.times[row], self.events[row], self.names[row], object_id, self._fields(row)

    def first_of(self, position: int, begin: int, until: int) -> int:
        """When (ms) the first event of a contact in begin to until comes; `until` when there is none."""
        if not self.times:
            return until
        stop = self.starts[position + 1]
        row = bisect_left(self.times, begin, self.starts[position], stop)
        return min(self.times[row], until) if row < stop else until

    def joined_by(self, more: Sequence[Occurrence], contacts: int) -> Events:
        """These events of this many contacts and behind them one of each of more contacts, in their order.

        >>> first = Occurrence(5, "program.joined", "Yoga", "", {})
        >>> Events().joined_by([first], 1).of(1) == [first]
        True
        """
        fields = {*self.fields, *(name for one in more for name in one.fields)}
        nothing = [None] * len(self)
        last = len(self)
        starts = self.starts if self.starts else [0] * (contacts + 1)
        return replace(
            self,
            starts=array("q", [*starts, *range(last + 1, last + len(more) + 1)]),
            times=array("q", [*self.times, *(one.time for one in more)]),
            events=_extended(self.events, [one.event for one in more]),
            names=_extended(self.names, [one.name for one in more]),
            object_ids=_extended(self.object_ids, ["" for _ in more]) if self.object_ids else (),
            fields={
                name: [*self.fields.get(name, nothing), *(one.fields.get(name) for one in more)] for name in fields
            },
        )

    def _fields(self, row: int) -> dict[str, Cell]:
        if not self.fields:
            return {}
        return {name: cell for name, column in self.fields.items() if (cell := column[row]) is not None}


def _extended(texts: Sequence[str], more: Sequence[str]) -> Sequence[str]:
    return texts.extended(more) if isinstance(texts, Coded) else [*texts, *more]


def read_events(
    table: Table,
    contacts: Contacts,
    *,
    wanted: Collection[str] | None = None,
    with_objects: bool = True,
    fields: Collection[str] | None = None,
    expected: Mapping[str, str] | None = None,
    event_id: FindEvent = vocabulary.event_id,
    listened: Collection[str] = (),
) -> Events:
    """Read an events table: `time`, `contact`, `event`, and if you like `object`, `object_id` and fields.

    wanted: ids of the events that the plan takes notice of (None: all); with_objects: rows with an `object_id` are kept
    of all events, because they update their object. fields: columns that the plan reads (None: all); expected: field
    -> the type ("text" "number" "yes-no" "date") that the program compares it as. listened: names of custom events that
    the program speaks of: those alone may speak of consent under a name that the vocabulary does not know.
    Where `event` is a custom name, that name is the event's object, and the row's own object is its field "object".

    Raises DataError with every diagnostic of the table.

    >>> people = Contacts(["c1", "c2"])
    >>> rows = pd.DataFrame({"time": ["2026-01-02", "2026-01-01"], "contact": ["c2", "c2"], "event": ["hop", "skip"]})
    >>> [one.name for one in read_events(rows, people, event_id=lambda text: None).of(1)]
    ['skip', 'hop']
    """
    findings = DiagnosticCollector()
    needs = TableNeeds(
        events=wanted,
        with_objects=with_objects,
        fields=fields,
        expected_fields=expected or {},
        event_id=event_id,
        listened=listened,
    )
    events = events_from(table, contacts, findings, needs)
    raise_any(findings)
    return events


def events_from(table: Table, contacts: Contacts, findings: DiagnosticCollector, needs: TableNeeds) -> Events:
    """Read an events table as far as it can be read; diagnostics are added to the findings."""
    sheet = open_sheet(table, "events", findings)
    if sheet is None:
        return Events()
    contact_column = next(
        (name for name in ("contact", "contact_id", contacts.key) if name in sheet.columns), "contact"
    )
    if not has_columns(sheet, "events", ("time", contact_column, "event"), findings):
        return Events()
    note_others(sheet.columns, sheet.name, "events", needs.fields or (), findings)
    people = people_in(sheet, contact_column, contacts, findings)
    times, known = _times(sheet, findings)
    codes, texts = filled(sheet, "event", findings)
    ids = [needs.event_id(cells.clean(text)) for text in texts]
    customs = tuple(cells.clean(text) for text, known_id in zip(texts, ids, strict=True) if known_id is None)
    note_event_names(customs, sheet.name, needs.listened, findings)
    updates = _updates(sheet, needs.with_objects)
    rows = _rows_wanted(codes, ids, needs.events, updates)
    usable = known & (people >= 0) & (codes >= 0)
    if not usable.all():  # only when there are diagnostics: then nothing will run
        rows = rows[usable[rows]]
    rows = rows[in_order(people[rows], times[rows])]
    names, own = _names(sheet, rows, codes[rows], texts, ids, findings)
    found = fields_of(sheet, {*EVENTS, contact_column}, needs.fields, needs.expected_fields, findings, rows)
    return Events(
        starts_of(people[rows], len(contacts)),
        cells.packed(times[rows]),
        Coded(codes[rows], [known_id or CUSTOM for known_id in ids], ""),
        names,
        _texts(sheet, "object_id", rows, findings) if "object_id" in sheet.columns else (),
        {**found, "object": own} if own is not None else found,
        int(times[known].min()) if known.any() else None,
        int(times[known].max()) if known.any() else None,
        customs,
        {} if needs.listens is None else _ignored(codes, texts, ids, updates, needs.listens),
    )


# --- the columns of events --------------------------------------------------------------------------------------------


def _times(sheet: Sheet, findings: DiagnosticCollector) -> tuple[Codes, Mask]:
    """Moments in ms and where they are known; what cannot be read is noted."""
    series = sheet.column("time")
    missing = series.isna().to_numpy()
    times, known = _parsed_times(series)
    note_rows(
        findings,
        "E505",
        'nothing in "time" ({rows})',
        sheet,
        missing,
        reason="an event without time has no place in the order of things",
        example="2026-01-31 09:00",
    )
    wrong = ~known & ~missing
    note_rows(
        findings,
        "E509",
        'times that cannot be read in "time" ({rows})',
        sheet,
        wrong,
        words=series.iloc[int(np.argmax(wrong))] if wrong.any() else "",
        reason="times are written year-month-day, then perhaps the time and the zone (none: UTC)",
        example="2026-01-31 09:00, or in pandas: pd.to_datetime(events.time, dayfirst=True)",
    )
    return times, known


def span_of(series: Column, before: tuple[int | None, int | None] = (None, None)) -> tuple[int | None, int | None]:
    """The earliest and the latest moment (ms) of a column of times, and of those that were found before.

    >>> span_of(pd.Series(["1970-01-02", None, "1970-01-01"]))
    (0, 86400000)
    """
    times, known = _parsed_times(series)
    found = (int(times[known].min()), int(times[known].max())) if known.any() else ()
    every = [*found, *(at for at in before if at is not None)]
    return (min(every), max(every)) if every else (None, None)


def before(table: Table, until: int) -> pd.DataFrame | Table:
    """The rows of an events table before a moment (ms), and those with an unreadable time, so that they are reported.

    A table that cannot be opened comes back as it is.

    >>> before(pd.DataFrame({"time": ["1970-01-02", "1970-01-01"]}), 86_400_000)["time"].tolist()
    ['1970-01-01']
    """
    sheet = open_sheet(table, "events", DiagnosticCollector())
    if sheet is None or "time" not in sheet.columns:
        return table
    times, known = _parsed_times(sheet.column("time"))
    return sheet.frame[~known | (times < until)]


def _parsed_times(series: Column) -> tuple[Codes, Mask]:
    if kinds.is_datetime64_any_dtype(series.dtype):
        return moments(series)
    if kinds.is_numeric_dtype(series.dtype):  # days, seconds, ms? 20260131? To guess is to be wrong for somebody
        return np.zeros(len(series), dtype=np.int64), np.zeros(len(series), dtype=bool)
    if isinstance(series.dtype, pd.CategoricalDtype):
        times, known = _parsed_times(series.cat.categories.to_series())
        codes = series.cat.codes.to_numpy()
        return np.append(times, 0)[codes], np.append(known, False)[codes]
    parsed = pd.to_datetime(series, utc=True, errors="coerce", format="ISO8601")
    times, known = moments(parsed)
    lengths = series.astype("string").str.len().fillna(0).to_numpy(dtype=np.int64)
    return times, known & (lengths >= SHORTEST_TIME)


def _updates(sheet: Sheet, with_objects: bool) -> Mask | None:
    """Which rows update a related object, of all events; None if none does."""
    if not with_objects or "object_id" not in sheet.columns:
        return None
    updates: Mask = cells.names(sheet.column("object_id"))[0] >= 0
    return updates


def _ignored(
    codes: Codes, texts: Sequence[str], ids: Sequence[str | None], updates: Mask | None, listens: Listens
) -> dict[str, int]:
    """The number of rows of each event that the plan does not use; each event is tested once."""
    alone = codes if updates is None else codes[~updates]
    numbers = np.bincount(alone[alone >= 0], minlength=len(texts)).tolist()
    found: Counter[str] = Counter()
    for text, known_id, number in zip(texts, ids, numbers, strict=True):
        name = cells.clean(text) if known_id is None else ""
        if number and not listens(known_id or CUSTOM, name):
            found[known_id or name] += number
    return dict(found)


def _rows_wanted(
    codes: Codes, ids: Sequence[str | None], wanted: Collection[str] | None, updates: Mask | None
) -> Codes:
    """Positions of the rows whose event the plan takes notice of, or that update an object."""
    if wanted is None:
        return np.arange(len(codes))
    keep = np.fromiter(((known_id or CUSTOM) in wanted for known_id in ids), dtype=bool, count=len(ids))
    kept = keep[codes] & (codes >= 0) if len(ids) else codes >= 0
    return np.flatnonzero(kept if updates is None else kept | updates)


def _names(
    sheet: Sheet, rows: Codes, codes: Codes, texts: list[str], ids: Sequence[str | None], findings: DiagnosticCollector
) -> tuple[Coded[str], Cells | None]:
    """Objects of the rows, and the field "object" of custom events, whose name takes the object's place.

    The phrase may have a name, too (`joins program "Yoga"`): it is the object where the row has no other.
    """
    objects = _texts(sheet, "object", rows, findings)
    written = [_name_in(text, known_id) for text, known_id in zip(texts, ids, strict=True)]
    if not any(written):
        return objects, None
    is_custom = np.array([*(known_id in (None, CUSTOM) for known_id in ids), False])
    is_written = np.array([*map(bool, written), False])[codes]
    is_own = is_written & is_custom[codes]
    *known, missing = objects.values
    taken = np.where(is_own | (is_written & (objects.codes < 0)), len(known) + codes, objects.codes)
    own: Coded[Cell | None] = Coded(np.where(is_own, objects.codes, -1), known, None)
    return Coded(taken, [*known, *written], missing), own if own.holds_any() else None


def _name_in(text: str, known_id: str | None) -> str:
    """The name that an event cell itself gives: all of it for a custom event, otherwise the part in quotes."""
    if known_id is None:
        return cells.clean(text)
    quoted = re.findall(r'"([^"]*)"', text)
    return cells.clean(quoted[0]) if quoted else ""


def _texts(sheet: Sheet, name: str, rows: Codes, findings: DiagnosticCollector) -> Coded[str]:
    """Names in a column at these rows, "" where nothing stands or there is no such column."""
    if name not in sheet.columns:
        return Coded(np.full(len(rows), -1), [], "")
    codes, texts = cells.names(sheet.column(name).iloc[rows])
    _note_blanks_at(sheet, name, rows, codes, texts, findings)
    return Coded(codes, [cells.clean(text) for text in texts], "")


def _note_blanks_at(
    sheet: Sheet, name: str, rows: Codes, codes: Codes, texts: Sequence[str], findings: DiagnosticCollector
) -> None:
    """Note names with blanks around them at these rows of the table."""
    if any(text != text.strip() for text in texts):
        every = np.full(len(sheet.frame), -1)
        every[rows] = codes
        note_blanks(sheet, name, every, texts, findings)
