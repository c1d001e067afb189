"""Which engine runs a setting: `auto` and a config go in, the name of an engine comes out.

SimPy begins at once and takes some fifty microseconds for each thing that happens; the compiled engine takes a
thousandth of that, but a second or two to be loaded, and the first time on a machine twenty to be compiled.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import numpy as np

from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError, warn
from flowdsl.plan import plan
from flowdsl.sim.chance import MILLION
from flowdsl.sim.config import SimulationConfig

REFERENCE, FAST = "simpy", "fast"
REPAIR = 'pip install --upgrade "flowdsl[fast]"'
LARGE = 50_000  # things that happen, which take SimPy as long as loading the compiled engine, and twice that again


def chosen(config: SimulationConfig, more: int = 0) -> str:
    """The engine for a setting: SimPy for what is small, and wherever the compiled engine cannot be used.

    A missing Numba was a choice when FlowDSL was installed. Everything else that keeps the compiled engine away is told
    by a warning, once per process.

    more: how much happens besides, where the setting is a part of something larger.
    """
    if happenings(config) + more < LARGE or not has_numba():
        return REFERENCE
    reason = obstacle()
    if reason:
        warn("W703", f"the compiled engine cannot be used, so SimPy runs this: the same rows, but slower. {reason}")
        return REFERENCE
    return FAST


def check(engine: str) -> None:
    """Raises RunError where what an engine needs is missing or does not work."""
    if engine != FAST:
        return
    if not has_numba():
        raise _refused("E720", 'engine "fast" needs Numba, which is not installed')
    reason = obstacle()
    if reason:
        raise _refused("E761", f'engine "fast" cannot be used. {reason}')


def _refused(code: str, message: str) -> RunError:
    diagnostic = RUNS[code]
    return RunError([Diagnostic(code, message, words=FAST, reason=diagnostic.why, example=diagnostic.right)])


def has_numba() -> bool:
    """Whether Numba is installed."""
    return find_spec("numba") is not None


@cache
def obstacle() -> str:
    """Why the compiled engine cannot be used, in a sentence; empty where it can. The first call compiles it.

    Numba breaks in many ways: too old or too new for FlowDSL, for NumPy or for llvmlite, switched off, or it cannot
    compile on this machine. Whatever it raises, SimPy gives the same rows.
    """
    try:
        reason: str = import_module("flowdsl.sim.fast").prepare()
    except Exception as error:
        there = f"Numba {_version('numba')} with llvmlite {_version('llvmlite')}"
        said = ": ".join([type(error).__name__, *str(error).strip().splitlines()[:1]])
        return f"{there} does not work ({said}). {REPAIR} brings versions that do."
    return reason


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(missing)"


def happenings(config: SimulationConfig) -> int:
    """About how much happens in a setting: contacts that come to life, their events, and what rates bring."""
    events, contacts = config.tables.events, len(config.tables.contacts)
    comes = any(_comes_of_itself(flow) for flow in config.plan.flows) or config.world.rates
    alive = contacts if comes else int((np.diff(np.asarray(events.starts)) > 0).sum())
    lasts = config.until - config.begin
    by_rate = sum(contacts * lasts * rate.rate // (rate.per_ms * MILLION) for rate in config.world.rates)
    return int(alive + len(events) + by_rate)


def _comes_of_itself(flow: plan.Flow) -> bool:
    return flow.enter.include_existing or any(not isinstance(one, plan.OnEvent) for one in flow.enter.triggers)
