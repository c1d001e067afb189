"""What happens first: one instant in its order, one event taken whole, what actions cause, and how runs end."""

from __future__ import annotations

import pytest
from lives import Row, live, on

JOINED = on("2026-01-05 10:00", "joins program", "Yoga")


def bought(*times: str, **fields: object) -> list[Row]:
    """Purchases of ann at several times."""
    return [on(time, "buys offer", "Basic", **fields) for time in times]


# --- goals and exits --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("clause", "status"), [("goal", "converted"), ("exit when", "exited")])
def test_a_run_leaves_at_the_event_itself(clause: str, status: str) -> None:
    """Also in the middle of a wait; what it would have done next is cancelled."""
    program = f'when member joins program {clause} buys offer wait 9 days then do "x"'
    lived = live(program, JOINED, *bought("2026-01-07 12:34"))
    assert lived.runs() == [f"{status}: offer.bought"]
    assert lived.spans() == ["2026-01-05 10:00 to 2026-01-07 12:34"]
    assert lived.actions() == ["2026-01-07 12:34 x cancelled: offer.bought"]


def test_a_goal_looks_at_states_whenever_an_event_touches_the_contact() -> None:
    """A tag that is added by another flow ends the run in that instant."""
    program = """
        flow "F"
          when member joins program
          goal has tag "done" and plan is "pro"
          wait 9 days
          then do "x"
        flow "Tag"
          when contact buys offer
          then add tag "done"
          wait 1 day
          then set plan to "pro"
    """
    lived = live(program, JOINED, *bought("2026-01-06"), contacts=[{"contact": "ann", "plan": "free"}])
    assert lived.spans(flow="F") == ["2026-01-05 10:00 to 2026-01-07 00:00"]
    assert lived.runs(flow="F")[0].startswith("converted")


def test_the_event_that_starts_a_run_does_not_end_it() -> None:
    """`goal buys offer` after `when buys offer` means the next purchase; `since start` leaves out the first as well."""
    program = 'when contact buys offer limit one at a time goal buys offer wait 9 days then do "x"'
    lived = live(program, *bought("2026-01-05", "2026-01-07"))
    assert lived.spans()[0] == "2026-01-05 00:00 to 2026-01-07 00:00"
    counted = 'when contact buys offer if bought offer since start then do "again" otherwise do "first" end'
    assert live(counted, *bought("2026-01-05")).actions() == ["2026-01-05 00:00 first"]


def test_a_purchase_that_ends_a_run_also_starts_the_next() -> None:
    """One event is taken whole: runs leave before new ones start, so there is room under the limit."""
    program = 'when contact buys offer limit one at a time exit when buys offer wait 9 days then do "x"'
    lived = live(program, *bought("2026-01-05", "2026-01-07", "2026-01-09"))
    assert lived.runs() == ["exited: offer.bought", "exited: offer.bought", "completed"]
    assert lived.actions()[-1] == "2026-01-18 00:00 x"


def test_runs_leave_before_waits_wake() -> None:
    """An event that is both what a run waits for and its goal ends it: nothing behind the wait is done."""
    program = 'when member joins program goal buys offer wait until buys offer then do "x"'
    assert live(program, JOINED, *bought("2026-01-07")).actions() == ["2026-01-07 00:00 x cancelled: offer.bought"]


def test_an_event_changes_state_and_counts_before_anything_looks() -> None:
    """The third purchase is the third for `where`, for goals, waits and branches of the same instant."""
    program = """
        flow "Goal"
          when member joins program
          goal buys offer at least 3 times
          wait 60 days
        flow "Branch"
          when contact buys offer
          if bought offer exactly 3 times then do "third" end
        flow "Where"
          when contact gets tag "vip" where has tag "vip"
          then do "vip"
    """
    lived = live(
        program, JOINED, *bought("2026-01-06", "2026-01-07", "2026-01-08"), on("2026-01-09", "gets tag", "vip")
    )
    assert lived.spans(flow="Goal") == ["2026-01-05 10:00 to 2026-01-08 00:00"]
    assert lived.actions() == ["2026-01-08 00:00 third", "2026-01-09 00:00 vip"]


