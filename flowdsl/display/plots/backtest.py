"""The back-test: what was forecast, as a line with its band, and what came, as dots; two naive forecasts beside."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from flowdsl.display.plots.bands import LIMITS, WIDE_BAND, Band, Parts, band, multiples, scale
from flowdsl.display.plots.blank import blank
from flowdsl.display.plots.scales import number, per, period_of
from flowdsl.display.plots.style import BLUE, INK, ORANGE, PAPER, PURPLE, VERMILION, Picture

NAIVE = {
    "last_week": ("last week\nagain", ORANGE, (0, (4, 1.6))),
    "weekday_mean": ("weekday\nmean", PURPLE, (0, (1, 1))),
}
VALUES = ("date", *LIMITS, "actual", *NAIVE, "covered")


def backtest(
    frame: pd.DataFrame,
    *,
    level: float = 0.9,
    unit: str = "messages",
    title: str = "",
    size: tuple[float, float] | None = None,
) -> Picture:
    """Draws what was forecast and what came, by period; what lies outside of the band is red.

    frame  `date`, any columns of groups, mean pi_low pi_high, actual, and the naive forecasts last_week weekday_mean

    >>> frame = pd.DataFrame({"date": pd.date_range("2026-01-05", periods=3), "mean": 5.0, "pi_low": 2.0,
    ...                       "pi_high": 8.0, "actual": [4, 6, 9], "last_week": 4.0, "weekday_mean": 5.0})
    >>> backtest(frame).alt
    'Back-test of messages a day: 15 forecast, 19 came; 2 of 3 days lay in the 90% prediction interval.'
    """
    heading = title or "Forecast, and what came"
    if frame.empty:
        return blank(heading, "nothing was tested")
    every = period_of(frame["date"])
    inside = int(_is_inside(frame).sum())
    description = f"{inside} of {len(frame)} {every}s lay in the {level * 100:.4g}% prediction interval"
    parts = multiples(frame, VALUES, "actual", heading, f"dots: what came; {description}", size, per(unit, every))
    for panel, (_, part) in zip(parts.drawn.panels, parts.named, strict=False):
        drawn = band(panel, part, narrow=False)
        low, high = _draw(panel, part, drawn)
        scale(panel, drawn, every, min(0.0, low), high, parts.is_one)
        if panel is parts.keyed:
            _name(parts, part, drawn, level)
    sums = f"{number(round(frame['mean'].sum()))} forecast, {number(frame['actual'].sum())} came"
    return parts.drawn.done(f"Back-test of {per(unit, every)}: {sums}; {description}.")


def _is_inside(frame: pd.DataFrame) -> pd.Series[bool]:
    return (frame["actual"] >= frame["pi_low"]) & (frame["actual"] <= frame["pi_high"])


def _draw(panel: Axes, part: pd.DataFrame, drawn: Band) -> tuple[float, float]:
    """Draws naive forecasts and what came; gives the lowest and the highest of all."""
    at = np.linspace(drawn.at[0], drawn.at[-1], len(part)) if len(part) == 1 else drawn.at
    ends = [drawn.low, drawn.high]
    for name, (words, colour, dashes) in NAIVE.items():
        numbers = part[name].to_numpy(dtype=float)
        panel.plot(at, numbers, color=colour, linewidth=1.1, linestyle=dashes, label=words.replace("\n", " "))
        ends += [float(numbers.min()), float(numbers.max())]
    came = part["actual"].to_numpy(dtype=float)
    colours = np.where(_is_inside(part), INK, VERMILION)
    panel.scatter(
        at, came, s=9, c=colours, edgecolors=PAPER, linewidths=0.4, zorder=3, label="what came", clip_on=False
    )
    return min(*ends, float(came.min())), max(*ends, float(came.max()))


def _name(parts: Parts, part: pd.DataFrame, drawn: Band, level: float) -> None:
    ends = {name: float(part[name].iloc[-1]) for name in ("mean", "pi_high", *NAIVE)}
    if drawn.has_bands:
        words = f"{level * 100:.4g}% prediction\ninterval"
        parts.drawn.label(parts.keyed, ends["pi_high"], words, (BLUE, WIDE_BAND), 5)
    parts.drawn.label(parts.keyed, ends["mean"], "forecast", BLUE, 1.3)
    for name, (words, colour, dashes) in NAIVE.items():
        parts.drawn.label(parts.keyed, ends[name], words, colour, 1.1, dashes)
