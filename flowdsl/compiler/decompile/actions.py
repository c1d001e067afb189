"""Decompiles actions: the phrase of an effect, with its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowdsl.compiler.decompile.conditions import condition, ref
from flowdsl.compiler.decompile.phrases import Inexpressible, phrase
from flowdsl.compiler.decompile.values import constant, is_name, texts
from flowdsl.plan.expressions import ChangeMembership, Column, Effect, Send, SetField, Setting, StartFlow, StopFlow
from flowdsl.plan.plan import Act
from flowdsl.syntax import ast
from flowdsl.vocabulary import VOCABULARY, ActionEntry


def action(act: Act) -> ast.Action:
    """The syntax tree of an action.

    >>> action(Act("x", Send("chat", "Hello"), "end")).phrase.parts[:2]
    (Word(text='send'), Word(text='chat'))
    """
    said, settings = _phrase_and_settings(act.effect, act.settings)
    written = tuple(_setting(one) for one in settings)
    return ast.Action(said, written, condition(act.unless) if act.unless else None)


def _setting(one: Setting) -> ast.Setting:
    if not is_name(one.key):
        raise Inexpressible(f"{one.key!r} cannot be written as a bare name")
    return ast.Setting(ast.Word(one.key), constant(one.value))


def _phrase_and_settings(effect: Effect, settings: tuple[Setting, ...]) -> tuple[ast.Phrase, tuple[Setting, ...]]:
    """The phrase of an effect, and the settings that the phrase does not include."""
    match effect:
        case Send():
            return _send(effect), settings
        case ChangeMembership():
            row = _row(kind="put", of=effect.family, present=effect.present, event=effect.event)
            return _phrase(row, {"name": [effect.name] if effect.name else []}), settings
        case SetField():
            return _assign(effect), settings
        case StartFlow():
            return _phrase(_row(kind="begin"), {"name": [effect.flow]}), settings
        case StopFlow():
            return _phrase(_row(kind="halt"), {"name": [effect.flow]}), settings
        case _:
            return _do(effect.action, effect.name, settings)


def _row(**properties: Any) -> str:
    """The id of the vocabulary's action with exactly these properties."""
    for row in VOCABULARY.rows.values():
        if isinstance(row, ActionEntry) and all(getattr(row, k) == v for k, v in properties.items()):
            return row.id
    raise Inexpressible(
        f"no action of the vocabulary is {', '.join(f'{key} {value}' for key, value in properties.items())}"
    )


def _phrase(row: str, slots: Mapping[str, Sequence[str]]) -> ast.Phrase:
    return phrase(VOCABULARY.action_phrases, row, slots)


def _send(send: Send) -> ast.Phrase:
    slots = {"name": [send.message] if send.message else [], "to": send.to, "staff": [send.staff] if send.staff else []}
    said = _phrase(_row(kind="send", of=send.channel), slots).parts
    return ast.Phrase((said[0], ast.Word("transactional"), *said[1:]) if send.transactional else said)


def _do(id: str, name: str, settings: tuple[Setting, ...]) -> tuple[ast.Phrase, tuple[Setting, ...]]:
    row = _row(kind="do", id=id)
    slots = {"name": [name] if name else []}
    first = settings[0] if settings else None
    takes_for = any("<for>" in pattern for pattern in VOCABULARY.words[row])
    if takes_for and first and first.key == "for" and isinstance(first.value, str):
        return _phrase(row, {**slots, "for": [first.value]}), settings[1:]
    return _phrase(row, slots), settings


def _assign(assign: SetField) -> ast.Phrase:
    target = assign.target
    kind = "" if isinstance(target, Column) else target.kind
    event = VOCABULARY.set_event(kind, target.name, assign.value)
    if assign.event != event:
        raise Inexpressible(f"setting {ref(target).text} causes the event {event or 'none'!r}, not {assign.event!r}")
    value = constant(assign.value)
    said = texts([value.value]) if isinstance(value, ast.Text) else value
    return ast.Phrase((ast.Word("set"), ref(target), ast.Word("to"), said))
