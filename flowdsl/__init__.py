"""FlowDSL: write customer journeys in sentences, check them, simulate them, and hand them to whatever runs them.

    >>> import flowdsl
    >>> program = flowdsl.parse('''
    ... when member joins program unless has membership
    ... wait 3 days
    ... then send chat
    ... ''')
    >>> flowdsl.check(program)
    []

The verbs are those of flowdsl.pipeline and flowdsl.verbs; faults are exceptions with `.diagnostics` (flowdsl.errors).
Everything is loaded when it is first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowdsl import teach as teach
    from flowdsl.ast import Program as Program
    from flowdsl.errors import DataError as DataError
    from flowdsl.errors import Diagnostic as Diagnostic
    from flowdsl.errors import Fix as Fix
    from flowdsl.errors import FlowError as FlowError
    from flowdsl.errors import FlowWarning as FlowWarning
    from flowdsl.errors import PlanError as PlanError
    from flowdsl.errors import ProgramError as ProgramError
    from flowdsl.errors import RunError as RunError
    from flowdsl.errors import Severity as Severity
    from flowdsl.fitting.backtest import Backtest as Backtest
    from flowdsl.fitting.result import Fitted as Fitted
    from flowdsl.forecasting.compare import Comparison as Comparison
    from flowdsl.forecasting.result import Forecast as Forecast
    from flowdsl.forecasting.variants import Sweep as Sweep
    from flowdsl.pipeline import check as check
    from flowdsl.pipeline import dump as dump
    from flowdsl.pipeline import format as format
    from flowdsl.pipeline import load as load
    from flowdsl.pipeline import load_plan as load_plan
    from flowdsl.pipeline import parse as parse
    from flowdsl.pipeline import simulate as simulate
    from flowdsl.pipeline import who_would_enter as who_would_enter
    from flowdsl.plan import Plan as Plan
    from flowdsl.plan import World as World
    from flowdsl.scenario import Scenario as Scenario
    from flowdsl.sim.results import Results as Results
    from flowdsl.verbs.backtest import backtest as backtest
    from flowdsl.verbs.compare import compare as compare
    from flowdsl.verbs.explore import explore as explore
    from flowdsl.verbs.fit import fit as fit
    from flowdsl.verbs.forecast import forecast as forecast
    from flowdsl.verbs.sweep import sweep as sweep

__version__ = "0.1.0"

_HOMES = {
    "flowdsl.ast": ("Program",),
    "flowdsl.errors": (
        "DataError",
        "Diagnostic",
        "Fix",
        "FlowError",
        "FlowWarning",
        "PlanError",
        "ProgramError",
        "RunError",
        "Severity",
    ),
    "flowdsl.fitting.backtest": ("Backtest",),
    "flowdsl.fitting.result": ("Fitted",),
    "flowdsl.forecasting.compare": ("Comparison",),
    "flowdsl.forecasting.result": ("Forecast",),
    "flowdsl.pipeline": ("check", "dump", "format", "load", "load_plan", "parse", "simulate", "who_would_enter"),
    "flowdsl.plan": ("Plan", "World"),
    "flowdsl.scenario": ("Scenario",),
    "flowdsl.sim.results": ("Results",),
    "flowdsl.verbs.backtest": ("backtest",),
    "flowdsl.verbs.compare": ("compare",),
    "flowdsl.verbs.explore": ("explore",),
    "flowdsl.verbs.fit": ("fit",),
    "flowdsl.verbs.forecast": ("forecast",),
    "flowdsl.forecasting.variants": ("Sweep",),
    "flowdsl.verbs.sweep": ("sweep",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
_ROOMS = ("teach",)  # used by their own names: flowdsl.teach.check

__all__ = [
    "Backtest",
    "Comparison",
    "DataError",
    "Diagnostic",
    "Fitted",
    "Fix",
    "FlowError",
    "FlowWarning",
    "Forecast",
    "Plan",
    "PlanError",
    "Program",
    "ProgramError",
    "Results",
    "RunError",
    "Scenario",
    "Severity",
    "Sweep",
    "World",
    "backtest",
    "check",
    "compare",
    "dump",
    "explore",
    "fit",
    "forecast",
    "format",
    "load",
    "load_plan",
    "parse",
    "simulate",
    "sweep",
    "who_would_enter",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"flowdsl.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'flowdsl' has no attribute {name!r}")
    found = getattr(import_module(_HOME[name]), name)
    globals()[name] = found
    return found


def load_ipython_extension(ip: Any) -> None:
    """What `%load_ext flowdsl` calls: from then on the shell understands `%%flow`."""
    from flowdsl.notebook import load

    load(ip)


def unload_ipython_extension(ip: Any) -> None:
    """What `%unload_ext flowdsl` calls: the shell is as it was."""
    from flowdsl.notebook import unload

    unload(ip)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS})
