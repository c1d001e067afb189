"""Teaching: answers are judged by what they do for contacts, and the first contact for whom they differ is shown."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import flowdsl
from flowdsl import teach

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = [ROOT / "examples" / name for name in ("event_crm", "launch", "momence_sequences", "welcome")]

RIGHT = {
    "trigger 1": 'flow "Mine"\n  when student joins program "Yoga"\n  then send chat "Welcome"',
    "trigger 2": 'when client books class the 4th time limit once per contact then send email "You are a regular"',
    "trigger 3": 'limit 1 time per contact when contact gets tag "yoga" or when joins program "Yoga"'
    ' then send email "Your first lesson"',
    "condition 1": "when member joins program where not has membership wait 72 hours if not has membership"
    ' then send chat "How is it going?" end',
    "condition 2": 'when buys offer where trigger.amount > 50 if not plan is "pro"'
    ' then send email "Have you seen our pro plan?" otherwise send email "Thank you" end',
    "condition 3": "when abandons cart wait until buys offer for up to 24 hours if not it happened"
    ' then send email "You forgot something" end',
    "action 1": 'when completes program "Yoga" then award badge "Yogi" wait 90 minutes then send email "Well done"',
    "action 2": 'when joins program then send email "Hello" wait until opened "Hello" for up to 48 hours'
    ' if not it happened then send sms "Have a look at your mail" otherwise then add tag "reader" end',
    "action 3": "when joins program only on monday, tuesday, wednesday, thursday, friday between 09:00 and 18:00"
    ' then send sms "Welcome"',
}
WRONG = [  # an exercise, an answer, and words of what is told about it
    ("trigger 1", 'when joins program then send chat "Welcome"', "compare the trigger"),
    ("trigger 1", 'when joins program "Yoga" then send chat "welcome"', "letter by letter"),
    ("trigger 1", 'when joins program "Yoga" then send sms "Welcome"', "the channel is another one"),
    ("trigger 1", 'when leaves program "Yoga" then send chat "Welcome"', "the trigger must hear this event"),
    ("trigger 2", 'when books class every 4th time then send email "You are a regular"', "compare the trigger"),
    ("trigger 2", 'when books class then send email "You are a regular"', "compare the trigger"),
    ("trigger 2", 'when books class the 3rd time then send email "You are a regular"', "compare the trigger"),
    ("trigger 3", 'when joins program "Yoga" or when gets tag "yoga" then send email "Your first lesson"', "`limit`"),
    ("condition 1", 'when joins program wait 3 days then send chat "How is it going?"', "`unless`"),
    (
        "condition 1",
        'when joins program where not has membership wait 3 days then send chat "How is it going?"',
        "somebody must look again",
    ),
    (
        "condition 1",
        'when joins program unless has membership wait 2 days then send chat "How is it going?"',
        "compare how long it waits",
    ),
    (
        "condition 2",
        'when buys offer where amount >= 50 if plan is "pro" then send email "Thank you"'
        ' otherwise send email "Have you seen our pro plan?" end',
        "`where`",
    ),
    (
        "condition 2",
        'when buys offer where amount > 50 if plan is not "pro" then send email "Have you seen our pro plan?"'
        ' otherwise send email "Thank you" end',
        "letter by letter",  # of somebody whose plan is not known
    ),
    ("condition 3", 'when abandons cart wait 1 day then send email "You forgot something"', "`goal`"),
    (
        "condition 3",
        'when abandons cart unless bought offer wait 1 day then send email "You forgot something"',
        "keeps this contact out",
    ),
    ("action 1", 'when completes program "Yoga" wait 90 minutes then send email "Well done"', "a step is missing"),
    (
        "action 2",
        'when joins program then send email "Hello" wait 2 days if opened "Hello" then add tag "reader"'
        ' otherwise send sms "Have a look at your mail" end',
        "another moment",
    ),
    ("action 3", 'when joins program then send sms "Welcome"', "`only on"),
    (
        "action 3",
        'when joins program only on weekdays between 09:00 and 18:00 timezone "Asia/Tokyo" then send sms "Welcome"',
        "`only on",
    ),
]


@pytest.mark.parametrize("name", RIGHT)
def test_an_answer_in_other_words_is_right(name: str) -> None:
    """Wording, names of flows and order of clauses do not count: who does the same is right."""
    found = teach.exercises()[name].check(RIGHT[name])
    assert found, str(found)
    assert found.actions > 0
    assert str(found).startswith("Right.")


@pytest.mark.parametrize(("name", "answer", "hint"), WRONG)
def test_a_wrong_answer_is_shown_the_contact_for_whom_it_differs(name: str, answer: str, hint: str) -> None:
    """Near misses are found out by contacts made for it, and the hint names the part that is responsible."""
    found = teach.exercises()[name].check(answer)
    assert not found
    assert found.contact
    assert hint in found.hint, str(found)
    assert any(row.is_marked for row in found.rows)


def test_both_stories_are_told_side_by_side() -> None:
    """The text shows what happens under either program, marks where they part, says why, and where to look."""
    people = pd.DataFrame({"contact": ["ann", "bob"], "membership": [None, "Gold"]})
    joins = pd.DataFrame({"time": "2026-01-05 09:00", "contact": ["ann", "bob"], "event": "joins program"})
    answer = 'flow "Mine"\n  when member joins program\n  wait 3 days\n  then send chat'
    wanted = "when member joins program unless has membership wait 3 days then send chat"
    assert str(teach.check(answer, wanted, people, joins, days=7)).splitlines() == [
        "Not yet. For bob (membership Gold) something else happens than is wanted, first Thu 2026-01-08 09:00.",
        "",
        "                        Your program                                  Wanted",
        '  Mon 2026-01-05 09:00  joined program: run 1 of "Mine" began         joined program',
        '                        waits until Thu 2026-01-08 09:00              "flow 1" declined: its `unless` holds',
        "> Thu 2026-01-08 09:00  the wait is over",
        "                        sent chat",
        '                        run 1 of "Mine" completed',
        "",
        "Your program: sent chat.",
        "Wanted:       nothing: the contact may not enter, since its `unless` holds.",
        "Look at:      line 2, `member joins program`",
        "Hint:         something must keep this contact out: `unless`, before the first step.",
    ]


def test_html_tells_the_same_and_names_are_text() -> None:
    """In a notebook the two stories are a table; whatever names hold stays text."""
    name = "<b>bold</b>"
    told = teach.check(f'when joins program then send chat "{name}"', "when joins program then send chat")._repr_html_()
    assert "<table" in told
    assert "Your program" in told
    assert name not in told
    assert "&lt;b&gt;bold&lt;/b&gt;" in told


def test_diagnostics_of_an_answer_are_all_told_in_the_teaching_form() -> None:
    """A text with errors is not right; each of its errors comes with mark, reason and fix, and nothing is raised."""
    found = teach.check('when joins program unles has tag "a" wait 3 dys then send chat', "when joins program")
    assert not found
    assert [diagnostic.code for diagnostic in found.diagnostics] == ["E205", "E117"]
    assert "did you mean `unless`?" in str(found)
    assert "did you mean `days`?" in found._repr_html_()


@pytest.mark.parametrize("answer", ["", "# not yet", None, 3, "answer.flow"])
def test_what_is_no_answer_yet_is_told_too(answer: object) -> None:
    """Nothing written, nothing but comments, no program at all: a verdict, never a traceback."""
    found = teach.check(answer, 'when joins program then send chat "Hi"')  # type: ignore[arg-type]
    assert not found
    assert "Not yet" in str(found)
    assert "Not yet" in found._repr_html_()


def test_a_column_that_the_table_lacks_is_a_diagnostic_of_the_answer() -> None:
    """Against a table that is given, columns that it does not have are told as `check` tells them."""
    people = pd.DataFrame({"contact": ["ann"], "plan": ["pro"]})
    joins = pd.DataFrame({"time": ["2026-01-05"], "contact": ["ann"], "event": ["joins program"]})
    wanted = 'when joins program where plan is "pro" then send chat'
    found = teach.check('when joins program where plam is "pro" then send chat', wanted, people, joins)
    assert [diagnostic.code for diagnostic in found.diagnostics] == ["E410"]


def test_diagnostics_of_what_is_wanted_are_the_teachers() -> None:
    """A wanted program that is wrong is raised: no answer could ever be right."""
    with pytest.raises(flowdsl.ProgramError):
        teach.check("when joins program then send chat", "when joins program unles has membership then send chat")
    with pytest.raises(flowdsl.ProgramError):
        teach.Exercise("?", "when joins program unles has membership then send chat")


def test_tables_that_do_not_fit_what_is_wanted_are_the_teachers() -> None:
    """A table without a column that the wanted program reads is no diagnostic of the answer."""
    joins = pd.DataFrame({"time": ["2026-01-05"], "contact": ["ann"], "event": ["joins program"]})
    wanted = "when joins program where age >= 18 then send chat"
    with pytest.raises(flowdsl.RunError, match="age"):
        teach.check(wanted, wanted, None, joins)


def test_skips_and_ends_count_when_they_are_asked_for() -> None:
    """What a contact never sees counts only if the exercise is about it."""
    branch = "when joins program wait 1 day if not has membership then send chat end"
    clause = "when joins program wait 1 day then send chat unless has membership"
    assert teach.check(branch, clause)
    assert not teach.check(branch, clause, skips=True)
    goal = "when joins program goal buys offer wait 1 day then send chat"
    leave = "when joins program exit when buys offer wait 1 day then send chat"
    assert teach.check(leave, goal)
    assert not teach.check(leave, goal, ends=True)


def test_a_flow_that_starts_later_is_tried_from_then_on() -> None:
    """Made-up events come when the flows have started; what is before that is tried as well."""
    text = 'when joins program starting {} then send chat "Hi"'
    found = teach.check(text.format("2027-05-01"), text.format("2027-05-02"))
    assert "2027-05-01" in found.moment
    assert teach.check(text.format("2027-05-01"), text.format("2027-05-01")).actions > 5


def test_names_of_flows_do_not_move_splits() -> None:
    """Chance of a split is drawn by the flow's name; an answer may have another name all the same."""
    text = 'flow "{}"\n  when joins program\n  split 50% "a" then send chat "a" 50% "b" then send chat "b" end'
    assert teach.check(text.format("Mine"), text.format("Wanted"))
    assert not teach.check(text.format("Mine").replace("50%", "60%", 1).replace('50% "b"', '40% "b"'), text.format("W"))


