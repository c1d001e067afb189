"""Notes scenarios in which events cause, on average, at least one further event of their kind, so that they never end.

Every message and every event of a scenario has children: the answers to it, and the messages that flows send because of
it. If each event of a kind has, on average, one descendant of the same kind or more, a contact's events grow without
end. The mean numbers of children form a matrix; its spectral radius shows whether numbers grow (Harris, The Theory of
Branching Processes, 1963, chapter II). Anything uncertain (behind a condition, a limit or a cap) is ignored, so that no
warning is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from flowdsl.compiler.resolve import walk
from flowdsl.compiler.resolved import Act, Exit, Flow, GoTo, Label, Repeat, Resolved, Split, Step
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.source import Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import EventMatch, Send

MILLION = 1_000_000
TURNS = 1000
NEARLY_ONE = 1 - 1e-6
SMALL, SETTLED = 1e-6, 1e-9

Kind: TypeAlias = tuple[str, str]  # an event and its name: a message sent is `email.received` of that message


class Child(NamedTuple):
    """The mean number of events of one kind that an event of another kind causes, and the line that causes them."""

    parent: Kind
    kind: Kind
    mean: float
    span: Span


def check_growth(findings: DiagnosticCollector, resolved: Resolved) -> None:
    """Note each scenario in which events have, on average, at least one descendant of their kind."""
    if any(flow.partial for flow in resolved.flows):
        return
    for world in resolved.world:
        children = list(_children(resolved, world))
        mean, taking_part = _growth(children)
        if mean >= NEARLY_ONE:
            spans = list(dict.fromkeys(child.span for child in taking_part))
            answers = [span for span in spans if any(span == answer.span for answer in world.answers)] or spans
            findings.add("W306", _message(spans), answers[0])


def _message(spans: Iterable[Span]) -> str:
    lines = sorted({span.line for span in spans})
    where = f"line {lines[0]}" if len(lines) == 1 else "lines " + ", ".join(map(str, lines))
    return f"each event causes, on average, one of its kind or more, which never ends ({where})"


# --- children ---------------------------------------------------------------------------------------------------------


def _children(resolved: Resolved, world: plan.World) -> Iterator[Child]:
    sent = [*_sends(resolved)]
    kinds = list(dict.fromkeys([*(kind for kind, *_ in sent), *_answered(world, [kind for kind, *_ in sent])]))
    for kind in kinds:
        yield from _answers(world, kind)
        for message, mean, flow, span in sent:
            if _starts(flow, kind):
                yield Child(kind, message, mean, span)


def _answered(world: plan.World, sent: Iterable[Kind]) -> Iterable[Kind]:
    """The kinds of events that can occur as answers."""
    causes = [one.cause for one in world.answers]
    named = [(event, name) for cause in causes for event in cause.events for name in cause.names or ("",)]
    found = dict.fromkeys([*sent, *named])
    while True:
        more = [child.kind for kind in found for child in _answers(world, kind) if child.kind not in found]
        if not more:
            return found
        found.update(dict.fromkeys(more))


def _answers(world: plan.World, kind: Kind) -> Iterator[Child]:
    """The answers to an event: of several matching lines about the same answer, the most specific one."""
    chosen: dict[Kind, plan.Answer] = {}
    for line in world.answers:
        if line.where or line.column or line.cause.fields or not _means(line.cause, kind):
            continue
        child = (line.event, line.name or kind[1])
        if child not in chosen or (line.cause.names and not chosen[child].cause.names):
            chosen[child] = line
    for child, line in chosen.items():
        yield Child(kind, child, _share(line), line.span)


def _share(line: plan.Answer) -> float:
    if line.spread:
        return sum(line.spread) / len(line.spread) / MILLION
    return (line.share + (line.most or line.share)) / 2 / MILLION


def _means(match: EventMatch, kind: Kind) -> bool:
    event, name = kind
    return event in match.events and (not match.names or name in match.names)


def _starts(flow: Flow, kind: Kind) -> bool:
    """Whether every event of this kind starts a run: no clause of the flow can prevent it."""
    if flow.limit or flow.unless or flow.leaves or flow.paused or flow.starting or flow.ending or flow.kind != "flow":
        return False
    return any(
        isinstance(trigger, plan.OnEvent) and not trigger.where and not trigger.nth
        and not trigger.match.fields and _means(trigger.match, kind)
        for trigger in flow.triggers
    )  # fmt: skip


# --- messages ---------------------------------------------------------------------------------------------------------


def _sends(resolved: Resolved) -> Iterator[tuple[Kind, float, Flow, Span]]:
    """Every message that flows certainly send: its kind, the mean number of sends in a run, the flow, the line."""
    capped = {cap.channel for cap in resolved.policy.caps}
    for flow in resolved.flows:
        for send, mean, span in _certain(flow.steps, 1.0):
            if send.is_to_contact and not capped & {"", send.channel}:
                yield (f"{send.channel}.received", send.message), mean, flow, span


def _certain(steps: Iterable[Step], times: float) -> Iterator[tuple[Send, float, Span]]:
    """The sends that every run reaches, up to the first step from which it may go elsewhere."""
    for step in steps:
        if any(isinstance(one, Exit | GoTo | Label) for one in walk.steps([step])):
            return
        if isinstance(step, Act) and isinstance(step.effect, Send) and not step.unless:
            yield step.effect, times, step.span
        if isinstance(step, Repeat):
            yield from _certain(step.steps, times * step.times)
        if isinstance(step, Split):
            for arm in step.arms:
                yield from _certain(arm.steps, times * arm.share / MILLION)


# --- the spectral radius ----------------------------------------------------------------------------------------------


def _growth(children: list[Child]) -> tuple[float, list[Child]]:
    """The spectral radius of the matrix of means, and the children that contribute to it."""
    kinds = dict.fromkeys(kind for child in children for kind in (child.parent, child.kind))
    if not kinds:
        return 0.0, []
    down = [(child.parent, child.kind, child.mean) for child in children]
    up = [(kind, parent, mean) for parent, kind, mean in down]
    radius, reaches = _iterate(kinds, up)
    _, reached = _iterate(kinds, down)
    part = [one for one in children if reached[one.parent] > SMALL and reaches[one.kind] > SMALL and one.mean > 0]
    return radius, part


def _iterate(kinds: Mapping[Kind, None], edges: list[tuple[Kind, Kind, float]]) -> tuple[float, dict[Kind, float]]:
    """Power iteration of I + A, which is aperiodic: the radius of A and its eigenvector, scaled to a largest item of
    1."""
    vector, radius = dict.fromkeys(kinds, 1.0), 0.0
    for _ in range(TURNS):
        after = dict(vector)
        for one, other, mean in edges:
            after[other] += mean * vector[one]
        largest = max(after.values())
        before, radius = radius, largest - 1
        vector = {kind: number / largest for kind, number in after.items()}
        if abs(radius - before) < SETTLED:
            break
    return radius, vector
