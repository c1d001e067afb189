"""Divides Parquet files, folders of them or a DataFrame into parts that are read one by one.

A part is a run of row groups of one file, or of rows of a frame. The type of a column is decided for the whole table,
so that it does not matter where it is divided: whole numbers with gaps anywhere are read as decimals everywhere, as
pandas reads them, and a column with times of day anywhere has no dates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from glob import glob, has_magic
from itertools import repeat
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flowdsl.diagnostics.catalogue.data import DATA
from flowdsl.diagnostics.diagnostic import DataError, Diagnostic
from flowdsl.diagnostics.input_checks import kind_at, shown
from flowdsl.tables import columns as column_types
from flowdsl.tables.columns import Read
from flowdsl.tables.sheets import Column, framed, plain_type
from flowdsl.tables.sources import Given
from flowdsl.vocabulary.entries import CHANNELS, FAMILIES

Types: TypeAlias = Mapping[str, pa.DataType]

SIZE = 250_000  # rows of a part, unless a row group is larger
DAY = 86_400_000
ENDING = ".parquet"
# Columns whose cells are read one by one, independent of other cells.
READ_CELL_BY_CELL = frozenset({*FAMILIES, "membership", "timezone", *(f"can_{channel}" for channel in CHANNELS)})


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows of a table: of a file, by its row groups, or of a frame."""

    rows: int
    path: str = ""
    groups: tuple[int, ...] = ()
    frame: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class Parts:
    """A table in parts: its `name`, and the types of its columns in all parts.

    mixed  columns of a frame whose cells have several types, and the type with which they are read
    """

    name: str
    parts: tuple[Part, ...]
    types: Types
    mixed: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of rows."""
        return sum(part.rows for part in self.parts)

    @property
    def columns(self) -> tuple[str, ...]:
        """The headings of the table, as texts."""
        frame = self.parts[0].frame
        return tuple(map(str, self.types if frame is None else frame.columns))

    def read(self, number: int, columns: Collection[str] | None = None) -> pd.DataFrame:
        """One part, or some of its columns."""
        return read(self.parts[number], self.types, columns)

    def batches(self, columns: Collection[str], rows: int) -> Iterator[pa.Table]:
        """All rows of files in their order, at most `rows` at once."""
        for part in self.parts:
            with pq.ParquetFile(part.path) as file:
                names = [name for name in file.schema_arrow.names if name in columns]
                for batch in file.iter_batches(rows, row_groups=list(part.groups), columns=names):
                    yield cast(pa.Table.from_batches([batch]), self.types)


def read(part: Part, types: Types, columns: Collection[str] | None = None) -> pd.DataFrame:
    """The rows of a part, or some of their columns."""
    if part.frame is not None:
        return part.frame if columns is None else _some(part.frame, columns)
    with pq.ParquetFile(part.path) as file:
        names = file.schema_arrow.names
        wanted = None if columns is None else [name for name in names if name in columns]
        found: pd.DataFrame = cast(file.read_row_groups(list(part.groups), wanted), types).to_pandas()
        return found


def without_rows(part: Part) -> Part:
    """The part without its rows, with its columns."""
    return replace(part, rows=0, groups=(), frame=None if part.frame is None else part.frame.iloc[:0])


def cast(table: pa.Table, types: Types) -> pa.Table:
    """The table with its columns converted to the types."""
    fields = [pa.field(field.name, types.get(field.name, field.type)) for field in table.schema]
    return table.cast(pa.schema(fields), safe=False).replace_schema_metadata(None)


def _some(frame: pd.DataFrame, columns: Collection[str]) -> pd.DataFrame:
    return frame.loc[:, [name for name in frame.columns if str(name) in columns]]


# --- opening ----------------------------------------------------------------------------------------------------------


def parts_of(table: Given, name: str, columns: Collection[str], size: int = SIZE) -> Parts:
    """Divides a table into parts of about `size` rows; columns: those whose types matter.

    Raises DataError if there is nothing to read, or the files are not Parquet or have different columns.
    """
    table = framed(table)
    if isinstance(table, pd.DataFrame):
        return _of_frame(table, name, columns, size)
    paths = _paths(table, name)
    files = [_metadata(path, name) for path in paths]
    schemas = [file.schema.to_arrow_schema() for file in files]
    types = _types(schemas, paths, name)
    for column in columns:
        if column in types and pa.types.is_integer(types[column]) and any(map(_has_gaps, paths, files, repeat(column))):
            types[column] = pa.float64()
        if column in types and _is_plain_moment(types[column]) and _has_hours(paths, column):
            types[column] = pa.timestamp(types[column].unit, tz="UTC")
    parts = (part for path, file in zip(paths, files, strict=True) for part in _of_file(path, file, size))
    return Parts(name, tuple(parts), types)


def _paths(table: Given, name: str) -> list[str]:
    given = table if isinstance(table, list | tuple) else [table]
    found: list[str] = []
    for one in given:
        if not isinstance(one, str | Path):
            raise _unread(name, f"this is a {type(one).__name__}, not a table", one)
        if kind_at(one) == "folder":
            inside = (path for path in Path(one).rglob(f"*{ENDING}") if not path.name.startswith((".", "_")))
            found += sorted(map(str, inside))
        elif has_magic(str(one)) and kind_at(one) != "file":
            found += sorted(glob(str(one), recursive=True))
        else:
            found.append(str(one))
    wrong = [path for path in found if not path.endswith(ENDING) or kind_at(path) != "file"]
    for path in wrong or ([] if found else [str(table)]):
        what = "there is no such file" if wrong and path.endswith(ENDING) else f"tables in parts are {ENDING} files"
        raise _unread(name, what, path)
    return found


def _metadata(path: str, name: str) -> pq.FileMetaData:
    try:
        return pq.read_metadata(path)
    except (OSError, pa.ArrowException) as error:
        raise _unread(name, str(error).partition("\n")[0], path) from None


def _unread(name: str, what: str, path: Given) -> DataError:
    return DataError(
        [Diagnostic("E501", what, words=shown(path), reason=DATA["E501"].why, example=f"{name}/*{ENDING}", place=name)]
    )


def _of_frame(frame: pd.DataFrame, name: str, columns: Collection[str], size: int) -> Parts:
    for column in frame.columns:
        if str(column) in columns and _holds_hours(frame[column]):
            frame = frame.assign(**{column: frame[column].dt.tz_localize("UTC")})
    read = {str(column): _mixture(frame[column]) for column in frame.columns if str(column) in columns}
    mixed = {column: found for column, found in read.items() if found}
    frame = frame.assign(**{column: pd.Series([*one.values], frame.index, object) for column, one in mixed.items()})
    parts = (frame.iloc[first : first + size] for first in range(0, max(len(frame), 1), size))
    types = {column: found.type for column, found in mixed.items()}
    return Parts(name, tuple(Part(len(part), frame=part) for part in parts), {}, types)


def _mixture(cells: Column | pd.DataFrame) -> Read | None:
    """A column of Python objects of several types, as read when all of them are known; None for others."""
    if not isinstance(cells, pd.Series) or cells.dtype != object or cells.name in READ_CELL_BY_CELL:
        return None
    kinds = {type(cell) for cell in cells.dropna()}
    found = column_types.read(cells, is_text=False) if len(kinds) > 1 else None
    return found if found and found.type not in ("list", "empty") else None


def _holds_hours(cells: Column | pd.DataFrame) -> bool:
    """Whether a column of a frame has moments without zone that are not all midnights."""
    is_plain = isinstance(cells, pd.Series) and cells.dtype.kind == "M" and cells.dt.tz is None
    return bool(is_plain and (cells.dropna() != cells.dropna().dt.normalize()).any())


def _of_file(path: str, file: pq.FileMetaData, size: int) -> Iterator[Part]:
    """Runs of row groups of about the size."""
    groups: list[int] = []
    rows = 0
    for group in range(file.num_row_groups):
        groups.append(group)
        rows += file.row_group(group).num_rows
        if rows >= size:
            yield Part(rows, path, tuple(groups))
            groups, rows = [], 0
    if groups or not file.num_row_groups:
        yield Part(rows, path, tuple(groups))


# --- types of columns -------------------------------------------------------------------------------------------------


def _types(schemas: Sequence[pa.Schema], paths: Sequence[str], name: str) -> dict[str, pa.DataType]:
    """The type of each column in all files. Raises DataError if the files have different columns or types."""
    names = set(schemas[0].names)
    odd = next((path for path, one in zip(paths, schemas, strict=True) if set(one.names) != names), "")
    what = "has other columns than" if odd else "has columns of other types than"
    try:
        if not odd:
            plain = [pa.schema([pa.field(field.name, plain_type(field.type)) for field in one]) for one in schemas]
            return {field.name: field.type for field in pa.unify_schemas(plain, promote_options="permissive")}
    except pa.ArrowTypeError:
        odd = next(path for path, one in zip(paths, schemas, strict=True) if one.types != schemas[0].types)
    diagnostic = DATA["E516"]
    raise DataError(
        [
            Diagnostic(
                "E516",
                f"{odd} {what} {paths[0]}",
                words=odd,
                reason=diagnostic.why,
                example=diagnostic.right,
                place=name,
            )
        ]
    )


def _has_gaps(path: str, file: pq.FileMetaData, column: str) -> bool:
    """Whether a cell is empty: from the statistics of the file, or from its cells if it has none."""
    place = next(at for at in range(file.num_columns) if file.schema.column(at).path == column)  # lists take several
    groups = [file.row_group(group) for group in range(file.num_row_groups)]
    statistics = [group.column(place).statistics for group in groups if group.num_rows]
    if any(found is None or not found.has_null_count for found in statistics):
        with pq.ParquetFile(path) as read:
            return any(batch.column(0).null_count for batch in read.iter_batches(columns=[column]))
    return any(found.null_count > 0 for found in statistics)


def _is_plain_moment(type: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(type)) and type.tz is None


def _has_hours(paths: Sequence[str], column: str) -> bool:
    """Whether a column of moments without zone has anything but midnights."""
    for path in paths:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=[column]):
                cells = batch.column(0)
                if pc.any(pc.not_equal(cells, pc.floor_temporal(cells, unit="day"))).as_py():
                    return True
    return False
