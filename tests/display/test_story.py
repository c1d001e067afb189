"""Stories: one contact's passage in sentences, with local times and the lines of the program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

import flowdsl
import flowdsl.display.results
from flowdsl.calendar.clock import NEVER
from flowdsl.diagnostics.diagnostic import DataError
from flowdsl.diagnostics.source import Span
from flowdsl.display.sentences import sentence
from flowdsl.plan.expressions import (
    ChangeMembership,
    Column,
    Compare,
    CustomAction,
    Duration,
    EventMatch,
    Has,
    Send,
    SetField,
    WaitCondition,
)
from flowdsl.plan.plan import (
    Act,
    Arm,
    Branch,
    Elapsed,
    Enter,
    Exit,
    ExitRule,
    Flow,
    Happens,
    Jump,
    Label,
    OnEvent,
    Plan,
    Policy,
    Repeat,
    Split,
    Wait,
)
from flowdsl.results.records import Record
from flowdsl.results.results import Results
from flowdsl.sim.recorder import Recorder

CLICKED = tuple(f"{channel}.clicked" for channel in ("email", "sms", "chat", "push", "notification"))


def at(text: str, zone: str = "Europe/Paris") -> int:
    """The moment of a local time."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def line(number: int) -> Span:
    return Span("winback.flow", 0, 0, number, 1)


FLOW = Flow(
    "Discovery offer",
    (
        Enter("start", (OnEvent(EventMatch(("program.joined",)), span=line(3)),), "send Try", span=line(1)),
        Act("send Try", Send("email", "Try"), "wait", span=line(5)),
        Wait(
            "wait",
            Happens(WaitCondition((EventMatch(CLICKED, ("Try",), answer=True),)), Duration(ms=1)),
            "if",
            span=line(6),
        ),
        Branch("if", Has("tags", ("x",)), "add tag vip", "split", "end", span=line(7)),
        Act("add tag vip", ChangeMembership("tags", "vip", True), "set plan", span=line(8)),
        Act("set plan", SetField(Column("plan"), "pro"), "pause", span=line(9)),
        Wait("pause", Elapsed(Duration(ms=1)), "end", span=line(10)),
        Split("split", (Arm(300_000, "short", "again"), Arm(700_000, "long", "end")), "end", span=line(12)),
        Jump("again", "send Try", "repeat", 2, span=line(13)),
        Repeat("repeat", 3, "hook", "end", span=line(14)),
        Act("hook", CustomAction("webhook.call", "https://a.b"), "end", span=line(15)),
        Exit("exit done", "done", span=line(16)),
        Exit("end"),
    ),
    zone="Europe/Paris",
    leaves=(
        ExitRule("exited", WaitCondition(test=Compare(Column("plan"), "is", "off")), span=line(17)),
        ExitRule("converted", WaitCondition((EventMatch(("offer.bought",)),)), span=line(18)),
    ),
    labels=(Label("Top", "send Try"),),
)
ABROAD = Flow("Abroad", (Enter("start", (), "end", span=line(30)), Exit("end")), zone="Asia/Tokyo")
PLAN = Plan((FLOW, ABROAD), Policy(zone="Europe/Paris"))


def run(time: str, status: str, step: str = "", reason: str = "", due: int = NEVER, number: int = 1) -> Record:
    return Record(at(time), "run", FLOW.name, number, step, status=status, reason=reason, due=due)


def step(time: str, id: str, status: str, reason: str = "", due: int = NEVER) -> Record:
    return Record(at(time), "step", FLOW.name, 1, id, status=status, reason=reason, due=due)


def act(
    time: str, id: str, action: str, name: str, status: str = "done", reason: str = "", channel: str = ""
) -> Record:
    return Record(at(time), "action", FLOW.name, 1, id, 1, action, name, channel, status=status, reason=reason)


def told(records: Sequence[Record], zone_of: str = "") -> list[str]:
    """The lines of a story, without its title and with single spaces."""
    text = results(records, zone_of).story("c42")
    return ["  ".join(part.strip() for part in row.split("  ") if part.strip()) for row in text.splitlines()[2:]]


