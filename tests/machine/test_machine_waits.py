"""Waits: elapsed and calendar time, zones, changes of the clock, dates that move, answers that come or do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from textwrap import dedent
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import Lived, Row, live, on

PARIS, SYDNEY, YORK = "Europe/Paris", "Australia/Sydney", "America/New_York"
DAY = timedelta(days=1)


def waited(wait: str, joined: str, zone: str = "UTC", **options: object) -> str:
    """When a chat goes out that stands behind a wait; `joined` and the answer in local time of the contact's zone."""
    contact = {"contact": "ann", "timezone": zone}
    at = pd.Timestamp(joined, tz=zone)
    start = str((at - DAY).date())
    program = f'when member joins program {wait} then send chat "x"'
    lived = live(program, on(str(at), "joins program"), contacts=[contact], zone=zone, start=start, days=1500)
    (sent,) = lived.sends()
    return sent.removesuffix(" x")


# --- elapsed and calendar time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wait", "joined", "zone", "sent"),
    [
        ("wait 3 days", "2026-01-05 10:17", "UTC", "2026-01-08 10:17"),
        ("wait 1 hour 30 minutes", "2026-01-05 23:00", "UTC", "2026-01-06 00:30"),
        ("wait 2 weeks", "2026-01-05 10:00", "UTC", "2026-01-19 10:00"),
        ("wait 3 days", "2026-03-27 22:00", PARIS, "2026-03-30 23:00"),
        ("wait 1 day", "2026-10-24 22:00", PARIS, "2026-10-25 21:00"),
        ("wait 3 days at 09:00", "2026-03-27 22:00", PARIS, "2026-03-30 09:00"),
        ("wait 1 week at 09:00", "2026-10-20 22:00", PARIS, "2026-10-27 09:00"),
        ("wait 1 day at 00:00", "2026-01-05 00:00", "UTC", "2026-01-06 00:00"),
    ],
)
def test_a_day_is_24_hours_unless_a_time_of_day_is_named(wait: str, joined: str, zone: str, sent: str) -> None:
    """`wait 3 days` is elapsed time over a change of the clocks; with `at` it is the third calendar day after."""
    assert waited(wait, joined, zone) == sent


@pytest.mark.parametrize(
    ("wait", "joined", "sent"),
    [
        ("wait 1 month", "2026-01-30 10:00", "2026-02-28 10:00"),
        ("wait 1 month", "2028-01-30 10:00", "2028-02-29 10:00"),
        ("wait 1 month", "2026-03-15 10:00", "2026-04-15 10:00"),
        ("wait 1 year", "2024-02-29 10:00", "2025-02-28 10:00"),
        ("wait 4 years", "2024-02-29 10:00", "2028-02-29 10:00"),
        ("wait 1 month 1 day", "2026-01-31 10:00", "2026-03-01 10:00"),
        ("wait 1 month at 09:00", "2026-01-31 10:00", "2026-02-28 09:00"),
    ],
)
def test_months_and_years_are_calendar_units(wait: str, joined: str, sent: str) -> None:
    """A month after 30 January is February's last day, a year after 29 February its 28th; the wall time stays."""
    assert waited(wait, joined, PARIS) == sent


def test_a_month_keeps_the_wall_time_over_a_change_of_the_clocks() -> None:
    """`wait 1 month` from 10:00 in winter ends at 10:00 in summer, which `wait 31 days` does not."""
    assert waited("wait 1 month", "2026-03-10 10:00", PARIS) == "2026-04-10 10:00"
    assert waited("wait 31 days", "2026-03-10 10:00", PARIS) == "2026-04-10 11:00"


def test_a_future_day_has_its_own_offset() -> None:
    """Today's offset is not used for a day on the other side of a change: 09:00 stays 09:00, in UTC an hour earlier."""
    before, after = live_in_zones(PARIS, "wait 1 day at 09:00", "2026-03-27 12:00", "2026-03-28 12:00")
    assert (before, after) == ("2026-03-28 08:00", "2026-03-29 07:00")


def live_in_zones(zone: str, wait: str, *joined: str) -> list[str]:
    """When, in UTC, chats go out behind a wait, for one who joined several times (local)."""
    rows = [on(str(pd.Timestamp(at, tz=zone)), "joins program") for at in joined]
    contact = {"contact": "ann", "timezone": zone}
    lived = live(f'when member joins program {wait} then send chat "x"', *rows, contacts=[contact], days=400)
    return [sent.removesuffix(" x") for sent in lived.sends()]


