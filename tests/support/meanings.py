"""Texts to what they mean, for the tests of meaning: each helper reads one kind of phrase in a program around it."""

from __future__ import annotations

from flowdsl.compiler import resolved
from flowdsl.compiler.resolve import resolve
from flowdsl.diagnostics.diagnostic import Diagnostic
from flowdsl.diagnostics.source import Source
from flowdsl.plan import plan
from flowdsl.plan.expressions import Expr
from flowdsl.syntax.parser import parse

DAY = 86_400_000
CHANNELS = ("email", "sms", "chat", "push", "notification")


def read(text: str) -> tuple[resolved.Resolved, list[Diagnostic]]:
    program, syntax = parse(Source(text))
    assert syntax == [], [str(diagnostic) for diagnostic in syntax]
    return resolve(program)


def well(text: str) -> resolved.Resolved:
    program, diagnostics = read(text)
    assert diagnostics == [], [str(diagnostic) for diagnostic in diagnostics]
    return program


def flow(text: str) -> resolved.Flow:
    return well(text).flows[0]


def asked(condition: str, when: str = "member joins program") -> Expr:
    """The expression of a condition behind `if`."""
    step = flow(f'when {when}\n wait until opened "Z" for up to 1 day\n if {condition} then send chat "X" end').steps[1]
    assert isinstance(step, resolved.If)
    return step.arms[0].test


def until(wait: str, when: str = "member joins program") -> plan.Until:
    step = flow(f'when {when}\n wait {wait}\n then send chat "X"').steps[0]
    assert isinstance(step, resolved.Wait)
    return step.until


def effect(action: str, when: str = "member joins program") -> object:
    step = flow(f"when {when} then {action}").steps[0]
    assert isinstance(step, resolved.Act)
    return step.effect


def trigger(when: str) -> plan.Trigger:
    return flow(f'when {when} then send chat "X"').triggers[0]


def on_event(when: str) -> plan.OnEvent:
    found = trigger(when)
    assert isinstance(found, plan.OnEvent)
    return found


def codes(text: str) -> list[str]:
    return [diagnostic.code for diagnostic in read(text)[1]]
