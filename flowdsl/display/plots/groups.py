"""Splits a tidy table into groups with readable names, and keeps the largest ones."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

MANY = 6  # more cannot be distinguished


def grouped(frame: pd.DataFrame, values: Sequence[str]) -> list[tuple[str, pd.DataFrame]]:
    """The parts of a table by all of its columns that are no values, in the order they come.

    >>> grouped(pd.DataFrame({"channel": ["sms", "email"], "mean": [1, 2]}), ["mean"])[0][0]
    'sms'
    """
    by = [name for name in frame.columns if name not in values]
    if not by:
        return [("", frame)]
    parts = frame.groupby(by, observed=True, sort=False, dropna=False)
    return [(name_of(key), part) for key, part in parts]


def name_of(key: object) -> str:
    """A group in words: what it is, once where names are the same.

    >>> name_of(("email", "Offer", "Offer")), name_of(("sms", "Hello", "Reminder"))
    ('email · Offer', 'sms · Hello · Reminder')
    """
    cells = key if isinstance(key, tuple) else (key,)
    return " · ".join(dict.fromkeys(str(cell) for cell in cells if not _is_missing(cell)))


def largest(
    parts: list[tuple[str, pd.DataFrame]], value: str, most: int = MANY
) -> tuple[list[tuple[str, pd.DataFrame]], int]:
    """At most this many parts, those with most of a value, in their order; and how many are left out."""
    if len(parts) <= most:
        return parts, 0
    sizes = sorted((-float(part[value].abs().sum()), at) for at, (_, part) in enumerate(parts))
    kept = sorted(at for _, at in sizes[:most])
    return [parts[at] for at in kept], len(parts) - most


def _is_missing(cell: object) -> bool:
    return cell is None or cell != cell or cell == ""
