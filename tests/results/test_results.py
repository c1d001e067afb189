"""The tables a simulation leaves, against tables built from the same Records by plain Python."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

import flowdsl
from flowdsl.calendar.clock import NEVER
from flowdsl.diagnostics.diagnostic import DataError, RunError
from flowdsl.plan.expressions import ChangeMembership, CustomAction, Duration, Event, EventMatch, Send
from flowdsl.plan.plan import Act, Elapsed, Enter, Exit, Flow, Message, OnEvent, Plan, Policy, Wait
from flowdsl.results.records import Record
from flowdsl.results.results import Results
from flowdsl.sim.recorder import Recorder

DAY = 86_400_000
START = 1_774_656_000_000  # 2026-03-28 00:00 UTC; in Paris the clocks change on the 29th
UNTIL = START + 10 * DAY


def _flow(name: str, *acts: Act) -> Flow:
    enter = Enter("start", (OnEvent(EventMatch(("program.joined",))),), acts[0].id)
    return Flow(name, (enter, *acts, Wait("wait", Elapsed(Duration(ms=DAY)), "end"), Exit("end")))


PLAN = Plan(
    flows=(
        _flow(
            "Welcome",
            Act("send Zebra", Send("sms", "Zebra"), "send Apple"),
            Act("send Apple", Send("email", "Apple"), "add tag vip"),
            Act("add tag vip", ChangeMembership("tags", "vip", True), "wait"),
        ),
        _flow(
            "Again",
            Act("do task", CustomAction("custom.do", "task"), "send Never"),
            Act("send Never", Send("chat", "Never"), "wait"),
        ),
    ),
    policy=Policy(messages=(Message("email", "Declared"),)),
    events=(Event("program.joined", "program"),),
)
IDS = ["c1", "c2", "c10", "anna"]
HIDDEN = ("time", "run", "iteration", "path", "due", "queued", "send", "fields")  # not shown, or not as they are
ACTS = [(flow.name, node) for flow in PLAN.flows for node in flow.nodes if isinstance(node, Act)]


def _life(chance: random.Random) -> list[Record]:
    """A made-up life: its rows have every kind, status and field, in order of time."""
    rows, number = [], Counter[str]()
    for _ in range(chance.randrange(6)):
        flow, at = chance.choice(PLAN.flows).name, START + chance.randrange(10 * DAY)
        rows.append(Record(at, "event", action="program.joined", name=chance.choice(["Yoga", "Judo"])))
        if chance.random() < 0.3:
            rows.append(Record(at, "run", flow, 0, status="declined", reason=chance.choice(["limit", "unless"])))
            continue
        number[flow] += 1
        run, about = number[flow], chance.choice([("", ""), ("event", f"e{chance.randrange(99)}")])
        rows.append(Record(at, "run", flow, run, "start", 0, "", "", "", "", "started", "", about[0], 0, about[1]))
        for name, act in ACTS:
            if name == flow:
                row = _action(chance, at := at + chance.randrange(DAY), flow, run, act)
                rows.append(row._replace(object_kind=about[0], object_id=about[1]))
        status = chance.choice(["completed", "converted", "exited", "cancelled", "pending", ""])
        if status == "pending":
            rows.append(Record(UNTIL, "run", flow, run, "wait", status="pending", reason="waiting", due=UNTIL + 5))
        elif status:
            rows.append(Record(at + 7, "run", flow, run, "end", status=status, reason=chance.choice(["", "done"])))
    return rows


def _action(chance: random.Random, at: int, flow: str, run: int, act: Act) -> Record:
    status = chance.choice(["done", "skipped", "cancelled", "planned"])
    reason = chance.choice(["unless", "cap"]) if status == "skipped" else ""
    is_send = isinstance(act.effect, Send)
    return Record(
        at,
        "action",
        flow,
        run,
        act.id,
        chance.randrange(1, 4),
        "send" if is_send else "tags.add" if isinstance(act.effect, ChangeMembership) else "custom.do",
        act.effect.message if is_send else act.effect.name,
        act.effect.channel if is_send else "",
        chance.choice(["", "a@b.org, c@d.org"]) if is_send else "",
        status,
        reason,
        due=at + chance.randrange(3),
        queued=chance.choice([0, 1500]) if status == "done" else 0,
    )


def _record(lives: dict[str, list[Record]], start: int = START, **about: Any) -> Results:
    """Feeds lives to a recorder as a simulation would: contacts mixed, a wake (rows of one moment) at a time."""
    recorder = Recorder(PLAN, list(lives), start)
    wakes = sorted({(record.time, place) for place, life in enumerate(lives.values()) for record in life})
    for time, place in wakes:
        recorder.add(place, [record for record in list(lives.values())[place] if record.time == time])
    return recorder.results(until=UNTIL, **about)


def _lives(seed: int) -> dict[str, list[Record]]:
    chance = random.Random(seed)
    return {contact: sorted(_life(chance), key=lambda record: record.time) for contact in IDS}


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table as Python values, None where a cell is missing."""
    rows = table.astype(object).to_dict("records")
    return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in rows]


