"""Messages: templates that must be there, placeholders that must be filled, and how one looks to a contact."""

from __future__ import annotations

import os
from pathlib import Path
from socket import AF_UNIX, socket

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import flowdsl
from flowdsl import RunError
from flowdsl.cli.commands import app

PROGRAM = """\
workspace
  from "Studio <hello@example.org>"
  set business_name "Studio Lotus"

email "Lesson 1"
  subject "Welcome to {business_name}, {first_name}"
  reply to "{coach} <help@example.org>"
  template "letters/lesson-1.html"

flow "Lessons"
  when contact joins program
  then send email "Lesson 1"
  then send sms "See you soon, {first_name}! {{with a smile}}"
"""
LETTER = """\
<html><head><style>p { color: red } @media x {a{b:c}}</style></head>
<body><p>Hello {first_name}</p>
<p>{business_name} &amp; {coach}</p></body></html>
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "lesson-1.html").write_text(LETTER)
    (tmp_path / "keyword_help.flow").write_text(PROGRAM)
    return tmp_path


def codes(path: Path, **contact: object) -> list[str]:
    people = pd.DataFrame([{"contact": "ann", **contact}]) if contact else None
    return [f"{one.code} {one.span.file if one.span else ''}" for one in flowdsl.check(flowdsl.load(path), people)]


# --- previews ---------------------------------------------------------------------------------------------------------


def test_a_message_is_shown_as_a_contact_gets_it(folder: Path) -> None:
    """Subject, sender, reply address and body are filled; the sender is the workspace's; HTML reads as text."""
    shown = flowdsl.load(folder).preview("Lesson 1", {"first_name": "Ann", "coach": "Bo"})
    assert (shown.channel, shown.name, shown.unfilled) == ("email", "Lesson 1", ())
    assert shown.subject == "Welcome to Studio Lotus, Ann"
    assert (shown.sender, shown.reply_to) == ("Studio <hello@example.org>", "Bo <help@example.org>")
    assert str(shown) == (
        'email "Lesson 1"\nfrom: Studio <hello@example.org>\nreply to: Bo <help@example.org>\n'
        "subject: Welcome to Studio Lotus, Ann\n\nHello Ann\nStudio Lotus & Bo"
    )


def test_a_template_keeps_its_own_braces_and_values_are_escaped(folder: Path) -> None:
    """Styles stay as they are, `{{first_name}}` is the placeholder itself, and no value can bring markup along."""
    letter = LETTER.replace("</body>", "<p>{{first_name}}</p></body>")
    (folder / "letters" / "lesson-1.html").write_text(letter)
    shown = flowdsl.load(folder).preview("Lesson 1", {"first_name": "<b>Ann & Co</b>", "coach": "Bo"})
    assert shown.body == letter.replace("{{first_name}}", "{KEPT}").replace(
        "{first_name}", "&lt;b&gt;Ann &amp; Co&lt;/b&gt;"
    ).replace("{business_name}", "Studio Lotus").replace("{coach}", "Bo").replace("{KEPT}", "{first_name}")
    assert shown.subject == "Welcome to Studio Lotus, <b>Ann & Co</b>"
    html = shown._repr_html_()
    assert "<b>Ann" not in html
    assert "sandbox" in html


def test_what_nothing_fills_is_shown_and_named(folder: Path) -> None:
    """Missing columns and empty cells leave the placeholder where it stands; all of them are named once."""
    for contact in ({"first_name": None}, {"first_name": float("nan"), "coach": ""}, {"coach": pd.NA}):
        shown = flowdsl.load(folder).preview("Lesson 1", contact)
        assert shown.unfilled == ("first_name", "coach")
        assert str(shown).endswith("unfilled: {first_name}, {coach}")
        assert "<mark>{first_name}</mark>" in shown._repr_html_()


