"""Completions and help while somebody types in a notebook of plain FlowDSL.

Programs are helped with as everywhere; the program above and the tables offer their names. Commands offer theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flowdsl.diagnostics.explain import catalogue
from flowdsl.editing import Completion, Help, Names, complete, help_at
from flowdsl.editing.names import used
from flowdsl.notebook.completion import Tables
from flowdsl.notebook.kernel.commands import COMMANDS
from flowdsl.notebook.kernel.parts import MARK, TABLES, is_command, parts
from flowdsl.notebook.kernel.session import Session

ENDINGS = (".csv", ".csv.gz", ".parquet")
MOST = 100  # contacts or files that are offered


def completions(session: Session, tables: Tables, text: str, cursor: int) -> list[Completion]:
    """What may come at a cursor."""
    begin = text.rfind("\n", 0, cursor) + 1
    line = text[begin:cursor]
    if is_command(line):
        start = cursor - len(line.split(" ")[-1])
        typed = text[start:cursor]
        return [
            Completion(said, start, cursor, "keyword")
            for said in _of_command(session, line)
            if said.startswith(typed) and said != typed
        ]
    return complete(parts(text).program, cursor, names(session, tables))


def _of_command(session: Session, line: str) -> Iterator[str]:
    """What the line of a command may have: its name, then its options, files, codes or contacts."""
    name, _, words = line.strip().removeprefix(MARK).partition(" ")
    if " " not in line.strip() and not line.endswith(" "):
        yield from (f"{MARK}{each}" for each in COMMANDS)
    elif name in COMMANDS:
        said = words.split(" ")
        yield from (f"--{each.replace('_', '-')}" for each in COMMANDS[name].options if f"--{each}" not in said)
        yield from COMMANDS[name].words
        if name in TABLES:
            yield from sorted(str(path) for path in Path().iterdir() if path.name.endswith(ENDINGS))[:MOST]
        if name == "explain":
            yield from catalogue()
        if name == "story" and session.results is not None:
            yield from list(session.results.contact_ids[:MOST])


def help_in(session: Session, tables: Tables, text: str, cursor: int) -> Help | None:
    """What the word at a cursor means."""
    begin = text.rfind("\n", 0, cursor) + 1
    end = len(text) if text.find("\n", cursor) < 0 else text.find("\n", cursor)
    line = text[begin:end]
    if not is_command(line):
        return help_at(parts(text).program, cursor, names(session, tables))
    name = line.strip().removeprefix(MARK).partition(" ")[0]
    entry = COMMANDS.get(name)
    if entry is None:
        return None
    options = ", ".join(f"--{each.replace('_', '-')}" for each in entry.options)
    more = f" Options: {options}." if options else ""
    return Help(begin, end, f"{MARK}{name} {entry.takes}".strip(), f"{entry.does[0].upper()}{entry.does[1:]}.{more}")


def names(session: Session, tables: Tables) -> Names:
    """What the tables offer, and the program above to a cell that adds to it."""
    found = tables.of(list(session.seen.values()))
    known = dict(found.known)
    for piece in session.pieces:
        for noun, said in used(piece.source.text).items():
            known[noun] = tuple(dict.fromkeys((*known.get(noun, ()), *said)))
    return Names(found.columns, found.values, known)
