"""How much of a simulation is done: fractions come in from an engine; how many contacts, how fast, how long go out."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from flowdsl.sim.config import Progress


class Passed(float):
    """The fraction of a simulation that is done, 0 to 1: a number like any other, which knows more.

    of       how many contacts there are
    seconds  that it has taken so far

    Where `capacity` joins contacts they live side by side: then the fraction is of simulated time, and `contacts` and
    `rate` are as many as would be done if they lived one after the other.

    >>> half = Passed(0.5, 2000, 4.0)
    >>> half.contacts, half.rate, half.left, str(half)
    (1000, 250.0, 4.0, '50%, 1,000 of 2,000 contacts, 250 a second, 4 s left')
    """

    of: int
    seconds: float

    def __new__(cls, fraction: float, of: int = 0, seconds: float = 0.0) -> Passed:
        self = super().__new__(cls, fraction)
        self.of, self.seconds = of, seconds
        return self

    def __init__(self, fraction: float, of: int = 0, seconds: float = 0.0) -> None:
        """How much of how many contacts, after how long; see the class."""

    @property
    def contacts(self) -> int:
        """How many contacts are done."""
        return round(self.of * float(self))

    @property
    def rate(self) -> float:
        """Contacts a second so far; 0 before anything is done."""
        return self.contacts / self.seconds if self.seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds to the end if it goes on like this; None when nothing tells."""
        return self.seconds * (1 - float(self)) / float(self) if self > 0 else None

    def __str__(self) -> str:
        left = "" if self.left is None else f", {self.left:,.0f} s left"
        return f"{self:.0%}, {self.contacts:,} of {self.of:,} contacts, {self.rate:,.0f} a second{left}"


Report = Callable[[Passed], None]


def watched(report: Report, contacts: int) -> Progress:
    """What an engine tells fractions to: the report gets them with all that they mean.

    >>> watched(lambda passed: print(passed.contacts), 10)(0.5)
    5
    """
    began = monotonic()
    return lambda fraction: report(Passed(fraction, contacts, monotonic() - began))
