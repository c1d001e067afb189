"""Keeps the rows of a simulation, one wake of one contact at a time, and makes Results of them.

Every wake of every contact comes here, so a row must be cheap: half a microsecond and 36 bytes (see results/log.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from flowdsl.plan.plan import Plan
from flowdsl.results.counts import SENT
from flowdsl.results.log import LAYOUT, ROW, Log, Shape, ShapeFields
from flowdsl.results.records import Record
from flowdsl.results.results import Results

Thing = TypeVar("Thing")


class Codes(dict[Thing, int], Generic[Thing]):
    """Numbers keys from 0, in the order in which they are first looked up."""

    def __missing__(self, thing: Thing) -> int:
        code = self[thing] = len(self)
        return code


class Recorder:
    """Keeps the rows of a simulation.

    contact_ids  texts, by position; the list may grow while the simulation runs
    start        ms: earlier rows (of a warm-up) are dropped, except those of runs, which may end after it

    >>> recorder = Recorder(Plan(flows=()), ["c1"])
    >>> recorder.add(0, [Record(0, "run", "Welcome", 1, status="started")])
    >>> recorder.add(0, [Record(60_000, "run", "Welcome", 1, status="completed", reason="done")])
    >>> recorder.results(until=86_400_000).runs[["contact", "flow", "run", "status", "reason"]].values.tolist()
    [['c1', 'Welcome', 1, 'completed', 'done']]
    """

    def __init__(self, plan: Plan, contact_ids: Sequence[str], start: int = 0) -> None:
        self._plan = plan
        self._contact_ids = contact_ids
        self._start = start
        self._rows = bytearray()
        self._shapes = Codes[ShapeFields]()
        self._objects = Codes({"": 0})

    def __len__(self) -> int:
        return len(self._rows) // ROW.size

    def add(self, contact_index: int, records: Iterable[Record]) -> None:
        """Keeps the rows of one wake of the contact at this position."""
        rows, shapes, objects, start, pack = self._rows, self._shapes, self._objects, self._start, ROW.pack
        for record in records:
            time = record[0]
            if time < start and (record.kind != "run" or record.status == "declined"):
                continue
            # Fields are read by number, which halves the cost: 1 to 13 are a Shape's, 14 object_id, 15 due, 16 queued.
            identity = record[14]
            shape = shapes[record[1:14]]
            rows += pack(time, record[15], record[16], contact_index, shape, objects[identity] if identity else 0)

    def log(self) -> Log:
        """Everything recorded. The rows are not copied: nothing can be added afterwards (BufferError)."""
        import numpy as np

        return Log(
            np.frombuffer(self._rows, dtype=np.dtype(list(LAYOUT))),
            [Shape(*shape) for shape in self._shapes],
            [str(identity) for identity in self._objects],
        )

    def results(
        self,
        *,
        until: int,
        seed: int = 0,
        replication: int = 0,
        tracer: Callable[[str], Sequence[Record]] | None = None,
        zone_of: Callable[[str], str] | None = None,
    ) -> Results:
        """The Results of the recorded rows, from the recorder's start to just before until (ms); see `log`.

        tracer   runs a contact again, by id, and returns its Records with those of kind "step"
        zone_of  the time zone of a contact, by id; "" if it has none of its own
        """
        log = self.log()
        return Results(self._plan, log, self._contact_ids, self._start, until, seed, replication, tracer, zone_of)


class SendsRecorder(Recorder):
    """Keeps the rows of sends and runs; other actions are counted, and events dropped."""

    def __init__(self, plan: Plan, contact_ids: Sequence[str], start: int = 0) -> None:
        super().__init__(plan, contact_ids, start)
        self._actions: dict[ShapeFields, int] = {}

    def add(self, contact_index: int, records: Iterable[Record]) -> None:
        """Keeps or counts the rows of one wake of the contact at this position."""
        kept, actions, start = [], self._actions, self._start
        for record in records:
            if record.kind == "run":
                kept.append(record)
            elif record.kind == "action" and record.time >= start:
                # Without run and round; the fields of a Shape, by number.
                shape = ("action", record[2], 0, record[4], 0, *record[6:14])
                actions[shape] = actions.get(shape, 0) + 1
                if record.action == "send" and record.status in SENT:
                    kept.append(record)
        super().add(contact_index, kept)

    def log(self) -> Log:
        """The rows kept and the numbers of actions."""
        return replace(super().log(), actions={Shape(*shape): number for shape, number in self._actions.items()})
