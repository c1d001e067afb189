"""How a run starts: the tests of an entry in their order, each refusal a declined row with its reason.

Order (docs/reference/language.md#entry-tests): paused or outside dates, `where`, limit, unless, goal already met; then
the bounds that keep a contact finite: one start a flow and instant by caused events, 10,000 live runs.
"""

from __future__ import annotations

from collections.abc import Mapping

from flowdsl.calendar import clock
from flowdsl.calendar.clock import Zone
from flowdsl.machine.conditions import Test
from flowdsl.machine.instant import Instant, cause, zone_of
from flowdsl.machine.listening import NO_EVENT, NO_FIELDS, Happening, ReadyTrigger
from flowdsl.machine.memory import put
from flowdsl.machine.ready import ReadyFlow
from flowdsl.machine.state import Cell, CountedEvent, Run, State, Tally
from flowdsl.machine.steps import walk
from flowdsl.plan import plan
from flowdsl.results.records import run_row

MOST_RUNS = 10_000  # live runs of one contact


def enter_by_event(i: Instant, happening: Happening, caused: bool) -> None:
    """Lets an event start runs: one a flow at most, if one of its triggers matches and its `where` holds."""
    for triggers in i.ready.triggers.get(happening.event, ()):
        meant = [one for one in triggers if one.match and one.match(happening) and (not one.tally or _is_turn(i, one))]
        if meant:
            flow = i.ready.flows[meant[0].flow]
            run = _candidate(i, flow, happening)
            allowed = meant[0].where is None or any(
                one.where is None or one.where(i.state, run, i.now) for one in meant
            )
            _enter(i, flow, run, allowed=allowed, caused=caused)


def _is_turn(i: Instant, trigger: ReadyTrigger) -> bool:
    """`the 4th time`, `every 4th time`: this contact's events so far, this one included."""
    assert isinstance(trigger.trigger, plan.OnEvent)
    total = i.state.tallies[trigger.tally].total
    nth = trigger.trigger.nth
    return total % nth == 0 if trigger.trigger.every else total == nth


def _candidate(i: Instant, flow: ReadyFlow, happening: Happening) -> Run:
    """The run that would start: where `where`, `unless` and goals look for the trigger and the object."""
    kind = i.ready.events[happening.event]
    trigger: dict[str, Cell] = {}
    if i.ready.fields:
        listed = i.ready.catalogue.get(kind.noun, {}).get(happening.name, NO_FIELDS)
        fields: Mapping[str, Cell] = {**listed, **happening.fields, "object": happening.name, kind.noun: happening.name}
        trigger = {name: fields[name] for name in sorted(i.ready.fields) if name in fields}
    about = kind.about if happening.object_id else ""
    return _run(i, flow, about, happening.object_id if about else "", trigger)


def _run(i: Instant, flow: ReadyFlow, kind: str, object_id: str, trigger: dict[str, Cell]) -> Run:
    number, seq = i.state.started.get(flow.name, 0) + 1, i.state.seq
    return Run(flow.index, number, i.now, seq, flow.ports[0][0], kind, object_id, trigger, began=seq)


def enter_by_start(i: Instant, index: int, kind: str, object_id: str) -> None:
    """`start flow`: the same tests, without a trigger."""
    flow = i.ready.flows[index]
    _enter(i, flow, _run(i, flow, kind, object_id, {}), allowed=True, caused=True)


def enter_by_clock(i: Instant, trigger: ReadyTrigger) -> None:
    """A date or the calendar starts a run; who fails `where` is not meant by it, so there is nothing to decline."""
    flow = i.ready.flows[trigger.flow]
    run = _run(i, flow, "", "", {})
    if trigger.where is None or trigger.where(i.state, run, i.now):
        _enter(i, flow, run, allowed=True, caused=False)


def enter_existing(i: Instant, flow: ReadyFlow) -> None:
    """`include existing`: enrols a contact for whom the state of one of the triggers holds already."""
    for trigger in flow.triggers:
        for name in held(i.state, trigger):
            assert isinstance(trigger.trigger, plan.OnEvent)
            run = _candidate(i, flow, Happening(trigger.trigger.match.events[0], name, "", NO_FIELDS))
            if trigger.where is None or trigger.where(i.state, run, i.now):
                return _enter(i, flow, run, allowed=True, caused=False)
    return None


def held(state: State, trigger: ReadyTrigger) -> list[str]:
    """The names for which the trigger's state holds."""
    if trigger.existing is None:
        return []
    wanted = trigger.existing.names
    return [name for name in state.sets.get(trigger.existing.family, ()) if not wanted or name in wanted]


def _enter(i: Instant, flow: ReadyFlow, run: Run, *, allowed: bool, caused: bool) -> None:
    reason = _refusal(i, flow, run, allowed=allowed, caused=caused)
    if reason:
        i.records.append(run_row(i.now, flow.name, 0, "", "declined", reason, run.object_kind, run.object_id))
        if flow.flow.kind == "campaign" and not any(one.flow == flow.index for one in i.state.runs.values()):
            _keep_out(i, flow)
        return
    if caused:
        _begun(i).append(flow.index)
    _begin(i, flow, run)


