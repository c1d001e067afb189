"""Exact forecasts: against closed formulas, single simulations without chance, and means of many simulations."""

from __future__ import annotations

from math import exp
from typing import Any

import exact_at_random
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowdsl
from flowdsl import Forecast, RunError

START, DAYS = "2026-01-05", 20
PEOPLE = pd.DataFrame({"contact": np.arange(1000), "plan": ["pro", "free"] * 500, "p": [0.2, 0.4] * 500})
JOINS = pd.DataFrame({"time": "2026-01-05 06:30", "contact": PEOPLE["contact"], "event": "joins program"})


def exact(program: str, **options: Any) -> Forecast:
    told = {"contacts": PEOPLE, "events": JOINS, "start": START, "days": DAYS, "by": "message", **options}
    return flowdsl.forecast(program, told.pop("contacts"), method="exact", **told)


def means(forecast: Forecast) -> dict[str, float]:
    table = forecast.regroup(by="message").totals()
    return dict(zip(table["message"].astype(str), table["mean"], strict=True))


# --- closed formulas --------------------------------------------------------------------------------------------------

WAITS = """
flow "F"
  when contact joins program
  then send email "A"
  wait until opened "A" for up to 7 days
  if it happened
    then send email "B"
  otherwise send email "C"
  end
scenario
  assume contact opens email 35% after exponential(2 days)
"""


def test_who_answers_in_time() -> None:
    """p (1 - e^(-W/m)) get one message, the others another."""
    in_time = 0.35 * (1 - exp(-3.5))
    found = means(exact(WAITS))
    assert found["A"] == 1000
    assert found["B"] == pytest.approx(1000 * in_time, rel=3e-5)  # laws are tables of quantiles
    assert found["B"] + found["C"] == pytest.approx(1000, abs=1e-9)


def test_answers_come_in_the_hours_of_their_law() -> None:
    """By hour: F(t + 1) - F(t), from half past six on; those who do not answer come at the deadline."""
    found = exact(WAITS, every="hour").counts[0]
    edges = np.arange(0, DAYS * 24 + 1) / 24 - 6.5 / 24
    law = 0.35 * (1 - np.exp(-np.clip(edges, 0, 7) / 2))
    np.testing.assert_allclose(found[:, 1], 1000 * np.diff(law), atol=0.1)  # between quantiles a law is even
    assert found[7 * 24 + 6, 2] == pytest.approx(1000 * (1 - law[-1]), rel=3e-5)


def test_two_answers_one_after_the_other_convolve() -> None:
    """Two exponential delays of mean m: clicked by t with p q (1 - (1 + t/m) e^(-t/m)), by the law of Erlang."""
    program = """
flow "F"
  when contact joins program
  then send email "A"
  wait until clicked "A" for up to 5 days
  if it happened then send email "B" end
scenario
  assume contact opens email 50% after exponential(1 day)
  assume contact clicks email 40% of opening it after exponential(1 day)
"""
    assert means(exact(program))["B"] == pytest.approx(200 * (1 - 6 * exp(-5)), rel=1e-4)


def test_retries() -> None:
    """(1 - (1-p)^K) / p attempts of those who stop at the first answer."""
    program = """
flow "F"
  when contact joins program
  repeat 4 times
    then send email "A"
    wait until opened "A" for up to 1 day
    if it happened
      exit
    end
  end
scenario
  assume contact opens email by column "p" after 1 hour
"""
    expected = sum(500 * (1 - (1 - p) ** 4) / p for p in (0.2, 0.4))
    assert means(exact(program))["A"] == pytest.approx(expected, rel=1e-12)


