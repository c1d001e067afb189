"""Help on words, and colours for Pygments: every keyword and phrase is helped with, every example works."""

from __future__ import annotations

import pytest
from pygments import highlight
from pygments.formatters import NullFormatter
from pygments.token import Comment, Generic, Keyword, Name, Number, String

import flowdsl
from flowdsl.editing import Help, Names, help_at
from flowdsl.editing.keyword_help import LESSONS
from flowdsl.editing.pygments import FlowLexer
from flowdsl.syntax.keywords import KEYWORDS
from flowdsl.vocabulary import VOCABULARY

TEXT = """flow "Offer"
  when client books class the 4th time
  unless has membership and Plan is "pro"
  wait 3 days at 09:00
  then send email "Hello"
  wait until clicked "Hello" for up to 7 days
  if it happened then add tag "warm" end
"""


def at(word: str, names: Names | None = None) -> Help | None:
    """The help on the last letter of some words of the text."""
    return help_at(TEXT, TEXT.index(word) + len(word) - 1, names or Names())


def test_every_keyword_has_a_lesson() -> None:
    """And no lesson is about a keyword that is gone."""
    assert set(LESSONS) == set(KEYWORDS)


@pytest.mark.parametrize("keyword", LESSONS)
def test_every_example_is_a_program_without_diagnostics_that_uses_the_keyword(keyword: str) -> None:
    """Whoever copies it has something that works; help on the keyword in it gives this lesson."""
    example = LESSONS[keyword].example
    assert [str(diagnostic) for diagnostic in flowdsl.check(example) if diagnostic.is_error] == []
    told = (help_at(example, place) for place in range(len(example)))
    assert any(found is not None and found.words == LESSONS[keyword].words for found in told)


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("Offer", 'flow "Offer"'),
        ("when", "when"),
        ("books", 'books class ["…"]'),
        ("the 4th", "the …th time"),
        ("membership", 'has membership ["…"]'),
        ("days", "days"),
        ("send", 'send [transactional] email ["…"] [to "…"]'),
        ('email "Hello', 'message "Hello"'),
        ("clicked", 'clicked [on] [message] ["…"]'),
        ("for up", "for up to"),
        ("happened", "it happened"),
        ("add", 'add tag ["…"] [to [contact]]'),
    ],
)
def test_words_are_helped_with_by_what_they_are_here(word: str, title: str) -> None:
    """Keywords whole, phrases whole, names as names of what."""
    found = at(word)
    assert found is not None
    assert found.title == title
    assert found.words
    assert found.start <= TEXT.index(word) + len(word) - 1 < found.end


def test_columns_are_known_from_the_tables() -> None:
    """With their type and, where these are few, their values; in the case that they have there."""
    assert at("Plan") is None
    found = at("Plan", Names(columns={"Plan": "text"}, values={"Plan": ("free", "pro")}))
    assert found is not None
    assert "free, pro" in found.words


@pytest.mark.parametrize("row", [row for row in VOCABULARY.rows if row in VOCABULARY.event_phrases])
def test_every_event_is_helped_with_and_its_example_is_right(row: str) -> None:
    """What is offered as an example means that event."""
    names = {"object": '"Hello"'} if VOCABULARY.event_phrases.takes(row, "object") else {}
    said = f"when {VOCABULARY.event_phrases.say(row, names)}"
    word = next(
        place
        for place, letter in enumerate(said)
        if place > 4 and letter.isalpha() and '"' not in said[place - 6 : place]
    )
    found = help_at(said, word)
    assert found is not None
    assert flowdsl.check(f"{found.example} then send chat") == []


def test_help_never_fails() -> None:
    """Wherever a text is broken off, and wherever the cursor is."""
    for end in range(0, len(TEXT), 7):
        for cursor in range(-1, end + 2, 5):
            help_at(TEXT[:end], cursor)


def test_nothing_is_said_of_blanks_and_numbers() -> None:
    """An empty help is none."""
    assert help_at("", 0) is None
    assert help_at(TEXT, TEXT.index("\n  wait") + 1) is None


# --- Pygments ---------------------------------------------------------------------------------------------------------


def kinds(text: str) -> list[tuple[object, str]]:
    """What is coloured how."""
    return [(kind, part) for kind, part in FlowLexer().get_tokens(text) if part.strip()]


def test_words_are_coloured_by_what_the_parser_takes_them_for() -> None:
    """So `email` in an action is no declaration."""
    assert kinds('%%flow welcome\nwhen member joins program # who\nwait 3 days then send email "Hi"') == [
        (Generic.Prompt, "%%flow welcome"),
        (Keyword, "when"),
        (Name.Function, "member"),
        (Name.Function, "joins"),
        (Name.Function, "program"),
        (Comment.Single, "# who"),
        (Keyword, "wait"),
        (Number, "3"),
        (Keyword.Type, "days"),
        (Keyword, "then"),
        (Name.Function, "send"),
        (Name.Function, "email"),
        (String, '"Hi"'),
    ]


@pytest.mark.parametrize("text", [TEXT, "", "%simulate --days 3\n", 'when "', "\n\n%x\r\nwhen\r\n", "§ then 30%"])
def test_no_letter_is_lost(text: str) -> None:
    """Whatever the text, its colours leave it as it is."""
    lexer = FlowLexer(stripnl=False, ensurenl=False)
    assert highlight(text, lexer, NullFormatter()) == text.replace("\r\n", "\n")
