"""Columns with a meaning of their own: `tags`, `groups` and other sets, `membership`, `can_email`, `timezone`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from flowdsl.calendar.clock import zone_names
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.suggest import STRICT, suggest_path
from flowdsl.tables import cells
from flowdsl.tables.arrays import Coded
from flowdsl.tables.sheets import Codes, Sheet, note_rows
from flowdsl.vocabulary.entries import CHANNELS

UNNAMED = ""  # a membership of which only its being there is known: `has membership` holds, with a name it does not

Names: TypeAlias = tuple[str, ...]
NO_NAMES: Names = ()


def zones(sheet: Sheet, findings: DiagnosticCollector) -> Sequence[str]:
    if "timezone" not in sheet.columns:
        return ()
    codes, written = cells.names(sheet.column("timezone"))
    known = set(zone_names())
    bad = np.fromiter((name not in known for name in written), dtype=bool, count=len(written))
    wrong = (codes >= 0) & (bad[codes] if len(bad) else False)
    if wrong.any():
        first = written[codes[int(np.argmax(wrong))]]
        meant = suggest_path(first, zone_names(), STRICT)
        note_rows(
            findings,
            "E510",
            '"timezone" names no time zone ({rows})',
            sheet,
            wrong,
            words=first,
            reason="zones go by their IANA names" + (f'; did you mean "{meant}"?' if meant else ""),
            example="Europe/Paris",
        )
    return Coded(codes, written, "")


# --- sets and consents ------------------------------------------------------------------------------------------------


def sets(sheet: Sheet, families: Collection[str], findings: DiagnosticCollector) -> dict[str, Sequence[Names]]:
    found = {name: _set(sheet, name, findings) for name in families if name in sheet.columns}
    if "memberships" in families and "membership" in sheet.columns:
        one = _set(sheet, "membership", findings)
        many = found.get("memberships")
        found["memberships"] = [tuple(dict.fromkeys((*a, *b))) for a, b in zip(one, many, strict=True)] if many else one
    return found


def _set(sheet: Sheet, name: str, findings: DiagnosticCollector) -> Sequence[Names]:
    codes, different = cells.coded(sheet.column(name))
    _note_unclear(sheet, name, codes, different, findings)
    found: list[Names] = []
    bad = np.zeros(len(different), dtype=bool)
    for position, cell in enumerate(different):
        names = _names_in(cell, is_membership=name == "membership")
        bad[position] = names is None
        found.append(names or NO_NAMES)
    wrong = (codes >= 0) & (bad[codes] if len(bad) else False)
    note_rows(
        findings,
        "E511",
        f'no list of names in "{name}" ({{rows}})',
        sheet,
        wrong,
        words=different[codes[int(np.argmax(wrong))]] if wrong.any() else "",
        reason="write names as a list, or as one text with ; between them"
        + ("; true or false would do too" if name == "membership" else ""),
        example="vip;new",
    )
    return Coded(codes, found, NO_NAMES)


NOTHING = frozenset(("n/a", "na", "#n/a", "none", "null", "nan", "nil", "-", "--", "?", "unknown"))


def _note_unclear(
    sheet: Sheet, name: str, codes: Codes, different: Sequence[Any], findings: DiagnosticCollector
) -> None:
    """Note texts that hold one name or several, and words that say that there is none: both could be meant."""
    texts = [cell if isinstance(cell, str) and ";" not in cell else "" for cell in different]
    _note_texts(
        sheet,
        name,
        codes,
        texts,
        findings,
        ("E521", [("," in text and not _is_printed(text)) for text in texts]),
        f'texts with a comma and no ; in "{name}" ({{rows}})',
        "names in one text are parted by ; and a single name that holds a comma has ; behind it",
        'vip;new, or in pandas: contacts["tags"].str.replace(",", ";")'.replace("tags", name),
    )
    _note_texts(
        sheet,
        name,
        codes,
        texts,
        findings,
        ("E522", [text.strip().casefold() in NOTHING for text in texts]),
        f'words that say that there is nothing in "{name}" ({{rows}})',
        "such a word would count as a name; an empty cell says that there is none",
        'an empty cell, or in pandas: contacts["tags"].replace(["n/a", "none"], None)'.replace("tags", name),
    )


def _note_texts(
    sheet: Sheet,
    name: str,
    codes: Codes,
    texts: Sequence[str],
    findings: DiagnosticCollector,
    unclear: tuple[str, Sequence[bool]],
    message: str,
    reason: str,
    example: str,
) -> None:
    code, bad = unclear
    if any(bad):
        wrong = (codes >= 0) & np.array(bad)[codes]
        words = texts[codes[int(np.argmax(wrong))]] if wrong.any() else ""
        note_rows(findings, code, message, sheet, wrong, words=words, reason=reason, example=example)


def _is_printed(text: str) -> bool:
    """Whether a text is a list that to_csv has printed."""
    return text.strip().startswith("[") and text.strip().endswith("]")


def _names_in(cell: Any, is_membership: bool) -> Names | None:
    """The names in one cell, in the order written; None when it holds something else."""
    is_list = isinstance(cell, list | tuple | set | frozenset | np.ndarray)
    answer = _answer(cell) if is_membership and not is_list else None
    if answer is not None:
        return (UNNAMED,) if answer else NO_NAMES
    if isinstance(cell, str):
        return None if _is_printed(cell) else _unique(cell.split(";"))
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


def consents(sheet: Sheet, findings: DiagnosticCollector) -> dict[str, Sequence[bool]]:
    return {
        channel: _consent(sheet, f"can_{channel}", findings)
        for channel in CHANNELS
        if f"can_{channel}" in sheet.columns
    }


def _consent(sheet: Sheet, name: str, findings: DiagnosticCollector) -> Sequence[bool]:
    codes, written = cells.names(sheet.column(name))
    answers = [_answer(text) for text in written]
    bad = np.fromiter((answer is None for answer in answers), dtype=bool, count=len(answers))
    wrong = (codes >= 0) & (bad[codes] if len(bad) else False)
    note_rows(
        findings,
        "E512",
        f'neither yes nor no in "{name}" ({{rows}})',
        sheet,
        wrong,
        words=written[codes[int(np.argmax(wrong))]] if wrong.any() else "",
        reason="consent is yes or no (true or false, 1 or 0); an empty cell is no consent",
        example="yes",
    )
    return Coded(codes, [bool(answer) for answer in answers], False)
