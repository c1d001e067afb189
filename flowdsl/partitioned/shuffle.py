"""Divides a table of events or objects by the parts of their contacts, into files or rows of a frame.

The table is read once, and the rows of a contact keep their order. Memory holds some rows of files at a time; a frame
is in memory already.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from flowdsl.diagnostics.catalogue.data import DATA
from flowdsl.diagnostics.diagnostic import DataError, Diagnostic
from flowdsl.partitioned.parts import Parts
from flowdsl.partitioned.people import People
from flowdsl.tables.arrays import Ints
from flowdsl.tables.events import span_of

BATCH = 250_000  # rows that are read at once
HELD = 2_000_000  # rows in memory before they are written
NAMED = 5


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows about the contacts of a part: in files, or of a frame."""

    files: tuple[str, ...] = ()
    frame: pd.DataFrame | None = None

    def read(self) -> pd.DataFrame | None:
        """The rows, in the order of the table; None if there are none."""
        if self.files:
            found: pd.DataFrame = pa.concat_tables([pq.read_table(file) for file in self.files]).to_pandas()
            return found
        return self.frame


NO_ROWS = Rows()


@dataclass(frozen=True, eq=False)
class Spread:
    """A table by part, and its number of rows. first, last: ms of the earliest and latest time, if read."""

    rows: dict[int, Rows] = field(default_factory=dict)
    count: int = 0
    first: int | None = None
    last: int | None = None

    def of(self, number: int) -> Rows:
        """The rows about the contacts of a part."""
        return self.rows.get(number, NO_ROWS)


def spread(table: Parts, people: People, folder: Path, columns: Collection[str], with_times: bool) -> Spread:
    """Divides the rows of a table by the parts of their contacts; files are written into a new folder.

    Raises DataError for unknown contacts.
    """
    folder.mkdir()
    found = _Found(table.name, people, with_times)
    if table.parts[0].frame is not None:
        return _of_frame(table, found, columns)
    held = _Held(folder)
    for batch in table.batches(columns, BATCH):
        columns_needed = [name for name in batch.column_names if name in found.needs]
        held.add(batch, found.parts(batch.select(columns_needed).to_pandas()))
    found.raise_any()
    return Spread(held.written(), found.row, *found.span)


def _of_frame(table: Parts, found: _Found, columns: Collection[str]) -> Spread:
    rows: dict[int, list[pd.DataFrame]] = {}
    for number in range(len(table.parts)):
        frame = table.read(number, columns)
        for part, places in _by_part(found.parts(frame)):
            rows.setdefault(part, []).append(frame.iloc[places])
    found.raise_any()
    return Spread({part: Rows(frame=pd.concat(frames)) for part, frames in rows.items()}, found.row, *found.span)


def _by_part(parts: Ints) -> list[tuple[int, Ints]]:
    """The places of the rows of each part, in order."""
    order = np.argsort(parts, kind="stable")
    numbers, firsts = np.unique(parts[order], return_index=True)
    return list(zip(numbers.tolist(), np.split(order, firsts[1:]), strict=True)) if len(order) else []


class _Found:
    """Collects, while a table is read, the parts of contacts, times, and unknown contacts."""

    def __init__(self, name: str, people: People, with_times: bool) -> None:
        self.name, self.people, self.with_times = name, people, with_times
        self.needs = {"contact", "contact_id", people.key, *(["time"] if with_times else [])}
        self.span: tuple[int | None, int | None] = (None, None)
        self.row, self.strangers, self.count, self.first = 0, list[int](), 0, ""

    def parts(self, frame: pd.DataFrame) -> Ints:
        """The part of each row; 0 for rows without a contact, which are reported when that part is opened."""
        if self.with_times and "time" in frame.columns:
            self.span = span_of(frame["time"], self.span)
        key = next((name for name in ("contact", "contact_id", self.people.key) if name in frame.columns), "")
        if not key:
            return np.zeros(len(frame), dtype=np.int64)
        found = self.people.parts(frame[key])
        self._note(frame[key], np.flatnonzero(found == -1))
        self.row += len(frame)
        return np.maximum(found, 0)

    def _note(self, column: pd.Series[str], unknown: Ints) -> None:
        if len(unknown):
            self.first = self.first or str(column.iloc[int(unknown[0])])
            self.strangers += (unknown[: NAMED - len(self.strangers)] + self.row).tolist()
            self.count += len(unknown)

    def raise_any(self) -> None:
        """Raises DataError if there were unknown contacts."""
        if not self.count:
            return
        more = f" and {self.count - len(self.strangers):,} more" if self.count > len(self.strangers) else ""
        place = f"{self.name}, row{'s' if self.count > 1 else ''} {', '.join(map(str, self.strangers))}{more}"
        count = "1 row" if self.count == 1 else f"{self.count:,} rows"
        message = f"contacts that are not in the contacts table ({count})"
        example = self.people.ids(0)[0] if len(self.people) and self.people.contacts.parts[0].rows else "c1"
        reason = DATA["E508"].why
        raise DataError([Diagnostic("E508", message, words=self.first, reason=reason, example=example, place=place)])


class _Held:
    """Rows that are not written yet, by part."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.turn, self.rows = folder, 0, 0
        self.tables: dict[int, list[pa.Table]] = {}
        self.files: dict[int, list[str]] = {}

    def add(self, batch: pa.Table, parts: Ints) -> None:
        for part, places in _by_part(parts):
            self.tables.setdefault(part, []).append(batch.take(places))
        self.rows += len(batch)
        if self.rows >= HELD:
            self._write()

    def written(self) -> dict[int, Rows]:
        """The files of each part, after all rows were added."""
        self._write()
        return {part: Rows(tuple(files)) for part, files in self.files.items()}

    def _write(self) -> None:
        for part, tables in self.tables.items():
            file = self.folder / f"{part:06}-{self.turn:06}.parquet"
            pq.write_table(pa.concat_tables(tables), file)
            self.files.setdefault(part, []).append(str(file))
        self.tables, self.rows, self.turn = {}, 0, self.turn + 1
