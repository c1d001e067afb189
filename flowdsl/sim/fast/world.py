"""What a scenario lets the world do, as words (layout.py): answers, rates, shares and `at` lines; and caps."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from flowdsl.plan.expressions import FieldIs
from flowdsl.plan.plan import Capacity
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.expressions import Compiler
from flowdsl.sim.fast.program import Program, signed
from flowdsl.sim.rates import Rate
from flowdsl.sim.world import Line

VERBS = {
    "activate": at.ACTIVATE, "deactivate": at.DEACTIVATE, "pause": at.PAUSE, "resume": at.RESUME, "stop": at.STOP,
    "replace": at.REPLACE,
}  # fmt: skip


def write_lines(to: Program) -> dict[str, list[list[int]]]:
    """The rows of answer lines by their causes; EXPECTS names the event of each line."""
    make, found = to.compiler(""), {}
    answers = to.stage.config.world.answers
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


def write_rates(to: Program) -> None:
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
        row[at.RATE_GROUP] = rate.own.number if rate.own else -1
        row[at.RATE_FIRST] = rate.common.first if rate.common else 0
        row[at.RATE_BOUNDS] = to.out.listed(rate.common.bounds) if rate.common else -1
        rows += row
    to.head(at.RATES, to.out.put(rows))
    to.head(at.N_RATES, len(to.stage.world.rates))
    to.sizes[at.RATE_DUE] = 3 * len(to.stage.world.rates) + groups(to.stage.world.rates)


def groups(rates: Sequence[Rate]) -> int:
    """How many rates have numbers of each contact's own."""
    return len({rate.own.number for rate in rates if rate.own})


def write_shares(to: Program) -> None:
    make, rows = to.compiler(""), []
    for share in to.stage.world.shares:
        line = share.line
        rows += [to.names.families[line.family], to.texts.number(line.name), make.test(line.where), share.threshold]
        rows += [_own(to, line.column, True), signed(share.key)]
    to.head(at.SHARES, to.out.put(rows))
    to.head(at.N_SHARES, len(to.stage.world.shares))


def write_controls(to: Program) -> None:
    rows: list[int] = []
    for control in to.stage.ready.controls:
        who = to.stage.config.tables.contacts.position(control.line.contact) if control.line.contact else at.EVERYBODY
        who = -2 if who is None else who
        rows += [control.at, VERBS[control.line.verb], control.flow, control.on, int(control.line.cancel), who]
    to.head(at.CONTROLS, to.out.put(rows))
    to.head(at.N_CONTROLS, len(to.stage.ready.controls))


def write_caps(to: Program) -> None:
    rows: list[int] = []
    for cap in to.plan.policy.caps:
        channel = to.names.channels[cap.channel] if cap.channel else -1
        rows += [cap.times, channel, cap.every.months, cap.every.ms]
    to.head(at.CAPS, to.out.put(rows))
    to.head(at.N_CAPS, len(to.plan.policy.caps))


def write_capacities(to: Program) -> None:
    """For each channel how many messages it takes in how many ms; 0 for any number."""
    limits = {one.channel: one for one in to.plan.policy.capacities}
    rows = [_limit(limits.get(channel)) for channel in to.names.channels]
    to.head(at.LIMITED, to.out.put([word for row in rows for word in row]) if limits else 0)


def _limit(capacity: Capacity | None) -> tuple[int, int]:
    if capacity is None:
        return 0, 0
    common = gcd(capacity.amount, capacity.per_ms)
    return capacity.amount // common, capacity.per_ms // common
