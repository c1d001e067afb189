"""How a run starts, compiled: the tests of an entry in their order, each refusal a declined row with its reason.

The twin of machine.entry.
"""

from __future__ import annotations

from flowdsl.calendar.clock import NEVER
from flowdsl.machine.entry import MOST_RUNS
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.caps import begins_at
from flowdsl.sim.fast.cells import event, is_meant, listed, matches, put, remember_time, set_of, tally_at, tally_width
from flowdsl.sim.fast.conditions import test
from flowdsl.sim.fast.rows import write_row
from flowdsl.sim.fast.runs import cause, enlist, flow_at, free, is_paused, new_run, next_run, report_run
from flowdsl.sim.fast.schedule import moment
from flowdsl.sim.fast.steps import walk
from flowdsl.sim.fast.words import HalfWords, PlanWords, StateWords, Words


def enter_by_event(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, caused: bool) -> None:
    """Lets the happening at hand start runs: one a flow at most, if a trigger matches and its `where` holds."""
    kind = event(p, s[s[at.HAPPENING] + at.H_EVENT])
    group = p[kind + at.E_ENTRIES]
    for _ in range(p[kind + at.E_N_ENTRIES]):
        if any_meant(p, s, group):
            _enter_one(p, s, t, o, now, group, caused)
        group += 2 + p[group + 1]


def any_meant(p: PlanWords, s: StateWords, group: int) -> bool:
    for n in range(p[group + 1]):
        if is_started_by(p, s, p[group + 2 + n]):
            return True
    return False


def is_started_by(p: PlanWords, s: StateWords, trigger: int) -> bool:
    """Whether a trigger matches; `the 4th time`, `every 4th time` count the events so far, this one included."""
    if not matches(p, s, p[trigger + at.T_MATCH]):
        return False
    if p[trigger + at.T_NTH] == 0:
        return True
    total = s[tally_at(s, p[trigger + at.T_TALLY])]
    nth = p[trigger + at.T_NTH]
    return total % nth == 0 if p[trigger + at.T_EVERY] else total == nth


def _enter_one(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, group: int, caused: bool) -> None:
    """Enters one flow: a list of its number, how many triggers hear the event, and those."""
    happening = s[at.HAPPENING]
    run = _candidate(p, s, p[group], s[happening + at.H_EVENT], s[happening + at.H_NAME], s[happening + at.H_OBJECT])
    _fill_trigger(p, s, run, happening + at.H_FIELDS)
    allowed = False
    for n in range(p[group + 1]):
        trigger = p[group + 2 + n]
        if not allowed and is_started_by(p, s, trigger):
            allowed = p[trigger + at.T_WHERE] < 0 or test(p, s, run, p[trigger + at.T_WHERE], now)
    _enter(p, s, t, o, now, run, allowed, caused)


def _candidate(p: PlanWords, s: StateWords, flow: int, number: int, name: int, identity: int) -> int:
    """The run that would start: where `where`, `unless` and goals look for the trigger and the object."""
    kind = event(p, number)
    about = p[kind + at.E_ABOUT] if identity != at.NOTHING else at.NOTHING
    run = new_run(p, s, flow, about, identity if about != at.NOTHING else at.NOTHING)
    entry = listed(p, p[kind + at.E_NOUN], name) if p[at.N_CATALOGUE] else -1
    for n in range(p[at.N_TRIGGER_FIELDS]):
        cell = run + p[at.RUN_TRIGGER] + 2 * n
        if n == p[kind + at.E_NOUN_FIELD] or n == p[kind + at.E_OBJECT_FIELD]:
            s[cell], s[cell + 1] = at.TEXT, name
        elif entry >= 0:
            field = entry + 1 + 2 * p[p[at.TRIGGER_FIELDS] + n]
            s[cell], s[cell + 1] = p[field], p[field + 1]
    return run


def _fill_trigger(p: PlanWords, s: StateWords, run: int, fields: int) -> None:
    """What the event itself says goes before what the catalogue says; its name goes before both."""
    kind = event(p, s[s[at.HAPPENING] + at.H_EVENT])
    for n in range(p[at.N_TRIGGER_FIELDS]):
        said = fields + 2 * p[p[at.TRIGGER_FIELDS] + n]
        if s[said] != at.MISSING and n != p[kind + at.E_NOUN_FIELD] and n != p[kind + at.E_OBJECT_FIELD]:
            cell = run + p[at.RUN_TRIGGER] + 2 * n
            s[cell], s[cell + 1] = s[said], s[said + 1]


