"""Builds the nodes of words, values and conditions from the children of a grammar rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from flowdsl.diagnostics.source import Span
from flowdsl.syntax import ast
from flowdsl.syntax.parser.context import Item, ParseContext

Children = list[Any]
Builder: TypeAlias = Callable[[ParseContext, Children, Span], Item]

OPERATORS = {
    "is_one_of": "one_of",
    "is_none_of": "none_of",
    "is_known": "known",
    "is_unknown": "unknown",
    "is_before": "before",
    "is_after": "after",
    "is_within": "within",
    "is_more_than": "gt",
    "is_less_than": "lt",
    "is_at_least": "ge",
    "is_at_most": "le",
}
IN_LISTS = {"is": "one_of", "is_not": "none_of"}
AGO = {"is_more_than": "more_than_ago", "is_less_than": "less_than_ago"}


def _names(reading: ParseContext, children: Children, span: Span) -> ast.Names:
    return ast.Names(tuple(children), span=span)


def _phrase(reading: ParseContext, children: Children, span: Span) -> ast.Phrase:
    return ast.Phrase(tuple(children), span=span)


def _param_name(reading: ParseContext, children: Children, span: Span) -> ast.ParamName:
    return ast.ParamName(children[0].text, span=children[0].span)


def _duration(reading: ParseContext, children: Children, span: Span) -> ast.Duration:
    pairs = zip(children[::2], children[1::2], strict=True)
    return ast.Duration(tuple((number.value, unit) for number, unit in pairs), span=span)


def _one_unit(reading: ParseContext, children: Children, span: Span) -> ast.Duration:
    return ast.Duration(((1, children[0]),), span=span)


# --- conditions -------------------------------------------------------------------------------------------------------


def _comparison(reading: ParseContext, children: Children, span: Span) -> ast.Comparison:
    op, values = children[0].replace(" ", "_"), children[1:]
    if values and values[-1] == "ago":
        return ast.Comparison(AGO[op], (as_length(values[0]),), span=span)
    if op == "is_within":
        return ast.Comparison("within", (values[0],), span=span)
    if op in IN_LISTS and len(values) > 1:
        return ast.Comparison(IN_LISTS[op], tuple(values), span=span)
    return ast.Comparison(OPERATORS.get(op, op), tuple(values), span=span)


def as_length(value: ast.Value) -> ast.Value | ast.ParamName:
    """A value where only a length of time is possible: there a bare word is the name of a param."""
    return ast.ParamName(value.text, span=value.span) if isinstance(value, ast.Word) else value


def _count(reading: ParseContext, children: Children, span: Span) -> ast.Count:
    op = children[0] if isinstance(children[0], str) else "exactly"
    return ast.Count(op, children[-1], span=span)


def _window(reading: ParseContext, children: Children, span: Span) -> ast.InTheLast:
    return ast.InTheLast(children[0], span=span)


def _since_start(reading: ParseContext, children: Children, span: Span) -> ast.SinceStart:
    return ast.SinceStart(span=span)


def _fact(reading: ParseContext, children: Children, span: Span) -> ast.Fact:
    phrase, *rest = children
    comparison = next((each for each in rest if isinstance(each, ast.Comparison)), None)
    count = next((each for each in rest if isinstance(each, ast.Count)), None)
    window = next((each for each in rest if isinstance(each, ast.InTheLast | ast.SinceStart)), None)
    return ast.Fact(phrase, comparison, count, window, span=span)


def _in(words: tuple[str, ...], reading: ParseContext, children: Children, span: Span) -> ast.Fact:
    *before, right = children
    left = before[0] if before else ast.Phrase((), span=replace(span, end=span.start))
    between = Span(span.file, left.span.end, right.span.start, left.span.line, left.span.column)
    middle = tuple(ast.Word(word, span=between) for word in words)
    return ast.Fact(ast.Phrase((*left.parts, *middle, *right.parts), span=span), span=span)


def _fact_in(reading: ParseContext, children: Children, span: Span) -> ast.Fact:
    return _in(("is", "in"), reading, children, span)


def _fact_not_in(reading: ParseContext, children: Children, span: Span) -> ast.Not:
    return ast.Not(_in(("is", "in"), reading, children, span), span=span)


def _never(reading: ParseContext, children: Children, span: Span) -> ast.Fact:
    phrases = [each for each in children if isinstance(each, ast.Phrase)]
    parts = tuple(part for phrase in phrases for part in phrase.parts)
    comparison = next((each for each in children if isinstance(each, ast.Comparison)), None)
    window = next((each for each in children if isinstance(each, ast.InTheLast | ast.SinceStart)), None)
    count = ast.Count("exactly", ast.Number(0), never=True, span=span)
    phrase = ast.Phrase(parts, span=phrases[0].span.to(phrases[-1].span))
    return ast.Fact(phrase, comparison, count, window, span=span)


def _not(reading: ParseContext, children: Children, span: Span) -> ast.Not:
    return ast.Not(children[0], span=span)


def _and(reading: ParseContext, children: Children, span: Span) -> ast.And:
    return ast.And(tuple(_flat(ast.And, children)), span=span)


def _or(reading: ParseContext, children: Children, span: Span) -> ast.Or:
    return ast.Or(tuple(_flat(ast.Or, children)), span=span)


def _flat(kind: type[ast.And] | type[ast.Or], children: Children) -> Children:
    items: Children = []
    for child in children:
        if isinstance(child, kind) and child.items:
            items.extend(child.items)
        else:
            items.append(child)
    return items


def _group(reading: ParseContext, children: Children, span: Span) -> ast.Condition:
    inner: ast.Condition = children[0]
    return inner


def _anything(reading: ParseContext, children: Children, span: Span) -> ast.And:
    """Replaces a condition that could not be read by one without content, so that no further errors follow from it."""
    return ast.And((), span=span)


def _some_times(reading: ParseContext, children: Children, span: Span) -> ast.Number:
    """Replaces a number of times that could not be read by 1."""
    return ast.Number(1, span=span)


BUILD = {
    "names": _names,
    "phrase": _phrase,
    "deed": _phrase,
    "param_name": _param_name,
    "duration": _duration,
    "one_unit": _one_unit,
    "comparison": _comparison,
    "count": _count,
    "window": _window,
    "since_start": _since_start,
    "fact": _fact,
    "fact_in": _fact_in,
    "fact_not_in": _fact_not_in,
    "never": _never,
    "not_": _not,
    "and_": _and,
    "or_": _or,
    "group": _group,
    "anything": _anything,
    "some_times": _some_times,
}
