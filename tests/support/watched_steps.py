"""Watches every step that a simulation takes, in the SimPy engine and in the compiled engine's code run as Python.

A `Visit` says of one step what it led to: where the run goes on, rests or ends, its rows, and what it changed. Both
engines are watched from outside, by wrapping the functions that take a step, so that nothing in them knows of it.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from unittest.mock import patch

from four_ways import without_jit

from flowdsl.machine import steps as machine_steps
from flowdsl.machine.ready import Ready, ReadyFlow
from flowdsl.plan.outline import arms
from flowdsl.plan.step_kinds import ANY, Outcome, StepKind, kind_of
from flowdsl.sim import engine_selection, engines, simpy_engine
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.contact_process import make_context
from flowdsl.sim.fast import kinds, layout, life, runs, steps, wake
from flowdsl.sim.fast.program import PATH_BITS

machine_wake = import_module("flowdsl.machine.wake")  # the package has a function of this name
RUN_FIELDS = (
    "mode", "due", "token", "began", "happened", "skip", "past", "asked", "visits", "turns", "sent", "skipped",
)  # fmt: skip
MODES = {layout.WAITING: "waiting", layout.HELD: "held", layout.QUEUED: "queued", layout.FROZEN: "frozen"}


@dataclass(frozen=True)
class Visit:
    """One step of one run: `to` is the number of the step it goes on at, `arm` the way of a choice; -1 for none."""

    flow: int
    run: int
    node: int
    to: int
    arm: int
    mode: str
    ended: tuple[str, str]
    row: tuple[str, str]
    changed: frozenset[str]
    changed_of_contact: frozenset[str]


Visits = dict[int, list[Visit]]
Row = tuple[int, tuple[int, int], int, int]  # of compiled code: kind, flow and run, status, reason


def outcomes_of(ready: Ready, visit: Visit) -> tuple[StepKind, list[Outcome]]:
    """The kind of a step, and the outcomes of it that a visit agrees with: none if the description forbids it."""
    flow = ready.flows[visit.flow]
    kind = kind_of(flow.nodes[visit.node])
    return kind, [one for one in kind.outcomes if _agrees(flow.ports[visit.node], kind, one, visit)]


def _agrees(ports: tuple[int, ...], kind: StepKind, one: Outcome, visit: Visit) -> bool:
    if one.port == "arms":
        goes_on = visit.to == ports[visit.arm]
    else:
        goes_on = visit.arm == one.arm and visit.to == (ports[kind.ports.index(one.port)] if one.port else -1)
    is_same = (one.mode, one.status, one.row) == (visit.mode, visit.ended[0], visit.row[0])
    given = {reason for reason in (visit.ended[1], visit.row[1]) if reason}
    is_said = given <= set(one.reasons) or ANY in one.reasons
    is_silent = bool(one.reasons) <= bool(given) or ANY in one.reasons
    is_allowed = visit.changed <= set(one.run) and visit.changed_of_contact <= set(one.contact)
    return goes_on and is_same and is_said and is_silent and is_allowed


# --- the SimPy engine -------------------------------------------------------------------------------------------------


def watch_machine(config: SimulationConfig) -> Visits:
    """Every step of the SimPy engine, by the position of the contact."""
    found: Visits = defaultdict(list)
    position = {name: n for n, name in enumerate(config.tables.contacts.ids)}

    def watched(take: Callable[..., Any], ports: Callable[..., int]) -> Callable[..., Any]:
        def step(i: Any, flow: Any, run: Any, *node: Any) -> Any:
            before, of_contact, rows, at = _run_fields(run), _contact_fields(i.state), len(i.records), run.node
            bits, path = _arms(flow, at), run.path
            run.path &= ~bits  # a second turn marks an arm again: without this, it could not be seen
            result = take(i, flow, run, *node)
            arm, run.path = _arm(flow, at, run.path & bits), run.path | path
            new = [row for row in i.records[rows:] if (row.flow, row.run) == (flow.name, run.number)]
            found[position[i.state.contact]].append(
                Visit(
                    flow.index, run.number, at, ports(flow, at, result), arm,
                    "" if run.mode in ("gone", "") or run.mode == before["mode"] == "queued" else run.mode,
                    _said(new, "run"), _said(new, "action"),
                    _changed(before, _run_fields(run)), _changed(of_contact, _contact_fields(i.state)),
                )
            )  # fmt: skip
            return result

        return step

    table = {node: watched(take, lambda flow, at, to: int(to)) for node, take in machine_steps._STEPS.items()}
    deliver = watched(machine_wake.deliver, _port_if)
    with patch.dict(machine_steps._STEPS, table), patch.object(machine_wake, "deliver", deliver):
        simpy_engine.run(config, lambda position, rows: None)
    return found


def _arms(flow: ReadyFlow, node: int) -> int:
    """The bits of a path that a choice may mark; none for other steps."""
    return ((1 << len(arms(flow.nodes[node]))) - 1) << flow.choices[node]


def _arm(flow: ReadyFlow, node: int, bit: int) -> int:
    """The arm of a choice that a bit of a path stands for; -1 where there is none."""
    return bit.bit_length() - 1 - flow.choices[node] if bit else -1


def _port_if(flow: Any, at: int, goes_on: bool) -> int:
    return int(flow.ports[at][0]) if goes_on else -1


def _run_fields(run: Any) -> dict[str, Any]:
    return {name: copy.deepcopy(getattr(run, name)) for name in RUN_FIELDS}


def _contact_fields(state: Any) -> dict[str, Any]:
    names = {"columns": "columns", "sets": "sets", "objects": "objects", "sends": "sends", "caps": "recent"}
    fields = {name: copy.deepcopy(getattr(state, own)) for name, own in names.items()}
    fields["sets"] = {family: names for family, names in fields["sets"].items() if names}
    return fields | {"messages": copy.deepcopy((state.messages, state.ever))}


def _changed(before: dict[str, Any], after: dict[str, Any]) -> frozenset[str]:
    return frozenset(name for name, value in after.items() if value != before[name])


def _said(rows: list[Any], kind: str) -> tuple[str, str]:
    return next(((row.status, row.reason) for row in rows if row.kind == kind), ("", ""))


# --- the compiled engine's code as Python -----------------------------------------------------------------------------


class _Watch:
    """Watches the words of the compiled engine: what a step changes is told by the places of the words."""

    def __init__(self, config: SimulationConfig) -> None:
        self.found: Visits = defaultdict(list)
        self.ready, self.rows = make_context(config).ready, list[Row]()
        self.texts = layout.FIXED

    def patches(self) -> Iterator[Any]:
        """What is wrapped meanwhile; the short way is off, because it takes no steps one by one."""
        yield patch.object(kinds, "single_flow", lambda *_: -1)
        for name, run_at, node_at in (
            ("act", 5, 6), ("_wait", 5, 7), ("_branch", 3, 4), ("split", 2, 3), ("_repeat", 2, 3), ("_jump", 2, 3),
        ):  # fmt: skip
            yield patch.object(steps, name, self.step(getattr(steps, name), run_at, node_at))
        yield patch.object(steps, "end", self.exit(steps.end))
        yield patch.object(wake, "deliver", self.step(wake.deliver, 5, -1))
        yield patch.object(runs, "write_row", self.row(runs.write_row))
        yield patch.object(life, "live", self.life(life.live))

    def life(self, live: Callable[..., None]) -> Callable[..., None]:
        def again(*arguments: Any) -> None:
            self.found.pop(arguments[5], None)  # a life that begins anew, with more room or one more slot
            live(*arguments)

        return again

    def row(self, write: Callable[..., None]) -> Callable[..., None]:
        def written(*arguments: Any) -> None:
            p, _, _, _, _, kind, site, number, _, _, status, reason, *_ = arguments
            is_of_flow = kind == layout.EVENT_ROW or status == layout.IS_DECLINED
            flow = -1 if is_of_flow else p[p[layout.NODES] + site * layout.NODE_WIDTH + layout.N_FLOW]
            self.rows.append((kind, (flow, number), status, reason))
            write(*arguments)

        return written

    def step(self, take: Callable[..., Any], run_at: int, node_at: int) -> Callable[..., Any]:
        def watched(*arguments: Any) -> Any:
            p, s = arguments[:2]
            run = arguments[run_at]
            node = arguments[node_at] if node_at >= 0 else runs.node_of(p, s, run)
            return self.visit(p, s, run, node, lambda: take(*arguments))

        return watched

    def exit(self, end: Callable[..., None]) -> Callable[..., None]:
        def watched(*arguments: Any) -> None:
            p, s, run = arguments[0], arguments[1], arguments[5]
            node = runs.node_of(p, s, run)
            if p[node + layout.N_KIND] == layout.EXIT and s[run + layout.R_MODE] == layout.NOTHING:
                self.visit(p, s, run, node, lambda: end(*arguments) or -1)
            else:
                end(*arguments)

        return watched

    def visit(self, p: Any, s: Any, run: int, node: int, take: Callable[[], Any]) -> Any:
        flow, number, at = s[run + layout.R_FLOW], s[run + layout.R_NUMBER], s[run + layout.R_NODE]
        before, of_contact, rows = self.run_fields(p, s, run), self.contact_fields(p, s), len(self.rows)
        of_flow, path = self.ready.flows[flow], _path(p, s, run)
        _mark(p, s, run, path & ~(bits := _arms(of_flow, at)))
        result = take()
        arm = _arm(of_flow, at, _path(p, s, run) & bits)
        _mark(p, s, run, _path(p, s, run) | path)
        to = result if not isinstance(result, bool) else p[node + layout.N_NEXT] if result else -1
        mode = s[run + layout.R_MODE]
        was_queued = mode == before["mode"] == layout.QUEUED
        new = [one for one in self.rows[rows:] if one[1] == (flow, number)]
        self.found[s[layout.CONTACT]].append(
            Visit(
                flow, number, at, int(to), arm,
 "" if was_queued else MODES.get(mode, ""),
                self.said(new, layout.RUN_ROW, at, flow), self.said(new, layout.ACTION_ROW, at, flow),
                _changed(before, self.run_fields(p, s, run)), _changed(of_contact, self.contact_fields(p, s)),
            )
        )  # fmt: skip
        return result

    def said(self, rows: list[Row], kind: int, at: int, flow: int) -> tuple[str, str]:
        for one, _, status, reason in rows:
            if one == kind:
                is_fixed = reason < len(self.texts)
                text = self.texts[reason] if is_fixed else getattr(self.ready.flows[flow].nodes[at], "reason", "?")
                return layout.STATUSES[status], text
        return "", ""

    def run_fields(self, p: Any, s: Any, run: int) -> dict[str, Any]:
        own = {name: s[run + getattr(layout, f"R_{name.upper()}")] for name in RUN_FIELDS[:8]}
        visits, turns = (
            [run + p[layout.RUN_VISITS], run + p[layout.RUN_TURNS]],
            [run + p[layout.RUN_TURNS], run + p[layout.RUN_WIDTH]],
        )
        first, width = run + p[layout.RUN_SENT], p[layout.KEPT_WIDTH]
        kept = [s[first + n * width : first + (n + 1) * width] for n in range(p[layout.N_KEPT])]
        last = layout.K_FLAGS + p[layout.N_FLAGS]
        return own | {
            "visits": s[visits[0] : visits[1]],
            "turns": s[turns[0] : turns[1]],
            "sent": [one[:last] for one in kept],
            "skipped": [one[last] for one in kept],
        }

    def contact_fields(self, p: Any, s: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"sends": s[layout.SENDS]}
        for name, region in (
            ("columns", layout.COLUMNS), ("sets", layout.SETS), ("objects", layout.OBJECTS),
            ("messages", layout.MESSAGES), ("caps", layout.RECENT),
        ):  # fmt: skip
            found[name] = s[s[region] : s[region + 1]]
        return found


def _path(p: Any, s: Any, run: int) -> int:
    return sum(s[run + layout.R_PATH + n] << (PATH_BITS * n) for n in range(p[layout.PATH_WORDS]))


def _mark(p: Any, s: Any, run: int, path: int) -> None:
    for n in range(p[layout.PATH_WORDS]):
        s[run + layout.R_PATH + n] = path >> (PATH_BITS * n) & ((1 << PATH_BITS) - 1)


def watch_compiled(config: SimulationConfig) -> Visits:
    """Every step of the compiled engine's code as Python, by the position of the contact."""
    engine_selection.check("fast")  # compiles, if nothing has yet: what is wrapped below is not for the compiler
    watch = _Watch(config)
    with ExitStack() as stack:
        stack.enter_context(without_jit())
        for one in watch.patches():
            stack.enter_context(one)
        engines.simulate(config, "fast")
    return watch.found
