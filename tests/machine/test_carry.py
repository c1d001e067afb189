"""A contact who is under way when the plan is edited goes on under the new plan: never an error, nothing twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from textwrap import dedent

import pytest

import flowdsl
from flowdsl.calendar.clock import DAY, HOUR, NEVER, parse_moment
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.machine import (
    Carried,
    Carrier,
    Happening,
    Input,
    Slot,
    State,
    Update,
    begin,
    carry,
    from_json,
    prepare,
    to_json,
    wake,
)
from flowdsl.plan.plan import Plan
from flowdsl.results.records import Record

START = parse_moment("2026-01-05 10:00Z")[0]
JOINS = Happening("program.joined", "Yoga")
BUYS = Happening("offer.bought", "Mug")
PROGRAM = 'flow "F" when member joins program then send email "A" then wait 3 days then send email "B"'


def plan_of(program: str) -> Plan:
    return flowdsl.load_plan(flowdsl.dump(dedent(program)))


class Contact:
    """One contact of a live system: after each wake its state is a JSON document."""

    def __init__(self, program: str, **columns: str) -> None:
        self.plan, self.rows, self.report = plan_of(program), list[Record](), tuple[Carried, ...]()
        ready, state = prepare(self.plan, start=START), State("ann", columns={**columns})
        self.due = begin(ready, state)
        self.document = json.dumps(to_json(ready, state))

    def wake(self, at: int, *inputs: Input) -> Contact:
        ready = prepare(self.plan, start=START)
        woken = wake(ready, from_json(ready, json.loads(self.document)), inputs, at)
        self.rows += woken.records
        self.requests, self.slots = woken.requests, [Slot(one.flow, one.run) for one in woken.requests]
        self.due, self.document = woken.next_due, json.dumps(to_json(ready, woken.state))
        return self

    def carry(self, program: str) -> Contact:
        new = plan_of(program)
        document, self.report = carry(json.loads(self.document), self.plan, new)
        self.plan, self.document = new, json.dumps(document)
        return self

    def edit(self, program: str, at: int) -> Contact:
        return self.carry(program).wake(at)

    def go_on(self, until: int = START + 60 * DAY) -> list[tuple[int, str]]:
        """What is done until a time: the day, and the name of each action."""
        while self.due < until:
            self.wake(self.due)
        return self.done()

    def done(self) -> list[tuple[int, str]]:
        done = [row for row in self.rows if row.kind == "action" and row.status == "done"]
        return [((row.time - START) // DAY, row.name) for row in done]

    def refused(self) -> list[str]:
        """Why actions were skipped and runs declined."""
        return [row.reason for row in self.rows if row.status in ("skipped", "declined")]

    def reported(self) -> list[tuple[str, str]]:
        return [(one.kind, one.outcome) for one in self.report]


def test_steps_put_in_before_a_wait_do_not_make_it_wait_twice() -> None:
    """The run stays at its wait, and goes on behind it on the day it would have."""
    edited = PROGRAM.replace("then wait", 'then send sms "X" then wait 1 day then send sms "Y" then wait')
    contact = Contact(PROGRAM).wake(START, JOINS).edit(edited, START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "B")]
    assert contact.rows[-1].status == "completed"


def test_a_flow_put_in_front_changes_nothing() -> None:
    """Runs belong to flows by name."""
    other = 'flow "New" when contact buys offer then wait 1 day then add tag "t"\n\n'
    contact = Contact(PROGRAM).wake(START, JOINS).edit(other + PROGRAM, START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "B")]
    assert contact.report == ()


def test_a_flow_with_another_name_is_found_by_its_content() -> None:
    """A renamed flow goes on."""
    contact = Contact(PROGRAM).wake(START, JOINS).edit(PROGRAM.replace('"F"', '"G"'), START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "B")]
    assert [(one.kind, one.outcome) for one in contact.report] == [("step", "moved")]


def test_a_wait_that_is_gone_is_over() -> None:
    """The run goes on at the next step that is left, at the wake after the edit."""
    contact = Contact(PROGRAM).wake(START, JOINS).edit(PROGRAM.replace("then wait 3 days ", ""), START + DAY)
    assert contact.go_on() == [(0, "A"), (1, "B")]
    assert "goes on at" in contact.report[0].reason


def test_a_longer_wait_keeps_the_time_that_was_promised() -> None:
    """Only runs that begin the wait later wait longer."""
    contact = Contact(PROGRAM).wake(START, JOINS).edit(PROGRAM.replace("3 days", "10 days"), START + DAY)
    contact.wake(START + 2 * DAY, Happening("program.joined", "Run"))
    assert contact.go_on() == [(0, "A"), (2, "A"), (3, "B"), (12, "B")]


def test_an_action_that_is_moved_behind_the_wait_is_not_done_again() -> None:
    """A was sent before the edit, so this run passes it."""
    edited = 'flow "F" when member joins program then wait 3 days then send email "A" then send email "B"'
    contact = Contact(PROGRAM).wake(START, JOINS).edit(edited, START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "B")]


def test_an_action_that_is_deleted_and_put_back_is_not_done_again() -> None:
    """A was sent; one edit deletes it, and the next one puts it behind the wait."""
    contact = Contact(PROGRAM).wake(START, JOINS).edit(PROGRAM.replace('then send email "A" ', ""), START + DAY)
    contact.edit(
        PROGRAM.replace('send email "B"', 'send email "A" then send email "B"').replace(
            'program then send email "A"', "program"
        ),
        START + 2 * DAY,
    )
    assert contact.go_on() == [(0, "A"), (3, "B")]


def test_a_flow_that_is_gone_takes_its_runs_with_it_and_the_report_says_so() -> None:
    """Nothing more is done for them."""
    other = 'flow "Z" when contact buys offer then add tag "t"'
    contact = Contact(PROGRAM).wake(START, JOINS).edit(other, START + DAY)
    assert contact.go_on() == [(0, "A")]
    assert ("run", "F", "dropped") in [(one.kind, one.flow, one.outcome) for one in contact.report]
    assert contact.due == NEVER


def test_what_was_due_meanwhile_happens_at_the_next_wake() -> None:
    """The wait ended on day 3, and the edit came on day 5: as always, a late wake catches up in the order of time."""
    contact = Contact(PROGRAM).wake(START, JOINS).edit(PROGRAM + ' then add tag "t"', START + 5 * DAY)
    assert contact.go_on() == [(0, "A"), (3, "B"), (3, "t")]


# --- caps, counts and limits ------------------------------------------------------------------------------------------

CAPPED = f"workspace cap 1 email per contact every 30 days\n\n{PROGRAM}"


def test_a_cap_that_stays_goes_on_counting() -> None:
    """A counts for the cap, so B does not go out."""
    contact = Contact(CAPPED).wake(START, JOINS).edit(CAPPED + ' then send sms "S"', START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "S")]
    assert contact.report == ()


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        ("cap 1 email per contact every 30 days", "cap 2 emails per contact every 30 days", ["A", "B"]),
        ("cap 2 emails per contact every 30 days", "cap 1 email per contact every 30 days", ["A"]),
        ("cap 1 email per contact every 30 days", "cap 1 email per contact every 20 days", ["A"]),
        ("cap 1 email per contact every 30 days", "cap 1 email per contact every 2 days", ["A", "B"]),
        ("cap 1 email per contact every 30 days", "cap 1 message per contact every 30 days", ["A"]),
        ("cap 1 sms per contact every 30 days", "cap 1 email per contact every 30 days", ["A", "B"]),
    ],
)
def test_a_cap_with_other_numbers_counts_what_the_earlier_one_has_counted(
    before: str, after: str, sent: list[str]
) -> None:
    """A was sent before the edit; only a cap of a channel of which the state knows nothing begins at 0."""
    contact = Contact(f"workspace {before}\n\n{PROGRAM}").wake(START, JOINS)
    contact.edit(f"workspace {after}\n\n{PROGRAM}", START + DAY)
    assert [name for _, name in contact.go_on()] == sent
    assert {kind for kind, _ in contact.reported()} == {"cap"}


def test_a_smaller_cap_counts_the_latest_sends() -> None:
    """Of two sends, the cap keeps the second one, so the third message waits for this to be out of its period."""
    three = 'flow "F" when member joins program then send email "A" wait 3 days then send email "B" wait 2 days'
    cap = "workspace cap {} every 4 days\n\n" + three + ' then send email "C"'
    contact = Contact(cap.format("3 emails per contact")).wake(START, JOINS).wake(START + 3 * DAY)
    contact.edit(cap.format("1 email per contact"), START + 4 * DAY)
    assert contact.go_on() == [(0, "A"), (3, "B")]
    assert contact.refused() == ["cap"]


def test_a_limit_that_an_edit_adds_counts_the_runs_that_there_were() -> None:
    """Who has been in the flow is refused by `once per contact`, also when that run is over."""
    limited = PROGRAM.replace('then send email "A"', 'limit once per contact then send email "A"')
    for day in (1, 9):
        contact = Contact(PROGRAM).wake(START, JOINS)
        contact.go_on(START + day * DAY)
        contact.edit(limited, START + day * DAY).wake(START + 10 * DAY, JOINS)
        assert contact.refused() == ["limit"]
        assert ("limit", "new") in contact.reported()
    assert Contact(PROGRAM).edit(limited, START + DAY).wake(START + DAY, JOINS).refused() == []


def test_a_limit_with_a_period_counts_the_runs_that_are_under_way() -> None:
    """The state knows when they began; of runs that are over, only how many there were."""
    limited = PROGRAM.replace('then send email "A"', 'limit once per contact every 30 days then send email "A"')
    contact = Contact(PROGRAM).wake(START, JOINS).edit(limited, START + DAY)
    contact.wake(START + 2 * DAY, JOINS).wake(START + 31 * DAY, JOINS)
    assert contact.refused() == ["limit"]
    contact = Contact(PROGRAM).wake(START, JOINS)
    contact.go_on(START + 9 * DAY)
    assert contact.edit(limited, START + 9 * DAY).wake(START + 10 * DAY, JOINS).refused() == []


def test_a_limit_with_another_number_goes_on() -> None:
    """Two of three starts are used up."""
    limited = PROGRAM.replace('then send email "A"', 'limit 2 times per contact then send email "A"')
    contact = Contact(limited).wake(START, JOINS).wake(START + 1, JOINS)
    contact.edit(limited.replace("limit 2", "limit 3"), START + DAY)
    contact.wake(START + 2 * DAY, JOINS).wake(START + 2 * DAY + 1, JOINS)
    assert contact.refused() == ["limit"]


def test_a_cap_of_another_channel_is_new() -> None:
    """Nothing is known of what it counts."""
    contact = Contact(CAPPED).wake(START, JOINS).edit(CAPPED.replace("1 email", "1 sms"), START + DAY)
    assert {*contact.reported()} == {("cap", "dropped"), ("cap", "new")}


def test_a_cap_that_is_made_smaller_and_larger_again_has_forgotten_nothing() -> None:
    """Two of three messages have gone out in these 30 days; what the cap was meanwhile does not change that."""
    cap = "workspace cap {} per contact every 30 days\n\n" + PROGRAM
    contact = Contact(cap.format("3 emails")).wake(START, JOINS).wake(START + 1, JOINS)
    contact.edit(cap.format("1 email"), START + DAY).edit(cap.format("3 emails"), START + 2 * DAY)
    assert contact.go_on() == [(0, "A"), (0, "A"), (3, "B")]


# --- where a run goes on ----------------------------------------------------------------------------------------------

ARMS = """
    flow "F" when member joins program
      if plan is "pro"
        wait 2 days
        then send email "P"
      otherwise
        wait 5 days
        then send email "Q"
      end
      then send email "Z"
