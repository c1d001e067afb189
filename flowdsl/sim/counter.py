"""Counts the rows of a simulation while it runs, one wake of one contact at a time, and returns Counts.

No row is kept. The counts that a row belongs to are looked up by its shape, as a Recorder looks up numbers of shapes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np

from flowdsl.results.counts import QUARTER, Counts, Line, counted, from_dense, line_of
from flowdsl.results.log import Shape, ShapeFields
from flowdsl.results.records import Record
from flowdsl.sim.recorder import Codes

MOST_SEEN = 50_000  # cached shapes with their runs and rounds; limits memory
NOWHERE = -1


class _Seen(dict[ShapeFields, tuple[int, int]]):
    """Where rows of a shape count: the positions of its Shape and its Line, or NOWHERE."""

    def __init__(self, shapes: Codes[Shape], lines: Codes[Line]) -> None:
        super().__init__()
        self.shapes, self.lines = shapes, lines

    def __missing__(self, fields: ShapeFields) -> tuple[int, int]:
        if len(self) > MOST_SEEN:
            self.clear()
        shape = Shape(*fields)
        line = line_of(shape)
        in_table = shape.kind == "action" or (shape.kind == "run" and shape.status != "started")
        places = (self.shapes[counted(shape)] if in_table else NOWHERE, NOWHERE if line is None else self.lines[line])
        self[fields] = places
        return places


class Counter:
    """Counts the rows of a simulation from `start` to just before `until` (ms).

    Every run must leave a row when it ends, or when the simulation ends, as in all engines.

    >>> counter = Counter(0, 86_400_000)
    >>> counter.add(0, [Record(60_000, "run", "Welcome", 1, status="completed", reason="done")])
    >>> sum(counter.counts(1).runs.values())
    1
    """

    def __init__(self, start: int, until: int) -> None:
        self.start = start
        self._first = start // QUARTER
        self._slots = max((until - 1) // QUARTER - self._first + 1, 1)
        self._shapes, self._lines = Codes[Shape](), Codes[Line]()
        self._seen = _Seen(self._shapes, self._lines)
        self._numbers: list[int] = []  # by shape
        self._over_time: list[array[int]] = []  # by line, then by quarter hour

    def add(self, contact_index: int, records: Iterable[Record]) -> None:
        """Counts the rows of one wake of a contact."""
        start, seen, numbers, over_time = self.start, self._seen, self._numbers, self._over_time
        for record in records:
            time = record[0]
            if time < start:
                continue
            shape, line = seen[record[1:14]]  # the fields of a Shape, by number as in a Recorder
            if shape >= len(numbers):
                numbers.append(0)
            if shape >= 0:
                numbers[shape] += 1
            if line >= len(over_time):
                over_time.append(array("q", bytes(8 * self._slots)))
            if line >= 0:
                over_time[line][time // QUARTER - self._first] += 1

    def counts(self, contacts: int) -> Counts:
        """The counts so far, for this number of contacts."""
        by_shape = dict(zip(self._shapes, self._numbers, strict=True))
        lines: list[Line] = list(self._lines)
        rows = [np.frombuffer(row, dtype=np.int64) for row in self._over_time]
        series = from_dense(lines, np.stack(rows) if rows else np.zeros((0, self._slots), dtype=np.int64))
        runs, actions = (
            {shape: number for shape, number in by_shape.items() if shape.kind == kind} for kind in ("run", "action")
        )
        return Counts(self.start, contacts, runs, actions, series)
