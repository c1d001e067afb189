"""Programs of a folder: what is listed, what each change writes, and that a refused one writes nothing at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import generate
import pytest
from hypothesis import given, settings
from typer.testing import CliRunner

import flowdsl
from flowdsl import ProgramError, workspace
from flowdsl.cli.commands import app
from flowdsl.syntax import ast, files
from flowdsl.syntax.printer import to_text

ROOT = Path(__file__).resolve().parents[2]
GOOD = sorted((ROOT / "tests/programs/good").glob("*.flow"))
WELCOME = """\
# House rules: be kind.

# Everybody who joins.
flow "Welcome"   # keep it short
  description "A warm welcome"
      when contact joins program
  then send email "Welcome"     # first
  wait until opened "Welcome" for up to 3 days
  if not it happened then start flow "Reminder" end
# Those who did not look.
FLOW "Reminder"  paused  when contact gets tag "quiet"
  then send sms "Hello again, {first_name}"
"""
LESSONS = """\
campaign "Lessons"
  description "Two letters"
  then send email "Lesson 1"
  wait 2 days
  then send email "Lesson 2"
"""
SENTENCE = 'when contact leaves program then subscribe to campaign "Lessons" then stop flow "Welcome"\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two files of flows, a campaign in a folder of its own, and no other program."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "keyword_help.flow").write_text(LESSONS)
    (tmp_path / "hello.flow").write_text(WELCOME)
    (tmp_path / "bye.flow").write_text(SENTENCE)
    return tmp_path


def run(*words: str, stdin: str = "") -> Any:
    """A command run in this process; only wrong input may end it early."""
    result = CliRunner().invoke(app, list(words), input=stdin, prog_name="flowdsl")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def codes(error: pytest.ExceptionInfo[ProgramError]) -> list[str]:
    return [diagnostic.code for diagnostic in error.value.diagnostics]


def states(path: str = ".") -> dict[str, bool]:
    return {entry.name: entry.is_active for entry in workspace.listing(path)}


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- list -------------------------------------------------------------------------------------------------------------


def test_listing_tells_every_flow_with_its_place() -> None:
    """Flows and campaigns come in path order, with place, state and description; a sentence is named by its file."""
    rows = [(each.kind, each.name, each.is_active, each.file, each.line) for each in workspace.listing()]
    assert rows == [
        ("flow", "bye", True, "bye.flow", 1),
        ("flow", "Welcome", True, "hello.flow", 4),
        ("flow", "Reminder", False, "hello.flow", 11),
        ("campaign", "Lessons", True, "letters/keyword_help.flow", 1),
    ]
    assert [each.description for each in workspace.listing()] == ["", "A warm welcome", "", "Two letters"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], ["bye", "Welcome", "Reminder", "Lessons"]),
        (["--active-only"], ["bye", "Welcome", "Lessons"]),
        (["--paused-only"], ["Reminder"]),
        (["letters"], ["Lessons"]),
        (["hello.flow", "--active-only"], ["Welcome"]),
    ],
)
def test_list_shows_what_is_asked_for(words: list[str], names: list[str]) -> None:
    """Folders and files, all or only the active or the paused; people and machines read the same."""
    document = json.loads(run("list", *words, "--format", "json").stdout)
    assert document["ok"] is True
    assert [flow["name"] for flow in document["flows"]] == names
    shown = run("list", *words).stdout.splitlines()
    assert [line.split("  ")[0].removesuffix(" (campaign)") for line in shown[1:]] == names


def test_a_broken_file_hides_no_other(folder: Path) -> None:
    """What can be read is listed; what is wrong elsewhere is told on standard error, and by the exit code."""
    (folder / "broken.flow").write_text('flow "Half\n  when when\n')
    result = run("list")
    assert result.exit_code == 1
    assert "Welcome" in result.stdout
    assert "--> broken.flow:1" in result.stderr
    document = json.loads(run("list", "--format", "json").stdout)
    assert document["ok"] is False
    assert document["diagnostics"]
    with pytest.raises(ProgramError):
        workspace.listing()


def test_a_name_given_twice_is_told_with_both_places(folder: Path) -> None:
    """Names are unique across all files: the diagnostic stands at the second, and tells the file of the first."""
    (folder / "letters" / "again.flow").write_text('flow "Welcome"\n  when contact joins group\n  then send sms\n')
    result = run("check", ".")
    assert 'two flows called "Welcome"; the first stands in hello.flow, line 4' in result.stdout
    assert "--> letters/again.flow:1" in result.stdout


def test_names_may_be_typed_in_any_normal_form(folder: Path) -> None:
    """An accent typed as two characters finds the flow whose accent is one, and is no second flow of that name."""
    assert run("new", "Cafe\u0301").exit_code == 0
    assert run("new", "Caf\u00e9", "--to", "letters").exit_code == 1
    assert run("activate", "Caf\u00e9").exit_code == run("pause", "Cafe\u0301").exit_code == 0


def test_a_long_name_makes_a_file_of_bearable_name(folder: Path) -> None:
    """A file is called after the beginning of a long name; the flow keeps all of it."""
    run("new", "Long " * 100)
    (file,) = folder.glob("long*.flow")
    assert len(file.name) < 70
    assert ("Long " * 100) in states()


# --- active and paused ------------------------------------------------------------------------------------------------


def test_only_the_word_paused_comes_and_goes(folder: Path) -> None:
    """Comments, odd layout and capitals stay; pausing and activating again gives the very same bytes."""
    before = everything(folder)
    run("pause", "hello.flow")
    assert (folder / "hello.flow").read_text() == WELCOME.replace('flow "Welcome"', 'flow "Welcome" paused')
    run("activate", "Welcome")
    assert everything(folder) == before


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks_stay(mark: bytes, folder: Path) -> None:
    """A file from another system is the same afterwards, but for the one word; its rights stay, too."""
    file = folder / "hello.flow"
    file.write_bytes(mark + WELCOME.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    run("pause", "Welcome")
    expected = WELCOME.replace('flow "Welcome"', 'flow "Welcome" paused').replace("\n", "\r\n").encode()
    assert file.read_bytes() == mark + expected
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_comment_may_stand_before_the_word(folder: Path) -> None:
    """The word is found wherever it may stand, and a comment on the way stays."""
    (folder / "odd.flow").write_text(
        'flow "Odd" # paused, for now\n  PAUSED when contact joins group\n  then send sms\n'
    )
    run("activate", "Odd")
    assert (
        folder / "odd.flow"
    ).read_text() == 'flow "Odd" # paused, for now\n when contact joins group\n  then send sms\n'


@settings(max_examples=15)
@given(program=generate.programs)
def test_pausing_changes_nothing_else(program: ast.Program, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of any program that can be written, pausing its file pauses every flow and campaign and nothing besides."""
    file = tmp_path_factory.mktemp("any") / "any.flow"
    file.write_text(to_text(program), encoding="utf-8")
    names = [entry.name for entry in workspace.listing(file)]
    workspace.pause(file)
    now = workspace.listing(file)
    assert [(entry.name, entry.is_active) for entry in now] == [(name, False) for name in names]
    assert flowdsl.load(file).declarations == tuple(map(as_paused, program.declarations))


