"""Draws how contacts answer rows: the future events that the shares of a scenario cause.

Answers are keyed, never drawn in sequence (docs/reference/language.md#keyed-chance): by (seed, replication, contact,
channel, message, event, number of these), so that a contact answers the same in every engine and every order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flowdsl.chance import delay_laws, heterogeneity, keyed_draws
from flowdsl.machine import Happening, Ready, State
from flowdsl.machine.conditions import Test
from flowdsl.plan import plan
from flowdsl.plan.expressions import CHANNELS
from flowdsl.plan.usage import numbers
from flowdsl.results.records import Record
from flowdsl.sim.chance import NOBODY, Chance, drawn, own_threshold, place_key, threshold
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.parameter_uncertainty import believed
from flowdsl.sim.rates import Rate, make_rates
from flowdsl.sim.shares import Share, make_shares

_RECEIVED = {channel: f"{channel}.received" for channel in CHANNELS}


@dataclass(frozen=True, slots=True)
class Line:
    """One prepared `assume … % …` line. order: its place in the text; rank: how specific it is.

    about: the kind of related object of the answer; alike: causes whose names have the same meaning as its own name
    place: the part of the key of a contact's own share that is the same for all; spread: the table of shares, or ()
    """

    order: int
    answer: plan.Answer
    where: Test | None
    threshold: int
    rank: tuple[bool, bool, bool]
    what: int
    is_message: bool
    about: str
    alike: frozenset[str]
    fields: dict[str, str]
    place: int
    spread: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class World:
    """A prepared scenario: answers by the event that causes them, rates, shares at the beginning.

    key       of the seed and the replication: the first part of the keys of all contacts
    columns   with contacts' own shares and rates
    """

    key: int
    lines: dict[str, tuple[Line, ...]]
    rates: tuple[Rate, ...]
    shares: tuple[Share, ...]
    columns: tuple[str, ...]


def make_world(ready: Ready, config: SimulationConfig) -> World:
    """Prepares the scenario of a simulation for its plan, which `ready` was prepared from."""
    scenario, key = config.world, keyed_draws.key(config.seed, config.replication)
    lines: dict[str, tuple[Line, ...]] = {}
    for order, (answer, where) in enumerate(zip(scenario.answers, ready.answers, strict=True)):
        line = _line(ready, order, answer, where, key)
        for event in answer.cause.events:
            lines[event] = (*lines.get(event, ()), line)
    return World(
        key,
        lines,
        make_rates(config, ready.rates, key),
        make_shares(scenario.shares, ready.shares, key),
        tuple(sorted({column for column, _ in numbers(plan.Plan((), world=(scenario,)))})),
    )


def _line(ready: Ready, order: int, answer: plan.Answer, where: Test | None, key: int) -> Line:
    kind = ready.events.get(answer.event)
    about, noun = (kind.about, kind.noun) if kind else ("", "")
    causes = (ready.events.get(event) for event in answer.cause.events)
    fields = {one.field: one.values[0] for one in answer.fields}
    share = believed(answer, key)
    return Line(
        order,
        answer,
        where,
        threshold(share),
        rank=(bool(answer.cause.names), bool(answer.cause.fields), where is not None),
        what=keyed_draws.key(answer.event, answer.name, *(part for field in fields.items() for part in field)),
        is_message=bool(kind and kind.channel and not answer.name),
        about=about,
        alike=frozenset(cause.id for cause in causes if cause and noun and cause.noun == noun),
        fields=fields,
        place=place_key(answer),
        spread=heterogeneity.believed(answer.spread, answer.share, answer.most, share),
    )


def _answers(line: Line, record: Record) -> bool:
    """Whether a row has the names and fields that the line answers."""
    names, fields = line.answer.cause.names, line.answer.cause.fields
    if names and record.name not in names:
        return False
    return not fields or all(record.fields.get(one.field) in one.values for one in fields)


class DueAnswer(NamedTuple):
    """An answer that is drawn to happen: when (ms), by which line of the scenario, and what."""

    due: int
    line: int
    happening: Happening


def respond(world: World, chance: Chance, state: State, record: Record) -> list[DueAnswer]:
    """What a row brings about later: each answer that is drawn to happen."""
    found: list[DueAnswer] = []
    lines = world.lines.get(_cause(record))
    if not lines:
        return found
    for line in _most_specific(lines, state, record):
        delay = _drawn(line, chance, record)
        if delay:
            found.append(DueAnswer(record.time + delay, line.order, _answer(line, record)))
    return found


def _answer(line: Line, record: Record) -> Happening:
    """The event of an answer: for the same message, name and related object, if the line names no other."""
    if line.is_message:
        return Happening(line.answer.event, record.name, send=record.send)
    name = line.answer.name or (record.name if record.action in line.alike else "")
    is_same = line.about and line.about == record.object_kind and line.answer.name in ("", record.name)
    return Happening(line.answer.event, name, record.object_id if is_same else "", line.fields)


def _cause(record: Record) -> str:
    """The event of a row: a message that was sent counts as received; a `received` row of a table does not."""
    if record.kind == "event":
        return "" if record.action in _RECEIVED.values() else record.action
    return _RECEIVED[record.channel] if record.send >= 0 else ""


def _most_specific(lines: tuple[Line, ...], state: State, record: Record) -> list[Line]:
    """One line for each kind of answer: the most specific one that fits (a name, then a condition)."""
    if len(lines) == 1 and lines[0].where is None:
        return list(lines) if _answers(lines[0], record) else []
    best: dict[int, Line] = {}
    for line in lines:
        if not _answers(line, record):
            continue
        if line.what in best and best[line.what].rank >= line.rank:
            continue
        if line.where is None or line.where(state, NOBODY, record.time):
            best[line.what] = line
    return sorted(best.values(), key=lambda line: line.order)


def _drawn(line: Line, chance: Chance, record: Record) -> int:
    """The delay in ms of an answer that happens, 0 of one that does not; both use one draw."""
    cause = record.action if record.kind == "event" else ""
    key = keyed_draws.extend(chance.key, _key_of_answer(record.channel, record.name, line.what, cause))
    k = chance.drawn[key] = chance.drawn.get(key, -1) + 1
    if not keyed_draws.hits(keyed_draws.draw(key, 2 * k), _bound(line, chance)):
        return 0
    return delay_laws.delay(line.answer.delay, keyed_draws.draw(key, 2 * k + 1))


def _bound(line: Line, chance: Chance) -> int:
    """The share of a contact as a threshold of draws: its own if it has one."""
    if line.answer.column:
        return own_threshold(chance, line.answer.column)
    return threshold(drawn(chance, line.place, line.spread)) if line.spread else line.threshold


@lru_cache(maxsize=4096)
def _key_of_answer(channel: str, message: str, what: int, cause: str) -> int:
    """The part of an answer's key that is the same for all contacts; without a cause it answers a sent message.

    Each cause has its own draws: a line about openings does not change who does the same after a click.
    """
    return keyed_draws.key(channel, message, what, cause) if cause else keyed_draws.key(channel, message, what)
