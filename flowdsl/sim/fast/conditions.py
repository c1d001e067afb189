"""Evaluates conditions, which are written in postfix order.

The twin of machine.conditions. Each operation leaves a yes or no on a small stack; nothing is cut short, for no
operation changes anything. A missing value makes a comparison false, and so does one of another kind.
"""

from __future__ import annotations

from flowdsl.calendar.clock import DAY, NEVER, add_months, after, before, local_day, moved, shifted
from flowdsl.calendar.zones import Zone
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.cells import (
    count_after,
    find_object,
    find_tally,
    holds,
    kept,
    matches,
    message,
    run_message,
    set_of,
    tally_at,
)
from flowdsl.sim.fast.words import PlanWords, StateWords, as_decimal

NO_DATE_THERE = -NEVER
ALL_REFUSALS = at.REFUSED | at.HAS_UNSUBSCRIBED | at.HAS_BOUNCED


def zone_at(p: PlanWords, s: StateWords, number: int) -> Zone:
    """A zone by its number; -1 is the contact's own."""
    row = p[at.ZONES] + 3 * (number if number >= 0 else s[at.ZONE])
    first, offsets, count = p[row], p[row + 1], p[row + 2]
    return Zone("", tuple(p[first : first + count]), tuple(p[offsets : offsets + count]))


def read(p: PlanWords, s: StateWords, run: int, ref: int) -> tuple[int, int]:
    """The kind and the word of a value: of the contact, of the run's trigger, or of its object as it is now."""
    number = p[ref + 1]
    if p[ref] == at.OF_CONTACT:
        place = s[at.COLUMNS] + 2 * number
        return s[place], s[place + 1]
    if p[ref] == at.OF_TRIGGER:
        place = run + p[at.RUN_TRIGGER] + 2 * number
        return s[place], s[place + 1]
    if s[run + at.R_KIND] == p[ref + 2]:
        place = find_object(p, s, s[run + at.R_KIND], s[run + at.R_OBJECT])
        if place >= 0:
            return s[place + 2 + 2 * number], s[place + 3 + 2 * number]
    return at.MISSING, 0


def moment_of(kind: int, value: int, months: int, days: int, ms: int, minute: int, zone: Zone) -> int:
    """The moment so far from a value; NO_DATE_THERE when that is no date. A date without a time is moved as a date."""
    if kind == at.TIME:
        return int(shifted(value, months, days, ms, minute, zone))
    if kind == at.DATE:
        return int(moved(value * DAY, months, days, ms, minute, zone))
    return NO_DATE_THERE


# --- comparisons ------------------------------------------------------------------------------------------------------


def _in_order(order: int, left: int, right: int) -> bool:
    if order == at.EQ:
        return left == right
    if order == at.NE:
        return left != right
    if order == at.LT:
        return left < right
    if order == at.LE:
        return left <= right
    if order == at.GT:
        return left > right
    if order == at.GE:
        return left >= right
    return order == at.YES


def _in_order_decimal(order: int, left: float, right: float) -> bool:
    if order == at.EQ:
        return left == right
    if order == at.NE:
        return left != right
    if order == at.LT:
        return left < right
    if order == at.LE:
        return left <= right
    if order == at.GT:
        return left > right
    if order == at.GE:
        return left >= right
    return order == at.YES


def _is_text(p: PlanWords, s: StateWords, run: int, one: int) -> bool:
    """IS_TEXT ref order text: by the numbers of texts, or by their places among all texts in order."""
    kind, value = read(p, s, run, one + 1)
    if kind != at.TEXT:
        return False
    if p[one + 4] == at.EQ or p[one + 4] == at.NE:
        return _in_order(p[one + 4], value, p[one + 5])
    return _in_order(p[one + 4], p[p[at.RANKS] + value], p[p[at.RANKS] + p[one + 5]])


def _is_yes(p: PlanWords, s: StateWords, run: int, one: int) -> bool:
    kind, value = read(p, s, run, one + 1)
    return kind == at.YES_NO and _in_order(p[one + 4], value, p[one + 5])


def _is_number(p: PlanWords, s: StateWords, run: int, one: int) -> bool:
    """IS_NUMBER ref order whole order decimal order huge: a comparison for each way in which a number is kept."""
    kind, value = read(p, s, run, one + 1)
    if kind == at.WHOLE:
        return _in_order(p[one + 4], value, p[one + 5])
    if kind == at.HUGE:
        return _in_order(p[one + 8], value, p[one + 9])
    return kind == at.DECIMAL and _in_order_decimal(p[one + 6], as_decimal(value), as_decimal(p[one + 7]))


def _is_day(p: PlanWords, s: StateWords, run: int, one: int) -> bool:
    """IS_DAY ref order day zone."""
    kind, value = read(p, s, run, one + 1)
    if kind == at.TIME:
        value = local_day(value, zone_at(p, s, p[one + 6]))
    elif kind != at.DATE:
        return False
    return _in_order(p[one + 4], value, p[one + 5])


