"""Contacts in parts: the same results as of all at once, wherever tables are cut; nothing is lost if a worker dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from datetime import date
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from random import Random
from textwrap import dedent
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client, LocalCluster
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from lives import on, table
from programs_at_random import World, worlds
from tables_at_random import cut_at_random, tables_at_random

import flowdsl
from flowdsl import DataError, ProgramError, RunError
from flowdsl.chance.keyed_draws import hash_text
from flowdsl.partitioned import parts, shuffle
from flowdsl.results.counts import Counts
from flowdsl.results.results import Results
from flowdsl.tables.arrays import Texts
from flowdsl.tables.hashes import hashes

WHOLE = import_module("flowdsl.partitioned.simulate")  # the package gives the function of this name
TABLES = ("sends", "runs", "actions", "records")
START = {"start": "2026-01-05", "days": 30}
PROGRAM = """
flow "Hello"
  when contact joins program or when 3 days before ends at 09:00
  limit 2 times per contact
  split 50% "a" then send email "A" 50% "b" then send sms "B" unless plan is "pro" end
  wait until opened "A" or invoice is paid for up to 3 days
  if it happened and age > 30 then add tag "keen" end
  then send chat "Last"
flow "Paid"
  when invoice is issued where trigger.amount > 5
  wait until 2 days before invoice.due or continue
  then create task "Thank" for "desk"
scenario "Spring"
  assume contact opens email 50% after about 4 hours
  assume contact joins program 0.2 per contact per week
  assume 3 new contacts per day join program "Yoga" like the table
  assume 2 new contacts per day join program "Judo"
"""


def people(count: int = 60) -> pd.DataFrame:
    """Contacts whose columns look different here and there: gaps, midnights, names that only some have."""
    rows = [
        {
            "contact": f"c{number}", "plan": ["pro", "free", None][number % 3], "age": None if number == 50 else number,
            "ends": pd.Timestamp("2026-01-20") + pd.Timedelta(days=number % 9, hours=7 if number == 40 else 0),
            "tags": ["a;b", "", None][number % 3], "timezone": [None, "Asia/Tokyo"][number % 2],
        }
        for number in range(count)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def happened(count: int = 60) -> pd.DataFrame:
    rows = []
    for number in range(3 * count):
        who = f"c{number * 7 % count}"
        rows.append(on(f"2026-01-{5 + number % 20:02} 09:00", "joins program", "Yoga", contact=who))
        if number % 4 == 0:
            about = {"object_id": f"i{number}", "amount": None if number % 8 else number % 12, "due": "2026-02-01"}
            rows.append(on(f"2026-01-{6 + number % 20:02} 10:00", "invoice is issued", contact=who, **about))
            rows.append(on(f"2026-01-{9 + number % 20:02}", "invoice is paid", contact=who, **about))
    return table(rows)


def cut(frame: pd.DataFrame, folder: Path, *ends: int, **options: Any) -> str:
    """Writes a table into several files, cut at some rows; gives the pattern of their names."""
    folder.mkdir()
    edges = [0, *sorted(set(ends)), len(frame)]
    for number, (first, last) in enumerate(pairwise(edges)):
        frame.iloc[first:last].to_parquet(folder / f"{number:03}.parquet", index=False, **options)
    return str(folder / "*.parquet")


def same(one: Results, other: Results, tables: Sequence[str] = TABLES) -> None:
    """All tables and counts, frame by frame."""
    for name in tables:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    assert one.tally == other.tally
    assert one.contacts == other.contacts
    assert str(one.summary()) == str(other.summary())
    pd.testing.assert_frame_equal(one.timeline("sends", "hour"), other.timeline("sends", "hour"))


@pytest.fixture(scope="module")
def at_once() -> Results:
    """What a simulation of all contacts at once gives."""
    return flowdsl.simulate(PROGRAM, people(), events=happened(), **START)


# --- the same, wherever it is cut -------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 59), max_size=6), st.integers(1, 40), st.booleans())
@settings(max_examples=4)
def test_it_does_not_matter_where_tables_are_cut(
    tmp_path_factory: pytest.TempPathFactory, at_once: Results, ends: list[int], rows: int, in_file: bool
) -> None:
    """Files and row groups of any size, events in files or a frame: tables and counts are those of all at once."""
    folder = tmp_path_factory.mktemp("cut")
    contacts = cut(people(), folder / "contacts", *ends, row_group_size=rows)
    events = cut(happened(), folder / "events", 50, row_group_size=rows) if in_file else happened()
    with pytest.MonkeyPatch.context() as patch:
        for room, name, size in (
            (parts, "SIZE", rows),
            (shuffle, "BATCH", rows),
            (shuffle, "HELD", 3 * rows),
            (WHOLE, "NEW_CONTACTS", 2 * rows),
        ):
            patch.setattr(room, name, size)
        found = flowdsl.simulate(PROGRAM, contacts, events=events, out=folder / "out", **START)
    same(at_once, found)


@pytest.mark.parametrize("since", ["", " since joined", " since 2026-01-20"])
def test_the_past_of_contacts_is_the_same_in_parts(tmp_path: Path, since: str) -> None:
    """What is known of each, since the first event of all parts; when they leave, days in common, and new contacts."""
    numbers = np.random.default_rng(4)
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(90)]})
    people["joined"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(numbers.integers(0, 40, 90), unit="D")
    times = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.sort(numbers.uniform(0, 60, 300)), unit="D")
    who = [f"c{n}" for n in numbers.integers(0, 90, 300)]
    events = pd.DataFrame({"time": times, "contact": who, "event": "buys offer"})
    program = f"""
