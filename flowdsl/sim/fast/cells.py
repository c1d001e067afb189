"""What an event changes in a contact's cells, compiled: sets, counts, message flags, suppression, related objects.

The twin of machine.memory, on words: `p` is the program, `s` the state (layout.py). The happening at hand stands in the
region HAPPENING; what it turns out to be about is written back there.
"""

from __future__ import annotations

from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.words import PlanWords, StateWords

# --- sets -------------------------------------------------------------------------------------------------------------


def set_of(s: StateWords, family: int) -> int:
    """Where a set stands: how many names, then the names in the order in which they came."""
    place: int = s[at.SETS] + family * (s[at.MOST_NAMES] + 1)
    return place


def holds(s: StateWords, family: int, name: int) -> bool:
    """Whether a set holds a name."""
    names = set_of(s, family)
    for n in range(s[names]):
        if s[names + 1 + n] == name:
            return True
    return False


def put(s: StateWords, family: int, name: int, present: bool) -> bool:
    """Adds a name to a set or takes it out; tells whether that changed anything."""
    names = set_of(s, family)
    count = s[names]
    found = 0
    while found < count and s[names + 1 + found] != name:
        found += 1
    if (found < count) == present:
        return False
    if present and count == s[at.MOST_NAMES]:
        s[at.FULL] = at.MOST_NAMES
    elif present:
        s[names + 1 + count] = name
        s[names] = count + 1
    else:
        for n in range(found, count - 1):
            s[names + 1 + n] = s[names + 2 + n]
        s[names] = count - 1
    return True


# --- related objects --------------------------------------------------------------------------------------------------


def find_object(p: PlanWords, s: StateWords, kind: int, identity: int) -> int:
    """Where a related object of the contact stands, or -1."""
    place = s[at.OBJECTS]
    for _ in range(s[at.N_OBJECTS]):
        if s[place + at.OBJECT_KIND] == kind and s[place + at.OBJECT_ID] == identity:
            return int(place)
        place += p[at.OBJECT_WIDTH]
    return -1


def make_object(p: PlanWords, s: StateWords, kind: int, identity: int) -> int:
    """Where a related object stands; a new one knows nothing yet. -1 when there is no room for it."""
    place = find_object(p, s, kind, identity)
    if place >= 0:
        return place
    if s[at.N_OBJECTS] == s[at.MOST_OBJECTS]:
        s[at.FULL] = at.MOST_OBJECTS
        return -1
    width = p[at.OBJECT_WIDTH]
    place = s[at.OBJECTS] + s[at.N_OBJECTS] * width
    s[at.N_OBJECTS] += 1
    s[place + at.OBJECT_KIND] = kind
    s[place + at.OBJECT_ID] = identity
    for word in range(2, width):
        s[place + word] = 0
    return place


def listed(p: PlanWords, kind: int, name: int) -> int:
    """Where the catalogue has a thing: whether it says anything of it, then the fields; -1 when it does not list it."""
    key = (kind << 32) | name
    width = 2 + 2 * p[at.N_FIELDS]
    low, high = 0, p[at.N_CATALOGUE]
    while low < high:
        middle = (low + high) >> 1
        if p[p[at.CATALOGUE] + middle * width] < key:
            low = middle + 1
        else:
            high = middle
    place = p[at.CATALOGUE] + low * width
    return place + 1 if low < p[at.N_CATALOGUE] and p[place] == key else -1


def fill_in(p: PlanWords, s: StateWords, place: int, entry: int) -> None:
    """Gives an object what the catalogue says of it, where it says nothing itself."""
    if entry < 0:
        return
    for field in range(p[at.N_FIELDS]):
        if s[place + 2 + 2 * field] == at.MISSING:
            s[place + 2 + 2 * field] = p[entry + 1 + 2 * field]
            s[place + 3 + 2 * field] = p[entry + 2 + 2 * field]


def _update(p: PlanWords, s: StateWords, place: int) -> None:
    """Gives an object the fields of the happening."""
    fields = s[at.HAPPENING] + at.H_FIELDS
    for field in range(p[at.N_FIELDS]):
        if s[fields + 2 * field] != at.MISSING:
            s[place + 2 + 2 * field] = s[fields + 2 * field]
            s[place + 3 + 2 * field] = s[fields + 2 * field + 1]


def _update_all(p: PlanWords, s: StateWords, identity: int) -> None:
    place = s[at.OBJECTS]
    for _ in range(s[at.N_OBJECTS]):
        if s[place + at.OBJECT_ID] == identity:
            _update(p, s, place)
        place += p[at.OBJECT_WIDTH]


