"""What scenarios let happen: new contacts, numbers in doubt and by column, hours, states at the beginning, chains."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import sqrt
from random import Random
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from lives import Lived, Row, live, on, rows_of, setting_of

import flowdsl
from flowdsl import DataError, ProgramError, RunError, Scenario
from flowdsl.calendar import clock
from flowdsl.plan import plan
from flowdsl.results.records import Record

PEOPLE: list[Row] = [
    {"contact": f"c{n}", "plan": "pro" if n % 2 else "free", "p": [0.0, 0.25, None, 1.0][n % 4]} for n in range(2000)
]
FLOW = """
flow "F"
  when member joins program
  then send email "L"
"""


def near(count: int, mean: float, variance: float | None = None) -> bool:
    """Within five standard deviations of a Poisson law, or of one with this variance."""
    return abs(count - mean) <= 5 * sqrt(mean if variance is None else variance)


def rows(lines: str, *events: Row, people: list[Row] = PEOPLE, days: int = 30, **keys: int) -> dict[str, list[Record]]:
    """Every contact's rows under a scenario."""
    return rows_of(setting_of(f"{FLOW}scenario\n{lines}", events, people, days=days, **keys))


def world_of(text: str) -> flowdsl.World:
    """The scenario of a program."""
    return flowdsl.load_plan(flowdsl.dump(text)).world[0]


def happened(found: dict[str, list[Record]], event: str) -> list[tuple[str, Record]]:
    return [(who, row) for who, many in found.items() for row in many if row.action == event]


def joins(people: list[Row] = PEOPLE) -> list[Row]:
    return [on("2026-01-05", "joins program", "Yoga", contact=one["contact"]) for one in people]


# --- new contacts -----------------------------------------------------------------------------------------------------

NEW = 'assume 120 new contacts per day join program "Yoga" like the table'


def test_new_contacts_come_as_a_poisson_process() -> None:
    """120 a day for 30 days are 3,600 give or take, each day 120: mean and variance; ids are in order of arrival."""
    found = happened(rows(NEW, people=PEOPLE[:50]), "program.joined")
    assert near(len(found), 3600)
    assert [who for who, _ in found] == [f"new-{n}" for n in range(1, len(found) + 1)]
    times = [row.time for _, row in found]
    assert times == sorted(times)
    daily = pd.Series(times).floordiv(86_400_000).value_counts()
    assert abs(daily.var() - 120) < 5 * 120 * sqrt(2 / 30)


def test_new_contacts_with_hours_come_in_them_and_as_often_as_without() -> None:
    """On the workspace's clock, through the change to summer time, never outside; lines with other hours make a
    profile of the week."""
    lines = """
      assume 60 new contacts per day join program "Yoga" on weekdays between 09:00 and 17:00 like the table
      assume 20 new contacts per day join program "Yoga" on weekends like the table
    """
    program = f'workspace timezone "Europe/Paris"\n{FLOW}scenario\n{lines}'
    config = setting_of(program, (), PEOPLE[:5], start="2026-03-02", days=84)
    paris = ZoneInfo("Europe/Paris")
    found = [datetime.fromtimestamp(row.time / 1000, paris) for _, row in happened(rows_of(config), "program.joined")]
    office = [one for one in found if one.weekday() < 5]
    assert near(len(office), 84 * 60)
    assert near(len(found) - len(office), 84 * 20)
    counts = pd.Series([one.hour for one in office]).value_counts()
    assert set(counts.index) == set(range(9, 17))
    assert all(near(int(count), len(office) / 8) for count in counts)


def test_new_contacts_are_like_rows_of_the_table_and_get_what_flows_send() -> None:
    """Columns, sets, consent and zone come from a row chosen by key; every row is as likely."""
    people: list[Row] = [
        {"contact": "a", "plan": "pro", "tags": "x", "can_email": "yes", "timezone": "Asia/Tokyo"},
        {"contact": "b", "plan": "free", "tags": "y", "can_email": "no", "timezone": "Europe/Paris"},
    ]
    program = """
        flow "F"
          when member joins program
          only between 09:00 and 10:00
          then send email "Pro" unless plan is "free"
          then send sms "X" unless has no tag "x"
        scenario
          assume 20 new contacts per day join program like the table
    """
    lived = live(program, contacts=people, days=20)
    sends = lived.results.sends.set_index("contact")
    email = sends[sends["channel"] == "email"]
    assert set(email["reason"].dropna()) == {"unless"}
    like_a = set(email[email["status"] == "sent"].index)
    assert near(len(like_a), len(email) / 2, len(email) / 4)
    hours = email[email["status"] == "sent"]["time"].dt.tz_convert("Asia/Tokyo").dt.hour
    assert set(hours) == {9}
    sms = sends[(sends["channel"] == "sms") & (sends["status"] == "sent")]
    assert set(sms.index) == like_a


