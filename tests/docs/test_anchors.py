"""Sections that can be cited: language.md and semantics.md have anchors of their own, and every citation leads to one.

A citation is a link of a page (`[…](language.md#limits)`) or a path in code (`docs/reference/language.md#limits`).
Headings may be reworded; anchors stay.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
ANCHORED = [REFERENCE / "language.md", REFERENCE / "semantics.md"]
CODE = [path for folder in ("flowdsl", "tests", "docs", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]
TEXTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
TEXTS += [*(ROOT / "notebooks").glob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]
ANCHOR = re.compile(r'<a id="([^"]*)"></a>')
HEADING = re.compile(r"^##+ (.+)$", re.MULTILINE)


def prose(page: Path) -> str:
    """A page without its fenced blocks, in which `#` begins a comment."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def slug(heading: str) -> str:
    """The anchor that GitHub makes of a heading.

    >>> slug("Time, order and `chance`")
    'time-order-and-chance'
    """
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    """Everything that a link into a page may name: explicit anchors only where the page has them, else headings too."""
    text = prose(page)
    explicit = set(ANCHOR.findall(text))
    return explicit if page in ANCHORED else explicit | {slug(heading) for heading in HEADING.findall(text)}


@pytest.mark.parametrize("page", ANCHORED, ids=lambda page: page.name)
def test_every_section_has_an_anchor_of_its_own(page: Path) -> None:
    """A heading can be reworded without breaking links: a short anchor stands above it."""
    text = prose(page)
    anchored = re.findall(r'^<a id="[^"]+"></a>\n\n##+ (.+)$', text, re.MULTILINE)
    assert anchored == HEADING.findall(text)


@pytest.mark.parametrize("page", ANCHORED, ids=lambda page: page.name)
def test_each_anchor_exists_once(page: Path) -> None:
    """No two places of a page share an anchor, and none takes the place of another section's heading."""
    text = prose(page)
    found = ANCHOR.findall(text)
    own = dict(re.findall(r'^<a id="([^"]+)"></a>\n\n##+ (.+)$', text, re.MULTILINE))
    slugs = {slug(heading): heading for heading in HEADING.findall(text)}
    assert sorted(set(found)) == sorted(found)
    assert [name for name in found if name in slugs and own.get(name) != slugs[name]] == []


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_sections_lead_to_one(page: Path) -> None:
    """Whoever follows a link to a section arrives at it, not at the top of the page."""
    dead = []
    for file, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s\"]+)\)", prose(page)):
        target = (page.parent / file).resolve() if file else page
        if "://" not in file and target.suffix == ".md" and anchor not in anchors(target):
            dead.append(f"{file}#{anchor}")
    assert dead == []


def test_pages_that_code_cites_exist() -> None:
    """A page or section named in a comment or docstring is there, so that a reader can look it up."""
    pages = {page.relative_to(ROOT).as_posix(): anchors(page) for page in TEXTS}
    dead = []
    for path in CODE:
        for file, anchor in re.findall(r"\b(docs/[\w/-]+\.md)(?:#([\w-]+))?", path.read_text(encoding="utf-8")):
            if file not in pages or (anchor and anchor not in pages[file]):
                dead.append(f"{path.relative_to(ROOT)}: {file}#{anchor}")
    assert dead == []


def test_code_cites_sections_by_anchor() -> None:
    """Numbers of sections go out of date unseen, and pages without a folder cannot be found: neither is cited."""
    numbered = re.compile(r"\b\w+\.md,? (?:section )?\d")
    bare = re.compile(r"(?<![\w/.-])\w+\.md#")
    vague = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in CODE
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if numbered.search(line) or bare.search(line)
    ]
    assert vague == []