flow "F" when contact buys offer then send email "A"
scenario "S"
  assume contact buys offer 0.05 to 0.09 per contact per day varying by gamma 0.5 varying by day gamma 9 \
    until leaving 20% varying by beta 3 given the past{since}
  assume 2 new contacts per day buy offer like the table
""".replace("\\\n", "")
    options = {"start": "2026-03-02", "days": 30, "engine": "fast"}
    found = flowdsl.simulate(
        program, cut(people, tmp_path / "contacts", 20, 50), events=cut(events, tmp_path / "events", 100, 200),
        out=tmp_path / "out", **options,
    )  # fmt: skip
    same(flowdsl.simulate(program, people, events=events, **options), found)


@given(worlds())
@settings(max_examples=5)
def test_any_program_gives_the_same_in_parts(tmp_path_factory: pytest.TempPathFactory, world: World) -> None:
    """Programs of all of the language, a contact a file; but for capacity, which joins contacts."""
    assume("capacity" not in world.program)
    folder = tmp_path_factory.mktemp("world")
    rows = table(world.contacts)
    contacts = cut(rows, folder / "contacts", *range(1, len(rows)))
    told: dict[str, Any] = {"objects": table(world.objects), "start": "2026-01-05", "days": 45}
    once = flowdsl.simulate(world.program, rows, events=table(world.events), **told)
    same(once, flowdsl.simulate(world.program, contacts, events=table(world.events), out=folder / "out", **told))


@given(st.integers(0, 10**9))
@settings(max_examples=300 if os.environ.get("SOAK") else 6, phases=(Phase.explicit, Phase.generate))
def test_any_tables_give_the_same_in_parts(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Columns of any type, new contacts, gaps, consents, files without rows: in parts as in memory, in either engine.

    Frames are cut by rows, files by row groups as well; parts, pieces of new contacts and batches may be of one row.
    """
    world, random = tables_at_random(seed), Random(seed)
    folder = tmp_path_factory.mktemp("parts")
    told: dict[str, Any] = {"start": "2026-01-05", "days": 30, "engine": random.choice(["simpy", "fast"])}
    once = flowdsl.simulate(world.program, world.contacts, events=world.events, objects=world.objects, **told)
    tables = {"contacts": world.contacts, "events": world.events, "objects": world.objects}
    for name, frame in tables.items():
        if frame is not None and random.random() < 0.6:
            tables[name] = cut_at_random(random, frame, folder / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts.parts_of, "__defaults__", (random.randint(1, 5),))
        patch.setattr(shuffle, "BATCH", random.randint(1, 9))
        patch.setattr(shuffle, "HELD", random.randint(1, 30))
        patch.setattr(WHOLE, "NEW_CONTACTS", random.randint(1, 9))
        found = flowdsl.simulate(world.program, **tables, out=folder / "out", **told)
    same(once, found)
    assert str(once.funnel()) == str(found.funnel())