def as_paused(declaration: ast.Declaration) -> ast.Declaration:
    if isinstance(declaration, ast.Flow | ast.Campaign):
        return replace(declaration, paused=True, name=declaration.name or ast.Text("any"))
    return declaration


def test_a_sentence_gets_a_head_that_keeps_its_name(folder: Path) -> None:
    """A bare sentence has no place for `paused`: it becomes the flow of the same name, with the same steps."""
    before = flowdsl.dump(flowdsl.load(folder))["flows"][0]
    run("pause", "bye.flow")
    assert (folder / "bye.flow").read_text() == 'flow "bye" paused\n' + SENTENCE
    paused = flowdsl.dump(flowdsl.load(folder))["flows"][0]
    assert (paused["name"], paused["paused"]) == ("bye", True)
    run("activate", "bye")
    assert (folder / "bye.flow").read_text() == 'flow "bye"\n' + SENTENCE
    now = flowdsl.dump(flowdsl.load(folder))["flows"][0]
    assert [node["id"] for node in now["nodes"]] == [node["id"] for node in before["nodes"]]


def test_folders_and_names_can_be_mixed() -> None:
    """Several targets in one command: a folder, a file and a name."""
    result = run("pause", "letters", "bye.flow", "Welcome")
    assert set(states().values()) == {False}
    assert '"Lessons" is paused now' in result.stdout
    assert "nothing to do" in run("pause", "letters").stdout
    run("activate", ".")
    assert set(states().values()) == {True}


