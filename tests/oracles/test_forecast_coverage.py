"""Prediction intervals hold what they promise: a short form of what `make soak` looks at with a thousand forecasts."""

from __future__ import annotations

import pytest
from coverage_of_forecasts import DAYS, share_inside


@pytest.mark.parametrize(("name", "forecasts", "days"), [("answers", 12, DAYS), ("arrivals in doubt", 30, 1)])
def test_new_realisations_lie_in_the_interval_as_often_as_it_says(name: str, forecasts: int, days: int) -> None:
    """Of days drawn from the known law 90% lie in 90% prediction intervals; whole numbers can tie with the limits, so
    that some more do. Standard errors here are 2.7% and 5.5%."""
    inside = share_inside(name, range(forecasts), 19)
    spread = (0.9 * 0.1 / (forecasts * days)) ** 0.5
    assert 0.9 - 3 * spread < inside < 0.92 + 3 * spread
