"""Forecasts that mean nothing say so: a trigger that its scenario can never meet, and futures that are all equal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import flowdsl
from flowdsl import RunError

PEOPLE = pd.DataFrame({"contact": ["ann", "bob"]})
TIMES: dict[str, Any] = {"start": "2026-01-05", "days": 7}
RATE = "\nscenario\n  assume client buys offer 0.9 per contact per day\n"


def flow(trigger: str) -> str:
    return f'flow "F"\n  when {trigger}\n  then send email "E"\n'


NEVER = {
    "client buys offer where amount > 20": RATE,
    "client buys offer where amount is known and amount < 5": RATE,
    "client buys offer where not amount is unknown": RATE,
    'client completes step "S" of program "P"': '\nscenario\n  assume completes step "S" 1 per contact per day\n',
}


@pytest.mark.parametrize("trigger", NEVER)
def test_a_trigger_that_the_scenario_can_never_meet_is_refused(trigger: str) -> None:
    """Before anything runs, with the flow, the field and the line of the scenario, from text and from a plan."""
    program = flowdsl.parse(flow(trigger) + NEVER[trigger])
    for given in (program, flowdsl.load_plan(flowdsl.dump(program))):
        with pytest.raises(RunError, match=r"needs the field `(amount|program)`") as error:
            flowdsl.forecast(given, PEOPLE, **TIMES)
        assert [diagnostic.code for diagnostic in error.value.diagnostics] == ["E742"]
        runs = flowdsl.simulate(given, PEOPLE, **TIMES).runs  # its table might have had events with the field
        assert set(runs["status"]) <= {"declined"}


def test_every_kind_of_forecast_refuses_such_a_scenario() -> None:
    """Sweeps, comparisons, exact forecasts and back-tests of a scenario, as a forecast does."""
    text = flow("client buys offer where amount > 20") + RATE
    joins = pd.DataFrame({"time": "2026-01-05", "contact": ["ann"], "event": "joins program"})
    times = {"train": ("2026-01-05", "2026-01-08"), "test": ("2026-01-08", "2026-01-12")}
    asked: list[Callable[[], object]] = [
        lambda: flowdsl.sweep(text, {"buys offer": [0.5, 0.9]}, PEOPLE, **TIMES),
        lambda: flowdsl.compare({"a": text, "b": text}, PEOPLE, **TIMES),
        lambda: flowdsl.forecast(text, PEOPLE, **TIMES, method="exact"),
        lambda: flowdsl.backtest(text, PEOPLE, joins, **times, scenario=flowdsl.parse(text)),
    ]
    for run in asked:
        with pytest.raises(RunError) as error:
            run()
        assert [diagnostic.code for diagnostic in error.value.diagnostics] == ["E742"]


@pytest.mark.parametrize(
    "trigger",
    [
        "client buys offer",
        "client buys offer where amount is unknown",
        "client buys offer where amount > 20 or not amount is known",
        'client buys offer where trigger.offer is not "X" or plan is "pro"',
        "client gets tag",
    ],
)
def test_a_trigger_that_can_do_without_the_field_runs(trigger: str) -> None:
    """What the field does not decide is no error."""
    assert (
        flowdsl.forecast(flow(trigger) + RATE, PEOPLE.assign(plan="pro"), **TIMES, replications=19).replications == 19
    )


def test_real_events_have_their_fields() -> None:
    """Without a line that causes the event the same program runs on a table."""
    events = pd.DataFrame(
        {"time": "2026-01-06", "contact": ["ann", "bob"], "event": "buys offer", "object": "O", "amount": [10, 30]}
    )
    results = flowdsl.simulate(flow("client buys offer where amount > 20"), PEOPLE, events=events, **TIMES)
    assert list(results.sends["contact"]) == ["bob"]


def test_equal_futures_are_not_called_enough(tmp_path: Path) -> None:
    """Where nothing is random the forecast says why, in text, HTML and the report, and claims no precision."""
    events = pd.DataFrame({"time": "2026-01-06", "contact": ["ann", "bob"], "event": "buys offer"})
    found = {
        "there is no scenario": flowdsl.forecast(flow("client buys offer"), PEOPLE, events=events, **TIMES),
        "there are no events, and no scenario causes any": flowdsl.forecast(flow("client buys offer"), PEOPLE, **TIMES),
        "those of the scenario start no flow": flowdsl.forecast(flow("client gets tag") + RATE, PEOPLE, **TIMES),
        "the scenario has no chance": flowdsl.forecast(
            flow("client buys offer") + '\nscenario\n  at day 2 pause flow "F"\n', PEOPLE, events=events, **TIMES
        ),
    }
    for said, forecast in found.items():
        page = forecast.report(tmp_path / "page.html").read_text(encoding="utf-8")
        for text in (str(forecast), forecast._repr_html_(), page):
            assert said in text
            assert "enough" not in text


def test_futures_that_differ_say_nothing_of_the_kind() -> None:
    """A forecast with chance keeps its words."""
    told = str(flowdsl.forecast(flow("client buys offer") + RATE, PEOPLE, **TIMES))
    assert "means anything" not in told
    assert "replications: " in told


# --- nothing happens --------------------------------------------------------------------------------------------------

BUYS = pd.DataFrame({"time": ["2026-01-06"], "contact": ["ann"], "event": ["buys offer"], "object": ["Mat"]})
PAUSED = flow("client buys offer").replace('flow "F"', 'flow "F" paused')
IDLE: dict[str, tuple[str, pd.DataFrame | None]] = {
    "no flow is active: all of them are paused": (PAUSED, BUYS),
    "there are no events, and no scenario causes any": (flow("client buys offer"), None),
    "there are no events, and those of the scenario start no flow": (flow("client gets tag") + RATE, None),
    "all events lie before the simulated time, 2026-01-05": (flow("buys offer"), BUYS.assign(time="2025-12-01")),
    "all events lie after the simulated time, 2026-01-05": (flow("buys offer"), BUYS.assign(time="2026-02-01")),
    "no event in the simulated time is one that a flow starts with": (flow('buys offer "Ball"'), BUYS),
}


@pytest.mark.parametrize("why", IDLE)
@pytest.mark.parametrize("engine", ["simpy", "fast"])
def test_a_simulation_in_which_nothing_happens_says_why(why: str, engine: str) -> None:
    """In one line of the summary, as text and HTML, and in what a notebook shows."""
    program, events = IDLE[why]
    results = flowdsl.simulate(program, PEOPLE, events=events, **TIMES, engine=engine)
    summary = results.summary()
    assert f"nothing happened: {why}" in summary.nothing
    for text in (str(summary), summary._repr_html_(), results._repr_html_()):
        assert f"nothing happened: {why}" in text


@pytest.mark.parametrize("why", IDLE)
def test_a_forecast_in_which_nothing_happens_says_why(why: str, tmp_path: Path) -> None:
    """Simulated and exact; in the text, in HTML and in the report, and it is never called enough."""
    program, events = IDLE[why]
    for method in ("simulate", "exact"):
        if method == "exact" and "assume" in program:
            continue  # such rates cannot be worked out without chance
        found = flowdsl.forecast(program, PEOPLE, events=events, **TIMES, method=method)
        page = found.report(tmp_path / "page.html").read_text(encoding="utf-8")
        for text in (str(found), found._repr_html_(), page):
            assert f"nothing is sent: {why}" in text
            assert "enough" not in text


@pytest.mark.parametrize(
    "program",
    [flow("buys offer"), flow("every day at 09:00"), PAUSED + '\nscenario\n  at day 1 activate flow "F"\n'],
)
def test_where_something_happens_no_reason_is_given(program: str) -> None:
    """A flow that starts, by an event, by the clock or since the scenario activates it."""
    assert flowdsl.simulate(program, PEOPLE, events=BUYS, **TIMES).summary().nothing == ""
    assert "nothing is sent" not in str(flowdsl.forecast(program, PEOPLE, events=BUYS, **TIMES, replications=19))


def test_parts_say_why_nothing_happens(tmp_path: Path) -> None:
    """A simulation and a forecast of tables in parts know when the events were."""
    events = BUYS.assign(time="2025-12-01")
    for name, table in (("people", PEOPLE), ("events", events)):
        (tmp_path / name).mkdir()
        table.to_parquet(tmp_path / name / "1.parquet")
    people, happened = str(tmp_path / "people"), str(tmp_path / "events")
    results = flowdsl.simulate(flow("buys offer"), people, events=happened, **TIMES, out=tmp_path / "out")
    assert "all events lie before the simulated time" in results.summary().nothing
    assert "all events lie before" in str(flowdsl.forecast(flow("buys offer"), people, events=happened, **TIMES))
