"""Checks: errors that only show in the whole of a program are found before anything runs, and sound programs pass."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowdsl
from flowdsl.compiler import resolved
from flowdsl.compiler.checks import check, expected
from flowdsl.compiler.checks.shape import END, graph
from flowdsl.compiler.resolve import resolve
from flowdsl.diagnostics.diagnostic import Diagnostic
from flowdsl.diagnostics.source import Source
from flowdsl.plan.expressions import CustomAction, Duration
from flowdsl.plan.plan import Elapsed
from flowdsl.syntax.parser import parse


def diagnostics(text: str, columns: dict[str, str] | None = None) -> list[Diagnostic]:
    program, syntax = parse(Source(text))
    assert syntax == [], [str(diagnostic) for diagnostic in syntax]
    meant, found = resolve(program)
    return [*found, *check(meant, columns)[1]]


def codes(text: str, columns: dict[str, str] | None = None) -> list[str]:
    return [diagnostic.code for diagnostic in diagnostics(text, columns)]


def steps(text: str) -> list[str]:
    return codes(f"when member joins program {text}")


SEND = "then send chat "


# --- ways through a flow ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{SEND} exit {SEND}", ["E306"]),
        (f"{SEND} exit {SEND} {SEND} wait 1 day {SEND}", ["E306"]),
        (f'if has tag "a" exit otherwise exit end {SEND}', ["E306"]),
        (f'if has tag "a" exit end {SEND}', []),
        (f"split 50% exit 50% exit end {SEND}", ["E306"]),
        (f"split 50% exit 50% end {SEND}", []),
        (f'go to "x" {SEND} label "x" {SEND}', ["E306"]),
        (f'go to "x" at most 2 times {SEND} label "x" {SEND}', []),
        (f'if has tag "a" go to "x" end exit label "x" {SEND}', []),
        (f"repeat 2 times exit end {SEND}", ["E306"]),
        (f"repeat 2 times {SEND} wait 1 day end {SEND}", []),
        (f'if has tag "a" exit {SEND} end exit {SEND}', ["E306", "E306"]),
    ],
)
def test_steps_that_no_run_can_reach(text: str, found: list[str]) -> None:
    """One diagnostic per stretch that is never reached; jumps, empty arms and bounded jumps lead on."""
    assert steps(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f'label "x" {SEND} wait 1 day go to "x" at most 2 times', []),
        (f'label "x" {SEND} wait 1 day go to "x"', ["E304"]),
        (f'label "x" {SEND} go to "x" at most 2 times', ["E305"]),
        (f'label "x" {SEND} go to "x"', ["E304", "E305"]),
        (f'label "x" if has tag "a" wait 1 day end {SEND} go to "x" at most 2 times', ["E305"]),
        (f'label "x" if has tag "a" wait 1 day otherwise wait 2 days end {SEND} go to "x" at most 2 times', []),
        (f'label "x" {SEND} if has tag "a" go to "x" at most 2 times end wait 1 day {SEND}', ["E305"]),
        (f'wait 1 day label "x" {SEND} repeat 2 times wait 1 day end go to "x" at most 2 times', []),
        (f'go to "x" label "x" {SEND}', []),
        (f"repeat 3 times {SEND} end", []),
    ],
)
def test_jumps_back_need_a_bound_and_a_wait(text: str, found: list[str]) -> None:
    """Every way from the label back to it must wait; a repeat is bounded by itself, a jump ahead needs neither."""
    assert steps(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{SEND} wait 1 day", ["W301"]),
        (f'{SEND} if has tag "a" wait 1 day end', ["W301"]),
        (f'{SEND} wait 1 day label "x"', ["W301"]),
        (f"{SEND} wait 1 day {SEND}", []),
        (f"repeat 2 times {SEND} wait 1 day end", []),
        (f"goal client buys offer {SEND} wait 30 days", []),
        (f"limit one at a time {SEND} wait 30 days", []),
        (f'{SEND} wait 1 day exit "done"', []),
    ],
)
def test_a_wait_with_nothing_after_it_is_a_warning(text: str, found: list[str]) -> None:
    """It is idle unless a goal can be reached in it, or a limit needs the run to stay."""
    assert steps(text) == found
    assert all(not diagnostic.is_error for diagnostic in diagnostics(f"when member joins program {text}"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f'wait until opened "L" for up to 1 day if it happened {SEND} end', []),
        (f"wait 1 day if it happened {SEND} end", ["E309"]),
        (f'wait until opened "L" for up to 1 day wait 1 day if it happened {SEND} end', ["E309"]),
        (f'if has tag "a" wait until opened "L" otherwise wait 1 day end if it happened {SEND} end', []),
        (f'wait until opened "L" for up to 1 day {SEND} unless it happened', []),
        (f"{SEND} unless it happened", ["E309"]),
        (f'label "x" if it happened {SEND} end wait until opened "L" go to "x" at most 2 times', []),
    ],
)
def test_it_happened_needs_a_wait_that_could_have(text: str, found: list[str]) -> None:
    """The last wait on at least one way must be one for an event."""
    assert steps(text) == found


def test_flows_may_start_each_other() -> None:
    """Two flows that start one another are no diagnostic: at run time the loop is declined."""
    text = (
        'flow "A"\n when member joins program\n then start flow "B"\n'
        'flow "B"\n when member leaves program\n then start flow "A"'
    )
    assert codes(text) == []


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ('contact joins group "g"', []),
        ('contact gets tag "t"', []),
        ("member joins program", []),
        ("client buys membership", []),
        ("client buys offer", ["E307"]),
        ("every monday at 09:00", ["E307"]),
        ('client buys offer or when contact joins group "g"', []),
    ],
)
def test_include_existing_needs_a_state(when: str, found: list[str]) -> None:
    """Only an event that leaves a state behind has contacts for whom it already holds."""
    assert codes(f"when {when} include existing then send chat") == found


def test_a_diagnostic_in_a_clause_hides_no_diagnostic_in_the_steps() -> None:
    """An unknown trigger does not keep the steps from being checked, nor are errors made up about what it may be."""
    assert codes(f"when member frobs include existing wait until event.start {SEND} exit {SEND}") == ["E201", "E306"]


# --- the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("trial_ends is within 3 days", ["E308"]),
        ('has tag "a" and trial_ends is within 3 days', ["E308"]),
        ("last_visit is more than 30 days ago", ["E308"]),
        ("not last_visit is more than 30 days ago", []),
        ("bought offer fewer than 2 times in the last 30 days", ["E308"]),
        ("bought offer at least 2 times in the last 30 days", []),
        ("not bought offer at least 2 times in the last 30 days", ["E308"]),
        ("bought offer fewer than 2 times", []),
        ('plan is "pro"', []),
        ("trial_ends is before 2026-03-01", []),
    ],
)
def test_conditions_that_time_alone_makes_true(condition: str, found: list[str]) -> None:
    """In waits, goals and exits nobody looks when only time passes; in `if` the same condition is fine."""
    assert steps(f"wait until {condition} for up to 3 days {SEND}") == found
    assert steps(f"goal {condition} {SEND}") == found
    assert steps(f"exit when {condition} {SEND}") == found
    assert steps(f"if {condition} {SEND} end") == []


@pytest.mark.parametrize(
    ("workspace", "own", "found"),
    [
        ("weekdays", "sunday", ["E404"]),
        ("weekdays", "monday", []),
        ("between 08:00 and 12:00", "between 12:00 and 18:00", ["E404"]),
        ("between 08:00 and 12:00", "between 22:00 and 09:00", []),
        ("monday between 22:00 and 06:00", "tuesday between 00:00 and 06:00", []),
        ("monday between 22:00 and 06:00", "tuesday between 06:00 and 22:00", ["E404"]),
    ],
)
def test_windows_of_workspace_and_flow_must_meet(workspace: str, own: str, found: list[str]) -> None:
    """An overnight window belongs to the day it opens, and still may meet the next day's."""
    first, second = (words if words.startswith("between") else f"on {words}" for words in (workspace, own))
    text = f'workspace\n only {first}\nflow "A"\n when member joins program\n only {second}\n then send chat'
    assert codes(text) == found


