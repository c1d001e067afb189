"""Campaigns: who is subscribed lives through one, from the subscription to its end, and is in it just that long."""

from __future__ import annotations

import pytest
from lives import Row, live, on, table

import flowdsl

LESSONS = """
flow "Sign-up"
  when contact submits form "Free lessons"
  then subscribe to campaign "Lessons"

campaign "Lessons"
  then send email "Lesson 1"
  wait 2 days
  then send email "Lesson 2"
  wait 2 days

flow "Afterwards"
  when contact completes campaign "Lessons"
  if in campaign "Lessons"
    then do "still in it"
  otherwise do "out of it"
  end
"""


def form(time: str = "2026-01-05 09:00", contact: str = "ann") -> Row:
    """A form is submitted, which subscribes."""
    return on(time, "submits form", "Free lessons", contact=contact)


def leavers(step: str) -> str:
    """The lessons, with a flow that takes a step when something is bought."""
    return f'{LESSONS}\nflow "Leavers"\n  when contact buys offer\n  then {step}\n'


def test_subscribing_starts_a_campaign_and_its_end_is_an_event() -> None:
    """The steps run; behind the last one, wait included, the contact has completed it and is in it no longer."""
    lived = live(LESSONS, form())
    assert lived.sends() == ["2026-01-05 09:00 Lesson 1", "2026-01-07 09:00 Lesson 2"]
    assert lived.spans(flow="Lessons") == ["2026-01-05 09:00 to 2026-01-09 09:00"]
    assert lived.actions()[-1] == "2026-01-09 09:00 out of it"


def test_who_is_in_a_campaign_is_not_subscribed_twice() -> None:
    """Subscribing again while in it does nothing: no second run, no declined row. Afterwards it starts anew."""
    lived = live(LESSONS, form(), form("2026-01-06 09:00"), form("2026-01-20 09:00"))
    assert lived.runs(flow="Lessons") == ["completed", "completed"]
    assert lived.spans(flow="Lessons")[1] == "2026-01-20 09:00 to 2026-01-24 09:00"


def test_unsubscribing_stops_a_campaign_at_once() -> None:
    """Even when its next lesson is due at the very instant; that lesson is cancelled, and the end is no completion."""
    bought = on("2026-01-07 09:00", "buys offer", "Mat")
    lived = live(leavers('unsubscribe from campaign "Lessons"'), form(), bought)
    assert lived.runs(flow="Lessons") == ["cancelled: unsubscribed"]
    assert "2026-01-07 09:00 Lesson 2 cancelled: unsubscribed" in lived.actions()
    assert lived.runs(flow="Afterwards") == []


def test_unsubscribing_stops_what_another_flow_does_at_the_same_instant_later_on() -> None:
    """A timer of an earlier flow takes the contact out before the campaign's own timer rings."""
    program = """
        flow "Two days"
          when contact submits form "Free lessons"
          then subscribe to campaign "Lessons"
          wait 2 days
          then unsubscribe from campaign "Lessons"
        campaign "Lessons"
          wait 2 days
          then send email "Too late"
    """
    lived = live(program, form())
    assert lived.sends() == []
    assert lived.runs(flow="Lessons") == ["cancelled: unsubscribed"]


def test_unsubscribing_who_is_not_in_it_changes_nothing() -> None:
    """The action is done, nothing follows from it."""
    lived = live(leavers('unsubscribe from campaign "Lessons"'), on("2026-01-07", "buys offer", "Mat"))
    assert lived.runs(flow="Leavers") == ["completed"]
    assert lived.rows("records")[-1]["action"] != "campaign.left"


@pytest.mark.parametrize("event", ["leaves campaign", "unsubscribes from campaign", "completes campaign"])
def test_who_is_taken_out_from_outside_is_out(event: str) -> None:
    """A row of the events table ends the run as unsubscribing does."""
    lived = live(LESSONS, form(), on("2026-01-06", event, "Lessons"))
    assert lived.sends() == ["2026-01-05 09:00 Lesson 1"]
    assert lived.runs(flow="Lessons") == ["cancelled: unsubscribed"]


def test_who_joins_from_outside_is_subscribed() -> None:
    """`joins campaign` in a table of events starts it; while it runs a second row is declined, and changes nothing."""
    rows = [on(f"2026-01-0{day} 09:00", "joins campaign", "Lessons") for day in (5, 6)]
    lived = live(LESSONS, *rows)
    assert lived.runs(flow="Lessons") == ["completed", "declined: limit"]
    assert lived.sends() == ["2026-01-05 09:00 Lesson 1", "2026-01-07 09:00 Lesson 2"]


