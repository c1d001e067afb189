"""README and docs are run: programs are checked, commands and Python are executed, and what they print is compared.

A fenced block's first word is its language. Programs (`flow`) must be free of errors; one more word says what a piece
is: `steps`, `clauses`, or one trigger, condition, action or scenario line on each line; `wrong` is a program with
errors. `file=NAME` puts a block into the folder where the page's commands run; `console` blocks hold commands after `$`
and what they print; `python` blocks are scripts, with what they print in the `text` block right behind them.
`make golden` writes what is printed into the page. `sh` blocks hold commands that need a network or take long: they are
not run, but what they name (targets of make, extras of the package, modules, scripts) is there.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import flowdsl
from flowdsl.cli.commands import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "errors")])
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ABOUT_EVENT = 'flow "Example"\n  when event is created\n'
AROUND = {
    "steps": 'flow "Example"\n  when member joins program "Yoga"\n{}\n  then send chat "Bye"',
    "clauses": ABOUT_EVENT + '{}\n  then send email "Launch"\n  wait 1 day\n  then send sms "Bye"',
}
AROUND_LINE = {
    "trigger": 'flow "Example"\n  {}\n  then send chat "Hello"',
    "condition": ABOUT_EVENT + '  then send email "Launch"\n  wait 1 day\n  if {}\n    then send chat "Hello"\n  end',
    "wait": ABOUT_EVENT + '  then send email "Launch"\n  {}\n  then send chat "Hello"',
    "action": ABOUT_EVENT + '  {}\nflow "Reminder"\n  when member joins group\n  then send chat "x"',
    "scenario": 'flow "Summer" paused\n  when member joins program\n  then send email "Launch"\n'
    'flow "Spring"\n  when member joins program\n  then send email "Launch"\n  wait 1 day\n'
    '  then send sms "Hello"\nscenario "One"\n  {}',
}


@dataclass(frozen=True)
class Block:
    """One fenced block of a page: language, the words behind it, its text, and where the text begins."""

    page: Path
    language: str
    words: tuple[str, ...]
    text: str
    start: int

    @property
    def file(self) -> str:
        return next((word.removeprefix("file=") for word in self.words if word.startswith("file=")), "")

    def __str__(self) -> str:
        line = self.page.read_text(encoding="utf-8").count("\n", 0, self.start) + 1
        return f"{self.page.relative_to(ROOT)}:{line}"


def blocks(page: Path) -> list[Block]:
    found = []
    for match in FENCE.finditer(page.read_text(encoding="utf-8")):
        language, *words = match[1].split() or [""]
        found.append(Block(page, language, tuple(words), match[2], match.start(2)))
    return found


def programs(block: Block) -> Iterator[str]:
    """The whole programs that a block stands for."""
    kind = next((word for word in block.words if "=" not in word), "")
    if kind in AROUND_LINE:
        for line in block.text.splitlines():
            if line.strip() and not line.strip().startswith("#"):
                yield AROUND_LINE[kind].format(line.strip())
    else:
        yield AROUND[kind].format(block.text) if kind in AROUND else block.text


FLOWS = [block for page in PAGES for block in blocks(page) if block.language == "flow"]


@pytest.mark.parametrize("block", [block for block in FLOWS if "wrong" not in block.words], ids=str)
def test_programs_on_pages_have_no_errors(block: Block) -> None:
    """Whoever copies a program, or a line of one, from the docs gets something that works."""
    for program in programs(block):
        assert [str(diagnostic) for diagnostic in flowdsl.check(program) if diagnostic.is_error] == [], program


@pytest.mark.parametrize("block", [block for block in FLOWS if "wrong" in block.words], ids=str)
def test_wrong_programs_on_pages_are_wrong(block: Block) -> None:
    """What the docs show as an error is one."""
    assert any(diagnostic.is_error for diagnostic in flowdsl.check(block.text))


def run(command: str) -> str:
    """What a person sees of a command: output, errors, and the exit code where it is not 0."""
    name, *words = shlex.split(command)
    if name == "cat":
        return Path(words[0]).read_text(encoding="utf-8")
    assert name == "flowdsl"
    result = CliRunner().invoke(app, words, prog_name="flowdsl")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output + (f"(exit code {result.exit_code})\n" if result.exit_code else "")


def played(console: str) -> str:
    """The commands of a console block with what they print now."""
    commands = [line for line in console.splitlines() if line.startswith("$ ")]
    return "".join(f"{command}\n{run(command.removeprefix('$ ').partition('  #')[0])}" for command in commands)


def executed(script: str, names: dict[str, Any]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(script, "page", "exec"), names)
    return printed.getvalue()


def printed_on(page: Path) -> list[tuple[Block, str]]:
    """Every block of a page that shows what is printed, with what is printed now."""
    found = []
    before = None
    names: dict[str, Any] = {"__name__": "__main__"}  # scripts of a page go on from each other
    for block in blocks(page):
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        if block.language == "console":
            found.append((block, played(block.text)))
        elif block.language == "python":
            before = executed(block.text, names)
            continue
        elif block.language == "text" and before:
            found.append((block, before))
        before = None
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_golden_pages_print_what_they_show(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands and scripts on a page, run from its top, print exactly what the page says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    found = printed_on(page)
    if os.environ.get("GOLDEN") == "write":
        text = page.read_text(encoding="utf-8")
        for block, now in reversed(found):
            text = text[: block.start] + now.rstrip("\n") + "\n" + text[block.start + len(block.text) :]
        page.write_text(text, encoding="utf-8")
    else:
        for block, now in found:
            assert block.text.rstrip() == now.rstrip(), f"{block}: make golden rewrites it"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """No link of a page to another file of the project is dead."""
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    dead = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert dead == []


SHELL = [block for page in PAGES for block in blocks(page) if block.language == "sh"]
OUTSIDE = ("pip install pre-commit", "pre-commit install")  # a tool that is not part of the project
ACTIVATE = "source .venv/bin/activate"


def missing(command: str) -> list[str]:
    """What a command of a shell block names that is not there: targets of make, extras, modules, scripts."""
    words = shlex.split(command, comments=True)
    if command.startswith(ACTIVATE) or command in OUTSIDE:
        return []
    if words[0] == "make":
        targets = re.findall(r"^([\w-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return [word for word in words[1:] if "=" not in word and word not in targets]
    if words[:2] == ["pip", "install"]:
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
            "optional-dependencies"
        ]
        named = [extra for word in words for extra in re.findall(r"[\w-]+", word.partition("[")[2])]
        return [extra for extra in named if extra not in extras]
    if words[0] in ("python", "python3"):
        script = words[1]
        return [] if (script == "-m" and words[2] == "venv") or (ROOT / script).is_file() else [script]
    return [f"{command}: say in tests/docs/test_docs.py how it is checked"]


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_shell_commands_on_pages_name_what_exists(block: Block) -> None:
    """Whoever copies a command from a page never hears of an unknown target, extra or script."""
    lines = block.text.replace("\\\n", " ").splitlines()
    assert [name for line in lines if line.strip() for name in missing(line)] == []


def test_the_readme_is_short() -> None:
    """A newcomer reads the README in five minutes; everything else has a page in docs."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