@given(
    joined=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)),
    days=st.integers(1, 400),
    minute=st.integers(0, 1439),
    zone=st.sampled_from([PARIS, YORK, SYDNEY, "Asia/Kolkata", "Australia/Lord_Howe"]),
)
@settings(max_examples=15)
def test_calendar_days_agree_with_zoneinfo(joined: datetime, days: int, minute: int, zone: str) -> None:
    """`wait N days at HH:MM` is what Python's own zoneinfo makes of the local date N days on, gaps and repeats too."""
    at = joined.replace(microsecond=0, tzinfo=UTC)
    local = at.astimezone(ZoneInfo(zone))
    day = local.date() + timedelta(days=days)
    clock = f"{minute // 60:02}:{minute % 60:02}"
    wanted = datetime.combine(day, datetime.strptime(clock, "%H:%M").time(), ZoneInfo(zone)).astimezone(UTC)
    lived = live(
        f'when member joins program wait {days} days at {clock} then send chat "x"',
        on(at.isoformat(), "joins program"),
        contacts=[{"contact": "ann", "timezone": zone}],
        start="2024-12-31",
        days=1600,
    )
    assert lived.sends() == [f"{wanted:%Y-%m-%d %H:%M} x"]


# --- the next local moment --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wait", "joined", "sent"),
    [
        ("wait until 09:00", "2026-01-05 08:59", "2026-01-05 09:00"),
        ("wait until 09:00", "2026-01-05 09:00", "2026-01-05 09:00"),
        ("wait until 09:00", "2026-01-05 09:01", "2026-01-06 09:00"),
        ("wait until monday at 09:00", "2026-01-05 09:00", "2026-01-05 09:00"),
        ("wait until monday at 09:00", "2026-01-05 09:01", "2026-01-12 09:00"),
        ("wait until 2026-03-01 at 09:00", "2026-01-05 09:00", "2026-03-01 09:00"),
        ("wait until 2026-03-01", "2026-01-05 09:00", "2026-03-01 00:00"),
        ("wait until 2026-01-02 at 09:00", "2026-01-05 09:00", "2026-01-05 09:00"),
        ("wait until 02:30", "2026-03-28 12:00", "2026-03-29 03:30"),
        ("wait until 02:30", "2026-10-24 12:00", "2026-10-25 02:30"),
    ],
)
def test_waits_until_the_next_such_local_moment(wait: str, joined: str, sent: str) -> None:
    """Now counts, a past date passes at once, a time in a gap moves by the gap's length, the clock is the contact's."""
    assert waited(wait, joined, PARIS) == sent


def test_a_repeated_hour_is_the_first() -> None:
    """When clocks go back, 02:30 is the earlier of the two."""
    (sent,) = live_in_zones(PARIS, "wait until 02:30", "2026-10-24 12:00")
    assert sent == "2026-10-25 00:30"


def test_weekdays_are_those_of_the_contact() -> None:
    """Sunday evening in UTC is Monday morning in Sydney: who lives there waits for the next Monday noon, hours away."""
    program = 'when member joins program wait until monday at 12:00 then send chat "x"'
    contacts = [{"contact": "ann", "timezone": SYDNEY}, {"contact": "bob", "timezone": YORK}]
    rows = [on("2026-01-11 23:00", "joins program", contact=name) for name in ("ann", "bob")]
    lived = live(program, *rows, contacts=contacts)
    assert lived.sends() == ["2026-01-12 01:00 x"]
    assert lived.sends("bob") == ["2026-01-12 17:00 x"]


# --- whose clock ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("workspace", "clause", "column", "sent"),
    [
        ("", "", None, "09:00"),
        ("", "", YORK, "14:00"),
        (PARIS, "", None, "08:00"),
        (PARIS, "", YORK, "14:00"),
        (PARIS, "timezone contact", YORK, "14:00"),
        (PARIS, "timezone contact", None, "08:00"),
        (PARIS, f'timezone "{SYDNEY}"', YORK, "22:00"),
        ("", f'timezone "{SYDNEY}"', None, "22:00"),
    ],
)
def test_whose_clock_a_flow_reads(workspace: str, clause: str, column: str | None, sent: str) -> None:
    """The flow's own zone; else the contact's; else the workspace's; else UTC."""
    head = f'workspace\n  timezone "{workspace}"\n' if workspace else "workspace\n"
    program = f'{head}flow "F"\n  when member joins program {clause} wait until 09:00 then send chat "x"'
    contact: Row = {"contact": "ann", "timezone": column}
    lived = live(program, on("2026-01-12 08:00" if sent <= "12:00" or sent == "14:00" else "2026-01-12 09:00",
                             "joins program"), contacts=[contact])  # fmt: skip
    assert [one[11:16] for one in lived.sends()] == [sent]


