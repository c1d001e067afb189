"""A plan as one array of words: a Stage goes in, the program that compiled code walks comes out (layout.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from flowdsl import clock, laws, plan
from flowdsl.calculus import Assign, Begin, Event, FieldIs, Halt, Occasion, Put, Send
from flowdsl.machine.conditions import Cells, message_keys
from flowdsl.machine.listening import heard_as
from flowdsl.machine.ready import ReadyFlow
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.data import value
from flowdsl.sim.fast.expressions import Compiler, Tape
from flowdsl.sim.fast.names import COMPLETED, FLAGS, LEFT, Names, names_of
from flowdsl.sim.fast.singles import single_flow
from flowdsl.sim.fast.texts import Texts
from flowdsl.sim.life import Stage
from flowdsl.sim.world import Line

PATH_BITS = 62  # of a path in one word
KINDS = {
    plan.Enter: at.ENTER, plan.Branch: at.BRANCH, plan.Split: at.SPLIT, plan.Wait: at.WAIT, plan.Act: at.ACT,
    plan.Repeat: at.REPEAT, plan.Jump: at.JUMP, plan.Exit: at.EXIT,
}  # fmt: skip
PAST = {"skip": at.SKIP, "continue": at.CONTINUE, "exit": at.LEAVE}
VERBS = {
    "activate": at.ACTIVATE, "deactivate": at.DEACTIVATE, "pause": at.PAUSE, "resume": at.RESUME, "stop": at.STOP,
    "replace": at.REPLACE,
}  # fmt: skip
STATUS = {"converted": at.IS_CONVERTED, "exited": at.IS_EXITED}


@dataclass
class Program:
    """A program as it is written: words, numbers of names and texts, and how large a state it needs.

    sizes: words of a region of the state, by its number, where the program alone says how many
    """

    stage: Stage
    names: Names
    texts: Texts = field(default_factory=Texts)
    out: Tape = field(default_factory=Tape)
    cells: Cells = field(default_factory=Cells)
    sizes: dict[int, int] = field(default_factory=dict)
    deepest: list[int] = field(default_factory=lambda: [1])
    ordered: list[int] = field(default_factory=list)

    @property
    def plan(self) -> plan.Plan:
        return self.stage.setting.plan

    def head(self, word: int, number: int) -> None:
        """Sets a word of the head."""
        self.out.words[word] = int(number)

    def compiler(self, zone: str) -> Compiler:
        """Makes expressions of one flow."""
        number = self.names.zones[zone] if zone else -1
        about = {event.id: event.about for event in self.plan.events}
        return Compiler(
            self.out, self.names, self.texts, self.cells, about, number, deepest=self.deepest, ordered=self.ordered
        )


def signed(number: int) -> int:
    """A word of 64 bits as a signed number: the same bits."""
    return number - 2**64 if number >= 2**63 else number


def write(stage: Stage) -> Program:
    """Writes the program of a stage: all but what depends on the texts of tables, which `close` adds."""
    to = Program(stage, names_of(stage.setting, stage.ready))
    _numbers(to)
    flows = [_Flow(to, flow) for flow in stage.ready.flows]
    triggers = [one.triggers() for one in flows]
    _flows(to, flows, triggers)
    lines = _lines(to)
    _rates(to)
    _shares(to)
    _controls(to)
    _caps(to)
    _tallies(to)
    _events(to, triggers, lines)
    _column_triggers(to, triggers)
    _zones(to)
    _maps(to)
    return to


def close(to: Program, named: int) -> Any:
    """The finished array, when every text has its number; the first `named` texts may be asked about chance."""
    _catalogue(to)
    if to.stage.setting.world.answers:
        to.head(at.HASHES, to.out.put([*map(signed, to.texts.hashes(named))]))
    if to.ordered:
        to.head(at.RANKS, to.out.put(to.texts.ranks().tolist()))
    return np.array(to.out.words, dtype=np.int64)


# --- numbers and widths -----------------------------------------------------------------------------------------------


def _numbers(to: Program) -> None:
    setting, ready, names = to.stage.setting, to.stage.ready, to.names
    loops = [flow for flow in ready.flows if flow.loops]
    bits = max((_path_bits(flow) for flow in ready.flows), default=1)
    path_words = -(-bits // PATH_BITS)
    kept = 2 + len(FLAGS)
    trigger = at.R_PATH + path_words
    sent = trigger + 2 * len(names.trigger_fields)
    visits = sent + kept * len(names.kept)
    turns = visits + max((len(flow.nodes) for flow in loops), default=0)
    width = turns + max((len(_turning(flow)) for flow in loops), default=0)
    for word, number in (
        (at.N_FLOWS, len(ready.flows)), (at.N_EVENTS, len(names.events)), (at.N_KEPT, len(names.kept)),
        (at.N_COLUMNS, len(names.columns)), (at.N_FAMILIES, len(names.families)), (at.N_FIELDS, len(names.fields)),
        (at.N_TRIGGER_FIELDS, len(names.trigger_fields)), (at.N_CHANNELS, len(names.channels)),
        (at.FIRST_NEW, len(setting.tables.contacts) - len(setting.births)), (at.N_OWN, len(names.own)),
        (at.CAUSE_WORDS, at.Y_FIELDS + 2 * len(names.fields)), (at.UNIT, to.out.put(laws.unit())),
        (at.N_UNIT, len(laws.unit())), (at.N_FLAGS, len(FLAGS)), (at.PATH_WORDS, path_words),
        (at.LEVELS, ready.levels), (at.BEGIN, setting.begin),
        (at.START, setting.start), (at.UNTIL, setting.until), (at.COMES, ready.comes_of_itself),
        (at.WORLD_KEY, signed(to.stage.world.key)), (at.RUN_WIDTH, width), (at.RUN_TRIGGER, trigger),
        (at.RUN_SENT, sent), (at.RUN_VISITS, visits), (at.RUN_TURNS, turns), (at.KEPT_WIDTH, kept),
        (at.OBJECT_WIDTH, 2 + 2 * len(names.fields)), (at.CAMPAIGN_FAMILY, names.families["campaigns"]),
        (at.COMPLETES, names.events[COMPLETED]), (at.LEAVES_IT, names.events[LEFT]),
        (at.TRIGGER_FIELDS, to.out.put([names.fields[name] for name in names.trigger_fields])),
    ):  # fmt: skip
        to.head(word, number)


def _path_bits(flow: ReadyFlow) -> int:
    last = flow.nodes[-1]
    return max(flow.choices) + (len(last.arms) if isinstance(last, plan.Split) else 2)


def _turning(flow: ReadyFlow) -> dict[str, int]:
    """The repeats and jumps of a flow, by number."""
    turning = (node.id for node in flow.nodes if isinstance(node, plan.Repeat | plan.Jump))
    return {name: number for number, name in enumerate(turning)}


# --- flows ------------------------------------------------------------------------------------------------------------


class _Flow:
    """Writes one flow."""

    def __init__(self, to: Program, flow: ReadyFlow) -> None:
        self.to, self.flow, self.make = to, flow, to.compiler(flow.zone)
        self.turns = _turning(flow)
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
        elif isinstance(one, plan.OnColumn):
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
        width = 2 + (2 * limit.times if limit.every else 0)
        row[at.F_TALLY] = self.to.sizes.get(at.STARTS, 0)
        self.to.sizes[at.STARTS] = row[at.F_TALLY] + width
        if limit.per != "contact":
            self.to.head(at.STARTS_WIDTH, max(self.to.out.words[at.STARTS_WIDTH], width))

    # --- nodes --------------------------------------------------------------------------------------------------------

    def node(self, number: int) -> list[int]:
        """The row of one node."""
        flow, node, row = self.flow, self.flow.nodes[number], [0] * at.NODE_WIDTH
        ports = (*flow.ports[number], -1, -1)
        row[at.N_KIND], row[at.N_NEXT], row[at.N_OTHER] = KINDS[type(node)], ports[0], ports[1]
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
            case Put():
                row[at.N_EFFECT], row[at.A], row[at.B] = (
                    at.PUT,
                    names.families[effect.family],
                    texts.number(effect.name),
                )
                row[at.C], row[at.D] = int(effect.present), names.events[effect.event]
            case Assign():
                kind = self.to.stage.ready.events.get(effect.event)
                row[at.N_EFFECT], row[at.A] = at.ASSIGN, self.to.out.put(self.make.ref(effect.target))
                row[at.B], row[at.C] = value(effect.value, texts)
                row[at.D] = names.events[effect.event]
                row[at.E] = texts.number("" if kind and kind.value else str(effect.value))
            case Begin() | Halt():
                row[at.N_EFFECT] = at.BEGIN_FLOW if isinstance(effect, Begin) else at.HALT
                row[at.A] = self.to.stage.ready.flow_numbers[effect.flow]
            case _:
                row[at.N_EFFECT] = at.DO

    def _send(self, row: list[int], send: Send) -> None:
        ready, received = self.to.stage.ready, f"{send.channel}.received"
        row[at.N_EFFECT], row[at.A] = at.SEND, self.to.names.channels[send.channel]
        row[at.B] = self.to.texts.number(send.message)
        row[at.C] = self.to.names.kept.get(f"{send.channel}:{send.message}", -1)
        row[at.D], row[at.E] = int(bool(send.to or send.staff)), int(send.transactional)
        row[at.F], row[at.G] = self.to.names.events[received], self.to.texts.number(send.channel)
        row[at.H] = int(ready.levels or received in ready.heard)

    def occasion(self, occasion: Occasion, whole_run: bool) -> int:
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


def _flows(to: Program, flows: Sequence[_Flow], triggers: Sequence[Sequence[int]]) -> None:
    rows: list[list[int]] = []
    nodes: list[list[int]] = []
    for one, places in zip(flows, triggers, strict=True):
        rows.append(one.row(len(nodes), places))
        nodes += [one.node(number) for number in range(len(one.flow.nodes))]
    to.head(at.FLOWS, to.out.put([word for row in rows for word in row]))
    to.head(at.NODES, to.out.put([word for row in nodes for word in row]))


# --- the world --------------------------------------------------------------------------------------------------------


def _lines(to: Program) -> dict[str, list[list[int]]]:
    """The rows of answer lines by their causes; EXPECTS names the event of each line."""
    make, found = to.compiler(""), {}
    answers = to.stage.setting.world.answers
    wheres = [make.test(answer.where) for answer in answers]
    for cause, lines in to.stage.world.lines.items():
        groups = list(dict.fromkeys(line.what for line in lines))
        found[cause] = [_line(to, make, cause, line, wheres[line.order], groups.index(line.what)) for line in lines]
    ready = {line.order: line for many in to.stage.world.lines.values() for line in many}
    said = [() if number in ready and ready[number].is_message else one.fields for number, one in enumerate(answers)]
    expected = zip(answers, said, strict=True)
    to.head(at.EXPECTS, to.out.put([w for one, own in expected for w in (to.names.events[one.event], _said(to, own))]))
    return found


def _said(to: Program, fields: Sequence[FieldIs]) -> int:
    """Writes what an event carries: how many fields, then the number and the text of each that somebody reads."""
    read = [one for one in fields if one.field in to.names.fields]
    words = [word for one in read for word in (to.names.fields[one.field], to.texts.number(one.values[0]))]
    return to.out.put([len(read), *words])


def _own(to: Program, column: str, is_share: bool) -> int:
    return to.names.own[column, is_share] if column else -1


def _line(to: Program, make: Compiler, cause: str, line: Line, where: int, group: int) -> list[int]:
    row = [0] * at.LINE_WIDTH
    row[at.LINE_EVENT], row[at.LINE_NAME] = to.names.events[line.answer.event], to.texts.number(line.answer.name)
    row[at.LINE_MATCH], row[at.LINE_OWN] = make.match(line.answer.cause), _own(to, line.answer.column, True)
    row[at.LINE_WHERE], row[at.LINE_THRESHOLD] = where, line.threshold
    row[at.LINE_RANK], row[at.LINE_GROUP] = sum(4 >> n for n, more in enumerate(line.rank) if more), group
    row[at.LINE_WHAT], row[at.LINE_MESSAGE] = signed(line.what), int(line.is_message)
    row[at.LINE_ABOUT], row[at.LINE_ALIKE] = to.texts.number(line.about), int(cause in line.alike)
    row[at.LINE_DELAY], row[at.LINE_N_DELAY] = to.out.put(line.answer.delay), len(line.answer.delay)
    row[at.LINE_ORDER], row[at.LINE_PLACE] = line.order, signed(line.place)
    row[at.LINE_SPREAD] = to.out.put(line.spread) if line.spread else -1
    return row


def _rates(to: Program) -> None:
    make, rows = to.compiler(""), []
    for rate in to.stage.world.rates:
        line, row = rate.line, [0] * at.RATE_WIDTH
        row[at.RATE_EVENT], row[at.RATE_NAME] = to.names.events[line.event], to.texts.number(line.name)
        row[at.RATE_FIELDS], row[at.RATE_KEY] = _said(to, line.fields), signed(rate.key)
        row[at.RATE_MEAN], row[at.RATE_PER_MS], row[at.RATE_OWN] = rate.mean, line.per_ms, _own(to, line.column, False)
        opened = [word for stretch in rate.open for word in stretch]
        row[at.RATE_OPEN] = to.out.put([len(rate.open), *opened]) if opened else -1
        if line.window:
            row[at.RATE_WINDOWED], row[at.RATE_DAYS] = 1, line.window.days
            row[at.RATE_FROM], row[at.RATE_TO] = line.window.start, line.window.end
        row[at.RATE_WHERE], row[at.RATE_OVER] = make.test(line.where), to.out.listed(rate.over)
        row[at.RATE_SPREAD], row[at.RATE_PLACE] = to.out.put(line.spread) if line.spread else -1, signed(rate.place)
        rows += row
    to.head(at.RATES, to.out.put(rows))
    to.head(at.N_RATES, len(to.stage.world.rates))
    to.sizes[at.RATE_DUE] = 3 * len(to.stage.world.rates)


def _shares(to: Program) -> None:
    make, rows = to.compiler(""), []
    for share in to.stage.world.shares:
        line = share.line
        rows += [to.names.families[line.family], to.texts.number(line.name), make.test(line.where), share.threshold]
        rows += [_own(to, line.column, True), signed(share.key)]
    to.head(at.SHARES, to.out.put(rows))
    to.head(at.N_SHARES, len(to.stage.world.shares))


def _controls(to: Program) -> None:
    rows: list[int] = []
    for control in to.stage.ready.controls:
        who = to.stage.setting.tables.contacts.position(control.line.contact) if control.line.contact else at.EVERYBODY
        who = -2 if who is None else who
        rows += [control.at, VERBS[control.line.verb], control.flow, control.on, int(control.line.cancel), who]
    to.head(at.CONTROLS, to.out.put(rows))
    to.head(at.N_CONTROLS, len(to.stage.ready.controls))


def _caps(to: Program) -> None:
    rows: list[int] = []
    place = 0
    for cap in to.plan.policy.caps:
        channel = to.names.channels[cap.channel] if cap.channel else -1
        rows += [cap.times, channel, cap.every.months, cap.every.ms, place]
        place += 1 + cap.times
    to.head(at.CAPS, to.out.put(rows))
    to.head(at.N_CAPS, len(to.plan.policy.caps))
    to.sizes[at.RECENT] = place


# --- events and tallies -----------------------------------------------------------------------------------------------


def _tallies(to: Program) -> None:
    rows: list[int] = []
    place = 0
    for keep in to.cells.keep:
        rows += [keep, place]
        place += 2 + 2 * keep
    to.head(at.TALLIES, to.out.put(rows))
    to.head(at.N_TALLIES, len(to.cells.keep))
    to.head(at.TALLY_WIDTH, 2 + 2 * max(to.cells.keep, default=0))
    to.sizes[at.TALLY] = place


def _events(to: Program, triggers: Sequence[Sequence[int]], lines: dict[str, list[list[int]]]) -> None:
    make = to.compiler("")
    tallied = [(match, number, make.match(match)) for number, match in enumerate(to.cells.matches)]
    rows = [_event(to, name, tallied, triggers, lines) for name in to.names.events]
    to.head(at.EVENTS, to.out.put([word for row in rows for word in row]))
    to.sizes[at.PICKED] = max((len(many) for many in lines.values()), default=0)


def _event(
    to: Program, name: str, tallied: Any, triggers: Sequence[Sequence[int]], lines: dict[str, list[list[int]]]
) -> list[int]:
    """The row of an event, known to the plan or not."""
    ready, names, texts, row = to.stage.ready, to.names, to.texts, [0] * at.EVENT_WIDTH
    kind = ready.events.get(name, Event(name))
    row[at.E_KNOWN], row[at.E_NAME] = int(kind.id in ready.events), texts.number(kind.id)
    row[at.E_NOUN], row[at.E_ABOUT] = texts.number(kind.noun), texts.number(kind.about)
    row[at.E_BY_NAME] = int(kind.noun == kind.about)
    row[at.E_ADDS] = names.families[kind.adds] if kind.adds else -1
    row[at.E_REMOVES] = names.families[kind.removes] if kind.removes else -1
    row[at.E_CHANNEL], row[at.E_CHANNEL_TEXT] = names.channels.get(kind.channel, -1), texts.number(kind.channel)
    row[at.E_FLAG] = FLAGS.index(kind.flag) if kind.flag else -1
    row[at.E_FIELD] = names.fields.get(kind.sets, -1) if kind.about and kind.sets else -1
    row[at.E_COLUMN] = names.columns.get(kind.sets, -1) if kind.sets and not kind.about else -1
    row[at.E_VALUE] = texts.number(kind.value)
    row[at.E_NOTICED] = int(kind.id in ready.heard or ready.levels or kind.id in ready.echo)
    row[at.E_ECHO], row[at.E_UNSUBSCRIBES] = int(kind.id in ready.echo), int(kind.id in ready.unsubscribes)
    row[at.E_NOUN_FIELD] = names.trigger_fields.get(kind.noun, -1)
    row[at.E_OBJECT_FIELD] = names.trigger_fields.get("object", -1)
    row[at.E_RECEIVED] = int(kind.id in _RECEIVED)
    row[at.E_SINGLE] = single_flow(to.stage, to.out.words[at.PATH_WORDS], name) + 1
    if name:
        groups = [[one.flow for one in group][:1] + _places(group, triggers) for group in ready.triggers.get(name, ())]
        row[at.E_ENTRIES], row[at.E_N_ENTRIES] = to.out.put([w for group in groups for w in group]), len(groups)
        mine = [word for match, *two in tallied if name in match.events for word in two]
        row[at.E_TALLIES], row[at.E_N_TALLIES] = to.out.put(mine), len(mine) // at.EVENT_TALLY_WIDTH
        many = lines.get(name, [])
        row[at.E_LINES], row[at.E_N_LINES] = to.out.put([w for line in many for w in line]), len(many)
    return row


_RECEIVED = frozenset(f"{channel}.received" for channel in ("email", "sms", "chat", "push", "notification"))


def _places(group: Sequence[Any], triggers: Sequence[Sequence[int]]) -> list[int]:
    return [len(group), *(triggers[one.flow][one.number] for one in group)]


def _column_triggers(to: Program, triggers: Sequence[Sequence[int]]) -> None:
    """For each column, the date triggers that read it."""
    lists = []
    for column in to.names.columns:
        reads = [
            triggers[flow.index][one.number]
            for flow in to.stage.ready.flows
            for one in flow.triggers
            if column in one.reads
        ]
        lists.append(to.out.listed(reads))
    to.head(at.COLUMN_TRIGGERS, to.out.put(lists))


# --- what is looked up ------------------------------------------------------------------------------------------------


def _zones(to: Program) -> None:
    rows: list[int] = []
    for name in to.names.zones:
        zone = clock.zone(name)
        rows += [to.out.put(zone.starts), to.out.put(zone.offsets), len(zone.starts)]
    to.head(at.ZONES, to.out.put(rows))


def _maps(to: Program) -> None:
    """Kept messages and campaigns by the numbers of their names, which are those of the plan's texts."""
    for key in to.names.kept:
        to.texts.number(key.partition(":")[2])
    for channel in to.names.channels:
        to.texts.number(channel)
    size = len(to.texts)
    kept = [-1] * (size * len(to.names.channels))
    for key, number in to.names.kept.items():
        channel, _, name = key.partition(":")
        if channel in to.names.channels:
            kept[to.names.channels[channel] * size + to.texts.number(name)] = number
    campaigns = [-1] * size
    for flow in to.stage.ready.flows:
        if flow.flow.kind == "campaign":
            campaigns[to.texts.number(flow.name)] = flow.index
    to.head(at.PLAN_TEXTS, size)
    to.head(at.KEPT_BY_NAME, to.out.put(kept))
    to.head(at.CAMPAIGNS, to.out.put(campaigns))


def _catalogue(to: Program) -> None:
    entries = []
    for kind, listed in to.stage.ready.catalogue.items():
        for name, fields in listed.items():
            cells = [word for field in to.names.fields for word in value(fields.get(field), to.texts)]
            key = to.texts.number(kind) << 32 | to.texts.number(name)
            entries.append([key, int(bool(fields)), *cells])
    entries.sort(key=lambda one: one[0])
    to.head(at.CATALOGUE, to.out.put([word for entry in entries for word in entry]))
    to.head(at.N_CATALOGUE, len(entries))
