"""Who may enter a flow: what triggers it, the tests of an entry in order, limits, and who is there already."""

from __future__ import annotations

import pandas as pd
import pytest
from lives import Row, live, on

import flowdsl
from flowdsl.calendar.clock import DAY
from flowdsl.machine import Happening, State, begin, prepare, to_json, wake

JOINED = on("2026-01-05 10:00", "joins program", "Yoga")
PARIS = "Europe/Paris"


def bought(*times: str, contact: str = "ann", **fields: object) -> list[Row]:
    """Purchases at several times."""
    return [on(time, "buys offer", "Basic", contact=contact, **fields) for time in times]


# --- triggers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "runs"),
    [
        ("joins program", 1),
        ('joins program "Yoga"', 1),
        ('joins program "Pilates" or "Yoga"', 1),
        ('joins program "Pilates"', 0),
        ("leaves program", 0),
        ("buys offer or when member joins program", 1),
    ],
)
def test_a_trigger_is_an_event_by_name_or_any(trigger: str, runs: int) -> None:
    """No name means any; several names or several triggers mean any of them."""
    lived = live(f'when member {trigger} then do "x"', JOINED)
    assert lived.runs() == ["completed"] * runs


def test_an_event_that_fits_two_triggers_of_a_flow_starts_one_run() -> None:
    """`or when` joins triggers of one flow: one event is one entry."""
    program = 'when member joins program where trigger.program is "X" or when member joins program "Yoga" then do "x"'
    assert live(program, JOINED).runs() == ["completed"]


def test_where_sees_the_trigger_and_the_contact() -> None:
    """An entry whose `where` fails is declined, with that reason."""
    program = 'when contact buys offer where amount > 50 and country is "FR" then do "x"'
    rows = [*bought("2026-01-05", amount=60), *bought("2026-01-06", amount=50), *bought("2026-01-07")]
    lived = live(program, *rows, contacts=[{"contact": "ann", "country": "FR"}])
    assert lived.runs() == ["completed", "declined: where", "declined: where"]
    assert live(program, *rows, contacts=[{"contact": "ann", "country": "BE"}]).runs() == ["declined: where"] * 3


@pytest.mark.parametrize(("nth", "started"), [("the 4th time", [4]), ("every 4th time", [4, 8])])
def test_counting_triggers_count_over_all_history(nth: str, started: list[int]) -> None:
    """`the 4th time` starts one run, `every 4th time` one in four; purchases before the start of all count too."""
    times = [f"2025-12-{day}" for day in (20, 21)] + [f"2026-01-{day:02}" for day in range(1, 8)]
    lived = live(f'when contact buys offer {nth} then do "x"', *bought(*times))
    assert lived.actions() == [f"{times[n - 1]} 00:00 x" for n in started]


def test_the_nth_time_counts_what_the_phrase_names() -> None:
    """Purchases of another offer do not count, nor do those of another contact."""
    rows = [
        on("2026-01-05", "buys offer", "A"),
        on("2026-01-06", "buys offer", "B"),
        on("2026-01-06", "buys offer", "A", contact="bob"),
        on("2026-01-07", "buys offer", "A"),
    ]
    program = 'when contact buys offer "A" the 2nd time then do "x"'
    lived = live(program, *rows, contacts=[{"contact": "ann"}, {"contact": "bob"}])
    assert (lived.actions(), lived.actions("bob")) == (["2026-01-07 00:00 x"], [])


def test_two_equal_rows_are_two_events() -> None:
    """An event that stands twice in the table, at one instant, happens twice."""
    lived = live('when contact buys offer the 2nd time then do "x"', *bought("2026-01-05", "2026-01-05"))
    assert lived.actions() == ["2026-01-05 00:00 x"]