def test_without_the_table_nothing_is_known_of_new_contacts() -> None:
    """No column, no tag; where the table tells of consent, none is given."""
    people: list[Row] = [{"contact": "a", "plan": "pro", "tags": "x", "can_email": "yes"}]
    program = """
        flow "F"
          when member joins program
          if plan is known or has tag
            then do "known"
          end
          then send email "L"
        scenario
          assume 5 new contacts per day join program
    """
    lived = live(program, contacts=people, days=20)
    assert "known" not in set(lived.results.actions["name"])
    assert set(lived.results.sends["reason"]) == {"no consent"}


def test_table_contacts_live_the_same_with_and_without_new_ones() -> None:
    """New contacts change no row of the table's own: chance is paired."""
    lines = "assume contact opens email 40% after about 4 hours\nassume contact visits page 0.3 per contact per day\n"
    people = PEOPLE[:60]
    without, beside = (rows(lines + more, *joins(people), people=people) for more in ("", NEW))
    assert len(beside) > len(without) == 60
    assert all(beside[who] == without[who] for who in without)


def test_nothing_enrols_new_contacts_before_they_come() -> None:
    """Dates and the calendar start runs from the arrival on; `include existing` speaks of who is there then."""
    people: list[Row] = [{"contact": "a", "ends": "2026-01-20", "tags": "x"}]
    program = """
        flow "Weekly"
          when every monday at 09:00
          then do "monday"
        flow "Ends"
          when 1 day before ends
          then do "ends"
        flow "Old"
          when contact gets tag "x"
          include existing
          then do "old"
        flow "Late" paused
          when contact gets tag "x"
          include existing
          then do "late"
        scenario
          assume 3 new contacts per day visit page "Home" like the table
          at day 10 activate flow "Late"
    """
    lived = live(program, contacts=people, days=40)
    actions, records = lived.results.actions, lived.results.records
    arrived = records[records["action"] == "page.visited"].set_index("contact")["time"]
    assert near(len(arrived), 120)
    born = actions["contact"].map(arrived)
    assert (actions["time"] >= born)[born.notna()].all()
    mondays = pd.date_range("2026-01-05 09:00", "2026-02-10", freq="7D", tz="UTC")
    told = actions[actions["name"] == "monday"].groupby("contact").size()
    expected = arrived.map(lambda at: (mondays >= at).sum())
    assert (told.reindex(arrived.index, fill_value=0) == expected).all()
    assert set(actions[actions["name"] == "old"]["contact"]) == {"a"}
    there = set(arrived[arrived <= pd.Timestamp("2026-01-10", tz="UTC")].index)
    assert set(actions[actions["name"] == "late"]["contact"]) == there | {"a"}
    before = set(arrived[arrived <= pd.Timestamp("2026-01-19", tz="UTC")].index)
    assert set(actions[actions["name"] == "ends"]["contact"]) == before | {"a"}


def test_far_too_many_new_contacts_are_refused_before_they_are_made() -> None:
    """A slip in the unit of time is told at once."""
    with pytest.raises(RunError, match="about 2,592,000,000 new contacts would arrive") as told:
        rows("assume 1000 new contacts per second join program", people=PEOPLE[:1])
    assert told.value.diagnostics[0].code == "E718"


def test_ids_of_new_contacts_must_be_free() -> None:
    """A table that has `new-3` is refused, with the id."""
    with pytest.raises(DataError, match="new-3") as error:
        live(f"{FLOW}scenario\n{NEW}", contacts=[{"contact": "new-3"}])
    assert [diagnostic.code for diagnostic in error.value.diagnostics] == ["E515"]


def test_stories_and_tables_know_new_contacts() -> None:
    """They stand behind the table's, in the order of arrival, and have a story of their own."""
    lived = live(f"{FLOW}scenario\n{NEW}", contacts=[{"contact": "ann"}], days=2)
    assert list(lived.results.runs["contact"])[:2] == ["new-1", "new-2"]
    assert 'joined program "Yoga": run 1 of "F" began' in lived.results.story("new-2")


