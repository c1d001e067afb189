"""What contacts do by chance: a scenario's answers and rates, drawn by key; rows go in, happenings to come come out.

Chance is keyed, never drawn in sequence (LANGUAGE.md 7.5): an answer by (seed, replication, contact, channel, message,
what, k-th of these), so the same contact answers alike in every engine and every order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from flowdsl import draws, laws, plan
from flowdsl.calculus import CHANNELS
from flowdsl.machine import Happening, Ready, State
from flowdsl.machine.conditions import Test
from flowdsl.machine.state import Run
from flowdsl.records import Record

_RECEIVED = {channel: f"{channel}.received" for channel in CHANNELS}
NOBODY = Run(-1, 0, 0, 0, 0)  # conditions of a scenario speak of the contact alone: no run, no trigger
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One `assume … % …` line made ready. order: its place in the text; rank: how specific it is.

    about: the kind of related object that the answer speaks of; alike: causes whose names mean what its own name means
    """

    order: int
    answer: plan.Answer
    where: Test | None
    threshold: int
    rank: tuple[bool, bool]
    what: int
    is_message: bool
    about: str = ""
    alike: frozenset[str] = frozenset()


@dataclass(slots=True)
class World:
    """A scenario made ready: answers by the event that causes them, rates with the keys of their gaps.

    key   of the seed and the replication: where the keys of all contacts begin
    """

    key: int
    lines: dict[str, tuple[Line, ...]]
    rates: tuple[tuple[plan.Rate, Test | None, int], ...]


@dataclass(slots=True)
class Chance:
    """One contact's chance: the key of its id, made when first needed, and how often each kind of answer was drawn."""

    world: int
    contact: str
    drawn: dict[int, int] = field(default_factory=dict)
    _key: int = -1

    @property
    def key(self) -> int:
        if self._key < 0:
            self._key = draws.extend(self.world, draws.hash_text(self.contact))
        return self._key


def make_world(ready: Ready, scenario: plan.World, seed: int, replication: int) -> World:
    """Makes a scenario ready for the plan that `ready` was prepared from, with this scenario."""
    lines: dict[str, tuple[Line, ...]] = {}
    for order, (answer, where) in enumerate(zip(scenario.answers, ready.answers, strict=True)):
        line = _line(ready, order, answer, where)
        for event in answer.cause.events:
            lines[event] = (*lines.get(event, ()), line)
    return World(draws.key(seed, replication), lines, _rates(scenario, ready.rates))


def _line(ready: Ready, order: int, answer: plan.Answer, where: Test | None) -> Line:
    kind = ready.events.get(answer.event)
    rank = (bool(answer.cause.names), where is not None)
    threshold = draws.WHOLE * answer.share // MILLION
    is_message = bool(kind and kind.channel and not answer.name)
    about, noun = (kind.about, kind.noun) if kind else ("", "")
    causes = (ready.events.get(event) for event in answer.cause.events)
    alike = frozenset(cause.id for cause in causes if cause and noun and cause.noun == noun)
    what = draws.key(answer.event, answer.name)
    return Line(order, answer, where, threshold, rank, what, is_message, about, alike)


def _rates(scenario: plan.World, wheres: tuple[Test | None, ...]) -> tuple[tuple[plan.Rate, Test | None, int], ...]:
    """Rates with the part of their key that is the same for all contacts: event, name and ordinal among equals."""
    seen: dict[tuple[str, str], int] = {}
    found = []
    for rate, where in zip(scenario.rates, wheres, strict=True):
        ordinal = seen[rate.event, rate.name] = seen.get((rate.event, rate.name), -1) + 1
        found.append((rate, where, draws.key("rate", rate.event, rate.name, ordinal)))
    return tuple(found)


def chance_of(world: World, contact: str) -> Chance:
    """The chance of one contact, by its id."""
    return Chance(world.key, contact)


def respond(world: World, chance: Chance, state: State, record: Record) -> list[tuple[int, int, Happening]]:
    """What a row brings about later: (due ms, line, happening) for each answer that is drawn to happen."""
    found: list[tuple[int, int, Happening]] = []
    lines = world.lines.get(_cause(record))
    if not lines:
        return found
    for line in _most_specific(lines, state, record):
        delay = _drawn(line, chance, record)
        if delay:
            found.append((record.time + delay, line.order, _answer(line, record)))
    return found


def _answer(line: Line, record: Record) -> Happening:
    """What happens: to the same message, the same thing, the same related object, where the line names no other."""
    if line.is_message:
        return Happening(line.answer.event, record.name, send=record.send)
    name = line.answer.name or (record.name if record.action in line.alike else "")
    is_same = line.about and line.about == record.object_kind and line.answer.name in ("", record.name)
    return Happening(line.answer.event, name, record.object_id if is_same else "")


def _cause(record: Record) -> str:
    """The event that a row stands for: a message sent is one received; one that a table says was received is not."""
    if record.kind == "event":
        return "" if record.action in _RECEIVED.values() else record.action
    return _RECEIVED[record.channel] if record.send >= 0 else ""


def _most_specific(lines: tuple[Line, ...], state: State, record: Record) -> list[Line]:
    """Of the lines that fit, one for each kind of answer: the one that says most (a name, then a condition)."""
    if len(lines) == 1 and lines[0].where is None:
        names = lines[0].answer.cause.names
        return list(lines) if not names or record.name in names else []
    best: dict[int, Line] = {}
    for line in lines:
        names = line.answer.cause.names
        if names and record.name not in names:
            continue
        if line.what in best and best[line.what].rank >= line.rank:
            continue
        if line.where is None or line.where(state, NOBODY, record.time):
            best[line.what] = line
    return sorted(best.values(), key=lambda line: line.order)


def _drawn(line: Line, chance: Chance, record: Record) -> int:
    """The delay in ms of an answer that happens, 0 of one that does not; either way one draw is used up."""
    cause = record.action if record.kind == "event" else ""
    key = draws.extend(chance.key, _asked(record.channel, record.name, line.what, cause))
    k = chance.drawn[key] = chance.drawn.get(key, -1) + 1
    if not draws.hits(draws.draw(key, 2 * k), line.threshold):
        return 0
    return laws.delay(line.answer.delay, draws.draw(key, 2 * k + 1))


@lru_cache(maxsize=4096)
def _asked(channel: str, message: str, what: int, cause: str) -> int:
    """The part of an answer's key that is the same for all contacts; without a cause it answers a message sent.

    Causes draw apart: a line about openings does not change who does the same after a click.
    """
    return draws.key(channel, message, what, cause) if cause else draws.key(channel, message, what)


def next_of_rate(world: World, chance: Chance, number: int, k: int, after: int) -> tuple[int, Happening]:
    """The k-th event (from 0) of a rate and when it comes, `after` the one before it."""
    rate, _, part = world.rates[number]
    gap = laws.delay(rate.gaps, draws.draw(draws.extend(chance.key, part), k))
    return after + gap, Happening(rate.event, rate.name)