@pytest.mark.parametrize(
    ("trigger", "column", "moments"),
    [
        ("7 days before ends at 09:00", "2026-01-20", ["2026-01-13 09:00"]),
        ("7 days before ends", "2026-01-20", ["2026-01-13 00:00"]),
        ("2 hours after ends", "2026-01-20T12:00:00Z", ["2026-01-20 15:00"]),
        ("1 month before ends at 09:00", "2026-03-31", ["2026-02-28 09:00"]),
        ("7 days before ends at 09:00", "2026-01-02", []),
        ("7 days before ends at 09:00", None, []),
        ("ends comes every year", "1990-02-10", ["2026-02-10 00:00", "2027-02-10 00:00"]),
        ("ends comes every year at 08:00", "1992-02-29", ["2026-02-28 08:00", "2027-02-28 08:00"]),
        ("7 days before ends every year", "1990-02-10", ["2026-02-03 00:00", "2027-02-03 00:00"]),
        ("1 month after ends every year at 08:00", "1990-01-31", ["2026-02-28 08:00", "2027-02-28 08:00"]),
    ],
)
def test_date_triggers_read_a_column(trigger: str, column: str | None, moments: list[str]) -> None:
    """On the contact's clock; 29 February comes on the 28th in other years; a past or missing date never comes."""
    contacts = [{"contact": "ann", "timezone": PARIS, "ends": column}, {"contact": "bob", "ends": "2026-02-01"}]
    lived = live(f'when {trigger} then do "x"', contacts=contacts, zone=PARIS, days=500)
    assert lived.actions() == [f"{moment} x" for moment in moments]


def test_a_date_that_is_changed_and_changed_back_comes_once() -> None:
    """A column that is set moves its trigger; the moments it no longer has do not come."""
    program = """
        flow "Trial"
          when 7 days before ends
          then do "x"
        flow "Longer"
          when contact buys offer
          then set ends to 2026-02-20
        flow "Back"
          when contact abandons cart
          then set ends to 2026-02-10
        flow "Weekly"
          when every monday
          then do "weekly"
    """
    longer, back = bought("2026-01-05"), [on("2026-01-06", "abandons cart")]
    contacts = [{"contact": "ann", "ends": "2026-02-10"}]

    def moments(*rows: Row) -> list[str]:
        return [line for line in live(program, *rows, contacts=contacts, days=90).actions() if line.endswith("x")]

    assert moments() == ["2026-02-03 00:00 x"]
    assert moments(*longer) == ["2026-02-13 00:00 x"]
    assert moments(*longer, *back) == ["2026-02-03 00:00 x"]


@pytest.mark.parametrize(
    ("schedule", "moments"),
    [
        ("every monday at 09:00", ["2026-01-05 09:00", "2026-01-12 09:00"]),
        ("every month on day 1 at 09:00", ["2026-01-01 09:00"]),
        ("every month on day 31 at 09:00", []),
    ],
)
def test_schedules_start_a_run_for_every_contact_that_passes_where(schedule: str, moments: list[str]) -> None:
    """Each on its own clock; who fails `where` is not meant, so nothing is declined."""
    program = f'when {schedule} where plan is "pro" then do "x"'
    contacts = [{"contact": "ann", "timezone": PARIS, "plan": "pro"}, {"contact": "bob", "plan": "free"}]
    lived = live(program, contacts=contacts, zone=PARIS, days=14, start="2025-12-31T23:00:00Z")
    assert lived.actions() == [f"{moment} x" for moment in moments]
    assert lived.runs("bob") == []


def test_the_last_day_stands_for_a_missing_one() -> None:
    """`on day 31` is the last day of shorter months, in each month anew."""
    lived = live('when every month on day 31 at 09:00 then do "x"', days=120)
    assert [line[:10] for line in lived.actions()] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]


def test_a_custom_event_starts_a_run() -> None:
    """Anything can happen; its fields are there for `where`."""
    program = 'when "checkout_started" happens where amount > 10 then do "x"'
    rows = [on("2026-01-05", "checkout_started", amount=20), on("2026-01-06", "other", amount=20)]
    assert live(program, *rows).actions() == ["2026-01-05 00:00 x"]


# --- the order of the tests -------------------------------------------------------------------------------------------


