"""Scenarios: a world of a plan goes in, its `assume` and `at` lines come out."""

from __future__ import annotations

from flowdsl import ast, plan
from flowdsl.calculus import EventMatch, Expr, Send
from flowdsl.lift.conditions import condition
from flowdsl.lift.delays import delay, rate
from flowdsl.lift.phrases import Unsaid, flag_of, match, within
from flowdsl.lift.values import clock, percent
from flowdsl.vocabulary import CHANNELS, VOCABULARY

SUBJECT = "contact"


def scenario(world: plan.World, program: plan.Plan) -> ast.Scenario:
    """The declaration of a scenario."""
    lines: list[ast.ScenarioLine] = []
    for i, answer in enumerate(world.answers):
        with within(f".answers[{i}]"):
            lines.append(_response(answer, program))
    for i, each in enumerate(world.rates):
        with within(f".rates[{i}]"):
            lines.append(_rate(each))
    lines += [_control(control) for control in world.controls]
    return ast.Scenario(ast.Text(world.name), tuple(lines))


def _response(answer: plan.Answer, program: plan.Plan) -> ast.Response:
    names: tuple[str, ...] = (answer.name,) if answer.name else ()
    cause = answer.cause
    of = None
    if flag_of([answer.event]) and cause == EventMatch((f"{_channel(answer.event)}.received",), cause.names):
        names = cause.names  # of messages sent: the line names the message itself
    elif flag_of([answer.event]) and answer.name:
        raise Unsaid("an answer to a message has that message as its object")
    elif cause != EventMatch(_sent(program)):
        of = match(cause, "gerund")
    said, where = _who_does(EventMatch((answer.event,), names), answer.where)
    return ast.Response(said, ast.Range(percent(answer.share)), of, delay(answer.delay), where)


def _who_does(what: EventMatch, where: Expr | None) -> tuple[ast.Phrase, ast.Condition | None]:
    """`contact buys offer`, or `contacts where … buy offer`."""
    if where is None:
        return match(what, "third", SUBJECT), None
    return match(what, "base"), condition(where)


def _channel(event: str) -> str:
    return VOCABULARY.event(event).event.channel


def _sent(program: plan.Plan) -> tuple[str, ...]:
    """The messages of every channel that the program sends on, in the order of the text; e-mail when it sends none."""
    nodes = [node for flow in program.flows for node in flow.nodes]
    sends = [node.effect.channel for node in nodes if isinstance(node, plan.Act) and isinstance(node.effect, Send)]
    return tuple(f"{channel}.received" for channel in dict.fromkeys(sends)) or (f"{CHANNELS[0]}.received",)


def _rate(of: plan.Rate) -> ast.Rate:
    number, unit = rate(of.gaps)
    said, where = _who_does(EventMatch((of.event,), (of.name,) if of.name else ()), of.where)
    return ast.Rate(said, ast.Range(ast.Number(number)), unit, where)


def _control(of: plan.Control) -> ast.At:
    day = ast.Date(of.date) if of.date else None
    contact = ast.Text(of.contact) if of.contact else None
    return ast.At(of.verb, ast.Text(of.flow), of.day, day, clock(of.minute, 0), of.cancel, contact)
