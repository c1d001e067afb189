"""Reading programs: what each form means, that phrases may hold keywords, that every error is told and none twice."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowdsl.diagnostics.catalogue.reading import READING
from flowdsl.diagnostics.diagnostic import MOST_SHOWN
from flowdsl.diagnostics.source import Source
from flowdsl.syntax import ast, keywords
from flowdsl.syntax.parser import merge, parse

GOOD = sorted((Path(__file__).parents[1] / "programs" / "good").glob("*.flow"))
SENTENCE = "when member joins program unless has membership wait 3 days then send chat"


def read(text: str) -> ast.Program:
    program, diagnostics = parse(Source(text))
    assert [str(diagnostic) for diagnostic in diagnostics] == []
    return program


def flow(text: str) -> ast.Flow:
    declaration = read(text).declarations[0]
    assert isinstance(declaration, ast.Flow)
    return declaration


def steps(text: str) -> tuple[ast.Step, ...]:
    return flow(f"when member joins program {text}").steps


def condition(text: str) -> ast.Condition:
    step = steps(f"if {text} then send chat end")[0]
    assert isinstance(step, ast.If)
    return step.arms[0].condition


def line(text: str) -> ast.ScenarioLine:
    scenario = read(f'scenario "S"\n  {text}').declarations[0]
    assert isinstance(scenario, ast.Scenario)
    return scenario.lines[0]


def words(phrase: ast.Phrase) -> str:
    """A phrase in a form that is easy to compare: words as they are, names in brackets."""
    return " ".join(
        part.text
        if isinstance(part, ast.Word)
        else str(part.value)
        if isinstance(part, ast.Number)
        else f"[{'|'.join(text.value for text in part.items)}]"
        for part in phrase.parts
    )


def diagnostics(text: str) -> list[tuple[str, int, int]]:
    return [
        (diagnostic.code, diagnostic.span.line, diagnostic.span.column)
        for diagnostic in parse(Source(text))[1]
        if diagnostic.span
    ]


# --- shape ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_the_programs_of_the_brief_have_no_diagnostics(path):
    """Every form of the language's sections 2, 4 and 5 is read."""
    program, found = parse(Source(path.read_text(encoding="utf-8"), path.name))
    assert [str(diagnostic) for diagnostic in found] == []
    assert program.declarations
    assert not program.partial


def test_a_sentence_means_the_same_on_one_line_and_on_five():
    """White space and line ends mean nothing."""
    apart = "when member joins program\nunless has\n  membership\nwait 3 days\nthen\tsend chat\n"
    assert read(SENTENCE) == read(apart)
    found = flow(SENTENCE)
    assert found.name is None
    assert [type(each) for each in (*found.clauses, *found.steps)] == [ast.When, ast.Unless, ast.WaitFor, ast.Action]


@pytest.mark.parametrize(
    "text", [SENTENCE.upper(), SENTENCE.replace(" ", "\u00a0"), "\ufeff" + SENTENCE, SENTENCE + "\r\n"]
)
def test_case_of_keywords_and_kinds_of_space_do_not_matter(text):
    """Capitals, hard spaces, a byte order mark and foreign line ends change nothing of the structure."""
    found = flow(text)
    assert [type(each) for each in (*found.clauses, *found.steps)] == [ast.When, ast.Unless, ast.WaitFor, ast.Action]


def test_declaration_words_count_only_in_column_one():
    """A wrapped line may end in `email "L"`; the same words at the start of a line declare a message."""
    inside = read('flow "A"\n  when member opens\n    email "L"\n  then send\n    email "L"\n')
    assert len(inside.declarations) == 1
    assert words(inside.declarations[0].steps[0].phrase) == "send email [L]"
    declared = read('flow "A"\n  when member joins program\n  then send email "L"\nemail "L"\n  subject "Hi"\n')
    assert [type(each) for each in declared.declarations] == [ast.Flow, ast.Message]


def test_spans_point_at_the_words():
    """Every step knows the line and column of the text it came from, and where it ends."""
    text = 'flow "A"\n  when member joins program\n  then send email "L"\n'
    step = flow(text).steps[0]
    assert (step.span.line, step.span.column) == (3, 3)
    assert text[step.span.start : step.span.end] == 'then send email "L"'


