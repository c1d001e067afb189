"""Counts: what a simulation keeps when it keeps no rows; their size does not depend on the number of contacts.

Runs and actions are counted by their Shape, so that summary and funnel can be made; what was sent, entered and left is
counted by quarter hours besides, so that days, weeks and hours of any present zone can be: their clocks differ from UTC
by whole quarters. Counts of some contacts and of others add up to the Counts of them all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from flowdsl.atomic_files import written
from flowdsl.diagnostics.render import Json
from flowdsl.results.log import Shape

QUARTER = 900_000  # ms
SENT = {"done": "sent", "skipped": "skipped"}  # statuses of actions as those of sends
VERSION = 1

Integers: TypeAlias = "npt.NDArray[np.int64]"


class Line(NamedTuple):
    """What is counted over time: messages `sent` or `skipped`; and of a flow, entries `started` or `declined`, and runs
    `completed`, `converted`, `exited` or `cancelled`, which have no channel and message."""

    flow: str
    channel: str
    message: str
    status: str


class Series(NamedTuple):
    """Counts by line and quarter hour, those that are not zero, in that order: `line` and `slot` count from 0."""

    lines: tuple[Line, ...]
    line: Integers
    slot: Integers
    number: Integers


NO_SERIES = Series((), *(np.zeros(0, dtype=np.int64) for _ in range(3)))


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts of a simulation, or of a part of its contacts. Two are equal when they count the same.

    start     ms: rows from here on are counted; and runs that ended later, whenever they began
    contacts  how many contacts there were
    runs      last rows of runs and refused entries, by Shape: its run is 0, its path the steps that were reached
    actions   rows of actions, by Shape: its run and iteration are 0
    series    over time: slot n is the quarter hour from `first_slot + n * QUARTER` on
    ignored   rows of the events table that the plan takes no notice of, by id or custom name

    >>> one = Counts(0, 1, {}, {}, series_of({(Line("A", "email", "Hello", "sent"), 4): 2}))
    >>> both = one + one
    >>> both.contacts, both.series.number.tolist(), both == one
    (2, [4], False)
    """

    start: int
    contacts: int
    runs: Mapping[Shape, int]
    actions: Mapping[Shape, int]
    series: Series = NO_SERIES
    ignored: Mapping[str, int] = field(default_factory=dict)

    @property
    def records(self) -> str:
        """How much has been kept, as `records=` of a simulation says it."""
        return "counts"

    @property
    def tally(self) -> Counts:
        """Itself: results and counts have this property in common."""
        return self

    def __str__(self) -> str:
        return "counts only"

    @property
    def first_slot(self) -> int:
        """When the first quarter hour begins, ms."""
        return self.start // QUARTER * QUARTER

    def __add__(self, other: Counts) -> Counts:
        if not isinstance(other, Counts):
            return NotImplemented
        return total((self, other))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counts) and as_document(self) == as_document(other)

    def save(self, path: str | Path) -> Path:
        """Writes the counts into a JSON file, which is there whole or not at all."""
        with written(Path(path)) as (file,):
            file.write_text(json.dumps(as_document(self), ensure_ascii=False), encoding="utf-8")
        return Path(path)

    @staticmethod
    def load(path: str | Path) -> Counts:
        """Reads what `save` has written. Raises ValueError for other documents."""
        return from_document(json.loads(Path(path).read_text(encoding="utf-8")))


# --- making -----------------------------------------------------------------------------------------------------------


def counted(shape: Shape) -> Shape:
    """The Shape under which a row is counted: which run and which round it was falls away.

    >>> counted(Shape("action", "A", 7, "tag", 3, "tags.add", "x", "", "", "done", "", "", 0))[2:5]
    (0, 'tag', 0)
    """
    return shape._replace(run=0, iteration=0)


def line_of(shape: Shape) -> Line | None:
    """The line of the series that a row counts in, if there is one."""
    if shape.kind == "run" and shape.status != "pending":
        return Line(shape.flow, "", "", shape.status)
    if shape.kind == "action" and shape.action == "send" and shape.status in SENT:
        return Line(shape.flow, shape.channel, shape.name, SENT[shape.status])
    return None


def series_of(numbers: Mapping[tuple[Line, int], int]) -> Series:
    """A Series of numbers by line and slot."""
    lines = tuple(sorted({line for line, _ in numbers}))
    place = {line: at for at, line in enumerate(lines)}
    rows = sorted((place[line], slot, number) for (line, slot), number in numbers.items() if number)
    line, slot, number = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Series(lines, line, slot, number)


