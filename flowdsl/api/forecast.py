"""The verb `forecast`: estimates how many messages a program will send."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

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
    from flowdsl.api.keywords import TableKeywords
    from flowdsl.compiler.scenario_builder import Scenario
    from flowdsl.forecasting.calibration import Calibrating
    from flowdsl.plan.plan import Plan, World
    from flowdsl.sim.options import Moment
    from flowdsl.sim.run_progress import SimulationProgress
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
    progress: Callable[[SimulationProgress], None] | None = None,
    client: Client | str | None = None,
    calibrated: Calibrating | None = None,
) -> Forecast:
    """Forecasts how many messages a program will send, per day and group, with two kinds of intervals.

    The prediction interval shows the range of one real future: each replication is such a future, with its own random
    numbers and, for a range such as `40% to 45%`, its own value. The confidence interval shows how precisely the
    simulation knows the mean of all futures. Replication r equals `simulate(…, replication=r)`.

    events, objects, catalogue, scenario, start, days, until, warm_from, seed, engine   as in `simulate`; with warm_from
                  the forecast includes contacts who are in a flow at start
    replications  how many; "auto": 99 (for the level 0.9), and more until totals are known to 2%, at most 990
    level         probability of both intervals, 0 to 1
    by            which of channel, flow and message to group rows by; () for one total
    every         hour, day or week, in the time zone of the workspace
    prices        of a message, by channel, for `cost()`
    backend       None: this machine, several replications at once; "dask": the workers of `client` (a Client or its
                  address), of the current client, or new ones on this machine
    method        "simulate", or "exact": expected numbers without chance, for programs that allow it
    progress      called with the fraction done, as in `simulate`
    calibrated    a RollingBacktest of the same kind of forecast: its errors shift and widen this one; not with "exact"

    Raises ProgramError, DataError, PlanError or RunError; each reports all diagnostics of its kind at once.

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
    scenario_plan = pipeline.with_scenario(program, scenario)
    check_fields(scenario_plan.plan, scenario_plan.world)
    tables, times = TableSources(contacts, events, objects, catalogue), TimeRange(start, days, until, warm_from)
    if method == "exact":
        exact = _exact(scenario_plan, pipeline.config_of(scenario_plan, tables, times, simulation), options)
        return exact if calibrated is None else exact.calibrated(calibrated)
    with scenario_plan.showing_lines():
        setup = _setup(scenario_plan, tables, times, simulation, options)
        found = replicate(scenario_plan.plan, setup, options, progress)
    outcome = forecast_of(scenario_plan, setup, found, options, simulation.seed)
    return outcome if calibrated is None else outcome.calibrated(calibrated)


def prepared(
    program: Program | Plan | ScenarioPlan | str,
    scenario: str | World | Scenario | Program | None,
    contacts: Given,
    options: TableKeywords,
) -> ScenarioPlan:
    """Compiles a program and opens its tables once, for several forecasts of it; options as in `forecast`.

    Tables in parts are opened part by part each time.
    """
    scenario_plan = pipeline.with_scenario(program, scenario)
    tables = TableSources(contacts, options.get("events"), options.get("objects"), options.get("catalogue"))
    return (
        scenario_plan
        if is_in_parts(None, None, *tables.people)
        else replace(scenario_plan, tables=scenario_plan.open_tables(tables))
    )


def forecast_of(
    scenario_plan: ScenarioPlan, setup: ReplicationSetup, found: Replications, options: ForecastOptions, seed: int
) -> Forecast:
    """The Forecast that replications make."""
    return Forecast(
        program=scenario_plan.program,
        plan=scenario_plan.plan,
        world=scenario_plan.world,
        contacts=setup.contacts,
        start_ms=setup.start,
        until_ms=setup.until,
        hourly=found.hourly,
        enough=found.enough,
        servers=found.servers,
        outcomes=found.outcomes,
        engine=setup.engine,
        level=options.level,
        by=options.by,
        every=options.every,
        prices=options.prices,
        seed=seed,
    )


def _setup(
    scenario_plan: ScenarioPlan,
    tables: TableSources,
    times: TimeRange,
    simulation: SimulationOptions,
    options: ForecastOptions,
) -> ReplicationSetup:
    """Where and how the replications run."""
    if is_in_parts(None, None, *tables.people):
        parts = pipeline.in_parts(scenario_plan, tables, times)
        alone = replace(simulation, progress=None)  # the forecast reports replications, not contacts
        return in_parts(replace(parts, options=alone, backend=options.backend, client=options.client))
    config = pipeline.config_of(scenario_plan, tables, times, simulation)
    if options.backend == "dask":
        return elsewhere(config, simulation.engine, options.least, options.client)
    return here(config, simulation.engine, options.least)


def _exact(scenario_plan: ScenarioPlan, config: SimulationConfig, options: ForecastOptions) -> Forecast:
    from flowdsl.forecasting.exact import expected

    return Forecast(
        program=scenario_plan.program,
        plan=scenario_plan.plan,
        world=scenario_plan.world,
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
