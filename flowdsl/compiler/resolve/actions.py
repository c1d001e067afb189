"""Actions: `then …` goes in, an effect of the calculus comes out."""

from __future__ import annotations

from flowdsl.compiler.resolve.messages import note_near_declared
from flowdsl.compiler.resolve.phrases import Found, one_name, unknown, whole
from flowdsl.compiler.resolve.refs import ref
from flowdsl.compiler.resolve.scope import Place, unknown_name
from flowdsl.compiler.resolve.spellings import kind_of, note_spellings
from flowdsl.compiler.resolve.texts import note_placeholders
from flowdsl.compiler.resolve.values import carried, constant
from flowdsl.plan.expressions import (
    ChangeMembership,
    Column,
    CustomAction,
    Effect,
    ObjectField,
    Send,
    SetField,
    Setting,
    StartFlow,
    StopFlow,
)
from flowdsl.syntax import ast
from flowdsl.vocabulary import ActionEntry

CAMPAIGN = """\
flow "Sign-up"
  when contact submits form
  then subscribe to campaign "Lessons"
campaign "Lessons"
  then send email "Lesson 1\""""
UNKNOWN = CustomAction("unknown")  # in the place of an action that was not understood: its flow can still be checked


def action(place: Place, written: ast.Action) -> tuple[Effect, tuple[Setting, ...]]:
    """What an action does and what it carries along; UNKNOWN stands for what is not understood."""
    settings = _settings(place, written)
    assigned = _assign(place, written.phrase)
    if assigned:
        return assigned, settings
    lexicon = place.scope.vocabulary.action_phrases
    found = whole(place.scope, lexicon, written.phrase)
    if found is None:
        unknown(place.scope, "E203", "an action", written.phrase, lexicon)
        return UNKNOWN, settings
    row = place.scope.vocabulary.rows[found.id]
    assert isinstance(row, ActionEntry)
    effect = _effect(place, written, found, row)
    if "for" in found.slots:
        note_placeholders(found.slots["for"].items[0], place)
        settings = (Setting("for", found.names("for")[0]), *settings)
    return effect or UNKNOWN, settings


def _settings(place: Place, written: ast.Action) -> tuple[Setting, ...]:
    settings = []
    for setting in written.settings:
        value = carried(place.scope, setting.value)
        if isinstance(setting.value, ast.Text):
            note_placeholders(setting.value, place)
        if value is not None:
            settings.append(Setting(setting.key.text, value))
    return tuple(settings)


def _effect(place: Place, written: ast.Action, found: Found, row: ActionEntry) -> Effect | None:
    if row.kind == "send":
        return _send(place, written, found, row)
    example = place.scope.vocabulary.action_phrases.say(row.id, {"name": '"…"'})
    name = None
    if row.needs_name or "name" in found.slots:
        name = one_name(place.scope, found, "name", "this action", example)
        if name is None:
            return None
    if row.kind == "put":
        if row.of == "campaigns" and name and not _is_campaign(place, name):
            return None
        note_spellings(place.scope, kind_of(place.scope, row.of), found, "name")
        return ChangeMembership(row.of, name.value if name else "", row.present, row.event)
    if row.kind == "assign" and name:
        note_placeholders(name, place)
        return SetField(Column(row.of), name.value, row.event)
    if row.kind in ("begin", "halt") and name:
        return _flow(place, name, row.kind == "begin")
    if name:
        note_placeholders(name, place)
    return CustomAction(row.id, name.value if name else "")


def _flow(place: Place, name: ast.Text, begins: bool) -> Effect | None:
    scope = place.scope
    if name.value not in scope.flows:
        if not scope.partial:  # the flow may well stand in what could not be read
            unknown_name(scope, "E210", "flow", name, scope.flows)
        return None
    if begins and name.value in scope.campaigns:
        said = f'subscribe to campaign "{name.value}"'
        reason = f"a campaign starts for whoever is subscribed to it: `{said}`"
        scope.findings.add("E210", f'"{name.value}" is a campaign, not a flow', name.span, reason=reason)
        return None
    return StartFlow(name.value) if begins else StopFlow(name.value)


def _is_campaign(place: Place, name: ast.Text) -> bool:
    scope = place.scope
    if name.value not in scope.campaigns and not scope.partial:
        unknown_name(scope, "E210", "campaign", name, sorted(scope.campaigns), example=CAMPAIGN)
    return name.value in scope.campaigns


def _send(place: Place, written: ast.Action, found: Found, row: ActionEntry) -> Effect | None:
    words = {part.text.casefold() for part in written.phrase.parts if isinstance(part, ast.Word)}
    name = None
    if "name" in found.slots:
        name = one_name(place.scope, found, "name", "a send", f'send {row.of} "Hello"')
        if name is None:
            return None
        note_placeholders(name, place, message=(row.of, name.value))
        note_near_declared(place.scope, row.of, name)
    staff = ""
    if "staff" in found.slots:
        member = one_name(place.scope, found, "staff", "`to staff`", f'send {row.of} "Hello" to staff "Anna"')
        if member is None:
            return None
        staff = member.value
    for address in found.slots["to"].items if "to" in found.slots else ():
        note_placeholders(address, place)
    message = name.value if name else ""
    place.scope.sent.setdefault((row.of, message), found.span)
    place.scope.senders.setdefault((row.of, message), []).append(place)
    return Send(row.of, message, found.names("to"), staff, "transactional" in words)


# --- set COLUMN to VALUE ----------------------------------------------------------------------------------------------


def _assign(place: Place, phrase: ast.Phrase) -> Effect | None:
    """The effect of `set plan to "pro"`; None when the phrase has another shape."""
    parts = phrase.parts
    if len(parts) != 4 or not isinstance(parts[0], ast.Word) or parts[0].text.casefold() != "set":
        return None
    _, target, to, value = parts
    if not isinstance(target, ast.Word) or not isinstance(to, ast.Word) or to.text.casefold() != "to":
        return None
    left = ref(place, target)
    if isinstance(value, ast.Names):
        if len(value.items) > 1:
            place.findings.add("E209", "a column is set to one value", value.span)
            return UNKNOWN
        note_placeholders(value.items[0], place)
    right = constant(place.scope, value.items[0] if isinstance(value, ast.Names) else value)
    if left is None or right is None:
        return UNKNOWN
    vocabulary = place.scope.vocabulary
    if isinstance(left, Column):
        return SetField(left, right, vocabulary.set_event("", left.name, right))
    if not isinstance(left, ObjectField):
        place.findings.add("E416", "what started a run is past and cannot be set", target.span)
        return UNKNOWN
    return SetField(left, right, vocabulary.set_event(left.kind, left.name, right))
