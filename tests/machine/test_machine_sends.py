"""A message on its way: every test it passes, in the order in which they are made, and the reason each leaves."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from lives import Lived, Row, live, on

from flowdsl.chance import keyed_draws

JOINED = on("2026-01-05 10:00", "joins program")  # a Monday
PARIS = "Europe/Paris"


def sent(head: str, action: str, *events: Row, before: str = "", workspace: str = "", **contact: object) -> list[str]:
    """What becomes of one action, perhaps behind a step, for a contact with these columns."""
    program = f'workspace {workspace}\nflow "F"\n when member joins program {head}\n {before}\n then {action}'
    return live(program, JOINED, *events, contacts=[{"contact": "ann", **contact}]).actions()


def became(lines: list[str]) -> list[str]:
    """Lines of actions without their times."""
    return [line[17:] for line in lines]


# --- the order of the tests -------------------------------------------------------------------------------------------


def test_each_test_of_a_send_comes_in_its_turn() -> None:
    """Everything is against this message; taking one obstacle away at a time shows the order of the reasons.

    Date passed, unless of the flow, unless of the action, no consent, unsubscribed, bounced, window (which waits), cap.
    """
    out = on("2026-01-04", "unsubscribes from email")
    back = on("2026-01-04", "email bounces")
    first = on("2026-01-05 09:00", "buys offer")  # another flow sends one then, so the cap is used up
    program = """
        workspace
          cap 1 email per contact every 7 days
        flow "First"
          when contact buys offer
          then send email "First" transactional
        flow "F"
          when member joins program
          only on tuesday
          wait until 1 day before ends
          if has tag "late" then do "wait over" wait 1 minute end
          then send email "x" unless has tag "action"
    """
    reasons = []
    for taken, contact, rows in [
        ("nothing", {"ends": "2026-01-01", "tags": "action", "can_email": "no"}, [out, back]),
        ("date", {"ends": "2026-01-08", "tags": "action", "can_email": "no"}, [out, back]),
        ("unless", {"ends": "2026-01-08", "tags": "", "can_email": "no"}, [out, back]),
        ("consent", {"ends": "2026-01-08", "tags": "", "can_email": "yes"}, [back, out]),
        ("unsubscribed", {"ends": "2026-01-08", "tags": "", "can_email": "yes"}, [back]),
        ("bounced", {"ends": "2026-01-08", "tags": "", "can_email": "yes"}, []),
    ]:
        lived = live(program, *rows, JOINED, first, contacts=[{"contact": "ann", **contact}], start="2026-01-01")
        reasons.append((taken, became(lived.actions())[-1]))
    assert reasons == [
        ("nothing", "x skipped: date passed"),
        ("date", "x skipped: unless"),
        ("unless", "x skipped: no consent"),
        ("consent", "x skipped: unsubscribed"),
        ("unsubscribed", "x skipped: bounced"),
        ("bounced", "x"),
    ]


def test_unless_of_the_flow_skips_every_action_and_the_run_goes_on() -> None:
    """At entry it declines; later it skips each action, messages or not, as long as it holds."""
    program = """
        flow "F"
          when member joins program
          unless has tag "stop"
          then do "a"
          wait 1 day
          then do "b"
          then send chat "c"
          wait 1 day
          then do "d"
    """
    got, lost = on("2026-01-05 12:00", "gets tag", "stop"), on("2026-01-06 12:00", "loses tag", "stop")
    lived = live(program, JOINED, got, lost)
    assert became(lived.actions()) == ["a", "b skipped: unless", "c skipped: unless", "d"]
    assert live(program, JOINED, contacts=[{"contact": "ann", "tags": "stop"}]).runs() == ["declined: unless"]


def test_unless_of_an_action_skips_that_action_alone() -> None:
    """The next action is taken."""
    lines = sent("", 'do "a" unless has tag "t" then do "b"', tags="t")
    assert became(lines) == ["a skipped: unless", "b"]


# --- consent and suppression ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "became_"),
    [
        ('send email "x"', "x skipped: no consent"),
        ('send sms "x"', "x"),
        ('send email "x" transactional', "x"),
        ('send email "x" to staff "Anna"', "x"),
        ('send email "x" to "a@example.org", "b@example.org"', "x"),
    ],
)
def test_consent_is_asked_for_messages_to_the_contact(action: str, became_: str) -> None:
    """Without consent a channel is closed, but not others, nor transactional messages, nor mail to other people."""
    assert became(sent("", action, can_email="no")) == [became_]


def test_unsubscribing_suppresses_its_channel() -> None:
    """From e-mail unless another is named; a message on another channel is sent."""
    send = 'send email "e" then send sms "s"'
    assert became(sent("", send, on("2026-01-04", "unsubscribes"))) == ["e skipped: unsubscribed", "s"]
    assert became(sent("", send, on("2026-01-04", "unsubscribes from sms"))) == ["e", "s skipped: unsubscribed"]


def test_a_bounce_suppresses_later_emails_and_transactional_ones_too() -> None:
    """Nothing reaches an address that bounces, whether or not the contact has unsubscribed besides."""
    send = 'send email "e" then send email "t" transactional'
    bounced, out = on("2026-01-04", "email bounces"), on("2026-01-04", "unsubscribes")
    assert became(sent("", send, bounced)) == ["e skipped: bounced", "t skipped: bounced"]
    for both in ([bounced, out], [out, bounced]):
        assert became(sent("", send, *both)) == ["e skipped: unsubscribed", "t skipped: bounced"]
    assert became(sent("", send, out)) == ["e skipped: unsubscribed", "t"]


def test_can_receive_is_consent_without_suppression() -> None:
    """`can receive email` holds until the contact unsubscribes; without consent it never holds."""
    program = """
        flow "F"
          when member joins program
          if can receive email then do "yes" otherwise do "no" end
    """
    assert became(live(program, JOINED).actions()) == ["yes"]
    assert became(live(program, on("2026-01-04", "unsubscribes"), JOINED).actions()) == ["no"]
    assert became(live(program, JOINED, contacts=[{"contact": "ann", "can_email": "no"}]).actions()) == ["no"]


# --- send windows -----------------------------------------------------------------------------------------------------


def windowed(clause: str, joined: str, zone: str = PARIS, workspace: str = "") -> str:
    """When a message goes out inside a window; `joined` in local time of the contact."""
    program = f'workspace {workspace}\nflow "F"\n when member joins program {clause} then send chat "x"'
    row = on(str(pd.Timestamp(joined, tz=zone)), "joins program")
    lived = live(program, row, contacts=[{"contact": "ann", "timezone": zone}], zone=zone)
    return lived.sends()[0].removesuffix(" x")


@pytest.mark.parametrize(
    ("clause", "joined", "goes"),
    [
        ("only between 09:00 and 18:00", "2026-01-05 08:59", "2026-01-05 09:00"),
        ("only between 09:00 and 18:00", "2026-01-05 09:00", "2026-01-05 09:00"),
        ("only between 09:00 and 18:00", "2026-01-05 17:59", "2026-01-05 17:59"),
        ("only between 09:00 and 18:00", "2026-01-05 18:00", "2026-01-06 09:00"),
        ("only on monday to friday between 09:00 and 18:00", "2026-01-09 18:00", "2026-01-12 09:00"),
        ("only on weekdays", "2026-01-10 12:00", "2026-01-12 00:00"),
        ("only on saturday", "2026-01-05 12:00", "2026-01-10 00:00"),
        ("only on monday, wednesday, friday between 10:00 and 11:00", "2026-01-06 12:00", "2026-01-07 10:00"),
        ("only between 22:00 and 06:00", "2026-01-05 12:00", "2026-01-05 22:00"),
        ("only between 22:00 and 06:00", "2026-01-05 23:30", "2026-01-05 23:30"),
        ("only between 22:00 and 06:00", "2026-01-06 05:59", "2026-01-06 05:59"),
        ("only between 22:00 and 06:00", "2026-01-06 06:00", "2026-01-06 22:00"),
        ("only on friday between 22:00 and 06:00", "2026-01-10 03:00", "2026-01-10 03:00"),
        ("only on friday between 22:00 and 06:00", "2026-01-09 03:00", "2026-01-09 22:00"),
        ("only between 02:00 and 02:30", "2026-01-05 12:00", "2026-01-06 02:00"),
    ],
)
def test_a_message_outside_its_window_waits_for_the_next_opening(clause: str, joined: str, goes: str) -> None:
    """The end is outside, an overnight window belongs to the day it opens, days are those of the contact's clock."""
    assert windowed(clause, joined) == goes