def test_a_contact_is_a_mapping_a_row_or_an_id(folder: Path) -> None:
    """A dict, a row of a table, and an id with the table (or its file) show the same."""
    program = flowdsl.load(folder)
    people = pd.DataFrame({"contact": ["bob", "ann"], "first_name": ["Bob", "Ann"], "coach": ["Cy", "Bo"]})
    people.to_csv(folder / "contacts.csv", index=False)
    expected = program.preview("Lesson 1", {"first_name": "Ann", "coach": "Bo"})
    assert program.preview("Lesson 1", people.iloc[1]) == expected
    assert program.preview("Lesson 1", "ann", contacts=people) == expected
    assert program.preview("Lesson 1", "ann", contacts=folder / "contacts.csv") == expected
    with pytest.raises(RunError, match='no contact has the id "cem"'):
        program.preview("Lesson 1", "cem", contacts=people)
    with pytest.raises(RunError, match="no table"):
        program.preview("Lesson 1", "ann")


@pytest.mark.parametrize(
    ("value", "text"),
    [("Ann", "Ann"), (5, "5"), (5.0, "5"), (2.5, "2.5"), (True, "yes"),
     (pd.Timestamp("2026-03-01"), "2026-03-01 00:00"), (np.float64(3), "3")],
)  # fmt: skip
def test_values_read_as_people_write_them(value: object, text: str) -> None:
    """Whole numbers have no decimals, yes and no are words, moments have no seconds; fields have dotted names."""
    program = flowdsl.parse('when client buys offer then send sms "You said {trigger.amount}"')
    assert program.preview("You said {trigger.amount}", {"trigger.amount": value}).body == f"You said {text}"


def test_short_messages_are_named_by_their_text(folder: Path) -> None:
    """What is only named in a send has its name as body; doubled braces are single ones."""
    shown = flowdsl.load(folder).preview("See you soon, {first_name}! {{with a smile}}", {"first_name": "Ann"})
    assert (shown.channel, shown.body) == ("sms", "See you soon, Ann! {with a smile}")


def test_messages_that_are_not_there_or_not_one_are_answered_in_words(folder: Path) -> None:
    """The nearest name is suggested; where two channels have the name, one must be said."""
    with pytest.raises(RunError, match='did you mean "Lesson 1"') as wrong:
        flowdsl.load(folder).preview("lesson 1", {})
    assert wrong.value.diagnostics[0].code == "E713"
    both = flowdsl.parse('when contact joins program then send sms "A" then send push "A"')
    with pytest.raises(RunError, match='channel="sms"'):
        both.preview("A", {})
    assert both.preview("A", {}, channel="push").channel == "push"


