"""Customers who leave for good: the likelihood of what is known of one, and how probable it is that it is still there.

Two models of a customer's repeated events, both with rates that are gamma among customers (shape r, scale 1/alpha):

    BG/NBD      after each event the customer leaves with its own chance, beta(a, b) among customers
                (P. Fader, B. Hardie, K. Lee, "Counting your customers the easy way", 2005)
    Pareto/NBD  the customer leaves after an exponential time, with a rate that is gamma (shape s, scale 1/beta)
                (D. Schmittlein, D. Morrison, R. Colombo, "Counting your customers", 1987)

Of each customer three numbers count: events x, when the last one came (t_x, 0 if x = 0), and how long it is known (T).
With a chance of 0 and a rate of 0 both are the NBD model, in which nobody leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers: TypeAlias = "npt.NDArray[np.float64]"

NODES = 32  # of the Gauss-Legendre rule
BLOCK = 1 << 14  # customers whose integrals are taken side by side


@dataclass(frozen=True, eq=False)
class Seen:
    """What is known of customers: numbers of events, when the last came, and how long each is known; in one unit."""

    x: Numbers
    t_x: Numbers
    T: Numbers

    def __len__(self) -> int:
        return len(self.x)


def bg_nbd(seen: Seen, r: float, alpha: float, a: float, b: float) -> Numbers:
    """The log-likelihood of each customer under BG/NBD, without constants that no parameter changes.

    >>> one = Seen(np.array([2.0]), np.array([30.43]), np.array([38.86]))
    >>> float(bg_nbd(one, 0.243, 4.414, 0.793, 2.426)[0].round(4))  # customer 1 of the CDNOW sample
    -9.4586
    """
    from scipy.special import betaln, gammaln

    stays = betaln(a, b + seen.x) - betaln(a, b) - (r + seen.x) * np.log(alpha + seen.T)
    has_left = _bg_left(seen, r, alpha, a, b)
    both = np.where(seen.x > 0, np.logaddexp(stays, has_left), stays)
    return np.asarray(gammaln(r + seen.x) - gammaln(r) + r * np.log(alpha) + both)


def _bg_left(seen: Seen, r: float, alpha: float, a: float, b: float) -> Numbers:
    """The logarithm of the part of those who have left, after their last event."""
    from scipy.special import betaln

    x = np.maximum(seen.x, 1.0)
    return np.asarray(betaln(a + 1, b + x - 1) - betaln(a, b) - (r + x) * np.log(alpha + seen.t_x))


def bg_nbd_alive(seen: Seen, r: float, alpha: float, a: float, b: float) -> Numbers:
    """The probability that each customer has not left by T.

    >>> one = Seen(np.array([2.0, 0.0]), np.array([30.43, 0.0]), np.array([38.86, 38.86]))
    >>> bg_nbd_alive(one, 0.243, 4.414, 0.793, 2.426).round(4).tolist()
    [0.7266, 1.0]
    """
    x = np.maximum(seen.x, 1.0)
    odds = np.log(a) - np.log(b + x - 1) + (r + x) * (np.log(alpha + seen.T) - np.log(alpha + seen.t_x))
    return np.where(seen.x > 0, _logistic(-odds), 1.0)


def pareto_nbd(seen: Seen, r: float, alpha: float, s: float, beta: float) -> Numbers:
    """The log-likelihood of each customer under Pareto/NBD, without constants that no parameter changes."""
    from scipy.special import gammaln

    stays, has_left = _pareto_parts(seen, r, alpha, s, beta)
    return np.asarray(gammaln(r + seen.x) - gammaln(r) + r * np.log(alpha) + np.logaddexp(stays, has_left))


def pareto_nbd_alive(seen: Seen, r: float, alpha: float, s: float, beta: float) -> Numbers:
    """The probability that each customer has not left by T.

    >>> one = Seen(np.array([26.0]), np.array([30.86]), np.array([31.0]))
    >>> float(pareto_nbd_alive(one, 0.553, 10.578, 0.606, 11.669)[0].round(3))
    0.998
    """
    alive = np.zeros(len(seen))
    for first in range(0, len(seen), BLOCK):
        of = slice(first, first + BLOCK)
        stays, has_left = _pareto_parts(Seen(seen.x[of], seen.t_x[of], seen.T[of]), r, alpha, s, beta)
        alive[of] = _logistic(stays - has_left)
    return alive


def chances_to_leave(seen: Seen, a: float, b: float, shares: Numbers) -> Numbers:
    """The quantiles of each customer's own chance to leave after an event, if it has not left yet: beta(a, b + x).

    >>> one = Seen(np.array([0.0, 8.0]), np.zeros(2), np.zeros(2))
    >>> chances_to_leave(one, 1.0, 1.0, np.array([0.5, 0.5])).round(3).tolist()
    [0.5, 0.074]
    """
    from scipy.special import betaincinv

    return np.asarray(betaincinv(a, b + seen.x, shares))


def _pareto_parts(seen: Seen, r: float, alpha: float, s: float, beta: float) -> tuple[Numbers, Numbers]:
    """The logarithms of the parts of those who are there at T, and of those who left between t_x and T.

    The second is s * beta**s times the integral of (alpha + t)**-(r + x) * (beta + t)**-(s + 1) from t_x to T. The
    usual formula has two hypergeometric functions in its place, whose difference loses all digits for some parameters.
    Here the integral is taken over w, with t = (c + t_x) * (1 - w)**(-1 / k) - c, k = r + x + s and c the larger of
    alpha and beta: the integrand is then nearly constant.
    """
    x, t_x, T = (column[:, None] for column in (seen.x, seen.t_x, seen.T))
    c, k = max(alpha, beta), r + x + s
    span = np.log(c + T) - np.log(c + t_x)
    top = -np.expm1(-k * span)
    points, weights = _rule()
    log_ratio = -np.log1p(-top * points) / k  # of c + t to c + t_x
    t = (c + t_x) * np.exp(log_ratio) - c
    log_integrand = (
        np.log(c + t_x) + (1 + k) * log_ratio - np.log(k) - (r + x) * np.log(alpha + t) - (s + 1) * np.log(beta + t)
    )
    highest = log_integrand.max(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):  # nobody leaves in no time: the logarithm of 0
        integral = (np.exp(log_integrand - highest) @ weights)[:, None] * top
        has_left = np.log(s) + s * np.log(beta) + highest + np.log(integral)
    stays = s * (np.log(beta) - np.log(beta + T)) - (r + x) * np.log(alpha + T)
    return stays[:, 0], has_left[:, 0]


@cache
def _rule() -> tuple[Numbers, Numbers]:
    """Points and weights of the Gauss-Legendre rule from 0 to 1."""
    points, weights = np.polynomial.legendre.leggauss(NODES)
    return (points + 1) / 2, weights / 2


def _logistic(number: Numbers) -> Numbers:
    from scipy.special import expit

    return np.asarray(expit(number))