def from_dense(lines: Sequence[Line], numbers: Integers) -> Series:
    """A Series of a matrix of whole numbers, a row a line and a column a slot; equal lines are added up.

    >>> from_dense([Line("A", "", "", "started")], np.array([[0, 3]])).slot.tolist()
    [1]
    """
    line, slot = np.nonzero(numbers)
    return summed([(tuple(lines), line.astype(np.int64), slot.astype(np.int64), numbers[line, slot])])


def total(tallies: Iterable[Counts]) -> Counts:
    """The sum of Counts of different contacts; ValueError when there is none, or they begin at different times."""
    parts = list(tallies)
    if len({part.start for part in parts}) != 1:
        raise ValueError("tallies of one simulation add up, not those of several or of none")
    runs, actions, ignored = Counter[Shape](), Counter[Shape](), Counter[str]()
    for part in parts:
        runs.update(part.runs)
        actions.update(part.actions)
        ignored.update(part.ignored)
    contacts = sum(part.contacts for part in parts)
    series = summed([part.series for part in parts])
    return Counts(parts[0].start, contacts, dict(runs), dict(actions), series, dict(ignored))


def summed(parts: Sequence[tuple[tuple[Line, ...], Integers, Integers, Integers]]) -> Series:
    """One Series of pieces (lines; line, slot and number of each cell): equal cells added up, empty ones left out."""
    lines = tuple(sorted({line for each, *_ in parts for line in each}))
    place = {line: at for at, line in enumerate(lines)}
    own = [np.array([place[line] for line in each], dtype=np.int64)[of] for each, of, *_ in parts if each]
    if not own:
        return NO_SERIES
    slots, numbers = (np.concatenate([part[at] for part in parts if part[0]]).astype(np.int64) for at in (2, 3))
    first = int(slots.min(initial=0))
    width = int(slots.max(initial=0)) - first + 1
    cells, sums = _added(np.concatenate(own) * width + slots - first, numbers)
    line = cells // width
    used = np.unique(line)
    return Series(tuple(lines[at] for at in used), np.searchsorted(used, line), cells % width + first, sums)


def _added(cells: Integers, numbers: Integers) -> tuple[Integers, Integers]:
    """The different cells in order, and the sum of the numbers of each."""
    order = np.argsort(cells, kind="stable")
    cells, numbers = cells[order], numbers[order]
    begin = np.flatnonzero(np.diff(cells, prepend=-1))
    return cells[begin], np.add.reduceat(numbers, begin) if len(begin) else numbers


# --- on disk ----------------------------------------------------------------------------------------------------------


def as_document(tally: Counts) -> dict[str, Json]:
    """Counts as plain data for JSON, in one order: equal Counts give equal documents."""
    series = tally.series
    return {
        "flowdsl_tally": VERSION,
        "start": tally.start,
        "contacts": tally.contacts,
        "runs": [[*shape, number] for shape, number in sorted(tally.runs.items())],
        "actions": [[*shape, number] for shape, number in sorted(tally.actions.items())],
        "series": [
            {
                **line._asdict(),
                "slots": series.slot[series.line == at].tolist(),
                "numbers": series.number[series.line == at].tolist(),
            }
            for at, line in enumerate(series.lines)
        ],
        "ignored": dict(sorted(tally.ignored.items())),
    }


def from_document(document: Mapping[str, Any]) -> Counts:
    """The Counts of a document. Raises ValueError for one of another kind or version.

    >>> tally = Counts(0, 3, {}, {})
    >>> from_document(as_document(tally)) == tally
    True
    """
    if not isinstance(document, Mapping) or document.get("flowdsl_tally") != VERSION:
        raise ValueError("this is no tally of a simulation, or one of another version")
    series = {
        (Line(one["flow"], one["channel"], one["message"], one["status"]), slot): number
        for one in document["series"]
        for slot, number in zip(one["slots"], one["numbers"], strict=True)
    }
    runs, actions = ({Shape(*row[:-1]): row[-1] for row in document[name]} for name in ("runs", "actions"))
    ignored = document.get("ignored", {})  # a later addition: documents without it stay readable
    return Counts(document["start"], document["contacts"], runs, actions, series_of(series), ignored)