# --- columns ----------------------------------------------------------------------------------------------------------

COLUMNS = {
    "contact": "text",
    "plan": "text",
    "age": "number",
    "vip": "yes-no",
    "born": "date",
    "seen": "time",
    "tags": "list",
    "nothing": "empty",
}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('plan is "pro"', []),
        ("plan is 3", ["E411"]),
        ('plann is "pro"', ["E410"]),
        ("age >= 18", []),
        ('age is one of "18", "19"', ["E411"]),
        ("vip is yes", []),
        ('vip is "yes"', ["E411"]),
        ("born is before 2026-01-01", []),
        ("seen is before 2026-01-01", []),
        ("age is within 3 days", ["E411"]),
        ("age is known", []),
        ('nothing is "x"', []),
        ('tags is "x"', ["E411"]),
    ],
)
def test_columns_must_exist_and_fit(condition: str, found: list[str]) -> None:
    """With the contact table at hand, names and types are held against it; without it they are not."""
    assert codes(f"when member joins program if {condition} {SEND} end", COLUMNS) == found
    assert codes(f"when member joins program if {condition} {SEND} end") == []


def test_a_missing_column_comes_with_the_near_one() -> None:
    """`plann` is told as `plan`, ready to be put in its place."""
    found = diagnostics('when member joins program if plann is "pro" then send chat end', COLUMNS)
    assert found[0].fixes[0].text == "plan"


