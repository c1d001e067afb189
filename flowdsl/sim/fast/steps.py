"""How a run walks, compiled: from where it stands to its next rest or its end, a node at a time.

The twin of machine.steps. What a node leads to is the number of the next node, or REST.
"""

from __future__ import annotations

from flowdsl.calendar.clock import NEVER, after, date_at, day_at, next_at
from flowdsl.chance.keyed_draws import draw, extend, pick
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.actions import act
from flowdsl.sim.fast.conditions import NO_DATE_THERE, is_vain, moment_of, read, test, zone_at
from flowdsl.sim.fast.runs import end, flow_at, mark, node_at, ring_at, spend, take
from flowdsl.sim.fast.words import HalfWords, PlanWords, StateWords, Words, unsigned

REST = -1


def takes_step(p: PlanWords, s: StateWords, flow: int, number: int) -> bool:
    """Counts a step on the budget of the contact; False where it is used up, or nothing counts any more."""
    s[at.STEPS] += 1
    s[at.LAST_FLOW], s[at.LAST_NODE] = flow, number
    if s[at.STEPS] > p[at.MOST_STEPS]:
        s[at.FULL] = at.STEPS_SPENT
    spend(p, s, 1)
    return bool(s[at.FULL] == 0)


def walk(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, number: int) -> None:
    """Takes steps from a node on until the run rests or ends."""
    flow = flow_at(p, s[run + at.R_FLOW])
    s[run + at.R_MODE] = at.NOTHING
    while number != REST and takes_step(p, s, flow, number):
        s[run + at.R_NODE] = number
        mark(s, run, number)
        node = node_at(p, flow, number)
        kind = p[node + at.N_KIND]
        if kind == at.ACT:
            number = p[node + at.N_NEXT] if act(p, s, t, o, now, run, node) else REST
        elif kind == at.WAIT:
            number = _wait(p, s, t, o, now, run, flow, node)
        elif kind == at.BRANCH:
            number = _branch(p, s, now, run, node)
        elif kind == at.EXIT:
            end(p, s, t, o, now, run, at.IS_COMPLETED, p[node + at.A], at.COMPLETED)
            number = REST
        elif kind == at.SPLIT:
            number = split(p, s, run, node)
        elif kind == at.REPEAT:
            number = _repeat(p, s, run, node)
        else:
            number = _jump(p, s, run, node)


def _branch(p: PlanWords, s: StateWords, now: int, run: int, node: int) -> int:
    if test(p, s, run, p[node + at.N_TEST], now):
        take(p, s, run, node, 0)
        return int(p[node + at.N_NEXT])
    take(p, s, run, node, 1)
    return int(p[node + at.N_OTHER])


def split(p: PlanWords, s: StateWords, run: int, node: int) -> int:
    arms = p[node + at.B]
    count = p[arms]
    number = draw(extend(unsigned(p[node + at.A]), unsigned(s[at.HASH])), unsigned(0))
    arm = pick(number, p[arms + 1 : arms + 1 + count])
    take(p, s, run, node, arm)
    return int(p[arms + 1 + count + arm])


def _repeat(p: PlanWords, s: StateWords, run: int, node: int) -> int:
    turns = run + p[at.RUN_TURNS] + p[node + at.N_TURN]
    if s[turns] < p[node + at.A]:
        s[turns] += 1
        return int(p[node + at.N_NEXT])
    s[turns] = 0
    return int(p[node + at.N_OTHER])


def _jump(p: PlanWords, s: StateWords, run: int, node: int) -> int:
    turns = run + p[at.RUN_TURNS]
    own, times, left = turns + p[node + at.N_TURN], p[node + at.A], p[node + at.B]
    if times and s[own] >= times:
        return int(p[node + at.N_OTHER])
    s[own] += 1
    for n in range(p[left]):
        s[turns + p[left + 1 + n]] = 0
    return int(p[node + at.N_NEXT])


# --- waits ------------------------------------------------------------------------------------------------------------


