"""Ways that runs have gone: how many are where in time, and what is known of their messages; they wait and part.

A Way is a measure on time. Its moments are exact ms where tables and fixed waits made them; an answer brought by chance
leaves runs spread evenly over minutes (`is_spread`), each from its moment on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from flowdsl.forecasting.exact.odds import CELL, Odds, convolved, halves
from flowdsl.forecasting.hours import Amounts, Integers

LEAST = 1e-13  # of a run: what is less is rounding
MOST_GRIDS = 100  # offsets within a minute that are kept apart


class Unknown(Exception):
    """What became of a message by now hangs on a moment that is no longer known."""


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """The latest send of one message in a run: `is_set` once the answer has come that the flow asks for.

    sent, clear  for each moment of the Way: when it was sent, and until when no answer had come; None: no longer known
    """

    is_set: bool
    sent: Integers | None = None
    clear: Integers | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Runs that went the same way: `mass` of them at each of `times` (ms).

    happened  whether the last wait ended by its event
    messages  those sent, by "email:Launch"; skipped: those whose latest attempt was skipped
    turns     rounds of each repeat
    """

    times: Integers
    mass: Amounts
    is_spread: bool = False
    happened: bool = False
    messages: Mapping[str, Message] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
    turns: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.times)

    def with_message(self, key: str, message: Message) -> Way:
        """The same with what is now known of a message."""
        return replace(self, messages={**self.messages, key: message})


def weighed(way: Way, chances: Amounts) -> Way:
    """The part of a way's runs that has these chances, moment by moment."""
    mass = way.mass * chances
    there = np.flatnonzero(mass > LEAST)
    messages = {
        key: replace(one, sent=None if one.sent is None else one.sent[there],
                     clear=None if one.clear is None else one.clear[there])
        for key, one in way.messages.items()
    }  # fmt: skip
    return replace(way, times=way.times[there], mass=mass[there], messages=messages)


# --- waiting for a time -----------------------------------------------------------------------------------------------


def each(times: Integers, due: Callable[[int], int]) -> Integers:
    """A function of one moment, for many."""
    different, places = np.unique(times, return_inverse=True)
    return np.array([due(int(time)) for time in different], dtype=np.int64)[places]


def until(way: Way, due: Callable[[int], int]) -> Iterator[Way]:
    """Every run waits until a moment of the clock; who is past it goes on at once.

    Of runs spread over a minute in which the moment changes, half go either way.
    """
    if not way.is_spread:
        yield replace(way, times=np.maximum(each(way.times, due), way.times))
        return
    first, last = each(way.times + 1, due), each(way.times + CELL - 1, due)
    stays = (first <= way.times + 1) & (last <= way.times + CELL - 1)
    yield weighed(way, np.where(stays, 1.0, 0.0))
    for moments, share in ((first, np.where(first == last, 1.0, 0.5)), (last, np.where(first == last, 0.0, 0.5))):
        moved = replace(way, times=np.maximum(moments, way.times), is_spread=False, messages=_in_the_middle(way))
        yield weighed(moved, np.where(stays, 0.0, share))