def test_merge_puts_texts_together_in_order():
    """A folder of texts is one program; one partial text makes all of it partial."""
    whole, broken = parse(Source("param a 1"))[0], parse(Source("param b"))[0]
    merged = merge([whole, broken, parse(Source("param c 3"))[0]])
    assert [each.name.text for each in merged.declarations if isinstance(each, ast.Param)] == ["a", "c"]
    assert merged.partial
    assert len(merged.sources) == 3


# --- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quoted", ['"Café"', "“Café”", "„Café“", "«Café»", "« Café »", '"Cafe\u0301"'])
def test_quotes_of_word_processors_and_composed_letters_give_one_name(quoted):
    """Curly quotes and guillemets count as quotes, and names are normalised."""
    label = steps(f"label {quoted}")[0]
    assert label == ast.Label(ast.Text("Café"))


def test_escapes():
    r"""`\"`, `\\` and `\n` are escapes; any other backslash is itself; braces are left to whoever fills them in."""
    assert steps(r'label "a\"b\\c\nd\e {{x}} {y}"')[0] == ast.Label(ast.Text('a"b\\c\nd\\e {{x}} {y}'))


def test_comments_are_no_words_but_may_stand_in_texts():
    """`#` begins a comment outside of quotes only."""
    assert read('when member joins program # unless x\nthen send chat "# 1"') == read(
        'when member joins program then send chat "# 1"'
    )


# --- traps ------------------------------------------------------------------------------------------------------------


def test_step_and_then_do_not_clash_in_a_trigger():
    """`completes step "S1" then send chat`: the step belongs to the phrase, `then` begins the action."""
    found = flow('when participant completes step "S1" then send chat')
    assert words(found.clauses[0].triggers[0].phrase) == "participant completes step [S1]"
    assert words(found.steps[0].phrase) == "send chat"


def test_or_when_behind_a_condition_begins_another_trigger():
    """`where amount > 50 or when …` is two triggers, of which the first has a condition."""
    first, second = (
        flow('when client buys offer where amount > 50 or when contact joins program "Y" then send chat')
        .clauses[0]
        .triggers
    )
    assert isinstance(first.where, ast.Fact)
    assert words(second.phrase) == "contact joins program [Y]"


def test_or_before_a_name_binds_tighter_than_and():
    """`in program "A" or "B" and has tag "t"` asks for one of two programs, and for the tag."""
    found = condition('in program "A" or "B" and has tag "t"')
    assert isinstance(found, ast.And)
    assert [words(item.phrase) for item in found.items] == ["in program [A|B]", "has tag [t]"]


def test_otherwise_then_if_nests_and_otherwise_if_does_not():
    """One `end` closes a chain; `otherwise then if` opens a block of its own."""
    chain = steps("if a is 1 then send chat otherwise if b is 2 then send sms end")[0]
    nested = steps("if a is 1 then send chat otherwise then if b is 2 then send sms end end")[0]
    assert [len(chain.arms), chain.otherwise] == [2, None]
    assert [len(nested.arms), type(nested.otherwise.steps[0])] == [1, ast.If]


def test_then_may_be_left_out_behind_otherwise():
    """`otherwise send sms` is an action, and further steps may follow."""
    found = steps("if a is 1 then send chat otherwise send sms wait 3 days then send push end")[0]
    assert [type(step) for step in found.otherwise.steps] == [ast.Action, ast.WaitFor, ast.Action]


def test_an_arm_of_a_split_may_be_empty():
    """A holdout is an arm without steps."""
    found = steps('split 30% "short" then send chat 70% "nothing" end')[0]
    assert [(arm.share.value, arm.name.value, len(arm.steps)) for arm in found.arms] == [
        (30, "short", 1),
        (70, "nothing", 0),
    ]


@pytest.mark.parametrize(
    "phrase",
    [
        'create task "x" for "desk"',
        'set limit to "x"',
        'set label to "x"',
        "set wait to 3",
        'do "x" on tuesday before noon',
        'send email "x" to "a@example.org", "b@example.org"',
        "call me between jobs",
        "do if",
    ][:-1],
)
def test_phrases_may_hold_keywords(phrase):
    """A keyword is one only where the grammar can go on with it; elsewhere it is a word."""
    step = steps(f"then {phrase} wait 3 days")[0]
    assert words(step.phrase).replace("[", '"').replace("]", '"').replace("|", '", "') == phrase
    assert len(steps(f"then {phrase} wait 3 days")) == 2


