"""Delay laws: tables follow their laws closely, drawn from in integers that never go backwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from flowdsl.chance import delay_laws, keyed_draws
from flowdsl.sim import vector_draws

HOUR = 3_600_000
DAY = 24 * HOUR
D = 2 * DAY

# the oracle's own words for each law: scipy's parameters, from D as the documentation says
CASES = {
    "about": (delay_laws.about(D), stats.lognorm(math.log(3) / stats.norm.ppf(0.9), scale=D)),
    "lognormal 1.1": (delay_laws.lognormal(D, 1.1), stats.lognorm(1.1, scale=D)),
    "exponential": (delay_laws.exponential(D), stats.expon(scale=D)),
    "weibull 0.7": (delay_laws.weibull(D, 0.7), stats.weibull_min(0.7, scale=D / math.gamma(1 + 1 / 0.7))),
    "weibull 3": (delay_laws.weibull(D, 3), stats.weibull_min(3, scale=D / math.gamma(1 + 1 / 3))),
    "gamma 0.6": (delay_laws.gamma(D, 0.6), stats.gamma(0.6, scale=D / 0.6)),
    "gamma 4": (delay_laws.gamma(D, 4), stats.gamma(4, scale=D / 4)),
    "uniform": (delay_laws.uniform(HOUR, D), stats.uniform(HOUR, D - HOUR)),
    "within": (delay_laws.within(D), stats.uniform(0, D)),
}
every_law = pytest.mark.parametrize(("table", "law"), CASES.values(), ids=CASES.keys())


def number(p: float) -> int:
    """The random number that stands at a probability."""
    return min(int(p * 2**64), 2**64 - 1)


def drawn(table: Sequence[int], many: int, *key: str | int) -> np.ndarray:
    base = keyed_draws.key(*key)
    return np.array([delay_laws.delay(table, keyed_draws.draw(base, k)) for k in range(many)])


def exact_mean(table: Sequence[int]) -> float:
    """Mean of a table without chance: octave by octave from both ends, midpoints of its cells."""
    edges = [0.0, *(2.0 ** (k - 60) for k in range(60))]
    total = 0.0
    for low, high in pairwise(edges):
        width = (high - low) / 64
        for i in range(64):
            p = low + (i + 0.5) * width
            total += width * (delay_laws.delay(table, number(p)) + delay_laws.delay(table, 2**64 - 1 - number(p)))
    return total


@every_law
def test_quantiles_are_the_law_s(table: delay_laws.Table, law: Any) -> None:
    """Between 1 in 10,000 and 9,999 in 10,000 every quantile is within 0.5% of the law's own."""
    for p in (0.0001, 0.001, 0.01, 0.03, 0.1, 0.25, 0.4, 0.5, 0.55, 0.75, 0.9, 0.97, 0.99, 0.999, 0.9999):
        assert delay_laws.delay(table, number(p)) == pytest.approx(float(law.ppf(p)), rel=0.005, abs=1)


@every_law
def test_the_mean_is_the_law_s(table: delay_laws.Table, law: Any) -> None:
    """The mean over all random numbers, far tails included, is off by less than a thousandth."""
    assert exact_mean(table) == pytest.approx(float(law.mean()), rel=1e-3)


@every_law
def test_draws_look_like_the_law(table: delay_laws.Table, law: Any) -> None:
    """Drawn delays pass a Kolmogorov-Smirnov test against the law."""
    assert stats.kstest(drawn(table, 5000, "ks", len(table), table[-1]), law.cdf).pvalue > 1e-3


@every_law
def test_a_larger_number_is_never_a_shorter_delay(table: delay_laws.Table, law: Any) -> None:
    """Delays rise with the random number, over the edges of every cell."""
    numbers = {2**k for k in range(64)} | {2**64 - 2**k for k in range(64)}
    for k in range(4097):
        numbers |= {min(max((k << 52) + step, 0), 2**64 - 1) for step in (-1, 0, 1)}
    delays = [delay_laws.delay(table, n) for n in sorted(numbers)]
    assert delays == sorted(delays)


def test_about_means_80_percent_between_a_third_and_three_times() -> None:
    """`after about 4 hours`: half within 4 hours, one in ten before 80 minutes, one in ten after 12 hours."""
    delays = drawn(delay_laws.about(4 * HOUR), 10_000, "about")
    for limit, expected in ((4 * HOUR / 3, 0.1), (4 * HOUR, 0.5), (12 * HOUR, 0.9)):
        assert np.mean(delays <= limit) == pytest.approx(expected, abs=0.015)


def test_exactly_is_exact() -> None:
    """`after 4 hours` is 4 hours, whatever the number; at once is a millisecond later, never in the same instant."""
    assert {delay_laws.delay(delay_laws.exactly(4 * HOUR), n) for n in (0, 2**63, 2**64 - 1)} == {4 * HOUR}
    assert delay_laws.delay(delay_laws.exactly(0), 2**63) == 1


