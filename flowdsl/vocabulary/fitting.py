"""Checks a new row of a vocabulary against its words and the existing rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from flowdsl.plan.expressions import CHANNELS
from flowdsl.vocabulary.entries import ActionEntry, AnyEvent, ConditionEntry, Entry, EventEntry, ObjectKind

_SLOT = re.compile(r"<(\w+)>")


class Clash(ValueError):
    """Two rows of the vocabulary would be spoken alike, or have one id."""


class Unfit(ValueError):
    """A row does not hold together, or speaks of something that is not there."""


def check_fits(
    row: Entry | ObjectKind, words: Sequence[str], rows: Mapping[str, Entry], objects: Collection[str]
) -> None:
    """Hold a new row against the ones there are. Raises Clash or Unfit.

    >>> check_fits(ActionEntry("mat.lend", "put", "mats", event="mat.lent"), ["lend mat <name>"], {}, ())
    Traceback (most recent call last):
    flowdsl.vocabulary.fitting.Unfit: mat.lend causes mat.lent, which is no event yet: register that first
    """
    if row.id in rows or row.id in objects:
        raise Clash(f"{row.id} is already in the vocabulary")
    if isinstance(row, ObjectKind):
        if words or not row.id.isidentifier():
            raise Unfit(f"a kind of object is a word of its own and has no phrases: {row.id}")
        return
    if not words:
        raise Unfit(f"{row.id} needs words to be said by")
    if row.id.count(".") != 1:
        raise Unfit(f"an id is a family and what happens, such as `mat.rented`, not {row.id!r}")
    _check_words(row, words)
    if isinstance(row, EventEntry):
        _check_event(row, objects)
    elif isinstance(row, AnyEvent):
        _check_known(row.id, row.events, rows)
    elif isinstance(row, ActionEntry):
        _check_known(row.id, [row.event] if row.event else [], rows)
        if row.kind in ("put", "assign", "send") and not row.of:
            raise Unfit(f"{row.id} does not say of what it is: which set, column or channel")


def _slots(row: Entry) -> set[str]:
    match row:
        case EventEntry():
            return {"object", *row.fields}
        case ConditionEntry():
            return {"name"}
        case ActionEntry():
            return {"name", "for", "to", "staff"}
        case _:
            return {"object"}


def _check_words(row: Entry, words: Sequence[str]) -> None:
    for pattern in words:
        unknown = set(_SLOT.findall(pattern)) - _slots(row)
        if unknown:
            raise Unfit(f"`{pattern}` has a place for {', '.join(sorted(unknown))}, which {row.id} has not")
        if pattern.count("[") != pattern.count("]"):
            raise Unfit(f"`{pattern}` does not close what it opens")


def _check_event(row: EventEntry, objects: Collection[str]) -> None:
    event = row.event
    if event.about and event.about not in objects:
        raise Unfit(f"{row.id} is about a {event.about}, which is no kind of object yet: register that first")
    if event.channel and event.channel not in CHANNELS:
        raise Unfit(f"{row.id} is about a channel that there is not: {event.channel}")


def _check_known(id: str, events: Sequence[str], rows: Mapping[str, Entry]) -> None:
    for event in events:
        if not isinstance(rows.get(event), EventEntry):
            raise Unfit(f"{id} causes {event}, which is no event yet: register that first")
