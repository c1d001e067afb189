"""Finds the type of a column, and converts its cells to plain values on demand.

Types are "text" "number" "yes-no" "date" "time" "list" "empty". In a CSV file every cell is text, so a column has the
type that all its cells look like; in a frame a text stays a text unless the program compares the column otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from pandas.api import types as kinds

from flowdsl.calendar.clock import DAY, parse_date
from flowdsl.tables.arrays import Coded, Moments, Numbers
from flowdsl.tables.cells import (
    NUMBER,
    Cell,
    Cells,
    as_text,
    clean,
    coded,
    is_missing,
    parse_day,
    parse_number,
    parse_time,
    parse_yes_no,
)
from flowdsl.tables.sheets import Codes, Column, Mask

Type: TypeAlias = Literal["text", "number", "yes-no", "date", "time", "list", "empty"]


@dataclass(frozen=True, slots=True)
class Read:
    """A column as read: its type, its values (none unless requested), the rows its expected type cannot take."""

    type: Type
    values: Cells = ()
    wrong: Mask | None = None


def read(series: Column, *, is_text: bool, expected: str = "", wanted: bool = True, rows: Codes | None = None) -> Read:
    """Read one column. is_text: it comes from a CSV file; expected: the type the program compares it as ("" none);
    wanted False: its type alone; rows: values at these positions only (the type is still that of the whole column).

    >>> read(pd.Series(["2026-03-01", None]), is_text=True)
    Read(type='date', values=[datetime.date(2026, 3, 1), None], wrong=None)
    """
    dtype = series.dtype
    part = (series if rows is None else series.iloc[rows]) if wanted else None
    if kinds.is_bool_dtype(dtype) and not isinstance(dtype, pd.CategoricalDtype):
        return Read("yes-no", () if part is None else _booleans(part))
    if kinds.is_numeric_dtype(dtype) and not kinds.is_complex_dtype(dtype):
        return _read_numbers(series, part, expected)
    if kinds.is_datetime64_any_dtype(dtype):
        return _read_moments(series, part)
    numbers = _as_numbers(series, expected) if is_text else None
    if numbers is not None:
        return _read_numbers(numbers, numbers if rows is None else numbers.iloc[rows], expected)
    codes, different = coded(series)
    found = _read_different(different, is_text, expected, wanted)
    wrong = found.wrong[codes] & (codes >= 0) if found.wrong is not None and len(found.wrong) else None
    values = Coded(codes if rows is None else codes[rows], found.values, None) if wanted else ()
    return Read(found.type, values, wrong)


def _booleans(series: pd.Series[bool] | pd.Series[float]) -> Cells:
    missing = series.isna().to_numpy()
    answers = series.to_numpy(dtype=bool, na_value=False) if missing.any() else series.to_numpy(dtype=bool)
    return Coded(np.where(missing, -1, answers), [False, True], None)


def _read_numbers(series: pd.Series[float], part: pd.Series[float] | None, expected: str) -> Read:
    if len(series) and series.isna().all():
        return Read("empty", () if part is None else _nothing(part))
    if expected == "yes-no" and series.dropna().isin((0, 1)).all():
        return Read("yes-no", () if part is None else _booleans(part))
    return Read("number", () if part is None else _numbers(part, part.isna().to_numpy()))


def _numbers(series: Column, missing: Mask) -> Cells:
    """Numbers at eight bytes each; those too large for that as they are."""
    whole = kinds.is_integer_dtype(series.dtype)
    if whole and not missing.all() and series.max() > 2**63 - 1:
        cells = series.astype(object).tolist()
        return [None if gone else int(cell) for cell, gone in zip(cells, missing.tolist(), strict=True)]
    dtype = np.int64 if whole else np.float64
    if not missing.any():
        return Numbers(series.to_numpy(dtype=dtype))
    return Numbers(series.to_numpy(dtype=dtype, na_value=0), ~missing)


def _read_moments(series: pd.Series[pd.Timestamp], part: pd.Series[pd.Timestamp] | None) -> Read:
    """Dates where a column without zone holds midnights only, else moments in UTC."""
    at, known = moments(series)
    if len(known) and not known.any():
        return Read("empty", () if part is None else _nothing(part))
    is_date = _has_no_zone(series) and not (at[known] % DAY).any()
    kind: Type = "date" if is_date else "time"
    if part is None:
        return Read(kind)
    if part is not series:
        at, known = moments(part)
    return Read(kind, Moments(at, None if known.all() else known, is_date))


def _nothing(series: Column) -> Cells:
    return Coded(np.full(len(series), -1), [], None)


def _has_no_zone(series: pd.Series[pd.Timestamp]) -> bool:
    if isinstance(series.dtype, pd.ArrowDtype):
        return getattr(series.dtype.pyarrow_dtype, "tz", None) is None  # dates of Arrow have no zone at all
    return series.dt.tz is None


def moments(series: pd.Series[pd.Timestamp]) -> tuple[Codes, Mask]:
    """A column of datetimes in ms (cut downwards; without zone they are UTC), and where one is known (else 0).

    >>> moments(pd.Series(pd.to_datetime(["1970-01-01 00:00:01.0019", None])))[0].tolist()
    [1001, 0]
    """
    if isinstance(series.dtype, pd.ArrowDtype):
        series = series.astype("datetime64[us, UTC]")
    known = series.notna().to_numpy()
    zoned = series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz is not None else series
    raw = zoned.to_numpy()
    unit = np.datetime_data(raw.dtype)[0]
    ticks = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[unit]
    counts = np.where(known, raw.astype(np.int64), 0)
    ms = counts * 1_000 if ticks == 1 else counts // (ticks // 1_000)
    return ms.astype(np.int64, copy=False), known


# --- columns of texts and of anything ---------------------------------------------------------------------------------


_EXPECTED: dict[str, tuple[Type, Callable[[str], Cell]]] = {
    "yes-no": ("yes-no", parse_yes_no),
    "number": ("number", parse_number),
    "date": ("date", parse_day),
}
_LOOKS: tuple[tuple[Type, Callable[[str], Cell]], ...] = (
    ("yes-no", parse_yes_no),
    ("date", parse_date),
    ("time", parse_time),
)


def _typed(texts: Sequence[str]) -> Read:
    """The narrowest type that every one of these texts fits, with their values."""
    for kind, parse in _LOOKS:
        try:
            return Read(kind, [parse(text) for text in texts])
        except ValueError:  # at the first text that does not fit, as a rule the very first
            continue
    return Read("text", [clean(text) for text in texts])


def _as_numbers(series: pd.Series[str], expected: str) -> pd.Series[float] | None:
    """A column of texts that all say numbers as a column of numbers; None when it is another, or is to be no number."""
    texts = series.dropna()
    if expected not in ("", "number") or not len(texts) or not all(map(NUMBER.fullmatch, texts.iloc[:100])):
        return None
    return pd.to_numeric(series) if texts.str.fullmatch(NUMBER.pattern).all() else None


def _read_different(different: list[Any], is_text: bool, expected: str, wanted: bool) -> Read:
    """The different cells of a column of texts or objects: their type, and the value of each."""
    kind = _kind(different)
    if kind != "text" or not all(isinstance(cell, str) for cell in different):
        return Read(kind, [_value(cell, kind) for cell in different] if wanted else ())
    if expected in _EXPECTED:
        kind, parse = _EXPECTED[expected]
        values, wrong = _parsed(different, parse)
        if any(isinstance(value, datetime) for value in values):
            kind, values = "time", [value if value is None else _value(value, "time") for value in values]
        return Read(kind, values, wrong if wrong.any() else None)
    if is_text and expected != "text":
        return _typed(different)
    return Read("text", [clean(cell) for cell in different] if wanted else ())


def _parsed(texts: Sequence[str], parse: Callable[[str], Cell]) -> tuple[list[Cell | None], Mask]:
    values: list[Cell | None] = []
    wrong = np.zeros(len(texts), dtype=bool)
    for position, text in enumerate(texts):
        try:
            values.append(parse(text))
        except ValueError:
            values.append(None)
            wrong[position] = bool(text.strip())
    return values, wrong


def _kind(different: Sequence[Any]) -> Type:
    """The type of Python objects: what all of them are; a mixture is text."""
    present = [cell for cell in different if not is_missing(cell)]
    if not present:
        return "empty"
    tests: tuple[tuple[Type, type | tuple[type, ...]], ...] = (
        ("text", str),
        ("yes-no", (bool, np.bool_)),
        ("time", datetime),
        ("date", date),
        ("list", (list, tuple, set, frozenset, np.ndarray)),
    )
    for kind, classes in tests:
        if all(isinstance(cell, classes) for cell in present):
            if kind == "time":
                return "date" if all(_is_plain_midnight(cell) for cell in present) else "time"
            return kind
    if all(isinstance(cell, date) for cell in present):
        return "time"
    return "number" if all(_is_number(cell) for cell in present) else "text"


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float | np.integer | np.floating | Decimal) and not isinstance(cell, bool)


def _is_plain_midnight(cell: datetime) -> bool:
    return cell.tzinfo is None and not (cell.hour or cell.minute or cell.second or cell.microsecond)


def _value(cell: Any, kind: Type) -> Cell | None:
    """One Python object as the value of its column's type."""
    if is_missing(cell):
        return None
    if kind == "yes-no":
        return bool(cell)
    if kind == "number":
        return int(cell) if isinstance(cell, int | np.integer) else float(cell)
    if kind == "date":
        return date(cell.year, cell.month, cell.day)
    if kind == "time":
        return _in_utc(cell)
    if kind == "list":
        return ";".join(clean(as_text(item)) for item in cell)
    return clean(as_text(cell))


def _in_utc(cell: date) -> datetime:
    """A date or datetime as a moment, cut to ms; without a zone it is UTC."""
    if not isinstance(cell, datetime):
        return datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
    aware = cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell.astimezone(UTC)
    plain = datetime(aware.year, aware.month, aware.day, aware.hour, aware.minute, aware.second, tzinfo=UTC)
    return plain + timedelta(milliseconds=aware.microsecond // 1000)