def test_days_of_a_window_are_local() -> None:
    """Sunday evening in UTC is Monday in Sydney: a weekday window is open there."""
    assert windowed("only on weekdays", "2026-01-12 08:00", "Australia/Sydney") == "2026-01-12 08:00"


def test_the_windows_of_workspace_and_flow_must_both_be_open() -> None:
    """The message waits for the first moment inside both."""
    workspace = "only on monday to saturday between 08:00 and 21:00"
    assert windowed("only on saturday, sunday", "2026-01-11 12:00", workspace=workspace) == "2026-01-17 08:00"


def test_the_run_waits_with_its_message_and_other_actions_are_not_held() -> None:
    """What stands before the message is done at once, what stands behind it when the window has opened."""
    lines = sent("only between 18:00 and 20:00", 'do "a" then send chat "x" then do "b"')
    assert lines == ["2026-01-05 10:00 a", "2026-01-05 18:00 x", "2026-01-05 18:00 b"]


@pytest.mark.parametrize("action", ['send email "x" transactional', 'send email "x" to staff "Anna"'])
def test_some_messages_do_not_mind_windows(action: str) -> None:
    """Transactional messages and those to staff go out at once."""
    assert sent("only between 18:00 and 20:00", action) == ["2026-01-05 10:00 x"]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (on("2026-01-05 12:00", "gets tag", "t"), "unless"),
        (on("2026-01-05 12:00", "unsubscribes"), "unsubscribed"),
        (on("2026-01-05 12:00", "email bounces"), "bounced"),
    ],
)
def test_unless_and_consent_are_asked_again_when_the_window_opens(event: Row, reason: str) -> None:
    """What has changed while the message was held counts."""
    lines = sent("only between 18:00 and 20:00", 'send email "x" unless has tag "t"', event)
    assert lines == [f"2026-01-05 18:00 x skipped: {reason}"]


