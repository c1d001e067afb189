"""How the flows and steps of two plans correspond, where one is an edit of the other.

Flows correspond by name, then by content. The steps of a flow correspond by what they do, first within the same arms
and bodies, then anywhere, and last by their ids.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import TypeAlias

from flowdsl.machine.ids import form
from flowdsl.machine.labels import label
from flowdsl.plan import plan
from flowdsl.plan.outline import first_arms, outline
from flowdsl.plan.step_kinds import ports

ALIKE = 0.6  # the least similarity of two flows of different names that are taken for one that was renamed
TARGETS = ("id", "next", "then", "otherwise", "join", "arms", "body", "to", "leaves")  # fields that say where to go

Place: TypeAlias = "tuple[tuple[str, int], ...]"  # the steps that surround a step, each with the number of the arm


@dataclass(frozen=True)
class FlowPair:
    """A flow before and after an edit, with the new step for each old one that is left, by id."""

    old: plan.Flow
    new: plan.Flow
    steps: Mapping[str, str]

    def next_left(self, step: str) -> str:
        """A step if it is left, or else the nearest one that is left and that a run reaches from it; END if none is."""
        ahead, seen = deque([step]), {step}
        while ahead:
            one = ahead.popleft()
            if one in self.steps:
                return one
            following = [to for to in ports(self.old.by_id[one]) if to and to not in seen]
            ahead.extend(following)
            seen.update(following)
        return plan.END

    def after(self, step: str) -> str:
        """The new id of an old step; END if it is gone."""
        return self.steps.get(step, plan.END)

    def is_same(self, step: str) -> bool:
        """Whether an old step is left and does the same as before."""
        return step in self.steps and _form(self.old.by_id[step]) == _form(self.new.by_id[self.steps[step]])

    def repeats_put_around(self, step: str, now: str) -> list[str]:
        """The repeats around a new step that did not stand around the old one from which a run comes."""
        before, after = self._places
        known = {self.steps.get(head) for head, _ in before[step]}
        heads = [head for head, _ in after[now] if isinstance(self.new.by_id[head], plan.Repeat)]
        return [head for head in heads if head not in known]

    @cached_property
    def _places(self) -> tuple[dict[str, Place], dict[str, Place]]:
        return _places(self.old), _places(self.new)

    def is_same_action(self, step: str) -> bool:
        """Whether an old step is left and is the same action: the same message, tag or name, with any settings."""
        before, now = self.old.by_id[step], self.new.by_id[self.after(step)]
        return isinstance(before, plan.Act) and isinstance(now, plan.Act) and label(before.effect) == label(now.effect)


def flow_pairs(old: plan.Plan, new: plan.Plan) -> dict[str, FlowPair]:
    """The flows that are left, by their old names: those of the same name, then those that are alike, the most similar
    ones first."""
    flows = {flow.name: new.by_name[flow.name] for flow in old.flows if flow.name in new.by_name}
    left = {flow.name: flow for flow in new.flows if flow.name not in flows}
    pairs = [(flow, other) for flow in old.flows if flow.name not in flows for other in left.values()]
    for flow, other in sorted(pairs, key=lambda pair: -_likeness(*pair)):
        if flow.name not in flows and other.name in left and _likeness(flow, other) >= ALIKE:
            flows[flow.name] = left.pop(other.name)
    return {name: FlowPair(old.by_name[name], flow, _steps(old.by_name[name], flow)) for name, flow in flows.items()}


def _places(flow: plan.Flow) -> dict[str, Place]:
    """For each step, the branches, splits and repeats around it, from the outside in."""
    found: dict[str, Place] = {}
    around: list[tuple[int, str, int]] = []  # depth, step, arm (-1: the body of a repeat)
    first_arm = {node.id: bit for node, bit in zip(flow.nodes, first_arms(flow), strict=True)}
    for stop in outline(flow):
        if not stop.arm:
            around = [one for one in around if one[0] < stop.depth]
            found[stop.step] = tuple((step, arm) for _, step, arm in around)
            around.append((stop.depth, stop.step, -1))
        else:
            around = [one for one in around if one[0] < stop.depth - 1]
            around.append((stop.depth - 1, stop.step, stop.bit - first_arm[stop.step]))
    return found


# --- flows and steps --------------------------------------------------------------------------------------------------


def _likeness(one: plan.Flow, other: plan.Flow) -> float:
    """The similarity of two flows, from 0 to 1."""
    if one.kind != other.kind:
        return 0
    return SequenceMatcher(None, _content(one), _content(other), autojunk=False).ratio()


def _content(flow: plan.Flow) -> list[str]:
    """What starts a flow, and its steps; the trigger of a campaign is its name."""
    triggers = [form(trigger) for trigger in flow.enter.triggers] if flow.kind == "flow" else []
    return [*triggers, *(_form(node) for node in flow.nodes[1:-1])]


def _steps(old: plan.Flow, new: plan.Flow) -> dict[str, str]:
    """The step of the new flow for each step of the old one that is left."""
    found: dict[str, str] = {}
    _align(found, _placed_forms(old), _placed_forms(new))
    _align(found, _forms(old), _forms(new))
    _pair(found, _forms(old), _forms(new))
    _pair(found, _names(old), _names(new))
    return found


Described: TypeAlias = "Sequence[tuple[str, str]]"  # the id of each step, and words to compare


def _align(found: dict[str, str], old: Described, new: Described) -> None:
    """Matches the longest sequences of steps that have the same words, of those that are not matched yet."""
    before, after = _free(found, old, new)
    words = [word for _, word in before], [word for _, word in after]
    for block in SequenceMatcher(None, *words, autojunk=False).get_matching_blocks():
        found.update({before[block.a + n][0]: after[block.b + n][0] for n in range(block.size)})


def _pair(found: dict[str, str], old: Described, new: Described) -> None:
    """Matches steps that are not matched yet and have the same words, in order."""
    before, after = _free(found, old, new)
    for step, word in before:
        same = next((one for one in after if one[1] == word), None)
        if same:
            found[step] = same[0]
            after.remove(same)


def _free(found: Mapping[str, str], old: Described, new: Described) -> tuple[list[tuple[str, str]], ...]:
    taken = {*found.values()}
    return [one for one in old if one[0] not in found], [one for one in new if one[0] not in taken]


def _forms(flow: plan.Flow) -> Described:
    return [(node.id, _form(node)) for node in flow.nodes]


def _placed_forms(flow: plan.Flow) -> Described:
    around = _places(flow)
    kinds = {node.id: type(node).__name__ for node in flow.nodes}
    return [(node.id, f"{_form(node)} {[(kinds[head], arm) for head, arm in around[node.id]]}") for node in flow.nodes]


def _names(flow: plan.Flow) -> Described:
    return [(node.id, f"{type(node).__name__} {node.id}") for node in flow.nodes]


def _form(node: plan.Node) -> str:
    """What a step does, without its id and its place; a flow has one entry and one end, with any content."""
    match node:
        case plan.Enter() | plan.Exit():
            return f"{type(node).__name__} {node.id == plan.END}"
        case _:
            return form(node, without=TARGETS)
