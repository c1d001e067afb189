"""A bar for long work: fractions of simulated time go in, a bar that moves comes out, and only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

PATIENCE = 1.0  # seconds of work before a bar shows


@contextmanager
def bar(label: str) -> Iterator[Callable[[float], None] | None]:
    """Gives the callback that moves the bar; None where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    shown = Progress(console=Console(stderr=True), transient=True)
    task = shown.add_task(label, total=1.0)
    began = monotonic()

    def move(fraction: float) -> None:
        if monotonic() - began > PATIENCE:
            shown.start()
            shown.update(task, completed=fraction)

    try:
        yield move
    finally:
        shown.stop()
