"""The verb `fit`: estimates a scenario, with its uncertainty, from past events of contacts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flowdsl.api import pipeline
from flowdsl.api.pipeline import ScenarioPlan
from flowdsl.calendar.clock import format_ms
from flowdsl.calendar.zones import UTC, Zone, zone
from flowdsl.compiler.scenarios import EMPTY
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.diagnostics.input_checks import is_one_of, shown
from flowdsl.fitting import Fitted
from flowdsl.fitting.model import fit_model
from flowdsl.fitting.observed import Observed, rows_of, segments_of
from flowdsl.fitting.rates import Options
from flowdsl.fitting.words import is_a_word
from flowdsl.plan import usage
from flowdsl.plan.plan import Answer, Plan
from flowdsl.sim import options
from flowdsl.tables import TableNeeds, Tables, TableSources, open_tables, plan_tables
from flowdsl.tables.cells import Cell
from flowdsl.tables.sheets import Codes, framed, open_sheet
from flowdsl.vocabulary import quoted

if TYPE_CHECKING:
    from flowdsl.sim.options import Moment
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table

NOW = EMPTY  # a replay assumes nothing: all that happened is in the events


def fit(
    events: Table,
    contacts: Table | None = None,
    program: Program | Plan | str | None = None,
    *,
    objects: Table | None = None,
    catalogue: Table | None = None,
    start: Moment | None = None,
    until: Moment | None = None,
    since: str | None = None,
    segments: Sequence[str] | None = None,
    mixtures: bool = True,
    profiles: bool = True,
    past: bool = True,
    level: float = 0.9,
    name: str = "Fitted",
) -> Fitted:
    """Fits a scenario to a table of past events.

    contacts   all observed contacts, also those without events; None: contacts with events, from their first event on
    program    its flows are replayed, and answers are matched with the messages that they sent (without a program, with
               rows such as `receives email`); the answers of its scenarios define which event answers which
    start, until   the observation; None: the day of the first event, and the end of the day of the last one
    since      the column with the time from which each contact is observed; an event at that time is its arrival
    segments   columns that may split contacts into segments; None: all columns of at most 12 texts, or of yes and no
    mixtures   whether contacts may differ in a rate or share; profiles: whether some hours of a week may be busier
    past       whether each contact's own past counts for its rate, and contacts may leave for good: where BIC prefers
               it, rates are BG/NBD or Pareto/NBD (fitting/leaving.py)
    level      of the intervals in the table and in comments; the ranges of the scenario do not depend on it

    Raises ProgramError, DataError or RunError; each reports all diagnostics of its kind at once.

    >>> visits = pd.DataFrame({"time": pd.date_range("2026-01-05", periods=60, freq="11h"), "event": "visits page"})
    >>> found = fit(visits.assign(contact="ann"), pd.DataFrame({"contact": ["ann", "bob"]}))
    >>> print(found.scenario.text, end="")
    scenario "Fitted"
      assume contact visits page 0.853 to 1.33 per contact per day
    """
    _check(level, mixtures=mixtures, profiles=profiles, past=past)
    events, contacts, objects, catalogue = map(framed, (events, contacts, objects, catalogue))
    scenario_plan = pipeline.with_scenario(Plan(()) if program is None else program, NOW)
    plan = scenario_plan.plan
    people = _of_events(events) if contacts is None else contacts
    tables = opened(people, events, plan, since)
    times = options.times(plan, options.TimeRange(start, until=until), tables.events.first, tables.events.last)
    clock = zone(plan.policy.zone) if plan.policy.zone else UTC
    rows = rows_of(tables, times.start, times.until)
    if not len(rows):
        raise RunError([options.diagnostic("E741", "there is no event in the observed time")])
    begins, came = _since(tables, since, rows, times.start, contacts is None, clock)
    columns = segments_of(tables.contacts)
    seen = Observed(
        tables.contacts,
        times.start,
        times.until,
        clock,
        begins,
        came,
        rows,
        _sends(scenario_plan, people, events, objects, catalogue, times),
        {column: cells for column, cells in columns.items() if column != since},
        _known_since(since, times.start, clock) if since or contacts is not None else "",
    )
    chosen = _segments(segments, seen, tables)
    model = fit_model(seen, _answers(scenario_plan), Options(level, chosen, mixtures, profiles, past))
    return Fitted(
        name,
        model,
        tuple(tables.contacts.ids),
        tables.contacts.key,
        len(rows),
        times.start,
        times.until,
        level,
        begins,
        clock.name,
    )


def _known_since(since: str | None, start: int, clock: Zone) -> str:
    """How a scenario says since when contacts are known."""
    return quoted([since]) if since else format_ms(start, clock)[:10]


def _check(level: float, **switches: bool) -> None:
    diagnostics = []
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        diagnostics.append(
            options.diagnostic("E740", f"level must be a probability between 0 and 1, not {level!r}", level)
        )
    diagnostics += [
        options.diagnostic("E740", f"{option} must be True or False, not {value!r}", value)
        for option, value in switches.items()
        if not isinstance(value, bool)
    ]
    if diagnostics:
        raise RunError(diagnostics)


# --- tables -----------------------------------------------------------------------------------------------------------


def _of_events(events: Table) -> pd.DataFrame:
    """A table of the contacts that have events. Opening the tables reports one that cannot be read."""
    sheet = open_sheet(events, "events", DiagnosticCollector())
    column = next((one for one in ("contact", "contact_id") if sheet is not None and one in sheet.columns), "")
    if sheet is None or not column:
        return pd.DataFrame({"contact": pd.Series([], dtype=str)})
    return pd.DataFrame({"contact": sheet.column(column).dropna().drop_duplicates().to_numpy()})


def opened(contacts: Table, events: Table, plan: Plan, since: str | None) -> Tables:
    """The tables with all rows and columns, checked as for a simulation."""
    if since is not None and not isinstance(since, str):
        raise RunError([options.diagnostic("E740", f"since must be the name of a column, not {shown(since)}", since)])
    expected = {since: "date"} if since else {}
    needs = TableNeeds(
        families=(),
        with_objects=False,
        fields=(),
        expected=expected,
        event_id=plan_tables.finder(plan),
        listened=usage.custom_names(plan),
        used=usage.columns(plan),
    )
    tables = open_tables(TableSources(contacts, events), needs)
    plan_tables.check_events(plan, tables.events)
    if since is not None and since not in tables.contacts.types:
        raise RunError([options.diagnostic("E740", f"the contacts have no column `{since}`", since)])
    return tables


def _since(
    tables: Tables, since: str | None, rows: pd.DataFrame, start: int, by_event: bool, clock: Zone
) -> tuple[Codes, bool]:
    """When the observation of each contact begins (ms), and whether any contact arrived during it."""
    begins = np.full(len(tables.contacts), start, dtype=np.int64)
    if since is not None:
        cells = tables.contacts.columns[since]
        begins = np.array([_ms(cells[at], start, clock) for at in range(len(begins))], dtype=np.int64)
    elif by_event:
        first = rows.groupby("who")["time"].min()
        begins[first.index.to_numpy()] = first.to_numpy()
    return begins, bool((begins > start).any())


def _ms(cell: Cell | None, otherwise: int, clock: Zone) -> int:
    if isinstance(cell, datetime):
        return int(cell.timestamp() * 1000)
    if isinstance(cell, date):
        return clock.utc(int(pd.Timestamp(datetime.combine(cell, time())).value // 1_000_000))
    return otherwise


def _segments(chosen: Sequence[str] | None, seen: Observed, tables: Tables) -> tuple[str, ...]:
    """The columns that can split contacts into segments, and can be written in a condition."""
    if chosen is None:
        return tuple(column for column in seen.columns if is_a_word(column))
    names = tuple(chosen) if isinstance(chosen, Iterable) and not isinstance(chosen, str) else (chosen,)
    wrong = [name for name in names if not is_one_of(name, seen.columns) or not is_a_word(name)]
    if wrong:
        there = ", ".join(seen.columns) or "none"
        raise RunError(
            options.diagnostic("E740", f"`{name}` cannot split contacts into segments; columns that can: {there}", name)
            for name in wrong
        )
    return names


# --- the program ------------------------------------------------------------------------------------------------------


def _sends(
    scenario_plan: ScenarioPlan,
    contacts: Table,
    events: Table,
    objects: Table | None,
    catalogue: Table | None,
    times: options.Times,
) -> pd.DataFrame:
    """The messages that the program's flows would have sent, given what happened."""
    if not scenario_plan.plan.flows:
        return pd.DataFrame({"time": np.zeros(0, np.int64), "who": np.zeros(0, np.int64), "channel": [], "name": []})
    start, until = (pd.Timestamp(at, unit="ms", tz="UTC").isoformat() for at in (times.start, times.until))
    results = pipeline.simulate(
        scenario_plan, contacts, events=events, objects=objects, catalogue=catalogue,
        start=start, until=until, records="sends",
    )  # fmt: skip
    sent = results.sends[results.sends["status"].astype(str) == "sent"]
    positions = {contact: at for at, contact in enumerate(results.contact_ids)}
    return pd.DataFrame(
        {
            "time": sent["time"].to_numpy(dtype="datetime64[ms]").astype(np.int64),
            "who": sent["contact"].map(positions).to_numpy(dtype=np.int64),
            "channel": sent["channel"].astype(str).to_numpy(),
            "name": sent["message"].astype(str).to_numpy(),
        }
    )


def _answers(scenario_plan: ScenarioPlan) -> Sequence[Answer]:
    """The answers of the program's own scenarios, which define which event answers which."""
    own = scenario_plan.compiled.plan if scenario_plan.compiled else pipeline.plan_of(scenario_plan.program)
    return [answer for world in own.world for answer in world.answers]
