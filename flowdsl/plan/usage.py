"""What a plan uses: the expressions, events, columns and sets that it reads or changes.

Only what is used is loaded: tables are read, and cells kept, only as far as these functions require.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from flowdsl.diagnostics.source import Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import (
    And,
    ChangeMembership,
    Column,
    Compare,
    Counted,
    EventMatch,
    Expr,
    Has,
    Known,
    Not,
    ObjectField,
    OneOf,
    Or,
    Recent,
    Ref,
    SetField,
    TriggerField,
    Value,
    WaitCondition,
)
from flowdsl.plan.visit import conditions, effects, parts, steps, visit

CUSTOM = "custom.happened"
MOST_PER_UNIT = 1e7  # events of one kind that a contact causes in a unit of time


def expressions(program: plan.Plan) -> Iterable[Expr]:
    """Every expression of a plan, inner ones too."""
    return conditions(program)


def numbers(program: plan.Plan) -> Iterator[tuple[str, float]]:
    """The columns from which scenarios read shares and rates, with the largest valid number of each.

    >>> visits = plan.Rate("page.visited", "", 0, 86_400_000, column="visits")
    >>> list(numbers(plan.Plan((), world=(plan.World("S", rates=(visits,)),))))
    [('visits', 10000000.0)]
    """
    for world in program.world:
        yield from ((answer.column, 1.0) for answer in world.answers if answer.column)
        yield from ((share.column, 1.0) for share in world.shares if share.column)
        yield from ((rate.column, MOST_PER_UNIT) for rate in world.rates if rate.column)


def matches(program: plan.Plan) -> Iterable[EventMatch]:
    """Every event match of a plan: triggers, goals, waits, and then counts."""
    counts: list[EventMatch] = []
    for part in visit(program):
        if isinstance(part, plan.OnEvent):
            yield part.match
        elif isinstance(part, WaitCondition):
            yield from part.events
        elif isinstance(part, Counted):
            counts.append(part.match)
    yield from counts


def refs_of(expr: Expr) -> Iterator[Ref]:
    """Every column and field that an expression reads."""
    return (left for each in conditions(expr) if (left := getattr(each, "left", None)) is not None)


def references(program: plan.Plan) -> Iterable[Ref]:
    """Every column and field that a plan reads or sets."""
    yield from reads(program)
    yield from (target for target, _ in targets(program))


def targets(program: plan.Plan) -> Iterator[tuple[Ref, Span]]:
    """Every column and field that actions of a plan set, with the place of the action."""
    return ((act.effect.target, act.span) for act in steps(program, plan.Act) if isinstance(act.effect, SetField))


def reads(program: plan.Plan) -> Iterator[Ref]:
    """Every column and field that a plan reads."""
    for part in visit(program):
        if isinstance(part, Compare | OneOf | Known | Recent):
            yield part.left
        elif isinstance(part, plan.DateTrigger):
            yield Column(part.column)
        elif isinstance(part, plan.Relative):
            yield part.ref
        elif isinstance(part, plan.Rate) and part.past and part.past.column:
            yield Column(part.past.column)


def columns(program: plan.Plan) -> frozenset[str]:
    """The contact's columns that a plan reads or sets."""
    read = {ref.name for ref in references(program) if isinstance(ref, Column)}
    return frozenset(read | {column for column, _ in numbers(program)})


def custom_names(program: plan.Plan) -> frozenset[str]:
    """The names of the custom events in a plan and its scenarios."""
    event_matches = [*matches(program), *(answer.cause for world in program.world for answer in world.answers)]
    return frozenset(name for match in event_matches if CUSTOM in match.events for name in match.names)


def listener(program: plan.Plan) -> Callable[[str, str], bool]:
    """A function that tests whether the plan needs an event with this id and, for a custom event, this name.

    It does if a trigger, goal, exit, wait, count or answer matches the event, or if the event changes data that the
    plan reads: a set, a column, a message or a related object.

    >>> from flowdsl.plan.expressions import Event
    >>> listener(plan.Plan((), events=(Event("tag.added", adds="tags"), Event("page.visited"))))("page.visited", "")
    False
    """
    event_matches = [*matches(program), *(answer.cause for world in program.world for answer in world.answers)]
    kinds = {kind for match in event_matches for kind in match.events} - {CUSTOM}
    kinds |= {rate.event for world in program.world for rate in world.rates if rate.past}
    kinds |= {one.id for one in program.events if one.adds or one.removes or one.channel or one.sets or one.about}
    customs = [match.names for match in event_matches if CUSTOM in match.events]
    names, takes_any = custom_names(program), any(not each for each in customs)

    def listens(event: str, name: str) -> bool:
        return (takes_any or name in names or (bool(customs) and not name)) if event == CUSTOM else event in kinds

    return listens


