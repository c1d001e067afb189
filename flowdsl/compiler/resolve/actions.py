"""Resolves actions: `then …` becomes an effect."""

from __future__ import annotations

from flowdsl.compiler.resolve.messages import note_near_declared
from flowdsl.compiler.resolve.phrases import Found, one_name, unknown, whole
from flowdsl.compiler.resolve.refs import ref
from flowdsl.compiler.resolve.scope import ResolveContext, unknown_name
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
UNKNOWN = CustomAction("unknown")  # replaces an action that was not understood, so that its flow can still be checked


def action(context: ResolveContext, written: ast.Action) -> tuple[Effect, tuple[Setting, ...]]:
    """The effect of an action and its settings; UNKNOWN if it is not understood."""
    settings = _settings(context, written)
    assigned = _assign(context, written.phrase)
    if assigned:
        return assigned, settings
    lexicon = context.scope.vocabulary.action_phrases
    found = whole(context.scope, lexicon, written.phrase)
    if found is None:
        unknown(context.scope, "E203", "an action", written.phrase, lexicon)
        return UNKNOWN, settings
    row = context.scope.vocabulary.rows[found.id]
    assert isinstance(row, ActionEntry)
    effect = _effect(context, written, found, row)
    if "for" in found.slots:
        note_placeholders(found.slots["for"].items[0], context)
        settings = (Setting("for", found.names("for")[0]), *settings)
    return effect or UNKNOWN, settings


def _settings(context: ResolveContext, written: ast.Action) -> tuple[Setting, ...]:
    settings = []
    for setting in written.settings:
        value = carried(context.scope, setting.value)
        if isinstance(setting.value, ast.Text):
            note_placeholders(setting.value, context)
        if value is not None:
            settings.append(Setting(setting.key.text, value))
    return tuple(settings)


def _effect(context: ResolveContext, written: ast.Action, found: Found, row: ActionEntry) -> Effect | None:
    if row.kind == "send":
        return _send(context, written, found, row)
    example = context.scope.vocabulary.action_phrases.say(row.id, {"name": '"…"'})
    name = None
    if row.needs_name or "name" in found.slots:
        name = one_name(context.scope, found, "name", "this action", example)
        if name is None:
            return None
    if row.kind == "put":
        if row.of == "campaigns" and name and not _is_campaign(context, name):
            return None
        note_spellings(context.scope, kind_of(context.scope, row.of), found, "name")
        return ChangeMembership(row.of, name.value if name else "", row.present, row.event)
    if row.kind == "assign" and name:
        note_placeholders(name, context)
        return SetField(Column(row.of), name.value, row.event)
    if row.kind in ("begin", "halt") and name:
        return _flow(context, name, row.kind == "begin")
    if name:
        note_placeholders(name, context)
    return CustomAction(row.id, name.value if name else "")


def _flow(context: ResolveContext, name: ast.Text, begins: bool) -> Effect | None:
    scope = context.scope
    if name.value not in scope.flows:
        if not scope.partial:  # the flow may be in the part that could not be read
            unknown_name(scope, "E210", "flow", name, scope.flows)
        return None
    if begins and name.value in scope.campaigns:
        said = f'subscribe to campaign "{name.value}"'
        reason = f"a campaign starts for contacts who are subscribed to it: `{said}`"
        scope.findings.add("E210", f'"{name.value}" is a campaign, not a flow', name.span, reason=reason)
        return None
    return StartFlow(name.value) if begins else StopFlow(name.value)


def _is_campaign(context: ResolveContext, name: ast.Text) -> bool:
    scope = context.scope
    if name.value not in scope.campaigns and not scope.partial:
        unknown_name(scope, "E210", "campaign", name, sorted(scope.campaigns), example=CAMPAIGN)
    return name.value in scope.campaigns


def _send(context: ResolveContext, written: ast.Action, found: Found, row: ActionEntry) -> Effect | None:
    words = {part.text.casefold() for part in written.phrase.parts if isinstance(part, ast.Word)}
    name = None
    if "name" in found.slots:
        name = one_name(context.scope, found, "name", "a send", f'send {row.of} "Hello"')
        if name is None:
            return None
        note_placeholders(name, context, message=(row.of, name.value))
        note_near_declared(context.scope, row.of, name)
    staff = ""
    if "staff" in found.slots:
        member = one_name(context.scope, found, "staff", "`to staff`", f'send {row.of} "Hello" to staff "Anna"')
        if member is None:
            return None
        staff = member.value
    for address in found.slots["to"].items if "to" in found.slots else ():
        note_placeholders(address, context)
    message = name.value if name else ""
    context.scope.sent.setdefault((row.of, message), found.span)
    context.scope.senders.setdefault((row.of, message), []).append(context)
    return Send(row.of, message, found.names("to"), staff, "transactional" in words)


# --- set COLUMN to VALUE ----------------------------------------------------------------------------------------------


def _assign(context: ResolveContext, phrase: ast.Phrase) -> Effect | None:
    """The effect of `set plan to "pro"`; None if the phrase has another form."""
    parts = phrase.parts
    if len(parts) != 4 or not isinstance(parts[0], ast.Word) or parts[0].text.casefold() != "set":
        return None
    _, target, to, value = parts
    if not isinstance(target, ast.Word) or not isinstance(to, ast.Word) or to.text.casefold() != "to":
        return None
    left = ref(context, target)
    if isinstance(value, ast.Names):
        if len(value.items) > 1:
            context.findings.add("E209", "a column is set to one value", value.span)
            return UNKNOWN
        note_placeholders(value.items[0], context)
    right = constant(context.scope, value.items[0] if isinstance(value, ast.Names) else value)
    if left is None or right is None:
        return UNKNOWN
    vocabulary = context.scope.vocabulary
    if isinstance(left, Column):
        return SetField(left, right, vocabulary.set_event("", left.name, right))
    if not isinstance(left, ObjectField):
        context.findings.add("E416", "what started a run is past and cannot be set", target.span)
        return UNKNOWN
    return SetField(left, right, vocabulary.set_event(left.kind, left.name, right))
