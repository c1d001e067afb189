"""An Explorer has a slider for each number of a program, and a picture that follows.

Sliders stand for waits, shares, rates and params; diagram, fan chart and headline numbers are those of the program as
it is turned, from few replications, all under the same chance. One variant can be kept, and the other compared with it.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Unpack

import ipywidgets

import flowdsl
from flowdsl.api.sliders import Slider, Value
from flowdsl.api.variants import bench
from flowdsl.diagnostics.diagnostic import FlowError
from flowdsl.forecasting import Forecast
from flowdsl.notebook.widgets.copy import Copy
from flowdsl.notebook.widgets.pictures import Mimes, Names, with_static

if TYPE_CHECKING:
    from flowdsl.api.keywords import ExploreKeywords
    from flowdsl.compiler.scenario_builder import Scenario
    from flowdsl.forecasting.compare import Comparison
    from flowdsl.plan.plan import World
    from flowdsl.syntax import ast
    from flowdsl.tables import Table

REPLICATIONS = 9  # the fewest of which order statistics make an interval of 80%


class Explorer(ipywidgets.VBox):  # type: ignore[misc]
    """Sliders for what can be turned in a program, and what comes of it.

    `set(name, value)` turns one from Python, `values` are those that are turned, `text` is the program as it stands,
    `forecast` and `results` what it gives; `keep()` keeps the variant as A, with which `comparison` compares the
    present one; `reset()` turns everything back.
    """

    def __init__(
        self,
        program: ast.Program | str,
        contacts: Table,
        scenario: str | World | Scenario | ast.Program | None = None,
        **options: Unpack[ExploreKeywords],
    ) -> None:
        self._bench = bench(program, contacts, scenario, **options)
        self._of = {one.name: one.slider for one in self._bench.parameters if one.slider}
        self.sliders = {name: _widget(slider) for name, slider in self._of.items()}
        self.kept: tuple[dict[str, Value], Forecast] | None = None
        self.headline, self.diagnostic = ipywidgets.HTML(), ipywidgets.HTML()
        self.fan, self.diagram, self.compared = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        self.copy = Copy()
        self._is_turning = False
        self._follow()
        left = ipywidgets.VBox([self._buttons(), *self._groups()], layout=_flex("0 0 340px"))
        shown = [self.diagnostic, self.headline, self.fan, self.compared, self.diagram]
        right = ipywidgets.VBox(shown, layout=_flex("1 1 0"))
        super().__init__([ipywidgets.HBox([left, right])])
        self.add_class("flowdsl-explore")
        for slider in self.sliders.values():
            slider.observe(lambda change: self._follow(), "value")

    # --- turning ------------------------------------------------------------------------------------------------------

    @property
    def values(self) -> dict[str, Value]:
        """What is turned away from where it stood, by name."""
        return {name: one.value for name, one in self.sliders.items() if one.value != self._of[name].value}

    def set(self, name: str, value: Value) -> None:
        """Turns a slider. Raises KeyError when there is none of that name."""
        self.sliders[name].value = value

    def reset(self) -> None:
        """Turns everything back to where it stood."""
        self._is_turning = True
        for name, slider in self._of.items():
            self.sliders[name].value = slider.value
        self._is_turning = False
        self._follow()

    @property
    def text(self) -> str:
        """The program as it is turned, in FlowDSL."""
        return flowdsl.format(self._bench.variant(self.values))

    def keep(self) -> None:
        """Keeps the variant as A: what is turned from now on is compared with it."""
        self.kept = self.values, self.forecast
        self._show()

    @property
    def comparison(self) -> Comparison | None:
        """How the present variant differs from the one that was kept; None before one was."""
        return None if self.kept is None else self._bench.compared(self.kept, (self.values, self.forecast))

    # --- showing ------------------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Forecasts the program as it is turned; a diagnostic is shown where the numbers would stand."""
        if self._is_turning:
            return
        try:
            self.forecast = self._bench.forecast(self.values, REPLICATIONS)
            self.results = self._bench.simulate(self.values)
        except FlowError as error:
            self.diagnostic.value = f'<p style="color: #cf222e">{escape(error.diagnostics[0].message)}</p>'
            return
        self.diagnostic.value = ""
        self._show()

    def _show(self) -> None:
        self.copy.text = self.text
        self.headline.value = _headline(self.forecast)
        if self.kept is None:
            self.fan.value, self.compared.value = _fan(self.forecast, "now"), ""
        else:
            side = "".join(
                f'<div style="flex: 1 1 420px">{one}</div>' for one in self._both()
            )  # small ones cannot be read
            self.fan.value = f'<div style="display: flex; flex-wrap: wrap; gap: 12px">{side}</div>'
            self.compared.value = _difference(self._bench.compared(self.kept, (self.values, self.forecast)))
        self.diagram.value = self.results.diagram()._repr_html_()

    def _both(self) -> tuple[str, str]:
        """The two variants side by side, drawn to one scale."""
        assert self.kept is not None
        highest = max(float(one.regroup(by=()).to_frame()["pi_high"].max()) for one in (self.kept[1], self.forecast))
        return _fan(self.kept[1], "A, kept", highest), _fan(self.forecast, "now", highest)

    def _buttons(self) -> ipywidgets.HBox:
        made: dict[str, Callable[[], None]] = {"reset": self.reset, "keep as A": self.keep}
        buttons = [ipywidgets.Button(description=name, layout=ipywidgets.Layout(width="auto")) for name in made]
        for button in buttons:
            button.on_click(lambda clicked: made[clicked.description]())
        self.buttons = {button.description: button for button in buttons}
        return ipywidgets.HBox([*buttons, self.copy], layout=ipywidgets.Layout(align_items="center"))

    def _groups(self) -> list[ipywidgets.Widget]:
        """The sliders, under the flow or scenario that they are in."""
        found: list[ipywidgets.Widget] = []
        place = ""
        for one in self._bench.parameters:
            if one.slider is None:
                continue
            if one.place != place:
                place = one.place
                found.append(ipywidgets.HTML(f'<b style="display: block; margin-top: 8px">{escape(place)}</b>'))
            unit = f" ({one.slider.unit})" if one.slider.unit else ""
            found += [ipywidgets.HTML(escape(f"{one.name}{unit}")), self.sliders[one.name]]
        return found or [ipywidgets.HTML("There is no number in this program that could be turned.")]

    def _repr_mimebundle_(self, include: Names = None, exclude: Names = None) -> Mimes:
        made: Mimes = super()._repr_mimebundle_(include=include, exclude=exclude)
        shown = (self.headline, self.fan, self.compared, self.diagram)
        return with_static(made, "".join(one.value for one in shown), f"{self.text}\n{self.forecast}")


