"""Renders diagnostics as text for people, as HTML for notebooks, and as JSON for machines.

Only this module decides what a diagnostic looks like. `paint` takes a role (error warning place hint) and a piece of
text, and returns what to print: `plain` adds no colours, `ansi` adds those of a terminal.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from html import escape
from typing import TypeAlias

from flowdsl.diagnostics.diagnostic import MOST_SHOWN, Diagnostic, Fix, ProgramError
from flowdsl.diagnostics.source import NOWHERE, Source, Span

Paint: TypeAlias = Callable[[str, str], str]
WIDEST = 100  # columns of a line of the program that are shown; a longer line is cut around the diagnostic
BEFORE = 40  # columns kept before the diagnostic when a line is cut
INK = {"error": "1;31", "warning": "1;33", "place": "2", "hint": "36", "title": "1"}  # SGR codes of ECMA-48
COLUMNS = "font-family: var(--jp-code-font-family, monospace); white-space: pre-wrap"  # marks stand below their words
STYLE = {"error": "color: #d93a3a", "warning": "color: #a06a00"}  # read on white as well as on black (4 to 1)
PAINTED = re.compile("\x02(\\w+)\x03(.*?)\x04", re.DOTALL)


def plain(role: str, text: str) -> str:
    """No colours."""
    return text


def ansi(role: str, text: str) -> str:
    """The colours of a terminal."""
    return f"\x1b[{INK[role]}m{text}\x1b[0m"


def report(diagnostics: Sequence[Diagnostic], sources: Iterable[Source] = (), paint: Paint = plain) -> str:
    """A report of at most 100 diagnostics, each with its line and a mark below it, and the number of diagnostics.

    A code is explained once, at its first diagnostic.

    >>> source = Source("unles has tag", "hello.flow")
    >>> diagnostic = Diagnostic("E299", "unles is no keyword", source.span(0, 5), example="unless has tag")
    >>> print(report([diagnostic], [source]))
    error E299: unles is no keyword
      --> hello.flow:1:1
       |
     1 | unles has tag
       | ^^^^^
       = right: unless has tag
    <BLANKLINE>
    1 error
    """
    texts = {source.name: source for source in sources}
    shown, shown_lessons = [], set()
    for one in diagnostics[:MOST_SHOWN]:
        lesson = one.code, one.reason, one.example
        shown.append(render(one, texts.get(one.span.file) if one.span else None, paint, lesson not in shown_lessons))
        shown_lessons.add(lesson)
    return "\n\n".join([*shown, count(diagnostics)])


def program_error(diagnostics: Sequence[Diagnostic], sources: Iterable[Source]) -> ProgramError:
    """An error with these diagnostics, whose text is their report.

    >>> program_error([Diagnostic("E101", "no such word")], []).diagnostics[0].code
    'E101'
    """
    texts = tuple(sources)
    return ProgramError(diagnostics, report(diagnostics, texts), texts)


def count(diagnostics: Sequence[Diagnostic]) -> str:
    """The number of diagnostics, and how many of them are shown.

    >>> count([Diagnostic("E1", "")] * 120)
    '120 errors (the first 100 are shown)'
    """
    errors = sum(one.is_error for one in diagnostics)
    warnings = len(diagnostics) - errors
    kinds = [_many(errors, "error")] if errors or not warnings else []
    kinds += [_many(warnings, "warning")] if warnings else []
    cut = f" (the first {MOST_SHOWN} are shown)" if len(diagnostics) > MOST_SHOWN else ""
    return ", ".join(kinds) + cut


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def render(diagnostic: Diagnostic, source: Source | None = None, paint: Paint = plain, taught: bool = True) -> str:
    """One diagnostic: what is wrong and where, the line with a mark below it; with `taught` also the reason and an
    example."""
    kind = diagnostic.severity.value
    lines = [paint(kind, f"{kind} {diagnostic.code}") + f": {clean(diagnostic.message)}"]
    margin = "  "
    if diagnostic.span and diagnostic.span != NOWHERE:
        number = str(diagnostic.span.line)
        margin = " " * (len(number) + 1)
        lines.append(f"{margin}{paint('place', f'--> {_place(diagnostic.span)}')}")
        lines += _excerpt(diagnostic.span, number, source, paint, kind) if source else []
    if diagnostic.place:
        lines.append(f"{margin}{paint('place', f'--> {clean(diagnostic.place)}')}")
    for label, text in _hints(diagnostic) if taught else _fixes(diagnostic):
        lines += _hint(label, text, f"{margin} = ", paint)
    return "\n".join(lines)


def _hint(label: str, text: str, margin: str, paint: Paint) -> list[str]:
    """A hint on one or more lines: text is wrapped, examples keep their line breaks."""
    head, room = f"{margin}{paint('hint', f'{label}:')} ", " " * (len(margin) + len(label) + 2)
    broken = text.rstrip("\n").split("\n") if label == "right" else textwrap.wrap(clean(text), WIDEST - len(room))
    first, *rest = [clean(line) for line in broken] or [""]
    return [head + first, *(f"{room}{line}".rstrip() for line in rest)]


def _place(span: Span) -> str:
    return f"{clean(span.file)}:{span.line}:{span.column}"


def _excerpt(span: Span, number: str, source: Source, paint: Paint, kind: str) -> list[str]:
    """The line of the diagnostic between two bars, and the mark below it."""
    line = source.line(span.line)
    before, at, after = _cut(line, span.column - 1, span.column - 1 + max(1, span.end - span.start))
    bar = paint("place", f"{' ' * (len(number) + 2)}|")
    mark = " " * _width(before) + paint(kind, "^" * max(1, _width(at)))
    return [bar, f"{paint('place', f' {number} |')} {before}{at}{after}", f"{bar} {mark}"]


def _cut(line: str, start: int, end: int) -> tuple[str, str, str]:
    """The line before, at and after the diagnostic, cut to the width of a screen."""
    first = max(0, start - BEFORE) if len(line) > WIDEST else 0
    last = min(len(line), first + WIDEST)
    end = min(end, last)
    before, after = line[first:start], line[end:last]
    return (
        ("…" if first else "") + clean(before),
        clean(line[start:end]),
        clean(after) + ("…" if last < len(line) else ""),
    )


def clean(text: str) -> str:
    """The text without characters that could move the cursor: the content of a file must not control a terminal.

    >>> clean("a\\tb\\x1b[2J")
    'a b�[2J'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if each in "\t\n\r" else each if _is_shown(each) else "�" for each in text)


