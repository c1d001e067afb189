"""The stack: numbers by period, one group upon another; columns of few periods, areas of many."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from flowdsl.display.plots.blank import blank
from flowdsl.display.plots.figure_layout import axis_words, sheet
from flowdsl.display.plots.groups import grouped
from flowdsl.display.plots.scales import (
    Floats,
    Moments,
    brief,
    date_scale,
    day_words,
    days,
    heights,
    number,
    per,
    period_of,
)
from flowdsl.display.plots.style import GREY, PAPER, SERIES, SMALL, Picture
from flowdsl.display.plots.text_fitting import shortened

COLUMNS = 40  # periods, beyond which there are areas
STEP = {"hour": 1 / 24, "day": 1.0, "week": 7.0}
LIMITS = ("mean", "median", "pi_low", "pi_high", "ci_low", "ci_high")
WIDEST = 0.85  # inches of a label


def stacked(
    frame: pd.DataFrame,
    value: str = "mean",
    *,
    unit: str = "messages",
    title: str = "",
    note: str = "",
    size: tuple[float, float] = SMALL,
) -> Picture:
    """Draws numbers by period and group upon each other: the height of all is the whole.

    frame  `date`, columns of groups (usually `channel`), and the value; all but the five largest groups of more than
           six are drawn together as `other`

    >>> frame = pd.DataFrame({"date": pd.date_range("2026-01-05", periods=2), "channel": "sms", "sends": [3, 4]})
    >>> stacked(frame, "sends").alt
    'Messages a day, stacked: Mon 5 Jan 2026 to Tue 6 Jan 2026, 7 in all: sms 7. Most on Tue 6 Jan 2026: 4.'
    """
    if frame.empty:
        return blank(title or unit.capitalize(), "there are none")
    every = period_of(frame["date"])
    dates = np.unique(pd.to_datetime(frame["date"]).to_numpy())
    layers = _layers(frame, value, dates)
    drawn = sheet(title or unit.capitalize(), note or _note(layers), size)
    panel = drawn.panels[0]
    at = days(dates)
    tops = _draw(panel, at, layers, STEP[every])
    half = STEP[every] / 2
    panel.set_xlim(at[0] - half, at[-1] + half)
    heights(panel, 0, float(tops[-1].max()) if tops else 1)
    date_scale(panel, at[0], at[-1], every)
    axis_words(panel, per(unit, every))
    colours = _colours(layers)
    if len(layers) > 1:
        recent = max(1, len(at) // 7)  # where the layers are, at the edge: a single period may be empty
        low = np.zeros(len(at))
        for (name, _), top, colour in zip(layers, tops, colours, strict=True):
            middle = float(((low + top) / 2)[-recent:].mean())
            drawn.label(panel, middle, shortened(name, WIDEST), colour, 4)
            low = top
    return drawn.done(_alt(layers, dates, unit, every))


def _layers(frame: pd.DataFrame, value: str, dates: Moments) -> list[tuple[str, Floats]]:
    """Name and numbers of each group, from the largest, which lies at the bottom; small ones together."""
    keep = [name for name in frame.columns if name not in LIMITS or name == value]
    parts = grouped(frame[keep], ("date", value))
    numbers = [
        (name, part.assign(date=pd.to_datetime(part["date"])).groupby("date")[value].sum().reindex(dates, fill_value=0))
        for name, part in parts
    ]
    sized = sorted(((name, one.to_numpy(dtype=float)) for name, one in numbers), key=lambda one: -one[1].sum())
    if len(sized) <= len(SERIES):
        return sized
    kept, rest = sized[: len(SERIES) - 1], sized[len(SERIES) - 1 :]
    return [*kept, (f"{len(rest)} others", np.sum([one for _, one in rest], axis=0))]


def _colours(layers: list[tuple[str, Floats]]) -> list[str]:
    return [GREY if name.endswith(" others") else SERIES[at] for at, (name, _) in enumerate(layers)]


def _draw(panel: Axes, at: Floats, layers: list[tuple[str, Floats]], step: float) -> list[Floats]:
    """Draws each layer; gives the tops of all."""
    low, tops = np.zeros(len(at)), []
    for (name, numbers), colour in zip(layers, _colours(layers), strict=True):
        top = low + numbers
        if len(at) <= COLUMNS:
            panel.bar(at, numbers, width=step * 0.82, bottom=low, color=colour, linewidth=0, label=name)
        else:
            edges = np.append(at - step / 2, at[-1] + step / 2)
            panel.fill_between(
                edges, np.append(low, low[-1]), np.append(top, top[-1]), step="post", color=colour, linewidth=0.3,
                edgecolor=PAPER, label=name,
            )  # fmt: skip
        low = top
        tops.append(top)
    return tops


def _note(layers: list[tuple[str, Floats]]) -> str:
    sums = [(name, float(numbers.sum())) for name, numbers in layers]
    whole = sum(one for _, one in sums)
    description = ", ".join(f"{name} {number(brief(one))}" for name, one in sums if name)
    return f"{number(brief(whole))} in all" + (f": {description}" if description else "")


def _alt(layers: list[tuple[str, Floats]], dates: Moments, unit: str, every: str) -> str:
    whole = np.sum([numbers for _, numbers in layers], axis=0) if layers else np.zeros(len(dates))
    top = int(whole.argmax())
    return (
        f"{per(unit.capitalize(), every)}, stacked: {day_words(dates[0], every)} to {day_words(dates[-1], every)},"
        f" {_note(layers)}. Most on {day_words(dates[top], every)}: {number(brief(float(whole[top])))}."
    )
