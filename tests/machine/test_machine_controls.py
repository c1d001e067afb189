"""The `at` lines of a scenario: flows switched on and off, paused and resumed, stopped for one contact."""

from __future__ import annotations

import pytest
from lives import Lived, Row, live, on

JOINED = on("2026-01-05 10:00", "joins program", "Yoga")  # day 5
WAIT = 'when member joins program wait 2 days then do "x" wait 1 day then do "y"'


def under(lines: str, *events: Row, flow: str = WAIT, paused: str = "", **options: object) -> Lived:
    """A flow `F` under some `at` lines."""
    return live(f'flow "F"{paused}\n {flow}\nscenario\n {lines}', *(events or (JOINED,)), **options)  # type: ignore[arg-type]


# --- activate and deactivate ------------------------------------------------------------------------------------------


def test_a_deactivated_flow_enrols_nobody_and_runs_under_way_finish() -> None:
    """Entries from then on are declined; who is in it goes on."""
    lived = under('at day 6 deactivate flow "F"', JOINED, on("2026-01-06", "joins program"))
    assert lived.runs() == ["completed", "declined: deactivated"]
    assert lived.actions() == ["2026-01-07 10:00 x", "2026-01-08 10:00 y"]


def test_a_deactivation_can_cancel_what_is_pending() -> None:
    """Runs under way end there; their next action leaves its row."""
    lived = under('at day 6 at 09:00 deactivate flow "F" and cancel pending')
    assert lived.runs() == ["cancelled: deactivated"]
    assert lived.spans() == ["2026-01-05 10:00 to 2026-01-06 09:00"]
    assert lived.actions() == ["2026-01-06 09:00 x cancelled: deactivated"]


def test_a_deactivation_beats_a_wait_that_ends_then_and_an_event_too() -> None:
    """`at` lines come first in their instant."""
    lived = under(
        'at day 7 at 10:00 deactivate flow "F" and cancel pending', JOINED, on("2026-01-07 10:00", "joins program")
    )
    assert lived.actions() == ["2026-01-07 10:00 x cancelled: deactivated"]
    assert lived.runs() == ["cancelled: deactivated", "declined: deactivated"]


def test_an_activation_lets_people_in_from_then_on() -> None:
    """`flow "F" paused` enrols nobody until it is activated; events before are past."""
    lived = under('at 2026-01-06 activate flow "F"', JOINED, on("2026-01-06", "joins program"), paused=" paused")
    assert lived.runs() == ["declined: paused", "completed"]
    assert lived.spans()[1] == "2026-01-06 00:00 to 2026-01-09 00:00"


def test_existing_contacts_are_enrolled_when_a_flow_is_activated() -> None:
    """`include existing` looks at the activation, at who is in that state then."""
    flow = 'when contact joins group "A" include existing then do "x"'
    contacts = [{"contact": "ann", "groups": "A"}, {"contact": "bob"}, {"contact": "cem"}]
    lived = under(
        'at day 6 at 08:00 activate flow "F"',
        on("2026-01-03", "joins group", "A", contact="bob"),
        flow=flow,
        paused=" paused",
        contacts=contacts,
    )
    assert lived.actions() == ["2026-01-06 08:00 x"]
    assert lived.runs("bob") == ["declined: paused", "completed"]
    assert lived.runs("cem") == []


def test_lines_of_one_instant_are_taken_in_the_order_of_the_text() -> None:
    """The last word counts."""
    off, on_ = 'at day 3 deactivate flow "F"', 'at day 3 activate flow "F"'
    assert under(f"{off}\n {on_}").runs() == ["completed"]
    assert under(f"{on_}\n {off}").runs() == ["declined: deactivated"]


def test_lines_are_read_on_the_workspaces_clock_and_day_1_is_the_first() -> None:
    """Day 6 at 00:00 in Paris is 23:00 UTC the evening before."""
    program = """
        workspace
          timezone "Europe/Paris"
        flow "F"
          when member joins program
          then do "x"
        scenario
          at day 6 deactivate flow "F"
    """
    rows = [on("2026-01-05 22:59", "joins program"), on("2026-01-05 23:00", "joins program")]
    assert live(program, *rows, start="2026-01-01").runs() == ["completed", "declined: deactivated"]


# --- pause and resume -------------------------------------------------------------------------------------------------


def test_pausing_freezes_actions_and_not_the_clock() -> None:
    """An overdue action is done on resume; waits that end later keep their due dates."""
    lived = under('at day 6 pause flow "F"\n at day 9 at 12:00 resume flow "F"')
    assert lived.actions() == ["2026-01-09 12:00 x", "2026-01-10 12:00 y"]
    lived = under('at day 6 pause flow "F"\n at day 7 at 09:00 resume flow "F"')
    assert lived.actions() == ["2026-01-07 10:00 x", "2026-01-08 10:00 y"]


def test_a_paused_flow_enrols_nobody() -> None:
    """Entries are declined until it is resumed."""
    rows = [on(f"2026-01-{day:02}", "joins program") for day in (6, 9)]
    lived = under('at day 5 pause flow "F"\n at day 8 resume flow "F"', *rows)
    assert lived.runs() == ["declined: paused", "completed"]


