"""Caps, compiled: how many messages a contact has had of late, and whether one more is too many."""

from __future__ import annotations

from flowdsl.calendar.clock import before
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.conditions import zone_at
from flowdsl.sim.fast.words import PlanWords, StateWords


def _counts(p: PlanWords, cap: int, channel: int) -> bool:
    return p[cap + at.CAP_CHANNEL] < 0 or p[cap + at.CAP_CHANNEL] == channel


def capped(p: PlanWords, s: StateWords, now: int, channel: int) -> int:
    """Tests the caps and books this send on them."""
    for n in range(p[at.N_CAPS]):
        cap = p[at.CAPS] + n * at.CAP_WIDTH
        if _counts(p, cap, channel) and _is_reached(p, s, now, n, cap):
            return at.CAP
    for n in range(p[at.N_CAPS]):
        cap = p[at.CAPS] + n * at.CAP_WIDTH
        if _counts(p, cap, channel):
            _book(p, s, now, n, cap)
    return at.NOTHING


def _sends(s: StateWords, n: int) -> int:
    """Where the times of the last sends stand that a cap counts, by its number: how many, then these."""
    return int(s[at.RECENT] + n * (1 + s[at.MOST_TIMES]))


def _is_reached(p: PlanWords, s: StateWords, now: int, n: int, cap: int) -> bool:
    """Whether as many sends as the cap allows still count. Times only grow, so the first of these tells."""
    place, times = _sends(s, n), p[cap + at.CAP_TIMES]
    if s[place] < times:
        return False
    begin = begins_at(p, s, now, p[cap + at.CAP_MONTHS], p[cap + at.CAP_MS], -1)
    return s[place + 1 + s[place] - times] > begin


def begins_at(p: PlanWords, s: StateWords, now: int, months: int, ms: int, zone: int) -> int:
    """The moment after which things count as recent; a zone is made only where months need one."""
    if months == 0:
        return now - ms
    return int(before(now, months, ms, zone_at(p, s, zone)))


def _book(p: PlanWords, s: StateWords, now: int, n: int, cap: int) -> None:
    place, times = _sends(s, n), p[cap + at.CAP_TIMES]
    count = s[place]
    if count < times and count == s[at.MOST_TIMES]:
        s[at.FULL] = at.MOST_TIMES
        return
    if count == times:
        for one in range(1, times):
            s[place + one] = s[place + one + 1]
        count -= 1
    s[place + 1 + count] = now
    s[place] = count + 1


def book_out(p: PlanWords, s: StateWords, run: int, node: int) -> None:
    """Takes a queued message back from the caps that count it while it queues: it does not go out after all."""
    if p[node + at.D] or p[node + at.E]:
        return
    for n in range(p[at.N_CAPS]):
        cap = p[at.CAPS] + n * at.CAP_WIDTH
        if _counts(p, cap, p[node + at.A]):
            _take_out(s, _sends(s, n), s[run + at.R_ASKED])


def _take_out(s: StateWords, place: int, time: int) -> None:
    count = s[place]
    found = 0
    while found < count and s[place + 1 + found] != time:
        found += 1
    if found < count:
        for n in range(found, count - 1):
            s[place + 1 + n] = s[place + 2 + n]
        s[place] = count - 1
