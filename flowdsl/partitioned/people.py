"""Finds the part of a contact by its id.

For each id it keeps a 64-bit hash and the number of the part, 12 bytes, so that ten million contacts take 120 MB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flowdsl.diagnostics.catalogue.data import DATA
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import DataError, Diagnostic
from flowdsl.partitioned.parts import Parts
from flowdsl.tables import cells
from flowdsl.tables.arrays import Ints, Texts
from flowdsl.tables.hashes import Hashes, hashes
from flowdsl.tables.needs import TableNeeds
from flowdsl.tables.people import ID_COLUMNS, contacts_from
from flowdsl.tables.sheets import Column

IDS_ALONE = TableNeeds(columns=(), families=())


@dataclass(frozen=True, eq=False)
class People:
    """All contacts: `key` is the heading of their ids, `hashes` are sorted, `part` is the part of each."""

    contacts: Parts
    key: str
    hashes: Hashes
    part: np.ndarray[tuple[int], np.dtype[np.int32]]

    def __len__(self) -> int:
        return len(self.hashes)

    def parts(self, column: Column) -> Ints:
        """The number of the part of each contact in a column; -1: in no part, -2: the cell is empty."""
        packed = cells.arrow_texts(column)
        if packed is not None and not packed.null_count:
            return self._of(Texts.of_arrow(packed))
        codes, texts = cells.names(column)
        return np.where(codes >= 0, np.append(self._of(Texts.of(texts)), -2)[codes], -2)

    def _of(self, texts: Texts) -> Ints:
        wanted_hashes = hashes(texts)
        if not len(self.hashes):
            return np.full(len(wanted_hashes), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.hashes, wanted_hashes), len(self.hashes) - 1)
        return np.where(self.hashes[place] == wanted_hashes, self.part[place], -1).astype(np.int64)

    def among(self, ids: Iterable[str]) -> list[str]:
        """The given ids that contacts have."""
        every = list(ids)
        parts = self._of(Texts.of(every))
        maybe = {one for one, part in zip(every, parts.tolist(), strict=True) if part >= 0}
        return [one for part in set(parts[parts >= 0].tolist()) for one in self.ids(part) if one in maybe]

    def ids(self, number: int) -> Texts:
        """The ids of a part, in the order of its rows."""
        return _texts(self.contacts, number, self.key)

    @cached_property
    def in_order(self) -> Ints:
        """The positions of contacts in the whole table, in the order of their ids; needed for new contacts like
        them."""
        every = pa.chunked_array([self.ids(number).arrow() for number in range(len(self.contacts.parts))])
        order: Ints = pc.sort_indices(every).to_numpy().astype(np.int64)
        return order

    @cached_property
    def first_rows(self) -> Ints:
        """The first row of each part in the whole table, and at the end the number of rows."""
        return np.cumsum([0, *(part.rows for part in self.contacts.parts)])


def people_of(contacts: Parts, columns: Sequence[str]) -> People:
    """The parts of all contacts. Raises DataError if ids are missing, invalid or duplicate, in any part."""
    key = next((name for name in ID_COLUMNS if name in columns), "")
    if not key:
        _check(contacts.read(0).head(0), contacts.name)
    own = [hashes(_texts(contacts, number, key)) for number in range(len(contacts.parts))]
    every = np.concatenate(own)
    part = np.repeat(np.arange(len(own), dtype=np.int32), [len(each) for each in own])
    order = np.argsort(every, kind="stable")
    found = People(contacts, key, every[order], part[order])
    twice = np.flatnonzero(found.hashes[1:] == found.hashes[:-1])
    if len(twice):
        _refuse_twice(found, set(found.hashes[twice].tolist()))
    return found


def _texts(contacts: Parts, number: int, key: str) -> Texts:
    ids = _check(contacts.read(number, (key,)), f"{contacts.name}, part {number + 1}")
    return ids if isinstance(ids, Texts) else Texts.of(ids)


def _check(frame: pd.DataFrame, place: str) -> Sequence[str]:
    """The ids of some rows, checked."""
    findings = DiagnosticCollector()
    ids = contacts_from(frame, None, findings, IDS_ALONE).ids
    if not findings.is_clean:
        raise DataError(located(findings.diagnostics, place))
    return ids


def located(found: Sequence[Diagnostic], place: str) -> Iterator[Diagnostic]:
    """Diagnostics of a part of a table, with the part in their place: rows are counted from its first one."""
    return (replace(one, place=f"{place}: {one.place}" if one.place else place) for one in found)


def _refuse_twice(people: People, numbers: set[int]) -> None:
    """Raises DataError for ids in several parts, and for two ids with the same hash, which parts could not
    distinguish."""
    seen: dict[str, int] = {}
    twice = []
    for number in range(len(people.contacts.parts)):
        ids = people.ids(number)
        for place in np.flatnonzero(np.isin(hashes(ids), np.array(list(numbers), dtype=np.uint64))).tolist():
            twice += [ids[place]] if ids[place] in seen else []
            seen.setdefault(ids[place], number)
    diagnostic = DATA["E507"]
    count = f"{len(twice):,} ids" if len(twice) != 1 else "an id"
    example = f'contacts.drop_duplicates("{people.key}")'
    message = f'{count} in "{people.key}" that are in several parts of the table'
    first = twice[0] if twice else " and ".join(list(seen)[:2])
    raise DataError(
        [Diagnostic("E507", message, words=first, example=example, reason=diagnostic.why, place="contacts")]
    )
