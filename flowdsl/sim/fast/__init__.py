"""The compiled engine: it simulates a SimulationConfig with the same rows as the reference engine, bit for bit.

Plan and tables become flat arrays of integers. One walk, which is plain Python, takes contact by contact through the
plan (life, wake, entry, steps, actions, cells, conditions, chance). It is compiled once for all programs; with
NUMBA_DISABLE_JIT=1 it runs as Python, for debuggers and coverage. Numba is loaded in `jit` alone, and only when the
engine runs.

layout     the places of everything in the arrays    memory       the arrays of one call
lowering   writes a plan into an array               interpreted  the walk as plain Python
data       packs tables into arrays                  jit          translates the walk for Numba
state      what one contact needs                    compile      compiles the walk once, and keeps it
log        rows and shapes as results.log has them   threads      chunks of contacts over a pool
shared     tables packed once for many replications  words        types and small operations of the walk
background compiles while others wait
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flowdsl.results.counts import Counts
from flowdsl.results.log import Log
from flowdsl.sim.config import Progress, SimulationConfig

if TYPE_CHECKING:
    from flowdsl.sim.fast.shared import Shared


def prepare() -> bool:
    """Loads and compiles all that simulations need, once; False where Numba is switched off. Numba may raise."""
    from flowdsl.sim.fast.compile import is_compiled, walk

    walk()
    return is_compiled()


def kept_in() -> Path | None:
    """The folder that keeps the compiled code for later processes; None if there is none."""
    from flowdsl.sim.fast import compile

    return compile.kept_in()


def keep(config: SimulationConfig, records: str = "full", progress: Progress | None = None) -> Log | Counts:
    """Simulates all contacts of a setting; gives every row, those of sends and runs, or counts."""
    from flowdsl.sim.fast import threads

    return threads.keep(config, records, progress)


def share(config: SimulationConfig) -> Shared:
    """The tables of a setting, packed once; it gives the counts of any replication."""
    from flowdsl.sim.fast.shared import Shared

    return Shared(config)
