"""Adds the number of contacts, the speed and the time left to the fractions that an engine reports."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from flowdsl.sim.config import Progress


class SimulationProgress(float):
    """The fraction of a simulation that is done, 0 to 1: a float with more attributes.

    of       the number of contacts
    seconds  the time taken so far

    With `capacity`, all contacts run side by side: then the fraction is of simulated time, and `contacts` and `rate`
    are what they would be if contacts ran one after the other.

    >>> half = SimulationProgress(0.5, 2000, 4.0)
    >>> half.contacts, half.rate, half.left, str(half)
    (1000, 250.0, 4.0, '50%, 1,000 of 2,000 contacts, 250 a second, 4 s left')
    """

    of: int
    seconds: float

    def __new__(cls, fraction: float, of: int = 0, seconds: float = 0.0) -> SimulationProgress:
        self = super().__new__(cls, fraction)
        self.of, self.seconds = of, seconds
        return self

    def __init__(self, fraction: float, of: int = 0, seconds: float = 0.0) -> None:
        """See the class."""

    @property
    def contacts(self) -> int:
        """The number of contacts that are done."""
        return round(self.of * float(self))

    @property
    def rate(self) -> float:
        """Contacts a second so far; 0 at the beginning."""
        return self.contacts / self.seconds if self.seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds to the end at the present speed; None if unknown."""
        return self.seconds * (1 - float(self)) / float(self) if self > 0 else None

    def __str__(self) -> str:
        left = "" if self.left is None else f", {self.left:,.0f} s left"
        return f"{self:.0%}, {self.contacts:,} of {self.of:,} contacts, {self.rate:,.0f} a second{left}"


Report = Callable[[SimulationProgress], None]


def progress_callback(report: Report, contacts: int) -> Progress:
    """The callback for an engine: it calls `report` with each fraction as a SimulationProgress.

    >>> progress_callback(lambda done: print(done.contacts), 10)(0.5)
    5
    """
    began = monotonic()
    return lambda fraction: report(SimulationProgress(fraction, contacts, monotonic() - began))
