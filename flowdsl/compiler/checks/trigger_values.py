"""Notes tests that no run of a flow can meet, because its trigger excludes the value.

A flow that starts with class "Yin" only cannot test for class "Yang".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flowdsl.compiler.resolve import walk
from flowdsl.compiler.resolve.scope import listing
from flowdsl.compiler.resolved import Flow
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.source import NOWHERE, Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import Compare, Event, Expr, OneOf, TriggerField, Value

OBJECT = "object"  # the field of any event that contains the name of its object


def check_choices(findings: DiagnosticCollector, flow: Flow, events: Mapping[str, Event]) -> None:
    """Note comparisons of a trigger's field with names that none of the triggers accepts."""
    if flow.partial:
        return
    for trigger in flow.triggers:
        if trigger.where:
            _note_impossible(findings, [trigger], trigger.where, trigger.span, events)
    wheres = [trigger.where for trigger in flow.triggers if trigger.where]
    for test in walk.tests(flow):
        if not any(test.expr is where for where in wheres):
            _note_impossible(findings, flow.triggers, test.expr, test.span, events)


def _note_impossible(
    findings: DiagnosticCollector, triggers: Sequence[plan.Trigger], expr: Expr, span: Span, events: Mapping[str, Event]
) -> None:
    for each in walk.inside(expr):
        field, wanted = _compared_field(each)
        names = _names(triggers, field.name, events) if field else None
        if field and names and not set(wanted) & names:
            message = (
                f"`trigger.{field.name}` is never {_either(wanted)} here: this starts with {listing(sorted(names))}"
            )
            findings.add("W304", message, span if field.span == NOWHERE else field.span)


def _compared_field(expr: Expr) -> tuple[TriggerField | None, tuple[Value, ...]]:
    """The compared field of the trigger and the values it is compared with; None for any other test."""
    match expr:
        case Compare(left=TriggerField() as field, op="is", right=value):
            return field, (value,)
        case OneOf(left=TriggerField() as field, values=values, none=False):
            return field, values
        case _:
            return None, ()


def _either(values: Sequence[Value]) -> str:
    return " or ".join(f'"{value}"' for value in values)


def _names(triggers: Sequence[plan.Trigger], field: str, events: Mapping[str, Event]) -> set[str] | None:
    """The values that a field can have when a run starts; None if it can have any."""
    found: set[str] = set()
    for names in (_of_trigger(trigger, field, events) for trigger in triggers):
        if not names:
            return None
        found |= set(names)
    return found


def _of_trigger(trigger: plan.Trigger, field: str, events: Mapping[str, Event]) -> tuple[str, ...]:
    """The values that one trigger allows in a field; empty if the trigger does not restrict it."""
    if not isinstance(trigger, plan.OnEvent):
        return ()
    match = trigger.match
    nouns = {events[kind].noun for kind in match.events if kind in events}
    is_custom = "custom.happened" in match.events  # the name of the event is in the place of an object
    if nouns == {field} or (field == OBJECT and not is_custom):
        return match.names
    return next((one.values for one in match.fields if one.field == field), ())
