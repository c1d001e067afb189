"""Heat maps: hours of the week, and cohorts by week of entry and days since; darker is more."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from flowdsl.display.plots.blank import blank
from flowdsl.display.plots.figure_layout import marks, sheet
from flowdsl.display.plots.scales import WEEKDAYS, Floats, brief, number
from flowdsl.display.plots.style import EMPTY, INK, MUTED, ORANGE, PAPER, SMALL, Picture
from flowdsl.display.plots.text_fitting import fine

DARKER = ListedColormap(colormaps["Blues"](np.linspace(0.03, 1.0, 256)), name="darker")
WEEKS = 26  # of cohorts, at most: the latest
UNTIL = {"exit": ("exit", "left"), "send": ("the first message", "had a message")}
DAYS = 42  # days since entry, at most; later ones are not shown


def hours(
    frame: pd.DataFrame,
    value: str = "mean",
    *,
    unit: str = "messages",
    title: str = "",
    size: tuple[float, float] = SMALL,
) -> Picture:
    """Draws how much there is in each hour of the week: 24 hours across, 7 days down; the busiest hour is framed.

    frame  `weekday` (0 is Monday), `hour` (0 to 23), and the value: per hour, on average of the weeks

    >>> frame = pd.DataFrame({"weekday": [0, 4], "hour": [9, 17], "mean": [12.0, 30.0]})
    >>> hours(frame).alt
    'Heat map of messages per hour of the week: most on Fri 17:00 with 30, and 100% from Mon to Fri.'
    """
    grid = np.zeros((7, 24))
    np.add.at(grid, (_whole(frame["weekday"]), _whole(frame["hour"])), frame[value].to_numpy(dtype=float))
    day, hour = (int(place) for place in np.unravel_index(int(grid.argmax()), grid.shape))
    busiest = f"{WEEKDAYS[day]} {hour:02}:00"
    description = f"most on {busiest}: {number(brief(grid.max(), 2))}" if grid.any() else "there are none"
    drawn = sheet(
        title or f"{unit.capitalize()} by hour of the week", f"{unit} per hour, mean of the weeks; {description}", size
    )
    panel = drawn.panels[0]
    _cells(panel, grid)
    marks(panel, "x", (0, 6, 12, 18, 24), ("00:00", "06:00", "12:00", "18:00", "24:00"))
    marks(panel, "y", np.arange(7) + 0.5, WEEKDAYS, INK)
    if grid.any():
        panel.add_patch(Rectangle((hour, day), 1, 1, fill=False, edgecolor=ORANGE, linewidth=1.5, clip_on=False))
    _key(panel, grid)
    return drawn.done(_hours_alt(grid, unit, busiest))


def _hours_alt(grid: Floats, unit: str, busiest: str) -> str:
    if not grid.any():
        return f"Heat map of {unit} per hour of the week: there are none."
    working = grid[:5].sum() / grid.sum()
    return (
        f"Heat map of {unit} per hour of the week: most on {busiest} with {number(brief(grid.max(), 2))},"
        f" and {working:.0%} from Mon to Fri."
    )


def cohorts(
    frame: pd.DataFrame,
    *,
    until: str = "exit",
    title: str = "",
    size: tuple[float, float] | None = None,
) -> Picture:
    """Draws what part of those who entered in a week had left (or had their message) how many days later.

    frame  `week` (its Monday), `entered`, `days` (whole days since entry), `count`, `share` (of those who entered, in
           percent); a share is missing where the days are not yet over for all of them. The latest 26 weeks and the
           first 42 days are shown
    until  what they are followed to: exit, or send, their first message

    >>> frame = pd.DataFrame({"week": pd.Timestamp("2026-01-05"), "entered": 10, "days": [0, 1], "count": [1, 4],
    ...                       "share": [10.0, 40.0]})
    >>> cohorts(frame).alt
    'Cohorts: 10 runs entered in 1 week; most left after 1 day: 40%.'
    """
    goal, what = UNTIL[until]
    heading = title or f"Days from entry to {goal}"
    if frame.empty:
        return blank(heading, "nobody entered")
    weeks = np.unique(frame["week"].to_numpy())[-WEEKS:]
    shown = frame[frame["week"].isin(weeks) & (frame["days"] <= DAYS)]
    span = int(shown["days"].max()) + 1
    grid = np.full((len(weeks), span), np.nan)
    grid[np.searchsorted(weeks, shown["week"].to_numpy()), _whole(shown["days"])] = shown["share"].to_numpy(dtype=float)
    sized = size or (SMALL[0], max(1.4, 0.95 + 0.19 * len(weeks)))
    drawn = sheet(
        heading,
        f"part of each week's entries that {what} this many days later; grey: not over yet",
        sized,
    )
    panel = drawn.panels[0]
    _cells(panel, grid)
    entered = shown.groupby("week")["entered"].first()
    words = [f"{_day(week)} ({count:,})" for week, count in zip(weeks, entered, strict=True)]
    marks(panel, "y", np.arange(len(weeks)) + 0.5, words, INK)
    step = next(step for step in (1, 2, 5, 7, 14) if span / step <= 8 or step == 14)
    marks(panel, "x", np.arange(0, span, step) + 0.5, [str(day) for day in range(0, span, step)])
    panel.set_xlabel("days since entry", labelpad=2, **fine())
    _key(panel, grid, "%")
    return drawn.done(_cohorts_alt(shown, entered, what))


def _cohorts_alt(shown: pd.DataFrame, entered: pd.Series[int], what: str) -> str:
    known = shown.dropna(subset=["share"])
    description = f"Cohorts: {int(entered.sum()):,} runs entered in {len(entered)} week{'s' * (len(entered) != 1)}"
    if known.empty or not known["count"].sum():
        return f"{description}; none {what} yet."
    by_day = known.groupby("days")["count"].sum() / known.groupby("days")["entered"].sum() * 100
    day = int(by_day.to_numpy().argmax())  # days are counted from 0 on
    top = number(brief(float(by_day.iloc[day]), 2))
    return f"{description}; most {what} after {day} {'day' if day == 1 else 'days'}: {top}%."


def _whole(column: pd.Series[int]) -> npt.NDArray[np.integer]:
    return column.to_numpy(dtype=np.int64)


def _day(week: np.datetime64) -> str:
    moment = pd.Timestamp(week)
    return f"{moment.day} {moment:%b}"


def _cells(panel: Axes, grid: Floats) -> None:
    rows, columns = grid.shape
    panel.set_facecolor(EMPTY)
    top = float(np.nanmax(grid)) if np.isfinite(grid).any() else 0.0
    panel.pcolormesh(
        np.arange(columns + 1), np.arange(rows + 1), np.ma.masked_invalid(grid), cmap=DARKER, vmin=0, vmax=top or 1.0,
        edgecolors=PAPER, linewidth=0.6, antialiased=True,
    )  # fmt: skip
    panel.set_xlim(0, columns)
    panel.set_ylim(rows, 0)
    panel.spines["bottom"].set_visible(False)


def _key(panel: Axes, grid: Floats, sign: str = "") -> None:
    """What the shades mean: a slim bar at the right, from none at its foot to the most at its top."""
    top = float(np.nanmax(grid)) if np.isfinite(grid).any() else 0.0
    side = panel.inset_axes((1.03, 0.0, 0.025, 1.0))
    side.set_facecolor(PAPER)
    side.pcolormesh(
        np.array([0, 1]),
        np.linspace(0, top or 1.0, 65),
        np.arange(64)[:, None],
        cmap=DARKER,
        edgecolors="face",
        linewidth=0.3,
    )
    for spine in side.spines.values():
        spine.set_visible(False)
    side.grid(False)
    side.minorticks_off()
    side.tick_params(
        which="both", length=0, pad=2, bottom=False, labelbottom=False, left=False, labelleft=False, right=False,
        labelright=True, labelcolor=MUTED, top=False, labeltop=False,
    )  # fmt: skip
    marks(side, "x", (), ())
    middle = (top or 1.0) / 2
    marks(side, "y", (0, middle, top or 1.0), [f"{number(brief(one, 2))}{sign}" for one in (0, middle, top or 1.0)])
    side.set_ylim(0, top or 1.0)