def test_each_test_of_an_entry_comes_in_its_turn() -> None:
    """Everything is against this entry; taking one obstacle away at a time shows the order of the reasons."""
    program = """
        flow "F"{paused}
          when contact buys offer where amount > 50
          limit once per contact
          unless has tag "t"
          goal plan is "pro"
          {dates}
          then do "x"
        flow "Tag"
          when contact abandons cart
          then add tag "t"
          then set plan to "pro"
    """
    rows = [
        *bought("2026-01-03", amount=60),
        on("2026-01-04", "abandons cart"),
        *bought("2026-01-05", amount=10),
        *bought("2026-01-06", amount=60),
    ]
    contact = [{"contact": "ann", "plan": "free"}]

    def runs(paused: str = "", dates: str = "", *more: Row, skip: int = 0) -> list[str]:
        return live(program.format(paused=paused, dates=dates), *rows[skip:], *more, contacts=contact).runs(flow="F")

    assert runs(" paused") == ["declined: paused"] * 3
    assert runs("", "starting 2026-01-07") == ["declined: before start"] * 3
    assert runs("", "ending 2026-01-04") == ["completed", "declined: after end", "declined: after end"]
    assert runs() == ["completed", "declined: where", "declined: limit"]
    assert runs(skip=1) == ["declined: where", "declined: unless"]
    assert runs("", "", on("2026-01-05 12:00", "loses tag", "t"), skip=1)[-1] == "declined: goal already met"


def test_dates_of_a_flow_are_local_days_and_the_last_one_is_whole() -> None:
    """`starting` is that day's midnight (or the time said), `ending` includes the whole day, on the flow's clock."""
    program = 'when contact buys offer starting 2026-01-10 ending 2026-01-11 timezone "Europe/Paris" then do "x"'
    times = ["2026-01-09 22:59", "2026-01-09 23:00", "2026-01-11 22:59", "2026-01-11 23:00"]
    assert live(program, *bought(*times)).runs() == [
        "declined: before start",
        "completed",
        "completed",
        "declined: after end",
    ]
    timed = 'when contact buys offer starting 2026-01-10 at 09:00 then do "x"'
    assert live(timed, *bought("2026-01-10 08:59", "2026-01-10 09:00")).runs() == [
        "declined: before start",
        "completed",
    ]


def test_runs_under_way_go_on_after_the_end_of_a_flow() -> None:
    """`ending` is about entries alone."""
    program = 'when contact buys offer ending 2026-01-06 wait 9 days then do "x"'
    assert live(program, *bought("2026-01-05")).actions() == ["2026-01-14 00:00 x"]


def test_a_declined_entry_has_no_run_number_and_ends_when_it_began() -> None:
    """Numbers go to runs that start: 1, 2…"""
    lived = live(
        'when contact buys offer where amount > 5 then do "x"', *bought("2026-01-05"), *bought("2026-01-06", amount=9)
    )
    declined, started = lived.rows("runs")
    assert (pd.isna(declined["run"]), started["run"]) == (True, 1)
    assert declined["started"] == declined["ended"]


# --- goals at entry ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clause", ["goal", "exit when"])
@pytest.mark.parametrize(
    ("condition", "run"),
    [
        ('has tag "vip"', "declined: goal already met"),
        ('plan is "pro"', "declined: goal already met"),
        ('bought offer "A"', "pending: waiting"),
        ("buys offer at least 1 time", "pending: waiting"),
        ('opened "L"', "pending: waiting"),
        ('has tag "none"', "pending: waiting"),
    ],
)
def test_a_state_that_holds_already_declines_the_entry_and_history_does_not(
    clause: str, condition: str, run: str
) -> None:
    """States are met at once; events, messages and history count from the start of the run."""
    program = f'when member joins program {clause} {condition} wait 90 days then send email "L"'
    before = [
        on("2026-01-02", "buys offer", "A"),
        on("2026-01-02", "receives email", "L"),
        on("2026-01-03", "opens email", "L"),
    ]
    contact = {"contact": "ann", "tags": "vip", "plan": "pro"}
    assert live(program, *before, JOINED, contacts=[contact]).runs() == [run]


