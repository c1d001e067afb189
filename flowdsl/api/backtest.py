"""The verb `backtest`: fits a scenario to past events, forecasts what follows, and compares it with what happened."""

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
    from flowdsl.sim.run_progress import SimulationProgress
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table

RATES = ("past", "mixture", "contact")


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
    rates: str = "past",
    seed: int = 0,
    replications: int | str = "auto",
    level: float = 0.9,
    by: str | Sequence[str] = ("channel", "flow", "message"),
    every: str = "day",
    engine: str = "auto",
    progress: Callable[[SimulationProgress], None] | None = None,
) -> Backtest:
    """Fits a scenario to the past, forecasts what follows, and compares it with a replay of what happened.

    train, test   two periods, each (from, until). Fit and forecast use nothing from the start of test on; the forecast
                  includes contacts who are in a flow at that moment
    scenario      a scenario to test instead of a fitted one
    since         the column with the time each contact arrived; the forecast leaves out contacts who arrive later
    rates         for contacts that differ: "past", each draws its own rate from what its own past leaves possible, and
                  may have left; "mixture", each draws its own rate from the common law; "contact", each has the mean of
                  what its own past leaves possible
    segments, seed, replications, level, by, every, engine   as in `fit` and `forecast`

    Raises ProgramError, DataError, PlanError or RunError; each reports all diagnostics of its kind at once.

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
    scenario_plan = pipeline.with_scenario(program, NOW)
    middle, start, until = _times(scenario_plan.plan, train, test, rates)
    contacts, events, objects, catalogue = map(framed, (contacts, events, objects, catalogue))
    known = everything = before(events, start)
    keyed: dict[str, Any] = {"objects": objects, "catalogue": catalogue}
    fitted: Fitted | None = None
    people: Table = contacts
    if scenario is None:
        options: dict[str, Any] = {
            **keyed,
            "since": since,
            "segments": segments,
            "level": level,
            "past": rates == "past",
        }
        fitted = fit(before(events, middle), contacts, program, start=train[0], until=train[1], **options)
        people = _arrived_before(contacts, fitted, start, since)
        scenario = fitted.scenario
        if rates == "contact":
            scenario, own = fitted.by_contact()
            people = _with_own_rates(people, own)
        known = _of_people(known, people)
    outcome = forecast(
        program, people, events=known, **keyed, scenario=scenario, start=test[0], until=test[1], warm_from=train[0],
        seed=seed, replications=replications, level=level, by=by, every=every, engine=engine, progress=progress,
    )  # fmt: skip
    replayed: dict[str, Any] = {**keyed, "records": "counts", "engine": engine}
    past = pipeline.simulate(scenario_plan, contacts, events=everything, **replayed, start=train[0], until=test[0])
    replayed |= {"start": test[0], "until": test[1], "warm_from": train[0]}
    came = pipeline.simulate(scenario_plan, contacts, events=before(events, until), **replayed)
    is_over = _counted(past, outcome)["date"] < outcome.dates[0]  # leave out a week that the test cuts in two
    return Backtest(fitted, outcome, _counted(past, outcome)[is_over], _counted(came, outcome))


def _counted(results: Results, outcome: Forecast) -> pd.DataFrame:
    """Messages sent by date and group, as `actual`."""
    table = results.timeline("sends", outcome.every, outcome.by, zone=outcome.plan.policy.zone or "UTC")
    return table.rename(columns={outcome.every: "date", "sends": "actual"}).astype(dict.fromkeys(outcome.by, str))


def _times(whole: Plan, train: tuple[Moment, Moment], test: tuple[Moment, Moment], rates: str) -> tuple[int, int, int]:
    """The end of the first period and both ends of the second, in ms. Raises RunError with all diagnostics."""
    diagnostics = []
    if rates not in RATES:
        diagnostics.append(
            simulation_options.diagnostic("E740", f"rates must be {' or '.join(RATES)}, not {rates!r}", rates)
        )
    found: list[int] = []
    for name, pair in (("train", train), ("test", test)):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            diagnostics.append(
                simulation_options.diagnostic("E740", f"{name} must be two moments, (from, until), not {pair!r}", pair)
            )
        else:
            found += [simulation_options.moment(whole, name, moment) for moment in pair]
    if len(found) == 4 and not found[0] < found[1] <= found[2] < found[3]:
        diagnostics.append(
            simulation_options.diagnostic("E740", "train must be before test, and each must end after it begins")
        )
    if diagnostics:
        raise RunError(diagnostics)
    return found[1], found[2], found[3]


def _frame(table: Table) -> pd.DataFrame:
    sheet = open_sheet(table, "contacts", DiagnosticCollector())
    assert sheet is not None  # it was opened before
    return sheet.frame


def _arrived_before(contacts: Table, fitted: Fitted, start: int, since: str | None) -> Table:
    """The contacts who have arrived when the test begins."""
    return _frame(contacts)[fitted.begins < start] if since is not None else contacts


def _with_own_rates(contacts: Table, own: pd.DataFrame) -> pd.DataFrame:
    """Contacts with columns for their own rates."""
    frame = _frame(contacts)
    key = own.columns[0]
    ids = frame[key].astype(str)
    found = own.set_index(key).reindex(ids).reset_index(drop=True)
    return frame.reset_index(drop=True).join(found)


def _of_people(events: Table, contacts: Table) -> pd.DataFrame:
    """The events of these contacts."""
    assert isinstance(events, pd.DataFrame)  # `before` has read them
    frame = _frame(contacts)
    key = next(one for one in ("contact", "contact_id", "id") if one in frame.columns)
    column = next((one for one in ("contact", "contact_id", key) if one in events.columns), key)
    return events[events[column].astype(str).isin(frame[key].astype(str))]
