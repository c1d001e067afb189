"""An empty plot: a heading, and the reason why there is nothing to draw."""

from __future__ import annotations

from flowdsl.display.plots.figure_layout import marks, sheet
from flowdsl.display.plots.style import RULE, SMALL, Picture
from flowdsl.display.plots.text_fitting import fine, shortened


def blank(title: str, words: str, size: tuple[float, float] | None = None) -> Picture:
    """A picture of nothing, that says so.

    >>> blank("Messages", "nothing was sent").alt
    'Messages: nothing was sent.'
    """
    drawn = sheet(title, "", size or (SMALL[0], 1.2))
    panel = drawn.panels[0]
    marks(panel, "x", (), ())
    marks(panel, "y", (), ())
    panel.spines["bottom"].set_color(RULE)
    panel.set(xlim=(0, 1), ylim=(0, 1))
    panel.text(0.5, 0.5, shortened(words, drawn.picture.get_size_inches()[0] * 0.9), ha="center", va="center", **fine())
    return drawn.done(f"{title}: {words}.")
