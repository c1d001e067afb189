"""Progress of long work. A screen that has a progress bar registers it here, and verbs report to it.

A `progress=` argument takes precedence. Without a bar and without an argument nothing is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import ParamSpec, TypeAlias, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
# label -> context that gives the function to report progress to: a fraction, or what a verb counts.
Bar: TypeAlias = Callable[[str], AbstractContextManager[Callable[..., None]]]

bars: list[Bar] = []  # the last one is used


def watched(doing: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes a verb with a `progress` option report to the current bar when that option is not given.

    >>> from contextlib import nullcontext
    >>> @watched("counting")
    ... def count(progress=None):
    ...     return progress and progress(0.5)
    >>> bars.append(lambda doing: nullcontext(lambda fraction: f"{doing}: {fraction:.0%}"))
    >>> count(), count(progress=float)
    ('counting: 50%', 0.5)
    >>> _ = bars.pop()
    >>> count()
    """

    def decorated(verb: Callable[P, R]) -> Callable[P, R]:
        @wraps(verb)
        def with_bar(*args: P.args, **options: P.kwargs) -> R:
            if not bars or options.get("progress") is not None:
                return verb(*args, **options)
            with bars[-1](doing) as progress:
                options["progress"] = progress
                return verb(*args, **options)

        return with_bar

    return decorated
