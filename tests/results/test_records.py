"""How much is kept: sends and runs, or counts alone, tell what full records tell; what was not kept is said."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from lives import live, on, setting_of
from programs_at_random import World, worlds

from flowdsl import RunError
from flowdsl.calendar.zones import zone, zone_names
from flowdsl.results.counts import NO_SERIES, QUARTER, Counts, Line, from_dense, series_of, total
from flowdsl.results.log_filters import sends_and_runs
from flowdsl.results.records import Record
from flowdsl.results.results import Results
from flowdsl.sim import simpy_engine as engine
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.contact_process import make_context
from flowdsl.sim.counter import Counter as Counting
from flowdsl.sim.engines import simulate

HELLO = """
flow "Hello"
  when contact joins program
  limit once per contact
  then add tag "new"
  then send email "One"
  wait 2 hours
  then send sms "Two" unless has tag "quiet"
  wait 3 days
"""
PEOPLE = [{"contact": "ann"}, {"contact": "bob", "tags": "quiet"}, {"contact": "cem"}]
JOINS = [
    on("2026-01-05 09:07", "joins program", contact="ann"),
    on("2026-01-05 21:50", "joins program", contact="bob"),
    on("2026-01-06 09:00", "joins program", contact="ann"),
    on("2026-01-12 09:00", "joins program", contact="cem"),
]


def hello(records: str = "full", **options: Any) -> Results:
    told = {"start": "2026-01-05", "days": 10, **options}
    return live(HELLO, *JOINS, contacts=PEOPLE, records=records, **told).results


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def same_counts(full: Results, less: Results, clock: str = "Asia/Kathmandu") -> None:
    """All that can be counted, frame by frame."""
    for name in ("flows", "declined", "messages", "skipped"):
        same(getattr(full.summary(), name), getattr(less.summary(), name))
    same(full.funnel().steps, less.funnel().steps)
    same(full.funnel().why, less.funnel().why)
    by = ("flow", "channel", "message", "status")
    same(full.daily(by, clock), less.daily(by, clock))
    for of, every in (
        ("sends", "hour"),
        ("skipped", "week"),
        ("entries", "day"),
        ("declined", "day"),
        ("exits", "day"),
    ):
        same(full.timeline(of, every, zone=clock), less.timeline(of, every, zone=clock))


def setting_at_random(world: World) -> SimulationConfig:
    return setting_of(world.program, world.events, world.contacts, objects=world.objects, days=45)


# --- the three say the same -------------------------------------------------------------------------------------------


@given(worlds())
@settings(max_examples=5)
def test_less_is_kept_and_the_same_is_told(world: World) -> None:
    """Summaries, funnels and counts over time are the same frames, whatever is kept; so are sends and runs."""
    config = setting_at_random(world)
    full, sends, counts = (simulate(config, records=records) for records in ("full", "sends", "counts"))
    same(full.sends, sends.sends)
    same(full.runs, sends.runs)
    same_counts(full, sends, "Europe/Paris")
    same_counts(full, counts)
    assert full.tally == sends.tally == counts.tally


@given(worlds())
@settings(max_examples=6)
def test_a_log_is_cut_down_to_what_is_kept_from_the_start(world: World) -> None:
    """An engine that keeps every row can be asked for less of them: what comes is what the reference engine keeps."""
    config = setting_at_random(world)
    full, sends = simulate(config), simulate(config, records="sends")
    less = Results(full.plan, sends_and_runs(full.log), full.contact_ids, full.start_ms, full.until_ms)
    same(less.sends, sends.sends)
    same(less.runs, sends.runs)
    assert less.log.actions == sends.log.actions
    assert simulate(config, records="counts").kept == full.tally


@given(worlds())
@settings(max_examples=6)
def test_counts_of_parts_add_up(world: World) -> None:
    """the Counts of some contacts and that of the others give that of them all, in any order, and survive a file."""
    config = setting_at_random(world)
    assume(not config.plan.policy.capacities)  # which makes contacts wait for each other
    parts = []
    for position in range(len(config.tables.contacts)):
        counter = Counting(config.start, config.until)
        engine.Engine(make_context(config), counter.add).run([position])
        parts.append(counter.counts(1))
    whole = replace(simulate(config, records="counts").tally, ignored={})  # which are counted at the door
    assert total(parts) == total(parts[::-1]) == whole


def test_a_warm_up_counts_as_in_full_records() -> None:
    """Of what happened before the start only runs that lived into it are counted."""
    options: dict[str, Any] = {"start": "2026-01-06", "warm_from": "2026-01-05"}
    full, counts = hello(**options), hello("counts", **options)
    assert full.summary().flows.loc["Hello", "entered"] == 3
    assert counts.timeline("entries", every="week")["entries"].tolist() == [0, 1]
    same_counts(full, counts)


def test_capacity_and_new_contacts_are_counted_too() -> None:
    """Contacts that come, and messages that queue, are counted when they come and go."""
    program = (
        HELLO
        + """
