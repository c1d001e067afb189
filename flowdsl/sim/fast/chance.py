"""What contacts do by chance, compiled: rates, shares and answers, drawn by key.

The twin of sim.rates, sim.shares and sim.world. Keys and random numbers are unsigned words; where they lie in the state
they are the same bits.
"""

from __future__ import annotations

from flowdsl.calendar.clock import DAY, NEVER, Window, after_open, is_open, open_time
from flowdsl.chance import keyed_draws
from flowdsl.chance.delay_laws import delay, stretched
from flowdsl.chance.heterogeneity import KNOTS, own_gap
from flowdsl.chance.keyed_draws import draw, extend, hits
from flowdsl.sim.chance import threshold
from flowdsl.sim.common_factors import KEPT
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.cells import fits, put
from flowdsl.sim.fast.conditions import test, zone_at
from flowdsl.sim.fast.heap import push
from flowdsl.sim.fast.words import PlanWords, StateWords, pairs, signed, unsigned
from flowdsl.sim.rates import mean_gap, open_mean


def _key(p: PlanWords, s: StateWords) -> int:
    """The key of the contact, which all its chance hangs on."""
    return extend(unsigned(p[at.WORLD_KEY]), unsigned(s[at.HASH]))


def _drawn_delay(p: PlanWords, table: int, count: int, number: int) -> int:
    return delay(p[table : table + count], number)


def _own(p: PlanWords, s: StateWords, table: int, place: int) -> int:
    """What the contact has of a table of quantiles, at least a millionth."""
    return _drawn_delay(p, table, KNOTS, draw(extend(_key(p, s), unsigned(place)), unsigned(0)))


# --- what they do by themselves ---------------------------------------------------------------------------------------


def expect_rate(p: PlanWords, s: StateWords, number: int, after: int) -> None:
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
    group = p[rate + at.RATE_GROUP]
    if group >= 0:
        mean = own_gap(mean, s[_of_group(p, s, group) + at.OWN_FACTOR])
    elif p[rate + at.RATE_SPREAD] >= 0:
        mean = own_gap(mean, _own(p, s, p[rate + at.RATE_SPREAD], p[rate + at.RATE_PLACE]))
    drawn = draw(extend(_key(p, s), unsigned(p[rate + at.RATE_KEY])), unsigned(turn))
    gap = _drawn_delay(p, p[at.UNIT], p[at.N_UNIT], drawn)
    first = p[rate + at.RATE_OPEN]
    if first < 0:
        s[place] = after + stretched(gap, mean)
    else:
        opened = pairs(p[first + 1 : first + 1 + 2 * p[first]])
        length = stretched(gap, open_mean(mean, open_time(opened)))
        s[place] = after_open(after, length, opened, zone_at(p, s, -1))
    if group >= 0 and s[place] > s[_of_group(p, s, group) + at.OWN_UNTIL]:
        s[place] = NEVER


def _of_group(p: PlanWords, s: StateWords, group: int) -> int:
    """Where the contact's own numbers of a rate begin."""
    place: int = s[at.OWN] + p[at.N_OWN] + at.OWN_WIDTH * group
    return place


def has_left(p: PlanWords, s: StateWords, number: int) -> bool:
    """Whether the contact has had its last event of a rate."""
    group = p[p[at.RATES] + number * at.RATE_WIDTH + at.RATE_GROUP]
    if group < 0:
        return False
    return s[s[at.RATE_DUE] + 3 * p[at.N_RATES] + group] >= s[_of_group(p, s, group) + at.OWN_EVENTS]