# --- doubt ------------------------------------------------------------------------------------------------------------


def test_a_number_in_doubt_is_one_number_in_each_replication() -> None:
    """Each replication believes a share of its own between the two, the same in every contact, and repeats exactly."""
    lines = "assume contact opens email 20% to 80%"
    shares = []
    for replication in range(8):
        found = rows(lines, *joins(), replication=replication)
        shares.append(len(happened(found, "email.opened")) / len(PEOPLE))
    assert all(0.15 < share < 0.85 for share in shares)
    assert max(shares) - min(shares) > 0.2  # all eight within 0.2 of each other: 2e-4
    again = rows(lines, *joins(), replication=3)
    assert len(happened(again, "email.opened")) / len(PEOPLE) == shares[3]


def test_doubt_is_drawn_by_what_a_line_is_about() -> None:
    """Other lines, and their order, change no believed number; lines about others believe numbers of their own."""
    one, other = (f'assume contacts where plan is "{plan}" open email 10% to 90%\n' for plan in ("pro", "free"))
    found = [rows(lines, *joins()) for lines in (one + other, other + one)]
    assert found[0] == found[1]
    opened = [who for who, _ in happened(found[0], "email.opened")]
    pro = sum(int(who[1:]) % 2 for who in opened)
    alone = happened(rows(one, *joins()), "email.opened")
    assert len(alone) == pro
    assert abs(pro - (len(opened) - pro)) > 50  # alike only by chance: the two draws are apart under this seed


def test_rates_can_be_in_doubt() -> None:
    """0.2 to 1.8 a day for 2,000 contacts: each replication far from the other, each count a Poisson one."""
    lines = "assume contact visits page 0.2 to 1.8 per contact per day"
    counts = [len(happened(rows(lines, people=PEOPLE[:200], days=10, replication=n), "page.visited")) for n in range(4)]
    assert all(2000 * 0.2 - 100 < count < 2000 * 1.8 + 300 for count in counts)
    assert len(set(counts)) == 4


# --- by column --------------------------------------------------------------------------------------------------------


def test_shares_by_column_are_each_contacts_own() -> None:
    """0 never, 1 always, a missing value never, a quarter as a quarter does."""
    opened = {who for who, _ in happened(rows('assume contact opens email by column "p"', *joins()), "email.opened")}
    by_rest = [sum(int(who[1:]) % 4 == rest for who in opened) for rest in range(4)]
    assert (by_rest[0], by_rest[2], by_rest[3]) == (0, 0, 500)
    assert near(by_rest[1], 125, 500 * 0.25 * 0.75)


def test_rates_by_column_are_each_contacts_own() -> None:
    """So many a day as the contact's cell says, none where it says nothing."""
    found = happened(rows('assume contact visits page by column "p" per contact per day', days=10), "page.visited")
    by_rest = [sum(int(who[1:]) % 4 == rest for who, _ in found) for rest in range(4)]
    assert (by_rest[0], by_rest[2]) == (0, 0)
    assert near(by_rest[1], 1250)
    assert near(by_rest[3], 5000)


def test_numbers_that_cannot_be_are_refused_with_their_rows() -> None:
    """A share above 1 and a negative rate are told before anything runs, all of them, by check as well."""
    people = pd.DataFrame({"contact": ["a", "b", "c"], "p": [0.5, 35, -0.1], "v": [3.0, -1.0, None]})
    text = f"""{FLOW}scenario
      assume contact opens email by column "p"
      assume contact visits page by column "v" per contact per week"""
    with pytest.raises(DataError, match="rows 1, 2") as error:
        flowdsl.simulate(text, people, start="2026-01-01", days=3)
    assert [diagnostic.code for diagnostic in error.value.diagnostics] == ["E514", "E514"]
    assert [diagnostic.code for diagnostic in flowdsl.check(text, people)] == ["E514", "E514"]


def test_columns_that_scenarios_read_must_be_there() -> None:
    """A slip in a column's name is told with the right one."""
    (diagnostic,) = flowdsl.check(
        f'{FLOW}scenario\n assume contact opens email by column "plann"', pd.DataFrame(PEOPLE[:3])
    )
    assert (diagnostic.code, diagnostic.reason) == ("E410", 'did you mean "plan"?')


# --- hours ------------------------------------------------------------------------------------------------------------

HOURS = "on monday to friday between 09:00 and 17:00"


