"""An engine on packed tables: a program, a size, what is kept and how many threads go in; figures out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter, process_time

from benchmarks import packed
from benchmarks.measure import peak_memory
from flowdsl.results.results import Results
from flowdsl.sim import engines
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.fast import threads

PROGRAMS: dict[str, Callable[[int], SimulationConfig]] = {
    "simple": packed.simple, "busy": packed.busy, "limited": packed.limited,
}  # fmt: skip


def main(program: str, size: int, records: str, processors: int, engine: str = "fast") -> None:
    """Prints the figures of one run; `program` may be a number of flows as well."""
    make = PROGRAMS.get(program) or (lambda contacts: packed.many(int(program), contacts))
    threads.THREADS = processors
    engines.simulate(make(1000), engine, None, records)  # compiled, or loaded from where it was kept
    config = make(size)
    before, wall, cpu = peak_memory(), perf_counter(), process_time()
    results = engines.simulate(config, engine, None, records)
    used, took = process_time() - cpu, perf_counter() - wall
    found = {"cpu": used, "wall": took, "memory": peak_memory() - before, "counts": counts(results)}
    if records == "full":
        found["rows"] = len(results.log.rows)
    print(json.dumps(found))


def counts(results: Results) -> dict[str, int]:
    """How often each thing happened; an opening that came too late is not among the counts."""
    summary = results.summary()
    sent = {str(name): int(number) for (_, name), number in summary.messages["sent"].items()}
    entered, ended = int(summary.flows["entered"].sum()), int(summary.flows["completed"].sum())
    return {**sent, "joined": entered, "started": entered, "opened": sent.get("B", 0), "ended": ended}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), *sys.argv[5:])