@pytest.mark.parametrize(
    ("condition", "cells"),
    [
        ('plan is "1"', [1, "a"]), ('plan is "1"', ["1", 2]), ('plan is "yes"', ["yes", True]),
        ("age > 1", [1, 2.5]), ("age > 1", ["3", 2]), ("keen is yes", [True, 1]),
        ("ends is within 3 days", [date(2026, 1, 2), pd.Timestamp("2026-01-08 05:00")]),
        ('has tag "a"', ["a", ["a", "b"]]),
    ],
)  # fmt: skip
def test_columns_of_cells_of_several_kinds_mean_the_same_in_parts(
    tmp_path: Path, condition: str, cells: list[Any]
) -> None:
    """A column of a frame whose cells are of several kinds is read as a whole, though each part sees one kind of them.

    What is refused in memory is refused in parts, with the same code.
    """
    program = f'flow "F"\n  when contact joins program\n  if {condition} then do "yes" otherwise do "no" end'
    column = "tags" if "tag" in condition else condition.split()[0]
    contacts = pd.DataFrame({"contact": ["x", "y"], column: pd.Series(cells, dtype=object)})
    rows = table([on("2026-01-05 09:00", "joins program", contact=who) for who in "xy"])

    def became(**where: Any) -> list[str]:
        try:
            return list(flowdsl.simulate(program, contacts, events=rows, **START, **where).actions["name"])
        except flowdsl.FlowError as error:
            return [one.code for one in error.diagnostics]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts.parts_of, "__defaults__", (1,))
        assert became(out=tmp_path / "out") == became()


@pytest.mark.parametrize("engine", ["simpy", "fast"])
@pytest.mark.parametrize("how", ["memory", "frame", "files"])
def test_new_contacts_consent_only_as_the_table_says(tmp_path: Path, how: str, engine: str) -> None:
    """Where the table has `can_email`, new contacts of whom nothing is known have no consent: nothing is sent to them.

    Those who are `like the table` have the consent of the contact that they are like; without the column all have it.
    """
    program = """
        flow "F"
          when contact visits page
          then send email "M"
        scenario "S"
          assume 20 new contacts per day visit page "X"{like}
    """
    people = pd.DataFrame({"contact": ["ann", "bob"], "can_email": ["yes", "no"]})

    def statuses(contacts: pd.DataFrame, like: str = "") -> set[tuple[str, str]]:
        where: dict[str, Any] = {} if how == "memory" else {"out": tmp_path / f"{len(contacts.columns)}{like}"}
        given = cut(contacts, tmp_path / f"in{len(contacts.columns)}{like}", 1) if how == "files" else contacts
        text = dedent(program).format(like=like)
        sends = flowdsl.simulate(text, given, start="2026-03-01", days=3, engine=engine, **where).sends
        assert len(sends) > 40
        return set(zip(sends["status"], sends["reason"].astype(object).fillna(""), strict=True))

    assert statuses(people) == {("skipped", "no consent")}
    assert statuses(people, " like the table") == {("sent", ""), ("skipped", "no consent")}
    assert statuses(people[["contact"]]) == {("sent", "")}


@pytest.mark.parametrize("engine", ["simpy", "fast"])
@pytest.mark.parametrize("records", ["full", "sends", "counts"])
def test_any_engine_keeps_any_records_in_parts(tmp_path: Path, at_once: Results, engine: str, records: str) -> None:
    """Engines and records= are what they are elsewhere; counts need no folder, and a frame may be cut as well."""
    told: dict[str, Any] = {"engine": engine, "records": records, **START}
    found = flowdsl.simulate(PROGRAM, people(), events=happened(), out=tmp_path / "out", **told)
    same(at_once, found, {"full": TABLES, "sends": TABLES[:2], "counts": ()}[records])
    assert found.engine == engine
    kept = {"full": TABLES, "sends": TABLES[:2], "counts": ()}[records]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*kept, ".flowdsl.json", "tally.json"])
    assert Counts.load(tmp_path / "out" / "tally.json") == at_once.tally


def test_times_come_from_all_events(tmp_path: Path) -> None:
    """Without start and days the first and the last event of all parts say when it is."""
    contacts, events = cut(people(), tmp_path / "contacts", 20, 40), cut(happened(), tmp_path / "events", 90)
    program = PROGRAM.partition("scenario")[0]
    found = flowdsl.simulate(program, contacts, events=events, records="counts")
    assert found.tally == flowdsl.simulate(program, people(), events=happened()).tally


