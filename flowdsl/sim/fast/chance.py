"""What contacts do by chance, compiled: rates, shares and answers, drawn by key.

The twin of sim.rates, sim.shares and sim.world. Keys and random numbers are unsigned words; where they lie in the state
they are the same bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowdsl.calendar.clock import NEVER
from flowdsl.chance import keyed_draws
from flowdsl.chance.heterogeneity import KNOTS
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.cells import fits, put
from flowdsl.sim.fast.conditions import test, zone_at
from flowdsl.sim.fast.heap import push
from flowdsl.sim.fast.twins import (
    Window,
    after_open,
    compiled,
    delay,
    draw,
    extend,
    hits,
    is_open,
    mean_gap,
    open_mean,
    open_time,
    own_gap,
    stretched,
    threshold,
)
from flowdsl.sim.fast.words import Words

BASIS = np.uint64(keyed_draws.BASIS)


@compiled
def signed(word: int) -> int:
    """An unsigned word as a whole number: the same bits."""
    return int(np.int64(word))


@compiled
def _key(p: Words, s: Words) -> int:
    """The key of the contact, which all its chance hangs on."""
    return extend(np.uint64(p[at.WORLD_KEY]), np.uint64(s[at.HASH]))


@compiled
def _drawn_delay(p: Words, table: int, count: int, number: int) -> int:
    knots: Any = p[table : table + count]
    return signed(delay(knots.view(np.uint64), number))


@compiled
def _own(p: Words, s: Words, table: int, place: int) -> int:
    """What the contact has of a table of quantiles, at least a millionth."""
    return _drawn_delay(p, table, KNOTS, draw(extend(_key(p, s), np.uint64(place)), np.uint64(0)))


# --- what they do by themselves ---------------------------------------------------------------------------------------


@compiled
def expect_rate(p: Words, s: Words, number: int, after: int) -> None:
    """Draws when the next event of a rate comes, `after` the one before it."""
    rate, place = p[at.RATES] + number * at.RATE_WIDTH, s[at.RATE_DUE] + 3 * number
    turn = s[place + 1]
    s[place + 1] = turn + 1
    mean = p[rate + at.RATE_MEAN]
    if p[rate + at.RATE_OWN] >= 0:
        mean = mean_gap(s[s[at.OWN] + p[rate + at.RATE_OWN]], p[rate + at.RATE_PER_MS])
    if mean >= NEVER:
        s[place] = NEVER
        return
    if p[rate + at.RATE_SPREAD] >= 0:
        mean = own_gap(mean, _own(p, s, p[rate + at.RATE_SPREAD], p[rate + at.RATE_PLACE]))
    drawn = draw(extend(_key(p, s), np.uint64(p[rate + at.RATE_KEY])), np.uint64(turn))
    gap = _drawn_delay(p, p[at.UNIT], p[at.N_UNIT], drawn)
    first = p[rate + at.RATE_OPEN]
    if first < 0:
        s[place] = after + stretched(gap, mean)
    else:
        words: Any = p[first + 1 : first + 1 + 2 * p[first]]
        opened = words.reshape(p[first], 2)
        length = stretched(gap, open_mean(mean, open_time(opened)))
        s[place] = after_open(after, length, opened, zone_at(p, s, -1))


@compiled
def speaks(p: Words, s: Words, nobody: int, number: int, now: int) -> bool:
    """Whether an event of a rate that is due now happens: the line is about this contact, and none says more."""
    rate = p[at.RATES] + number * at.RATE_WIDTH
    if p[rate + at.RATE_WHERE] >= 0 and not test(p, s, nobody, p[rate + at.RATE_WHERE], now):
        return False
    over = p[rate + at.RATE_OVER]
    for n in range(p[over]):
        other = p[at.RATES] + p[over + 1 + n] * at.RATE_WIDTH  # it has a `where`, so nothing says more than it
        if _is_open(p, s, other, now) and test(p, s, nobody, p[other + at.RATE_WHERE], now):
            return False
    return True


@compiled
def _is_open(p: Words, s: Words, rate: int, now: int) -> bool:
    if p[rate + at.RATE_WINDOWED] == 0:
        return True
    window = Window(p[rate + at.RATE_DAYS], p[rate + at.RATE_FROM], p[rate + at.RATE_TO])
    return is_open(now, window, zone_at(p, s, -1))


# --- what they are at the beginning -----------------------------------------------------------------------------------


@compiled
def give(p: Words, s: Words, nobody: int) -> None:
    """Puts a contact into the states that it is drawn to be in; every line looks at what was there before."""
    for n in range(p[at.N_SHARES]):
        s[s[at.PICKED] + n] = _is_given(p, s, nobody, n)
    for n in range(p[at.N_SHARES]):
        share = p[at.SHARES] + n * at.SHARE_WIDTH
        if s[s[at.PICKED] + n]:
            key = extend(_key(p, s), np.uint64(p[share + at.SH_KEY]))
            bound = _bound(p, s, p[share + at.SH_OWN], p[share + at.SH_THRESHOLD])
            if hits(draw(key, np.uint64(0)), np.uint64(bound)):
                put(s, p[share + at.SH_FAMILY], p[share + at.SH_NAME], True)


@compiled
def _is_given(p: Words, s: Words, nobody: int, one: int) -> int:
    """Whether a line is about this contact, and none before it says the same; those that say more stand before."""
    share = p[at.SHARES] + one * at.SHARE_WIDTH
    for n in range(one):
        other = p[at.SHARES] + n * at.SHARE_WIDTH
        is_same = p[other + at.SH_FAMILY] == p[share + at.SH_FAMILY] and p[other + at.SH_NAME] == p[share + at.SH_NAME]
        if is_same and s[s[at.PICKED] + n]:
            return 0
    where = p[share + at.SH_WHERE]
    return 1 if where < 0 or test(p, s, nobody, where, s[at.BORN]) else 0


@compiled
def _bound(p: Words, s: Words, own: int, bound: int) -> int:
    """A share as a threshold of draws: the contact's own, where it has one."""
    return int(s[s[at.OWN] + own]) if own >= 0 else bound