@pytest.mark.parametrize("text", ["event is created", "email is blocked", "quote is accepted", "invoice is overdue"])
def test_is_belongs_to_an_event(text):
    """In a trigger `is` is a word like any other; in a condition it compares."""
    trigger = flow(f"when {text} then send chat").clauses[0].triggers[0]
    assert words(trigger.phrase) == text
    assert condition(text).comparison == ast.Comparison("is", (ast.Word(text.split()[-1]),))


def test_columns_may_be_called_like_keywords():
    """`limit`, `goal` or `end` can be names of columns."""
    found = condition("limit > 5 and goal is known and (end is after 2026-03-01 or label is unknown)")
    assert isinstance(found, ast.And)
    assert len(found.items) == 3


def test_exit_when_is_no_exit():
    """`exit when` is a clause and `exit` a step."""
    found = flow('when member joins program exit when bought offer then send chat exit "done"')
    assert [type(each) for each in (*found.clauses, *found.steps)] == [ast.When, ast.ExitWhen, ast.Action, ast.Exit]


# --- triggers, waits and windows --------------------------------------------------------------------------------------

THREE_DAYS = ast.Duration(((3, "day"),))
NINE = ast.Clock(540)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "7 days before trial_ends at 09:00",
            ast.DateTrigger(ast.Word("trial_ends"), ast.Duration(((7, "day"),)), at=NINE),
        ),
        ("3 days after last_visit", ast.DateTrigger(ast.Word("last_visit"), THREE_DAYS, before=False)),
        ("pause before trial_ends", ast.DateTrigger(ast.Word("trial_ends"), ast.ParamName("pause"))),
        ("birthday comes every year at 09:00", ast.DateTrigger(ast.Word("birthday"), yearly=True, at=NINE)),
        (
            "3 days before birthday every year at 09:00",
            ast.DateTrigger(ast.Word("birthday"), THREE_DAYS, yearly=True, at=NINE),
        ),
        ("trial_ends comes", ast.DateTrigger(ast.Word("trial_ends"))),
        ("every monday at 09:00", ast.ScheduleTrigger(days=1, at=NINE)),
        ("every monday, wednesday at 09:00", ast.ScheduleTrigger(days=0b101, at=NINE)),
        ("every weekday", ast.ScheduleTrigger(days=0b11111)),
        ("every day at 09:00", ast.ScheduleTrigger(days=127, at=NINE)),
        ("every month on day 1 at 09:00", ast.ScheduleTrigger(month_day=1, at=NINE)),
    ],
)
def test_date_and_calendar_triggers(text, expected):
    """Dates of the contact and the calendar start runs."""
    assert flow(f"when {text} then send chat").clauses[0] == ast.When((expected,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("the 4th time", ast.Nth(4)), ("every 4th time", ast.Nth(4, every=True)), ("the first time", ast.Nth(1))],
)
def test_nth_time(text, expected):
    """Events are counted by `the 4th time` and `every 4th time`."""
    assert flow(f"when client books class {text} then send chat").clauses[0].triggers[0].nth == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wait 3 days", ast.WaitFor(THREE_DAYS)),
        ("then wait 3 days", ast.WaitFor(THREE_DAYS)),
        ("wait 1 hour 30 minutes", ast.WaitFor(ast.Duration(((1, "hour"), (30, "minute"))))),
        ("wait 3 days at 09:00", ast.WaitFor(THREE_DAYS, NINE)),
        ("wait pause at 09:00", ast.WaitFor(ast.ParamName("pause"), NINE)),
        ("wait until 09:00", ast.WaitUntilTime(at=NINE)),
        ("wait until monday at 09:00", ast.WaitUntilTime(days=1, at=NINE)),
        ("wait until monday or friday", ast.WaitUntilTime(days=0b10001)),
        ("wait until 2026-03-01 at 09:00", ast.WaitUntilTime(date=ast.Date(date(2026, 3, 1)), at=NINE)),
        (
            "wait until 3 days before event.start at 09:00 or exit",
            ast.WaitUntilDate(THREE_DAYS, True, ast.Word("event.start"), NINE, "exit"),
        ),
        ("wait until event.start or exit", ast.WaitUntilDate(None, False, ast.Word("event.start"), None, "exit")),
        ("wait until event.start at 09:00", ast.WaitUntilDate(None, False, ast.Word("event.start"), NINE)),
        ("wait until 3 days after invoice.due", ast.WaitUntilDate(THREE_DAYS, False, ast.Word("invoice.due"))),
        (
            "wait until clicked for up to 3 days",
            ast.WaitUntil(ast.Fact(ast.Phrase((ast.Word("clicked"),))), THREE_DAYS),
        ),
    ],
)
def test_waits(text, expected):
    """Every form of wait."""
    assert steps(f"{text} then send chat")[0] == expected


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("on monday to friday", 0b0011111),
        ("on weekdays", 0b0011111),
        ("on weekends", 0b1100000),
        ("on saturday", 0b0100000),
        ("on monday, wednesday, friday", 0b0010101),
        ("on friday to monday", 0b1110001),
        ("on saturday and sunday", 0b1100000),
        ("between 22:00 and 06:00", 0b1111111),
    ],
)
def test_windows(text, days):
    """Days of a send window, lists and ranges over the weekend included."""
    assert flow(f"when member joins program only {text} then send chat").clauses[1].days == days


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("once per contact", ast.Limit(ast.Number(1))),
        ("3 times per contact", ast.Limit(ast.Number(3))),
        ("once per contact every 24 hours", ast.Limit(ast.Number(1), every=ast.Duration(((24, "hour"),)))),
        ("once per contact every day", ast.Limit(ast.Number(1), every=ast.Duration(((1, "day"),)))),
        ("once per invoice", ast.Limit(ast.Number(1), "invoice")),
        ("one at a time", ast.Limit(ast.Number(1), at_once=True)),
        ("n times per contact", ast.Limit(ast.ParamName("n"))),
    ],
)
def test_limits(text, expected):
    """How often a contact may start a run."""
    assert flow(f"when member joins program limit {text} then send chat").clauses[1] == expected


