"""What happens when two things meet: the corners that docs/reference/semantics.md tells of, one test or more each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lives import Row, live, on

TESTS = Path(__file__).resolve().parents[1]
JOINS = on("2026-01-05 10:00", "joins program", "Yoga")


# --- entries ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clause", "sends", "runs"),
    [
        ("", ["2026-01-08 10:00 Hello", "2026-01-09 10:00 Hello"], ["completed", "completed"]),
        ("limit one at a time", ["2026-01-08 10:00 Hello"], ["completed", "declined: limit"]),
        ("exit when joins program", ["2026-01-09 10:00 Hello"], ["exited: program.joined", "completed"]),
    ],
)
def test_a_second_entry_while_the_first_run_waits(clause: str, sends: list[str], runs: list[str]) -> None:
    """It starts a run of its own beside the first, is refused, or takes its place: the clauses say which."""
    program = f"""
        flow "F"
          when contact joins program
          {clause}
          wait 3 days
          then send email "Hello"
    """
    lived = live(program, JOINS, on("2026-01-06 10:00", "joins program", "Yoga"))
    assert lived.sends() == sends
    assert sorted(lived.runs()) == sorted(runs)


def test_a_second_entry_waits_for_its_own_answers() -> None:
    """Runs side by side share the contact and nothing else: a click answers the send of the latest alone."""
    program = """
        flow "F"
          when contact joins program
          then send email "Hello"
          wait until clicked "Hello" for up to 7 days
          if it happened then do "clicked" otherwise do "silent" end
    """
    again, click = on("2026-01-06 10:00", "joins program", "Yoga"), on("2026-01-07 10:00", "clicks email", "Hello")
    done = [line for line in live(program, JOINS, again, click).actions() if "Hello" not in line]
    assert done == ["2026-01-07 10:00 clicked", "2026-01-12 10:00 silent"]


@pytest.mark.parametrize("order", [1, -1])
def test_trigger_and_exit_at_one_instant_come_in_the_order_of_the_table(order: int) -> None:
    """Who joins and then buys enters and leaves at once; who buys first has nothing to leave yet."""
    program = """
        flow "F"
          when contact joins program
          exit when buys offer
          wait 1 day
          then send email "Hello"
    """
    lived = live(program, *[JOINS, on("2026-01-05 10:00", "buys offer", "Mat")][::order])
    assert lived.runs() == (["exited: offer.bought"] if order == 1 else ["completed"])
    assert lived.sends() == ([] if order == 1 else ["2026-01-06 10:00 Hello"])


def test_one_event_that_is_trigger_and_exit_ends_the_old_run_and_starts_the_new_one() -> None:
    """Runs under way leave before new ones start, so the run that an event starts is never ended by that event."""
    program = """
        flow "F"
          when client buys offer
          limit one at a time
          exit when buys offer
          wait 10 days
          then send email "Hello"
    """
    rows = [on("2026-01-05 10:00", "buys offer"), on("2026-01-05 10:00", "buys offer"), on("2026-01-07", "buys offer")]
    lived = live(program, *rows)
    assert lived.runs() == ["exited: offer.bought", "exited: offer.bought", "completed"]
    assert lived.spans()[0] == "2026-01-05 10:00 to 2026-01-05 10:00"
    assert lived.sends() == ["2026-01-17 00:00 Hello"]


@pytest.mark.parametrize("clause", ["goal", "exit when"])
def test_a_goal_that_is_met_before_the_run_declines_it_and_a_past_event_does_not(clause: str) -> None:
    """A state that holds is a reason not to begin; a purchase of last year is past, and the next one counts."""
    states = {
        'has tag "vip"': "declined: goal already met",
        'plan is "pro"': "declined: goal already met",
        "buys offer": "completed",
        'opened "Old"': "completed",
        'not has tag "none"': "declined: goal already met",
        'buys offer or has tag "vip"': "declined: goal already met",
        'has tag "vip" and bought offer': "completed",
    }
    past = [on("2025-06-01", "buys offer"), on("2025-06-01", "opens email", "Old")]
    contact = {"contact": "ann", "tags": "vip", "plan": "pro"}
    for state, run in states.items():
        program = f"""
            flow "F"
              when contact joins program
              {clause} {state}
              then send email "Hello"
              wait 1 day
              then send email "Bye"
            flow "Other"
              when contact joins group "none"
              then send email "Old"
        """
        assert live(program, *past, JOINS, contacts=[contact]).runs(flow="F") == [run], state


def test_a_goal_that_an_action_makes_true_says_so() -> None:
    """A state is looked at after every change: the reason is the event of the change, or that the condition is met."""
    program = """
        flow "F"
          when contact joins program
          goal plan is "pro" or has tag "vip"
          wait 9 days
          then send email "Hello"
        flow "Sets"
          when contact {}
          then {}
    """
    upgrade, ann = on("2026-01-06", "buys offer", "Pro"), [{"contact": "ann", "plan": "free"}]
    lived = live(program.format("buys offer", 'set plan to "pro"'), JOINS, upgrade, contacts=ann)
    assert lived.runs(flow="F") == ["converted: condition met"]
    assert lived.actions()[-1] == "2026-01-06 00:00 Hello cancelled: condition met"
    lived = live(program.format("buys offer", 'add tag "vip"'), JOINS, upgrade, contacts=ann)
    assert lived.runs(flow="F") == ["converted: tag.got"]


def test_include_existing_waits_for_starting_and_asks_who_is_there_then() -> None:
    """Enrolled at `starting`, by the state of that moment, once, and together with who joins in that very instant.

    Ann is in the group all the time. Ben leaves before, Cem joins in between, Dee at the moment itself, Eve after it.
    Joining before `starting` is refused by the dates and enrolled by the state later on.
    """
    program = """
        flow "F"
          when contact joins group "g"
          include existing
          limit once per contact
          starting 2026-01-08
          then send email "Hello"
    """
    names = ["ann", "ben", "cem", "dee", "eve"]
    lived = live(
        program,
        on("2026-01-06", "leaves group", "g", contact="ben"),
        on("2026-01-06", "joins group", "g", contact="cem"),
        on("2026-01-08", "joins group", "g", contact="dee"),
        on("2026-01-09", "joins group", "g", contact="eve"),
        contacts=[{"contact": name, "groups": "g" if name in ("ann", "ben") else None} for name in names],
    )
    assert {name: lived.sends(name) for name in names} == {
        "ann": ["2026-01-08 00:00 Hello"],
        "ben": [],
        "cem": ["2026-01-08 00:00 Hello"],
        "dee": ["2026-01-08 00:00 Hello"],
        "eve": ["2026-01-09 00:00 Hello"],
    }
    assert lived.runs("cem") == ["declined: before start", "completed"]


# --- cascades ---------------------------------------------------------------------------------------------------------


def test_flows_that_start_each_other_stop_at_the_second_turn() -> None:
    """A starts B, B starts C, C starts A: what is caused begins each once in an instant; the next start is a loop.

    From outside comes the first turn of A, so the cascade may start it once more; then it is B's turn, and declined.
    """
    program = "".join(
        f"""
        flow "{name}"
          when contact gets tag "{name}"
          then remove tag "{name}"
          then add tag "{then}"
        """
        for name, then in ("AB", "BC", "CA")
    )
    lived = live(program, on("2026-01-05", "gets tag", "A"))
    assert lived.runs(flow="A") == ["completed", "completed"]
    assert lived.runs(flow="B") == ["completed", "declined: loop"]
    assert lived.runs(flow="C") == ["completed"]
    assert lived.actions() == [f"2026-01-05 00:00 {tag}" for tag in "ABBCCAAB"]


def test_a_cascade_through_a_wait_is_no_loop() -> None:
    """Two flows that hand a contact to and fro once a day do so for ever: each turn has an instant of its own."""
    program = """
        flow "Ping"
          when contact gets tag "ping"
          then remove tag "ping"
          wait 1 day
          then add tag "pong"
        flow "Pong"
          when contact gets tag "pong"
          then remove tag "pong"
          wait 1 day
          then add tag "ping"
    """
    lived = live(program, on("2026-01-01 10:00", "gets tag", "ping"), days=10)
    assert len(lived.runs(flow="Ping")) == 5
    assert len(lived.runs(flow="Pong")) == 5
    assert not [run for run in lived.runs() if "declined" in run]


# --- the same millisecond ---------------------------------------------------------------------------------------------


def test_a_tag_that_comes_and_goes_in_one_millisecond_is_two_events() -> None:
    """Both flows start; a wait for the tag ends at its coming, a goal is met by it, and afterwards it is not there."""
    program = """
        flow "Got"
          when contact gets tag "t"
          if has tag "t" then do "has it" otherwise do "has it no more" end
          wait 1 day
          if has tag "t" then do "keeps it" end
        flow "Lost"
          when contact loses tag "t"
          then do "lost"
        flow "Waits"
          when contact joins program
          wait until has tag "t" for up to 5 days
          if it happened then do "seen" end
        flow "Goal"
          when contact joins program
          goal has tag "t"
          wait 5 days
    """
    at = "2026-01-06 10:00"
    lived = live(program, JOINS, on(at, "gets tag", "t"), on(at, "loses tag", "t"))
    assert lived.actions() == [f"{at} seen", f"{at} has it", f"{at} lost"]
    assert lived.runs(flow="Goal") == ["converted: tag.got"]


def test_a_tag_that_one_flow_adds_and_removes_is_gone_when_others_hear_of_it() -> None:
    """Actions change a contact at once, their events come afterwards: who is told of the tag finds it gone.

    A third flow puts it back when it hears that it came: that is a change, and the last word.
    """
    program = """
        flow "Flash"
          when contact joins program
          then add tag "t"
          then remove tag "t"
        flow "Hears"
          when contact gets tag "t"
          if has tag "t" then do "there" otherwise do "gone" end
        flow "Late"
          when contact joins program
          wait 1 hour
          if has tag "t" then do "there" otherwise do "gone" end
    """
    assert live(program, JOINS).actions() == [
        "2026-01-05 10:00 t",
        "2026-01-05 10:00 t",
        "2026-01-05 10:00 gone",
        "2026-01-05 11:00 gone",
    ]
    put_back = """
        flow "Puts back"
          when contact gets tag "t"
          limit once per contact
          then add tag "t"
    """
    assert live(program + put_back, JOINS).actions()[-1] == "2026-01-05 11:00 there"


def test_a_status_that_one_flow_sets_twice_is_the_last_when_others_hear_of_the_first() -> None:
    """The same for fields of an object: `event.status` is read as it is now, not as it was for a moment."""
    program = """
        flow "Sets"
          when event is created
          then set event.status to "draft"
          then set event.status to "final"
        flow "Hears"
          when event becomes "draft"
          if event.status is "final" then do "final" otherwise do "draft" end
    """
    lived = live(program, on("2026-01-05", "event is created", object_id="e1"))
    assert lived.actions()[-1] == "2026-01-05 00:00 final"


# --- clocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zones", [{}, {"timezone": None}, {"timezone": ""}])
@pytest.mark.parametrize(
    ("workspace", "clause", "sent"),
    [
        ("", "", "2026-01-06 09:00 Hello"),
        ("", "timezone contact", "2026-01-06 09:00 Hello"),
        ('workspace\n  timezone "Asia/Tokyo"', "", "2026-01-06 00:00 Hello"),
        ('workspace\n  timezone "Asia/Tokyo"', "timezone contact", "2026-01-06 00:00 Hello"),
        ('workspace\n  timezone "Asia/Tokyo"', 'timezone "America/New_York"', "2026-01-05 14:00 Hello"),
    ],
)
def test_a_contact_without_a_zone(zones: Row, workspace: str, clause: str, sent: str) -> None:
    """It lives on the flow's clock, else the workspace's, else UTC; an empty cell is no zone.

    From 10:00 UTC on the 5th, nine o'clock comes next on the 6th in UTC and in Tokyo (00:00 UTC), and on the same day
    in New York (14:00 UTC).
    """
    flow = f'flow "F"\n  when contact joins program\n  {clause}\n  wait until 09:00\n  then send email "Hello"'
    program = f"{workspace}\n{flow}"
    assert live(program, JOINS, contacts=[{"contact": "ann", **zones}]).sends() == [sent]


# --- controls ---------------------------------------------------------------------------------------------------------


def controlled(
    lines: str, *events: Row, flow: str = 'wait 3 days\n then send email "Hello"', **options: Row
) -> list[str]:
    """What a flow that begins on 5 January at 10:00 does under some `at` lines."""
    program = f'flow "F"\n  when contact joins program\n  {flow}\nscenario "S"\n  {lines}'
    lived = live(program, JOINS, *events, contacts=[{"contact": "ann", **options.get("contact", {})}])
    return lived.actions()


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ('at day 8 at 10:00 deactivate flow "F"', "2026-01-08 10:00 Hello"),
        ('at day 8 at 10:00 deactivate flow "F" and cancel pending', "2026-01-08 10:00 Hello cancelled: deactivated"),
        ('at day 8 at 10:01 deactivate flow "F" and cancel pending', "2026-01-08 10:00 Hello"),
        ('at day 8 at 10:00 pause flow "F"', "2026-01-08 10:00 Hello planned"),
        ('at day 8 at 10:00 stop flow "F"', "2026-01-08 10:00 Hello cancelled: stopped"),
    ],
)
def test_a_control_at_the_instant_a_wait_ends_comes_first(line: str, action: str) -> None:
    """Deactivating keeps what is under way, cancelling and stopping beat the timer of that instant, pausing too."""
    (row,) = controlled(line)
    assert row == action


PAUSED = 'at day 7 pause flow "F"\n  at day 10 at 12:00 resume flow "F"'


@pytest.mark.parametrize(
    ("wait", "actions"),
    [
        ("wait 3 days", ["2026-01-10 12:00 Hello", "2026-01-10 12:00 x"]),
        ("wait until 1 day after joined at 10:00 or continue", ["2026-01-10 12:00 Hello", "2026-01-10 12:00 x"]),
        (
            "wait until 1 day after joined at 10:00 or skip",
            ["2026-01-10 12:00 Hello skipped: date passed", "2026-01-10 12:00 x skipped: date passed"],
        ),
        ("wait until 1 day after joined at 10:00", ["2026-01-10 12:00 Hello skipped: date passed"]),
        (
            "wait until 1 day after joined at 10:00 or exit",
            ["2026-01-10 12:00 Hello cancelled: date passed", "2026-01-10 12:00 x cancelled: date passed"],
        ),
        ("wait until buys offer for up to 2 weeks", ["2026-01-10 12:00 Hello", "2026-01-10 12:00 x"]),
        ("wait 6 days", ["2026-01-11 10:00 Hello", "2026-01-11 10:00 x"]),
    ],
)
def test_what_became_due_in_a_pause_follows_its_wait(wait: str, actions: list[str]) -> None:
    """Overdue at the resumption: a plain wait goes on then, `or skip` skips, `or exit` ends; what is not due waits on.

    All are due on 8 January at 10:00, but the last. The wait for a purchase ends in the pause, on the 9th.
    """
    flow = f'{wait}\n  then send email "Hello"\n  then do "x"'
    rows = controlled(PAUSED, on("2026-01-09", "buys offer"), flow=flow, contact={"joined": "2026-01-07"})
    assert rows[: len(actions)] == actions


def test_a_date_that_moves_in_a_pause_moves_the_wait() -> None:
    """The clock and the world go on: an event put off while the flow is paused is written about at its new date."""
    program = """
        flow "F"
          when event is created
          wait until 1 day before event.start
          then send email "Tomorrow"
        scenario "S"
          at day 7 pause flow "F"
          at day 10 resume flow "F"
    """
    lived = live(
        program,
        on("2026-01-05", "event is created", object_id="e1", start="2026-01-09T18:00Z"),
        on("2026-01-07 09:00", "event changes", object_id="e1", start="2026-01-20T18:00Z"),
    )
    assert lived.actions() == ["2026-01-19 18:00 Tomorrow"]


# --- messages that wait -----------------------------------------------------------------------------------------------

HELD = """
    flow "F"
      when contact joins program
      only between 18:00 and 20:00
      {}
      then send email "Hello"
      then do "x"
