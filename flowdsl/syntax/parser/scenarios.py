"""Builds the nodes of scenario lines from the children of a grammar rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from flowdsl.diagnostics.source import Span
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.syntax import ast
from flowdsl.syntax.keywords import say
from flowdsl.syntax.parser.clauses import first, hours
from flowdsl.syntax.parser.conditions import Builder, Children
from flowdsl.syntax.parser.context import ParseContext

VERBS = ("activate", "deactivate", "pause", "resume", "stop", "replace")
Crowd: TypeAlias = tuple[str, ast.Condition, ast.Phrase | None]  # ("crowd", where, what they do)
TAGS = ("crowd", "cause")
MISPLACED = "`where` stands right behind `contacts`, before what they do"
UNCLOSED = "put a condition with `of` in parentheses when more follows it"
CLOSED = 'assume contacts where (completed step "S1" of program "Yoga" and plan is "pro") buy offer 5%'
Cause: TypeAlias = tuple[str, list[ast.Phrase], Crowd | None]  # ("cause", what follows each `of`, a `where`)


def _range(reading: ParseContext, children: Children, span: Span) -> ast.Range:
    if isinstance(children[0], ast.Range):
        return children[0]
    low, *rest = (child for child in children if child != "to")
    return ast.Range(low, rest[0] if rest else None, span=span)


def _param(reading: ParseContext, children: Children, span: Span) -> ast.Range:
    return ast.Range(ast.ParamName(children[0].text, span=span), span=span)


def _by_column(reading: ParseContext, children: Children, span: Span) -> ast.Range:
    return ast.Range(column=children[0], span=span)


def _varying(reading: ParseContext, children: Children, span: Span) -> ast.Spread:
    law, number = (child for child in children if not isinstance(child, str))
    if isinstance(number, ast.Word):
        number = ast.ParamName(number.text, span=number.span)
    return ast.Spread(law.text, number, span=span)


def _varying_by_table(reading: ParseContext, children: Children, span: Span) -> ast.Spread:
    law, number, *more = (child for child in children if not isinstance(child, str))
    return ast.Spread(law.text, number, tuple(more), span=span)


def _by_day(reading: ParseContext, children: Children, span: Span) -> ast.Common:
    law, number = children
    return ast.Common("day", law.text, number, span=span)


def _by_week(reading: ParseContext, children: Children, span: Span) -> ast.Common:
    law, number = children
    return ast.Common("week", law.text, number, span=span)


def _leaving(reading: ParseContext, children: Children, span: Span) -> ast.Leaving:
    share, spread = first(ast.Percent, children), first(ast.Spread, children)
    length = next((child for child in children if isinstance(child, ast.Duration | ast.ParamName)), None)
    return ast.Leaving(share, length, spread, span=span)


def _past(reading: ParseContext, children: Children, span: Span) -> ast.Past:
    since = next((child for child in children if not isinstance(child, str)), None)
    if isinstance(since, ast.Word):
        since = ast.Text(since.text, span=since.span)
    return ast.Past(since, span=span)


def _crowd(reading: ParseContext, children: Children, span: Span) -> Crowd:
    return "crowd", children[0], children[1] if len(children) > 1 else None


def _cause(reading: ParseContext, children: Children, span: Span) -> Cause:
    crowd = _tagged(children, "crowd")
    return "cause", [child for child in children if child is not crowd], crowd


def _delay(reading: ParseContext, children: Children, span: Span) -> ast.Delay:
    law = "about" if "about" in children else "within" if "within" in children else "exactly"
    return ast.Delay(law, children[-1], span=span)


def _law(reading: ParseContext, children: Children, span: Span) -> ast.Delay:
    _, name, length, *rest = children
    shape = tuple(each for each in rest if isinstance(each, ast.Number))
    more = tuple(each for each in rest if not isinstance(each, ast.Number))
    return ast.Delay(name.text, length, shape, more, span=span)


def _new_contacts(reading: ParseContext, children: Children, span: Span) -> ast.NewContacts:
    rate, per, phrase, *_ = children
    phrase = _joined([phrase, *_behind_of(reading, children)])
    return ast.NewContacts(rate, per, phrase, "like_the_table" in children, *_hours(children), span=span)


# --- who does what, and how often -------------------------------------------------------------------------------------


def _tagged(children: Children, tag: str) -> Any:
    return next((child for child in children if isinstance(child, tuple) and child and child[0] == tag), None)


def _who(reading: ParseContext, children: Children) -> tuple[ast.Phrase, ast.Condition | None]:
    """The phrase of an event and the condition on its contacts. After `where` the subject is left out."""
    phrase: ast.Phrase = first(ast.Phrase, children)
    crowd: Crowd | None = _tagged(children, "crowd")
    if crowd is None:
        return phrase, None
    if len(phrase.parts) != 1:
        reading.add("E115", MISPLACED, phrase.span)
    _, where, event = crowd
    return event or ast.Phrase((), span=where.span), where


def _behind_of(reading: ParseContext, children: Children) -> list[ast.Phrase]:
    """What follows each `of` among these children."""
    causes = [child for child in children if isinstance(child, tuple) and child[0] == "cause"]
    for _, phrases, crowd in causes:
        if crowd:
            reading.add("E115", MISPLACED, phrases[-1].span)
    return [phrase for _, phrases, _ in causes for phrase in phrases]


def _joined(phrases: list[ast.Phrase]) -> ast.Phrase:
    """One phrase made of several that are separated by `of`: `step "S1" of program "Yoga"`."""
    whole, *rest = phrases
    for more in rest:
        of = ast.Word(say("of"), span=replace(whole.span, start=whole.span.end, end=more.span.start))
        whole = ast.Phrase((*whole.parts, of, *more.parts), span=whole.span.to(more.span))
    return whole


def _goes_on(phrase: ast.Phrase) -> bool:
    """Whether a condition continues after the name that follows its `of`: with `and`, `or`, or a count."""
    joins = (say("and"), say("or"))
    return any(
        isinstance(part, ast.Number) or (isinstance(part, ast.Word) and part.text.casefold() in joins)
        for part in phrase.parts
    )


def _change_event(
    phrase: ast.Phrase, where: ast.Condition | None, change: Callable[[ast.Phrase], ast.Phrase]
) -> tuple[ast.Phrase, ast.Condition | None]:
    """The event's phrase changed in place: alone, or at the end of the condition that it ran into."""
    if phrase.parts or where is None:
        return change(phrase), where
    if isinstance(where, ast.And | ast.Or) and where.items:
        _, last = _change_event(phrase, where.items[-1], change)
        return phrase, replace(where, items=(*where.items[:-1], last or where.items[-1]))
    if isinstance(where, ast.Not):
        _, inner = _change_event(phrase, where.item, change)
        return phrase, replace(where, item=inner or where.item)
    return phrase, replace(where, phrase=change(where.phrase)) if isinstance(where, ast.Fact) else where


