"""Checks the shape of a flow: steps that are never reached, jumps without end, waits without effect.

The steps become a small graph in the order of the text, and every check is one traversal of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flowdsl.compiler.resolve import walk
from flowdsl.compiler.resolved import Act, Exit, Flow, GoTo, If, Label, Repeat, Split, Step, Wait
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.plan import plan
from flowdsl.plan.expressions import Event, Happened

END = -1


@dataclass(frozen=True, slots=True)
class Graph:
    """Steps in the order of the text, and the steps that can follow each. After them come the ends of repeat rounds.

    `after[len(steps) + i]` is what comes after a round of the repeat at i.
    """

    steps: tuple[Step, ...]
    after: tuple[tuple[int, ...], ...]

    def is_wait(self, at: int) -> bool:
        return at < len(self.steps) and isinstance(self.steps[at], Wait)

    def reach(self, starts: Iterable[int], through_waits: bool = True) -> set[int]:
        """Every step that can be reached from the given ones; without waits the search stops at each wait."""
        reached: set[int] = set()
        left = [at for at in starts if at != END]
        while left:
            at = left.pop()
            if at in reached:
                continue
            reached.add(at)
            if through_waits or not self.is_wait(at):
                left.extend(next for next in self.after[at] if next != END)
        return reached


def graph(flow: Flow) -> Graph:
    """The graph of a flow."""
    order = tuple(walk.steps(flow.steps))
    place = {id(step): at for at, step in enumerate(order)}
    labels = {step.name: at for at, step in reversed(list(enumerate(order))) if isinstance(step, Label)}
    after: list[tuple[int, ...]] = [()] * (2 * len(order))

    def first(steps: Sequence[Step], follow: int) -> int:
        return place[id(steps[0])] if steps else follow

    def join(steps: Sequence[Step], follow: int) -> None:
        for i, step in enumerate(steps):
            at = place[id(step)]
            following = first(steps[i + 1 :][:1], follow)
            inner = following
            if isinstance(step, If | Split):
                after[at] = tuple(first(branch, following) for branch in walk.branches(step))
            elif isinstance(step, Repeat):
                inner = len(order) + at
                after[at] = (first(step.steps, inner),)
                after[inner] = (first(step.steps, following), following)
            elif isinstance(step, GoTo):
                to = (labels[step.label],) if step.label in labels else ()
                after[at] = to if step.times == 0 and to else (*to, following)
            elif not isinstance(step, Exit):
                after[at] = (following,)
            for branch in walk.branches(step):
                join(branch, inner)

    join(flow.steps, END)
    return Graph(order, tuple(after))


def check_shape(findings: DiagnosticCollector, flow: Flow, events: Mapping[str, Event]) -> None:
    """Note every diagnostic in the shape of a flow. A partial flow lacks steps, so its shape is not checked."""
    if flow.partial:
        return
    if not flow.steps and flow.triggers:  # a trigger that was not understood may contain the steps
        findings.add("W302", f'the flow "{flow.name}" has no steps', flow.span)
    whole = graph(flow)
    _unreachable(findings, flow, whole)
    _jumps(findings, whole)
    _idle_waits(findings, flow, whole)
    _happened(findings, flow, whole)
    if flow.include_existing and not any(_has_state(each, events) for each in flow.triggers):
        findings.add("E307", "there is nothing that could exist already", flow.include_existing)


def _has_state(trigger: plan.Trigger, events: Mapping[str, Event]) -> bool:
    """True for events that add a name to one of the contact's sets: these can be tested afterwards."""
    if not isinstance(trigger, plan.OnEvent):
        return False
    return all(events[kind].adds for kind in trigger.match.events)


def _unreachable(findings: DiagnosticCollector, flow: Flow, whole: Graph) -> None:
    reached = whole.reach([0] if whole.steps else [])
    alive = {id(step) for at, step in enumerate(whole.steps) if at in reached}

    def look(steps: Sequence[Step]) -> None:
        before = True
        for step in steps:
            if id(step) not in alive and before:
                findings.add("E306", "no way through the flow leads to this step", step.span)
            before = id(step) in alive
            if before:
                for branch in walk.branches(step):
                    look(branch)

    look(flow.steps)


def _jumps(findings: DiagnosticCollector, whole: Graph) -> None:
    labels = {step.name: at for at, step in reversed(list(enumerate(whole.steps))) if isinstance(step, Label)}
    for at, step in enumerate(whole.steps):
        if not isinstance(step, GoTo) or labels.get(step.label, at) >= at:
            continue
        if step.times == 0:
            findings.add("E304", f'this jump back to "{step.label}" has no bound', step.span)
        if at in whole.reach([labels[step.label]], through_waits=False):
            findings.add("E305", f'from "{step.label}" a run can come here without waiting', step.span)


def _idle_waits(findings: DiagnosticCollector, flow: Flow, whole: Graph) -> None:
    if flow.leaves or (flow.limit and flow.limit.at_once):
        return  # then the wait has an effect: it keeps the run active
    for at, step in enumerate(whole.steps):
        if isinstance(step, Wait) and _past_labels(whole, whole.after[at][0]) == END:
            findings.add("W301", "nothing comes after this wait", step.span)


def _past_labels(whole: Graph, at: int) -> int:
    while at != END and at < len(whole.steps) and isinstance(whole.steps[at], Label):
        at = whole.after[at][0]
    return at


# --- it happened ------------------------------------------------------------------------------------------------------


def _happened(findings: DiagnosticCollector, flow: Flow, whole: Graph) -> None:
    """Note `it happened` where the last wait cannot have been a wait for an event."""
    waits = [
        at for at, step in enumerate(whole.steps) if isinstance(step, Wait) and isinstance(step.until, plan.Happens)
    ]
    answered = {
        id(whole.steps[at])
        for at in whole.reach([next for wait in waits for next in whole.after[wait]], through_waits=False)
        if at < len(whole.steps)
    }
    for step in whole.steps:
        if isinstance(step, If | Act | Wait) and id(step) not in answered:
            _note_happened(findings, walk.step_tests(step))
    if not waits:
        _note_happened(findings, walk.header_tests(flow))


def _note_happened(findings: DiagnosticCollector, tests: Iterable[walk.Test]) -> None:
    for test in tests:
        if any(isinstance(inner, Happened) for inner in walk.inside(test.expr)):
            findings.add("E309", "no wait for an event comes before this `it happened`", test.span)