def test_a_column_that_the_program_sets_exists() -> None:
    """What some flow sets can be asked for and filled into texts."""
    assert (
        codes('when member joins program then set score to 5 if score > 3 then send chat "Hi {score}" end', COLUMNS)
        == []
    )


def test_dates_of_triggers_and_waits_are_columns_too() -> None:
    """A date trigger and a wait for a date need a date column."""
    assert codes("when 7 days before trial_ends then send chat", COLUMNS) == ["E410"]
    assert codes("when 7 days before age then send chat", COLUMNS) == ["E411"]
    assert codes("when member joins program wait until 1 day before born then send chat", COLUMNS) == []


def test_placeholders_need_a_column_or_a_word_of_the_workspace() -> None:
    """Every text is looked at: names of messages, subjects, tasks."""
    text = (
        'workspace\n set business_name "Lotus"\n'
        'email "L"\n subject "Hi {frist_name}, yours {business_name} {{"\n'
        'flow "A"\n when member joins program\n then send email "L"\n then send sms "Hi {plan}"\n then do "x {nix}"'
    )
    found = diagnostics(text, COLUMNS)
    assert [diagnostic.code for diagnostic in found] == ["E412", "E412"]
    assert {name for name in ("{frist_name}", "{nix}") for diagnostic in found if name in diagnostic.message} == {
        "{frist_name}",
        "{nix}",
    }


def test_a_name_that_is_field_and_column_must_be_told_apart() -> None:
    """In `where`, a field of the event that is a column too is a diagnostic with both ways out."""
    columns = {**COLUMNS, "amount": "number"}
    found = diagnostics("when client buys offer where amount > 50 then send chat", columns)
    assert [diagnostic.code for diagnostic in found] == ["E413"]
    assert [fix.text for fix in found[0].fixes] == ["trigger.amount", "contact.amount"]
    assert codes("when client buys offer where contact.amount > 50 then send chat", columns) == []


def test_fields_of_custom_events_need_no_column() -> None:
    """What a custom event may carry itself is no missing column; if there is one, its type must fit."""
    assert codes('when "x" happens where amount > 50 then send chat', COLUMNS) == []
    assert codes('when "x" happens where plan > 50 then send chat', COLUMNS) == ["E411"]


def test_types_that_a_program_expects() -> None:
    """How columns are compared tells how a table of texts is to be read; contradictions tell nothing."""
    program, _ = parse(
        Source(
            'when 1 day before born then send chat if age > 3 and vip is yes and plan is "x" then send chat end'
            ' if mixed is 3 or mixed is "3" or seen is known then send chat end'
        )
    )
    assert expected(resolve(program)[0]) == {"born": "date", "age": "number", "vip": "yes-no", "plan": "text"}


# --- what the whole says ----------------------------------------------------------------------------------------------


def test_only_a_program_without_errors_is_checked() -> None:
    """Warnings let a program through, errors of either stage do not."""
    for text, is_good in [
        ("when member joins program then send chat", True),
        ("when member joins program then send chat wait 1 day", True),
        ("when member joins program exit then send chat", False),
        ("when member joins program then fly", False),
    ]:
        meant, _ = resolve(parse(Source(text))[0])
        assert (check(meant)[0] is not None) is is_good


