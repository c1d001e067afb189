"""Which engine runs a setting: `auto` and a Setting go in, the name of an engine comes out.

SimPy begins at once and takes some fifty microseconds for each thing that happens; the compiled engine takes a
thousandth of that, but a second or two to be loaded, and the first time on a machine twenty to be compiled.
"""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from flowdsl import plan
from flowdsl.errors import Diagnostic, RunError
from flowdsl.faults.run import RUNS
from flowdsl.sim.chance import MILLION
from flowdsl.sim.setting import Setting

REFERENCE, FAST = "simpy", "fast"
LARGE = 50_000  # things that happen, which take SimPy as long as loading the compiled engine, and twice that again


def chosen(setting: Setting, more: int = 0) -> str:
    """The engine for a setting: SimPy for what is small, and wherever Numba is missing.

    more: how much happens besides, where the setting is a part of something larger.
    """
    if happenings(setting) + more < LARGE or not has_numba():
        return REFERENCE
    return FAST


def check(engine: str) -> None:
    """Raises RunError where what an engine needs is missing."""
    if engine == FAST and not has_numba():
        fault = RUNS["E720"]
        message = 'engine "fast" needs Numba, which is not installed'
        raise RunError([Diagnostic("E720", message, words="fast", reason=fault.why, example=fault.right)])


def has_numba() -> bool:
    """Whether Numba is installed."""
    return find_spec("numba") is not None


def happenings(setting: Setting) -> int:
    """About how much happens in a setting: contacts that come to life, their events, and what rates bring."""
    events, contacts = setting.tables.events, len(setting.tables.contacts)
    comes = any(_comes_of_itself(flow) for flow in setting.plan.flows) or setting.world.rates
    alive = contacts if comes else int((np.diff(np.asarray(events.starts)) > 0).sum())
    lasts = setting.until - setting.begin
    by_rate = sum(contacts * lasts * rate.rate // (rate.per_ms * MILLION) for rate in setting.world.rates)
    return int(alive + len(events) + by_rate)


def _comes_of_itself(flow: plan.Flow) -> bool:
    return flow.enter.include_existing or any(not isinstance(one, plan.OnEvent) for one in flow.enter.triggers)
