"""Lowers a checked program with nested steps to a flat plan in which every step has a stable id.

Steps are lowered from the last to the first, so that the target of each port is already known. Recursion depth is that
of nested blocks (at most 64) and does not depend on the length of the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from flowdsl.compiler import resolved
from flowdsl.plan import plan
from flowdsl.plan.expressions import ChangeMembership, Effect, ObjectField, Send, SetField, StartFlow, StopFlow

START = "start"  # the id of every flow's first node
Path: TypeAlias = tuple[
    int, ...
]  # the position of a step: its number in its block, the number of its arm, its number there…


def lower(checked: resolved.Checked) -> plan.Plan:
    """Lowers a checked program to the plan that runs.

    >>> hello = resolved.Act(Send("chat", "Hello"))
    >>> flow = resolved.Flow("F", steps=(resolved.Repeat(2, (hello,)), hello))
    >>> lowered = lower(resolved.Checked(resolved.Resolved((flow,)))).flows[0]
    >>> [node.id for node in lowered.nodes]
    ['start', 'repeat', 'send Hello', 'send Hello #2', 'end']
    """
    program = checked.resolved
    return plan.Plan(
        flows=tuple(_flow(flow) for flow in program.flows),
        policy=program.policy,
        world=program.world,
        events=program.events,
    )


def _flow(flow: resolved.Flow) -> plan.Flow:
    laying = _Laying(_ids(_places(flow.steps)))
    first = _lay(laying, flow.steps, (), plan.END, ())
    enter = plan.Enter(
        START,
        triggers=flow.triggers,
        next=first,
        include_existing=flow.include_existing is not None,
        limit=flow.limit,
        starting=flow.starting,
        ending=flow.ending,
        span=flow.span,
    )
    nodes = (enter, *(_aimed(laying, node) for node in reversed(laying.nodes)), plan.Exit(plan.END))
    return plan.Flow(
        name=flow.name,
        nodes=nodes,
        kind=flow.kind,
        description=flow.description,
        paused=flow.paused,
        zone=flow.zone,
        window=flow.window,
        unless=flow.unless,
        leaves=flow.leaves,
        labels=_in_order(laying, nodes),
        span=flow.span,
    )


# --- ids --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """A step that becomes a node: its position, its name, and the label right before it, if any."""

    path: Path
    base: str
    label: str = ""


def _places(steps: Sequence[resolved.Step], at: Path = ()) -> Iterator[_Place]:
    """The steps of a block and of the blocks inside it, in the order of the text."""
    label = ""
    for number, step in enumerate(steps):
        path = (*at, number)
        if isinstance(step, resolved.Label):
            label = step.name
            continue
        if isinstance(step, resolved.If):
            yield from _places_of_arms(step, path, label)
        else:
            yield _Place(path, _called(step), label)
            for arm, inner in enumerate(_blocks(step)):
                yield from _places(inner, (*path, arm))
        label = ""


def _places_of_arms(step: resolved.If, path: Path, label: str) -> Iterator[_Place]:
    """Every `otherwise if` is a node of its own."""
    for number, arm in enumerate(step.arms):
        yield _Place((*path, number), "if", "" if number else label)
        yield from _places(arm.steps, (*path, number))
    yield from _places(step.otherwise, (*path, len(step.arms)))


def _blocks(step: resolved.Step) -> tuple[tuple[resolved.Step, ...], ...]:
    match step:
        case resolved.Split():
            return tuple(arm.steps for arm in step.arms)
        case resolved.Repeat():
            return (step.steps,)
        case _:
            return ()


def _called(step: resolved.Step) -> str:
    """The name of a step before it is numbered: its kind and its first name."""
    match step:
        case resolved.Act():
            return _named(*_effect(step.effect))
        case resolved.GoTo():
            return f"go to {step.label}"
        case resolved.Exit():
            return _named("exit", step.reason)
        case _:
            return type(step).__name__.lower()


def _effect(effect: Effect) -> tuple[str, str]:
    """Kind and first name of an action.

    >>> _effect(ChangeMembership("tags", "vip", True))
    ('add tag', 'vip')
    """
    match effect:
        case Send():
            return ("send", effect.message) if effect.message else (f"send {effect.channel}", "")
        case ChangeMembership():
            return f"{'add' if effect.present else 'remove'} {effect.family.removesuffix('s')}", effect.name
        case SetField():
            target = effect.target
            return "set", f"{target.kind}.{target.name}" if isinstance(target, ObjectField) else target.name
        case StartFlow():
            return "start flow", effect.flow
        case StopFlow():
            return "stop flow", effect.flow
        case _:
            family, _, verb = effect.action.partition(".")
            return (verb if family == "custom" else f"{verb} {family}").replace("_", " "), effect.name


def _named(kind: str, name: str) -> str:
    return f"{kind} {name}" if name else kind


def _ids(places: Iterable[_Place]) -> dict[Path, str]:
    """Ids by path: labels first, so that no step takes the name of a label; then kinds, numbered if equal."""
    every = list(places)
    taken = {START, plan.END}
    counts: dict[str, int] = {}
    ids: dict[Path, str] = {}
    for place in sorted(every, key=lambda one: not one.label):
        ids[place.path] = _free(place.label or place.base, taken, counts)
    return ids


def _free(base: str, taken: set[str], counts: dict[str, int]) -> str:
    number = counts.get(base, 0) + 1
    while (free := base if number == 1 else f"{base} #{number}") in taken:
        number += 1
    counts[base] = number
    taken.add(free)
    return free


# --- nodes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Aim:
    """The target of a `go to` by name, or a label by id, with the repeats around it, outermost first."""

    to: str
    loops: tuple[str, ...]


@dataclass(slots=True)
class _Laying:
    """A flow that is being lowered: its ids, and its nodes, labels and jumps so far, from the end of the text."""

    ids: dict[Path, str]
    nodes: list[plan.Node] = field(default_factory=list)
    labels: dict[str, tuple[plan.Label, _Aim]] = field(default_factory=dict)
    jumps: dict[str, _Aim] = field(default_factory=dict)


def _lay(
    laying: _Laying,
    steps: Sequence[resolved.Step],
    at: Path,
    follow: str,
    loops: tuple[str, ...],
    owner: str = "",
) -> str:
    """Lowers one block that continues at `follow`; returns the id of its first node (`follow` if it is empty)."""
    next, is_last = follow, True
    for number in range(len(steps) - 1, -1, -1):
        step = steps[number]
        if isinstance(step, resolved.Label):
            label = plan.Label(step.name, next, owner if is_last else "")
            laying.labels[step.name] = label, _Aim(next, loops)
        else:
            next = _step(laying, step, (*at, number), next, loops)
            is_last = False
    return next


def _step(laying: _Laying, step: resolved.Step, path: Path, next: str, loops: tuple[str, ...]) -> str:
    if isinstance(step, resolved.If):
        return _if(laying, step, path, next, loops)
    own = laying.ids[path]
    node = _node(laying, step, path, own, next, loops)
    laying.nodes.append(node)
    return own


def _if(laying: _Laying, step: resolved.If, path: Path, join: str, loops: tuple[str, ...]) -> str:
    """A chain of arms, each the `otherwise` of the one before it, all with one join."""
    first, last = laying.ids[(*path, 0)], laying.ids[(*path, len(step.arms) - 1)]
    otherwise = _lay(laying, step.otherwise, (*path, len(step.arms)), join, loops, last)
    for number in range(len(step.arms) - 1, -1, -1):
        arm, own = step.arms[number], laying.ids[(*path, number)]
        then = _lay(laying, arm.steps, (*path, number), join, loops, own)
        span = arm.span if number else step.span
        laying.nodes.append(plan.Branch(own, arm.test, then, otherwise, join, span=span))
        otherwise = own
    return first


def _node(laying: _Laying, step: resolved.Step, path: Path, own: str, next: str, loops: tuple[str, ...]) -> plan.Node:
    """The node of a step other than `if` and `label`; inner blocks are lowered first."""
    match step:
        case resolved.Wait():
            return plan.Wait(own, step.until, next, span=step.span)
        case resolved.Act():
            return plan.Act(own, step.effect, next, step.settings, step.unless, span=step.span)
        case resolved.Exit():
            return plan.Exit(own, step.reason, span=step.span)
        case resolved.GoTo():
            laying.jumps[own] = _Aim(step.label, loops)
            return plan.Jump(own, "", next, step.times, span=step.span)
        case resolved.Repeat():
            body = _lay(laying, step.steps, (*path, 0), own, (*loops, own), own)
            return plan.Repeat(own, step.times, body, next, span=step.span)
        case resolved.Split():
            arms = [
                plan.Arm(arm.share, arm.name, _lay(laying, arm.steps, (*path, number), next, loops, own))
                for number, arm in reversed(list(enumerate(step.arms)))
            ]
            return plan.Split(own, tuple(reversed(arms)), next, span=step.span)
        case _:
            raise TypeError(f"{type(step).__name__} is no step that becomes one node")


def _aimed(laying: _Laying, node: plan.Node) -> plan.Node:
    """A jump with its target; it leaves the repeats around it that are not around the label."""
    if not isinstance(node, plan.Jump):
        return node
    aim = laying.jumps[node.id]
    label = laying.labels[aim.to][1]
    return replace(node, to=label.to, leaves=tuple(loop for loop in aim.loops if loop not in label.loops))


def _in_order(laying: _Laying, nodes: Sequence[plan.Node]) -> tuple[plan.Label, ...]:
    """Labels in the order of their nodes, and in the order of the text if they have the same node."""
    number = {node.id: i for i, node in enumerate(nodes)}
    number[""] = -1
    labels = [label for label, _ in reversed(laying.labels.values())]
    return tuple(sorted(labels, key=lambda label: (number[label.node], number[label.ends])))
