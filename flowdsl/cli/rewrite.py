"""The formatter on files: it rewrites them in the standard style, lists them, or shows the changes."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff

from flowdsl.api import pipeline
from flowdsl.diagnostics.source import Source


def formatted(source: Source) -> str:
    """The text in the standard style, with its own line ends; its meaning is checked to be unchanged.

    Raises ProgramError when the grammar of the text is wrong.
    """
    program = pipeline.read([source])
    text = pipeline.format(program)
    if pipeline.parse(text) != program:
        raise AssertionError(f"the formatter would change what {source.name} says; please report this")
    first = source.text.partition("\n")[0]
    return text.replace("\n", "\r\n") if first.endswith("\r") else text


def difference(source: Source, text: str) -> str:
    """The changes as a unified diff."""
    before, after = source.text.splitlines(), text.splitlines()
    return "\n".join(unified_diff(before, after, source.name, f"{source.name} (formatted)", lineterm=""))


def said(changed: Sequence[str], total: int, only_look: bool) -> str:
    """One line that says what was done.

    >>> said(["a.flow"], 3, only_look=True)
    'a.flow would be formatted; 2 of 3 files are as they should be'
    """
    if not changed:
        return "nothing to format" if total == 1 else f"nothing to format in {total} files"
    verb = "would be formatted" if only_look else "formatted"
    rest = f"; {total - len(changed)} of {total} files are as they should be" if total > 1 else ""
    return f"{', '.join(changed)} {verb}{rest}"