def test_a_scenario_is_the_same_for_both() -> None:
    """Answers are drawn alike for both programs; the scenario of the wanted one is taken, never that of the answer."""
    wanted = (
        'flow "F"\n  when joins program\n  then send email "A"\n  wait until opened "A" for up to 2 days\n'
        '  if it happened then send sms "B" end\nscenario "S"\n  assume contact opens email 50% within 1 day'
    )
    people = pd.DataFrame({"contact": range(20)})
    joins = pd.DataFrame({"time": "2026-01-05", "contact": range(20), "event": "joins program"})
    assert teach.check(wanted.replace("50%", "1%"), wanted, people, joins, days=4).actions > 20
    assert not teach.check(wanted.replace("sms", "chat"), wanted, people, joins, days=4)
    several = f'{wanted}\nscenario "T"\n  assume contact opens email 100% within 1 day'
    bare = wanted.partition("scenario")[0]
    assert teach.check(bare, several, people, joins, days=4, scenario="T").actions == 40
    with pytest.raises(flowdsl.RunError, match="E706"):
        teach.check(bare, several, people, joins, days=4)


def test_contacts_that_are_given_are_tried_with_events_that_are_made() -> None:
    """A table of contacts without events: each of its contacts lives several lives."""
    people = pd.DataFrame({"id": ["x1", "x2"], "plan": ["free", "pro"]})
    wanted = 'when buys offer the 2nd time where plan is "pro" then send chat'
    found = teach.check('when buys offer where plan is "pro" then send chat', wanted, people)
    assert found.contact.startswith("x2")
    assert "plan pro" in str(found)