# --- limits -----------------------------------------------------------------------------------------------------------

TIMES = ["2026-01-05 10:00", "2026-01-05 22:00", "2026-01-06 09:59", "2026-01-06 10:00", "2026-01-06 10:01"]


@pytest.mark.parametrize(
    ("limit", "started"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("limit once per contact", [0]),
        ("limit 3 times per contact", [0, 1, 2]),
        ("limit once per contact every 24 hours", [0, 3]),
        ("limit 2 times per contact every 24 hours", [0, 1, 3]),
        ("limit once per contact every 12 hours", [0, 1, 3]),
    ],
)
def test_limits_of_a_contact(limit: str, started: list[int]) -> None:
    """In all, or rolling: 24 hours after the start that used it up there is room again, at the very moment."""
    lived = live(f'when contact buys offer {limit} then do "x"', *bought(*TIMES))
    assert lived.actions() == [f"{TIMES[n]} x" for n in started]
    assert lived.runs().count("declined: limit") == len(TIMES) - len(started)


def test_only_started_runs_use_up_the_limit() -> None:
    """An entry that another test declines leaves the limit as it was."""
    program = 'when contact buys offer where amount > 50 limit once per contact unless has tag "t" then do "x"'
    rows = [
        *bought("2026-01-04", amount=1),
        on("2026-01-04", "gets tag", "t"),
        *bought("2026-01-05", amount=99),
        on("2026-01-06", "loses tag", "t"),
        *bought("2026-01-07", amount=99),
        *bought("2026-01-08", amount=99),
    ]
    assert live(program, *rows).runs() == ["declined: where", "declined: unless", "completed", "declined: limit"]


def test_one_at_a_time() -> None:
    """A run under way keeps the next one out; when it is over there is room."""
    program = 'when contact buys offer limit one at a time wait 2 days then do "x"'
    lived = live(program, *bought("2026-01-05", "2026-01-06", "2026-01-08"))
    assert lived.runs() == ["completed", "declined: limit", "completed"]


def test_runs_of_one_contact_may_overlap() -> None:
    """Without a limit every event starts a run of its own."""
    lived = live('when contact buys offer wait 2 days then do "x"', *bought("2026-01-05", "2026-01-06"))
    assert lived.spans() == ["2026-01-05 00:00 to 2026-01-07 00:00", "2026-01-06 00:00 to 2026-01-08 00:00"]


def test_a_limit_per_event_counts_each_event_by_itself() -> None:
    """Once for each event of the contact."""
    program = 'when event becomes "confirmed" limit once per event then do "x"'
    rows = [
        on(time, "event becomes", "confirmed", object_id=event)
        for time, event in [("2026-01-05", "e1"), ("2026-01-06", "e2"), ("2026-01-07", "e1")]
    ]
    assert live(program, *rows).runs() == ["completed", "completed", "declined: limit"]


def test_limits_are_of_each_contact() -> None:
    """What one contact does touches only that contact."""
    rows = [*bought("2026-01-05"), *bought("2026-01-06", contact="bob")]
    program = 'when contact buys offer limit once per contact then do "x"'
    lived = live(program, *rows, contacts=[{"contact": "ann"}, {"contact": "bob"}])
    assert (lived.runs(), lived.runs("bob")) == (["completed"], ["completed"])


# --- who is there already ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "contact"),
    [
        ('joins program "Yoga"', {"programs": "Yoga"}),
        ("joins program", {"programs": "Pilates"}),
        ('gets tag "vip"', {"tags": "new;vip"}),
        ('joins group "A" or "B"', {"groups": "B"}),
        ('joins program where trigger.program is "Yoga"', {"programs": "Pilates;Yoga"}),
        ('buys membership "Gold"', {"membership": "Gold"}),
    ],
)
def test_include_existing_enrols_who_is_in_that_state(trigger: str, contact: Row) -> None:
    """At the beginning, as if the event had just happened; who is not in that state waits for the event."""
    program = f'when contact {trigger} include existing then do "x"'
    contacts = [{"contact": "ann", **contact}, {"contact": "bob"}]
    lived = live(program, contacts=contacts)
    assert (lived.actions(), lived.runs("bob")) == (["2026-01-01 00:00 x"], [])


