"""The verb `sweep`: a program and values for some of its numbers go in; a Forecast for every combination comes out.

What can be varied has a name: that of a `param`, or the words of an `assume` line without its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from flowdsl.api import pipeline
from flowdsl.api.forecast import forecast, prepared
from flowdsl.api.parameters import parameters, read_values, with_changes
from flowdsl.api.pipeline import ScenarioPlan
from flowdsl.forecasting import Forecast
from flowdsl.forecasting.replicate import engine_for
from flowdsl.forecasting.variants import Sweep
from flowdsl.plan.plan import Plan
from flowdsl.sim.options import TimeRange
from flowdsl.syntax import ast
from flowdsl.tables.sheets import framed, framed_in
from flowdsl.tables.sources import Given, TableSources

if TYPE_CHECKING:
    from flowdsl.tables import Table

USUAL = 99  # replications, to see which engine is sooner done


def sweep(
    program: ast.Program | Plan | str,
    values: Mapping[str, Sequence[object]],
    contacts: Table | Sequence[str | Path],
    **options: Any,
) -> Sweep:
    """Forecasts a program for every combination of values, under the same chance, and says how they differ.

    values    for each name the values it takes, the first of which the others are compared with. A name is that of a
              `param` ("pause": ["1 day", "3 days"]), which may stand in flows and in the scenario, or the words of an
              `assume` line of the scenario without its number ("opens email": [0.35, 0.40], "new contacts join
              program": [100, 120]); its beginning will do where no other line has it
    options   those of `forecast`. With replications="auto" the first combination says how many the others have

    Raises RunError for names that there are not and values that cannot be, and what `forecast` raises.

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
    contacts, options = framed(contacts), framed_in(options)
    written, name = pipeline.written(program, options.pop("scenario", None))
    given = pipeline.with_scenario(written, name)
    found = read_values(parameters(written, name), values)
    rows = pd.DataFrame(list(product(*values.values())), columns=list(values), dtype=object)
    base = prepared(given, None, contacts, options)
    options["engine"] = _engine(base, len(rows), contacts, options)
    forecasts: list[Forecast] = []
    for changes in product(*found.values()):
        variant = replace(pipeline.with_scenario(with_changes(written, changes), name), tables=base.tables)
        forecasts.append(forecast(variant, contacts, **options))
        options["replications"] = forecasts[0].replications or "auto"
    return Sweep(tuple(values), rows.infer_objects(), tuple(forecasts))


def _engine(base: ScenarioPlan, combinations: int, contacts: Given, options: Mapping[str, Any]) -> str:
    """The engine that is soonest done with all combinations, where none is said."""
    engine: str = options.get("engine", "auto")
    if engine != "auto" or base.tables is None:
        return engine
    start, days, until, warm_from = (options.get(name) for name in ("start", "days", "until", "warm_from"))
    tables = TableSources(contacts, *(options.get(name) for name in ("events", "objects", "catalogue")))
    config = pipeline.config_of(base, tables, TimeRange(start, days, until, warm_from))
    number = options.get("replications", "auto")
    return engine_for(config, engine, combinations * (number if isinstance(number, int) else USUAL))
