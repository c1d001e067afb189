"""Explains diagnostic codes: what a code means, with a wrong and a right example.

`python -m flowdsl.diagnostics.explain docs/errors` writes a page for each code and the index. A test compares the pages
with the catalogue.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flowdsl.diagnostics.catalogue import Rule
from flowdsl.diagnostics.catalogue.data import DATA_DIAGNOSTICS
from flowdsl.diagnostics.catalogue.folder import FOLDER_DIAGNOSTICS
from flowdsl.diagnostics.catalogue.meaning import MEANING_DIAGNOSTICS
from flowdsl.diagnostics.catalogue.plan import PLAN
from flowdsl.diagnostics.catalogue.reading import READING
from flowdsl.diagnostics.catalogue.results import RESULT_DIAGNOSTICS
from flowdsl.diagnostics.catalogue.run import RUN_DIAGNOSTICS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.input_checks import printable
from flowdsl.diagnostics.suggest import suggestions

CHAPTERS = {
    "E1": "How a program is written",
    "E2": "Words and names",
    "E3": "The shape of a program",
    "E4": "Values",
    "E5": "Tables",
    "E6": "Plans and runtime JSON",
    "E7": "Files and options",
    "E8": "Results",
    "E9": "Programs in a folder",
    "W": "Warnings",
}


def not_installed(what: str, package: str) -> RunError:
    """The error for something that needs a package which is not installed.

    >>> print(not_installed("play", "ipywidgets"))
    error E754: `play` needs the package `ipywidgets`, which is not installed
    """
    known = catalogue()["E754"]
    message = f"`{what}` needs the package `{package}`, which is not installed"
    return RunError([Diagnostic("E754", message, words=package, reason=known.why, example=known.right)])


@cache
def catalogue() -> Mapping[str, Rule]:
    """Every diagnostic by its code, in the order of the codes.

    >>> catalogue()["E303"].title
    'Split that is not 100%'
    """
    return {rule.code: rule for rule in sorted(every_rule(), key=lambda rule: rule.code)}


def every_rule() -> tuple[Rule, ...]:
    """The rules of all stages, in the order of the catalogue."""
    run = (*PLAN.values(), *RUN_DIAGNOSTICS, *RESULT_DIAGNOSTICS, *FOLDER_DIAGNOSTICS)
    return (*READING.values(), *MEANING_DIAGNOSTICS, *DATA_DIAGNOSTICS, *run)


def explain(code: str) -> str:
    """What a code means, for a terminal. Raises LookupError for a code that does not exist.

    >>> print(explain("w302"))
    W302: Flow without steps
    <BLANKLINE>
    The flow enrols contacts and then does nothing.
    <BLANKLINE>
    Wrong:
        flow "A"
          when member joins program
    <BLANKLINE>
    Right:
        flow "A"
          when member joins program
          then send chat "Hello"
    """
    rule = _rule(code)
    wrong, right = _indented(rule.wrong), _indented(rule.right)
    return f"{rule.code}: {rule.title}\n\n{rule.why}\n\nWrong:\n{wrong}\n\nRight:\n{right}"


def lesson(code: str) -> str:
    """What a code means, in Markdown for a notebook cell. Raises LookupError for a code that does not exist."""
    return "\n\n".join(_parts(_rule(code), "###"))


def codes() -> str:
    """All codes with their titles, in Markdown that is also readable as plain text.

    >>> print(codes().splitlines()[0])
    **How a program is written**
    """
    chapters = []
    for prefix, chapter in CHAPTERS.items():
        lines = [f"- {code} {rule.title}" for code, rule in catalogue().items() if code.startswith(prefix)]
        chapters.append("\n".join([f"**{chapter}**", "", *lines]))
    return "\n\n".join(chapters)


def _rule(code: str) -> Rule:
    wanted = str(code).strip().upper()
    rule = catalogue().get(wanted)
    if rule is None:
        near = suggestions(wanted, catalogue(), 3, 0.5)
        hint = f"; there are {', '.join(near)}" if near else ""
        raise LookupError(f"no diagnostic has the code {code}{hint}")
    return rule


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in printable(text or "(nothing)").rstrip("\n").split("\n"))


# --- pages ------------------------------------------------------------------------------------------------------------


def page(rule: Rule) -> str:
    """The page of one diagnostic, in Markdown."""
    return "\n\n".join([*_parts(rule, "#"), "[All codes](README.md)"]) + "\n"


def _parts(rule: Rule, level: str) -> list[str]:
    """The paragraphs of a page. `level` is the Markdown heading mark of its title."""
    language = "flow" if rule.code[:2] in ("E1", "E2", "E3", "E4", "W1", "W2", "W3", "W4") else "text"
    parts = [f"{level} {rule.code}: {rule.title}", rule.why]
    for heading, text in (("Wrong", rule.wrong), ("Right", rule.right)):
        kind = f"{language} wrong" if heading == "Wrong" and language == "flow" else language
        parts.append(f"{level}# {heading}\n\n```{kind}\n{printable(text.rstrip(chr(10)))}\n```")
    return parts


def index() -> str:
    """The list of all codes, in Markdown."""
    parts = [
        "# Error codes",
        "Each diagnostic has a code that stays the same, a page here, and an explanation on the terminal:"
        " `flowdsl explain E303`. Codes that begin with W are warnings: the program runs all the same."
        " The pages are made from the tables in the code (`python -m flowdsl.diagnostics.explain docs/errors`).",
    ]
    for prefix, chapter in CHAPTERS.items():
        codes = [code for code in catalogue() if code.startswith(prefix)]
        lines = [f"- [{code}]({code}.md) {catalogue()[code].title}" for code in codes]
        if lines:
            parts.append(f"## {chapter}\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """File names and texts of all pages, the index among them."""
    return {"README.md": index(), **{f"{code}.md": page(rule) for code, rule in catalogue().items()}}


def write_pages(folder: Path) -> None:
    """Writes all pages into a folder and removes the pages of codes that no longer exist."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = pages()
    for old in folder.glob("*.md"):
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
