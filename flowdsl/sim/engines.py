"""The engines by name: a config and the name of an engine go in, the Results that it gives come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module

from flowdsl.machine.budget import budget, check_counts
from flowdsl.results.counts import QUARTER, Counts
from flowdsl.results.records import Record
from flowdsl.results.results import Results
from flowdsl.sim.arrivals import with_new_contacts
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.engine_selection import REFERENCE, check, chosen
from flowdsl.sim.idle import why_idle
from flowdsl.sim.options import AUTO, ENGINES
from flowdsl.sim.passed import Report, watched


def simulate(
    config: SimulationConfig, engine: str = REFERENCE, progress: Report | None = None, records: str = "full"
) -> Results:
    """Runs a setting under an engine of ENGINES, or AUTO, and gives its Results; KeyError for another engine.

    Raises RunError for what the engine cannot run; the reference engine can run everything.
    """
    if records == "counts":
        check_length(config)
    config = with_new_contacts(config)
    name = chosen(config) if engine == AUTO else engine
    check(name)
    module = import_module(ENGINES[name])
    contacts, later = config.tables.contacts, replace(config, prepared=None)
    ignored = config.tables.events.ignored
    kept = module.keep(config, records, watched(progress, len(contacts)) if progress else None)
    return Results(
        config.plan,
        replace(kept, ignored=ignored) if isinstance(kept, Counts) else kept,
        contacts.ids,
        config.start,
        config.until,
        config.seed,
        config.replication,
        tracer=partial(_trace, later),
        zone_of=partial(_zone, later),
        engine=name,
        idle=partial(why_idle, later),
        unheard=ignored,
    )


def check_length(config: SimulationConfig) -> None:
    """Raises RunError where a simulation lasts too long for counts by the quarter hour."""
    check_counts(budget(), config.plan.flows, (config.until - config.start) // QUARTER)


# Functions with names, for Results are sent from process to process.


def _trace(config: SimulationConfig, contact: str) -> Sequence[Record]:
    reference = import_module(ENGINES[REFERENCE])  # single lives are lived again step by step, whoever made the rows
    found: Sequence[Record] = reference.trace(config, config.tables.contacts.position(contact))
    return found


def _zone(config: SimulationConfig, contact: str) -> str:
    contacts = config.tables.contacts
    return contacts.zones[contacts.position(contact) or 0] if contacts.zones else ""