def results(records: Sequence[Record], zone_of: str = "") -> Results:
    recorder = Recorder(PLAN, ["c1", "c42"], at("2026-01-05 00:00"))
    recorder.add(1, records)
    return recorder.results(
        until=at("2026-02-05 00:00"), tracer=lambda contact: list(records), zone_of=lambda contact: zone_of
    )


JOINED = Record(at("2026-01-05 09:00"), "event", action="program.joined", name="Yoga")


PASSAGE = """\
Contact c42, 2026-01-05 00:00 to 2026-02-05 00:00, on the clock of Europe/Paris

Mon 2026-01-05 09:00  joined program "Yoga": run 1 of "Discovery offer" began        (winback.flow:3)
Mon 2026-01-05 09:00  sent email "Try"                                               (winback.flow:5)
Mon 2026-01-05 09:00  waits until clicked "Try", at most until Mon 2026-01-12 09:00  (winback.flow:6)
Thu 2026-01-08 17:45  clicked email "Try"
Thu 2026-01-08 17:45  it happened: the wait is over                                  (winback.flow:6)
Thu 2026-01-08 17:45  the condition holds                                            (winback.flow:7)
Thu 2026-01-08 17:45  added tag "vip"                                                (winback.flow:8)
Thu 2026-01-08 17:45  set plan to "pro"                                              (winback.flow:9)
Thu 2026-01-08 17:45  waits until Mon 2026-01-12 09:00                               (winback.flow:10)
Mon 2026-01-12 09:00  the wait is over                                               (winback.flow:10)
Mon 2026-01-12 09:00  run 1 of "Discovery offer" completed: done                     (winback.flow:16)
"""


def test_a_whole_passage() -> None:
    """A run from its trigger to its end: each line has its local time, what happened, and where the text says so."""
    monday, thursday, later = "2026-01-05 09:00", "2026-01-08 17:45", "2026-01-12 09:00"
    story = results(
        [
            JOINED,
            run(monday, "started", "start"),
            act(monday, "send Try", "send", "Try", channel="email"),
            Record(at(monday), "event", action="email.received", name="Try", channel="email"),
            step(monday, "wait", "began", due=at(later)),
            Record(at(thursday), "event", action="email.clicked", name="Try", channel="email"),
            step(thursday, "wait", "happened", "email.clicked"),
            step(thursday, "if", "then"),
            act(thursday, "add tag vip", "tags.add", "vip"),
            act(thursday, "set plan", "set", "plan"),
            step(thursday, "pause", "began", due=at(later)),
            step(later, "pause", "timeout"),
            run(later, "completed", "exit done", "done"),
        ]
    ).story("c42")
    assert story == PASSAGE


