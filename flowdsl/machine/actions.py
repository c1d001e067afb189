"""How an action is taken: its tests in their order, then what it changes and what it causes.

A message is tested (docs/reference/language.md#send-tests) for: date passed, unless (flow, then action), consent and
suppression, window (it waits, and all of this is asked again), cap, capacity (it queues, and unless and consent are
asked again when its slot comes). The first failure is the reason of its row.
"""

from __future__ import annotations

from flowdsl.calendar import clock
from flowdsl.calendar.clock import NEVER, Window
from flowdsl.machine.instant import (
    Instant,
    Request,
    Start,
    alarm,
    book_out,
    cause,
    end,
    report,
    stop_all,
    trace,
    unsubscribe,
    zone_of,
)
from flowdsl.machine.listening import Happening
from flowdsl.machine.memory import put
from flowdsl.machine.ready import ReadyFlow
from flowdsl.machine.schedule import schedule_dates
from flowdsl.machine.state import Cell, Run, Sent
from flowdsl.plan import plan
from flowdsl.plan.expressions import ChangeMembership, Column, Effect, ObjectField, Send, SetField, StartFlow, StopFlow


def act(i: Instant, flow: ReadyFlow, run: Run, node: plan.Act) -> bool:
    """Takes the action a run stands at; False when the run now rests (frozen, held, queued) or is gone."""
    if node.id in run.done:
        run.done.remove(node.id)
        trace(i, flow, run, "passed", "done before the edit")
        return True
    if flow.name in i.state.paused:
        return hold(i, flow, run, "frozen", i.now)
    reason = run.skip or _unless(i, flow, run)
    if isinstance(node.effect, Send):
        return _send(i, flow, run, node, node.effect, reason)
    _finish(i, flow, run, node, reason)
    if not reason:
        _change(i, flow, run, node.effect)
    return run.mode != "gone"


def _unless(i: Instant, flow: ReadyFlow, run: Run) -> str:
    test = flow.tests[run.node]
    stopped = (flow.unless and flow.unless(i.state, run, i.now)) or (test and test(i.state, run, i.now))
    return "unless" if stopped else ""


def _finish(i: Instant, flow: ReadyFlow, run: Run, node: plan.Act, reason: str) -> None:
    """Writes the action's row and counts the visit."""
    report(i, flow, run, run.node, "skipped" if reason else "done", reason)
    if flow.loops or node.id in run.visits:  # an edit may have given an id that was used to another action
        run.visits[node.id] = run.visits.get(node.id, 0) + 1


def hold(i: Instant, flow: ReadyFlow, run: Run, mode: str, due: int) -> bool:
    """Lets a run rest before its action until `due`, or, when that is now, until something else moves it; always False.

    What is overdue keeps the moment it was due.
    """
    run.mode = mode
    if i.now < due < NEVER:
        alarm(i, run, due)
    else:
        run.due, run.token = due, 0
    trace(i, flow, run, mode, due=run.due)
    return False


# --- messages ---------------------------------------------------------------------------------------------------------


def _send(i: Instant, flow: ReadyFlow, run: Run, node: plan.Act, send: Send, reason: str) -> bool:
    personal = send.is_to_contact
    if personal and not reason:
        reason = _consent(i, send)
    if personal and not reason and not send.transactional:
        if (opens := _opens(i, flow)) > i.now:
            return hold(i, flow, run, "held", opens)
        reason = _cap(i, send.channel)
    if not reason and send.channel in i.ready.limited:
        run.asked = i.now
        ask(i, flow, run)
        return hold(i, flow, run, "queued", i.now)
    _deliver(i, flow, run, node, reason)
    return True


def ask(i: Instant, flow: ReadyFlow, run: Run) -> None:
    """Asks for a slot of the capacity of the channel that the run's message goes through."""
    i.requests.append(Request(flow.labels[run.node].channel, run.flow, run.number))


def _consent(i: Instant, send: Send) -> str:
    """Consent, then suppression; a transactional message minds only a bounce."""
    suppressed = i.state.suppressed.get(send.channel, ())
    bounced = "bounced" if "bounced" in suppressed else ""
    if send.transactional:
        return bounced
    if send.channel in i.state.refused:
        return "no consent"
    return "unsubscribed" if "unsubscribed" in suppressed else bounced


def _opens(i: Instant, flow: ReadyFlow) -> int:
    """When every send window is open next; now when they are."""
    if not flow.windows:
        return i.now
    zone = zone_of(i, flow)
    windows: list[tuple[Window, clock.Zone]] = [(window, zone) for window in flow.windows]
    return clock.open_again(i.now, windows)