def test_diagnostics_say_words_reason_and_a_right_example() -> None:
    """No diagnostic leaves the reader alone: each has its place, the words as written, a reason and something right."""
    for diagnostic in diagnostics(f"when member joins program exit {SEND} wait 1 day"):
        assert diagnostic.span is not None
        assert diagnostic.words
        assert diagnostic.reason
        assert diagnostic.example


SOUND = [
    "when member joins program unless has membership wait 3 days then send chat",
    """flow "Discovery offer"
  description "Clients who come often and are not members yet"
  when client books class the 4th time
  limit once per contact
  unless has membership
  wait 3 days at 09:00
  then send email "Try the discovery offer"
  wait until clicked "Try the discovery offer" for up to 7 days
  if it happened
    then create lead "Discovery"
    then create task "Call {first_name}" for "front desk"
  otherwise send sms "Last days, {first_name}!" unless has tag "no-sms"
  end
  exit "done"
""",
    """workspace
  timezone "Europe/Paris"
  from "Studio <hello@example.org>"
  set business_name "Studio Lotus"
  only on monday to saturday between 08:00 and 21:00
  cap 3 emails per contact every 7 days
  capacity email 5000 per hour
email "Lesson 1"
  subject "Welcome, {first_name} to {business_name}"
  template "lesson-1.html"
flow "Lessons" paused
  when event becomes "confirmed" where event.room is "A" or when event is created
  limit once per event
  goal event becomes "off"
  then send email "Lesson 1" transactional
  wait until 2 days before event.start at 09:00 or exit
  then send sms "Tomorrow at {event.start}"
scenario "Spring"
  assume contact opens email 35% after about 4 hours
  assume contact clicks email 12% of opening it after lognormal(20 minutes, 1.1)
  assume contacts where plan is "pro" buy offer "Upgrade" 0.1 per contact per month
  at day 20 at 09:00 deactivate flow "Lessons" and cancel pending
""",
]


@pytest.mark.parametrize("text", SOUND)
def test_sound_programs_have_no_diagnostics(text: str) -> None:
    """Nothing is said about a program that is right, whether the contacts are known or not."""
    assert diagnostics(text) == []
    assert diagnostics(text, {"first_name": "text", "plan": "text"}) == []


def test_diagnostics_of_grammar_and_of_meaning_come_together() -> None:
    """Where one flow cannot be read whole the other is checked all the same; nothing is made of what is missing."""
    program, syntax = parse(
        Source(
            'flow "A"\n when member joins program\n wait 3 bananas\n'
            ' label "x" then send chat go to "x" at most 2 times\n'
            'flow "B"\n when member joins progam\n then send chat exit then send chat\n'
        )
    )
    meant, found = resolve(program, syntax)
    assert syntax
    assert [diagnostic.code for diagnostic in [*found, *check(meant)[1]]] == ["E201", "E306"]
    assert check(meant)[0] is None


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([word for text in SOUND for word in re.findall(r'"[^"]*"|\S+|\n', text)]), max_size=40))
def test_any_words_at_all_end_in_diagnostics_not_in_a_crash(words: list[str]) -> None:
    """Programs shaken out of right words go through both stages; what has no diagnostic is Checked."""
    program, syntax = parse(Source(" ".join(words).replace("\n ", "\n")))
    meant, found = resolve(program, syntax)
    checked, more = check(meant, {"plan": "text"})
    assert (checked is None) == any(diagnostic.is_error for diagnostic in [*syntax, *found, *more])


