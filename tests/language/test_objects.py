"""Related objects: what is known of them, whose events end or move which run, and what a catalogue adds."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from lives import Lived, Row, live, on, table

import flowdsl
from flowdsl.diagnostics.diagnostic import ProgramError

WEBINARS = """
flow "Reminder"
  when contact registers for webinar
  goal contact attends webinar
  exit when contact misses webinar
  then send email "Welcome"
  wait until 1 hour before webinar.start
  then send sms "Starts soon"
  wait 2 days
  then send email "How was it"
"""


def offered(*rows: dict[str, Any]) -> pd.DataFrame:
    return table(rows)


INTRO = {"kind": "webinar", "name": "Intro", "start": "2026-01-20 18:00"}
CLOSING = {"kind": "webinar", "name": "Closing", "start": "2026-01-25 18:00"}


# --- objects by name, and the catalogue -------------------------------------------------------------------------------


def test_a_webinar_of_the_catalogue_is_known_by_its_name() -> None:
    """No row tells when it starts: the catalogue does, and the reminder comes an hour before."""
    lived = live(WEBINARS, on("2026-01-05 10:00", "registers for webinar", "Intro"), catalogue=offered(INTRO, CLOSING))
    assert lived.sends() == ["2026-01-05 10:00 Welcome", "2026-01-20 17:00 Starts soon", "2026-01-22 17:00 How was it"]
    assert [(row["object_kind"], row["object_id"]) for row in lived.rows("runs")] == [("webinar", "Intro")]


def test_attending_one_webinar_ends_the_run_about_that_one_alone() -> None:
    """Two registrations run side by side; each listens to its own webinar."""
    lived = live(
        WEBINARS,
        on("2026-01-05 10:00", "registers for webinar", "Intro"),
        on("2026-01-06 10:00", "registers for webinar", "Closing"),
        on("2026-01-20 18:00", "attends webinar", "Intro"),
        on("2026-01-25 20:00", "misses webinar", "Closing"),
        catalogue=offered(INTRO, CLOSING),
    )
    assert lived.runs() == ["converted: webinar.attended", "exited: webinar.missed"]
    assert lived.spans() == ["2026-01-05 10:00 to 2026-01-20 18:00", "2026-01-06 10:00 to 2026-01-25 20:00"]


def test_what_a_row_says_of_an_object_goes_before_the_catalogue() -> None:
    """A registration with a start of its own, say for another session, is believed."""
    lived = live(
        WEBINARS,
        on("2026-01-05 10:00", "registers for webinar", "Intro", object_id="r7", start="2026-01-10 09:00"),
        catalogue=offered(INTRO),
    )
    assert "2026-01-10 08:00 Starts soon" in lived.sends()


def test_an_object_with_an_id_of_its_own_is_found_in_the_catalogue_by_the_events_name() -> None:
    """Registration r7 is for the webinar "Intro": its start is that of "Intro"."""
    lived = live(
        WEBINARS,
        on("2026-01-05 10:00", "registers for webinar", "Intro", object_id="r7"),
        on("2026-01-06 10:00", "attends webinar", "Intro", object_id="r8"),
        catalogue=offered(INTRO),
    )
    assert "2026-01-20 17:00 Starts soon" in lived.sends()
    assert lived.runs() == ["completed"]


def test_without_a_catalogue_the_start_is_not_known_and_the_reminder_is_skipped() -> None:
    """No date: what hangs on it is skipped with that reason until the next wait."""
    lived = live(WEBINARS, on("2026-01-05 10:00", "registers for webinar", "Intro"))
    assert lived.actions()[1] == "2026-01-05 10:00 Starts soon skipped: no date"


def test_a_moved_webinar_moves_the_reminder() -> None:
    """Any later row of that object will do, whatever its event is called."""
    for event in ("webinar was moved", "webinar.registered"):
        moved = on("2026-01-12 10:00", event, "Intro", object_id="Intro", start="2026-01-22 12:00")
        lived = live(
            WEBINARS, on("2026-01-05 10:00", "registers for webinar", "Intro"), moved, catalogue=offered(INTRO)
        )
        assert "2026-01-22 11:00 Starts soon" in lived.sends()
        assert "2026-01-20 17:00 Starts soon" not in lived.sends()


def test_what_started_a_run_has_the_fields_of_the_catalogue() -> None:
    """Drafts and published programs can be told apart, and what is not an object kind has its dates too."""
    catalogue = offered(
        {"kind": "program", "name": "Yoga", "published": True, "start": "2026-02-01"},
        {"kind": "program", "name": "Trial", "published": False, "start": None},
    )
    lived = live(
        """
        when member joins program where trigger.published is yes
        wait until 2 days before trigger.start at 09:00
        then send email "Soon"
        """,
        on("2026-01-05", "joins program", "Yoga"),
        on("2026-01-06", "joins program", "Trial"),
        catalogue=catalogue,
    )
    assert lived.runs() == ["completed", "declined: where"]
    assert lived.sends() == ["2026-01-30 09:00 Soon"]


def steps(program: object, others: object = "Warm up;Flow") -> pd.DataFrame:
    return offered(
        {"kind": "program", "name": "Open day", "steps": program},
        {"kind": "program", "name": "Yoga", "steps": others},
    )


@pytest.mark.parametrize(
    ("when", "listed", "code", "words"),
    [
        ('misses step of program "Open day"', "0", "E711", 'the program "Open day" has no steps'),
        ('completes step "x" of program "Yoga" or "Open day"', "no", "E711", 'the program "Open day" has no steps'),
        ('completes step "Warm upp" of program "Yoga"', "0", "E708", 'did you mean "Warm up"'),
        ('completes step of program "Joga"', "0", "E708", 'did you mean "Yoga"'),
    ],
)
def test_a_program_without_steps_cannot_be_chosen_for_steps(when: str, listed: str, code: str, words: str) -> None:
    """What the catalogue says a program has not would never happen: an error with its reason."""
    text = f'when member {when} then send chat "x"'
    with pytest.raises(ProgramError, match=words) as error:
        live(text, on("2026-01-05", "joins program", "Yoga"), catalogue=steps(listed))
    assert [diagnostic.code for diagnostic in error.value.diagnostics] == [code]


@pytest.mark.parametrize(
    ("none", "some"), [(0, 3), (0, None), (0.0, 3.0), ("0.0", "3.0"), (False, True), ("no", "yes"), ("", "3")]
)
def test_steps_may_be_counted_or_just_be_there(none: object, some: object) -> None:
    """A number, also one that an empty cell below has made 0.0, or yes and no: then the steps have no names to miss."""
    event = on("2026-01-05", "joins program", "Yoga")
    with pytest.raises(ProgramError) as error:
        live('when member completes step of program "Open day" then send chat "x"', event, catalogue=steps(none, some))
    assert [diagnostic.code for diagnostic in error.value.diagnostics] == ["E711"]
    done = on("2026-01-05", "completes step", "Flow", program="Yoga")
    text = 'when member completes step "Flow" of program "Yoga" then send chat "x"'
    assert live(text, done, catalogue=steps(none, some)).runs() == ["completed"]


def test_programs_without_steps_can_be_joined_and_steps_of_others_be_done() -> None:
    """Only the steps are refused."""
    for when, event in (
        ('joins program "Open day"', on("2026-01-05", "joins program", "Open day")),
        ('completes step "Flow" of program "Yoga"', on("2026-01-05", "completes step", "Flow", program="Yoga")),
    ):
        assert live(f'when member {when} then send chat "x"', event, catalogue=steps("0")).runs() == ["completed"]


# --- several objects of one contact -----------------------------------------------------------------------------------

DUNNING = """
flow "Dunning"
  when invoice is overdue where invoice.amount > 50
  limit once per invoice
  goal invoice is paid
  repeat 3 times
    then send email "Please pay {invoice.amount}"
    wait 4 days
  end
  if invoice is overdue at least 2 times
    then set invoice.status to "disputed"
  end
  if invoice.status is "disputed"
    then create task "Call {contact}" for "office"
  end