def _time(at: int) -> datetime | None:
    return None if at == NEVER else datetime.fromtimestamp(at // 1000, UTC) + timedelta(milliseconds=at % 1000)


def _pairs(lives: dict[str, list[Record]]) -> list[tuple[str, Record]]:
    return [(contact, record) for contact, life in lives.items() for record in life]


SEEDS = range(25)


@pytest.mark.parametrize("seed", SEEDS)
def test_sends_are_the_messages_sent_or_skipped(seed: int) -> None:
    """`sends` has one row for each message that went out or was skipped, by contact, as it happened."""
    lives = _lives(seed)
    expected = [
        {
            "time": _time(r.time), "contact": contact, "flow": r.flow, "run": r.run, "step": r.step,
            "channel": r.channel, "message": r.name, "to": r.to or None,
            "status": {"done": "sent", "skipped": "skipped"}[r.status], "reason": r.reason or None,
            "queued_s": r.queued / 1000,
        }
        for contact, r in _pairs(lives)
        if r.action == "send" and r.status in ("done", "skipped")
    ]  # fmt: skip
    assert _plain(_record(lives).sends) == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_actions_are_every_planned_action(seed: int) -> None:
    """`actions` has one row for each action, whatever became of it."""
    lives = _lives(seed)
    expected = [
        {
            "time": _time(r.time), "due": _time(r.due), "contact": contact, "flow": r.flow, "run": r.run,
            "step": r.step, "iteration": r.iteration, "action": r.action, "name": r.name,
            "channel": r.channel or None, "to": r.to or None, "status": r.status, "reason": r.reason or None,
            "object_kind": r.object_kind or None, "object_id": r.object_id or None, "queued_s": r.queued / 1000,
        }
        for contact, r in _pairs(lives)
        if r.kind == "action"
    ]  # fmt: skip
    assert _plain(_record(lives).actions) == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_records_are_every_row(seed: int) -> None:
    """`records` leaves nothing out and makes nothing up."""
    lives = _lives(seed)
    columns = [name for name in Record._fields if name not in HIDDEN]
    expected = [
        {
            **{column: getattr(r, column) or None for column in columns}, "time": _time(r.time), "contact": contact,
            "run": r.run or None, "iteration": r.iteration, "due": _time(r.due), "queued_s": r.queued / 1000,
        }
        for contact, r in _pairs(lives)
    ]  # fmt: skip
    assert _plain(_record(lives).records) == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_runs_join_beginning_and_end(seed: int) -> None:
    """`runs` has one row a run, from its beginning and its end, and one for each refused entry."""
    lives = _lives(seed)
    expected = []
    for contact, life in lives.items():
        rows = [r for r in life if r.kind == "run"]
        for r in rows:
            row = {"contact": contact, "flow": r.flow, "run": r.run or None, "started": _time(r.time)}
            row |= {"object_kind": r.object_kind or None, "object_id": r.object_id or None, "due": None}
            later = [e for e in rows if (e.flow, e.run) == (r.flow, r.run) and e.run and e.status != "started"]
            end = r if r.status == "declined" else (later or [r])[0]
            pending = end.status in ("started", "pending")
            row |= {"ended": None if pending else _time(end.time), "status": "pending" if pending else end.status}
            row |= {"reason": end.reason or None, "step": end.step or None, "due": _time(end.due)}
            if r.status in ("started", "declined"):
                expected.append(row)
    assert _plain(_record(lives).runs) == expected


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_summary_counts(seed: int) -> None:
    """The summary counts runs by flow and status, messages by name and status, and both by reason."""
    lives = _lives(seed)
    summary = _record(lives).summary()
    records = [r for life in lives.values() for r in life]
    for flow in ("Welcome", "Again"):
        begun = [r for r in records if r.kind == "run" and r.status == "started" and r.flow == flow]
        ended = Counter(r.status for r in records if r.kind == "run" and r.flow == flow)
        row = summary.flows.loc[flow]
        assert row["entered"] == len(begun)
        for status in ("completed", "converted", "exited", "cancelled", "declined"):
            assert row[status] == ended[status]
        assert row["pending"] == row["entered"] - row[["completed", "converted", "exited", "cancelled"]].sum()
    sent = Counter((r.channel, r.name, r.status) for r in records if r.action == "send")
    for (channel, name), row in summary.messages.iterrows():
        assert (row["sent"], row["skipped"]) == (sent[channel, name, "done"], sent[channel, name, "skipped"])
    why = Counter((r.channel, r.name, r.reason) for r in records if r.action == "send" and r.status == "skipped")
    assert summary.skipped["skipped"].to_dict() == dict(why)
    refused = Counter((r.flow, r.reason) for r in records if r.status == "declined")
    assert summary.declined["declined"].to_dict() == dict(refused)


def test_summary_lists_the_whole_plan_and_prints() -> None:
    """Flows and messages to which nothing happened are listed with zeros, and the summary prints as tables."""
    summary = _record({"c1": []}).summary()
    assert list(summary.flows.index) == ["Welcome", "Again"]
    assert list(summary.messages.index) == [
        ("sms", "Zebra"),
        ("email", "Apple"),
        ("chat", "Never"),
        ("email", "Declared"),
    ]
    assert summary.flows.to_numpy().sum() == 0
    assert summary.messages.to_numpy().sum() == 0
    assert "entered" in str(summary)
    assert "Zebra" in str(summary)
    assert "<table" in summary._repr_html_()
    assert str(Recorder(Plan(flows=()), []).results(until=1).summary()) == "Nothing happened."


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "America/New_York", "Pacific/Auckland"])
def test_daily_counts_local_days(zone: str) -> None:
    """A send counts on the day that the zone's calendar shows, across a change of clocks too."""
    lives = _lives(3) | _lives(4)
    expected = Counter(
        (datetime.fromtimestamp(r.time / 1000, ZoneInfo(zone)).date(), r.channel)
        for life in lives.values()
        for r in life
        if r.action == "send" and r.status == "done"
    )
    daily = _record(lives).daily(by="channel", zone=zone)
    found = {(row.day.date(), row.channel): row.sends for row in daily.itertuples()}
    assert {key: count for key, count in found.items() if count} == dict(expected)
    first, last = (datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).date() for at in (START, UNTIL - 1))
    days = {first + timedelta(days=n) for n in range((last - first).days + 1)}
    channels = {
        r.channel for life in lives.values() for r in life if r.action == "send" and r.status in ("done", "skipped")
    }
    assert days <= {day for day, _ in found}
    assert len(found) == len({day for day, _ in found}) * len(channels)


