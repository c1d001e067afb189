"""Writes result tables as CSV or Parquet files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from flowdsl.atomic_files import written
from flowdsl.results import mark


def write(folder: Path, tables: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Write tables into a folder by the names of their files, as Parquet where a name ends so, else as CSV with times
    in ISO 8601; gives the paths.

    The files are there whole, or none of them is touched. Raises RunError (E731) where a file of such a name is no
    earlier result; nothing is written then.
    """
    mark.refuse(folder, list(tables))
    folder.mkdir(parents=True, exist_ok=True)
    places = [folder / name for name in tables]
    with written(*places, folder / mark.MARK) as (*files, new_mark):
        for file, (name, table) in zip(files, tables.items(), strict=True):
            if name.endswith(".parquet"):
                table.to_parquet(file, index=False)
            else:
                _plain(table).to_csv(file, index=False, lineterminator="\n")
        new = dict(zip(tables, files, strict=True))
        new_mark.write_text(mark.text(folder, new), encoding="utf-8")
    return places


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its times as texts; pandas itself would leave out ms where a whole column has none."""
    times = table.select_dtypes("datetimetz")
    return table.assign(**{str(name): iso(times[name]) for name in times.columns})


def iso(times: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Moments as texts, to the ms; a missing one is empty.

    >>> iso(pd.Series(pd.to_datetime(["2026-01-05 09:00", None], utc=True))).tolist()
    ['2026-01-05T09:00:00.000Z', '']
    """
    values = times.to_numpy(dtype="datetime64[ms]")
    written = np.datetime_as_string(values, unit="ms", timezone="UTC")
    return pd.Series(np.where(np.isnat(values), "", written), times.index, dtype="str")