def test_an_exercise_shows_its_question_and_never_its_solution() -> None:
    """Whatever an exercise shows of itself, the wanted program is no part of it."""
    people = pd.DataFrame({"contact": ["ann"], "plan": ["pro"]})
    secret = teach.Exercise("Say something nice.", 'when joins program then send chat "Secret"', people, name="Nice")
    for shown in (str(secret), repr(secret), secret._repr_html_(), secret.sealed()):
        assert "Secret" not in shown
    assert "ann" in secret._repr_html_()


def test_a_sealed_exercise_is_opened_again() -> None:
    """A teacher seals an exercise with its tables; what comes out of it judges alike. A damaged word is told."""
    people = pd.DataFrame({"contact": ["007", "008"], "plan": ["pro", "free"]})
    joins = pd.DataFrame({"time": "2026-01-05", "contact": ["007", "008"], "event": "joins program"})
    wanted = 'when joins program where plan is "pro" then send chat'
    word = teach.Exercise("Only pros.", wanted, people, joins, days=2).sealed()
    opened = teach.Exercise.unsealed("\n".join(word[at : at + 60] for at in range(0, len(word), 60)))
    assert opened.check(wanted)
    assert opened.check("when joins program then send chat").contact == "008"
    for broken in (word[:-9], "no exercise", ""):
        with pytest.raises(flowdsl.RunError, match="E760"):
            teach.Exercise.unsealed(broken)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_program_does_what_it_does(path: Path) -> None:
    """Contacts can be made up for any program, and it is right when it is held against itself."""
    program = flowdsl.load(path)
    found = teach.check(program, flowdsl.dump(program))
    assert found, str(found)


def test_the_earlier_name_of_diagnostics_still_works() -> None:
    """`Verdict.faults` gives the same, with a warning that names the new one."""
    verdict = teach.check("when", "when member joins program then send chat")
    with pytest.warns(DeprecationWarning, match=r"Verdict\.diagnostics"):
        assert verdict.faults == verdict.diagnostics