def test_activating_looks_at_the_whole_program_first(folder: Path) -> None:
    """A diagnostic in any file keeps everything paused; pausing is possible all the same."""
    (folder / "wrong.flow").write_text('flow "Wrong" paused\n  when contact joins program\n  then go to "Nowhere"\n')
    before = everything(folder)
    result = run("activate", "Reminder")
    assert result.exit_code == 1
    assert "--> wrong.flow:3" in result.stderr
    assert everything(folder) == before
    assert run("pause", "Welcome").exit_code == 0


# --- placeholders -----------------------------------------------------------------------------------------------------

NEWS = """\
flow "News" paused
  when contact joins group
  then send email "News from {business_name}, {nick}"
  then send sms "{nick}, {contact.city} and {last_name}: {business_name}"
"""


def unfilled(*targets: str, **options: Any) -> list[str]:
    with pytest.raises(ProgramError) as error:
        workspace.activate(*targets, **options)
    assert set(codes(error)) <= {"E901", "E412"}
    return [diagnostic.message for diagnostic in error.value.diagnostics]


def test_every_unfilled_placeholder_is_found_before_activation(folder: Path) -> None:
    """Each name that neither the workspace nor the contacts give is told once, with its first place."""
    (folder / "news.flow").write_text(NEWS)
    assert [message.split()[0] for message in unfilled("News")] == ["{business_name}", "{nick}"]
    assert "news.flow:3" in run("activate", "News").stderr
    (folder / "sender.flow").write_text('workspace\n  set business_name ""\n')
    assert [message.split()[0] for message in unfilled("News")] == ["{nick}", "{business_name}"]
    (folder / "sender.flow").write_text('workspace\n  set business_name "Lotus"\n  set nick "friend"\n')
    assert workspace.activate("News").flows == ("News",)


def test_columns_of_contacts_fill_placeholders(folder: Path) -> None:
    """With a table of contacts its columns count, and no others."""
    (folder / "news.flow").write_text(NEWS)
    (folder / "sender.flow").write_text('workspace\n  set business_name "Lotus"\n')
    (folder / "contacts.csv").write_text("contact,nick,city,first_name\nann,Annie,Paris,Ann\n")
    assert unfilled("News", contacts="contacts.csv") == ["nothing fills the placeholder {last_name}"]
    (folder / "contacts.csv").write_text("contact,nick,city,first_name,last_name\nann,Annie,Paris,Ann,Lee\n")
    assert run("activate", "News", "--contacts", "contacts.csv").exit_code == 0


def test_paused_flows_may_be_unfinished(folder: Path) -> None:
    """A paused flow, and a message that only paused flows send, keep nobody from activating another."""
    (folder / "news.flow").write_text(NEWS + '\nemail "News from {business_name}, {nick}"\n  subject "{topic}"\n')
    assert workspace.activate("Reminder").flows == ("Reminder",)
    assert "{topic}" in " ".join(unfilled("News"))


def test_placeholders_of_template_files_are_found(folder: Path) -> None:
    """What nothing fills inside a template file keeps the flow that sends it paused; its line there is told."""
    (folder / "news.html").write_text("<p>{first_name},</p>\n<p>{offer_of_the_week}</p>\n")
    text = 'flow "News" paused\n  when contact joins group\n  then send email "News"\n'
    (folder / "news.flow").write_text(text + '\nemail "News"\n  template "news.html"\n')
    assert "--> news.html:2:4" in run("activate", "News").stderr
    assert run("activate", "Reminder").exit_code == 0
    (folder / "sender.flow").write_text('workspace\n  set offer_of_the_week "Ten classes"\n')
    assert run("activate", "News").exit_code == 0


def test_words_the_program_uses_as_columns_are_columns(folder: Path) -> None:
    """A name that the program compares or sets is a column of the contacts."""
    text = 'flow "P" paused\n  when contact joins group where plan is "pro"\n  then set coach to "Eve"\n'
    (folder / "plans.flow").write_text(text + '  then send email "Your plan: {plan}, your coach: {coach}"\n')
    assert workspace.activate("P").flows == ("P",)


# --- new --------------------------------------------------------------------------------------------------------------


def test_new_writes_a_skeleton_that_is_sound_and_paused(folder: Path) -> None:
    """Without a template there comes a small flow with comments; it can be activated as it is."""
    result = run("new", 'Spring "sale"')
    assert "spring-sale.flow" in result.stdout
    assert states("spring-sale.flow") == {'Spring "sale"': False}
    assert flowdsl.check(flowdsl.load(folder)) == []
    assert run("activate", "spring-sale.flow").exit_code == 0


