"""The fan: what is to come, with its mean and two bands; one panel, or one for each group.

The wide band is the prediction interval: what one real future will look like. The narrow one, around the line, is the
confidence interval: how sure the simulation is of the mean.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from flowdsl.display.plots.bands import LIMITS, Parts, band, multiples, name_bands, read_as, scale
from flowdsl.display.plots.blank import blank
from flowdsl.display.plots.scales import brief, day_words, number, per, period_of
from flowdsl.display.plots.style import Picture


def fan(
    frame: pd.DataFrame,
    *,
    level: float = 0.9,
    unit: str = "messages",
    words: str = "",
    top: float = 0.0,
    title: str = "",
    size: tuple[float, float] | None = None,
) -> Picture:
    """Draws numbers to come by period: the line is the mean, the bands are its prediction and confidence intervals.

    frame  `date`, any columns of groups, mean median pi_low pi_high ci_low ci_high; each group has a panel, the six
           largest if there are more. Limits that are missing are not drawn
    level  probability of the intervals, 0 to 1
    words  what heights are; unless said the unit and the period: `messages a day`
    top    a height that is within the picture in any case, so that two can be drawn to one scale

    >>> frame = pd.DataFrame({"date": pd.date_range("2026-01-05", periods=3), "mean": 5.0, "median": 5.0,
    ...                       "pi_low": 2.0, "pi_high": 8.0, "ci_low": 4.8, "ci_high": 5.2})
    >>> fan(frame).alt.split(":")[0]
    'Fan chart of messages a day'
    """
    heading = title or f"{unit.capitalize()} to come"
    if frame.empty:
        return blank(heading, "there are none")
    every = period_of(frame["date"])
    heights = words or per(unit, every)
    note = read_as(frame, level, "one real future")
    parts = multiples(frame, ("date", *LIMITS), "mean", heading, note, size, heights)
    for panel, (_, part) in zip(parts.drawn.panels, parts.named, strict=False):
        drawn = band(panel, part)
        scale(panel, drawn, every, min(0.0, drawn.low), max(drawn.high, top), parts.is_one)
        if panel is parts.keyed:
            name_bands(parts, drawn, level)
    return parts.drawn.done(_alt(frame, parts, level, heights, every))


def _alt(frame: pd.DataFrame, parts: Parts, level: float, heights: str, every: str) -> str:
    first, last = frame["date"].min(), frame["date"].max()
    description = [f"Fan chart of {heights}: {day_words(first, every)} to {day_words(last, every)}."]
    for name, part in parts.named:
        top = part.iloc[int(part["mean"].to_numpy().argmax())]
        limits = ""
        if np.isfinite(top["pi_high"]):
            limits = f" ({level:.0%} prediction interval {number(top['pi_low'])} to {number(top['pi_high'])})"
        description.append(
            f"{name + ': the' if name else 'The'} mean is {number(brief(part['mean'].mean()))}, highest on"
            f" {day_words(top['date'], every)} with {number(brief(top['mean']))}{limits}."
        )
    return " ".join([*description, f"{parts.left_out} smaller ones are not shown."] if parts.left_out else description)
