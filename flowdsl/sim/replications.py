"""Several replications of one setting: numbers go in; what each of them leaves comes out, in the order of the numbers.

Every replication is what a simulation of that number gives. Counts of the compiled engine share their packed tables,
and threads live a replication each; new contacts, whom each replication has its own of, are lived by themselves, for
contacts do not meet. Where `capacity` joins contacts, each replication is a simulation like any other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING

from flowdsl.results.counts import Counts
from flowdsl.results.results import Results
from flowdsl.sim.arrivals import Newcomers
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.engine_selection import FAST, REFERENCE
from flowdsl.sim.engines import check_length, simulate
from flowdsl.sim.options import ENGINES

if TYPE_CHECKING:
    from flowdsl.sim.fast.shared import Shared

AHEAD = 2  # replications that wait for each thread


def tallies(config: SimulationConfig, engine: str, numbers: Iterable[int]) -> Iterator[Counts]:
    """The counts of each replication, under an engine of ENGINES; the setting is as its tables are, without new
    contacts."""
    if engine != FAST or config.plan.policy.capacities:
        return (results.tally for results in lives(config, engine, numbers, "counts"))
    check_length(config)
    fast = import_module(ENGINES[FAST])
    there = fast.share(replace(config, world=replace(config.world, arrivals=())))
    return _side_by_side(_live(config, there, fast.keep), there.stop, numbers)


def lives(config: SimulationConfig, engine: str, numbers: Iterable[int], records: str) -> Iterator[Results]:
    """The Results of each replication, one after the other; the plan is made ready once for all of them."""
    prepared = config.ready() if engine == REFERENCE else None
    config = replace(config, prepared=prepared)
    return (simulate(replace(config, replication=number), engine, None, records) for number in numbers)


def _live(
    config: SimulationConfig, there: Shared, keep: Callable[[SimulationConfig, str], Counts]
) -> Callable[[int], Counts]:
    """What gives the counts of a replication, from any thread: of the table's contacts (`there`), and of new ones."""
    if not config.world.arrivals:
        return there.live
    newcomers = Newcomers(config)

    def with_newcomers(number: int) -> Counts:
        counts = there.live(number)
        new = newcomers.of(number)
        return counts + keep(new, "counts") if len(new.tables.contacts) else counts

    return with_newcomers


def _side_by_side(live: Callable[[int], Counts], stop: Callable[[], None], numbers: Iterable[int]) -> Iterator[Counts]:
    """The counts of each replication in order, some of them lived at the same time; whoever has enough stops them."""
    threads = import_module("flowdsl.sim.fast.threads").threads()
    waiting, coming = deque[Future[Counts]](), iter(numbers)
    with ThreadPoolExecutor(threads) as pool:
        try:
            waiting.extend(pool.submit(live, number) for number in islice(coming, AHEAD * threads))
            while waiting:
                done = waiting.popleft().result()
                waiting.extend(pool.submit(live, number) for number in islice(coming, 1))
                yield done
        finally:
            for one in waiting:
                one.cancel()
            stop()