# --- conditions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "op", "values"),
    [
        ('is "pro"', "is", (ast.Text("pro"),)),
        ('= "pro"', "is", (ast.Text("pro"),)),
        ('is not "pro"', "is_not", (ast.Text("pro"),)),
        ('is one of "FR", "BE"', "one_of", (ast.Text("FR"), ast.Text("BE"))),
        ('is "FR" or "BE"', "one_of", (ast.Text("FR"), ast.Text("BE"))),
        ('is none of "FR", "BE"', "none_of", (ast.Text("FR"), ast.Text("BE"))),
        ("is known", "known", ()),
        ("is unknown", "unknown", ()),
        ("is not known", "unknown", ()),
        ("is yes", "is", (ast.Word("yes"),)),
        (">= 18", "ge", (ast.Number(18),)),
        ("≥ 18", "ge", (ast.Number(18),)),
        ("is at least 18", "ge", (ast.Number(18),)),
        ("> -0.5", "gt", (ast.Number(-0.5),)),
        ("< 5%", "lt", (ast.Percent(5),)),
        ("is before 2026-03-01", "before", (ast.Date(date(2026, 3, 1)),)),
        ("is after launch", "after", (ast.Word("launch"),)),
        ("is within 3 days", "within", (THREE_DAYS,)),
        ("is within pause", "within", (ast.ParamName("pause"),)),
        ("is more than 3 days ago", "more_than_ago", (THREE_DAYS,)),
        ("is less than 3 days ago", "less_than_ago", (THREE_DAYS,)),
        ("is more than 50", "gt", (ast.Number(50),)),
    ],
)
def test_comparisons(text, op, values):
    """Every comparison of a column."""
    assert condition(f"plan {text}") == ast.Fact(ast.Phrase((ast.Word("plan"),)), ast.Comparison(op, values))


@pytest.mark.parametrize(
    ("text", "op", "times"),
    [
        ("at least 4 times", "at_least", 4),
        ("more than 4 times", "more_than", 4),
        ("fewer than 4 times", "fewer_than", 4),
        ("at most once", "at_most", 1),
        ("exactly 4 times", "exactly", 4),
        ("4 times", "exactly", 4),
        ("1 time", "exactly", 1),
        ("once", "exactly", 1),
        ("twice", "exactly", 2),
    ],
)
@pytest.mark.parametrize("window", ["", " in the last 3 days", " since start"])
def test_counts(text, op, times, window):
    """What happened is counted, over all time or a window."""
    found = condition(f"booked class {text}{window}")
    assert words(found.phrase) == "booked class"
    assert found.count == ast.Count(op, ast.Number(times))
    expected = {"": None, " since start": ast.SinceStart()}.get(window, ast.InTheLast(THREE_DAYS))
    assert found.window == expected


