"""Fits a rate to the number of events and the time under observation of each contact.

Two models are compared with each other by BIC: all contacts alike (Poisson), and rates that are gamma among contacts
(then counts are negative binomial). The rate of the first has a Jeffreys interval, that of the second and its shape one
from the curvature of the likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln
from scipy.stats import gamma, norm

from flowdsl.chance.heterogeneity import LEAST, MOST
from flowdsl.fitting.arrays import Numbers
from flowdsl.fitting.hessian import deviations

FEWEST = 10  # contacts and events, for a mixture to be looked for


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate per unit of the times given, with its interval; `shape` of the gamma mixture, 0 where contacts are alike.

    events, contacts   how many there were; bic of the chosen model and of the other one
    """

    rate: float
    low: float
    high: float
    events: int
    contacts: int
    log_likelihood: float
    bic: float
    shape: float = 0.0
    shape_low: float = 0.0
    shape_high: float = 0.0

    @property
    def law(self) -> str:
        """What counts follow."""
        return "gamma-poisson" if self.shape else "poisson"


def fit_rate(counts: Numbers, times: Numbers, level: float = 0.9, mixture: bool = True) -> Rate:
    """The rate at which contacts with these counts in these times (more than 0) cause events.

    >>> found = fit_rate(np.array([2.0, 0.0, 1.0]), np.array([10.0, 10.0, 10.0]))
    >>> round(found.rate, 3), found.events, found.law  # 3 in 30
    (0.1, 3, 'poisson')
    """
    alike = poisson(counts, times, level)
    if not mixture or alike.events < FEWEST or alike.contacts < FEWEST:
        return alike
    differing = gamma_poisson(counts, times, level)
    return differing if differing.bic < alike.bic else alike


def poisson(counts: Numbers, times: Numbers, level: float = 0.9) -> Rate:
    """All contacts alike: events by total time, with the Jeffreys interval of a Poisson rate.

    >>> found = poisson(np.array([40.0]), np.array([100.0]))
    >>> [round(number, 3) for number in (found.low, found.rate, found.high)]
    [0.306, 0.4, 0.515]
    """
    events, time = float(counts.sum()), float(times.sum())
    low, high = (float(gamma.ppf(part, events + 0.5)) / time for part in ((1 - level) / 2, (1 + level) / 2))
    rate = events / time
    if not events:
        low = 0.0
    log_likelihood = float(
        (counts * np.log(np.maximum(rate * times, 1e-300)) - rate * times - gammaln(counts + 1)).sum()
    )
    size = len(counts)
    return Rate(rate, low, high, int(events), size, log_likelihood, float(np.log(size)) - 2 * log_likelihood)


def gamma_poisson(counts: Numbers, times: Numbers, level: float = 0.9) -> Rate:
    """Rates that are gamma among contacts (M. Greenwood, G. U. Yule, 1920); the shape is one that can be said."""
    pairs, weights = np.unique(np.stack([counts, times]), axis=1, return_counts=True)
    number, time = pairs

    def loss(at: Numbers) -> float:
        mean, shape = np.exp(at[0]) * time, np.exp(at[1])
        log_likelihood = gammaln(number + shape) - gammaln(shape) - gammaln(number + 1)
        log_likelihood = (
            log_likelihood - shape * np.log1p(mean / shape) + number * (np.log(mean) - np.log(shape + mean))
        )
        return -float(log_likelihood @ weights)

    begin = np.array([np.log(counts.sum() / times.sum()), np.log(_moments(counts, times))])
    found = minimize(loss, begin, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-7, "maxiter": 2000})
    rate, shape = np.exp(found.x[0]), np.clip(np.exp(found.x[1]), LEAST, MOST)
    spread = norm.ppf((1 + level) / 2) * deviations(loss, found.x)
    size = len(counts)
    return Rate(
        rate=float(rate),
        low=float(rate * np.exp(-spread[0])),
        high=float(rate * np.exp(spread[0])),
        events=int(counts.sum()),
        contacts=size,
        log_likelihood=-float(found.fun),
        bic=2 * float(np.log(size)) + 2 * float(found.fun),
        shape=float(shape),
        shape_low=float(max(shape * np.exp(-spread[1]), LEAST)),
        shape_high=float(min(shape * np.exp(spread[1]), MOST)),
    )


def _moments(counts: Numbers, times: Numbers) -> float:
    """A shape to begin with, from mean and variance."""
    means = times * counts.sum() / times.sum()
    more = float(((counts - means) ** 2 - means).sum())
    return float(np.clip((means**2).sum() / more, LEAST, 100.0)) if more > 0 else 100.0


def expected(rate: Rate, counts: Numbers, times: Numbers) -> Numbers:
    """Each contact's own rate, given what it did: the mean of a gamma law that has learnt from its count and time.

    >>> from dataclasses import replace
    >>> one = replace(fit_rate(np.array([1.0]), np.array([10.0])), rate=0.1, shape=0.5)
    >>> expected(one, np.array([0.0, 5.0]), np.array([10.0, 10.0])).round(3).tolist()
    [0.033, 0.367]
    """
    if not rate.shape:
        return np.full(len(counts), rate.rate)
    return np.asarray((rate.shape + counts) / (rate.shape / rate.rate + times))
