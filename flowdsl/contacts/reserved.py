"""Columns with a meaning of their own: `tags`, `groups` and other sets, `membership`, `can_email`, `timezone`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

import numpy as np

from flowdsl.clock import zone_names
from flowdsl.contacts import cells
from flowdsl.contacts.arrays import Coded
from flowdsl.contacts.sheets import Findings, Sheet
from flowdsl.vocabulary.entries import CHANNELS

UNNAMED = ""  # a membership of which only its being there is known: `has membership` holds, with a name it does not

Names: TypeAlias = tuple[str, ...]
NO_NAMES: Names = ()


def zones(sheet: Sheet, findings: Findings) -> Sequence[str]:
    if "timezone" not in sheet.columns:
        return ()
    codes, written = cells.names(sheet.column("timezone"))
    known = set(zone_names())
    bad = np.fromiter((name not in known for name in written), dtype=bool, count=len(written))
    wrong = (codes >= 0) & (bad[codes] if len(bad) else False)
    if wrong.any():
        first = written[codes[int(np.argmax(wrong))]]
        findings.add_rows(
            "E510",
            '"timezone" names no time zone ({rows})',
            sheet,
            wrong,
            words=first,
            reason="zones go by their IANA names" + _did_you_mean(first, known),
            example="Europe/Paris",
        )
    return Coded(codes, written, "")


def _did_you_mean(zone: str, known: set[str]) -> str:
    """The nearest zone, by its city or its whole name, whatever its case."""
    wanted = zone.strip().replace(" ", "_").casefold()
    by_name = {name.casefold(): name for name in sorted(known)}
    by_city = {name.rpartition("/")[2]: full for name, full in by_name.items()}
    for names in (by_name, by_city):
        near = get_close_matches(wanted, names, n=1, cutoff=0.75)
        if near:
            return f'; did you mean "{names[near[0]]}"?'
    return ""


# --- sets and consents ------------------------------------------------------------------------------------------------


def sets(sheet: Sheet, families: Collection[str], findings: Findings) -> dict[str, Sequence[Names]]:
    found = {name: _set(sheet, name, findings) for name in families if name in sheet.columns}
    if "memberships" in families and "membership" in sheet.columns:
        one = _set(sheet, "membership", findings)
        many = found.get("memberships")
        found["memberships"] = [tuple(dict.fromkeys((*a, *b))) for a, b in zip(one, many, strict=True)] if many else one
    return found


def _set(sheet: Sheet, name: str, findings: Findings) -> Sequence[Names]:
    codes, different = cells.coded(sheet.column(name))
    found: list[Names] = []
    bad = np.zeros(len(different), dtype=bool)
    for position, cell in enumerate(different):
        names = _names_in(cell, is_membership=name == "membership")
        bad[position] = names is None
        found.append(names or NO_NAMES)
    wrong = (codes >= 0) & (bad[codes] if len(bad) else False)
    findings.add_rows(
        "E511",
        f'no list of names in "{name}" ({{rows}})',
        sheet,
        wrong,
        words=different[codes[int(np.argmax(wrong))]] if wrong.any() else "",
        reason="names stand in a list, or in one text with ; between them"
        + ("; true or false would do too" if name == "membership" else ""),
        example="vip;new",
    )
    return Coded(codes, found, NO_NAMES)


def _names_in(cell: Any, is_membership: bool) -> Names | None:
    """The names in one cell, in the order written; None when it holds something else."""
    is_list = isinstance(cell, list | tuple | set | frozenset | np.ndarray)
    answer = _answer(cell) if is_membership and not is_list else None
    if answer is not None:
        return (UNNAMED,) if answer else NO_NAMES
    if isinstance(cell, str):
        is_printed_list = cell.strip().startswith("[") and cell.strip().endswith("]")  # a list that to_csv has printed
        return None if is_printed_list else _unique(cell.split(";"))
    items = list(cell) if is_list else [cell]
    if not all(isinstance(item, str | int | np.integer) and not isinstance(item, bool) for item in items):
        return None
    return _unique(sorted(items) if isinstance(cell, set | frozenset) else items)


def _unique(items: Iterable[object]) -> Names:
    """Names once each, in normal form and without the blanks around them."""
    return tuple(dict.fromkeys(name for item in items if (name := cells.clean(str(item)).strip())))


def _answer(cell: object) -> bool | None:
    try:
        return cells.parse_yes_no(cells.as_text(cell))
    except ValueError:
        return None


def consents(sheet: Sheet, findings: Findings) -> dict[str, Sequence[bool]]:
    return {
        channel: _consent(sheet, f"can_{channel}", findings)
        for channel in CHANNELS
        if f"can_{channel}" in sheet.columns
    }


def _consent(sheet: Sheet, name: str, findings: Findings) -> Sequence[bool]:
    codes, written = cells.names(sheet.column(name))
    answers = [_answer(text) for text in written]
    bad = np.fromiter((answer is None for answer in answers), dtype=bool, count=len(answers))
    wrong = (codes >= 0) & (bad[codes] if len(bad) else False)
    findings.add_rows(
        "E512",
        f'neither yes nor no in "{name}" ({{rows}})',
        sheet,
        wrong,
        words=written[codes[int(np.argmax(wrong))]] if wrong.any() else "",
        reason="consent is yes or no (true or false, 1 or 0); an empty cell is no consent",
        example="yes",
    )
    return Coded(codes, [bool(answer) for answer in answers], False)
