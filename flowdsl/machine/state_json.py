"""A contact's state as JSON, and back: flows by name, steps by id, counts and caps by the canonical form of what they
count.

Keys without content are left out. A live system can keep the document between two events; what an edited plan makes of
it is decided by carry.py, never by numbers.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from flowdsl.calendar.clock import NEVER
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.machine.schedule import next_moment
from flowdsl.machine.state import OPENING, TIMER, Alarm, Cell, CountedEvent, Run, Sent, State, Tally
from flowdsl.plan import plan
from flowdsl.plan.expressions import Send
from flowdsl.plan.outline import arms

if TYPE_CHECKING:
    from flowdsl.machine.ready import Ready, ReadyFlow
    from flowdsl.plan.json.canonical import Json

VERSION = 1  # of the document
MARKS = {"$date", "$time", "$cells"}  # how plain data says what JSON cannot; a column may be called so too
_NUMBERED = {"tallies", "starts", "recent", "runs", "agenda", "controls", "begun", "tokens"}
_NUMBERED_OF_RUN = {"flow", "node", "token", "due", "path"}
_READ = {"version", "counts", "limits", "caps", "openings", "triggers", "at_lines"}

_Value: TypeAlias = "Cell | dict[str, _Value] | list[_Value] | None"
Document: TypeAlias = "dict[str, Any]"  # of a shape that the reader finds out as it reads
_Kept: TypeAlias = "Cell | Run | Sent | Tally | dict[str, _Kept] | list[_Kept] | tuple[_Kept, ...] | None"


def to_json(ready: Ready, state: State) -> dict[str, Json]:
    """The state of a contact under a plan as plain data for JSON; dates and times are marked, so that they come back
    as what they were.

    >>> from flowdsl.machine import prepare
    >>> to_json(prepare(plan.Plan(())), State("c1", columns={"birthday": date(1990, 2, 28)}))
    {'version': 1, 'contact': 'c1', 'zone': 'UTC', 'columns': {'birthday': {'$date': '1990-02-28'}}}
    """
    ids, names = ready.ids, [flow.name for flow in ready.flows]
    parts: dict[str, Json] = {
        "counts": _histories(state.tallies, ids.counts),
        "limits": _histories(state.starts, names),
        "caps": {ids.caps[int(number)]: [*times] for number, times in state.recent.items() if times},
        "runs": [_run_to_json(ready.flows[run.flow], run) for run in state.runs.values()],
        "openings": [{"flow": names[one.flow], "due": one.due} for one in _alarms(ready, state, OPENING)],
        "triggers": [
            {"flow": names[one.flow], "trigger": ids.triggers[one.flow][one.step], "due": one.due}
            for one in _alarms(ready, state, TIMER)
        ],
        "begun": [names[flow] for flow in state.begun],
    }
    document = {"version": VERSION, **_content(state, _NUMBERED), **{key: part for key, part in parts.items() if part}}
    if state.controls:
        document["at_lines"] = ready.controls[state.controls - 1].at  # all lines until this moment have been applied
    return document


def from_json(ready: Ready, document: Mapping[str, Json]) -> State:
    """The state that `to_json` made this document from; `ready` is the plan that it was taken under.

    Raises RunError where the document is not a state of this version (E770), or does not fit the plan (E771).

    >>> from flowdsl.machine import prepare
    >>> odd, ready = State("c1", seq=4, columns={"$date": "a column may be called so"}), prepare(plan.Plan(()))
    >>> from_json(ready, to_json(ready, odd)) == odd
    True
    """
    version = document.get("version") if isinstance(document, Mapping) else None
    if version != VERSION or isinstance(version, bool):
        raise _refusal("E770", f"the document has version {version!r}; a state of version {VERSION} is needed")
    reader = _Reader(ready)
    try:
        state = reader.state({key: _values(copy.deepcopy(value)) for key, value in document.items()})
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise _refusal("E770", f"the document is damaged: {type(error).__name__} {error}") from None
    if reader.problems:
        more = f" (and {len(reader.problems) - 1} more)" if len(reader.problems) > 1 else ""
        raise _refusal("E771", f"the state does not fit the plan: {reader.problems[0]}{more}")
    return state


def _refusal(code: str, message: str) -> RunError:
    return RunError([RUNS[code].diagnostic(message, "")])


# --- writing ----------------------------------------------------------------------------------------------------------


def _content(thing: State | Run | Sent | Tally, without: Collection[str] = ()) -> dict[str, Json]:
    """The fields that have another value than an empty thing has."""
    found: dict[str, Json] = {}
    for one in fields(thing):
        value = getattr(thing, one.name)
        default = one.default_factory() if one.default_factory is not MISSING else one.default
        if one.name not in without and (one.name == "zone" or value != default):
            found[one.name] = _plain(value)
    return found


def _histories(kept: Mapping[str, Tally], names: Sequence[str]) -> dict[str, Json]:
    """Tallies by what they count; those of single objects are below `objects`."""
    found: dict[str, dict[str, Json]] = {}
    for key, tally in kept.items():
        number, is_of_object, object_id = key.partition(" ")
        one = found.setdefault(names[int(number)], {})
        if is_of_object:
            objects = one.setdefault("objects", {})
            assert isinstance(objects, dict)
            objects[object_id] = _content(tally)
        else:
            one.update(_content(tally))
    return {**found}


def _run_to_json(flow: ReadyFlow, run: Run) -> dict[str, Json]:
    content = {"flow": flow.name, "step": flow.nodes[run.node].id, **_content(run, _NUMBERED_OF_RUN)}
    if run.due < NEVER:
        content["due"] = run.due
    if run.token:
        content["rings"] = True
    return {**content, "path": _path_to_json(flow, run.path)}


def _path_to_json(flow: ReadyFlow, path: int) -> dict[str, Json]:
    """The steps reached, each with the positions of the arms taken."""
    found: dict[str, Json] = {}
    for number, node in enumerate(flow.nodes):
        if path >> number & 1:
            taken = range(len(arms(node)))
            found[node.id] = [arm for arm in taken if path >> (flow.choices[number] + arm) & 1]
    return found


def _alarms(ready: Ready, state: State, kind: int) -> list[Alarm]:
    """The alarms that still count and that no run waits for: runs keep their own."""
    return [
        alarm
        for alarm in sorted(state.agenda)
        if alarm.kind == kind
        and not alarm.run
        and (
            kind == OPENING
            or next_moment(ready, state, ready.flows[alarm.flow].triggers[alarm.step], alarm.due) == alarm.due
        )
    ]


def _plain(value: _Kept) -> Json:
    if isinstance(value, (Run, Sent, Tally)):
        return _content(value)
    if isinstance(value, dict):
        plain = {key: _plain(item) for key, item in value.items()}
        return {"$cells": plain} if plain.keys() & MARKS else plain
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return {"$time": value.isoformat()}
    return {"$date": value.isoformat()} if isinstance(value, date) else value


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass
class _Reader:
    """Reads a document under a plan; `problems` are the places where the two do not fit."""

    ready: Ready
    problems: list[str] = field(default_factory=list)

    def state(self, data: Document) -> State:
        ids, numbers = self.ready.ids, self.ready.flow_numbers
        kept = {key: value for key, value in data.items() if key not in _NUMBERED | _READ | {"messages"}}
        state = State(**kept, messages={key: Sent(**sent) for key, sent in data.get("messages", {}).items()})
        state.tallies = self._tallies(data.get("counts", {}), "count", _numbers(ids.counts))
        state.starts = self._tallies(data.get("limits", {}), "flow", {name: [at] for name, at in numbers.items()})
        for name, times in data.get("caps", {}).items():
            for number in self._found(name, "cap", _numbers(ids.caps)):
                state.recent[str(number)] = [*times]
        self._runs(state, data.get("runs", []))
        self._alarms(state, data)
        state.begun = [at for name in data.get("begun", []) for at in self._flow(name)]
        if "at_lines" in data:
            state.controls = sum(one.at <= data["at_lines"] for one in self.ready.controls)
        return state

    def _found(self, name: str, what: str, numbers: Mapping[str, list[int]]) -> list[int]:
        if name not in numbers:
            self.problems.append(
                f"the plan has no {what} {name}" if what != "flow" else f'the plan has no flow "{name}"'
            )
        return numbers.get(name, [])

    def _flow(self, name: str) -> list[int]:
        return self._found(name, "flow", {one: [at] for one, at in self.ready.flow_numbers.items()})

    def _tallies(self, data: Document, what: str, numbers: Mapping[str, list[int]]) -> dict[str, Tally]:
        found = {}
        for name, kept in data.items():
            for number in self._found(name, what, numbers):
                objects = kept.get("objects", {})
                if kept.keys() - {"objects"}:
                    found[str(number)] = _tally(kept)
                found.update({f"{number} {one}": _tally(tally) for one, tally in objects.items()})
        return found

    def _runs(self, state: State, data: list[Document]) -> None:
        state.runs = {}
        for one in data:
            for flow in self._flow(one["flow"]):
                run = self._run(self.ready.flows[flow], one)
                if one.get("rings"):
                    state.tokens += 1
                    run.token = state.tokens
                    state.agenda.append(Alarm(run.due, TIMER, flow, run.number, run.node, run.token))
                state.runs[(flow, run.number)] = run

    def _run(self, flow: ReadyFlow, data: Document) -> Run:
        numbers = self.ready.ids.steps[flow.index]
        kept = {
            key: value for key, value in data.items() if key not in {"flow", "step", "rings", "path", "due", "sent"}
        }
        node, sent = self._step(flow, numbers, data["step"]), data.get("sent", {})
        sends = {key: Sent(**one) for key, one in sent.items()}
        run = Run(**kept, flow=flow.index, node=node, due=data.get("due", NEVER), path=0, sent=sends)
        if not _can_rest(flow.nodes[node], run.mode) and data["step"] in numbers:
            self.problems.append(f'no run can be {run.mode} at step "{data["step"]}" of flow "{flow.name}"')
        for step, taken in data["path"].items():
            at = self._step(flow, numbers, step)
            run.path |= 1 << at | sum(1 << (flow.choices[at] + arm) for arm in taken if arm < len(arms(flow.nodes[at])))
        return run

    def _step(self, flow: ReadyFlow, numbers: Mapping[str, int], step: str) -> int:
        if step not in numbers:
            self.problems.append(f'flow "{flow.name}" has no step "{step}"')
        return numbers.get(step, 0)

    def _alarms(self, state: State, data: Document) -> None:
        for one in data.get("openings", []):
            state.agenda += [Alarm(one["due"], OPENING, flow) for flow in self._flow(one["flow"])]
        for one in data.get("triggers", []):
            for flow in self._flow(one["flow"]):
                where = f'trigger in flow "{one["flow"]}":'
                forms = {f"{where} {form}": at for form, at in _numbers(self.ready.ids.triggers[flow]).items()}
                for number in self._found(f"{where} {one['trigger']}", "such", forms):
                    state.agenda.append(Alarm(one["due"], TIMER, flow, step=number))
        state.agenda = sorted(dict.fromkeys(state.agenda))  # a sorted list is a heap


def _can_rest(node: plan.Node, mode: str) -> bool:
    """Whether a run can rest at a step in this mode: it waits at waits, and only messages are queued."""
    match mode:
        case "waiting":
            return isinstance(node, plan.Wait)
        case "queued":
            return isinstance(node, plan.Act) and isinstance(node.effect, Send)
        case _:
            return True


def _numbers(names: Sequence[str]) -> dict[str, list[int]]:
    """The numbers of each name: two equal caps have one name, and keep the same."""
    found: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        found.setdefault(name, []).append(number)
    return found


def _tally(data: Document) -> Tally:
    return Tally(data.get("total", 0), [CountedEvent(*one) for one in data.get("last", [])])


def _values(value: Json) -> _Value:
    if isinstance(value, list):
        return [_values(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"$cells": dict() as cells, **rest} if not rest:
            return {key: _values(item) for key, item in cells.items()}
        case {"$time": str() as time, **rest} if not rest:
            return datetime.fromisoformat(time)
        case {"$date": str() as day, **rest} if not rest:
            return date.fromisoformat(day)
    return {key: _values(item) for key, item in value.items()}
