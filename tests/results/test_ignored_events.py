"""A summary says which events of the table no flow listens to, and how many there are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import flowdsl
from flowdsl.results.counts import Counts, as_document, from_document

PROGRAM = """
flow "F"
  when contact joins program
  goal buys offer
  unless has visited page more than 2 times
  wait until "called back" happens for up to 3 days
  then send email "Hello"
"""
# What the flow listens to, and what changes what it knows of a contact: its programs, whether it may be mailed.
HEARD = ["joins program", "leaves program", "buys offer", "visits page", "called back", "opens email"]
IGNORED = {
    "plan_upgraded": "plan_upgraded",
    "door opened twice": "door opened twice",
    "gets tag": "tag.got",
    "Gets Tag": "tag.got",
    "registers for webinar": "webinar.registered",
}
START = "2026-01-05"


def tables(contacts: int = 40, rows: int = 600) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contacts, and events of all kinds before and after the start."""
    chance = np.random.default_rng(7)
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(contacts)]})
    times = pd.Timestamp(START) + pd.to_timedelta(chance.integers(-72, 240, rows), unit="h")
    names = chance.choice([*HEARD, *IGNORED], rows)
    some = people["contact"].to_numpy()[chance.integers(0, contacts, rows)]
    return people, pd.DataFrame({"time": times, "contact": some, "event": names, "object": "X"})


def expected(events: pd.DataFrame) -> dict[str, int]:
    """By plain pandas: rows whose event is none of those that are heard, by id or custom name."""
    return events["event"].map(IGNORED).dropna().value_counts().to_dict()


@pytest.mark.parametrize("engine", ["simpy", "fast"])
@pytest.mark.parametrize("records", ["full", "sends", "counts"])
def test_a_summary_counts_the_events_that_no_flow_listens_to(engine: str, records: str, tmp_path: Path) -> None:
    """Whatever is kept, in memory, in parts of a frame and of files, and after the counts were saved."""
    people, events = tables()
    wanted = expected(events)
    assert len(wanted) == 4
    people.iloc[:15].to_parquet(tmp_path / "people-1.parquet")
    people.iloc[15:].to_parquet(tmp_path / "people-2.parquet")
    events.to_parquet(tmp_path / "events.parquet")
    options = {"start": START, "days": 10, "engine": engine, "records": records}
    for contacts, happened, more in (
        (people, events, {}),
        (people, events, {"out": tmp_path / "frame"}),
        (str(tmp_path / "people-*.parquet"), str(tmp_path / "events.parquet"), {"out": tmp_path / "files"}),
    ):
        results = flowdsl.simulate(PROGRAM, contacts, events=happened, **options, **more)
        found = results.summary().ignored
        assert found["events"].to_dict() == wanted
        assert found["events"].is_monotonic_decreasing
        results.tally.save(tmp_path / "tally.json")
        assert Counts.load(tmp_path / "tally.json") == results.tally
        assert results.tally.ignored == wanted


def test_workers_count_them_too(tmp_path: Path) -> None:
    """Counts of the parts add up, whoever has made them."""
    from dask.distributed import Client, LocalCluster

    people, events = tables()
    for number, rows in enumerate((people.iloc[:10], people.iloc[10:30], people.iloc[30:])):
        rows.to_parquet(tmp_path / f"people-{number}.parquet")
    cluster = LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None)
    with cluster, Client(cluster) as client:
        results = flowdsl.simulate(
            PROGRAM,
            str(tmp_path / "people-*.parquet"),
            events=events,
            start=START,
            days=10,
            engine="simpy",
            records="counts",
            backend="dask",
            client=client,
        )
    assert results.summary().ignored["events"].to_dict() == expected(events)


def one_each(names: list[str], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"time": START, "contact": "c1", "event": names, **columns})


def ignored(program: str, events: pd.DataFrame, **options: object) -> dict[str, int]:
    people = pd.DataFrame({"contact": ["c1"]})
    found: dict[str, int] = (
        flowdsl.simulate(program, people, events=events, days=2, **options).summary().ignored["events"].to_dict()
    )
    return found


MAILS = 'flow "F" when contact joins program then send email "Hello"'


