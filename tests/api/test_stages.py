"""Work is done once: how often a program goes through each stage, and how often tables are opened, verb by verb."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter

import flowdsl
from flowdsl.diagnostics.source import Source
from flowdsl.notebook import cells
from flowdsl.notebook.kernel import kernel
from flowdsl.notebook.kernel.session import Session
from flowdsl.vocabulary import VOCABULARY, Event, EventEntry

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
READ = {"parse": 1, "resolve": 1, "check": 1}


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
    "a cell": (lambda program: _displayed(cells.program(cells.read("offer", TEXT))), READ),
    "a cell that is displayed twice, and simulated": (
        lambda program: _simulated(_displayed(_displayed(cells.program(cells.read("offer", TEXT))))),
        {"parse": 1, **SIMULATED},
    ),
    "a cell of the kernel": (lambda program: _taken(Session(), TEXT), READ),
    "two cells of the kernel": (  # the second adds to the program of the first
        lambda program: _taken(_taken(Session(), TEXT), "param delay 2 days"),
        {"parse": 2, "resolve": 2, "check": 2},
    ),
}


def _displayed(program: Any) -> Any:
    """Shows a program as IPython does with the value of a cell."""
    shown, _ = DisplayFormatter().format(program)
    assert "<figure>" in shown["text/html"]
    return program


def _simulated(program: Any) -> Any:
    return flowdsl.simulate(program, PEOPLE, **LIVED)


def _taken(session: Session, text: str) -> Session:
    """Runs a cell of the FlowDSL kernel, and shows what the kernel shows of it."""
    kernel.shown_program(session, session.take(Source(text, "cell"), text))
    return session


@pytest.mark.parametrize("verb", VERBS)
def test_each_stage_once(verb: str, counted: Counter[str]) -> None:
    """No verb parses, resolves, checks, lowers, opens or prepares more often than it has programs and tables."""
    call, most = VERBS[verb]
    program = flowdsl.parse(TEXT)
    counted.clear()
    call(program)
    assert dict(counted) == most


def test_a_word_that_is_registered_no_more_is_an_error_at_once() -> None:
    """A program is looked up anew when other words are registered than when it was checked."""
    program = flowdsl.parse("when contact rents mat then send chat")
    with VOCABULARY.scoped() as own:
        own.register(EventEntry(Event("mat.rented", "mat")), "rents/rented/renting/rent mat")
        assert not flowdsl.check(program)
    assert [one.code for one in flowdsl.check(program)] != []