def test_a_goal_met_while_a_message_is_held_cancels_it() -> None:
    """The run ends at the event; the held message leaves its row."""
    lines = sent("goal buys offer only between 18:00 and 20:00", 'send chat "x"', on("2026-01-05 12:00", "buys offer"))
    assert lines == ["2026-01-05 12:00 x cancelled: offer.bought"]


# --- caps -------------------------------------------------------------------------------------------------------------


def capped(cap: str, times: list[str], action: str = 'send email "x"') -> list[str]:
    """What becomes of the same message at several times under a cap."""
    program = f'workspace {cap}\nflow "F"\n when contact buys offer then {action}'
    return became(live(program, *(on(time, "buys offer") for time in times)).actions())


def test_a_cap_skips_the_message_that_would_be_one_too_many() -> None:
    """Two in any rolling week: the third is skipped, and seven days after the first there is room again."""
    times = ["2026-01-05 10:00", "2026-01-06 10:00", "2026-01-12 09:59", "2026-01-12 10:00", "2026-01-13 09:59"]
    assert capped("cap 2 emails per contact every 7 days", times) == ["x", "x", "x skipped: cap", "x", "x skipped: cap"]


def test_skipped_messages_do_not_use_up_the_cap() -> None:
    """Only what goes out counts."""
    program = """
        workspace
          cap 1 email per contact every 7 days
        flow "F"
          when contact buys offer
          then send email "a" unless has tag "t"
          then send email "b"
    """
    lived = live(program, on("2026-01-05", "buys offer"), contacts=[{"contact": "ann", "tags": "t"}])
    assert became(lived.actions()) == ["a skipped: unless", "b"]


