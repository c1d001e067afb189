"""One instant of one contact: the state it changes, and what it leaves behind: rows, requests and events still to take.

The rooms around it (memory, entry, steps, wake) are functions of an Instant; it lives only while `wake` runs.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heappush
from typing import NamedTuple, TypeAlias

from flowdsl import clock, plan
from flowdsl.calculus import Assign, Begin, Do, Effect, Halt, Put, Send
from flowdsl.clock import Zone
from flowdsl.machine.ready import Happening, Ready, ReadyFlow
from flowdsl.machine.state import TIMER, Run, State
from flowdsl.records import Record


class Request(NamedTuple):
    """A run asks for a slot of a channel's capacity; the driver answers with a Slot input, now or later."""

    channel: str
    flow: int
    run: int


class Start(NamedTuple):
    """`start flow` waiting in the queue of caused events, with the object its run was about."""

    flow: int
    object_kind: str
    object_id: str


Caused: TypeAlias = Happening | Start


@dataclass(slots=True)
class Instant:
    """Now, for one contact."""

    ready: Ready
    state: State
    now: int
    records: list[Record] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    caused: deque[Caused] = field(default_factory=deque)


def zone_of(i: Instant, flow: ReadyFlow) -> Zone:
    """The clock that a flow reads for this contact."""
    return clock.zone(flow.zone or i.state.zone)


def alarm(i: Instant, run: Run, due: int) -> None:
    """Sets the run's alarm; an older one no longer counts."""
    i.state.tokens += 1
    run.token, run.due = i.state.tokens, due
    heappush(i.state.agenda, (due, TIMER, run.flow, run.number, run.node, run.token))


def in_order(i: Instant) -> list[Run]:
    """The runs under way by (flow, run): the order in which they leave and wake."""
    runs = i.state.runs
    return [runs[key] for key in sorted(runs)] if len(runs) > 1 else list(runs.values())


def cause(i: Instant, happening: Happening) -> None:
    """Queues an event that an action caused, unless nothing at all could take notice of it."""
    if happening.event in i.ready.heard or i.ready.levels or happening.event in i.ready.echo:
        i.caused.append(happening)


def trace(i: Instant, flow: ReadyFlow, run: Run, status: str, reason: str = "", due: int = -1) -> None:
    """Leaves a row for stories."""
    if i.ready.trace:
        step = flow.nodes[run.node].id
        row = Record(i.now, "step", flow.name, run.number, step, status=status, reason=reason, due=due)
        i.records.append(row)


# --- rows -------------------------------------------------------------------------------------------------------------


def action_id(effect: Effect) -> str:
    """The id of what an action does, as the tables name it.

    >>> action_id(Put("tags", "vip", True))
    'tags.add'
    """
    match effect:
        case Send():
            return "send"
        case Put():
            return f"{effect.family}.{'add' if effect.present else 'remove'}"
        case Assign():
            return "set"
        case Begin():
            return "flow.start"
        case Halt():
            return "flow.stop"
        case Do():
            return effect.action


def object_name(effect: Effect) -> str:
    """The name that an action is about: the message, the tag, the column, the flow.

    >>> object_name(Put("tags", "vip", True))
    'vip'
    """
    match effect:
        case Send():
            return effect.message
        case Assign():
            return effect.target.name
        case Begin() | Halt():
            return effect.flow
        case _:
            return effect.name


def recipient(effect: Effect) -> str:
    """Who a message goes to when not to the contact: addresses, or `staff NAME`."""
    if not isinstance(effect, Send):
        return ""
    return f"staff {effect.staff}" if effect.staff else ", ".join(effect.to)


def report(i: Instant, flow: ReadyFlow, run: Run, act: plan.Act, status: str, reason: str = "", due: int = -1) -> None:
    """Leaves the one row of an action's identity: (contact, flow, run, step, iteration)."""
    effect = act.effect
    i.records.append(
        Record(
            i.now,
            "action",
            flow.name,
            run.number,
            act.id,
            run.visits.get(act.id, 0) + 1 if flow.loops else 1,
            action_id(effect),
            object_name(effect),
            effect.channel if isinstance(effect, Send) else "",
            recipient(effect),
            status,
            reason,
            run.object_kind,
            run.object_id,
            due if due >= 0 else i.now,
            i.now - run.asked if run.mode == "queued" and status == "done" else 0,
            i.state.sends if isinstance(effect, Send) and status == "done" else -1,
        )
    )


# --- the end of a run -------------------------------------------------------------------------------------------------


def end(i: Instant, flow: ReadyFlow, run: Run, status: str, reason: str = "") -> None:
    """Ends a run: what it still had in mind is cancelled, its row says how and where it ended."""
    if run.mode:
        for act in planned(flow, run):
            report(i, flow, run, act, "cancelled", reason or status, due=run.due)
    run.mode = "gone"
    del i.state.runs[(run.flow, run.number)]
    i.records.append(
        Record(
            i.now,
            "run",
            flow.name,
            run.number,
            flow.nodes[run.node].id,
            status=status,
            reason=reason,
            object_kind=run.object_kind,
            object_id=run.object_id,
        )
    )


def stop_all(i: Instant, flow: ReadyFlow, reason: str) -> None:
    """Cancels every run of a flow."""
    for run in [run for run in i.state.runs.values() if run.flow == flow.index]:
        end(i, flow, run, "cancelled", reason)


def planned(flow: ReadyFlow, run: Run) -> list[plan.Act]:
    """The actions that a run at rest takes next: those that follow its wait, or its held action, without a choice."""
    found = []
    at = flow.ports[run.node][0] if run.mode == "waiting" else run.node
    while isinstance(act := flow.nodes[at], plan.Act):
        found.append(act)
        at = flow.ports[at][0]
    return found