def test_rates_with_hours_come_in_them_and_as_often_as_without() -> None:
    """On every contact's own clock, through the change to summer time, never outside; the mean rate stays."""
    zones = ["Europe/Paris", "America/New_York", "Asia/Kolkata"]
    people: list[Row] = [{"contact": f"c{n}", "timezone": zones[n % 3]} for n in range(300)]
    config = setting_of(
        f"{FLOW}scenario\n assume contact visits page 0.5 per contact per day {HOURS}", (), people,
        start="2026-03-02", days=84,
    )  # fmt: skip
    found = happened(rows_of(config), "page.visited")
    assert near(len(found), 300 * 84 * 0.5)
    for who, row in found:
        local = datetime.fromtimestamp(row.time / 1000, ZoneInfo(zones[int(who[1:]) % 3]))
        assert local.weekday() < 5
        assert 9 <= local.hour < 17
    hours = pd.Series(
        [datetime.fromtimestamp(row.time / 1000, ZoneInfo(zones[int(who[1:]) % 3])).hour for who, row in found]
    )
    counts = hours.value_counts()
    assert all(near(int(counts[hour]), len(found) / 8) for hour in range(9, 17))


def test_lines_with_other_hours_make_a_profile() -> None:
    """Weekdays and weekends are two lines; both count, and neither contradicts the other."""
    lines = """
      assume contact visits page 5 per contact per week on weekdays
      assume contact visits page 4 per contact per week on weekends
    """
    found = happened(rows(lines, people=PEOPLE[:100], days=35), "page.visited")
    weekend = sum(datetime.fromtimestamp(row.time / 1000, ZoneInfo("UTC")).weekday() >= 5 for _, row in found)
    assert near(weekend, 100 * 5 * 4)
    assert near(len(found) - weekend, 100 * 5 * 5)


def test_open_time_is_walked_to_the_millisecond() -> None:
    """`after_open` agrees with a walk minute by minute through `is_open`, over changes of the clocks."""
    draw = Random(7)
    zone = clock.zone("Europe/Paris")
    for _ in range(60):
        window = clock.Window(draw.randint(1, 127), draw.choice([0, 120, 540, 1320]), draw.choice([180, 360, 1440]))
        at = clock.date_at(clock.days_from_civil(2026, draw.choice([3, 10]), 28), draw.randint(0, 1439), zone)
        length = draw.randint(1, 3000)
        walked, left = at, length
        while left or not clock.is_open(walked, window, zone):
            left -= clock.is_open(walked, window, zone)
            walked += clock.MINUTE
        assert clock.after_open(at, length * clock.MINUTE, clock.stretches(window), zone) == walked


def test_a_line_for_some_contacts_replaces_the_one_for_all() -> None:
    """The most specific line counts: pros visit 3 times a week, not 3 and 1 more; where it holds no hour, the other."""
    lines = """
      assume contact visits page 1 per contact per week
      assume contacts where plan is "pro" visit page 3 per contact per week
    """
    found = happened(rows(lines, people=PEOPLE[:400], days=28), "page.visited")
    pro = sum(int(who[1:]) % 2 for who, _ in found)
    assert near(pro, 200 * 4 * 3)
    assert near(len(found) - pro, 200 * 4)


# --- states at the beginning ------------------------------------------------------------------------------------------


def having(lived: Lived) -> set[str]:
    return set(lived.results.actions["contact"])


SHOW = 'flow "F"\n when every day at 09:00\n limit once per contact\n if {state} then do "x" end\nscenario\n'


def test_contacts_have_a_state_at_the_beginning_with_a_chance() -> None:
    """20% of those who had none have a membership; who has one keeps it, and no event comes of it."""
    people = [{**one, "membership": "Gold" if n < 400 else None} for n, one in enumerate(PEOPLE)]
    lived = live(
        SHOW.format(state="has membership") + "assume 20% of contacts have membership", contacts=people, days=2
    )
    members = having(lived)
    assert {one["contact"] for one in people[:400]} < members
    assert near(len(members) - 400, 320, 1600 * 0.2 * 0.8)
    assert not (lived.results.records["kind"] == "event").any()


