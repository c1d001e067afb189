"""Resolves event phrases, and selects the kinds of event that a plan needs.

A plan contains only kinds that can affect it: those it names, those its actions cause, and those that change a set, a
message or an object that it reads.
"""

from __future__ import annotations

from collections.abc import Iterable

from flowdsl.compiler.resolve.messages import note_near_campaigns
from flowdsl.compiler.resolve.phrases import Found, unknown, whole
from flowdsl.compiler.resolve.scope import ResolveContext
from flowdsl.compiler.resolve.spellings import note_spellings
from flowdsl.plan.expressions import Event, EventMatch, FieldIs
from flowdsl.syntax import ast
from flowdsl.vocabulary import AnyEvent, EventEntry, Vocabulary


def event_match(context: ResolveContext, phrase: ast.Phrase) -> EventMatch | None:
    """The events that a phrase means; an unknown phrase gives a diagnostic."""
    found = whole(context.scope, context.scope.vocabulary.event_phrases, phrase)
    if found is None:
        unknown(context.scope, "E201", "an event", phrase, context.scope.vocabulary.event_phrases)
        return None
    return match_of(context, found)


def match_of(context: ResolveContext, found: Found, answer: bool = False) -> EventMatch | None:
    """The events of a known phrase; with `answer` a named message event means the answer to that message."""
    row = context.scope.vocabulary.rows[found.id]
    assert isinstance(row, EventEntry | AnyEvent)
    names = found.names("object")
    if isinstance(row, EventEntry) and row.needs_name and not names:
        said = context.scope.vocabulary.say(found.id, ["…"])
        context.findings.add("E208", f"this event needs a name: `{said}`", found.span)
        return None
    fields = tuple(FieldIs(slot, found.names(slot)) for slot in sorted(found.slots) if slot != "object")
    kinds = context.scope.vocabulary.kinds(found.id)
    events = [context.scope.vocabulary.event(kind).event for kind in kinds]
    is_message = bool(events[0].flag)
    if is_message and "object" in found.slots:
        channels = tuple(event.channel for event in events)
        context.scope.mentioned += [(channels, name) for name in found.slots["object"].items]
    if not is_message:
        note_spellings(context.scope, events[0].noun, found, "object")
        for slot in found.slots.keys() - {"object"}:
            note_spellings(context.scope, slot, found, slot)
    if any(event.noun == "campaign" for event in events) and "object" in found.slots:
        note_near_campaigns(context.scope, found.slots["object"].items)
    return EventMatch(kinds, names, fields, answer=answer and is_message and bool(names), span=found.span)


def fields_of(vocabulary: Vocabulary, match: EventMatch) -> frozenset[str]:
    """The fields that the matched events always have."""
    rows = [vocabulary.event(kind) for kind in match.events]
    named = {row.event.noun for row in rows} | {field for row in rows for field in row.fields}
    return frozenset(named - {""})


def carried(vocabulary: Vocabulary, matches: Iterable[EventMatch]) -> frozenset[str] | None:
    """The fields that any of the events may have; None if this is not known: a custom event has the fields of its
    sender, and an event about an object may have any field of it."""
    every = list(matches)
    if any("custom.happened" in match.events or about(vocabulary, match) for match in every):
        return None
    return frozenset(field for match in every for field in (*fields_of(vocabulary, match), "object"))


def about(vocabulary: Vocabulary, match: EventMatch) -> frozenset[str]:
    """The kinds of related object that the matched events are about."""
    return frozenset(row.event.about for kind in match.events if (row := vocabulary.event(kind)).event.about)


def needed_events(
    vocabulary: Vocabulary,
    named: Iterable[str],
    families: Iterable[str],
    channels: Iterable[str],
    columns: Iterable[str] = (),
) -> tuple[Event, ...]:
    """The kinds of event that a plan needs, in the order of the vocabulary.

    named: kinds that it waits for, counts or causes; families, columns: sets and columns it reads; channels: those it
    sends on, whose answers set flags and suppress. A named kind also includes the others of its set, column, message or
    object.
    """
    kinds = {kind for kind in named if kind}
    events = [vocabulary.event(kind).event for kind in kinds]
    sets = set(families) | {family for event in events for family in (event.adds, event.removes)} - {""}
    said = set(channels) | {event.channel for event in events} - {""}
    objects = {event.about for event in events} - {""}
    cells = set(columns) | {event.sets for event in events if not event.about} - {""}
    return tuple(
        row.event
        for row in vocabulary.rows.values()
        if isinstance(row, EventEntry) and _is_needed(row.event, kinds, sets, said, objects, cells)
    )


def _is_needed(
    event: Event, kinds: set[str], sets: set[str], channels: set[str], objects: set[str], columns: set[str]
) -> bool:
    return (
        event.id in kinds
        or bool({event.adds, event.removes} & sets)
        or event.channel in channels
        or (event.about in objects if event.about else event.sets in columns)
    )
