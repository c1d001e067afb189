"""A Sheet is a table as it was given, a DataFrame or a CSV or Parquet file, that can name its rows in diagnostics.

Diagnostics are not raised one by one: every reader adds to one collector, and the door raises them together at the end.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard

import numpy as np
import pandas as pd

from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import DataError, Diagnostic
from flowdsl.diagnostics.input_checks import kind_at, no_path
from flowdsl.diagnostics.source import nfc

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa


class ArrowTable(Protocol):
    """A table of another library that gives its columns as an Arrow stream: Polars, PyArrow, DuckDB and others."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


Table: TypeAlias = "pd.DataFrame | ArrowTable | str | Path"
Column: TypeAlias = "pd.Series[Any]"  # of a user's table: what its cells are is found out by reading them
Mask: TypeAlias = "npt.NDArray[np.bool_]"
Codes: TypeAlias = "npt.NDArray[np.int64]"

ROWS_NAMED = 5
SEPARATORS = (",", ";", "\t")
_SEPARATOR = re.compile(r'"?sep=([^\s\w"]|\t)"?[;,\t]*', re.IGNORECASE)  # the first line that some spreadsheets write
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

    def column(self, name: str) -> Column:
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


def note_rows(
    findings: DiagnosticCollector,
    code: str,
    message: str,
    sheet: Sheet,
    wrong: Mask,
    *,
    words: object = "",
    reason: str = "",
    example: str = "",
) -> None:
    """Note one kind of diagnostic at the rows where `wrong` holds, if there are any.

    `{rows}` in the message becomes how many there are.
    """
    rows = np.flatnonzero(wrong).tolist()
    if rows:
        count = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
        said = message.replace("{rows}", count)
        findings.add(code, said, sheet.place(rows), words=words, reason=reason, example=example)


def raise_any(findings: DiagnosticCollector) -> None:
    """Raise one DataError with all that was found, if there is anything."""
    findings.raise_any(DataError, report)


def report(diagnostics: Sequence[Diagnostic]) -> str:
    """The diagnostics of tables as one text, each with its rows, the cell as written, why, and a right example.

    >>> found = Diagnostic("E510", "no such zone", words="Paris", example="Europe/Paris", place="contacts, row 0")
    >>> print(report([found]))
    1 diagnostic in the tables:
      contacts, row 0: no such zone [E510]
          written: Paris
          right:   Europe/Paris
    """
    lines = [f"{len(diagnostics)} diagnostic{'s' if len(diagnostics) > 1 else ''} in the tables:"]
    for found in diagnostics:
        lines.append(f"  {found.place}: {found.message} [{found.code}]")
        about = (("written", found.words), ("because", found.reason), ("right", found.example))
        lines += [f"      {label + ':':8} {text}" for label, text in about if text]
    return "\n".join(lines)


# --- reading ----------------------------------------------------------------------------------------------------------


def open_sheet(table: Table, name: str, findings: DiagnosticCollector) -> Sheet | None:
    """Open a table; None when it cannot be read or has headings that stand twice (then the findings say so)."""
    if is_arrow(table):
        frame = _frame_or_none(table, name, findings)
        if frame is None:
            return None
        table = frame
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
            reason="a table is a DataFrame of pandas or Polars, a table of PyArrow or DuckDB (anything that has"
            " __arrow_c_stream__), or the path of a CSV or Parquet file" + _hint(table),
            example='"contacts.csv"',
        )
        return None
    return sheet if _headings_fit(sheet, findings) else None


def is_arrow(table: object) -> TypeGuard[ArrowTable]:
    """Whether a table of another library gives its columns as an Arrow stream.

    >>> import pyarrow as pa
    >>> is_arrow(pa.table({"id": [1]})), is_arrow(pd.DataFrame())
    (True, False)
    """
    return hasattr(table, "__arrow_c_stream__") and not isinstance(table, pd.DataFrame)


def frame_of(table: ArrowTable) -> pd.DataFrame:
    """The DataFrame of a table that gives an Arrow stream, as if it had been written to Parquet and read again.

    >>> import pyarrow as pa
    >>> frame_of(pa.table({"id": [1]}))["id"].tolist()
    [1]
    """
    import pyarrow as pa

    found = pa.RecordBatchReader.from_stream(table).read_all()
    columns = [_plain_column(column) for column in found.columns]
    frame: pd.DataFrame = pa.Table.from_arrays(columns, names=found.column_names).to_pandas()
    return frame


def _plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column whose texts are no views: many of Arrow's functions do not know those. Categories stay categories."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return column.cast(_plain_items(column.type))
    if str(column.type.value_type) != "string_view":  # pyarrow 15 cannot ask for views
        return column
    chunks = [pa.DictionaryArray.from_arrays(one.indices, one.dictionary.cast("large_string")) for one in column.chunks]
    return pa.chunked_array(chunks, pa.dictionary(column.type.index_type, pa.large_string()))