@pytest.mark.parametrize("template", workspace.templates(), ids=lambda template: template.name)
def test_new_adapts_each_template(template: workspace.Template, folder: Path) -> None:
    """The copy is paused, has the new name, keeps the whole program sound, and waits for its words to be set."""
    done = workspace.new("Mine", template.name, to="made")
    assert states()["Mine"] is False
    assert [diagnostic for diagnostic in flowdsl.check(flowdsl.load(folder)) if diagnostic.is_error] == []
    assert done.to_set == template.words
    assert done.written[0] == Path("made/mine.flow")
    if template.words:
        for word in template.words:
            assert f"{{{word}}}" in " ".join(unfilled("made"))
        sender = folder / "made" / "workspace.flow"
        sender.write_text(sender.read_text().replace('""', '"something"'))
    assert "Mine" in workspace.activate("made").flows


@pytest.mark.parametrize("template", workspace.templates(), ids=lambda template: template.name)
def test_a_template_can_be_used_twice(template: workspace.Template, folder: Path) -> None:
    """What both copies send is declared once, and a workspace is not written twice."""
    workspace.new("One", template.name)
    workspace.new("Two", template.name)
    assert [diagnostic for diagnostic in flowdsl.check(flowdsl.load(folder)) if diagnostic.is_error] == []
    assert {"One", "Two"} <= set(states())


def test_the_templates_are_listed() -> None:
    """`new --list` shows each with its description, for people and for machines."""
    shown = run("new", "--list").stdout
    rows = json.loads(run("new", "--list", "--format", "json").stdout)["templates"]
    assert [row["name"] for row in rows] == [template.name for template in workspace.templates()]
    assert all(row["name"] in shown and row["description"] and row["description"] in shown for row in rows)


# --- duplicate --------------------------------------------------------------------------------------------------------


def test_a_copy_is_paused_and_speaks_of_itself(folder: Path) -> None:
    """One flow out of a file becomes a file of its own, with its comments; where it names itself, it names the copy."""
    (folder / "self.flow").write_text(
        '# At the top.\n\n# About A.\nflow "A"\n  when contact joins group\n  # leave\n  then stop flow "A"\n'
        '  then start flow "B"\n# About B.\nflow "B"\n  when contact leaves group\n  then send sms "A"\n'
    )
    run("duplicate", "A", "--as", "A again")
    assert (folder / "a-again.flow").read_text() == (
        '# About A.\nflow "A again" paused\n  when contact joins group\n  # leave\n  then stop flow "A again"\n'
        '  then start flow "B"\n'
    )
    assert flowdsl.check(flowdsl.load(folder)) == []


def test_a_copied_sentence_gets_a_head(folder: Path) -> None:
    """A copy of a bare sentence is a named flow."""
    run("duplicate", "bye.flow", "--as", "Farewell")
    assert (folder / "farewell.flow").read_text() == 'flow "Farewell" paused\n' + SENTENCE


def test_a_folder_is_copied_with_all_its_flows(folder: Path) -> None:
    """Copies go into a folder of the new name, are told apart by it, and start and stop one another."""
    (folder / "letters" / "more.flow").write_text(
        'flow "Pupils"\n  when contact joins group\n'
        '  then subscribe to campaign "Lessons"\n  then stop flow "Welcome"\n'
    )
    assert "written: spring/keyword_help.flow, spring/more.flow" in run("duplicate", "letters", "--as", "Spring").stdout
    assert (folder / "spring" / "more.flow").read_text() == (
        'flow "Pupils (Spring)" paused\n  when contact joins group\n'
        '  then subscribe to campaign "Lessons (Spring)"\n  then stop flow "Welcome"\n'
    )
    assert states()["Lessons (Spring)"] is False
    assert flowdsl.check(flowdsl.load(folder)) == []


# --- move -------------------------------------------------------------------------------------------------------------


def test_a_file_moves_as_it_is(folder: Path) -> None:
    """A file keeps every byte in its new folder, which is made for it."""
    run("move", "hello.flow", "old/2025")
    assert (folder / "old" / "2025" / "hello.flow").read_text() == WELCOME
    assert not (folder / "hello.flow").exists()