def _is_shown(character: str) -> bool:
    """False for control characters, characters that change the text direction, and halves of surrogate pairs."""
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp") or character in "\u200d\u200c"


def _width(text: str) -> int:
    """Columns that a text takes on a terminal: wide characters take two, combining marks none."""
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    marks = sum(unicodedata.category(each) in ("Mn", "Me", "Cf") for each in text)
    return len(text) + wide - marks


def _hints(diagnostic: Diagnostic) -> Iterator[tuple[str, str]]:
    if diagnostic.place and diagnostic.words:
        yield "written", diagnostic.words
    yield from _fixes(diagnostic)
    if diagnostic.reason:
        yield "because", diagnostic.reason
    if diagnostic.example:
        yield "right", diagnostic.example


def _fixes(diagnostic: Diagnostic) -> Iterator[tuple[str, str]]:
    return (("fix", fix.label) for fix in diagnostic.fixes)


# --- for notebooks ----------------------------------------------------------------------------------------------------


def as_html(diagnostics: Sequence[Diagnostic], sources: Iterable[Source] = ()) -> str:
    """The report as an HTML element; all text in it is escaped.

    >>> as_html([Diagnostic("E1", "a < b")]).partition(": a")[2]
    ' &lt; b\\n\\n1 error</pre>'
    """
    marked = report(
        diagnostics, sources, lambda role, text: f"\x02{role}\x03{text}\x04"
    )  # `clean` leaves none of these
    return f'<pre style="{COLUMNS}">{PAINTED.sub(_span, escape(marked, quote=False))}</pre>'


def _mark(role: str, text: str) -> str:
    return f"\x02{role}\x03{text}\x04"  # `clean` removes these characters from texts


def _span(match: re.Match[str]) -> str:
    role, text = match.groups()
    return f'<span style="{STYLE[role]}; font-weight: bold">{text}</span>' if role in STYLE else text


# --- for machines -----------------------------------------------------------------------------------------------------

Json: TypeAlias = "str | int | float | Sequence[Json] | Mapping[str, Json] | None"


def as_json(diagnostic: Diagnostic) -> dict[str, Json]:
    """One diagnostic as plain data for an editor or a script. A fix replaces the text between two offsets.

    >>> as_json(Diagnostic("E1", "wrong", Span("a.flow", 4, 9, 1, 5)))["span"]
    {'file': 'a.flow', 'start': 4, 'end': 9, 'line': 1, 'column': 5}
    """
    span = diagnostic.span
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "span": asdict(span) if span and span != NOWHERE else None,
        "place": diagnostic.place,
        "words": diagnostic.words,
        "reason": diagnostic.reason,
        "example": diagnostic.example,
        "fixes": [_fix(fix) for fix in diagnostic.fixes],
    }


def _fix(fix: Fix) -> dict[str, Json]:
    return {"label": fix.label, "text": fix.text, "span": asdict(fix.span)}
