"""Switches flows on and off by adding or removing the word `paused` in their files.

Switching off is always possible, even if other files have errors; switching on checks the whole program first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from flowdsl.api import pipeline
from flowdsl.diagnostics.collector import in_order
from flowdsl.diagnostics.source import Source
from flowdsl.workspace.changes import Done, rewritten, save
from flowdsl.workspace.entries import Entry, Folder, folder_of
from flowdsl.workspace.placeholders import unfilled
from flowdsl.workspace.targets import chosen
from flowdsl.workspace.text import Edit, activating, edited, pausing
from flowdsl.workspace.validation import refuse

if TYPE_CHECKING:
    from flowdsl.tables import Table


def activate(*targets: str | Path, program: str | Path | None = None, contacts: Table | None = None) -> Done:
    """Activates flows and campaigns: those in files and folders, and those given by name.

    program   the file or folder of their program; None: the current folder, if they are in it
    contacts  a table of contacts, whose columns also fill placeholders

    Raises ProgramError, and writes nothing, if the whole program would have an error, or if a message has a placeholder
    that nothing fills; DataError for a table with errors.
    """
    what = chosen(targets, program)
    wanted = [entry for entry in what.entries if not entry.is_active]
    texts = _switched(what.folder, wanted, activating)
    after = folder_of(rewritten(what.folder, texts))
    found = [*pipeline.check_sources(after.sources, contacts), *unfilled(after, contacts is not None)]
    refuse([one for one in in_order(found) if one.is_error], after.program.sources)
    return Done(_names(wanted), save(what.folder, texts))


def pause(*targets: str | Path, program: str | Path | None = None) -> Done:
    """Pauses flows and campaigns: those in files and folders, and those given by name.

    A bare sentence gets a header, `flow "its name" paused`, since it has no other place for the word. Raises
    ProgramError for targets that do not exist.
    """
    what = chosen(targets, program)
    wanted = [entry for entry in what.entries if entry.is_active]
    return Done(_names(wanted), save(what.folder, _switched(what.folder, wanted, pausing)))


def _switched(
    folder: Folder, entries: Iterable[Entry], change: Callable[[Source, Entry], list[Edit]]
) -> dict[str, str]:
    edits: dict[str, list[Edit]] = {}
    for entry in entries:
        edits.setdefault(entry.file, []).extend(change(folder.source(entry.file), entry))
    return {file: edited(folder.source(file).text, changes) for file, changes in edits.items()}


def _names(entries: Iterable[Entry]) -> tuple[str, ...]:
    return tuple(entry.name for entry in entries)
