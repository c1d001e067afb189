"""Worlds that must come to the same: shifted in time, with a flow or a contact more that has nothing to do with them.

Programs are those of programs_at_random. No row is worked out here: two simulations are held against each other.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from random import Random

import pandas as pd
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from lives import Row, on, table
from pandas.testing import assert_frame_equal
from programs_at_random import World, world_at_random

import flowdsl
from flowdsl import Results

TABLES = ("sends", "runs", "actions", "records")
# Seeds are not made smaller when a world fails: a smaller seed is no simpler world.
AT_RANDOM = settings(max_examples=500 if os.environ.get("SOAK") else 8, phases=(Phase.explicit, Phase.generate))
# The calendar repeats itself after 28 years, as long as no century without a leap day is between.
SHIFTS = (-56, -84, 28)
DATE = re.compile(r"\b((?:19|20)[0-9]{2})(?=-[0-9]{2}-[0-9]{2})")
ZONE = re.compile(r"[A-Z][a-z]+/[A-Z][A-Za-z_]+")
UNRELATED = """
flow "Unrelated"
  when contact visits page or when "ping" happens or when contact joins group or when event changes
  wait 1 day
  then do "nothing"
"""


def lived(world: World, engine: str = "simpy", start: str = "2026-01-01", days: int = 45) -> Results:
    """What becomes of a world."""
    tables = {"events": table(world.events), "objects": table(world.objects)}
    options = {"start": start, "days": days, "engine": engine, **tables}
    return flowdsl.simulate(world.program, table(world.contacts), **options)  # type: ignore[arg-type]


def shifted(world: World, years: int) -> World:
    """The same world some years later, on one clock, which has always been the same."""

    def moved(text: str) -> str:
        return ZONE.sub("UTC", DATE.sub(lambda year: f"{int(year[1]) + years:04}", text))

    def each(rows: tuple[Row, ...]) -> tuple[Row, ...]:
        return tuple(
            {name: moved(cell) if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows
        )

    return World(moved(world.program), each(world.events), each(world.contacts), each(world.objects))


def later(frame: pd.DataFrame, by: int) -> pd.DataFrame:
    """A table with all its moments so many days later."""
    moments = {
        name: (frame[name] + pd.Timedelta(by, "D")).dt.as_unit("ms") for name in frame if frame[name].dtype.kind == "M"
    }
    return frame.assign(**moments)


@pytest.mark.parametrize("engine", ["simpy", "fast"])
@given(seed=st.integers(0, 10**9), years=st.sampled_from(SHIFTS))
@AT_RANDOM
def test_it_does_not_matter_in_which_year_it_happens(engine: str, seed: int, years: int) -> None:
    """Around 1970 and long before it, everything happens as it does today: queues, windows, months, answers."""
    world = world_at_random(seed)
    days = 10_227 * years // 28
    today = lived(shifted(world, 0), engine)
    found = lived(shifted(world, years), engine, f"{2026 + years}-01-01")
    for name in TABLES:
        assert_frame_equal(later(getattr(today, name), days), getattr(found, name), obj=name)
    for line in ("sends", "entries"):
        counts, others = today.timeline(line, "day"), found.timeline(line, "day")
        assert_frame_equal(later(counts, days), others)


def of_flows(results: Results, name: str) -> pd.DataFrame:
    """The rows of a table that the flows of programs_at_random have left."""
    rows = getattr(results, name)
    flows = rows["flow"].astype("str").isin(["A", "B", "C", "D"])
    return rows[flows].reset_index(drop=True)


@given(st.integers(0, 10**9))
@AT_RANDOM
def test_an_unrelated_flow_changes_nothing(seed: int) -> None:
    """A flow that sends nothing and changes nothing may listen to anything: the others go on as without it."""
    world = world_at_random(seed)
    head, mark, scenario = world.program.partition("\nscenario")
    more = replace(world, program=f"{head}{UNRELATED}{mark}{scenario}")
    one, other = lived(world), lived(more)
    for name in ("sends", "runs", "actions"):
        assert_frame_equal(
            of_flows(one, name), of_flows(other, name), check_dtype=False, check_categorical=False, obj=name
        )


@given(st.integers(0, 10**9))
@AT_RANDOM
def test_an_unrelated_contact_changes_nothing(seed: int) -> None:
    """Contacts live by themselves: one more in the table, with a life of its own, changes no other's rows."""
    world = world_at_random(seed)
    assume("capacity" not in world.program and "like the table" not in world.program)
    random = Random(seed)
    own = [on(f"2026-01-{random.randint(2, 28):02} 09:00", "joins program", "Yoga", contact="zed") for _ in range(9)]
    more = replace(world, contacts=({"contact": "zed", "tags": "a"}, *world.contacts), events=(*own, *world.events))
    one, other = lived(world), lived(more)
    for name in TABLES:
        rows = getattr(other, name)
        rows = rows[rows["contact"] != "zed"].reset_index(drop=True)
        assert_frame_equal(getattr(one, name), rows, check_dtype=False, check_categorical=False, obj=name)