def enter_by_start(
    p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, flow: int, kind: int, identity: int
) -> None:
    """`start flow`: the same tests, without a trigger."""
    _enter(p, s, t, o, now, new_run(p, s, flow, kind, identity), True, True)


def enter_by_clock(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, trigger: int) -> None:
    """A date or the calendar starts a run; who fails `where` is not meant by it."""
    run = new_run(p, s, p[trigger + at.T_FLOW], at.NOTHING, at.NOTHING)
    if p[trigger + at.T_WHERE] < 0 or test(p, s, run, p[trigger + at.T_WHERE], now):
        _enter(p, s, t, o, now, run, True, False)
    else:
        free(s, run)


def enter_existing(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, number: int) -> None:
    """`include existing`: enrols a contact for whom the state of one of the triggers holds already."""
    flow = flow_at(p, number)
    for n in range(p[flow + at.F_N_TRIGGERS]):
        trigger = p[flow + at.F_TRIGGERS] + n * at.TRIGGER_WIDTH
        if p[trigger + at.T_FAMILY] >= 0:
            names = set_of(s, p[trigger + at.T_FAMILY])
            for m in range(s[names]):
                if is_meant(p, p[trigger + at.T_NAMES], s[names + 1 + m]):
                    run = _candidate(p, s, number, p[trigger + at.T_EVENT], s[names + 1 + m], at.NOTHING)
                    if p[trigger + at.T_WHERE] < 0 or test(p, s, run, p[trigger + at.T_WHERE], now):
                        _enter(p, s, t, o, now, run, True, False)
                        return
                    free(s, run)


# --- the tests --------------------------------------------------------------------------------------------------------


def _enter(
    p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, allowed: bool, caused: bool
) -> None:
    number = s[run + at.R_FLOW]
    flow = flow_at(p, number)
    reason = _refusal(p, s, now, run, number, flow, allowed, caused)
    if reason != at.NOTHING:
        kind, identity = s[run + at.R_KIND], s[run + at.R_OBJECT]
        write_row(
            p, s, t, o, now, at.RUN_ROW, number, 0, 0, at.NOTHING, at.IS_DECLINED, reason, kind, -1, identity, NEVER, 0
        )  # fmt: skip
        if p[flow + at.F_CAMPAIGN] and next_run(s, number, 0) < 0:
            _keep_out(p, s, flow)
        free(s, run)
        return
    if s[at.FULL]:
        return
    if caused:
        s[s[at.BEGUN] + number] = now
    s[s[at.STARTED] + number] = s[run + at.R_NUMBER]
    _use_up(p, s, now, run, number)
    heirs = p[flow + at.F_HEIRS]
    for n in range(p[heirs]):
        _use_up(p, s, now, run, p[heirs + 1 + n])
    enlist(s, run)
    report_run(p, s, t, o, now, run, at.IS_STARTED, at.NOTHING, NEVER)
    walk(p, s, t, o, now, run, p[flow + at.F_ENTRY])


def _keep_out(p: PlanWords, s: StateWords, campaign: int) -> None:
    """Takes out of a campaign whom it did not let in; whoever looks at that state is asked again in this instant."""
    if put(s, p[at.CAMPAIGN_FAMILY], p[campaign + at.F_NAME], False):
        cause(p, s, at.NO_EVENT, at.NOTHING, at.NOTHING, -1)


def _refusal(
    p: PlanWords, s: StateWords, now: int, run: int, number: int, flow: int, allowed: bool, caused: bool
) -> int:
    """Why this run may not start; NOTHING when it may."""
    reason = switched_off(p, s, number)
    if reason == at.NOTHING:
        reason = outside(p, s, now, flow)
    if reason != at.NOTHING:
        return reason
    if not allowed:
        return at.WHERE
    if p[flow + at.F_TIMES] and _is_used_up(p, s, now, run, number, flow):
        return at.LIMIT
    if test(p, s, run, p[flow + at.F_UNLESS], now):
        return at.UNLESS
    for n in range(p[flow + at.F_N_LEAVES]):
        leave = p[flow + at.F_LEAVES] + n * at.LEAVE_WIDTH
        if test(p, s, run, p[p[leave + at.LEAVE_OCCASION]], now):
            return at.ALREADY_MET
    if caused and s[s[at.BEGUN] + number] == now:
        return at.LOOP
    return at.TOO_MANY if s[at.N_LIVE] >= MOST_RUNS else at.NOTHING


