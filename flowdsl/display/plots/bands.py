"""Bands over time: a line with its prediction and confidence intervals, in one panel or one for each group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from flowdsl.display.plots.figure_layout import Sheet, axis_words, sheet
from flowdsl.display.plots.groups import grouped, largest
from flowdsl.display.plots.scales import Floats, date_scale, days, heights
from flowdsl.display.plots.style import BLUE, SMALL, WIDE

LIMITS = ("mean", "median", "pi_low", "pi_high", "ci_low", "ci_high")
WIDE_BAND, NARROW_BAND = 0.22, 0.5  # opacity
BANDS = (("pi", "prediction interval", WIDE_BAND), ("ci", "confidence interval", NARROW_BAND))
HALF = 0.35  # of a single period, which has neighbours on neither side
READ = "wide band: {what} lies in it with probability {level:.4g}%; narrow band: how sure the simulation is of the mean"


class Parts(NamedTuple):
    """The groups of a table that are drawn, how many are not, and the panels for them."""

    named: list[tuple[str, pd.DataFrame]]
    left_out: int
    drawn: Sheet

    @property
    def is_one(self) -> bool:
        return len(self.named) == 1

    @property
    def keyed(self) -> Axes:
        """The panel at whose right edge lines are named."""
        return self.drawn.panels[0 if self.is_one else 1]


def multiples(
    frame: pd.DataFrame,
    values: Sequence[str],
    size_by: str,
    title: str,
    note: str,
    size: tuple[float, float] | None,
    words: str,
) -> Parts:
    """A panel for each group of a table, the largest six (by `size_by`), two beside each other; `words`: the unit."""
    parts, left_out = largest(grouped(frame, values), size_by)
    rows = -(-len(parts) // 2)
    several = len(parts) > 1
    sized = size or ((WIDE[0], 0.8 + 1.35 * rows) if several else SMALL)
    description = (f"{words}; {note}" if parts[0][0] else note) + (
        f"; {left_out} smaller ones are not shown" if left_out else ""
    )
    drawn = sheet(title, description, sized, rows, 2 if several else 1)
    for panel, (name, _) in zip(drawn.panels, parts, strict=False):
        axis_words(panel, name or words)
    for panel in drawn.panels[len(parts) :]:
        panel.set_visible(False)
    return Parts(parts, left_out, drawn)


class Band(NamedTuple):
    """What was drawn of a part: where its periods stand, its numbers, and whether it has intervals."""

    at: Floats
    limit: dict[str, Floats]
    has_bands: bool

    @property
    def low(self) -> float:
        return float(np.nanmin(self.limit["pi_low" if self.has_bands else "mean"]))

    @property
    def high(self) -> float:
        return float(np.nanmax(self.limit["pi_high" if self.has_bands else "mean"]))


def band(panel: Axes, part: pd.DataFrame, narrow: bool = True) -> Band:
    """Draws the line of the mean and its bands, those that there are; a single period has a short line."""
    at = days(part["date"])
    limit = {name: part[name].to_numpy(dtype=float) for name in LIMITS if name in part.columns}
    if len(at) == 1:
        at = np.array([at[0] - HALF, at[0] + HALF])
        limit = {name: np.repeat(one, 2) for name, one in limit.items()}
    has_bands = bool(np.isfinite(limit["pi_high"]).any())
    for kind, name, opacity in BANDS[: 1 + narrow] if has_bands else ():
        low, high = limit[f"{kind}_low"], limit[f"{kind}_high"]
        panel.fill_between(at, low, high, color=BLUE, linewidth=0, alpha=opacity, label=name)
    panel.plot(at, limit["mean"], color=BLUE, linewidth=1.3, linestyle="-", label="mean", solid_capstyle="butt")
    return Band(at, limit, has_bands)


def scale(panel: Axes, drawn: Band, every: str, low: float, high: float, is_alone: bool, signed: bool = False) -> None:
    """The scales of a panel of bands."""
    at = drawn.at
    panel.set_xlim(at[0], at[-1])
    heights(panel, low, high, most=4 if is_alone else 3, signed=signed)
    is_single = len(at) == 2 and at[1] - at[0] == 2 * HALF
    middle = float(at.mean())
    first, last = (middle, middle) if is_single else (at[0], at[-1])
    date_scale(panel, first, last, every, most=6 if is_alone else 4)


def name_bands(parts: Parts, drawn: Band, level: float) -> None:
    """Says at the right edge what line and bands are."""
    ends = {name: float(one[-1]) for name, one in drawn.limit.items()}
    if not drawn.has_bands:
        parts.drawn.label(parts.keyed, ends["mean"], "expected", BLUE, 1.3)
        return
    words = f"{level * 100:.4g}% prediction\ninterval"
    parts.drawn.label(parts.keyed, ends["mean"], "mean, and\nconfidence\ninterval", BLUE, 1.3)
    parts.drawn.label(parts.keyed, ends["pi_high"], words, (BLUE, WIDE_BAND), 5)  # above, where both end alike


def read_as(frame: pd.DataFrame, level: float, what: str) -> str:
    """How bands are to be read, in a sentence."""
    if frame["pi_high"].isna().all():
        return "expected numbers without intervals: nothing was drawn by chance"
    return READ.format(what=what, level=level * 100)
