"""Carries the state of a contact from one plan to an edited one, and reports what became of everything in it.

Works on the documents of state_json.py, in which nothing has a number. Flows are matched by name, then by content; the
steps of a flow by content and order (the longest common subsequences of difflib), then by id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypeVar

from flowdsl.machine.ids import form
from flowdsl.machine.ready import prepare
from flowdsl.machine.state_json import Document, from_json
from flowdsl.plan import plan

if TYPE_CHECKING:
    from flowdsl.plan.json.canonical import Json

T = TypeVar("T")
ALIKE = 0.6  # the least similarity of two flows of different names that are taken for one that was renamed
TARGETS = ("id", "next", "then", "otherwise", "join", "arms", "body", "to", "leaves")  # fields that say where to go


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of one part of a state.

    kind     run, step, count, cap, limit or trigger
    flow     the flow it belongs to, in the old plan; "" for counts and caps
    what     the step, or what is counted
    outcome  moved, new or dropped; parts that stayed as they were are not reported
    reason   why, in a sentence
    """

    kind: str
    flow: str
    what: str
    outcome: str
    reason: str


@dataclass(frozen=True)
class _Flows:
    """How the flows and the steps of two plans correspond: old name -> new flow, old step id -> new one."""

    flows: Mapping[str, plan.Flow]
    steps: Mapping[str, Mapping[str, str]]
    new: tuple[str, ...]


def carry(document: Mapping[str, Json], old: plan.Plan, new: plan.Plan) -> tuple[dict[str, Json], tuple[Carried, ...]]:
    """The state of a contact under an edited plan, and a report of what moved, is new, or was dropped.

    document: what `to_json` made under the old plan. A run goes on at the step where it was. If an edit removed this
    step, it goes on at the next step that is left, at the next wake. Actions that were done are not done again by the
    same run. Runs of a flow that is gone are dropped. Wake the contact once right after this: then alarms whose time
    has passed ring, runs whose step is gone go on, and triggers that come by themselves are scheduled anew.

    Raises RunError where the document is no state of the old plan (E770, E771).

    >>> from flowdsl.machine import State, to_json
    >>> carry(to_json(prepare(plan.Plan(())), State("c1")), plan.Plan(()), plan.Plan(()))[1]
    ()
    """
    from_json(prepare(old), document)  # refuses what does not fit
    carrying = _Carrying(old, new, deepcopy(dict(document)))
    return carrying.document(), tuple(carrying.report)