def test_a_folder_moves_with_all_that_is_in_it(folder: Path) -> None:
    """Other files of a folder go along."""
    (folder / "letters" / "lesson.html").write_text("<p>")
    run("move", "letters", "archive")
    assert (folder / "archive" / "letters" / "lesson.html").exists()
    assert "Lessons" in states("archive/letters/keyword_help.flow")


def test_a_flow_leaves_its_file_alone(folder: Path) -> None:
    """A flow that is moved by name takes its comments along, and the rest of its file stays as it was."""
    before = flowdsl.dump(flowdsl.load(folder))
    run("move", "Reminder", "quiet")
    top, reminder = WELCOME.split("# Those")
    assert (folder / "hello.flow").read_text() == top
    assert (folder / "quiet" / "reminder.flow").read_text() == "# Those" + reminder
    names = sorted(flow["name"] for flow in flowdsl.dump(flowdsl.load(folder))["flows"])
    assert names == sorted(flow["name"] for flow in before["flows"])


def test_a_file_does_not_leave_its_templates_behind(folder: Path) -> None:
    """Templates are read from the folder of the file that names them: alone it stays, with its folder it moves."""
    (folder / "letters" / "lesson.html").write_text("<p>Hello {first_name}</p>")
    (folder / "letters" / "keyword_help.flow").write_text(LESSONS + '\nemail "Lesson 1"\n  template "lesson.html"\n')
    before = everything(folder)
    result = run("move", "letters/keyword_help.flow", "elsewhere")
    assert "--> letters/keyword_help.flow:8" in result.stderr
    assert everything(folder) == before
    assert run("move", "letters", "elsewhere").exit_code == 0
    assert flowdsl.check(flowdsl.load(folder)) == []


# --- delete -----------------------------------------------------------------------------------------------------------


def test_what_others_need_is_not_deleted(folder: Path) -> None:
    """A flow that another starts or stops, and a campaign it subscribes to, stay; the line that needs them is told."""
    before = everything(folder)
    for target, place in (("Reminder", "hello.flow:9"), ("Welcome", "bye.flow:1"), ("letters", "bye.flow:1")):
        result = run("delete", target, "--yes")
        assert result.exit_code == 1
        assert f"--> {place}:" in result.stderr
        assert "E904" in result.stderr
    assert everything(folder) == before


def test_deleting_takes_the_flow_with_its_comments(folder: Path) -> None:
    """A flow goes out of its file, and the file goes with its last one; needed together, they go together."""
    run("delete", "bye.flow", "--yes")
    assert not (folder / "bye.flow").exists()
    run("delete", "Welcome", "--yes")
    assert (folder / "hello.flow").read_text() == "# House rules: be kind.\n\n# Those" + WELCOME.split("# Those")[1]
    run("delete", "Reminder", "letters", "--yes")
    assert list(folder.iterdir()) == []


def test_deleting_asks_first(folder: Path) -> None:
    """Only yes deletes; a machine, which cannot be asked, says so beforehand."""
    before = everything(folder)
    assert 'Delete "Reminder", bye.flow?' in run("delete", "bye.flow", "Reminder").stderr
    result = run("delete", "bye", stdin="n\n")
    assert 'Delete "bye"?' in result.stderr
    assert (result.exit_code, everything(folder)) == (1, before)
    assert run("delete", "bye", "--format", "json").exit_code == 2
    assert everything(folder) == before
    assert run("delete", "bye", stdin="y\n").exit_code == 0
    assert "bye" not in states()


def test_a_program_with_diagnostics_can_be_tidied_up(folder: Path) -> None:
    """Diagnostics that were there before keep nobody from deleting; a broken file can be deleted, too."""
    (folder / "wrong.flow").write_text('flow "Wrong"\n  when contact joins program\n  then go to "Nowhere"\n')
    (folder / "broken.flow").write_text("when when when\n")
    assert run("delete", "bye", "--yes").exit_code == 0
    assert run("delete", "broken.flow", "wrong.flow", "--yes").exit_code == 0
    assert set(states()) == {"Welcome", "Reminder", "Lessons"}


