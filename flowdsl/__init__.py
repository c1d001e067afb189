"""FlowDSL: write customer journeys in sentences, check them, simulate them, and export them to a runtime.

    >>> import flowdsl
    >>> program = flowdsl.parse('''
    ... when member joins program unless has membership
    ... wait 3 days
    ... then send chat
    ... ''')
    >>> flowdsl.check(program)
    []

The verbs are those of flowdsl.api; errors are exceptions with `.diagnostics` (flowdsl.diagnostics.diagnostic).
Everything is loaded when it is first used, so importing the package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowdsl import teach as teach
    from flowdsl.api.backtest import backtest as backtest
    from flowdsl.api.compare import compare as compare
    from flowdsl.api.explore import explore as explore
    from flowdsl.api.fit import fit as fit
    from flowdsl.api.forecast import forecast as forecast
    from flowdsl.api.pipeline import check as check
    from flowdsl.api.pipeline import dump as dump
    from flowdsl.api.pipeline import format as format
    from flowdsl.api.pipeline import load as load
    from flowdsl.api.pipeline import load_plan as load_plan
    from flowdsl.api.pipeline import parse as parse
    from flowdsl.api.pipeline import simulate as simulate
    from flowdsl.api.pipeline import who_would_enter as who_would_enter
    from flowdsl.api.sweep import sweep as sweep
    from flowdsl.compiler.scenario_builder import Scenario as Scenario
    from flowdsl.diagnostics.diagnostic import DataError as DataError
    from flowdsl.diagnostics.diagnostic import Diagnostic as Diagnostic
    from flowdsl.diagnostics.diagnostic import Fix as Fix
    from flowdsl.diagnostics.diagnostic import FlowError as FlowError
    from flowdsl.diagnostics.diagnostic import FlowWarning as FlowWarning
    from flowdsl.diagnostics.diagnostic import PlanError as PlanError
    from flowdsl.diagnostics.diagnostic import ProgramError as ProgramError
    from flowdsl.diagnostics.diagnostic import RunError as RunError
    from flowdsl.diagnostics.diagnostic import Severity as Severity
    from flowdsl.fitting.backtest import Backtest as Backtest
    from flowdsl.fitting.result import Fitted as Fitted
    from flowdsl.fitting.rolling import RollingBacktest as RollingBacktest
    from flowdsl.forecasting.compare import Comparison as Comparison
    from flowdsl.forecasting.result import Forecast as Forecast
    from flowdsl.forecasting.variants import Sweep as Sweep
    from flowdsl.plan.plan import Plan as Plan
    from flowdsl.plan.plan import World as World
    from flowdsl.results.results import Results as Results
    from flowdsl.syntax.ast import Program as Program

__version__ = "0.1.0"

_HOMES = {
    "flowdsl.syntax.ast": ("Program",),
    "flowdsl.diagnostics.diagnostic": (
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
    "flowdsl.fitting.rolling": ("RollingBacktest",),
    "flowdsl.fitting.result": ("Fitted",),
    "flowdsl.forecasting.compare": ("Comparison",),
    "flowdsl.forecasting.result": ("Forecast",),
    "flowdsl.api.pipeline": ("check", "dump", "format", "load", "load_plan", "parse", "simulate", "who_would_enter"),
    "flowdsl.plan.plan": ("Plan", "World"),
    "flowdsl.compiler.scenario_builder": ("Scenario",),
    "flowdsl.results.results": ("Results",),
    "flowdsl.api.backtest": ("backtest",),
    "flowdsl.api.compare": ("compare",),
    "flowdsl.api.explore": ("explore",),
    "flowdsl.api.fit": ("fit",),
    "flowdsl.api.forecast": ("forecast",),
    "flowdsl.forecasting.variants": ("Sweep",),
    "flowdsl.api.sweep": ("sweep",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
_ROOMS = ("teach",)  # subpackages used by name: flowdsl.teach.check

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
    "RollingBacktest",
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
    """Called by `%load_ext flowdsl`: makes the `%%flow` magic available."""
    from flowdsl.notebook import load

    load(ip)


def unload_ipython_extension(ip: Any) -> None:
    """Called by `%unload_ext flowdsl`: removes the magics again."""
    from flowdsl.notebook import unload

    unload(ip)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS})