def test_without_include_existing_only_events_count() -> None:
    """Who joined long ago is not meant."""
    assert (
        live('when contact joins program then do "x"', contacts=[{"contact": "ann", "programs": "Yoga"}]).runs() == []
    )


def test_existing_are_enrolled_at_starting_when_that_is_later() -> None:
    """On the flow's clock; who has left by then is not enrolled, who joined in between is."""
    program = 'when contact joins group "A" include existing starting 2026-01-10 at 09:00 then do "x"'
    contacts = [
        {"contact": "ann", "groups": "A", "timezone": PARIS},
        {"contact": "bob", "groups": "A"},
        {"contact": "cem"},
    ]
    rows = [on("2026-01-05", "leaves group", "A", contact="bob"), on("2026-01-06", "joins group", "A", contact="cem")]
    lived = live(program, *rows, contacts=contacts)
    assert (lived.actions(), lived.actions("bob")) == (["2026-01-10 08:00 x"], [])
    assert lived.runs("cem") == ["declined: before start", "completed"]


def test_existing_pass_the_same_entry_tests() -> None:
    """`unless` and limits hold for them as well."""
    program = 'when contact joins group include existing limit once per contact unless has tag "t" then do "x"'
    contacts = [{"contact": "ann", "groups": "A", "tags": "t"}, {"contact": "bob", "groups": "A"}]
    lived = live(program, on("2026-01-05", "joins group", "B", contact="bob"), contacts=contacts)
    assert (lived.runs(), lived.runs("bob")) == (["declined: unless"], ["completed", "declined: limit"])


# --- rows before the start --------------------------------------------------------------------------------------------


def test_rows_before_the_start_build_state_and_start_no_run() -> None:
    """They count, set tags, suppress and flag messages; a flow sees them and nobody is enrolled by them."""
    program = """
        flow "F"
          when contact buys offer
          if bought offer exactly 3 times then do "third" end
          if has tag "vip" then do "vip" end
          if opened "L" then do "opened" end
          if event.status is "confirmed" then do "about another object" end
          then send email "x"
    """
    history = [
        *bought("2025-11-01", "2025-12-01"),
        on("2025-12-02", "gets tag", "vip"),
        on("2025-12-03", "receives email", "L"),
        on("2025-12-04", "opens email", "L"),
        on("2025-12-05", "unsubscribes"),
    ]
    program = program.replace('  if event.status is "confirmed" then do "about another object" end\n', "")
    lived = live(program, *history, *bought("2026-01-05"))
    assert lived.runs() == ["completed"]
    assert [line[17:] for line in lived.actions()] == ["third", "vip", "opened", "x skipped: unsubscribed"]


def test_warm_from_shows_runs_that_are_on_their_way() -> None:
    """Flows run from there and rows show from the start: the forecast holds what earlier entries bring."""
    program = 'when contact buys offer wait 10 days then do "x" wait 10 days then do "y"'
    warm = live(program, *bought("2025-12-20", "2025-12-01"), warm_from="2025-12-10")
    assert warm.actions() == ["2026-01-09 00:00 y"]
    assert warm.spans() == ["2025-12-20 00:00 to 2026-01-09 00:00"]
    assert live(program, *bought("2025-12-20")).actions() == []


def test_a_state_does_not_grow_with_every_entry() -> None:
    """A limit of two a week keeps the times of two entries, also after a hundred weeks."""
    ready = prepare(flowdsl.load_plan(flowdsl.dump(
        'when member joins program limit 2 times per contact every 7 days then add tag "t"'
    )))  # fmt: skip
    state = State("ann")
    begin(ready, state)
    for week in range(100):
        state = wake(ready, state, [Happening("program.joined", "Yoga")], week * 7 * DAY).state
    (limit,) = to_json(ready, state)["limits"].values()
    assert limit["total"] == 100
    assert len(limit["last"]) == 2