def _event(phrase: ast.Phrase, where: ast.Condition | None) -> ast.Phrase:
    """The words of the event in their place."""
    if phrase.parts or where is None:
        return phrase
    if isinstance(where, ast.And | ast.Or):
        return _event(phrase, where.items[-1])
    return _event(phrase, where.item) if isinstance(where, ast.Not) else where.phrase


def _ends_in(phrase: ast.Phrase, least: int = 1) -> ast.ParamName | None:
    """The last word of a line without a number: the name of a param."""
    last = phrase.parts[-1] if len(phrase.parts) > least else None
    return ast.ParamName(last.text, span=last.span) if isinstance(last, ast.Word) else None


def _without_last(phrase: ast.Phrase) -> ast.Phrase:
    return replace(phrase, parts=phrase.parts[:-1])


Quantity: TypeAlias = tuple[ast.Phrase, ast.Condition | None, ast.Range, list[ast.Phrase]]


def _quantity(reading: ParseContext, children: Children, span: Span, example: str) -> Quantity | None:
    """The event, its contacts, how often or how likely it is, and what follows an `of` that is not part of the event.

    Up to the number, or the param in its place, an `of` belongs to the event: `step "S1" of program "Yoga" 50% of …`.
    """
    phrase, where = _who(reading, children)
    said: ast.Range | None = first(ast.Range, children)
    if said is not None:
        at = next(place for place, child in enumerate(children) if child is said)
        own, rest = _behind_of(reading, children[:at]), _behind_of(reading, children[at:])
        longer = next((each for each in own if where and _goes_on(each)), None)
        if longer:
            reading.add("E115", UNCLOSED, longer.span, example=CLOSED)
            return None
        return *_change_event(phrase, where, lambda event: _joined([event, *own])), said, rest
    spread = first(ast.Spread, children)
    cut = next((place for place, child in enumerate(children) if child is spread), len(children))
    more, behind = _behind_of(reading, children[:cut]), _behind_of(reading, children[cut:])
    ends = [_ends_in(_event(phrase, where)), *(_ends_in(each, 0) for each in more)]
    place = next((place for place, name in enumerate(ends) if name), -1)
    name = ends[place]
    if name is not None:
        own = more[:place]
        if where and any(_goes_on(each) for each in own):
            reading.add("E115", UNCLOSED, own[0].span, example=CLOSED)
            return None

        def without(event: ast.Phrase) -> ast.Phrase:
            *before, last = (event, *own)
            return _joined([*before, _without_last(last)])

        return *_change_event(phrase, where, without), ast.Range(name, span=name.span), [*more[place:], *behind]
    number = phrase.parts[-1] if phrase.parts else None
    if isinstance(number, ast.Number):
        text = reading.written(number.span)
        fixes = [suggested_fix(number.span, f"{text}%")]
        reading.add("E121", f"write a probability in percent: `{text}%`", number.span, fixes=fixes)
        return None
    reading.add("E115", "this line does not say how often or how likely", span, example=example)
    return None


