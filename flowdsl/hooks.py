"""Hooks: the ways in which programs and results can be shown, by name. A hook is imported when it is first used.

Lower layers call a hook by its name and so need not import the layer that implements it. Nothing has to be registered:
an object that was pickled in one process can be shown in another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TypeAlias

Option: TypeAlias = "str | float | bool | Sequence[str] | Sequence[float] | None"
"""The value of an option of a picture: one name or several, a number, a size in inches."""


class Picture(Protocol):
    """What `plot` returns: a matplotlib Figure that notebooks show. `alt` describes it in words."""

    alt: str

    def savefig(self, fname: str | PathLike[str], **options: Option) -> None: ...
    def png(self) -> bytes: ...
    def svg(self, name: str = ...) -> str: ...
    def img(self) -> str: ...
    def _repr_html_(self) -> str: ...


class Diagram(Protocol):
    """What `diagram` returns: a picture of flows, also available as text."""

    @property
    def alt(self) -> str: ...
    @property
    def steps(self) -> str: ...
    def svg(self, name: str = ...) -> str: ...
    def to_mermaid(self) -> str: ...
    def save(self, path: str | Path) -> Path: ...
    def zoom(self) -> Widget: ...
    def _repr_html_(self) -> str: ...


class Preview(Protocol):
    """What `preview` returns: one message as a contact receives it."""

    @property
    def channel(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def body(self) -> str: ...
    def _repr_html_(self) -> str: ...


class Widget(Protocol):
    """Something interactive that a notebook shows."""

    def _repr_mimebundle_(self, *given: Any, **options: Any) -> Any: ...


TARGETS = {  # name of a hook -> module:function; the function receives the object to show and the options
    "backtest.html": "flowdsl.display.fitted:html_backtest",
    "backtest.plot": "flowdsl.display.fitted:plot_backtest",
    "rolling.html": "flowdsl.display.fitted:html_rolling",
    "rolling.plot": "flowdsl.display.fitted:plot_rolling",
    "comparison.html": "flowdsl.display.forecasts:html_comparison",
    "comparison.plot": "flowdsl.display.forecasts:plot_comparison",
    "diagram.zoom": "flowdsl.notebook.widgets.zoom:Zoom",
    "error.not_installed": "flowdsl.diagnostics.explain:not_installed",
    "error.notebook": "flowdsl.notebook.diagnostics:lines",
    "fitted.html": "flowdsl.display.fitted:html_fitted",
    "fitted.plot": "flowdsl.display.fitted:plot_fitted",
    "forecast.explore": "flowdsl.notebook.widgets.futures:Futures",
    "forecast.html": "flowdsl.display.forecasts:html",
    "forecast.plot": "flowdsl.display.forecasts:plot",
    "forecast.report": "flowdsl.display.report:report",
    "program.bundle": "flowdsl.api.views:bundle",
    "program.diagram": "flowdsl.api.views:diagram",
    "program.explore": "flowdsl.notebook.widgets.explore:Explorer",
    "program.preview": "flowdsl.display.preview:preview",
    "results.diagram": "flowdsl.display.results:diagram",
    "results.html": "flowdsl.display.results:html",
    "results.play": "flowdsl.notebook.widgets.play:Player",
    "results.plot": "flowdsl.display.results:plot",
    "results.story": "flowdsl.display.story:story",
    "sweep.html": "flowdsl.display.forecasts:html_sweep",
    "sweep.plot": "flowdsl.display.forecasts:plot_sweep",
}


def show(name: str, *about: object, **options: object) -> Any:
    """Calls the hook with this name. Raises RunError when it needs a package that is not installed.

    >>> from flowdsl import parse
    >>> print(show("program.diagram", parse("when member joins program then send chat")).alt)
    flow 1: when member joins program; 1 step
    """
    return target(name)(*about, **options)


def picture(name: str, *about: object, **options: Option) -> Picture:
    """Calls a hook that draws a picture."""
    found: Picture = show(name, *about, **options)
    return found


def html(name: str, about: object) -> str:
    """Calls a hook that makes HTML."""
    return str(show(name, about))


def target(name: str) -> Callable[..., Any]:
    """The function of a hook, imported if necessary. Raises RunError when a package is not installed."""
    module, _, function = TARGETS[name].partition(":")
    try:
        home = import_module(module)
    except ModuleNotFoundError as missing:
        raise target("error.not_installed")(name.partition(".")[2], missing.name or "") from None
    found: Callable[..., Any] = getattr(home, function)
    return found