"""


@pytest.mark.parametrize(
    ("clause", "event", "actions", "run"),
    [
        ("", on("2026-01-05 12:00", "unsubscribes from email"), ["18:00 Hello skipped: unsubscribed", "18:00 x"], ""),
        ("", on("2026-01-05 12:00", "unsubscribes from sms"), ["18:00 Hello", "18:00 x"], ""),
        ("", on("2026-01-05 12:00", "email bounces", "Old"), ["18:00 Hello skipped: bounced", "18:00 x"], ""),
        (
            "unless bought offer since start",
            on("2026-01-05 12:00", "buys offer"),
            ["18:00 Hello skipped: unless", "18:00 x skipped: unless"],
            "",
        ),
        (
            "goal buys offer",
            on("2026-01-05 12:00", "buys offer"),
            ["12:00 Hello cancelled: offer.bought", "12:00 x cancelled: offer.bought"],
            "converted: offer.bought",
        ),
        (
            "exit when unsubscribes",
            on("2026-01-05 18:00", "unsubscribes from email"),
            ["18:00 Hello cancelled: email.unsubscribed", "18:00 x cancelled: email.unsubscribed"],
            "exited: email.unsubscribed",
        ),
    ],
)
def test_a_message_that_waits_for_its_window_asks_again(clause: str, event: Row, actions: list[str], run: str) -> None:
    """What has changed by the time the window opens decides, at the very instant of its opening too."""
    lived = live(HELD.format(clause), JOINS, event)
    assert lived.actions() == [f"2026-01-05 {action}" for action in actions]
    assert lived.runs() == [run or "completed"]


@pytest.mark.parametrize(
    ("line", "actions"),
    [
        ('at day 5 at 12:00 stop flow "F"', ["12:00 Hello cancelled: stopped", "12:00 x cancelled: stopped"]),
        ('at day 5 at 18:00 stop flow "F"', ["18:00 Hello cancelled: stopped", "18:00 x cancelled: stopped"]),
        ('at day 5 at 18:01 stop flow "F"', ["18:00 Hello", "18:00 x"]),
        ('at day 5 at 12:00 stop flow "F" for contact "bob"', ["18:00 Hello", "18:00 x"]),
    ],
)
def test_a_message_that_waits_for_its_window_may_be_stopped(line: str, actions: list[str]) -> None:
    """Until it goes out it can be stopped, for everybody or for one contact."""
    program = HELD.format("") + f'\nscenario "S"\n  {line}'
    people = [{"contact": "ann"}, {"contact": "bob"}]
    assert live(program, JOINS, contacts=people).actions() == [f"2026-01-05 {action}" for action in actions]


QUEUE = """
    workspace
      cap 1 email per contact every 7 days
      capacity email 1 per day
    flow "First"
      when contact gets tag "first"
      then send email "Other" transactional
    flow "F"
      when contact joins program
      {}
      then send email "Hello"
      then do "x"
    flow "Later"
      when contact joins group
      then send email "News"
