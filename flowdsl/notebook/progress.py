"""A progress bar in a notebook, which is replaced by one line in the end.

It shows only to people: where a notebook is run by a program (nbconvert, nbval), nobody could answer a question, which
the request says, and no bar is left in what it writes. The stop button leaves one line, and no frames of the engines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from time import monotonic
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from IPython.display import display, update_display

from flowdsl import progress

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from flowdsl.sim.run_progress import SimulationProgress

PATIENCE = 1.0  # seconds of work before a bar shows
MOVES = 0.2  # seconds between two moves


class Stopped(KeyboardInterrupt):
    """Somebody pressed the stop button; shown as one line."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Screen(Protocol):
    """Where a bar shows."""

    @property
    def execution_count(self) -> int:
        """The number of the cell that is run."""

    def is_watched(self) -> bool:
        """Whether a person may be looking: programs that run cells declare that they allow no input."""

    def show(self, bundle: dict[str, str], id: str, *, again: bool) -> None:
        """Displays something, or puts it in the place of what was displayed under this id."""


class ShellScreen:
    """The cells of an IPython shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell

    @property
    def execution_count(self) -> int:
        """See Screen."""
        return int(self.shell.execution_count)

    def is_watched(self) -> bool:
        """See Screen. In a console without a kernel there is no place for a bar."""
        kernel = getattr(self.shell, "kernel", None)
        return kernel is not None and bool(getattr(kernel, "_allow_stdin", True))

    def show(self, bundle: dict[str, str], id: str, *, again: bool) -> None:
        """See Screen."""
        if again:
            update_display(bundle, raw=True, display_id=id)
        else:
            display(bundle, raw=True, display_id=id)


def load(screen: Screen) -> None:
    """From now on, verbs show a progress bar in the cell that calls them."""
    unload()
    progress.bars.append(Bars(screen))


def unload() -> None:
    """Verbs show no progress bar any more."""
    progress.bars[:] = [each for each in progress.bars if not isinstance(each, Bars)]


class Bars:
    """The bars of a screen: one a cell, which is used again by all that the cell does."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.cell, self.id, self.is_shown = -1, "", False

    @contextmanager
    def __call__(self, doing: str) -> Iterator[Callable[[SimulationProgress], None]]:
        """A bar for one piece of work. Raises Stopped where it is interrupted."""
        if self.screen.execution_count != self.cell:
            self.cell, self.id, self.is_shown = self.screen.execution_count, uuid4().hex, False
        bar = Bar(doing, self)
        try:
            yield bar.move
        except KeyboardInterrupt:
            bar.end("")
            raise Stopped(f"{doing} stopped after {bar.seconds:.1f} s, {bar.fraction:.0%} was done") from None
        except BaseException:
            bar.end("")
            raise
        bar.end(f"{doing} done in {bar.seconds:.1f} s")

    def show(self, bundle: dict[str, str]) -> None:
        """Shows something in the place of the cell's bar."""
        self.screen.show(bundle, self.id, again=self.is_shown)
        self.is_shown = True


class Bar:
    """How far one piece of work is."""

    def __init__(self, doing: str, bars: Bars) -> None:
        self.doing, self.bars = doing, bars
        self.began = self.moved = monotonic()
        self.is_shown, self.fraction = False, 0.0

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return monotonic() - self.began

    def move(self, passed: SimulationProgress) -> None:
        """Shows how far it is, now and then."""
        self.fraction = float(passed)
        now = monotonic()
        if now - self.began > PATIENCE and now - self.moved > MOVES and self.bars.screen.is_watched():
            self.moved, self.is_shown = now, True
            self.bars.show(drawn(self.doing, float(passed), str(passed)))

    def end(self, words: str) -> None:
        """Puts a line in the place of the bar, if one was shown."""
        if self.is_shown:
            self.bars.show(line(words))


def drawn(doing: str, fraction: float, said: str) -> dict[str, str]:
    """A bar as HTML, and as text.

    >>> drawn("simulation", 0.5, "5 of 10")["text/plain"]
    'simulation: 5 of 10'
    """
    bar = f'<progress max="1" value="{fraction:.3f}" style="width: 20em; vertical-align: middle"></progress>'
    return {
        "text/html": f"<div>{escape(doing)} {bar} <small>{escape(said)}</small></div>",
        "text/plain": f"{doing}: {said}",
    }


def line(words: str) -> dict[str, str]:
    """What stays of a bar."""
    return {"text/html": f'<small style="opacity: 0.75">{escape(words)}</small>', "text/plain": words}
