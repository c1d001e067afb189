"""Edits the text of a program in place.

Nothing is reformatted: comments, blanks, line ends and spelling stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from flowdsl.diagnostics.source import Source, nfc
from flowdsl.syntax import ast
from flowdsl.syntax.keywords import say
from flowdsl.syntax.parser.tokens import Token, tokenize
from flowdsl.syntax.printer import line
from flowdsl.workspace.entries import CAMPAIGN, FLOW, Entry


class Edit(NamedTuple):
    """Replaces the text between two offsets by `text`."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text after some edits.

    >>> edited("one two", [Edit(0, 3, "1"), Edit(4, 7, "2")])
    '1 2'
    """
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def quoted(name: str) -> str:
    """A name as it is written in a program.

    >>> quoted('The "big" one')
    '"The \\\\"big\\\\" one"'
    """
    return line(ast.Text(nfc(name)))


# --- paused -----------------------------------------------------------------------------------------------------------


def pausing(source: Source, entry: Entry) -> list[Edit]:
    """The edits that switch an active flow or campaign off.

    A bare sentence has no place for `paused`, so it gets a header with its name, which is that of its file.
    """
    if entry.written.name is not None:
        end = entry.written.name.span.end
        return [Edit(end, end, f" {say('paused')}")]
    return [_head(source, entry, entry.name, paused=True)]


def _head(source: Source, entry: Entry, name: str, paused: bool) -> Edit:
    """A header for a bare sentence, on a line of its own, since declarations begin in the first column."""
    start = source.text.rfind("\n", 0, entry.span.start) + 1
    state = f" {say('paused')}" if paused else ""
    return Edit(start, start, f"{say(FLOW)} {quoted(name)}{state}{line_end(source)}")


def activating(source: Source, entry: Entry) -> list[Edit]:
    """The edits that switch a paused flow or campaign on: the word and the blanks before it are removed."""
    name = entry.written.name
    tokens = tokenize(source)[0]
    word = next(token for token in tokens if name is not None and token.start >= name.span.end)
    start = word.start
    while source.text[start - 1] in " \t":
        start -= 1
    return [Edit(start, word.end, "")]


def line_end(source: Source) -> str:
    """The line end that a text uses.

    >>> line_end(Source("when\\r\\nthen"))
    '\\r\\n'
    """
    return "\r\n" if source.text.partition("\n")[0].endswith("\r") else "\n"


# --- copies -----------------------------------------------------------------------------------------------------------


def copied(
    source: Source, declarations: Iterable[ast.Declaration], entry: Entry, names: Mapping[tuple[str, str], str]
) -> str:
    """The text of one flow or campaign with the comments around it, paused. It gets a new name (`names` by kind and old
    name), as does every other flow in `names` that it refers to."""
    edits = renaming(source, entry, names)
    if entry.written.name is None:
        edits.append(_head(source, entry, names[entry.kind, entry.name], paused=True))
    elif entry.is_active:
        edits += pausing(source, entry)
    return _piece(source, region(source, declarations, entry.written), edits)


def taken_out(source: Source, declarations: Iterable[ast.Declaration], entry: Entry) -> str:
    """The text of one flow or campaign with the comments around it, for a file of its own. A bare sentence, which has
    the name of its file, gets a header that keeps this name."""
    edits = [] if entry.written.name else [_head(source, entry, entry.name, paused=False)]
    return _piece(source, region(source, declarations, entry.written), edits)


def _piece(source: Source, place: tuple[int, int], edits: Iterable[Edit]) -> str:
    start, end = place
    within = [Edit(edit.start - start, edit.end - start, edit.text) for edit in edits]
    return edited(source.text[start:end], within).strip("\r\n").rstrip() + line_end(source)


def renaming(source: Source, entry: Entry, names: Mapping[tuple[str, str], str]) -> list[Edit]:
    """The edits that rename flows, by kind and old name, wherever one flow or campaign refers to itself or others."""
    return [
        Edit(token.start, token.end, quoted(names[kind, token.text]))
        for kind, token in _mentions(tokenize(source)[0], entry)
        if (kind, token.text) in names
    ]


def _mentions(tokens: Iterable[Token], entry: Entry) -> Iterable[tuple[str, Token]]:
    """The names after the words `flow` and `campaign`, lists of names included."""
    kind = ""
    for token in tokens:
        if not entry.span.start <= token.start < entry.span.end:
            continue
        if token.kind == "TEXT":
            if kind:
                yield kind, token
        elif token.kind == "WORD" and token.text in (say(FLOW), say(CAMPAIGN)):
            kind = FLOW if token.text == say(FLOW) else CAMPAIGN
        elif not (kind and token.text in (say("or"), ",")):
            kind = ""


# --- whole declarations -----------------------------------------------------------------------------------------------


def region(source: Source, declarations: Iterable[ast.Declaration], wanted: ast.Declaration) -> tuple[int, int]:
    """The position of a declaration with the comments that belong to it: those directly above it, and those below it up
    to the next one's. Comments at the top of a file, followed by an empty line, belong to the file."""
    starts = [each.span.start for each in declarations if each.span.file == source.name]
    later = [start for start in starts if start > wanted.span.start]
    return _with_remarks(source, wanted.span.start), _with_remarks(source, min(later)) if later else len(source.text)


def _with_remarks(source: Source, start: int) -> int:
    """The start of the comment lines directly above a position."""
    start = source.text.rfind("\n", 0, start) + 1
    while start > 0:
        above = source.text.rfind("\n", 0, start - 1) + 1
        if not source.text.startswith("#", above):
            break
        start = above
    return start


def without(source: Source, places: Sequence[tuple[int, int]]) -> str:
    """The text without some parts, and without empty lines at the end.

    >>> without(Source("one\\n\\ntwo\\n"), [(5, 9)])
    'one\\n'
    """
    kept = edited(source.text, [Edit(start, end, "") for start, end in places])
    return kept if all(end < len(source.text) for _, end in places) else kept.rstrip() + line_end(source)


def blank(text: str, start: int, end: int) -> str:
    """The text with a part replaced by blanks, so that everything else keeps its position.

    >>> blank("one\\ntwo", 2, 5)
    'on \\n wo'
    """
    piece = "".join(each if each in "\r\n" else " " for each in text[start:end])
    return text[:start] + piece + text[end:]
