"""Chooses the engine for a simulation with `engine="auto"`.

SimPy starts at once and takes about fifty microseconds for each thing that happens. The compiled engine takes a
thousandth of that, but needs a second or two to load, and about seven seconds to compile on its first use on a machine.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError, warn
from flowdsl.plan import plan
from flowdsl.sim.chance import MILLION
from flowdsl.sim.config import SimulationConfig

REFERENCE, FAST = "simpy", "fast"
UPGRADE = 'pip install --upgrade "flowdsl[fast]"'
LARGE = 50_000  # things that happen; SimPy needs three times as long for them as it takes to load the compiled engine


def chosen(config: SimulationConfig, more: int = 0) -> str:
    """The engine for a simulation: SimPy for small ones, and if the compiled engine cannot be used.

    There is no warning if Numba is not installed, since it is optional. Every other obstacle of the compiled engine is
    reported by a warning, once per process.

    more: the expected work outside this simulation, if it is part of something larger.
    """
    if expected_work(config) + more < LARGE or not has_numba():
        return REFERENCE
    reason = obstacle()
    if reason:
        warn("W703", f"the compiled engine cannot be used, so SimPy runs this: slower, with the same rows. {reason}")
        return REFERENCE
    return FAST if _prepared() else REFERENCE  # as plain Python, it is for debugging alone


def check(engine: str) -> None:
    """Raises RunError if something that an engine needs is missing or does not work."""
    if engine != FAST:
        return
    if not has_numba():
        raise _unavailable("E720", 'engine "fast" needs Numba, which is not installed')
    reason = obstacle()
    if reason:
        raise _unavailable("E761", f'engine "fast" cannot be used. {reason}')


def warm() -> Path | None:
    """Compiles the compiled engine, if it is not compiled yet; gives the folder that keeps it for later processes.

    Raises RunError if Numba is missing or does not work.
    """
    check(FAST)
    folder: Path | None = import_module("flowdsl.sim.fast").kept_in()
    return folder


def _unavailable(code: str, message: str) -> RunError:
    diagnostic = RUNS[code]
    return RunError([Diagnostic(code, message, words=FAST, reason=diagnostic.why, example=diagnostic.right)])


def has_numba() -> bool:
    """Whether Numba is installed."""
    return find_spec("numba") is not None


@cache
def obstacle() -> str:
    """Why the compiled engine cannot be used, in a sentence; empty if it can. The first call compiles it.

    Numba fails in many ways: too old or too new for FlowDSL, NumPy or llvmlite, switched off, or unable to compile on
    this machine. After any of its errors, SimPy can still give the same rows.
    """
    try:
        _prepared()
    except Exception as error:
        there = f"Numba {_version('numba')} with llvmlite {_version('llvmlite')}"
        problem = ": ".join([type(error).__name__, *str(error).strip().splitlines()[:1]])
        return f"{there} does not work ({problem}). {UPGRADE} installs versions that work."
    return ""


@cache
def _prepared() -> bool:
    """Whether the compiled engine is compiled, which is done by the first call. Numba may raise."""
    is_compiled: bool = import_module("flowdsl.sim.fast").prepare()
    return is_compiled


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(missing)"


def expected_work(config: SimulationConfig) -> int:
    """About how much happens in a simulation: active contacts, their events, and the events of rates."""
    events, contacts = config.tables.events, len(config.tables.contacts)
    starts_alone = any(_starts_without_events(flow) for flow in config.plan.flows) or config.world.rates
    active = contacts if starts_alone else int((np.diff(np.asarray(events.starts)) > 0).sum())
    duration = config.until - config.begin
    by_rate = sum(contacts * duration * rate.rate // (rate.per_ms * MILLION) for rate in config.world.rates)
    return int(active + len(events) + by_rate)


def _starts_without_events(flow: plan.Flow) -> bool:
    return flow.enter.include_existing or any(not isinstance(one, plan.OnEvent) for one in flow.enter.triggers)
