"""Fits a delay law to observed delays and to waits that have not ended.

What has not been answered is no refusal: a cause that was watched for `c` and had no answer adds log(1 - p F(c)), one
that was answered after `d` adds log(p f(d)), with p the share that is ever answered (a cure model: J. Boag, 1949). Laws
are chosen by AIC; with p = 1 the exponential one has the closed form events / total time under observation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.optimize import minimize
from scipy.special import gammainc, gammaln, ndtr

from flowdsl.fitting.arrays import Numbers
from flowdsl.fitting.hessian import deviations

QUANTILES = 17  # of a measured delay
FEWEST = 30  # answers, for more than the simplest law
SAME = 1e-9
GATHERED = 2_000  # waits that are as good as all of them


@dataclass(frozen=True, slots=True)
class Answered:
    """A share and the law of its delays, in the unit of the times given.

    name, numbers    the law as the language has it: length (mean or median) and shape, or the quantiles of `measured`
    share, low, high of causes that are ever answered, with the Jeffreys interval
    exposure         causes that count: each by the part of its delays that it was observed for
    """

    name: str
    numbers: tuple[float, ...]
    share: float
    low: float
    high: float
    causes: int
    answers: int
    exposure: float
    log_likelihood: float
    aic: float


@dataclass(frozen=True, slots=True)
class _Law:
    """A family: where its parameters (logarithms) begin, its density and distribution, and what a program writes."""

    name: str
    begin: Callable[[Numbers], list[float]]
    density: Callable[[Numbers, Numbers], Numbers]  # logarithm
    until: Callable[[Numbers, Numbers], Numbers]
    said: Callable[[Numbers], tuple[float, ...]]


def _log(values: Numbers) -> Numbers:
    return np.asarray(np.log(np.maximum(values, 1e-300)))


def _weibull_density(x: Numbers, at: Numbers) -> Numbers:
    scale, k = np.exp(at[0]), np.exp(at[1])
    return np.asarray(np.log(k / scale) + (k - 1) * _log(x / scale) - (x / scale) ** k)


def _gamma_density(x: Numbers, at: Numbers) -> Numbers:
    mean, k = np.exp(at[0]), np.exp(at[1])
    return np.asarray(k * np.log(k / mean) + (k - 1) * _log(x) - x * k / mean - gammaln(k))


def _lognormal_density(x: Numbers, at: Numbers) -> Numbers:
    sigma = np.exp(at[1])
    return np.asarray(-_log(x) - np.log(sigma * np.sqrt(2 * np.pi)) - ((_log(x) - at[0]) / sigma) ** 2 / 2)


_LAWS = (
    _Law(
        "exponential",
        lambda x: [float(np.log(x.mean()))],
        lambda x, at: np.asarray(-at[0] - x / np.exp(at[0])),
        lambda x, at: np.asarray(-np.expm1(-x / np.exp(at[0]))),
        lambda at: (float(np.exp(at[0])),),
    ),
    _Law(
        "lognormal",
        lambda x: [float(_log(x).mean()), float(np.log(_log(x).std() + 1e-3))],
        _lognormal_density,
        lambda x, at: np.asarray(ndtr((_log(x) - at[0]) / np.exp(at[1]))),
        lambda at: (float(np.exp(at[0])), float(np.exp(at[1]))),
    ),
    _Law(
        "weibull",
        lambda x: [float(np.log(x.mean())), 0.0],
        _weibull_density,
        lambda x, at: np.asarray(-np.expm1(-((x / np.exp(at[0])) ** np.exp(at[1])))),
        lambda at: (float(np.exp(at[0] + gammaln(1 + np.exp(-at[1])))), float(np.exp(at[1]))),
    ),
    _Law(
        "gamma",
        lambda x: [float(np.log(x.mean())), 0.0],
        _gamma_density,
        lambda x, at: np.asarray(gammainc(np.exp(at[1]), x * np.exp(at[1] - at[0]))),
        lambda at: (float(np.exp(at[0])), float(np.exp(at[1]))),
    ),
)


def fit_answers(
    delays: Numbers, waits: Numbers, level: float = 0.9, ever: float | None = None, law: Answered | None = None
) -> Answered:
    """The share and law of answers, of which `delays` came and `waits` are the times under observation of the others.

    ever    the share, where it is known: 1 for what comes sooner or later
    law     a law that is known, of which only the share is looked for

    >>> found = fit_answers(np.array([1.0, 3.0]), np.array([2.0, 4.0]), ever=1.0)
    >>> found.name, [round(number, 6) for number in found.numbers]  # the mean: (1 + 3 + 2 + 4) / 2
    ('exponential', [5.0])
    """
    if not len(delays):
        return _never(waits, level)
    if law is not None:
        until = until_law(law, waits)
        return _shared(law.name, law.numbers, delays, waits, until, law.log_likelihood, 1, level, ever)
    if delays.max() - delays.min() <= SAME * max(delays.max(), 1):
        return _shared("exactly", (float(delays[0]),), delays, waits, waits >= delays[0], 0.0, 1, level, ever)
    return min(_candidates(delays, waits, level, ever), key=lambda one: one.aic)


def until_law(law: Answered, waits: Numbers) -> Numbers:
    """The part of a law's delays that are over after waits.

    >>> law = fit_answers(np.array([1.0, 3.0]), np.array([2.0, 4.0]), ever=1.0)
    >>> until_law(law, np.array([5.0])).round(4).tolist()
    [0.6321]
    """
    first, *more = law.numbers
    if law.name == "exactly":
        return np.asarray((waits >= first).astype(np.float64))
    if law.name == "within":
        return np.asarray(np.minimum(waits / first, 1.0))
    if law.name == "measured":
        values, parts = _increasing(np.array(law.numbers), np.linspace(0, 1, len(law.numbers)))
        return np.asarray(np.interp(waits, values, parts, left=0.0, right=1.0))
    at = [np.log(first), *(np.log(number) for number in more)]
    if law.name == "weibull":
        at[0] -= float(gammaln(1 + 1 / more[0]))
    return next(one for one in _LAWS if one.name == law.name).until(waits, np.array(at))


def _candidates(delays: Numbers, waits: Numbers, level: float, ever: float | None) -> Iterator[Answered]:
    for law in _LAWS[: 1 if len(delays) < FEWEST else None]:
        yield _fitted(law, delays, waits, level, ever)
    if len(delays) >= FEWEST:
        yield _uniform(delays, waits, level, ever)
    if len(delays) >= FEWEST * 4:
        yield _measured(delays, waits, level, ever)


def _never(waits: Numbers, level: float) -> Answered:
    low, high = _jeffreys(0.0, float(len(waits)), level)
    return Answered("exactly", (0.0,), 0.0, low, high, len(waits), 0, float(len(waits)), 0.0, 0.0)


def _fitted(law: _Law, delays: Numbers, waits: Numbers, level: float, ever: float | None) -> Answered:
    """A family at the parameters that make what was seen likeliest; for these the share follows."""
    some, weights = _gathered(waits)

    def loss(at: Numbers) -> float:
        share, of = (ever, at) if ever is not None else (1 / (1 + np.exp(-at[0])), at[1:])
        log_likelihood = law.density(delays, of).sum() + len(delays) * np.log(share)
        log_likelihood += _log(1 - share * law.until(some, of)) @ weights
        return -float(log_likelihood) if np.isfinite(log_likelihood) else 1e300

    share = len(delays) / (len(delays) + len(waits))
    odds = [float(np.log((share + 1e-3) / (1 - share + 1e-3)))] if ever is None else []
    begin = np.array([*odds, *law.begin(np.maximum(delays, 1e-12))])
    found = minimize(loss, begin, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-8, "maxiter": 4000})
    at = found.x if ever is not None else found.x[1:]
    answered = _shared(
        law.name, law.said(at), delays, waits, law.until(waits, at), -float(found.fun), len(begin), level, ever
    )
    if ever is not None or not len(waits):
        return answered
    return _less_sure(answered, float(deviations(loss, found.x)[0]), level)


def _gathered(waits: Numbers) -> tuple[Numbers, Numbers]:
    """Waits as means of this many neighbours, with how many these are: what a sum over them needs."""
    if len(waits) <= GATHERED:
        return waits, np.ones(len(waits))
    parts = np.array_split(np.sort(waits), GATHERED)
    return np.array([part.mean() for part in parts]), np.array([float(len(part)) for part in parts])


def _less_sure(of: Answered, deviation: float, level: float) -> Answered:
    """The interval as wide as the law's own doubt makes it: the share of answers that take longer than anybody has
    been watched for hangs on the law."""
    variance = (of.share * (1 - of.share) * deviation) ** 2
    exposure = of.share * (1 - of.share) / variance if variance > 0 else of.exposure
    if not 0 < exposure < of.exposure:
        return of
    low, high = _jeffreys(of.share * exposure, exposure, level)
    return Answered(
        of.name, of.numbers, of.share, low, high, of.causes, of.answers, exposure, of.log_likelihood, of.aic
    )


def _uniform(delays: Numbers, waits: Numbers, level: float, ever: float | None) -> Answered:
    """Any delay up to the longest alike."""
    longest = float(delays.max())
    until = np.minimum(waits / longest, 1.0)
    share = _share(len(delays), until, ever)
    log_likelihood = len(delays) * np.log(share / longest) + _log(1 - share * until).sum()
    return _shared(
        "within", (longest,), delays, waits, until, float(log_likelihood), 2 - (ever is not None), level, ever
    )


def _measured(delays: Numbers, waits: Numbers, level: float, ever: float | None) -> Answered:
    """As many delays between any two of 17 quantiles: those that a Kaplan-Meier curve has, up to the last answer."""
    every = np.concatenate([delays, waits])
    order = np.argsort(every, kind="stable")
    is_answer = (np.arange(len(every)) < len(delays))[order]
    there = len(every) - np.arange(len(every))
    alive = np.cumprod(np.where(is_answer, 1 - 1 / there, 1.0))
    times, come = every[order][is_answer], 1 - alive[is_answer]
    parts = np.linspace(0, 1, QUANTILES)
    quantiles = np.interp(parts, come / come[-1], times)
    quantiles[0], quantiles[-1] = times[0], times[-1]
    until = np.interp(waits, *_increasing(quantiles, parts), left=0.0, right=1.0)
    width = np.maximum(np.diff(quantiles), SAME * times[-1])
    cell = np.clip(np.searchsorted(quantiles, delays, side="right") - 1, 0, QUANTILES - 2)
    share = _share(len(delays), until, ever)
    log_likelihood = np.log(share / (QUANTILES - 1) / width[cell]).sum() + _log(1 - share * until).sum()
    size = QUANTILES + (ever is None)
    return _shared(
        "measured", tuple(map(float, quantiles)), delays, waits, until, float(log_likelihood), size, level, ever
    )


def _increasing(values: Numbers, parts: Numbers) -> tuple[Numbers, Numbers]:
    """Quantiles without those that stand twice; the last of equals stays."""
    last = np.append(np.diff(values) > 0, True)
    return values[last], parts[last]


def _share(answers: int, until: Numbers, ever: float | None) -> float:
    """The likeliest share, where each wait was watched for a part of all delays: by repeated estimation (EM)."""
    if ever is not None:
        return ever
    share = answers / (answers + max(float(until.sum()), 1e-9))
    for _ in range(200):
        coming = (share * (1 - until) / np.maximum(1 - share * until, 1e-300)).sum()
        share, before = (answers + float(coming)) / (answers + len(until)), share
        if abs(share - before) < 1e-12:
            break
    return float(min(max(share, 1e-12), 1 - 1e-12))


def _shared(
    name: str,
    numbers: tuple[float, ...],
    delays: Numbers,
    waits: Numbers,
    until: Numbers,
    log_likelihood: float,
    parameters: int,
    level: float,
    ever: float | None,
) -> Answered:
    """The share that goes with a law, and its interval: of as many causes as would have had these answers in full."""
    until = np.asarray(until, dtype=np.float64)
    share = _share(len(delays), until, ever)
    exposure = len(delays) / share if share else float(len(waits))
    low, high = _jeffreys(float(len(delays)), exposure, level) if ever is None else (ever, ever)
    causes = len(delays) + len(waits)
    return Answered(
        name,
        numbers,
        share,
        low,
        high,
        causes,
        len(delays),
        exposure,
        log_likelihood,
        2 * parameters - 2 * log_likelihood,
    )


def _jeffreys(yes: float, of: float, level: float) -> tuple[float, float]:
    """The Jeffreys interval of a share: quantiles of a beta law (L. Brown, T. Cai, A. DasGupta, 2001)."""
    no = max(of - yes, 0.0)
    low, high = (float(stats.beta.ppf(part, yes + 0.5, no + 0.5)) for part in ((1 - level) / 2, (1 + level) / 2))
    return (low if yes > 0 else 0.0), (high if no > 0 else 1.0)
