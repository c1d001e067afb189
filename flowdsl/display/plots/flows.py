"""Draws a diagram as PNG. The same boxes, ways and words as in SVG, without a browser."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.path import Path

from flowdsl.display.drawing.shapes import LETTER, LINE, PAD, Box, Count, Edge, Frame, Item, Tag
from flowdsl.display.drawing.svg import FAINT, INK, LINES, LOOKS, MARGIN, PALE, PAPER, toward

DPI = 100.0
TWICE = 2.0  # as many pixels each way, for screens that have them
FAMILY = "DejaVu Sans"  # which comes with matplotlib, so that a picture is the same everywhere


def png(items: Sequence[Item], width: float, height: float) -> bytes:
    """The picture on white, twice as large as its pixels."""
    size = (width + 2 * MARGIN) / DPI, (height + 2 * MARGIN) / DPI
    figure = Figure(figsize=size, dpi=DPI * TWICE, facecolor=PAPER)
    FigureCanvasAgg(figure)
    panel = figure.add_axes((0, 0, 1, 1))
    panel.set_axis_off()
    panel.set_xlim(-MARGIN, width + MARGIN)
    panel.set_ylim(height + MARGIN, -MARGIN)
    for kind in (Frame, Edge, Box, Tag, Count):
        for item in items:
            if isinstance(item, kind):
                _draw(panel, item)
    found = BytesIO()
    figure.savefig(found, format="png", dpi=DPI * TWICE, facecolor=PAPER, metadata={"Software": ""})
    return found.getvalue()


def _draw(panel: Axes, item: Item) -> None:
    match item:
        case Box():
            _box(panel, item)
        case Edge():
            _way(panel, item)
        case Tag():
            _tag(panel, f"{item.text}  {item.count}" if item.count else item.text, item.x, item.y - 1)
        case Count():
            _words(panel, item.text, item.x + 7, item.y, 10.5, FAINT, "left")
        case Frame():
            _round(panel, item.x, item.y, item.width, item.height, 8, "none", LINES, ":")
            width = len(item.text) * LETTER + 12
            _tag(panel, item.text, item.x + 8 + width / 2, item.y + 14)


def _round(
    panel: Axes, x: float, y: float, width: float, height: float, radius: float, fill: str, edge: str, dashes: str = "-"
) -> None:
    style = f"round,pad=0,rounding_size={min(radius, height / 2)}"
    points = 72 / DPI
    panel.add_patch(
        FancyBboxPatch((x, y), width, height, boxstyle=style, facecolor=fill, edgecolor=edge, lw=points, ls=dashes)
    )


def _words(
    panel: Axes, words: str, x: float, y: float, pixels: float, colour: str, align: str = "center", bold: bool = False
) -> None:
    text = panel.text(x, y, words, ha=align, va="center", color=colour, fontfamily=FAMILY, parse_math=False)
    text.set_fontsize(pixels * 72 / DPI * 0.93)  # DejaVu is wider than the letters that boxes are made for
    text.set_fontweight("bold" if bold else "normal")


def _box(panel: Axes, one: Box) -> None:
    fill, edge, radius = LOOKS[one.kind]
    is_head = one.kind in ("flow", "paused")
    ink = "#ffffff" if is_head else INK
    _round(
        panel, one.x, one.y, one.width, one.height, radius, fill, edge, "--" if one.kind in ("paused", "jump") else "-"
    )
    is_list = one.kind == "rules"
    x = one.x + PAD if is_list else one.x + one.width / 2
    first = one.y + (one.height - (len(one.lines) + bool(one.counts)) * LINE) / 2 + LINE / 2
    for number, words in enumerate(one.lines):
        inset = 8 if words.startswith("  ") else 0
        _words(
            panel, words.strip(), x + inset, first + number * LINE, 12, ink, "left" if is_list else "center", is_head
        )
    if one.counts:
        _words(panel, one.counts, one.x + one.width / 2, first + len(one.lines) * LINE, 10.5, ink, bold=True)


def _tag(panel: Axes, words: str, x: float, y: float) -> None:
    width = len(words) * LETTER + 12
    _round(panel, x - width / 2, y - 9, width, 18, 9, PALE, "#d1d9e0")
    _words(panel, words, x, y, 11, INK)


def _way(panel: Axes, one: Edge) -> None:
    points = list(one.points)
    codes, vertices = [Path.MOVETO], [points[0]]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        vertices += [toward(at, before), at, toward(at, after)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    path = Path([*vertices, points[-1]], [*codes, Path.LINETO])
    dashes = "--" if one.is_dashed else "-"
    panel.add_patch(PathPatch(path, facecolor="none", edgecolor=LINES, lw=1.5 * 72 / DPI, ls=dashes, capstyle="round"))
    if one.has_arrow:
        (x, y), (bx, by) = points[-1], toward(points[-1], points[-2])
        arrow = FancyArrowPatch(
            (bx, by), (x, y), arrowstyle="-|>", mutation_scale=11, color=LINES, shrinkA=0, shrinkB=0
        )
        arrow.set_linewidth(0)
        panel.add_patch(arrow)
