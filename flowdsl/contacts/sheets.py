"""Tables as they come in: a DataFrame or the path of a CSV or Parquet file goes in, a Sheet that names its rows out.

Faults are not raised one by one: every reader adds to one Findings, and the door raises them together at the end.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
import pandas as pd

from flowdsl.errors import DataError, Diagnostic
from flowdsl.given import kind_at, no_path, shown
from flowdsl.source import nfc

Table: TypeAlias = "pd.DataFrame | str | Path"
Mask: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
Codes: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"

ROWS_NAMED = 5
SEPARATORS = (",", ";", "\t")
TEXT_ENDINGS = (".csv", ".csv.gz")
KNOWN_ENDINGS = (*TEXT_ENDINGS, ".parquet")


@dataclass(frozen=True)
class Sheet:
    """One table: `name` as messages say it; `path` None for a frame. The frame is read only and never changed.

    is_text: every cell came as text (CSV), so that types are read from how cells look, and rows have line numbers.
    """

    name: str
    frame: pd.DataFrame
    path: Path | None = None
    is_text: bool = False

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(nfc(str(column)) for column in self.frame.columns)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {column: place for place, column in enumerate(self.columns)}

    def column(self, name: str) -> pd.Series[Any]:
        """The cells under a heading, as the user's frame holds them (headings that are not texts go by their text)."""
        return self.frame.iloc[:, self._places[name]]

    def place(self, rows: Sequence[int]) -> str:
        """The first few of the rows at these positions: `people.csv, lines 3, 7 and 12 more`, `contacts, rows 0, 4`.

        >>> Sheet("contacts", pd.DataFrame()).place([0, 4])
        'contacts, rows 0, 4'
        """
        first = [int(row) for row in rows[:ROWS_NAMED]]
        numbers = _line_numbers(self.path, first) if self.is_text and self.path else first
        word = "line" if self.is_text else "row"
        more = f" and {len(rows) - len(first):,} more" if len(rows) > len(first) else ""
        return f"{self.name}, {word}{'s' if len(rows) > 1 else ''} {', '.join(map(str, numbers))}{more}"