class _Carrying:
    """One state on its way from one plan to another."""

    def __init__(self, old: plan.Plan, new: plan.Plan, document: Document) -> None:
        self.old, self.new, self.data = old, new, document
        self.match = _matched(old, new)
        self.report: list[Carried] = []

    def document(self) -> dict[str, Json]:
        """The document under the new plan."""
        data = self.data
        old, new = prepare(self.old).ids, prepare(self.new).ids
        for key, what, before, after in (
            ("counts", "count", old.counts, new.counts),
            ("caps", "cap", old.caps, new.caps),
        ):
            data[key] = self._kept(data.get(key, {}), what, before, after)
        for key in ("limits", "started", "switches"):
            data[key] = self._by_flow(data.get(key, {}), "limit" if key == "limits" else "")
        for key in ("paused", "begun"):
            data[key] = [self.match.flows[name].name for name in data.get(key, []) if name in self.match.flows]
        data["runs"] = [moved for run in data.get("runs", []) if (moved := self._run(run))]
        data["openings"] = [
            {**one, "flow": self.match.flows[one["flow"]].name}
            for one in data.get("openings", [])
            if one["flow"] in self.match.flows
        ]
        data["triggers"] = []  # the first wake under the new plan schedules them
        return {**{key: value for key, value in data.items() if value not in ({}, [])}, "carried": [*self.match.new]}

    def _note(self, kind: str, flow: str, what: str, outcome: str, reason: str) -> None:
        self.report.append(Carried(kind, flow, what, outcome, reason))

    def _kept(self, kept: Document, what: str, before: Sequence[str], after: Sequence[str]) -> Document:
        """Counts or caps that both plans have; the others are dropped, or begin with nothing."""
        for name in dict.fromkeys(before):
            if name not in after and name in kept:
                self._note(what, "", name, "dropped", f"the new plan has no such {what}")
        for name in dict.fromkeys(after):
            if name not in before:
                self._note(what, "", name, "new", "nothing is known of earlier events, so it begins at 0")
        return {name: one for name, one in kept.items() if name in after}

    def _by_flow(self, kept: Document, what: str) -> Document:
        for name in kept:
            if name not in self.match.flows and what:
                self._note(what, name, name, "dropped", "the new plan has no such flow")
        return {self.match.flows[name].name: one for name, one in kept.items() if name in self.match.flows}

    # --- runs ---------------------------------------------------------------------------------------------------------

    def _run(self, run: Document) -> Document | None:
        """A run under the new plan; None where its flow is gone."""
        name = run["flow"]
        if name not in self.match.flows:
            self._note("run", name, run["step"], "dropped", "the new plan has no such flow")
            return None
        flow, steps = self.match.flows[name], self.match.steps[name]
        before = [node.id for node in self.old.by_name[name].nodes]
        at = before.index(run["step"])
        step = next((steps[one] for one in before[at:] if one in steps), plan.END)
        moved = {**run, "flow": flow.name, "step": step, "path": _renamed(run["path"], steps)}
        for key in ("visits", "turns"):
            if key in run:
                moved[key] = _renamed(run[key], steps)
        moved["done"] = [*_renamed(dict.fromkeys(run.get("done", [])), steps), *self._ahead(run, flow, step)]
        if run["step"] not in steps or self._is_stuck(run, flow):
            reason = f'step "{run["step"]}" is gone or changed: the run goes on at "{step}" at the next wake'
            self._note("step", name, run["step"], "moved", reason)
            moved = {key: one for key, one in moved.items() if key not in ("due", "rings")} | {"mode": "moved"}
        elif step != run["step"] or flow.name != name:
            self._note("step", name, run["step"], "moved", f'it is step "{step}" of flow "{flow.name}" now')
        return {key: one for key, one in moved.items() if one != [] and one != {}} | {"path": moved["path"]}

    def _is_stuck(self, run: Document, flow: plan.Flow) -> bool:
        """Whether a run waits without end at a wait that has another meaning now: it waits anew."""
        before, after = self.old.by_name[run["flow"]], self.match.steps[run["flow"]][run["step"]]
        is_same = _form(before.by_id[run["step"]]) == _form(flow.by_id[after])
        return run.get("mode") == "waiting" and "due" not in run and not is_same

    def _ahead(self, run: Document, flow: plan.Flow, step: str) -> list[str]:
        """Actions that the run has done and that the edit has put ahead of it."""
        steps, after = self.match.steps[run["flow"]], [node.id for node in flow.nodes]
        before = [node.id for node in self.old.by_name[run["flow"]].nodes]
        behind = before[: before.index(run["step"])]
        done = {steps[one] for one in behind if one in run["path"] and one in steps}
        return [one for one in after[after.index(step) :] if one in done and isinstance(flow.by_id[one], plan.Act)]


def _renamed(kept: Mapping[str, T], steps: Mapping[str, str]) -> dict[str, T]:
    return {steps[step]: one for step, one in kept.items() if step in steps}


# --- what corresponds to what -----------------------------------------------------------------------------------------


def _matched(old: plan.Plan, new: plan.Plan) -> _Flows:
    """Flows of the same name; then, of those that are left, those that are alike."""
    flows = {flow.name: new.by_name[flow.name] for flow in old.flows if flow.name in new.by_name}
    left = [flow for flow in new.flows if flow.name not in flows]
    for flow in old.flows:
        likeness = [(_likeness(flow, other), -number) for number, other in enumerate(left)]
        if flow.name not in flows and likeness and max(likeness)[0] >= ALIKE:
            flows[flow.name] = left.pop(-max(likeness)[1])
    steps = {name: _steps(old.by_name[name], flow) for name, flow in flows.items()}
    return _Flows(flows, steps, tuple(flow.name for flow in left))


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
