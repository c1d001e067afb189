"""Checks a resolved program, and its columns if the contacts are known; returns a Checked program or diagnostics.

shape looks at steps, jumps and waits; time_tests at what only the clock can change; unless at what a flow does to its
own `unless`; trigger_values at values that a trigger excludes; growth at events that never end; columns at the contact
table. Names and single values have already been checked by resolve. Only this package makes a Checked program.
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
    """Find diagnostics that need the whole program. Warnings alone do not prevent a Checked program.

    columns: name -> type (text, number, yes-no, date, time, list, empty) of the contact table; None: columns are not
    checked. If resolve found errors, the program is still checked, but the result is never Checked.

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
    """Diagnostics about the columns of contacts (name -> type) for a program that was checked without them.

    >>> check_table(Resolved(()), {"plan": "text"})
    []
    """
    findings = DiagnosticCollector(MEANING, resolved.sources)
    check_columns(findings, resolved, columns)
    return findings.in_order()
