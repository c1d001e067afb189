"""Who watches long work: a screen that has a bar puts it here, and verbs tell it how far they are.

What is given as `progress=` comes first; without either nobody is told.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import ParamSpec, TypeAlias, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
# What is being done -> while it lasts, what is told of its progress: a fraction, or what a verb counts.
Bar: TypeAlias = Callable[[str], AbstractContextManager[Callable[..., None]]]

bars: list[Bar] = []  # the last one is told


def watched(doing: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes a verb with an option `progress` tell the bar of the screen where that option is not given.

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
        def telling(*given: P.args, **options: P.kwargs) -> R:
            if not bars or options.get("progress") is not None:
                return verb(*given, **options)
            with bars[-1](doing) as progress:
                options["progress"] = progress
                return verb(*given, **options)

        return telling

    return decorated
