"""The verb `fit`: what contacts did goes in; a scenario that makes the like likeliest, with its doubt, comes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flowdsl.api import pipeline
from flowdsl.api.pipeline import ScenarioPlan
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
from flowdsl.tables.sheets import Codes, framed, open_sheet

if TYPE_CHECKING:
    from flowdsl.sim.options import Moment
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table

NOW = EMPTY  # what happened is in the events: a replay assumes nothing


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
    level: float = 0.9,
    name: str = "Fitted",
) -> Fitted:
    """Fits a scenario to a table of past events.

    contacts   everybody who was watched, those without any event too; None: whoever has an event, from its first on
    program    its flows are replayed, so that answers are held against the messages that went out (else against rows
               such as `receives email`); the answers of its scenarios say what is an answer to what
    start, until   the observation; None: the first event's day, and the end of the last one's
    since      the column of the contacts that says when each begins to be watched; what happens then is how it came
    segments   columns that may part contacts; None: all columns of at most 12 texts, or of yes and no
    mixtures   whether contacts may differ around a rate or share; profiles: whether a week may have its busy hours
    level      of the intervals, which are what the scenario doubts

    Raises ProgramError, DataError or RunError; each tells all diagnostics of its kind at once.

    >>> visits = pd.DataFrame({"time": pd.date_range("2026-01-05", periods=60, freq="11h"), "event": "visits page"})
    >>> found = fit(visits.assign(contact="ann"), pd.DataFrame({"contact": ["ann", "bob"]}))
    >>> print(found.scenario.text, end="")
    scenario "Fitted"
      assume contact visits page 0.862 to 1.32 per contact per day
    """
    _check(level, mixtures, profiles)
    events, contacts, objects, catalogue = map(framed, (events, contacts, objects, catalogue))
    given = pipeline.with_scenario(Plan(()) if program is None else program, NOW)
    whole = given.plan
    people = _of_events(events) if contacts is None else contacts
    tables = _opened(people, events, whole, since)
    times = options.times(whole, options.TimeRange(start, until=until), tables.events.first, tables.events.last)
    clock = zone(whole.policy.zone) if whole.policy.zone else UTC
    rows = rows_of(tables, times.start, times.until)
    if not len(rows):
        raise RunError([options.diagnostic("E741", "there is no event in the time that was watched")])
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
        _sends(given, people, events, objects, catalogue, times),
        {column: cells for column, cells in columns.items() if column != since},
    )
    asked = _segments(segments, seen, tables)
    model = fit_model(seen, _answers(given), Options(level, asked, mixtures, profiles))
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


def _check(level: float, mixtures: bool, profiles: bool) -> None:
    diagnostics = []
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        diagnostics.append(options.diagnostic("E740", f"level is a probability between 0 and 1, not {level!r}", level))
    diagnostics += [
        options.diagnostic("E740", f"{option} is True or False, not {value!r}", value)
        for option, value in (("mixtures", mixtures), ("profiles", profiles))
        if not isinstance(value, bool)
    ]
    if diagnostics:
        raise RunError(diagnostics)


# --- tables -----------------------------------------------------------------------------------------------------------


def _of_events(events: Table) -> pd.DataFrame:
    """A table of the contacts that events speak of; a table that cannot be read is told at the door."""
    sheet = open_sheet(events, "events", DiagnosticCollector())
    column = next((one for one in ("contact", "contact_id") if sheet is not None and one in sheet.columns), "")
    if sheet is None or not column:
        return pd.DataFrame({"contact": pd.Series([], dtype=str)})
    return pd.DataFrame({"contact": sheet.column(column).dropna().drop_duplicates().to_numpy()})


def _opened(contacts: Table, events: Table, whole: Plan, since: str | None) -> Tables:
    """All rows and columns, checked as a simulation's are."""
    if since is not None and not isinstance(since, str):
        raise RunError([options.diagnostic("E740", f"since is the name of a column, not {shown(since)}", since)])
    expected = {since: "date"} if since else {}
    needs = TableNeeds(
        families=(),
        with_objects=False,
        fields=(),
        expected=expected,
        event_id=plan_tables.finder(whole),
        listened=usage.custom_names(whole),
        used=usage.columns(whole),
    )
    tables = open_tables(TableSources(contacts, events), needs)
    plan_tables.check_events(whole, tables.events)
    if since is not None and since not in tables.contacts.types:
        raise RunError([options.diagnostic("E740", f"the contacts have no column `{since}`", since)])
    return tables


def _since(
    tables: Tables, since: str | None, rows: pd.DataFrame, start: int, by_event: bool, clock: Zone
) -> tuple[Codes, bool]:
    """When each contact begins (ms), and whether any came during the observation."""
    begins = np.full(len(tables.contacts), start, dtype=np.int64)
    if since is not None:
        cells = tables.contacts.columns[since]
        begins = np.array([_ms(cells[at], start, clock) for at in range(len(begins))], dtype=np.int64)
    elif by_event:
        first = rows.groupby("who")["time"].min()
        begins[first.index.to_numpy()] = first.to_numpy()
    return begins, bool((begins > start).any())


def _ms(cell: object, otherwise: int, clock: Zone) -> int:
    if isinstance(cell, datetime):
        return int(cell.timestamp() * 1000)
    if isinstance(cell, date):
        return clock.utc(int(pd.Timestamp(datetime.combine(cell, time())).value // 1_000_000))
    return otherwise


def _segments(asked: Sequence[str] | None, seen: Observed, tables: Tables) -> tuple[str, ...]:
    """The columns that may part contacts, and can be written in a condition."""
    if asked is None:
        return tuple(column for column in seen.columns if is_a_word(column))
    names = tuple(asked) if isinstance(asked, Iterable) and not isinstance(asked, str) else (asked,)
    wrong = [name for name in names if not is_one_of(name, seen.columns) or not is_a_word(name)]
    if wrong:
        there = ", ".join(seen.columns) or "none"
        raise RunError(
            options.diagnostic("E740", f"`{name}` parts contacts into no segments; columns that do: {there}", name)
            for name in wrong
        )
    return names


# --- the program ------------------------------------------------------------------------------------------------------


def _sends(
    given: ScenarioPlan,
    contacts: Table,
    events: Table,
    objects: Table | None,
    catalogue: Table | None,
    times: options.Times,
) -> pd.DataFrame:
    """The messages that the program's flows would have sent, given what happened."""
    if not given.plan.flows:
        return pd.DataFrame({"time": np.zeros(0, np.int64), "who": np.zeros(0, np.int64), "channel": [], "name": []})
    start, until = (pd.Timestamp(at, unit="ms", tz="UTC").isoformat() for at in (times.start, times.until))
    results = pipeline.simulate(
        given, contacts, events=events, objects=objects, catalogue=catalogue,
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


def _answers(given: ScenarioPlan) -> Sequence[Answer]:
    """The answers of the program's own scenarios, which say what is an answer to what."""
    own = given.compiled.plan if given.compiled else pipeline.plan_of(given.program)
    return [answer for world in own.world for answer in world.answers]
