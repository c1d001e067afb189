"""Fits how contacts leave: BG/NBD and Pareto/NBD (chance/leaving.py) by maximum likelihood, compared by BIC.

Both have rates that are gamma among contacts; BIC compares them with the same rates without leaving (NBD).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import norm

from flowdsl.chance.heterogeneity import LEAST, MOST
from flowdsl.chance.leaving import Seen, bg_nbd, pareto_nbd
from flowdsl.fitting.arrays import Numbers
from flowdsl.fitting.counts import Rate
from flowdsl.fitting.hessian import deviations
from flowdsl.fitting.line import digits, length, rounded, varying

ROWS = 2_500  # different customers, from which on times are rounded
GRID = 150  # different times, where they are rounded
LONGEST = 1_000.0  # times the longest time known: who leaves later than that on average does not leave


@dataclass(frozen=True, slots=True)
class Leaving:
    """A fitted model of contacts who leave; the parameters are those of the literature.

    shape, scale  of the rates: r and alpha
    first, second  a and b of BG/NBD, or s and beta of Pareto/NBD
    deviation      of the logarithm of the mean rate
    """

    is_after_event: bool
    shape: float
    scale: float
    first: float
    second: float
    deviation: float
    log_likelihood: float
    bic: float

    @property
    def rate(self) -> float:
        """The mean rate."""
        return self.shape / self.scale

    @property
    def name(self) -> str:
        """What the literature calls it."""
        return "BG/NBD" if self.is_after_event else "Pareto/NBD"

    @property
    def law(self) -> str:
        """What counts follow."""
        return self.name.lower().replace("/", "-")

    @property
    def text(self) -> str:
        """How a line of a scenario says it; its times are days."""
        if self.is_after_event:
            size = self.first + self.second
            return f" until leaving {digits(rounded(100 * self.first / size))}%{varying('beta', size)}"
        return f" until leaving after {length(self.second / self.first)}{varying('gamma', self.first)}"

    def as_rate(self, rate: Rate, level: float) -> Rate:
        """The rate of contacts before they leave, in place of one without leaving."""
        spread = float(norm.ppf((1 + level) / 2)) * self.deviation
        low, high = self.rate * float(np.exp(-spread)), self.rate * float(np.exp(spread))
        return replace(
            rate, rate=self.rate, low=low, high=high, shape=self.shape, shape_low=self.shape, shape_high=self.shape,
            log_likelihood=self.log_likelihood, bic=self.bic,
        )  # fmt: skip


def fit_leaving(seen: Seen, rate: Rate) -> Leaving | None:
    """The better model of contacts who leave; None if rates without leaving explain the data as well, by BIC.

    rate: the fitted rates without leaving, of the same contacts
    """
    found = [fit for model in (bg, pareto) if (fit := model(seen, rate)).bic < rate.bic]
    return min(found, key=lambda one: one.bic, default=None)


def bg(seen: Seen, rate: Rate) -> Leaving:
    """BG/NBD; the share of those who leave after an event is a / (a + b)."""

    def parameters(at: Numbers) -> tuple[float, float, float, float]:
        share, size = float(expit(at[2])), float(np.exp(at[3]))
        return *_rates(at), share * size, (1 - share) * size

    bounds = ((-9.0, 7.0), _LAW)
    return _fitted(seen, rate, bg_nbd, parameters, np.array([-1.0, 0.5]), bounds, True)


def pareto(seen: Seen, rate: Rate) -> Leaving:
    """Pareto/NBD; the mean time until contacts leave is beta / s."""
    longest = float(seen.T.max())

    def parameters(at: Numbers) -> tuple[float, float, float, float]:
        s = float(np.exp(at[3]))
        return *_rates(at), s, s * float(np.exp(at[2]))

    bounds = ((np.log(longest / LONGEST), np.log(longest * LONGEST)), _LAW)
    return _fitted(seen, rate, pareto_nbd, parameters, np.array([np.log(longest), 0.0]), bounds, False)


_LAW = (float(np.log(LEAST)), float(np.log(MOST)))


def _rates(at: Numbers) -> tuple[float, float]:
    """r and alpha, from the logarithms of the mean rate and of the shape."""
    shape = float(np.exp(at[1]))
    return shape, shape / float(np.exp(at[0]))


def _fitted(
    seen: Seen,
    rate: Rate,
    likelihood: Callable[..., Numbers],
    parameters: Callable[[Numbers], tuple[float, float, float, float]],
    more: Numbers,
    bounds: Iterable[tuple[float, float]],
    is_after_event: bool,
) -> Leaving:
    rows, weights = different(seen)

    def loss(at: Numbers) -> float:
        value = -float(likelihood(rows, *parameters(at)) @ weights)
        return value if np.isfinite(value) else 1e300

    begin = np.array([np.log(rate.rate) + 0.3, np.log(rate.shape or 1.0), *more])
    limits = ((begin[0] - 6, begin[0] + 6), _LAW, *bounds)
    found = minimize(loss, begin, method="L-BFGS-B", bounds=limits, options={"maxiter": 300})
    constant, price = _constant(seen), 4 * float(np.log(len(seen)))
    if price - 2 * (constant - float(found.fun)) < rate.bic:  # worth to be exact
        found = minimize(loss, found.x, method="Nelder-Mead", bounds=limits, options={"maxiter": 200, "xatol": 1e-5})
    return Leaving(
        is_after_event,
        *parameters(found.x),
        deviation=float(deviations(loss, found.x)[0]),
        log_likelihood=constant - float(found.fun),
        bic=price - 2 * (constant - float(found.fun)),
    )


def different(seen: Seen) -> tuple[Seen, Numbers]:
    """The different customers, and how many there are of each. If there are very many, times are rounded."""
    table = np.stack([seen.x, seen.t_x, seen.T], axis=1)
    rows, weights = np.unique(table, axis=0, return_counts=True)
    if len(rows) > ROWS:
        step = float(seen.T.max()) / GRID
        ends = np.maximum(np.rint(seen.T / step), 1) * step
        lasts = np.where(seen.x > 0, np.minimum(np.maximum(np.rint(seen.t_x / step) * step, step / 10), ends), 0.0)
        rows, weights = np.unique(np.stack([seen.x, lasts, ends], axis=1), axis=0, return_counts=True)
    return Seen(*rows.T), weights.astype(np.float64)


def _constant(seen: Seen) -> float:
    """What NBD's likelihood of counts has and that of moments lacks: the moments of x events in T are x! / T**x."""
    from scipy.special import gammaln

    known = seen.x > 0
    return float((seen.x[known] * np.log(seen.T[known]) - gammaln(seen.x[known] + 1)).sum())