def test_a_goal_by_an_answer_is_about_the_runs_own_send() -> None:
    """With two runs under way, a click on the latest send converts the run that sent it, not the one before."""
    program = 'when member joins program goal clicked "L" then send email "L" wait 9 days then do "x"'
    lived = live(program, JOINED, on("2026-01-06", "joins program"), on("2026-01-07", "clicks email", "L"))
    assert lived.runs() == ["completed", "converted: email.clicked"]


def test_of_two_ways_out_the_first_in_the_text_counts() -> None:
    """An event that is a goal and an exit at once."""
    program = "when member joins program {} {} wait 9 days"
    for first, second, status in [("goal", "exit when", "converted"), ("exit when", "goal", "exited")]:
        text = program.format(f"{first} buys offer", f"{second} buys offer")
        assert live(text, JOINED, *bought("2026-01-06")).runs() == [f"{status}: offer.bought"]


# --- one instant ------------------------------------------------------------------------------------------------------


def test_outside_events_come_in_table_order() -> None:
    """Two rows at one instant: who joins and then buys has a run to convert, who buys and then joins has not."""
    program = 'when member joins program goal buys offer wait 1 day then do "x"'
    first, then = on("2026-01-05", "joins program"), on("2026-01-05", "buys offer")
    assert live(program, first, then).runs() == ["converted: offer.bought"]
    assert live(program, then, first).runs() == ["completed"]


def test_outside_events_come_before_timers() -> None:
    """A tag that arrives when a wait is over is there for what follows the wait."""
    program = 'when member joins program wait 1 day then do "x" unless has tag "t"'
    lived = live(program, JOINED, on("2026-01-06 10:00", "gets tag", "t"))
    assert lived.actions() == ["2026-01-06 10:00 x skipped: unless"]


def test_answers_come_in_the_order_of_their_lines() -> None:
    """Two answers due at one instant: the line that stands first is first, whichever way round they stand."""
    program = """
        flow "F"
          when member joins program
          then send email "L"
          wait until opened "L" or replied to "L" for up to 3 days
          if opened email "L" then do "opened first" otherwise do "replied first" end
        scenario
          assume contact {} email 100% after 1 hour
          assume contact {} email 100% after 1 hour
    """
    assert live(program.format("opens", "replies to"), JOINED).actions()[1][17:] == "opened first"
    assert live(program.format("replies to", "opens"), JOINED).actions()[1][17:] == "replied first"


def test_outside_events_come_before_answers() -> None:
    """A row of the table at the instant of an answer is taken first."""
    program = """
        flow "F"
          when member joins program
          then send email "L"
          wait until opened "L" or buys offer for up to 3 days
          if opened email "L" then do "opened first" otherwise do "bought first" end
        scenario
          assume contact opens email 100% after 1 hour
    """
    assert live(program, JOINED, *bought("2026-01-05 11:00")).actions()[1][17:] == "bought first"


def test_timers_come_by_flow_run_and_step() -> None:
    """Waits that end at one instant end in the order of the flows, and of the runs in each."""
    program = """
        flow "B"
          when contact buys offer
          wait 2 days
          then do "b"
        flow "A"
          when contact buys offer
          wait 1 day
          wait 1 day
          then do "a"
    """
    lived = live(program, *bought("2026-01-05", "2026-01-05"))
    done = [(row["name"], row["run"]) for row in lived.rows("actions")]
    assert done == [("b", 1), ("b", 2), ("a", 1), ("a", 2)]


# --- what actions cause -----------------------------------------------------------------------------------------------


def test_an_action_changes_state_at_once_and_its_event_is_queued() -> None:
    """The next step sees the tag; the flow that the tag starts comes after this one has come to rest."""
    program = """
        flow "F"
          when member joins program
          then add tag "t"
          if has tag "t" then do "seen" end
          then do "last"
        flow "Tagged"
          when contact gets tag
          then do "caused"
    """
    assert [line[17:] for line in live(program, JOINED).actions()] == ["t", "seen", "last", "caused"]


