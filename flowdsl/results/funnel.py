"""The Funnel: how many runs reached each step, as two tables that also print as text.

Every number is a count of runs, so that it adds up: entered = left + pending, and at every step
reached = went on + left there + still there. What was sent or skipped at a step is counted once for each time, since a
run may pass it several times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from flowdsl.plan.outline import Stop, outline
from flowdsl.plan.plan import END, Act, Flow, Plan
from flowdsl.results.log import Shape
from flowdsl.results.tables import RUN_STATUSES, TEXT, ShapeCounts

LEFT = ("completed", "converted", "exited", "cancelled")
STILL = ("started", "pending")  # a run whose beginning is its last row is under way as well


class Step(NamedTuple):
    """A row of `steps`."""

    flow: str
    step: str
    arm: str
    depth: int
    reached: int
    share: float
    went_on: int
    left: int
    pending: int
    done: int | None
    skipped: int | None


class Why(NamedTuple):
    """A row of `why`; its number is called `count` there."""

    flow: str
    step: str
    what: str
    reason: str
    number: int
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Funnel:
    """How far runs came, and why no farther.

    steps  a row a step and, below a choice, a row an arm of it (`then`, `30% short`, `happened`), in the order of the
           text: flow step arm depth reached share went_on left pending done skipped. reached counts runs, share is that
           in percent of the runs that entered; reached = went_on + left + pending. done and skipped count actions: each
           time one was sent or taken, and each time it was not. For what is no action both are missing
    why    a row a reason: flow step what reason count share. what is
           declined                                 entries refused; share: of all attempts to enter
           completed converted exited cancelled     runs that left there; share: of the runs that entered
           pending                                  runs still there; share: of the runs that entered
           skipped                                  actions not taken; share: of the times that their step came
    """

    rows: tuple[tuple[Step, ...], ...]
    reasons: tuple[Why, ...]

    @property
    def steps(self) -> pd.DataFrame:
        rows = [row for of_flow in self.rows for row in of_flow]
        counts = {"depth": "int64", **dict.fromkeys(("reached", "went_on", "left", "pending"), "int64")}
        kinds = {"share": "float64", "done": "Int64", "skipped": "Int64"}
        texts = dict.fromkeys(("flow", "step", "arm"), TEXT)
        return pd.DataFrame(rows, columns=list(Step._fields)).astype({**texts, **counts, **kinds})

    @property
    def why(self) -> pd.DataFrame:
        texts = dict.fromkeys(("flow", "step", "what", "reason"), TEXT)
        table = pd.DataFrame(list(self.reasons), columns=list(Why._fields)).rename(columns={"number": "count"})
        return table.astype({**texts, "count": "int64", "share": "float64"})

    def __str__(self) -> str:
        flows = [
            "\n".join(_told(rows, [one for one in self.reasons if one.flow == rows[0].flow])) for rows in self.rows
        ]
        return "\n\n".join(flows) or "There are no flows."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"{self.steps.to_html(index=False)}\n{self.why.to_html(index=False)}"


def funnel(plan: Plan, counts: ShapeCounts, names: Sequence[str]) -> Funnel:
    """The Funnel of some flows of a plan, in its order."""
    flows = [(flow, _of_flow(flow, counts)) for flow in plan.flows if flow.name in names]
    reasons = (row for flow, ends in flows for row in _why(flow, ends))
    return Funnel(tuple(tuple(_steps(flow, ends)) for flow, ends in flows), tuple(reasons))


# --- counting ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ends:
    """The counts of one flow: last rows of its runs, entries refused, actions."""

    runs: dict[Shape, int]
    declined: dict[Shape, int]
    actions: dict[Shape, int]

    @property
    def entered(self) -> int:
        return sum(self.runs.values())


def _of_flow(flow: Flow, counts: ShapeCounts) -> _Ends:
    own = {shape: count for shape, count in counts.runs.items() if shape.flow == flow.name}
    return _Ends(
        {shape: count for shape, count in own.items() if shape.status != "declined"},
        {shape: count for shape, count in own.items() if shape.status == "declined"},
        {shape: count for shape, count in counts.actions.items() if shape.flow == flow.name},
    )


def _steps(flow: Flow, ends: _Ends) -> Iterator[Step]:
    left = _by_step(ends.runs, LEFT)
    pending = _by_step(ends.runs, STILL)
    done, skipped = _by_step(ends.actions, ("done",)), _by_step(ends.actions, ("skipped",))
    acts = {step for step, node in flow.by_id.items() if isinstance(node, Act)}
    for stop in outline(flow):
        reached, step = _reached(stop, ends.runs), stop.step
        gone, still = (0, 0) if stop.arm else (left[step], pending[step])
        counted = (done[step], skipped[step]) if step in acts and not stop.arm else (None, None)
        share = _percent(reached, ends.entered)
        on = reached - gone - still
        yield Step(flow.name, step, stop.arm, stop.depth, reached, share, on, gone, still, *counted)


def _reached(stop: Stop, runs: dict[Shape, int]) -> int:
    """How many runs have a step or an arm on their path; where one begins or ends, it has been."""
    if stop.bit == 0:
        return sum(runs.values())
    return sum(count for shape, count in runs.items() if shape.path >> stop.bit & 1)


def _by_step(counts: dict[Shape, int], statuses: Sequence[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for shape, count in counts.items():
        if shape.status in statuses:
            found[shape.step] += count
    return found


def _why(flow: Flow, ends: _Ends) -> Iterator[Why]:
    attempts = ends.entered + sum(ends.declined.values())
    yield from _reasons(flow, ends.declined, attempts)
    tried = _by_step(ends.actions, ("done", "skipped"))
    skipped = {shape: count for shape, count in ends.actions.items() if shape.status == "skipped"}
    for step in flow.by_id:
        yield from _reasons(flow, {one: n for one, n in skipped.items() if one.step == step}, tried[step])
        yield from _reasons(flow, {one: n for one, n in ends.runs.items() if one.step == step}, ends.entered)


def _reasons(flow: Flow, counts: dict[Shape, int], whole: int) -> Iterator[Why]:
    """A row a status and reason, statuses in their order and the most frequent reason first."""
    found: Counter[tuple[str, str, str]] = Counter()
    for shape, count in counts.items():
        status = "pending" if shape.status == "started" else shape.status
        found[shape.step, status, shape.reason] += count
    order = {status: number for number, status in enumerate(RUN_STATUSES)}
    for (step, what, reason), count in sorted(
        found.items(), key=lambda one: (order.get(one[0][1], -1), -one[1], one[0])
    ):
        yield Why(flow.name, step, what, reason, count, _percent(count, whole))


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


# --- text -------------------------------------------------------------------------------------------------------------


def rounded(counts: Sequence[int], whole: int) -> list[float]:
    """Percentages to one digit that add up exactly as the counts do: what rounding leaves goes to the largest rest.

    >>> rounded([1, 1, 1], 3)
    [33.4, 33.3, 33.3]
    """
    if not whole:
        return [0.0 for _ in counts]
    tenths, total = [1000 * count // whole for count in counts], 1000 * sum(counts) // whole
    rest = sorted(range(len(counts)), key=lambda at: (-(1000 * counts[at] % whole), at))
    for at in rest[: total - sum(tenths)]:
        tenths[at] += 1
    return [tenth / 10 for tenth in tenths]


def _told(rows: Sequence[Step], why: Sequence[Why]) -> Iterator[str]:
    """One flow: who entered, a line a step with its share and why runs left there, and where all are now."""
    entered = rows[0].reached
    yield f"{rows[0].flow}: {entered:,} entered{_listed('declined', why)}"
    lines = [
        ("  " * (row.depth + 1) + (row.arm or row.step), f"{row.reached:,}", f"{row.share:.1f}%", _notes(row, why))
        for row in rows[1:]
        if row.step != END or row.reached
    ]
    widths = [max((len(line[at]) for line in lines), default=0) for at in range(3)]
    for text, reached, share, notes in lines:
        yield f"{text:{widths[0]}}  {reached:>{widths[1]}}  {share:>{widths[2]}}  {notes}".rstrip()
    yield from _fates(why, entered)


def _notes(row: Step, why: Sequence[Why]) -> str:
    """What became of the action of a step, and of the runs that it was the last one of."""
    if row.arm:
        return ""
    here = [one for one in why if one.step == row.step]
    notes = [_listed(what, here).removeprefix(", ") for what in (*LEFT, "pending")]
    if row.done is not None and (row.skipped or row.done != row.reached):
        notes.insert(0, f"{row.done:,} done{_listed('skipped', here)}")
    return "; ".join(note for note in notes if note)


def _listed(what: str, why: Iterable[Why]) -> str:
    """`, 5 declined (3 limit, 2 unless)`; nothing when there were none."""
    found = [one for one in why if one.what == what]
    if not found:
        return ""
    named = ", ".join(f"{one.number:,} {one.reason}" for one in found if one.reason)
    return f", {sum(one.number for one in found):,} {what}" + (f" ({named})" if named else "")


def _fates(why: Sequence[Why], entered: int) -> Iterator[str]:
    """Where all who entered are now; the percentages add up to 100."""
    counts = {what: sum(one.number for one in why if one.what == what) for what in (*LEFT, "pending")}
    shares = rounded(list(counts.values()), entered)
    together = zip(counts.items(), shares, strict=True)
    said = [f"{count:,} {status} ({share:.1f}%)" for (status, count), share in together if count]
    if said:
        yield "  " + ", ".join(said)