def _in_the_middle(way: Way) -> Mapping[str, Message]:
    """Messages whose times were spread with the runs' own: in the middle of their minutes."""
    return {
        key: one
        if one.sent is None or one.clear is None
        else replace(one, sent=one.sent + CELL // 2, clear=one.clear + CELL // 2)
        for key, one in way.messages.items()
    }


# --- answers ----------------------------------------------------------------------------------------------------------


def parted(way: Way, key: str, odds: Odds) -> Iterator[Way]:
    """Runs for which a message has been answered by now, and those for which it has not. Raises Unknown."""
    message = way.messages[key]
    if message.is_set or not odds.share:
        yield way
        return
    sent, clear = _known(message)
    before, now = odds.by(clear - sent), odds.by(way.times - sent)
    answered = (now - before) / _rest(before)
    yield weighed(way, answered).with_message(key, Message(is_set=True))
    yield weighed(way.with_message(key, Message(False, sent, way.times)), 1 - answered)


def _known(message: Message) -> tuple[Integers, Integers]:
    if message.sent is None or message.clear is None:
        raise Unknown
    return message.sent, message.clear


def _rest(before: Amounts) -> Amounts:
    return np.maximum(1 - before, 1e-300)


def answers(way: Way, key: str, odds: Odds, deadline: Integers, last: int) -> Iterator[Way]:
    """Runs that wait for an answer from now to a deadline: first those that get it, each at its moment, then the others
    at the deadline. Raises Unknown. last: nothing is asked about this moment or later ones.
    """
    message = way.messages[key]
    if message.is_set or not odds.share:
        yield replace(way, times=deadline, happened=False)
        return
    sent, clear = _known(message)
    before, now, end = (odds.by(moment - sent) for moment in (clear, way.times, deadline))
    chances = (end - now) / _rest(before)
    if odds.fixed is not None:
        found = weighed(replace(way, times=sent + odds.fixed, happened=True), chances)
        yield found.with_message(key, Message(is_set=True))
    else:
        yield _spread(way, key, odds, (sent, now, end, _rest(before), deadline), last)
    early = (now - before) / _rest(before)  # it came before the wait began, and does not come again
    yield weighed(replace(way, times=deadline, happened=False), early).with_message(key, Message(is_set=True))
    late = replace(way, times=deadline, happened=False).with_message(key, Message(False, sent, deadline))
    yield weighed(late, (1 - end) / _rest(before))


def _spread(
    way: Way, key: str, odds: Odds, known: tuple[Integers, Amounts, Amounts, Amounts, Integers], last: int
) -> Way:
    """The runs that get the answer while they wait, spread over minutes."""
    sent, _, _, rest, deadline = known
    sent, low, high, mass = _on_grids(
        sent, way.times - sent, np.minimum(deadline - sent, last - sent.min()), way.mass / rest
    )
    times, masses = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    kinds, of = np.unique(np.stack([sent % CELL, low, high]), axis=1, return_inverse=True)
    for number, (offset, since, until) in enumerate(kinds.T.tolist()):
        mine = of.ravel() == number
        cells = _cells(odds, since, until)
        begins = (sent[mine] - offset) // CELL
        first = int(begins.min())
        there: Amounts = np.bincount(begins - first, weights=mass[mine]).astype(np.float64)
        found = convolved(there, halves(cells) if way.is_spread else cells)
        times.append((np.arange(len(found)) + first + since // CELL) * CELL + offset)
        masses.append(found)
    others = {name: replace(one, sent=None, clear=None) for name, one in way.messages.items()}
    others[key] = Message(is_set=True)
    merged, places = np.unique(np.concatenate(times), return_inverse=True)
    total: Amounts = np.bincount(places.ravel(), np.concatenate(masses), len(merged)).astype(np.float64)
    whole = replace(way, times=merged, mass=total, is_spread=True, happened=True, messages=others)
    return weighed(whole, np.where(merged < last, 1.0, 0.0))


def _cells(odds: Odds, since: int, until: int) -> Amounts:
    """How many answers come in each minute after the message, between two ms after it."""
    edges = np.arange(since // CELL, -(-max(until, since + 1) // CELL) + 1) * float(CELL)
    return np.diff(odds.by(np.clip(edges, since, max(until, since))))


def _on_grids(
    sent: Integers, low: Integers, high: Integers, mass: Amounts
) -> tuple[Integers, Integers, Integers, Amounts]:
    """Messages that were sent at too many different parts of a minute are shared out to the whole minutes around."""
    if len(np.unique(sent % CELL)) <= MOST_GRIDS:
        return sent, low, high, mass
    part = (sent % CELL) / CELL
    down = sent - sent % CELL
    return (
        np.concatenate((down, down + CELL)),
        np.concatenate((low, low)),
        np.concatenate((high, high)),
        np.concatenate((mass * (1 - part), mass * part)),
    )