STEPS: st.SearchStrategy[resolved.Step] = st.recursive(
    st.sampled_from(
        [
            lambda: resolved.Wait(Elapsed(Duration(0, 1))),
            lambda: resolved.Act(CustomAction("custom.do", "x")),
            lambda: resolved.Exit(),
            lambda: resolved.Label("a"),
            lambda: resolved.GoTo("a", 2),
            lambda: resolved.GoTo("a"),
        ]
    ).map(lambda make: make()),
    lambda inner: st.builds(lambda steps: resolved.Repeat(2, tuple(steps)), st.lists(inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(STEPS, max_size=6))
def test_a_walk_through_the_flow_stays_inside_what_the_graph_reaches(written: list[resolved.Step]) -> None:
    """Walking a flow by hand, jumping wherever a jump may lead, never leaves the steps that count as reached."""
    flow = resolved.Flow("A", tuple(written))
    whole = graph(flow)
    reached = whole.reach([0] if whole.steps else [])
    for at in reached:
        assert all(next == END or next in reached for next in whole.after[at])
    assert (
        END in {next for at in reached for next in whole.after[at]}
        or any(isinstance(step, resolved.Exit | resolved.GoTo) for step in whole.steps)
        or not whole.steps
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ('when member joins program "Yoga" if in program "yoga" then send chat "Hi" end', '"Yoga"'),
        ('when contact gets tag "VIP" then remove tag "vip"', '"VIP"'),
        (
            'when member joins program "Yoga" exit when leaves program "YOGA" then send chat "Hi"',
            '"Yoga"',
        ),
        ('when member joins program "Yoga" then add tag "yoga"', ""),
        ('when member joins program "Yoga" or when member leaves program "Yoga" then send chat "Hi"', ""),
    ],
)
def test_names_of_things_are_exact(said: str, meant: str) -> None:
    """A thing that is spelt with other capitals than before comes with its first spelling; a tag is no program."""
    found = flowdsl.check(said)
    assert [diagnostic.code for diagnostic in found] == (["E215"] if meant else [])
    assert not meant or found[0].fixes[0].text == meant


@pytest.mark.parametrize(
    ("said", "code", "meant"),
    [
        ('clicked "launch"', "E215", '"Launch"'),
        ('email "LAUNCH" is one of opened, clicked', "E215", '"Launch"'),
        ('ever opened email "Lanch"', "W201", '"Launch"'),
        ('clicked "Launch"', "", ""),
        ('opened "Newsletter"', "", ""),
        ('opened sms "launch"', "", ""),
    ],
)
def test_names_of_messages_that_are_asked_for_are_exact(said: str, code: str, meant: str) -> None:
    """A message that is asked for, but sent under almost this name, comes with that name; others may be history."""
    text = f'when member joins program then send email "Launch" wait 1 day if {said} then send sms "Bye" end'
    assert [(each.code, each.fixes[0].text) for each in diagnostics(text)] == ([(code, meant)] if code else [])


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ('plan is "pro" and plan > 3', ["E411"]),
        ("seen is yes or seen is after 2026-01-01", ["E411"]),
        ("seen is within 3 days or seen is after 2026-01-01", []),
        ('plan is "pro" or plan is known', []),
    ],
)
def test_a_column_is_one_type_throughout_a_program(conditions: str, found: list[str]) -> None:
    """Without a table of contacts, too, one column cannot be compared as two types."""
    assert codes(f"when member joins program if {conditions} then send chat end") == found


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("when member joins program then send chat and send sms", "then"),
        ("when member joins program and add tag", "then"),
        ("when member joins program and has membership then send chat", "where"),
        ("when member joins program repeat three times then send chat end", "3"),
    ],
)
def test_the_first_diagnostic_of_a_common_slip_comes_with_its_repair(text: str, meant: str) -> None:
    """Actions joined by `and`, conditions joined to triggers by `and`, numbers in words: the right word is offered."""
    assert diagnostics(text)[0].fixes[0].text == meant


@pytest.mark.parametrize(
    "text",
    [
        "when member joins program limit once per contact every 0 hours then send chat",
        'flow "F"\n  when member joins program\n  then send chat\n\nworkspace\n  cap 2 chats per contact every 0 days',
    ],
)
def test_limits_and_caps_need_some_time(text: str) -> None:
    """Nothing can be counted in no time at all."""
    assert codes(text) == ["E408"]


# --- a flow against itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unless", "steps", "lines"),
    [
        ('has badge "x"', 'then award badge "x"\nthen send chat', [3]),
        ('plan is "a" or has badge', 'then award badge "x"\nwait 1 day\nthen send chat', [3]),
        ('plan is "a"', 'then set plan to "a"\nthen send chat', [3]),
        ('has badge "x"', 'then send chat\nthen award badge "x"', []),
        ('has badge "y"', 'then award badge "x"\nthen send chat', []),
        ('has badge "x" and plan is "a"', 'then award badge "x"\nthen send chat', []),
        ('not has tag "x"', 'then remove tag "x"\nthen send chat', []),
        ('has tag "x"', 'then send chat\nif plan is "a"\nthen add tag "x"\nexit\nend\nthen send chat', []),
    ],
)
def test_an_action_that_makes_its_own_unless_hold_is_told(unless: str, steps: str, lines: list[int]) -> None:
    """Everything behind it would be skipped; told only where there is something behind it."""
    found = flowdsl.check(f"when member joins program\nunless {unless}\n{steps}")
    assert [(diagnostic.code, diagnostic.span.line) for diagnostic in found if diagnostic.span] == [
        ("W303", line) for line in lines
    ]