def _keep_out(i: Instant, campaign: ReadyFlow) -> None:
    """Takes out of a campaign whom it did not let in; whoever looks at that state is asked again in this instant."""
    if put(i.state, "campaigns", campaign.name, False):
        cause(i, NO_EVENT)


def _refusal(i: Instant, flow: ReadyFlow, run: Run, *, allowed: bool, caused: bool) -> str:
    """Why this run may not start; "" when it may."""
    state, now = i.state, i.now
    enter = flow.enter
    if reason := switched_off(state, flow) or _outside(i, flow, enter):
        return reason
    if not allowed:
        return "where"
    if enter.limit and _is_used_up(i, flow, enter.limit, run):
        return "limit"
    if flow.unless and flow.unless(state, run, now):
        return "unless"
    if any(_holds(occasion.test, state, run, now) for _, occasion in flow.leaves):
        return "goal already met"
    if caused and flow.index in _begun(i):
        return "loop"
    return "too many runs" if len(state.runs) >= MOST_RUNS else ""


def _begun(i: Instant) -> list[int]:
    """The flows that caused events have started in this instant."""
    if i.state.begun_at != i.now:
        i.state.begun_at, i.state.begun = i.now, []
    return i.state.begun


def _holds(test: Test | None, state: State, run: Run, now: int) -> bool:
    return test is not None and test(state, run, now)


def switched_off(state: State, flow: ReadyFlow) -> str:
    """ "paused", "deactivated" or "replaced" while the flow enrols nobody, else ""."""
    return "paused" if flow.name in state.paused else not_active(state, flow)


def not_active(state: State, flow: ReadyFlow) -> str:
    """The same, whether or not an `at` line has paused it: a pause is not a deactivation, and ends by itself."""
    return state.switches.get(flow.name, "paused" if flow.flow.paused else "")


def _outside(i: Instant, flow: ReadyFlow, enter: plan.Enter) -> str:
    if enter.starting and i.now < _moment(enter.starting, zone_of(i, flow)):
        return "before start"
    return "after end" if enter.ending and i.now >= _moment(enter.ending, zone_of(i, flow)) else ""


def _moment(time: plan.LocalTime, zone: Zone) -> int:
    return clock.date_at(clock.day_number(time.date), time.minute, zone)


def opening(state: State, flow: ReadyFlow, now: int) -> int:
    """When `include existing` enrols: now, or when the flow starts, whatever is later."""
    starting = flow.enter.starting
    return max(now, _moment(starting, clock.zone(flow.zone or state.zone))) if starting else now


# --- limits -----------------------------------------------------------------------------------------------------------


def _is_used_up(i: Instant, flow: ReadyFlow, limit: plan.Limit, run: Run) -> bool:
    if limit.per != "contact" and run.object_kind not in ("", limit.per):
        return False  # about something else
    if limit.at_once:
        return _live(i, limit, run) >= limit.times
    tally = i.state.starts.get(_limit_key(flow, limit, run))
    if tally is None:
        return False
    if limit.every is None:
        return tally.total >= limit.times
    if len(tally.last) < limit.times:
        return False
    begin = clock.before(i.now, limit.every.months, limit.every.ms, zone_of(i, flow))
    return tally.last[-limit.times].time > begin  # times only grow: if this one still counts, so do those behind it


def _live(i: Instant, limit: plan.Limit, run: Run) -> int:
    """The runs of this flow, and of those whose place it takes, under way; of this object when the limit is per
    object."""
    same = (one for one in i.state.runs.values() if one.flow == run.flow or run.flow in i.ready.heirs[one.flow])
    return sum(limit.per == "contact" or one.object_id == run.object_id for one in same)


def _limit_key(flow: ReadyFlow, limit: plan.Limit, run: Run) -> str:
    return str(flow.index) if limit.per == "contact" else f"{flow.index} {run.object_id}"


def _use_up(i: Instant, flow: ReadyFlow, limit: plan.Limit, run: Run) -> None:
    if limit.per != "contact" and run.object_kind not in ("", limit.per):
        return
    tally = i.state.starts.setdefault(_limit_key(flow, limit, run), Tally())
    tally.total += 1
    tally.last.append(CountedEvent(i.now, i.state.seq))
    del tally.last[: -limit.times]


def _begin(i: Instant, flow: ReadyFlow, run: Run) -> None:
    """Starts the run and walks it to its first rest."""
    i.state.started[flow.name] = run.number
    for one in (flow, *(i.ready.flows[heir] for heir in i.ready.heirs[flow.index])):
        if one.enter.limit and not one.enter.limit.at_once:
            _use_up(i, one, one.enter.limit, run)
    i.state.runs[(run.flow, run.number)] = run
    start = flow.nodes[0].id
    i.records.append(run_row(i.now, flow.name, run.number, start, "started", "", run.object_kind, run.object_id))
    walk(i, flow, run)