def test_history_builds_the_state_and_starts_nothing() -> None:
    """Who joined before the start is in it, at no known place: subscribing does nothing until that is over."""
    before = on("2025-12-30", "joins campaign", "Lessons")
    over = on("2026-01-06", "completes campaign", "Lessons")
    assert live(LESSONS, before, form()).sends() == []
    assert live(LESSONS, before, form(), over, form("2026-01-10")).sends()[0] == "2026-01-10 00:00 Lesson 1"


def test_the_campaigns_of_the_contact_table_count() -> None:
    """The column `campaigns` says who is in one when the simulation begins."""
    contacts = [{"contact": "ann", "campaigns": "Lessons"}, {"contact": "bob", "campaigns": "Other"}]
    lived = live(LESSONS, form(), form(contact="bob"), contacts=contacts)
    assert lived.sends() == []
    assert len(lived.sends("bob")) == 2


@pytest.mark.parametrize(
    ("clause", "reason"),
    [
        ('unless has tag "no lessons"', "unless"),
        ("starting 2026-02-01", "before start"),
        ('goal has tag "no lessons"', "goal already met"),
    ],
)
def test_who_is_not_let_in_is_not_in_it(clause: str, reason: str) -> None:
    """The clauses of a campaign are tested as those of a flow; who is declined can be subscribed later."""
    program = f"""
flow "Sign-up"
  when contact submits form
  then subscribe to campaign "Lessons"
  wait 1 hour
  if in campaign "Lessons"
    then do "in"
  otherwise do "out"
  end
campaign "Lessons"
  {clause}
  then send email "Lesson 1"
  wait 1 day
"""
    lived = live(program, form(), contacts=[{"contact": "ann", "tags": "no lessons"}])
    assert lived.runs(flow="Lessons") == [f"declined: {reason}"]
    assert lived.actions()[-1] == "2026-01-05 10:00 out"


def test_a_paused_campaign_takes_nobody_and_an_at_line_switches_it_on() -> None:
    """Deactivating, stopping and cancelling work on campaigns as on flows, and take contacts out of them."""
    program = LESSONS.replace('campaign "Lessons"\n  then', 'campaign "Lessons" paused\n  then')
    program += 'scenario\n  at 2026-01-06 activate flow "Lessons"\n'
    program += '  at 2026-01-12 deactivate flow "Lessons" and cancel pending\n'
    lived = live(program, form(), form("2026-01-11"))
    assert lived.runs(flow="Lessons") == ["declined: paused", "cancelled: deactivated"]
    assert lived.runs(flow="Afterwards") == []


def test_leaving_by_a_goal_is_no_completion() -> None:
    """A goal converts and takes the contact out of the campaign; who is out can join again."""
    program = LESSONS.replace('\ncampaign "Lessons"\n', '\ncampaign "Lessons"\n  goal contact buys offer\n')
    lived = live(program, form(), on("2026-01-06", "buys offer", "Mat"), form("2026-01-08"))
    assert lived.runs(flow="Lessons") == ["converted: offer.bought", "completed"]
    assert len(lived.runs(flow="Afterwards")) == 1


def test_a_flow_can_wait_for_the_end_of_a_campaign() -> None:
    """`wait until not in campaign` and `wait until completes campaign` both pass at its end."""
    program = LESSONS.replace(
        '  then subscribe to campaign "Lessons"\n',
        """\
  then subscribe to campaign "Lessons"
  wait until not in campaign "Lessons"
  then do "over"
""",
    )
    assert "2026-01-09 09:00 over" in live(program, form()).actions()


def test_campaigns_that_follow_each_other_for_ever_are_bounded() -> None:
    """A campaign without a wait that subscribes to itself again when it ends is declined: loop."""
    program = """
        flow "Sign-up"
          when contact submits form or when contact completes campaign "Again"
          then subscribe to campaign "Again"
        campaign "Again"
          then send email "Hello"
    """
    lived = live(program, form())
    assert lived.sends() == ["2026-01-05 09:00 Hello"]
    assert "declined: loop" in lived.runs()


