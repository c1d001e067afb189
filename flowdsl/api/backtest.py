"""The verb `backtest`: fits a scenario to past events, forecasts what follows, and compares it with what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from flowdsl.api import pipeline
from flowdsl.api.fit import NOW, fit, opened
from flowdsl.api.forecast import forecast
from flowdsl.calendar.clock import format_ms
from flowdsl.calendar.zones import UTC, Zone, zone
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.fitting import Backtest, Fitted, RollingBacktest
from flowdsl.fitting.arrays import Numbers
from flowdsl.fitting.cohorts import cohort_rule
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
GROUPS = ("channel", "flow", "message")


def backtest(
    program: Program | Plan | str,
    contacts: Table,
    events: Table,
    *,
    train: tuple[Moment, Moment] | None = None,
    test: tuple[Moment, Moment] | None = None,
    origins: int | None = None,
    horizon: int = 28,
    objects: Table | None = None,
    catalogue: Table | None = None,
    scenario: str | World | Scenario | Program | None = None,
    since: str | None = None,
    segments: Sequence[str] | None = None,
    rates: str = "past",
    seed: int = 0,
    replications: int | str = "auto",
    level: float = 0.9,
    by: str | Sequence[str] = GROUPS,
    every: str = "day",
    engine: str = "auto",
    progress: Callable[[SimulationProgress], None] | None = None,
) -> Backtest | RollingBacktest:
    """Fits a scenario to the past, forecasts what follows, and compares it with a replay of what happened.

    train, test   two periods, each (from, until). Fit and forecast use nothing from the start of test on; the forecast
                  includes contacts who are in a flow at that moment
    origins       instead of one test, this many, by day: of the last `horizon` days, of those before them, and so on.
                  Each is fitted to all that was known before it. Then train only says when all fits begin, and test
                  when the last test ends: without them, on the day of the first event, and behind that of the last
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
    options = _Options(
        objects, catalogue, scenario, since, segments, rates, seed, replications, level, by, every, engine, progress
    )  # fmt: skip
    contacts, events = framed(contacts), framed(events)
    whole = pipeline.with_scenario(program, NOW)
    if origins is not None:
        _check_rolling(origins, horizon, options)
        return _rolling(_Given(program, whole, contacts, events), train, test, origins, horizon, options)
    if train is None or test is None:
        message = "train and test say what is fitted and what is tested; or origins says how many tests there are"
        raise RunError([simulation_options.diagnostic("E740", message)])
    return _tested(_Given(program, whole, contacts, events), train, test, options)


@dataclass(frozen=True)
class _Options:
    """The options of one back-test, as `backtest` describes them."""

    objects: Table | None
    catalogue: Table | None
    scenario: str | World | Scenario | Program | None
    since: str | None
    segments: Sequence[str] | None
    rates: str
    seed: int
    replications: int | str
    level: float
    by: str | Sequence[str]
    every: str
    engine: str
    progress: Callable[[SimulationProgress], None] | None


@dataclass(frozen=True)
class _Given:
    """What is tested: a program, compiled once, and tables that have been read."""

    program: Program | Plan | str
    whole: pipeline.ScenarioPlan
    contacts: Table
    events: Table

    def replayed(
        self,
        options: _Options,
        events: Table,
        period: tuple[Moment, Moment],
        records: str,
        warm_from: Moment | None = None,
    ) -> Results:
        """A replay of events, without any scenario."""
        return pipeline.simulate(
            self.whole, self.contacts, events=events, objects=options.objects, catalogue=options.catalogue,
            records=records, engine=options.engine, start=period[0], until=period[1], warm_from=warm_from,
        )  # fmt: skip


