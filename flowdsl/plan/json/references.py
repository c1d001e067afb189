"""Checks what a plan refers to: kinds of event that it does not list, and unknown channels.

A runtime only handles the kinds of event in `events`: a trigger for any other kind would never fire, and nobody would
see why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from flowdsl.plan import plan
from flowdsl.plan.expressions import CHANNELS, FLAGS, Consent, EventMatch, MessageStatus, Send
from flowdsl.plan.json.codec import Problem, Thing, shown

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ALWAYS_BY_ONE = (Send, Consent, plan.Capacity, plan.Message)  # these need a channel; elsewhere none means any or no one


def mentions(whole: plan.Plan) -> Iterator[Problem]:
    """Every reference to a kind of event that the plan does not list, or to an unknown channel.

    >>> from flowdsl.plan.expressions import EventMatch
    >>> start = plan.Enter("start", (plan.OnEvent(EventMatch(("offer.bougth",))),), "end")
    >>> [problem.path for problem in mentions(plan.Plan((plan.Flow("F", (start,)),)))]
    ['flows[0].nodes[0].triggers[0].match.events[0]']
    """
    known = {getattr(event, "id", None) for event in whole.events} if isinstance(whole.events, tuple) else None
    for section in ("flows", "policy", "world", "events"):
        for path, thing in _things(getattr(whole, section), section):
            yield from _channels(path, thing)
            yield from _flags(path, thing)
            if isinstance(thing, EventMatch) and thing.events == ():
                yield Problem("E605", f"{path}.events", "at least one kind of event is needed here")
            if isinstance(thing, EventMatch) and isinstance(thing.events, tuple):
                yield from _twice(f"{path}.events", thing.events)
            if known is not None and section != "events":
                yield from _events(path, thing, known)


def _things(thing: Thing, path: str) -> Iterator[tuple[str, DataclassInstance]]:
    """Every part of a plan with its path; depth first, since plans are never deep."""
    if isinstance(thing, tuple):
        for i, one in enumerate(thing):
            yield from _things(one, f"{path}[{i}]")
    elif is_dataclass(thing) and not isinstance(thing, type):
        yield path, thing
        for part in fields(thing):
            value = getattr(thing, part.name)
            if isinstance(value, tuple) or (is_dataclass(value) and not isinstance(value, type)):
                yield from _things(value, f"{path}.{part.name}")


def _named(thing: DataclassInstance, many: str, one: str) -> Iterator[tuple[str, str]]:
    """The texts in a list field or in a single field, each with its key; values that were not decoded are left out."""
    several = getattr(thing, many, ())
    keyed = [(f"{many}[{i}]", text) for i, text in enumerate(several if isinstance(several, tuple) else ())]
    return ((key, text) for key, text in (*keyed, (one, getattr(thing, one, ""))) if isinstance(text, str))


def _events(path: str, thing: DataclassInstance, known: set[str | None]) -> Iterator[Problem]:
    for key, event in _named(thing, "events", "event"):
        if event and event not in known:
            yield Problem("E606", f"{path}.{key}", f"`events` lists no {shown(event)}")


def _twice(path: str, kinds: tuple[str, ...]) -> Iterator[Problem]:
    """A kind that is listed twice would be counted twice."""
    for i, kind in enumerate(kinds):
        if isinstance(kind, str) and kind in kinds[:i]:
            yield Problem("E607", f"{path}[{i}]", f"{shown(kind)} appears twice here")


def _flags(path: str, thing: DataclassInstance) -> Iterator[Problem]:
    """The possible flags of a message are a fixed list: engines have one position for each."""
    for key, flag in _named(thing, "flags", "flag"):
        if flag not in FLAGS and (flag or key != "flag"):
            yield Problem("E605", f"{path}.{key}", f"{shown(flag)} is not what can become of a message")
    if isinstance(thing, MessageStatus) and thing.flags == ():
        yield Problem("E605", f"{path}.flags", "at least one flag is needed here")


def _channels(path: str, thing: DataclassInstance) -> Iterator[Problem]:
    may_lack = not isinstance(thing, ALWAYS_BY_ONE)
    for key, channel in _named(thing, "channels", "channel"):
        if channel not in CHANNELS and (channel or not may_lack):
            yield Problem("E605", f"{path}.{key}", f"messages are not sent by {shown(channel)}")