def test_never():
    """`never` is counted as exactly 0, with and without a window."""
    found = condition("never bought offer since start")
    assert words(found.phrase) == "bought offer"
    assert (found.count.times.value, found.count.never, found.window) == (0, True, ast.SinceStart())
    assert condition("never bought offer").window is None


def test_and_binds_tighter_than_or_and_not_tighter_than_both():
    """`a or not b and c` is `a or ((not b) and c)`; chains are flat."""
    a, b, c, d = (ast.Fact(ast.Phrase((ast.Word(name),))) for name in "abcd")
    assert condition("a or not b and c") == ast.Or((a, ast.And((ast.Not(b), c))))
    assert condition("(a or b) and c") == ast.And((ast.Or((a, b)), c))
    assert condition("a and (b and c) and d") == ast.And((a, b, c, d))
    assert condition("not (a or b)") == ast.Not(ast.Or((a, b)))


# --- scenarios --------------------------------------------------------------------------------------------------------


def test_event_behind_a_condition_that_is_closed():
    """`where plan is "pro" buy offer …`: the comparison ends the condition, the event follows."""
    found = line('assume contacts where plan is "pro" buy offer "U" 0.1 per contact per month on weekdays')
    assert words(found.phrase) == "buy offer [U]"
    assert found.where.comparison is not None
    assert (found.rate.low.value, found.per, found.days) == (0.1, "month", 31)


def test_event_behind_a_condition_that_is_open_is_left_to_the_resolver():
    """`where has tag "x" buy offer …`: only the vocabulary knows where the condition ends."""
    found = line('assume contacts where vip is yes and has tag "x" buy offer "U" 0.1 per contact per month')
    assert found.phrase == ast.Phrase(())
    assert words(found.where.items[-1].phrase) == "has tag [x] buy offer [U]"


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("", None),
        ("after 3 days", ast.Delay("exactly", THREE_DAYS)),
        ("within 3 days", ast.Delay("within", THREE_DAYS)),
        ("after about 3 days", ast.Delay("about", THREE_DAYS)),
        ("after lognormal(3 days, 1.1)", ast.Delay("lognormal", THREE_DAYS, (ast.Number(1.1),))),
        ("after exponential(pause)", ast.Delay("exponential", ast.ParamName("pause"))),
    ],
)
def test_answers(text, delay):
    """How likely an answer is, of what, and after how long."""
    found = line(f"assume contact clicks email 40% to 45% of opening it {text}")
    assert (found.share, words(found.of), found.delay) == (
        ast.Range(ast.Percent(40), ast.Percent(45)),
        "opening it",
        delay,
    )


def test_params_and_columns_for_quantities():
    """The name of a param, or a column, may stand for the number."""
    assert line("assume contact opens email p_open within 3 days").share == ast.Range(ast.ParamName("p_open"))
    assert line('assume contact opens email by column "p"').share == ast.Range(column=ast.Text("p"))
    rate = line("assume contact visits page often per contact per week")
    assert (words(rate.phrase), rate.rate) == ("contact visits page", ast.Range(ast.ParamName("often")))


def test_scenario_controls():
    """`at` lines switch flows."""
    assert line('at day 20 at 09:00 deactivate flow "X" and cancel pending') == ast.At(
        "deactivate", ast.Text("X"), day=20, clock=NINE, cancel=True
    )
    assert line('at 2026-03-01 stop flow "X" for contact "c42"') == ast.At(
        "stop", ast.Text("X"), date=ast.Date(date(2026, 3, 1)), contact=ast.Text("c42")
    )


# --- comments ---------------------------------------------------------------------------------------------------------


def test_comments_find_their_sentence():
    """Before a step, behind it, above `end` and behind it: each comment is kept where it belongs."""
    found = flow(
        'flow "A"  # name\n  when member joins program\n  # before\n  if a is 1 # head\n    then send chat  # deed\n'
        "    # last\n  end  # closed\n  # over\n"
    )
    branch = found.steps[0]
    assert found.comments == ast.Comments(after="name", inside=("over",))
    assert branch.comments == ast.Comments(before=("before",), end="closed")
    assert branch.arms[0].comments == ast.Comments(after="head", inside=("last",))
    assert branch.arms[0].steps[0].comments == ast.Comments(after="deed")


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(READING))
def test_catalogue(code):
    """The wrong program of every page has this diagnostic, and the right one has none."""
    diagnostic = READING[code]
    assert code in {found for found, _, _ in diagnostics(diagnostic.wrong)}
    assert diagnostics(diagnostic.right) == []


