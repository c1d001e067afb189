"""The verb `sweep`: a program and values for some of its numbers go in; a Forecast for every combination comes out.

What can be varied has a name: that of a `param`, or the words of an `assume` line without its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from flowdsl import ast, pipeline, request
from flowdsl.forecasting import Forecast
from flowdsl.forecasting.replicate import engine_for
from flowdsl.forecasting.variants import Sweep
from flowdsl.plan import Plan
from flowdsl.verbs import varied
from flowdsl.verbs.forecast import forecast

if TYPE_CHECKING:
    from flowdsl.contacts import Table

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
    written, name = pipeline.written(program, options.pop("scenario", None))
    pipeline.posed(written, name)
    changes = varied.changes(written, name, values)
    rows = pd.DataFrame(list(product(*values.values())), columns=list(values), dtype=object)
    options["engine"] = _engine(written, name, len(rows), contacts, **options)
    found: list[Forecast] = []
    for row in rows.itertuples(index=False):
        variant = written
        for change, value in zip(changes, row, strict=True):
            variant = change(variant, value)
        found.append(forecast(variant, contacts, scenario=name, **options))
        options["replications"] = found[0].replications or "auto"
    return Sweep(tuple(values), rows.infer_objects(), tuple(found))


def _engine(program: ast.Program, scenario: str | None, combinations: int, contacts: Any, **options: Any) -> str:
    """The engine that is soonest done with all combinations, where none is said."""
    named = [contacts, *(options.get(name) for name in ("events", "objects", "catalogue"))]
    engine: str = options.get("engine", "auto")
    if engine != "auto" or request.is_in_parts(None, None, *named[:3]):
        return engine
    start, days, until, warm_from = (options.get(name) for name in ("start", "days", "until", "warm_from"))
    given = pipeline.posed(program, scenario)
    setting = pipeline.setting_of(given, (named[0], named[1], named[2], named[3]), (start, days, until, warm_from))
    number = options.get("replications", "auto")
    return engine_for(setting, engine, combinations * (number if isinstance(number, int) else USUAL))
