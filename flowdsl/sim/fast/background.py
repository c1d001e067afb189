"""Compiles in a thread of its own: an interruption ends the waiting, not the compilation.

Numba and LLVM run outside Python's lock for most of the time, so the thread that waits can show how long it takes.
After an interruption the compilation goes on: in a notebook the next cell finds it done, and a command that was stopped
ends as soon as it is done, or at once if it is stopped again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")
ANNOUNCED = "FlowDSL compiles its fast engine, once on this machine"
GOES_ON = "The compilation goes on; what it makes is kept for the next time."
MOMENT = 0.2  # seconds between two looks at the thread


class Compilation(Generic[T]):
    """One compilation, which begins when somebody first waits for it.

    make       compiles, or loads what is kept; it may raise
    is_slow    whether `make` is compiling, as it is only known while it runs
    """

    def __init__(self, make: Callable[[], T], is_slow: Callable[[], bool]) -> None:
        self._make, self._is_slow = make, is_slow
        self._future: Future[T] | None = None
        self._process = os.getpid()

    def wait(self) -> T:
        """What was made. Says on standard error how long compiling takes. Raises what `make` raises."""
        future = self._started()
        begun, said = monotonic(), False
        try:
            while True:
                with suppress(TimeoutError):
                    return future.result(MOMENT)
                if self._is_slow():
                    self._say(monotonic() - begun, is_first=not said)
                    said = True
        except KeyboardInterrupt:
            if not future.done():
                print(f"\n{GOES_ON}" if _rewrites() else GOES_ON, file=sys.stderr, flush=True)
            raise
        finally:
            if said and future.done() and _rewrites():
                print(file=sys.stderr)

    def _started(self) -> Future[T]:
        if self._future is None or self._process != os.getpid():  # a forked process has no threads of its parent
            self._future, self._process = Future(), os.getpid()
            Thread(target=self._run, args=(self._future,), name="FlowDSL compiles").start()
        return self._future

    def _run(self, future: Future[T]) -> None:
        try:
            future.set_result(self._make())
        except BaseException as error:  # whoever waits gets it
            future.set_exception(error)

    def _say(self, seconds: float, *, is_first: bool) -> None:
        """On a terminal, one line that counts the seconds; else a line at the beginning."""
        if _rewrites():
            print(f"\r{ANNOUNCED}: {seconds:.0f} s", end="", file=sys.stderr, flush=True)
        elif is_first:
            print(f"{ANNOUNCED}: about 10 seconds.", file=sys.stderr, flush=True)


def _rewrites() -> bool:
    return sys.stderr.isatty()
