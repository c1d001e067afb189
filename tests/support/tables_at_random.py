"""Tables at random for programs at random: a seed goes in; a program, contacts, events and objects come out.

Columns hold what people write into them, as any of the types that pandas has for it; some have gaps, some are missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
from lives import Row, table
from programs_at_random import world_at_random

ARRIVALS = [
    'assume 0.5 new contacts per day visit page "N"', 'assume 0.4 new contacts per day join program "N" like the table',
    'assume 0.7 new contacts per day buy offer "N"', 'assume 0.3 new contacts per day get tag "c" like the table',
]  # fmt: skip
SOMETIMES = ("can_email", "can_sms", "timezone", "campaigns", "groups", "programs")  # columns that a table may lack


@dataclass(frozen=True, eq=False)
class Tabled:
    """A program without capacity, which joins contacts, and its tables."""

    program: str
    contacts: pd.DataFrame
    events: pd.DataFrame
    objects: pd.DataFrame | None


def tables_at_random(seed: int) -> Tabled:
    """Up to 14 contacts, and a life for each of them; equal seeds make equal tables."""
    random = Random(seed)
    world = world_at_random(seed)
    program = "\n".join([*_without_capacity(world.program), *(f"  {line}" for line in random.sample(ARRIVALS, 2))])
    contacts = _contacts(random, random.choice([1, 2, 3, 5, 9, 14]))
    ids = contacts[str(contacts.columns[0])].tolist()
    events = _events(random, [{**row, "contact": random.choice(ids)} for row in world.events])
    objects = table([{**row, "contact": random.choice(ids)} for row in world.objects])
    objects = objects.drop_duplicates(["kind", "object_id", "contact"], ignore_index=True)
    return Tabled(program, contacts, events, objects if random.random() < 0.6 else None)


def _without_capacity(program: str) -> list[str]:
    return [line if "capacity" not in line else "workspace" for line in program.splitlines()]


def _contacts(random: Random, count: int) -> pd.DataFrame:
    def some(*cells: Any) -> list[Any]:
        return [random.choice(cells) for _ in range(count)]

    ids = [f"c{random.randint(0, 999)}x{number}" for number in range(count)]
    frame = pd.DataFrame(
        {
            "contact": ids, "plan": some("pro", "free", None), "age": some(8, 18, 30, 99, None),
            "score": some(1.5, 2, 0, None), "keen": pd.Series(some(True, False, None), dtype=object),
            "ends": some("2026-01-20", "2026-02-01", "2026-01-09", None),
            "seen": some("2026-01-10T09:00:00Z", "2026-01-03T23:30:00Z", None),
            "birthday": some("1996-02-29", "2000-01-15", None), "tags": some("a", "b;c", "", None),
            "groups": some("g", None), "programs": some("Yoga", "Pilates", None), "campaigns": some("D", None, None),
            "timezone": some("Europe/Paris", "Asia/Tokyo", "Asia/Beirut", None),
            "can_email": some("yes", "no", None), "can_sms": some(True, False),
        }
    )  # fmt: skip
    for name in ("ends", "birthday", "seen", "age", "plan", "keen", "tags"):
        frame[name] = random.choice(_forms(random, name, frame[name]))
    if random.random() < 0.2:
        frame["contact"] = range(count)
    frame = frame.rename(columns={"contact": random.choice(["contact", "contact", "id"])})
    return frame.drop(columns=[name for name in SOMETIMES if random.random() < 0.4])


def _forms(random: Random, name: str, cells: pd.Series[Any]) -> list[Any]:
    """Ways in which a frame may hold a column."""
    match name:
        case "ends" | "birthday":
            days = pd.to_datetime(cells)
            hours = pd.to_timedelta([random.choice([0, 7]) for _ in range(len(cells))], unit="h")
            dates = pd.Series([None if pd.isna(day) else day.date() for day in days], dtype=object)
            return [cells, days, days.astype("datetime64[ms]"), dates, days.dt.tz_localize("UTC"), days + hours]
        case "seen":
            moments = pd.to_datetime(cells, utc=True)
            return [cells, moments, moments.dt.tz_convert("Asia/Tokyo")]
        case "age":
            return [cells, cells.astype("Int64"), cells.astype(object)]
        case "plan":
            return [cells, cells.astype("category"), cells.astype("string")]
        case "keen":
            return [cells, cells.astype("boolean")]
        case _:
            return [cells, pd.Series([one.split(";") if isinstance(one, str) else None for one in cells], dtype=object)]


def _events(random: Random, rows: list[Row]) -> pd.DataFrame:
    events = table(rows)
    moments = pd.to_datetime(events["time"], utc=True, format="ISO8601")
    events["time"] = random.choice([events["time"], moments, moments.dt.tz_convert("Europe/Paris")])
    if random.random() < 0.3:
        events["amount"] = [one if random.random() < 0.7 else None for one in events["amount"]]
    if random.random() < 0.2:
        events["event"] = events["event"].astype("category")
    return events


def cut_at_random(random: Random, frame: pd.DataFrame, folder: Path) -> str:
    """Writes a table into files of some row groups, one without rows now and then; gives the pattern of their names."""
    folder.mkdir()
    edges = sorted({0, len(frame), *(random.randint(0, len(frame)) for _ in range(random.randint(0, 4)))})
    statistics = random.random() < 0.7
    for number, (first, last) in enumerate(zip(edges, [*edges[1:], len(frame)], strict=True)):
        if first < last or number == 0 or random.random() < 0.3:
            rows, groups = frame.iloc[first:last], random.randint(1, 6)
            path = folder / f"{number:03}.parquet"
            rows.to_parquet(path, index=False, row_group_size=groups, write_statistics=statistics)
    return str(folder / "*.parquet")