@pytest.mark.parametrize("code", sorted(set(READING) - {"E115", "E199"}))
def test_one_diagnostic_is_told_once(code):
    """A diagnostic brings no others along."""
    assert [found for found, _, _ in diagnostics(READING[code].wrong)] == [code]


def test_all_diagnostics_of_a_text_come_in_one_go():
    """Ten diagnostics in two flows are ten diagnostics, each at its place; what is right between them is kept."""
    text = (
        "flow Welcome Home\n"
        "  when member joins program\n"
        '  then send chat "Hello\n'
        "  wait 3 days\n"
        "  thn send chat\n"
        "  wait 3 days send chat\n"
        "  limit once per contact\n"
        "  end\n"
        '  then send sms "kept"\n'
        'flow "B"\n'
        "  when\n"
        '  if a is "b"\n'
        "    wait 3 dayz\n"
        '  split 50 "x"\n'
        "  end\n"
    )
    assert diagnostics(text) == [
        ("E118", 1, 6),
        ("E102", 3, 18),
        ("E117", 5, 3),
        ("E107", 6, 15),
        ("E105", 7, 3),
        ("E104", 8, 3),
        ("E120", 11, 3),
        ("E103", 12, 3),
        ("E117", 13, 12),
        ("E121", 14, 9),
    ]
    program, _ = parse(Source(text))
    assert program.partial
    assert [type(each) for each in program.declarations] == [ast.Flow, ast.Flow]
    assert words(program.declarations[0].steps[-1].phrase) == "send sms [kept]"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("when member joins program wait 3 dayz then send chat", "did you mean `days`?"),
        ("wen member joins program then send chat", "did you mean `when`?"),
        ('email "L"\n  subjct "Hello"', "did you mean `subject`?"),
        ("flow Hello\n  when member joins program then send chat", 'did you mean `"Hello"`?'),
        ("when member joins program wait 3 days send chat", "put `then` before the action"),
    ],
)
def test_fixes_put_the_text_right(text, label):
    """What a diagnostic offers to write instead makes the text right."""
    found = parse(Source(text))[1]
    assert [fix.label for diagnostic in found for fix in diagnostic.fixes] == [label]
    fix = found[0].fixes[0]
    assert diagnostics(text[: fix.span.start] + fix.text + text[fix.span.end :]) == []


@pytest.mark.parametrize("number", ["5%", "5% of joining program", "1 per contact per week", "likely"])
@pytest.mark.parametrize("more", ['and plan is "x"', 'or completed step "S2" of program "Y"', "at least 2 times"])
def test_a_condition_that_goes_on_behind_its_of_wants_parentheses(more, number):
    """Whether an `of` belongs to the condition cannot be told there: one diagnostic says how to write it."""
    condition = f'completed step "S1" of program "Y" {more}'
    found = parse(Source(f'scenario "S"\n  assume contacts where {condition} buy offer {number}'))[1]
    assert [(diagnostic.code, "parentheses" in diagnostic.message) for diagnostic in found] == [("E115", True)]
    assert diagnostics(f'scenario "S"\n  {found[0].example}') == []
    assert diagnostics(f'scenario "S"\n  assume contacts where ({condition}) buy offer {number}') == []


@pytest.mark.parametrize("trigger", ["client books their 4th class", "opens 2nd email", "client books class 4th time"])
def test_an_ordinal_out_of_place_is_told_its_place(trigger):
    """`books their 4th class` is a usual way to say it; the diagnostic shows the way it is written."""
    found = parse(Source(f"when {trigger} then send chat"))[1]
    assert [(diagnostic.code, "books class the " in diagnostic.reason) for diagnostic in found] == [("E101", True)]


def test_a_misspelt_keyword_inside_a_phrase_is_left_to_the_resolver():
    """`unles` could be a word of a phrase, so reading is done without a error; keywords.near knows what was meant."""
    found = flow("when member joins program unles has membership then send chat")
    assert words(found.clauses[0].triggers[0].phrase) == "member joins program unles has membership"
    assert keywords.near("unles") == "unless"


def test_every_diagnostic_teaches():
    """Code, place, words as written, reason and a right example stand in every diagnostic."""
    for diagnostic in READING.values():
        for found in parse(Source(diagnostic.wrong))[1]:
            assert found.span is not None
            assert found.message
            assert found.reason
            assert found.code == "E199" or (found.words and found.example)


