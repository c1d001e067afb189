"""Intervals against what others compute: ranks of order statistics, Student's t, the rule that ends replications."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from flowdsl.forecasting.intervals import enough_to_begin, fewest, intervals, mean_and_half, rank
from flowdsl.forecasting.stopping_rule import LOOK_AHEAD, look_ahead, sufficient, widths

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)


def held(level: float, replications: int) -> Fraction:
    """The probability that one more number lies between the limits, all orders of them being alike likely."""
    j = rank(level, replications)
    return Fraction(replications + 1 - 2 * j, replications + 1)


@pytest.mark.parametrize("level", LEVELS)
def test_limits_hold_what_they_promise_and_hardly_more(level: float) -> None:
    """Two order statistics hold the level at least (Wilks 1941); those one rank further in do not."""
    for replications in (fewest(level), fewest(level) + 1, enough_to_begin(level), 2345, 4321):
        assert rank(level, replications) >= 1
        assert held(level, replications) >= Fraction(str(level))
        tighter = Fraction(replications + 1 - 2 * (rank(level, replications) + 1), replications + 1)
        assert tighter < Fraction(str(level))
    assert rank(level, fewest(level) - 1) == 0


def test_the_fewest_and_the_usual_numbers() -> None:
    """19 replications have limits of 90%; 99 are simulated unless somebody says how many."""
    assert [fewest(level) for level in LEVELS] == [3, 9, 19, 39, 199, 1999]
    assert (enough_to_begin(0.9), enough_to_begin(0.95), rank(0.9, 99)) == (99, 199, 5)


def test_what_lies_between_order_statistics_is_a_beta_law() -> None:
    """The share of all futures between the j-th of R on either side is Beta(R + 1 - 2j, 2j); its mean is the level."""
    j = rank(0.9, 199)
    assert stats.beta(199 + 1 - 2 * j, 2 * j).mean() == pytest.approx(0.9)


@settings(max_examples=40)
@given(st.integers(19, 250), st.sampled_from([0.5, 0.8, 0.9]), st.integers(0, 2**32 - 1))
def test_limits_are_members_of_the_sample_by_rank(size: int, level: float, seed: int) -> None:
    """Limits, mean and median are those that NumPy finds column by column."""
    sample = np.random.default_rng(seed).poisson(7.0, (size, 3))
    found, j = intervals(sample, level), rank(level, size)
    for column in range(3):
        ordered = sorted(sample[:, column].tolist())
        assert (found.pi_low[column], found.pi_high[column]) == (ordered[j - 1], ordered[size - j])
        assert found.median[column] == np.median(ordered)
        assert found.mean[column] == pytest.approx(np.mean(ordered))


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
def test_the_interval_of_the_mean_is_students(level: float) -> None:
    """Mean and half width are those of scipy.stats.t, column by column."""
    sample = np.random.default_rng(1).normal(50.0, 9.0, (40, 4))
    mean, half = mean_and_half(sample, level)
    low, high = stats.t.interval(level, 39, loc=sample.mean(axis=0), scale=stats.sem(sample))
    np.testing.assert_allclose([mean - half, mean + half], [low, high], rtol=1e-12)


def test_the_mean_of_counts_is_not_sure_to_be_negative() -> None:
    """Where all numbers are 0 or more, so is the lower limit of the mean."""
    sample = np.zeros((99, 1), dtype=np.int64)
    sample[0] = 1
    found = intervals(sample, 0.9)
    assert found.ci_low[0] == 0 < found.mean[0] < found.ci_high[0]


# --- when it is enough ------------------------------------------------------------------------------------------------


def by_hand(totals: np.ndarray, level: float, least: int, precision: float) -> int:
    """The rule in plain words, one replication after the other."""

    def is_narrow(n: int) -> bool:
        if n < 2:
            return False
        columns = [*totals[:n].T, totals[:n].sum(axis=1)]
        for column in columns:
            if column.mean() > 0 and column.mean() >= 0.01 * columns[-1].mean():
                half = stats.t.ppf((1 + level) / 2, n - 1) * column.std(ddof=1) / n**0.5
                if half / column.mean() > precision:
                    return False
        return True

    for n in range(1, len(totals) + 1):
        wide = [m for m in range(1, n + 1) if not is_narrow(m)]
        first = max(wide, default=0) + 1
        if n >= max(least, first + look_ahead(first)):
            return n
    return 0


@settings(max_examples=10)
@given(st.floats(1.0, 60.0), st.integers(5, 30), st.integers(0, 2**32 - 1))
def test_the_rule_is_that_of_the_paper(mean: float, least: int, seed: int) -> None:
    """Replications are added until the half width is narrow against the mean and stays so for the look-ahead."""
    totals = np.random.default_rng(seed).poisson([mean, 3 * mean, 0.001], (50, 3))
    assert sufficient(totals, 0.9, least, 0.07) == by_hand(totals, 0.9, least, 0.07)


def test_the_look_ahead_grows_beyond_a_hundred() -> None:
    """kLimit is 5, and in proportion beyond 100 replications (Hoad, Robinson & Davies 2010, f(kLimit, n))."""
    assert [look_ahead(n) for n in (3, 100, 119, 120, 1000)] == [LOOK_AHEAD, 5, 5, 6, 50]


def test_rare_totals_do_not_hold_up_the_others() -> None:
    """A message that is a hundredth of all, or never sent, has no say in how long it goes on."""
    totals = np.column_stack([np.full(60, 1000), np.random.default_rng(2).poisson(2.0, 60), np.zeros(60)])
    assert widths(totals, 0.9).max() < 0.01
