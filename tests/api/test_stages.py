"""Work is done once: how often a program goes through each stage, and how often tables are opened, verb by verb."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pandas as pd
import pytest

import flowdsl
from flowdsl.notebook import cells

TEXT = """
param pause 1 day
flow "Offer"
  when contact joins program
  wait pause
  then send email "Offer"
scenario
  assume 2 new contacts per day join program
  assume contact opens email 20% to 40%
"""
BY_HAND = flowdsl.Scenario("By hand").rate("joins program", 0.1).world()
STAGES = {  # what is counted -> the functions that do it
    "parse": ("flowdsl.syntax.parser.parse",),
    "resolve": ("flowdsl.compiler.resolve.resolve",),
    "check": ("flowdsl.compiler.checks.check",),
    "lower": ("flowdsl.compiler.lowering.lower",),
    "open": ("flowdsl.tables.plan_tables.open_tables",),
    "prepare": ("flowdsl.sim.config.prepare",),
    "document": ("flowdsl.plan.json.dump", "flowdsl.plan.json.load_plan"),
}
ONCE = {"resolve": 1, "check": 1, "lower": 1}
SIMULATED = {**ONCE, "open": 1, "prepare": 1}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the calls of stages."""
    calls: Counter[str] = Counter()
    for stage, names in STAGES.items():
        for name in names:
            module, _, function = name.rpartition(".")
            monkeypatch.setattr(
                import_module(module), function, _counting(import_module(module), function, stage, calls)
            )
    return calls


def _counting(module: Any, function: str, stage: str, calls: Counter[str]) -> Callable[..., Any]:
    original = getattr(module, function)

    def counting(*given: Any, **options: Any) -> Any:
        calls[stage] += 1
        return original(*given, **options)

    return counting


PEOPLE = pd.DataFrame({"contact": range(20)})
WHEN: dict[str, Any] = {"start": "2026-01-05", "days": 3}
LIVED: dict[str, Any] = {**WHEN, "engine": "simpy"}
VERBS: dict[str, tuple[Callable[[Any], object], dict[str, int]]] = {
    "simulate": (lambda program: flowdsl.simulate(program, PEOPLE, **LIVED), SIMULATED),
    "simulate a scenario made in Python": (
        lambda program: flowdsl.simulate(program, PEOPLE, scenario=BY_HAND, **LIVED),
        SIMULATED,
    ),
    "simulate no scenario": (
        lambda program: flowdsl.simulate(program, PEOPLE, scenario=flowdsl.World(""), **LIVED),
        SIMULATED,
    ),
    "check": (lambda program: flowdsl.check(program), {"resolve": 1, "check": 1}),
    "check with a table": (lambda program: flowdsl.check(program, PEOPLE), {"resolve": 1, "check": 1}),
    "who would enter": (
        lambda program: flowdsl.who_would_enter(program, PEOPLE, at="2026-01-05"),
        SIMULATED,
    ),
    "forecast": (lambda program: flowdsl.forecast(program, PEOPLE, replications=19, **LIVED), SIMULATED),
    "sweep": (  # the program as it is, then a variant a value, whose numbers nobody parses and which is made ready once
        lambda program: flowdsl.sweep(program, {"opens email": [0.2, 0.3, 0.4]}, PEOPLE, replications=19, **LIVED),
        {"resolve": 4, "check": 4, "lower": 4, "open": 1, "prepare": 3},
    ),
    "compare": (  # two programs, and two sets of columns that they use
        lambda program: flowdsl.compare({"a": program, "b": TEXT}, PEOPLE, replications=19, **LIVED),
        {"parse": 1, "resolve": 2, "check": 2, "lower": 2, "open": 2, "prepare": 2},
    ),
    "a cell": (
        lambda program: cells.program(cells.read("offer", TEXT)),
        {"parse": 1, "resolve": 1, "check": 1},
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_each_stage_once(verb: str, counted: Counter[str]) -> None:
    """No verb parses, resolves, checks, lowers, opens or prepares more often than it has programs and tables."""
    call, most = VERBS[verb]
    program = flowdsl.parse(TEXT)
    counted.clear()
    call(program)
    assert dict(counted) == most
