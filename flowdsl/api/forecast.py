"""The verb `forecast`: a program, contacts and a scenario go in; a Forecast of the messages to come comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowdsl.api import pipeline
from flowdsl.api.pipeline import ScenarioPlan
from flowdsl.compiler.scenarios import check_fields
from flowdsl.forecasting import Forecast
from flowdsl.forecasting.options import ForecastOptions, columns
from flowdsl.forecasting.replicate import Replications, ReplicationSetup, elsewhere, here, in_parts, replicate
from flowdsl.partitioned.dask import Client
from flowdsl.progress import watched
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.idle import why_idle
from flowdsl.sim.options import SimulationOptions, TimeRange, is_in_parts
from flowdsl.tables.sources import Given, TableSources

if TYPE_CHECKING:
    from flowdsl.compiler.scenario_builder import Scenario
    from flowdsl.plan.plan import Plan, World
    from flowdsl.sim.options import Moment
    from flowdsl.sim.passed import Passed
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table


@watched("forecast")
def forecast(
    program: Program | Plan | ScenarioPlan | str,
    contacts: Table | Sequence[str | Path],
    *,
    events: Table | Sequence[str | Path] | None = None,
    objects: Table | Sequence[str | Path] | None = None,
    catalogue: Table | None = None,
    scenario: str | World | Scenario | Program | None = None,
    start: Moment | None = None,
    days: int | None = None,
    until: Moment | None = None,
    warm_from: Moment | None = None,
    seed: int = 0,
    replications: int | str = "auto",
    level: float = 0.9,
    by: str | Sequence[str] = ("channel", "flow", "message"),
    every: str = "day",
    prices: Mapping[str, float] | None = None,
    engine: str = "auto",
    backend: str | None = None,
    method: str = "simulate",
    progress: Callable[[Passed], None] | None = None,
    client: Client | str | None = None,
) -> Forecast:
    """Forecasts how many messages a program will send, per day and group, with two kinds of intervals.

    The prediction interval says what one real future will look like: each replication is such a future, with chance of
    its own, and where the scenario is in doubt (`40% to 45%`) a belief of its own. The confidence interval says how
    sure the simulation is of the mean of all futures. Replication r is what `simulate(…, replication=r)` gives.

    events, objects, catalogue, scenario, start, days, until, warm_from, seed, engine   as in `simulate`; with warm_from
                  people who are on their way at start are in the forecast
    replications  how many; "auto": 99 (for the level 0.9) and more until totals are known to 2%, at most 990
    level         probability of both intervals, 0 to 1
    by            which of channel, flow and message have rows of their own; () for all together
    every         hour, day or week, on the workspace's clock
    prices        of a message, by channel: then `cost()` tells amounts
    backend       None: here, several replications at once; "dask": on the workers of `client` (a Client or its
                  address), of the client there is, or of new ones on this machine
    method        "simulate", or "exact": expected numbers without chance, for programs that allow it
    progress      called with the fraction that is done, as in `simulate`

    Raises ProgramError, DataError, PlanError or RunError; each tells all diagnostics of its kind at once.

    >>> import pandas as pd
    >>> people = pd.DataFrame({"contact": range(1000)})
    >>> program = pipeline.parse('''
    ... flow "Offer"
    ...   when contact visits page
    ...   limit once per contact
    ...   then send email "Offer"
    ... scenario
    ...   assume contact visits page 0.5 per contact per week
    ... ''')
    >>> found = forecast(program, people, start="2026-01-05", days=7, engine="simpy", replications=19)
    >>> print(found.totals().round(1).to_string(index=False))  # 1000 (1 - exp(-1/2)) = 393.5 are expected
    channel  flow message  mean  median  pi_low  pi_high  ci_low  ci_high
      email Offer   Offer 395.8   395.0     369      430   389.5    402.2
    """
    options = ForecastOptions(
        replications=replications, level=level, by=columns(by), every=every, prices=prices, method=method,
        backend=backend, client=client,
    ).checked()  # fmt: skip
    simulation = SimulationOptions(engine=engine, records="counts", seed=seed, progress=progress).checked()
    given = pipeline.with_scenario(program, scenario)
    check_fields(given.plan, given.world)
    tables, times = TableSources(contacts, events, objects, catalogue), TimeRange(start, days, until, warm_from)
    if method == "exact":
        return _exact(given, pipeline.config_of(given, tables, times, simulation), options)
    with given.showing_lines():
        place = _place(given, tables, times, simulation, options)
        found = replicate(given.plan, place, options, progress)
    return forecast_of(given, place, found, options, simulation.seed)


def prepared(
    program: Program | Plan | ScenarioPlan | str,
    scenario: str | World | Scenario | Program | None,
    contacts: Given,
    options: Mapping[str, Any],
) -> ScenarioPlan:
    """A program compiled once, its tables opened once, for several forecasts of it; options as in `forecast`.

    Tables in parts are opened part by part each time.
    """
    given = pipeline.with_scenario(program, scenario)
    events, objects, catalogue = (options.get(name) for name in ("events", "objects", "catalogue"))
    tables = TableSources(contacts, events, objects, catalogue)
    return given if is_in_parts(None, None, *tables.people) else replace(given, tables=given.open_tables(tables))


def forecast_of(
    given: ScenarioPlan, place: ReplicationSetup, found: Replications, options: ForecastOptions, seed: int
) -> Forecast:
    """The Forecast that replications make."""
    return Forecast(
        program=given.program,
        plan=given.plan,
        world=given.world,
        contacts=place.contacts,
        start_ms=place.start,
        until_ms=place.until,
        hourly=found.hourly,
        enough=found.enough,
        servers=found.servers,
        outcomes=found.outcomes,
        engine=place.engine,
        level=options.level,
        by=options.by,
        every=options.every,
        prices=options.prices,
        seed=seed,
    )


def _place(
    given: ScenarioPlan,
    tables: TableSources,
    times: TimeRange,
    simulation: SimulationOptions,
    options: ForecastOptions,
) -> ReplicationSetup:
    """Where the replications are lived."""
    if is_in_parts(None, None, *tables.people):
        parts = pipeline.in_parts(given, tables, times)
        alone = replace(simulation, progress=None)  # the forecast reports replications, not contacts
        return in_parts(replace(parts, options=alone, backend=options.backend, client=options.client))
    config = pipeline.config_of(given, tables, times, simulation)
    if options.backend == "dask":
        return elsewhere(config, simulation.engine, options.least, options.client)
    return here(config, simulation.engine, options.least)


def _exact(given: ScenarioPlan, config: SimulationConfig, options: ForecastOptions) -> Forecast:
    from flowdsl.forecasting.exact import expected

    return Forecast(
        program=given.program,
        plan=given.plan,
        world=given.world,
        contacts=len(config.tables.contacts),
        start_ms=config.start,
        until_ms=config.until,
        hourly=expected(config),
        method="exact",
        idle=why_idle(config),
        level=options.level,
        by=options.by,
        every=options.every,
        prices=options.prices,
        seed=config.seed,
    )
