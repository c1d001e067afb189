"""Quantiles, paths, bands and running totals of a forecast, computed again with NumPy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import flowdsl
from flowdsl import Forecast, RunError

PROGRAM = """
flow "News" when contact visits page then send email "A" then wait 1 day then send sms "B"
scenario "S"
  assume contact visits page 0.2 per contact per day
"""


@pytest.fixture(scope="module")
def forecast() -> Forecast:
    people = pd.DataFrame({"contact": range(60)})
    return flowdsl.forecast(PROGRAM, people, start="2026-01-05", days=21, replications=199, by="channel", engine="fast")


def test_paths_are_the_replications(forecast: Forecast) -> None:
    """A row for each replication, day and group, in this order."""
    paths = forecast.paths()
    assert list(paths.columns) == ["replication", "date", "channel", "messages"]
    assert len(paths) == 199 * 21 * 2
    assert paths["messages"].to_numpy().reshape(forecast.counts.shape).tolist() == forecast.counts.tolist()
    frame = forecast.to_frame()
    means = paths.groupby(["date", "channel"], observed=True)["messages"].mean()
    assert means.to_numpy() == pytest.approx(frame["mean"].to_numpy())


def test_quantiles_are_those_of_the_replications(forecast: Forecast) -> None:
    """For each day and group, at each level."""
    found = forecast.quantiles((0.1, 0.5, 0.9))
    paths = forecast.paths()
    for level in (0.1, 0.5, 0.9):
        expected = paths.groupby(["date", "channel"], observed=True)["messages"].quantile(level)
        assert found[found["quantile"] == level]["messages"].to_numpy() == pytest.approx(expected.to_numpy())
    with pytest.raises(RunError, match="probability from 0 to 1"):
        forecast.quantiles((0.5, 90))


def test_the_running_total_ends_with_the_total(forecast: Forecast) -> None:
    """The last day of the fan is the forecast of all the time; it never falls."""
    fan, totals = forecast.cumulative(), forecast.totals()
    last = fan[fan["date"] == fan["date"].max()]
    for column in ("mean", "pi_low", "pi_high"):
        assert last[column].tolist() == totals[column].tolist()
    assert (fan.groupby("channel", observed=True)["mean"].diff().dropna() >= 0).all()


def test_a_band_holds_whole_paths_of_other_futures(forecast: Forecast) -> None:
    """Of 299 other futures, nine in ten lie within it on every day; far fewer lie in all daily intervals."""
    people = pd.DataFrame({"contact": range(60)})
    others = flowdsl.forecast(
        PROGRAM, people, start="2026-01-05", days=21, replications=299, by="channel", engine="fast", seed=9
    ).counts
    band, frame = forecast.band(), forecast.to_frame()
    shape = (21, 2)
    low, high = (band[name].to_numpy().reshape(shape) for name in ("low", "high"))
    inside = ((others >= low) & (others <= high)).all(axis=1).mean(axis=0)
    assert inside == pytest.approx(0.9, abs=0.06)
    daily = [frame[name].to_numpy().reshape(shape) for name in ("pi_low", "pi_high")]
    assert (((others >= daily[0]) & (others <= daily[1])).all(axis=1).mean(axis=0) < 0.6).all()
    assert np.all(low <= frame["mean"].to_numpy().reshape(shape))


def test_an_exact_forecast_has_no_paths() -> None:
    """Nothing is drawn."""
    people = pd.DataFrame({"contact": range(5)})
    exact = flowdsl.forecast(PROGRAM, people, start="2026-01-05", days=7, method="exact")
    for verb in (exact.paths, exact.band, exact.quantiles):
        with pytest.raises(RunError, match="E811"):
            verb()
