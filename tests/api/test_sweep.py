"""Sweeps: forecasts of every combination of values, paired, and names that say what is varied."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lives import on, table

import flowdsl
from flowdsl import RunError, Sweep
from flowdsl.api.parameters import parameters, read_values, with_changes

PROGRAM = """
param pause 1 day
param p_click 12%
param reward "gold"

flow "Offer"
  when contact joins program
  if has membership then exit "member" end
  wait pause
  then send email "Offer"
  then add tag "x" unless plan is reward
  wait until opened "Offer" for up to 3 days
  if it happened
    then send email "Details"
  end

scenario "Spring"
  assume contact opens email 35% after about 4 hours
  assume contact opens email "Details" 50% within 1 day
  assume contact clicks email p_click of opening it within pause
  assume contact visits page "Pricing" 0.5 per contact per week on weekdays
  assume contacts where plan is "pro" buy offer "Upgrade" 0.1 per contact per month
  assume 3 new contacts per day join program like the table
  assume 20% of contacts have membership
  assume 5% of contacts where plan is "pro" have tag "vip"
  at day 3 pause flow "Offer"
  at day 4 resume flow "Offer"

scenario "Autumn"
  assume contact opens email 10% after about 4 hours
"""
PEOPLE = pd.DataFrame({"contact": range(400), "plan": ["pro", "free"] * 200})
JOINS = table([on("2026-01-05 09:00", "joins program", contact=str(number)) for number in range(400)])


def swept(values: Any, **options: Any) -> Sweep:
    told = {
        "scenario": "Spring",
        "events": JOINS,
        "start": "2026-01-05",
        "days": 10,
        "replications": 19,
        "engine": "fast",
        **options,
    }
    return flowdsl.sweep(PROGRAM, values, PEOPLE, **told)


def refused(values: Any) -> list[str]:
    with pytest.raises(RunError) as error:
        swept(values)
    assert all(diagnostic.reason and diagnostic.example for diagnostic in error.value.diagnostics)
    return [f"{diagnostic.code} {diagnostic.message}" for diagnostic in error.value.diagnostics]


def test_every_combination_has_a_forecast() -> None:
    """The table has a row for each combination and group, in the order in which values were given."""
    found = swept({"pause": ["1 day", "3 days"], "opens email": [0.35, "50%", (0.2, 0.3)]}, by="message")
    frame = found.to_frame()
    assert len(found) == 6
    assert list(frame.columns[:3]) == ["pause", "opens email", "message"]
    assert frame["pause"].tolist() == ["1 day"] * 6 + ["3 days"] * 6
    assert frame["opens email"].tolist()[:6:2] == [0.35, "50%", (0.2, 0.3)]
    assert [values["pause"] for values, _ in found] == ["1 day"] * 3 + ["3 days"] * 3
    assert len(found.daily()) == 6 * 10 * 2


def test_each_forecast_is_that_of_the_program_with_these_values() -> None:
    """Varying a param or a line is writing the program so, to the last message."""
    found = swept({"pause": ["1 day", "2 days"], "opens email": [0.35, 0.5]})
    text = PROGRAM.replace("param pause 1 day", "param pause 2 days").replace("opens email 35%", "opens email 50%")
    options: dict[str, Any] = {"events": JOINS, "start": "2026-01-05", "days": 10, "replications": 19}
    alone = flowdsl.forecast(text, PEOPLE, scenario="Spring", **options)
    assert (found.forecasts[3].counts == alone.counts).all()
    assert (found.forecasts[0].counts != alone.counts).any()


def test_what_a_value_does_not_touch_is_the_same() -> None:
    """Combinations are paired: whoever gets the first message gets it whatever the share of openings is."""
    frame = swept({"opens email": [0.35, 0.5]}, by="message").to_frame().set_index(["opens email", "message"])
    assert tuple(frame.loc[(0.5, "Offer"), ["difference", "difference_low", "difference_high"]]) == (0, 0, 0)
    assert frame.loc[(0.35, "Details"), "difference"] == 0
    more = frame.loc[(0.5, "Details")]
    assert more["difference_low"] < more["difference"] < more["difference_high"]
    contacts = frame.loc[(0.5, "Offer"), "mean"]
    assert more["difference"] == pytest.approx(0.15 * contacts, abs=0.05 * contacts)


def test_differences_are_those_of_pairs() -> None:
    """The interval is Student's t of the differences of replications, which vary less than what is compared."""
    found = swept({"opens email": [0.35, 0.37]}, by="message", replications=39)
    one, other = (each.counts.sum(axis=1)[:, 1] for each in found.forecasts)
    row = found.to_frame().iloc[3]
    pairs = other - one
    half = 1.685954 * pairs.std(ddof=1) / sqrt(39)  # t of 38 degrees of freedom at 0.95, from a table
    assert row["difference"] == pytest.approx(pairs.mean())
    assert row["difference_high"] == pytest.approx(pairs.mean() + half, rel=1e-5)
    assert pairs.var(ddof=1) < np.var(one, ddof=1) + np.var(other, ddof=1)