# --- before and after a date ------------------------------------------------------------------------------------------


def booked(wait: str, *more: Row, created: str = "2026-03-01 12:00", zone: str = PARIS, **fields: str) -> Lived:
    """What comes of a flow about an event (`e1`) behind a wait: an action, then, after another wait, a second one."""
    program = f'when event is created {wait} then do "first" wait 1 hour then do "second"'
    row = on(created, "event is created", object_id="e1", **fields)
    contact = {"contact": "ann", "timezone": zone}
    return live(program, row, *more, contacts=[contact], zone=zone, start="2026-02-01", days=90)


@pytest.mark.parametrize(
    ("wait", "due"),
    [
        ("wait until 7 days before event.start", "2026-03-26 18:00"),
        ("wait until 1 week before event.start", "2026-03-26 18:00"),
        ("wait until 7 days before event.start at 09:00", "2026-03-26 09:00"),
        ("wait until 168 hours before event.start", "2026-03-26 17:00"),
        ("wait until 2 hours after event.start", "2026-04-02 20:00"),
        ("wait until 1 day 2 hours before event.start", "2026-04-01 16:00"),
    ],
)
def test_days_before_a_date_keep_the_wall_time_and_hours_are_elapsed(wait: str, due: str) -> None:
    """Seven days before 18:00 in summer is 18:00 in winter; 168 hours before it is an hour earlier on the clock."""
    lived = booked(wait, start="2026-04-02T16:00:00Z")
    assert lived.actions()[0] == f"{due} first"


@pytest.mark.parametrize(
    ("policy", "actions", "run"),
    [
        (
            "",
            ["2026-03-01 13:00 first skipped: date passed", "2026-03-01 14:00 second"],
            "completed",
        ),
        (
            "or skip",
            ["2026-03-01 13:00 first skipped: date passed", "2026-03-01 14:00 second"],
            "completed",
        ),
        ("or continue", ["2026-03-01 13:00 first", "2026-03-01 14:00 second"], "completed"),
        ("or exit", [], "completed: date passed"),
    ],
)
def test_a_date_that_is_past(policy: str, actions: list[str], run: str) -> None:
    """`skip` (also when nothing is said) skips every action until the next wait, `continue` goes on, `exit` ends."""
    lived = booked(f"wait until 7 days before event.start {policy}", start="2026-03-04T12:00:00Z")
    assert (lived.actions(), lived.runs()) == (actions, [run])


@pytest.mark.parametrize(
    ("policy", "first"),
    [("or skip", "first skipped: no date"), ("or continue", "first"), ("or exit", None)],
)
def test_a_date_that_is_missing(policy: str, first: str | None) -> None:
    """A missing date is treated like a past one, and says so."""
    lived = booked(f"wait until 7 days before event.start {policy}")
    assert [line[17:] for line in lived.actions()[:1]] == ([first] if first else [])
    assert lived.runs() == ["completed" if first else "completed: no date"]


def test_the_moment_itself_is_not_past() -> None:
    """A wait for a date that comes at this very instant passes without a mark."""
    lived = booked("wait until 1 day before event.start", start="2026-03-02T12:00:00Z")
    assert lived.actions()[0] == "2026-03-01 13:00 first"


def test_a_date_that_moves_moves_the_wait() -> None:
    """When the event is put off, or brought forward, the wait ends at the new moment, and only there."""
    later = on("2026-03-05 12:00", "event changes", object_id="e1", start="2026-04-20T12:00:00Z")
    assert booked("wait until 1 day before event.start", later, start="2026-04-02T12:00:00Z").actions() == [
        "2026-04-19 14:00 first",
        "2026-04-19 15:00 second",
    ]
    sooner = on("2026-03-05 12:00", "event changes", object_id="e1", start="2026-03-10T12:00:00Z")
    assert booked("wait until 1 day before event.start", sooner, start="2026-04-02T12:00:00Z").actions() == [
        "2026-03-09 13:00 first",
        "2026-03-09 14:00 second",
    ]


def test_a_date_that_moves_into_the_past_ends_the_wait_as_one_that_is_past() -> None:
    """The wait's own policy says what follows, at the moment of the move."""
    moved = on("2026-03-05 12:00", "event changes", object_id="e1", start="2026-03-05T13:00:00Z")
    lived = booked("wait until 1 day before event.start", moved, start="2026-04-02T12:00:00Z")
    assert lived.actions() == ["2026-03-05 13:00 first skipped: date passed", "2026-03-05 14:00 second"]


