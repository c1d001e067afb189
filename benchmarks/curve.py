"""Growth as a picture: sizes and costs go in; a PNG file in the house style comes out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flowdsl.display.plots.figure_layout import lines_across, marks, sheet
from flowdsl.display.plots.style import BLUE, WIDE

MARKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def draw(contacts: Mapping[int, float], flows: Mapping[int, float], path: Path) -> Path:
    """Draws µs a contact by contacts, and µs a contact and flow by flows; both axes in powers."""
    drawn = sheet(
        "Cost grows with contacts, and with flows a little faster",
        "CPU time of counting, compiled engine, packed tables; a level line is linear growth",
        WIDE,
        columns=2,
        sharey=True,
    )
    sides = (("µs a contact, by contacts", contacts), ("µs a contact and flow, by flows of one program", flows))
    every = [*contacts.values(), *flows.values()]
    heights = [mark for mark in MARKS if min(every) / 2 <= mark <= max(every) * 2]
    for panel, (words, costs) in zip(drawn.panels, sides, strict=True):
        panel.set(xscale="log", yscale="log", ylim=(heights[0], heights[-1]))
        panel.plot(list(costs), list(costs.values()), color=BLUE, lw=1.6, marker="o", ms=4, clip_on=False)
        panel.minorticks_off()
        marks(panel, "x", costs, [f"{size:,}" for size in costs])
        marks(panel, "y", heights, [f"{mark:g}" for mark in heights])
        lines_across(panel)
        panel.margins(x=0.06)
        panel.set_title(words, loc="left", fontsize=7, pad=4)
    told = "; ".join(
        f"{words}: {', '.join(f'{size:,} {cost:.2g}' for size, cost in costs.items())}" for words, costs in sides
    )
    path.write_bytes(drawn.done(f"Cost of counting. {told}.").png())
    return path
