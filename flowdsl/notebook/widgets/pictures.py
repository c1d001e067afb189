"""What a saved notebook shows in place of a widget when there is no kernel: HTML and text."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from flowdsl.diagnostics.render import Json

Names: TypeAlias = Collection[str] | None  # of MIME types
Pair: TypeAlias = "tuple[dict[str, Json], dict[str, Json]]"  # data by MIME type, and what else is known of it
Mimes: TypeAlias = "dict[str, Json] | Pair | None"
M = TypeVar("M", bound=Mimes)


def with_static(made: M, html: str, text: str) -> M:
    """The MIME bundle of a widget, with the static HTML and text that a notebook without a kernel shows."""
    bundle = made[0] if isinstance(made, tuple) else made
    if bundle is not None:
        bundle |= {"text/html": html, "text/plain": text}
    return made
