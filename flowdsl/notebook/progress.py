"""A bar for long work in a notebook: how much has passed goes in; a moving bar, then one line, come out.

It shows only to people: where a notebook is run by a program (nbconvert, nbval), nobody could answer a question, which
the request says, and no bar is left in what it writes. The stop button leaves one line, and no rooms of the engines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from time import monotonic
from typing import TYPE_CHECKING, Any

from IPython.display import DisplayHandle, display

from flowdsl import watch

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from flowdsl.sim.passed import Passed

PATIENCE = 1.0  # seconds of work before a bar shows
MOVES = 0.2  # seconds between two moves


class Stopped(KeyboardInterrupt):
    """Somebody pressed the stop button; shown as one line."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def load(shell: InteractiveShell) -> None:
    """From now on verbs tell a bar in the cell that calls them."""
    unload()
    watch.bars.append(Bars(shell))


def unload() -> None:
    """They tell nobody again."""
    watch.bars[:] = [each for each in watch.bars if not isinstance(each, Bars)]


def is_watched(shell: InteractiveShell) -> bool:
    """Whether a person may be looking: whoever runs a cell for a program says that nobody can be asked."""
    kernel = getattr(shell, "kernel", None)
    return kernel is not None and bool(getattr(kernel, "_allow_stdin", True))


class Bars:
    """The bars of a shell: one a cell, which is used again by all that the cell does."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.cell = -1
        self.shown: DisplayHandle | None = None

    @contextmanager
    def __call__(self, doing: str) -> Iterator[Callable[[Passed], None]]:
        """A bar for one piece of work. Raises Stopped where it is interrupted."""
        if self.shell.execution_count != self.cell:
            self.cell, self.shown = self.shell.execution_count, None
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

    def show(self, bundle: dict[str, Any]) -> None:
        """Shows something in the place of the cell's bar."""
        if self.shown is None:
            self.shown = display(bundle, raw=True, display_id=True)
        else:
            self.shown.update(bundle, raw=True)


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

    def move(self, passed: Passed) -> None:
        """Shows how far it is, now and then."""
        self.fraction = float(passed)
        now = monotonic()
        if now - self.began > PATIENCE and now - self.moved > MOVES and is_watched(self.bars.shell):
            self.moved, self.is_shown = now, True
            self.bars.show(drawn(self.doing, float(passed), str(passed)))

    def end(self, words: str) -> None:
        """Puts a line in the place of the bar, if one was shown."""
        if self.is_shown:
            self.bars.show(line(words))


def drawn(doing: str, fraction: float, said: str) -> dict[str, Any]:
    """A bar as HTML, and as text.

    >>> drawn("simulation", 0.5, "5 of 10")["text/plain"]
    'simulation: 5 of 10'
    """
    bar = f'<progress max="1" value="{fraction:.3f}" style="width: 20em; vertical-align: middle"></progress>'
    return {
        "text/html": f"<div>{escape(doing)} {bar} <small>{escape(said)}</small></div>",
        "text/plain": f"{doing}: {said}",
    }


def line(words: str) -> dict[str, Any]:
    """What stays of a bar."""
    return {"text/html": f'<small style="opacity: 0.75">{escape(words)}</small>', "text/plain": words}
