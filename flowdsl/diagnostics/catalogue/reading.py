"""Diagnostics of the parser: each code with its reason, a small wrong program, and the same program corrected."""

from __future__ import annotations

from flowdsl.diagnostics.catalogue import Rule

_DIAGNOSTICS = (
    Rule(
        "E101",
        "Unexpected word or sign",
        "A program consists of sentences with fixed keywords. This cannot follow the words before it.",
        "when member joins program wait 3 days 09:00 then send chat",
        "when member joins program wait 3 days at 09:00 then send chat",
    ),
    Rule(
        "E102",
        "Quote that is not closed",
        "A text in quotes ends on the line on which it begins. Write `\\n` for a line break in a text.",
        'when member joins program\n  then send chat "Hello\n  wait 3 days\n  then send chat "Bye"',
        'when member joins program\n  then send chat "Hello"\n  wait 3 days\n  then send chat "Bye"',
    ),
    Rule(
        "E103",
        "`end` missing",
        "`if`, `split` and `repeat` contain steps, and `end` marks where they stop. `otherwise if` belongs to the"
        " `if` before it and needs no `end` of its own.",
        'when member joins program\n  if has tag "vip"\n    then send chat "Hello"',
        'when member joins program\n  if has tag "vip"\n    then send chat "Hello"\n  end',
    ),
    Rule(
        "E104",
        "`end` or `otherwise` without a beginning",
        "`end` closes an `if`, a `split` or a `repeat`, and `otherwise` belongs to an `if`; none is open here.",
        'when member joins program\n  then send chat "Hello"\n  end',
        'when member joins program\n  then send chat "Hello"',
    ),
    Rule(
        "E105",
        "Clause after the first step",
        "The clauses of a flow (`when`, `limit`, `unless`, `goal`…) say who takes part. All of them come before its"
        " first step.",
        'when member joins program\n  then send chat "Hello"\n  limit once per contact',
        'when member joins program\n  limit once per contact\n  then send chat "Hello"',
    ),
    Rule(
        "E106",
        "Nested too deep",
        "Blocks and parentheses may be nested 64 levels deep. Divide a flow that needs more into several flows.",
        "when member joins program if " + "(" * 64 + "vip is yes" + ")" * 64 + " then send chat end",
        "when member joins program if vip is yes then send chat end",
    ),
    Rule(
        "E107",
        "`then` missing",
        "Every action begins with `then`. Only directly after `otherwise`, `then` may be omitted.",
        "when member joins program wait 3 days send chat",
        "when member joins program wait 3 days then send chat",
    ),
    Rule(
        "E108",
        "Unknown beginning of a line",
        "A program is a sentence that begins with `when`, or declarations at the beginning of their lines: `flow`,"
        " `campaign`, `email`, `workspace`, `scenario`, `param`.",
        "Dear customers, when member joins program then send chat",
        "when member joins program then send chat",
    ),
    Rule(
        "E109",
        "Sign without a meaning",
        "Programs are written in words, numbers and texts in quotes. Outside of quotes, the only signs with a"
        " meaning are commas, parentheses and comparisons.",
        "when member joins program; then send chat",
        "when member joins program then send chat",
    ),
    Rule(
        "E110",
        "Time of day for an event",
        "An event has its own moment. A time of day belongs to dates and schedules, and `every year` to a date:"
        " `when birthday comes every year at 09:00`.",
        "when member joins program at 09:00 then send chat",
        "when member joins program wait until 09:00 then send chat",
    ),
    Rule(
        "E111",
        "Day that does not exist",
        "A date is written as year, month, day, and must exist in the calendar.",
        "when member joins program starting 2026-02-30 then send chat",
        "when member joins program starting 2026-02-28 then send chat",
    ),
    Rule(
        "E112",
        "Time that does not exist",
        "A time of day lies between 00:00 and 23:59; 24:00 is the end of a day.",
        "when member joins program wait 3 days at 25:00 then send chat",
        "when member joins program wait 3 days at 23:00 then send chat",
    ),
    Rule(
        "E113",
        "Number too long",
        "Numbers have at most 15 digits, because longer ones cannot be distinguished exactly.",
        "when client buys offer where amount > 12345678901234567890 then send chat",
        "when client buys offer where amount > 1234567890 then send chat",
    ),
    Rule(
        "E114",
        "Unknown schedule",
        "A schedule starts runs `every day`, `every monday`, `every weekday`, or `every month on day 1`.",
        "when every week at 09:00 then send chat",
        "when every monday at 09:00 then send chat",
    ),
    Rule(
        "E115",
        "Incomplete line of a scenario",
        "A line says who, what, and how often: `assume contact opens email 35% within 2 days`.",
        'when member joins program then send email "Hello"\nscenario "Spring"\n  at month 3 deactivate flow "Spring"',
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 35% within 2 days',
    ),
    Rule(
        "E116",
        "Clause that a campaign cannot have",
        "A campaign starts for every contact that is subscribed to it, so it has no `when`, no `include existing`"
        " and no `limit`.",
        'flow "A"\n  when member joins program\n  then send chat "Hello"\n'
        'campaign "Lessons"\n  when member joins program\n  then send email "Lesson 1"',
        'flow "A"\n  when member joins program\n  then send chat "Hello"\n'
        'campaign "Lessons"\n  then send email "Lesson 1"',
    ),
    Rule(
        "E117",
        "Misspelt keyword",
        "This word is not part of the language, but it resembles a keyword that is possible here.",
        "when member joins program wait 3 dayz then send chat",
        "when member joins program wait 3 days then send chat",
    ),
    Rule(
        "E118",
        "Name without quotes",
        "Names and texts are in quotes, so that they can contain any words.",
        'flow Welcome\n  when member joins program\n  then send chat "Hello"',
        'flow "Welcome"\n  when member joins program\n  then send chat "Hello"',
    ),
    Rule(
        "E119",
        "Wrong quotes",
        "Texts are in double quotes, and end with the same kind of quotes with which they begin.",
        "when member joins program then send chat 'Hello'",
        'when member joins program then send chat "Hello"',
    ),
    Rule(
        "E120",
        "Incomplete sentence",
        "Something must follow this keyword, and it is missing.",
        "when member joins program unless then send chat",
        "when member joins program unless has membership then send chat",
    ),
    Rule(
        "E121",
        "Percent sign missing",
        "The shares of a split and of answers are percentages.",
        'when member joins program\n  split 50 then send chat "A" 50% then send chat "B" end',
        'when member joins program\n  split 50% then send chat "A" 50% then send chat "B" end',
    ),
    Rule(
        "E122",
        "Parenthesis that is not closed",
        "Every opening parenthesis needs a closing one.",
        'when member joins program\n  unless (has tag "vip" or has membership',
        'when member joins program\n  unless (has tag "vip" or has membership)\n  then send chat "Hello"',
    ),
    Rule(
        "E123",
        "Half of a character",
        "Some programs store characters beyond the first 65,536 as two halves (surrogates). A single half comes from"
        " a text that was cut there, or read in a wrong encoding. It is not a character, and no file can contain it.",
        'when member joins program then send chat "Hello \ud83d"',
        'when member joins program then send chat "Hello 😀"',
    ),
    Rule(
        "E199",
        "More diagnostics than are shown",
        "Reading stops after a hundred errors: the first ones usually explain the others.",
        "then " * 120,
        "when member joins program then send chat",
    ),
)

READING = {rule.code: rule for rule in _DIAGNOSTICS}