"""


def invoices(*more: Row, **options: Any) -> Lived:
    return live(
        DUNNING,
        on("2026-01-05 10:00", "invoice is overdue", object_id="A", amount=100),
        on("2026-01-06 10:00", "invoice is overdue", object_id="B", amount=80),
        on("2026-01-07 10:00", "invoice is overdue", object_id="C", amount=20),
        *more,
        **options,
    )


def test_paying_one_invoice_does_not_stop_the_dunning_of_another() -> None:
    """Each run is about one invoice; small ones are not dunned at all."""
    lived = invoices(on("2026-01-10 10:00", "invoice is paid", object_id="B"))
    assert lived.runs() == ["completed", "converted: invoice.paid", "declined: where"]
    assert [row["object_id"] for row in lived.rows("runs")] == ["A", "B", "C"]


def test_once_per_invoice_counts_each_invoice_for_itself() -> None:
    """The second time A is overdue starts nothing; and A alone has been overdue twice."""
    lived = invoices(on("2026-01-08 10:00", "invoice is overdue", object_id="A"))
    assert lived.runs().count("declined: limit") == 1
    assert [line for line in lived.actions() if "Call" in line] == ["2026-01-17 10:00 Call {contact}"]


def test_a_status_that_an_action_sets_is_the_objects_status_from_then_on() -> None:
    """`set invoice.status to "paid"` causes `invoice is paid`, once, and starts what waits for that."""
    thanks = (
        'flow "Thanks"\n  when invoice is paid\n  if invoice.status is "paid"\n    then send email "Thanks"\n  end\n'
    )
    settle = 'flow "Settle"\n  when invoice is issued\n  then set invoice.status to "paid"\n'
    lived = live(thanks + settle, on("2026-01-05", "invoice is issued", object_id="A"))
    assert lived.sends() == ["2026-01-05 00:00 Thanks"]
    assert [row["action"] for row in lived.rows("records") if row["kind"] == "event"] == [
        "invoice.issued",
        "invoice.paid",
    ]


def test_a_field_that_an_action_sets_moves_the_wait_of_its_own_object() -> None:
    """A new due date, set by another flow about the same invoice, moves the wait; the other invoice keeps its own."""
    program = """
    flow "Reminder"
      when invoice is issued
      wait until 1 day before invoice.due at 09:00
      then send email "Due tomorrow"
    flow "More time"
      when invoice changes where invoice.amount > 500
      then set invoice.due to 2026-02-20
    """
    lived = live(
        program,
        on("2026-01-05", "invoice is issued", object_id="A", amount=100, due="2026-01-20"),
        on("2026-01-05", "invoice is issued", object_id="B", amount=100, due="2026-01-21"),
        on("2026-01-10", "invoice changes", object_id="A", amount=900),
        days=80,
    )
    assert lived.sends() == ["2026-01-20 09:00 Due tomorrow", "2026-02-19 09:00 Due tomorrow"]


def test_objects_that_exist_at_the_start_are_there() -> None:
    """The objects table brings fields; an event about one of them finds them, and the catalogue fills in the rest."""
    lived = live(
        WEBINARS,
        on("2026-01-05 10:00", "registers for webinar", "Intro", object_id="r1"),
        objects=[{"kind": "webinar", "object_id": "r1", "contact": "ann", "start": "2026-01-09 12:00"}],
        catalogue=offered(INTRO),
    )
    assert "2026-01-09 11:00 Starts soon" in lived.sends()


@pytest.mark.parametrize(
    ("past", "told"),
    [
        ("", ["2026-01-05 10:00 Soon skipped: date passed", "2026-01-06 10:00 After"]),
        (" or continue", ["2026-01-05 10:00 Soon", "2026-01-06 10:00 After"]),
        (" or exit", []),
    ],
)
def test_a_date_that_is_past_already_skips_goes_on_or_ends(past: str, told: list[str]) -> None:
    """The three ways of being late; skipping lasts until the next wait."""
    lived = live(
        f"""
        when quote is sent
        wait until 3 days before quote.valid{past}
        then send email "Soon"
        wait 1 day
        then send email "After"
        """,
        on("2026-01-05 10:00", "quote is sent", object_id="q", valid="2026-01-06"),
    )
    assert lived.actions() == told


def test_a_limit_per_kind_leaves_runs_about_other_kinds_alone() -> None:
    """Quotes are not limited by `once per invoice`, not even where their ids are the same."""
    program = """
    when invoice is issued or when quote is sent
    limit once per invoice
    then send chat "x"
    """
    rows = [
        on("2026-01-05", "quote is sent", object_id="1"),
        on("2026-01-06", "quote is sent", object_id="1"),
        on("2026-01-07", "invoice is issued", object_id="1"),
        on("2026-01-08", "invoice is issued", object_id="1"),
    ]
    assert live(program, *rows).runs() == ["completed", "completed", "completed", "declined: limit"]


def test_leads_have_a_state_and_a_status() -> None:
    """Made by an action or told by a table: `has lead`, the column `lead_status`, and their events."""
    program = """
    flow "New"
      when contact submits form "Contact"
      then create lead "Website"
      then set lead status to "warm"
    flow "Warm"
      when lead becomes "warm"
      if has lead "Website" and lead_status is "warm"
        then send chat "Warm lead"
      end
      wait until lead_status is "won" for up to 10 days
      if it happened
        then send email "Congratulations"
      end
    flow "Every lead"
      when contact becomes a lead
      then send sms "Lead"
    """
    lived = live(
        program,
        on("2026-01-05 10:00", "submits form", "Contact"),
        on("2026-01-07 10:00", "lead becomes", "won"),
        on("2026-01-08 10:00", "submits form", "Contact"),
    )
    assert lived.sends() == [
        "2026-01-05 10:00 Lead",
        "2026-01-05 10:00 Warm lead",
        "2026-01-07 10:00 Congratulations",
        "2026-01-08 10:00 Warm lead",
    ]


def test_answers_are_about_the_invoice_that_they_answer() -> None:
    """In a scenario a reminder about one invoice is paid by paying that one."""
    program = DUNNING.replace("{contact}", "them") + (
        'scenario "Good payers"\n  assume invoice is paid 100% of invoice is overdue after 5 days\n'
    )
    lived = live(
        program,
        on("2026-01-05 10:00", "invoice is overdue", object_id="A", amount=100),
        on("2026-01-06 10:00", "invoice is overdue", object_id="B", amount=80),
    )
    assert lived.spans() == ["2026-01-05 10:00 to 2026-01-10 10:00", "2026-01-06 10:00 to 2026-01-11 10:00"]
    assert lived.runs() == ["converted: invoice.paid"] * 2


def test_a_plan_about_objects_comes_back_from_its_json_and_its_text() -> None:
    """What is said of webinars, invoices and leads is said again."""
    for text in (WEBINARS, DUNNING.replace("{contact}", "them")):
        plan = flowdsl.load_plan(flowdsl.dump(text))
        assert flowdsl.load_plan(flowdsl.dump(flowdsl.format(plan))) == plan
