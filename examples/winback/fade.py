"""How often customers will buy who may have gone for good: purchases go in; each customer's own rate comes out.

The BG/NBD model (P. Fader, B. Hardie, K. L. Lee, "Counting your customers the easy way", 2005): rates of purchase are
gamma among customers (r, alpha), and after each purchase a customer stays away for ever with a chance that is beta
among them (a, b). A scenario of FlowDSL knows steady rates alone, so what is expected of each customer over the time to
come becomes a column.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1


class Past(NamedTuple):
    """Each customer's past in weeks: how often it came back, when last, and for how long it has been known."""

    contact: Any
    again: Any
    last: Any
    known: Any


def past_of(purchases: pd.DataFrame, until: pd.Timestamp) -> Past:
    """The past of everybody who bought before a day; two purchases of one day are one."""
    days = purchases[purchases["time"] < until].drop_duplicates(["contact", "time"]).groupby("contact")["time"]
    first, last = days.min(), days.max()
    week = pd.Timedelta(days=7)
    again = days.count().to_numpy(dtype=float) - 1
    return Past(first.index, again, ((last - first) / week).to_numpy(), ((until - first) / week).to_numpy())


def fit(past: Past) -> tuple[float, float, float, float]:
    """r, alpha, a and b that make the past likeliest (equation 6 of the paper)."""

    def loss(logs: Any) -> float:
        r, alpha, a, b = np.exp(logs)
        told = gammaln(r + past.again) - gammaln(r) + r * np.log(alpha) + betaln(a, b + past.again) - betaln(a, b)
        stays = -(r + past.again) * np.log(alpha + past.known)
        gone = np.log(a) - np.log(np.maximum(b + past.again - 1, 1e-9)) - (r + past.again) * np.log(alpha + past.last)
        return -float((told + np.logaddexp(stays, np.where(past.again > 0, gone, -np.inf))).sum())

    r, alpha, a, b = np.exp(minimize(loss, np.zeros(4), method="Nelder-Mead", options={"maxiter": 2000}).x)
    return float(r), float(alpha), float(a), float(b)


def rates(past: Past, model: tuple[float, float, float, float], weeks: float) -> Any:
    """Purchases a week that are expected of each customer over so many weeks to come (equation 10)."""
    r, alpha, a, b = model
    known, ahead = alpha + past.known, alpha + past.known + weeks
    reach = hyp2f1(r + past.again, b + past.again, a + b + past.again - 1, weeks / ahead)
    expected = (a + b + past.again - 1) / (a - 1) * (1 - (known / ahead) ** (r + past.again) * reach)
    ratio = (known / (alpha + past.last)) ** (r + past.again)
    gone = np.where(past.again > 0, a / np.maximum(b + past.again - 1, 1e-9) * ratio, 0.0)
    return expected / (1 + gone) / weeks
