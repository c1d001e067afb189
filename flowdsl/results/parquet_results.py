"""Result tables in a folder of Parquet files, read like those of a Log.

A simulation in parts writes them part by part, names as plain texts; here they become categoricals again, those of the
plan first and in its order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from flowdsl.plan.plan import Plan
from flowdsl.results.counts import Counts
from flowdsl.results.tables import (
    ACTION_STATUSES,
    KINDS,
    NOT_OF_PLAN,
    ROW_STATUSES,
    RUN_STATUSES,
    SEND_STATUSES,
    TEXT,
    categorical,
    names_of,
)

STATUSES = {"sends": SEND_STATUSES, "runs": RUN_STATUSES, "actions": ACTION_STATUSES, "records": ROW_STATUSES}
PLAIN = ("contact", "object_id")  # texts that do not repeat


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """What a simulation in parts leaves: its counts, and in a folder the tables that `records` keeps."""

    tally: Counts
    folder: Path
    records: str

    def __str__(self) -> str:
        return f"tables in {self.folder}"


def table_of(stored: Stored, plan: Plan, name: str) -> pd.DataFrame:
    """One of the tables, whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = sorted((stored.folder / name).glob("part-*.parquet"))
    table = pa.concat_tables([pq.read_table(file) for file in files])
    shapes = [] if name == "records" else [*stored.tally.runs, *stored.tally.actions]
    names = names_of(plan, shapes)
    return pd.DataFrame({column: _column(table[column], column, name, names) for column in table.column_names})


def _column(cells: Any, heading: str, table: str, names: Mapping[str, tuple[str, ...]]) -> Any:
    if heading == "run":
        return pd.array(cells.to_pandas().to_numpy(dtype=np.float64, na_value=np.nan), dtype="Int64")
    found = cells.to_pandas()
    if heading in PLAIN:
        return found.astype(TEXT)
    return found if found.dtype.kind in "iuMf" else _named(found, _known(heading, table, names, found))


def _known(heading: str, table: str, names: Mapping[str, tuple[str, ...]], found: pd.Series) -> Sequence[str]:
    """The categories of a column: the plan's in its order, then those that came besides, by their letters."""
    if heading == "status":
        return STATUSES[table]
    here = sorted(set(found.dropna().unique()))
    if heading in NOT_OF_PLAN:
        return here
    of_plan = KINDS if heading == "kind" else names[heading]
    if table != "records":
        return of_plan
    return list(dict.fromkeys([*of_plan, *here]))


def _named(found: pd.Series, names: Sequence[str]) -> pd.Categorical:
    return categorical(pd.Index(list(names), dtype=TEXT).get_indexer(pd.Index(found.astype(TEXT))), names)
