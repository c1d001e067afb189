"""Notes actions that make a flow's own `unless` true, so that all later actions are skipped.

`unless` is checked again right before every action. So a flow with `unless has badge "x"` that awards this badge does
nothing after the award, which is rarely intended.
"""

from __future__ import annotations

from collections.abc import Iterator

from flowdsl.compiler.checks.shape import graph
from flowdsl.compiler.resolved import Act, Flow
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.plan.expressions import ChangeMembership, Compare, Effect, Expr, Has, Or, SetField


def check_unless(findings: DiagnosticCollector, flow: Flow) -> None:
    """Note every action that makes the flow's own `unless` true, if another action can follow it."""
    if flow.unless is None or flow.partial:
        return
    tests = tuple(_enough(flow.unless))
    whole = graph(flow)
    for at, step in enumerate(whole.steps):
        if not isinstance(step, Act) or not any(_fulfils(step.effect, test) for test in tests):
            continue
        later = (next for next in whole.reach(whole.after[at]) if next < len(whole.steps))
        if any(isinstance(whole.steps[next], Act) for next in later):
            message = "after this the flow's own `unless` holds: every later action will be skipped"
            findings.add("W303", message, step.span)


def _enough(expr: Expr) -> Iterator[Expr]:
    """The tests of which each one alone makes an expression true."""
    if isinstance(expr, Or):
        for item in expr.items:
            yield from _enough(item)
    else:
        yield expr


def _fulfils(effect: Effect, test: Expr) -> bool:
    if isinstance(effect, ChangeMembership) and isinstance(test, Has):
        return effect.present and effect.family == test.family and effect.name in (test.names or (effect.name,))
    if isinstance(effect, SetField) and isinstance(test, Compare):
        return test.op == "is" and effect.target == test.left and effect.value == test.right
    return False
