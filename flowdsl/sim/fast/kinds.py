"""The kinds of events as words (layout.py): what each changes, counts, starts and brings about; and what is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from flowdsl.machine.listening import ReadyTrigger
from flowdsl.plan.expressions import Event, EventMatch
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.names import FLAGS
from flowdsl.sim.fast.program import Program
from flowdsl.sim.fast.singles import single_flow

Lines: TypeAlias = dict[str, list[list[int]]]
Tallied: TypeAlias = tuple[EventMatch, int, int]  # what is counted, its number, and where its match is written
_RECEIVED = frozenset(f"{channel}.received" for channel in ("email", "sms", "chat", "push", "notification"))


def write_tallies(to: Program) -> None:
    to.head(at.TALLIES, to.out.put(to.cells.keep))
    to.head(at.N_TALLIES, len(to.cells.keep))


def write_events(to: Program, triggers: Sequence[Sequence[int]], lines: Lines) -> None:
    make = to.compiler("")
    tallied = [(match, number, make.match(match)) for number, match in enumerate(to.cells.matches)]
    rows = [_event(to, name, tallied, triggers, lines) for name in to.names.events]
    to.head(at.EVENTS, to.out.put([word for row in rows for word in row]))
    to.sizes[at.PICKED] = max((len(many) for many in lines.values()), default=0)


def _event(
    to: Program,
    name: str,
    tallied: Sequence[Tallied],
    triggers: Sequence[Sequence[int]],
    lines: Lines,
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


def _places(group: Sequence[ReadyTrigger], triggers: Sequence[Sequence[int]]) -> list[int]:
    return [len(group), *(triggers[one.flow][one.number] for one in group)]


def write_column_triggers(to: Program, triggers: Sequence[Sequence[int]]) -> None:
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