def test_daily_fills_days_without_sends() -> None:
    """Days on which nothing was sent are there with zero, for each group or in all."""
    life = [Record(START + DAY, "action", "Welcome", 1, "send Apple", 1, "send", "Apple", "email", status="done")]
    results = _record({"c1": life})
    assert results.daily()["sends"].tolist() == [0, 1] + [0] * 8
    assert results.daily(by=())["sends"].tolist() == [0, 1] + [0] * 8
    assert list(results.daily(by=("flow", "message")).columns) == ["day", "flow", "message", "sends"]
    assert results.daily()["day"].iloc[0] == pd.Timestamp("2026-03-28")
    assert len(_record({"c1": []}).daily()) == 0
    assert _record({"c1": []}).daily(by=())["sends"].tolist() == [0] * 10


def test_daily_says_what_is_unknown() -> None:
    """A wrong column or zone is answered in words, with what there is."""
    results = _record({"c1": []})
    with pytest.raises(RunError, match='no column "colour"') as wrong:
        results.daily(by="colour")
    assert "channel" in wrong.value.diagnostics[0].reason
    with pytest.raises(RunError, match="Paris"):
        results.daily(zone="Paris")


TYPES = {
    "sends": "time:time contact:text flow:cat run:Int64 step:cat channel:cat message:cat to:cat status:cat reason:cat "
    "queued_s:float64",
    "runs": "contact:text flow:cat run:Int64 object_kind:cat object_id:text started:time ended:time status:cat "
    "reason:cat step:cat due:time",
    "actions": "time:time due:time contact:text flow:cat run:Int64 step:cat iteration:int64 action:cat name:cat "
    "channel:cat to:cat status:cat reason:cat object_kind:cat object_id:text queued_s:float64",
    "records": "time:time contact:text kind:cat flow:cat run:Int64 step:cat iteration:int64 action:cat name:cat "
    "channel:cat to:cat status:cat reason:cat object_kind:cat object_id:text due:time queued_s:float64",
}
SHORT = {"datetime64[ms, UTC]": "time", "category": "cat", "str": "text", "object": "text"}