def test_what_actions_cause_comes_first_in_first_out() -> None:
    """Events are taken in the order of the actions that caused them, `start flow` among them."""
    program = """
        flow "F"
          when member joins program
          then add tag "a"
          then start flow "Started"
          then add to group "g"
        flow "Group"
          when contact joins group
          then do "group"
        flow "Started"
          when contact buys offer
          then do "started"
        flow "Tagged"
          when contact gets tag
          then do "tag"
          then add tag "z"
        flow "Tagged z"
          when contact gets tag "z"
          then do "z"
    """
    names = [line[17:] for line in live(program, JOINED).actions()]
    assert [name for name in names if name in ("tag", "started", "group")] == ["tag", "started", "group"]
    assert names[-1] == "z"


@pytest.mark.parametrize(
    ("action", "contact", "trigger"),
    [
        ('add tag "t"', {"tags": "t"}, "gets tag"),
        ('remove tag "t"', {}, "loses tag"),
        ('add to group "g"', {"groups": "g"}, "joins group"),
        ('remove from group "g"', {}, "leaves group"),
    ],
)
def test_an_action_that_changes_nothing_raises_no_event(action: str, contact: Row, trigger: str) -> None:
    """It is done, but nobody has got or lost anything."""
    program = f"""
        flow "F"
          when member joins program
          then {action}
        flow "Caused"
          when contact {trigger}
          then do "x"
    """
    lived = live(program, JOINED, contacts=[{"contact": "ann", **contact}])
    assert lived.runs(flow="Caused") == []
    assert len(lived.actions()) == 1
    twice = program.replace(f"then {action}", f"then {action} then {action}")
    other = {"tags": "t", "groups": "g"} if not contact else {}
    assert live(twice, JOINED, contacts=[{"contact": "ann", **other}]).runs(flow="Caused") == ["completed"]


def test_caused_events_start_a_flow_once_an_instant() -> None:
    """A flow that starts itself through its own action stops at the first turn, and says so."""
    program = """
        flow "Ping"
          when contact gets tag "ping" or when contact loses tag "ping"
          then remove tag "ping"
          then add tag "ping"
    """
    lived = live(program, on("2026-01-05", "gets tag", "ping"))
    assert lived.runs()[:3] == ["completed", "completed", "declined: loop"]
    assert set(lived.runs()[2:]) == {"declined: loop"}


def test_a_message_sent_is_one_received() -> None:
    """Sending causes `receives email`; messages to staff, and skipped ones, do not."""
    program = """
        flow "F"
          when member joins program
          then send email "L"
          then send email "M" to staff "Anna"
          then send email "N" unless in program
        flow "G"
          when contact receives email
          then do "x"
    """
    assert [line[17:] for line in live(program, JOINED).actions()] == ["L", "M", "N skipped: unless", "x"]


def test_every_outside_event_leaves_a_row() -> None:
    """A message of another system that a table says was received, too; the scenario answers only messages sent here."""
    program = """
        flow "F"
          when contact receives email "L"
          then do "x"
        scenario
          assume contact opens email 100% after 1 hour
    """
    lived = live(program, on("2026-01-05", "receives email", "L"))
    assert [row["action"] for row in lived.rows("records") if row["kind"] == "event"] == ["email.received"]


def test_a_loop_is_of_one_instant() -> None:
    """A day later the same flow may be started again by an action."""
    program = """
        flow "F"
          when member joins program
          repeat 3 times
            then start flow "G"
            wait 1 day
          end
        flow "G"
          when contact buys offer
          then do "x"
    """
    assert [line for line in live(program, JOINED).actions() if line.endswith("x")] == [
        "2026-01-05 10:00 x",
        "2026-01-06 10:00 x",
        "2026-01-07 10:00 x",
    ]


# --- start and stop flow ----------------------------------------------------------------------------------------------


def test_start_flow_has_the_same_entry_tests_and_no_trigger() -> None:
    """`unless` and limits decline; `trigger.` fields are missing."""
    program = """
        flow "F"
          when contact buys offer
          then start flow "G"
        flow "G"
          when contact abandons cart where trigger.amount > 5
          limit once per contact
          if trigger.amount > 5 then do "big" otherwise do "unknown" end
    """
    lived = live(program, *bought("2026-01-05", "2026-01-06", amount=9))
    assert lived.runs(flow="G") == ["completed", "declined: limit"]
    assert [line[17:] for line in lived.actions()] == ["G", "unknown", "G"]


