"""The layout of a figure: a heading and panels, placed so that nothing is cut off or overlaps.

A picture is begun with `sheet`, drawn on, and ended with `done`, which gives it its room: heading above, then panels
with all their letters, then labels at the right edge, pushed apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text

from flowdsl.display.plots.style import FINE, MUTED, PAD, PAPER, RULE, SMALL, TITLE, Picture
from flowdsl.display.plots.text_fitting import fine, look, shortened, wrapped

Colour: TypeAlias = "str | tuple[str, float]"
Dashes: TypeAlias = "str | tuple[float, tuple[float, ...]]"
GAP = 1.8  # points between labels
KEY = (1.012, 1.05)  # from the edge of the panel to the words of a label, as parts of its width


@dataclass
class Label:
    """Words at the right edge, beside what they name: height in the panel's data, colour of the stroke between."""

    panel: Axes
    at: float
    words: str
    colour: Colour
    thick: float
    text: Text
    stroke: Line2D


@dataclass
class Sheet:
    """A picture under way."""

    picture: Picture
    panels: list[Axes]
    top: float  # where the heading ends, from 0 at the foot to 1
    labels: list[Label] = field(default_factory=list)

    def label(
        self, panel: Axes, at: float, words: str, colour: Colour, thick: float = 2.0, dashes: Dashes = "-"
    ) -> None:
        """Names what ends at a height of the panel's right edge; the words may have several lines."""
        side = panel.get_yaxis_transform()
        text = panel.text(KEY[1] + 0.01, at, words, transform=side, va="center", ha="left", **fine())
        text.set_linespacing(1.15)
        stroke = panel.plot(KEY, (at, at), transform=side, color=colour, lw=thick, ls=dashes, clip_on=False)[0]
        stroke.set_solid_capstyle("butt")
        stroke.set_in_layout(False)
        self.labels.append(Label(panel, at, words, colour, thick, text, stroke))

    def done(self, alt: str) -> Picture:
        """The picture, laid out."""
        self.picture.alt = alt
        width, height = self.picture.get_size_inches()
        room = (PAD / width, PAD / height, 1 - PAD / width, self.top)
        for _ in range(2):  # texts below the tick labels can be placed only after these
            self.picture.tight_layout(rect=room, pad=0, h_pad=1.0, w_pad=1.2)
        for panel in dict.fromkeys(one.panel for one in self.labels):
            _push_apart(self.picture, panel, [one for one in self.labels if one.panel is panel])
        return self.picture


def sheet(
    title: str, note: str = "", size: tuple[float, float] = SMALL, rows: int = 1, columns: int = 1, **options: Any
) -> Sheet:
    """Begins a picture with a heading: a title, and a note that says how to read it."""
    picture = Picture(size)
    width, height = size
    widest = width - 2 * PAD
    left, y = PAD / width, 1 - PAD / height
    heading = wrapped(title, widest, TITLE, "bold", 2), look(TITLE, weight="bold")
    for words, style in (heading, (wrapped(note, widest, FINE), fine())):
        if words:
            text = picture.text(left, y, words, va="top", ha="left", linespacing=1.2, **style)
            foot = text.get_window_extent(picture.renderer).y0
            y = picture.transFigure.inverted().transform((0, foot))[1] - 0.03 / height
    panels = picture.subplots(rows, columns, squeeze=False, **options)
    every = [panel for row in panels for panel in row]
    for panel in every:
        _plain(panel)
    return Sheet(picture, every, y - 0.07 / height)


def _plain(panel: Axes) -> None:
    """An empty panel: one line below, with FlowDSL's fonts and marks, independent of matplotlib's settings."""
    panel.set_facecolor(PAPER)
    panel.set_prop_cycle(color=["#000000"])
    panel.grid(False, which="both")
    for side, spine in panel.spines.items():
        spine.set(visible=side == "bottom", color=RULE, linewidth=0.8)
    panel.tick_params(
        which="both", axis="both", length=0, width=0.8, pad=2.5, color=RULE, labelcolor=MUTED, direction="out",
        bottom=True, top=False, left=True, right=False, labelbottom=True, labeltop=False, labelleft=True,
        labelright=False,
    )  # fmt: skip
    panel.minorticks_off()
    panel.margins(0)
    panel.set_axisbelow(True)


def axis_words(panel: Axes, words: str) -> None:
    """What the heights of a panel are, said above its axis rather than along it."""
    wide = panel.get_position().width * panel.figure.figure.get_size_inches()[0]
    panel.set_title(shortened(words, wide), loc="left", pad=3, y=1.0, **fine())


def marks(
    panel: Axes, axis: str, places: Iterable[float], words: Iterable[str], colour: str = MUTED, **more: Any
) -> None:
    """The marks of an axis, and what stands at them."""
    one = panel.xaxis if axis == "x" else panel.yaxis
    one.set_ticks(list(places), labels=list(words), **{**fine(colour), **more})


def lines_across(panel: Axes) -> None:
    """Fine lines at the marks of heights, behind everything."""
    panel.grid(True, axis="y", color=RULE, linewidth=0.5, linestyle="-", alpha=1.0, zorder=0)


def _push_apart(picture: Picture, panel: Axes, labels: Sequence[Label]) -> None:
    """Moves labels of a panel so that none covers another, as near as may be to what they name."""
    boxes = [one.text.get_window_extent(picture.renderer) for one in labels]
    frame = panel.get_window_extent(picture.renderer)
    wanted = [panel.transData.transform((0, one.at))[1] for one in labels]
    places = apart(
        wanted, [box.height + GAP * picture.dpi / 72 for box in boxes], frame.y0, max(frame.y1, frame.y0 + 1)
    )
    back = panel.transData.inverted()
    for one, place in zip(labels, places, strict=True):
        height = back.transform((0, place))[1]
        one.text.set_y(height)
        one.stroke.set_ydata((height, height))


def apart(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Centres as near as may be to those that are wanted, in their order, so that nothing overlaps or leaves the room.

    What has more height than there is goes on above it.

    >>> apart([5, 5, 20], [4, 4, 4], 0, 30)
    [3.0, 7.0, 20.0]
    """
    order = np.argsort(np.asarray(wanted, dtype=float), kind="stable")
    groups: list[list[float]] = []  # wanted middle, size, and how many, of labels that touch
    members: list[list[int]] = []
    for at in order:
        groups.append([_within(float(wanted[at]), sizes[at], low, high), float(sizes[at])])
        members.append([int(at)])
        while len(groups) > 1 and groups[-2][0] + groups[-2][1] / 2 > groups[-1][0] - groups[-1][1] / 2:
            (upper, more), (lower, less) = groups.pop(), groups.pop()
            middle = (upper * more + lower * less) / (more + less)
            groups.append([_within(middle, more + less, low, high), more + less])
            above = members.pop()
            members[-1].extend(above)
    places = [0.0] * len(wanted)
    for (middle, size), ids in zip(groups, members, strict=True):
        foot = middle - size / 2
        for at in ids:
            places[at] = foot + sizes[at] / 2
            foot += sizes[at]
    return places


def _within(middle: float, size: float, low: float, high: float) -> float:
    return max(min(middle, high - size / 2), low + size / 2)