@pytest.mark.parametrize("action", ['send email "x" transactional', 'send email "x" to staff "Anna"'])
def test_some_messages_are_outside_caps(action: str) -> None:
    """Transactional messages and those to staff are neither capped nor counted."""
    cap = "cap 1 email per contact every 7 days"
    assert capped(cap, ["2026-01-05", "2026-01-06"], action) == ["x", "x"]
    assert capped(cap, ["2026-01-05", "2026-01-06"], f'{action} then send email "y"') == [
        "x",
        "y",
        "x",
        "y skipped: cap",
    ]


def test_caps_count_their_own_channel() -> None:
    """A cap on e-mails does not count chats; one on messages counts all."""
    two = 'send email "x" then send chat "y"'
    assert capped("cap 1 email per contact every 7 days", ["2026-01-05"], two) == ["x", "y"]
    assert capped("cap 1 message per contact every 7 days", ["2026-01-05"], two) == ["x", "y skipped: cap"]


def test_a_held_message_counts_when_it_goes_out() -> None:
    """The cap is looked at when the window opens, not when the message begins to wait."""
    workspace = "cap 1 email per contact every 1 day"
    assert sent(
        "only between 18:00 and 20:00", 'send email "x" wait 23 hours then send email "y"', workspace=workspace
    ) == [
        "2026-01-05 18:00 x",
        "2026-01-06 18:00 y",
    ]


# --- capacity ---------------------------------------------------------------------------------------------------------


def queued(program: str, contacts: list[str], *more: Row) -> Lived:
    """Several contacts who all buy at one instant."""
    rows = [on("2026-01-05 10:00", "buys offer", contact=name) for name in contacts]
    return live(program, *rows, *more, contacts=[{"contact": name} for name in contacts])


def test_capacity_is_a_server_with_fixed_spacing_and_ties_by_hash() -> None:
    """Four messages an hour go out a quarter of an hour apart; those of one instant by hash of the contact."""
    names = ["ann", "bob", "cem", "dot", "eve", "fay"]
    lived = queued('workspace capacity email 4 per hour\nflow "F"\n when contact buys offer then send email "x"', names)
    rows = sorted(lived.rows("sends"), key=lambda row: row["time"])
    assert [row["contact"] for row in rows] == sorted(names, key=keyed_draws.hash_text)
    assert [lived.at(row["time"]) for row in rows] == [
        f"2026-01-05 {hour}:{minute}" for hour, minute in
        [("10", "00"), ("10", "15"), ("10", "30"), ("10", "45"), ("11", "00"), ("11", "15")]
    ]  # fmt: skip
    assert [row["queued_s"] for row in rows] == [0, 900, 1800, 2700, 3600, 4500]


def test_capacity_serves_who_asked_first() -> None:
    """A message asked for a minute later comes after all that were asked for before."""
    program = 'workspace capacity email 1 per hour\nflow "F"\n when contact buys offer then send email "x"'
    late = on("2026-01-05 10:01", "buys offer", contact="zed")
    rows = [on("2026-01-05 10:00", "buys offer", contact=name) for name in ("ann", "bob")]
    lived = live(program, *rows, late, contacts=[{"contact": name} for name in ("ann", "bob", "zed")])
    assert lived.sends("zed") == ["2026-01-05 12:00 x"]


def test_messages_of_one_contact_at_one_instant_stay_together() -> None:
    """Ties go by the contact: both messages of the first contact come before those of the second."""
    program = """
        workspace
          capacity email 1 per hour
        flow "A"
          when contact buys offer
          then send email "a"
        flow "B"
          when contact buys offer
          then send email "b"
    """
    lived = queued(program, ["ann", "bob"])
    order = [f"{row['contact']} {row['message']}" for row in sorted(lived.rows("sends"), key=lambda row: row["time"])]
    first, second = sorted(["ann", "bob"], key=keyed_draws.hash_text)
    assert order == [f"{first} a", f"{first} b", f"{second} a", f"{second} b"]


