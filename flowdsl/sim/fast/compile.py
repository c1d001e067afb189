"""The compiled interpreter: compiled once on a machine, kept by Numba, and taken from there by later processes."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from sys import version_info
from time import time

from numba import config

import flowdsl.calendar
import flowdsl.chance
import flowdsl.sim
from flowdsl.sim.fast import interpreted
from flowdsl.sim.fast.background import Compilation
from flowdsl.sim.fast.jit import entry
from flowdsl.sim.fast.jit.entry import ARGUMENTS, Interpreter
from flowdsl.sim.fast.memory import Memory, Walk
from flowdsl.sim.fast.pointers import address

COARSE = 5.0  # seconds by which the times of files may be off


def is_compiled() -> bool:
    """Whether Numba compiles anything: NUMBA_DISABLE_JIT=1 switches it off."""
    return not config.DISABLE_JIT


def walk() -> Walk:
    """The walk: compiled, or as plain Python where Numba is switched off."""
    if not is_compiled():
        return interpreted.walk
    compiled = interpreter()

    def call(memory: Memory, first: int, stop: int) -> int:
        p, s, t, o, d = map(address, memory.compiled)
        return compiled(p, s, t, o, d, first, stop)

    return call


def kept_in() -> Path | None:
    """The folder in which Numba keeps the compiled walk; None if it keeps nothing."""
    folder = _interpreter().stats.cache_path if is_compiled() else None
    return Path(folder) if folder else None


def interpreter() -> Interpreter:
    """The interpreter of these sources, ready to be called; the first call waits until it is compiled."""
    return _compilation.wait()


def _loaded_or_compiled() -> Interpreter:
    """A kept interpreter that cannot be loaded (damaged, cut short by a full disk) is removed, and compiled again."""
    try:
        return _compiled()
    except Exception:
        if not _forget():
            raise
    return _compiled()


def _compiled() -> Interpreter:
    made, begun, before = _interpreter(), time(), len(entry.compilations)
    _compile(made)
    folder = made.stats.cache_path
    if len(entry.compilations) > before and folder:
        clear_old(Path(folder), begun)
    return made


def _compile(made: Interpreter) -> None:
    try:
        made.compile(ARGUMENTS)
    except OSError:
        if ARGUMENTS not in made.overloads:
            raise  # else it is compiled, and could not be kept: the disk is full


def _forget() -> bool:
    """Removes what is kept of the interpreter for this Python; whether there was anything."""
    folder = _interpreter().stats.cache_path
    kept = _kept(Path(folder)) if folder else []
    for file in kept:
        file.unlink(missing_ok=True)
    _interpreter.cache_clear()
    return bool(kept)


def clear_old(folder: Path, begun: float) -> None:
    """Removes what was compiled of other sources by this Python, before `begun`: Numba would keep it for ever.

    A process that has loaded such a file does not need it any more; what cannot be removed stays.
    """
    for file in _kept(folder):
        with suppress(OSError):
            if file.stat().st_mtime < begun - COARSE:
                file.unlink()


def _kept(folder: Path) -> list[Path]:
    return list(folder.glob(f"entry.interpreter.locals.*.py{version_info.major}{version_info.minor}*.nb[ci]"))


_compilation = Compilation(_loaded_or_compiled, lambda: bool(entry.compilations))


@cache
def _interpreter() -> Interpreter:
    try:
        return entry.interpreter(_stamp(), True)
    except RuntimeError:  # Numba finds no folder to keep it in
        return entry.interpreter(_stamp(), False)


def _stamp() -> int:
    """A number of all sources: Numba itself would notice changes in one file only."""
    rooms = (flowdsl.calendar, flowdsl.chance, flowdsl.sim)
    files = sorted(file for room in rooms for file in Path(room.__path__[0]).rglob("*.py"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).digest()
    return int.from_bytes(digest[:7], "big") + 1
