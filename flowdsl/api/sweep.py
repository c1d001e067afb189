"""The verb `sweep`: forecasts a program for every combination of values of some of its numbers.

A number has the name of its `param`, or the words of its `assume` line without the number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import pandas as pd

from flowdsl.api import pipeline
from flowdsl.api.forecast import forecast, prepared
from flowdsl.api.keywords import SweepKeywords, frame_tables
from flowdsl.api.parameters import parameters, read_values, with_changes
from flowdsl.api.pipeline import ScenarioPlan
from flowdsl.forecasting import Forecast
from flowdsl.forecasting.replicate import engine_for
from flowdsl.forecasting.variants import Sweep
from flowdsl.plan.plan import Plan
from flowdsl.sim.options import TimeRange
from flowdsl.syntax import ast
from flowdsl.tables.sheets import framed
from flowdsl.tables.sources import Given, TableSources

if TYPE_CHECKING:
    from flowdsl.tables import Table

USUAL = 99  # replications, to estimate which engine is faster


def sweep(
    program: ast.Program | Plan | str,
    values: Mapping[str, Sequence[object]],
    contacts: Table | Sequence[str | Path],
    **options: Unpack[SweepKeywords],
) -> Sweep:
    """Forecasts a program for every combination of values, with the same random numbers, and shows how they differ.

    values    lists of values by name; the others are compared with the first value. A name is that of a `param`
              ("pause": ["1 day", "3 days"]), in flows or in the scenario, or the words of an `assume` line of the
              scenario without its number ("opens email": [0.35, 0.40], "new contacts join program": [100, 120]); the
              first words are enough if no other line begins with them
    options   those of `forecast`. With replications="auto" the others get as many as the first combination needs

    Raises RunError for unknown names and impossible values, and what `forecast` raises.

    >>> people = pd.DataFrame({"contact": range(200)})
    >>> text = '''
    ... param pause 1 day
    ... flow "Offer"
    ...   when contact joins program
    ...   wait pause
    ...   then send email "Offer"
    ... scenario
    ...   assume 10 new contacts per day join program
    ... '''
    >>> found = sweep(text, {"pause": ["1 day", "3 days"]}, people, start="2026-01-05", days=5, replications=19)
    >>> print(found.to_frame()[["pause", "mean", "difference"]].round(1).to_string(index=False))
     pause  mean  difference
     1 day  40.1         0.0
    3 days  19.5       -20.5
    """
    contacts = framed(contacts)
    frame_tables(options)
    written, name = pipeline.written(program, options.pop("scenario", None))
    scenario_plan = pipeline.with_scenario(written, name)
    found = read_values(parameters(written, name), values)
    rows = pd.DataFrame(list(product(*values.values())), columns=list(values), dtype=object)
    base = prepared(scenario_plan, None, contacts, options)
    options["engine"] = _engine(base, len(rows), contacts, options)
    forecasts: list[Forecast] = []
    for changes in product(*found.values()):
        variant = replace(pipeline.with_scenario(with_changes(written, changes), name), tables=base.tables)
        forecasts.append(forecast(variant, contacts, **options))
        options["replications"] = forecasts[0].replications or "auto"
    return Sweep(tuple(values), rows.infer_objects(), tuple(forecasts))


def _engine(base: ScenarioPlan, combinations: int, contacts: Given, options: SweepKeywords) -> str:
    """The given engine, or the one that is fastest for all combinations."""
    engine = options.get("engine", "auto")
    if engine != "auto" or base.tables is None:
        return engine
    times = TimeRange(options.get("start"), options.get("days"), options.get("until"), options.get("warm_from"))
    tables = TableSources(contacts, options.get("events"), options.get("objects"), options.get("catalogue"))
    config = pipeline.config_of(base, tables, times)
    number = options.get("replications", "auto")
    return engine_for(config, engine, combinations * (number if isinstance(number, int) else USUAL))
