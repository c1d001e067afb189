"""What an event changes in a contact's cells: sets, counts, message flags, suppression and related objects.

First of the four parts in which an event is taken (docs/reference/language.md#event-order). Rows before the start go
through here alone: they build state and start nothing.
"""

from __future__ import annotations

from flowdsl.machine.listening import Happening
from flowdsl.machine.ready import Ready
from flowdsl.machine.state import CountedEvent, Sent, State, Tally
from flowdsl.plan.expressions import Event


def remember(ready: Ready, state: State, happening: Happening, now: int, *, caused: bool = False) -> Happening:
    """Changes the cells; gives back the happening with the send that it answers filled in.

    The action that caused an event has changed sets and objects already, and others may have changed them since.
    """
    state.seq += 1
    kind = ready.events.get(happening.event)
    if happening.object_id or (kind is not None and kind.about):
        happening = _of_object(ready, state, kind, happening, caused=caused)
    if kind is not None:
        if not caused:
            _change(state, kind, happening)
        if kind.flag:
            happening = _flag(ready, state, kind, happening)
    for number, keep, match in ready.tallies.get(happening.event, ()):
        if match(happening):
            _count(state, str(number), keep, now)
            if happening.object_id:
                _count(state, f"{number} {happening.object_id}", keep, now)
    return happening


def _change(state: State, kind: Event, happening: Happening) -> None:
    if kind.adds:
        put(state, kind.adds, happening.name, True)
    if kind.removes:
        put(state, kind.removes, happening.name, False)
    if kind.sets and not kind.about:
        state.columns[kind.sets] = kind.value or happening.name


def put(state: State, family: str, name: str, present: bool) -> bool:
    """Adds a name to a set or takes it out; tells whether that changed anything."""
    names = state.sets.setdefault(family, [])
    if (name in names) == present:
        return False
    if present:
        names.append(name)
    else:
        names.remove(name)
    return True


def _count(state: State, key: str, keep: int, now: int) -> None:
    tally = state.tallies.get(key)
    if tally is None:
        tally = state.tallies[key] = Tally()
    tally.total += 1
    if keep:
        tally.last.append(CountedEvent(now, state.seq))
        del tally.last[:-keep]


def _flag(ready: Ready, state: State, kind: Event, happening: Happening) -> Happening:
    """Sets the flag on the message the answer belongs to: the send it names, else the latest of that name."""
    key = f"{kind.channel}:{happening.name}"
    if kind.flag in ("unsubscribed", "bounced"):
        reasons = state.suppressed.setdefault(kind.channel, [])
        if kind.flag not in reasons:
            reasons.append(kind.flag)
    if key not in ready.kept:
        return happening
    last = state.messages.get(key)
    if last is None or (kind.flag == "received" and happening.send < 0):  # a send that is not of this simulation
        last = state.messages[key] = Sent(state.sends)
        state.sends += 1
    index = happening.send if happening.send >= 0 else last.index
    for sent in [last, *(run.sent[key] for run in state.runs.values() if key in run.sent)]:
        if sent.index == index:
            set_flag(sent, kind.flag, state.seq)
    ever = state.ever.setdefault(key, [])
    ever.extend(flag for flag in _implied(kind.flag) if flag not in ever)
    return happening._replace(send=index)


def set_flag(sent: Sent, flag: str, seq: int) -> None:
    """Sets a flag on a send; the last time counts, so that a second opening is one since the step began."""
    for one in _implied(flag):
        sent.flags[one] = seq


def _implied(flag: str) -> tuple[str, ...]:
    """A click also sets opened."""
    return ("opened", "clicked") if flag == "clicked" else (flag,)


# --- related objects --------------------------------------------------------------------------------------------------


def _of_object(ready: Ready, state: State, kind: Event | None, happening: Happening, *, caused: bool) -> Happening:
    """Updates the related object of an event; gives back the happening with that object's id filled in.

    What goes by its name (`registers for webinar "A"`) is known by it where the row has no id. An event that is about
    no kind of object updates whatever this contact has under that id.
    """
    if kind is None or not kind.about:
        for many in state.objects.values():
            if happening.object_id in many:
                many[happening.object_id].update(happening.fields)
        return happening
    if not happening.object_id and kind.noun == kind.about:
        happening = happening._replace(object_id=happening.name)
    if happening.object_id:
        one = state.objects.setdefault(kind.about, {}).setdefault(happening.object_id, {})
        listed = ready.catalogue.get(kind.about, {})
        for name, cell in (listed.get(happening.name) or listed.get(happening.object_id) or {}).items():
            one.setdefault(name, cell)
        one.update(happening.fields)
        if kind.sets and not caused:
            one[kind.sets] = kind.value or happening.name
    return happening