"""
FIRST = on("2026-01-05 09:00", "gets tag", "first")  # takes the slot of the day: Hello goes on the 6th at nine


@pytest.mark.parametrize(
    ("clause", "event", "actions"),
    [
        ("", on("2026-01-05 12:00", "buys offer"), ["09:00 Hello", "09:00 x"]),
        ("", on("2026-01-05 12:00", "unsubscribes"), ["09:00 Hello skipped: unsubscribed", "09:00 x"]),
        (
            'unless has tag "no"',
            on("2026-01-05 12:00", "gets tag", "no"),
            ["09:00 Hello skipped: unless", "09:00 x skipped: unless"],
        ),
        ("only between 10:00 and 18:00", on("2026-01-05 12:00", "buys offer"), ["09:00 Hello", "09:00 x"]),
    ],
)
def test_a_message_that_waits_for_capacity_asks_again(clause: str, event: Row, actions: list[str]) -> None:
    """Nobody who has unsubscribed while a message was in the queue gets it. The queue comes last: a window that has
    closed meanwhile does not hold it once more, for it could then miss its slot for ever."""
    lived = live(QUEUE.format(clause), FIRST, JOINS, event)
    assert lived.actions()[1:] == [f"2026-01-06 {action}" for action in actions]


@pytest.mark.parametrize(
    "clause",
    ['unless has tag "no"', 'exit when gets tag "no"'],
)
def test_a_message_that_left_the_queue_unsent_frees_the_cap(clause: str) -> None:
    """It was counted while it stood there; skipped or cancelled it counts no more, and the next message may go."""
    rows = [on("2026-01-05 12:00", "gets tag", "no"), on("2026-01-07 12:00", "joins group", "g")]
    lived = live(QUEUE.format(clause), FIRST, JOINS, *rows)
    assert lived.sends() == ["2026-01-05 09:00 Other", "2026-01-07 12:00 News"]


# --- the page ---------------------------------------------------------------------------------------------------------


def test_every_line_of_the_page_names_its_test() -> None:
    """docs/reference/semantics.md promises a test for each line; it is there, where the page says."""
    page = (TESTS.parent / "docs" / "reference" / "semantics.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| when")]
    assert len(rows) > 20
    for row in rows:
        named = re.search(r"`(test_\w+)`(?: in (\w+\.py))? \|$", row)
        assert named, row
        file = next(TESTS.rglob(named[2] or "test_edges.py")).read_text(encoding="utf-8")
        assert f"def {named[1]}(" in file, row