"""


@pytest.mark.parametrize(
    ("gone", "goes_on"),
    [
        (("wait 2 days\n",), [(1, "P"), (1, "Z")]),
        (("wait 2 days\n", 'then send email "P"'), [(1, "Z")]),
        (("wait 2 days\n", 'then send email "P"', 'then send email "Z"'), []),
    ],
)
def test_a_run_whose_step_is_gone_goes_on_ahead_of_it_and_never_in_the_other_arm(
    gone: tuple[str, ...], goes_on: list[tuple[int, str]]
) -> None:
    """At the nearest step that the run would have reached; with none left, it is at its end."""
    edited = ARMS
    for words in gone:
        edited = edited.replace(words, 'then do "x"\n' if words is gone[-1] and "P" in words else "\n")
    contact = Contact(ARMS, plan="pro").wake(START, JOINS).edit(edited, START + DAY)
    assert contact.go_on() == goes_on
    assert contact.rows[-1].status == "completed"


def test_a_run_stays_in_its_arm_when_both_arms_have_the_same_steps() -> None:
    """The first arm loses its steps; the equal ones of the other arm are not those of this run."""
    both = ARMS.replace("wait 5 days", "wait 2 days").replace('"Q"', '"P"')
    (arm,) = {both[both.index("wait 2") : both.index("otherwise")]}
    edited = both.replace(arm, 'then add tag "t"\n', 1)
    contact = Contact(both, plan="pro").wake(START, JOINS).edit(edited, START + DAY)
    assert contact.go_on() == [(1, "Z")]
    contact = Contact(both, plan="free").wake(START, JOINS).edit(edited, START + DAY)
    assert contact.go_on() == [(2, "P"), (2, "Z")]


def test_a_run_in_a_loop_whose_wait_is_gone_goes_on_with_the_next_round() -> None:
    """The nearest step ahead is the head of the repeat."""
    loop = 'flow "F" when member joins program repeat 3 times then send email "A" {} end then send email "Z"'
    contact = Contact(loop.format("wait 2 days")).wake(START, JOINS).wake(START + 2 * DAY)
    contact.edit(loop.format(""), START + 3 * DAY)
    assert contact.go_on() == [(0, "A"), (2, "A"), (3, "A"), (3, "Z")]


def test_two_edits_without_a_wake_between_them() -> None:
    """The second one finds the run where the first one has put it."""
    contact = Contact(PROGRAM).wake(START, JOINS).carry(PROGRAM.replace("then wait 3 days ", ""))
    contact.carry(PROGRAM.replace('then wait 3 days then send email "B"', 'then send email "C"'))
    assert contact.wake(START + DAY).go_on() == [(0, "A")]
    assert contact.rows[-1].status == "completed"


def test_a_wait_for_a_date_that_an_edit_changes_follows_the_new_date() -> None:
    """Two days before the date, then one day before it; a wait for a time of its own keeps its end."""
    program = PROGRAM.replace("wait 3 days", "wait until 2 days before trial_ends or skip")
    ends = datetime.fromtimestamp((START + 9 * DAY) / 1000, UTC)
    for edited, day in (("1 day before trial_ends", 8), ("5 days before trial_ends", 4)):
        contact = Contact(program).wake(START, Update(columns={"trial_ends": ends}), JOINS)
        contact.edit(program.replace("2 days before trial_ends", edited), START + DAY)
        assert contact.go_on() == [(0, "A"), (day, "B")]
    contact = Contact(PROGRAM).wake(START, Update(columns={"trial_ends": ends}), JOINS).edit(program, START + DAY)
    assert contact.go_on() == [(0, "A"), (7, "B")]


# --- loops ------------------------------------------------------------------------------------------------------------


def identities(contact: Contact) -> list[tuple[str, int, str, int]]:
    rows = [row for row in contact.rows if row.kind == "action" and row.status in ("done", "skipped")]
    return [(row.flow, row.run, row.step, row.iteration) for row in rows]


def test_a_wait_that_an_edit_puts_into_a_repeat_is_in_its_first_round() -> None:
    """Three rounds are meant, and one of them is under way; what was done counts as done once."""
    edited = PROGRAM.replace("then send", "repeat 3 times then send", 1) + " end"
    contact = Contact(PROGRAM).wake(START, JOINS).edit(edited, START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "B"), (3, "A"), (6, "B"), (6, "A"), (9, "B")]
    assert [one[2:] for one in identities(contact)] == [
        ("send A", 1), ("send B", 1), ("send A", 2), ("send B", 2), ("send A", 3), ("send B", 3),
    ]  # fmt: skip


def test_a_jump_that_an_edit_adds_counts_its_iterations_on() -> None:
    """A was taken before there was a loop, so it is taken for the second time."""
    edited = PROGRAM.replace("then send", 'label "L" then send', 1) + ' go to "L" at most 1 time'
    contact = Contact(PROGRAM).wake(START, JOINS).edit(edited, START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "B"), (3, "A"), (6, "B")]
    assert len({*identities(contact)}) == 4


def test_an_id_that_goes_to_another_action_does_not_name_two_rows_alike() -> None:
    """A label names the step behind it. A new message there is not done yet, and has an identity of its own."""
    labelled = PROGRAM.replace("then send", 'label "L" then send', 1)
    edited = 'flow "F" when member joins program then wait 3 days then label "L" then send email "X"'
    contact = Contact(labelled).wake(START, JOINS).edit(edited.replace("then label", "label"), START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "X")]
    assert [one[2:] for one in identities(contact)] == [("L", 1), ("L", 2)]


def test_a_flow_that_comes_back_goes_on_with_the_numbers_of_its_runs() -> None:
    """Run 1 was of the flow that is gone: no other run has its number."""
    other = 'flow "Z" when contact buys offer then add tag "t"'
    contact = Contact(PROGRAM).wake(START, JOINS).edit(other, START + DAY).edit(PROGRAM, START + 2 * DAY)
    contact.wake(START + 3 * DAY, JOINS)
    assert {one[1] for one in identities(contact)} == {1, 2}


def test_a_flow_that_gets_the_name_of_a_deleted_one_has_other_runs() -> None:
    """Run 1 of F has had rows; G, which was under way meanwhile, is called F now, and its run is number 2."""
    other = PROGRAM.replace('"F"', '"G"').replace('"A"', '"C"').replace("3 days", "5 days").replace('"B"', '"A"')
    contact = Contact(f"{PROGRAM}\n\n{other}").wake(START, JOINS).edit(other, START + DAY)
    contact.edit(other.replace('"G"', '"F"'), START + 2 * DAY).wake(START + 3 * DAY, JOINS)
    assert contact.go_on() == [(0, "A"), (0, "C"), (3, "C"), (5, "A"), (8, "A")]
    assert len({*identities(contact)}) == 5
    assert [one[1] for one in identities(contact)] == [1, 1, 3, 2, 3]


# --- alarms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trigger", ["every day at 12:00", "every month on day 5 at 12:00", "2 hours after joined_at"])
def test_a_trigger_that_stays_starts_runs_also_if_the_wake_after_the_edit_is_late(trigger: str) -> None:
    """The moment is between the edit and the wake. Another `where` does not change it."""
    program = f'flow "F" when {trigger} then send email "A"'
    for edited in (program, program.replace(" then", ' where plan is "pro" then'), program.replace('"F"', '"G"')):
        contact = Contact(program, plan="pro")
        contact.wake(START, Update(columns={"joined_at": datetime.fromtimestamp(START / 1000, UTC)}))
        contact.carry(edited + ' then send email "B"').wake(START + 3 * HOUR)
        assert contact.done() == [(0, "A"), (0, "B")]


def test_a_trigger_with_other_moments_is_scheduled_by_the_next_wake() -> None:
    """What is past by then is not made up for, and the report says what was dropped."""
    program = 'flow "F" when every day at 12:00 then send email "A"'
    contact = Contact(program).carry(program.replace("12:00", "11:00")).wake(START + 3 * HOUR)
    assert contact.done() == []
    assert contact.reported() == [("trigger", "dropped")]
    assert contact.due == START + 25 * HOUR


# --- messages in the queue for capacity -------------------------------------------------------------------------------

QUEUE = """
    workspace
      cap 1 email per contact every 30 days
      capacity email 10 per hour
    flow "F" when member joins program then send email "A" then add tag "t"
    flow "G" when contact buys offer then send email "C"
