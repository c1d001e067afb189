"""Flows switched on and off: paths and names go in; files come out in which just the word `paused` has come or gone.

Switching off is always possible, also while other files have diagnostics; switching on checks the whole program first.
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
    """Switches flows and campaigns on: those of files and folders, and those that are named.

    program   the file or folder that they belong to; None: the current folder, if they lie in it
    contacts  a table of contacts: its columns fill placeholders too

    Raises ProgramError, and writes nothing, if the whole program would have an error, or anything that it sends has a
    placeholder that nothing fills; DataError for a table that is wrong.
    """
    what = chosen(targets, program)
    wanted = [entry for entry in what.entries if not entry.is_active]
    texts = _switched(what.folder, wanted, activating)
    after = folder_of(rewritten(what.folder, texts))
    found = [*pipeline.check_sources(after.sources, contacts), *unfilled(after, contacts is not None)]
    refuse([one for one in in_order(found) if one.is_error], after.program.sources)
    return Done(_names(wanted), save(what.folder, texts))


def pause(*targets: str | Path, program: str | Path | None = None) -> Done:
    """Switches flows and campaigns off: those of files and folders, and those that are named.

    A bare sentence gets a head, `flow "its name" paused`, since there is no other place to say so. Raises ProgramError
    for what is not there.
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
