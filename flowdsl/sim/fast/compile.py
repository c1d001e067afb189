"""The compiled interpreter: compiled once on a machine, kept by Numba, and taken from there by later processes."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from sys import version_info
from time import time
from typing import Any

from numba import types
from numba.core import event
from numba.core.codegen import JITCodeLibrary, JITCPUCodegen
from numba.core.compiler_lock import global_compiler_lock

from flowdsl.sim.fast import life
from flowdsl.sim.fast.passes import remembered
from flowdsl.sim.fast.twins import ROOMS

SIGNATURE = (types.int64,) * 7
COARSE = 5.0  # seconds by which the times of files may be off
ANNOUNCED = "FlowDSL compiles its fast engine, once on this machine: about 20 seconds."
OURS = "flowdsl"  # in the name of every function of this project


def interpreter() -> Callable[..., int]:
    """The interpreter of these sources, ready to be called.

    A kept one that cannot be loaded (damaged, cut short by a full disk) is removed, and compiled again.
    """
    try:
        return _compiled()
    except Exception:
        if not _forget():
            raise
    return _compiled()


def _compiled() -> Callable[..., int]:
    made, begun = _interpreter(), time()
    listener = _Listener(made)
    with event.install_listener("numba:compile", listener):
        _compile(made)
    folder = made.stats.cache_path  # type: ignore[attr-defined]
    if listener.has_compiled and folder:
        clear_old(Path(folder), begun)
    return made


def _compile(made: Any) -> None:
    try:
        made.compile(SIGNATURE)
    except OSError:
        if SIGNATURE not in made.overloads:
            raise  # else it is compiled, and could not be kept: the disk is full


def _forget() -> bool:
    """Removes what is kept of the interpreter for this Python; whether there was anything."""
    folder = _interpreter().stats.cache_path  # type: ignore[attr-defined]
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
    return list(folder.glob(f"life.interpreter.locals.*.py{version_info.major}{version_info.minor}*.nb[ci]"))


@cache
def _interpreter() -> Callable[..., int]:
    try:
        return life.interpreter(_stamp(), True)
    except RuntimeError:  # Numba finds no folder to keep it in
        return life.interpreter(_stamp(), False)


def _stamp() -> int:
    """A number of all sources: Numba itself would notice changes in one file only."""
    here = Path(__file__).parent
    files = [*(Path(str(room.__file__)) for room in ROOMS), *sorted(here.glob("*.py"))]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).digest()
    return int.from_bytes(digest[:7], "big") + 1


def announce() -> None:
    """Tells on standard error what takes a while."""
    print(ANNOUNCED, file=sys.stderr, flush=True)


class _Listener(event.Listener):  # type: ignore[misc]
    """Hears that the interpreter was not kept from before and must be compiled now."""

    def __init__(self, made: Any) -> None:
        self.made, self.has_compiled = made, False

    def on_start(self, one: Any) -> None:
        if one.data["dispatcher"] is self.made:
            self.has_compiled = True
            announce()
            with global_compiler_lock:
                _compile_parts()

    def on_end(self, one: Any) -> None:
        pass


def _compile_parts() -> None:
    """Compiles all that the interpreter calls, each function once.

    Numba links every function with all that it calls, optimises that and makes machine code of it; for a tree of a
    hundred functions this takes ten times as long as doing it once for the whole. So here the parts are left as they
    are, and put together for the interpreter to link. Other libraries that are needed on the way are made as ever.
    """
    finalize, set_env = JITCodeLibrary.finalize, JITCPUCodegen.set_env

    def lay_by(library: Any) -> None:
        if OURS not in library.name:
            finalize(library)
            return
        for part in library._linking_libraries:
            library._reload_init.update(part._reload_init)
        library._finalize_dynamic_globals()
        library._finalized = True

    JITCodeLibrary.finalize = lay_by
    JITCPUCodegen.set_env = lambda self, name, env: None if OURS in name else set_env(self, name, env)
    try:
        with remembered():
            life.live_all.compile(SIGNATURE)  # type: ignore[attr-defined]
    finally:
        JITCodeLibrary.finalize, JITCPUCodegen.set_env = finalize, set_env
    whole = life.live_all.overloads[SIGNATURE]  # type: ignore[attr-defined]
    for part in _parts(whole.library):
        whole.library._final_module.link_in(part._get_module_for_linking(), preserve=True)
    _make_internal(whole.library._final_module, whole.fndesc.llvm_func_name)


def _make_internal(module: Any, entry: str) -> None:
    """Hides all functions but the entry, so that what none of them reads of an array is not handed on to it either."""
    for function in module.functions:
        if not function.is_declaration and function.name != entry:
            function.linkage = "internal"


def _parts(whole: Any) -> list[Any]:
    """Every library that one is made of, directly or not."""
    found: dict[Any, None] = {}
    waiting = [*whole._linking_libraries]
    while waiting:
        part = waiting.pop()
        if part not in found:
            found[part] = None
            waiting += part._linking_libraries if OURS in part.name else []
    return list(found)
