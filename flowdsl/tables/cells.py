"""Converts the cells of tables to plain Python values; equal names share one object.

Values are str, int, float, bool, date, an aware datetime in UTC, or None where nothing is known.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from pandas.api import types as kinds

from flowdsl.calendar.clock import parse_date, parse_moment
from flowdsl.tables.sheets import Codes, Column

if TYPE_CHECKING:
    import pyarrow as pa

Cell: TypeAlias = str | int | float | bool | date | datetime
Cells: TypeAlias = Sequence[Cell | None]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUMBER = re.compile(
    r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?"
)  # 01000 is a post code, 20 digits a card
_WHOLE = re.compile(r"-?[0-9]+")
ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


# --- one cell of text -------------------------------------------------------------------------------------------------


def parse_number(text: str) -> int | float:
    """The number a text says, whole ones as int. Raises ValueError for anything else, leading zeros included.

    >>> parse_number("12"), parse_number("-1.50")
    (12, -1.5)
    """
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text) if _WHOLE.fullmatch(text) else float(text)


def parse_yes_no(text: str) -> bool:
    """Whether a text says yes: yes, true, 1 or no, false, 0, in any case. Raises ValueError for anything else.

    >>> parse_yes_no("Yes"), parse_yes_no("FALSE")
    (True, False)
    """
    answer = ANSWERS.get(text.strip().lower())
    if answer is None:
        raise ValueError(text)
    return answer


def parse_time(text: str) -> datetime:
    """The moment that an ISO text says, in UTC, cut to ms; without a zone it is UTC, without a time midnight.

    >>> parse_time("2026-03-01T09:00+02:00")
    datetime.datetime(2026, 3, 1, 7, 0, tzinfo=datetime.timezone.utc)
    """
    return moment(parse_moment(text)[0])


def parse_day(text: str) -> date:
    """The date that a text says, or its moment where it has a time."""
    return parse_date(text) if len(text) == 10 else parse_time(text)


def moment(ms: int) -> datetime:
    """The aware datetime of a moment in ms.

    >>> moment(1)
    datetime.datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=datetime.timezone.utc)
    """
    return EPOCH + timedelta(milliseconds=ms)


def clean(text: str) -> str:
    """A name in normal form C, as names are compared; most are plain and pass untouched."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


# --- names in columns -------------------------------------------------------------------------------------------------


def coded(series: Column) -> tuple[Codes, list[Any]]:
    """Cells as positions in a list of the different ones (-1 where nothing stands); lists are not shared."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        return np.asarray(series.cat.codes, dtype=np.int64), _plain(series.cat.categories)
    try:
        codes, different = pd.factorize(series)
        return np.asarray(codes, dtype=np.int64), _plain(different)
    except (TypeError, NotImplementedError):  # lists have no hash, and Arrow cannot encode them
        cells = list(series)
        missing = np.fromiter((is_missing(cell) for cell in cells), dtype=bool, count=len(cells))
        return np.where(missing, -1, np.arange(len(cells))), cells


def _plain(different: Any) -> list[Any]:
    """Python's own values: NumPy's numbers would leak into states that JSON must hold."""
    return [cell.item() if isinstance(cell, np.generic) else cell for cell in different.tolist()]


def is_missing(cell: object) -> bool:
    """Whether a cell says nothing: None, NaN, NaT or NA."""
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell)


def packed(numbers: np.ndarray[Any, Any]) -> Sequence[Any]:
    """An array of Python's own: an item costs eight bytes, and comes out as a plain int or float."""
    cells: array[Any] = array("d" if numbers.dtype.kind == "f" else "q")
    cells.frombytes(np.ascontiguousarray(numbers).tobytes())
    return cells


def as_text(cell: Any) -> str:
    """A name or id as text: 1 and (where a gap made a column decimal) 1.0 are "1"; nothing is "".

    >>> as_text(1.0), as_text("c1"), as_text(None)
    ('1', 'c1', '')
    """
    if isinstance(cell, str):
        return cell
    if is_missing(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def arrow_texts(series: Column) -> pa.Array | None:
    """A column of texts or of whole numbers as an Arrow array of texts; None when it holds anything else."""
    import pyarrow as pa

    if kinds.is_integer_dtype(series.dtype):
        found = pa.array(series).cast(pa.large_string())
    elif kinds.infer_dtype(series, skipna=True) == "string":
        try:
            found = pa.array(series, from_pandas=True).cast(pa.large_string())
        except UnicodeEncodeError:  # half of a pair of UTF-16
            return None
    else:
        return None
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def names(series: Column) -> tuple[Codes, list[str]]:
    """A column of names or ids: positions in the list of the different texts, -1 where a cell is empty or blank.

    >>> names(pd.Series(["Yoga", None, "Yoga", " "]))
    (array([ 0, -1,  0, -1]), ['Yoga', ' '])
    """
    codes, different = coded(series)
    texts = [as_text(cell) for cell in different]
    blank = np.fromiter((not text.strip() for text in texts), dtype=bool, count=len(texts))
    if blank.any():
        codes = np.where((codes >= 0) & blank[codes], -1, codes)
    return codes, texts
