"""What a plan listens to: event matches of triggers, waits and exits made ready, and what of an event must be kept.

`prepare` (ready.py) builds all of this once; a Happening is what wake.py holds against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from flowdsl.machine.conditions import Cells, Compiler, Test, message_keys
from flowdsl.machine.state import Cell
from flowdsl.plan import plan
from flowdsl.plan.expressions import Event, EventMatch, Has, MessageStatus, WaitCondition
from flowdsl.plan.usage import matches
from flowdsl.plan.visit import parts

NO_FIELDS: Mapping[str, Cell] = MappingProxyType({})


class Happening(NamedTuple):
    """One event as it happens to a contact: its id, object and fields; `send` is the message an answer belongs to."""

    event: str
    name: str = ""
    object_id: str = ""
    fields: Mapping[str, Cell] = NO_FIELDS
    send: int = -1


NO_EVENT = Happening("")  # a state has changed, and no event has changed it

Match: TypeAlias = Callable[[Happening], bool]


@dataclass(frozen=True, slots=True)
class Listener:
    """One event match of an occasion, with the object kind it speaks of.

    channels, keys   for answers to named messages: the channels they may go by, and all "channel:name" of the match
    """

    match: Match
    about: str
    channels: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadyOccasion:
    """`events` by event id, and the test of states."""

    events: dict[str, tuple[Listener, ...]]
    test: Test | None


@dataclass(frozen=True, slots=True)
class ReadyTrigger:
    """A trigger of a flow: its number there, its match and its `where`; `tally` counts for `the 4th time`."""

    flow: int
    number: int
    trigger: plan.Trigger
    match: Match | None
    where: Test | None
    tally: str
    existing: Has | None
    reads: tuple[str, ...] = ()


def ready_trigger(make: Compiler, program: plan.Plan, flow: int, number: int) -> ReadyTrigger:
    """One trigger of a flow made ready."""
    trigger = program.flows[flow].enter.triggers[number]
    where = make.test(trigger.where) if trigger.where else None
    if not isinstance(trigger, plan.OnEvent):
        reads = (trigger.column,) if isinstance(trigger, plan.DateTrigger) else ()
        return ReadyTrigger(flow, number, trigger, None, where, "", None, reads)
    tally = str(make.cells.tally(trigger.match, 0)) if trigger.nth else ""
    return ReadyTrigger(flow, number, trigger, matcher(trigger.match), where, tally, _existing(program, trigger))


def _existing(program: plan.Plan, trigger: plan.OnEvent) -> Has | None:
    """The state that the trigger's event brings about, for `include existing`."""
    family = next((e.adds for e in program.events if e.id in trigger.match.events and e.adds), "")
    return Has(family, trigger.match.names) if family else None


def matcher(match: EventMatch) -> Match:
    """The test whether an event is of the names and fields meant; its kind is known by then.

    >>> matcher(EventMatch(("program.joined",), ("Yoga",)))(Happening("program.joined", "Yoga"))
    True
    """
    names = frozenset(match.names)
    fields = tuple((one.field, frozenset(one.values)) for one in match.fields)
    if fields:
        return lambda h: (not names or h.name in names) and all(h.fields.get(f) in values for f, values in fields)
    return (lambda h: h.name in names) if names else (lambda h: True)


def ready_occasion(make: Compiler, program: plan.Plan, occasion: WaitCondition) -> ReadyOccasion:
    """What a wait or an exit waits for, made ready: its events by their ids."""
    events: dict[str, tuple[Listener, ...]] = {}
    for match in occasion.events:
        answers = match.answer and match.names
        kinds = [program.events_by_id.get(event, Event(event)) for event in heard_as(program, match)]
        channels = tuple(dict.fromkeys(kind.channel for kind in kinds if kind.channel)) if answers else ()
        keys = tuple(key for name in match.names for key in message_keys(channels, name))
        for kind in kinds:
            events[kind.id] = (*events.get(kind.id, ()), Listener(matcher(match), kind.about, channels, keys))
    return ReadyOccasion(events, make.test(occasion.test) if occasion.test else None)


def heard_as(program: plan.Plan, match: EventMatch) -> tuple[str, ...]:
    """The events that fulfil a match; a click is an opening too, where a run waits for an answer."""
    if not match.answer:
        return match.events
    kinds = [program.events_by_id.get(event, Event(event)) for event in match.events]
    clicks = [f"{kind.channel}.clicked" for kind in kinds if kind.flag == "opened"]
    return tuple(dict.fromkeys((*match.events, *clicks)))


# --- what must be kept of what happens --------------------------------------------------------------------------------


def tallies(cells: Cells) -> dict[str, tuple[tuple[int, int, Match], ...]]:
    """The tallies that an event counts in, by event id: number, how many times to keep, match."""
    found: dict[str, tuple[tuple[int, int, Match], ...]] = {}
    for number, match in enumerate(cells.matches):
        for event in match.events:
            found[event] = (*found.get(event, ()), (number, cells.keep[number], matcher(match)))
    return found


def heard(program: plan.Plan) -> Iterable[str]:
    """The events that something in the plan speaks of."""
    for match in matches(program):
        yield from match.events


def kept(program: plan.Plan) -> Iterable[str]:
    """The messages whose flags somebody asks for: "email:Launch"."""
    for status in parts(program, MessageStatus):
        yield from message_keys(status.channels, status.name)
    for match in matches(program):
        for event in match.events if match.answer else ():
            kind = program.events_by_id.get(event, Event(event))
            yield from (f"{kind.channel}:{name}" for name in match.names)