def test_tables_of_a_folder_are_plain_parquet(tmp_path: Path, at_once: Results) -> None:
    """Whoever reads the folder finds texts, numbers and moments, of one type in all files."""
    flowdsl.simulate(
        PROGRAM, cut(people(), tmp_path / "contacts", 1, 30), events=happened(), out=tmp_path / "out", **START
    )
    for name in TABLES:
        schemas = {str(pq.read_schema(file)) for file in (tmp_path / "out" / name).iterdir()}
        assert len(schemas) == 1
    read = pd.read_parquet(tmp_path / "out" / "sends")
    assert read["message"].value_counts().to_dict() == at_once.sends["message"].value_counts().to_dict() | {}


def test_ids_are_hashed_as_one_by_one() -> None:
    """Hashes of many texts at once are those of each by itself, whatever their lengths."""
    ids = ["", "a", "é" * 9, *(f"c{number}" * (number % 5) for number in range(500))]
    assert hashes(Texts.of(ids)).tolist() == [hash_text(one) for one in ids]


def test_progress_counts_all_contacts(tmp_path: Path) -> None:
    """Progress goes up to 1, with all contacts of all parts."""
    told: list[Any] = []
    contacts = cut(people(), tmp_path / "contacts", 10, 20, 30)
    flowdsl.simulate(PROGRAM, contacts, events=happened(), records="counts", progress=told.append, **START)
    assert [float(one) for one in told] == sorted(float(one) for one in told)
    assert told[-1] == 1.0
    assert told[-1].of == told[-1].contacts > 60


# --- what is refused --------------------------------------------------------------------------------------------------


def refused(kind: type[flowdsl.FlowError], code: str, *about: Any, **options: Any) -> flowdsl.Diagnostic:
    with pytest.raises(kind) as error:
        flowdsl.simulate(*about, **{**START, **options})
    assert [one.code for one in error.value.diagnostics] == [code]
    return error.value.diagnostics[0]


def test_what_cannot_be_in_parts_is_refused(tmp_path: Path) -> None:
    """Capacity, tables without a place, unknown backends, tables that are no Parquet: each with its reason."""
    contacts = cut(people(), tmp_path / "contacts", 30)
    capacity = "workspace\n  capacity email 5 per hour\n" + PROGRAM
    assert "capacity email" in refused(RunError, "E721", capacity, contacts, records="counts").message
    assert "one queue" in refused(RunError, "E721", capacity, contacts, backend="dask", records="counts").reason
    assert 'records="full"' in refused(RunError, "E722", PROGRAM, contacts).message
    refused(RunError, "E707", PROGRAM, contacts, backend="spark", records="counts")
    people().to_csv(tmp_path / "contacts.csv", index=False)
    refused(DataError, "E501", PROGRAM, [tmp_path / "contacts.csv"], records="counts")
    refused(DataError, "E501", PROGRAM, str(tmp_path / "none" / "*.parquet"), records="counts")
    refused(DataError, "E501", PROGRAM, [7], records="counts")


def test_diagnostics_of_tables_are_found_across_parts(tmp_path: Path) -> None:
    """Ids that stand in two parts, rows of strangers, files that do not fit, and cells that cannot be read."""
    twice = pd.concat([people(), people().iloc[3:4]])
    found = refused(DataError, "E507", PROGRAM, cut(twice, tmp_path / "twice", 30), records="counts")
    assert found.words == "c3"
    contacts = cut(people(), tmp_path / "contacts", 30)
    events = happened()
    events.loc[[7, 9], "contact"] = ["eve", "ewa"]
    found = refused(DataError, "E508", PROGRAM, contacts, events=events, records="counts")
    assert (found.place, found.words) == ("events, rows 7, 9", "eve")
    events = happened()
    events.loc[8, "time"] = "soon"
    found = refused(DataError, "E509", PROGRAM, contacts, events=events, records="counts")
    assert found.place.startswith("part 1")
    people().drop(columns="age").to_parquet(tmp_path / "contacts" / "x.parquet")
    assert "x.parquet has other columns" in refused(DataError, "E516", PROGRAM, contacts, records="counts").message
    pq.write_table(pa.table({**people().assign(age="old")}), tmp_path / "contacts" / "x.parquet")
    assert "other types" in refused(DataError, "E516", PROGRAM, contacts, records="counts").message
    named_new = people().assign(contact=[f"new-{number + 1}" for number in range(60)])
    refused(DataError, "E515", PROGRAM, cut(named_new, tmp_path / "new", 30), records="counts")
    nobody = people().rename(columns={"contact": "who"})
    refused(DataError, "E504", PROGRAM, cut(nobody, tmp_path / "who", 30), records="counts")


