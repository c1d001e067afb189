"""Carries the states of contacts from one plan to an edited one, and reports what became of everything in them.

Works on the documents of state_json.py, in which nothing has a number. What corresponds to what is decided once for two
plans, in correspondence.py.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from flowdsl.machine.correspondence import FlowPair, flow_pairs
from flowdsl.machine.ids import form
from flowdsl.machine.ready import Ready, prepare
from flowdsl.machine.state_json import Document, from_json
from flowdsl.plan import plan
from flowdsl.plan.expressions import Send

if TYPE_CHECKING:
    from flowdsl.plan.json.canonical import Json

T = TypeVar("T")
Times = list[int]


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of one part of a state.

    kind     run, step, count, cap, limit, trigger or campaign
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


class Carrier:
    """Carries the states of many contacts from one plan to an edited one."""

    def __init__(self, old: plan.Plan, new: plan.Plan) -> None:
        self.old, self.new, self.pairs = prepare(old), prepare(new), flow_pairs(old, new)

    def carry(self, document: Mapping[str, Json]) -> tuple[dict[str, Json], tuple[Carried, ...]]:
        """The state of a contact under the edited plan, and a report of what moved, is new, or was dropped.

        document: what `to_json` made under the old plan; it is not changed. A run goes on at the step where it was. If
        an edit removed this step, it goes on at the nearest step ahead that is left, at the next wake. Actions that
        were done are not done again by the same run. Runs of a flow that is gone are dropped. Wake the contact once
        right after this: then alarms whose time has passed ring, runs whose step is gone go on, queued messages
        request their slots anew, and new triggers are scheduled.

        Raises RunError where the document is no state of the old plan (E770, E771).
        """
        from_json(self.old, document)  # refuses what does not fit
        carrying = _Carrying(self.old, self.new, self.pairs, deepcopy(dict(document)))
        return carrying.document(), tuple(carrying.report)


def carry(document: Mapping[str, Json], old: plan.Plan, new: plan.Plan) -> tuple[dict[str, Json], tuple[Carried, ...]]:
    """The same for one contact; for many, make one Carrier.

    >>> from flowdsl.machine import State, to_json
    >>> carry(to_json(prepare(plan.Plan(())), State("c1")), plan.Plan(()), plan.Plan(()))[1]
    ()
    """
    return Carrier(old, new).carry(document)


class _Carrying:
    """One state on its way from one plan to another."""

    def __init__(self, old: Ready, new: Ready, pairs: Mapping[str, FlowPair], document: Document) -> None:
        self.old, self.new, self.pairs, self.data = old, new, pairs, document
        self.report: list[Carried] = []

    def document(self) -> dict[str, Json]:
        """The document under the new plan. Caps come after runs, which may leave the queue for capacity."""
        data = self.data
        data["limits"] = self._limits(data.get("limits", {}))
        data["sets"] = self._sets(data.get("sets", {}))
        data["runs"] = [moved for run in data.get("runs", []) if (moved := self._run(run))]
        data["counts"] = self._counts(data.get("counts", {}))
        data["caps"] = self._caps(data.get("caps", {}))
        data["started"] = self._started(data.get("started", {}))
        data["switches"] = self._by_flow(data.get("switches", {}))
        for key in ("paused", "begun"):
            data[key] = [*self._by_flow(dict.fromkeys(data.get(key, [])))]
        data["openings"] = [*self._openings(data.get("openings", []))]
        data["triggers"] = [*self._triggers(data.get("triggers", []))]
        data["carried"] = self._new_flows(data.get("carried", []))
        return {key: value for key, value in data.items() if value not in ({}, []) or key == "carried"}

    def _note(self, kind: str, flow: str, what: str, outcome: str, reason: str) -> None:
        self.report.append(Carried(kind, flow, what, outcome, reason))

    # --- parts that belong to flows -----------------------------------------------------------------------------------

    def _by_flow(self, kept: Mapping[str, T]) -> dict[str, T]:
        return {self.pairs[name].new.name: one for name, one in kept.items() if name in self.pairs}

    def _started(self, kept: Mapping[str, int]) -> dict[str, int]:
        """How many runs there were. The number of a flow that is gone stays, so that no run has its numbers again."""
        left = {name: count + self._taken_numbers(name) for name, count in kept.items() if name in self.pairs}
        return {**kept, **self._by_flow(left)}

    def _taken_numbers(self, flow: str) -> int:
        """How many runs a flow that is gone had under the new name of this one, whose runs are numbered after them."""
        new = self.pairs[flow].new.name
        return self.data.get("started", {}).get(new, 0) if new != flow else 0

    def _new_flows(self, before: Sequence[str]) -> list[str]:
        """The flows whose `include existing` is new to this contact; `before` are those of an edit without a wake."""
        new = [*self._by_flow(dict.fromkeys(before))]
        for pair in self.pairs.values():
            is_late = pair.new.enter.include_existing and not pair.old.enter.include_existing
            if is_late and pair.new.name not in self.data["started"]:
                new.append(pair.new.name)
        matched = {pair.new.name for pair in self.pairs.values()}
        return [*dict.fromkeys([*new, *(flow.name for flow in self.new.flows if flow.name not in matched)])]

    def _openings(self, kept: Iterable[Document]) -> Iterator[Document]:
        for one in kept:
            pair = self.pairs.get(one["flow"])
            if pair and pair.new.enter.include_existing:
                yield {**one, "flow": pair.new.name}

    def _triggers(self, kept: Iterable[Document]) -> Iterator[Document]:
        """The alarms of triggers that the new plan has, too; other triggers are scheduled by the next wake."""
        for one in kept:
            pair = self.pairs.get(one["flow"])
            if not pair:
                continue
            number = self.old.ids.triggers[self.old.flow_numbers[one["flow"]]].index(one["trigger"])
            same = _same_trigger(pair.old.enter.triggers[number], pair.new.enter.triggers)
            if same:
                yield {**one, "flow": pair.new.name, "trigger": form(same)}
            else:
                self._note("trigger", one["flow"], one["trigger"], "dropped", "the new flow has no such trigger")

    def _sets(self, kept: Document) -> Document:
        """The sets of the contact; those of campaigns have the new names, without campaigns that are gone."""
        found: dict[str, None] = {}
        for name in kept.get("campaigns", []):
            old, pair = self.old.plan.by_name.get(name), self.pairs.get(name)
            if old is None or old.kind != "campaign":
                found[name] = None  # nothing of this plan
            elif pair and pair.new.kind == "campaign":
                found[pair.new.name] = None
            else:
                self._note("campaign", name, name, "dropped", "the new plan has no such campaign")
        for run in self.data.get("runs", []):
            pair = self.pairs.get(run["flow"])
            if pair and (pair.old.kind, pair.new.kind) == ("flow", "campaign"):
                found[pair.new.name] = None
        return {**kept, "campaigns": [*found]} if found or "campaigns" in kept else kept

    # --- counts, caps and limits --------------------------------------------------------------------------------------

    def _counts(self, kept: Document) -> Document:
        """Counts that both plans have; the others are dropped, or begin at 0."""
        before = dict(zip(self.old.ids.counts, self.old.keeps, strict=True))
        after = dict(zip(self.new.ids.counts, self.new.keeps, strict=True))
        for name in before:
            if name not in after and name in kept:
                self._note("count", "", name, "dropped", "the new plan has no such count")
        for name, keep in after.items():
            if name not in before:
                self._note("count", "", name, "new", "nothing is known of earlier events, so it begins at 0")
            elif keep > before[name] and name in kept:
                reason = f"of earlier events, only the last {before[name]} times are known"
                self._note("count", "", name, "new", reason)
        return {name: one for name, one in kept.items() if name in after}

    def _caps(self, kept: Mapping[str, Times]) -> dict[str, Times]:
        """The times of the sends that each cap counts; a cap that is new gets those of a cap of the same channel.

        A smaller cap gets all of them, too, and asks only for its latest: a later edit may make it larger again.
        """
        before, after = _caps_by_name(self.old), _caps_by_name(self.new)
        found = {name: kept[name] for name in after if name in before and name in kept}
        sends = self._sends([(cap.channel, kept.get(name, [])) for name, cap in before.items()])
        for name, cap in after.items():
            if name in before:
                continue
            found[name] = sends.get(cap.channel, [])
            known = len(found[name])
            if cap.channel in {one.channel for one in before.values()}:
                self._note("cap", "", name, "moved", f"it counts the {known} sends that the earlier cap has counted")
            else:
                self._note("cap", "", name, "new", f"of earlier sends, {known} are known, so it begins at {known}")
        channels = {cap.channel for cap in after.values()}
        for name, cap in before.items():
            if name not in after and name in kept and cap.channel not in channels:
                self._note("cap", "", name, "dropped", "the new plan has no cap of this channel")
        return {name: times for name, times in found.items() if times}

    def _sends(self, counted: Iterable[tuple[str, Times]]) -> dict[str, Times]:
        """The times of the sends of each channel, as far as the state knows them; "" are all channels together.

        Of several caps of a channel, the one that has the most times knows all that the others know. Without a cap,
        the state still knows of the messages in the queue for capacity.
        """
        sends: dict[str, Times] = {}
        for channel, times in counted:
            sends[channel] = max(sends.get(channel, []), times, key=len)
        queued: dict[str, Times] = {}
        for run in self.data["runs"]:
            if channel := _counted_channel(self.new, run):
                queued.setdefault(channel, []).append(run["asked"])
        channels = {**{channel: sorted(times) for channel, times in queued.items()}, **sends}
        everything = sorted(time for channel, times in channels.items() if channel for time in times)
        return {"": everything, **channels}

    def _limits(self, kept: Document) -> Document:
        """How often flows were started, for limits; an edited limit counts what the state knows of."""
        for name in kept:
            if name not in self.pairs:
                self._note("limit", name, name, "dropped", "the new plan has no such flow")
        found = self._by_flow(kept)
        for name, pair in self.pairs.items():
            limit = pair.new.enter.limit
            if limit and not limit.at_once and limit != pair.old.enter.limit:
                starts = self._starts(name, limit, kept.get(name, {}))
                found.update({pair.new.name: starts} if starts else {})
        return found

    def _starts(self, name: str, limit: plan.Limit, kept: Document) -> Document:
        """The starts of a flow that a limit counts, from what was counted before and from runs under way."""
        runs = [run for run in self.data.get("runs", []) if run["flow"] == name]
        if limit.per == "contact":
            starts = {**kept, **_tally(kept, runs, self.data.get("started", {}).get(name, 0))}
        else:
            runs = [run for run in runs if run.get("object_kind", "") in ("", limit.per)]
            objects = {**kept.get("objects", {})}
            for one in dict.fromkeys(run.get("object_id", "") for run in runs):
                about = [run for run in runs if run.get("object_id", "") == one]
                objects[one] = _tally(objects.get(one, {}), about)
            starts = {**kept, **({"objects": objects} if objects else {})}
        if starts:
            self._note("limit", name, name, "new", "it counts the earlier starts that the state knows of")
        return starts

    # --- runs ---------------------------------------------------------------------------------------------------------

    def _run(self, run: Document) -> Document | None:
        """A run under the new plan; None where its flow is gone."""
        name, step, pair = run["flow"], run["step"], self.pairs.get(run["flow"])
        if pair is None:
            self._note("run", name, step, "dropped", "the new plan has no such flow")
            self._leave_queue(run)
            return None
        left = pair.next_left(step)
        after, flow = pair.after(left), pair.new.name
        number = run["number"] + self._taken_numbers(name)
        moved = {**run, "flow": flow, "number": number, "step": after, "turns": _turns(run, pair, after)}
        moved |= _actions(run, pair, left)
        if reason := self._anew(run, pair):
            self._leave_queue(run)
            self._note("step", name, step, "moved", f'{reason}: the run goes on at "{after}" at the next wake')
            moved = {key: one for key, one in moved.items() if key not in ("due", "rings")} | {"mode": "moved"}
        elif (after, flow) != (step, name):
            self._note("step", name, step, "moved", f'it is step "{after}" of flow "{flow}" now')
        return {key: one for key, one in moved.items() if one not in ([], {}) or key == "path"}

    def _anew(self, run: Document, pair: FlowPair) -> str:
        """Why a run cannot rest where it was: its step is gone, or what it rests for has another meaning now."""
        step, mode = run["step"], run.get("mode")
        if step not in pair.steps:
            return f'step "{step}" is gone'
        before, after = pair.old.by_id[step], pair.new.by_id[pair.after(step)]
        has_to_begin = "due" not in run or (isinstance(after, plan.Wait) and isinstance(after.until, plan.Relative))
        if mode == "waiting" and has_to_begin and not pair.is_same(step):
            return f'step "{step}" has changed'
        if mode == "queued" and _queue(before) != _queue(after):
            return f'step "{step}" has changed'
        if mode == "queued" and _queue(after)[0] not in self.new.limited:
            return f"{_queue(after)[0]} has no capacity limit now"
        return ""

    def _leave_queue(self, run: Document) -> None:
        """Takes a queued message back from the caps that count it: it does not go out from where it is."""
        channel = _counted_channel(self.old, run)
        for name, cap in _caps_by_name(self.old).items():
            times = self.data.get("caps", {}).get(name, [])
            if channel and cap.channel in ("", channel) and run["asked"] in times:
                times.remove(run["asked"])


def _counted_channel(ready: Ready, run: Document) -> str:
    """The channel of a message that is in the queue for capacity and that caps count; "" for other runs."""
    channel, is_counted = _queue(ready.plan.by_name[run["flow"]].by_id[run["step"]])
    return channel if is_counted and run.get("mode") == "queued" else ""


def _caps_by_name(ready: Ready) -> dict[str, plan.Cap]:
    return dict(zip(ready.ids.caps, ready.plan.policy.caps, strict=True))


def _queue(node: plan.Node) -> tuple[str, bool]:
    """The channel whose queue a message is in, and whether caps count it; "" for any other step."""
    send = node.effect if isinstance(node, plan.Act) else None
    return (send.channel, send.is_to_contact and not send.transactional) if isinstance(send, Send) else ("", False)


def _renamed(kept: Mapping[str, T], steps: Mapping[str, str]) -> dict[str, T]:
    return {steps[step]: one for step, one in kept.items() if step in steps}


def _same_trigger(trigger: plan.Trigger, triggers: Sequence[plan.Trigger]) -> plan.Trigger | None:
    """The trigger that is the same, or else the first that comes at the same moments."""
    if trigger in triggers:
        return trigger
    return next((one for one in triggers if replace(one, where=None) == replace(trigger, where=None)), None)


def _tally(kept: Document, runs: Sequence[Document], total: int = 0) -> Document:
    """A tally of starts that counts at least these runs, and at least so many in total."""
    last = {(time, seq) for time, seq in kept.get("last", [])} | {(run["started"], run["anchor"]) for run in runs}
    total = max(kept.get("total", 0), len(runs), total)
    return {"total": total, "last": [[*one] for one in sorted(last)]} if total else {}


# --- what a run has done ----------------------------------------------------------------------------------------------


def _actions(run: Document, pair: FlowPair, left: str) -> Document:
    """The parts of a run that say what it has done; `left` is the old step where it goes on."""
    path, visits = _renamed(run["path"], pair.steps), _visits(run, pair)
    order = [node.id for node in pair.new.nodes]
    ahead = {*order[order.index(pair.after(left)) :]}
    back = _put_back(run, pair)
    done = [*_done(run, pair, left, ahead), *(step for step in back if step in ahead)]
    return {"path": {**path, **{step: [] for step in back}}, "visits": visits, "done": done}


def _taken(run: Document, flow: plan.Flow) -> dict[str, int]:
    """How often a run has taken each action, also in a flow without loops, in which nothing counts them."""
    visits = run.get("visits", {})
    is_before = run.get("mode") != "waiting"  # a run rests before its action, and at its wait
    return {
        step: max(visits.get(step, 0), int(not is_before or step != run["step"]))
        for step in run["path"]
        if isinstance(flow.by_id[step], plan.Act)
    }


def _visits(run: Document, pair: FlowPair) -> dict[str, int]:
    """How often rows have named each action of this run, so that no identity of an action appears twice.

    Ids of actions that are gone stay: a later edit may give such an id to another action.
    """
    loops = any(isinstance(node, plan.Repeat | plan.Jump) for node in pair.new.nodes)
    visits = {**run.get("visits", {})}
    for step, count in _taken(run, pair.old).items():
        is_kept = pair.steps.get(step) == step and pair.is_same_action(step)
        if count and (loops or not is_kept):
            for one in {step, pair.steps.get(step, step)}:
                visits[one] = max(visits.get(one, 0), count)
    return visits


def _done(run: Document, pair: FlowPair, left: str, ahead: Container[str]) -> list[str]:
    """Actions that the run has done and that an edit has put ahead of it.

    What is behind the step in a loop is not put ahead by the edit: the next round takes it again.
    """
    earlier, order = run.get("done", []), [node.id for node in pair.old.nodes]
    behind = order[: min(order.index(run["step"]), order.index(left))]
    done = [*earlier, *(one for one in behind if one in run["path"])]
    kept = [one for one in done if one in pair.steps and pair.is_same_action(one)]
    return [*dict.fromkeys(pair.after(one) for one in kept if one in earlier or pair.after(one) in ahead)]


def _put_back(run: Document, pair: FlowPair) -> list[str]:
    """Actions that the run has done, that an earlier edit has deleted, and that this one puts back.

    Only their ids are known, which say what they do unless they are labels.
    """
    known = {*pair.old.by_id, *pair.steps.values(), *(one.name for one in pair.new.labels)}
    gone = [step for step in run.get("visits", {}) if step not in known]
    return [step for step in gone if isinstance(pair.new.by_id.get(step), plan.Act)]


def _turns(run: Document, pair: FlowPair, step: str) -> dict[str, int]:
    """The rounds of repeats. A repeat that an edit has put around a run is in its first round."""
    turns = _renamed(run.get("turns", {}), pair.steps)
    first = {head: turns.get(head) or 1 for head in pair.repeats_put_around(run["step"], step)}
    return {**turns, **first}