# --- what is said of names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('when member joins program then subscribe to campaign "Leson"', "E210", '"Lessons"'),
        ('when member joins program then unsubscribe from campaign "Nowhere"', "E210", "Nowhere"),
        ('when member joins program then start flow "Lessons"', "E210", 'subscribe to campaign "Lessons"'),
        ('when contact completes campaign "lessons" then send chat "Hi"', "E215", '"Lessons"'),
        ('when member joins program if in campaign "Lesson" then send chat end', "W201", '"Lessons"'),
    ],
)
def test_misspelt_campaigns_are_told(text: str, code: str, words: str) -> None:
    """Actions need a campaign of the program; elsewhere a name may be somebody else's, unless it is nearly one here."""
    campaign = '\ncampaign "Lessons"\n  then send email "L"\n'
    found = flowdsl.check(f'flow "A"\n  {text}\n{campaign}')
    assert [diagnostic.code for diagnostic in found] == [code]
    assert words in f"{found[0].message} {found[0].reason} {[fix.text for fix in found[0].fixes]}"


def test_flows_and_campaigns_share_their_names() -> None:
    """An `at` line or `stop flow` must know which one is meant."""
    text = 'flow "A"\n  when member joins program\n  then send chat\ncampaign "A"\n  then send email "L"\n'
    assert [diagnostic.code for diagnostic in flowdsl.check(text)] == ["E213"]


def test_a_campaign_goes_out_and_comes_back() -> None:
    """As runtime JSON, and as a text made from that: the same rows."""
    people = table([{"contact": "ann"}])
    plan = flowdsl.load_plan(flowdsl.dump(LESSONS))
    text = flowdsl.format(plan)
    assert 'campaign "Lessons"\n  then send email "Lesson 1"' in text
    rows = [
        flowdsl.simulate(program, people, events=table([form()]), days=30).records for program in (LESSONS, plan, text)
    ]
    assert rows[0].equals(rows[1])
    assert rows[0].equals(rows[2])


# --- who is not let in ------------------------------------------------------------------------------------------------

DECLINED = """
flow "F"
  when joins campaign
  {looks}
campaign "D"
  starting 2030-01-01
  then send email "M"
{more}
"""
LOOKS = {
    "exit": 'exit when not (in campaign "D")\n  then do "x"\n  wait 30 days\n  then do "late"',
    "goal": 'goal not (in campaign "D")\n  then do "x"\n  wait 30 days\n  then do "late"',
    "wait": 'wait until not (in campaign "D") for up to 30 days\n  then do "x"',
    "unless": 'wait 1 hour\n  then do "x" unless in campaign "D"',
}
BECAME = {
    "exit": (["2026-01-05 09:00 x", "2026-01-05 09:00 late cancelled: condition met"], "exited: condition met"),
    "goal": (["2026-01-05 09:00 x", "2026-01-05 09:00 late cancelled: condition met"], "converted: condition met"),
    "wait": (["2026-01-05 09:00 x"], "completed"),
    "unless": (["2026-01-05 10:00 x"], "completed"),
}


@pytest.mark.parametrize("engine", ["simpy", "fast"])
@pytest.mark.parametrize("more", ["", 'flow "U"\n  when visits page\n  then do "u"'])
@pytest.mark.parametrize("looks", LOOKS)
def test_who_is_declined_is_out_at_once_for_all_who_look(looks: str, more: str, engine: str) -> None:
    """A campaign that declines takes the contact out, and exits, goals and waits see that in the same instant.

    Whether an unrelated flow is there makes no difference.
    """
    rows = [on("2026-01-05 09:00", "joins campaign", "D"), on("2026-01-10 09:00", "visits page")]
    lived = live(DECLINED.format(looks=LOOKS[looks], more=more), *rows, engine=engine)
    actions, ended = BECAME[looks]
    assert [action for action in lived.actions() if not action.endswith(" u")] == actions
    assert lived.runs(flow="F") == [ended]
    assert lived.runs(flow="D") == ["declined: before start"]


@pytest.mark.parametrize("engine", ["simpy", "fast"])
def test_who_is_declined_while_in_it_stays(engine: str) -> None:
    """A second subscription that is declined takes nobody out whose first run is under way."""
    program = """
        flow "Out"
          when client buys offer
          wait until not (in campaign "D") for up to 20 days
          if it happened then do "out" otherwise do "still in" end
        campaign "D"
          ending 2026-01-06
          then send email "M"
          wait 5 days
    """
    joins = [on(f"2026-01-0{day} 09:00", "joins campaign", "D") for day in (5, 8)]
    lived = live(program, joins[0], on("2026-01-07 09:00", "buys offer"), joins[1], engine=engine)
    assert lived.actions() == ["2026-01-05 09:00 M", "2026-01-10 09:00 out"]
    assert lived.runs(flow="D") == ["completed", "declined: after end"]
