"""The command line in a locale without the letters of the program: files are UTF-8, and nothing ends in an error."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import flowdsl

PACKAGE = Path(flowdsl.__file__).parent
PROGRAM = """\
flow "Größe ✓"
  when member joins program "Für Ältere"
  then send email "Grüße 😀"

email "Grüße 😀"
  subject "Schöne Grüße → 😀"
"""
# What Python makes ASCII of: names of files and words of the shell too, since it is kept from knowing better.
OLD = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
TABLES = ("--contacts", "contacts.csv", "--events", "events.csv", "--days", "3")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    """A folder with a program, contacts and events whose names are not ASCII."""
    (tmp_path / "größe.flow").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "contacts.csv").write_text("contact,name\nän😀n,Jürgen\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text(
        "time,contact,event,object\n2026-01-05,än😀n,joins program,Für Ältere\n", encoding="utf-8"
    )
    return tmp_path


def run(folder: Path, *words: str, stdin: str = "", encoding: str = "", code: int = 0) -> tuple[bytes, bytes]:
    """Standard output and error of a command in such a locale."""
    env = {**os.environ, **OLD, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-m", "flowdsl", *words]
    done = subprocess.run(command, cwd=folder, env=env, input=stdin.encode(), capture_output=True, check=False)
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize("encoding", ["ascii", ""])
def test_commands_print_what_the_terminal_has_letters_for(folder: Path, encoding: str) -> None:
    """Other letters become `?`; names of flows, contacts and files are found as they were typed."""
    fallback = encoding or "utf-8"

    def seen(text: str) -> bytes:
        return text.encode(fallback, "replace")

    assert run(folder, "check", "größe.flow", encoding=encoding)[0] == seen("größe.flow: no errors\n")
    story = run(folder, "story", "größe.flow", "--contact", "än😀n", *TABLES, encoding=encoding)[0]
    assert seen('joined program "Für Ältere": run 1 of "Größe ✓" began') in story
    assert seen("größe.flow:1") in run(folder, "list", ".", encoding=encoding)[0]
    missing = run(folder, "check", "fehlt-ü.flow", encoding=encoding, code=1)[1]
    assert seen("fehlt-ü.flow") in missing
    if encoding:
        assert b"Usage" in run(folder, "simulate", "--help", encoding=encoding)[0]


def test_files_are_read_and_written_as_utf8(folder: Path) -> None:
    """Whatever the locale: results, new flows and formatted programs hold the letters of the program."""
    run(folder, "simulate", "größe.flow", *TABLES, "--out", "ürgebnis", encoding="ascii")
    sends = pd.read_csv(folder / "ürgebnis" / "sends.csv", encoding="utf-8")
    assert sends[["contact", "message"]].to_numpy().tolist() == [["än😀n", "Grüße 😀"]]
    run(folder, "duplicate", "Größe ✓", "--as", "Kälte 😀", encoding="ascii")
    assert 'flow "Kälte 😀" paused' in (folder / "kälte.flow").read_text(encoding="utf-8")


def test_what_other_programs_read_is_utf8(folder: Path) -> None:
    """A program, a plan and JSON on standard output lose no letter: with `?` in them they would be others."""
    document = json.loads(run(folder, "export", "größe.flow", encoding="ascii")[0].decode("utf-8"))
    assert flowdsl.load_plan(document).flows[0].name == "Größe ✓"  # the seal holds
    assert run(folder, "fmt", "-", stdin=PROGRAM, encoding="ascii")[0].decode("utf-8") == PROGRAM
    listed = json.loads(run(folder, "list", ".", "--format", "json", encoding="latin-1")[0].decode("utf-8"))
    assert "Größe ✓" in json.dumps(listed, ensure_ascii=False)


def test_python_says_which_names_files_cannot_have(folder: Path) -> None:
    """A script in such a locale reads a diagnostic, where the file system's encoding lacks a letter."""
    code = (
        "import flowdsl\n"
        "try:\n"
        "    flowdsl.load('gr\\u00f6\\u00dfe.flow')\n"
        "except flowdsl.ProgramError as error:\n"
        "    print(error.diagnostics[0].code, ascii(error.diagnostics[0].message))\n"
    )
    env = {**os.environ, **OLD, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, check=True)
    assert done.stdout.startswith(b"E701 \"no file can have this name: 'ascii' codec can't encode")


def test_every_text_file_is_opened_with_its_encoding() -> None:
    """No call leaves it to the locale what the bytes of a file mean."""
    found = [f"{path.name}:{line}" for path in PACKAGE.rglob("*.py") for line in unsaid(path)]
    assert found == []


def unsaid(path: Path) -> list[int]:
    """The lines of calls that open a text without saying how it is encoded."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if opens_text(call) and "encoding" not in {one.arg for one in call.keywords}]


def opens_text(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("read_text", "TextIOWrapper"):
        return True
    if name == "write_text":  # the method; files are written by a function of this name, too, which knows UTF-8 only
        return isinstance(call.func, ast.Attribute)
    if name != "open" or ast.unparse(call.func) == "os.open":
        return False
    modes = [one.value for one in [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "mode")]
             if isinstance(one, ast.Constant)]  # fmt: skip
    return not any("b" in str(mode) for mode in modes)