def test_poisson_arrivals_and_rates() -> None:
    """New contacts come at their rate; of a rate with a limit, min(N, n) start runs on average."""
    arriving = """
flow "New"
  when contact submits form
  wait 12 hours
  then send email "Welcome"
scenario
  assume 24 new contacts per day submit form
"""
    np.testing.assert_allclose(exact(arriving).counts[0, :, 0], [12.0, *[24.0] * (DAYS - 1)], rtol=1e-9)
    visiting = """
flow "Visits"
  when contact visits page where plan is "pro"
  limit 2 times per contact
  then send email "Visit"
scenario
  assume contact visits page 0.1 per contact per day
"""
    days = np.arange(DAYS + 1) * 0.1
    both = 2 - np.exp(-days) * (2 + days)  # P(N >= 1) + P(N >= 2)
    np.testing.assert_allclose(exact(visiting).counts[0, :, 0], 500 * np.diff(both), rtol=1e-9)


# --- simulations ------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10**6))
@settings(max_examples=8)
def test_without_chance_it_is_the_simulation(seed: int) -> None:
    """Clocks, windows, conditions, consent, splits, repeats: where nothing is drawn the exact numbers of every hour are
    those of one simulation."""
    made = exact_at_random.case(seed, chance=False)
    keys: dict[str, Any] = {
        "events": made.events,
        "start": START,
        "days": 16,
        "seed": seed % 5,
        "warm_from": "2026-01-04",
    }
    found = flowdsl.forecast(made.program, made.contacts, method="exact", every="hour", **keys)
    results = flowdsl.simulate(made.program, made.contacts, engine="simpy", **keys)
    zone = "Europe/Paris" if "Paris" in made.program.split("flow")[0] else "UTC"
    timeline = results.timeline("sends", "hour", ("channel", "flow", "message"), zone=zone)
    rows = timeline.set_index(["hour", "channel", "flow", "message"])["sends"]
    for place, group in enumerate(found.groups.astype(str).itertuples(index=False)):
        told = [int(rows.get((date, *group), 0)) for date in found.dates]
        np.testing.assert_allclose(found.counts[0, :, place], told, atol=1e-9, err_msg=made.program)


@given(st.integers(0, 10**6))
@settings(max_examples=3)
def test_it_is_the_mean_of_simulations(seed: int) -> None:
    """An oracle: over 99 replications each total, and each day, is within 5 standard errors of the exact number."""
    made = exact_at_random.case(seed)
    keys: dict[str, Any] = {
        "events": made.events,
        "start": START,
        "days": 6,
        "seed": seed % 5,
        "warm_from": "2026-01-04",
    }
    found = flowdsl.forecast(made.program, made.contacts, method="exact", **keys)
    lived = flowdsl.forecast(made.program, made.contacts, engine="fast", replications=99, **keys)
    for of in (lambda counts: counts.sum(axis=1), lambda counts: counts):
        expected, counts = of(found.counts)[0], of(lived.counts)
        error = np.sqrt(np.maximum(counts.var(axis=0, ddof=1), np.minimum(expected, 1)) / 99)
        assert (np.abs(counts.mean(axis=0) - expected) <= 5 * error + 1e-6 + 0.02 * (expected < 0.05)).all(), (
            made.program
        )


# --- what is refused --------------------------------------------------------------------------------------------------

FLOW = 'flow "F"\n  when contact joins program\n'
OPENS = "\nscenario\n  assume contact opens email 35% after 1 hour\n"