def _tested(given: _Given, train: tuple[Moment, Moment], test: tuple[Moment, Moment], options: _Options) -> Backtest:
    """One back-test."""
    middle, start, until = _times(given.whole.plan, train, test, options.rates)
    known = everything = before(given.events, start)
    fitted: Fitted | None = None
    people, scenario = given.contacts, options.scenario
    if scenario is None:
        fitted = fit(
            before(given.events, middle), given.contacts, given.program, objects=options.objects,
            catalogue=options.catalogue, start=train[0], until=train[1], since=options.since,
            segments=options.segments, level=options.level, past=options.rates == "past",
        )  # fmt: skip
        people = _arrived_before(given.contacts, fitted, start, options.since)
        scenario = fitted.scenario
        if options.rates == "contact":
            scenario, own = fitted.by_contact()
            people = _with_own_rates(people, own)
        known = _of_people(known, people)
    outcome = forecast(
        given.program, people, events=known, objects=options.objects, catalogue=options.catalogue, scenario=scenario,
        start=test[0], until=test[1], warm_from=train[0], seed=options.seed, replications=options.replications,
        level=options.level, by=options.by, every=options.every, engine=options.engine, progress=options.progress,
    )  # fmt: skip
    past = given.replayed(options, everything, (train[0], test[0]), "counts")
    came = given.replayed(options, before(given.events, until), test, "counts", warm_from=train[0])
    is_over = _counted(past, outcome)["date"] < outcome.dates[0]  # leave out a week that the test cuts in two
    return Backtest(fitted, outcome, _counted(past, outcome)[is_over], _counted(came, outcome))


def _rolling(
    given: _Given,
    train: tuple[Moment, Moment] | None,
    test: tuple[Moment, Moment] | None,
    origins: int,
    horizon: int,
    options: _Options,
) -> RollingBacktest:
    """A back-test at each origin, the earliest first, by day and of all messages together."""
    begin, end = _span(given, train, test, options.since)
    starts = [end - timedelta(days=horizon * number) for number in range(origins, 0, -1)]
    by_day = replace(options, by=(), every="day")
    tests = tuple(_tested(given, (begin, start), (start, start + timedelta(days=horizon)), by_day) for start in starts)
    rows = given.replayed(options, given.events, (begin, end), "sends")
    return RollingBacktest(tests, tuple(_cohorts(rows, one, begin) for one in tests))


def _check_rolling(origins: int, horizon: int, options: _Options) -> None:
    """Refuses options of several tests that cannot be. Raises RunError with all diagnostics."""
    found = DiagnosticCollector(RUNS)
    for name, number in (("origins", origins), ("horizon", horizon)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            found.add("E740", f"{name} must be a whole number of at least 1, not {number!r}", words=number)
    if options.rates not in RATES:
        found.add("E740", f"rates must be {' or '.join(RATES)}, not {options.rates!r}", words=options.rates)
    if options.every != "day" or tuple(options.by) not in ((), GROUPS):
        message = "several tests are by day and of all messages together: leave out by and every"
        found.add("E740", message, words=options.every)
    found.raise_any(RunError)


def _span(
    given: _Given, train: tuple[Moment, Moment] | None, test: tuple[Moment, Moment] | None, since: str | None
) -> tuple[date, date]:
    """The first day of all, and the day behind the last one."""
    plan = given.whole.plan
    clock = zone(plan.policy.zone) if plan.policy.zone else UTC
    tables = opened(given.contacts, given.events, plan, since)
    when = simulation_options.TimeRange(train[0] if train else None, until=test[1] if test else None)
    times = simulation_options.times(plan, when, tables.events.first, tables.events.last)
    return _date(times.start, clock), _date(times.until, clock)


def _date(at: int, clock: Zone) -> date:
    return date.fromisoformat(format_ms(at, clock)[:10])


def _cohorts(replayed: Results, test: Backtest, begin: date) -> Numbers:
    """What the cohort rule says of the days of a test, from the runs and sends before it."""
    first, start = pd.Timestamp(begin), test.forecast.dates[0]
    clock = test.forecast.plan.policy.zone or "UTC"
    runs, sends = (_local(table, clock) for table in (replayed.runs, replayed.sends))
    runs = runs[runs["run"].notna() & (runs["started"] < start)]
    runs = runs.assign(ended=runs["ended"].where(runs["ended"] < start))
    sends = sends[(sends["status"].astype(str) == "sent") & (sends["time"] < start)]
    return cohort_rule(runs, sends, first, start, len(test.forecast.dates))


def _local(table: pd.DataFrame, clock: str) -> pd.DataFrame:
    """A table with its moments on a clock, without zone."""
    moments = [name for name in ("time", "started", "ended") if name in table.columns]
    return table.assign(**{name: table[name].dt.tz_convert(clock).dt.tz_localize(None) for name in moments})


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