def _of_object(p: PlanWords, s: StateWords, kind: int, caused: bool) -> None:
    """Updates the related object of an event; fills its id in where it goes by its name."""
    happening = s[at.HAPPENING]
    name, identity = s[happening + at.H_NAME], s[happening + at.H_OBJECT]
    about = p[kind + at.E_ABOUT]
    if not p[kind + at.E_KNOWN] or not about:
        _update_all(p, s, identity)
        return
    if identity == at.NOTHING and p[kind + at.E_BY_NAME]:
        identity = name
        s[happening + at.H_OBJECT] = identity
    if identity == at.NOTHING:
        return
    place = make_object(p, s, about, identity)
    if place < 0:
        return
    entry = listed(p, about, name)
    if entry < 0 or not p[entry]:
        entry = listed(p, about, identity)
    fill_in(p, s, place, entry)
    _update(p, s, place)
    if p[kind + at.E_FIELD] >= 0 and not caused:
        value = p[kind + at.E_VALUE]
        s[place + 2 + 2 * p[kind + at.E_FIELD]] = at.TEXT
        s[place + 3 + 2 * p[kind + at.E_FIELD]] = value if value != at.NOTHING else name


# --- counts -----------------------------------------------------------------------------------------------------------


def remember_time(s: StateWords, tally: int, keep: int, now: int) -> None:
    """Counts once more in a tally: total, how many are kept, then (time, event number) of the last ones."""
    s[tally] += 1
    if keep == 0:
        return
    count = s[tally + 1]
    if count < keep and count == s[at.MOST_TIMES]:
        s[at.FULL] = at.MOST_TIMES
        return
    if count == keep:
        for word in range(2 * (keep - 1)):
            s[tally + 2 + word] = s[tally + 4 + word]
        count -= 1
    s[tally + 2 + 2 * count] = now
    s[tally + 3 + 2 * count] = s[at.SEQ]
    s[tally + 1] = count + 1


def tally_width(s: StateWords) -> int:
    """The words of a tally, which are as many as the most times that any has had to keep."""
    return int(2 + 2 * s[at.MOST_TIMES])


def tally_at(s: StateWords, number: int) -> int:
    """Where the tally of a contact with this number stands."""
    return int(s[at.TALLY] + number * tally_width(s))


def count_after(s: StateWords, tally: int, field: int, bound: int) -> int:
    """How many of the times that a tally keeps lie after `bound`; field: 0 for the time, 1 for the event number.

    Both only grow, so half of what is left is left out at each look.
    """
    low, high = 0, s[tally + 1]
    while low < high:
        middle = (low + high) >> 1
        if s[tally + 2 + 2 * middle + field] > bound:
            high = middle
        else:
            low = middle + 1
    return int(s[tally + 1] - low)


def find_tally(p: PlanWords, s: StateWords, number: int, identity: int) -> int:
    """Where the tally of one object stands, or -1: number, object, then a tally."""
    place = s[at.TALLY_OF]
    for _ in range(s[at.N_TALLY_OF]):
        if s[place] == number and s[place + 1] == identity:
            return int(place + 2)
        place += tally_width(s) + 2
    return -1


def _tally_of(p: PlanWords, s: StateWords, number: int, identity: int) -> int:
    place = find_tally(p, s, number, identity)
    if place >= 0:
        return place
    if s[at.N_TALLY_OF] == s[at.MOST_TALLIES]:
        s[at.FULL] = at.MOST_TALLIES
        return -1
    place = s[at.TALLY_OF] + s[at.N_TALLY_OF] * (tally_width(s) + 2)
    s[at.N_TALLY_OF] += 1
    s[place] = number
    s[place + 1] = identity
    s[place + 2] = 0
    s[place + 3] = 0
    return int(place + 2)


def _is_among(p: PlanWords, names: int, name: int) -> bool:
    for n in range(p[names]):
        if p[names + 1 + n] == name:
            return True
    return False


def is_meant(p: PlanWords, names: int, name: int) -> bool:
    """Whether a name is one of a list ([n, name…]); an empty list means any."""
    return p[names] == 0 or _is_among(p, names, name)


def matches(p: PlanWords, s: StateWords, match: int) -> bool:
    """Whether the happening is of the names and fields that a match means; its kind is known by then."""
    if match < 0:
        return True
    happening = s[at.HAPPENING]
    return fits(p, s, match, s[happening + at.H_NAME], happening + at.H_FIELDS)


def fits(p: PlanWords, s: StateWords, match: int, name: int, fields: int) -> bool:
    """Whether a name, and the fields that stand at a place, are those that a match means."""
    if not is_meant(p, match, name):
        return False
    place = match + 1 + p[match]
    count = p[place]
    place += 1
    for _ in range(count):
        cell = fields + 2 * p[place]
        if s[cell] != at.TEXT or not _is_among(p, place + 1, s[cell + 1]):
            return False
        place += 2 + p[place + 1]
    return True


