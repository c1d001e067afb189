"""Explains why two programs treat a contact differently: two sentences and a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flowdsl.calendar.clock import NEVER
from flowdsl.diagnostics.source import NOWHERE, Span
from flowdsl.display.sentences import DECLINED, SKIPPED, event, node_of, sentence, span_of
from flowdsl.machine.labels import label
from flowdsl.plan import plan
from flowdsl.plan.plan import Plan
from flowdsl.plan.visit import steps
from flowdsl.results.records import Record
from flowdsl.teach.observed_actions import Difference, ObservedAction, What

Clock = Callable[[int], str]

ENTRY = {
    "unless": "something must keep this contact out: `unless`, before the first step",
    "where": "not everybody whom the event happens to is meant: `where`, right behind the trigger",
    "limit": "how often the same contact may start is said by `limit`",
    "paused": "the flow is not switched on: `paused`, right behind its name",
    "before start": "nobody enters before a day: `starting`",
    "after end": "nobody enters after a day: `ending`",
}


@dataclass(frozen=True, slots=True)
class Side:
    """One contact's life under one program: its plan, its Records with every step, and what was done for it."""

    plan: Plan
    records: Sequence[Record]
    actions: Sequence[ObservedAction]


@dataclass(frozen=True, slots=True)
class Because:
    """Why nothing was done, and the place of the program that says so.

    kind  none, declined, absent, skipped, left, waits, choice or done
    """

    kind: str
    words: str
    span: Span = NOWHERE
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What differs, in a sentence for each program; what to look at; and the place in the answer, if it is known."""

    mine: str
    wanted: str
    hint: str
    span: Span = NOWHERE


def explain_difference(found: Difference, mine: Side, wanted: Side, clock: Clock) -> Explanation:
    """Says what differs at the first moment at which two runs differ, why, and where to look."""
    time = found.time
    if found.first and found.second:
        return Explanation(
            f"{_done(mine, found.first, time, clock)}.",
            f"{_done(wanted, found.second, time, clock)}.",
            _other_name(found),
            _place_of(mine, found.first[0], time),
        )
    if found.first:
        return _too_much(found, mine, wanted, clock)
    return _too_little(found, mine, wanted, clock)


def _too_much(found: Difference, mine: Side, wanted: Side, clock: Clock) -> Explanation:
    what, time = found.first[0], found.time
    did = f"{_done(mine, found.first, time, clock)}."
    later = next((action.time for action in wanted.actions if action.time > time and action.what == what), None)
    if later is not None and _same(mine, what) <= _same(wanted, what):
        return Explanation(
            did, f"the same, but on {clock(later)}.", _when(wanted, time), _wait_before(mine, what, time)
        )
    why = because(wanted, what, time, clock, _began(mine, what, time))
    return Explanation(did, f"nothing: {why.words}.", _against(why), _place_for(why, mine, what, time))


def _too_little(found: Difference, mine: Side, wanted: Side, clock: Clock) -> Explanation:
    what, time = found.second[0], found.time
    should = f"{_done(wanted, found.second, time, clock)}."
    later = next((action.time for action in mine.actions if action.time > time and action.what == what), None)
    if later is not None and _same(wanted, what) <= _same(mine, what):
        return Explanation(
            f"the same, but on {clock(later)}.", should, _when(mine, time), _wait_before(mine, what, later)
        )
    why = because(mine, what, time, clock, _began(wanted, what, time))
    span = why.span if why.span != NOWHERE else _trigger_for(mine.plan, what)
    hint = _for_want(why) if mine.plan.flows else "nothing is written yet: begin with `when …`, and what happens then"
    return Explanation(f"nothing: {why.words}.", should, hint, span)


def _same(side: Side, what: What) -> int:
    return sum(action.what == what for action in side.actions)


# --- what happened ----------------------------------------------------------------------------------------------------


def with_events(records: Sequence[Record], other: Sequence[Record]) -> list[Record]:
    """A life's Records with what happened to the contact and only the other program takes notice of.

    >>> bought = Record(5, "event", action="offer.bought")
    >>> with_events([Record(9, "run", "A", 1, status="completed")], [bought])[0] == bought
    True
    """
    known = {(one.time, one.action) for one in records if one.kind == "event"}
    missing = [one for one in _outside(other) if (one.time, one.action) not in known]
    return sorted([*missing, *records], key=lambda one: one.time)


def _outside(records: Sequence[Record]) -> Iterator[Record]:
    """Events that come from outside: no action of that very moment stands before them."""
    acted = -1
    for one in records:
        if one.kind == "action" and one.status == "done":
            acted = one.time
        elif one.kind == "event" and one.time != acted:
            yield one


# --- why nothing ------------------------------------------------------------------------------------------------------


def because(side: Side, what: What, time: int, clock: Clock, since: int) -> Because:
    """Why a program did not do something at a moment, in a run that began, under the other program, at `since`."""
    past = [record for record in side.records if record.time <= time]
    runs = [record for record in past if record.kind == "run"]
    began = next((one for one in reversed(runs) if one.status == "started" and one.time >= since), None)
    declined = next((one for one in reversed(runs) if one.status == "declined" and one.time >= since), None)
    if declined is not None and (began is None or declined.time in (since, time)):
        words = f"the contact may not enter, since {DECLINED.get(declined.reason, declined.reason)}"
        return Because("declined", words, span_of(side.plan, declined), declined.reason)
    if began is None:
        return Because("none", "no event that happens to the contact starts it")
    if not _does(side.plan, what):
        return Because("absent", "no step does it", span_of(side.plan, began))
    skipped = next((one for one in reversed(past) if one.status == "skipped" and one.time >= began.time), None)
    if skipped is not None and (skipped.action, skipped.channel, skipped.name) == what[1:4]:
        words = f"it is skipped {SKIPPED.get(skipped.reason, f'because of {skipped.reason}')}"
        return Because("skipped", words, span_of(side.plan, skipped), skipped.reason)
    return _on_its_way(side, past, began, time, clock)


def _began(side: Side, what: What, time: int) -> int:
    """When the run began that did something; long ago, if that is not known."""
    record = _record(side, what, time)
    if record is None:
        return 0
    own = (one.time for one in side.records if (one.flow, one.run, one.status) == (record.flow, record.run, "started"))
    return next(own, 0)


def _does(program: Plan, what: What) -> bool:
    """Whether any step of a program does something of the kind, whenever."""
    acts = steps(program, plan.Act)
    return what[0] == "ended" or any(label(act.effect)[:3] == (what[1], what[3], what[2]) for act in acts)


def _on_its_way(side: Side, past: Sequence[Record], began: Record, time: int, clock: Clock) -> Because:
    """Why the last run that began has not come to it: it left, it took another way, or it still waits."""
    own = [record for record in past if (record.flow, record.run) == (began.flow, began.run)]
    ended = next((one for one in reversed(own) if one.kind == "run" and one.status != "started"), None)
    if ended is not None and ended.status in ("converted", "exited"):
        why = f" ({event(ended.reason)})" if ended.reason else ""
        keyword = "goal" if ended.status == "converted" else "exit when"
        return Because("left", f"the contact has left by then: `{keyword}`{why}", span_of(side.plan, ended), keyword)
    waits = [one for one in own if one.kind == "step" and one.status in ("began", "held")]
    if waits and ended is None and waits[-1].due > time:
        until = f" until {clock(waits[-1].due)}" if waits[-1].due < NEVER else ""
        return Because("waits", f"the contact still waits{until}", span_of(side.plan, waits[-1]))
    chosen = [one for one in own if one.kind == "step" and isinstance(node_of(side.plan, one), plan.Branch)]
    if chosen:
        holds = "holds" if chosen[-1].status == "then" else "does not hold"
        return Because("choice", f"a condition {holds}", span_of(side.plan, chosen[-1]))
    return Because("done", "no step does it", span_of(side.plan, own[-1]))


# --- sentences --------------------------------------------------------------------------------------------------------


def _done(side: Side, whats: Sequence[What], time: int, clock: Clock) -> str:
    """The actions, in the sentences of a story."""
    return " and ".join(dict.fromkeys(_sentence_of(side, what, time, clock) for what in whats))


def _sentence_of(side: Side, what: What, time: int, clock: Clock) -> str:
    record = _record(side, what, time)
    return sentence(side.plan, record, clock) if record else " ".join(filter(None, what))


def _record(side: Side, what: What, time: int) -> Record | None:
    """The Record of an observed action."""
    if what[0] == "ended":
        return next((one for one in side.records if (one.time, one.kind, one.status) == (time, "run", what[1])), None)
    key = (time, *what[:5])
    return next((r for r in side.records if (r.time, r.status, r.action, r.channel, r.name, r.to) == key), None)


def _other_name(found: Difference) -> str:
    mine, wanted = found.first[0], found.second[0]
    if mine[0] == wanted[0] == "done" and mine[1:3] == wanted[1:3] and mine[3] != wanted[3]:
        return "the moment is right, the name is another one: compare them letter by letter"
    if mine[0] == wanted[0] == "done" and mine[1] == wanted[1] == "send" and mine[2] != wanted[2]:
        return "the moment is right, the channel is another one"
    if mine[0] == wanted[0] == "ended":
        return "runs end in another way: compare `goal`, `exit when` and `exit`"
    return "the moment is right, what is done then is something else"


def _when(later: Side, time: int) -> str:
    held = any(one.kind == "step" and one.status == "held" and one.time == time for one in later.records)
    if held:
        return "one of the two holds the message back until its hours: `only on … between … and …`"
    return "the right thing at another moment: compare how long it waits, and until which time of day"


def _against(why: Because) -> str:
    """A hint for who does too much."""
    if why.kind == "skipped" and why.reason != "unless":
        return "this message is another one than is wanted, which would not have gone out to this contact"
    if why.kind == "declined":
        return ENTRY.get(why.reason, "who may enter, and how often, is said before the first step")
    return {
        "none": "it listens to something that is not meant: compare the trigger, `when …`, with the question",
        "skipped": "right before the action somebody must look again whether it is still wanted: `unless`",
        "left": f"by then the contact should have left: `{why.reason}`",
        "choice": "for this contact another branch is meant: look at the condition of the `if`",
        "waits": "it comes too early: look at the waits before it",
    }.get(why.kind, "nothing like this is expected here")


def _for_want(why: Because) -> str:
    """A hint for who does too little."""
    if why.kind == "declined":
        return "your program keeps this contact out, and it should be let in"
    return {
        "none": "the trigger must hear this event: look at `when …`",
        "absent": "a step is missing, or is called by another name",
        "skipped": "your program skips it, and it should be done",
        "left": "your program lets this contact go, and it should stay",
        "choice": "your program takes the other branch here",
        "waits": "it comes too late, or never: look at the waits before it",
    }.get(why.kind, "a step is missing")


# --- places in the answer ---------------------------------------------------------------------------------------------


def _place_of(side: Side, what: What, time: int) -> Span:
    record = _record(side, what, time)
    return span_of(side.plan, record) if record else NOWHERE


def _place_for(why: Because, mine: Side, what: What, time: int) -> Span:
    """Where the answer is to be changed so that it does not do something."""
    if why.kind in ("none", "declined", "left"):
        record = _record(mine, what, time)
        flow = mine.plan.by_name.get(record.flow) if record else None
        return flow.enter.triggers[0].span if flow and flow.enter.triggers else NOWHERE
    if why.kind == "choice":
        before = [one for one in mine.records if one.kind == "step" and one.time <= time]
        branches = [one for one in before if isinstance(node_of(mine.plan, one), plan.Branch)]
        if branches:
            return span_of(mine.plan, branches[-1])
    return _wait_before(mine, what, time) if why.kind == "waits" else _place_of(mine, what, time)


def _wait_before(side: Side, what: What, time: int) -> Span:
    """The last wait before something was done; the action itself where there is none."""
    record = _record(side, what, time)
    if record is None:
        return NOWHERE
    own = [one for one in side.records if (one.flow, one.run) == (record.flow, record.run) and one.time <= time]
    waits = [one for one in own if isinstance(node_of(side.plan, one), plan.Wait)]
    return span_of(side.plan, waits[-1] if waits else record)


def _trigger_for(program: Plan, what: What) -> Span:
    """The trigger of the flow that does something of the kind; of the first flow, if none does."""
    flow = next((one for one in program.flows if _does(Plan((one,)), what)), next(iter(program.flows), None))
    return flow.enter.triggers[0].span if flow and flow.enter.triggers else NOWHERE
