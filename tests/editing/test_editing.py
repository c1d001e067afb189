"""Editing: what may come next, what a text is made of; for every program at every place, and for any text at all."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowdsl.editing import NO_NAMES, Names, complete, names_from, word_lists
from flowdsl.editing.tokens import KINDS, tokens
from flowdsl.syntax.parser.cursor import Said, readings

HERE = Path(__file__).parents[1]
PROGRAMS = sorted([*HERE.glob("programs/good/*.flow"), *HERE.parent.glob("examples/**/*.flow")])
TABLE = Names({"plan": "text", "age": "number"}, {"plan": ("free", "pro")}, {"tag": ("vip",)})


def said(text: str, names: Names = NO_NAMES) -> list[str]:
    """What is offered at the end of a text."""
    return [one.text for one in complete(text, len(text), names)]


# --- what may come ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("", ["when", "flow", "scenario"]),
        ("when ", ["member", "joins program", "every"]),
        ("when member joins pr", ["program"]),
        ("when member joins program\nun", ["unless"]),
        ("when client books class the 4", ["the 4th time"]),
        ("when member joins program then ", ["send email", "add tag"]),
        ("when member joins program then send chat wait 3 ", ["days", "hours"]),
        ("when member joins program then send chat wait 1 d", ["day"]),
        ('when member joins program then send email "Hello"\nwait until opened ', ['"Hello"']),
        ('when member joins program then send email "Hello"\nwait until opened "He', ['"Hello"']),
        ('when member joins program wait until opened "A" for up ', ["for up to"]),
        ('flow "Café"\nwhen member joins program then start flow ', ['"Café"']),
        ('when member joins program label "Again" wait 1 day go to ', ['"Again"']),
        ("param pause 3 days\nflow \"A\"\nwhen member joins program wait ", ["pause"]),
        ('workspace timezone "Europe/Par', ['"Europe/Paris"']),
        ("scenario\n  assume ", ["contact"]),
        ("scenario\n  assume contact opens em", ["email"]),
        ("when event is created wait until 7 days before ", ["event.start"]),
    ],
)  # fmt: skip
def test_what_a_reader_expects_is_offered(text: str, offered: list[str]) -> None:
    """Keywords, phrases, names of the program, params, zones, fields of related objects."""
    assert set(offered) <= set(said(text))


def test_tables_offer_their_columns_and_values() -> None:
    """A column where a condition begins, its values where it is compared, names of its kind in quotes."""
    assert {"plan", "age"} <= set(said("when member joins program if ", TABLE))
    assert said("when member joins program if plan is ", TABLE)[:2] == ['"free"', '"pro"']
    assert said('when member joins program if plan is "p', TABLE) == ['"pro"']
    assert '"vip"' in said("when member joins program unless has tag ", TABLE)


def test_what_is_offered_takes_the_place_of_what_was_begun() -> None:
    """Also in the middle of a text, and with the quote that an editor has set already."""
    text = 'when member joins pr\nthen send email "Hello"\nwait until opened "H"'
    (program, *_) = complete(text, 20)
    assert text[: program.start] + program.text + text[program.end :] == text.replace("pr\n", "program\n")
    (hello,) = complete(text, len(text) - 1)
    assert text[: hello.start] + hello.text + text[hello.end :] == text[:-3] + '"Hello"'


def test_diagnostics_above_hide_nothing() -> None:
    """A program that is wrong further up is completed all the same."""
    assert "for up to" in said('when member joins program unles has tag "x"\nwait until clicked "A" f')


def test_nothing_is_offered_in_comments_and_for_new_names() -> None:
    assert said("when member joins program # wai") == []
    assert said('flow "') == []


NO_WORDS = {
    "TEXT", "NUMBER", "PERCENT", "DATE", "CLOCK", "N_TIMES", "RATE", "ORDINAL",
    "LPAR", "RPAR", "COMMA", "LT", "LE", "GT", "GE",
}  # fmt: skip
KEYS = {"PARAM", "SET", "WITH", "WAIT"}  # behind these, and in lists of settings, stand names of one's own


def is_known(before: Said | None, one: Said, known: set[str]) -> bool:
    """Whether a thing in a program is a word of the language, and no number, name or column."""
    if one.terminal in NO_WORDS or len(one.first.text) == 1:
        return False
    own = before is not None and before.terminal in KEYS | NO_WORDS - {"TEXT", "NUMBER"}
    return one.terminal != "WORD" or (one.first.text in known and not own)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_word_of_every_program_is_offered(path: Path) -> None:
    """With its first letter typed, each keyword and each word of the vocabulary is among what is offered there."""
    text = path.read_text(encoding="utf-8")
    known = {word for kind in word_lists.families().values() for phrase in kind for word in phrase.split()}
    missed = []
    for before, one in pairwise([None, *readings(text)[0]]):
        if one is not None and is_known(before, one, known):
            offered = complete(text[: one.first.start + 1], one.first.start + 1)
            if not any(f"{each.text.casefold()} ".startswith(f"{one.first.text} ") for each in offered):
                missed.append((one.first.line, one.first.text))
    assert not missed


@given(st.text(alphabet='when member joins"«#\n "\\é()0123%:-', max_size=80), st.integers(-3, 90))
@example('when "', 6)
def test_any_text_is_completed_without_a_diagnostic(text: str, cursor: int) -> None:
    """Whatever stands there, wherever the cursor is; what is offered lies in the text."""
    for one in complete(text, cursor, TABLE):
        assert 0 <= one.start <= one.end <= len(text)


# --- parts of a text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_parts_stand_in_order_and_leave_only_blanks(path: Path) -> None:
    """Nothing of a right program is left without a colour."""
    text, at = path.read_text(encoding="utf-8"), 0
    for kind, start, end in tokens(text):
        assert kind in KINDS
        assert not text[at:start].strip("\ufeff \n\t")
        at = end
    assert not text[at:].strip()


def test_what_a_word_is_depends_on_its_place() -> None:
    """`email` is a noun of an action here, and `event` one of a trigger."""
    text = 'email "A"\nwhen event is created then send email "A" # so'
    found = [(kind, text[start:end]) for kind, start, end in tokens(text)]
    assert found[0] == ("declaration", "email")
    assert ("phrase", "email") in found
    assert ("comment", "# so") in found


# --- tables -----------------------------------------------------------------------------------------------------------


def test_only_tables_of_contacts_are_looked_at() -> None:
    """Others say nothing; a column with many different texts offers its name alone."""
    people = pd.DataFrame({"contact": range(100), "plan": ["pro", "free"] * 50, "note": [f"n{n}" for n in range(100)]})
    found = names_from([pd.DataFrame({"plan2": ["x"]}), people, pd.DataFrame({"contact": [1], "event": ["x"]})])
    assert set(found.columns) == {"plan", "note"}
    assert dict(found.values) == {"plan": ("free", "pro")}
