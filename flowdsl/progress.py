"""Who watches long work: a screen that has a bar puts it here, and verbs tell it how far they are.

What is given as `progress=` comes first; without either nobody is told.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, TypeVar, cast

Verb = TypeVar("Verb", bound=Callable[..., Any])
Bar = Callable[[str], AbstractContextManager[Any]]  # what is being done -> while it lasts, what is told of its progress

bars: list[Bar] = []  # the last one is told


def watched(doing: str) -> Callable[[Verb], Verb]:
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

    def decorated(verb: Verb) -> Verb:
        @wraps(verb)
        def telling(*given: Any, **options: Any) -> Any:
            if not bars or options.get("progress") is not None:
                return verb(*given, **options)
            with bars[-1](doing) as progress:
                return verb(*given, **{**options, "progress": progress})

        return cast("Verb", telling)

    return decorated