def switched_off(p: PlanWords, s: StateWords, number: int) -> int:
    """PAUSED, DEACTIVATED or REPLACED while a flow enrols nobody, else NOTHING."""
    return at.PAUSED if is_paused(s, number) else not_active(p, s, number)


def not_active(p: PlanWords, s: StateWords, number: int) -> int:
    """The same, whether or not an `at` line has paused it. SWITCH is -1 as long as no line has spoken."""
    switch = s[s[at.SWITCH] + number]
    if switch >= 0:
        return int(switch)
    return at.PAUSED if p[flow_at(p, number) + at.F_PAUSED] else at.NOTHING


def outside(p: PlanWords, s: StateWords, now: int, flow: int) -> int:
    if p[flow + at.F_STARTS] and now < moment(p, s, flow, p[flow + at.F_START_DAY], p[flow + at.F_START_MINUTE]):
        return at.BEFORE_START
    if p[flow + at.F_ENDS] and now >= moment(p, s, flow, p[flow + at.F_END_DAY], p[flow + at.F_END_MINUTE]):
        return at.AFTER_END
    return at.NOTHING


# --- limits -----------------------------------------------------------------------------------------------------------


def _is_about_else(p: PlanWords, s: StateWords, run: int, flow: int) -> bool:
    """Whether a limit counts for objects of another kind than the run is about."""
    kind = s[run + at.R_KIND]
    return p[flow + at.F_PER_OBJECT] != at.NOTHING and kind != at.NOTHING and kind != p[flow + at.F_PER_OBJECT]


def _is_used_up(p: PlanWords, s: StateWords, now: int, run: int, number: int, flow: int) -> bool:
    times = p[flow + at.F_TIMES]
    if _is_about_else(p, s, run, flow):
        return False
    if p[flow + at.F_AT_ONCE]:
        found, before = _live(p, s, run, number, flow), p[flow + at.F_AND_HEIRS_OF]
        for n in range(p[before]):
            found += _live(p, s, run, p[before + 1 + n], flow)
        return found >= times
    tally = _tally(p, s, run, number, flow)
    if tally < 0:
        return False
    if p[flow + at.F_EVERY] == 0:
        return s[tally] >= times
    if s[tally + 1] < times:
        return False
    begin = begins_at(p, s, now, p[flow + at.F_EVERY_MONTHS], p[flow + at.F_EVERY_MS], p[flow + at.F_ZONE])
    return s[tally + 2 + 2 * (s[tally + 1] - times)] > begin  # times only grow: all behind this one count too


def _live(p: PlanWords, s: StateWords, run: int, number: int, flow: int) -> int:
    """The runs of a flow under way, of this object when the limit, which is that of `flow`, is per object."""
    found, other = 0, next_run(s, number, 0)
    while other >= 0:
        if p[flow + at.F_PER_OBJECT] == at.NOTHING or s[other + at.R_OBJECT] == s[run + at.R_OBJECT]:
            found += 1
        other = next_run(s, number, s[other + at.R_NUMBER])
    return found


def _tally(p: PlanWords, s: StateWords, run: int, number: int, flow: int) -> int:
    """Where the starts of a flow are counted, for the run's object when the limit is per object; -1 for none so far."""
    if p[flow + at.F_PER_OBJECT] == at.NOTHING:
        return int(s[at.STARTS] + number * tally_width(s))
    place = s[at.STARTS_OF]
    for _ in range(s[at.N_STARTS_OF]):
        if s[place] == number and s[place + 1] == s[run + at.R_OBJECT]:
            return int(place + 2)
        place += tally_width(s) + 2
    return -1


def _use_up(p: PlanWords, s: StateWords, now: int, run: int, number: int) -> None:
    """Counts a start on the limit of a flow, if it has one that counts starts."""
    flow = flow_at(p, number)
    if p[flow + at.F_TIMES] == 0 or p[flow + at.F_AT_ONCE] or _is_about_else(p, s, run, flow):
        return
    tally = _tally(p, s, run, number, flow)
    if tally < 0:
        if s[at.N_STARTS_OF] == s[at.MOST_STARTS]:
            s[at.FULL] = at.MOST_STARTS
            return
        place = s[at.STARTS_OF] + s[at.N_STARTS_OF] * (tally_width(s) + 2)
        s[at.N_STARTS_OF] += 1
        s[place], s[place + 1] = number, s[run + at.R_OBJECT]
        tally = place + 2
        s[tally], s[tally + 1] = 0, 0
    remember_time(s, tally, p[flow + at.F_TIMES] if p[flow + at.F_EVERY] else 0, now)