@dataclass(slots=True)
class Findings:
    """All faults found so far; `is_clean` says that there are none."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.diagnostics

    def add(
        self,
        code: str,
        message: str,
        place: str,
        *,
        words: object = "",
        reason: str = "",
        example: str = "",
    ) -> None:
        """Note one kind of fault; `place` names table and rows, `words` is a cell as it was written."""
        self.diagnostics.append(
            Diagnostic(code, message, words=shown(words), reason=reason, example=example, place=place)
        )

    def add_rows(self, code: str, message: str, sheet: Sheet, wrong: Mask, **about: Any) -> None:
        """Note one kind of fault at the rows where `wrong` holds, if there are any.

        `{rows}` in the message becomes how many there are.
        """
        rows = np.flatnonzero(wrong).tolist()
        if rows:
            count = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
            self.add(code, message.replace("{rows}", count), sheet.place(rows), **about)

    def raise_any(self) -> None:
        """Raise one DataError with all of them, if there are any."""
        if self.diagnostics:
            raise DataError(self.diagnostics, report(self.diagnostics))


def report(diagnostics: Sequence[Diagnostic]) -> str:
    """The faults of tables as one text, each with its rows, the cell as written, why, and a right example.

    >>> found = Diagnostic("E510", "no such zone", words="Paris", example="Europe/Paris", place="contacts, row 0")
    >>> print(report([found]))
    1 fault in the tables:
      contacts, row 0: no such zone [E510]
          written: Paris
          right:   Europe/Paris
    """
    lines = [f"{len(diagnostics)} fault{'s' if len(diagnostics) > 1 else ''} in the tables:"]
    for found in diagnostics:
        lines.append(f"  {found.place}: {found.message} [{found.code}]")
        about = (("written", found.words), ("because", found.reason), ("right", found.example))
        lines += [f"      {label + ':':8} {text}" for label, text in about if text]
    return "\n".join(lines)


# --- reading ----------------------------------------------------------------------------------------------------------


def open_sheet(table: Table, name: str, findings: Findings) -> Sheet | None:
    """Open a table; None when it cannot be read or has headings that stand twice (then the findings say so)."""
    if isinstance(table, pd.DataFrame):
        sheet = Sheet(name, table)
    elif isinstance(table, str | Path):
        opened = _open_file(Path(table), findings)
        if opened is None:
            return None
        sheet = opened
    else:
        kind = type(table).__name__
        findings.add(
            "E501",
            f"this is a {kind}, not a table",
            name,
            reason="a table is a pandas DataFrame, or the path of a CSV or Parquet file",
            example='"contacts.csv"',
        )
        return None
    return sheet if _headings_fit(sheet, findings) else None


def _headings_fit(sheet: Sheet, findings: Findings) -> bool:
    seen = sheet.columns
    twice = [column for column, times in Counter(seen).items() if times > 1]
    for column in twice:
        findings.add(
            "E503",
            f'{seen.count(column)} columns are called "{column}"',
            sheet.name,
            words=column,
            reason="a program could not say which of them it means",
            example=f"{column},{column}_2",
        )
    return not twice


def _open_file(path: Path, findings: Findings) -> Sheet | None:
    def refused(reason: str, example: str = "") -> None:
        findings.add("E501", "the file cannot be read", path.name, words=path, reason=reason, example=example)

    ending = path.name.lower()
    if not ending.endswith(KNOWN_ENDINGS):
        refused("tables are CSV or Parquet files; a spreadsheet program can save as CSV UTF-8", f"{path.stem}.csv")
        return None
    if kind_at(path) != "file":
        refused(no_path(path) or ("it is a folder" if kind_at(path) == "folder" else "there is no such file"))
        return None
    try:
        if ending.endswith(TEXT_ENDINGS):
            return _open_text(path, findings)
        return Sheet(path.name, pd.read_parquet(path), path)
    except pd.errors.EmptyDataError:
        findings.add(
            "E502",
            "the file is empty",
            path.name,
            reason="a table may have no rows, but its first line names the columns",
            example="contact,plan",
        )
    except UnicodeDecodeError:
        refused("it is not UTF-8 text; save it again as CSV UTF-8")
    except (pd.errors.ParserError, csv.Error, OSError, ValueError) as error:
        refused(str(error).splitlines()[0].strip() if str(error) else type(error).__name__)
    return None


def _open_text(path: Path, findings: Findings) -> Sheet | None:
    """Read a CSV file with every cell as text: what a cell means is decided column by column, with the plan in view."""
    header, separator = _header(path)
    frame = pd.read_csv(
        path,
        sep=separator,
        dtype=pd.StringDtype("pyarrow"),
        keep_default_na=False,  # NA is Namibia, None may be a name: only an empty cell is missing
        na_values=[""],
        encoding="utf-8-sig",
        skipinitialspace=True,
    )
    sheet = Sheet(path.name, frame, path, is_text=True)
    if len(set(header)) == len(header) and not isinstance(frame.index, pd.RangeIndex):
        findings.add(
            "E501",
            "rows have more cells than the first line has names",
            path.name,
            words=separator.join(header),
            reason="the first line names every column; a text that holds the separator stands in double quotes",
            example='"Paris, France"',
        )
        return None
    # pandas renames a second `plan` to `plan.1`; the headings as written are what _headings_fit must see
    return sheet if len(set(header)) == len(header) else Sheet(path.name, _renamed(frame, header), path, is_text=True)


def _renamed(frame: pd.DataFrame, header: list[str]) -> pd.DataFrame:
    return frame.set_axis(header[: frame.shape[1]], axis=1)


def _text(path: Path) -> IO[str]:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return open(path, encoding="utf-8-sig", newline="")


def _header(path: Path) -> tuple[list[str], str]:
    """The names in the first line and what stands between them: spreadsheets of half of Europe write `;` for `,`."""
    with _text(path) as lines:
        first = next((line for line in lines if line.strip()), "")
    separator = max(SEPARATORS, key=first.count)
    return next(csv.reader([first], delimiter=separator, skipinitialspace=True), []), separator


def _line_numbers(path: Path, rows: Sequence[int]) -> list[int]:
    """File lines (from 1) on which these rows begin: a quoted cell may span lines, and empty lines are no rows."""
    _, separator = _header(path)
    numbers: list[int] = []
    try:
        with _text(path) as lines:
            for row, line in enumerate(_records(lines, separator), start=-1):
                if len(numbers) == len(rows):
                    break
                if row == rows[len(numbers)]:
                    numbers.append(line)
    except csv.Error:  # a cell longer than Python's csv module takes: from here on, count a line a row
        numbers += [row + 2 for row in rows[len(numbers) :]]
    return numbers


def _records(lines: IO[str], separator: str) -> Iterator[int]:
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    end = 0
    for cells in reader:
        start, end = end + 1, reader.line_num
        if cells and (len(cells) > 1 or cells[0].strip()):
            yield start