@pytest.mark.parametrize(
    ("policy", "actions", "run"),
    [
        ("or skip", ["x skipped: date passed", "y"], "completed"),
        ("or continue", ["x", "y"], "completed"),
        ("or exit", ["x cancelled: date passed"], "completed: date passed"),
    ],
)
def test_overdue_actions_follow_the_policy_of_their_wait(policy: str, actions: list[str], run: str) -> None:
    """A wait for a date says itself what being late means."""
    flow = f'when member joins program wait until 1 day before ends {policy} then do "x" wait 1 day then do "y"'
    lived = under(
        'at day 6 pause flow "F"\n at day 9 at 12:00 resume flow "F"',
        flow=flow,
        contacts=[{"contact": "ann", "ends": "2026-01-08"}],
    )
    assert [line[17:] for line in lived.actions()] == actions
    assert {line[:16] for line in lived.actions()[:1]} == {"2026-01-09 12:00"}
    assert lived.runs() == [run]


def test_a_run_leaves_a_paused_flow_at_its_goal() -> None:
    """Pausing holds actions back, nothing else."""
    flow = 'when member joins program goal buys offer wait 2 days then do "x"'
    lived = under(
        'at day 6 pause flow "F"\n at day 12 resume flow "F"', JOINED, on("2026-01-09", "buys offer"), flow=flow
    )
    assert (lived.runs(), lived.actions()) == (
        ["converted: offer.bought"],
        ["2026-01-09 00:00 x cancelled: offer.bought"],
    )


def test_a_message_held_for_its_window_is_frozen_when_it_opens() -> None:
    """And goes through all its tests again on resume: the window, too."""
    flow = 'when member joins program only between 18:00 and 20:00 then send chat "x"'
    lived = under('at day 5 at 12:00 pause flow "F"\n at day 7 at 12:00 resume flow "F"', flow=flow)
    assert lived.actions() == ["2026-01-07 18:00 x"]


def test_a_message_queued_for_capacity_is_frozen_with_its_flow() -> None:
    """A pause holds back what has not gone out yet; on resume it queues again."""
    program = """
        workspace
          capacity email 1 per hour
          cap 2 emails per contact every 30 days
        flow "F"
          when contact buys offer
          then send email "x"
        scenario
          at day 5 at 10:30 pause flow "F"
          at day 6 resume flow "F"
    """
    lived = live(program, *[on("2026-01-05 10:00", "buys offer")] * 2)
    assert lived.actions() == ["2026-01-05 10:00 x", "2026-01-06 00:00 x"]


def test_activating_a_paused_flow_resumes_it() -> None:
    """Switched on is switched on: what was frozen goes on."""
    lived = under('at day 6 pause flow "F"\n at day 9 activate flow "F"', JOINED, on("2026-01-09", "joins program"))
    assert lived.runs() == ["completed", "completed"]
    assert lived.actions()[0] == "2026-01-09 00:00 x"


def test_resuming_a_flow_that_is_written_paused_switches_it_on() -> None:
    """`flow "F" paused` is a pause like any other."""
    assert under('at day 3 resume flow "F"', paused=" paused").runs() == ["completed"]


def test_a_flow_that_is_deactivated_while_paused_stays_paused() -> None:
    """The two are separate: resumed, its runs finish, and it still enrols nobody."""
    lines = 'at day 6 pause flow "F"\n at day 8 deactivate flow "F"\n at day 9 resume flow "F"'
    lived = under(lines, JOINED, on("2026-01-10", "joins program"))
    assert lived.runs() == ["completed", "declined: deactivated"]
    assert lived.actions() == ["2026-01-09 00:00 x", "2026-01-10 00:00 y"]


def test_what_a_pause_holds_is_still_planned_at_the_end() -> None:
    """A run that is frozen when the simulation ends is pending, and says so; its action keeps the date it was due."""
    lived = under('at day 6 pause flow "F"')
    assert lived.runs() == ["pending: frozen"]
    assert lived.actions() == ["2026-01-07 10:00 x planned"]


# --- stop -------------------------------------------------------------------------------------------------------------


def test_a_flow_can_be_stopped_for_one_contact() -> None:
    """The runs of that contact are cancelled, nobody else's; a later entry is free."""
    rows = [on("2026-01-05", "joins program", contact=name) for name in ("ann", "bob")]
    lived = under(
        'at day 6 stop flow "F" for contact "ann"',
        *rows,
        on("2026-01-08", "joins program"),
        contacts=[{"contact": "ann"}, {"contact": "bob"}],
    )
    assert lived.runs() == ["cancelled: stopped", "completed"]
    assert lived.runs("bob") == ["completed"]


def test_a_flow_can_be_stopped_for_everybody() -> None:
    """Without a contact, all runs under way are cancelled, and the flow stays on."""
    rows = [on("2026-01-05", "joins program", contact=name) for name in ("ann", "bob")]
    contacts = [{"contact": "ann"}, {"contact": "bob"}]
    lived = under('at day 6 stop flow "F"', *rows, on("2026-01-08", "joins program"), contacts=contacts)
    assert lived.runs() == ["cancelled: stopped", "completed"]
    assert lived.runs("bob") == ["cancelled: stopped"]


def test_lines_before_anybody_is_touched_count_as_well() -> None:
    """A contact that nothing has happened to lives under the lines that have passed."""
    lines = 'at day 2 deactivate flow "F"\n at day 3 activate flow "F"\n at day 4 pause flow "F"'
    assert under(lines).runs() == ["declined: paused"]
