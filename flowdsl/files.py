"""Programs on disk: the path of a file or a folder goes in, Sources come out; or a ProgramError that says why not."""

from __future__ import annotations

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
        raise ProgramError([_fault(folder, f"the folder has no file that ends in {ENDING}")])
    return files


def _read(file: Path) -> Source | Diagnostic:
    try:
        return decoded(file.read_bytes(), str(file))
    except FileNotFoundError:
        return _fault(file, "there is no such file")
    except OSError as error:
        return _fault(file, f"the file cannot be read: {error.strerror or error}")
    except ValueError as error:
        return _fault(file, str(error))


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


def _fault(file: Path, message: str) -> Diagnostic:
    return Diagnostic("E701", message, reason=RUNS["E701"].why, example="flowdsl check hello.flow", place=str(file))