def test_a_text_without_a_file_reads_templates_from_the_working_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checking such a program looks for no file; a preview needs it, and says so when it is not there."""
    program = flowdsl.parse(PROGRAM)
    assert flowdsl.check(program) == []
    monkeypatch.chdir(folder)
    assert program.preview("Lesson 1", {"first_name": "Ann"}).is_html
    monkeypatch.chdir(folder / "letters")
    with pytest.raises(RunError, match=r"lesson-1\.html"):
        program.preview("Lesson 1", {})


def test_the_command_shows_and_writes(folder: Path) -> None:
    """`flowdsl preview` prints the message, writes its body, and answers machines in JSON."""
    pd.DataFrame({"contact": ["ann"], "first_name": ["Ann"]}).to_csv(folder / "contacts.csv", index=False)
    words = ["preview", str(folder), "Lesson 1", "--contacts", str(folder / "contacts.csv"), "--contact", "ann"]
    shown = CliRunner().invoke(app, [*words, "--html", str(folder / "out.html")])
    assert shown.exit_code == 0
    assert "subject: Welcome to Studio Lotus, Ann" in shown.stdout
    assert "unfilled: {coach}" in shown.stdout
    assert "Hello Ann" in (folder / "out.html").read_text()
    assert '"is_html": true' in CliRunner().invoke(app, [*words, "--format", "json"]).stdout
    assert CliRunner().invoke(app, [*words[:2], "Lesson 2", *words[3:]]).exit_code == 1


# --- templates and placeholders before anything is sent ---------------------------------------------------------------


def test_a_missing_template_is_an_error_with_its_path(folder: Path) -> None:
    """It is looked for in the folder of the file that names it, wherever the program is checked from."""
    assert codes(folder) == codes(folder / "keyword_help.flow") == []
    (folder / "letters" / "lesson-1.html").unlink()
    assert codes(folder) == [f"E712 {folder / 'keyword_help.flow'}"]
    diagnostic = flowdsl.check(flowdsl.load(folder))[0]
    assert str(folder / "letters" / "lesson-1.html") in diagnostic.message
    assert diagnostic.span is not None
    assert diagnostic.span.line == 8
    with pytest.raises(flowdsl.ProgramError, match=r"lesson-1\.html"):
        flowdsl.dump(flowdsl.load(folder))
    (folder / "letters" / "lesson-1.html").write_bytes(b"caf\xe9")
    assert "not UTF-8" in flowdsl.check(flowdsl.load(folder))[0].message


def refused_template(folder: Path, name: str, *words: str) -> None:
    """Checking and previewing say E712 at the line of the template, with these words, and show nothing of the file."""
    (folder / "keyword_help.flow").write_text(PROGRAM.replace("letters/lesson-1.html", name))
    found = flowdsl.check(flowdsl.load(folder / "keyword_help.flow"))
    assert [(one.code, one.span.line if one.span else 0) for one in found] == [("E712", 8)]
    with pytest.raises(RunError) as caught:
        flowdsl.load(folder / "keyword_help.flow").preview("Lesson 1", {})
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E712"
    for word in words:
        assert word in found[0].message
        assert word in diagnostic.message


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret.txt", "letters/../../secret.txt", "/proc/self/environ"])
def test_a_template_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    """A program shows no file of the machine but those in its own folder, whether it exists or not."""
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "mine" / "letters").mkdir(parents=True)
    refused_template(tmp_path / "mine", name, name, "outside the folder")


def test_links_that_lead_out_of_the_folder_are_followed_and_refused(tmp_path: Path) -> None:
    """A link to a file outside, one to a folder outside, a chain, a circle; a link that stays inside is read."""
    folder = tmp_path / "mine"
    (folder / "letters").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "file.html").symlink_to(tmp_path / "secret.txt")
    (folder / "folder").symlink_to(tmp_path)
    (folder / "chain.html").symlink_to("file.html")
    (folder / "circle.html").symlink_to("circle.html")
    for name in ("file.html", "folder/secret.txt", "chain.html"):
        refused_template(folder, name, "outside the folder")
    refused_template(folder, "circle.html", "circle.html")
    (folder / "letters" / "lesson-1.html").write_text(LETTER)
    (folder / "inside.html").symlink_to("letters/lesson-1.html")
    (folder / "keyword_help.flow").write_text(PROGRAM.replace("letters/lesson-1.html", "inside.html"))
    (tmp_path / "way").symlink_to(folder)
    assert codes(folder) == codes(tmp_path / "way") == []


def test_only_regular_files_of_text_and_of_a_limited_size_are_templates(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders, pipes (which nobody writes to), sockets and what is too large are refused at once."""
    os.mkfifo(folder / "pipe.html")
    (folder / "large.html").write_bytes(b"x" * (1024 * 1024 + 1))
    (folder / "latin.html").write_bytes(b"caf\xe9")
    with socket(AF_UNIX) as plug:
        monkeypatch.chdir(folder)  # the path of a socket is limited to 108 characters
        plug.bind("plug.html")
        refused_template(folder, "plug.html")
    refused_template(folder, "letters", "regular file")
    refused_template(folder, "pipe.html", "regular file")
    refused_template(folder, "large.html", "1,024 KiB")
    refused_template(folder, "latin.html", "UTF-8")
    (folder / "large.html").write_bytes(b"x" * (1024 * 1024))
    (folder / "keyword_help.flow").write_text(PROGRAM.replace("letters/lesson-1.html", "large.html"))
    assert codes(folder) == []


