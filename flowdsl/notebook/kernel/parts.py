"""Splits a cell of plain FlowDSL into its program and its commands.

A command is a line that begins with `%`. The lines below one that reads a table and names no file are that table.
"""

from __future__ import annotations

from dataclasses import dataclass

MARK = "%"
TABLES = ("contacts", "events", "objects", "catalogue")


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name without the mark, the words behind it, and the lines below that belong to it."""

    name: str
    words: str
    body: str = ""
    line: int = 1


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: `program` is its text with blanks for commands and tables, so that all else keeps its place."""

    program: str
    commands: tuple[Command, ...]

    @property
    def has_program(self) -> bool:
        return bool(self.program.strip())


def is_command(line: str) -> bool:
    """Whether a line is a command.

    >>> is_command("  %simulate"), is_command("split 30%")
    (True, False)
    """
    return line.lstrip().startswith(MARK)


def parts(text: str) -> Cell:
    """Takes a cell apart. What Python notebooks put before a program (`%%flow`) is no more than an empty line.

    >>> parts("%contacts\\nid\\nann\\n%simulate --days 7").commands[0]
    Command(name='contacts', words='', body='id\\nann', line=1)
    """
    program, commands, body = list[str](), list[Command](), list[str]()
    takes_lines = False
    for number, line in enumerate(text.split("\n"), 1):
        if is_command(line):
            commands = _with_body(commands, body)
            body = []
            name, words = _name_and_words(line)
            takes_lines = name in TABLES and not words
            if name != "%flow":
                commands.append(Command(name, words, line=number))
        elif takes_lines:
            body.append(line)
        program.append(" " * len(line) if takes_lines or is_command(line) else line)
    return Cell("\n".join(program), tuple(_with_body(commands, body)))


def _name_and_words(line: str) -> tuple[str, str]:
    name, _, words = line.strip().removeprefix(MARK).partition(" ")
    return name, words.strip()


def _with_body(commands: list[Command], body: list[str]) -> list[Command]:
    text = "\n".join(body).strip("\n")
    if not text:
        return commands
    *before, last = commands
    return [*before, Command(last.name, last.words, text, last.line)]
