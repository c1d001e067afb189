"""The tables of a Log: `sends`, `runs`, `actions` and `records` as DataFrames.

Rows are grouped by contact, in the order of the contact table, and stand within a contact as they happened. Names that
repeat are categoricals: those of the plan first, in its order, then any others by their letters. A cell whose field
does not apply (the channel of an award, the reason of a send) is missing. An empty table has all its columns and types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

from flowdsl.calendar.clock import NEVER
from flowdsl.plan.expressions import ChangeMembership, CustomAction, Effect, Send, StartFlow, StopFlow
from flowdsl.plan.plan import Act, Plan
from flowdsl.plan.visit import effects
from flowdsl.results.log import Log, Rows, Shape

RUN_STATUSES = ("pending", "completed", "converted", "exited", "cancelled", "declined")
ACTION_STATUSES = ("planned", "done", "skipped", "cancelled")
SEND_STATUSES = ("sent", "skipped")
ROW_STATUSES = ("started", *RUN_STATUSES, *ACTION_STATUSES[:-1])
NAMED = ("kind", "flow", "step", "action", "name", "channel", "to", "reason", "object_kind")  # fields of a Shape
KINDS = ("event", "run", "action", "step")
NOT_OF_PLAN = ("reason", "to", "object_kind")  # their categories are what the table at hand holds

TEXT = pd.Index(["any"]).dtype  # text as the installed pandas keeps it: `str` from 3.0 on, object before
NOT_A_TIME = np.iinfo(np.int64).min
Flags: TypeAlias = "npt.NDArray[np.bool_]"
Column: TypeAlias = "ExtensionArray | pd.Categorical | npt.NDArray[np.generic]"
Integers: TypeAlias = "npt.NDArray[np.int64]"


class ShapeCounts(NamedTuple):
    """How many rows there are of each shape: last rows of runs (and refused entries), and actions."""

    runs: Mapping[Shape, int]
    actions: Mapping[Shape, int]


class Tables:
    """Makes each table on first use; rows before `start` (ms) are a warm-up's.

    kinds   of rows whose names are categories: without those of events, which a Log need not have, but for `records`
    """

    def __init__(
        self,
        log: Log,
        plan: Plan,
        contact_ids: Sequence[str],
        start: int,
        kinds: Sequence[str] = ("run", "action"),
    ) -> None:
        self._log = log
        self._start = start
        self._contact_ids = contact_ids
        self._names = names_of(plan, [shape for shape in log.shapes if shape.kind in kinds])

    def sends(self) -> pd.DataFrame:
        """Messages that were sent or skipped."""
        rows = self._rows(lambda shape: shape.kind == "action" and shape.action == "send" and shape.status in _SENDS)
        return pd.DataFrame(
            {
                "time": moments(rows["time"]),
                **self._columns(rows, "contact flow run step channel"),
                "message": self._categorical(rows, "name", "message"),
                **self._columns(rows, "to"),
                "status": self._status(rows, SEND_STATUSES, _SENDS),
                **self._columns(rows, "reason queued_s"),
            }
        )

    def actions(self) -> pd.DataFrame:
        """Every action that was planned, and what became of it."""
        rows = self._rows(lambda shape: shape.kind == "action")
        return pd.DataFrame(
            {
                "time": moments(rows["time"]),
                "due": moments(rows["due"]),
                **self._columns(rows, "contact flow run step iteration action name channel to"),
                "status": self._status(rows, ACTION_STATUSES),
                **self._columns(rows, "reason object_kind object_id queued_s"),
            }
        )

    def records(self) -> pd.DataFrame:
        """Every row from the start on."""
        rows = self._rows(lambda shape: True)
        rows = rows[rows["time"] >= self._start]
        return pd.DataFrame(
            {
                "time": moments(rows["time"]),
                **self._columns(rows, "contact kind flow run step iteration action name channel to"),
                "status": self._status(rows, ROW_STATUSES),
                **self._columns(rows, "reason object_kind object_id"),
                "due": moments(rows["due"]),
                **self._columns(rows, "queued_s"),
            }
        )

    def runs(self) -> pd.DataFrame:
        """One row a run or refused entry: its first Record says when and about what, its last what became of it.

        A refused entry starts and ends at the moment of refusal. Runs that ended before the start are left out; those
        that began before it and ended later are included.
        """
        head, tail, started, is_live = self._runs()
        return pd.DataFrame(
            {
                **self._columns(head, "contact flow run object_kind object_id"),
                "started": moments(started),
                "ended": moments(np.where(is_live, NOT_A_TIME, tail["time"])),
                "status": self._status(tail, RUN_STATUSES, {"started": "pending"}),
                **self._columns(tail, "reason step"),
                "due": moments(np.where(is_live, tail["due"], NEVER)),
            }
        )

    def counts(self) -> ShapeCounts:
        """How many runs, refused entries and actions there are of each shape: those that `runs` and `actions` show."""
        runs = self._counted(self._runs()[1])
        if self._log.actions is not None:
            return ShapeCounts(runs, dict(self._log.actions))
        return ShapeCounts(runs, self._counted(self._rows(lambda shape: shape.kind == "action")))

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _runs(self) -> tuple[Rows, Rows, Integers, Flags]:
        """The first and the last row of each run and refused entry, when it started, and whether it is under way."""
        rows = self._rows(lambda shape: shape.kind == "run")
        status = np.array([shape.status for shape in self._log.shapes] or [""])[rows["shape"]]
        passage = self._passages(rows, status == "declined")
        first, last = _ends(passage)
        started = np.full(len(first), NOT_A_TIME)
        is_start = np.isin(status, ("started", "declined"))
        started[passage[is_start]] = rows["time"][is_start]
        is_live = np.isin(status[last], ("started", "pending"))
        kept = is_live | (rows["time"][last] >= self._start)
        return rows[first[kept]], rows[last[kept]], started[kept], is_live[kept]

    def _counted(self, rows: Rows) -> dict[Shape, int]:
        numbers = np.bincount(rows["shape"], minlength=len(self._log.shapes)).tolist()
        return {shape: number for shape, number in zip(self._log.shapes, numbers, strict=True) if number}

    def _rows(self, wanted: Callable[[Shape], bool]) -> Rows:
        return self._log.rows[self._log.places(wanted)]

    def _passages(self, rows: Rows, is_declined: Flags) -> Integers:
        """Which run each row is of, counted from 0 as they first come; a refused entry, without number, is its own."""
        own = -1 - np.arange(len(rows))
        keys = {
            "contact": rows["contact"],
            "flow": self._codes(rows, "flow", "flow"),
            "run": np.where(is_declined, own, self._by_shape(rows, lambda shape: shape.run)),
        }
        return pd.DataFrame(keys).groupby(list(keys), sort=False).ngroup().to_numpy().astype(np.int64)

    def _columns(self, rows: Rows, headings: str) -> dict[str, Column]:
        return {heading: self._column(rows, heading) for heading in headings.split()}

    def _column(self, rows: Rows, heading: str) -> Column:
        if heading == "contact":
            return texts(self._contact_ids, rows["contact"])
        if heading == "object_id":
            return texts([identity or None for identity in self._log.objects], rows["object"])
        if heading == "run":
            run = self._by_shape(rows, lambda shape: shape.run)
            return pd.arrays.IntegerArray(run, run == 0)
        if heading == "iteration":
            return self._by_shape(rows, lambda shape: shape.iteration)
        if heading == "queued_s":
            return rows["queued"] / 1000
        return self._categorical(rows, heading, heading)

    def _categorical(self, rows: Rows, field: str, heading: str) -> pd.Categorical:
        column = categorical(self._codes(rows, field, heading), self._names[heading])
        return column.remove_unused_categories() if heading in NOT_OF_PLAN else column

    def _codes(self, rows: Rows, field: str, heading: str) -> Integers:
        code_of = {name: code for code, name in enumerate(self._names[heading])}
        return self._by_shape(rows, lambda shape: code_of.get(getattr(shape, field), -1))

    def _status(self, rows: Rows, statuses: Sequence[str], renamed: Mapping[str, str] | None = None) -> pd.Categorical:
        names = renamed or {}
        code_of = {status: code for code, status in enumerate(statuses)}
        codes = self._by_shape(rows, lambda shape: code_of.get(names.get(shape.status, shape.status), -1))
        return categorical(codes, statuses)

    def _by_shape(self, rows: Rows, code: Callable[[Shape], int]) -> Integers:
        codes = np.fromiter(map(code, self._log.shapes), dtype=np.int64, count=len(self._log.shapes))
        return codes.take(rows["shape"])


_SENDS = {"done": "sent", "skipped": "skipped"}


def _ends(passage: Integers) -> tuple[Integers, Integers]:
    """Where each passage's first and last rows stand."""
    count = int(passage.max()) + 1 if len(passage) else 0
    first, last = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    place = np.arange(len(passage))
    last[passage] = place  # of several values for one index NumPy keeps the last one
    first[passage[::-1]] = place[::-1]
    return first, last


