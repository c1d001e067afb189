"""Writes changes of a program to disk atomically."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flowdsl.diagnostics.source import Source, nfc
from flowdsl.syntax import files
from flowdsl.syntax.files import BYTE_ORDER_MARK, ENDING
from flowdsl.workspace.entries import Folder

LONGEST = 60  # characters of a name in the name of its file


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a change: the flows and campaigns concerned, the files written and removed, and the words of the
    workspace that must be set before the new flows can be activated."""

    flows: tuple[str, ...] = ()
    written: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()
    to_set: tuple[str, ...] = ()


def rewritten(folder: Folder, texts: Mapping[str, str]) -> list[Source]:
    """The texts of a program with those of some files changed."""
    return [Source(texts.get(source.name, source.text), source.name) for source in folder.sources]


def save(
    folder: Folder, texts: Mapping[str, str], new: Mapping[Path, str] | None = None, removed: Iterable[Path] = ()
) -> tuple[Path, ...]:
    """Writes the changed texts of files, and new files, and removes others, atomically; returns the files written."""
    changed = {Path(name): text for name, text in texts.items() if text != folder.source(name).text}
    written = {**(new or {}), **{path: _mark(path) + text for path, text in changed.items()}}
    files.write({**written, **dict.fromkeys(removed)})
    return tuple(written)


def _mark(path: Path) -> str:
    """The byte order mark of a file, if it has one."""
    mark = BYTE_ORDER_MARK
    return mark if path.read_bytes().startswith(mark.encode("utf-8")) else ""


def file_name(name: str) -> str:
    """The name of a file for a flow: its words in lower case.

    >>> file_name("Welcome, new members!")
    'welcome-new-members.flow'
    """
    return (re.sub(r"\W+", "-", nfc(name).lower())[:LONGEST].strip("-_") or "flow") + ENDING