WHEN = "2026-01-06 10:30"
DUE = at("2026-01-09 08:00")
SAID = [
    (act(WHEN, "send Try", "send", "Try", "skipped", "unless", "sms"), 'skipped sms "Try" because of unless'),
    (act(WHEN, "send Try", "send", "Try", "skipped", "no consent", "email"), 'skipped email "Try" for lack of consent'),
    (act(WHEN, "send Try", "send", "Try", "skipped", "full moon", "email"), 'skipped email "Try" because of full moon'),
    (act(WHEN, "add tag vip", "tags.add", "vip", "skipped", "unless"), 'skipped “add tag "vip"” because of unless'),
    (
        act(WHEN, "send Try", "send", "Try", "cancelled", channel="chat"),
        'cancelled chat "Try", which was still to come',
    ),
    (
        act(WHEN, "send Try", "send", "Try", "planned", channel="email")._replace(due=DUE),
        'still to come from Fri 2026-01-09 08:00 on: send email "Try"',
    ),
    (act(WHEN, "send Try", "send", "Try", channel="email")._replace(to="a@b.org"), 'sent email "Try" to a@b.org'),
    (
        act(WHEN, "send Try", "send", "Try", channel="email")._replace(queued=5_400_000),
        'sent email "Try", after 90 min in the queue',
    ),
    (act(WHEN, "x", "groups.remove", "G"), 'removed from group "G"'),
    (act(WHEN, "x", "badges.add", "B"), 'awarded badge "B"'),
    (act(WHEN, "hook", "webhook.call", "https://a.b"), 'called webhook "https://a.b"'),
    (act(WHEN, "x", "flow.start", "Abroad"), 'started flow "Abroad"'),
    (act(WHEN, "x", "flow.stop", "Abroad"), 'stopped flow "Abroad"'),
    (act(WHEN, "x", "custom.do", "a dance"), 'did "a dance"'),
    (act(WHEN, "x", "mats.rent", "blue"), 'did mats.rent "blue"'),
    (step(WHEN, "if", "otherwise"), "the condition does not hold"),
    (step(WHEN, "split", "arm short"), 'drew arm "short" (30%)'),
    (step(WHEN, "again", "again"), 'goes to "Top"'),
    (step(WHEN, "again", "done"), "has used up its jumps and goes on below"),
    (step(WHEN, "repeat", "again"), "begins a round"),
    (step(WHEN, "repeat", "done"), "the rounds are over"),
    (step(WHEN, "wait", "timeout"), "it did not happen in time"),
    (step(WHEN, "wait", "passed", "the message was skipped"), "does not wait: the message was skipped"),
    (step(WHEN, "pause", "passed"), "does not wait: it is time already"),
    (step(WHEN, "send Try", "held", due=DUE), "outside the send window: held until Fri 2026-01-09 08:00"),
    (step(WHEN, "send Try", "queued"), "waits for capacity"),
    (step(WHEN, "send Try", "frozen"), "the flow is paused: stays where it is"),
    (run(WHEN, "declined", reason="limit", number=0), '"Discovery offer" declined: its limit is used up'),
    (
        run(WHEN, "converted", "wait", "offer.bought"),
        'left at once: goal reached (bought offer); run 1 of "Discovery offer" converted',
    ),
    (run(WHEN, "exited", "wait"), 'left at once: time to exit; run 1 of "Discovery offer" exited'),
    (run(WHEN, "cancelled", "wait", "stopped"), 'run 1 of "Discovery offer" cancelled: stopped'),
    (
        run(WHEN, "pending", "wait", "waiting", DUE),
        'run 1 of "Discovery offer" is still waiting until Fri 2026-01-09 08:00',
    ),
    (run(WHEN, "pending", "wait", "queued"), 'run 1 of "Discovery offer" is still waiting for capacity'),
    (Record(at(WHEN), "event", action="custom.happened", name="checkout_started"), '"checkout_started" happened'),
    (Record(at(WHEN), "event", action="event.became", name="confirmed"), 'event became "confirmed"'),
    (Record(at(WHEN), "event", action="mat.rented", name="blue"), 'mat.rented "blue"'),
]


@pytest.mark.parametrize(("record", "words"), SAID, ids=[words[:40] for _, words in SAID])
def test_every_kind_of_row_has_its_sentence(record: Record, words: str) -> None:
    """Each row of a passage is said in plain words."""
    assert told([record])[0].split("  ")[:2] == ["Tue 2026-01-06 10:30", words]


PLACES = [
    (run(WHEN, "started", "start"), 3),
    (run(WHEN, "declined", reason="limit", number=0), 3),
    (run(WHEN, "converted", "wait", "offer.bought"), 18),
    (run(WHEN, "exited", "wait", ""), 17),
    (run(WHEN, "completed", "exit done", "done"), 16),
    (run(WHEN, "pending", "wait", "waiting"), 6),
    (act(WHEN, "hook", "webhook.call", "https://a.b"), 15),
    (step(WHEN, "split", "arm long"), 12),
]


@pytest.mark.parametrize(("record", "number"), PLACES, ids=[r.status + r.step for r, _ in PLACES])
def test_every_step_leads_back_to_its_line(record: Record, number: int) -> None:
    """A line of a story ends with the line of the program it came from: trigger, step, goal or exit."""
    assert told([record])[0].endswith(f"  (winback.flow:{number})")