# --- names ------------------------------------------------------------------------------------------------------------


def names_of(plan: Plan, shapes: Sequence[Shape]) -> dict[str, tuple[str, ...]]:
    """The categories under each heading: the plan's names in its order, then any others that came, by their letters."""
    planned: dict[str, list[str]] = {"kind": list(KINDS), "action": ["send"]}
    for heading, name in _planned(plan):
        planned.setdefault(heading, []).append(name)
    seen: dict[str, set[str]] = {"message": {shape.name for shape in shapes if shape.action == "send"}}
    for field in NAMED:
        seen[field] = {getattr(shape, field) for shape in shapes}
    return {
        heading: tuple(name for name in dict.fromkeys([*planned.get(heading, ()), *sorted(names)]) if name)
        for heading, names in seen.items()
    }


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    """Each name the plan holds, under its heading, in the order of the text."""
    for flow in plan.flows:
        yield "flow", flow.name
        for node in flow.nodes:
            yield "step", node.id
            if isinstance(node, Act):
                yield from _named_in(node.effect)
    for message in plan.policy.messages:
        yield from (("channel", message.channel), ("message", message.name), ("name", message.name))


def messages_of(plan: Plan) -> list[tuple[str, str]]:
    """Channel and name of each message the plan sends or declares, in the order of the text."""
    sent = [(send.channel, send.message) for send in effects(plan, Send)]
    return list(dict.fromkeys([*sent, *((message.channel, message.name) for message in plan.policy.messages)]))


def _named_in(effect: Effect) -> Iterator[tuple[str, str]]:
    match effect:
        case Send(channel=channel, message=message):
            yield from (("channel", channel), ("message", message), ("name", message))
        case ChangeMembership(name=name) | CustomAction(name=name) | StartFlow(flow=name) | StopFlow(flow=name):
            yield "name", name
        case _:
            pass  # an assignment has a column for an object: its name comes with the rows


# --- columns ----------------------------------------------------------------------------------------------------------


def moments(times: Integers) -> pd.DatetimeIndex:
    """Milliseconds since 1970 UTC as datetime64[ms, UTC]; NEVER is missing."""
    given = np.ascontiguousarray(times, dtype=np.int64)
    known = np.where(given >= NEVER, NOT_A_TIME, given)
    return pd.DatetimeIndex(known.view("datetime64[ms]")).tz_localize("UTC")


def texts(values: Sequence[str | None], codes: Integers) -> ExtensionArray:
    """The texts that the codes count in; None is missing."""
    found: ExtensionArray = pd.Series(list(values), dtype=TEXT).array.take(codes)
    return found


def categorical(codes: Integers, names: Sequence[str]) -> pd.Categorical:
    """A column of repeated names: -1 is missing."""
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(names), dtype=TEXT))