def test_states_are_given_to_some_contacts_and_by_name() -> None:
    """Tags, groups and programs, under a condition, the line for some before the line for all, in any order."""
    general = 'assume 10% of contacts are in group "g"\n'
    special = 'assume 60% of contacts where plan is "pro" are in group "g"\n'
    found = [
        having(live(SHOW.format(state='in group "g"') + lines, contacts=PEOPLE, days=2))
        for lines in (general + special, special + general)
    ]
    assert found[0] == found[1]
    pro = sum(int(who[1:]) % 2 for who in found[0])
    assert near(pro, 600, 1000 * 0.6 * 0.4)
    assert near(len(found[0]) - pro, 100, 1000 * 0.1 * 0.9)
    more = having(live(SHOW.format(state='in group "g"') + general.replace("10%", "20%"), contacts=PEOPLE, days=2))
    assert having(live(SHOW.format(state='in group "g"') + general, contacts=PEOPLE, days=2)) < more


# --- chains -----------------------------------------------------------------------------------------------------------


def test_chains_go_through_any_event_and_keep_its_fields() -> None:
    """Steps of a program follow each other; `of program "Yoga"` belongs to the step, the second `of` to the share."""
    program = """
        flow "S1"
          when participant completes step "S1" of program "Yoga"
          then do "first"
        flow "S2"
          when participant completes step "S2" of program "Yoga"
          then do "second"
        flow "Other"
          when participant completes step "S1" of program "Pilates"
          then do "other"
        scenario
          assume contact completes step "S1" of program "Yoga" 50% of joining program "Yoga" after 1 day
          assume contact completes step "S2" of program "Yoga" 40% of completing step "S1" of program "Yoga" after 1 day
          assume contact completes step "S3" 100% of completing step "S1" of program "Pilates"
    """
    lived = live(program, *joins(), contacts=PEOPLE)
    done = lived.results.actions["name"].value_counts()
    assert near(int(done["first"]), 1000, 500)
    assert near(int(done["second"]), done["first"] * 0.4, done["first"] * 0.24)
    assert set(done[done > 0].index) == {"first", "second"}
    assert "S3" not in set(lived.results.records["name"])


def test_the_order_of_lines_changes_nothing() -> None:
    """A scenario turned around gives the same rows, but for answers of one instant."""
    lines = [
        NEW,
        "assume contact opens email 20% to 60% after about 3 hours",
        "assume contact clicks email 50% of opening it after about 1 hour",
        'assume contacts where plan is "pro" buy offer "O" 0.2 per contact per week on weekdays',
        'assume contact buys offer "O" 0.1 per contact per week',
        'assume 30% of contacts have tag "x"',
    ]
    people = PEOPLE[:40]
    there, back = (rows("\n".join(each), *joins(people), people=people, days=14) for each in (lines, lines[::-1]))
    assert there == back


# --- a flow edited while runs are under way ---------------------------------------------------------------------------

EDITED = """
flow "A"
  when member joins program
  limit 2 times per contact
  wait 3 days
  then do "old"
flow "A2" paused
  when member joins program
  limit 2 times per contact
  wait 1 day
  then do "new"
scenario
  at day 10 replace flow "A" with flow "A2"
"""


def test_a_replaced_flow_keeps_its_runs_and_enrols_nobody_more() -> None:
    """Runs under way finish as they began; from that moment on entries are the new flow's."""
    lived = live(EDITED, on("2026-01-09", "joins program"), on("2026-01-10", "joins program"))
    assert lived.actions() == ["2026-01-11 00:00 new", "2026-01-12 00:00 old"]
    assert lived.runs(flow="A") == ["completed", "declined: replaced"]
    assert lived.runs(flow="A2") == ["declined: paused", "completed"]


def test_entries_of_the_old_flow_count_for_the_limit_of_the_new_one() -> None:
    """Two starts of A leave none for A2."""
    times = ("2026-01-02", "2026-01-08", "2026-01-12")
    lived = live(EDITED, *(on(time, "joins program") for time in times))
    assert lived.runs(flow="A2")[-1] == "declined: limit"
    assert [one.split(" ", 2)[2] for one in lived.actions()] == ["old", "old"]


def test_one_at_a_time_minds_runs_of_the_old_flow() -> None:
    """While a run of A is under way, A2 takes nobody; then it does."""
    text = EDITED.replace("limit 2 times per contact", "limit one at a time")
    lived = live(
        text, on("2026-01-09", "joins program"), on("2026-01-11", "joins program"), on("2026-01-13", "joins program")
    )
    assert lived.runs(flow="A2") == ["declined: paused", "declined: limit", "completed"]


