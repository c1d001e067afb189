"""Chunks of contacts over a pool of threads: the interpreter does not hold Python's lock, and contacts do not meet."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

import numpy as np

from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.machine.budget import STEPS, WORK, Step, overrun
from flowdsl.results.counts import QUARTER, Counts, total
from flowdsl.results.log import Log
from flowdsl.results.log_filters import sends_and_runs
from flowdsl.sim.config import Progress, SimulationConfig
from flowdsl.sim.contact_process import SimulationContext, cause_of, make_context
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast import state
from flowdsl.sim.fast.compile import walk
from flowdsl.sim.fast.data import Data, named, pack
from flowdsl.sim.fast.log import Gathered, Reader, counted
from flowdsl.sim.fast.lowering import close, write
from flowdsl.sim.fast.memory import Memory, Walk
from flowdsl.sim.fast.pointers import address, directory
from flowdsl.sim.fast.program import Program
from flowdsl.sim.fast.words import Ints

CHUNK = 16_384  # contacts that one call takes
THREADS = 0  # as many as there are processors
TOLD_EVERY = 0.1  # seconds


KEPT = {"full": at.EVERY_ROW, "sends": at.SENDS_AND_RUNS, "counts": at.COUNTS}


def keep(config: SimulationConfig, records: str, progress: Progress | None = None) -> Log | Counts:
    """Simulates all contacts of a setting; gives every row, those of sends and runs, or counts."""
    stage = make_context(config)
    program = write(stage)
    program.head(at.KEPT_ROWS, KEPT[records])
    count = named(config, program.texts)
    data = pack(config, program.names, program.texts, draws_by_contact(stage), stage.world.rates)
    words = close(program, count)
    chunks, gathered = (
        Chunks(len(config.tables.contacts), progress),
        Gathered(len(config.tables.contacts), stage.ready.budget),
    )
    most = 1 if config.plan.policy.capacities else threads()  # where contacts meet, one thread lives them all
    workers = [Worker(program, words, data, gathered) for _ in range(min(most, len(chunks)))]
    run = walk() if workers else _nobody
    with ThreadPoolExecutor(max(len(workers), 1)) as pool:
        working = [pool.submit(worker.take, run, chunks) for worker in workers]
        try:
            chunks.watch(working)
            chunks.refuse()
        finally:
            chunks.stop()
    reader = Reader(stage.ready, program.names, program.texts.all())
    if records == "counts":
        nobody = Counts(config.start, len(config.tables.contacts), {}, {})
        return total([nobody, *(counted(worker.keys, worker.series, reader, config.start) for worker in workers)])
    every = gathered.log(reader)
    return sends_and_runs(every) if records == "sends" else every


def threads() -> int:
    """How many threads live contacts at once."""
    return THREADS or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Chunks:
    """The contacts, some thousands at a time, to be taken by one thread or another until it is told to stop."""

    def __init__(self, size: int, progress: Progress | None = None) -> None:
        self.size, self.progress, self.done = size, progress, 0
        self.failed: dict[int, RunError] = {}
        self.flag = np.zeros(1, dtype=np.int64)  # compiled code looks at it before each contact
        self.left = deque((first, min(first + CHUNK, size)) for first in range(0, size, CHUNK))

    def __len__(self) -> int:
        return len(self.left)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        while True:
            try:
                chunk = self.left.popleft()  # of a deque, so that no two threads get the same
            except IndexError:
                return
            yield chunk
            self.done += chunk[1] - chunk[0]

    @property
    def is_over(self) -> bool:
        """Whether it has been told to stop."""
        return bool(self.flag[0])

    def stop(self) -> None:
        """Leaves what nobody has lived yet."""
        self.left.clear()
        self.flag[0] = 1

    def fail(self, contact: int, error: RunError) -> None:
        """Notes that the life of a contact failed. Whoever comes before it lives on, so that the first one is told."""
        self.left.clear()
        self.failed[contact] = error

    def refuse(self) -> None:
        """Raises the diagnostic of the first contact whose life failed, if any did."""
        for _, error in sorted(self.failed.items()):
            raise error

    def watch(self, working: Sequence[Future[None]]) -> None:
        """Waits for the threads and tells how far they are; raises what one of them raises."""
        waiting: Iterable[Future[None]] = working
        while waiting:
            done, waiting = wait(waiting, timeout=TOLD_EVERY, return_when=FIRST_EXCEPTION)
            for one in done:
                one.result()
            if self.progress:
                self.progress(self.done / self.size)


def _nobody(memory: Memory, first: int, stop: int) -> int:
    """The walk where there are no contacts."""
    return 0


def draws_by_contact(stage: SimulationContext) -> bool:
    """Whether anything hangs on the id of a contact: chance, or the order at a limited channel."""
    config = stage.config
    world = config.world
    by_chance = any(flow.split_keys for flow in stage.ready.flows) or world.answers or world.rates or world.shares
    return bool(by_chance or config.plan.policy.capacities)


class Worker:
    """One thread with arrays of its own."""

    def __init__(self, program: Program, words: Ints, data: Data, gathered: Gathered) -> None:
        self.words, self.data, self.directory = words, data, directory(data)
        self.arrays, self.gathered, self.numbers = state.make(program), gathered, list[int]()
        self.series = self._series(program)

    def _series(self, program: Program) -> Ints:
        """Room for numbers over time, a row a line; what is never written to takes no memory."""
        head, config, shapes = program.out.words, program.stage.config, self.arrays.shapes
        if head[at.KEPT_ROWS] != at.COUNTS:
            return np.zeros((0, 0), dtype=np.int64)
        first = config.start // QUARTER
        quarters = max((config.until - 1) // QUARTER - first + 2, 1)  # what is pending at the end counts in none
        nodes = sum(len(flow.nodes) for flow in program.stage.ready.flows)
        series = np.zeros((at.LINES_OF_FLOW * head[at.N_FLOWS] + 2 * nodes, quarters), dtype=np.int64)
        shapes[at.SERIES], shapes[at.N_QUARTERS], shapes[at.FIRST_QUARTER] = address(series), quarters, first
        return series

    @property
    def keys(self) -> Ints:
        """The shapes of its rows."""
        return state.keys_of(self.arrays.shapes)

    def take(self, run: Walk, chunks: Chunks) -> None:
        """Lives one chunk after the other, as long as there are any."""
        self.arrays.shapes[at.STOP] = address(chunks.flag)
        for first, stop in chunks:
            self._live(run, first, stop, chunks)
        if self.arrays.servers is not None:
            while not chunks.is_over and not chunks.failed and self._serve(run, chunks):
                pass

    def _memory(self, chunks: Chunks) -> Memory:
        arrays = self.arrays
        servers = arrays.servers.arrays if arrays.servers else ()
        series = () if self.series is None else (self.series,)
        others = (chunks.flag, *series, *servers)
        return Memory(self.words, arrays.state, arrays.shapes, arrays.rows, self.data, self.directory, others)

    def _serve(self, run: Walk, chunks: Chunks) -> int:
        """Lives some of those again who ask for slots of a limited channel; how many are left."""
        arrays = self.arrays
        arrays.shapes[at.ROWS] = 0
        left = run(self._memory(chunks), -1, CHUNK)
        if arrays.state[at.FULL]:
            if self._is_spent(int(arrays.state[at.CONTACT]), chunks):
                return 0
            self.gathered.check(arrays.shapes[at.ROWS])
            arrays.grow()
        rows = arrays.rows[: arrays.shapes[at.ROWS] * at.ROW_WORDS]
        self.gathered.take(rows, self.keys, self.numbers, 0)
        return left

    def _is_spent(self, contact: int, chunks: Chunks) -> bool:
        """Whether a contact has used up its budget, which is then told to the chunks."""
        words = self.arrays.state
        code = {at.STEPS_SPENT: STEPS, at.WORK_SPENT: WORK}.get(int(words[at.FULL]))
        if code is None:
            return False
        chunks.fail(contact, self._overrun(contact, code))
        return True

    def _overrun(self, contact: int, code: str) -> RunError:
        words, stage = self.arrays.state, self.arrays.program.stage
        row = (int(words[at.LAST_FLOW]) - self.words[at.FLOWS]) // at.FLOW_WIDTH
        flow = stage.ready.flows[row] if words[at.LAST_FLOW] else None
        node = flow.nodes[int(words[at.LAST_NODE])] if flow else None
        step = Step(flow.name, node.id, node.span) if flow and node else None
        cause = cause_of(stage.config.world, int(words[at.LAST_CAUSE]))
        who = stage.config.tables.contacts.ids[contact]
        return overrun(stage.ready.budget, code, who, step, cause)

    def _live(self, run: Walk, first: int, stop: int, chunks: Chunks) -> None:
        arrays = self.arrays
        arrays.shapes[at.ROWS] = 0
        contact = first
        while contact < stop:
            contact = run(self._memory(chunks), contact, stop)
            if chunks.is_over:
                return
            if contact < stop and self._is_spent(contact, chunks):
                return
            if contact < stop:
                self.gathered.check(arrays.shapes[at.ROWS])
                arrays.grow()
        rows = arrays.rows[: arrays.shapes[at.ROWS] * at.ROW_WORDS]
        self.gathered.take(rows, self.keys, self.numbers, stop - first)