# --- what they answer -------------------------------------------------------------------------------------------------


@compiled
def respond(p: Words, s: Words, nobody: int) -> None:
    """Draws what the rows of this instant bring about later."""
    for n in range(s[at.N_CAUSES]):
        _respond_to(p, s, nobody, s[at.CAUSES] + n * p[at.CAUSE_WORDS])
    s[at.N_CAUSES] = 0


@compiled
def _respond_to(p: Words, s: Words, nobody: int, cause: int) -> None:
    """Of the lines that fit, one for each kind of answer is drawn: the one that says most."""
    kind = p[at.EVENTS] + s[cause + at.Y_EVENT] * at.EVENT_WIDTH
    first, count = p[kind + at.E_LINES], p[kind + at.E_N_LINES]
    if count == 1:
        if _fits(p, s, nobody, cause, first):
            _ask(p, s, cause, first)
        return
    for n in range(count):
        s[s[at.PICKED] + n] = _fits(p, s, nobody, cause, first + n * at.LINE_WIDTH)
    for n in range(count):
        if s[s[at.PICKED] + n] and not _is_beaten(p, s, first, count, n):
            _ask(p, s, cause, first + n * at.LINE_WIDTH)


@compiled
def _fits(p: Words, s: Words, nobody: int, cause: int, line: int) -> int:
    if p[line + at.LINE_MATCH] >= 0 and not fits(
        p, s, p[line + at.LINE_MATCH], s[cause + at.Y_NAME], cause + at.Y_FIELDS
    ):
        return 0
    where = p[line + at.LINE_WHERE]
    return 1 if where < 0 or test(p, s, nobody, where, s[cause + at.Y_TIME]) else 0


@compiled
def _is_beaten(p: Words, s: Words, first: int, count: int, one: int) -> bool:
    """Whether another line that fits says more of the same answer, or as much and stands before it."""
    line = first + one * at.LINE_WIDTH
    for n in range(count):
        other = first + n * at.LINE_WIDTH
        if n != one and s[s[at.PICKED] + n] and p[other + at.LINE_GROUP] == p[line + at.LINE_GROUP]:
            rank, own = p[other + at.LINE_RANK], p[line + at.LINE_RANK]
            if rank > own or (rank == own and n < one):
                return True
    return False