def test_a_flow_that_takes_a_place_enrols_existing_contacts_then() -> None:
    """`include existing` of the new flow looks at the moment it is switched on."""
    text = EDITED.replace("when member joins program", 'when contact gets tag "x" include existing')
    lived = live(text, contacts=[{"contact": "ann", "tags": "x"}])
    assert lived.actions() == ["2026-01-04 00:00 old", "2026-01-11 00:00 new"]


# --- in Python --------------------------------------------------------------------------------------------------------


def test_a_scenario_made_in_python_is_that_of_the_text() -> None:
    """Every kind of line, said with phrases, numbers and times, is the same World; it gives the same rows."""
    made = (
        Scenario("Spring launch")
        .new_contacts('join program "Yoga"', 120, "day", like_table=True)
        .rate('visit page "Pricing"', 0.5, "week")
        .rate('buy offer "Upgrade"', 0.1, "month", where='plan is "pro"', on="weekdays")
        .answer("opens email", 0.35, about="4h")
        .answer('opens email "Launch"', (0.40, 0.45), within=pd.Timedelta(days=2))
        .answer("clicks email", 0.12, of="opening it", after="lognormal(20 minutes, 1.1)")
        .answer("email bounces", 0.01)
        .answer('buys offer "Offer 1"', 0.03, of='clicking email "Launch"', within=timedelta(days=14))
        .has("membership", 0.2)
        .at(10, 'deactivate flow "Hand-over"')
        .at("day 20 at 09:00", 'deactivate flow "Discovery offer" and cancel pending')
        .at(date(2026, 3, 1), 'activate flow "Spring"')
        .at(12, 'pause flow "Spring"')
        .at(14, 'resume flow "Spring"')
        .at(3, 'stop flow "Hand-over" for contact "c42"')
    )
    program = flowdsl.parse(WHOLE)
    (written,) = flowdsl.load_plan(flowdsl.dump(program)).world
    assert made.world() == made.world(program) == written
    people = pd.DataFrame(PEOPLE[:20])
    bare = flowdsl.parse(WHOLE[: WHOLE.index("scenario")])
    lowered = flowdsl.load_plan(flowdsl.dump(bare))
    results = [
        flowdsl.simulate(text, people, scenario=scenario, start="2026-02-10", days=12).records
        for text, scenario in ((program, None), (bare, made), (bare, written), (lowered, written))
    ]
    assert len(results[0]) > 1000
    for other in results[1:]:
        pd.testing.assert_frame_equal(results[0], other, check_categorical=False)


def test_a_world_may_look_at_what_its_program_does_not() -> None:
    """Columns, sets and events that a scenario alone speaks of are read from the table as well."""
    people = [{**one, "tags": "x" if n % 3 == 0 else None} for n, one in enumerate(PEOPLE[:60])]
    world = (
        Scenario("S")
        .rate("visits page", 1, where='plan is "pro" and has tag "x"')
        .answer("opens email", 1, where="p >= 1")
        .world()
    )
    lived = live(FLOW, *joins(people), contacts=people, scenario=world, days=10)
    records = lived.results.records
    assert set(records[records["action"] == "page.visited"]["contact"]) <= {f"c{n}" for n in range(60) if n % 6 == 3}
    assert set(records[records["action"] == "email.opened"]["contact"]) == {f"c{n}" for n in range(3, 60, 4)}
    with pytest.raises(RunError, match="no column `pp`"):
        live(FLOW, contacts=people, scenario=Scenario("S").answer("opens email", "pp").world())