def _flex(flex: str) -> ipywidgets.Layout:
    return ipywidgets.Layout(flex=flex, min_width="0")


def _widget(of: Slider) -> ipywidgets.FloatSlider | ipywidgets.FloatRangeSlider:
    """A slider as a widget; with two handles if its number is uncertain."""
    look = {
        "min": of.low, "max": of.high, "step": of.step, "description": "", "continuous_update": False,
        "readout_format": ".0f" if float(of.step).is_integer() else ".3g", "layout": ipywidgets.Layout(width="96%"),
    }  # fmt: skip
    if isinstance(of.value, tuple):
        return ipywidgets.FloatRangeSlider(value=of.value, **look)
    return ipywidgets.FloatSlider(value=of.value, **look)


def _headline(forecast: Forecast) -> str:
    from flowdsl.display.html import facts

    every = forecast.regroup(by=()).totals().iloc[0]
    pairs = [
        (f"{every['mean']:,.0f}", "messages expected"),
        (f"{every['pi_low']:,.0f} – {every['pi_high']:,.0f}", "one real future (80%)"),
        (f"{forecast.peak_day.mean:,.0f}", "on the peak day"),
    ]
    return facts(pairs)


def _fan(forecast: Forecast, title: str, highest: float = 0.0) -> str:
    """The fan chart as an image: half as wide where two stand side by side, drawn to the scale of the higher one."""
    picture = forecast.plot(title=title, top=highest, size=(4.4, 2.9) if highest else (7.0, 2.8))
    return str(picture.img())


def _difference(comparison: Comparison) -> str:
    every = comparison.regroup(by=()).totals().iloc[0]
    low, high = every["ci_low"], every["ci_high"]
    return (
        f'<p class="flowdsl-difference"><b>now less A: {every["mean"]:+,.1f} messages</b>, the mean of all futures is'
        f" sure to lie between {low:+,.1f} and {high:+,.1f} (80%)</p>"
    )
