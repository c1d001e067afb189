"""A plan made ready to run: tests compiled, names turned to numbers, listeners indexed; once, for all contacts.

Nothing here changes while contacts live. `prepare` takes a plan, a seed and the `at` lines that apply; what it gives is
read by wake.py and its rooms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias

from flowdsl.calendar import clock
from flowdsl.chance import keyed_draws
from flowdsl.machine.budget import Budget, budget
from flowdsl.machine.conditions import Cells, Compiler, Reader, Test, reader
from flowdsl.machine.controls import Control, controls, heirs
from flowdsl.machine.ids import Ids, make_ids
from flowdsl.machine.labels import NO_LABEL, label
from flowdsl.machine.listening import (
    Match,
    ReadyOccasion,
    ReadyTrigger,
    heard,
    kept,
    ready_occasion,
    ready_trigger,
    tallies,
)
from flowdsl.machine.state import Cell
from flowdsl.plan import plan
from flowdsl.plan.expressions import Event, EventMatch, Send, TriggerField
from flowdsl.plan.outline import first_arms
from flowdsl.plan.step_kinds import ports
from flowdsl.plan.usage import references
from flowdsl.results.records import ActionLabel

Catalogue: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Cell]]]

NO_CATALOGUE: Catalogue = MappingProxyType({})


@dataclass(frozen=True)
class ReadyFlow:
    """A flow with numbers for ids: everything by the number of a node, ports in the order its step function knows.

    lapses  the ms of a wait that no calendar or zone has a say in, else -1
    keys    the message of a send as cells name it, "email:Launch"; `labels` how tables name an action
    choices the bit of each node's first arm in a path (paths.py)
    loops   True when an action can be reached more than once in a run
    """

    index: int
    flow: plan.Flow
    nodes: tuple[plan.Node, ...]
    ports: tuple[tuple[int, ...], ...]
    tests: tuple[Test | None, ...]
    occasions: tuple[ReadyOccasion | None, ...]
    readers: tuple[Reader | None, ...]
    lapses: tuple[int, ...]
    keys: tuple[str, ...]
    labels: tuple[ActionLabel, ...]
    arms: tuple[tuple[int, ...], ...]
    triggers: tuple[ReadyTrigger, ...]
    unless: Test | None
    leaves: tuple[tuple[plan.ExitRule, ReadyOccasion], ...]
    windows: tuple[clock.Window, ...]
    split_keys: dict[int, int]
    choices: tuple[int, ...]
    loops: bool

    @cached_property
    def name(self) -> str:
        return self.flow.name

    @cached_property
    def enter(self) -> plan.Enter:
        return self.flow.enter

    @cached_property
    def zone(self) -> str:
        return self.flow.zone


@dataclass(frozen=True)
class Ready:
    """A plan ready to run.

    triggers   by event id, those of one flow together; `tallies` by event id: (number, how many times to keep, match)
    counted    what each tally counts, by its number; `keeps` how many of the last times it keeps
    heard      events that something listens to; levels: states are watched, so every change counts
    kept       messages ("email:Launch") whose flags somebody asks for
    controls   the `at` lines in time; `answers`, `rates`, `shares` the `where` of the world's lines
    echo       events whose taking leaves a record (a message received has the row of its send, if it has one)
    fields     what is read of the event that started a run
    catalogue  kind -> name -> fields of what there is to join, buy or attend
    """

    plan: plan.Plan
    flows: tuple[ReadyFlow, ...]
    events: dict[str, Event]
    triggers: dict[str, tuple[tuple[ReadyTrigger, ...], ...]]
    tallies: dict[str, tuple[tuple[int, int, Match], ...]]
    keeps: tuple[int, ...]
    counted: tuple[EventMatch, ...]
    heard: frozenset[str]
    kept: frozenset[str]
    levels: bool
    seed: int
    start: int
    controls: tuple[Control, ...] = ()
    echo: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    answers: tuple[Test | None, ...] = ()
    rates: tuple[Test | None, ...] = ()
    shares: tuple[Test | None, ...] = ()
    trace: bool = False
    budget: Budget = field(default_factory=budget)
    catalogue: Catalogue = field(default_factory=lambda: NO_CATALOGUE)

    @cached_property
    def includes(self) -> tuple[ReadyFlow, ...]:
        return tuple(flow for flow in self.flows if flow.flow.enter.include_existing)

    @cached_property
    def comes_of_itself(self) -> bool:
        """True when contacts can be enrolled without an event: by a date, the calendar or `include existing`."""
        return bool(self.includes) or any(one.match is None for flow in self.flows for one in flow.triggers)

    @cached_property
    def heirs(self) -> dict[int, tuple[int, ...]]:
        """Flow -> the flows that, one after the other, take its place by `replace`: its starts use up their limits."""
        return {flow.index: heirs(self.controls, flow.index) for flow in self.flows}

    @cached_property
    def limited(self) -> frozenset[str]:
        """The channels with a capacity."""
        return frozenset(one.channel for one in self.plan.policy.capacities)

    @cached_property
    def unsubscribes(self) -> frozenset[str]:
        """The events that take the contact out of a campaign."""
        return frozenset(event.id for event in self.plan.events if event.removes == "campaigns")

    @cached_property
    def ids(self) -> Ids:
        """What JSON calls the things that have numbers here."""
        return make_ids(self.plan, self.counted)

    @cached_property
    def flow_numbers(self) -> dict[str, int]:
        return {flow.name: flow.index for flow in self.flows}


def prepare(
    program: plan.Plan,
    *,
    seed: int = 0,
    start: int = 0,
    first_day: int | None = None,
    world: plan.World | None = None,
    trace: bool = False,
    catalogue: Catalogue = NO_CATALOGUE,
) -> Ready:
    """Makes a plan ready: `start` (ms) is when flows begin to run, `seed` keys the splits, `world` brings `at` lines.

    first_day (ms) is a moment of day 1 of the `at` lines, which a warm-up comes before; without it that is the start.
    With `trace` every step leaves a record, as stories need it. `catalogue` knows the fields of things by their names.
    """
    cells, about = Cells(), {event.id: event.about for event in program.events}
    flows = tuple(_flow(program, index, cells, about, seed) for index in range(len(program.flows)))
    events = {event.id: event for event in program.events}
    make = Compiler(cells, "", about)
    wheres = [
        tuple(make.test(line.where) if line.where else None for line in lines)
        for lines in ((world.answers, world.rates, world.shares) if world else ((), (), ()))
    ]
    return Ready(
        plan=program,
        flows=flows,
        events=events,
        triggers=_by_event(flows),
        tallies=tallies(cells),
        keeps=tuple(cells.keep),
        counted=tuple(cells.matches),
        heard=frozenset(heard(program)),
        kept=frozenset(kept(program)),
        levels=any(leaf for flow in flows for leaf in _level_tests(flow)),
        seed=seed,
        start=start,
        controls=controls(program, world, start if first_day is None else first_day),
        echo=frozenset(event.id for event in program.events if event.flag != "received"),
        fields=frozenset(ref.name for ref in references(program) if isinstance(ref, TriggerField)),
        answers=wheres[0],
        rates=wheres[1],
        shares=wheres[2],
        trace=trace,
        catalogue=catalogue,
    )


# --- one flow ---------------------------------------------------------------------------------------------------------


def _flow(program: plan.Plan, index: int, cells: Cells, about: dict[str, str], seed: int) -> ReadyFlow:
    flow = program.flows[index]
    make = Compiler(cells, flow.zone, about)
    number = {node.id: i for i, node in enumerate(flow.nodes)}
    windows = tuple(window for window in (flow.window, program.policy.window) if window)
    return ReadyFlow(
        index=index,
        flow=flow,
        nodes=flow.nodes,
        ports=tuple(tuple(number[to] if to else -1 for to in ports(node)) for node in flow.nodes),
        tests=tuple(_node_test(make, node) for node in flow.nodes),
        occasions=tuple(_node_occasion(make, program, node) for node in flow.nodes),
        readers=tuple(_node_reader(node) for node in flow.nodes),
        lapses=tuple(_node_lapse(node) for node in flow.nodes),
        keys=tuple(_node_key(node) for node in flow.nodes),
        labels=tuple(label(node.effect) if isinstance(node, plan.Act) else NO_LABEL for node in flow.nodes),
        arms=tuple(_node_arms(node) for node in flow.nodes),
        triggers=tuple(ready_trigger(make, program, index, i) for i in range(len(flow.enter.triggers))),
        unless=make.test(flow.unless) if flow.unless else None,
        leaves=tuple(
            (leave, ready_occasion(replace(make, whole_run=True), program, leave.occasion)) for leave in flow.leaves
        ),
        windows=windows,
        split_keys={
            i: keyed_draws.key(seed, "split", flow.name, n.id)
            for i, n in enumerate(flow.nodes)
            if isinstance(n, plan.Split)
        },
        choices=first_arms(flow),
        loops=any(isinstance(node, (plan.Repeat, plan.Jump)) for node in flow.nodes),
    )


def _node_test(make: Compiler, node: plan.Node) -> Test | None:
    if isinstance(node, plan.Branch):
        return make.test(node.test)
    return make.test(node.unless) if isinstance(node, plan.Act) and node.unless else None


def _node_occasion(make: Compiler, program: plan.Plan, node: plan.Node) -> ReadyOccasion | None:
    if isinstance(node, plan.Wait) and isinstance(node.until, plan.Happens):
        return ready_occasion(make, program, node.until.occasion)
    return None


def _node_reader(node: plan.Node) -> Reader | None:
    return reader(node.until.ref) if isinstance(node, plan.Wait) and isinstance(node.until, plan.Relative) else None


def _node_lapse(node: plan.Node) -> int:
    if not isinstance(node, plan.Wait) or not isinstance(node.until, plan.Elapsed) or node.until.lapse.months:
        return -1
    return node.until.lapse.ms


def _node_key(node: plan.Node) -> str:
    if isinstance(node, plan.Act) and isinstance(node.effect, Send):
        return f"{node.effect.channel}:{node.effect.message}"
    return ""


def _node_arms(node: plan.Node) -> tuple[int, ...]:
    """Cumulative thresholds of a split for `draws.pick`: exact, since shares are whole millionths."""
    if not isinstance(node, plan.Split):
        return ()
    sums = [sum(arm.share for arm in node.arms[: i + 1]) for i in range(len(node.arms))]
    return tuple(keyed_draws.WHOLE * total // 1_000_000 for total in sums)


def _by_event(flows: tuple[ReadyFlow, ...]) -> dict[str, tuple[tuple[ReadyTrigger, ...], ...]]:
    found: dict[str, tuple[tuple[ReadyTrigger, ...], ...]] = {}
    for flow in flows:
        listening = [(one, one.trigger.match.events) for one in flow.triggers if isinstance(one.trigger, plan.OnEvent)]
        for event in dict.fromkeys(event for _, events in listening for event in events):
            found[event] = (*found.get(event, ()), tuple(one for one, events in listening if event in events))
    return found


def _level_tests(flow: ReadyFlow) -> Iterable[bool]:
    """Whether states are watched anywhere: then every event must be looked at, whatever it is."""
    yield from (occasion.test is not None for _, occasion in flow.leaves)
    yield from (occasion is not None and occasion.test is not None for occasion in flow.occasions)
    yield from (read is not None for read in flow.readers)