def test_a_flow_that_the_plan_does_not_have() -> None:
    """A run under way of a flow that is not in the plan is told without a place."""
    stray = Record(at(WHEN), "action", "Old", 1, "send X", 1, "send", "X", "email", status="done")
    assert told([stray]) == ['Tue 2026-01-06 10:30  sent email "X"']


def test_times_are_local() -> None:
    """Times are read on the contact's own clock; a flow with another clock says whose its times are."""
    assert told([JOINED], "America/New_York") == ['Mon 2026-01-05 03:00  joined program "Yoga"']
    abroad = Record(JOINED.time, "run", "Abroad", 1, "start", status="started")
    assert told([abroad]) == ['Mon 2026-01-05 17:00 (Asia/Tokyo)  run 1 of "Abroad" began  (winback.flow:30)']


def test_runs_that_overlap_are_told_apart() -> None:
    """While several runs are under way each action says whose it is; runs one after the other need no telling apart."""
    second = act(WHEN, "send Try", "send", "Try", channel="email")._replace(run=2)
    rows = told([run(WHEN, "started"), run(WHEN, "started", number=2), second])
    assert rows[2] == 'Tue 2026-01-06 10:30  run 2 of "Discovery offer": sent email "Try"  (winback.flow:5)'
    rows = told([run(WHEN, "started"), run(WHEN, "completed", "end"), run(WHEN, "started", number=2), second])
    assert rows[3] == 'Tue 2026-01-06 10:30  sent email "Try"  (winback.flow:5)'


def test_one_event_that_begins_two_runs() -> None:
    """The first run is told with its event, the second on a line of its own; an event far from a start stands alone."""
    monday = "2026-01-05 09:00"
    rows = told([JOINED, run(monday, "started"), run(monday, "started", number=2)])
    assert rows[0].startswith('Mon 2026-01-05 09:00  joined program "Yoga": run 1 of')
    assert rows[1].startswith('Mon 2026-01-05 09:00  run 2 of "Discovery offer" began')
    assert len(told([JOINED, run(WHEN, "started")])) == 2


def test_runs_about_an_object_name_it() -> None:
    """A run that is about an object says which."""
    record = run(WHEN, "started")._replace(object_kind="event", object_id="e7")
    assert 'run 1 of "Discovery offer" began about event "e7"' in told([record])[0]


def test_nothing_happened() -> None:
    """A contact without rows has a story that says so; an unknown contact is an error with a suggestion."""
    quiet = results([])
    assert quiet.story("c42").endswith("\n\nNothing happened.\n")
    with pytest.raises(DataError) as caught:
        quiet.story("C42")
    assert 'did you mean "c42"?' in caught.value.diagnostics[0].reason


def test_no_record_is_without_words() -> None:
    """Even a row of a later version, with words unknown here, is told."""
    assert (
        sentence(PLAN, Record(0, "step", FLOW.name, 1, "wait", status="pondered", reason="why"), str) == "pondered why"
    )
    assert sentence(PLAN, Record(0, "run", FLOW.name, 1, status="evaporated"), str).endswith("evaporated")


def test_places_leave_out_the_folder_of_the_program(tmp_path: Path) -> None:
    """A program is known by its name wherever it lies; of a folder, files have their path within it."""
    people = pd.DataFrame({"contact": ["ann"]})
    joins = pd.DataFrame({"time": "2026-01-05", "contact": ["ann"], "event": "joins program"})
    text = 'when member joins program then send chat "Hello"'
    (tmp_path / "inner").mkdir()
    for name in ("one.flow", "inner/two.flow"):
        (tmp_path / name).write_text(text)
    alone = flowdsl.simulate(flowdsl.load(tmp_path / "one.flow"), people, events=joins).story("ann")
    assert "(one.flow:1)" in alone
    both = flowdsl.simulate(flowdsl.load(tmp_path), people, events=joins).story("ann")
    assert "(one.flow:1)" in both
    assert "(inner/two.flow:1)" in both