def uses_objects(program: plan.Plan) -> bool:
    """True when runs can be about related objects or read their fields."""
    return any(event.about for event in program.events) or any(
        isinstance(ref, ObjectField) for ref in references(program)
    )


def families(program: plan.Plan) -> frozenset[str]:
    """The contact's sets that the plan reads or changes."""
    read = {has.family for has in parts(program, Has)}
    put = {effect.family for effect in effects(program, ChangeMembership)}
    moved = {family for event in program.events for family in (event.adds, event.removes)}
    given = {share.family for world in program.world for share in world.shares}
    return frozenset((read | put | moved | given) - {""})


def fields(program: plan.Plan) -> frozenset[str]:
    """The fields of events and related objects that a plan reads or sets."""
    named = {ref.name for ref in references(program) if isinstance(ref, TriggerField | ObjectField)}
    event_matches = [*matches(program), *(answer.cause for world in program.world for answer in world.answers)]
    return frozenset(named | {field.field for match in event_matches for field in match.fields})


def lacking(program: plan.Plan, world: plan.World) -> Iterator[tuple[plan.Flow, str, plan.Chancy]]:
    """Flows whose trigger needs a field that a scenario line does not give to the event it causes: such an event can
    never start the flow. Each comes with the field and the line.

    >>> list(lacking(plan.Plan(()), plan.World("S")))
    []
    """
    lines: tuple[plan.Answer | plan.Rate | plan.Arrival, ...] = (*world.rates, *world.arrivals, *world.answers)
    for flow in program.flows:
        for trigger in flow.enter.triggers:
            for line in lines:
                field = _lacks(program, trigger, line) if isinstance(trigger, plan.OnEvent) else ""
                if field:
                    yield flow, field, line


def _lacks(program: plan.Plan, trigger: plan.OnEvent, line: plan.Answer | plan.Rate | plan.Arrival) -> str:
    """The field without which an event of the line can never start this trigger; "" if there is none."""
    match, is_answer = trigger.match, isinstance(line, plan.Answer)
    if line.event not in match.events or (
        match.names and line.name not in match.names and (line.name or not is_answer)
    ):
        return ""
    noun = program.events_by_id[line.event].noun if line.event in program.events_by_id else ""
    given = {"object", noun, *(field.field for field in line.fields)}
    unmatched = next((field.field for field in match.fields if field.field not in given), "")
    if unmatched or trigger.where is None or _decided(trigger.where, given) is not False:
        return unmatched
    read = (ref.name for ref in refs_of(trigger.where) if isinstance(ref, TriggerField))
    return next((name for name in read if name not in given), "")


def _decided(expr: Expr, given: set[str]) -> bool | None:
    """The value of a condition for an event with only these fields; None if contacts or values decide it."""
    if isinstance(expr, Not):
        item = _decided(expr.item, given)
        return None if item is None else not item
    if isinstance(expr, And | Or):
        items = [_decided(item, given) for item in expr.items]
        settles = isinstance(expr, Or)
        if settles in items:
            return settles
        return None if None in items else not settles
    left = getattr(expr, "left", None)
    return False if isinstance(left, TriggerField) and left.name not in given else None


def types(program: plan.Plan) -> tuple[dict[str, str], dict[str, str]]:
    """The types with which the plan compares columns, and fields: name -> text, number, yes-no or date, if it is only
    one.

    >>> types(plan.Plan(()))
    ({}, {})
    """
    columns: dict[str, set[str]] = {}
    fields: dict[str, set[str]] = {}
    for ref, type_ in _compared(program):
        (columns if isinstance(ref, Column) else fields).setdefault(ref.name, set()).add(type_)
    return _only(columns), _only(fields)


def _only(found: dict[str, set[str]]) -> dict[str, str]:
    return {name: next(iter(of)) for name, of in found.items() if len(of) == 1}


def _compared(program: plan.Plan) -> Iterator[tuple[Ref, str]]:
    """Each compared column or field, with the type of the value it is compared with."""
    for part in visit(program):
        if isinstance(part, Recent):
            yield part.left, "date"
        elif isinstance(part, Compare | OneOf):
            values = part.values if isinstance(part, OneOf) else (part.right,)
            yield from ((part.left, _type(value)) for value in values)
        elif isinstance(part, plan.DateTrigger):
            yield Column(part.column), "date"
        elif isinstance(part, plan.Relative):
            yield part.ref, "date"
        elif isinstance(part, plan.Rate) and part.past and part.past.column:
            yield Column(part.past.column), "date"
    yield from ((Column(column), "number") for column, _ in numbers(program))


def _type(value: Value) -> str:
    if isinstance(value, bool):
        return "yes-no"
    if isinstance(value, date):
        return "date"
    return "text" if isinstance(value, str) else "number"
