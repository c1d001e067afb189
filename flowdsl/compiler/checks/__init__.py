"""Check: a resolved program goes in, with the contacts' columns if known; a Checked one or diagnostics come out.

Rooms: shape (steps, jumps, waits), moments (what only the clock can change), unless (what a flow does to its own),
choices (what fits the trigger), growth (events that
never end), columns. Names and single values were looked at on the way, by resolve. This is the
only door to a Checked program.
"""

from __future__ import annotations

from collections.abc import Mapping

from flowdsl.compiler.checks.columns import bounds, check_assigned, check_columns, check_uses, expected, names
from flowdsl.compiler.checks.growth import check_growth
from flowdsl.compiler.checks.shape import check_shape
from flowdsl.compiler.checks.time_tests import check_moments, check_windows
from flowdsl.compiler.checks.trigger_values import check_choices
from flowdsl.compiler.checks.unless import check_unless
from flowdsl.compiler.resolved import Checked, Resolved
from flowdsl.diagnostics.catalogue.meaning import MEANING
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import Diagnostic

__all__ = ["bounds", "check", "check_table", "expected", "names"]


def check(resolved: Resolved, columns: Mapping[str, str] | None = None) -> tuple[Checked | None, list[Diagnostic]]:
    """Look for diagnostics that only show when a program is seen as a whole; warnings alone do not hold it back.

    columns: name -> type (text, number, yes-no, date, time, list, empty) of the contact table; None leaves columns
    unchecked. A program in which resolve found diagnostics is looked at, but never Checked.

    >>> checked, diagnostics = check(Resolved(()))
    >>> checked is not None, diagnostics
    (True, [])
    """
    findings = DiagnosticCollector(MEANING, resolved.sources)
    events = {event.id: event for event in resolved.events}
    for flow in resolved.flows:
        check_shape(findings, flow, events)
        check_moments(findings, flow)
        check_windows(findings, flow, resolved.policy)
        check_unless(findings, flow)
        check_choices(findings, flow, events)
    check_growth(findings, resolved)
    check_uses(findings, resolved, columns)
    check_assigned(findings, resolved)
    if columns is not None:
        check_columns(findings, resolved, columns)
    is_good = not resolved.partial and not findings.has_errors
    return Checked(resolved) if is_good else None, findings.in_order()


def check_table(resolved: Resolved, columns: Mapping[str, str]) -> list[Diagnostic]:
    """What is wrong with the columns of contacts (name -> type) for a program that was checked without them.

    >>> check_table(Resolved(()), {"plan": "text"})
    []
    """
    findings = DiagnosticCollector(MEANING, resolved.sources)
    check_columns(findings, resolved, columns)
    return findings.in_order()