def test_stop_flow_cancels_all_its_runs_and_ones_own_name_this_run() -> None:
    """Another flow's runs are cancelled where they stand; a flow that stops itself ends only the run that says so."""
    program = """
        flow "Slow"
          when contact buys offer
          wait 9 days
          if has tag "stop" then stop flow "Slow" end
          then do "x"
        flow "Stopper"
          when contact abandons cart
          then stop flow "Slow"
    """
    two = bought("2026-01-05", "2026-01-06")
    stopped = live(program, *two, on("2026-01-07", "abandons cart"))
    assert stopped.runs(flow="Slow") == ["cancelled: stopped"] * 2
    own = live(program, *two, on("2026-01-14", "gets tag", "stop"), on("2026-01-14 12:00", "loses tag", "stop"))
    assert own.runs(flow="Slow") == ["cancelled: stopped", "completed"]


# --- related objects --------------------------------------------------------------------------------------------------

BOOKING = """
    flow "Reminder"
      when event is created
      exit when event becomes "cancelled"
      wait 2 days
      then do "remind"
"""


def created(object_id: str, day: int = 5, **fields: str) -> Row:
    """The creation of an event of ann's."""
    return on(f"2026-01-{day:02}", "event is created", object_id=object_id, **fields)


def test_an_event_about_one_object_touches_the_run_of_that_object_only() -> None:
    """Cancelling e2 does not stop the reminder of e1."""
    lived = live(BOOKING, created("e1"), created("e2"), on("2026-01-06", "event becomes", "cancelled", object_id="e2"))
    ended = {row["object_id"]: row["status"] for row in lived.rows("runs")}
    assert ended == {"e1": "completed", "e2": "exited"}


def test_waits_and_counts_are_about_the_runs_own_object() -> None:
    """`event becomes` in a wait, and counted, speaks of the object that started the run."""
    program = """
        flow "F"
          when event is created
          wait until event becomes "confirmed" for up to 3 days
          if it happened then do "confirmed" otherwise do "not" end
          if event changes at least 1 time then do "changed" end
          if event.status is "confirmed" then do "status" end
    """
    rows = [on("2026-01-06", "event becomes", "confirmed", object_id="e2"),
            on("2026-01-05 12:00", "event changes", object_id="e2")]  # fmt: skip
    lived = live(program, created("e1"), *rows)
    assert lived.actions() == ["2026-01-08 00:00 not"]
    lived = live(program, created("e2"), *rows)
    assert lived.actions() == ["2026-01-06 00:00 confirmed", "2026-01-06 00:00 changed", "2026-01-06 00:00 status"]


def test_an_object_is_read_as_it_is_now() -> None:
    """`event.status` changes with the events about it, and objects of the table are known from the beginning."""
    program = """
        flow "F"
          when event changes
          if event.status is "open" then do "open" otherwise do "closed" end
    """
    lived = live(
        program,
        on("2026-01-05", "event changes", object_id="e1"),
        on("2026-01-06", "event changes", object_id="e1", status="shut"),
        objects=[{"kind": "event", "object_id": "e1", "contact": "ann", "status": "open"}],
    )
    assert lived.actions() == ["2026-01-05 00:00 open", "2026-01-06 00:00 closed"]


def test_setting_a_status_is_an_event_of_the_object() -> None:
    """`set event.status` changes it at once and raises `event becomes`; the same value again raises nothing."""
    program = """
        flow "F"
          when event is created
          then set event.status to "confirmed"
          then set event.status to "confirmed"
          if event.status is "confirmed" then do "set" end
        flow "G"
          when event becomes "confirmed"
          then do "caused"
    """
    lived = live(program, created("e1"))
    assert [line[17:] for line in lived.actions()] == ["status", "status", "set", "caused"]
    assert [row["object_id"] for row in lived.rows("runs")] == ["e1", "e1"]


def test_a_started_flow_is_about_the_same_object() -> None:
    """`start flow` hands the object on, to its waits and exits as well."""
    program = """
        flow "F"
          when event is created
          then start flow "G"
        flow "G"
          when event changes
          exit when event becomes "cancelled"
          wait 3 days
          then do "x"
    """
    lived = live(
        program, created("e1"), created("e2", 6), on("2026-01-07", "event becomes", "cancelled", object_id="e1")
    )
    assert sorted(lived.runs(flow="G")) == ["completed", "exited: event.became"]