def _count(p: PlanWords, s: StateWords, kind: int, now: int) -> None:
    identity = s[s[at.HAPPENING] + at.H_OBJECT]
    for n in range(p[kind + at.E_N_TALLIES]):
        one = p[kind + at.E_TALLIES] + n * at.EVENT_TALLY_WIDTH
        if matches(p, s, p[one + at.ET_MATCH]):
            number = p[one + at.ET_NUMBER]
            row = p[at.TALLIES] + number * at.TALLY_ROW
            remember_time(s, tally_at(s, number), p[row + at.TALLY_KEEP], now)
            if identity != at.NOTHING:
                tally = _tally_of(p, s, number, identity)
                if tally >= 0:
                    remember_time(s, tally, p[row + at.TALLY_KEEP], now)


# --- messages ---------------------------------------------------------------------------------------------------------


def kept(p: PlanWords, channel: int, name: int) -> int:
    """The number of a message whose flags somebody asks for, or -1."""
    if channel < 0 or name >= p[at.PLAN_TEXTS] or p[at.N_KEPT] == 0:
        return -1
    number: int = p[p[at.KEPT_BY_NAME] + channel * p[at.PLAN_TEXTS] + name]
    return number


def message(p: PlanWords, s: StateWords, number: int) -> int:
    """Where the contact's latest send of a kept message stands."""
    place: int = s[at.MESSAGES] + number * p[at.KEPT_WIDTH]
    return place


def run_message(p: PlanWords, run: int, number: int) -> int:
    """Where a run's latest send of a kept message stands."""
    place: int = run + p[at.RUN_SENT] + number * p[at.KEPT_WIDTH]
    return place


def new_send(p: PlanWords, s: StateWords, place: int, index: int) -> None:
    """A send without any flag."""
    s[place + at.K_INDEX] = index
    for flag in range(p[at.N_FLAGS]):
        s[place + at.K_FLAGS + flag] = -1


def set_flag(s: StateWords, place: int, flag: int, seq: int) -> None:
    """Sets a flag on a send; flag 0 is opened and 1 clicked, which sets opened too."""
    s[place + at.K_FLAGS + flag] = seq
    if flag == 1:
        s[place + at.K_FLAGS] = seq


def _flag(p: PlanWords, s: StateWords, kind: int) -> None:
    """Sets the flag on the message that the answer belongs to: the send it names, else the latest of that name."""
    happening, flag, channel = s[at.HAPPENING], p[kind + at.E_FLAG], p[kind + at.E_CHANNEL]
    if flag == 3 or flag == 4:
        s[s[at.CHANNELS] + channel] |= at.HAS_UNSUBSCRIBED if flag == 3 else at.HAS_BOUNCED
    number = kept(p, channel, s[happening + at.H_NAME])
    if number < 0:
        return
    last = message(p, s, number)
    send = s[happening + at.H_SEND]
    if s[last + at.K_INDEX] < 0 or (flag == 2 and send < 0):  # a send that is not of this simulation
        new_send(p, s, last, s[at.SENDS])
        s[at.SENDS] += 1
    index = send if send >= 0 else s[last + at.K_INDEX]
    if s[last + at.K_INDEX] == index:
        set_flag(s, last, flag, s[at.SEQ])
    for n in range(s[at.N_LIVE]):
        own = run_message(p, s[s[at.LIVE] + n], number)
        if s[own + at.K_INDEX] == index:
            set_flag(s, own, flag, s[at.SEQ])
    s[last + at.K_FLAGS + p[at.N_FLAGS]] |= 3 if flag == 1 else 1 << flag
    s[happening + at.H_SEND] = index


# --- an event ---------------------------------------------------------------------------------------------------------


def event(p: PlanWords, number: int) -> int:
    """Where the kind of an event stands."""
    place: int = p[at.EVENTS] + number * at.EVENT_WIDTH
    return place


def remember(p: PlanWords, s: StateWords, now: int, caused: bool) -> None:
    """Changes the cells as the happening at hand does; the action that caused it has changed some already."""
    happening = s[at.HAPPENING]
    kind = event(p, s[happening + at.H_EVENT])
    s[at.SEQ] += 1
    if s[happening + at.H_OBJECT] != at.NOTHING or p[kind + at.E_ABOUT]:
        _of_object(p, s, kind, caused)
    if p[kind + at.E_KNOWN] and not caused:
        _change(p, s, kind, s[happening + at.H_NAME])
    if p[kind + at.E_FLAG] >= 0:
        _flag(p, s, kind)
    _count(p, s, kind, now)


def _change(p: PlanWords, s: StateWords, kind: int, name: int) -> None:
    if p[kind + at.E_ADDS] >= 0:
        put(s, p[kind + at.E_ADDS], name, True)
    if p[kind + at.E_REMOVES] >= 0:
        put(s, p[kind + at.E_REMOVES], name, False)
    if p[kind + at.E_COLUMN] >= 0:
        value = p[kind + at.E_VALUE]
        s[s[at.COLUMNS] + 2 * p[kind + at.E_COLUMN]] = at.TEXT
        s[s[at.COLUMNS] + 2 * p[kind + at.E_COLUMN] + 1] = value if value != at.NOTHING else name
