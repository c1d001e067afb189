"""Made-up plans for tests: hypothesis strategies in, whole plans and their parts out.

`parts(shape)` follows the type hints and makes anything the types allow; `trees` nests made-up steps as a program can,
and `plans` lowers them, so their ports and ids are right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from hypothesis import strategies as st

from flowdsl.calendar.clock import Window
from flowdsl.chance import heterogeneity
from flowdsl.compiler.lowering import lower
from flowdsl.compiler.resolved import (
    Act,
    Arm,
    Checked,
    Exit,
    Flow,
    GoTo,
    If,
    Label,
    Repeat,
    Resolved,
    Split,
    SplitArm,
    Step,
    Wait,
)
from flowdsl.diagnostics.source import Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import CHANNELS, FLAGS, Effect, Event, EventMatch, Expr, Setting, StartFlow, StopFlow
from flowdsl.plan.json import RANGES
from flowdsl.plan.json.codec import BIGGEST, Anything, Choice, Day, Either, Many, Maybe, One, Part, Plain, Shape, shape
from flowdsl.plan.json.codec import parts as parts_of

NAMES = st.sampled_from(
    ["Hello", "Launch", "wait", "end", "if #2", "Ça va « ? »", 'the "best"', "a\nb", "\u2028😀", ""]
)
SPANS = st.builds(Span, st.just("a.flow"), *[st.integers(0, 10**6)] * 4)
DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1))
VALUES = st.one_of(
    NAMES, st.booleans(), st.integers(-BIGGEST, BIGGEST), st.floats(allow_nan=False, allow_infinity=False), DAYS
)


def parts(of: Shape, range_: tuple[int, int] = (0, BIGGEST), depth: int = 2) -> st.SearchStrategy[Any]:
    """Anything of a shape; expressions inside each other up to `depth`."""
    match of:
        case Many(item):
            return st.lists(parts(item, range_, depth), max_size=2 if depth else 0).map(tuple)
        case Maybe(item):
            return st.none() | parts(item, range_, depth) if depth else st.none()
        case One(type_):
            return _object(type_, depth)
        case Either(kinds):
            types = [t for t in kinds.values() if depth or not any(p.shape == of for p in parts_of(t))]
            return st.one_of(*(_object(type_, depth) for type_ in types))
        case Anything():
            return VALUES
        case Day():
            return DAYS
        case Choice(members):
            return st.sampled_from(members)
        case Plain(type_):
            return {str: NAMES, bool: st.booleans(), int: st.integers(*range_)}[type_]


@cache
def _object(of: type, depth: int) -> st.SearchStrategy[Any]:
    if of is Span:
        return SPANS
    return st.deferred(lambda: st.builds(of, **{part.name: _part(of, part, depth - 1) for part in parts_of(of)}))


def _part(of: type, part: Part, depth: int) -> st.SearchStrategy[Any]:
    if part.name == "channel":
        return st.sampled_from(CHANNELS)
    if part.name == "flag":
        return st.sampled_from(["", *FLAGS])
    if part.name == "flags":
        return st.lists(st.sampled_from(FLAGS), min_size=1, max_size=2).map(tuple)
    if (of, part.name) == (EventMatch, "events"):
        return st.lists(NAMES, min_size=1, max_size=2, unique=True).map(tuple)
    if part.name == "channels":
        return st.lists(st.sampled_from(CHANNELS), max_size=2).map(tuple)
    return parts(part.shape, RANGES.get((of, part.name), (0, BIGGEST)), depth)


EXPRS: st.SearchStrategy[Expr] = parts(shape(Expr))
SPREADS = st.sampled_from([(), tuple(range(heterogeneity.KNOTS))])
TABLES = st.lists(st.integers(0, 10**9), min_size=1, max_size=2).map(sorted).map(tuple)


@st.composite
def trees(
    draw: st.DrawFn, acts: st.SearchStrategy[Act], waits: st.SearchStrategy[Wait], tests: st.SearchStrategy[Expr]
) -> tuple[Step, ...]:
    """Nested steps as a program can hold them: labels are unique, a jump back is bounded, one forward leads on."""
    count = draw(st.integers(0, 3))
    labels = [f"L{i}" for i in range(count)]
    budget = [draw(st.integers(0, 12))]
    unplaced = list(labels)

    def block(depth: int) -> tuple[Step, ...]:
        steps: list[Step] = []
        for _ in range(draw(st.integers(0, 3))):
            if budget[0] <= 0:
                break
            budget[0] -= 1
            steps.append(step(depth))
            if unplaced and draw(st.booleans()):
                steps.append(Label(unplaced.pop()))
        return tuple(steps)

    def step(depth: int) -> Step:
        kinds = ["act", "wait", "jump", "exit"] + (["if", "split", "repeat"] if depth else [])
        match draw(st.sampled_from(kinds)):
            case "jump" if labels:
                return GoTo(draw(st.sampled_from(labels)), draw(st.integers(1, 3)))
            case "exit":
                return Exit(draw(st.sampled_from(["", "done"])))
            case "wait":
                return draw(waits)
            case "if":
                arms = tuple(Arm(draw(tests), block(depth - 1)) for _ in range(draw(st.integers(1, 3))))
                return If(arms, block(depth - 1))
            case "split":
                share = draw(st.integers(0, 1_000_000))
                arms_ = ((share, "short"), (1_000_000 - share, draw(st.sampled_from(["", "long"]))))
                return Split(tuple(SplitArm(part, name, block(depth - 1)) for part, name in arms_))
            case "repeat":
                return Repeat(draw(st.integers(1, 3)), block(depth - 1))
            case _:
                return draw(acts)

    steps = block(3)
    return (*steps, *(Label(name) for name in unplaced))


def _effects() -> st.SearchStrategy[Effect]:
    return parts(shape(Effect)).filter(lambda effect: not isinstance(effect, StartFlow | StopFlow))


ACTS = st.builds(
    Act, _effects(), st.lists(st.builds(Setting, NAMES, VALUES), max_size=2).map(tuple), st.none() | EXPRS, span=SPANS
)
WAITS = st.builds(Wait, parts(shape(plan.Until)), span=SPANS)
TRIGGERS = parts(shape(plan.Trigger)).filter(
    lambda one: not isinstance(one, plan.OnSchedule) or bool(one.days) != bool(one.month_day)
)
FLOWS = st.builds(
    Flow,
    st.sampled_from(["A", "B", "Été"]),
    trees(ACTS, WAITS, EXPRS),
    st.lists(TRIGGERS, max_size=2).map(tuple),
    kind=st.sampled_from(["flow", "campaign"]),
    description=NAMES,
    paused=st.booleans(),
    include_existing=st.none() | SPANS,
    limit=parts(shape(plan.Limit | None)),
    starting=parts(shape(plan.LocalTime | None)),
    unless=st.none() | EXPRS,
    leaves=parts(shape(tuple[plan.ExitRule, ...])),
    window=parts(shape(Window | None)),
    zone=st.sampled_from(["", "Europe/Paris"]),
    span=SPANS,
)


@st.composite
def plans(draw: st.DrawFn) -> plan.Plan:
    """Whole plans of anything the types allow, whose ids and ports are right."""
    flows = draw(st.lists(FLOWS, max_size=2, unique_by=lambda flow: flow.name))
    policy = draw(_object(plan.Policy, 2))
    events = draw(st.lists(_object(Event, 1).map(_answering), max_size=3, unique_by=lambda event: event.id))
    names = [flow.name for flow in flows]
    worlds = draw(st.lists(_worlds(names), max_size=2, unique_by=lambda world: world.name))
    tree = Resolved(tuple(flows), replace(policy, zone=""), tuple(worlds), tuple(events))
    return listed(lower(Checked(tree)))


def listed(whole: plan.Plan) -> plan.Plan:
    """The plan with all kinds of event in its list that it mentions."""
    known = {event.id for event in whole.events}
    clicks = {event.channel for event in whole.events if event.flag == "opened"}
    twins = [_answering(Event("", channel=channel, flag="clicked")) for channel in sorted(clicks)]
    whole = replace(whole, events=(*whole.events, *(twin for twin in twins if twin.id not in known)))
    more = dict.fromkeys(kind for kind in _kinds((whole.flows, whole.world)) if kind and kind not in known)
    return replace(whole, events=(*whole.events, *map(Event, more)))


def _answering(event: Event) -> Event:
    """The event, called by its channel and flag where it is an answer to a message."""
    if event.channel and event.flag:
        return replace(event, id=f"{event.channel}.{event.flag}")
    return replace(event, channel="", flag="")


def _kinds(thing: Any) -> Iterator[str]:
    if isinstance(thing, tuple):
        for one in thing:
            yield from _kinds(one)
    elif is_dataclass(thing):
        yield from thing.events if isinstance(thing, EventMatch) else (getattr(thing, "event", ""),)
        for field in fields(thing):
            yield from _kinds(getattr(thing, field.name))


def _worlds(flows: list[str]) -> st.SearchStrategy[plan.World]:
    def lines(of: type, **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        shapes = {part.name: _part(of, part, 2) for part in parts_of(of)}
        return st.lists(st.builds(of, **{**shapes, **fixed}), max_size=2).map(tuple)

    return st.builds(
        plan.World,
        NAMES,
        lines(plan.Answer, delay=TABLES, spread=SPREADS).map(_sound),
        lines(plan.Rate, spread=SPREADS).map(_sound),
        lines(plan.Control, flow=st.sampled_from(flows)).map(_named(flows)) if flows else st.just(()),
        lines(plan.Arrival).map(_sound),
        lines(plan.Share).map(_sound),
        span=SPANS,
    )


def _sound(lines: tuple[Any, ...]) -> tuple[Any, ...]:
    """Lines whose number is said in one way, the ends of one in doubt in their order, fields with one value."""
    return tuple(map(_sound_line, lines))


def _sound_line(line: Any) -> Any:
    key = "rate" if hasattr(line, "rate") else "share"
    low = getattr(line, key)
    if getattr(line, "column", ""):
        line = replace(line, **{key: 0, "most": 0})
    elif line.most <= low:
        line = replace(line, most=0)
    if hasattr(line, "spread"):
        tables = 0 if line.column else 2 if line.most and key == "share" else 1
        line = replace(line, spread=line.spread * tables)
    if isinstance(line, plan.Rate):
        line = _with_sound_past(line)
    if not hasattr(line, "fields"):
        return line
    return replace(line, fields=tuple(replace(field, values=("x",)) for field in line.fields))


def _with_sound_past(rate: plan.Rate) -> plan.Rate:
    """A contact leaves in one way, and is known since a column or a date; the past counts where contacts differ."""
    past, leaving = rate.past if rate.spread and not rate.column else None, rate.leaving
    if past and past.column:
        past = replace(past, date=None)
    if leaving:
        leaving = replace(leaving, ms=0 if leaving.share else max(leaving.ms, 1))
    if rate.column:
        rate = replace(rate, daily=0, weekly=0)
    return replace(rate, past=past, leaving=leaving)


def _named(flows: list[str]) -> Any:
    """Controls of which only those that replace a flow, if there is another one, name a second."""

    def named(controls: tuple[plan.Control, ...]) -> tuple[plan.Control, ...]:
        return tuple(map(one, controls))

    def one(control: plan.Control) -> plan.Control:
        other = next((name for name in flows if name != control.flow), "")
        if control.verb == "replace" and not other:
            return replace(control, verb="resume", by="")
        return replace(control, by=other if control.verb == "replace" else "")

    return named
