"""Notes tests that only the passing of time makes true, and windows that are never open at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from flowdsl.calendar.clock import UTC, Window, never_opens
from flowdsl.calendar.zones import zone
from flowdsl.compiler.resolve import walk
from flowdsl.compiler.resolved import Flow, Wait
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.source import NOWHERE, Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import And, Counted, Expr, Not, Or, Recent, WaitCondition

FEWER = ("fewer_than", "at_most", "exactly")  # counts in a window that become true when events leave it
MORE = ("at_least", "more_than", "exactly")  # counts that become false


def check_moments(findings: DiagnosticCollector, flow: Flow) -> None:
    """Note tests of waits, goals and exits that can become true just because time passes."""
    for occasion, place in _occasions(flow):
        for span in _ripening(occasion.test, True) if occasion.test else ():
            findings.add(
                "E308", "time alone can make this true, and then nobody looks", place if span == NOWHERE else span
            )


def _occasions(flow: Flow) -> Iterator[tuple[WaitCondition, Span]]:
    yield from ((leave.occasion, leave.span) for leave in flow.leaves)
    for step in walk.steps(flow.steps):
        if isinstance(step, Wait) and isinstance(step.until, plan.Happens):
            yield step.until.occasion, step.span


def _ripening(expr: Expr, wanted: bool) -> Iterator[Span]:
    """The places of tests that become true (or, with `wanted` False, false) just because time passes."""
    if isinstance(expr, Not):
        yield from _ripening(expr.item, not wanted)
    elif isinstance(expr, And | Or):
        for item in expr.items:
            yield from _ripening(item, wanted)
    elif isinstance(expr, Recent) and (wanted or expr.op != "more_than_ago"):
        yield expr.left.span
    elif isinstance(expr, Counted) and expr.window and expr.op in (FEWER if wanted else MORE):
        yield expr.match.span


def check_windows(findings: DiagnosticCollector, flow: Flow, policy: plan.Policy) -> None:
    """Note a flow whose window is never open while the workspace's is; both use the flow's clock."""
    if flow.window and policy.window and _never_together(flow.window, policy.window, flow.zone):
        place = flow.window_span or flow.span
        findings.add("E404", "this window and that of the workspace are never open together", place)


@lru_cache(maxsize=256)
def _never_together(window: Window, other: Window, zone_name: str) -> bool:
    clock = zone(zone_name) if zone_name else UTC
    return never_opens([(window, clock), (other, clock)])
