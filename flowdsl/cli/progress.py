"""A progress bar for long work, shown only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowdsl.sim.run_progress import SimulationProgress

PATIENCE = 1.0  # seconds of work before a bar shows


@contextmanager
def bar(label: str) -> Iterator[Callable[[SimulationProgress], None] | None]:
    """Gives the callback that moves the progress bar; None if standard error is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
    shown = Progress(*columns, console=Console(stderr=True), transient=True)
    task = shown.add_task(label, total=1.0, said="")

    def move(passed: SimulationProgress) -> None:
        if passed.seconds > PATIENCE:
            shown.start()
            shown.update(task, completed=float(passed), said=str(passed))

    try:
        yield move
    finally:
        shown.stop()
