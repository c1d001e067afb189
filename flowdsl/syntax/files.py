"""Reads programs from files, and writes changed texts back."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from flowdsl.atomic_files import changed
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import Diagnostic, ProgramError
from flowdsl.diagnostics.input_checks import kind_at, no_path, shown
from flowdsl.diagnostics.source import Source
from flowdsl.syntax import ast

ENDING = ".flow"
BYTE_ORDER_MARK = "\ufeff"
LARGEST_TEMPLATE = 1024 * 1024  # bytes; mail programs cut off messages a tenth as long


def sources(path: str | Path) -> list[Source]:
    """The texts of a program: the file itself, or every .flow file of a folder and the folders in it, in path order.

    Raises ProgramError when there is nothing to read, naming every file that cannot be read.
    """
    reason = no_path(path)
    if reason:
        raise ProgramError([diagnostic(path, reason)])
    place = Path(path)
    files = _flow_files(place) if kind_at(place) == "folder" else [place]
    found = [_read(file) for file in files]
    diagnostics = [one for one in found if isinstance(one, Diagnostic)]
    if diagnostics:
        raise ProgramError(diagnostics)
    return [one for one in found if isinstance(one, Source)]


def _flow_files(folder: Path) -> list[Path]:
    def unread(error: OSError) -> None:  # a program that is read in part would be another program
        raise ProgramError([diagnostic(error.filename, f"the folder cannot be read: {error.strerror}")])

    inside = (Path(place, name) for place, _, names in os.walk(folder, onerror=unread) for name in names)
    files = sorted(file for file in inside if file.name.endswith(ENDING) and kind_at(file) == "file")
    if not files:
        raise ProgramError([diagnostic(folder, f"the folder has no file that ends in {ENDING}")])
    return files


def _read(file: Path) -> Source | Diagnostic:
    try:
        return decoded(file.read_bytes(), str(file))
    except FileNotFoundError:
        return diagnostic(file, "there is no such file")
    except OSError as error:
        return diagnostic(file, f"the file cannot be read: {error.strerror or error}")
    except ValueError as error:
        return diagnostic(file, str(error))


def decoded(data: bytes, name: str) -> Source:
    """The text of a file's bytes, without a byte order mark. Raises ValueError when it is not UTF-8.

    >>> decoded(b"\\xef\\xbb\\xbfwhen", "hello.flow").text
    'when'
    """
    try:
        return Source(data.decode("utf-8").removeprefix(BYTE_ORDER_MARK), name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8 text: save the file as UTF-8") from None


def diagnostic(file: object, message: str) -> Diagnostic:
    """A file that cannot be read, as a diagnostic."""
    reason, place = RUNS["E701"].why, shown(file)
    return Diagnostic("E701", message, reason=reason, example="flowdsl check hello.flow", place=place)


# --- templates of messages --------------------------------------------------------------------------------------------


def with_templates(program: ast.Program) -> ast.Program:
    """The program with the template files of its messages among its texts, so that they can be checked and shown.

    A path is read from the folder of the file that names it; a program without a file has no folder to read from.
    """
    there = {source.name for source in program.sources}
    paths = {path for _, path in every_template(program) if str(path) not in there}
    folder = program_folder(program)
    found = [_template(path, folder) for path in sorted(paths)]
    return replace(program, sources=(*program.sources, *(one for one in found if isinstance(one, Source))))


def missing_templates(program: ast.Program) -> list[Diagnostic]:
    """A diagnostic for each template that is named in a file and cannot be read, or that no program may read.

    >>> missing_templates(ast.Program(()))
    []
    """
    there = {source.name for source in program.sources}
    return [*_unreadable(program, there), *_out_of_bounds(program)]


def _unreadable(program: ast.Program, there: set[str]) -> Iterator[Diagnostic]:
    folder = program_folder(program)
    for line, path in every_template(program):
        if str(path) not in there:
            found = _template(path, folder)
            reason = f"{path} was not there when the program was read" if isinstance(found, Source) else found
            yield _no_template(line, reason)


def _out_of_bounds(program: ast.Program) -> Iterator[Diagnostic]:
    """A diagnostic for each template of a program without a file that lies outside of the working directory."""
    for message in _messages(program):
        for line in message.lines:
            if line.field == "template" and not is_file(line.text.span.file):
                reason = outside(Path(line.text.value), Path())
                if reason:
                    yield _no_template(line, reason)


def template_path(file: str, template: str) -> Path:
    """Where a template lies: beside the file that names it, unless it says otherwise."""
    return Path(file).parent / template


def templates(message: ast.Message) -> Iterator[tuple[ast.MessageLine, Path]]:
    """The template of a message with the line that names it, if the text comes from a file."""
    for line in message.lines:
        if line.field == "template" and is_file(line.text.span.file):
            yield line, template_path(line.text.span.file, line.text.value)


def every_template(program: ast.Program) -> Iterator[tuple[ast.MessageLine, Path]]:
    return (found for each in _messages(program) for found in templates(each))


def _messages(program: ast.Program) -> Iterator[ast.Message]:
    return (each for each in program.declarations if isinstance(each, ast.Message))


def is_file(name: str) -> bool:
    """True when a text has been read from a file that is still there."""
    return name.endswith(ENDING) and Path(name).is_file()


def program_folder(program: ast.Program) -> Path:
    """The folder that holds all files of a program, and must hold its templates; the working directory without files.

    >>> str(program_folder(ast.Program(())))
    '.'
    """
    files = [source.name for source in program.sources if is_file(source.name)]
    return Path(os.path.commonpath([Path(file).resolve().parent for file in files])) if files else Path()


def _template(path: Path, folder: Path) -> Source | str:
    """The text of a template, or why it cannot be read."""
    try:
        return template(path, folder)
    except ValueError as error:
        return str(error)


def template(path: Path, folder: Path) -> Source:
    """The text of a template in a folder. Raises ValueError, which says why, for all that is no template.

    Only a regular file is one: reading a device or a pipe might never end. What is opened is the file that was found
    inside the folder, and what is looked at is the open file, so that nobody can put another in its place in between.
    """
    reason = outside(path, folder)
    if reason:
        raise ValueError(reason)
    try:
        return decoded(_regular(path.resolve()), str(path))
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist") from None
    except OSError as error:
        raise ValueError(f"{shown(path)} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ValueError(f"{path} cannot be used: {error}") from None


def outside(path: Path, folder: Path) -> str:
    """Why a path may not be a template of a program in this folder, or ""; links are followed.

    >>> outside(Path("../letter.html"), Path())
    '../letter.html is outside the folder of the program; move the file into that folder'
    """
    try:
        is_inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links in a circle, or a name that is too long
        return f"{shown(path)} cannot be found: its name is too long, or its links lead in a circle"
    except ValueError:
        return f"{shown(path)} cannot be the name of a file"
    return "" if is_inside else f"{shown(path)} is outside the folder of the program; move the file into that folder"


def _regular(path: Path) -> bytes:
    """The bytes of a regular file that is not too large. Raises OSError and ValueError."""
    no_waiting = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    number = os.open(path, os.O_RDONLY | no_waiting)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise ValueError("it is not a regular file")
    with open(number, "rb") as file:
        data = file.read(LARGEST_TEMPLATE + 1)
    if len(data) > LARGEST_TEMPLATE:
        raise ValueError(f"it is larger than {LARGEST_TEMPLATE // 1024:,} KiB")
    return data


def _no_template(line: ast.MessageLine, reason: str) -> Diagnostic:
    lesson = RUNS["E712"]
    return Diagnostic("E712", f"the template {reason}", line.text.span, line.text.value, lesson.why, lesson.right)


# --- writing ----------------------------------------------------------------------------------------------------------


def write(texts: Mapping[Path, str | None]) -> None:
    """Gives files new texts, makes those that are missing, and removes those whose text is None.

    Every new text is on disk before the first file changes, and each file changes at one stroke: readers see the
    old text or the new, never half of it; a loss of power changes nothing in this. Raises OSError when a text cannot be
    written; then all files are as before.
    """
    new = {path: text for path, text in texts.items() if text is not None}
    for path in new:
        path.resolve().parent.mkdir(parents=True, exist_ok=True)
    removed = [path for path, text in texts.items() if text is None]
    with changed(*new, removed=removed, durable=True) as files:
        for file, new_text in zip(files, new.values(), strict=True):
            file.write_bytes(new_text.encode("utf-8"))
