"""Tests whether contacts differ in how often they answer, and fits a beta mixture if they do.

Two models are compared with each other by BIC: all alike (binomial), and shares that are beta among contacts (then
answers are beta-binomial: J. G. Skellam, 1948).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln
from scipy.stats import norm

from flowdsl.chance.heterogeneity import LEAST, MOST
from flowdsl.fitting.arrays import Numbers
from flowdsl.fitting.hessian import deviations

FEWEST = 50  # contacts with two or more attempts


@dataclass(frozen=True, slots=True)
class Mixture:
    """Shares that are beta among contacts: their mean with its interval, and the concentration a + b."""

    share: float
    low: float
    high: float
    concentration: float
    log_likelihood: float
    bic: float


def fit_mixture(answered: Numbers, attempts: Numbers, level: float = 0.9) -> Mixture | None:
    """The mixture, if contacts have enough attempts and differ more than by chance alone; otherwise None.

    >>> alike = np.repeat([0.0, 1.0, 2.0], [25, 50, 25])  # as often as two throws of a coin
    >>> fit_mixture(alike, np.full(100, 2.0)) is None, fit_mixture(np.repeat([0.0, 2.0], 50), np.full(100, 2.0)) is None
    (True, False)
    """
    if (attempts >= 2).sum() < FEWEST or not 0 < answered.sum() < attempts.sum():
        return None
    pairs, weights = np.unique(np.stack([answered, attempts]), axis=1, return_counts=True)
    yes, of = pairs

    def loss(at: Numbers) -> float:
        share, size = 1 / (1 + np.exp(-at[0])), np.exp(at[1])
        a, b = share * size, (1 - share) * size
        return -float((betaln(yes + a, of - yes + b) - betaln(a, b)) @ weights)

    share = answered.sum() / attempts.sum()
    alike = float(answered.sum() * np.log(share) + (attempts - answered).sum() * np.log1p(-share))
    begin = np.array([np.log(share / (1 - share)), np.log(2.0)])
    found = minimize(loss, begin, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-7, "maxiter": 2000})
    one, more = np.log(len(attempts)) - 2 * alike, 2 * np.log(len(attempts)) + 2 * float(found.fun)
    if more >= one:
        return None
    concentration = float(np.clip(np.exp(found.x[1]), LEAST, MOST))
    spread = norm.ppf((1 + level) / 2) * float(deviations(loss, found.x)[0])
    share, low, high = (float(1 / (1 + np.exp(-(found.x[0] + by * spread)))) for by in (0, -1, 1))
    return Mixture(share, low, high, concentration, -float(found.fun), float(more))