def _is_recent(p: PlanWords, s: StateWords, run: int, one: int, now: int) -> bool:
    """IS_RECENT ref order months ms zone: in ms for a point in time, in whole local days for a date."""
    kind, value = read(p, s, run, one + 1)
    months, ms = p[one + 5], p[one + 6]
    zone = zone_at(p, s, p[one + 7])
    if kind == at.TIME:
        present = now
        early = before(now, months, ms, zone)
        late = after(now, months, ms, zone)
    elif kind == at.DATE:
        present = local_day(now, zone)
        early = add_months(present, -months) - ms // DAY
        late = add_months(present, months) + ms // DAY
    else:
        return False
    if p[one + 4] == at.WITHIN:
        return early <= value <= late
    return value < early if p[one + 4] == at.MORE_AGO else early < value <= present


# --- sets, messages, history ------------------------------------------------------------------------------------------


def _has(p: PlanWords, s: StateWords, one: int) -> bool:
    """HAS family n name…"""
    for n in range(p[one + 2]):
        if holds(s, p[one + 1], p[one + 3 + n]):
            return True
    return False


def latest(p: PlanWords, s: StateWords, run: int, keys: int) -> int:
    """This run's latest send of one of these messages ([n, message…]), else the contact's latest; -1 for none."""
    found, index = -1, -1
    for n in range(p[keys]):
        own = run_message(p, run, p[keys + 1 + n])
        if s[own + at.K_INDEX] > index:
            found, index = own, s[own + at.K_INDEX]
    if found >= 0:
        return found
    for n in range(p[keys]):
        sent = message(p, s, p[keys + 1 + n])
        if s[sent + at.K_INDEX] > index:
            found, index = sent, s[sent + at.K_INDEX]
    return found


def _ever(p: PlanWords, s: StateWords, one: int) -> bool:
    """EVER none flags n message…"""
    for n in range(p[one + 3]):
        if s[message(p, s, p[one + 4 + n]) + at.K_FLAGS + p[at.N_FLAGS]] & p[one + 2]:
            return p[one + 1] == 0
    return p[one + 1] == 1


def _of_latest(p: PlanWords, s: StateWords, run: int, one: int) -> bool:
    """LATEST none since flags n message…"""
    sent = latest(p, s, run, one + 4)
    since = -1
    if p[one + 2] == at.SINCE_START:
        since = s[run + at.R_ANCHOR]
    elif p[one + 2] == at.SINCE_STEP:
        since = s[run + at.R_BEGAN]
    if sent >= 0:
        for flag in range(p[at.N_FLAGS]):
            if p[one + 3] >> flag & 1 and s[sent + at.K_FLAGS + flag] > since:
                return p[one + 1] == 0
    return p[one + 1] == 1


def _counted(p: PlanWords, s: StateWords, run: int, one: int, now: int) -> bool:
    """COUNTED number order times narrow since windowed months ms zone n kind…: the kinds whose objects count apart."""
    number = p[one + 1]
    tally = tally_at(s, number)
    for n in range(p[one + 10]):
        if s[run + at.R_KIND] == p[one + 11 + n]:
            tally = find_tally(p, s, number, s[run + at.R_OBJECT])
    if p[one + 4] == 0:
        return _in_order(p[one + 2], s[tally] if tally >= 0 else 0, p[one + 3])
    since = -1
    if p[one + 5] == at.SINCE_START:
        since = s[run + at.R_ANCHOR]
    elif p[one + 5] == at.SINCE_STEP:
        since = s[run + at.R_BEGAN]
    begin = -NEVER
    if p[one + 6]:
        begin = before(now, p[one + 7], p[one + 8], zone_at(p, s, p[one + 9]))
    total = 0
    if tally >= 0:
        total = min(count_after(s, tally, 0, begin), count_after(s, tally, 1, since))
    return _in_order(p[one + 2], total, p[one + 3])


# --- the whole --------------------------------------------------------------------------------------------------------


def test(p: PlanWords, s: StateWords, run: int, expression: int, now: int) -> bool:
    """Whether an expression holds for a run; -1, no expression, does not."""
    if expression < 0:
        return False
    stack, top = s[at.STACK], 0
    one = expression
    while p[one] != at.OVER:
        kind = p[one]
        if kind == at.NOT:
            s[stack + top - 1] = 1 - s[stack + top - 1]
        elif kind == at.AND or kind == at.OR:
            top -= p[one + 1] - 1
            for n in range(1, p[one + 1]):
                if kind == at.AND:
                    s[stack + top - 1] &= s[stack + top - 1 + n]
                else:
                    s[stack + top - 1] |= s[stack + top - 1 + n]
        else:
            s[stack + top] = 1 if _leaf(p, s, run, one, now) else 0
            top += 1
        one += _width(p, one)
    return s[stack] == 1


