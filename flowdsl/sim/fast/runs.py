"""Runs under way, compiled: their alarms and rows, the events they cause, and how they end.

The twin of machine.instant. A run is a place in the region RUNS; LIVE lists the places of those under way, by flow and
number, which is the order in which they leave and wake.
"""

from __future__ import annotations

from flowdsl.calendar.clock import NEVER
from flowdsl.machine.budget import RUNS_TOLD
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.caps import book_out
from flowdsl.sim.fast.cells import event, put
from flowdsl.sim.fast.heap import push
from flowdsl.sim.fast.rows import write_row
from flowdsl.sim.fast.words import HalfWords, PlanWords, StateWords, Words, clear


def flow_at(p: PlanWords, number: int) -> int:
    """Where a flow stands."""
    place: int = p[at.FLOWS] + number * at.FLOW_WIDTH
    return place


def node_at(p: PlanWords, flow: int, number: int) -> int:
    """Where a node of a flow stands; nodes have numbers of their own in each flow."""
    place: int = p[at.NODES] + (p[flow + at.F_FIRST] + number) * at.NODE_WIDTH
    return place


def node_of(p: PlanWords, s: StateWords, run: int) -> int:
    """The node at which a run stands."""
    return node_at(p, flow_at(p, s[run + at.R_FLOW]), s[run + at.R_NODE])


def spend(p: PlanWords, s: StateWords, work: int) -> None:
    """Takes so much work from the budget of the contact."""
    s[at.WORK] += work
    if s[at.WORK] > p[at.MOST_WORK] and s[at.FULL] == 0:
        s[at.FULL] = at.WORK_SPENT


