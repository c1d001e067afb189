"""Finds the contacts for whom a change of the program makes a difference, and from when on.

Messages and runs are compared as they happen, contact by contact: what steps are called, and which number a run has,
is no difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import pandas as pd

from flowdsl.calendar.clock import format_ms
from flowdsl.calendar.zones import Zone
from flowdsl.diagnostics.diagnostic import DataError
from flowdsl.results.records import Record
from flowdsl.results.results import Results
from flowdsl.results.tables import moments

NOTHING = "nothing more"
ENTERS, MESSAGE, LEAVES = 0, 1, 2  # in the order of one instant
SAYS = ["at", "what"]


def first_differences(base: Results, other: Results, zone: Zone) -> pd.DataFrame:
    """The contacts who live otherwise: `contact`, `time`, `was` and `becomes` (words), in the order of their ids."""
    both = _numbered(base).merge(_numbered(other), on=["contact", "n"], how="outer", suffixes=("_was", "_becomes"))
    same = (both["at_was"] == both["at_becomes"]) & (both["what_was"] == both["what_becomes"])
    first = both[~same].sort_values(["contact", "n"], kind="stable").drop_duplicates("contact")
    earliest = first[["at_was", "at_becomes"]].min(axis=1)
    return pd.DataFrame(
        {
            "contact": first["contact"].to_numpy(),
            "time": moments(earliest.to_numpy().astype("int64")),
            "was": [_said(*row, zone=zone) for row in first[["at_was", "what_was"]].itertuples(index=False)],
            "becomes": [
                _said(*row, zone=zone) for row in first[["at_becomes", "what_becomes"]].itertuples(index=False)
            ],
        }
    )


def _numbered(results: Results) -> pd.DataFrame:
    """What happens to each contact, in order: `contact n at what`."""
    rows = pd.concat([*_runs(results), _sends(results)], ignore_index=True)
    rows = rows.sort_values(["contact", "at", "order"], kind="stable")
    rows["n"] = rows.groupby("contact", sort=False).cumcount()
    return rows[["contact", "n", *SAYS]]


def _sends(results: Results) -> pd.DataFrame:
    sends = results.sends
    to = _after(" to ", sends["to"])
    what = _text(sends["channel"]) + ' "' + _text(sends["message"]) + '"' + to + " " + _text(sends["status"])
    by = ', by flow "' + _text(sends["flow"]) + '"'
    return _rows(sends, "time", MESSAGE, what + _after(": ", sends["reason"]) + by)


def _runs(results: Results) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Beginnings and ends of runs; a refused entry is an end."""
    runs = results.runs
    began, ended = runs[runs["status"] != "declined"], runs[runs["ended"].notna()]
    about = _after(" about ", runs["object_id"])
    enters = 'enters flow "' + _text(began["flow"]) + '"' + about[began.index]
    what = 'flow "' + _text(ended["flow"]) + '"' + about[ended.index] + ": " + _text(ended["status"])
    return _rows(began, "started", ENTERS, enters), _rows(ended, "ended", LEAVES, what + _after(", ", ended["reason"]))


def _rows(table: pd.DataFrame, time: str, order: int, what: pd.Series[str] | str) -> pd.DataFrame:
    at = table[time].astype("int64").to_numpy()  # ms, as all moments of results
    return pd.DataFrame({"contact": _text(table["contact"]).to_numpy(), "at": at, "order": order, "what": what})


def _text(column: pd.Series[str]) -> pd.Series[str]:
    return column.astype(object).where(column.notna(), "").astype(str)


def _after(words: str, column: pd.Series[str]) -> pd.Series[str]:
    """The words and the cell, nothing where it is missing."""
    text = _text(column)
    return (words + text).where(text != "", "")


def _said(at: float, what: str, *, zone: Zone) -> str:
    return NOTHING if pd.isna(at) else f"{format_ms(int(at), zone, seconds=bool(int(at) % 60_000))} {what}"


# --- one contact ------------------------------------------------------------------------------------------------------


def first_difference(base: Results, other: Results, contact: str, names: Sequence[str], zone: Zone) -> str:
    """The first row, of answers and actions too, that differs between two simulations of a contact; "" if none does."""
    for was, becomes in zip_longest(_traced(base, contact), _traced(other, contact)):
        if was != becomes:
            said = (_said(*(row or (float("nan"), "")), zone=zone) for row in (was, becomes))
            return "; ".join(f'"{name}": {words}' for name, words in zip(names, said, strict=True))
    return ""


def _traced(results: Results, contact: str) -> list[tuple[int, str]]:
    try:
        return [(row.time, _told(row)) for row in results.trace(contact) if row.kind != "step"]
    except DataError:  # one who comes in one of the variants only
        return []


def _told(row: Record) -> str:
    name = f' "{row.name}"' if row.name else ""
    if row.kind == "event":
        return f"{row.action}{name}{_fields(row)}"
    reason = f": {row.reason}" if row.reason else ""
    what = f'flow "{row.flow}"' if row.kind == "run" else f'{row.channel or row.action}{name}, by flow "{row.flow}"'
    return f"{what} {row.status}{reason}"


def _fields(row: Record) -> str:
    return "".join(f", {name} {value}" for name, value in sorted(row.fields.items()))
