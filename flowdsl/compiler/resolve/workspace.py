"""Resolves the workspace and the declared messages: what the sender decides for all flows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from flowdsl.compiler.resolve import values
from flowdsl.compiler.resolve.flows import clause, note_twice, window, zone
from flowdsl.compiler.resolve.scope import ResolveContext, Scope, anywhere
from flowdsl.compiler.resolve.texts import note_placeholders, note_template
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.plan import plan
from flowdsl.plan.expressions import MEAN_MONTH
from flowdsl.syntax import ast

SEVERAL = (ast.SetWord, ast.Cap, ast.Capacity)
ALL_CHANNELS = ("message", "messages")


def policy(scope: Scope, written: ast.Workspace | None, messages: tuple[ast.Message, ...]) -> plan.Policy:
    """The policy of a program."""
    declared = tuple(_message(scope, message) for message in messages)
    if written is None:
        return plan.Policy(messages=declared)
    note_twice(scope, written.lines, SEVERAL)
    sender = clause(written.lines, ast.From)
    if sender:
        note_placeholders(sender.text, anywhere(scope))
    return plan.Policy(
        zone(scope, clause(written.lines, ast.Timezone)),
        sender.text.value if sender else "",
        _words(scope, written),
        window(scope, clause(written.lines, ast.Only)),
        tuple(cap for line in written.lines if isinstance(line, ast.Cap) and (cap := _cap(scope, line))),
        tuple(each for line in written.lines if isinstance(line, ast.Capacity) and (each := _capacity(scope, line))),
        declared,
    )


def _words(scope: Scope, written: ast.Workspace) -> tuple[plan.Word, ...]:
    words: dict[str, plan.Word] = {}
    for line in written.lines:
        if isinstance(line, ast.SetWord):
            if line.key.text in words:
                scope.findings.add("E213", f"`{line.key.text}` is set twice", line.key.span)
            value = values.constant(scope, line.value)
            if value is not None:
                words[line.key.text] = plan.Word(line.key.text, value)
    return tuple(words.values())


def _channel(scope: Scope, word: ast.Word) -> str | None:
    known = scope.vocabulary.channel_words
    channel = known.get(word.text.casefold())
    if channel is None:
        meant = scope.findings.suggest(word.text, known)
        fixes = (suggested_fix(word.span, meant),) if meant else ()
        scope.findings.add("E216", f"messages are not sent by `{word.text}`", word.span, fixes=fixes)
    return channel


def _cap(scope: Scope, line: ast.Cap) -> plan.Cap | None:
    times = values.whole(scope, line.times, "a cap")
    every = values.stretch(scope, line.every, "the time of a cap")
    channel = "" if line.channel.text.casefold() in ALL_CHANNELS else _channel(scope, line.channel)
    return None if times is None or every is None or channel is None else plan.Cap(times, channel, every)


def _capacity(scope: Scope, line: ast.Capacity) -> plan.Capacity | None:
    amount = values.whole(scope, line.amount, "a capacity")
    channel = _channel(scope, line.channel)
    return None if amount is None or channel is None else plan.Capacity(channel, amount, unit_ms(line.per))


def unit_ms(unit: str) -> int:
    """Milliseconds of a unit; months and years have their mean length.

    >>> unit_ms("hour")
    3600000
    """
    return values.MS.get(unit) or values.MONTHS[unit] * MEAN_MONTH


def _senders(scope: Scope, written: ast.Message) -> list[ResolveContext]:
    """The contexts in which the texts of a message are filled: the flows that send it, or any if none does."""
    places = {context.flow: context for context in scope.senders.get((written.channel, written.name.value), ())}
    named = [replace(one, called=f'the flow "{name}", which sends this,') for name, one in places.items()]
    return named or [anywhere(scope)]


def _note_template(scope: Scope, written: ast.Message, template: ast.Text) -> None:
    source = scope.templates.get(str(PurePath(template.span.file).parent / template.value))
    if source is not None:
        note_template(source, *_senders(scope, written), message=(written.channel, written.name.value))


def _message(scope: Scope, written: ast.Message) -> plan.Message:
    said = {line.field: line.text.value for line in written.lines}
    seen: set[str] = set()
    for line in written.lines:
        if line.field in seen:
            word = line.field.replace("_", " ")
            scope.findings.add("E302", f"`{word}` appears here for the second time", line.span)
        seen.add(line.field)
        if line.field == "template":
            _note_template(scope, written, line.text)
        else:
            message = (written.channel, written.name.value)
            note_placeholders(line.text, *_senders(scope, written), message=message)
    return plan.Message(
        written.channel,
        written.name.value,
        said.get("subject", ""),
        said.get("from", ""),
        said.get("reply_to", ""),
        said.get("template", ""),
        span=written.span,
    )