def test_the_program_is_held_against_the_columns(tmp_path: Path) -> None:
    """A column that no part has is a diagnostic of the program, told before anything is simulated."""
    contacts = cut(people().drop(columns="age"), tmp_path / "contacts", 30)
    with pytest.raises(ProgramError):
        flowdsl.simulate(PROGRAM, contacts, records="counts", **START)


def test_what_was_there_stays_until_all_is_done(tmp_path: Path) -> None:
    """A simulation that fails leaves the folder as it was; one that succeeds leaves nothing of the one before."""
    many, few = cut(people(), tmp_path / "many", *range(5, 60, 5)), cut(people(), tmp_path / "few")
    flowdsl.simulate(PROGRAM, many, events=happened(), out=tmp_path / "out", **START)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    events = happened()
    events.loc[8, "time"] = "soon"
    refused(DataError, "E509", PROGRAM, many, events=events, out=tmp_path / "out")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == before
    program = PROGRAM.partition("scenario")[0]
    flowdsl.simulate(program, few, events=happened(), out=tmp_path / "out", records="sends", **START)
    assert len(list((tmp_path / "out" / "sends").iterdir())) == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        ".flowdsl.json",
        "runs",
        "sends",
        "tally.json",
    ]


def test_stories_need_contacts_in_memory(tmp_path: Path) -> None:
    """Results in parts hold no contacts: a story is refused with what would tell it."""
    found = flowdsl.simulate(PROGRAM, cut(people(), tmp_path / "contacts", 30), out=tmp_path / "out", **START)
    with pytest.raises(RunError, match="no contact to show"):
        found.story("c1")
    assert f"tables in {tmp_path / 'out'}" in repr(found)


# --- Dask -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Two workers, each a process of its own."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster) as client:
        yield client


def test_workers_give_the_same(tmp_path: Path, at_once: Results, client: Client) -> None:
    """On the workers of Dask, by a client or its address, with progress: the same as all at once."""
    told: list[Any] = []
    contacts = cut(people(), tmp_path / "contacts", *range(3, 60, 3))
    asked: dict[str, Any] = {"events": happened(), "backend": "dask", **START}
    found = flowdsl.simulate(PROGRAM, contacts, out=tmp_path / "out", client=client, progress=told.append, **asked)
    same(at_once, found)
    assert told[-1] == 1.0
    address = client.scheduler.address
    assert flowdsl.simulate(PROGRAM, contacts, records="counts", client=address, **asked).tally == at_once.tally
    assert flowdsl.simulate(PROGRAM, contacts, records="counts", **asked).tally == at_once.tally


def test_diagnostics_come_back_from_workers(tmp_path: Path, client: Client) -> None:
    """What is wrong with a table is told as it is here."""
    events = happened()
    events.loc[8, "time"] = "soon"
    contacts = cut(people(), tmp_path / "contacts", 30)
    refused(DataError, "E509", PROGRAM, contacts, events=events, records="counts", backend="dask", client=client)


def test_a_killed_worker_costs_time_not_rows(tmp_path: Path, at_once: Results, client: Client) -> None:
    """A worker killed half-way (SIGKILL) is started again, its parts are done again: no row is lost, none is twice."""
    contacts = cut(people(), tmp_path / "contacts", *range(1, 60))
    killed: list[int] = []

    def kill_one(passed: Any) -> None:
        if not killed and passed > 0.3:
            killed.append(next(iter(client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    asked: dict[str, Any] = {"events": happened(), "backend": "dask", "client": client, "progress": kill_one, **START}
    found = flowdsl.simulate(PROGRAM, contacts, out=tmp_path / "out", **asked)
    assert killed
    same(at_once, found)