def test_the_date_of_another_event_does_not_move_the_wait() -> None:
    """A run is about its own event: a change of another one leaves it alone."""
    other = on("2026-03-05 12:00", "event changes", object_id="e2", start="2026-03-05T13:00:00Z")
    lived = booked("wait until 1 day before event.start", other, start="2026-04-02T12:00:00Z")
    assert lived.actions()[0] == "2026-04-01 14:00 first"


def test_a_date_column_of_the_contact() -> None:
    """Waits look at columns as well: a date without a time is its local midnight, and `set` moves it."""
    program = """
        flow "Trial"
          when member joins program
          wait until 2 days before trial_ends
          then send chat "Soon over"
        flow "Longer"
          when contact buys offer
          then set trial_ends to 2026-02-20
    """
    contact = {"contact": "ann", "timezone": PARIS, "trial_ends": "2026-02-10"}
    joined, bought = on("2026-01-20", "joins program"), on("2026-02-01", "buys offer")
    assert live(program, joined, contacts=[contact], zone=PARIS).sends() == ["2026-02-08 00:00 Soon over"]
    assert live(program, joined, bought, contacts=[contact], zone=PARIS).sends() == ["2026-02-18 00:00 Soon over"]


# --- until something happens ------------------------------------------------------------------------------------------

LAUNCH = """
    flow "Launch"
      when member joins program
      then send email "Launch"
      wait until clicked "Launch" for up to 2 days
      if it happened
        then do "thank"
      otherwise do "remind"
      end
"""
JOINED = on("2026-01-05 10:00", "joins program")


@pytest.mark.parametrize(
    ("clicked", "action"),
    [
        ("2026-01-06 10:00", "2026-01-06 10:00 thank"),
        ("2026-01-07 10:00", "2026-01-07 10:00 thank"),
        ("2026-01-07 10:00:00.001", "2026-01-07 10:00 remind"),
    ],
)
def test_an_answer_exactly_at_the_deadline_counts(clicked: str, action: str) -> None:
    """The wait ends with the click or when its time is over; a click at that very millisecond comes first."""
    lived = live(LAUNCH, JOINED, on(clicked, "clicks email", "Launch"))
    assert lived.actions()[1:] == [action]


def test_another_answer_does_not_end_the_wait() -> None:
    """An opening is no click, and a click on another message is none on this one."""
    lived = live(LAUNCH, JOINED, on("2026-01-06", "opens email", "Launch"), on("2026-01-06", "clicks email", "Other"))
    assert lived.actions()[1:] == ["2026-01-07 10:00 remind"]


def test_an_answer_counts_for_the_latest_send() -> None:
    """With two runs under way, a click answers the second send alone: the first run's wait goes on."""
    lived = live(
        LAUNCH,
        on("2026-01-05 10:00", "joins program"),
        on("2026-01-06 10:00", "joins program"),
        on("2026-01-06 12:00", "clicks email", "Launch"),
    )
    assert lived.actions()[2:] == ["2026-01-06 12:00 thank", "2026-01-07 10:00 remind"]


def test_an_answer_of_the_scenario_belongs_to_the_send_that_caused_it() -> None:
    """A click on the first send, after the second has gone out, ends the first run's wait and not the second's."""
    lines = "scenario\n  assume contact clicks email 100% after 30 hours"
    program = f"{dedent(LAUNCH)}\n{lines}"
    lived = live(program, JOINED, on("2026-01-06 10:00", "joins program"))
    assert lived.actions()[2:] == ["2026-01-06 16:00 thank", "2026-01-07 16:00 thank"]


def test_a_click_is_an_opening_too() -> None:
    """Who clicks has opened: a wait for the opening ends, as `if opened` would say yes from then on."""
    program = LAUNCH.replace('until clicked "Launch"', 'until opened "Launch"')
    lived = live(program, JOINED, on("2026-01-06 10:00", "clicks email", "Launch"))
    assert lived.actions()[1:] == ["2026-01-06 10:00 thank"]


def test_without_a_send_of_its_own_a_run_waits_for_the_contacts_latest() -> None:
    """A flow that has not sent the message itself looks at the latest send of anybody."""
    program = """
        flow "Sender"
          when member joins program
          then send email "Launch"
        flow "Watcher"
          when contact gets tag
          wait until clicked "Launch"
          then do "seen"
    """
    lived = live(program, JOINED, on("2026-01-05 11:00", "gets tag", "t"), on("2026-01-06", "clicks email", "Launch"))
    assert lived.actions() == ["2026-01-05 10:00 Launch", "2026-01-06 00:00 seen"]


