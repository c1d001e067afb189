"""A thousand forecasts of each case with a known law: prediction intervals hold what they promise. `make soak` runs it.

The seeds are fixed, so it says the same every time. It takes some minutes.
"""

from __future__ import annotations

import pytest
from coverage_of_forecasts import share_inside

SEEDS = 1000


@pytest.mark.parametrize(("name", "replications"), [("answers", 99), ("arrivals", 19), ("arrivals in doubt", 19)])
def test_90_of_100_new_realisations_lie_in_a_prediction_interval(name: str, replications: int) -> None:
    """Over a thousand fixed seeds, a new realisation with a mean of 200 a day at least lies in its 90% interval 87 to
    93% of the time."""
    assert 0.87 <= share_inside(name, range(SEEDS), replications) <= 0.93