def test_an_idle_server_saves_nothing_up() -> None:
    """Slots that nobody asked for are gone: the spacing begins anew with the next message."""
    program = 'workspace capacity email 1 per hour\nflow "F"\n when contact buys offer then send email "x"'
    times = ["2026-01-05 10:00", "2026-01-06 10:20", "2026-01-06 10:30"]
    lived = live(program, *(on(time, "buys offer") for time in times))
    assert lived.sends() == ["2026-01-05 10:00 x", "2026-01-06 10:20 x", "2026-01-06 11:20 x"]


def test_the_run_waits_for_its_slot_and_other_channels_do_not() -> None:
    """Steps behind a queued message are taken when it has gone out."""
    program = """
        workspace
          capacity email 1 per hour
        flow "F"
          when contact buys offer
          then send chat "c"
          then send email "x"
          then do "after"
    """
    lived = live(program, *[on("2026-01-05 10:00", "buys offer")] * 2)
    assert Counter(lived.actions()) == {
        "2026-01-05 10:00 c": 2, "2026-01-05 10:00 x": 1, "2026-01-05 10:00 after": 1,
        "2026-01-05 11:00 x": 1, "2026-01-05 11:00 after": 1,
    }  # fmt: skip


def test_a_run_that_ends_in_the_queue_does_not_send() -> None:
    """Its message is cancelled; its slot is spent."""
    program = (
        'workspace capacity email 1 per hour\nflow "F"\n when contact buys offer goal gets tag then send email "x"'
    )
    bought = [on("2026-01-05 10:00", "buys offer")] * 2
    lived = live(program, *bought, on("2026-01-05 10:30", "gets tag", "t"), on("2026-01-05 10:40", "buys offer"))
    assert lived.actions() == ["2026-01-05 10:00 x", "2026-01-05 10:30 x cancelled: tag.got", "2026-01-05 12:00 x"]


# --- tests that meet --------------------------------------------------------------------------------------------------


def test_a_cap_is_one_for_all_flows() -> None:
    """Two flows share the cap: the second message of the contact is skipped, whichever flow sends it."""
    program = """
        workspace
          cap 1 email per contact every 7 days
        flow "A"
          when member joins program
          then send email "a"
        flow "B"
          when member joins program
          wait 1 hour
          then send email "b"
          then send sms "c"
    """
    assert became(live(program, JOINED).actions()) == ["a", "b skipped: cap", "c"]


def test_a_message_over_the_cap_takes_no_slot() -> None:
    """Cap comes before capacity: what is skipped does not keep others waiting."""
    program = """
        workspace
          cap 1 email per contact every 7 days
          capacity email 1 per hour
        flow "A"
          when member joins program
          then send email "a"
          then send email "b"
    """
    joins = [JOINED, on("2026-01-05 10:30", "joins program", contact="bob"), on("2026-01-05 12:00", "joins program")]
    rows = live(program, *joins, contacts=[{"contact": "ann"}, {"contact": "bob"}]).rows("sends")
    assert [(row["contact"], f"{row['time']:%H:%M}", row["message"], row["status"]) for row in rows] == [
        ("ann", "10:00", "a", "sent"),
        ("ann", "10:00", "b", "skipped"),
        ("ann", "12:00", "a", "skipped"),
        ("ann", "12:00", "b", "skipped"),
        ("bob", "11:00", "a", "sent"),
        ("bob", "11:00", "b", "skipped"),
    ]
    assert [row["queued_s"] for row in rows if row["contact"] == "bob"] == [1800.0, 0.0]


@pytest.mark.parametrize("end", ["transactional", 'to staff "Anna"', 'to "desk@example.org"'])
def test_no_message_is_outside_capacity(end: str) -> None:
    """Transactional messages and those to staff and addresses pass by cap and window, but stand in the same queue."""
    program = f"""
        workspace
          cap 1 email per contact every 7 days
          capacity email 1 per hour
          only on sunday
        flow "A"
          when member joins program
          then send email "a" {end}
          then send email "b" {end}
    """
    assert live(program, JOINED).actions() == ["2026-01-05 10:00 a", "2026-01-05 11:00 b"]
