"""Describes values that a user passed, of any type: how to show one in a message, whether it is one of several words,
what is at it as a path. Nothing here raises an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from errno import ENAMETOOLONG
from operator import index
from stat import S_ISDIR, S_ISREG
from typing import Literal, SupportsIndex

MOST_SHOWN = 200  # characters
TRUTHS = ("bool", "bool_")  # Python's type of yes and no, and NumPy's, which old versions take for numbers


def shown(value: object) -> str:
    """A value as a message shows it: shortened, and without characters that cannot be printed.

    >>> shown("a.flow"), shown(None), shown("x" * 300)[197:], shown("\\ud800.flow")
    ('a.flow', 'None', 'xxx', '\\\\ud800.flow')
    """
    return printable(str(value)[:MOST_SHOWN])


def printable(text: str) -> str:
    """The text with halves of characters (lone surrogates) written as escapes, since no file or screen can show
    them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def half_character(text: str) -> int:
    """The position of the first half of a character (a lone surrogate) in a text; -1 if there is none.

    >>> half_character("grün"), half_character("gr\\udcfcn")
    (-1, 2)
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return error.start
    return -1


def is_one_of(value: object, known: Iterable[object]) -> bool:
    """Whether a value is one of these texts (or None); also for values that cannot be compared with a text.

    >>> is_one_of("day", ["day", "week"]), is_one_of(None, [None, "dask"]), is_one_of([], ["day"]), is_one_of(1, ["1"])
    (True, True, False, False)
    """
    return any(value is one or (isinstance(value, str) and value == one) for one in known)


def no_path(value: object) -> str:
    """Why a value cannot be a path, in words; "" if it can.

    >>> no_path("a.flow"), no_path(3), no_path(""), no_path("a\\0b")
    ('', 'int is no path', 'the path is empty', 'no file can have this name: embedded null byte')
    """
    if not isinstance(value, str | os.PathLike):
        return f"{type(value).__name__} is no path"
    if value == "":
        return "the path is empty"
    try:
        os.stat(value)
    except OSError as error:
        return "the path is too long" if error.errno == ENAMETOOLONG else ""
    except ValueError as error:  # a NUL, or a letter that the file system's encoding lacks
        return f"no file can have this name: {error}"
    return ""


def kind_at(path: str | os.PathLike[str]) -> Literal["file", "folder", ""]:
    """What is at a path; "" for nothing, for anything else, and for a path that may not be read.

    >>> kind_at("."), kind_at("x" * 5000)
    ('folder', '')
    """
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return ""
    return "folder" if S_ISDIR(mode) else "file" if S_ISREG(mode) else ""


def whole_number(value: object) -> int | None:
    """A whole number as a Python int; NumPy integers count too. None for anything else, and for True and False.

    >>> import numpy as np
    >>> whole_number(np.int64(3)), whole_number(3.0), whole_number(True)
    (3, None, None)
    """
    if type(value).__name__ in TRUTHS or not isinstance(value, SupportsIndex):
        return None
    try:
        return index(value)
    except TypeError:  # an array of several numbers, or a truth value of NumPy
        return None