# --- what fits the trigger --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "asked", "code"),
    [
        ('contact gets tag "vip"', "trigger.amount > 5", "E315"),
        ('contact gets tag "vip"', "trigger.tags is known", "E315"),
        ('contact gets tag "vip"', 'trigger.tag is "vip"', ""),
        ('contact gets tag "vip"', 'trigger.object is "vip"', ""),
        ("client buys offer", "trigger.amount > 5", ""),
        ('"checkout" happens', "trigger.anything > 5", ""),
        ("contact joins program", "trigger.published is yes", ""),  # a catalogue may say so
        ("contact joins program", "trigger.amount > 5", "E315"),
        ("invoice is issued", "trigger.amount > 5", ""),
        ("contact gets tag or when client buys offer", "trigger.amount > 5", ""),
        ("contact gets tag where trigger.amount > 5 or when client buys offer", 'plan is "pro"', "E315"),
        ("birthday comes every year at 09:00", 'trigger.program is "A"', "E314"),
        ("every monday at 09:00", 'trigger.program is "A"', "E314"),
        ("contact joins program", "event.status is \"x\"", "E312"),
        ("contact joins program", "it happened", "E309"),
        ('client books class "Yin"', 'trigger.class is "Yang"', "W304"),
        ('client books class "Yin"', 'not trigger.class is one of "Yang", "Hatha"', "W304"),
        ('client books class "Yin" or "Yang"', 'trigger.class is "Yang"', ""),
        ('client books class "Yin" or when client books class', 'trigger.class is "Yang"', ""),
        ('client books class "Yin"', 'trigger.class is not "Yang"', ""),
        ('event becomes "ok"', 'trigger.status is "off"', "W304"),
        ('event becomes "ok"', 'event.status is "off"', ""),
        ('contact completes step "S" of program "P"', 'trigger.program is "Q"', "W304"),
        ('contact joins program "A" where trigger.program is "B" or when contact joins program "B"', 'age > 5', "W304"),
        ('"checkout" happens', 'trigger.object is "cart"', ""),
    ],
)  # fmt: skip
def test_a_condition_must_fit_what_starts_the_flow(begins: str, asked: str, code: str) -> None:
    """Fields that no trigger carries are errors, names that none lets in are warnings; what fits passes."""
    found = flowdsl.check(f'when {begins}\n  if {asked}\n    then send chat "Hello"\n  end')
    assert [diagnostic.code for diagnostic in found] == ([code] if code else [])


def test_a_condition_that_does_not_fit_is_told_what_does() -> None:
    """The message lists the fields that the trigger carries, and a slip is offered its repair."""
    diagnostic = flowdsl.check('when client buys offer if trigger.amonut > 5 then send chat "x" end')[0]
    assert "it carries `trigger.amount`, `trigger.object`, `trigger.offer`" in diagnostic.message
    assert diagnostic.fixes[0].text == "trigger.amount"
    vain = flowdsl.check('when client books class "Yin" or "Hatha" if trigger.class is "Yang" then send chat "x" end')
    assert vain[0].message == '`trigger.class` is never "Yang" here: this starts with "Hatha", "Yin"'


def test_a_param_that_nothing_uses_is_noted() -> None:
    """Most often a number was left where its name should stand; where there are errors its use may be unseen."""
    text = 'param pause 3 days\nparam vip "gold"\nflow "A"\n  when member joins program\n  wait 3 days\n'
    text += '  then send chat "x" unless plan is vip\n'
    assert [(diagnostic.code, diagnostic.words) for diagnostic in flowdsl.check(text)] == [("W305", "pause")]
    assert [diagnostic.code for diagnostic in flowdsl.check(text.replace("joins", "enters"))] == ["E201"]
