"""What days and weeks have in common: found where it is, not found where there is only chance."""

from __future__ import annotations

import os

import numpy as np
import pytest

from flowdsl.calendar.clock import DAY
from flowdsl.fitting.common import fit_common

FIRST = 20_000  # a day
SEEDS = range(50 if os.environ.get("SOAK") else 6)


def walls(means: np.ndarray, numbers: np.random.Generator) -> np.ndarray:
    """The times of events with these means by day."""
    days = np.repeat(np.arange(FIRST, FIRST + len(means)), numbers.poisson(means))
    return days * DAY + numbers.integers(0, DAY, len(days))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_shapes_of_simulated_factors_are_found(seed: int) -> None:
    """Two years of 200 events a day, with a trend and busy weekends; within what moments can tell."""
    numbers = np.random.default_rng(seed)
    days = np.arange(728)
    usual = 200 * np.exp(-days / 900) * np.where(days % 7 >= 5, 1.6, 0.8)
    for daily, weekly in ((25.0, 0.0), (60.0, 40.0)):
        factors = numbers.gamma(daily, 1 / daily, 728)
        if weekly:
            factors *= np.repeat(numbers.gamma(weekly, 1 / weekly, 104), 7)
        found = fit_common(walls(usual * factors, numbers), FIRST, FIRST + 728)
        assert 1 / found.daily == pytest.approx(1 / daily, rel=0.4)
        if weekly:
            assert 1 / found.weekly == pytest.approx(1 / weekly, rel=0.75)


@pytest.mark.parametrize("seed", SEEDS)
def test_chance_alone_has_no_factors(seed: int) -> None:
    """Poisson counts of any size, with weekdays and a trend."""
    numbers = np.random.default_rng(100 + seed)
    days = np.arange(365)
    for level in (3, 40, 400):
        usual = level * np.exp(days / 700) * np.where(days % 7 >= 5, 1.6, 0.8)
        assert fit_common(walls(usual, numbers), FIRST, FIRST + 365).text == ""


def test_too_few_days_say_nothing() -> None:
    """Seven weeks are not enough, however much they differ."""
    means = np.tile([5.0, 200.0], 24)
    assert fit_common(walls(means, np.random.default_rng(1)), FIRST, FIRST + 48).text == ""
