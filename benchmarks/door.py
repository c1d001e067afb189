"""The door: contacts and events by the million from Parquet files, read, checked, hashed and packed; a size goes in.

The program that asks for them is the busy one of `packed.py`, with five flows; simulating it for as many contacts is
what the door is held against.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import pandas as pd

from benchmarks import packed
from benchmarks.journey import frames
from flowdsl import dump, load_plan
from flowdsl.tables.plan_tables import open_for
from flowdsl.tables.sources import TableSources

COLUMNS = {"timezone": packed.ZONES, "plan": ["pro", "free", "team"]}


def main(size: int) -> None:
    """Prints the CPU time of opening so many contacts and events."""
    plan = load_plan(dump(packed.BUSY))
    with TemporaryDirectory() as folder:
        contacts, events = write(size, Path(folder))
        open_for(
            plan, TableSources(*write(1000, Path(folder, "small")))
        )  # what is loaded and compiled on the way is no part of it
        start = process_time()
        tables = open_for(plan, TableSources(contacts, events))
        cpu = process_time() - start
    print(json.dumps({"cpu": cpu, "rows": len(tables.contacts) + len(tables.events)}))


def write(size: int, folder: Path) -> tuple[str, str]:
    """Writes the two tables of the yardstick with more columns, the contacts' zones among them; gives their paths."""
    folder.mkdir(exist_ok=True)
    contacts, events = frames(size)
    for name, values in COLUMNS.items():
        contacts[name] = pd.Categorical.from_codes(np.arange(size) % len(values), values)
    paths = str(folder / "contacts.parquet"), str(folder / "events.parquet")
    contacts.to_parquet(paths[0])
    events.to_parquet(paths[1])
    return paths


if __name__ == "__main__":
    main(int(sys.argv[1]))
