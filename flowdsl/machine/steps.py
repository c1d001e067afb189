"""How a run walks: each node kind's step, from where a run stands to its next rest or its end.

A step function gives the number of the next node, or REST when the run waits, is held, or has ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from flowdsl.calendar import clock
from flowdsl.calendar.clock import NEVER
from flowdsl.chance import keyed_draws
from flowdsl.machine.actions import act
from flowdsl.machine.budget import STEPS, WORK, Spent, Step
from flowdsl.machine.conditions import moved
from flowdsl.machine.instant import Instant, alarm, end, take, trace, zone_of
from flowdsl.machine.listening import Listener, ReadyOccasion
from flowdsl.machine.ready import ReadyFlow
from flowdsl.machine.state import Run
from flowdsl.plan import plan

REST = -1
StepFunction: TypeAlias = Callable[[Instant, ReadyFlow, Run, Any], int]


def walk(i: Instant, flow: ReadyFlow, run: Run) -> None:
    """Takes steps until the run rests or ends."""
    run.mode = ""
    at = run.node
    while at != REST:
        run.node = at
        run.path |= 1 << at
        node = flow.nodes[at]
        _take_step(i, flow, node)
        at = _STEPS[type(node)](i, flow, run, node)


def _take_step(i: Instant, flow: ReadyFlow, node: plan.Node) -> None:
    """Counts a step on the budget of the contact. Raises Spent where it is used up."""
    i.steps += 1
    i.state.work += 1
    if i.steps > i.ready.budget.steps:
        raise Spent(STEPS, Step(flow.name, node.id, node.span))
    if i.state.work > i.ready.budget.work:
        raise Spent(WORK, Step(flow.name, node.id, node.span))


def _branch(i: Instant, flow: ReadyFlow, run: Run, node: plan.Branch) -> int:
    test = flow.tests[run.node]
    holds = test is not None and test(i.state, run, i.now)
    take(flow, run, 0 if holds else 1)
    trace(i, flow, run, "then" if holds else "otherwise")
    return flow.ports[run.node][0 if holds else 1]


def _split(i: Instant, flow: ReadyFlow, run: Run, node: plan.Split) -> int:
    key = keyed_draws.extend(flow.split_keys[run.node], keyed_draws.hash_text(i.state.contact))
    arm = keyed_draws.pick(keyed_draws.draw(key, 0), flow.arms[run.node])
    take(flow, run, arm)
    trace(i, flow, run, f"arm {node.arms[arm].name or arm + 1}")
    return flow.ports[run.node][arm]


def _repeat(i: Instant, flow: ReadyFlow, run: Run, node: plan.Repeat) -> int:
    turn = run.turns.get(node.id, 0) + 1
    again = turn <= node.times
    run.turns[node.id] = turn if again else 0
    trace(i, flow, run, "again" if again else "done")
    return flow.ports[run.node][0 if again else 1]


def _jump(i: Instant, flow: ReadyFlow, run: Run, node: plan.Jump) -> int:
    turn = run.turns.get(node.id, 0) + 1
    again = not node.times or turn <= node.times
    if again:
        run.turns[node.id] = turn
        run.turns.update(dict.fromkeys(node.leaves, 0))
    trace(i, flow, run, "again" if again else "done")
    return flow.ports[run.node][0 if again else 1]


def _exit(i: Instant, flow: ReadyFlow, run: Run, node: plan.Exit) -> int:
    end(i, flow, run, "completed", node.reason)
    return REST


# --- waits ------------------------------------------------------------------------------------------------------------


def _wait(i: Instant, flow: ReadyFlow, run: Run, node: plan.Wait) -> int:
    run.happened, run.skip, run.past = False, "", "continue"
    run.began = i.state.seq
    if isinstance(node.until, plan.Happens):
        return _wait_for_occasion(i, flow, run, node.until)
    if isinstance(node.until, plan.Relative):
        run.past = node.until.past
        return _wait_for_date(i, flow, run, node.until)
    lapse = flow.lapses[run.node]
    return _rest(i, flow, run, i.now + lapse if lapse >= 0 else _due(i, flow, node.until))


def _due(i: Instant, flow: ReadyFlow, until: plan.Until) -> int:
    zone, now = zone_of(i, flow), i.now
    match until:
        case plan.Elapsed():
            return clock.after(now, until.lapse.months, until.lapse.ms, zone)
        case plan.OnDay():
            return clock.day_at(now, until.months, until.days, until.minute, zone)
        case plan.NextTime():
            return clock.next_at(now, until.days, until.minute, zone)
        case plan.OnDate():
            return clock.date_at(clock.day_number(until.date), until.minute, zone)
        case _:
            raise TypeError(f"{until!r} is not a wait for a time")


def _rest(i: Instant, flow: ReadyFlow, run: Run, due: int) -> int:
    """Waits until `due`, or goes on at once when that is now or past."""
    if due <= i.now:
        trace(i, flow, run, "passed")
        return flow.ports[run.node][0]
    run.mode = "waiting"
    if due < NEVER:
        alarm(i, run, due)
    else:
        run.due, run.token = NEVER, 0
    trace(i, flow, run, "began", due=run.due)
    return REST


def _wait_for_date(i: Instant, flow: ReadyFlow, run: Run, until: plan.Relative) -> int:
    due = relative_due(i, flow, run, until)
    if due is None or due < i.now:
        return _late(i, flow, run, "no date" if due is None else "date passed")
    return _rest(i, flow, run, due)


def relative_due(i: Instant, flow: ReadyFlow, run: Run, until: plan.Relative) -> int | None:
    """The moment of `7 days before event.start`, as the date stands now; None without a date."""
    read = flow.readers[run.node]
    value = read(i.state, run) if read else None
    sign = until.sign
    return moved(value, sign * until.months, sign * until.days, sign * until.ms, until.minute, zone_of(i, flow))


def _late(i: Instant, flow: ReadyFlow, run: Run, reason: str) -> int:
    """A date is past or missing: skip marks every action until the next wait, continue goes on, exit ends the run."""
    trace(i, flow, run, "passed", reason)
    if run.past == "exit":
        end(i, flow, run, "completed", reason)
        return REST
    run.skip = reason if run.past == "skip" else ""
    return flow.ports[run.node][0]


def move_date(i: Instant, flow: ReadyFlow, run: Run) -> None:
    """Moves a wait whose date has moved (docs/reference/language.md#date-waits)."""
    node = flow.nodes[run.node]
    if not isinstance(node, plan.Wait) or not isinstance(node.until, plan.Relative):
        return
    due = relative_due(i, flow, run, node.until)
    if due == run.due:
        return
    run.token = 0
    at = _wait_for_date(i, flow, run, node.until)
    if at != REST:
        go_on(i, flow, run, at)


def go_on(i: Instant, flow: ReadyFlow, run: Run, at: int) -> None:
    """Walks on from a node: the rest before it is over."""
    run.node = at
    walk(i, flow, run)


def _wait_for_occasion(i: Instant, flow: ReadyFlow, run: Run, until: plan.Happens) -> int:
    occasion = flow.occasions[run.node]
    if occasion is None:
        raise TypeError("a wait for an occasion was made ready without one")
    if occasion.test and occasion.test(i.state, run, i.now):
        run.happened = True
        take(flow, run, 0)
        trace(i, flow, run, "passed", "it holds already")
        return flow.ports[run.node][0]
    if is_vain(run, occasion):
        take(flow, run, 1)
        trace(i, flow, run, "passed", "the message was skipped")
        return flow.ports[run.node][0]
    lapse = until.up_to
    due = clock.after(i.now, lapse.months, lapse.ms, zone_of(i, flow)) if lapse else NEVER
    return _rest(i, flow, run, due)


def is_vain(run: Run, occasion: ReadyOccasion) -> bool:
    """Whether all that is waited for are answers to messages that this run tried last and skipped."""
    if not run.skipped or occasion.test or not occasion.events:
        return False
    return all(_is_skipped(run, listener) for many in occasion.events.values() for listener in many)


def _is_skipped(run: Run, listener: Listener) -> bool:
    sent = [key for key in listener.keys if key in run.sent and key not in run.skipped]
    return not sent and any(key in run.skipped for key in listener.keys)


def _act(i: Instant, flow: ReadyFlow, run: Run, node: plan.Act) -> int:
    return flow.ports[run.node][0] if act(i, flow, run, node) else REST


_STEPS: dict[type, StepFunction] = {
    plan.Branch: _branch,
    plan.Split: _split,
    plan.Repeat: _repeat,
    plan.Jump: _jump,
    plan.Exit: _exit,
    plan.Wait: _wait,
    plan.Act: _act,
}