def test_diagnostics_of_a_scenario_made_in_python_are_told() -> None:
    """Impossible numbers, phrases nobody knows, flows that are not there, and more than a line in a line."""
    for made, error, code in [
        (Scenario("S").answer("opens email", 1.2), ProgramError, "E408"),
        (Scenario("S").rate("rides horse", 1), ProgramError, "E201"),
        (Scenario("S").answer("opens email", 0.1, after="pareto(3 hours)"), ProgramError, "E409"),
        (Scenario("S").answer("opens email 10% assume clicks email", 0.1), RunError, "E717"),
        (Scenario("S").rate("visits page )", 1), ProgramError, "E101"),
    ]:
        with pytest.raises(error) as told:
            made.world()
        assert told.value.diagnostics[0].code == code
    for number in (float("nan"), float("inf"), True, None):
        with pytest.raises(RunError, match="not a number"):
            Scenario("S").rate("visits page", number)  # type: ignore[arg-type]
    for delay in (4, timedelta(hours=-1)):
        with pytest.raises(RunError, match="E717"):
            Scenario("S").answer("opens email", 0.1, after=delay)  # type: ignore[arg-type]
    for moment in (datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 1, 9, 0, 30), "2026-03-01 09:00:30", True):
        with pytest.raises(RunError, match="a moment is"):
            Scenario("S").at(moment, 'pause flow "F"')
    with pytest.raises(RunError, match="two ends"):
        Scenario("S").rate("visits page", (1, 2, 3))
    away = Scenario("S").at(3, 'pause flow "G"')
    with pytest.raises(ProgramError, match='no flow "G"'):
        live(FLOW, scenario=away)
    with pytest.raises(RunError, match='no flow is called "G"'):
        live(FLOW, scenario=away.world())
    with pytest.raises(flowdsl.PlanError, match="share"):
        live(FLOW, scenario=flowdsl.World("W", shares=(plan.Share("tags", "x", 2_000_000),)))
    with pytest.raises(flowdsl.PlanError, match="horse"):
        live(FLOW, scenario=flowdsl.World("W", rates=(plan.Rate("horse.ridden", "", 1, clock.DAY),)))


def test_what_python_says_is_written_as_it_is() -> None:
    """Names keep their blanks, numbers are rounded to what is kept of them, times are taken as pandas has them."""
    said = (
        Scenario("S")
        .rate('buys offer "A  B"', 1 / 3, "week")
        .rate("visits page", [0.1, 0.2])
        .rate("visits blog", 1e-9)
        .new_contacts("join program", 5, like_table=True, on="weekdays", between="09:00 and 17:00")
        .answer("opens email", 2 / 3, after=pd.Timedelta("90min"))
        .answer("clicks email", 0.1, after="1 days 02:00:00")
        .at(pd.Series([3])[0], 'pause flow "F"')
        .at(pd.Timestamp("2026-03-01 09:30"), 'resume flow "F"')
    )
    assert said.lines == (
        'assume buys offer "A  B" 0.333333 per contact per week',
        "assume visits page 0.1 to 0.2 per contact per day",
        "assume visits blog 0.000000001 per contact per day",
        "assume 5 new contacts per day join program on weekdays between 09:00 and 17:00 like the table",
        "assume opens email 66.6667% after 1 hour 30 minutes",
        "assume clicks email 10% after 1 day 2 hours",
        'at day 3 pause flow "F"',
        'at 2026-03-01 at 09:30 resume flow "F"',
    )


# --- errors -----------------------------------------------------------------------------------------------------------


def test_a_param_stands_for_any_number() -> None:
    """Alone behind the event, in front of `of`, in a share of contacts: the same plan as the number itself."""
    named = """
param p 30%
param often 2
"""
    lines = """
  assume contact opens email {p}
  assume contacts where plan is "pro" open email {p} after 2 hours
  assume contact clicks email {p} of opening it
  assume contact completes step "S1" of program "Yoga" {p} of joining program "Yoga"
  assume contact visits page {often} per contact per week
  assume {often} new contacts per day complete step "S1" of program "Yoga"
  assume {p} of contacts have membership
  assume {p} of contacts where country is "FR" have tag "vip"
"""
    said = f"{FLOW}{named}scenario{lines.format(p='p', often='often')}"
    assert world_of(said) == world_of(f"{FLOW}scenario{lines.format(p='30%', often='2')}")
    assert flowdsl.parse(flowdsl.format(said)) == flowdsl.parse(said)


def test_a_line_without_its_number_says_so() -> None:
    """Its last word is not taken for a param that nobody has declared, and `where` has one place."""
    told = {
        "assume contact opens email": "does not say how often or how likely",
        "assume contact visits page per contact per week": "does not say how often or how likely",
        'assume contact opens email "L"': "does not say how often or how likely",
        'assume 20% contacts of where plan is "pro"': "",
        'assume contact clicks email 3% of opening it where plan is "pro"': "`where` stands right behind `contacts`",
        'at day 3 replace flow "F"': 'after `"F"` something is missing: here must come `with`',
        'at day 3 start flow "F"': "here could stand `activate`, `deactivate`, `pause`, `resume`, `stop` or `replace`",
    }
    for line, message in told.items():
        found = flowdsl.check(f"{FLOW}scenario\n  {line}\n")
        assert found, line
        assert message in found[0].message, line


