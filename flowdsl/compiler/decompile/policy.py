"""Decompiles the policy: what the sender decides for all flows becomes the workspace and declared messages."""

from __future__ import annotations

from flowdsl.compiler.decompile.flows import only
from flowdsl.compiler.decompile.phrases import Inexpressible
from flowdsl.compiler.decompile.values import UNITS, constant, is_name, lapse
from flowdsl.plan import plan
from flowdsl.syntax import ast
from flowdsl.vocabulary import CHANNELS, VOCABULARY


def workspace(policy: plan.Policy) -> ast.Workspace | None:
    """The workspace; None if it would be empty."""
    lines: list[ast.WorkspaceLine] = []
    if policy.zone:
        lines.append(ast.Timezone(ast.Text(policy.zone)))
    if policy.sender:
        lines.append(ast.From(ast.Text(policy.sender)))
    lines += [_set(word) for word in policy.words]
    if policy.window:
        lines.append(only(policy.window))
    lines += [ast.Cap(ast.Number(cap.times), _plural(cap.channel), lapse(cap.every)) for cap in policy.caps]
    lines += [_capacity(capacity) for capacity in policy.capacities]
    return ast.Workspace(tuple(lines)) if lines else None


def _set(word: plan.Word) -> ast.SetWord:
    if not is_name(word.name):
        raise Inexpressible(f"{word.name!r} cannot be written as a bare name")
    return ast.SetWord(ast.Word(word.name), constant(word.value))


def _plural(channel: str) -> ast.Word:
    """The plural of a channel's messages: `emails`, or `messages` for all channels together."""
    if not channel:
        return ast.Word("messages")
    if channel not in CHANNELS:
        raise Inexpressible(f"{channel!r} is not a channel")
    return ast.Word(f"{channel}s" if f"{channel}s" in VOCABULARY.channel_words else channel)


def _capacity(capacity: plan.Capacity) -> ast.Capacity:
    unit = next((unit for unit, ms in UNITS.items() if ms == capacity.per_ms), None)
    if unit is None or capacity.channel not in CHANNELS:
        raise Inexpressible(f"no words mean a capacity of {capacity.channel!r} per {capacity.per_ms} ms")
    return ast.Capacity(ast.Word(capacity.channel), ast.Number(capacity.amount), unit)


def messages(policy: plan.Policy) -> tuple[ast.Message, ...]:
    """The declared messages."""
    return tuple(_message(message) for message in policy.messages)


def _message(of: plan.Message) -> ast.Message:
    said = (("subject", of.subject), ("from", of.sender), ("reply_to", of.reply_to), ("template", of.template))
    lines = tuple(ast.MessageLine(field, ast.Text(text)) for field, text in said if text)
    return ast.Message(of.channel, ast.Text(of.name), lines)
