"""Notebooks of plain FlowDSL: programs, commands and tables in cells; diagnostics as everywhere; no word of Python."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import flowdsl
from flowdsl.notebook import progress
from flowdsl.notebook.kernel import assumed, commands, options, parts
from flowdsl.notebook.kernel.kernel import FlowKernel

PROGRAM = 'when member joins program "Yoga" unless has membership\nwait 3 days\nthen send email "Hello"'
TABLES = """%contacts
contact,membership
ann,
bob,Gold

%events
time,contact,event,object
2026-01-05 09:00,ann,joins program,Yoga
2026-01-05 10:00,bob,joins program,Yoga
"""


class Notebook:
    """A kernel, and what it sends."""

    def __init__(self) -> None:
        self.kernel = FlowKernel()
        self.kernel.send_response = self._keep
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def _keep(self, socket: object, kind: str, content: dict[str, Any]) -> None:
        self.sent.append((kind, content))

    def run(self, cell: str, id: str | None = None) -> str:
        """Everything that a cell shows, as text without colours."""
        self.sent.clear()
        self.kernel.execution_count += 1
        reply = asyncio.run(self.kernel.do_execute(cell, False, cell_id=id))
        assert (reply["status"] == "error") == any(kind == "error" for kind, _ in self.sent)
        texts = [
            "\n".join(content["traceback"]) if kind == "error" else content["data"]["text/plain"]
            for kind, content in self.sent
        ]
        return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(texts))

    def html(self) -> str:
        """The HTML of what the last cell has shown."""
        return "".join(content["data"].get("text/html", "") for kind, content in self.sent if kind != "error")


@pytest.fixture(name="notebook")
def _notebook() -> Iterator[Notebook]:
    notebook = Notebook()
    yield notebook
    asyncio.run(notebook.kernel.do_shutdown(False))
    FlowKernel.clear_instance()


def test_a_class_can_begin_with_nothing_but_a_program(notebook: Notebook) -> None:
    """The program is drawn; simulated, it has made-up contacts who do made-up things, and the notebook says so."""
    assert 'send email "Hello"' in notebook.run(PROGRAM)
    assert "<img" in notebook.html()
    said = notebook.run("%simulate")
    assert "Made up: the 400 contacts" in said
    assert 'assume member joins program "Yoga"' in said
    assert "sent" in said
    assert "assume" not in notebook.run("%simulate --days 7")
    assert 'sent email "Hello"' in notebook.run("%story")


def test_tables_may_stand_in_a_cell(notebook: Notebook) -> None:
    """Below a command that names no file stands the table itself; nothing is made up then."""
    notebook.run(PROGRAM)
    shown = notebook.run(f"{TABLES}%simulate --days 7\n%story ann")
    assert "contacts: 2 rows" in shown
    assert "ade up" not in shown
    assert 'Thu 2026-01-08 09:00  sent email "Hello"' in shown
    assert "unless" in notebook.run("%simulate --days 7")


def test_tables_may_be_files(notebook: Notebook, tmp_path: Path) -> None:
    """With blanks in their names, too; a file that is not there is a diagnostic that names it."""
    file = tmp_path / "my contacts.csv"
    file.write_text("contact,plan\nann,pro\n", encoding="utf-8")
    assert "contacts: 1 row\n" in notebook.run(f'%contacts "{file}"')
    assert "contacts: 1 row\n" in notebook.run("%show contacts")
    assert "there is no such file" in notebook.run("%contacts nowhere.csv")
    assert "contacts: 1 row\n" in notebook.run("%show contacts")


def test_rows_of_a_table_in_a_cell_are_named_when_they_are_wrong(notebook: Notebook) -> None:
    """By their lines in the table."""
    notebook.run(PROGRAM)
    assert "contacts.csv, lines 2, 3" in notebook.run("%contacts\ncontact\nann\nann\n%simulate")


def test_a_cell_with_flows_is_the_program_and_others_add_to_it(notebook: Notebook) -> None:
    """What is declared anew, or in a cell that is run again, takes the place of what had the name."""
    notebook.run(PROGRAM, "a")
    said = notebook.run('scenario "Spring"\n  assume contact joins program "Yoga" 1 per contact per week', "b")
    assert said == 'added to the program: scenario "Spring"'
    notebook.run('scenario "Spring"\n  assume contact joins program "Yoga" 2 per contact per week', "c")
    notebook.run('email "Hello"\n  subject "Hi"', "d")
    notebook.run('email "Hello"\n  subject "Welcome"', "d")
    shown = notebook.run("%show")
    assert "2 per contact" in shown
    assert "1 per contact" not in shown
    assert "Welcome" in shown
    assert '"Hi"' not in shown
    notebook.run('flow "Other"\n  when member joins group then send chat', "e")
    assert "Spring" not in notebook.run("%show")


def test_a_wrong_cell_changes_nothing(notebook: Notebook) -> None:
    """All its diagnostics are told at once, with the lines of the cell and a way out; no traceback."""
    notebook.run(PROGRAM)
    said = notebook.run("%help\nwhen member joins program\nunles has tag\nwait 3 dayz\nthen send chat")
    assert "cell 2:3:1" in said
    assert "did you mean `unless`?" in said
    assert "did you mean `days`?" in said
    assert "Traceback" not in said
    assert "Yoga" in notebook.run("%show")


def test_what_python_notebooks_put_before_a_program_does_no_harm(notebook: Notebook) -> None:
    """A cell that is copied from one still works."""
    assert 'send email "Hello"' in notebook.run(f"%%flow welcome\n{PROGRAM}")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%simulat", "did you mean `%simulate`?"),
        ("%", "`%help` lists all"),
        ("%simulate --day 3", "did you mean `--days`?"),
        ("%simulate --days many", "`many` is no value of `days`"),
        ("%simulate quickly", "has no option `quickly`"),
        ("%simulate --start soon", "E702"),
        ("%forecast --level 90", "E7"),
        ("%show funnels", "did you mean `funnel`?"),
        ("%story nobody", "nobody"),
        ("%explain E9999", "E9"),
        ("%events", "takes a file"),
        ('%contacts "un', "un"),
    ],
)
def test_slips_in_commands_are_diagnostics_like_any_other(notebook: Notebook, line: str, said: str) -> None:
    """They are told with what there is instead."""
    notebook.run(PROGRAM)
    shown = notebook.run(line)
    assert said in shown
    assert "error E" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("line", ["%simulate", "%show", "%story", "%forecast"])
def test_commands_without_a_program_ask_for_one(notebook: Notebook, line: str) -> None:
    """Instead of failing in some other way."""
    assert "E757" in notebook.run(line)


def test_everything_can_be_shown(notebook: Notebook) -> None:
    """Each word that `%show` lists; what has not been simulated yet is."""
    notebook.run(PROGRAM)
    assert "prediction interval" in notebook.run(f"{TABLES}%forecast --replications 19 --days 7")
    for what in (*commands.OF_RESULTS, "results", "diagram", "program", "contacts", "fan", "stack", "forecast"):
        notebook.run(f"%show {what}")
        assert "<" in notebook.html(), what


def test_every_command_is_listed(notebook: Notebook) -> None:
    """With what it takes."""
    said = notebook.run("%help")
    assert all(f"%{name}" in said for name in commands.COMMANDS)


def test_forgetting_leaves_nothing(notebook: Notebook) -> None:
    """A class can start over without a restart."""
    notebook.run(PROGRAM)
    notebook.run(f"{TABLES}%forget")
    assert "E757" in notebook.run("%show")
    notebook.run(PROGRAM)
    assert "Made up: the 400 contacts" in notebook.run("%simulate --days 7")


def test_cells_are_linted_as_they_would_be_run(notebook: Notebook) -> None:
    """With the program they would add to, commands and tables left out, places as in the editor."""
    notebook.run(PROGRAM)
    assert notebook.kernel.linted('scenario\n  assume contact opens email "Hello" 30%') == []
    text = "%contacts\ncontact\nann\n%simulate\nwhen member joins program\nunles has tag then send chat"
    (diagnostic,) = notebook.kernel.linted(text)
    assert text[diagnostic["start"] : diagnostic["end"]] == "unles"
    assert notebook.kernel.linted("%simulate --days 7") == []
    assert 'send email "Hello"' in notebook.run("%show")


def payload(notebook: Notebook, cell: str, *, watched: bool = False) -> tuple[str, str]:
    """How a cell ends, and the text that it gets."""
    reply = asyncio.run(notebook.kernel.do_execute(cell, False, allow_stdin=watched))
    return reply["status"], "".join(one["text"] for one in reply.get("payload", []))


def test_fix_puts_repairs_into_the_cell(notebook: Notebook) -> None:
    """Its commands and tables stay as they are; `%fix` goes, and the program is run."""
    cell = "%help\n%fix\nwhen member joins program\nunles has tag\nwait 3 dayz\nthen send chat\n%simulate --days 2"
    right = "%help\nwhen member joins program\nunless has tag\nwait 3 days\nthen send chat\n%simulate --days 2"
    assert payload(notebook, cell) == ("ok", right)
    assert "unless has tag" in notebook.run("%show")


def test_what_cannot_be_mended_is_told(notebook: Notebook) -> None:
    """A person gets the mended text and sees what is left; to a program that runs notebooks the cell has failed."""
    cell = '%fix\nwhen member joins program\nunles has tag\nthen go to "x"'
    assert payload(notebook, cell, watched=True) == ("ok", cell.removeprefix("%fix\n").replace("unles", "unless"))
    assert "E211" in notebook.html()
    assert payload(notebook, cell)[0] == "error"


def test_fmt_writes_the_cell_in_the_one_style(notebook: Notebook) -> None:
    """Commands above the program stay above it, the others go below; a cell that cannot be read stays."""
    cell = "%help\n%fmt\nWHEN member joins program # who\n%simulate --days 2\n then send chat"
    right = "%help\nwhen member joins program  # who\nthen send chat\n%simulate --days 2"
    assert payload(notebook, cell) == ("ok", right)
    assert payload(notebook, "%fmt\nwhen then")[0] == "error"


def test_in_a_console_an_empty_line_ends_a_program(notebook: Notebook) -> None:
    """Commands need none; lines go on as far in as the one before."""

    def said(text: str) -> dict[str, str]:
        return asyncio.run(notebook.kernel.do_is_complete(text))

    assert said('flow "A"\n  when member joins') == {"status": "incomplete", "indent": "  "}
    assert said("when member joins then send chat\n")["status"] == "complete"
    assert said("%simulate")["status"] == "complete"


def test_the_stop_button_leaves_one_line(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the notebook goes on."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "MOVES", 0.0)
    notebook.run(PROGRAM)

    def pressed() -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(notebook.kernel, "is_watched", pressed)
    lines = notebook.run("%simulate --engine simpy").splitlines()
    assert re.fullmatch(r"simulation stopped after .* s, \d+% was done", lines[-1])
    assert "Hello" in notebook.run("%show")


def test_options_are_said_in_three_ways() -> None:
    """As on the command line, with and without `--`; names with - or _."""
    for words in ("--days 3 --warm-from 2026-01-01", "days=3 warm_from=2026-01-01", "--days=3 --warm_from=2026-01-01"):
        assert options.read(words, options.SIMULATE, "simulate") == {"days": 3, "warm_from": "2026-01-01"}


def test_percent_signs_inside_a_program_are_no_commands() -> None:
    """Only a line that begins with one is."""
    text = 'split\n  30% "short"\n    then send chat\n  70% "long"\nend'
    assert parts.parts(text) == parts.Cell(text, ())


@pytest.mark.parametrize("name", ["welcome", "winback", "spring", "launch", "discovery"])
def test_what_is_made_up_fits_the_program(name: str) -> None:
    """Of any program, what is assumed gives no diagnostic together with it."""
    program = flowdsl.load(Path(__file__).parents[2] / "examples" / name)
    text = assumed.assumed(program)
    assert text == "" or flowdsl.parse(text).declarations