@pytest.mark.parametrize(
    "words", [["delete", "Half", "--yes"], ["move", "Half", "x"], ["duplicate", "Half", "--as", "B"]]
)
def test_nothing_is_cut_out_of_a_file_that_cannot_be_read_whole(words: list[str], folder: Path) -> None:
    """Where a flow ends is not sure while its file has a error of grammar: the error is told, and the file stays."""
    (folder / "half.flow").write_text('flow "Half"\n  when contact joins group\n  then send sms\nflow Other\n  when\n')
    before = everything(folder)
    result = run(*words)
    assert result.exit_code == 1
    assert "--> half.flow:4" in result.stderr
    assert everything(folder) == before
    assert run("pause", "Half").exit_code == 0


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["new", "Welcome"], 1, 'there is a flow "Welcome" already'),
        (["new", "Hello"], 1, "hello.flow"),
        (["new", "Fresh", "--to", "letters/keyword_help.flow"], 1, "there is such a file"),
        (["new", "Fresh", "--to", "hello.flow/below"], 1, "E710"),
        (["new", "Fresh", "--template", "welcom"], 2, "no template welcom"),
        (["new"], 2, "needs a name"),
        (["new", "  "], 2, "needs a name"),
        (["activate", "missing.flow"], 1, "there is no such file"),
        (["activate", "welcome", "letters"], 1, 'did you mean "Welcome"?'),
        (["pause", "Nobody"], 1, 'neither a file nor a flow "Nobody"'),
        (["pause"], 2, "PATH|NAME"),
        (["duplicate", "Welcome"], 2, "--as"),
        (["duplicate", "Welcome", "--as", "Reminder"], 1, 'there is a flow "Reminder" already'),
        (["duplicate", "hello.flow", "--as", "Both"], 1, "2 flows"),
        (["duplicate", "Welcome", "--as", "Bye!"], 1, "bye.flow"),
        (["duplicate", "letters", "--as", "letters"], 1, "keyword_help.flow"),
        (["move", "hello.flow", "."], 1, "there is such a file"),
        (["move", "hello.flow", "other.flow"], 2, "no folder"),
        (["move", "letters", "letters/old"], 1, "E906"),
        (["move", ".", "elsewhere"], 1, "E906"),
        (["delete", "Nobody", "bye", "--yes"], 1, "Nobody"),
        (["list", "nowhere"], 1, "there is no such file"),
        (["list", "--active-only", "--paused-only"], 2, "both active and paused"),
        (["activate", "Reminder", "--in", "letters"], 1, 'neither a file nor a flow "Reminder"'),
        (["activate", "bye.flow", "--in", "letters"], 1, "no part of the program"),
    ],
)
def test_what_is_refused_writes_nothing(words: list[str], code: int, said: str, folder: Path) -> None:
    """Each refusal says why, ends with 1 or 2, and leaves every file as it was."""
    before = everything(folder)
    result = run(*words)
    assert result.exit_code == code
    assert said in " ".join(result.output.split())
    assert everything(folder) == before


def test_a_program_elsewhere_is_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From outside, a file belongs to the folder that it lies in, and its siblings are looked at."""
    outside = folder / "outside"
    outside.mkdir()
    monkeypatch.chdir(outside)
    assert workspace.pause(folder / "hello.flow").flows == ("Welcome",)
    with pytest.raises(ProgramError) as error:
        workspace.delete(folder / "hello.flow")
    assert codes(error) == ["E904"]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_copies_of_good_programs_are_good(path: Path, folder: Path) -> None:
    """Every flow of the programs these tests know can be copied, moved and deleted by name."""
    (folder / "it").mkdir()
    (folder / "it" / path.name).write_text(path.read_text())
    names = [entry.name for entry in workspace.listing("it")]
    for name in names:
        workspace.duplicate(name, f"{name} copied", program="it")
    now = workspace.listing("it")
    assert {entry.name for entry in now} == {*names, *(f"{name} copied" for name in names)}
    workspace.delete(*(f"{name} copied" for name in names), program="it")
    assert [entry.name for entry in workspace.listing("it")] == names
    assert (folder / "it" / path.name).read_text() == path.read_text()


def test_files_change_together_or_not_at_all(folder: Path) -> None:
    """When one of several texts cannot be written, no file has changed and nothing is left lying about."""
    before = everything(folder)
    texts = {folder / "bye.flow": "new", folder / "fresh.flow": "new", folder / "hello.flow" / "below.flow": "new"}
    with pytest.raises(OSError, match=r"hello\.flow"):
        files.write(texts)
    assert everything(folder) == before
    files.write({folder / "bye.flow": None, folder / "fresh.flow": "new"})
    assert everything(folder).keys() - before.keys() == {"fresh.flow"}
    assert before.keys() - everything(folder).keys() == {"bye.flow"}
