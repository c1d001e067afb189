"""Decompiles scenarios: a world of a plan becomes `assume` and `at` lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowdsl.calendar.clock import DAY, EVERY_DAY, Window
from flowdsl.compiler.decompile import spreads
from flowdsl.compiler.decompile.conditions import condition
from flowdsl.compiler.decompile.delays import delay
from flowdsl.compiler.decompile.flows import only
from flowdsl.compiler.decompile.phrases import Inexpressible, flag_of, match, state, within
from flowdsl.compiler.decompile.values import UNITS, clock, length, percent
from flowdsl.plan import plan
from flowdsl.plan.expressions import EventMatch, Expr, Has, Send
from flowdsl.plan.visit import effects
from flowdsl.syntax import ast
from flowdsl.vocabulary import CHANNELS, VOCABULARY

SUBJECT = "contact"
CONTACTS = ast.Word("contacts")
MILLION = 1_000_000
_PLURAL: dict[object, ast.Word] = {ast.Word("has"): ast.Word("have"), ast.Word("is"): ast.Word("are")}


def scenario(world: plan.World, program: plan.Plan) -> ast.Scenario:
    """The declaration of a scenario."""
    lines: list[ast.ScenarioLine] = []

    def collect(key: str, many: Sequence[Any], make: Callable[[Any], ast.ScenarioLine]) -> None:
        for i, one in enumerate(many):
            with within(f".{key}[{i}]"):
                lines.append(make(one))

    collect("arrivals", world.arrivals, _new_contacts)
    collect("shares", world.shares, _share)
    collect("rates", world.rates, _rate)
    collect("answers", world.answers, lambda answer: _response(answer, program))
    collect("controls", world.controls, _control)
    return ast.Scenario(ast.Text(world.name), tuple(lines))


# --- numbers ----------------------------------------------------------------------------------------------------------


def _range(line: plan.Chancy, said: Callable[[int], ast.Percent | ast.Number]) -> ast.Range:
    if not isinstance(line, plan.Arrival) and line.column:
        return ast.Range(column=ast.Text(line.column))
    low = line.rate if isinstance(line, plan.Rate | plan.Arrival) else line.share
    return ast.Range(said(low), said(line.most) if line.most else None)


def _number(millionths: int) -> ast.Number:
    """A rate, as a number of events."""
    return ast.Number(millionths // MILLION if millionths % MILLION == 0 else millionths / MILLION)


def _unit(per_ms: int) -> str:
    unit = next((unit for unit, ms in UNITS.items() if ms == per_ms), None)
    if unit is None:
        raise Inexpressible(f"rates are given per second, minute, hour, day, week, month or year, not per {per_ms} ms")
    return unit


# --- lines ------------------------------------------------------------------------------------------------------------


def _response(answer: plan.Answer, program: plan.Plan) -> ast.Response:
    names: tuple[str, ...] | None = None
    cause = answer.cause
    of = None
    if flag_of([answer.event]) and cause == EventMatch((f"{_channel(answer.event)}.received",), cause.names):
        names = cause.names  # of messages sent: the line names the message itself
    elif flag_of([answer.event]) and answer.name:
        raise Inexpressible("an answer to a message has that message as its object")
    elif cause != EventMatch(_sent(program)):
        of = match(cause, "gerund")
    said, where = _who_does(_match(answer, names), answer.where)
    spread = spreads.beta(answer.spread, answer.share, answer.most)
    return ast.Response(said, _range(answer, percent), of, delay(answer.delay), where, spread)


def _who_does(what: EventMatch, where: Expr | None) -> tuple[ast.Phrase, ast.Condition | None]:
    """`contact buys offer`, or `contacts where … buy offer`."""
    if where is None:
        return match(what, "third", SUBJECT), None
    return match(what, "base"), condition(where)


def _channel(event: str) -> str:
    return VOCABULARY.event(event).event.channel


def _sent(program: plan.Plan) -> tuple[str, ...]:
    """The messages of every channel on which the program sends, in the order of the text; e-mail if it sends none."""
    sends = (send.channel for send in effects(program, Send))
    return tuple(f"{channel}.received" for channel in dict.fromkeys(sends)) or (f"{CHANNELS[0]}.received",)


def _match(of: plan.Answer | plan.Rate | plan.Arrival, names: tuple[str, ...] | None = None) -> EventMatch:
    """The event of a line; `names` is used for answers to messages, whose names belong to the message."""
    return EventMatch((of.event,), ((of.name,) if of.name else ()) if names is None else names, of.fields)


def _rate(of: plan.Rate) -> ast.Rate:
    if not of.rate and not of.most and not of.column:
        raise Inexpressible("a rate of the language is more than 0")
    said, where = _who_does(_match(of), of.where)
    spread = spreads.gamma(of.spread)
    leaving = _leaving(of.leaving) if of.leaving else None
    past = _past(of.past, spread) if of.past else None
    hours, common = _hours(of.window), _common(of)
    return ast.Rate(said, _range(of, _number), _unit(of.per_ms), where, *hours, spread, leaving, past, common)


def _common(of: plan.Rate) -> tuple[ast.Common, ...]:
    numbers = (("day", of.daily), ("week", of.weekly))
    return tuple(ast.Common(per, "gamma", _number(number)) for per, number in numbers if number)


def _leaving(of: plan.Leaving) -> ast.Leaving:
    law = "beta" if of.share else "gamma"
    spread = ast.Spread(law, _number(of.spread)) if of.spread else None
    if of.share:
        return ast.Leaving(percent(of.share), spread=spread)
    return ast.Leaving(length=length(0, *divmod(of.ms, DAY)), spread=spread)


def _past(of: plan.Past, spread: ast.Spread | None) -> ast.Past:
    if spread is None or spread.law != "gamma" or spread.number != _number(of.shape):
        raise Inexpressible("the past of a contact is weighed by the gamma law by which contacts differ")
    return ast.Past(ast.Text(of.column) if of.column else ast.Date(of.date) if of.date else None)


def _hours(window: Window | None) -> tuple[int, ast.Clock | None, ast.Clock | None]:
    """The days and hours of a line; a window that is always open has its hours written."""
    if window is None:
        return EVERY_DAY, None, None
    hours = only(window)
    if hours.days == EVERY_DAY and hours.start is None:
        return EVERY_DAY, ast.Clock(0), ast.Clock(1440)
    return hours.days, hours.start, hours.end


def _new_contacts(of: plan.Arrival) -> ast.NewContacts:
    if not of.rate and not of.most:
        raise Inexpressible("a rate of the language is more than 0")
    said, per = match(_match(of), "base"), _unit(of.per_ms)
    return ast.NewContacts(_range(of, _number), per, said, of.like_table, *_hours(of.window))


def _share(of: plan.Share) -> ast.Share:
    has = state(Has(of.family, (of.name,) if of.name else ()))
    assert has is not None
    words = tuple(_PLURAL.get(part, part) for part in has.parts)
    if words[0] == ast.Word("in"):
        words = (ast.Word("are"), *words)
    said = ast.Phrase((CONTACTS, *words) if of.where is None else words)
    return ast.Share(_range(of, percent), said, condition(of.where) if of.where else None)


def _control(of: plan.Control) -> ast.At:
    day = ast.Date(of.date) if of.date else None
    contact = ast.Text(of.contact) if of.contact else None
    by = ast.Text(of.by) if of.by else None
    return ast.At(of.verb, ast.Text(of.flow), of.day, day, clock(of.minute, 0), of.cancel, contact, by)
