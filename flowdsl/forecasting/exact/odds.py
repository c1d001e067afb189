"""The probability that an answer has arrived by a moment, from its share and its delay law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowdsl.chance.delay_laws import chances
from flowdsl.forecasting.hours import Amounts

CELL = 60_000  # ms: moments that chance brings about are kept to the minute


@dataclass(frozen=True, eq=False)
class Delay:
    """The law of a delay, linear between knots: ms, and the probability of no more. `fixed` ms if it is always that."""

    ms: Amounts
    below: Amounts
    fixed: int | None = None

    @staticmethod
    def of(table: Sequence[int]) -> Delay:
        """The law that laws.delay draws from a table.

        >>> Delay.of((0, 1_000)).by(np.array([250.0])).tolist(), Delay.of((60,)).by(np.array([59.0, 60.0])).tolist()
        ([0.25], [0.0, 1.0])
        """
        fixed = max(table[0], 1) if table[0] == table[-1] else None
        return Delay(np.array(table, dtype=np.float64), np.array(chances(table)), fixed)

    def by(self, ms: Any) -> Amounts:
        """The probability that the delay is over after so many ms."""
        asked = np.asarray(ms, dtype=np.float64)
        if self.fixed is not None:
            return (asked >= self.fixed).astype(np.float64)
        at = np.searchsorted(self.ms, asked, side="right") - 1
        low, high = np.clip(at, 0, None), np.clip(at + 1, None, len(self.ms) - 1)
        width = self.ms[high] - self.ms[low]
        part = np.where(width > 0, (asked - self.ms[low]) / np.where(width > 0, width, 1.0), 0.0)
        found: Amounts = self.below[low] + (self.below[high] - self.below[low]) * part
        return np.where(at < 0, 0.0, np.where(at >= len(self.ms) - 1, self.below[-1], found))

    def then(self, other: Delay, most: int) -> Delay:
        """The law of this delay and another one after it, as far as `most` ms; to the minute unless one is fixed."""
        if self.fixed is not None and other.fixed is not None:
            return Delay.of((self.fixed + other.fixed,))
        for one, two in ((self, other), (other, self)):
            if one.fixed is not None:
                return Delay(two.ms + one.fixed, two.below)
        edges = np.arange(0, most + 2 * CELL, CELL)
        first, second = (np.diff(one.by(edges)) for one in (self, other))
        knots: Amounts = np.arange(0, len(edges) + 1).astype(np.float64) * CELL
        both = halves(convolved(first, second))[: len(edges)]
        below: Amounts = np.append(0.0, np.cumsum(both)).astype(np.float64)
        return Delay(knots, below)


@dataclass(frozen=True, eq=False)
class Odds:
    """The share that answers, and how long after the message."""

    share: float
    delay: Delay

    def by(self, ms: Any) -> Amounts:
        """The probability that there is an answer after so many ms at most."""
        found: Amounts = self.share * self.delay.by(ms)
        return found

    @property
    def fixed(self) -> int | None:
        return self.delay.fixed


NO_ODDS = Odds(0.0, Delay.of((1,)))


def halves(cells: Amounts) -> Amounts:
    """Cells of sums of two that lie anywhere in theirs: half in the cell of both numbers, half in the one after it.

    >>> halves(np.array([1.0, 0.0])).tolist()
    [0.5, 0.5, 0.0]
    """
    found: Amounts = (np.append(cells, 0.0) + np.append(0.0, cells)) / 2
    return found


def convolved(one: Amounts, two: Amounts) -> Amounts:
    """The convolution of two sequences, by Fourier's transform where they are long.

    >>> convolved(np.array([1.0, 2.0]), np.array([1.0, 1.0])).tolist()
    [1.0, 3.0, 2.0]
    """
    if min(len(one), len(two)) < 200:
        return np.convolve(one, two)
    size = len(one) + len(two) - 1
    room = 1 << (size - 1).bit_length()
    found: Amounts = np.fft.irfft(np.fft.rfft(one, room) * np.fft.rfft(two, room), room)[:size]
    return np.clip(found, 0.0, None)
