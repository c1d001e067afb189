"""Builds HTML elements from names, numbers, tables and pictures; all text is escaped.

Notebooks show them as they are, in their own colours, light or dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd

NUMBER = "text-align: right; padding: 0.1em 0.6em; font-variant-numeric: tabular-nums"
WORDS = "text-align: left; padding: 0.1em 0.6em"


def element(name: str, *inside: str, **attributes: str) -> str:
    """An element; what stands inside is HTML, attributes are texts.

    >>> element("p", escape("a < b"), title='"x"')
    '<p title="&quot;x&quot;">a &lt; b</p>'
    """
    said = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{said}>{''.join(inside)}</{name}>"


def text(words: object) -> str:
    """A text, escaped."""
    return escape(str(words), quote=False)


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Headline numbers, side by side: each large, with what it counts below it.

    >>> facts([("12", "messages sent")]).count("12")
    1
    """
    cells = [
        element(
            "div",
            element("div", text(number), style="font-size: 1.4em; font-weight: 600; line-height: 1.2"),
            element("div", text(words), style="font-size: 0.85em; opacity: 0.75"),
            style="margin: 0 1.8em 0.4em 0",
        )
        for number, words in pairs
    ]
    return element("div", *cells, style="display: flex; flex-wrap: wrap", class_="facts")


def note(words: str) -> str:
    """A remark in small letters."""
    return element("p", text(words), style="font-size: 0.85em; opacity: 0.75; margin: 0.3em 0")


def table(frame: pd.DataFrame, most: int = 0, names: Mapping[str, str] | None = None, caption: str = "") -> str:
    """A table, numbers to the right and in few digits; of more than `most` rows the first ones, with a word on it.

    >>> table(pd.DataFrame({"flow": ["<b>"], "sent": [1200]})).count("&lt;b&gt;")
    1
    """
    shown = frame.head(most) if most else frame
    called = names or {}
    is_number = [pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind) for kind in shown.dtypes]
    styles = [NUMBER if one else WORDS for one in is_number]
    heads = [
        element("th", text(called.get(str(name), str(name).replace("_", " "))), style=style, scope="col")
        for name, style in zip(shown.columns, styles, strict=True)
    ]
    body = [
        element("tr", *(element("td", text(cell(one)), style=style) for one, style in zip(row, styles, strict=True)))
        for row in shown.itertuples(index=False)
    ]
    head = element("thead", element("tr", *heads))
    heading = element("caption", text(caption), style="text-align: left; padding: 0.2em 0.6em") if caption else ""
    more = note(f"and {len(frame) - len(shown):,} more rows") if len(shown) < len(frame) else ""
    drawn = element("table", heading, head, element("tbody", *body), style="border-collapse: collapse; margin: 0.4em 0")
    return element("div", drawn, style="overflow-x: auto") + more


def cell(value: Any) -> str:
    """A cell as it is read: numbers with separators and few digits, dates without a time that is midnight.

    >>> cell(1234.56), cell(0.123456), cell(float("nan")), cell(pd.Timestamp("2026-01-05")), cell(True), cell(7)
    ('1,234.6', '0.1235', '', '2026-01-05', 'yes', '7')
    """
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if isinstance(value, float):  # NumPy's are floats too
        return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.4g}"
    return str(value)


def card(*inside: str) -> str:
    """What a notebook shows of a result."""
    return element("div", *inside, class_="flowdsl")


def many(number: float, one: str, more: str = "") -> tuple[str, str]:
    """A headline number and its noun.

    >>> many(1, "contact"), many(1200, "contact")
    (('1', 'contact'), ('1,200', 'contacts'))
    """
    return f"{number:,.0f}", one if number == 1 else more or f"{one}s"