def _wait(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, flow: int, node: int) -> int:
    s[run + at.R_HAPPENED] = 0
    s[run + at.R_SKIP] = at.NOTHING
    s[run + at.R_PAST] = at.CONTINUE
    s[run + at.R_BEGAN] = s[at.SEQ]
    kind = p[node + at.N_EFFECT]
    if kind == at.HAPPENS:
        return _wait_for_occasion(p, s, now, run, flow, node)
    if kind == at.RELATIVE:
        s[run + at.R_PAST] = p[node + at.G]
        return wait_for_date(p, s, t, o, now, run, flow, node)
    return _rest(p, s, now, run, node, due_of(p, s, now, flow, node))


def due_of(p: PlanWords, s: StateWords, now: int, flow: int, node: int) -> int:
    kind, months, minute = p[node + at.N_EFFECT], p[node + at.A], p[node + at.D]
    if kind == at.ELAPSED and months == 0:
        return int(now + p[node + at.C])
    zone = zone_at(p, s, p[flow + at.F_ZONE])
    if kind == at.ELAPSED:
        return int(after(now, months, p[node + at.C], zone))
    if kind == at.ON_DAY:
        return int(day_at(now, months, p[node + at.B], minute, zone))
    if kind == at.NEXT_TIME:
        return int(next_at(now, p[node + at.E], minute, zone))
    return int(date_at(p[node + at.E], minute, zone))


def _rest(p: PlanWords, s: StateWords, now: int, run: int, node: int, due: int) -> int:
    """Waits until `due`, or goes on at once when that is now or past."""
    if due <= now:
        return int(p[node + at.N_NEXT])
    s[run + at.R_MODE] = at.WAITING
    if due < NEVER:
        ring_at(s, run, due)
    else:
        s[run + at.R_DUE] = NEVER
        s[run + at.R_TOKEN] = 0
    return REST


def relative_due(p: PlanWords, s: StateWords, run: int, flow: int, node: int) -> int:
    """The moment of `7 days before event.start`, as the date stands now; NO_DATE_THERE without a date."""
    kind, value = read(p, s, run, p[node + at.F])
    sign, zone = p[node + at.H], zone_at(p, s, p[flow + at.F_ZONE])
    months, days, ms = sign * p[node + at.A], sign * p[node + at.B], sign * p[node + at.C]
    return moment_of(kind, value, months, days, ms, p[node + at.D], zone)


def wait_for_date(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, flow: int, node: int) -> int:
    """Waits for a date; past or missing, `skip` marks every action until the next wait, `exit` ends the run."""
    due = relative_due(p, s, run, flow, node)
    if due >= now:
        return _rest(p, s, now, run, node, due)
    reason = at.NO_DATE if due == NO_DATE_THERE else at.DATE_PASSED
    if s[run + at.R_PAST] == at.LEAVE:
        end(p, s, t, o, now, run, at.IS_COMPLETED, reason, at.COMPLETED)
        return REST
    s[run + at.R_SKIP] = reason if s[run + at.R_PAST] == at.SKIP else at.NOTHING
    return int(p[node + at.N_NEXT])


def move_date(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int) -> None:
    """Moves a wait whose date has moved."""
    flow = flow_at(p, s[run + at.R_FLOW])
    node = node_at(p, flow, s[run + at.R_NODE])
    due = relative_due(p, s, run, flow, node)
    if due == s[run + at.R_DUE]:
        return
    s[run + at.R_TOKEN] = 0
    number = wait_for_date(p, s, t, o, now, run, flow, node)
    if number != REST:
        walk(p, s, t, o, now, run, number)


def _wait_for_occasion(p: PlanWords, s: StateWords, now: int, run: int, flow: int, node: int) -> int:
    occasion = p[node + at.F]
    if test(p, s, run, p[occasion], now):
        s[run + at.R_HAPPENED] = 1
        take(p, s, run, node, 0)
        return int(p[node + at.N_NEXT])
    if is_vain(p, s, run, occasion):
        take(p, s, run, node, 1)
        return int(p[node + at.N_NEXT])
    if p[node + at.E] == 0:
        return _rest(p, s, now, run, node, NEVER)
    if p[node + at.A] == 0:
        return _rest(p, s, now, run, node, now + p[node + at.C])
    zone = zone_at(p, s, p[flow + at.F_ZONE])
    return _rest(p, s, now, run, node, int(after(now, p[node + at.A], p[node + at.C], zone)))