workspace
  capacity email 1 per hour
scenario "Spring"
  assume 30 new contacts per day join program
"""
    )
    full, counts = (
        live(program, contacts=PEOPLE, days=10, records=records, seed=3).results for records in ("full", "counts")
    )
    assert counts.contacts == full.contacts > 250
    same_counts(full, counts)


# --- over time --------------------------------------------------------------------------------------------------------


def test_a_timeline_counts_by_the_clock_on_the_wall() -> None:
    """Hours, days and weeks of a zone, with zeros, against moments read off a calendar."""
    results = hello()
    for every, shown in (("hour", "%Y-%m-%d %H"), ("day", "%Y-%m-%d"), ("week", "%G-%V")):
        clock = ZoneInfo("Asia/Kathmandu")
        expected = Counter(
            at.astimezone(clock).strftime(shown) for at in results.sends["time"][results.sends["status"] == "sent"]
        )
        line = hello("counts").timeline("sends", every, by=(), zone="Asia/Kathmandu")
        found = {at.strftime(shown): number for at, number in zip(line[every], line["sends"], strict=True)}
        assert {at: number for at, number in found.items() if number} == dict(expected)
        steps = line[every].diff().dropna().unique()
        assert [pd.Timedelta(step) for step in steps] == [pd.Timedelta(1, "W" if every == "week" else every)]


def test_entries_exits_and_refusals_over_time() -> None:
    """Entries count when runs start, exits when they end, refusals when they are refused."""
    for results in (hello(), hello("sends"), hello("counts")):
        assert results.timeline("entries").query("entries > 0").to_numpy().tolist() == [
            [pd.Timestamp("2026-01-05"), "Hello", 2],
            [pd.Timestamp("2026-01-12"), "Hello", 1],
        ]
        exits = results.timeline("exits").query("exits > 0")
        assert exits[["status", "exits"]].to_numpy().tolist() == [["completed", 2]]
        assert results.timeline("declined")["declined"].sum() == 1
        assert results.timeline("skipped", by="message").query("skipped > 0")["day"].tolist() == [
            pd.Timestamp("2026-01-05")
        ]


def test_every_present_clock_goes_by_quarter_hours() -> None:
    """In every zone, from 2023 on, offsets and changes are whole quarters, so that counts by them are exact."""
    since = int(datetime(2023, 1, 1).timestamp() * 1000)
    for name in zone_names():
        clock = zone(name)
        for start, offset, until in zip(clock.starts, clock.offsets, [*clock.starts[1:], 2**62], strict=True):
            assert until < since or offset % QUARTER == 0, name
            assert start < since or start % QUARTER == 0, name


@pytest.mark.parametrize("at", range(0, 180, 20))
def test_an_odd_clock_of_former_years_is_exact_or_refused(at: int) -> None:
    """Where a clock changed at one past midnight, counts agree with the moments or are refused with the reason."""
    base = int(datetime.fromisoformat("2010-11-07T01:31:00+00:00").timestamp() * 1000)
    flow = 'flow "Hello" when contact joins program then send email "One"'
    join = on(str(pd.Timestamp(base + at * 60_000, unit="ms")), "joins program")
    full, counts = (
        live(flow, join, start="2010-11-06", days=3, records=records).results for records in ("full", "counts")
    )
    if at == 60:  # in the quarter hour in which the clock goes back into the day before
        with pytest.raises(RunError, match="does not go by whole quarter hours") as refused:
            counts.daily(zone="America/St_Johns")
        assert refused.value.diagnostics[0].code == "E808"
    else:
        same(counts.daily(zone="America/St_Johns"), full.daily(zone="America/St_Johns"))


# --- what is not kept -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "table", "keeps"),
    [
        ("counts", "sends", 'records="full" or records="sends"'),
        ("counts", "runs", 'records="full" or records="sends"'),
        ("counts", "actions", 'records="full"'),
        ("counts", "records", 'records="full"'),
        ("counts", "log", 'records="full" or records="sends"'),
        ("sends", "actions", 'records="full"'),
        ("sends", "records", 'records="full"'),
    ],
)
def test_what_was_not_kept_is_said(records: str, table: str, keeps: str) -> None:
    """A table that was not kept is refused, with what keeps it."""
    with pytest.raises(RunError) as refused:
        getattr(hello(records), table)
    assert refused.value.diagnostics[0].code == "E807"
    assert refused.value.diagnostics[0].reason == f"{keeps} keeps them"


def test_counts_say_what_they_count_by() -> None:
    """A column that counts were not kept by is refused, and so is what is no measure of time."""
    with pytest.raises(RunError, match='not counted by "step"') as refused:
        hello("counts").daily(by="step")
    assert 'records="sends" keeps every column' in refused.value.diagnostics[0].reason
    with pytest.raises(RunError, match="of is one of sends"):
        hello().timeline("clicks")
    with pytest.raises(RunError, match="every is one of hour, day, week, not 'month'"):
        hello("counts").timeline(every="month")


def test_stories_are_told_whatever_is_kept() -> None:
    """One life can be lived again, so stories and traces do not hang on what was kept."""
    assert hello("counts").story("ann") == hello().story("ann")
    assert hello("sends").trace("bob") == hello().trace("bob")
    kept = hello("counts").kept
    alone = Results(hello().plan, kept, ["ann"], 0, 1)
    with pytest.raises(RunError, match="have no log"):
        alone.trace("ann")


def test_results_say_what_they_keep_and_who_made_them() -> None:
    """The engine is named, and how much was kept is seen."""
    assert hello().engine == "simpy"
    assert "counts only" in repr(hello("counts"))
    assert [hello(records).records_kept for records in ("full", "sends", "counts")] == ["full", "sends", "counts"]


def test_files_hold_what_was_kept(tmp_path: Path) -> None:
    """to_dir writes sends and runs, or counts with the funnel; counts add up to the sends."""
    assert [file.name for file in hello("sends").to_dir(tmp_path / "sends")] == ["sends.csv", "runs.csv"]
    files = hello("counts").to_dir(tmp_path / "counts", format="parquet")
    assert [file.name for file in files] == ["counts.parquet", "steps.parquet", "why.parquet"]
    counts = pd.read_parquet(files[0])
    assert counts.groupby("status", observed=True)["count"].sum().to_dict() == {
        "sent": 5, "skipped": 1, "started": 3, "completed": 2, "declined": 1,
    }  # fmt: skip


# --- the Counts ------------------------------------------------------------------------------------------------------


def test_a_tally_survives_a_file(tmp_path: Path) -> None:
    """What is saved and loaded is equal; other files are refused."""
    tally = hello("counts").tally
    assert Counts.load(tally.save(tmp_path / "tally.json")) == tally
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(ValueError, match="no tally"):
        Counts.load(tmp_path / "other.json")


def test_tallies_of_other_simulations_do_not_add_up() -> None:
    """Counts that begin at other times are not added."""
    with pytest.raises(ValueError, match="one simulation"):
        _ = Counts(0, 1, {}, {}) + Counts(QUARTER, 1, {}, {})
    with pytest.raises(ValueError, match="none"):
        total([])
    assert Counts(0, 1, {}, {}) != "counts"


def test_a_tally_is_made_of_plain_arrays() -> None:
    """A matrix of counts, a row a line and a column a quarter hour, is the same as counts told one by one."""
    lines = [Line("B", "", "", "started"), Line("A", "", "", "started"), Line("B", "", "", "started")]
    dense = from_dense(lines, np.array([[0, 2, 0], [1, 0, 0], [0, 3, 4]]))
    told = series_of({(lines[0], 1): 5, (lines[0], 2): 4, (lines[1], 0): 1})
    assert dense.lines == told.lines
    assert [column.tolist() for column in dense[1:]] == [column.tolist() for column in told[1:]]
    assert series_of({}).lines == NO_SERIES.lines == from_dense(lines, np.zeros((3, 3))).lines


def test_counting_takes_no_memory_for_contacts() -> None:
    """However many runs and rounds there are, what a Counter holds stays small."""
    counter = Counting(0, 86_400_000)
    for number in range(120_000):
        counter.add(number, [Record(number, "action", "A", number, "tag", number, "tags.add", "x", status="done")])
    assert sum(counter.counts(120_000).actions.values()) == 120_000
    assert len(counter._seen) <= 50_001
    assert len(counter._shapes) == 1
