"""What is left of widgets in a notebook without its kernel: HTML and text go in; what a notebook is told comes out."""

from __future__ import annotations

from typing import Any


def with_static(made: Any, html: str, text: str) -> Any:
    """What a widget says of itself to a notebook, with what is left of it where there is no kernel."""
    bundle = made[0] if isinstance(made, tuple) else made
    if bundle is not None:
        bundle |= {"text/html": html, "text/plain": text}
    return made
