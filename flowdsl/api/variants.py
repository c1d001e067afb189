"""Forecasts variants of one program while its sliders move, on tables that are opened only once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from flowdsl.api import pipeline
from flowdsl.api.forecast import forecast_of
from flowdsl.api.parameters import Parameter, parameters, with_sliders
from flowdsl.api.sliders import Value
from flowdsl.compiler.scenario_builder import Scenario
from flowdsl.compiler.scenarios import check_fields
from flowdsl.forecasting import Forecast
from flowdsl.forecasting.compare import Comparison
from flowdsl.forecasting.options import ForecastOptions
from flowdsl.forecasting.replicate import here, replicate
from flowdsl.plan.plan import World
from flowdsl.results.results import Results
from flowdsl.sim import engines
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.options import AUTO, Moment, SimulationOptions, TimeRange
from flowdsl.syntax import ast
from flowdsl.tables import Table
from flowdsl.tables.sources import TableSources

Known: TypeAlias = "tuple[Mapping[str, Value], Forecast]"  # a variant by the sliders that are moved, and its forecast
LEVEL = 0.8  # nine replications are enough for it


@dataclass(frozen=True, eq=False)
class Bench:
    """A program on its tables, and its parameters.

    by, every  as in `forecast`; seed: all variants use the same random numbers
    """

    program: ast.Program
    scenario: str | None
    config: SimulationConfig
    parameters: tuple[Parameter, ...]
    period: str = "day"
    by: tuple[str, ...] = ("channel",)

    def variant(self, values: Mapping[str, Value]) -> ast.Program:
        """The program with some sliders moved."""
        return with_sliders(self.program, self.parameters, values)

    def forecast(self, values: Mapping[str, Value], replications: int) -> Forecast:
        """Forecasts what a variant will send. Raises ProgramError or RunError if it cannot run."""
        config, scenario_plan = self._configured(values)
        options = ForecastOptions(replications=replications, level=LEVEL, by=self.by, every=self.period)
        setup = here(config, AUTO, replications)
        with scenario_plan.showing_lines():
            found = replicate(scenario_plan.plan, setup, options)
        return forecast_of(scenario_plan, setup, found, options, config.seed)

    def simulate(self, values: Mapping[str, Value], replication: int = 0, records: str = "counts") -> Results:
        """Simulates one replication of a variant."""
        config, scenario_plan = self._configured(values)
        with scenario_plan.showing_lines():
            results = engines.simulate(replace(config, replication=replication), AUTO, None, records)
        return replace(results, program=scenario_plan.text)

    def compared(self, one: Known, other: Known) -> Comparison:
        """How much more the second variant sends than the first, pair by pair."""
        values = {"A": one[0], "now": other[0]}
        return Comparison(
            {"A": one[1], "now": other[1]}, lambda name, number: self.simulate(values[name], number, "sends")
        )

    def _configured(self, values: Mapping[str, Value]) -> tuple[SimulationConfig, pipeline.ScenarioPlan]:
        scenario_plan = pipeline.with_scenario(self.variant(values), self.scenario)
        return replace(self.config, plan=scenario_plan.plan, world=scenario_plan.world), scenario_plan


def bench(
    program: ast.Program | str,
    contacts: Table,
    scenario: str | World | Scenario | ast.Program | None = None,
    *,
    events: Table | None = None,
    start: Moment | None = None,
    days: int | None = None,
    until: Moment | None = None,
    warm_from: Moment | None = None,
    seed: int = 0,
) -> Bench:
    """Opens the tables and finds the parameters; arguments as in `forecast`.

    Raises ProgramError, DataError or RunError.

    >>> import pandas as pd
    >>> found = bench(
    ...     "flow \\"A\\"\\n  when contact joins program wait 2 days then send chat\\nscenario\\n"
    ...     "  assume 10 new contacts per day join program",
    ...     pd.DataFrame({"contact": range(10)}), start="2026-01-05", days=7,
    ... )
    >>> [one.name for one in found.parameters]
    ['wait 2 days', 'new contacts join program']
    >>> round(found.forecast({"wait 2 days": 6}, 19).totals()["mean"].sum())  # 10 a day, of the first day alone
    10
    """
    tree, scenario_name = pipeline.written(program, scenario)
    scenario_plan = pipeline.with_scenario(tree, scenario_name)
    check_fields(scenario_plan.plan, scenario_plan.world)
    tables, times = TableSources(contacts, events), TimeRange(start, days, until, warm_from)
    config = pipeline.config_of(scenario_plan, tables, times, SimulationOptions(seed=seed))
    return Bench(tree, scenario_name, config, parameters(tree, _named(tree, scenario_plan.world.name)))


def _named(program: ast.Program, world: str) -> str | None:
    """The name of the simulated scenario in the program; None if it has no name there."""
    names = [one.name.value for one in program.declarations if isinstance(one, ast.Scenario) and one.name]
    return world if world in names else None
