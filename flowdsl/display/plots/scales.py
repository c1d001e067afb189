"""Axis ticks for numbers and dates: a few round values and their labels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import ceil, floor, log10
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from flowdsl.display.plots.figure_layout import lines_across, marks

FEW = 6  # marks of dates, at most, in a small picture
ROUND = (1, 2, 2.5, 5, 10)
STEPS = (("h", (3, 6, 12)), ("D", (1, 2)), ("W-MON", (1, 2)), ("MS", (1, 2, 3, 6)), ("YS", (1, 2, 5, 10, 50)))
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MILLION = 1_000_000


def number(value: float) -> str:
    """A number as pictures write it.

    >>> number(1234.4), number(0.25), number(12.34), number(2_500_000), number(0)
    ('1,234', '0.25', '12.3', '2.5M', '0')
    """
    size = abs(value)
    if size >= 10 * MILLION or (size >= MILLION and value % (MILLION / 10) == 0):
        return f"{value / MILLION:,.1f}".removesuffix(".0") + "M"
    if size >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def brief(value: float, digits: int = 3) -> float:
    """A value rounded to this many digits, or to a whole number if that is more.

    >>> brief(1234.4), brief(0.123456)
    (1234.0, 0.123)
    """
    return float(round(value)) if abs(value) >= 10 ** (digits - 1) else float(f"{value:.{digits}g}")


def round_marks(low: float, high: float, most: int = 4) -> list[float]:
    """Round numbers over a span, from at or below `low` to at or above `high`.

    >>> round_marks(0, 870), round_marks(-0.3, 0.4), round_marks(0, 0)
    ([0.0, 250.0, 500.0, 750.0, 1000.0], [-0.4, -0.2, 0.0, 0.2, 0.4], [0.0, 1.0])
    """
    if not high > low:
        return [float(low), float(low) + 1]
    raw = (high - low) / most
    power = 10.0 ** floor(log10(raw))
    step = next(one * power for one in ROUND if one * power >= raw * (1 - 1e-9))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(at * step, 12) + 0.0 for at in range(first, last + 1)]


def heights(panel: Axes, low: float, high: float, most: int = 4, signed: bool = False) -> None:
    """A scale of heights that holds low and high, with lines across; signed: what is more than 0 has a plus."""
    places = round_marks(low, high, most)
    panel.set_ylim(places[0], places[-1])
    marks(panel, "y", places, [f"{'+' if signed and place > 0 else ''}{number(place)}" for place in places])
    lines_across(panel)


Floats: TypeAlias = "npt.NDArray[np.float64]"
Moments: TypeAlias = "npt.NDArray[np.datetime64]"
Dates: TypeAlias = "pd.Series | pd.DatetimeIndex | Moments"

# --- dates ------------------------------------------------------------------------------------------------------------


def days(dates: Dates) -> Floats:
    """Dates as days since 1970, as matplotlib counts them."""
    moments = pd.to_datetime(pd.Series(dates)).to_numpy(dtype="datetime64[ms]")
    return moments.astype(np.int64) / 86_400_000


def date_scale(panel: Axes, first: float, last: float, every: str = "day", most: int = FEW) -> None:
    """Few marks at round dates from first to last (days since 1970); years and days are said once."""
    places, words = date_marks(first, last, every, most)
    marks(panel, "x", places, words)
    panel.tick_params(axis="x", length=2.5)


def date_marks(first: float, last: float, every: str = "day", most: int = FEW) -> tuple[list[float], list[str]]:
    """Round dates in a span, and how they are written: hours (where periods are), days, Mondays, months or years,
    whichever are few enough.

    >>> date_marks(days(["2026-01-05"])[0], days(["2026-01-25"])[0])[1]
    ['5 Jan\\n2026', '12 Jan', '19 Jan']
    """
    low, high = _moment(first), _moment(last)
    for unit, counts in STEPS:
        for count in counts if unit != "h" or every == "hour" else ():
            found = _at(low, high, unit, count)
            if 0 < len(found) <= most and (len(found) > 1 or low == high or unit == "YS"):
                return [one.timestamp() / 86_400 for one in found], _written(found, unit)
    return [low.timestamp() / 86_400], _written([low], "D")


def _at(low: pd.Timestamp, high: pd.Timestamp, unit: str, count: int) -> list[pd.Timestamp]:
    start = low.floor("D")
    if high - low > pd.Timedelta(days=400) and unit in ("h", "D"):
        return []  # far too many to be looked at
    if unit in ("MS", "YS"):
        start = pd.Timestamp(start.year, 1, 1)
    return [one for one in pd.date_range(start, high, freq=f"{count}{unit}") if one >= low]


def _written(dates: Sequence[pd.Timestamp], unit: str) -> list[str]:
    """Each mark in few letters: what is the same as at the mark before is left out."""
    words = []
    for at, one in enumerate(dates):
        before = dates[at - 1] if at else None
        is_new_year = before is None or one.year != before.year
        is_new_day = before is None or one.date() != before.date()
        if unit == "h":
            below = f"{one.day} {one:%b}" + (f" {one.year}" if is_new_year else "") if is_new_day else ""
            words.append(f"{one:%H:%M}\n{below}".rstrip())
            continue
        upper = {"YS": f"{one.year}", "MS": f"{one:%b}"}.get(unit, f"{one.day} {one:%b}")
        words.append(f"{upper}\n{one.year}" if is_new_year and unit != "YS" else upper)
    return words


def _moment(day: float) -> pd.Timestamp:
    return pd.Timestamp(round(day * 86_400_000), unit="ms")


def day_words(date: str | datetime | np.datetime64, every: str = "day") -> str:
    """A date in a sentence.

    >>> day_words("2026-01-05"), day_words("2026-01-05 09:00", "hour"), day_words("2026-01-05", "week")
    ('Mon 5 Jan 2026', 'Mon 5 Jan 2026 09:00', 'the week of 5 Jan 2026')
    """
    moment = pd.Timestamp(date)
    day = f"{moment.day} {moment:%b} {moment.year}"
    if every == "week":
        return f"the week of {day}"
    return f"{WEEKDAYS[moment.weekday()]} {day}" + (f" {moment:%H:%M}" if every == "hour" else "")


def per(unit: str, every: str) -> str:
    """This many a period, in words.

    >>> per("messages", "day"), per("messages", "hour")
    ('messages a day', 'messages an hour')
    """
    return f"{unit} {'an' if every == 'hour' else 'a'} {every}"


def period_of(dates: Dates) -> str:
    """Whether dates are hours, days or weeks apart: hour, day or week (day of a single one).

    >>> period_of(pd.to_datetime(["2026-01-05", "2026-01-12"]))
    'week'
    """
    distinct = np.unique(days(dates))
    if len(distinct) < 2:
        return "hour" if len(distinct) and distinct[0] % 1 else "day"
    step = float(np.diff(distinct).min())
    return "hour" if step < 0.9 else "day" if step < 6.5 else "week"