@pytest.mark.parametrize("name", ["a\0b.html", "x" * 300 + ".html", "~/lesson.html", "C:\\\\lesson.html", "no.html"])
def test_names_that_no_file_has_are_refused_without_a_traceback(folder: Path, name: str) -> None:
    """Zero bytes, names that are too long, a home folder that is not looked up, names of other systems."""
    refused_template(folder, name)


def test_files_of_one_program_share_templates_of_its_folder(tmp_path: Path) -> None:
    """The folder of a program is the one that holds all its files; an absolute path may lead into it."""
    for name in ("a", "b", "letters"):
        (tmp_path / name).mkdir()
    (tmp_path / "letters" / "x.html").write_text("Hello")
    message = 'email "{}"\n  template "{}"\nflow "{}"\n  when contact joins program\n  then send email "{}"\n'
    (tmp_path / "a" / "a.flow").write_text(message.format("A", "../letters/x.html", "A", "A"))
    (tmp_path / "b" / "b.flow").write_text(message.format("B", tmp_path / "letters" / "x.html", "B", "B"))
    assert codes(tmp_path) == []
    assert codes(tmp_path / "a") == [f"E712 {tmp_path / 'a' / 'a.flow'}"]


def test_a_text_without_a_file_reads_nothing_outside_the_working_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs in notebooks are held to the same rule: checks say so, and a preview shows nothing."""
    monkeypatch.chdir(folder / "letters")
    for name in ("../keyword_help.flow", "/etc/passwd"):
        program = flowdsl.parse(PROGRAM.replace("letters/lesson-1.html", name))
        assert [one.code for one in flowdsl.check(program)] == ["E712"]
        with pytest.raises(RunError, match="outside the folder"):
            program.preview("Lesson 1", {})


def test_unfilled_placeholders_of_a_whole_folder_are_listed_at_once(folder: Path) -> None:
    """Names, subjects, reply addresses and templates of all files: each with its file and line."""
    (folder / "more.flow").write_text('flow "More"\n  when contact gets tag\n  then send sms "Bye {nick}"\n')
    found = flowdsl.check(flowdsl.load(folder), pd.DataFrame({"contact": ["ann"], "first_name": ["Ann"]}))
    assert [(one.code, Path(one.span.file).name, one.span.line) for one in found if one.span] == [
        ("E412", "keyword_help.flow", 7),
        ("E412", "lesson-1.html", 3),
        ("E412", "more.flow", 3),
    ]
    assert codes(folder / "keyword_help.flow", first_name="Ann", coach="Bo") == []


def test_fields_in_a_message_must_fit_every_flow_that_sends_it() -> None:
    """A subject may speak of the trigger or the object of the flows that send it, and of nothing else."""
    declared = 'email "A"\n  subject "{trigger.amount} {event.start}"\n'
    fits = 'flow "E"\n  when event is created\n  then send email "A"\n'
    tag = 'flow "T"\n  when contact gets tag\n  then send email "A"\n'
    date = 'flow "D"\n  when every monday at 09:00\n  then send email "A"\n'
    assert flowdsl.check(declared) == flowdsl.check(declared + fits) == []
    found = [(one.code, one.message) for one in flowdsl.check(declared + fits + tag + date)]
    assert sorted(code for code, _ in found) == ["E312", "E312", "E314", "E315"]
    assert all('flow "T"' in message or 'flow "D"' in message for _, message in found)


def test_templates_are_checked_before_a_folder_is_activated(folder: Path) -> None:
    """Activation finds what nothing fills inside template files too."""
    (folder / "keyword_help.flow").write_text(PROGRAM.replace('flow "Lessons"', 'flow "Lessons" paused'))
    (folder / "letters" / "lesson-1.html").write_text("Hello {first_name},\nyour {gift} is here")
    shown = CliRunner().invoke(app, ["activate", str(folder)])
    assert shown.exit_code == 1
    assert f"{folder / 'letters' / 'lesson-1.html'}:2:6" in shown.output
    assert "{gift}" in shown.output
