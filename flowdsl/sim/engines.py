"""Runs a SimulationConfig with an engine, chosen by name, and returns Results."""

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
from flowdsl.sim.run_progress import Report, progress_callback


def simulate(
    config: SimulationConfig, engine: str = REFERENCE, progress: Report | None = None, records: str = "full"
) -> Results:
    """Runs a simulation with an engine of ENGINES, or AUTO; KeyError for another engine.

    Raises RunError if the engine cannot run it; the reference engine can run everything.
    """
    if records == "counts":
        check_length(config)
    config = with_new_contacts(config)
    name = chosen(config) if engine == AUTO else engine
    check(name)
    module = import_module(ENGINES[name])
    contacts, later = config.tables.contacts, replace(config, prepared=None)
    ignored = config.tables.events.ignored
    kept = module.keep(config, records, progress_callback(progress, len(contacts)) if progress else None)
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
    """Raises RunError if a simulation is too long for counts by the quarter hour."""
    check_counts(budget(), config.plan.flows, (config.until - config.start) // QUARTER)


# Named functions, since Results are sent between processes.


def _trace(config: SimulationConfig, contact: str) -> Sequence[Record]:
    reference = import_module(
        ENGINES[REFERENCE]
    )  # it runs single contacts again step by step, also after the compiled engine
    found: Sequence[Record] = reference.trace(config, config.tables.contacts.position(contact))
    return found


def _zone(config: SimulationConfig, contact: str) -> str:
    contacts = config.tables.contacts
    return contacts.zones[contacts.position(contact) or 0] if contacts.zones else ""