def _plain_items(type: pa.DataType) -> pa.DataType:
    """A type of texts or of lists of texts without views."""
    import pyarrow as pa

    if pa.types.is_list(type) or pa.types.is_large_list(type):
        return pa.large_list(plain_type(type.value_type))
    return plain_type(type)


def framed(table: Any) -> Any:
    """A table that gives an Arrow stream as a DataFrame, for readers that need it several times; others unchanged.

    Some streams can be read only once. Raises DataError when the table cannot be read.
    """
    if not is_arrow(table):
        return table
    findings = DiagnosticCollector()
    frame = _frame_or_none(table, type(table).__name__, findings)
    raise_any(findings)
    return frame


def _frame_or_none(table: ArrowTable, name: str, findings: DiagnosticCollector) -> pd.DataFrame | None:
    try:
        return frame_of(table)
    except Exception as error:  # any error of the other library while it makes its rows
        findings.add(
            "E501",
            "the table cannot be read",
            name,
            words=type(table).__name__,
            reason=str(error).splitlines()[0] if str(error) else type(error).__name__,
            example='"contacts.parquet"',
        )
        return None


def plain_type(type: pa.DataType) -> pa.DataType:
    """An Arrow type without the way in which it is stored.

    >>> import pyarrow as pa
    >>> plain_type(pa.dictionary(pa.int8(), pa.string()))
    DataType(large_string)
    """
    import pyarrow as pa

    if pa.types.is_dictionary(type):
        return plain_type(type.value_type)
    return pa.large_string() if str(type) in ("string", "string_view") else type


def _hint(table: object) -> str:
    return "; collect() makes a DataFrame of a LazyFrame" if type(table).__name__ == "LazyFrame" else ""


def _headings_fit(sheet: Sheet, findings: DiagnosticCollector) -> bool:
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


def _open_file(path: Path, findings: DiagnosticCollector) -> Sheet | None:
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


def _open_text(path: Path, findings: DiagnosticCollector) -> Sheet | None:
    """Read a CSV file with every cell as text: what a cell means is decided column by column, with the plan in view."""
    header, separator, before = _header(path)
    frame = pd.read_csv(
        path,
        sep=separator,
        dtype=pd.StringDtype("pyarrow"),
        keep_default_na=False,  # NA is Namibia, None may be a name: only an empty cell is missing
        na_values=[""],
        encoding=_encoding(path),
        skiprows=before,
        skipinitialspace=True,
    )
    sheet = Sheet(path.name, frame, path, is_text=True)
    if len(set(header)) == len(header) and not isinstance(frame.index, pd.RangeIndex):
        findings.add(
            "E501",
            "rows have more cells than the first line has names",
            path.name,
            words=separator.join(header),
            reason="the first line names every column; a text with the separator in it needs double quotes",
            example='"Paris, France"',
        )
        return None
    # pandas renames a second `plan` to `plan.1`; the headings as written are what _headings_fit must see
    return sheet if len(set(header)) == len(header) else Sheet(path.name, _renamed(frame, header), path, is_text=True)


def _renamed(frame: pd.DataFrame, header: list[str]) -> pd.DataFrame:
    return frame.set_axis(header[: frame.shape[1]], axis=1)


def _text(path: Path) -> IO[str]:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding=_encoding(path), newline="")
    return open(path, encoding=_encoding(path), newline="")


def _encoding(path: Path) -> str:
    """UTF-8, or UTF-16 where the first bytes say so ("Unicode text" of spreadsheets)."""
    with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else open(path, "rb") as file:
        return "utf-16" if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _header(path: Path) -> tuple[list[str], str, int]:
    """The names of the columns, what stands between them, and how many lines stand before them.

    Spreadsheets of half of Europe write `;` for `,`, and some say so in a line of its own: `sep=;`.
    """
    with _text(path) as lines:
        filled = ((number, line) for number, line in enumerate(lines) if line.strip())
        number, first = next(filled, (0, ""))
        said = _SEPARATOR.fullmatch(first.strip("\r\n"))
        if said:
            first = next(filled, (0, ""))[1]
    separator = said[1] if said else max(SEPARATORS, key=first.count)
    names = next(csv.reader([first], delimiter=separator, skipinitialspace=True), [])
    return names, separator, number + 1 if said else 0


def _line_numbers(path: Path, rows: Sequence[int]) -> list[int]:
    """File lines (from 1) on which these rows begin: a quoted cell may span lines, and empty lines are no rows."""
    _, separator, before = _header(path)
    numbers: list[int] = []
    try:
        with _text(path) as lines:
            for row, line in enumerate(_records(lines, separator), start=-2 if before else -1):
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
