"""Programs on disk: paths go in, Sources come out, or a ProgramError that says why not; new texts go back to disk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from flowdsl.errors import Diagnostic, ProgramError
from flowdsl.faults.run import RUNS
from flowdsl.source import Source

ENDING = ".flow"
BYTE_ORDER_MARK = "\ufeff"


def sources(path: str | Path) -> list[Source]:
    """The texts of a program: the file itself, or every .flow file of a folder and the folders in it, in path order.

    Raises ProgramError when there is nothing to read, naming every file that cannot be read.
    """
    place = Path(path)
    files = _flow_files(place) if place.is_dir() else [place]
    found = [_read(file) for file in files]
    faults = [one for one in found if isinstance(one, Diagnostic)]
    if faults:
        raise ProgramError(faults)
    return [one for one in found if isinstance(one, Source)]


def _flow_files(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.rglob(f"*{ENDING}") if file.is_file())
    if not files:
        raise ProgramError([fault(folder, f"the folder has no file that ends in {ENDING}")])
    return files


def _read(file: Path) -> Source | Diagnostic:
    try:
        return decoded(file.read_bytes(), str(file))
    except FileNotFoundError:
        return fault(file, "there is no such file")
    except OSError as error:
        return fault(file, f"the file cannot be read: {error.strerror or error}")
    except ValueError as error:
        return fault(file, str(error))


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


def fault(file: Path, message: str) -> Diagnostic:
    """A file that cannot be read, as a fault."""
    return Diagnostic("E701", message, reason=RUNS["E701"].why, example="flowdsl check hello.flow", place=str(file))


# --- writing ----------------------------------------------------------------------------------------------------------


def write(texts: Mapping[Path, str | None]) -> None:
    """Gives files new texts, makes those that are missing, and removes those whose text is None.

    Every new text is on disk before the first file changes, and each file changes at one stroke: whoever looks sees the
    old text or the new, never half of it. Raises OSError, before any file is touched, when a text cannot be written.
    """
    ready: list[tuple[str, Path]] = []
    try:
        for path, text in texts.items():
            if text is not None:
                ready.append((_beside(path.resolve(), text), path.resolve()))
        for written, place in ready:
            os.replace(written, place)
    finally:
        for written, _ in ready:
            Path(written).unlink(missing_ok=True)
    for path, text in texts.items():
        if text is None:
            path.unlink()


def _beside(place: Path, text: str) -> str:
    """The name of a new file beside a place, with the rights of the file that stands there, or of any new one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("wb", dir=place.parent, prefix=".flowdsl-", delete=False) as new:
        new.write(text.encode("utf-8"))
    os.chmod(new.name, place.stat().st_mode if place.exists() else 0o666 & ~_mask())
    return new.name


def _mask() -> int:
    """The rights that this process does not give to new files: it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