def _cap(i: Instant, channel: str) -> str:
    """Tests the caps and books this send on them: a message in the queue for capacity counts already."""
    if not i.ready.plan.policy.caps:
        return ""
    state, zone = i.state, clock.zone(i.state.zone)
    caps = [(n, cap) for n, cap in enumerate(i.ready.plan.policy.caps) if cap.channel in ("", channel)]
    for number, cap in caps:
        times = state.recent.get(str(number), ())
        if len(times) < cap.times:
            continue
        begin = clock.before(i.now, cap.every.months, cap.every.ms, zone)
        if times[-cap.times] > begin:  # times only grow: if this one still counts, so do those behind it
            return "cap"
    for number, cap in caps:
        times = state.recent.setdefault(str(number), [])
        times.append(i.now)
        del times[: -cap.times]
    return ""


def deliver(i: Instant, flow: ReadyFlow, run: Run) -> bool:
    """Sends the message whose slot has come, if still it may go; False when its flow is paused, and it is frozen."""
    node = flow.nodes[run.node]
    assert isinstance(node, plan.Act)
    assert isinstance(node.effect, Send)
    if flow.name in i.state.paused:
        book_out(i, flow, run)
        return hold(i, flow, run, "frozen", i.now)
    reason = _unless(i, flow, run) or (_consent(i, node.effect) if node.effect.is_to_contact else "")
    if reason:
        book_out(i, flow, run)
    _deliver(i, flow, run, node, reason)
    return True


def _deliver(i: Instant, flow: ReadyFlow, run: Run, node: plan.Act, reason: str) -> None:
    _finish(i, flow, run, node, reason)
    send, key = node.effect, flow.keys[run.node]
    kept = key in i.ready.kept
    if not isinstance(send, Send) or not send.is_to_contact:
        return
    if reason:
        if kept and key not in run.skipped:
            run.skipped.append(key)
        return
    index, i.state.sends = i.state.sends, i.state.sends + 1
    if kept:
        ever = i.state.ever.setdefault(key, [])
        sent = Sent(index, {"received": i.state.seq}, again="received" in ever)
        i.state.messages[key] = run.sent[key] = sent
        if "received" not in ever:
            ever.append("received")
        if key in run.skipped:
            run.skipped.remove(key)
    if i.ready.levels or f"{send.channel}.received" in i.ready.heard:
        cause(i, Happening(f"{send.channel}.received", send.message, send=index))


# --- everything else --------------------------------------------------------------------------------------------------


def _change(i: Instant, flow: ReadyFlow, run: Run, effect: Effect) -> None:
    """Changes state at once and queues the event of it; what changes nothing causes nothing."""
    match effect:
        case ChangeMembership():
            if put(i.state, effect.family, effect.name, effect.present):
                cause(i, Happening(effect.event, effect.name))
                if effect.family == "campaigns" and not effect.present:
                    unsubscribe(i, effect.name)
        case SetField():
            _assign(i, run, effect)
        case StartFlow():
            i.caused.append(Start(i.ready.flow_numbers[effect.flow], run.object_kind, run.object_id))
        case StopFlow():
            _halt(i, flow, run, effect.flow)


def _assign(i: Instant, run: Run, effect: SetField) -> None:
    cells, name = _cells(i, run, effect.target), effect.target.name
    if cells is None or (name in cells and cells[name] == effect.value):
        return
    cells[name] = effect.value
    kind = i.ready.events.get(effect.event)
    said = "" if kind and kind.value else str(effect.value)  # `invoice is paid` says its status itself
    if isinstance(effect.target, Column):
        schedule_dates(i.ready, i.state, i.now, name)
        cause(i, Happening(effect.event, said))
    else:
        cause(i, Happening(effect.event, said, run.object_id))


def _cells(i: Instant, run: Run, target: Column | ObjectField) -> dict[str, Cell] | None:
    """Where the value goes; None when the run is about no such object."""
    if isinstance(target, Column):
        return i.state.columns
    if run.object_kind != target.kind or not run.object_id:
        return None
    return i.state.objects.setdefault(target.kind, {}).setdefault(run.object_id, {})


def _halt(i: Instant, flow: ReadyFlow, run: Run, name: str) -> None:
    """`stop flow`: its own name ends this run, another's ends all its runs."""
    if name == flow.name:
        end(i, flow, run, "cancelled", "stopped")
    else:
        stop_all(i, i.ready.flows[i.ready.flow_numbers[name]], "stopped")
