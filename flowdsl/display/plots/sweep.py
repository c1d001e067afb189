"""The sweep: how much comes of each value of a number; dots where it was simulated, with their prediction intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from flowdsl.display.plots.bands import LIMITS, WIDE_BAND
from flowdsl.display.plots.blank import blank
from flowdsl.display.plots.figure_layout import Sheet, axis_words, marks, sheet
from flowdsl.display.plots.groups import grouped, largest
from flowdsl.display.plots.scales import brief, heights, number
from flowdsl.display.plots.style import FINE, SERIES, SMALL, Picture
from flowdsl.display.plots.text_fitting import fine, shortened

MORE = ("difference", "difference_low", "difference_high")
Value: TypeAlias = "str | float"
MARKS = 7  # values that are written below
NEAR = 0.5  # lowest as a part of the highest, beyond which heights do not begin at 0
ROOM = 2.4  # inches for what is written below
WIDEST = 0.95  # inches of a label


def sweep(
    frame: pd.DataFrame,
    name: str,
    *,
    level: float = 0.9,
    unit: str = "messages",
    title: str = "",
    size: tuple[float, float] = SMALL,
) -> Picture:
    """Draws totals by the value of one column; each combination of the other columns is a line, six at most.

    frame  the column `name`, others that were varied or are groups, mean median pi_low pi_high ci_low ci_high. Numbers
           stand where they belong; other values side by side, in the order in which they come

    >>> frame = pd.DataFrame({"pause": ["1 day", "3 days"], "mean": [40.0, 20.0], "median": [40.0, 20.0],
    ...                       "pi_low": [35.0, 16.0], "pi_high": [45.0, 24.0], "ci_low": [39.0, 19.0],
    ...                       "ci_high": [41.0, 21.0]})
    >>> sweep(frame, "pause").alt
    'Messages by pause: 40 at 1 day to 20 at 3 days.'
    """
    heading = title or f"{unit.capitalize()} by {name}"
    if frame.empty:
        return blank(heading, "there are none")
    values = list(dict.fromkeys(frame[name]))
    places = _places(values)
    parts, left_out = largest(grouped(frame, (name, *LIMITS, *MORE)), "mean")
    has_bands = bool(frame["pi_high"].notna().any())
    note = f"band: one real future lies in it with probability {level * 100:.4g}%" if has_bands else "expected numbers"
    drawn = sheet(heading, note + (f"; {left_out} smaller ones are not shown" if left_out else ""), size)
    panel = drawn.panels[0]
    for (label, part), colour in zip(parts, SERIES, strict=False):
        _line(drawn, panel, part, [places[value] for value in part[name]], label, colour, len(parts) > 1)
    _scales(panel, frame, values, places, has_bands)
    panel.set_xlabel(shortened(name, size[0] * 0.7), labelpad=2, **fine())
    axis_words(panel, unit)
    return drawn.done(f"{heading}: {_described(parts, name)}.")


def _places(values: Sequence[Value]) -> dict[Value, float]:
    """Where each value stands: numbers at their own place, others one after another."""
    is_number = _are_numbers(values)
    return {value: float(value) if is_number else float(at) for at, value in enumerate(values)}


def _are_numbers(values: Sequence[Value]) -> bool:
    return all(isinstance(value, int | float | np.number) and not isinstance(value, bool) for value in values)


def _line(
    drawn: Sheet, panel: Axes, part: pd.DataFrame, at: Sequence[float], label: str, colour: str, is_named: bool
) -> None:
    order = np.argsort(at)
    x, rows = np.asarray(at)[order], part.iloc[order]
    limit = {name: rows[name].to_numpy(dtype=float) for name in LIMITS}
    opacity = 0.13 if is_named else WIDE_BAND
    panel.fill_between(
        x, limit["pi_low"], limit["pi_high"], color=colour, linewidth=0, alpha=opacity, label="pi " + label
    )
    panel.plot(
        x, limit["mean"], color=colour, linewidth=1.2, linestyle="-", marker="o", markersize=3, label=label or "mean"
    )
    panel.vlines(x, limit["pi_low"], limit["pi_high"], color=colour, linewidth=0.8, linestyle="-", alpha=0.6)
    if is_named:
        drawn.label(panel, float(limit["mean"][-1]), shortened(label, WIDEST), colour)


def _scales(panel: Axes, frame: pd.DataFrame, values: list[Value], places: dict[Value, float], has_bands: bool) -> None:
    low, high = min(places.values()), max(places.values())
    around = (high - low) * 0.05 if _are_numbers(values) and high > low else 0.5
    panel.set_xlim(low - around, high + around)
    foot = float(frame["pi_low" if has_bands else "mean"].min())
    top = float(frame["pi_high" if has_bands else "mean"].max())
    heights(panel, foot if foot > NEAR * top else min(0.0, foot), top)  # lines, unlike bars, need not stand on 0
    written = sorted(values, key=lambda value: places[value])
    shown = written[:: -(-len(written) // MARKS)]
    room = ROOM / len(shown)
    texts = [shortened(_value_text(value), room, FINE) for value in shown]
    marks(panel, "x", [places[value] for value in shown], texts)


def _value_text(value: Value) -> str:
    return number(float(value)) if isinstance(value, int | float | np.number) else str(value)


def _described(parts: list[tuple[str, pd.DataFrame]], name: str) -> str:
    description = []
    for label, part in parts:
        first, last = part.iloc[0], part.iloc[-1]
        ends = f"{_at(first, name)} to {_at(last, name)}" if len(part) > 1 else _at(first, name)
        description.append(f"{label}: {ends}" if label else ends)
    return "; ".join(description)


def _at(row: pd.Series, name: str) -> str:
    return f"{number(brief(row['mean']))} at {_value_text(row[name])}"
