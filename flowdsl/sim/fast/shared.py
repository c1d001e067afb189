"""Tables that are packed once for all replications of a simulation.

A program is written anew for each replication, since it holds what that one believes and draws from; names and texts
have the same numbers in all of them, so the tables stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

from flowdsl.results.counts import Counts, total
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.contact_process import make_context
from flowdsl.sim.fast.compile import walk
from flowdsl.sim.fast.data import drawn, named, pack
from flowdsl.sim.fast.layout import COUNTS, KEPT_ROWS
from flowdsl.sim.fast.log import Gathered, Reader, counted
from flowdsl.sim.fast.lowering import close, write
from flowdsl.sim.fast.threads import Chunks, Worker, draws_by_contact


class Shared:
    """The tables of a setting as compiled code reads them; several threads may live replications of it at once."""

    def __init__(self, config: SimulationConfig) -> None:
        self.config = config
        stage = make_context(config)
        first = write(stage)
        self._count = named(config, first.texts)
        self._data = pack(config, first.names, first.texts, draws_by_contact(stage), stage.world.rates)
        close(first, self._count)  # so that every text has its number
        self._texts = first.texts
        self._run = walk()
        self._under_way: list[Chunks] = []
        self._is_over = False

    def live(self, replication: int) -> Counts:
        """The counts of one replication, lived in this thread; some of them, if it is told to stop meanwhile."""
        config = replace(self.config, replication=replication)
        program = write(make_context(config), self._texts)
        program.head(KEPT_ROWS, COUNTS)
        chunks = Chunks(len(config.tables.contacts))
        rows, numbers = drawn(program.stage.world.rates, len(config.tables.contacts))
        data = self._data._replace(drawn_rows=rows, drawn=numbers)
        worker = Worker(program, close(program, self._count), data, Gathered(0, program.stage.ready.budget))
        self._under_way.append(chunks)
        if self._is_over:
            chunks.stop()
        worker.take(self._run, chunks)
        chunks.refuse()
        self._under_way.remove(chunks)
        reader = Reader(program.stage.ready, program.names, self._texts.all())
        nobody = Counts(config.start, len(config.tables.contacts), {}, {})
        return total([nobody, counted(worker.keys, worker.series, reader, config.start)])

    def stop(self) -> None:
        """Ends all replications before their next contact."""
        self._is_over = True
        for chunks in [*self._under_way]:
            chunks.stop()
