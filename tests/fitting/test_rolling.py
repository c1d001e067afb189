"""Back-tests at several origins: scores against closed formulas, the cohort rule by hand, and real options."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import flowdsl
from flowdsl import RollingBacktest, RunError
from flowdsl.fitting.accuracy import QUANTILES, crps, pinball
from flowdsl.fitting.cohorts import cohort_rule
from flowdsl.forecasting.calibration import Calibration, calibration_of

PROGRAM = """
flow "Win-back"
  when contact buys offer
  exit when contact buys offer
  wait 10 days
  then send email "We miss you"
"""
FIRST = pd.Timestamp("2026-01-01")


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return pd.DataFrame({"contact": [f"c{n}" for n in range(300)]})


@pytest.fixture(scope="module")
def events(people: pd.DataFrame) -> pd.DataFrame:
    """Purchases of 26 weeks, of contacts whose rates differ."""
    numbers = np.random.default_rng(5)
    rows = [
        (FIRST + pd.Timedelta(days=float(day)), contact)
        for contact, rate in zip(people["contact"], numbers.gamma(0.8, 0.06 / 0.8, len(people)), strict=True)
        for day in numbers.uniform(0, 182, numbers.poisson(rate * 182))
    ]
    return pd.DataFrame(rows, columns=["time", "contact"]).assign(event="buys offer").sort_values("time")


@pytest.fixture(scope="module")
def rolling(people: pd.DataFrame, events: pd.DataFrame) -> RollingBacktest:
    found = flowdsl.backtest(PROGRAM, people, events, origins=3, horizon=21, replications=39, engine="fast")
    assert isinstance(found, RollingBacktest)
    return found


# --- scores -----------------------------------------------------------------------------------------------------------


def test_crps_of_a_normal_sample_is_the_closed_formula() -> None:
    """Gneiting and Raftery 2007, equation 22; replications are the quantiles of the law."""
    sample = norm.ppf((np.arange(4000) + 0.5) / 4000, 5, 2)[:, None]
    for actual in (0.0, 5.0, 6.5):
        z = (actual - 5) / 2
        closed = 2 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
        assert crps(sample, np.array([actual]))[0] == pytest.approx(closed, rel=2e-3)


def test_crps_is_the_definition_of_distances() -> None:
    """Mean distance from what came, less half the mean distance of all pairs."""
    sample = np.random.default_rng(1).poisson(4, (7, 5)).astype(float)
    actual = np.array([0.0, 3.0, 4.0, 9.0, 4.0])
    pairs = np.abs(sample[:, None] - sample[None, :]).mean(axis=(0, 1))
    assert crps(sample, actual) == pytest.approx(np.abs(sample - actual).mean(axis=0) - pairs / 2)


def test_pinball_is_least_for_the_true_quantiles() -> None:
    """Moved away in either direction, the expected loss grows."""
    numbers = np.random.default_rng(2)
    sample, came = numbers.normal(0, 1, (2000, 1)), numbers.normal(0, 1, (1, 4000))
    losses = [pinball(sample + by, came).mean() for by in (-0.5, 0.0, 0.5)]
    assert losses[1] == min(losses)
    assert pinball(np.zeros((3, 1)), np.array([1.0]))[0] == pytest.approx(sum(QUANTILES) / 5)


# --- the cohort rule --------------------------------------------------------------------------------------------------


def test_the_cohort_rule_is_who_waits_times_who_stayed(events: pd.DataFrame, people: pd.DataFrame) -> None:
    """For one day, counted with plain loops over runs."""
    found = flowdsl.simulate(PROGRAM, people, events=events, start="2026-01-01", until="2026-06-01")
    runs = found.runs.assign(**{name: found.runs[name].dt.tz_localize(None) for name in ("started", "ended")})
    sends = found.sends.assign(time=found.sends["time"].dt.tz_localize(None))
    start = pd.Timestamp("2026-06-01")
    rule = cohort_rule(runs, sends, FIRST, start, 15)
    for ahead in (0, 4, 9):
        cohort, age = start + pd.Timedelta(days=ahead - 10), 10 - ahead
        waiting = stayed = of = 0
        for run in runs.itertuples():
            day, is_open = run.started.normalize(), pd.isna(run.ended)
            waiting += day == cohort and is_open
            if day + pd.Timedelta(days=10) < start:
                left = is_open or (run.ended.normalize() - day).days >= age
                of += left
                stayed += left and (run.status == "completed")
        assert rule[ahead] == pytest.approx(waiting * stayed / of)
    assert rule[12] > 0  # of runs that have not started yet


def test_a_message_without_a_usual_day_comes_as_often_as_on_the_weekday() -> None:
    """Answers may come after any number of days; then only the weekday is known."""
    days = pd.date_range(FIRST, periods=28)
    runs = pd.DataFrame({"flow": "F", "contact": range(28), "run": 1, "started": FIRST, "ended": days})
    sends = pd.DataFrame({"flow": "F", "contact": range(28), "run": 1, "message": "A", "time": days})
    assert cohort_rule(runs, sends, FIRST, FIRST + pd.Timedelta(days=28), 7).tolist() == [1.0] * 7


# --- all together -----------------------------------------------------------------------------------------------------


def test_each_origin_is_the_back_test_of_its_times(
    rolling: RollingBacktest, people: pd.DataFrame, events: pd.DataFrame
) -> None:
    """The same numbers as one back-test with train and test; the last one ends with the last event's day."""
    times = {"train": ("2026-01-01", "2026-05-21"), "test": ("2026-05-21", "2026-06-11")}
    alone = flowdsl.backtest(PROGRAM, people, events, **times, replications=39, engine="fast", by=())
    assert rolling.tests[1].to_frame().equals(alone.to_frame())
    assert [str(one)[:10] for one in rolling.origins()["origin"]] == ["2026-04-30", "2026-05-21", "2026-06-11"]