@given(st.integers(0, 2**64 - 1))
def test_within_stays_within(n: int) -> None:
    """`within 2 days` is at least a millisecond and never more than 2 days."""
    assert 1 <= delay_laws.delay(delay_laws.within(D), n) <= D


def test_exponential_weibull_and_gamma_agree_at_shape_1() -> None:
    """The three laws whose D is the mean are one law at shape 1."""
    tables = [delay_laws.exponential(D), delay_laws.weibull(D, 1), delay_laws.gamma(D, 1)]
    assert np.ptp(tables, axis=0).max() <= 1


def test_measured_delays_come_back() -> None:
    """A table of measured delays has their mean and their quantiles."""
    measured = np.random.default_rng(3).gamma(0.8, 3 * HOUR, 20_000)
    table = delay_laws.empirical(measured)
    assert exact_mean(table) == pytest.approx(measured.mean(), rel=1e-3)
    for p in (0.01, 0.2, 0.5, 0.8, 0.99):
        assert delay_laws.delay(table, number(p)) == pytest.approx(np.quantile(measured, p), rel=0.01)
    assert delay_laws.delay(table, 2**64 - 1) <= measured.max() * 1.1


def test_few_measured_delays_are_enough() -> None:
    """One measured delay is that delay; of two, anything between them."""
    assert delay_laws.empirical([5 * HOUR]) == delay_laws.exactly(5 * HOUR)
    pair = drawn(delay_laws.empirical([HOUR, 2 * HOUR]), 2000, "pair")
    assert pair.min() >= HOUR
    assert pair.max() <= 2 * HOUR
    assert pair.mean() == pytest.approx(1.5 * HOUR, rel=0.02)


@pytest.mark.parametrize(("law", "arguments"), [
    ("exactly", (-1,)), ("within", (-1,)), ("about", (0,)), ("exponential", (-5,)), ("lognormal", (HOUR, 0)),
    ("weibull", (HOUR, -1)), ("gamma", (float("nan"), 1)), ("gamma", (HOUR, float("inf"))),
])  # fmt: skip
def test_impossible_laws_are_refused(law: str, arguments: tuple[float, ...]) -> None:
    """A negative delay, or a shape that is not positive, is a ValueError that says so."""
    with pytest.raises(ValueError, match="delay"):
        delay_laws.LAWS[law].make(*arguments)


@pytest.mark.parametrize("samples", [[], [-1.0], [1.0, float("nan")], [float("inf")]])
def test_impossible_measurements_are_refused(samples: list[float]) -> None:
    """No delays at all, or negative, missing and endless ones, are a ValueError."""
    with pytest.raises(ValueError, match="delay"):
        delay_laws.empirical(samples)


def test_bounds_in_the_wrong_order_are_refused() -> None:
    """Between 2 hours and 1 hour there is no delay."""
    with pytest.raises(ValueError, match="between"):
        delay_laws.uniform(2 * HOUR, HOUR)


@pytest.mark.parametrize(
    "table", [delay_laws.lognormal(365 * DAY, 9), delay_laws.weibull(D, 0.1), delay_laws.lognormal(1, 3)]
)
def test_extreme_laws_stay_in_range(table: delay_laws.Table) -> None:
    """However wild the shape, a delay is at least 1 ms and at most a thousand years, in order."""
    assert list(table) == sorted(table)
    assert delay_laws.delay(table, 0) >= 1
    assert delay_laws.delay(table, 2**64 - 1) <= delay_laws.LONGEST


@pytest.mark.parametrize("name", delay_laws.LAWS)
def test_every_law_can_be_named(name: str) -> None:
    """Each name a program may use makes a table from a length and the shapes it lists, and says what the length is."""
    law = delay_laws.LAWS[name]
    table = law.make(D, *((2 * D,) if law.more else (1.1 for _ in law.shapes)))
    assert len(table) in (1, 2, 257)
    middle = {"the median": delay_laws.delay(table, 2**63), "the mean": exact_mean(table)}
    assert middle.get(law.length, D) == pytest.approx(D, rel=2e-3)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20), st.integers(0, 2**64 - 1), st.integers(0, 2**40))
def test_many_at_once_are_the_same_as_one_by_one(numbers: list[int], key: int, first: int) -> None:
    """Draws and delays that NumPy makes at once are those that are made one by one, to the last millisecond."""
    edges = [0, 1, 2**61, 2**62 - 1, 2**62, 2**63 - 1, 2**63, 2**63 + 2**62, 2**64 - 1]
    for table in (delay_laws.unit(), delay_laws.about(HOUR)):
        every = np.array([*numbers, *edges, *(1 << bit for bit in range(64))], dtype=np.uint64)
        assert vector_draws.delays(table, every).tolist() == [
            delay_laws.delay(table, number) for number in every.tolist()
        ]
    assert vector_draws.drawn(key, first, 5).tolist() == [keyed_draws.draw(key, first + k) for k in range(5)]
