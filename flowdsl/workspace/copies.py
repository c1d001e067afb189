"""Copies, moves and deletes flows without breaking the program.

Shared declarations (messages, params, the workspace) are not copied: a copy uses the same ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from flowdsl import atomic_files
from flowdsl.diagnostics.diagnostic import Diagnostic, ProgramError
from flowdsl.diagnostics.input_checks import no_path
from flowdsl.diagnostics.source import Source
from flowdsl.diagnostics.user_input import folder_path, name_of
from flowdsl.syntax import ast, files
from flowdsl.workspace.changes import Done, file_name, save
from flowdsl.workspace.entries import Entry, Folder
from flowdsl.workspace.targets import Chosen, chosen
from flowdsl.workspace.text import blank, copied, line_end, region, taken_out, without
from flowdsl.workspace.validation import diagnostic, refuse, refuse_new_diagnostics

# --- duplicate --------------------------------------------------------------------------------------------------------


def duplicate(target: str | Path, name: str, *, program: str | Path | None = None) -> Done:
    """Copies a flow or campaign, paused, under a new name into a new file beside it; or everything in a folder.

    The copy of a folder has the new name; in it "Hello" becomes "Hello (new name)", and copies start and stop copies.
    Raises ProgramError, and writes nothing, when a name or file already exists, or a file contains several flows.
    """
    name, what = name_of(name), chosen([target], program)
    if what.paths and what.paths[0].is_dir():
        old = what.paths[0]
        names = {(entry.kind, entry.name): f"{entry.name} ({name})" for entry in what.entries}
        place = (old if old.name.strip(".") else old.resolve()).parent / file_name(name).removesuffix(files.ENDING)
        texts = _copies(what, names, lambda file: place / Path(file).resolve().relative_to(old.resolve()))
    else:
        entry = _only(what, str(target))
        names = {(entry.kind, entry.name): name}
        texts = _copies(what, names, lambda file: Path(file).parent / file_name(name))
    refuse([*taken(what.folder, names.values()), *there(texts), *_unreadable(what.folder, what.entries)])
    files.write(texts)
    return Done(tuple(names.values()), tuple(texts))


def _only(what: Chosen, target: str) -> Entry:
    if len(what.entries) != 1:
        number = f"{len(what.entries)} flows" if what.entries else "no flow"
        raise ProgramError([diagnostic("E905", f"the file has {number}", place=target)])
    return what.entries[0]


def _copies(what: Chosen, names: Mapping[tuple[str, str], str], place_of: Callable[[str], Path]) -> dict[Path, str]:
    """The texts of copies, by target file."""
    texts: dict[Path, str] = {}
    for entry in what.entries:
        place = place_of(entry.file)
        source = what.folder.source(entry.file)
        text = copied(source, what.folder.program.declarations, entry, names)
        texts[place] = f"{texts[place]}{line_end(source)}{text}" if place in texts else text
    return texts


def taken(folder: Folder, names: Iterable[str]) -> list[Diagnostic]:
    """A diagnostic for each name that a flow or campaign already has."""
    found = [(name, folder.named(name)) for name in names]
    return [diagnostic("E903", f'there is a {one.kind} "{name}" already', one.span, name) for name, one in found if one]


def there(paths: Iterable[Path]) -> list[Diagnostic]:
    """A diagnostic for each file that exists already."""
    return [
        diagnostic("E903", "there is such a file already", place=str(path)) for path in paths if os.path.lexists(path)
    ]


def _unreadable(folder: Folder, entries: Iterable[Entry]) -> list[Diagnostic]:
    """Syntax errors in the files of some flows: only without any is it certain where a flow begins and ends."""
    concerned = {entry.file for entry in entries}
    return [one for one in folder.diagnostics if one.span and one.span.file in concerned]


def links(targets: Iterable[str | Path]) -> list[Diagnostic]:
    """A diagnostic for each target that is a symbolic link: its content may belong to another program."""
    found = [Path(target) for target in targets if not no_path(target) and os.path.islink(target)]
    return [diagnostic("E907", f"this is a link to {os.path.realpath(path)}", place=str(path)) for path in found]


# --- move -------------------------------------------------------------------------------------------------------------


def move(target: str | Path, to: str | Path, *, program: str | Path | None = None) -> Done:
    """Moves a file, a folder with all its content, or one flow or campaign into another folder.

    A flow that shares its file with others gets a new file. Raises ProgramError, and moves nothing, when a file with
    that name already exists, or the program would lack something that it needs.
    """
    to = folder_path(to, ProgramError)
    refuse(links([target]))
    what = chosen([target], program)
    if what.paths:
        return _moved(what, what.paths[0], to)
    (entry,) = what.named
    if _declared(what.folder, entry.file) == 1:
        return _moved(what, Path(entry.file), to)
    place = to / file_name(entry.name)
    refuse([*there([place]), *_unreadable(what.folder, [entry])])
    source, declarations = what.folder.source(entry.file), what.folder.program.declarations
    rest = without(source, [region(source, declarations, entry.written)])
    new = {place: taken_out(source, declarations, entry)}
    return Done((entry.name,), save(what.folder, {entry.file: rest}, new))


def _moved(what: Chosen, old: Path, to: Path) -> Done:
    place = to / old.resolve().name
    if old.is_dir() and place.resolve().is_relative_to(old.resolve()):
        refuse([diagnostic("E906", "this folder would have to lie in itself", place=str(old))])
    refuse(there([place]))
    within = {
        source.name: Path(source.name).resolve().relative_to(old.resolve()) for source in what.folder.beneath(old)
    }
    names = {file: str(place / path) for file, path in within.items()}
    after = [Source(source.text, names.get(source.name, source.name)) for source in what.folder.sources]
    message = f"after a move to {to} the program would not be whole"
    refuse(_left_behind(what.folder, old.resolve(), names), what.folder.sources)
    refuse_new_diagnostics(what.folder.sources, sorted(after, key=lambda source: Path(source.name)), message, names)
    place.parent.mkdir(parents=True, exist_ok=True)
    atomic_files.move(old, place)
    return Done(tuple(entry.name for entry in what.entries), tuple(map(Path, names.values())), tuple(map(Path, names)))


def _left_behind(folder: Folder, old: Path, names: Mapping[str, str]) -> list[Diagnostic]:
    """An error for each template that its message could no longer find after the files are renamed."""
    messages = [each for each in folder.program.declarations if isinstance(each, ast.Message)]
    found = [each for message in messages if message.span.file in names for each in files.templates(message)]
    return [
        diagnostic("E904", f"the template {path} would not be found from {names[line.span.file]}", line.text.span)
        for line, path in found
        if path.is_file()
        and not path.resolve().is_relative_to(old)
        and not files.template_path(names[line.span.file], line.text.value).is_file()
    ]


# --- delete -----------------------------------------------------------------------------------------------------------


def delete(*targets: str | Path, program: str | Path | None = None) -> Done:
    """Deletes the programs of files and folders, and named flows and campaigns; other files are kept.

    Raises ProgramError, and deletes nothing, when a remaining program needs one of them; the error says where.
    """
    refuse(links(targets))
    what = chosen(targets, program)
    refuse(_unreadable(what.folder, what.named), what.folder.sources)
    pieces = _pieces(what)
    gone = {source.name for path in what.paths for source in what.folder.beneath(path)}
    gone |= {entry.file for entry in what.named if len(pieces[entry.file]) == _declared(what.folder, entry.file)}
    cut = {file: places for file, places in pieces.items() if file not in gone}
    after = [_blanked(source, cut.get(source.name, ())) for source in what.folder.sources if source.name not in gone]
    refuse_new_diagnostics(what.folder.sources, after, "what would be deleted is needed here")
    texts = {file: without(what.folder.source(file), places) for file, places in cut.items()}
    removed = tuple(Path(file) for file in sorted(gone))
    written = save(what.folder, texts, removed=removed)
    _remove_empty(path for path in what.paths if path.is_dir())
    return Done(tuple(entry.name for entry in what.entries), written, removed)


def _pieces(what: Chosen) -> dict[str, list[tuple[int, int]]]:
    """The positions of the flows and campaigns that were given by name, by file."""
    pieces: dict[str, list[tuple[int, int]]] = {}
    for entry in what.named:
        place = region(what.folder.source(entry.file), what.folder.program.declarations, entry.written)
        if place not in pieces.setdefault(entry.file, []):
            pieces[entry.file].append(place)
    return pieces


def _declared(folder: Folder, file: str) -> int:
    return sum(each.span.file == file for each in folder.program.declarations)


def _blanked(source: Source, places: Iterable[tuple[int, int]]) -> Source:
    text = source.text
    for start, end in places:
        text = blank(text, start, end)
    return Source(text, source.name)


def _remove_empty(folders: Iterable[Path]) -> None:
    """Also removes folders that have become empty."""
    for folder in folders:
        for place in (*sorted(_folders_in(folder), reverse=True), folder):
            with suppress(OSError):  # the change itself is complete; a remaining empty folder does no harm
                if not any(place.iterdir()):
                    place.rmdir()


def _folders_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink()]