def test_the_scores_are_those_of_the_table(rolling: RollingBacktest) -> None:
    """Computed again with pandas."""
    frame, scores = rolling.to_frame(), rolling.scores().iloc[0]
    came = frame["actual"].sum()
    assert (len(frame), scores["days"], scores["actual"]) == (63, 63, came)
    assert scores["bias"] == pytest.approx(frame["mean"].sum() / came - 1)
    for name, column in (("wape", "mean"), ("wape_cohort", "cohort"), ("wape_last_week", "last_week")):
        assert scores[name] == pytest.approx((frame[column] - frame["actual"]).abs().sum() / came)
    assert scores["coverage"] == pytest.approx(frame["actual"].between(frame["pi_low"], frame["pi_high"]).mean())
    weeks = frame.groupby([frame["origin"], frame.groupby("origin").cumcount() // 7])[["mean", "actual"]].sum()
    assert scores["wape_week"] == pytest.approx((weeks["mean"] - weeks["actual"]).abs().sum() / came)
    assert scores["wape"] < scores["wape_last_week"]
    assert "3 origins" in str(rolling)
    assert "in the 90% prediction interval" in str(rolling)


def test_it_is_shown(rolling: RollingBacktest) -> None:
    """A picture that says what came, and HTML with the headline."""
    assert "forecast" in rolling.plot().alt
    html = rolling._repr_html_()
    assert "error (WAPE) by day" in html
    assert "<img" in html or "<svg" in html


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"origins": 0},
        {"origins": 2, "horizon": 1.5},
        {"origins": True},
        {"origins": 2, "by": "message"},
        {"origins": 2, "every": "week"},
    ],
)
def test_options_that_cannot_be_are_refused(
    options: dict[str, object], people: pd.DataFrame, events: pd.DataFrame
) -> None:
    """Neither times nor origins, or odd numbers."""
    with pytest.raises(RunError, match="E740"):
        flowdsl.backtest(PROGRAM, people, events, **options)


# --- calibration ------------------------------------------------------------------------------------------------------


def test_the_level_moves_only_where_all_errors_have_one_sign() -> None:
    """By the middle of the ratios; of four origins, or of errors in both directions, nothing is learnt."""
    mean, deviation = np.full(5, 100.0), np.full(5, 5.0)
    assert calibration_of(np.array([90.0, 80, 95, 88, 89]), mean, deviation).level == pytest.approx(0.89)
    assert calibration_of(np.array([90.0, 80, 105, 88, 89]), mean, deviation).level == 1
    assert calibration_of(np.array([90.0, 80, 95, 88]), mean[:4], deviation[:4]).level == 1


def test_the_spread_grows_to_that_of_the_errors_and_never_shrinks() -> None:
    """The root of the mean squared standardised error."""
    found = calibration_of(np.array([110.0, 90, 120, 80]), np.full(4, 100.0), np.full(4, 5.0))
    assert found.spread == pytest.approx(np.sqrt((4 + 4 + 16 + 16) / 4))
    assert calibration_of(np.array([101.0, 99, 100]), np.full(3, 100.0), np.full(3, 5.0)).spread == 1


def test_a_calibrated_forecast_is_shifted_and_wider(rolling: RollingBacktest, people: pd.DataFrame) -> None:
    """Its total has the level and the spread that the calibration says, and its text says so."""
    program = PROGRAM + 'scenario "S"\n  assume contact buys offer 0.06 per contact per day\n'
    options = {"start": "2026-01-01", "days": 28, "replications": 199, "engine": "fast", "by": ()}
    plain = flowdsl.forecast(program, people, **options)
    by = SimpleNamespace(calibration=Calibration(0.8, 2.0, 5))
    found = flowdsl.forecast(program, people, **options, calibrated=by)
    before, after = plain.counts.sum(axis=(1, 2)), found.counts.sum(axis=(1, 2))
    assert after.mean() == pytest.approx(0.8 * before.mean(), rel=0.01)
    assert after.std() == pytest.approx(0.8 * 2 * before.std(), rel=0.1)
    assert "calibrated at 5 origins: level x 0.8, spread x 2" in str(found)
    assert rolling.calibration.origins == 3
    exact = 'when contact buys offer then send email "A"\nscenario "S" assume contact buys offer 1 per contact per day'
    with pytest.raises(RunError, match="E811"):
        flowdsl.forecast(exact, people, start="2026-01-01", days=28, method="exact", calibrated=rolling)
