"""What people look at: Results go in; stories, pictures and HTML come out. Importing this room teaches them to Results.

`story`, `plot` and `html` are hooks of lower floors; filling them from here keeps imports one-way. What Forecasts and
what is made of them show is filled in by `flowdsl.show.forecasts`, which the verbs that make them import.

story sentences    one contact's life             preview    one message for one contact
results forecasts  what each result shows         plots      pictures, the only door of matplotlib
report             everything on one page         html       its pieces
fitted             fits and back-tests
"""

from __future__ import annotations

from typing import Any

from flowdsl.show.story import story
from flowdsl.sim.results import Results

__all__ = ["story"]


def _plot(results: Results, kind: str = "sends", **options: Any) -> Any:
    from flowdsl.show.results import plot

    return plot(results, kind, **options)


def _html(results: Results) -> str:
    from flowdsl.show.results import html

    return html(results)


Results.renderers.update(story=story, plot=_plot, html=_html)
