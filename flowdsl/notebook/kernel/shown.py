"""Makes outputs for Jupyter, by MIME type, from results, pictures, tables and texts."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from flowdsl.diagnostics.render import Json
    from flowdsl.forecasting import Forecast
    from flowdsl.hooks import Diagram, Picture
    from flowdsl.results.results import Results
    from flowdsl.syntax.ast import Program

Bundle: TypeAlias = "Mapping[str, Json]"  # MIME type -> data


def shown(value: Program | Results | Forecast | Diagram | Picture, text: str = "") -> Bundle:
    """A value that has its own notebook output; `text` for front ends without HTML."""
    if hasattr(value, "_repr_mimebundle_"):
        return dict(value._repr_mimebundle_())
    html = value._repr_html_() if hasattr(value, "_repr_html_") else None
    return {"text/plain": text or str(value), **({"text/html": html} if html else {})}


def plain_text(text: str) -> Bundle:
    """A plain text, with its columns."""
    return {"text/plain": text}


def remark(text: str) -> Bundle:
    """A short remark."""
    return {"text/plain": text, "text/html": f'<small style="opacity: 0.75">{escape(text, quote=False)}</small>'}


def markdown(text: str, plain: str = "") -> Bundle:
    """A text in Markdown."""
    return {"text/plain": plain or text, "text/markdown": text}
