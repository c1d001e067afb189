"""What only a screen can show: its name goes in; what the screen makes of it comes out.

Results, forecasts and diagrams name what they can be shown as; a screen that can do it puts it here when it is loaded,
so that no lower floor knows a screen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowdsl.errors import Diagnostic, RunError
from flowdsl.faults.run import RUNS

offers: dict[str, Callable[..., Any]] = {}  # by name: what is made of a thing and what is asked of it


def ask(name: str, *about: object, **options: object) -> Any:
    """What the screen makes of something. Raises RunError where no screen is loaded that can.

    >>> offers["greeting"] = lambda whom: f"hello {whom}"
    >>> ask("greeting", "you")
    'hello you'
    >>> _ = offers.pop("greeting")
    """
    if name not in offers:
        raise RunError([_no_screen(name)])
    return offers[name](*about, **options)


def _no_screen(name: str) -> Diagnostic:
    known = RUNS["E759"]
    return Diagnostic("E759", f"`{name}` needs a notebook", words=name, reason=known.why, example=known.right)
