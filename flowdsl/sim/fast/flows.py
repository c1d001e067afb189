"""The flows of a plan as words (layout.py): limits, triggers, steps, and what they wait for."""

from __future__ import annotations

from collections.abc import Sequence

from flowdsl.calendar import clock
from flowdsl.machine.conditions import message_keys
from flowdsl.machine.listening import heard_as
from flowdsl.machine.ready import ReadyFlow
from flowdsl.plan import plan
from flowdsl.plan.expressions import ChangeMembership, Event, Send, SetField, StartFlow, StopFlow, WaitCondition
from flowdsl.plan.step_kinds import NODES
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.data import value
from flowdsl.sim.fast.program import Program, signed

PAST = {"skip": at.SKIP, "continue": at.CONTINUE, "exit": at.LEAVE}
STATUS = {"converted": at.IS_CONVERTED, "exited": at.IS_EXITED}


class Flow:
    """Writes one flow."""

    def __init__(self, to: Program, flow: ReadyFlow) -> None:
        self.to, self.flow, self.make = to, flow, to.compiler(flow.zone)
        self.turns = turning(flow)
        self.number = {node.id: i for i, node in enumerate(flow.nodes)}

    def triggers(self) -> list[int]:
        """Writes its triggers one behind the other; gives their places."""
        rows = [self._trigger(number) for number in range(len(self.flow.triggers))]
        return [self.to.out.put(row) for row in rows]

    def _trigger(self, number: int) -> list[int]:
        ready, row = self.flow.triggers[number], [0] * at.TRIGGER_WIDTH
        one = ready.trigger
        row[at.T_FLOW], row[at.T_NUMBER], row[at.T_FAMILY] = self.flow.index, number, -1
        row[at.T_WHERE], row[at.T_MINUTE] = self.make.test(one.where), getattr(one, "minute", 0)
        if isinstance(one, plan.OnEvent):
            row[at.T_KIND], row[at.T_MATCH] = at.ON_EVENT, self.make.match(one.match)
            row[at.T_NTH], row[at.T_EVERY] = one.nth, int(one.every)
            row[at.T_TALLY] = self.to.cells.tally(one.match, 0) if one.nth else -1
            row[at.T_EVENT] = self.to.names.events[one.match.events[0]]
            if ready.existing is not None:
                row[at.T_FAMILY] = self.to.names.families[ready.existing.family]
                row[at.T_NAMES] = self.to.out.listed([*map(self.to.texts.number, ready.existing.names)])
        elif isinstance(one, plan.DateTrigger):
            row[at.T_KIND], row[at.T_COLUMN] = at.ON_COLUMN, self.to.names.columns[one.column]
            row[at.T_SIGN], row[at.T_MONTHS], row[at.T_DAYS] = one.sign, one.months, one.days
            row[at.T_MS], row[at.T_YEARLY] = one.ms, int(one.yearly)
        else:
            row[at.T_KIND], row[at.T_DAYS], row[at.T_MONTH_DAY] = at.ON_SCHEDULE, one.days, one.month_day
        return row

    def row(self, first: int, triggers: Sequence[int]) -> list[int]:
        """The row of the flow; first: the number of its first node among all."""
        flow, row = self.flow, [0] * at.FLOW_WIDTH
        row[at.F_ZONE], row[at.F_PAUSED] = self.make.zone, int(flow.flow.paused)
        row[at.F_CAMPAIGN], row[at.F_NAME] = int(flow.flow.kind == "campaign"), self.to.texts.number(flow.name)
        row[at.F_INCLUDE] = int(flow.enter.include_existing)
        for at_day, time in ((at.F_STARTS, flow.enter.starting), (at.F_ENDS, flow.enter.ending)):
            if time:
                row[at_day : at_day + 3] = [1, clock.day_number(time.date), time.minute]
        row[at.F_UNLESS] = self.make.test(flow.flow.unless)
        leaves = [(STATUS[leave.status], self.occasion(leave.occasion, True)) for leave in flow.flow.leaves]
        row[at.F_LEAVES], row[at.F_N_LEAVES] = self.to.out.put([w for leave in leaves for w in leave]), len(leaves)
        row[at.F_WINDOWS] = len(flow.windows)
        for number, window in enumerate(flow.windows):
            place = at.F_DAYS + 3 * number
            row[place : place + 3] = [window.days, window.start, window.end]
        row[at.F_FIRST], row[at.F_ENTRY] = first, flow.ports[0][0]
        row[at.F_TRIGGERS], row[at.F_N_TRIGGERS] = triggers[0] if triggers else 0, len(triggers)
        row[at.F_LOOPS] = int(flow.loops)
        heirs = self.to.stage.ready.heirs
        row[at.F_HEIRS] = self.to.out.listed(heirs[flow.index])
        row[at.F_AND_HEIRS_OF] = self.to.out.listed([n for n in heirs if n != flow.index and flow.index in heirs[n]])
        self._limit(row, flow.enter.limit)
        return row

    def _limit(self, row: list[int], limit: plan.Limit | None) -> None:
        if limit is None:
            return
        row[at.F_TIMES] = limit.times
        row[at.F_PER_OBJECT] = self.to.texts.number("" if limit.per == "contact" else limit.per)
        row[at.F_AT_ONCE], row[at.F_EVERY] = int(limit.at_once), int(limit.every is not None)
        if limit.every:
            row[at.F_EVERY_MONTHS], row[at.F_EVERY_MS] = limit.every.months, limit.every.ms

    # --- nodes --------------------------------------------------------------------------------------------------------

    def node(self, number: int) -> list[int]:
        """The row of one node."""
        flow, node, row = self.flow, self.flow.nodes[number], [0] * at.NODE_WIDTH
        ports = (*flow.ports[number], -1, -1)
        row[at.N_KIND], row[at.N_NEXT], row[at.N_OTHER] = NODES.index(type(node)), ports[0], ports[1]
        row[at.N_TEST], row[at.N_CHOICE], row[at.N_FLOW] = -1, flow.choices[number], flow.index
        row[at.N_TURN] = self.turns.get(node.id, 0)
        match node:
            case plan.Branch():
                row[at.N_TEST] = self.make.test(node.test)
            case plan.Split():
                row[at.A] = signed(flow.split_keys[number])
                row[at.B] = self.to.out.put([len(node.arms), *flow.arms[number], *flow.ports[number]])
            case plan.Wait():
                self._wait(row, node.until)
            case plan.Act():
                row[at.N_TEST] = self.make.test(node.unless)
                self._effect(row, node)
            case plan.Repeat() | plan.Jump():
                row[at.A] = node.times
                row[at.B] = self.to.out.listed([self.turns[name] for name in getattr(node, "leaves", ())])
            case plan.Exit():
                row[at.A] = self.to.texts.number(node.reason)
        return row

    def _wait(self, row: list[int], until: plan.Until) -> None:
        match until:
            case plan.Elapsed():
                row[at.N_EFFECT], row[at.A], row[at.C] = at.ELAPSED, until.lapse.months, until.lapse.ms
            case plan.OnDay():
                row[at.N_EFFECT], row[at.A], row[at.B], row[at.D] = at.ON_DAY, until.months, until.days, until.minute
            case plan.NextTime():
                row[at.N_EFFECT], row[at.E], row[at.D] = at.NEXT_TIME, until.days, until.minute
            case plan.OnDate():
                row[at.N_EFFECT], row[at.E], row[at.D] = at.ON_DATE, clock.day_number(until.date), until.minute
            case plan.Relative():
                row[at.N_EFFECT], row[at.G], row[at.H] = at.RELATIVE, PAST[until.past], until.sign
                row[at.A], row[at.B], row[at.C], row[at.D] = until.months, until.days, until.ms, until.minute
                row[at.F] = self.to.out.put(self.make.ref(until.ref))
            case plan.Happens():
                row[at.N_EFFECT], row[at.F] = at.HAPPENS, self.occasion(until.occasion, False)
                if until.up_to:
                    row[at.E], row[at.A], row[at.C] = 1, until.up_to.months, until.up_to.ms

    def _effect(self, row: list[int], node: plan.Act) -> None:
        names, texts, effect = self.to.names, self.to.texts, node.effect
        match effect:
            case Send():
                self._send(row, effect)
            case ChangeMembership():
                row[at.N_EFFECT], row[at.A], row[at.B] = (
                    at.PUT,
                    names.families[effect.family],
                    texts.number(effect.name),
                )
                row[at.C], row[at.D] = int(effect.present), names.events[effect.event]
            case SetField():
                kind = self.to.stage.ready.events.get(effect.event)
                row[at.N_EFFECT], row[at.A] = at.ASSIGN, self.to.out.put(self.make.ref(effect.target))
                row[at.B], row[at.C] = value(effect.value, texts)
                row[at.D] = names.events[effect.event]
                row[at.E] = texts.number("" if kind and kind.value else str(effect.value))
            case StartFlow() | StopFlow():
                row[at.N_EFFECT] = at.BEGIN_FLOW if isinstance(effect, StartFlow) else at.HALT
                row[at.A] = self.to.stage.ready.flow_numbers[effect.flow]
            case _:
                row[at.N_EFFECT] = at.DO

    def _send(self, row: list[int], send: Send) -> None:
        ready, received = self.to.stage.ready, f"{send.channel}.received"
        row[at.N_EFFECT], row[at.A] = at.SEND, self.to.names.channels[send.channel]
        row[at.B] = self.to.texts.number(send.message)
        row[at.C] = self.to.names.kept.get(f"{send.channel}:{send.message}", -1)
        row[at.D], row[at.E] = int(not send.is_to_contact), int(send.transactional)
        row[at.F], row[at.G] = self.to.names.events[received], self.to.texts.number(send.channel)
        row[at.H] = int(ready.levels or received in ready.heard)

    def occasion(self, occasion: WaitCondition, whole_run: bool) -> int:
        """Writes what a wait or goal looks for."""
        make = self.make.of_run() if whole_run else self.make
        listeners: list[int] = []
        for match in occasion.events:
            known = self.to.plan.events_by_id
            kinds = [known.get(event, Event(event)) for event in heard_as(self.to.plan, match)]
            answers = match.answer and match.names
            channels = tuple(dict.fromkeys(kind.channel for kind in kinds if kind.channel)) if answers else ()
            keys = [key for name in match.names for key in message_keys(channels, name)]
            kept = [self.to.names.kept[key] for key in keys if key in self.to.names.kept]
            by = self.to.out.listed([self.to.names.channels[channel] for channel in channels])
            of, place = make.match(match), self.to.out.listed(kept)
            for kind in kinds:
                about = self.to.texts.number(kind.about)
                listeners += [self.to.names.events[kind.id], of, about, by, place]
        test = make.test(occasion.test)
        return self.to.out.put([test, len(listeners) // at.LISTENER_WIDTH, *listeners])


def write_flows(to: Program, flows: Sequence[Flow], triggers: Sequence[Sequence[int]]) -> None:
    rows: list[list[int]] = []
    nodes: list[list[int]] = []
    for one, places in zip(flows, triggers, strict=True):
        rows.append(one.row(len(nodes), places))
        nodes += [one.node(number) for number in range(len(one.flow.nodes))]
    to.head(at.FLOWS, to.out.put([word for row in rows for word in row]))
    to.head(at.NODES, to.out.put([word for row in nodes for word in row]))


def turning(flow: ReadyFlow) -> dict[str, int]:
    """The repeats and jumps of a flow, by number."""
    turning = (node.id for node in flow.nodes if isinstance(node, plan.Repeat | plan.Jump))
    return {name: number for number, name in enumerate(turning)}
