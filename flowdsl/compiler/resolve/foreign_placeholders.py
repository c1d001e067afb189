"""Finds placeholders of other products in texts, which would be sent literally although a value was intended.

Only forms that are rarely meant literally are found; `100%`, prices, links and the braces of styles are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

NAME = r"[^\W\d][\w-]*(?:\.[^\W\d][\w-]*)*"
_SHAPES = re.compile(
    rf"(?<!\{{)\{{\{{\s*(?:(?P<mustache>{NAME})\s*(?:\|[^{{}}\n]*)?|[#/^][^{{}}\n]+)\}}\}}(?!\}})"  # {{name}} {{#if x}}
    rf"|\{{%-?\s*[a-z]+\b[^{{}}\n]*%\}}"  # {% if name %}
    rf"|\*\|[\w:]+\|\*"  # *|FNAME|*
    rf"|(?<![\w%])%{{1,2}}(?P<percent>{NAME})%{{1,2}}(?![\w%])"  # %FIRSTNAME%
    rf"|(?<!\[)\[\[\s*(?P<square>{NAME})\s*\]\](?![\](])"  # [[name]], but not the link [[name]](https://…)
    rf"|\$\{{\s*(?P<dollar>{NAME})\s*\}}"  # ${name}
    rf"|<%=?\s*(?P<angle>{NAME})\s*%>"  # <%= name %>
)
_CODE = re.compile(r"<(style|script)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_OF_PEOPLE = ("name", "email", "mail", "city", "company", "street", "phone", "title")  # `${city}` is hardly a price


class Foreign(NamedTuple):
    """A placeholder of another product: as written, its start and end, and its name ("" if it is not clear which column
    is meant)."""

    written: str
    start: int
    end: int
    name: str


def foreign_in(text: str) -> Iterator[Foreign]:
    """The placeholders of other products in a text, in order.

    >>> [(one.written, one.name) for one in foreign_in("Hi {{first_name}}, *|FNAME|*! 100% for ${trigger.amount}")]
    [('{{first_name}}', 'first_name'), ('*|FNAME|*', '')]
    """
    for match in _SHAPES.finditer(text):
        if _is_meant(match):
            yield Foreign(match[0], *match.span(), _name(match))


def foreign_in_template(text: str) -> Iterator[Foreign]:
    """The same for a template file, which may contain styles and scripts.

    >>> [one.written for one in foreign_in_template("<style>a{{x}}</style> {{first_name}} <p style='{ color: red }'>")]
    ['{{first_name}}']
    """
    return foreign_in(_CODE.sub(lambda code: " " * len(code[0]), text))


def _is_meant(match: re.Match[str]) -> bool:
    """False if the text may be meant literally: a price `${amount}`, two percent signs around a word."""
    if name := match["dollar"]:
        return "." not in name and name.casefold().endswith(_OF_PEOPLE)
    if name := match["percent"]:
        return (name.isupper() and len(name) > 2) or name.casefold().endswith("name")
    return True


def _name(match: re.Match[str]) -> str:
    """The name of a column; a name in capitals is a built-in name of the other product."""
    name = match["mustache"] or match["percent"] or match["square"] or match["dollar"] or match["angle"] or ""
    return "" if "." in name or name.isupper() else name
