"""The verb `compare`: compares what variants of a program send, with the same random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Unpack, cast

from flowdsl.api import pipeline
from flowdsl.api.forecast import forecast, prepared
from flowdsl.api.keywords import ForecastKeywords, LifeKeywords, frame_tables
from flowdsl.diagnostics.diagnostic import Diagnostic
from flowdsl.forecasting.compare import Comparison, check
from flowdsl.forecasting.options import diagnostic, raise_any
from flowdsl.results.results import Results
from flowdsl.tables.sheets import framed
from flowdsl.tables.sources import Given

if TYPE_CHECKING:
    from flowdsl.api.pipeline import ScenarioPlan
    from flowdsl.compiler.scenario_builder import Scenario
    from flowdsl.plan.plan import Plan, World
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table

OneScenario: TypeAlias = "str | World | Scenario | Program | None"


def compare(
    variants: Mapping[str, Program | Plan | str],
    contacts: Table | Sequence[str | Path],
    *,
    scenario: OneScenario | Mapping[str, OneScenario] = None,
    **options: Unpack[ForecastKeywords],
) -> Comparison:
    """Compares what variants of a program send, in pairs of replications with the same random numbers.

    Each difference is the number of a variant minus that of the first variant, in the same replication. Contacts that a
    change does not affect behave the same in both, so that few replications are enough.

    variants  programs by name; the same program may have several scenarios
    scenario  as in `simulate`, for all variants, or a mapping with one for each name
    options   those of `forecast`. With replications="auto" the others get as many as the first variant needs

    Raises RunError for variants that cannot be compared, and what `forecast` raises.

    >>> import pandas as pd
    >>> people = pd.DataFrame({"contact": range(500)})
    >>> joins = pd.DataFrame({"time": "2026-01-05", "contact": people["contact"], "event": "joins program"})
    >>> text = '''
    ... flow "Offer"
    ...   when contact joins program
    ...   then send email "Offer"
    ...   wait until opened "Offer" for up to 7 days
    ...   if it happened then send email "Details" end
    ... scenario
    ...   assume contact opens email {}% after exponential(2 days)
    ... '''
    >>> both = {"today": text.format(35), "shorter subject": text.format(36)}
    >>> found = compare(both, people, events=joins, days=14, replications=19, engine="simpy")
    >>> print(found.totals()[["variant", "message", "mean", "ci_low", "ci_high"]].round(1).to_string(index=False))
            variant message  mean  ci_low  ci_high
    shorter subject   Offer   0.0     0.0      0.0
    shorter subject Details   5.0     3.9      6.1
    """
    raise_any(_diagnostics(variants, scenario))
    scenarios = scenario if isinstance(scenario, Mapping) else dict.fromkeys(variants, scenario)
    contacts = framed(contacts)
    frame_tables(options)
    plans = {name: prepared(program, scenarios[name], contacts, options) for name, program in variants.items()}
    found = {}
    for name, variant in plans.items():
        found[name] = forecast(variant, contacts, **options)
        options["replications"] = next(iter(found.values())).replications or "auto"
    check(found)
    of_life = {name: value for name, value in options.items() if name in LifeKeywords.__optional_keys__}
    return Comparison(found, partial(_replication, plans, contacts, cast("LifeKeywords", of_life)))


def _replication(
    variants: Mapping[str, ScenarioPlan], contacts: Given, keys: LifeKeywords, name: str, number: int
) -> Results:
    """The results of a variant in one replication."""
    return pipeline.simulate(variants[name], contacts, replication=number, records="sends", **keys)


def _diagnostics(variants: object, scenario: object) -> list[Diagnostic]:
    if not isinstance(variants, Mapping) or not all(isinstance(name, str) for name in variants):
        return [
            diagnostic(
                "E730", f"variants must be a mapping of names to programs, not {type(variants).__name__}", "variants"
            )
        ]
    if len(variants) < 2:
        return [
            diagnostic(
                "E730", f"compare needs at least two variants, and there is {len(variants) or 'none'}", "variants"
            )
        ]
    if not isinstance(scenario, Mapping):
        return []
    missing = [name for name in variants if name not in scenario]
    unknown = [name for name in scenario if name not in variants]
    return [
        *(
            diagnostic("E730", f'the variant "{name}" has no scenario in the mapping of scenarios', name)
            for name in missing
        ),
        *(diagnostic("E730", f"there is a scenario for {name!r}, which is not a variant", name) for name in unknown),
    ]
