"""A Zoom shows a large diagram on the whole screen, at any size.

ipywidgets has nothing that can be dragged, so this one brings its own script (zoom.js), through anywidget: it needs no
build, no network and no extension of its own.
"""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

from flowdsl.display.diagram import Diagram
from flowdsl.notebook.widgets.pictures import Pair, with_static

HERE = Path(__file__).parent


class Zoom(anywidget.AnyWidget):
    """A picture with buttons and keys for nearer, farther, fit and full screen."""

    _esm = HERE / "zoom.js"
    _css = HERE / "zoom.css"
    svg = traitlets.Unicode().tag(sync=True)

    def __init__(self, diagram: Diagram) -> None:
        super().__init__(svg=diagram.svg())
        self.diagram = diagram

    def _repr_mimebundle_(self, **options: dict[str, str]) -> Pair | None:  # as anywidget has it
        made = super()._repr_mimebundle_(**options)
        return with_static(made, self.diagram._repr_html_(), str(self.diagram))