def test_the_first_combination_says_how_many() -> None:
    """With replications="auto" the others have as many as the first one, so that all are paired."""
    found = swept({"pause": ["1 day", "2 days"]}, replications="auto", level=0.5, by="channel")
    assert len({each.replications for each in found.forecasts}) == 1
    assert found.forecasts[0].replications >= 19


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("pause", "4 days", "param pause 4 days"),
        ("p_click", "20%", "param p_click 20%"),
        ("reward", "silver", 'param reward "silver"'),
        ("opens email", 0.4, "opens email 40% after about 4 hours"),
        ("contact opens email", "40% to 45%", "opens email 40% to 45% after about 4 hours"),
        ('opens email "Details"', (0.5, 0.6), 'opens email "Details" 50% to 60% within 1 day'),
        ("Clicks  email", 0.2, "clicks email 20% of opening it within pause"),
        ("clicks email of opening it", 0.2, "clicks email 20% of opening it within pause"),
        ("visits page", 2, 'visits page "Pricing" 2 per contact per week on weekdays'),
        ('visits page "Pricing"', "0.5 to 0.7", '"Pricing" 0.5 to 0.7 per contact per week on weekdays'),
        ("contacts where plan is \"pro\" buy", 0.2, 'buy offer "Upgrade" 0.2 per contact per month'),
        ("new contacts", 5, "5 new contacts per day join program like the table"),
        ("new contacts join program", (5, 6), "5 to 6 new contacts per day join program like the table"),
        ("contacts have membership", 0.1, "10% of contacts have membership"),
        ("have membership", 0.1, "10% of contacts have membership"),
        ('contacts where plan is "pro" have', 0.1, 'assume 10% of contacts where plan is "pro" have tag "vip"'),
    ],
)  # fmt: skip
def test_names_say_what_is_varied(name: str, value: object, line: str) -> None:
    """A param by its name; a line of the scenario by its words without the number, or their beginning."""
    program = flowdsl.parse(PROGRAM)
    ((change,),) = read_values(parameters(program, "Spring"), {name: [value]}).values()
    before, after = (flowdsl.format(one).splitlines() for one in (program, with_changes(program, [change])))
    (different,) = (now for was, now in zip(before, after, strict=True) if was != now)
    assert line in different


def test_names_that_are_not_there_are_refused_with_those_that_are() -> None:
    """What can be varied is listed; a slip gets the nearest name; lines of other scenarios are not among them."""
    (said,) = refused({"pauze": ["1 day"]})
    assert said.startswith("E727")
    assert "did you mean `pause`" in said
    assert "`clicks email of opening it`" in said
    assert "`have membership`" in said
    (said,) = refused({'opens email "Launch"': [0.3]})
    assert "did you mean `opens email" in said
    (said,) = refused({"contacts where": [0.3]})
    assert "is ambiguous" in said
    assert refused({}) == ["E727 values is empty: give a list of values for each name"]
    assert refused([("pause", ["1 day"])]) == ["E727 values is empty: give a list of values for each name"]


@pytest.mark.parametrize(
    "values",
    [
        {"pause": "3 days"},
        {"pause": []},
        {"pause": ["for ever and ever"]},
        {"pause": [None]},
        {"opens email": ["often"]},
        {"opens email": [float("nan")]},
        {"opens email": [(0.1, 0.2, 0.3)]},
        {"visits page": ["35%"]},
        {"opens email": ["10%\n  assume email bounces 5%"]},
    ],
)
def test_values_that_cannot_be_are_refused(values: Any) -> None:
    """Each with its reason, before anything is simulated."""
    assert [said[:4] for said in refused(values)] == ["E728"]


def test_all_is_said_at_once() -> None:
    """Wrong names and wrong values of several names come in one report."""
    assert [said[:4] for said in refused({"pauze": [1], "opens email": ["often", "never"]})] == ["E727", "E728", "E728"]


def test_a_value_of_the_wrong_kind_is_a_diagnostic_of_the_program() -> None:
    """What reads well but means nothing there is told as in any program."""
    with pytest.raises(flowdsl.ProgramError):
        swept({"pause": ["35%"]})


def test_a_plan_or_a_scenario_of_its_own_can_be_swept() -> None:
    """Plans are varied by the text that they mean; the scenario may be made in Python."""
    plan = flowdsl.load_plan(flowdsl.dump(PROGRAM))
    calm = flowdsl.Scenario("Calm").answer("opens email", 0.2, within="1 day")
    options: dict[str, Any] = {"events": JOINS, "start": "2026-01-05", "days": 7, "replications": 19, "by": "message"}
    for program, scenario in ((plan, calm), (PROGRAM, calm), (plan, calm.world(flowdsl.parse(PROGRAM)))):
        found = flowdsl.sweep(program, {"opens email": [0.2, 1.0]}, PEOPLE, scenario=scenario, **options)
        assert found.to_frame()["mean"].iloc[3] == 400


def test_a_sweep_tells_its_table() -> None:
    """The text names what is varied and what the intervals mean."""
    said = str(swept({"pause": ["1 day", "3 days"]}, by="channel"))
    assert "Sweep of pause: 2 forecasts, 19 replications each, paired by seed 0" in said
    assert "3 days" in said
    assert "difference" in said
