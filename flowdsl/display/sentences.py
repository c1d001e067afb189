"""One plain sentence for one Record, with its place in the program text.

The vocabulary gives the names of events and actions, so registered words can be used, too.
"""

from __future__ import annotations

from collections.abc import Callable

from flowdsl.calendar.clock import NEVER
from flowdsl.diagnostics.source import NOWHERE, Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import EventMatch, SetField
from flowdsl.plan.plan import Flow, Node, Plan
from flowdsl.results.records import Record
from flowdsl.vocabulary import VOCABULARY, ActionEntry, AnyEvent, quoted

Clock = Callable[[int], str]  # says a moment

SKIPPED = {
    "unless": "because of unless",
    "no consent": "for lack of consent",
    "unsubscribed": "because of an earlier unsubscription",
    "bounced": "because of an earlier bounce",
    "cap": "because of the cap",
    "date passed": "because its date had passed",
    "no date": "because there was no date",
}
DECLINED = {
    "where": "its `where` does not hold",
    "limit": "its limit is used up",
    "unless": "its `unless` holds",
    "paused": "it is paused",
    "deactivated": "it is switched off",
    "replaced": "another flow has taken its place",
    "before start": "it has not started yet",
    "after end": "it has ended",
    "loop": "it began in this instant already",
}
RESTS = {
    "waiting": "is still waiting",
    "held": "is still held by its send window",
    "queued": "is still waiting for capacity",
    "frozen": "is still frozen",
}
PAST = {"send": "sent", "do": "did", "set": "set", "stop": "stopped"}  # verbs that do not just take -ed


# --- places -----------------------------------------------------------------------------------------------------------


def node_of(program: Plan, record: Record) -> Node | None:
    """The step a Record speaks of, if the plan has it."""
    flow = program.by_name.get(record.flow)
    return flow.by_id.get(record.step) if flow else None


def span_of(program: Plan, record: Record, cause: str = "") -> Span:
    """Where the text says what this Record did; NOWHERE when it says it nowhere.

    A beginning leads to the trigger that hears `cause`, a conversion or exit to its `goal` or `exit when` line.
    """
    flow = program.by_name.get(record.flow)
    if flow is None:
        return NOWHERE
    if record.kind == "run" and record.status in ("started", "declined"):
        return _trigger_span(flow, cause)
    if record.kind == "run" and record.status in ("converted", "exited"):
        return _leave_span(flow, record)
    node = flow.by_id.get(record.step)
    return node.span if node else NOWHERE


def _trigger_span(flow: Flow, cause: str) -> Span:
    heard = [t for t in flow.enter.triggers if isinstance(t, plan.OnEvent) and cause in t.match.events]
    spans = [trigger.span for trigger in (heard or flow.enter.triggers)]
    return next((span for span in spans if span != NOWHERE), flow.enter.span)


def _leave_span(flow: Flow, record: Record) -> Span:
    leaves = [leave for leave in flow.leaves if leave.status == record.status]
    by_event = [leave for leave in leaves if any(record.reason in match.events for match in leave.occasion.events)]
    return next((leave.span for leave in (*by_event, *leaves)), NOWHERE)


# --- sentences --------------------------------------------------------------------------------------------------------


def sentence(program: Plan, record: Record, clock: Clock) -> str:
    """What a Record says, without its time: `sent email "Hello"`.

    >>> sentence(Plan(flows=()), Record(0, "event", action="program.joined", name="Yoga"), str)
    'joined program "Yoga"'
    """
    match record.kind:
        case "event":
            return event(record.action, record.name)
        case "run":
            return _run(record, clock)
        case "action":
            return _action(program, record, clock)
        case _:
            return _step(program, record, clock)


def event(id: str, name: str = "") -> str:
    """An event in the past tense.

    >>> event("email.opened", "Hello"), event("mat.rented", "blue")
    ('opened email "Hello"', 'mat.rented "blue"')
    """
    names = [name] if name else []
    if id not in VOCABULARY.rows:
        return " ".join([id, *map(_quote, names)])
    return VOCABULARY.say(id, names, form="past")


def _quote(name: str) -> str:
    return quoted([name])


def _run(record: Record, clock: Clock) -> str:
    run, reason = f"run {record.run} of {_quote(record.flow)}", record.reason
    match record.status:
        case "started":
            about = f" about {record.object_kind} {_quote(record.object_id)}" if record.object_id else ""
            return f"{run} began{about}"
        case "declined":
            return f"{_quote(record.flow)} declined: {DECLINED.get(reason, reason)}"
        case "converted" | "exited":
            why = "goal reached" if record.status == "converted" else "time to exit"
            by = f" ({event(reason)})" if reason else ""
            return f"left at once: {why}{by}; {run} {record.status}"
        case "pending":
            until = f" until {clock(record.due)}" if record.due < NEVER else ""
            return f"{run} {RESTS.get(reason, 'is still under way')}{until}"
        case status:
            return f"{run} {status}" + (f": {reason}" if reason else "")


# --- actions ----------------------------------------------------------------------------------------------------------


