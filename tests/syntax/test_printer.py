"""Printing programs: the text says the same, has one style, and keeps every comment."""

from __future__ import annotations

import re
from pathlib import Path

import generate
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowdsl.diagnostics.source import Source
from flowdsl.syntax import ast
from flowdsl.syntax.parser import parse
from flowdsl.syntax.printer import line, to_text

GOOD = sorted((Path(__file__).parents[1] / "programs" / "good").glob("*.flow"))


def read(text: str) -> ast.Program:
    program, diagnostics = parse(Source(text))
    assert [str(diagnostic) for diagnostic in diagnostics] == [], text
    return program


def printed(text: str) -> str:
    return to_text(read(text))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(generate.programs)
def test_a_printed_program_reads_back_the_same(program):
    """Any program that can be read can be printed and read again, and printing that changes nothing."""
    text = to_text(program)
    again = read(text)
    assert again.declarations == program.declarations
    assert to_text(again) == text


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_the_programs_of_the_brief_print_the_same_meaning(path):
    """Formatting changes no program, and a formatted program not at all."""
    before = read(path.read_text(encoding="utf-8"))
    text = to_text(before)
    assert read(text) == before
    assert printed(text) == text


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_no_comment_is_lost(path):
    """Every comment of a text is in the formatted text, in the same order."""
    text = path.read_text(encoding="utf-8")
    said = re.findall(r"^(?:[^\"#\n]|\"[^\"]*\")*#\s*(.*?)\s*$", text, re.MULTILINE)
    assert re.findall(r"^(?:[^\"#\n]|\"[^\"]*\")*#\s*(.*?)\s*$", printed(text), re.MULTILINE) == said


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_comments_anywhere_stay_and_settle(data):
    """Whatever lines comments are put on, all are kept, the meaning stays, and formatting twice is formatting once."""
    lines = data.draw(st.sampled_from(GOOD)).read_text(encoding="utf-8").splitlines()
    lines = [each.split("#")[0].rstrip() if '"' not in each.partition("#")[2] else each for each in lines]
    count = data.draw(st.integers(1, 6))
    for number in range(count):
        at = data.draw(st.integers(0, len(lines) - 1))
        indent = data.draw(st.sampled_from(("", "  ", "    ", "      ")))
        if data.draw(st.booleans()) and lines[at].strip():
            lines[at] += f"  # mark{number}"
        else:
            lines.insert(at, f"{indent}# mark{number}")
    text = "\n".join(lines)
    once = printed(text)
    assert sorted(re.findall(r"mark\d", once)) == sorted(re.findall(r"mark\d", text))
    assert read(once) == read(text)
    assert printed(once) == once


def test_the_style():
    """Two spaces further in for what is inside, `then` before actions, keywords in lower case, one sentence a line."""
    text = (
        'FLOW "A" PAUSED WHEN client books class the 4TH time LIMIT once per contact IF a>=5 THEN send chat '
        "OTHERWISE IF not(b is known or c)  THEN send sms otherwise send push end split 50% "
        '"x" 50% then send chat "b" end repeat 2 times wait 1 day end'
    )
    assert printed(text) == (
        'flow "A" paused\n'
        "  when client books class the 4th time\n"
        "  limit once per contact\n"
        "  if a >= 5\n"
        "    then send chat\n"
        "  otherwise if not (b is known or c)\n"
        "    then send sms\n"
        "  otherwise\n"
        "    then send push\n"
        "  end\n"
        "  split\n"
        '    50% "x"\n'
        "    50%\n"
        '      then send chat "b"\n'
        "  end\n"
        "  repeat 2 times\n"
        "    wait 1 day\n"
        "  end\n"
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('  if is not in group "A" and not (in group "B")', '  if is not in group "A" and not in group "B"'),
        ('  if not is in group "A"', '  if is not in group "A"'),
        ('  if not is in group "A" or not not is in group "B"', '  if is not in group "A" or not is not in group "B"'),
        ('  if not has tag "is in A"', '  if not has tag "is in A"'),
    ],
)
def test_not_in_is_said_as_people_say_it(written, said):
    """`is not in` is not taken apart."""
    assert (
        said in printed(f'flow "F"\n  when member joins program\n{written}\n    then send chat\n  end\n').splitlines()
    )


@pytest.mark.parametrize("many", ["1 new contact", "2 new contacts", "1 to 2 new contacts"])
def test_one_new_contact_is_one(many):
    """A single contact comes in the singular."""
    line = f"  assume {many} per hour join program"
    assert line in printed(f'scenario "S"\n{line}\n').splitlines()


def test_a_bare_sentence_stays_one():
    """A program without `flow` is printed without one, a line for each part."""
    assert printed("when member joins program unless has membership wait 3 days then send chat") == (
        "when member joins program\nunless has membership\nwait 3 days\nthen send chat\n"
    )


def test_declarations_stand_apart_and_params_together():
    """An empty line between declarations, none between params, none twice."""
    assert printed('param a 1\nparam b "x"\n\n\nworkspace\n timezone contact\nparam c 30%') == (
        'param a 1\nparam b "x"\n\nworkspace\n  timezone contact\n\nparam c 30%\n'
    )


def test_a_wide_when_has_a_line_for_each_trigger():
    """Several triggers wider than 100 columns stand below each other."""
    name = "x" * 60
    assert printed(f'when a joins "{name}" or when b joins "{name}" then send chat') == (
        f'when a joins "{name}"\n  or when b joins "{name}"\nthen send chat\n'
    )


def test_an_if_right_behind_otherwise_keeps_its_then():
    """`otherwise` and a nested `if` would else become `otherwise if`, which nests nothing."""
    text = "when a b if c then send chat otherwise then if d then send sms end end"
    assert "otherwise\n  then if d\n" in printed(text)
    assert read(printed(text)) == read(text)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (ast.WaitUntilTime(days=1, at=ast.Clock(540)), "wait until monday at 09:00"),
        (ast.Only(0b1111111, ast.Clock(1320), ast.Clock(360)), "only between 22:00 and 06:00"),
        (ast.Only(0b0111111), "only on monday to saturday"),
        (ast.GoTo(ast.Text("R"), ast.Number(3)), 'go to "R" at most 3 times'),
        (ast.Limit(ast.Number(1), every=ast.Duration(((24, "hour"),))), "limit once per contact every 24 hours"),
        (ast.Duration(((1, "hour"), (30, "minute"))), "1 hour 30 minutes"),
        (ast.Text('a "b" \\ \n'), '"a \\"b\\" \\\\ \\n"'),
        (ast.Number(1e-7), "0.0000001"),
        (ast.Nth(22, every=True), "every 22nd time"),
        (ast.Exit(), "exit"),
    ],
)
def test_lines(node, text):
    """One line for a step, a clause or a value, as stories and diagrams show it."""
    assert line(node) == text


def test_every_node_has_a_line():
    """No node of the tree is without words (parts of lines that never stand alone excepted)."""
    kinds = {kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.Node)}
    from flowdsl.syntax.printer.node_text import _LINES

    assert kinds - set(_LINES) == {ast.Node, ast.Sentence}