def told(s: StateWords) -> int:
    """The work of an event: all runs under way hear of it."""
    return int(1 + s[at.N_LIVE] // RUNS_TOLD)


# --- runs under way ---------------------------------------------------------------------------------------------------


def new_run(p: PlanWords, s: StateWords, flow: int, kind: int, identity: int) -> int:
    """A place for a run that may start; its trigger knows nothing yet. 0, nobody's run, when there is no room."""
    width = p[at.RUN_WIDTH]
    if s[at.N_FREE] > 0:
        s[at.N_FREE] -= 1
        run = s[s[at.FREE] + s[at.N_FREE]]
    elif s[at.N_RUNS] < s[at.MOST_RUNS]:
        run = s[at.RUNS] + s[at.N_RUNS] * width
        s[at.N_RUNS] += 1
    else:
        s[at.FULL] = at.MOST_RUNS
        run = s[at.RUNS]
    clear(s, run, width)
    s[run + at.R_FLOW] = flow
    s[run + at.R_NUMBER] = s[s[at.STARTED] + flow] + 1
    s[run + at.R_ANCHOR] = s[at.SEQ]
    s[run + at.R_BEGAN] = s[at.SEQ]
    s[run + at.R_NODE] = p[flow_at(p, flow) + at.F_ENTRY]
    s[run + at.R_KIND] = kind
    s[run + at.R_OBJECT] = identity
    s[run + at.R_DUE] = NEVER
    s[run + at.R_PAST] = at.CONTINUE
    s[run + at.R_PATH] = 1
    for message in range(p[at.N_KEPT]):
        s[run + p[at.RUN_SENT] + message * p[at.KEPT_WIDTH]] = -1
    return int(run)


def free(s: StateWords, run: int) -> None:
    """Gives the place of a run back."""
    s[s[at.FREE] + s[at.N_FREE]] = run
    s[at.N_FREE] += 1


def enlist(s: StateWords, run: int) -> None:
    """Puts a run among those under way."""
    live, count = s[at.LIVE], s[at.N_LIVE]
    while count > 0:
        other = s[live + count - 1]
        flow, number = s[other + at.R_FLOW], s[other + at.R_NUMBER]
        if flow < s[run + at.R_FLOW] or (flow == s[run + at.R_FLOW] and number < s[run + at.R_NUMBER]):
            break
        s[live + count] = other
        count -= 1
    s[live + count] = run
    s[at.N_LIVE] += 1


def find_run(s: StateWords, flow: int, number: int) -> int:
    """Where the run of a flow with this number stands, or -1 when it is not under way."""
    for n in range(s[at.N_LIVE]):
        run = s[s[at.LIVE] + n]
        if s[run + at.R_NUMBER] == number and s[run + at.R_FLOW] == flow:
            return int(run)
    return -1


def next_run(s: StateWords, flow: int, number: int) -> int:
    """The first run of a flow under way with a higher number, or -1."""
    for n in range(s[at.N_LIVE]):
        run = s[s[at.LIVE] + n]
        if s[run + at.R_FLOW] == flow and s[run + at.R_NUMBER] > number:
            return int(run)
    return -1


def _strike(s: StateWords, run: int) -> None:
    live, last = s[at.LIVE], s[at.N_LIVE] - 1
    n = 0
    while n < last and s[live + n] != run:
        n += 1
    while n < last:
        s[live + n] = s[live + n + 1]
        n += 1
    s[at.N_LIVE] = last


def take(p: PlanWords, s: StateWords, run: int, node: int, arm: int) -> None:
    """Marks the arm of a choice on the run's path."""
    mark(s, run, p[node + at.N_CHOICE] + arm)


def mark(s: StateWords, run: int, bit: int) -> None:
    """Sets a bit of the run's path."""
    s[run + at.R_PATH + bit // 62] |= 1 << bit % 62


# --- alarms and caused events -----------------------------------------------------------------------------------------


def alarm(s: StateWords, due: int, order: int, token: int) -> None:
    """Puts an alarm into the agenda."""
    if s[at.N_AGENDA] == s[at.MOST_ALARMS]:
        s[at.FULL] = at.MOST_ALARMS
        return
    place = s[at.AGENDA] + s[at.N_AGENDA] * at.ALARM_WIDTH
    s[place], s[place + 1], s[place + 2] = due, order, token
    push(s, s[at.AGENDA], s[at.N_AGENDA], at.ALARM_WIDTH)
    s[at.N_AGENDA] += 1


def order_of(flow: int, number: int, step: int) -> int:
    """A timer as one number, by flow, run and step."""
    return at.IS_TIMER | flow << (at.RUN_BITS + at.STEP_BITS) | number << at.STEP_BITS | step


def ring_at(s: StateWords, run: int, due: int) -> None:
    """Sets the run's alarm; an older one no longer counts."""
    s[at.TOKENS] += 1
    s[run + at.R_TOKEN] = s[at.TOKENS]
    s[run + at.R_DUE] = due
    alarm(s, due, order_of(s[run + at.R_FLOW], s[run + at.R_NUMBER], s[run + at.R_NODE]), s[at.TOKENS])


def cause(p: PlanWords, s: StateWords, number: int, name: int, identity: int, send: int) -> None:
    """Queues an event that an action caused, unless nothing at all could take notice of it."""
    if p[event(p, number) + at.E_NOTICED]:
        queue(s, number, name, identity, send)


def queue(s: StateWords, number: int, name: int, identity: int, send: int) -> None:
    """Queues an event, or a flow to start (IS_START, flow, kind, id), to be taken in this instant."""
    if s[at.N_CAUSED] == s[at.MOST_CAUSED]:
        s[at.FULL] = at.MOST_CAUSED
        return
    place = s[at.CAUSED] + s[at.N_CAUSED] * at.CAUSED_WIDTH
    s[place + at.Q_EVENT] = number
    s[place + at.Q_NAME] = name
    s[place + at.Q_OBJECT] = identity
    s[place + at.Q_SEND] = send
    s[at.N_CAUSED] += 1


def may_be_answered(
    p: PlanWords,
    s: StateWords,
    now: int,
    number: int,
    channel: int,
    name: int,
    send: int,
    kind: int,
    identity: int,
    sent: bool,
) -> None:
    """Notes a row that something may answer later: a message sent, or else the happening at hand with its fields."""
    if p[event(p, number) + at.E_N_LINES] == 0:
        return
    if s[at.N_CAUSES] == s[at.MOST_CAUSES]:
        s[at.FULL] = at.MOST_CAUSES
        return
    place = s[at.CAUSES] + s[at.N_CAUSES] * p[at.CAUSE_WORDS]
    s[place + at.Y_TIME] = now
    s[place + at.Y_EVENT] = number
    s[place + at.Y_CHANNEL] = channel
    s[place + at.Y_NAME] = name
    s[place + at.Y_SEND] = send
    s[place + at.Y_KIND] = kind
    s[place + at.Y_OBJECT] = identity
    s[place + at.Y_MESSAGE] = 1 if sent else 0
    for word in range(2 * p[at.N_FIELDS]):
        s[place + at.Y_FIELDS + word] = at.MISSING if sent else s[s[at.HAPPENING] + at.H_FIELDS + word]
    s[at.N_CAUSES] += 1


# --- rows -------------------------------------------------------------------------------------------------------------


def report(
    p: PlanWords,
    s: StateWords,
    t: Words,
    o: HalfWords,
    now: int,
    run: int,
    number: int,
    status: int,
    reason: int,
    due: int,
) -> None:
    """Leaves the one row of an action's identity; `number` is its node."""
    flow = flow_at(p, s[run + at.R_FLOW])
    iteration = s[run + p[at.RUN_VISITS] + number] + 1 if p[flow + at.F_LOOPS] else 1
    ready = due if due < NEVER or status == at.IS_PLANNED or status == at.IS_CANCELLED else now
    site, kind, identity = p[flow + at.F_FIRST] + number, s[run + at.R_KIND], s[run + at.R_OBJECT]
    is_late = status == at.IS_DONE and s[run + at.R_MODE] == at.QUEUED
    write_row(
        p, s, t, o, now, at.ACTION_ROW, site, s[run + at.R_NUMBER], iteration, at.NOTHING, status, reason, kind, -1,
        identity, ready, now - s[run + at.R_ASKED] if is_late else 0,
    )  # fmt: skip
    node = node_at(p, flow, number)
    if status == at.IS_DONE and p[node + at.N_EFFECT] == at.SEND and p[node + at.D] == 0:
        may_be_answered(p, s, now, p[node + at.F], p[node + at.G], p[node + at.B], s[at.SENDS], kind, identity, True)


def report_run(
    p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, status: int, reason: int, due: int
) -> None:
    """Leaves a row of the run itself; all but the first tell its path."""
    flow = flow_at(p, s[run + at.R_FLOW])
    is_first = status == at.IS_STARTED
    site = p[flow + at.F_FIRST] + (0 if is_first else s[run + at.R_NODE])
    write_row(
        p, s, t, o, now, at.RUN_ROW, site, s[run + at.R_NUMBER], 0, at.NOTHING, status, reason, s[run + at.R_KIND],
        -1 if is_first else run, s[run + at.R_OBJECT], due, 0,
    )  # fmt: skip


def report_planned(
    p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, status: int, reason: int
) -> None:
    """The rows of the actions that a run at rest takes next: all that follow without a choice."""
    flow = flow_at(p, s[run + at.R_FLOW])
    number = s[run + at.R_NODE]
    if s[run + at.R_MODE] == at.WAITING:
        number = p[node_at(p, flow, number) + at.N_NEXT]
    while p[node_at(p, flow, number) + at.N_KIND] == at.ACT:
        report(p, s, t, o, now, run, number, status, reason, s[run + at.R_DUE])
        number = p[node_at(p, flow, number) + at.N_NEXT]


# --- the end of a run -------------------------------------------------------------------------------------------------


def end(
    p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, status: int, reason: int, said: int
) -> None:
    """Ends a run: what it still had in mind is cancelled, its row says how and where it ended.

    said: the text of its status, which is the reason of what is cancelled where there is no other.
    """
    if s[run + at.R_MODE] == at.QUEUED:
        book_out(p, s, run, node_of(p, s, run))
    if s[run + at.R_MODE] != at.NOTHING:
        report_planned(p, s, t, o, now, run, at.IS_CANCELLED, reason if reason != at.NOTHING else said)
    s[run + at.R_MODE] = at.GONE
    _strike(s, run)
    report_run(p, s, t, o, now, run, status, reason, NEVER)
    flow = flow_at(p, s[run + at.R_FLOW])
    if p[flow + at.F_CAMPAIGN] and put(s, p[at.CAMPAIGN_FAMILY], p[flow + at.F_NAME], False):
        over = p[at.COMPLETES] if status == at.IS_COMPLETED else p[at.LEAVES_IT]
        cause(p, s, over, p[flow + at.F_NAME], at.NOTHING, -1)
    free(s, run)


def stop_all(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, flow: int, reason: int) -> None:
    """Cancels every run of a flow, by its number."""
    run = next_run(s, flow, 0)
    while run >= 0:
        number = s[run + at.R_NUMBER]
        end(p, s, t, o, now, run, at.IS_CANCELLED, reason, at.CANCELLED)
        run = next_run(s, flow, number)


def unsubscribe(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, name: int) -> None:
    """Stops a campaign at once for a contact who is no longer in it."""
    if name < p[at.PLAN_TEXTS] and p[p[at.CAMPAIGNS] + name] >= 0:
        stop_all(p, s, t, o, now, p[p[at.CAMPAIGNS] + name], at.UNSUBSCRIBED)


def is_paused(s: StateWords, flow: int) -> bool:
    """Whether an `at` line has paused a flow, by its number."""
    return s[s[at.STOPPED_FOR] + flow] == 1
