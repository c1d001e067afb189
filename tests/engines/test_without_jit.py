"""The compiled engine's own code as plain Python: the same rows, and what compiled code cannot notice is an error."""

from __future__ import annotations

import os
import threading
from types import FrameType

import pandas as pd
import pytest
from four_ways import differences, without_jit
from lives import on, table
from pandas.testing import assert_frame_equal
from straight_at_random import straight_at_random

from flowdsl import simulate
from flowdsl.sim.fast import threads
from flowdsl.sim.fast.interpreted import Words

WORLDS = 400 if os.environ.get("SOAK") else 24
FIRST = int(os.environ.get("FIRST_WORLD", "0"))
LIMITED = """
workspace capacity email 2 per hour
flow "A" when contact joins program then send email "Hello" wait 1 day then send email "More"
"""


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WORLDS))
def test_a_world_is_the_same_in_four_ways(seed: int) -> None:
    """SimPy, compiled, as Python, and with the state of each contact as JSON before every wake."""
    assert differences(seed) == []


@pytest.mark.parametrize("seed", range(12))
def test_many_contacts_on_the_short_way_are_the_same(seed: int) -> None:
    """Flows that most contacts take once, with rows and with counts."""
    world = straight_at_random(seed)
    people, options = table(world.contacts), {"events": table(world.events), "start": "2026-01-01", "days": 30}
    expected = [simulate(world.program, people, engine="simpy", records=kept, **options) for kept in ("full", "counts")]
    with without_jit():
        found = [simulate(world.program, people, engine="fast", records=kept, **options) for kept in ("full", "counts")]
    assert_frame_equal(found[0].records, expected[0].records, check_exact=True)
    assert found[1].tally == expected[1].tally


def test_contacts_that_share_a_limited_channel_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contacts run again for each slot, in several calls of the walk."""
    monkeypatch.setattr(threads, "CHUNK", 3)
    people = table([{"contact": f"c{n}"} for n in range(9)])
    joins = table([on("2026-01-05 10:00", "joins program", "X", contact=f"c{n}") for n in range(9)])
    options = {"events": joins, "start": "2026-01-05", "days": 5}
    with without_jit():
        found = simulate(LIMITED, people, engine="fast", **options)
    assert_frame_equal(found.sends, simulate(LIMITED, people, engine="simpy", **options).sends, check_exact=True)
    assert found.sends["queued_s"].max() > 3600


def test_several_threads_have_memory_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three threads with chunks of two contacts: the same rows as one."""
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(20)]})
    joins = table([on(f"2026-01-05 {n % 8 + 10}:00", "joins program", "X", contact=f"c{n}") for n in range(20)])
    options = {"events": joins, "start": "2026-01-05", "days": 9, "engine": "fast"}
    program = 'when contact joins program split 50% then send email "A" 50% then wait 1 day then add tag "t" end'
    expected = simulate(program, people, **options)
    monkeypatch.setattr(threads, "CHUNK", 2)
    monkeypatch.setattr(threads, "THREADS", 3)
    with without_jit():
        assert_frame_equal(simulate(program, people, **options).records, expected.records, check_exact=True)


def test_a_debugger_sees_the_functions_of_the_walk() -> None:
    """A trace function, which is how debuggers and coverage tools work, is called for them."""
    seen: set[str] = set()

    def trace(frame: FrameType, event: str, argument: object) -> None:
        if "sim/fast" in frame.f_code.co_filename.replace("\\", "/"):
            seen.add(frame.f_code.co_name)

    people = table([{"contact": "ann"}])
    joins = table([on("2026-01-05", "joins program", "X", contact="ann")])
    threading.settrace(trace)
    try:
        with without_jit():
            simulate("when member joins program then send chat", people, events=joins, days=2, engine="fast")
    finally:
        threading.settrace(None)  # type: ignore[arg-type]
    assert {"live_all", "birth", "write_row"} <= seen


def test_places_outside_of_memory_and_large_numbers_are_errors() -> None:
    """Compiled code would read or write elsewhere, or wrap around."""
    words = Words([1, 2, 3])
    for place in (3, -1):
        with pytest.raises(IndexError, match="outside of memory of 3 words"):
            words[place]
        with pytest.raises(IndexError, match="outside of memory of 3 words"):
            words[place] = 0
    with pytest.raises(IndexError, match="outside of memory"):
        words[2:4] = [0, 0]
    with pytest.raises(OverflowError, match="64 bits"):
        words[0] = 2**63
    assert words == [1, 2, 3]
