"""Builders of the lines of a scenario: the children of a rule go in, a line of the tree comes out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from flowdsl import ast
from flowdsl.errors import Fix
from flowdsl.parser.clauses import first, hours
from flowdsl.parser.conditions import Children
from flowdsl.parser.reading import Reading
from flowdsl.source import Span

VERBS = ("activate", "deactivate", "pause", "resume", "stop")
Crowd: TypeAlias = tuple[str, ast.Condition, ast.Phrase | None]  # ("crowd", where, what they do)


def _range(reading: Reading, children: Children, span: Span) -> ast.Range:
    if isinstance(children[0], ast.Range):
        return children[0]
    low, *rest = (child for child in children if child != "to")
    return ast.Range(low, rest[0] if rest else None, span=span)


def _param(reading: Reading, children: Children, span: Span) -> ast.Range:
    return ast.Range(ast.ParamName(children[0].text, span=span), span=span)


def _by_column(reading: Reading, children: Children, span: Span) -> ast.Range:
    return ast.Range(column=children[0], span=span)


def _crowd(reading: Reading, children: Children, span: Span) -> Crowd:
    return "crowd", children[0], children[1] if len(children) > 1 else None


def _cause(reading: Reading, children: Children, span: Span) -> tuple[str, ast.Phrase]:
    return "cause", children[0]


def _delay(reading: Reading, children: Children, span: Span) -> ast.Delay:
    law = "about" if "about" in children else "within" if "within" in children else "exactly"
    return ast.Delay(law, children[-1], span=span)


def _law(reading: Reading, children: Children, span: Span) -> ast.Delay:
    _, name, length, *shape = children
    return ast.Delay(name.text, length, tuple(shape), span=span)


def _new_contacts(reading: Reading, children: Children, span: Span) -> ast.NewContacts:
    rate, per, phrase, *rest = children
    return ast.NewContacts(rate, per, phrase, bool(rest), span=span)


# --- who does what, and how often -------------------------------------------------------------------------------------


def _tagged(children: Children, tag: str) -> Any:
    return next((child for child in children if isinstance(child, tuple) and child and child[0] == tag), None)


def _who(reading: Reading, children: Children) -> tuple[ast.Phrase, ast.Condition | None]:
    """The phrase of an event and the condition on the contacts it happens to. Behind `where` the subject is left
    out."""
    phrase: ast.Phrase = first(ast.Phrase, children)
    crowd: Crowd | None = _tagged(children, "crowd")
    if crowd is None:
        return phrase, None
    if len(phrase.parts) != 1:
        reading.fault("E115", "`where` stands right behind `contacts`, before what they do", phrase.span)
    _, where, event = crowd
    return event or ast.Phrase((), span=where.span), where


def _without_param(
    phrase: ast.Phrase, where: ast.Condition | None
) -> tuple[ast.Phrase, ast.Condition | None, ast.ParamName | None]:
    """The last word of a line that says no number is the name of a param."""
    if phrase.parts:
        last = phrase.parts[-1]
        if isinstance(last, ast.Word) and len(phrase.parts) > 1:
            return replace(phrase, parts=phrase.parts[:-1]), where, ast.ParamName(last.text, span=last.span)
        return phrase, where, None
    if isinstance(where, ast.And | ast.Or) and where.items:
        operand = where.items[-1]
        _, inner, name = _without_param(phrase, operand)
        return phrase, replace(where, items=(*where.items[:-1], inner or operand)), name
    if isinstance(where, ast.Not):
        _, inner, name = _without_param(phrase, where.item)
        return phrase, replace(where, item=inner or where.item), name
    if isinstance(where, ast.Fact):
        shorter, _, name = _without_param(where.phrase, None)
        return phrase, replace(where, phrase=shorter) if shorter.parts else where, name
    return phrase, where, None


def _quantity(
    reading: Reading, children: Children, span: Span, example: str
) -> tuple[ast.Phrase, ast.Condition | None, ast.Range] | None:
    phrase, where = _who(reading, children)
    said: ast.Range | None = first(ast.Range, children)
    if said is not None:
        return phrase, where, said
    phrase, where, name = _without_param(phrase, where)
    number = phrase.parts[-1] if phrase.parts else None
    if name is None and isinstance(number, ast.Number):
        text = reading.written(number.span)
        fixes = [Fix(number.span, f"{text}%", f"did you mean `{text}%`?")]
        reading.fault("E121", f"how likely something is stands in percent: `{text}%`", number.span, fixes=fixes)
        return None
    if name is None:
        reading.fault("E115", "this line does not say how often or how likely", span, example=example)
        return None
    return phrase, where, ast.Range(name, span=name.span)


def _rate(reading: Reading, children: Children, span: Span) -> ast.Rate | None:
    found = _quantity(reading, children, span, 'assume contact visits page "Pricing" 0.5 per contact per week')
    if found is None:
        return None
    phrase, where, rate = found
    unit = next(child for child in children if isinstance(child, str))
    windows = [child for child in children if not (isinstance(child, tuple) and child and child[0] == "crowd")]
    return ast.Rate(phrase, rate, unit, where, *hours(windows), span=span)


def _response(reading: Reading, children: Children, span: Span) -> ast.Response | None:
    found = _quantity(reading, children, span, 'assume contact opens email "Hello" 35% within 2 days')
    if found is None:
        return None
    phrase, where, share = found
    cause = _tagged(children, "cause")
    return ast.Response(phrase, share, cause[1] if cause else None, first(ast.Delay, children), where, span=span)


def _share(reading: Reading, children: Children, span: Span) -> ast.Share:
    phrase, where = _who(reading, children)
    return ast.Share(first(ast.Range, children), phrase, where, span=span)


# --- at … ------------------------------------------------------------------------------------------------------------


def _control(reading: Reading, children: Children, span: Span) -> ast.At | None:
    verb = next(child for child in children if child in VERBS)
    texts = [child for child in children if isinstance(child, ast.Text)]
    number, day = first(ast.Number, children), first(ast.Date, children)
    if number and (children[0] != "day" or not isinstance(number.value, int)):
        reading.fault("E115", "days are counted from 1: `at day 20`", number.span)
        return None
    return ast.At(
        verb,
        texts[0],
        number.value if number else 0,
        day,
        first(ast.Clock, children),
        "and_cancel_pending" in children,
        texts[1] if len(texts) > 1 else None,
        span=span,
    )


BUILD = {
    "how_many": _range,
    "how_often": _range,
    "how_likely": _range,
    "how_many_param": _param,
    "by_column": _by_column,
    "crowd": _crowd,
    "cause": _cause,
    "delay": _delay,
    "law": _law,
    "new_contacts": _new_contacts,
    "rate": _rate,
    "response": _response,
    "share": _share,
    "control": _control,
}