def _action(program: Plan, record: Record, clock: Clock) -> str:
    phrase = _phrase(program, record)
    thing = phrase.removeprefix("send ") if record.action == "send" else f"“{phrase}”"
    match record.status:
        case "done":
            verb, _, rest = phrase.partition(" ")
            late = f", after {_length(record.queued)} in the queue" if record.queued else ""
            return f"{_past(verb)} {rest}{late}"
        case "skipped":
            return f"skipped {thing} {SKIPPED.get(record.reason, f'because of {record.reason}')}"
        case "cancelled":
            return f"cancelled {thing}, which was still to come"
        case _:
            when = f" from {clock(record.due)} on" if record.due < NEVER else ""
            return f"still to come{when}: {phrase}"


def _phrase(program: Plan, record: Record) -> str:
    """The action as a program says it: `send email "Hello" to a@b`, `add tag "vip"`, `set plan to "pro"`."""
    if record.action == "set":
        node = node_of(program, record)
        is_known = isinstance(node, plan.Act) and isinstance(node.effect, SetField)
        return f"set {record.name}" + (f" to {_value(node)}" if is_known else "")
    row = _row(record)
    if not row:
        return " ".join(["do", record.action, _quote(record.name)])
    said = VOCABULARY.action_phrases.say(row, {"name": _quote(record.name)} if record.name else {}, "base")
    return f"{said} to {record.to}" if record.to else said


def _row(record: Record) -> str:
    """The vocabulary row of an action id of the tables; "" when there is none."""
    if record.action == "send":
        return f"{record.channel}.send"
    if record.action in VOCABULARY.rows:
        return record.action
    family, _, verb = record.action.partition(".")
    actions = (row for row in VOCABULARY.rows.values() if isinstance(row, ActionEntry) and row.kind == "put")
    return next((row.id for row in actions if row.of == family and row.present == (verb == "add")), "")


def _value(node: Node | None) -> str:
    assert isinstance(node, plan.Act)
    assert isinstance(node.effect, SetField)
    value = node.effect.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _quote(value) if isinstance(value, str) else str(value)


def _past(verb: str) -> str:
    return PAST.get(verb) or (f"{verb}d" if verb.endswith("e") else f"{verb}ed")


def _length(ms: int) -> str:
    """How long, in the largest unit of which there are two at least.

    >>> _length(90_000), _length(5_400_000)
    ('90 s', '90 min')
    """
    for size, unit in ((3_600_000, "h"), (60_000, "min")):
        if ms >= 2 * size:
            return f"{ms / size:.3g} {unit}"
    return f"{ms / 1000:.3g} s"


# --- steps of a traced life -------------------------------------------------------------------------------------------


def _step(program: Plan, record: Record, clock: Clock) -> str:
    node = node_of(program, record)
    status = record.status
    until = clock(record.due) if record.due < NEVER else ""
    if status.startswith("arm ") and isinstance(node, plan.Split):
        return f"drew {_arm(node, status.removeprefix('arm '))}"
    if status == "began":
        return _waits(node, until)
    if status == "again" and isinstance(node, plan.Jump):
        return f"goes to {_quote(_label(program, record.flow, node))}"
    said = {
        "then": "the condition holds",
        "otherwise": "the condition does not hold",
        "happened": "it happened: the wait is over",
        "timeout": "it did not happen in time" if _is_occasion(node) else "the wait is over",
        "passed": "does not wait" + (f": {record.reason}" if record.reason else ": it is time already"),
        "again": "begins a round",
        "done": "has used up its jumps and goes on below" if isinstance(node, plan.Jump) else "the rounds are over",
        "held": "outside the send window: held" + (f" until {until}" if until else ""),
        "queued": "waits for capacity",
        "frozen": "the flow is paused: stays where it is",
    }
    return said.get(status, " ".join([status, record.reason]).strip())


def _is_occasion(node: Node | None) -> bool:
    return isinstance(node, plan.Wait) and isinstance(node.until, plan.Happens)


def _waits(node: Node | None, until: str) -> str:
    if isinstance(node, plan.Wait) and isinstance(node.until, plan.Happens):
        occasion = node.until.occasion
        what = [*map(_match, occasion.events), *(["its condition holds"] if occasion.test else [])]
        return f"waits until {' or '.join(what)}" + (f", at most until {until}" if until else "")
    return f"waits until {until}" if until else "waits"


def _match(match: EventMatch) -> str:
    """An event that is waited for: `clicked "Launch"` where any channel will do."""
    rows = VOCABULARY.rows.values()
    every = next((row.id for row in rows if isinstance(row, AnyEvent) and row.events == match.events), None)
    fields = {field.field: field.values for field in match.fields}
    ids = [every] if every else list(match.events)
    known = [id for id in ids if id in VOCABULARY.rows]
    return " or ".join(VOCABULARY.say(id, match.names, fields, "past") for id in known) or " or ".join(ids)


def _arm(split: plan.Split, name: str) -> str:
    arm = next((arm for arm in split.arms if arm.name == name), None)
    return f"arm {_quote(name)}" + (f" ({arm.share / 10_000:g}%)" if arm else "")


def _label(program: Plan, flow: str, jump: plan.Jump) -> str:
    return next((label.name for label in program.by_name[flow].labels if label.node == jump.to), jump.to)
