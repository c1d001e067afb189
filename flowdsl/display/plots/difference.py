"""Differences: variants less their base over time, with two bands around the mean; a line says where none is."""

from __future__ import annotations

import pandas as pd

from flowdsl.display.plots.bands import LIMITS, Parts, band, multiples, name_bands, read_as, scale
from flowdsl.display.plots.blank import blank
from flowdsl.display.plots.scales import brief, number, per, period_of
from flowdsl.display.plots.style import INK, Picture


def difference(
    frame: pd.DataFrame,
    *,
    base: str = "base",
    level: float = 0.9,
    unit: str = "messages",
    title: str = "",
    size: tuple[float, float] | None = None,
) -> Picture:
    """Draws how much more (or less) there is in variants than in the base, by period; a panel a variant (and group).

    frame  `date`, `variant`, any columns of groups, mean median pi_low pi_high ci_low ci_high of the difference
    base   the name of what they are compared with

    >>> frame = pd.DataFrame({"date": pd.date_range("2026-01-05", periods=3), "variant": "B", "mean": 2.0,
    ...                       "median": 2.0, "pi_low": -1.0, "pi_high": 4.0, "ci_low": 1.8, "ci_high": 2.2})
    >>> difference(frame, base="A").alt
    'Difference to "A" in messages a day. B: +6 in all, +2 a day on average.'
    """
    heading = title or f'Difference to "{base}"'
    if frame.empty:
        return blank(heading, "there is nothing to compare")
    every = period_of(frame["date"])
    note = read_as(frame, level, "the difference of two futures under the same chance")
    parts = multiples(frame, ("date", *LIMITS), "mean", heading, note, size, per(unit, every))
    for panel, (_, part) in zip(parts.drawn.panels, parts.named, strict=False):
        drawn = band(panel, part)
        scale(panel, drawn, every, min(0.0, drawn.low), max(0.0, drawn.high), parts.is_one, signed=True)
        panel.axhline(0, color=INK, linewidth=0.9, linestyle="-", label="no difference", zorder=1.5)
        if panel is parts.keyed:
            name_bands(parts, drawn, level)
    return parts.drawn.done(_alt(parts, base, unit, every))


def _alt(parts: Parts, base: str, unit: str, every: str) -> str:
    description = [f'Difference to "{base}" in {per(unit, every)}.']
    for name, part in parts.named:
        whole, mean = float(part["mean"].sum()), float(part["mean"].mean())
        description.append(f"{name}: {_signed(whole)} in all, {per(_signed(mean), every)} on average.")
    return " ".join(description)


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{number(brief(value))}"
