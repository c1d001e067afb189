"""Runs several replications of one simulation, and returns their results in the order of their numbers.

Every replication equals a simulation with that number. For counts, the compiled engine shares its packed tables, and
each thread runs one replication. Each replication has its own new contacts, which run separately, since contacts are
independent. With `capacity` contacts are not independent, and each replication is a full simulation.
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
from flowdsl.sim.arrivals import NewContacts
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.engine_selection import FAST, REFERENCE
from flowdsl.sim.engines import check_length, simulate
from flowdsl.sim.options import ENGINES

if TYPE_CHECKING:
    from flowdsl.sim.fast.shared import Shared

AHEAD = 2  # replications in the queue of each thread


def counts_of_replications(config: SimulationConfig, engine: str, numbers: Iterable[int]) -> Iterator[Counts]:
    """The counts of each replication with an engine of ENGINES; the tables of the config have no new contacts yet."""
    if engine != FAST or config.plan.policy.capacities:
        return (results.tally for results in results_of_replications(config, engine, numbers, "counts"))
    check_length(config)
    fast = import_module(ENGINES[FAST])
    there = fast.share(replace(config, world=replace(config.world, arrivals=())))
    return _side_by_side(_counts_of_one(config, there, fast.keep), there.stop, numbers)


def results_of_replications(
    config: SimulationConfig, engine: str, numbers: Iterable[int], records: str
) -> Iterator[Results]:
    """The Results of each replication, one after the other; the plan is prepared only once."""
    prepared = config.ready() if engine == REFERENCE else None
    config = replace(config, prepared=prepared)
    return (simulate(replace(config, replication=number), engine, None, records) for number in numbers)


def _counts_of_one(
    config: SimulationConfig, there: Shared, keep: Callable[[SimulationConfig, str], Counts]
) -> Callable[[int], Counts]:
    """Returns a function that counts a replication, from any thread: contacts of the table (`there`), and new ones."""
    if not config.world.arrivals:
        return there.live
    new_contacts = NewContacts(config)

    def with_new_contacts(number: int) -> Counts:
        counts = there.live(number)
        new = new_contacts.of(number)
        return counts + keep(new, "counts") if len(new.tables.contacts) else counts

    return with_new_contacts


def _side_by_side(live: Callable[[int], Counts], stop: Callable[[], None], numbers: Iterable[int]) -> Iterator[Counts]:
    """The counts of each replication in order, run in threads; they stop when the iterator is closed."""
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