def _width(p: PlanWords, one: int) -> int:
    """How many words an operation takes."""
    kind = p[one]
    if kind == at.HAS:
        return int(3 + p[one + 2])
    if kind == at.EVER:
        return int(4 + p[one + 3])
    if kind == at.LATEST:
        return int(5 + p[one + 4])
    if kind == at.COUNTED:
        return int(11 + p[one + 10])
    if kind == at.IS_KNOWN:
        return 4
    if kind == at.IS_NUMBER:
        return 10
    if kind == at.IS_RECENT:
        return 8
    if kind == at.IS_DAY:
        return 7
    if kind == at.IS_TEXT or kind == at.IS_YES:
        return 6
    return 1 if kind == at.HAPPENED or kind == at.NOT else 2


def _leaf(p: PlanWords, s: StateWords, run: int, one: int, now: int) -> bool:
    kind = p[one]
    if kind == at.HAS:
        return _has(p, s, one)
    if kind == at.IS_TEXT:
        return _is_text(p, s, run, one)
    if kind == at.IS_NUMBER:
        return _is_number(p, s, run, one)
    if kind == at.COUNTED:
        return _counted(p, s, run, one, now)
    if kind == at.HAPPENED:
        return s[run + at.R_HAPPENED] == 1
    if kind == at.LATEST:
        return _of_latest(p, s, run, one)
    if kind == at.HAS_ANY:
        return s[set_of(s, p[one + 1])] > 0
    if kind == at.IS_KNOWN:
        return read(p, s, run, one + 1)[0] != at.MISSING
    if kind == at.IS_YES:
        return _is_yes(p, s, run, one)
    if kind == at.IS_DAY:
        return _is_day(p, s, run, one)
    if kind == at.IS_RECENT:
        return _is_recent(p, s, run, one, now)
    if kind == at.CONSENT:
        return s[s[at.CHANNELS] + p[one + 1]] & ALL_REFUSALS == 0
    if kind == at.EVER:
        return _ever(p, s, one)
    return p[one + 1] == 1


# --- occasions --------------------------------------------------------------------------------------------------------


def meets(p: PlanWords, s: StateWords, run: int, occasion: int, now: int) -> bool:
    """Whether the happening at hand, or the state it leaves, is what a run looks for."""
    happened = s[s[at.HAPPENING] + at.H_EVENT]
    for n in range(p[occasion + 1]):
        listener = occasion + 2 + n * at.LISTENER_WIDTH
        if p[listener + at.L_EVENT] == happened and _hears(p, s, run, listener):
            return True
    return test(p, s, run, p[occasion], now)


def _hears(p: PlanWords, s: StateWords, run: int, listener: int) -> bool:
    """An event by name; of the run's own object when it is about one; for answers, to the right send."""
    if not matches(p, s, p[listener + at.L_MATCH]):
        return False
    happening, about = s[at.HAPPENING], p[listener + at.L_ABOUT]
    if about and about == s[run + at.R_KIND] and s[happening + at.H_OBJECT] != s[run + at.R_OBJECT]:
        return False
    channels = p[listener + at.L_CHANNELS]
    if p[channels] == 0:
        return True
    if p[p[listener + at.L_MATCH]] == 1:
        index = _latest_of(p, s, run, p[listener + at.L_KEYS])
    else:
        index = _latest_by(p, s, run, channels, s[happening + at.H_NAME])
    return index >= 0 and index == s[happening + at.H_SEND]


def _latest_of(p: PlanWords, s: StateWords, run: int, keys: int) -> int:
    """The index of the latest send of one of these messages ([n, message…]): the run's, else the contact's."""
    sent = latest(p, s, run, keys)
    return s[sent + at.K_INDEX] if sent >= 0 else -1


def _latest_by(p: PlanWords, s: StateWords, run: int, channels: int, name: int) -> int:
    """The index of the latest send by name in one of the channels ([n, channel…]): the run's, else the contact's."""
    own, any_ = -1, -1
    for n in range(p[channels]):
        number = kept(p, p[channels + 1 + n], name)
        if number >= 0:
            own = max(own, s[run_message(p, run, number) + at.K_INDEX])
            any_ = max(any_, s[message(p, s, number) + at.K_INDEX])
    return own if own >= 0 else any_


def is_vain(p: PlanWords, s: StateWords, run: int, occasion: int) -> bool:
    """Whether all that is waited for are answers to messages that this run tried last and skipped."""
    if s[run + at.R_SKIPPED] == 0 or p[occasion] >= 0 or p[occasion + 1] == 0:
        return False
    for n in range(p[occasion + 1]):
        listener = occasion + 2 + n * at.LISTENER_WIDTH
        if not _is_skipped(p, s, run, p[listener + at.L_KEYS]):
            return False
    return True


def _is_skipped(p: PlanWords, s: StateWords, run: int, keys: int) -> bool:
    skipped = False
    for n in range(p[keys]):
        own = run_message(p, run, p[keys + 1 + n])
        if s[own + at.K_FLAGS + p[at.N_FLAGS]]:
            skipped = True
        elif s[own + at.K_INDEX] >= 0:
            return False
    return skipped
