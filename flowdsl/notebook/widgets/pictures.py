"""What widgets show besides themselves: pictures go in, HTML comes out, also for a notebook without its kernel."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from io import BytesIO
from typing import Any


def image(picture: Any, alt: str) -> str:
    """A picture of matplotlib as an image that stands in the page itself."""
    found = BytesIO()
    picture.savefig(found, format="png")
    data = b64encode(found.getvalue()).decode("ascii")
    return f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}" style="max-width: 100%">'


def with_static(made: Any, html: str, text: str) -> Any:
    """What a widget says of itself to a notebook, with what is left of it where there is no kernel."""
    bundle = made[0] if isinstance(made, tuple) else made
    if bundle is not None:
        bundle |= {"text/html": html, "text/plain": text}
    return made