def test_a_misspelt_law_is_put_right_where_it_stands() -> None:
    """The repair is the whole delay, so that what comes of it can be read."""
    text = f"{FLOW}scenario\n  assume contact opens email 3% after weibul(2 hours, 1.5)\n"
    (diagnostic,) = flowdsl.check(text)
    (fix,) = diagnostic.fixes
    assert flowdsl.check(text[: fix.span.start] + fix.text + text[fix.span.end :]) == []


def test_every_rule_of_a_scenario_is_told_at_once() -> None:
    """Impossible numbers, unknown names, contradictions: one report, in the order of the text."""
    text = f"""{FLOW}campaign "C"
  then send email "M"
scenario
  assume contact opens email 101%
  assume contact clicks email 45% to 40%
  assume contact visits page 0 per contact per week
  assume contact visits page "A" -3 to 2 per contact per week
  assume contact visits page "B" 0.0000001 per contact per week
  assume by column "n" new contacts per day join program
  assume 5 new contacts per day join program "P"
  assume 6 new contacts per day join program "P" like the table
  assume 20% of contacts can receive sms
  assume 20% of contacts have tag "x" or "y"
  assume contact visits page "C" 3 per contact per week between 09:00 and 09:00
  assume contact visits page "D" 3 per contact per week on weekdays
  assume contact visits page "D" 3 per contact per week on friday
  at day 3 replace flow "F" with flow "G"
  at day 3 replace flow "F" with flow "F"
  at day 3 replace flow "F" with flow "C"
"""
    found = [
        (diagnostic.span.line, diagnostic.code)
        for diagnostic in flowdsl.check(text)
        if diagnostic.span and diagnostic.is_error
    ]
    first = FLOW.count("\n") + 4
    assert found == [
        (first + n, code)
        for n, code in [
            (0, "E408"), (1, "E408"), (2, "E408"), (3, "E408"), (4, "E408"), (5, "E417"), (7, "E313"), (8, "E418"),
            (9, "E209"), (10, "E403"), (12, "E313"), (13, "E210"), (14, "E316"), (15, "E316"),
        ]
    ]  # fmt: skip


# --- the language's own example ---------------------------------------------------------------------------------------

WHOLE = """
flow "Hand-over"
  when contact becomes lead
  wait 5 days
  then do "call"

flow "Discovery offer"
  when contact joins program
  then send email "Launch"
  wait 10 days
  then send email "Again"

flow "Spring" paused
  when contact opens email "Launch"
  then send sms "Spring"

scenario "Spring launch"
  assume 120 new contacts per day join program "Yoga" like the table
  assume contact visits page "Pricing" 0.5 per contact per week
  assume contacts where plan is "pro" buy offer "Upgrade" 0.1 per contact per month on weekdays
  assume contact opens email 35% after about 4 hours
  assume contact opens email "Launch" 40% to 45% within 2 days
  assume contact clicks email 12% of opening it after lognormal(20 minutes, 1.1)
  assume email bounces 1%
  assume contact buys offer "Offer 1" 3% of clicking email "Launch" within 14 days
  assume 20% of contacts have membership
  at day 10 deactivate flow "Hand-over"
  at day 20 at 09:00 deactivate flow "Discovery offer" and cancel pending
  at 2026-03-01 activate flow "Spring"
  at day 12 pause flow "Spring"
  at day 14 resume flow "Spring"
  at day 3 stop flow "Hand-over" for contact "c42"
"""


def test_the_whole_example_of_the_language_runs() -> None:
    """Every kind of line together: it parses, is sound but for warnings, and does what it says in round numbers."""
    people = pd.DataFrame(PEOPLE[:200])
    assert not [diagnostic for diagnostic in flowdsl.check(WHOLE, people) if diagnostic.is_error]
    results = flowdsl.simulate(WHOLE, people, start="2026-02-10", days=30, seed=1)
    sent = results.sends[results.sends["message"] == "Launch"]
    assert near(len(sent), 120 * (19 + 9 / 24))  # until day 20 at 09:00
    opened = results.records[(results.records["action"] == "email.opened") & (results.records["name"] == "Launch")]
    assert 0.35 < len(opened) / len(sent) < 0.5
    assert (opened["time"] - opened["contact"].map(sent.set_index("contact")["time"]) <= timedelta(days=2)).all()
    assert set(results.runs[results.runs["flow"] == "Discovery offer"]["reason"].dropna()) == {"deactivated"}