def _rate(reading: ParseContext, children: Children, span: Span) -> ast.Rate | None:
    found = _quantity(reading, children, span, 'assume contact visits page "Pricing" 0.5 per contact per week')
    if found is None:
        return None
    phrase, where, rate, rest = found
    unit = next(child for child in children if isinstance(child, str))
    if rest:
        reading.add("E115", "a rate is of nothing: it says how often contacts do it by themselves", rest[0].span)
        return None
    spread, leaving, past = first(ast.Spread, children), first(ast.Leaving, children), first(ast.Past, children)
    common = tuple(child for child in children if isinstance(child, ast.Common))
    return ast.Rate(phrase, rate, unit, where, *_hours(children), spread, leaving, past, common, span=span)


def _hours(children: Children) -> tuple[int, ast.Clock | None, ast.Clock | None]:
    """The days and hours of a line; other tuples among its parts begin with a tag."""
    return hours([child for child in children if not (isinstance(child, tuple) and child and child[0] in TAGS)])


def _response(reading: ParseContext, children: Children, span: Span) -> ast.Response | ast.Share | None:
    causes = [child for child in children if isinstance(child, tuple) and child[0] == "cause"]
    phrase: ast.Phrase = first(ast.Phrase, children)
    if len(phrase.parts) == 1 and causes and children[1:] == causes[:1]:
        return _share_by_param(reading, phrase, causes[0], span)
    found = _quantity(reading, children, span, 'assume contact opens email "Hello" 35% within 2 days')
    if found is None:
        return None
    phrase, where, share, cause = found
    of = _joined(cause) if cause else None
    delay, spread = first(ast.Delay, children), first(ast.Spread, children)
    return ast.Response(phrase, share, of, delay, where, spread, span=span)


def _share_by_param(reading: ParseContext, name: ast.Phrase, cause: Cause, span: Span) -> ast.Share | None:
    """`assume p of contacts have membership`: only a param precedes its `of`."""
    param = _ends_in(name, 0)
    if param is None:
        reading.add("E115", "this line does not say how likely something is", name.span)
        return None
    _, phrases, crowd = cause
    phrase, where = _who(reading, [_joined(phrases), crowd])
    return ast.Share(ast.Range(param, span=param.span), phrase, where, span=span)


def _share(reading: ParseContext, children: Children, span: Span) -> ast.Share:
    phrase, where = _who(reading, children)
    return ast.Share(first(ast.Range, children), phrase, where, span=span)


# --- at … ------------------------------------------------------------------------------------------------------------


def _control(reading: ParseContext, children: Children, span: Span) -> ast.At | None:
    verb = next(child for child in children if child in VERBS)
    texts = [child for child in children if isinstance(child, ast.Text)]
    number, day = first(ast.Number, children), first(ast.Date, children)
    if number and (children[0] != "day" or not isinstance(number.value, int)):
        reading.add("E115", "days are counted from 1: `at day 20`", number.span)
        return None
    other = texts[1] if len(texts) > 1 else None
    return ast.At(
        verb,
        texts[0],
        number.value if number else 0,
        day,
        first(ast.Clock, children),
        "and_cancel_pending" in children,
        other if verb == "stop" else None,
        other if verb == "replace" else None,
        span=span,
    )


BUILD: dict[str, Builder] = {
    "how_many": _range,
    "how_often": _range,
    "how_likely": _range,
    "how_many_param": _param,
    "by_column": _by_column,
    "varying": _varying,
    "varying_by_param": _varying,
    "varying_by_table": _varying_by_table,
    "by_day": _by_day,
    "by_week": _by_week,
    "leaving": _leaving,
    "past": _past,
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