"""


@pytest.mark.parametrize(
    "edited",
    [
        QUEUE.replace('then send email "A" ', ""),
        QUEUE.replace('flow "F" when member joins program then send email "A" then add tag "t"', ""),
    ],
)
def test_a_queued_message_that_does_not_go_out_leaves_its_place_in_the_caps(edited: str) -> None:
    """Its step or its flow is gone."""
    contact = Contact(QUEUE).wake(START, JOINS)
    assert len(contact.slots) == 1
    contact.edit(edited, START + DAY).wake(START + 2 * DAY, BUYS)
    contact.wake(START + 2 * DAY + 1, *contact.slots)
    assert (2, "C") in contact.done()
    assert "cap" not in contact.refused()


def test_a_queued_message_requests_its_slot_again_after_an_edit() -> None:
    """Requests name flows by number, and the numbers are others now: the old slot is without effect."""
    other = '    flow "New" when contact buys offer then send email "N"\n'
    edited = QUEUE.replace('    flow "F"', other + '    flow "F"')
    contact = Contact(QUEUE).wake(START, JOINS)
    stale = contact.slots
    contact.edit(edited, START + DAY)
    assert [(one.channel, one.flow, one.run) for one in contact.requests] == [("email", 1, 1)]
    slots = contact.slots
    assert contact.wake(START + DAY + 1, *stale).done() == []
    assert contact.wake(START + DAY + 2, *slots).done() == [(1, "A"), (1, "t")]


def test_a_stale_slot_never_raises() -> None:
    """Whatever its numbers are now."""
    contact = Contact(QUEUE).wake(START, JOINS).edit(QUEUE.replace('send email "A"', 'send sms "S"'), START + DAY)
    slots = [Slot(flow, run) for flow in (-1, 0, 1, 7) for run in (0, 1, 2)]
    contact.wake(START + 2 * DAY, *slots)
    assert contact.done() == [(1, "t")]


def test_without_capacity_a_queued_message_goes_out_at_the_next_wake() -> None:
    """Nobody serves the queue any more."""
    edited = QUEUE.replace("      capacity email 10 per hour\n", "")
    contact = Contact(QUEUE).wake(START, JOINS).edit(edited, START + DAY)
    assert contact.done() == [(1, "A"), (1, "t")]


@pytest.mark.parametrize("effect", ['add tag "x"', 'send sms "S"', 'set plan to "pro"'])
def test_an_id_of_a_queued_message_may_go_to_any_other_action(effect: str) -> None:
    """The run takes this action at the next wake, and the stale slot is without effect."""
    labelled = QUEUE.replace("then send", 'label "L" then send', 1)
    contact = Contact(labelled).wake(START, JOINS)
    slots = contact.slots
    contact.edit(labelled.replace('send email "A"', effect), START + DAY).wake(START + DAY, *slots)
    assert len(contact.done()) == 2
    assert all(day == 1 for day, _ in contact.done())


# --- campaigns --------------------------------------------------------------------------------------------------------

DRIP = """
    flow "Ask" when contact buys offer
      if in campaign "K" then add tag "in" otherwise add tag "out" end
    campaign "K" wait 3 days then send email "D" wait 3 days then send email "E"
