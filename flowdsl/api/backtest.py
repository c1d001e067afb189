"""The verb `backtest`: the past is fitted, the rest is forecast, and what came is held against it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from flowdsl.api import pipeline
from flowdsl.api.fit import NOW, fit
from flowdsl.api.forecast import forecast
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.fitting import Backtest, Fitted
from flowdsl.plan.plan import Plan, World
from flowdsl.sim import options as simulation_options
from flowdsl.tables.events import before
from flowdsl.tables.sheets import framed, open_sheet

if TYPE_CHECKING:
    from flowdsl.compiler.scenario_builder import Scenario
    from flowdsl.forecasting import Forecast
    from flowdsl.results.results import Results
    from flowdsl.sim.options import Moment
    from flowdsl.sim.passed import Passed
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table

RATES = ("mixture", "contact")


def backtest(
    program: Program | Plan | str,
    contacts: Table,
    events: Table,
    *,
    train: tuple[Moment, Moment],
    test: tuple[Moment, Moment],
    objects: Table | None = None,
    catalogue: Table | None = None,
    scenario: str | World | Scenario | Program | None = None,
    since: str | None = None,
    segments: Sequence[str] | None = None,
    rates: str = "mixture",
    seed: int = 0,
    replications: int | str = "auto",
    level: float = 0.9,
    by: str | Sequence[str] = ("channel", "flow", "message"),
    every: str = "day",
    engine: str = "auto",
    progress: Callable[[Passed], None] | None = None,
) -> Backtest:
    """Fits a scenario to the past, forecasts what follows, and compares it with a replay of what really happened.

    train, test   two times, each (from, until); nothing from test on is known to the fit and to the forecast, and
                  people who are on their way when it begins are in
    scenario      a scenario to be tested in the place of a fitted one
    since         the column of the contacts that says when each came; who comes in the test is not known before
    rates         of contacts that differ: "mixture", each draws its own; "contact", each has the mean of what the
                  mixture and its own past say together
    segments, seed, replications, level, by, every, engine   as in `fit` and `forecast`

    Raises ProgramError, DataError, PlanError or RunError; each tells all diagnostics of its kind at once.

    >>> import numpy as np
    >>> days = pd.date_range("2026-01-05", periods=84).repeat(20)
    >>> visits = pd.DataFrame({"time": days, "contact": np.arange(len(days)) * 7 % 100, "event": "visits page"})
    >>> program = 'flow "F"\\n  when contact visits page\\n  then send email "Hello"'
    >>> people = pd.DataFrame({"contact": range(100)})
    >>> times = {"train": ("2026-01-05", "2026-03-02"), "test": ("2026-03-02", "2026-03-30")}
    >>> found = backtest(program, people, visits, **times, replications=19, engine="simpy")
    >>> found.to_frame()[["actual", "last_week", "weekday_mean"]].drop_duplicates().values.tolist()
    [[20.0, 20.0, 20.0]]
    """
    given = pipeline.with_scenario(program, NOW)
    middle, start, until = _times(given.plan, train, test, rates)
    contacts, events, objects, catalogue = map(framed, (contacts, events, objects, catalogue))
    known = everything = before(events, start)
    keyed: dict[str, Any] = {"objects": objects, "catalogue": catalogue}
    fitted: Fitted | None = None
    people: Table = contacts
    if scenario is None:
        options: dict[str, Any] = {**keyed, "since": since, "segments": segments, "level": level}
        fitted = fit(before(events, middle), contacts, program, start=train[0], until=train[1], **options)
        people = _there(contacts, fitted, start, since)
        scenario = fitted.scenario
        if rates == "contact":
            scenario, own = fitted.by_contact()
            people = _with_own(people, own)
        known = _of_people(known, people)
    told = forecast(
        program, people, events=known, **keyed, scenario=scenario, start=test[0], until=test[1], warm_from=train[0],
        seed=seed, replications=replications, level=level, by=by, every=every, engine=engine, progress=progress,
    )  # fmt: skip
    replayed: dict[str, Any] = {**keyed, "records": "counts", "engine": engine}
    past = pipeline.simulate(given, contacts, events=everything, **replayed, start=train[0], until=test[0])
    replayed |= {"start": test[0], "until": test[1], "warm_from": train[0]}
    came = pipeline.simulate(given, contacts, events=before(events, until), **replayed)
    is_over = _counted(past, told)["date"] < told.dates[0]  # a week that the test cuts in two is no week
    return Backtest(fitted, told, _counted(past, told)[is_over], _counted(came, told))


def _counted(results: Results, told: Forecast) -> pd.DataFrame:
    """Messages sent by date and group, as `actual`."""
    table = results.timeline("sends", told.every, told.by, zone=told.plan.policy.zone or "UTC")
    return table.rename(columns={told.every: "date", "sends": "actual"}).astype(dict.fromkeys(told.by, str))


def _times(whole: Plan, train: tuple[Moment, Moment], test: tuple[Moment, Moment], rates: str) -> tuple[int, int, int]:
    """The end of the first time and both of the second, in ms. Raises RunError with all that is wrong with them."""
    diagnostics = []
    if rates not in RATES:
        diagnostics.append(
            simulation_options.diagnostic("E740", f"rates can be {' or '.join(RATES)}, not {rates!r}", rates)
        )
    found: list[int] = []
    for name, pair in (("train", train), ("test", test)):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            diagnostics.append(
                simulation_options.diagnostic("E740", f"{name} is two moments, (from, until), not {pair!r}", pair)
            )
        else:
            found += [simulation_options.moment(whole, name, moment) for moment in pair]
    if len(found) == 4 and not found[0] < found[1] <= found[2] < found[3]:
        diagnostics.append(
            simulation_options.diagnostic("E740", "train lies before test, and each ends after it begins")
        )
    if diagnostics:
        raise RunError(diagnostics)
    return found[1], found[2], found[3]


def _frame(table: Table) -> pd.DataFrame:
    sheet = open_sheet(table, "contacts", DiagnosticCollector())
    assert sheet is not None  # it has been opened before
    return sheet.frame


def _there(contacts: Table, fitted: Fitted, start: int, since: str | None) -> Table:
    """The contacts that are known when the test begins."""
    return _frame(contacts)[fitted.begins < start] if since is not None else contacts


def _with_own(contacts: Table, own: pd.DataFrame) -> pd.DataFrame:
    """Contacts beside their own rates."""
    frame = _frame(contacts)
    key = own.columns[0]
    ids = frame[key].astype(str)
    found = own.set_index(key).reindex(ids).reset_index(drop=True)
    return frame.reset_index(drop=True).join(found)


def _of_people(events: Table, contacts: Table) -> pd.DataFrame:
    """The events of contacts that are there."""
    assert isinstance(events, pd.DataFrame)  # `before` has read them
    frame = _frame(contacts)
    key = next(one for one in ("contact", "contact_id", "id") if one in frame.columns)
    column = next((one for one in ("contact", "contact_id", key) if one in events.columns), key)
    return events[events[column].astype(str).isin(frame[key].astype(str))]
