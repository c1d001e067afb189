"""The verb `forecast`: a program, contacts and a scenario go in; a Forecast of the messages to come comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, Unpack

from flowdsl.api import pipeline
from flowdsl.api.pipeline import ScenarioPlan, TableSources, TimeRange
from flowdsl.compiler.scenarios import check_fields
from flowdsl.forecasting import Forecast
from flowdsl.forecasting import options as forecast_options
from flowdsl.forecasting.intervals import enough_to_begin
from flowdsl.forecasting.replicate import Replications, ReplicationSetup, elsewhere, here, in_parts, replicate
from flowdsl.partitioned.dask import Client
from flowdsl.partitioned.parts import Given
from flowdsl.progress import watched
from flowdsl.sim import engines
from flowdsl.sim import options as simulation_options
from flowdsl.sim.idle import why_idle

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
    columns = forecast_options.columns(by)
    forecast_options.raise_any(forecast_options.wrong(replications, level, columns, every, prices, method, backend))
    seed = simulation_options.check_options(engine, (engines.AUTO, *engines.ENGINES), "counts", seed, 0, progress).seed
    number = None if replications == "auto" else int(replications)
    given = pipeline.with_scenario(program, scenario)
    check_fields(given.plan, given.world)
    tables, times = TableSources(contacts, events, objects, catalogue), TimeRange(start, days, until, warm_from)
    if method == "exact":
        return _exact(given, tables, times, seed=seed, level=level, by=columns, every=every, prices=prices)
    with given.showing_lines():
        place = _place(given, tables, times, seed, engine, number or enough_to_begin(level), backend, client)
        found = replicate(given.plan, place, number, level, columns, progress)
    return told(given, place, found, level=level, by=columns, every=every, seed=seed, prices=prices)


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
    if simulation_options.is_in_parts(None, None, contacts, events, objects):
        return given
    return replace(given, tables=given.open_tables(TableSources(contacts, events, objects, catalogue)))


class Shape(TypedDict):
    """What a Forecast shows of its replications, and the seed of them."""

    level: float
    by: tuple[str, ...]
    every: str
    seed: int
    prices: NotRequired[Mapping[str, float] | None]


def told(given: ScenarioPlan, place: ReplicationSetup, found: Replications, **asked_for: Unpack[Shape]) -> Forecast:
    """The Forecast that replications make; asked_for: level, by, every, seed and prices."""
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
        **asked_for,
    )


def _place(
    given: ScenarioPlan,
    tables: TableSources,
    times: TimeRange,
    seed: int,
    engine: str,
    replications: int,
    backend: str | None,
    client: Client | str | None,
) -> ReplicationSetup:
    """Where the replications are lived."""
    if simulation_options.is_in_parts(None, None, *tables[:3]):
        parts = pipeline.in_parts(given, tables, times)
        return in_parts(replace(parts, backend=backend, client=client, seed=seed, engine=engine, records="counts"))
    config = pipeline.config_of(given, tables, times, seed)
    if backend == "dask":
        return elsewhere(config, engine, replications, client)
    return here(config, engine, replications)


def _exact(given: ScenarioPlan, tables: TableSources, times: TimeRange, **shape: Unpack[Shape]) -> Forecast:
    from flowdsl.forecasting.exact import expected

    config = pipeline.config_of(given, tables, times, shape["seed"])
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
        **shape,
    )
