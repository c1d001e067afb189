"""Calibration: shifts and widens a forecast by what forecasts of the same kind missed at earlier origins.

Totals of earlier tests say two things. If all of them were too high, or all too low, the level is wrong: it is
multiplied by the middle of the ratios of what came to what was forecast. And if they were farther off than their
replications say, by the mean of squared standardised errors, the spread is too small: each replication is moved away
from the mean by this factor, as a whole. Nothing is made narrower (compare V. Vovk, A. Gammerman, G. Shafer,
"Algorithmic learning in a random world", 2005, on intervals from past errors).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from flowdsl.forecasting.hours import Hourly, Integers
from flowdsl.forecasting.intervals import Numbers

FEWEST = 5  # origins: by chance alone, the errors of five have one sign once in sixteen times
MOST = 5.0  # times wider, at most


@dataclass(frozen=True, slots=True)
class Calibration:
    """What earlier origins say: by what to multiply the level, and the spread of totals; from how many origins."""

    level: float
    spread: float
    origins: int

    def __str__(self) -> str:
        return f"calibrated at {self.origins} origins: level x {self.level:.3g}, spread x {self.spread:.3g}"


class Calibrating(Protocol):
    """What a forecast can be calibrated by: a RollingBacktest."""

    @property
    def calibration(self) -> Calibration: ...


def calibration_of(actual: Numbers, mean: Numbers, deviation: Numbers) -> Calibration:
    """What tests say whose totals were forecast with these means and standard deviations, and came as `actual`.

    >>> calibration_of(np.array([90.0, 80.0, 85.0, 86.0, 84.0]), np.full(5, 100.0), np.full(5, 5.0))
    Calibration(level=0.85, spread=1.0, origins=5)
    """
    there = mean > 0
    ratios = actual[there] / mean[there]
    is_shifted = len(ratios) >= FEWEST and ((ratios > 1).all() or (ratios < 1).all())
    level = float(np.median(ratios)) if is_shifted else 1.0
    errors = (actual[there] - level * mean[there]) / np.maximum(level * deviation[there], 1e-9)
    spread = float(np.sqrt((errors**2).mean())) if there.any() else 1.0
    return Calibration(level, float(np.clip(spread, 1.0, MOST)), int(there.sum()))


def calibrated(hourly: Hourly, by: Calibration, seed: int) -> Hourly:
    """The replications, shifted and widened. Numbers stay whole: parts are rounded up or down by chance."""
    totals = np.array([numbers.sum() for numbers in hourly.numbers], dtype=np.float64)
    mean = float(totals.mean())
    wanted = by.level * np.maximum(mean + by.spread * (totals - mean), 0.0)
    factors = wanted / np.maximum(totals, 1.0)
    chance = np.random.default_rng(seed)
    pairs = zip(hourly.numbers, factors.tolist(), strict=True)
    numbers = tuple(_scaled(one, factor, chance) for one, factor in pairs)
    return Hourly(hourly.sendings, hourly.span, hourly.cells, numbers)


def _scaled(numbers: Integers, factor: float, chance: np.random.Generator) -> Integers:
    return np.floor(numbers * factor + chance.random(len(numbers))).astype(np.int64)