@pytest.mark.parametrize("table", TYPES)
@pytest.mark.parametrize("seed", [None, 1])
def test_columns_and_types(table: str, seed: int | None) -> None:
    """A table has the same columns and types whether it is full or empty."""
    frame = getattr(_record(_lives(seed) if seed else {}), table)
    found = " ".join(f"{name}:{SHORT.get(str(kind), kind)}" for name, kind in frame.dtypes.items())
    assert found == TYPES[table]


def test_categories_stand_in_plan_order() -> None:
    """Names that repeat are categoricals: the plan's in its order, those nobody planned behind them."""
    stray = Record(START, "action", "Old flow", 1, "send Stray", 1, "send", "Stray", "push", status="done")
    sends = _record({"c1": [stray]}).sends
    assert list(sends["flow"].cat.categories) == ["Welcome", "Again", "Old flow"]
    assert list(sends["message"].cat.categories) == ["Zebra", "Apple", "Never", "Declared", "Stray"]
    assert list(sends["channel"].cat.categories) == ["sms", "email", "chat", "push"]
    assert list(sends["status"].cat.categories) == ["sent", "skipped"]
    assert list(sends["step"].cat.categories)[:4] == ["start", "send Zebra", "send Apple", "add tag vip"]


def test_order_of_recording_does_not_show() -> None:
    """Tables are the same whatever order contacts were simulated in."""
    lives = _lives(7)
    one_by_one = Recorder(PLAN, IDS, START)
    for place in reversed(range(len(IDS))):
        for record in lives[IDS[place]]:
            one_by_one.add(place, [record])
    mixed, single = _record(lives), one_by_one.results(until=UNTIL)
    for table in TYPES:
        pd.testing.assert_frame_equal(getattr(mixed, table), getattr(single, table))


def test_warm_up_shows_only_what_lives_into_the_time() -> None:
    """Rows before the start are not shown; a run that began before it is, if it was still alive."""
    early = START - DAY
    life = [
        Record(early, "event", action="program.joined", name="Yoga"),
        Record(early, "run", "Welcome", 1, "start", status="started"),
        Record(early, "run", "Welcome", 0, status="declined", reason="limit"),
        Record(early, "run", "Again", 1, "start", status="started"),
        Record(early + 1, "action", "Welcome", 1, "send Apple", 1, "send", "Apple", "email", status="done"),
        Record(early + 2, "run", "Again", 1, "end", status="completed"),
        Record(START, "action", "Welcome", 1, "send Zebra", 1, "send", "Zebra", "sms", status="done"),
        Record(START + 5, "run", "Welcome", 1, "end", status="completed"),
    ]
    results = _record({"c1": life})
    assert results.sends["message"].tolist() == ["Zebra"]
    assert results.runs[["flow", "run", "status"]].values.tolist() == [["Welcome", 1, "completed"]]
    assert results.runs["started"].iloc[0] == _time(early)
    assert len(results.records) == 2
    assert [record.status for record in results.trace("c1")] == ["started", "done", "completed"]


def test_a_row_is_small() -> None:
    """A hundred thousand rows of a contact's life take less than a hundred bytes each, texts included."""
    log = _record(_lives(1)).log
    assert log.rows.itemsize < 40
    recorder = Recorder(PLAN, ["c1"])
    for at in range(20_000):
        recorder.add(0, [Record(at, "action", "Welcome", 1, "send Apple", 1, "send", "Apple", "email", status="done")])
    results = recorder.results(until=DAY)
    assert len(recorder) == len(results.sends) == 20_000
    assert len(results.log.shapes) == 1


def test_recorded_rows_are_handed_over() -> None:
    """Once the results are made nothing can be added to them behind their back."""
    recorder = Recorder(PLAN, ["c1"])
    record = Record(START, "event", action="program.joined")
    recorder.add(0, [record])
    results = recorder.results(until=UNTIL)
    with pytest.raises(BufferError):
        recorder.add(0, [record])
    assert len(results.records) == 1