@compiled
def _ask(p: Words, s: Words, cause: int, line: int) -> None:
    """Draws one answer; either way one draw is used up."""
    key = extend(_key(p, s), np.uint64(_asked(p, s, cause, line)))
    k = np.uint64(2 * _turn(s, signed(key)))
    bound = _bound(p, s, p[line + at.LINE_OWN], p[line + at.LINE_THRESHOLD])
    if p[line + at.LINE_SPREAD] >= 0:
        bound = threshold(_own(p, s, p[line + at.LINE_SPREAD], p[line + at.LINE_PLACE]))
    if s[at.FULL] or not hits(draw(key, k), np.uint64(bound)):
        return
    drawn = draw(key, k + np.uint64(1))
    wait = _drawn_delay(p, p[line + at.LINE_DELAY], p[line + at.LINE_N_DELAY], drawn)
    _expect(p, s, cause, line, s[cause + at.Y_TIME] + wait)


@compiled
def _asked(p: Words, s: Words, cause: int, line: int) -> int:
    """The part of an answer's key that is the same for all contacts; that of messages is made once."""
    if s[cause + at.Y_MESSAGE] == 0:
        return _hashed(p, s, cause, line)
    about = (s[cause + at.Y_CHANNEL] << 32 | s[cause + at.Y_NAME]) + 1
    asked = s[at.ASKED] + p[line + at.LINE_ORDER] * at.ASKED_WIDTH
    if s[asked] != about:
        s[asked], s[asked + at.ASKED_KEY] = about, signed(_hashed(p, s, cause, line))
    return np.uint64(s[asked + at.ASKED_KEY])  # type: ignore[return-value]


@compiled
def _hashed(p: Words, s: Words, cause: int, line: int) -> int:
    hashes = p[at.HASHES]
    key = extend(BASIS, np.uint64(p[hashes + s[cause + at.Y_CHANNEL]]))
    key = extend(key, np.uint64(p[hashes + s[cause + at.Y_NAME]]))
    key = extend(key, np.uint64(p[line + at.LINE_WHAT]))
    if s[cause + at.Y_MESSAGE]:
        return key
    said = p[p[at.EVENTS] + s[cause + at.Y_EVENT] * at.EVENT_WIDTH + at.E_NAME]
    return extend(key, np.uint64(p[hashes + said]))


@compiled
def _turn(s: Words, key: int) -> int:
    """How often an answer has been drawn under this key before; counts it."""
    place = s[at.DRAWN]
    for _ in range(s[at.N_DRAWN]):
        if s[place] == key:
            s[place + 1] += 1
            return int(s[place + 1])
        place += 2
    if s[at.N_DRAWN] == s[at.MOST_DRAWN]:
        s[at.FULL] = at.MOST_DRAWN
        return 0
    s[at.N_DRAWN] += 1
    s[place] = key
    s[place + 1] = 0
    return 0


@compiled
def _expect(p: Words, s: Words, cause: int, line: int, due: int) -> None:
    """Puts an answer among those to come: to the same message, thing or object, where the line names no other."""
    if s[at.N_ANSWERS] == s[at.MOST_ANSWERS]:
        s[at.FULL] = at.MOST_ANSWERS
        return
    name, identity, send = p[line + at.LINE_NAME], at.NOTHING, -1
    if p[line + at.LINE_MESSAGE]:
        name, send = s[cause + at.Y_NAME], s[cause + at.Y_SEND]
    else:
        is_same = name == at.NOTHING or name == s[cause + at.Y_NAME]
        if p[line + at.LINE_ABOUT] and p[line + at.LINE_ABOUT] == s[cause + at.Y_KIND] and is_same:
            identity = s[cause + at.Y_OBJECT]
        if name == at.NOTHING and p[line + at.LINE_ALIKE] and s[cause + at.Y_MESSAGE] == 0:
            name = s[cause + at.Y_NAME]
    place = s[at.ANSWERS] + s[at.N_ANSWERS] * at.ANSWER_WIDTH
    s[at.ANSWER_NUMBER] += 1
    s[place] = due
    s[place + 1] = p[line + at.LINE_ORDER] << 32 | s[at.ANSWER_NUMBER]
    s[place + 2], s[place + 3], s[place + 4] = name, identity, send
    push(s, s[at.ANSWERS], s[at.N_ANSWERS], at.ANSWER_WIDTH)
    s[at.N_ANSWERS] += 1
