"""Futures shows a forecast by the groups and intervals that its user chooses."""

from __future__ import annotations

from dataclasses import replace

import ipywidgets

from flowdsl.display.html import table
from flowdsl.forecasting import Forecast
from flowdsl.notebook.widgets.pictures import Mimes, Names, with_static

GROUPS = {
    "all together": (), "channel": ("channel",), "flow": ("flow",), "message": ("message",),
    "channel, flow, message": ("channel", "flow", "message"),
}  # fmt: skip
NAMES = {"pi_low": "prediction from", "pi_high": "prediction to", "ci_low": "mean from", "ci_high": "mean to"}
LEVELS = (0.5, 0.8, 0.9, 0.95)
SHOWN = 14  # rows of the table


class Futures(ipywidgets.VBox):  # type: ignore[misc]
    """Chooses the groups of a forecast, its periods, and the kind and level of its intervals.

    `chosen` is the Forecast as it is shown: the same replications, grouped anew.
    """

    def __init__(self, forecast: Forecast) -> None:
        self.forecast = forecast
        levels = [level for level in LEVELS if is_enough(forecast.replications, level)] or [forecast.level]
        level = forecast.level if forecast.level in levels else levels[-1]
        self.group = ipywidgets.Dropdown(options=list(GROUPS), description="by")
        self.every = ipywidgets.Dropdown(options=["hour", "day", "week"], value=forecast.every, description="per")
        self.interval = ipywidgets.Dropdown(options=["prediction", "mean"], description="in the table")
        self.level = ipywidgets.Dropdown(
            options=[(f"{one:.0%}", one) for one in levels], value=level, description="level"
        )
        self.picture, self.table = ipywidgets.HTML(), ipywidgets.HTML()
        chosen = (self.group, self.every, self.interval, self.level)
        head = ipywidgets.HBox(chosen, layout=ipywidgets.Layout(flex_flow="row wrap"))
        super().__init__([head, self.picture, self.table])
        self.add_class("flowdsl-futures")
        for one in chosen:
            one.observe(lambda change: self._show(), "value")
        self._show()

    @property
    def chosen(self) -> Forecast:
        """The forecast as it is shown."""
        return replace(self.forecast.regroup(GROUPS[self.group.value], self.every.value), level=self.level.value)

    def _show(self) -> None:
        chosen = self.chosen
        hidden = ["ci_low", "ci_high"] if self.interval.value == "prediction" else ["pi_low", "pi_high"]
        self.picture.value = chosen.plot().img()
        self.table.value = table(chosen.totals().drop(columns=hidden), SHOWN, NAMES, "In all")

    def _repr_mimebundle_(self, include: Names = None, exclude: Names = None) -> Mimes:
        made: Mimes = super()._repr_mimebundle_(include=include, exclude=exclude)
        return with_static(made, self.picture.value + self.table.value, str(self.chosen))


def is_enough(replications: int, level: float) -> bool:
    """Whether order statistics of this many replications make an interval so wide: the outermost lie 2 / (n + 1) apart.

    >>> is_enough(9, 0.8), is_enough(9, 0.9), is_enough(99, 0.95)
    (True, False, True)
    """
    return replications == 0 or 2 / (replications + 1) <= 1 - level + 1e-9
