"""Plots: tidy tables as matplotlib Figures in one style. Only this package imports matplotlib.

style     colours, sizes, the Picture        sheet    heading, panels, labels, room for all
letters   fonts, wrapping, shortening        scales   round numbers and dates
groups    parts of a table                   bands    a line with its intervals, in panels
fan stack funnel heat difference sweep backtest estimates blank    a room a kind of picture

Each function takes the columns that its docstring names, and gives a Picture: a Figure with a description in words
(`alt`), shown by notebooks as it is. Nothing touches pyplot or rcParams, and what they are set to changes nothing.
"""

from __future__ import annotations

from flowdsl.display.plots.backtest import backtest
from flowdsl.display.plots.blank import blank
from flowdsl.display.plots.difference import difference
from flowdsl.display.plots.estimates import estimates
from flowdsl.display.plots.fan import fan
from flowdsl.display.plots.funnel import funnel
from flowdsl.display.plots.heat import cohorts, hours
from flowdsl.display.plots.stack import stacked
from flowdsl.display.plots.style import SMALL, WIDE, Picture
from flowdsl.display.plots.sweep import sweep

__all__ = [
    "SMALL",
    "WIDE",
    "Picture",
    "backtest",
    "blank",
    "cohorts",
    "difference",
    "estimates",
    "fan",
    "funnel",
    "hours",
    "stacked",
    "sweep",
]