def test_frames_are_the_users_own() -> None:
    """Adding a column to a table does not change the results."""
    results = _record(_lives(1))
    mine = results.sends
    mine["mine"] = 1
    assert "mine" not in results.sends.columns


def test_trace_gives_back_what_was_recorded() -> None:
    """Without a tracer a contact's trace is its own rows, unchanged; with one it is what the tracer lives again."""
    lives = _lives(2)
    results = _record(lives)
    for contact, life in lives.items():
        assert results.trace(contact) == life
    traced = _record(lives, tracer=lambda contact: [Record(START, "step", contact)])
    assert traced.trace("c2") == [Record(START, "step", "c2")]


def test_unknown_contact_has_a_suggestion() -> None:
    """Asking for a contact that is not there names the nearest one."""
    results = _record({"anna": [], "bert": [], "42": []})
    for wrong, right in (("Anna", "anna"), ("bret", "bert")):
        with pytest.raises(DataError, match=f'no contact has the id "{wrong}"') as caught:
            results.trace(wrong)
        assert f'did you mean "{right}"?' in caught.value.diagnostics[0].reason
    with pytest.raises(DataError):
        results.story("zzz")
    assert results.position(42) == 2  # a number goes by its text


def test_results_say_what_they_are() -> None:
    """Results carry plan, time, seed and replication, and say so in a line."""
    results = _record(_lives(1), seed=7, replication=2)
    assert results.plan is PLAN
    assert (results.seed, results.replication, list(results.contact_ids)) == (7, 2, IDS)
    assert results.start == pd.Timestamp("2026-03-28", tz="UTC")
    assert results.until - results.start == pd.Timedelta(days=10)
    assert "4 contacts, 2026-03-28 to 2026-04-07" in repr(results)
    assert "seed 7" in repr(results)


def test_written_as_csv(tmp_path: Path) -> None:
    """CSV files hold every row, with times to the millisecond in UTC."""
    results = _record(_lives(1))
    files = results.to_dir(tmp_path / "new" / "folder")
    assert [file.name for file in files] == ["sends.csv", "runs.csv", "actions.csv", "records.csv"]
    sends = pd.read_csv(files[0], keep_default_na=False)
    assert list(sends.columns) == list(results.sends.columns)
    assert sends["message"].tolist() == results.sends["message"].tolist()
    assert sends["time"].str.fullmatch(r"2026-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").all()
    assert (pd.to_datetime(sends["time"], utc=True) == results.sends["time"]).all()


def test_written_as_parquet(tmp_path: Path) -> None:
    """Parquet files give back the same table, types and all."""
    results = _record(_lives(1))
    for file in results.to_dir(tmp_path, format="parquet"):
        pd.testing.assert_frame_equal(pd.read_parquet(file), getattr(results, file.stem))


def test_other_formats_are_refused(tmp_path: Path) -> None:
    """A format nobody knows is answered in words before anything is written."""
    with pytest.raises(RunError, match="csv or parquet"):
        _record({}).to_dir(tmp_path / "out", format="xlsx")
    assert not (tmp_path / "out").exists()


def test_a_wait_without_end_has_no_due_time() -> None:
    """A run that waits for ever is pending without a due time."""
    life = [
        Record(START, "run", "Welcome", 1, "start", status="started"),
        Record(UNTIL, "run", "Welcome", 1, "wait", status="pending", reason="waiting", due=2**62),
    ]
    run = _record({"c1": life}).runs.iloc[0]
    assert (run["status"], run["step"]) == ("pending", "wait")
    assert np.isnat(run["due"].to_datetime64())


def test_results_can_be_sent_to_another_process() -> None:
    """Results are pickled whole: tables, traces and stories come out the same on the other side."""
    people = pd.DataFrame({"contact": ["ann", "bob"], "timezone": ["Europe/Paris", None]})
    joins = pd.DataFrame({"time": "2026-01-05", "contact": ["ann", "bob"], "event": "joins program"})
    results = flowdsl.simulate("when member joins program wait 3 days then send chat", people, events=joins, days=7)
    there = pickle.loads(pickle.dumps(results))
    pd.testing.assert_frame_equal(there.records, results.records)
    assert there.story("ann") == results.story("ann")
    assert there.trace("bob") == results.trace("bob")
    assert "Europe/Paris" in there.story("ann")