@pytest.mark.parametrize(
    ("program", "reason", "line"),
    [
        (f'{FLOW}  label "X"\n  wait 1 day\n  go to "X" at most 2 times', "a jump (`go to`)", 5),
        ("workspace\n  capacity email 5 per hour\n" + FLOW + '  then send email "A"', "a capacity of email", 0),
        ("workspace\n  cap 1 email per contact every 1 day\n" + FLOW + '  then send email "A"', "a cap of email", 0),
        (f"{FLOW}  goal buys offer\n  wait 1 day", "has a goal or `exit when`", 3),
        (f"{FLOW}  limit one at a time\n  wait 1 day", "a limit of runs at a time", 0),
        (f"{FLOW}  wait until buys offer for up to 1 day", "an event that is no answer to a message", 3),
        (f'{FLOW}  if bought offer at least once then send email "A" end', "a count of events", 3),
        (f'{FLOW}  then add tag "x"\n  if has tag "x" then send email "A" end', "what changes meanwhile", 4),
        (f'{FLOW}  then send email "A"\n  if ever opened "A" then send sms "B" end{OPENS}', "(`ever`)", 4),
        (f'{FLOW}  if opened "A" then send sms "B" end\n'
         f'flow "G"\n  when contact buys offer\n  then send email "A"{OPENS}',
         'a condition on "A", which its flow does not send', 3),
        (f'{FLOW}  then start flow "G"\nflow "G"\n  when contact buys offer\n  then send email "A"',
         "starts or stops a flow", 3),
        (f'{FLOW}  then send email "A"\nflow "G"\n  when contact opens email\n  then send sms "B"{OPENS}',
         "starts by what messages and actions bring about (email.opened)", 5),
        (f'{FLOW}  then send email "A"\n  wait 1 day\nscenario\n  assume contact unsubscribes 5%',
         "keeps later messages back", 6),
        (f'{FLOW}  then send email "A"\n  wait until opened "A" for up to 1 day\nscenario\n'
         "  assume contact opens email 30% to 40%", "whose share is in doubt", 6),
        (f'{FLOW}  then send email "A"\nscenario\n  at day 3 pause flow "F"', "acts on runs under way (pause)", 5),
        ('flow "F"\n  when contact submits form\n  split 50% "a" then send email "A" 50% "b" end\nscenario\n'
         "  assume 5 new contacts per day submit form", "the arms of new contacts", 1),
        (f'{FLOW}  then send email "A"\nscenario\n  assume 5 new contacts per day submit form on weekdays',
         "new contacts who come at certain hours", 5),
    ],
)  # fmt: skip
def test_what_cannot_be_worked_out_is_refused(program: str, reason: str, line: int) -> None:
    """With the construct and its place; a simulation forecasts all of it."""
    with pytest.raises(RunError) as caught:
        exact(program)
    diagnostics = [diagnostic for diagnostic in caught.value.diagnostics if reason in diagnostic.message]
    assert [diagnostic.code for diagnostic in diagnostics] == ["E726"], str(caught.value)
    if line:
        assert diagnostics[0].span is not None
        assert diagnostics[0].span.line == line


def test_all_reasons_are_told_at_once() -> None:
    """Three constructs, three diagnostics."""
    program = f'{FLOW}  goal buys offer\n  label "X"\n  wait until buys offer\n  go to "X" at most 2 times'
    with pytest.raises(RunError) as caught:
        exact(program)
    assert len(caught.value.diagnostics) == 3


def test_what_became_of_a_message_may_be_unknown() -> None:
    """Asked for after another wait whose length varies, an answer hangs on both moments: that is refused."""
    program = f"""{FLOW}  then send email "A"
  then send email "B"
  wait until opened "B" for up to 3 days
  if opened "A" then send sms "C" end
scenario
  assume contact opens email 35% after about 4 hours
"""
    with pytest.raises(RunError, match="after another wait for an answer, of a length that varies"):
        exact(program)


def test_an_exact_forecast_says_what_it_is() -> None:
    """No replications, no intervals, no peaks; totals of weeks are those of days."""
    found = exact(WAITS)
    assert found.replications == 0
    assert "Forecast, exact" in str(found)
    assert found.to_frame()[["pi_low", "ci_high"]].isna().all(axis=None)
    assert found.regroup(every="week").counts.sum() == pytest.approx(found.counts.sum())
    with pytest.raises(RunError, match="E811"):
        found.p_over(5)


def test_exact_forecasts_can_be_compared() -> None:
    """Expected numbers less expected numbers; there is no doubt about them, and nothing to pair."""
    both = {"today": WAITS, "better": WAITS.replace("35%", "40%")}
    found = flowdsl.compare(both, PEOPLE, events=JOINS, start=START, days=DAYS, method="exact", by="message")
    more = found.totals().set_index("message")["mean"]
    assert more["B"] == pytest.approx(50 * (1 - exp(-3.5)), rel=3e-5)
    assert more["A"] == 0
    assert found.pairing()["saved"].isna().all()
