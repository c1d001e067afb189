"""Who enters which flow when: kinds of contacts and the runs of each, certain or by chance.

Contacts are of one kind where nothing that matters tells them apart: the answers to all conditions, their clock, their
consent, their own shares, their arms of splits. What tables and calendar start is not worked out again but asked of the
engine, with flows that do nothing; rates and new contacts are Poisson processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import factorial
from typing import NamedTuple

import numpy as np

from flowdsl.chance import keyed_draws
from flowdsl.forecasting.exact.odds import CELL
from flowdsl.forecasting.exact.support import is_still, leaves_of, running, tests_of
from flowdsl.forecasting.exact.ways import Way
from flowdsl.forecasting.hours import Amounts
from flowdsl.machine import Ready, State
from flowdsl.machine.conditions import Cells, Compiler
from flowdsl.plan import plan
from flowdsl.plan.expressions import Expr, Send
from flowdsl.sim.chance import MILLION, NOBODY, Chance, own_threshold
from flowdsl.sim.config import SimulationConfig, initial_state, replay
from flowdsl.sim.engines import simulate
from flowdsl.sim.options import AUTO

NEW = "new-1"


class Kind(NamedTuple):
    """What tells contacts apart: answers to still conditions in the order of `Asked.tests`, and the rest."""

    zone: str
    refused: frozenset[str]
    truths: tuple[bool, ...]
    shares: tuple[float, ...]
    arm_numbers: tuple[int, ...]
    splits: tuple[tuple[str, str], ...]

    @property
    def arms(self) -> dict[tuple[str, str], int]:
        """The arm that these contacts take of each split, by flow and id."""
        return dict(zip(self.splits, self.arm_numbers, strict=True))

    def is_barred(self, send: Send) -> bool:
        """Whether they have not consented to a message."""
        return not send.transactional and send.channel in self.refused


class Asked:
    """All that is asked of contacts: still conditions of flows and scenario, shares by column, splits."""

    def __init__(self, config: SimulationConfig) -> None:
        self.config, self.ready = config, config.ready()
        self.tests = tuple(dict.fromkeys(_still(config)))
        about = {event.id: event.about for event in config.plan.events}
        self._tests = [Compiler(Cells(), zone, about).test(expr) for zone, expr in self.tests]
        self.columns = tuple(dict.fromkeys(one.column for one in config.world.answers if one.column))
        self._splits = tuple(_splits(self.ready))
        self._kinds: dict[int, Kind] = {}

    def kind(self, position: int) -> Kind:
        """The kind of a contact of the table."""
        if position not in self._kinds:
            state = initial_state(self.config, self.ready, position)
            replay(self.config, self.ready, state, position)
            self._kinds[position] = self._kind(state)
        return self._kinds[position]

    def newcomers(self, like_table: bool) -> Iterator[tuple[Kind, float]]:
        """The kinds of new contacts, with the share of each."""
        size = len(self.config.tables.contacts)
        if not like_table or not size:
            tables = self.config.tables
            contacts, objects = tables.contacts.joined_by([NEW], [-1]), tables.objects.joined_by(1)
            joined = replace(self.config, tables=replace(tables, contacts=contacts, objects=objects))
            yield self._kind(initial_state(joined, self.ready, size)), 1.0
            return
        kinds = Counter(self._kind(initial_state(self.config, self.ready, at)) for at in range(size))
        yield from ((kind, number / size) for kind, number in kinds.items())

    def truths(self, zone: str, kind: Kind) -> Mapping[Expr, bool]:
        """The answers of a kind to conditions on the clock of a flow."""
        return {expr: truth for (one, expr), truth in zip(self.tests, kind.truths, strict=True) if one == zone}

    def holds(self, expr: Expr | None, zone: str, kind: Kind) -> bool:
        """Whether a condition of still parts holds for a kind."""
        return expr is None or kind.truths[self.tests.index((zone, expr))]

    def in_flow(self, flow: plan.Flow, kind: Kind) -> Kind:
        """What of a kind matters in a flow: contacts who differ in other things go the same way there."""
        leaves = {(flow.zone, leaf) for test in tests_of(flow) for leaf in leaves_of(test)}
        leaves |= {("", one.where) for one in self.config.world.answers if one.where is not None}
        return kind._replace(
            zone="" if flow.zone else kind.zone,
            truths=tuple(kind.truths[at] and one in leaves for at, one in enumerate(self.tests)),
            arm_numbers=tuple(
                arm if name[0] == flow.name else 0 for arm, name in zip(kind.arm_numbers, kind.splits, strict=True)
            ),
        )

    def _kind(self, state: State) -> Kind:
        chance = Chance(0, state.contact, own=state.columns)
        return Kind(
            state.zone,
            frozenset(state.refused),
            tuple(bool(test(state, NOBODY, self.config.begin)) for test in self._tests),
            tuple(own_threshold(chance, column) / keyed_draws.WHOLE for column in self.columns),
            tuple(_arm(key, thresholds, state.contact) for _, key, thresholds in self._splits),
            tuple(name for name, _, _ in self._splits),
        )


def _still(config: SimulationConfig) -> Iterator[tuple[str, Expr]]:
    """Every still condition, with the clock of its flow: leaves of those of steps, whole ones of entries and lines."""
    for flow in running(config):
        for test in tests_of(flow):
            yield from ((flow.zone, leaf) for leaf in leaves_of(test) if is_still(leaf))
        whole = [flow.unless, *(one.where for one in flow.enter.triggers)]
        yield from ((flow.zone, one) for one in whole if one is not None and all(map(is_still, leaves_of(one))))
    lines: list[plan.Answer | plan.Rate] = [*config.world.answers, *config.world.rates]
    yield from (("", one.where) for one in lines if one.where is not None and all(map(is_still, leaves_of(one.where))))


def _splits(ready: Ready) -> Iterator[tuple[tuple[str, str], int, tuple[int, ...]]]:
    for flow in ready.flows:
        for number, key in flow.split_keys.items():
            yield (flow.name, flow.nodes[number].id), key, flow.arms[number]


def _arm(key: int, thresholds: Sequence[int], contact: str) -> int:
    return keyed_draws.pick(keyed_draws.draw(keyed_draws.extend(key, keyed_draws.hash_text(contact)), 0), thresholds)


# --- runs -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Entries:
    """The runs of one flow that contacts of a kind start. alone: no contact has another run of the flow."""

    flow: plan.Flow
    kind: Kind
    way: Way
    alone: bool


def entries(config: SimulationConfig, asked: Asked) -> Iterator[Entries]:
    """All runs of all flows."""
    known = _known(config)
    for flow in running(config):
        people = known.get(flow.name, {})
        chance = list(_by_chance(config, asked, flow))
        alone = not chance and all(len(times) < 2 for times in people.values())
        many: dict[Kind, list[int]] = {}
        for position, times in people.items():
            many.setdefault(asked.in_flow(flow, asked.kind(position)), []).extend(times)
        for kind, moments in many.items():
            different, numbers = np.unique(np.array(moments, dtype=np.int64), return_counts=True)
            yield Entries(flow, kind, Way(different, numbers.astype(np.float64)), alone)
        for kind, way, once in chance:
            yield Entries(flow, kind, way, once and not people)


def _known(config: SimulationConfig) -> dict[str, dict[int, list[int]]]:
    """The runs that tables and calendar start, by flow and contact: when, in ms."""
    flows = tuple(_of_nothing(flow) for flow in config.plan.flows)
    world = plan.World("", controls=config.world.controls)
    idle = replace(config, plan=replace(config.plan, flows=flows, world=()), world=world)
    log = simulate(idle, AUTO, None, "sends").log
    found: dict[str, dict[int, list[int]]] = {flow.name: {} for flow in flows}
    for row in log.rows[log.places(lambda shape: shape.kind == "run" and shape.status == "started")]:
        times = found[log.shapes[row["shape"]].flow].setdefault(int(row["contact"]), [])
        times.append(int(row["time"]))
    return found


def _of_nothing(flow: plan.Flow) -> plan.Flow:
    nodes = (replace(flow.enter, next=plan.END), plan.Exit(plan.END))
    return replace(flow, nodes=nodes, labels=())


def _by_chance(config: SimulationConfig, asked: Asked, flow: plan.Flow) -> Iterator[tuple[Kind, Way, bool]]:
    """The runs that rates and new contacts start, and whether no contact starts several."""
    if flow.paused:
        return
    shares: dict[Kind, float] = {}
    for arrival in config.world.arrivals:
        rate = (arrival.rate + max(arrival.most, arrival.rate)) / 2 / (arrival.per_ms * MILLION)
        for kind, share in asked.newcomers(arrival.like_table):
            if _is_let_in(asked, flow, arrival, kind):
                view = asked.in_flow(flow, kind)
                shares[view] = shares.get(view, 0.0) + rate * share
    yield from ((kind, _poisson(config, share), True) for kind, share in shares.items())
    limit = flow.enter.limit.times if flow.enter.limit else 0
    rates = [one for one in config.world.rates if any(_hears(trigger, one) for trigger in flow.enter.triggers)]
    kinds = Counter(asked.kind(at) for at in range(len(config.tables.contacts))) if rates else Counter[Kind]()
    numbers: Counter[tuple[Kind, float]] = Counter()
    for kind, number in kinds.items():
        mine = (one for one in rates if asked.holds(one.where, "", kind) and _is_let_in(asked, flow, one, kind))
        numbers[asked.in_flow(flow, kind), sum(one.rate / (one.per_ms * MILLION) for one in mine)] += number
    for (kind, rate), number in numbers.items():
        if rate:
            yield kind, _poisson(config, rate, limit, number), limit == 1


def _hears(trigger: plan.Trigger, line: plan.Rate | plan.Arrival) -> bool:
    if not isinstance(trigger, plan.OnEvent) or line.event not in trigger.match.events:
        return False
    return not trigger.match.names or line.name in trigger.match.names


def _is_let_in(asked: Asked, flow: plan.Flow, line: plan.Rate | plan.Arrival, kind: Kind) -> bool:
    hears = any(_hears(one, line) and asked.holds(one.where, flow.zone, kind) for one in flow.enter.triggers)
    return hears and not (flow.unless and asked.holds(flow.unless, flow.zone, kind))


def _poisson(config: SimulationConfig, rate: float, limit: int = 0, number: float = 1.0) -> Way:
    """Runs that a rate (a ms) starts for so many contacts, spread over minutes; of each contact the first `limit`.

    Of a Poisson process N with mean x by now, min(N, n) is on average the sum of P(N >= j) for j from 1 to n.
    """
    edges = np.append(np.arange(config.world_begin, config.until, CELL), config.until)
    by_now = rate * (edges - config.world_begin).astype(np.float64)
    if limit:
        by_now = sum((_at_least(j, by_now) for j in range(1, limit + 1)), np.zeros(len(edges)))
    return Way(edges[:-1].astype(np.int64), number * np.diff(by_now), is_spread=True)


def _at_least(j: int, mean: Amounts) -> Amounts:
    """P(N >= j) of a Poisson number with these means.

    >>> round(float(_at_least(1, np.array([1.0]))[0]), 6)  # 1 - 1/e
    0.632121
    """
    below = sum((mean**i / factorial(i) for i in range(j)), np.zeros(len(mean)))
    found: Amounts = 1 - np.exp(-mean) * below
    return found
