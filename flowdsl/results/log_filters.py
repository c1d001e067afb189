"""Reduces a Log of every row to a Log of sends and runs, or to Counts.

Engines that can keep less from the start do so; these say what they must give.
"""

from __future__ import annotations

import numpy as np

from flowdsl.plan.plan import Plan
from flowdsl.results.counts import QUARTER, Counts, Series, counted, line_of, summed
from flowdsl.results.log import Log, Shape
from flowdsl.results.tables import ShapeCounts, Tables


def is_kept(shape: Shape) -> bool:
    """Whether rows of this shape are what `sends` and `runs` are made of.

    >>> is_kept(Shape("action", "A", 1, "tag", 1, "tags.add", "x", "", "", "done", "", "", 0))
    False
    """
    return shape.kind == "run" or line_of(shape) is not None


def sends_and_runs(log: Log) -> Log:
    """The rows of sends and runs, and the counts of all actions."""
    wanted = np.fromiter(map(is_kept, log.shapes), dtype=bool, count=len(log.shapes))
    rows = log.rows if wanted.all() else log.rows[wanted[log.rows["shape"]]]  # no second copy without need
    return Log(rows, log.shapes, log.objects, _by_shape(ShapeCounts({}, actions_of(log))).actions)


def actions_of(log: Log) -> dict[Shape, int]:
    """How many rows of actions there are of each shape."""
    numbers = np.bincount(log.rows["shape"], minlength=len(log.shapes)).tolist()
    pairs = zip(log.shapes, numbers, strict=True)
    return {shape: number for shape, number in pairs if number and shape.kind == "action"}


def tally_of(log: Log, plan: Plan, start: int, contacts: int) -> Counts:
    """The Counts of a Log of rows from start (ms) on."""
    counts = _by_shape(Tables(log, plan, (), start).counts())
    return Counts(start, contacts, counts.runs, counts.actions, _series(log, start))


def _by_shape(counts: ShapeCounts) -> ShapeCounts:
    """The counts whichever run and round it was; a run whose beginning is its last row is pending."""
    runs = {_ended(shape): 0 for shape in counts.runs}
    for shape, number in counts.runs.items():
        runs[_ended(shape)] += number
    actions = {counted(shape): 0 for shape in counts.actions}
    for shape, number in counts.actions.items():
        actions[counted(shape)] += number
    return ShapeCounts(runs, actions)


def _ended(shape: Shape) -> Shape:
    return counted(shape)._replace(status="pending") if shape.status == "started" else counted(shape)


def _series(log: Log, start: int) -> Series:
    lines = [line_of(shape) for shape in log.shapes]
    known = tuple(dict.fromkeys(line for line in lines if line is not None))
    place = {line: at for at, line in enumerate(known)}
    own = np.array([-1 if line is None else place[line] for line in lines], dtype=np.int64)[log.rows["shape"]]
    is_counted = (own >= 0) & (log.rows["time"] >= start)
    slots = log.rows["time"][is_counted] // QUARTER - start // QUARTER
    return summed([(known, own[is_counted], slots, np.ones(len(slots), dtype=np.int64))])
