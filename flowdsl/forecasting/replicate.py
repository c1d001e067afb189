"""Runs replications of a simulation until there are enough, and keeps the messages by hour.

A Source runs them: on this machine, several at a time; on the workers of Dask; or in parts, where tables are more
than memory holds. Whatever it is, replication r is what a simulation of that number gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

from flowdsl.forecasting.holdout import Outcomes, holdouts, outcomes_of
from flowdsl.forecasting.hours import Gathering, Hourly
from flowdsl.forecasting.intervals import Numbers
from flowdsl.forecasting.load import Server, loads
from flowdsl.forecasting.options import ForecastOptions
from flowdsl.forecasting.stopping_rule import MOST, PRECISION, Enough, look_ahead, sufficient, widths
from flowdsl.partitioned import SimulationInParts
from flowdsl.partitioned import simulate as simulate_in_parts
from flowdsl.partitioned.dask import Client, each_on
from flowdsl.plan.plan import Plan, World
from flowdsl.results.counts import Counts
from flowdsl.sim.arrivals import with_new_contacts
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.engine_selection import check, chosen, expected_work
from flowdsl.sim.idle import why_idle
from flowdsl.sim.options import AUTO
from flowdsl.sim.replications import counts_of_replications, results_of_replications
from flowdsl.sim.run_progress import Report, SimulationProgress

NO_WORLD = World("")


class Replicated(NamedTuple):
    """What one replication leaves: its counts, and what servers of limited capacity did."""

    tally: Counts
    servers: dict[str, Server]


Source = Callable[[Iterable[int]], Iterator[Replicated]]  # gives replications of these numbers, in their order


@dataclass(frozen=True, eq=False)
class Replications:
    """What came of all of them. servers: of each channel with a capacity, one a replication; outcomes: one a
    replication."""

    hourly: Hourly
    servers: dict[str, list[Server]]
    outcomes: list[Outcomes]
    enough: Enough


class Round(SimulationProgress):
    """The fraction of a forecast that is done; it counts replications."""

    def __str__(self) -> str:
        left = "" if self.left is None else f", {self.left:,.0f} s left"
        return f"{self.contacts:,} of {self.of:,} replications{left}"


@dataclass(frozen=True, eq=False)
class ReplicationSetup:
    """What replications run on: how many contacts there are, from when until when (ms), by which engine, and by
    what (`source`); idle: why no flow can start, "" where one may."""

    contacts: int
    start: int
    until: int
    engine: str
    source: Source
    world: World = NO_WORLD
    idle: str = ""


def why_equal(world: World, counts: Numbers, idle: str = "") -> str:
    """Why all replications send the same; "" where they differ. counts: replications x periods x groups; idle: why no
    flow can start.

    >>> import numpy as np
    >>> why_equal(NO_WORLD, np.zeros((2, 1, 1)))
    'nothing is sent: there is no scenario, so nothing happens but the given events; intervals mean nothing'
    """
    if len(counts) < 2 or (counts != counts[0]).any():
        return ""
    said = "" if counts.any() else "nothing is sent: "
    if said and idle:
        return f"{said}{idle}; no interval means anything"
    if not (world.rates or world.answers or world.arrivals or world.shares):
        none = "the scenario has no chance in it" if world.name or world.controls else "there is no scenario"
        return f"{said}{none}, so nothing happens but the given events; intervals mean nothing"
    if said:
        return f"{said}no flow starts, or every message is skipped; no interval means anything"
    return "all replications are equal: chance changes no message; no interval means anything"


def replicate(
    plan: Plan,
    place: ReplicationSetup,
    options: ForecastOptions,
    report: Report | None = None,
) -> Replications:
    """Lives as many replications as the options say, or until totals `by` group are known well enough."""
    replications, least = options.number, options.least
    most = replications or MOST * least
    gathering, servers = Gathering(plan, place.start, place.until), list[dict[str, Server]]()
    splits, outcomes = holdouts(plan), list[Outcomes]()
    began, is_precise = monotonic(), False
    for replication in place.source(range(most)):
        gathering.add(replication.tally)
        servers.append(replication.servers)
        outcomes.append(outcomes_of(splits, replication.tally))
        done = len(gathering)
        if report:
            of = done + look_ahead(done) if done >= least and replications is None else least
            report(Round(done / of, of, monotonic() - began))
        if replications is None and done >= least and sufficient(gathering.totals(options.by), options.level, least):
            is_precise = True
            break
    width = float(widths(gathering.totals(options.by), options.level)[-1])
    hourly = gathering.hourly()
    why = why_equal(place.world, hourly.counts("hour", options.by), place.idle)
    channels = [one.channel for one in plan.policy.capacities]
    return Replications(
        hourly,
        {channel: [one[channel] for one in servers] for channel in channels},
        outcomes,
        Enough(
            replications is not None,
            PRECISION,
            width,
            is_precise,
            why,
        ),
    )


# --- where they run ---------------------------------------------------------------------------------------------------


def here(config: SimulationConfig, engine: str, replications: int) -> ReplicationSetup:
    """Replications on this machine, several at once; the configuration has no new contacts yet.

    Raises RunError where the engine cannot run the setting.
    """
    name = engine_for(config, engine, replications)
    return _at(config, name, lambda numbers: _lived(config, name, numbers))


def elsewhere(
    config: SimulationConfig, engine: str, replications: int, client: Client | str | None
) -> ReplicationSetup:
    """Replications on the workers of Dask, each on one of them.

    Raises RunError where the engine cannot run the setting, or Dask is not installed.
    """
    name = engine_for(config, engine, replications)
    return _at(config, name, lambda numbers: each_on(client, _lived_one, (config, name), numbers))


def in_parts(simulation: SimulationInParts) -> ReplicationSetup:
    """Replications of tables larger than memory: contacts are simulated in parts, one replication after the
    other."""
    first = simulate_in_parts(simulation)

    def source(numbers: Iterable[int]) -> Iterator[Replicated]:
        for number in numbers:
            results = simulate_in_parts(simulation.replication(number)) if number else first
            yield Replicated(results.tally, {})

    return ReplicationSetup(
        first.contacts,
        first.start_ms,
        first.until_ms,
        first.engine,
        source,
        simulation.world,
        first.idle() if first.idle else "",
    )


def _at(config: SimulationConfig, engine: str, source: Source) -> ReplicationSetup:
    idle = why_idle(config)
    return ReplicationSetup(len(config.tables.contacts), config.start, config.until, engine, source, config.world, idle)


def engine_for(config: SimulationConfig, engine: str, replications: int) -> str:
    """The fastest engine for this number of replications, for "auto"; otherwise the given one.

    Raises RunError where that engine cannot run the setting.
    """
    if engine == AUTO:
        whole = with_new_contacts(config)
        return chosen(whole, more=(replications - 1) * expected_work(whole))
    check(engine)
    return engine


def _lived(config: SimulationConfig, engine: str, numbers: Iterable[int]) -> Iterator[Replicated]:
    if config.plan.policy.capacities:
        return (
            Replicated(results.tally, loads(results))
            for results in results_of_replications(config, engine, numbers, "sends")
        )
    return (Replicated(tally, {}) for tally in counts_of_replications(config, engine, numbers))


def _lived_one(shared: tuple[SimulationConfig, str], number: int) -> Replicated:
    """One replication, on any machine."""
    return next(_lived(*shared, [number]))
