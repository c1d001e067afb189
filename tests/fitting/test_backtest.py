"""Back-tests: what was known before is forecast, what came is replayed, and neither knows of the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_fit import events_of

import flowdsl
from flowdsl import Backtest, RunError, Scenario

PROGRAM = """
flow "News"
  when contact visits page
  limit once per contact every 10 days
  then send email "Hello"
  wait 3 days
  then send sms "More"
"""
PEOPLE = pd.DataFrame({"contact": [f"c{n}" for n in range(1500)]})
TRAIN, TEST = ("2026-01-05", "2026-03-02"), ("2026-03-02", "2026-03-30")
EVENTS_OF_ONE = pd.DataFrame({"time": pd.date_range("2026-01-05", periods=80), "contact": "c1", "event": "visits page"})
WORLD = Scenario("True").rate("visits page", 0.1, varying=0.9)


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    """Twelve weeks of contacts who differ in how often they visit."""
    results = flowdsl.simulate(PROGRAM, PEOPLE, scenario=WORLD, start="2026-01-05", days=84, engine="fast", seed=2)
    return events_of(results)


@pytest.fixture(scope="module")
def tested(events: pd.DataFrame) -> Backtest:
    return flowdsl.backtest(PROGRAM, PEOPLE, events, train=TRAIN, test=TEST, replications=99, engine="fast")


def test_what_came_is_what_a_replay_of_the_events_sends(tested: Backtest, events: pd.DataFrame) -> None:
    """Day by day and message by message, with those who were on their way when the test began."""
    results = flowdsl.simulate(PROGRAM, PEOPLE, events=events, start="2026-01-05", until="2026-03-30", engine="simpy")
    sends = results.sends[results.sends["time"] >= pd.Timestamp("2026-03-02", tz="UTC")]
    days = sends["time"].dt.tz_localize(None).dt.floor("D")
    expected = sends.groupby([days, sends["message"].astype(str)]).size()
    found = tested.to_frame().set_index(["date", "message"])["actual"]
    assert found.sum() == len(sends) > 1000
    for key, number in expected.items():
        assert found[key] == number


def test_a_good_model_keeps_what_its_intervals_promise(tested: Backtest) -> None:
    """Fitted to a world that is as the model says: no bias to speak of, and most days within the 90% interval."""
    every = tested.scores().iloc[-1]
    assert every["message"] == "all"
    assert abs(every["bias"]) < 0.08
    assert every["in_total"]
    assert every["coverage"] >= 0.7
    assert every["wape"] < every["wape_last_week"]


def test_scores_are_those_of_plain_pandas(tested: Backtest, events: pd.DataFrame) -> None:
    """Bias, error and coverage from the table; the naive forecasts from the past alone."""
    frame, scores = tested.to_frame(), tested.scores()
    one = frame[frame["message"] == "Hello"]
    row = scores[scores["message"] == "Hello"].iloc[0]
    assert row["bias"] == pytest.approx(one["mean"].sum() / one["actual"].sum() - 1)
    assert row["wape"] == pytest.approx((one["mean"] - one["actual"]).abs().sum() / one["actual"].sum())
    assert row["coverage"] == pytest.approx(one["actual"].between(one["pi_low"], one["pi_high"]).mean())
    past = flowdsl.simulate(PROGRAM, PEOPLE, events=events, start="2026-01-05", until="2026-03-02", engine="simpy")
    sends = past.sends[past.sends["message"] == "Hello"]
    daily = sends.groupby(sends["time"].dt.tz_localize(None).dt.floor("D")).size()
    daily = daily.reindex(pd.date_range("2026-01-05", "2026-03-01"), fill_value=0)
    means = daily.groupby(daily.index.day_of_week).mean()
    assert one["last_week"].tolist() == [*daily.iloc[-7:]] * 4
    assert one["weekday_mean"].tolist() == pytest.approx([means[date.day_of_week] for date in one["date"]])


def test_fits_and_back_tests_draw_themselves(tested: Backtest) -> None:
    """A picture each, with words for those who do not see it, and HTML with the headline numbers."""
    assert tested.fitted is not None
    assert "came; " in tested.plot().alt
    assert "page visited" in tested.fitted.plot().alt
    every = tested.regroup().scores().iloc[0]
    assert f"{every['actual']:,} came" in tested._repr_html_()
    assert "assume contact visits page" in tested.fitted._repr_html_()
    with pytest.raises(RunError, match="this back-test was made by"):
        flowdsl.backtest(
            PROGRAM, PEOPLE[:50], EVENTS_OF_ONE, train=TRAIN, test=TEST, replications=19, by="channel", engine="simpy"
        ).regroup("message")


def test_the_test_is_not_known_to_the_forecast(tested: Backtest, events: pd.DataFrame) -> None:
    """Other events from the test on change what came, and not a number of what was forecast."""
    kept = events["time"] < pd.Timestamp("2026-03-02", tz="UTC")
    other = events[kept | (np.arange(len(events)) % 3 == 0)]
    again = flowdsl.backtest(PROGRAM, PEOPLE, other, train=TRAIN, test=TEST, replications=99, engine="fast")
    told = ["date", "message", "mean", "pi_low", "pi_high", "last_week", "weekday_mean"]
    pd.testing.assert_frame_equal(again.to_frame()[told], tested.to_frame()[told])
    assert again.to_frame()["actual"].sum() < tested.to_frame()["actual"].sum()


def test_a_scenario_of_ones_own_and_own_rates_can_be_tested(events: pd.DataFrame) -> None:
    """A given scenario is not fitted; own rates are columns beside the contacts."""
    keys: dict[str, Any] = {"train": TRAIN, "test": TEST, "replications": 19, "engine": "fast", "every": "week"}
    high = flowdsl.backtest(
        PROGRAM, PEOPLE, events, **keys, scenario=WORLD.rate("visits page", 3.0, where='contact is "c1"')
    )
    assert high.fitted is None
    own = flowdsl.backtest(PROGRAM, PEOPLE, events, **keys, rates="contact")
    assert own.fitted is not None
    assert abs(own.scores().iloc[-1]["bias"]) < 0.1


def test_newcomers_of_the_test_are_not_known_before(events: pd.DataFrame) -> None:
    """Contacts who come after the test begins are neither fitted nor forecast, but for the line of new contacts."""
    first = events.groupby("contact")["time"].min()
    people = pd.DataFrame({"contact": first.index, "came": first.to_numpy()})
    keys: dict[str, Any] = {"train": ("2026-01-05", "2026-01-19"), "test": ("2026-01-19", "2026-02-02")}
    found = flowdsl.backtest(PROGRAM, people, events, **keys, since="came", replications=19, engine="fast")
    assert found.forecast.contacts == (people["came"] < pd.Timestamp("2026-01-19", tz="UTC")).sum()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"train": "2026-01-05"}, "train must be two moments"),
        ({"train": ("2026-01-05", "2026-03-09")}, "train must be before test"),
        ({"rates": "own"}, "rates must be past or mixture or contact"),
    ],
)
def test_times_that_cannot_be_are_told(events: pd.DataFrame, options: dict[str, Any], said: str) -> None:
    """All of them at once, with a right example."""
    with pytest.raises(RunError, match=said) as error:
        flowdsl.backtest(PROGRAM, PEOPLE, events, **{"train": TRAIN, "test": TEST, **options})
    assert {diagnostic.code for diagnostic in error.value.diagnostics} == {"E740"}


# --- the warm-up ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["simpy", "fast"])
def test_what_the_events_tell_is_not_made_up_again(engine: str) -> None:
    """With an events table rates and new contacts begin at start; without one the scenario is the warm-up."""
    scenario = Scenario("S").rate("visits page", 1.0).new_contacts('join program "Yoga"', 5)
    events = pd.DataFrame({"time": ["2026-01-31"], "contact": ["c1"], "event": "visits page"})
    keys: dict[str, Any] = {"scenario": scenario, "start": "2026-02-01", "days": 5, "engine": engine}
    people = PEOPLE[:20]
    told = flowdsl.simulate(PROGRAM, people, events=events, **keys, warm_from="2026-01-01")
    cold = flowdsl.simulate(PROGRAM, people, **keys)
    warm = flowdsl.simulate(PROGRAM, people, **keys, warm_from="2026-01-01")
    before = [(one.runs["started"] < one.start).sum() for one in (told, cold, warm)]
    assert before[:2] == [1, 0]
    assert before[2] > 3
    visits = [(one.records["action"] == "page.visited").sum() for one in (told, cold)]
    assert visits[0] == visits[1]
    assert told.contacts == cold.contacts < warm.contacts
