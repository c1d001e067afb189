"""One instant of one contact: the state it changes, and what it leaves behind: rows, requests and events still to take.

The rooms around it (memory, entry, steps, wake) are functions of an Instant; it lives only while `wake` runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappush
from typing import NamedTuple, TypeAlias

from flowdsl.calendar import clock
from flowdsl.calendar.clock import NEVER, Zone
from flowdsl.machine.budget import RUNS_TOLD, WORK, Spent, Step
from flowdsl.machine.listening import Happening
from flowdsl.machine.memory import put
from flowdsl.machine.ready import Ready, ReadyFlow
from flowdsl.machine.state import TIMER, Alarm, Run, State
from flowdsl.plan import plan
from flowdsl.plan.expressions import Send
from flowdsl.results.records import Record, action_row, run_row


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
    caused: list[Caused] = field(default_factory=list)
    steps: int = 0


def spend(ready: Ready, state: State, work: int, step: Step | None = None) -> None:
    """Takes so much work from the budget of the contact. Raises Spent where it is used up."""
    state.work += work
    if state.work > ready.budget.work:
        raise Spent(WORK, step)


def told(state: State) -> int:
    """The work of an event: all runs under way hear of it."""
    return 1 + len(state.runs) // RUNS_TOLD


def zone_of(i: Instant, flow: ReadyFlow) -> Zone:
    """The clock that a flow reads for this contact."""
    return clock.zone(flow.zone or i.state.zone)


def alarm(i: Instant, run: Run, due: int) -> None:
    """Sets the run's alarm; an older one no longer counts."""
    i.state.tokens += 1
    run.token, run.due = i.state.tokens, due
    heappush(i.state.agenda, Alarm(due, TIMER, run.flow, run.number, run.node, run.token))


def in_order(i: Instant) -> list[Run]:
    """The runs under way by (flow, run): the order in which they leave and wake."""
    runs = i.state.runs
    return [runs[key] for key in sorted(runs)] if len(runs) > 1 else list(runs.values())


def cause(i: Instant, happening: Happening) -> None:
    """Queues an event that an action caused, unless nothing at all could take notice of it."""
    if happening.event in i.ready.heard or i.ready.levels or happening.event in i.ready.echo:
        i.caused.append(happening)


def trace(i: Instant, flow: ReadyFlow, run: Run, status: str, reason: str = "", due: int = NEVER) -> None:
    """Leaves a row for stories."""
    if i.ready.trace:
        step = flow.nodes[run.node].id
        row = Record(i.now, "step", flow.name, run.number, step, status=status, reason=reason, due=due)
        i.records.append(row)


def take(flow: ReadyFlow, run: Run, arm: int) -> None:
    """Marks the arm of a choice on the run's path."""
    run.path |= 1 << (flow.choices[run.node] + arm)


# --- rows -------------------------------------------------------------------------------------------------------------


def report(i: Instant, flow: ReadyFlow, run: Run, at: int, status: str, reason: str = "", due: int = NEVER) -> None:
    """Leaves the one row of an action's identity: (contact, flow, run, step, iteration); `at` is its node."""
    step, label, is_done = flow.nodes[at].id, flow.labels[at], status == "done"
    iteration = run.visits.get(step, 0) + 1
    ready_at = due if due < NEVER or status in ("planned", "cancelled") else i.now
    queued = i.now - run.asked if is_done and run.mode == "queued" else 0
    send = i.state.sends if is_done and flow.keys[at] and not label.to else -1
    about = (run.object_kind, 0, run.object_id)
    row = action_row(
        i.now, flow.name, run.number, step, iteration, label, status, reason, about, ready_at, queued, send
    )
    i.records.append(row)


# --- the end of a run -------------------------------------------------------------------------------------------------


def end(i: Instant, flow: ReadyFlow, run: Run, status: str, reason: str = "") -> None:
    """Ends a run: what it still had in mind is cancelled, its row says how and where it ended."""
    if run.mode == "queued":
        book_out(i, flow, run)
    if run.mode:
        for at in planned(flow, run):
            report(i, flow, run, at, "cancelled", reason or status, due=run.due)
    run.mode = "gone"
    del i.state.runs[(run.flow, run.number)]
    step = flow.nodes[run.node].id
    about = (run.object_kind, run.object_id)
    i.records.append(run_row(i.now, flow.name, run.number, step, status, reason, *about, path=run.path))
    if flow.flow.kind == "campaign" and put(i.state, "campaigns", flow.name, False):
        cause(i, Happening("campaign.completed" if status == "completed" else "campaign.left", flow.name))


def unsubscribe(i: Instant, campaign: str) -> None:
    """Stops a campaign at once for a contact who is no longer in it."""
    number = i.ready.flow_numbers.get(campaign)
    if number is not None and i.ready.flows[number].flow.kind == "campaign":
        stop_all(i, i.ready.flows[number], "unsubscribed")


def stop_all(i: Instant, flow: ReadyFlow, reason: str) -> None:
    """Cancels every run of a flow."""
    for run in [run for run in i.state.runs.values() if run.flow == flow.index]:
        end(i, flow, run, "cancelled", reason)


def book_out(i: Instant, flow: ReadyFlow, run: Run) -> None:
    """Takes a queued message back from the caps that count it while it queues: it does not go out after all."""
    node = flow.nodes[run.node]
    assert isinstance(node, plan.Act)
    send = node.effect
    if isinstance(send, Send) and send.is_to_contact and not send.transactional:
        free_caps(i, send.channel, run.asked)


def free_caps(i: Instant, channel: str, asked: int) -> None:
    """Takes a message that was counted at this time back from the caps of its channel."""
    for number, cap in enumerate(i.ready.plan.policy.caps):
        times = i.state.recent.get(str(number), [])
        if cap.channel in ("", channel) and asked in times:
            times.remove(asked)


def planned(flow: ReadyFlow, run: Run) -> list[int]:
    """The actions (by node) that a run at rest takes next: all that follow without a choice."""
    found = []
    at = flow.ports[run.node][0] if run.mode == "waiting" else run.node
    while isinstance(flow.nodes[at], plan.Act):
        found.append(at)
        at = flow.ports[at][0]
    return found