"""


@pytest.mark.parametrize(("name", "tag"), [('"K"', "in"), ('"Lessons"', "in"), ("", "out")])
def test_a_contact_is_in_a_campaign_by_its_new_name(name: str, tag: str) -> None:
    """Renamed, the contact is still in it; deleted and made anew later, not any more."""
    contact = Contact(DRIP).wake(START, Happening("campaign.joined", "K"))
    if name:
        contact.edit(DRIP.replace('"K"', name), START + DAY)
    else:
        contact.edit('flow "Z" when contact buys offer then add tag "t"', START + DAY).edit(DRIP, START + DAY)
    contact.wake(START + 2 * DAY, BUYS)
    assert contact.done() == [(2, tag)]
    if name:
        assert contact.go_on() == [(2, "in"), (3, "D"), (6, "E")]
        assert contact.wake(START + 9 * DAY, BUYS).done()[-1] == (9, "out")


def test_a_campaign_that_is_renamed_or_gone_changes_the_names_in_the_state() -> None:
    """The contact is in the campaign by its name."""
    drip = 'campaign "C" then send email "A" then wait 3 days then send email "B"'
    for edited, names in ((drip.replace('"C"', '"D"'), ["D"]), (PROGRAM, [])):
        contact = Contact(drip).wake(START, Happening("campaign.joined", "C")).edit(edited, START + DAY)
        assert json.loads(contact.document).get("sets", {}).get("campaigns", []) == names


# --- include existing -------------------------------------------------------------------------------------------------


def test_include_existing_of_an_edit_starts_who_has_not_been_in_the_flow() -> None:
    """In a flow that is new, or in one that gains it; also where a second edit comes before the wake."""
    existing = PROGRAM.replace("joins program", "joins program include existing")
    other = 'flow "Z" when contact buys offer then add tag "t"'
    for before in (other, PROGRAM):
        contact = Contact(before)
        contact.wake(START, Update(sets={"programs": ("Yoga",)}))
        contact.carry(existing).carry(existing + ' then add tag "t"').wake(START + DAY)
        assert contact.done() == [(1, "A")]
    contact = Contact(PROGRAM).wake(START, JOINS).edit(existing, START + DAY)
    assert contact.done() == [(0, "A")]


# --- many documents ---------------------------------------------------------------------------------------------------


def test_a_carrier_carries_many_documents_and_leaves_them_as_they_are() -> None:
    """The result is that of `carry`."""
    edited = plan_of(PROGRAM.replace("3 days", "5 days"))
    carrier = Carrier(plan_of(PROGRAM), edited)
    for inputs in ((), (JOINS,), (JOINS, BUYS)):
        contact = Contact(PROGRAM).wake(START, *inputs)
        document = json.loads(contact.document)
        assert carrier.carry(document) == carry(document, contact.plan, edited)
        assert document == json.loads(contact.document)


def test_a_flow_that_starts_alike_but_does_something_else_is_no_renamed_one() -> None:
    """One flow is deleted and another one is made: the run does not go on in it."""
    other = 'flow "G" when contact buys offer then wait 3 days then send email "X"'
    contact = Contact(PROGRAM).wake(START, JOINS).edit(other, START + DAY)
    assert contact.go_on() == [(0, "A")]
    assert ("run", "dropped") in contact.reported()


def test_a_document_of_another_plan_is_refused() -> None:
    """Before anything is carried."""
    contact = Contact(PROGRAM).wake(START, JOINS)
    other = plan_of('flow "Z" when contact buys offer then add tag "t"')
    with pytest.raises(RunError, match="E771"):
        carry(json.loads(contact.document), other, contact.plan)
    with pytest.raises(RunError, match="E770"):
        carry({"version": 9}, other, contact.plan)


def test_a_document_with_a_queued_run_at_another_step_than_a_message_is_refused() -> None:
    """A slot for this run could send nothing."""
    contact = Contact(QUEUE).wake(START, JOINS)
    document = contact.document.replace('"step": "send A"', '"step": "add tag t"')
    with pytest.raises(RunError, match='no run can be queued at step "add tag t"'):
        from_json(prepare(contact.plan), json.loads(document))


def test_runs_of_a_renamed_flow_queue_on_and_the_state_fits_the_new_plan() -> None:
    """The request names the flow by its new number."""
    contact = Contact(QUEUE).wake(START, JOINS).edit(QUEUE.replace('flow "F"', 'flow "Z"'), START + DAY)
    assert contact.wake(START + DAY, *contact.slots).done() == [(1, "A"), (1, "t")]
    assert {row.flow for row in contact.rows if row.status == "done"} == {"Z"}
