"""One fitted line: its text in the language, and a row with the numbers it was fitted from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, floor, inf, isfinite, log, log10

from scipy.stats import norm

from flowdsl.calendar.clock import DAY
from flowdsl.chance.heterogeneity import kept
from flowdsl.fitting.arrays import Numbers
from flowdsl.fitting.delays import Answered

UNITS = {"day": 1.0, "week": 7.0, "month": 30.436875, "year": 365.2425}  # days; months and years are mean ones
DIGITS = 3  # of a number that was estimated
MILLION = 1_000_000
LENGTHS = (("day", DAY), ("hour", DAY // 24), ("minute", DAY // 1440), ("second", 1000))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a fitted scenario.

    texts         as a program says it, a line a part of the week; notes: from what, and what is doubtful
    kind          rate, answer or new contacts; estimate, low, high: the rate per `per` or the share, with its interval
    rows          events or answers that it was fitted from; of: contacts observed, or causes
    law           of its counts (rate) or delays (answer); spread: shape or concentration of how contacts differ, else 0
    column        where contacts differ in their rates: what a column of their own rates is called
    by_column     the lines that read these rates, a line a part of the week
    own           each contact's rate, given what it did, by column: in all, and in each part of the week
    """

    texts: tuple[str, ...]
    notes: tuple[str, ...]
    kind: str
    event: str
    name: str
    cause: str
    segment: str
    estimate: float
    low: float
    high: float
    per: str
    rows: int
    of: int
    law: str
    spread: float
    log_likelihood: float
    column: str = ""
    by_column: tuple[str, ...] = ()
    own: Mapping[str, Numbers] = field(default_factory=dict, repr=False, compare=False)


def rounded(value: float, digits: int = DIGITS) -> float:
    """A number with this many digits.

    >>> rounded(0.123456), rounded(1234.5)
    (0.123, 1230.0)
    """
    if not value or not isfinite(value):
        return 0.0
    return round(value, digits - 1 - floor(log10(abs(value))))


def digits(value: float) -> str:
    """A number as a program writes it: without an exponent, kept to a millionth.

    >>> digits(0.5), digits(120.0), digits(0.00000051)
    ('0.5', '120', '0.000001')
    """
    return f"{round(value * MILLION) / MILLION:.6f}".rstrip("0").rstrip(".")


def unit_for(rate: float) -> str:
    """The unit of time in which a rate per day is a number that people grasp.

    >>> unit_for(3.0), unit_for(0.2), unit_for(0.001)
    ('day', 'week', 'year')
    """
    return next((unit for unit, days in UNITS.items() if rate * days >= 1), "year")


def range_of(low: float, high: float, level: float, most: float = inf) -> tuple[float, float]:
    """The ends between which a replication draws a number evenly, from its interval at a level.

    They do not depend on the level: an even law has the standard deviation of a normal one if it reaches from the
    middle to the square root of 3 times as far. Positive numbers are normal on the scale of their logarithms.

    >>> from scipy.stats import norm
    >>> for level in (0.5, 0.99):
    ...     z = norm.ppf((1 + level) / 2)
    ...     print([round(end, 3) for end in range_of(10 * exp(-z / 10), 10 * exp(z / 10), level)])
    [8.41, 11.891]
    [8.41, 11.891]
    """
    wide = 3**0.5 / float(norm.ppf((1 + level) / 2))
    if low <= 0:
        middle = (low + high) / 2
        return max(middle - wide * (high - middle), 0.0), min(middle + wide * (high - middle), most)
    middle, by = (log(low) + log(high)) / 2, wide * (log(high) - log(low)) / 2
    return exp(middle - by), min(exp(middle + by), most)


def rate_between(low: float, high: float, days: float) -> str:
    """An uncertain rate per day, per this many days: `0.4 to 0.6`."""
    ends = [digits(rounded(max(value, 0.0) * days)) for value in (low, high)]
    if float(ends[1]) <= 0:
        ends[1] = digits(1 / MILLION)
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def share_between(low: float, high: float) -> str:
    """An uncertain share: `40% to 45%`.

    >>> share_between(0.40123, 0.4501)
    '40.1% to 45%'
    """
    ends = [f"{digits(rounded(value * 100))}%" for value in (max(low, 0.0), min(high, 1.0))]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def varying(law: str, number: float) -> str:
    """`varying by gamma 0.55`; nothing for 0."""
    return f" varying by {law} {digits(kept(rounded(number)))}" if number else ""


def length(days: float) -> str:
    """A length of time in words, to three digits.

    >>> length(0.1666667), length(2.5), length(0.0000001)
    ('4 hours', '2.5 days', '0.00864 seconds')
    """
    ms = max(days * DAY, 1.0)
    unit, size = next(((unit, size) for unit, size in LENGTHS if ms >= size), LENGTHS[-1])
    number = rounded(ms / size)
    return f"{digits(number)} {unit}{'' if number == 1 else 's'}"


def delay(of: Answered) -> str:
    """The delay of an answer as a program says it; nothing where it comes at once."""
    first, *more = of.numbers
    if of.name == "exactly":
        return f" after {length(first)}" if first * DAY >= 1 else ""
    if of.name == "within":
        return f" within {length(first)}"
    if of.name == "measured":
        return f" after measured({', '.join(_ascending(of.numbers))})"
    shape = f", {digits(rounded(more[0]))}" if more else ""
    return f" after {of.name}({length(first)}{shape})"


def _ascending(numbers: Sequence[float]) -> list[str]:
    """Lengths in order: rounding keeps it, but for the last one, which no answer took longer than."""
    return [length(number) if number * DAY >= 1 else "0 seconds" for number in numbers]
