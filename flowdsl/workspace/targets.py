"""Finds the files, flows and campaigns that paths and names refer to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flowdsl.compiler.resolve.scope import listing as names_of
from flowdsl.diagnostics.diagnostic import Diagnostic, ProgramError
from flowdsl.diagnostics.input_checks import no_path
from flowdsl.diagnostics.suggest import STRICT, suggest
from flowdsl.syntax import files
from flowdsl.workspace.entries import Entry, Folder, opened
from flowdsl.workspace.validation import diagnostic


@dataclass(frozen=True, slots=True)
class Chosen:
    """The objects that some targets refer to: paths, and single flows and campaigns given by name."""

    folder: Folder
    paths: tuple[Path, ...]
    named: tuple[Entry, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All flows and campaigns, in path order, each once."""
        files = {source.name for path in self.paths for source in self.folder.beneath(path)}
        named = {entry.span for entry in self.named}
        return tuple(entry for entry in self.folder.entries if entry.file in files or entry.span in named)


def chosen(targets: Iterable[str | Path], program: str | Path | None = None) -> Chosen:
    """Finds targets by path or by the name of a flow; a path takes precedence over a name.

    program: the file or folder of their program; None: the current folder, or, if a path is outside it, the folder that
    contains them all. Raises ProgramError with every target that does not exist.
    """
    texts = [str(target) for target in targets]
    paths = [Path(text) for text in texts if _is_path(text)]
    folder = opened(program if program is not None else _home(paths))
    named = [(text, folder.named(text)) for text in texts if not _is_path(text)]
    wrong = [_missing_file(path) for path in paths if not os.path.exists(path)]
    wrong += [_stranger(path) for path in paths if os.path.exists(path) and not folder.beneath(path)]
    wrong += [_missing_flow(name, folder) for name, entry in named if entry is None]
    if wrong:
        raise ProgramError(wrong)
    return Chosen(folder, tuple(paths), tuple(entry for _, entry in named if entry is not None))


def _is_path(text: str) -> bool:
    return text.endswith(files.ENDING) or os.sep in text or os.path.exists(text)


def _home(paths: Sequence[Path]) -> Path:
    here = Path.cwd()
    places = [path.resolve() for path in paths if not no_path(path)]
    if all(place.is_relative_to(here) for place in places):
        return Path()
    return Path(os.path.commonpath([place if place.is_dir() else place.parent for place in places]))


def _missing_file(path: Path) -> Diagnostic:
    return files.diagnostic(path, no_path(path) or "there is no such file")


def _stranger(path: Path) -> Diagnostic:
    return files.diagnostic(path, "this is no part of the program; `--in` says which program is meant")


def _missing_flow(name: str, folder: Folder) -> Diagnostic:
    names = [entry.name for entry in folder.entries]
    meant = suggest(name, names, STRICT)
    there_are = f"; there are {names_of(names)}" if names else ""
    hint = f'; did you mean "{meant}"?' if meant else there_are
    return diagnostic("E902", f'there is neither a file nor a flow "{name}"{hint}', words=name)
