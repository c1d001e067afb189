"""Customers who leave: probabilities against integrals taken by SciPy, and against numbers from the literature."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from scipy.integrate import quad

from flowdsl.chance.leaving import Seen, bg_nbd, bg_nbd_alive, pareto_nbd, pareto_nbd_alive


def one(x: float, t_x: float, T: float) -> Seen:
    return Seen(np.array([x]), np.array([t_x]), np.array([T]))


@pytest.mark.parametrize("seed", range(40))
def test_pareto_nbd_is_the_integral_that_defines_it(seed: int) -> None:
    """Who is alive at T, against all ways to have left since t_x: by SciPy, for parameters of all sizes."""
    chance = Random(seed)
    r, alpha, s, beta = (10 ** chance.uniform(-1, 1.5) for _ in range(4))
    T = 10 ** chance.uniform(0, 2)
    x = chance.choice([0, 1, 3, 20])
    t_x = T * chance.random() if x else 0.0
    stays = (beta / (beta + T)) ** s * ((alpha + t_x) / (alpha + T)) ** (r + x)

    def leaves(t: float) -> float:
        return s / (beta + t) * (beta / (beta + t)) ** s * ((alpha + t_x) / (alpha + t)) ** (r + x)

    left, _ = quad(leaves, t_x, T, limit=500)
    assert pareto_nbd_alive(one(x, t_x, T), r, alpha, s, beta)[0] == pytest.approx(
        stays / (stays + left), rel=1e-4, abs=1e-6
    )


def test_published_probabilities() -> None:
    """BG/NBD: P. Fader, B. Hardie, K. Lee, "Computing P(alive) using the BG/NBD model", 2008, customer 1 of CDNOW; who
    has no repeat purchase cannot have left. Pareto/NBD: parameters of CDNOW; with 26 purchases until week 30.86 of 31
    a customer is hardly gone."""
    assert bg_nbd_alive(one(2, 30.43, 38.86), 0.243, 4.414, 0.793, 2.426)[0] == pytest.approx(0.7266, abs=1e-4)
    assert bg_nbd_alive(one(0, 0, 38.86), 0.243, 4.414, 0.793, 2.426)[0] == 1
    assert pareto_nbd_alive(one(26, 30.86, 31.0), 0.5533, 10.578, 0.6062, 11.668)[0] == pytest.approx(0.998, abs=1e-3)


def test_parameters_that_data_hardly_determine_give_finite_numbers() -> None:
    """Very large and very small shapes, many events, and customers who have just come."""
    seen = Seen(np.array([0.0, 0.0, 3.0, 900.0]), np.array([0.0, 0.0, 5.0, 2.0]), np.array([0.0, 400.0, 50.0, 400.0]))
    for s, beta in ((168.0, 22236.0), (0.05, 1e-3), (1e4, 1e7)):
        alive = pareto_nbd_alive(seen, 0.5, 10.0, s, beta)
        assert ((alive >= 0) & (alive <= 1)).all()
        assert np.isfinite(pareto_nbd(seen, 0.5, 10.0, s, beta)).all()
    assert np.isfinite(bg_nbd(seen, 0.05, 1e-3, 1e-3, 1e4)).all()
    assert pareto_nbd_alive(seen, 0.5, 10.0, 1.0, 10.0)[0] == 1


def test_many_customers_are_as_one_at_a_time() -> None:
    """They are taken block by block."""
    numbers = np.random.default_rng(1)
    x = numbers.poisson(2, 40_000).astype(float)
    T = numbers.uniform(1, 40, len(x))
    seen = Seen(x, np.where(x > 0, T * numbers.random(len(x)), 0.0), T)
    every = pareto_nbd_alive(seen, 0.55, 10.0, 0.6, 12.0)
    for at in (0, 16_384, 39_999):
        alone = pareto_nbd_alive(one(seen.x[at], seen.t_x[at], seen.T[at]), 0.55, 10.0, 0.6, 12.0)[0]
        assert every[at] == pytest.approx(alone, rel=1e-9)