@pytest.mark.parametrize(
    ("listens", "event"),
    [
        ('flow "F" when "hop" happens then send email "M"', "hop"),
        ('flow "F" when contact joins program exit when "hop" happens then send email "M"', "hop"),
        ('flow "F" when contact joins program goal "hop" happens then send email "M"', "hop"),
        ('flow "F" when contact joins program wait until "hop" happens then send email "M"', "hop"),
        ('flow "F" when contact joins program unless has visited page then send email "M"', "visits page"),
        ('flow "F" when contact joins program unless has tag "x" then send email "M"', "gets tag"),
        (f'{MAILS}\nscenario "S"\n  assume contact buys offer "O" 50% of "hop" happening within 1 day', "hop"),
        (MAILS, "unsubscribes from email"),
    ],
)
def test_every_way_of_listening_counts(listens: str, event: str) -> None:
    """Triggers, exits, goals, waits, counts, sets, answers of a scenario, and consent."""
    events = one_each([event, "other"], object="x")
    assert ignored(listens, events) == {"other": 1}


def test_what_a_scenario_only_causes_is_not_listened_to() -> None:
    """Visits that nobody looks at change nothing, though a rate makes more of them."""
    program = f'{MAILS}\nscenario "S"\n  assume contact visits page 1 per contact per month'
    assert ignored(program, one_each(["visits page", "joins program"], object="x")) == {"page.visited": 1}


def test_a_row_that_updates_an_object_is_listened_to() -> None:
    """Its fields become those of the object, whatever the event is called."""
    program = (
        'flow "F" when contact registers for webinar then wait until 1 day before webinar.start then send email "M"'
    )
    events = one_each(["moved", "moved"], object="x", object_id=["w1", None], start="2026-03-01")
    assert ignored(program, events) == {"moved": 1}


def test_the_text_names_five_kinds_and_says_how_many_more_there_are() -> None:
    """The most frequent first; a table without such events says nothing."""
    names = Counter({f"kind_{letter}": number for number, letter in enumerate("gfedcba", start=1)})
    people = pd.DataFrame({"contact": ["c1"]})
    results = flowdsl.simulate(MAILS, people, events=one_each(list(names.elements())), days=2)
    lines = str(results.summary()).splitlines()[-6:]
    assert lines[0] == '7 events "kind_a": no flow listens to them'
    assert lines[4:] == ['3 events "kind_e": no flow listens to them', "and 2 more kinds"]
    assert all("no flow listens to them" in html for html in (results._repr_html_(), results.summary()._repr_html_()))
    one = flowdsl.simulate(MAILS, people, events=one_each(["<b>"]), days=2)
    assert str(one.summary()).endswith('1 event "<b>": no flow listens to it')
    assert "<b>" not in one.summary()._repr_html_()
    none = flowdsl.simulate(MAILS, people, events=one_each(["joins program"]), days=2)
    assert "no flow" not in str(none.summary()) + none._repr_html_()


def test_the_command_line_says_it(tmp_path: Path) -> None:
    """In its text, and with --json all kinds."""
    (tmp_path / "a.flow").write_text(MAILS, encoding="utf-8")
    (tmp_path / "people.csv").write_text("contact\nc1\n", encoding="utf-8")
    one_each(["plan_upgraded"] * 31 + ["joins program"]).to_csv(tmp_path / "events.csv", index=False)
    call = [sys.executable, "-m", "flowdsl", "simulate", "a.flow", "--contacts", "people.csv", "--events", "events.csv"]
    text, document = (
        subprocess.run([*call, *more], cwd=tmp_path, capture_output=True, check=True, encoding="utf-8").stdout
        for more in ([], ["--format", "json"])
    )
    assert '31 events "plan_upgraded": no flow listens to them' in text
    assert json.loads(document)["ignored"] == [{"event": "plan_upgraded", "events": 31}]


def test_counts_of_before_are_still_read() -> None:
    """A file of counts that says nothing of ignored events has none."""
    document = as_document(Counts(0, 3, {}, {}, ignored={"hop": 2}))
    assert from_document(document).ignored == {"hop": 2}
    del document["ignored"]
    assert from_document(document) == Counts(0, 3, {}, {})
