"""Which flows, steps and caps of an edited plan correspond to those of the plan before.

Flows are matched by name, then by content; the steps of a flow by content and order (the longest common subsequences of
difflib), then by content alone, then by id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from flowdsl.machine.ids import form
from flowdsl.plan import plan
from flowdsl.plan.step_kinds import ports

ALIKE = 0.6  # the least similarity of two flows of different names that are taken for one that was renamed
TARGETS = ("id", "next", "then", "otherwise", "join", "arms", "body", "to", "leaves")  # fields that say where to go


@dataclass(frozen=True)
class FlowPair:
    """A flow before and after an edit, with the new step for each old one that is left, by id."""

    old: plan.Flow
    new: plan.Flow
    steps: Mapping[str, str]

    def next_step(self, step: str) -> str:
        """The new step at which a run goes on that was at this old one: the same, or the nearest behind it that is
        left; the end, if none is."""
        coming, seen = deque([step]), {step}
        while coming:
            at = coming.popleft()
            if at in self.steps:
                return self.steps[at]
            following = [one for one in ports(self.old.by_id[at]) if one and one not in seen]
            seen.update(following)
            coming.extend(following)
        return plan.END

    def is_same(self, step: str) -> bool:
        """Whether an old step is left and does the same as before."""
        return step in self.steps and _form(self.old.by_id[step]) == _form(self.new.by_id[self.steps[step]])

    def new_repeats(self, step: str) -> list[str]:
        """The repeats around a new step that the flow did not have before."""
        old = set(self.steps.values())
        loops = [node for node in self.new.nodes if isinstance(node, plan.Repeat) and node.id not in old]
        return [loop.id for loop in loops if step in _reachable(self.new, loop.body, without=loop.id)]


def flow_pairs(old: plan.Plan, new: plan.Plan) -> dict[str, FlowPair]:
    """The flows that are left, by their old name: those of the same name, then those that are alike."""
    flows = {flow.name: new.by_name[flow.name] for flow in old.flows if flow.name in new.by_name}
    left = [flow for flow in new.flows if flow.name not in flows]
    for flow in old.flows:
        likeness = [(_likeness(flow, other), -number) for number, other in enumerate(left)]
        if flow.name not in flows and likeness and max(likeness)[0] >= ALIKE:
            flows[flow.name] = left.pop(-max(likeness)[1])
    return {name: FlowPair(old.by_name[name], flow, _steps(old.by_name[name], flow)) for name, flow in flows.items()}


def cap_pairs(old: Sequence[plan.Cap], new: Sequence[plan.Cap]) -> dict[int, int]:
    """For each new cap, by number, the old one whose sends it goes on counting: an equal one, else one of its
    channel."""
    found: dict[int, int] = {}
    for is_pair in (plan.Cap.__eq__, lambda one, other: one.channel == other.channel):
        for number, cap in enumerate(new):
            free = (n for n, other in enumerate(old) if n not in found.values() and is_pair(cap, other))
            if number not in found and (before := next(free, None)) is not None:
                found[number] = before
    return found


# --- steps ------------------------------------------------------------------------------------------------------------


def _reachable(flow: plan.Flow, start: str, without: str) -> set[str]:
    """The steps that a run can come to from a step, without passing another one."""
    found, coming = set[str](), [start]
    while coming:
        at = coming.pop()
        if at and at != without and at not in found:
            found.add(at)
            coming.extend(ports(flow.by_id[at]))
    return found


def _likeness(one: plan.Flow, other: plan.Flow) -> float:
    return SequenceMatcher(None, _forms(one), _forms(other), autojunk=False).ratio()


def _steps(old: plan.Flow, new: plan.Flow) -> dict[str, str]:
    """The step of the new flow for each step of the old one that is left."""
    blocks = SequenceMatcher(None, _forms(old), _forms(new), autojunk=False).get_matching_blocks()
    found = {old.nodes[block.a + n].id: new.nodes[block.b + n].id for block in blocks for n in range(block.size)}
    _match_rest(found, old, new, _forms(old), _forms(new))
    _match_rest(found, old, new, [_name(node) for node in old.nodes], [_name(node) for node in new.nodes])
    return found


def _match_rest(
    found: dict[str, str], old: plan.Flow, new: plan.Flow, before: Sequence[str], after: Sequence[str]
) -> None:
    """Matches steps that are not matched yet and have the same words, in order."""
    free = [(word, node.id) for word, node in zip(after, new.nodes, strict=True) if node.id not in found.values()]
    for word, node in zip(before, old.nodes, strict=True):
        same = next((one for one in free if one[0] == word), None)
        if node.id not in found and same:
            found[node.id] = same[1]
            free.remove(same)


def _forms(flow: plan.Flow) -> list[str]:
    return [_form(node) for node in flow.nodes]


def _form(node: plan.Node) -> str:
    """What a step does, without its id and its place; a flow has one entry and one end, with any content."""
    return type(node).__name__ if isinstance(node, plan.Enter | plan.Exit) else form(node, without=TARGETS)


def _name(node: plan.Node) -> str:
    return f"{type(node).__name__} {node.id}"
