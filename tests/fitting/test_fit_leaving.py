"""Contacts who leave: a fit of what was simulated finds its parameters, and no leaving where there is none."""

from __future__ import annotations

import os

import numpy as np
import pytest

from flowdsl.chance.leaving import Seen
from flowdsl.fitting.counts import gamma_poisson
from flowdsl.fitting.leaving import bg, different, fit_leaving, pareto

SEEDS = range(50 if os.environ.get("SOAK") else 4)
SIZE = 4000
SHAPE, SCALE = 0.6, 6.0


def lives(numbers: np.random.Generator, law: str) -> Seen:
    """Customers who are known for 20 to 52 weeks, one event after the other; so much of each as one could see."""
    x, t_x, T = np.zeros(SIZE), np.zeros(SIZE), numbers.uniform(20, 52, SIZE).round(1)
    for one in range(SIZE):
        rate, leaves = numbers.gamma(SHAPE, 1 / SCALE), np.inf
        chance = numbers.beta(0.8, 2.4) if law == "bg" else 0.0
        if law == "pareto":
            leaves = numbers.exponential(1 / numbers.gamma(0.7, 1 / 10))
        now = numbers.exponential(1 / rate) if rate > 1e-12 else np.inf
        while now < min(T[one], leaves):
            x[one], t_x[one] = x[one] + 1, now
            if numbers.random() < chance:
                break
            now += numbers.exponential(1 / rate)
    return Seen(x, t_x, T)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_parameters_of_bg_nbd_are_found(seed: int) -> None:
    """Mean rate, shape, and the share who leave after an event; BIC prefers this model."""
    seen = lives(np.random.default_rng(seed), "bg")
    found = fit_leaving(seen, gamma_poisson(seen.x, seen.T))
    assert found is not None
    assert found.is_after_event
    assert found.rate == pytest.approx(SHAPE / SCALE, rel=0.2)
    assert found.shape == pytest.approx(SHAPE, rel=0.2)
    assert found.first / (found.first + found.second) == pytest.approx(0.25, abs=0.06)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_parameters_of_pareto_nbd_are_found(seed: int) -> None:
    """Mean rate, shape, and the share of those who are still there after half a year."""
    seen = lives(np.random.default_rng(seed), "pareto")
    rate = gamma_poisson(seen.x, seen.T)
    found = pareto(seen, rate)
    assert found.bic < min(bg(seen, rate).bic, rate.bic)
    assert found.rate == pytest.approx(SHAPE / SCALE, rel=0.2)
    assert found.shape == pytest.approx(SHAPE, rel=0.25)
    there = (found.second / (found.second + 26)) ** found.first
    assert there == pytest.approx((10 / 36) ** 0.7, abs=0.06)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_leaving_none_is_found(seed: int) -> None:
    """BIC prefers rates alone."""
    seen = lives(np.random.default_rng(1000 + seed), "none")
    assert fit_leaving(seen, gamma_poisson(seen.x, seen.T)) is None


def test_rounding_the_times_of_many_customers_changes_little() -> None:
    """More different customers than the fit takes one by one."""
    numbers = np.random.default_rng(7)
    many = [lives(numbers, "bg") for _ in range(3)]
    seen = Seen(*(np.concatenate([getattr(one, name) for one in many]) for name in ("x", "t_x", "T")))
    rows, weights = different(seen)
    assert len(rows) < len(seen)
    assert weights.sum() == len(seen)
    found = bg(seen, gamma_poisson(seen.x, seen.T))
    assert found.shape == pytest.approx(SHAPE, rel=0.15)


def test_data_that_hardly_determine_leaving_do_not_explode() -> None:
    """Few customers with few events: all numbers stay finite, and can be written in a scenario."""
    numbers = np.random.default_rng(3)
    x = numbers.poisson(0.3, 60).astype(float)
    T = np.full(60, 400.0)
    seen = Seen(x, np.where(x > 0, T * numbers.random(60), 0.0), T)
    rate = gamma_poisson(seen.x, seen.T)
    for model in (bg, pareto):
        found = model(seen, rate)
        assert np.isfinite([found.shape, found.scale, found.first, found.second, found.deviation, found.bic]).all()
        assert "until leaving" in found.text
