"""The funnel: how many runs came how far; a bar a step, indented below the choice that it is in."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from flowdsl.display.plots.blank import blank
from flowdsl.display.plots.figure_layout import marks, sheet
from flowdsl.display.plots.scales import number
from flowdsl.display.plots.style import BLUE, EMPTY, FINE, INK, MUTED, SMALL, Picture
from flowdsl.display.plots.text_fitting import TextLook, look, shortened, width

LINE = 0.2  # inches of a row
HEAD = 0.6  # inches of the heading
INDENT = 0.09  # inches of a choice
WIDEST = 0.45  # part of a picture's width that names of steps may have
MOST = 40  # rows
ENTERED = "entered"


class Row(NamedTuple):
    """A bar: how it is called and how deep it stands, how many runs there were and what part, whether it is no step."""

    name: str
    depth: int
    reached: int
    share: float
    is_arm: bool
    is_first: bool


def funnel(steps: pd.DataFrame, *, title: str = "", size: tuple[float, float] | None = None) -> Picture:
    """Draws the runs that reached each step, as bars with their number and their share of those that entered.

    steps  the table of a Funnel: flow step arm depth reached share…; each flow begins with the runs that entered it
    size   inches; unless it is said the picture is as high as it has rows. After forty rows it ends, and says so

    >>> rows = pd.DataFrame({"flow": "Hello", "step": ["start", "send chat"], "arm": "", "depth": 0,
    ...                      "reached": [80, 60], "share": [100.0, 75.0]})
    >>> funnel(rows).alt
    'Funnel of Hello: entered 80; send chat 60 (75%).'
    """
    if steps.empty:
        return blank(title or "Funnel", "there are no flows")
    flows = list(dict.fromkeys(str(name) for name in steps["flow"]))
    rows = [row for flow in flows for row in _rows(steps[steps["flow"] == flow], flow, len(flows) > 1)]
    shown, left_out = rows[:MOST], max(0, len(rows) - MOST)
    sized = size or (SMALL[0], HEAD + LINE * max(len(shown), 2))
    note = "runs that reached each step, and their share of those that entered"
    drawn = sheet(
        title or (f"Funnel: {flows[0]}" if len(flows) == 1 else "Funnel"),
        note + (f"; {left_out} more steps are not shown" if left_out else ""),
        sized,
    )
    panel = drawn.panels[0]
    _bars(panel, shown)
    _names(panel, shown, sized[0] * WIDEST)
    return drawn.done(_alt(rows, flows))


def _rows(steps: pd.DataFrame, flow: str, is_one_of_many: bool) -> list[Row]:
    """The bars of a flow: those that entered it, then its steps and arms; its end only if somebody came there."""
    found = []
    columns = [steps[name].to_list() for name in ("step", "arm", "depth", "reached", "share")]
    for at, (step, arm, depth, reached, share) in enumerate(zip(*columns, strict=True)):
        first = flow if is_one_of_many else ENTERED
        name = first if at == 0 else arm or step
        if step != "end" or reached:
            found.append(Row(name, depth + (at > 0 and is_one_of_many), reached, share, bool(arm), at == 0))
    return found


def _bars(panel: Axes, rows: list[Row]) -> None:
    for at, row in enumerate(rows):
        panel.barh(at, 100, height=0.66, color=EMPTY, linewidth=0)
        panel.barh(
            at, row.share, height=0.66, color=BLUE, linewidth=0, alpha=0.45 if row.is_arm else 1.0, label=row.name
        )
        _beside(panel, at, f"{row.reached:,}", 6, "right", rows, INK)
        if not row.is_first:
            _beside(panel, at, percent(row.share), 0, "right", rows, MUTED)
    panel.set_ylim(len(rows) - 0.5, -0.5)
    panel.set_xlim(0, 100)
    panel.spines["bottom"].set_visible(False)
    marks(panel, "x", (), ())


def _beside(panel: Axes, at: int, words: str, gap: float, side: str, rows: list[Row], colour: str) -> None:
    """Numbers right of the bars, in two columns."""
    counts = max((width(f"{row.reached:,}", FINE) for row in rows), default=0.0) * 72
    shares = width("100%", FINE) * 72
    across = gap + counts if gap else 12 + counts + shares
    panel.annotate(
        words, (1, at), xycoords=panel.get_yaxis_transform(), xytext=(across, 0), textcoords="offset points",
        ha=side, va="center_baseline", annotation_clip=False, **look(FINE, colour),
    )  # fmt: skip


def _names(panel: Axes, rows: list[Row], widest: float) -> None:
    """What each bar is, left of it, indented as deep as it stands."""
    marks(panel, "y", (), ())
    names = [shortened(row.name, widest - INDENT * row.depth, FINE) for row in rows]
    room = max((width(name, FINE) + INDENT * row.depth for name, row in zip(names, rows, strict=True)), default=0.0)
    for at, (name, row) in enumerate(zip(names, rows, strict=True)):
        style: TextLook = look(FINE, MUTED if row.is_arm else INK)
        panel.annotate(
            name, (0, at), xycoords=panel.get_yaxis_transform(), xytext=(-72 * (room - INDENT * row.depth) - 4, 0),
            textcoords="offset points", ha="left", va="center_baseline", annotation_clip=False, **style,
        )  # fmt: skip


def percent(share: float) -> str:
    """A share, in percent, in two or three digits.

    >>> percent(75.0), percent(0.04), percent(0), percent(33.333)
    ('75%', '<0.1%', '0%', '33%')
    """
    if 0 < share < 0.1:
        return "<0.1%"
    return f"{number(round(share, 1 if share < 10 else 0))}%"


def _alt(rows: list[Row], flows: list[str]) -> str:
    description: list[str] = []
    for row in rows:
        share = "" if row.is_first else f" ({percent(row.share)})"
        description.append(f"{'; ' if description else ''}{row.name} {row.reached:,}{share}")
    return f"Funnel of {', '.join(flows)}: {''.join(description)}."
