"""Plots: tidy tables as matplotlib Figures in one style. Only this package imports matplotlib.

style         colours, sizes, the Picture      figure_layout  heading, panels and labels
text_fitting  fonts, wrapping and shortening   scales         ticks for numbers and dates
groups        groups of a table                bands          lines with intervals, in panels
flows         diagrams of flows as PNG

Each other module draws one kind of plot. Its function takes a table with the columns that its docstring names, and
returns a Picture: a Figure with a description in words (`alt`), which notebooks show. No plot uses or changes the state
of pyplot or rcParams.
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