def test_what_happened_before_a_wait_does_not_end_it() -> None:
    """Events are met from the step on: a purchase before the wait is past, the next one counts."""
    program = 'when member joins program wait 2 days wait until buys offer for up to 9 days then do "x"'
    bought = [on("2026-01-06", "buys offer"), on("2026-01-10", "buys offer")]
    assert live(program, JOINED, *bought).actions() == ["2026-01-10 00:00 x"]


@pytest.mark.parametrize(
    "condition",
    ['has tag "vip"', 'plan is "pro"', "in program", 'buys offer or has tag "vip"'],
)
def test_a_state_that_holds_already_ends_a_wait_at_once(condition: str) -> None:
    """States and comparisons are met at once; then it did happen."""
    program = f'when member joins program wait until {condition} for up to 9 days if it happened then do "x" end'
    contact = {"contact": "ann", "tags": "vip", "plan": "pro"}
    assert live(program, JOINED, contacts=[contact]).actions() == ["2026-01-05 10:00 x"]


def test_a_state_is_looked_at_whenever_an_event_touches_the_contact() -> None:
    """A wait for a column ends when another flow sets it, at that instant."""
    program = """
        flow "Waiting"
          when member joins program
          wait until plan is "pro" and has tag "t" for up to 9 days
          then do "x"
        flow "Upgrade"
          when contact buys offer
          then set plan to "pro"
    """
    contact = {"contact": "ann", "plan": "free", "tags": "t"}
    lived = live(program, JOINED, on("2026-01-07", "buys offer"), contacts=[contact])
    assert lived.actions() == ["2026-01-07 00:00 plan", "2026-01-07 00:00 x"]


def test_messages_inside_and_count_from_the_step_on() -> None:
    """In a mixed condition an opening before the wait does not count, but a second opening during the wait does."""
    program = """
        flow "F"
          when member joins program
          then send email "L"
          wait 2 days
          wait until opened "L" and has tag "t" for up to 9 days
          then do "x"
    """
    contact = {"contact": "ann", "tags": "t"}
    first, second = on("2026-01-06", "opens email", "L"), on("2026-01-09", "opens email", "L")
    assert live(program, JOINED, first, contacts=[contact]).actions()[1:] == ["2026-01-16 10:00 x"]
    assert live(program, JOINED, first, second, contacts=[contact]).actions()[1:] == ["2026-01-09 00:00 x"]


def test_counts_in_a_wait_begin_with_the_step() -> None:
    """`wait until buys offer at least 2 times` counts from now on; with `since start`, from the run's start on."""
    rows = [JOINED, *(on(f"2026-01-{day:02}", "buys offer") for day in (6, 9, 11))]
    program = (
        'when member joins program wait 2 days wait until buys offer at least 2 times{} for up to 20 days then do "x"'
    )
    assert live(program.format(""), *rows).actions() == ["2026-01-11 00:00 x"]
    assert live(program.format(" since start"), *rows).actions() == ["2026-01-09 00:00 x"]


def test_a_wait_for_an_answer_to_a_skipped_message_passes_at_once() -> None:
    """There is nothing to wait for: it did not happen, and the run goes on in the same instant."""
    lived = live(LAUNCH, JOINED, contacts=[{"contact": "ann", "can_email": "no"}])
    assert lived.actions() == ["2026-01-05 10:00 Launch skipped: no consent", "2026-01-05 10:00 remind"]


def test_a_skipped_message_does_not_end_a_wait_for_something_else_too() -> None:
    """Where a purchase would do as well, the wait stands."""
    program = LAUNCH.replace('clicked "Launch"', 'clicked "Launch" or buys offer')
    lived = live(program, JOINED, on("2026-01-06", "buys offer"), contacts=[{"contact": "ann", "can_email": "no"}])
    assert lived.actions()[1:] == ["2026-01-06 00:00 thank"]


def test_it_happened_speaks_of_the_last_wait() -> None:
    """A second wait whose time runs out makes `it happened` false again."""
    program = """
        flow "F"
          when member joins program
          wait until buys offer for up to 9 days
          if it happened then do "one" end
          wait until abandons cart for up to 1 day
          if it happened then do "two" otherwise do "late" end
    """
    lived = live(program, JOINED, on("2026-01-06", "buys offer"), on("2026-01-06 12:00", "buys offer"))
    assert lived.actions() == ["2026-01-06 00:00 one", "2026-01-07 00:00 late"]


def test_a_wait_without_end_waits_for_ever() -> None:
    """Without `for up to` a run is still pending when the simulation ends, and its next action is planned."""
    program = 'when member joins program wait until buys offer then do "x"'
    lived = live(program, JOINED)
    assert (lived.runs(), lived.actions()) == (["pending: waiting"], ["never x planned"])
