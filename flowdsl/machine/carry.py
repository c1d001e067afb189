"""Carries the state of a contact from one plan to an edited one, and reports what became of everything in it.

Works on the documents of state_json.py, in which nothing has a number; correspondence.py says what belongs together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from flowdsl.machine.correspondence import FlowPair, cap_pairs, flow_pairs
from flowdsl.machine.ready import prepare
from flowdsl.machine.state_json import Document, from_json
from flowdsl.plan import plan
from flowdsl.plan.expressions import Send

if TYPE_CHECKING:
    from flowdsl.plan.json.canonical import Json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of one part of a state.

    kind     run, step, count, cap, limit, campaign or trigger
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


def carry(document: Mapping[str, Json], old: plan.Plan, new: plan.Plan) -> tuple[dict[str, Json], tuple[Carried, ...]]:
    """The state of one contact under an edited plan, and a report of what moved, is new, or was dropped.

    For many contacts, make one `Carrier`. Raises RunError where the document is no state of the old plan (E770, E771).

    >>> from flowdsl.machine import State, to_json
    >>> carry(to_json(prepare(plan.Plan(())), State("c1")), plan.Plan(()), plan.Plan(()))[1]
    ()
    """
    return Carrier(old, new).carry(document)


class Carrier:
    """Carries states of contacts from one plan to an edited one.

    A run goes on at the step where it was. If an edit removed this step, it goes on at the nearest step behind it that
    is left, at the next wake. Actions that were done are not done again by the same run. Runs of a flow that is gone
    are dropped. Wake each contact once right after this: then alarms whose time has passed ring, runs whose step is
    gone go on, triggers that come by themselves are scheduled, and queued messages ask for their slots anew.
    """

    def __init__(self, old: plan.Plan, new: plan.Plan) -> None:
        self._old = prepare(old)
        self.plans, self.flows, self.ids = (old, new), flow_pairs(old, new), (self._old.ids, prepare(new).ids)
        self.caps = cap_pairs(old.policy.caps, new.policy.caps)
        self.limited = {one.channel for one in new.policy.capacities}
        self.triggers = {flow.name: self.ids[1].triggers[number] for number, flow in enumerate(new.flows)}
        matched = {pair.new.name for pair in self.flows.values()}
        self.new_flows = [flow.name for flow in new.flows if flow.name not in matched]

    def carry(self, document: Mapping[str, Json]) -> tuple[dict[str, Json], tuple[Carried, ...]]:
        """A state under the new plan, and its report. Raises RunError where it is no state of the old plan (E770,
        E771)."""
        from_json(self._old, document)
        carrying = _Carrying(self, deepcopy(dict(document)))
        return carrying.document(), tuple(carrying.report)


class _Carrying:
    """One state on its way from one plan to another."""

    def __init__(self, carrier: Carrier, data: Document) -> None:
        self.carrier, self.data, self.report = carrier, data, list[Carried]()

    def document(self) -> dict[str, Json]:
        """The document under the new plan."""
        data = self.data
        runs = [moved for run in data.get("runs", []) if (moved := self._run(run))]
        parts = {
            "counts": self._counts(data.get("counts", {})),
            "caps": self._caps(data.get("caps", {})),
            "limits": dict(self._limits(data.get("limits", {}))),
            "started": self._by_flow(data.get("started", {})),
            "switches": self._by_flow(data.get("switches", {})),
            "paused": self._names(data.get("paused", [])),
            "begun": self._names(data.get("begun", [])),
            "runs": runs,
            "sets": self._sets(data.get("sets", {})),
            "openings": [*self._of_flows(data.get("openings", []))],
            "triggers": [one for one in self._of_flows(data.get("triggers", [])) if self._is_left(one)],
        }
        return {**_content({**data, **parts}), "carried": [*self.carrier.new_flows]}

    def _note(self, kind: str, flow: str, what: str, outcome: str, reason: str) -> None:
        self.report.append(Carried(kind, flow, what, outcome, reason))

    # --- what goes by flow --------------------------------------------------------------------------------------------

    def _by_flow(self, kept: Mapping[str, T]) -> dict[str, T]:
        flows = self.carrier.flows
        return {flows[name].new.name: one for name, one in kept.items() if name in flows}

    def _names(self, names: Sequence[str]) -> list[str]:
        return [*self._by_flow(dict.fromkeys(names))]

    def _of_flows(self, parts: Sequence[Document]) -> Iterator[Document]:
        for one in parts:
            if pair := self.carrier.flows.get(one["flow"]):
                yield {**one, "flow": pair.new.name}

    def _is_left(self, alarm: Document) -> bool:
        return alarm["trigger"] in self.carrier.triggers[alarm["flow"]]

    def _sets(self, sets: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """A contact is in a campaign by its name: it changes with the campaign's."""
        ours = {flow.name for flow in self.carrier.plans[0].flows if flow.kind == "campaign"}
        kept = []
        for name in sets.get("campaigns", []):
            pair = self.carrier.flows.get(name)
            if name not in ours or (pair and pair.new.kind == "campaign"):
                kept.append(pair.new.name if pair and name in ours else name)
            else:
                self._note("campaign", name, name, "dropped", "the new plan has no such campaign")
        return {**sets, **({"campaigns": kept} if "campaigns" in sets else {})}

    def _limits(self, kept: Document) -> Iterator[tuple[str, Document]]:
        """How often each flow was entered, as far as its limit asks for it."""
        for name, pair in self.carrier.flows.items():
            before, now = pair.old.enter.limit, pair.new.enter.limit
            if not now or now.at_once:
                continue
            if before and not before.at_once and before.per == now.per:
                if name in kept:
                    yield pair.new.name, kept[name]
            elif self.data.get("started", {}).get(name):
                known = (
                    "the number of earlier runs is known" if now.per == "contact" else "only runs under way are known"
                )
                self._note("limit", name, pair.new.name, "new", f"{known}, and counts for it")
                yield pair.new.name, self._known_entries(name, now)

    def _known_entries(self, flow: str, limit: plan.Limit) -> Document:
        """The entries of a flow that the state knows, in the form of a limit's own count."""
        runs = sorted((run["started"], run["anchor"], run.get("object_id", "")) for run in self._runs_of(flow))
        if limit.per == "contact":
            return {"total": self.data["started"][flow], "last": [[*one[:2]] for one in runs][-limit.times :]}
        objects = {of: [[*one[:2]] for one in runs if one[2] == of] for *_, of in runs if of}
        return {"objects": {of: {"total": len(last), "last": last[-limit.times :]} for of, last in objects.items()}}

    def _runs_of(self, flow: str) -> list[Document]:
        return [run for run in self.data.get("runs", []) if run["flow"] == flow]

    # --- what is counted ----------------------------------------------------------------------------------------------

    def _counts(self, kept: Document) -> Document:
        """Counts that both plans have; the others are dropped, or begin with nothing."""
        before, after = (dict.fromkeys(ids.counts) for ids in self.carrier.ids)
        for name in before:
            if name not in after and name in kept:
                self._note("count", "", name, "dropped", "the new plan has no such count")
        for name in after:
            if name not in before:
                self._note("count", "", name, "new", "nothing is known of earlier events, so it begins at 0")
        return {name: one for name, one in kept.items() if name in after}

    def _caps(self, kept: Mapping[str, list[int]]) -> dict[str, list[int]]:
        """The sends that each cap knows. A cap that was edited goes on with those of the cap that it was."""
        (before, after), pairs = (ids.caps for ids in self.carrier.ids), self.carrier.caps
        for number, name in enumerate(before):
            if number not in pairs.values() and name not in after and name in kept:
                self._note("cap", "", name, "dropped", "the new plan has no cap of this channel")
        found: dict[str, list[int]] = {}
        for number, cap in enumerate(self.carrier.plans[1].policy.caps):
            old = before[pairs[number]] if number in pairs else ""
            if not old:
                self._note("cap", "", after[number], "new", "nothing is known of earlier sends, so it begins at 0")
            elif old != after[number]:
                self._note("cap", "", old, "moved", f"it is {after[number]} now, and counts the sends that it knows")
            found[after[number]] = kept.get(old, [])[-cap.times :]
        return found

    # --- runs ---------------------------------------------------------------------------------------------------------

    def _run(self, run: Document) -> Document | None:
        """A run under the new plan; None where its flow is gone."""
        pair = self.carrier.flows.get(run["flow"])
        if pair is None:
            self._note("run", run["flow"], run["step"], "dropped", "the new plan has no such flow")
            self._leave_queue(run)
            return None
        step = pair.next_step(run["step"])
        moved = {**run, "flow": pair.new.name, "step": step, "path": _renamed(run["path"], pair.steps)}
        moved["visits"] = _visits(run, pair)
        moved["turns"] = {**_renamed(run.get("turns", {}), pair.steps), **dict.fromkeys(pair.new_repeats(step), 1)}
        moved["done"] = [*_renamed(dict.fromkeys(run.get("done", [])), pair.steps), *_ahead(run, pair, step)]
        if run["step"] not in pair.steps or self._waits_for_something_else(run, pair):
            reason = f'step "{run["step"]}" is gone or changed: the run goes on at "{step}" at the next wake'
            self._note("step", run["flow"], run["step"], "moved", reason)
            self._leave_queue(run)
            moved = {key: one for key, one in moved.items() if key not in ("due", "rings")} | {"mode": "moved"}
        elif step != run["step"] or pair.new.name != run["flow"]:
            self._note("step", run["flow"], run["step"], "moved", f'it is step "{step}" of flow "{pair.new.name}" now')
        return {**_content(moved), "path": moved["path"]}

    def _waits_for_something_else(self, run: Document, pair: FlowPair) -> bool:
        """Whether what would wake the run is gone: a wait without an end has another meaning now, or a message that
        queues would not queue any more."""
        if run.get("mode") == "queued":
            before, after = (
                _send(flow, step) for flow, step in ((pair.old, run["step"]), (pair.new, pair.steps[run["step"]]))
            )
            return not (before and after and before.channel == after.channel and after.channel in self.carrier.limited)
        return run.get("mode") == "waiting" and "due" not in run and not pair.is_same(run["step"])

    def _leave_queue(self, run: Document) -> None:
        """Takes a message that will not be sent as it was asked for back from the caps."""
        send = _send(self.carrier.plans[0].by_name[run["flow"]], run["step"]) if run.get("mode") == "queued" else None
        if not send or not send.is_to_contact or send.transactional:
            return
        names = zip(self.carrier.ids[0].caps, self.carrier.plans[0].policy.caps, strict=True)
        for name in dict.fromkeys(name for name, cap in names if cap.channel in ("", send.channel)):
            times = self.data.get("caps", {}).get(name, [])
            if run["asked"] in times:
                times.remove(run["asked"])


