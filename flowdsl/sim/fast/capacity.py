"""Limited channels, compiled: the one place where contacts meet, so that they are lived more than once.

A contact lives until a message needs a slot that nobody has given yet; there it stops, leaves no rows and queues up.
Who asked first is given a slot and lives again from the beginning, now with that slot known, to its next request or to
its end. A slot can only delay what the same contact asks for later, so all are served in the order of time; at one
instant first those whom the instant itself has brought to ask, by the hashes of their ids, then those who ask again at
once. The twin of sim.events.Servers.
"""

from __future__ import annotations

from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.heap import pop, push
from flowdsl.sim.fast.runs import find_run
from flowdsl.sim.fast.words import PlanWords, StateWords, Words, words_at

SIGN = -(2**63)  # turns the order of unsigned words into that of signed ones


def is_limited(p: PlanWords, channel: int) -> bool:
    """Whether a channel has a capacity."""
    return p[at.LIMITED] > 0 and p[p[at.LIMITED] + channel * at.LIMIT_WIDTH] > 0


# --- a contact asks ---------------------------------------------------------------------------------------------------


def ask(s: StateWords, t: Words, now: int, channel: int, run: int) -> None:
    """Asks for a slot: one that is known is put among what is to come; at the first that is not, the life stops."""
    if s[at.FULL] != 0:
        return
    if s[at.NEXT_GRANT] == 0:
        s[at.FULL], s[at.ASKS_AT], s[at.ASKS_FOR] = at.ASKING, now, channel
    else:
        _expect(s, _grant(words_at(t[at.SERVERS]), s[at.NEXT_GRANT]), now, run)
        s[at.NEXT_GRANT] = _after(words_at(t[at.SERVERS]), s[at.NEXT_GRANT])


def _expect(s: StateWords, slot: int, now: int, run: int) -> None:
    if s[at.N_GRANTED] == s[at.MOST_GRANTED]:
        s[at.FULL] = at.MOST_GRANTED
        return
    place = s[at.GRANTED] + s[at.N_GRANTED] * at.GRANTED_WIDTH
    s[at.GRANT_NUMBER] += 1
    s[place], s[place + 1] = slot, s[at.GRANT_NUMBER]
    s[place + 2], s[place + 3] = s[run + at.R_FLOW], s[run + at.R_NUMBER]
    s[place + 4] = s[at.ROUND] + 1 if slot == now else 0
    push(s, s[at.GRANTED], s[at.N_GRANTED], at.GRANTED_WIDTH)
    s[at.N_GRANTED] += 1


def take_slot(s: StateWords) -> int:
    """Takes the first slot to come; gives the run that asked for it, -1 when it is no longer there."""
    top = s[at.GRANTED]
    flow, number = s[top + 2], s[top + 3]
    s[at.ROUND] = s[top + 4]
    pop(s, top, s[at.N_GRANTED], at.GRANTED_WIDTH)
    s[at.N_GRANTED] -= 1
    return find_run(s, flow, number)


# --- the servers ------------------------------------------------------------------------------------------------------


def first_grant(q: Words, contact: int) -> int:
    """The first slot that a contact has been given, as a place among them; 0 for none."""
    return _word(words_at(q[at.FIRST_GRANT]), contact)


def queue_up(s: StateWords, q: Words) -> None:
    """Puts the contact that has just stopped into the queue."""
    _enqueue(words_at(q[at.QUEUE]), q[at.N_ASKING], s)
    q[at.N_ASKING] += 1


def serve(p: PlanWords, q: Words) -> None:
    """Gives the first of the queue its slot; who is to live again is AWAITED then."""
    queue = words_at(q[at.QUEUE])
    now, contact, channel = _word(queue, 0), _word(queue, 3), _word(queue, 4)
    limit, free = p[at.LIMITED] + channel * at.LIMIT_WIDTH, at.FREE_AT + channel
    amount = p[limit + at.LIMIT_AMOUNT]
    slot = max(q[free], (now - p[at.BEGIN]) * amount)
    q[free] = slot + p[limit + at.LIMIT_SPACING]
    _dequeue(queue, q[at.N_ASKING])
    q[at.N_ASKING] -= 1
    q[at.N_GRANTS] += 1
    place = q[at.N_GRANTS]
    _write(words_at(q[at.GRANTS]), place, p[at.BEGIN] + (slot + amount - 1) // amount)
    last = _word(words_at(q[at.LAST_GRANT]), contact)
    if last == 0:
        _set(words_at(q[at.FIRST_GRANT]), contact, place)
    else:
        _set(words_at(q[at.GRANTS]), last * at.GRANT_WIDTH + at.GRANT_NEXT, place)
    _set(words_at(q[at.LAST_GRANT]), contact, place)
    q[at.AWAITED] = contact + 1


def _grant(q: Words, place: int) -> int:
    return _word(words_at(q[at.GRANTS]), place * at.GRANT_WIDTH + at.GRANT_SLOT)


def _after(q: Words, place: int) -> int:
    return _word(words_at(q[at.GRANTS]), place * at.GRANT_WIDTH + at.GRANT_NEXT)


def _write(grants: Words, place: int, slot: int) -> None:
    grants[place * at.GRANT_WIDTH + at.GRANT_SLOT] = slot
    grants[place * at.GRANT_WIDTH + at.GRANT_NEXT] = 0


def _word(words: Words, place: int) -> int:
    return words[place]


def _set(words: Words, place: int, word: int) -> None:
    words[place] = word


# --- the queue: a heap by time, round, tie and contact ----------------------------------------------------------------


def _is_before(queue: Words, one: int, other: int) -> bool:
    for word in range(4):
        a, b = queue[one * at.ASKER_WIDTH + word], queue[other * at.ASKER_WIDTH + word]
        if a != b:
            return a < b
    return False


def _swap(queue: Words, one: int, other: int) -> None:
    for word in range(at.ASKER_WIDTH):
        a, b = one * at.ASKER_WIDTH + word, other * at.ASKER_WIDTH + word
        queue[a], queue[b] = queue[b], queue[a]


def _enqueue(queue: Words, count: int, s: StateWords) -> None:
    place = count * at.ASKER_WIDTH
    queue[place], queue[place + 1], queue[place + 2] = s[at.ASKS_AT], s[at.ROUND], s[at.HASH] ^ SIGN
    queue[place + 3], queue[place + 4] = s[at.CONTACT], s[at.ASKS_FOR]
    while count > 0 and _is_before(queue, count, (count - 1) >> 1):
        _swap(queue, count, (count - 1) >> 1)
        count = (count - 1) >> 1


def _dequeue(queue: Words, count: int) -> None:
    last = count - 1
    _swap(queue, 0, last)
    top = 0
    while 2 * top + 1 < last:
        child = 2 * top + 1
        if child + 1 < last and _is_before(queue, child + 1, child):
            child += 1
        if not _is_before(queue, child, top):
            return
        _swap(queue, child, top)
        top = child
