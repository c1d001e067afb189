"""Writes files atomically: a file is written under a temporary name and renamed when it is complete.

Readers see the old file or the new one, never part of it; an interrupted write leaves nothing behind. Several files
change together: if one of them cannot be renamed, all old files are restored. A process that is killed between two
renames leaves a note of what to undo; the next write to that folder undoes it first and removes the leftovers.

Data that cannot be recreated, such as programs, is forced to disk (`durable`) before it replaces the old file. Results
are not, because that would cost some milliseconds per file. If only the process dies, nothing is lost; after a power
failure, results of the last seconds may be lost.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

LEFT_OVER = re.compile(r"\.flowdsl-(?P<process>\d+)-(?P<space>[0-9a-f]{8})-[0-9a-f]{16}(?P<undo>\.undo)?")


class Move(NamedTuple):
    """One change: a new file or folder takes the place of an old one, which is kept under a third name until all is
    done.

    new   None: the place becomes empty
    old   where the old one is kept; None: there was none
    """

    new: Path | None
    place: Path
    old: Path | None


@contextmanager
def written(*places: Path) -> Iterator[tuple[Path, ...]]:
    """Yields a path to write for each place, in the same folder. On success the new files replace the places.

    An error or an interruption removes what has been written. Links stay links, and a file keeps its permissions.
    Special files (a pipe, a terminal) are written directly. An OSError names the place that could not be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = Path(folder, "sends.csv")
    ...     with written(place) as (file,):
    ...         _ = file.write_text("time")
    ...         halfway = place.exists()
    ...     print(halfway, place.read_text(), len(list(Path(folder).iterdir())))
    False time 1
    """
    with changed(*places) as files:
        yield files


@contextmanager
def changed(*places: Path, removed: Sequence[Path] = (), durable: bool = False) -> Iterator[tuple[Path, ...]]:
    """Like `written`, for changes that also remove files: all changes happen, or none.

    durable   force the change to disk, so that it survives a power failure
    """
    files = tuple(_beside(place) for place in places)
    new = [(file, place) for file, place in zip(files, places, strict=True) if file != place]
    try:
        for folder in dict.fromkeys(file.parent for file, _ in new):
            sweep(folder)
        with _named(new, places):
            yield files
            for file, place in new:
                _keep_rights(file, place)
            exchange([(file, place.resolve()) for file, place in new], removed, durable=durable)
    finally:
        for file, _ in new:
            file.unlink(missing_ok=True)


def write_text(place: str | Path, text: str) -> None:
    """Writes a text as UTF-8, completely or not at all."""
    with written(Path(place)) as (file,):
        file.write_text(text, encoding="utf-8", newline="\n")


def _beside(place: Path) -> Path:
    """A new name in the folder of a place; the place itself if it exists and is not a regular file."""
    if place.exists() and not place.is_file():
        return place
    return fresh(place.resolve().parent)


def _keep_rights(file: Path, place: Path) -> None:
    if place.exists():
        file.chmod(place.stat().st_mode)


@contextmanager
def _named(new: Sequence[tuple[Path, Path]], places: Sequence[Path]) -> Iterator[None]:
    """Makes errors name the place that the user knows instead of the temporary file, or add it if it is missing."""
    try:
        with named_after(dict(new)):
            yield
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            begun = [place for file, place in new if file.exists()]
            _complete(error, begun[-1] if begun else next(iter(places), Path()))
        raise


@contextmanager
def named_after(hidden: Mapping[Path, Path]) -> Iterator[None]:
    """Makes errors about a hidden file, or about the content of a hidden folder, name the place that the user knows.

    Libraries also put the path into their message, some only there.
    """
    try:
        yield
    except OSError as error:
        for path, place in hidden.items():
            if str(path) in str(error):
                _complete(error, place)
                error.filename = str(place)
                within = re.escape(str(path)) + r"[^'\"\n:]*"
                error.strerror = str(place).join(re.split(within, error.strerror or ""))
        raise


def _complete(error: OSError, place: Path) -> None:
    """Errors raised by libraries may lack number and file name; both are added, so that all errors look alike."""
    if error.errno is None:
        error.strerror = " ".join(map(str, error.args)) or type(error).__name__
        error.errno = errno.EIO
    error.filename = error.filename or str(place)


# --- changes of several places ----------------------------------------------------------------------------------------


def exchange(new: Sequence[tuple[Path, Path]], removed: Sequence[Path] = (), *, durable: bool = False) -> None:
    """Moves new files and folders to their places and removes what was there, completely or not at all.

    Raises OSError when something cannot be moved; then everything is as it was before.
    """
    if durable:
        for file, _ in new:
            _force(file)
    if len(new) == 1 and not removed and not new[0][1].is_dir():
        os.replace(*new[0])  # atomic
        if durable:
            _force_folder(new[0][1].parent)
        return
    moves = [
        Move(file, place, fresh(place.parent) if os.path.lexists(place) else None)
        for file, place in [*new, *((None, place) for place in removed)]
    ]
    folders = dict.fromkeys(move.place.parent for move in moves)
    notes = [folder / f"{fresh(folder).name}.undo" for folder in folders]
    try:
        _note(notes, moves, durable)
        for move in moves:
            _carry_out(move)
        for folder in folders if durable else ():
            _force_folder(folder)
        for note in notes:  # from here on the change is permanent
            note.unlink()
    except BaseException:
        _undo(notes, moves)
        raise
    for move in moves:
        if move.old is not None:
            _remove(move.old)


def _note(notes: Sequence[Path], moves: Sequence[Move], durable: bool) -> None:
    """Writes to every folder how to undo the change."""
    text = json.dumps(
        {
            "notes": [str(note.absolute()) for note in notes],
            "moves": [[None if path is None else str(path.absolute()) for path in move] for move in moves],
        }
    )
    for note in notes:
        half = fresh(note.parent)
        try:
            half.write_text(text, encoding="utf-8")
            if durable:
                _force(half)
            os.replace(half, note)
            if durable:
                _force_folder(note.parent)
        finally:
            half.unlink(missing_ok=True)


def _force(file: Path) -> None:
    """Waits until a file, or every file in a folder, is on disk."""
    for each in [path for path in file.rglob("*") if path.is_file()] if file.is_dir() else [file]:
        descriptor = os.open(each, os.O_RDONLY if os.name == "posix" else os.O_RDWR)  # Windows requires this
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _force_folder(folder: Path) -> None:
    """Waits until the names in a folder are on disk, where the system supports this.

    Errors are ignored, as databases do: the change itself is complete.
    """
    if os.name != "posix":
        return
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def move(old: Path, place: Path) -> None:
    """Moves a file or folder to a new place, completely or not at all, also to another disk; waits until it is on disk.

    Raises OSError when it cannot be moved; then it is where it was.
    """
    sweep(place.parent)
    try:
        os.rename(old, place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy = fresh(place.parent)
        try:
            with named_after({copy: place}):
                _copied(old, copy)
                exchange([(copy, place)], [old], durable=True)
        finally:
            _remove(copy)
        return
    for folder in dict.fromkeys((place.parent, old.parent)):
        _force_folder(folder)


def _copied(old: Path, copy: Path) -> None:
    if old.is_dir() and not old.is_symlink():
        shutil.copytree(old, copy, symlinks=True)
    else:
        shutil.copy2(old, copy, follow_symlinks=False)


def _carry_out(move: Move) -> None:
    if move.old is not None:
        if move.new is None or move.place.is_dir() or move.place.is_symlink():
            os.rename(move.place, move.old)
        else:
            _twin(move.place, move.old)  # so that the place always exists
    if move.new is not None:
        os.replace(move.new, move.place)


def _twin(place: Path, twin: Path) -> None:
    try:
        os.link(place, twin)
    except OSError:  # a file system without hard links
        half = fresh(twin.parent)
        try:
            shutil.copy2(place, half)
            os.rename(half, twin)
        finally:
            half.unlink(missing_ok=True)


def _undo(notes: Sequence[Path], moves: Sequence[Move]) -> None:
    """Restores the state before the change; can be repeated. The notes are kept until everything is restored."""
    for move in reversed(moves):
        if move.old is None:
            if move.new is not None and not os.path.lexists(move.new) and os.path.lexists(move.place):
                os.rename(move.place, move.new)
        elif os.path.lexists(move.old):
            if move.place.is_dir() and move.new is not None:
                os.rename(move.place, move.new)
            os.replace(move.old, move.place)
            move.old.unlink(missing_ok=True)  # renaming does nothing if both names belong to one file
    for note in notes:
        note.unlink(missing_ok=True)


# --- leftovers of killed processes ------------------------------------------------------------------------------------


def fresh(folder: Path) -> Path:
    """A new name in a folder that identifies the process and machine it belongs to."""
    return folder / f".flowdsl-{os.getpid()}-{_space()}-{os.urandom(8).hex()}"


def sweep(folder: Path) -> None:
    """Undoes and removes what dead processes of this machine have left in a folder.

    Leftovers of another machine (or container) stay, because their process may still run.
    """
    if any(LEFT_OVER.fullmatch(part) for part in folder.parts):
        return  # a working folder is removed as a whole
    found = [(path, match) for path in _inside(folder) if (match := LEFT_OVER.fullmatch(path.name))]
    left = [(path, bool(match["undo"])) for path, match in found if _is_over(match["process"], match["space"])]
    for path in (path for path, is_note in left if is_note):
        notes, moves = _read(path)
        _undo(notes, moves)
    for path in (path for path, is_note in left if not is_note):
        with suppress(OSError):  # it belongs to another user and does no harm
            _remove(path)


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # the folder is writable but cannot be listed
        return []


def _read(note: Path) -> tuple[list[Path], list[Move]]:
    """The content of a note; empty if another note of the same change was already followed, or it is not our file."""
    try:
        document = json.loads(note.read_text(encoding="utf-8"))
        found = [(new and Path(new), Path(place), old and Path(old)) for new, place, old in document["moves"]]
        notes = [Path(path) for path in document["notes"]]
    except (OSError, ValueError, TypeError, KeyError):
        return [], []
    hidden = [*notes, *(old for _, _, old in found if old)]
    if not all(LEFT_OVER.fullmatch(path.name) for path in hidden):
        return [], []
    return notes, [Move(*each) for each in found]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_over(process: str, space: str) -> bool:
    """Whether a process belonged to this machine and has ended. Windows has no harmless way to find out."""
    if os.name != "posix" or space != _space():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _space() -> str:
    """Identifies the machine or container in which process numbers are valid."""
    try:
        inside = os.readlink("/proc/self/ns/pid")
    except OSError:
        inside = ""
    return hashlib.sha256(f"{socket.gethostname()} {inside}".encode()).hexdigest()[:8]