def _visits(run: Document, pair: FlowPair) -> dict[str, int]:
    """How often the run has done each action: a flow without loops has not counted, but does each at most once."""
    if any(isinstance(node, plan.Repeat | plan.Jump) for node in pair.old.nodes):
        return _renamed(run.get("visits", {}), pair.steps)
    if not any(isinstance(node, plan.Repeat | plan.Jump) for node in pair.new.nodes):
        return {}
    behind = [step for step in run["path"] if step != run["step"] and isinstance(pair.old.by_id[step], plan.Act)]
    return _renamed(dict.fromkeys(behind, 1), pair.steps)


def _ahead(run: Document, pair: FlowPair, step: str) -> list[str]:
    """Actions that the run has done and that the edit has put ahead of it."""
    before, after = ([node.id for node in flow.nodes] for flow in (pair.old, pair.new))
    behind = before[: before.index(run["step"])]
    done = {pair.steps[one] for one in behind if one in run["path"] and one in pair.steps}
    return [one for one in after[after.index(step) :] if one in done and isinstance(pair.new.by_id[one], plan.Act)]


def _send(flow: plan.Flow, step: str) -> Send | None:
    node = flow.by_id[step]
    return node.effect if isinstance(node, plan.Act) and isinstance(node.effect, Send) else None


def _renamed(kept: Mapping[str, T], steps: Mapping[str, str]) -> dict[str, T]:
    return {steps[step]: one for step, one in kept.items() if step in steps}


def _content(parts: Document) -> Document:
    """What is not empty."""
    return {key: one for key, one in parts.items() if one not in ({}, [])}
