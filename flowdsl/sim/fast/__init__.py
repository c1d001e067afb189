"""The compiled engine: a config goes in, a Log comes out, the same rows as the reference engine writes, bit for bit.

Plan and tables become flat arrays of integers (program, data), and one interpreter, compiled once for all programs,
walks them contact by contact (life, wake, entry, steps, actions, cells, conditions, chance). Every room says which part
of the machine it is the twin of. Numba is loaded here and nowhere else, and only when the engine runs.

layout     where things stand in the arrays     twins   clock, zones, draws, laws, compiled as they are
state      what one contact lives in            log     rows and shapes as sim.log has them
known      what cannot be compiled              threads chunks of contacts over a pool
shared     tables packed once for many replications
compile    compiled once, kept on the machine   passes  how Numba is told to compile
plain      rewritten before it is compiled      pointers  words at addresses
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowdsl.results.counts import Counts
from flowdsl.results.log import Log
from flowdsl.sim.config import Progress, SimulationConfig

if TYPE_CHECKING:
    from flowdsl.sim.fast.shared import Shared


def prepare() -> str:
    """Loads and compiles all that simulations need, once; tells why that is switched off, or "". Numba may raise."""
    from numba import config

    if config.DISABLE_JIT:
        return "The environment variable NUMBA_DISABLE_JIT switches Numba off: unset it."
    from flowdsl.sim.fast.compile import interpreter

    interpreter()
    return ""


def keep(config: SimulationConfig, records: str = "full", progress: Progress | None = None) -> Log | Counts:
    """Simulates all contacts of a setting; gives every row, those of sends and runs, or counts."""
    from flowdsl.sim.fast import threads

    return threads.keep(config, records, progress)


def share(config: SimulationConfig) -> Shared:
    """The tables of a setting, packed once; it gives the counts of any replication."""
    from flowdsl.sim.fast.shared import Shared

    return Shared(config)
