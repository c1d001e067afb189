"""Checks the integrity of a plan: names, ports and paths that are wrong, each with its place.

Types cannot ensure that a port leads to an existing node, that every run ends, or that shares add up. A plan decoded
from a damaged file may contain `Wrong`; these values have already been reported and are skipped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from flowdsl.calendar import clock
from flowdsl.chance import delay_laws, heterogeneity
from flowdsl.plan import plan
from flowdsl.plan.expressions import CHANNELS, FLAGS, Event, StartFlow, StopFlow
from flowdsl.plan.json.codec import Problem, Wrong, shown
from flowdsl.plan.json.references import mentions

T = TypeVar("T")
Node: TypeAlias = plan.Node | Wrong

WHOLE = 1_000_000  # millionths
ANSWERS = {f"{channel}.{flag}": (channel, flag) for channel in CHANNELS for flag in FLAGS}
JOINS = ("join",)
WITH_ENDS = (plan.Branch, plan.Split, plan.Repeat)  # nodes with arms or a body, at the end of which a label may be
PORTS = ("next", "then", "otherwise", "body", "to")


def problems(whole: plan.Plan) -> Iterator[Problem]:
    """Everything that prevents a plan from running.

    >>> flow = plan.Flow("F", (plan.Enter("start", (), "wait"), plan.Exit("end")))
    >>> [problem.path for problem in problems(plan.Plan((flow,)))]
    ['flows[0].nodes[0].next']
    """
    flows = [(f"flows[{i}]", flow) for i, flow in enumerate(_sound(whole.flows))]
    names = {flow.name for _, flow in flows if isinstance(flow, plan.Flow)}
    yield from _twice("flows", ".name", "flow", (getattr(flow, "name", None) for _, flow in flows))
    for path, flow in flows:
        if isinstance(flow, plan.Flow):
            yield from _flow(flow, path, names)
    if isinstance(whole.policy, plan.Policy):
        yield from _zone(whole.policy.zone, "policy.zone")
    yield from _twice("world", ".name", "scenario", (getattr(world, "name", None) for world in _sound(whole.world)))
    for i, world in enumerate(_sound(whole.world)):
        if isinstance(world, plan.World):
            yield from _world(world, f"world[{i}]", names)
    yield from mentions(whole)
    yield from _answers(_sound(whole.events))
    yield from _twice("events", ".id", "event", (getattr(event, "id", None) for event in _sound(whole.events)))


def _sound(things: Sequence[T]) -> Sequence[T]:
    return things if isinstance(things, tuple) else ()


def _twice(path: str, key: str, what: str, names: Iterable[str | None]) -> Iterator[Problem]:
    seen: set[str] = set()
    for i, name in enumerate(names):
        if isinstance(name, str):
            if name in seen:
                yield Problem("E607", f"{path}[{i}]{key}", f"there is another {what} {shown(name)}")
            seen.add(name)


def _zone(name: str | Wrong, path: str) -> Iterator[Problem]:
    if isinstance(name, str) and name and name not in clock.zone_names():
        yield Problem("E605", path, f"{shown(name)} is not a time zone")


# --- flows ------------------------------------------------------------------------------------------------------------


def _flow(flow: plan.Flow, path: str, flows: set[str]) -> Iterator[Problem]:
    yield from _zone(flow.zone, f"{path}.zone")
    if not isinstance(flow.nodes, tuple):
        return
    yield from _ends(flow.nodes, path)
    yield from _twice(f"{path}.nodes", ".id", "node", (_id(node) for node in flow.nodes))
    ids = {name for node in flow.nodes if isinstance(name := _id(node), str)}
    for i, node in enumerate(flow.nodes):
        yield from _node(node, f"{path}.nodes[{i}]", ids, flows)
    yield from _structure(flow, path)
    yield from _labels(flow, path, ids)
    if all(to in ids for node in flow.nodes for _, to in ways(node)):
        yield from _circles(flow, path)


def _id(node: Node) -> str | None:
    """The id of a node, also of one that could not be decoded, since other nodes may lead to it."""
    raw = node.raw if isinstance(node, Wrong) else {"id": node.id}
    name = raw.get("id") if isinstance(raw, dict) else None
    return name if isinstance(name, str) else None


def _ends(nodes: Sequence[Node], path: str) -> Iterator[Problem]:
    if not nodes:
        yield Problem("E608", f"{path}.nodes", "a flow has at least the nodes `start` and `end`")
        return
    if not isinstance(nodes[0], plan.Enter | Wrong):
        yield Problem("E608", f"{path}.nodes[0].kind", "the first node of a flow is its `enter`")
    for i, node in enumerate(nodes[1:], 1):
        if isinstance(node, plan.Enter):
            yield Problem("E608", f"{path}.nodes[{i}].kind", "a flow has one `enter` node, its first")
    last = nodes[-1]
    if not isinstance(last, Wrong) and not (isinstance(last, plan.Exit) and last.id == plan.END):
        yield Problem(
            "E608", f"{path}.nodes[{len(nodes) - 1}]", "the last node of a flow is the `exit` with the id `end`"
        )


def _node(node: Node, path: str, ids: set[str], flows: set[str]) -> Iterator[Problem]:
    for port, to in targets(node):
        if isinstance(to, str) and to not in ids:
            yield Problem("E606", f"{path}.{port}", f"there is no node {shown(to)} in this flow")
    match node:
        case plan.Enter():
            yield from _triggers(node, path)
        case plan.Split():
            shares = [arm.share for arm in _sound(node.arms) if isinstance(getattr(arm, "share", None), int)]
            if len(shares) == len(_sound(node.arms)) and sum(shares) != WHOLE:
                yield Problem("E608", f"{path}.arms", f"the shares add up to {sum(shares)}, not to {WHOLE}")
        case plan.Act(effect=StartFlow(flow=name) | StopFlow(flow=name)) if isinstance(name, str) and name not in flows:
            yield Problem("E606", f"{path}.effect.flow", f"there is no flow {shown(name)}")


def _structure(flow: plan.Flow, path: str) -> Iterator[Problem]:
    """Checks that no port leads back to the start, jumps leave repeats, and labels end blocks of nodes that have
    blocks."""
    first = _id(flow.nodes[0]) if flow.nodes else None
    kinds = {_id(node): type(node) for node in flow.nodes if not isinstance(node, Wrong)}
    for i, node in enumerate(flow.nodes):
        for port, to in targets(node):
            if isinstance(to, str) and to == first:
                yield Problem("E608", f"{path}.nodes[{i}].{port}", f"runs begin at {shown(to)}: nothing leads there")
            elif port.startswith("leaves") and kinds.get(to, plan.Repeat) is not plan.Repeat:
                yield Problem("E608", f"{path}.nodes[{i}].{port}", f"{shown(to)} is not a repeat")
    for i, label in enumerate(_sound(flow.labels)):
        to, ends = getattr(label, "node", ""), getattr(label, "ends", "")
        if isinstance(to, str) and to == first:
            yield Problem("E608", f"{path}.labels[{i}].node", f"runs begin at {shown(to)}: no label stands there")
        if isinstance(ends, str) and kinds.get(ends, plan.Branch) not in WITH_ENDS:
            yield Problem("E608", f"{path}.labels[{i}].ends", f"{shown(ends)} is no branch, split or repeat")


def targets(node: Node) -> Iterator[tuple[str, str]]:
    """The places of a node that contain ids of nodes, `join` and `leaves` included, with these ids.

    >>> list(targets(plan.Split("split", (plan.Arm(1_000_000, "", "wait"),), "end")))
    [('arms[0].to', 'wait'), ('join', 'end')]
    """
    yield from ways(node)
    for join in JOINS:
        if hasattr(node, join):
            yield join, getattr(node, join)
    for i, repeat in enumerate(_sound(getattr(node, "leaves", ()))):
        yield f"leaves[{i}]", repeat


def ways(node: Node) -> Iterator[tuple[str, str]]:
    """The ports through which a run leaves a node, with the ids they lead to."""
    for port in PORTS:
        if hasattr(node, port):
            yield port, getattr(node, port)
    for i, arm in enumerate(_sound(getattr(node, "arms", ()))):
        if isinstance(arm, plan.Arm):
            yield f"arms[{i}].to", arm.to


def _triggers(enter: plan.Enter, path: str) -> Iterator[Problem]:
    for i, trigger in enumerate(_sound(enter.triggers)):
        if isinstance(trigger, plan.OnSchedule) and bool(trigger.days) == bool(trigger.month_day):
            yield Problem("E608", f"{path}.triggers[{i}]", "a schedule has either `days` or a `month_day`")


def _labels(flow: plan.Flow, path: str, ids: set[str]) -> Iterator[Problem]:
    labels = _sound(flow.labels)
    yield from _twice(f"{path}.labels", ".name", "label", (getattr(label, "name", None) for label in labels))
    for i, label in enumerate(labels):
        for key in ("node", "ends"):
            to = getattr(label, key, "")
            if isinstance(to, str) and to not in ids and (to or key == "node"):
                yield Problem("E606", f"{path}.labels[{i}].{key}", f"there is no node {shown(to)} in this flow")


def _circles(flow: plan.Flow, path: str) -> Iterator[Problem]:
    """Finds cycles that nothing bounds. Bounded jumps and bodies of repeats are ignored; the rest must have no cycle:
    nodes without predecessors are removed until none is left (A. B. Kahn, 1962)."""
    after: dict[str | None, list[str]] = {}
    for node in flow.nodes:
        after.setdefault(_id(node), []).extend(to for port, to in ways(node) if not _is_bounded(node, port))
    coming = Counter[str | None](to for many in after.values() for to in many)
    free = [name for name in after if not coming[name]]
    while free:
        for to in after.pop(free.pop()):
            coming[to] -= 1
            if not coming[to]:
                free.append(to)
    if after:
        first = next(i for i, node in enumerate(flow.nodes) if _id(node) in after)
        yield Problem("E608", f"{path}.nodes[{first}]", "from here a run can go round for ever")


def _is_bounded(node: Node, port: str) -> bool:
    return (isinstance(node, plan.Repeat) and port == "body") or (
        isinstance(node, plan.Jump) and port == "to" and node.times != 0
    )


# --- the world --------------------------------------------------------------------------------------------------------


def _world(world: plan.World, path: str, flows: set[str]) -> Iterator[Problem]:
    for i, answer in enumerate(_sound(world.answers)):
        yield from _table(getattr(answer, "delay", None), f"{path}.answers[{i}].delay")
    for key in ("answers", "rates"):
        for i, line in enumerate(_sound(getattr(world, key))):
            yield from _spread(line, f"{path}.{key}[{i}]")
            yield from _leaving(line, f"{path}.{key}[{i}]")
    for key in ("answers", "rates", "arrivals", "shares"):
        for i, line in enumerate(_sound(getattr(world, key))):
            yield from _number(line, f"{path}.{key}[{i}]")
    for i, control in enumerate(_sound(world.controls)):
        yield from _control(control, f"{path}.controls[{i}]", flows)


def _number(line: plan.Chancy | Wrong, path: str) -> Iterator[Problem]:
    """Checks that a share or rate has one source, and that the ends of an uncertain one are in order."""
    key = "rate" if isinstance(line, plan.Rate | plan.Arrival) else "share"
    low, most, column = (getattr(line, name, None) for name in (key, "most", "column"))
    if not isinstance(low, int) or not isinstance(most, int):
        return
    if most and most <= low:
        yield Problem("E608", f"{path}.most", f"{most} is not more than the {key}, {low}")
    if column and (low or most):
        yield Problem("E608", f"{path}.column", f"a {key} is either read from a column or a number, not both")
    for i, field in enumerate(_sound(getattr(line, "fields", ()))):
        values = getattr(field, "values", None)
        if isinstance(values, tuple) and len(values) != 1:
            yield Problem("E608", f"{path}.fields[{i}].values", "an event that happens has one value in each field")


def _control(control: plan.Control | Wrong, path: str, flows: set[str]) -> Iterator[Problem]:
    verb = getattr(control, "verb", "")
    for key in ("flow", "by"):
        name = getattr(control, key, None)
        if isinstance(name, str) and name not in flows and (name or key == "flow" or verb == "replace"):
            yield Problem("E606", f"{path}.{key}", f"there is no flow {shown(name)}")
    if isinstance(control, plan.Control) and control.by and (verb != "replace" or control.by == control.flow):
        yield Problem("E608", f"{path}.by", "only `replace` names a second flow, and it is another one")


def _table(table: tuple[int, ...] | Wrong | None, path: str) -> Iterator[Problem]:
    if isinstance(table, tuple) and not any(isinstance(knot, Wrong) for knot in table):
        reason = delay_laws.table_diagnostic(table)
        if reason:
            yield Problem("E605", path, reason)


def _spread(line: plan.Chancy | Wrong, path: str) -> Iterator[Problem]:
    """Checks that heterogeneity is given in whole tables: one, or one for each mean of an uncertain share."""
    table = getattr(line, "spread", None)
    if not table or not isinstance(table, tuple) or any(isinstance(knot, Wrong) for knot in table):
        return
    most = getattr(line, "most", 0)
    is_in_doubt = isinstance(most, int) and most > 0
    reason = heterogeneity.table_diagnostic(table, is_share=isinstance(line, plan.Answer), is_in_doubt=is_in_doubt)
    if reason:
        yield Problem("E605", f"{path}.spread", reason)
    if getattr(line, "column", ""):
        yield Problem("E608", f"{path}.spread", "a number by column is each contact's own already")


def _leaving(line: plan.Chancy | Wrong, path: str) -> Iterator[Problem]:
    """Checks that a contact leaves in one way, and that its past is weighed by the law by which contacts differ."""
    leaving, past = getattr(line, "leaving", None), getattr(line, "past", None)
    if isinstance(leaving, plan.Leaving) and bool(leaving.share) == bool(leaving.ms):
        yield Problem("E608", f"{path}.leaving", "a contact leaves after an event (`share`) or after a time (`ms`)")
    if getattr(line, "column", "") and (getattr(line, "daily", 0) or getattr(line, "weekly", 0)):
        yield Problem("E608", f"{path}.daily", "a rate by column has no factors of days")
    if isinstance(past, plan.Past) and past.column and past.date:
        yield Problem("E608", f"{path}.past", "`since` is a column or a date, not both")
    if isinstance(past, plan.Past) and not getattr(line, "spread", ()):
        yield Problem("E608", f"{path}.past", "the past counts only where contacts differ: `spread` is missing")


# --- kinds of event ---------------------------------------------------------------------------------------------------


def _answers(events: Sequence[Event]) -> Iterator[Problem]:
    """Answers to messages are a fixed list: `email.opened` is the flag `opened` of `email`, and nothing else is."""
    known = {event.id for event in events if isinstance(event, Event)}
    for i, event in enumerate(events):
        if not isinstance(event, Event) or not all(isinstance(part, str) for part in _answer(event)):
            continue
        id_, channel, flag = _answer(event)
        if (id_ in ANSWERS or channel or flag) and id_ != f"{channel}.{flag}":
            wanted = ANSWERS.get(id_)
            message = (
                f"{shown(id_)} is {shown(wanted[1])} of the channel {shown(wanted[0])}"
                if wanted
                else f"an event with a channel and a flag is called by them, not {shown(id_)}"
            )
            yield Problem("E608", f"events[{i}]", message)
        elif flag == "opened" and f"{channel}.clicked" not in known:
            message = f"a click counts as opening, so `events` lists {shown(f'{channel}.clicked')} too"
            yield Problem("E606", f"events[{i}]", message)


def _answer(event: Event) -> tuple[str, str, str]:
    return event.id, event.channel, event.flag