def is_kept(p: PlanWords, s: StateWords, number: int, now: int) -> bool:
    """Whether the event of a rate that is due now happens, for the factor of its day. The next one is drawn already."""
    rate, place = p[at.RATES] + number * at.RATE_WIDTH, s[at.RATE_DUE] + 3 * number
    bounds = p[rate + at.RATE_BOUNDS]
    if bounds < 0:
        return True
    key = extend(extend(_key(p, s), unsigned(p[rate + at.RATE_KEY])), KEPT)
    day = min(max((now - p[rate + at.RATE_FIRST]) // DAY, 0), p[bounds] - 1)
    return hits(draw(key, unsigned(s[place + 1] - 2)), unsigned(p[bounds + 1 + day]))


def count_of_rate(p: PlanWords, s: StateWords, number: int) -> None:
    """Counts an event of a rate."""
    group = p[p[at.RATES] + number * at.RATE_WIDTH + at.RATE_GROUP]
    if group >= 0:
        s[s[at.RATE_DUE] + 3 * p[at.N_RATES] + group] += 1


def speaks(p: PlanWords, s: StateWords, nobody: int, number: int, now: int) -> bool:
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


def _is_open(p: PlanWords, s: StateWords, rate: int, now: int) -> bool:
    if p[rate + at.RATE_WINDOWED] == 0:
        return True
    window = Window(p[rate + at.RATE_DAYS], p[rate + at.RATE_FROM], p[rate + at.RATE_TO])
    return is_open(now, window, zone_at(p, s, -1))


# --- what they are at the beginning -----------------------------------------------------------------------------------


def give(p: PlanWords, s: StateWords, nobody: int) -> None:
    """Puts a contact into the states that it is drawn to be in; every line looks at what was there before."""
    for n in range(p[at.N_SHARES]):
        s[s[at.PICKED] + n] = _is_given(p, s, nobody, n)
    for n in range(p[at.N_SHARES]):
        share = p[at.SHARES] + n * at.SHARE_WIDTH
        if s[s[at.PICKED] + n]:
            key = extend(_key(p, s), unsigned(p[share + at.SH_KEY]))
            bound = _bound(p, s, p[share + at.SH_OWN], p[share + at.SH_THRESHOLD])
            if hits(draw(key, unsigned(0)), unsigned(bound)):
                put(s, p[share + at.SH_FAMILY], p[share + at.SH_NAME], True)


def _is_given(p: PlanWords, s: StateWords, nobody: int, one: int) -> int:
    """Whether a line is about this contact, and none before it says the same; those that say more stand before."""
    share = p[at.SHARES] + one * at.SHARE_WIDTH
    for n in range(one):
        other = p[at.SHARES] + n * at.SHARE_WIDTH
        is_same = p[other + at.SH_FAMILY] == p[share + at.SH_FAMILY] and p[other + at.SH_NAME] == p[share + at.SH_NAME]
        if is_same and s[s[at.PICKED] + n]:
            return 0
    where = p[share + at.SH_WHERE]
    return 1 if where < 0 or test(p, s, nobody, where, s[at.BORN]) else 0


def _bound(p: PlanWords, s: StateWords, own: int, bound: int) -> int:
    """A share as a threshold of draws: the contact's own, where it has one."""
    return int(s[s[at.OWN] + own]) if own >= 0 else bound


# --- what they answer -------------------------------------------------------------------------------------------------


def respond(p: PlanWords, s: StateWords, nobody: int) -> None:
    """Draws what the rows of this instant bring about later."""
    for n in range(s[at.N_CAUSES]):
        _respond_to(p, s, nobody, s[at.CAUSES] + n * p[at.CAUSE_WORDS])
    s[at.N_CAUSES] = 0


def _respond_to(p: PlanWords, s: StateWords, nobody: int, cause: int) -> None:
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


def _fits(p: PlanWords, s: StateWords, nobody: int, cause: int, line: int) -> int:
    if p[line + at.LINE_MATCH] >= 0 and not fits(
        p, s, p[line + at.LINE_MATCH], s[cause + at.Y_NAME], cause + at.Y_FIELDS
    ):
        return 0
    where = p[line + at.LINE_WHERE]
    return 1 if where < 0 or test(p, s, nobody, where, s[cause + at.Y_TIME]) else 0


def _is_beaten(p: PlanWords, s: StateWords, first: int, count: int, one: int) -> bool:
    """Whether another line that fits says more of the same answer, or as much and stands before it."""
    line = first + one * at.LINE_WIDTH
    for n in range(count):
        other = first + n * at.LINE_WIDTH
        if n != one and s[s[at.PICKED] + n] and p[other + at.LINE_GROUP] == p[line + at.LINE_GROUP]:
            rank, own = p[other + at.LINE_RANK], p[line + at.LINE_RANK]
            if rank > own or (rank == own and n < one):
                return True
    return False


def _ask(p: PlanWords, s: StateWords, cause: int, line: int) -> None:
    """Draws one answer; either way one draw is used up."""
    key = extend(_key(p, s), unsigned(_asked(p, s, cause, line)))
    k = unsigned(2 * _turn(s, signed(key)))
    bound = _bound(p, s, p[line + at.LINE_OWN], p[line + at.LINE_THRESHOLD])
    if p[line + at.LINE_SPREAD] >= 0:
        bound = threshold(_own(p, s, p[line + at.LINE_SPREAD], p[line + at.LINE_PLACE]))
    if s[at.FULL] or not hits(draw(key, k), unsigned(bound)):
        return
    drawn = draw(key, k + unsigned(1))
    wait = _drawn_delay(p, p[line + at.LINE_DELAY], p[line + at.LINE_N_DELAY], drawn)
    _expect(p, s, cause, line, s[cause + at.Y_TIME] + wait)


def _asked(p: PlanWords, s: StateWords, cause: int, line: int) -> int:
    """The part of an answer's key that is the same for all contacts; that of messages is made once."""
    if s[cause + at.Y_MESSAGE] == 0:
        return _hashed(p, s, cause, line)
    about = (s[cause + at.Y_CHANNEL] << 32 | s[cause + at.Y_NAME]) + 1
    asked = s[at.ASKED] + p[line + at.LINE_ORDER] * at.ASKED_WIDTH
    if s[asked] != about:
        s[asked], s[asked + at.ASKED_KEY] = about, signed(_hashed(p, s, cause, line))
    return unsigned(s[asked + at.ASKED_KEY])


def _hashed(p: PlanWords, s: StateWords, cause: int, line: int) -> int:
    hashes = p[at.HASHES]
    key = extend(keyed_draws.BASIS, unsigned(p[hashes + s[cause + at.Y_CHANNEL]]))
    key = extend(key, unsigned(p[hashes + s[cause + at.Y_NAME]]))
    key = extend(key, unsigned(p[line + at.LINE_WHAT]))
    if s[cause + at.Y_MESSAGE]:
        return key
    said = p[p[at.EVENTS] + s[cause + at.Y_EVENT] * at.EVENT_WIDTH + at.E_NAME]
    return extend(key, unsigned(p[hashes + said]))


def _turn(s: StateWords, key: int) -> int:
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


def _expect(p: PlanWords, s: StateWords, cause: int, line: int, due: int) -> None:
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