@pytest.mark.parametrize("opener", ["if a ", "(", "not ", "split 50% ", "repeat 3 times "])
@pytest.mark.parametrize("depth", [63, 65, 5000])
def test_nesting_is_limited(opener, depth):
    """64 deep is allowed, more is one diagnostic, however much more."""
    condition_first = "if " if opener in ("(", "not ") else ""
    found = {code for code, _, _ in diagnostics(f"when member joins program {condition_first}{opener * depth}")}
    assert ("E106" in found) == (depth > 64)


# --- any text ---------------------------------------------------------------------------------------------------------

VOCABULARY = sorted(
    {word for path in GOOD for word in path.read_text(encoding="utf-8").split()}
    | {keyword for known in keywords.by_first_word().values() for each in known for keyword in each.words}
    | {
        "(",
        ")",
        ",",
        '"',
        "“",
        "»",
        "'",
        "#",
        "\n",
        "\nflow",
        '\nscenario "S"\n',
        "<",
        "==",
        "3",
        "50%",
        "09:00",
        "2026-02-30",
    }
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=40).map(" ".join))
def test_any_words_end_in_a_program_and_diagnostics(text):
    """Keywords and words in any order are read to the end, and a text without diagnostics is not partial."""
    program, found = parse(Source(text))
    assert program.partial == bool(found)
    assert all(
        diagnostic.span and 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text) for diagnostic in found
    )


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_ends_in_a_program_and_diagnostics(text):
    """No text at all raises."""
    program, found = parse(Source(text))
    assert program.partial == bool(found)


MILLION = 1_000_000
NOISE = {
    "bytes": random.Random(1).randbytes(MILLION).decode("utf-8", "replace"),
    "parentheses": "(" * MILLION,
    "quotes": '"' * MILLION,
    "curly quotes": "„" * MILLION,
    "ifs": "if a " * (MILLION // 5),
    "nested ifs": "when a " + "if a " * (MILLION // 5),
    "ends": "when a then b " + "end " * (MILLION // 4),
    "words": " ".join(random.Random(2).choices(VOCABULARY, k=MILLION // 8)),
    "digits": "9" * MILLION,
    "spaces": "when a" + " " * MILLION,
}


@pytest.mark.parametrize("kind", sorted(NOISE))
def test_a_megabyte_of_noise_ends(kind):
    """A megabyte of anything ends, without a traceback, in at most a hundred diagnostics and a note."""
    _, found = parse(Source(NOISE[kind]))
    assert len(found) <= MOST_SHOWN + 1


def test_reading_needs_no_lark():
    """The shipped table is used, so a check need not wait for Lark to make one."""
    code = (
        "import sys; from flowdsl.syntax.parser import parse; from flowdsl.diagnostics.source import Source;"
        " parse(Source('when member joins program then send chat')); print('lark' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_if_on_the_line_below_otherwise_is_explained():
    """`otherwise` and `if` are one keyword on two lines as well; whoever meant a block is told how to write it."""
    text = "when member joins program\nif a is 1\n  then send chat\notherwise\n  if b is 2\n  end\nend"
    (found,) = parse(Source(text))[1]
    assert (found.code, found.span.line) == ("E104", 7)
    assert "otherwise then if" in found.reason


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ('When a member joins program "Yoga", wait 3 days then send chat', ","),
        ("when member joins program wait 3 days and then send chat", "and"),
        ("when client buys offer where amount > 1,000 then send chat", ","),
        ("when member joins program then send chat.", "."),
    ],
)
def test_commas_and_full_stops_between_sentences_are_told_once(text, sign):
    """Signs of everyday writing that mean nothing here are one diagnostic, whose fix leaves them out."""
    (found,) = parse(Source(text))[1]
    assert (found.code, found.words) == ("E109", sign)
    fix = found.fixes[0]
    assert diagnostics(text[: fix.span.start] + fix.text + text[fix.span.end :]) == []


def test_a_bare_sentence_may_follow_what_is_no_flow() -> None:
    """Params, messages and the workspace may stand before the only flow of a program."""
    text = 'param pause 3 days\nemail "L"\n  subject "Hello"\n'
    text += 'when member joins program\nwait pause\nthen send email "L"\n'
    program, diagnostics = parse(Source(text))
    assert diagnostics == []
    assert [type(each) for each in program.declarations] == [ast.Param, ast.Message, ast.Flow]
