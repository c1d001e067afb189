"""Draws estimates with their intervals, one row each, relative to the size of each estimate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from flowdsl.display.plots.blank import blank
from flowdsl.display.plots.figure_layout import lines_across, marks, sheet
from flowdsl.display.plots.scales import brief, number, round_marks
from flowdsl.display.plots.style import BLUE, FINE, INK, RULE, WIDE, Picture
from flowdsl.display.plots.text_fitting import look, shortened

LINE = 0.21  # inches of a row
MOST = 40  # rows
WIDEST = 0.5  # part of a picture's width for names
FARTHEST = 200.0  # percent of the estimate: limits beyond are cut off, and say so by an arrow


def estimates(
    frame: pd.DataFrame, *, level: float = 0.9, title: str = "", size: tuple[float, float] | None = None
) -> Picture:
    """Draws estimates with their intervals as parts of the estimate: what is known well is short.

    frame  `name`, `estimate` (a number), `said` (how it is written), `low`, `high`; without limits a row has a dot only

    >>> frame = pd.DataFrame({"name": ["opens email"], "estimate": 0.35, "said": ["35%"], "low": 0.33, "high": 0.37})
    >>> estimates(frame).alt
    'Estimates with their 90% intervals: opens email 35%, -5.7% to +5.7% of it.'
    """
    heading = title or "How well each number is known"
    if frame.empty:
        return blank(heading, "nothing was estimated")
    shown = frame.head(MOST)
    sized = size or (WIDE[0], 0.75 + LINE * len(shown))
    left_out = f"; {len(frame) - len(shown)} more are not shown" if len(shown) < len(frame) else ""
    drawn = sheet(heading, f"{level * 100:.4g}% interval of each estimate, as a part of it{left_out}", sized)
    panel = drawn.panels[0]
    low, high = _around(shown, "low"), _around(shown, "high")
    places = np.arange(len(shown))
    known = np.isfinite(low) & np.isfinite(high)
    panel.hlines(
        places[known], low[known], high[known], color=BLUE, linewidth=3, linestyle="-", alpha=0.5, label="interval"
    )
    panel.plot(np.zeros(len(shown)), places, "o", color=BLUE, markersize=4, label="estimate")
    ends = round_marks(min(-10.0, float(np.nanmin(low, initial=-1))), max(10.0, float(np.nanmax(high, initial=1))))
    panel.set_xlim(ends[0], ends[-1])
    panel.set_ylim(len(shown) - 0.5, -0.5)
    names = [shortened(name, sized[0] * WIDEST, FINE) for name in shown["name"]]
    marks(panel, "y", places, names, INK)
    marks(panel, "x", ends, [f"{'+' if end > 0 else ''}{number(end)}%" for end in ends])
    lines_across(panel)
    panel.axvline(0, color=RULE, linewidth=0.8, linestyle="-", zorder=0)
    for at, said in enumerate(shown["said"]):
        panel.annotate(
            shortened(said, 1.2, FINE), (1, at), xycoords=panel.get_yaxis_transform(), xytext=(6, 0),
            textcoords="offset points", va="center_baseline", annotation_clip=False, **look(FINE),
        )  # fmt: skip
    return drawn.done(f"Estimates with their {level * 100:.4g}% intervals: {_described(shown, low, high)}.")


def _around(frame: pd.DataFrame, limit: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A limit less the estimate, in percent of the estimate."""
    estimate = frame["estimate"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = 100 * (frame[limit].to_numpy(dtype=float) / estimate - 1)
    return np.clip(np.where(estimate == 0, np.nan, part), -100, FARTHEST)


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{number(brief(value, 2))}"


def _described(
    frame: pd.DataFrame,
    low: np.ndarray[tuple[int], np.dtype[np.float64]],
    high: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> str:
    description = []
    for name, said, below, above in zip(frame["name"], frame["said"], low, high, strict=True):
        limits = f", {_signed(below)}% to {_signed(above)}% of it" if np.isfinite(below) and np.isfinite(above) else ""
        description.append(f"{name} {said}{limits}")
    return "; ".join(description)
