"""The catalogue of errors: examples have exactly the error they show, pages are current, codes explain themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from flowdsl.api.pipeline import in_order
from flowdsl.compiler.checks import check
from flowdsl.compiler.resolve import resolve
from flowdsl.diagnostics.catalogue.meaning import MEANING
from flowdsl.diagnostics.catalogue.reading import READING
from flowdsl.diagnostics.diagnostic import Diagnostic
from flowdsl.diagnostics.explain import every_rule, explain, pages
from flowdsl.diagnostics.render import report
from flowdsl.diagnostics.source import Source
from flowdsl.syntax.parser import parse

ROOT = Path(__file__).parents[2]
ONE_DIAGNOSTIC = [code for code in (*READING, *MEANING) if code != "E199"]  # which is what comes after a hundred others
BAD = sorted((ROOT / "tests/programs/bad").glob("*.flow"))


def diagnostics(text: str, name: str = "program") -> list[Diagnostic]:
    """All diagnostics of a program; a first line `# columns: plan text, age number` stands for a contact table."""
    program, syntax = parse(Source(text, name))
    meant, found = resolve(program, syntax)
    said = re.match(r"# columns: (.*)", text)
    columns = dict(column.split() for column in said[1].split(", ")) if said else None
    return [*syntax, *found, *check(meant, columns)[1]]


@pytest.mark.parametrize("code", MEANING)
def test_every_example_has_exactly_its_diagnostic_and_its_repair_has_none(code: str) -> None:
    """What a page calls wrong gives its code and no other; what it calls right gives nothing at all."""
    diagnostic = MEANING[code]
    assert [found.code for found in diagnostics(diagnostic.wrong)] == [code]
    assert [str(found) for found in diagnostics(diagnostic.right)] == []


@pytest.mark.parametrize("code", [code for code in READING if code != "E199"])
def test_examples_of_grammar_have_their_diagnostic_and_their_repair_none(code: str) -> None:
    """So do the examples of diagnostics of grammar."""
    diagnostic = READING[code]
    assert [found.code for found in diagnostics(diagnostic.wrong)] == [code]
    assert [str(found) for found in diagnostics(diagnostic.right)] == []


def test_too_many_diagnostics_are_said_to_be_too_many() -> None:
    """Reading stops at the hundredth diagnostic and says so; the repaired example has none."""
    assert diagnostics(READING["E199"].wrong)[-1].code == "E199"
    assert diagnostics(READING["E199"].right) == []


@pytest.mark.parametrize("code", MEANING)
def test_a_fix_that_is_offered_repairs_the_example(code: str) -> None:
    """Putting in every fix makes the diagnostic go away."""
    text = MEANING[code].wrong
    fixes = [fix for found in diagnostics(text) for fix in found.fixes[:1]]
    for fix in sorted(fixes, key=lambda fix: -fix.span.start):
        text = text[: fix.span.start] + fix.text + text[fix.span.end :]
    if fixes:
        assert [found.code for found in diagnostics(text)] == []


def test_pages_are_those_of_the_tables() -> None:
    """Each code has its page and the index lists all; `make docs` writes them anew."""
    written = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs/errors").glob("*.md")}
    assert written == pages()


def test_codes_explain_themselves_in_any_case() -> None:
    """`flowdsl explain e303` gives title, reason and both examples; a code that is none says which are near."""
    text = explain("e303")
    assert MEANING["E303"].title in text
    assert "split 30%" in text
    with pytest.raises(LookupError, match="E30"):
        explain("E39")


def test_titles_and_codes_are_unique() -> None:
    """No two diagnostics look alike in a list."""
    for of in ("title", "code"):
        said = [getattr(diagnostic, of) for diagnostic in every_rule()]
        assert sorted(set(said)) == sorted(said)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_golden_bad_programs_say_exactly_this(path: Path, golden: Callable[[Path, str], None]) -> None:
    """Every diagnostic of a bad program in one go: the text beside it is what a person reads."""
    source = Source(path.read_text(encoding="utf-8"), path.name)
    golden(path.with_suffix(".txt"), told(source))


@pytest.mark.parametrize("code", ONE_DIAGNOSTIC)
def test_golden_bad_programs_of_the_catalogue(code: str, golden: Callable[[Path, str], None]) -> None:
    """What a person reads of the wrong example of each code: place, reason, fixes."""
    diagnostic = {**READING, **MEANING}[code]
    golden(ROOT / f"tests/programs/bad/codes/{code}.txt", told(Source(diagnostic.wrong, "program.flow")))


def test_no_golden_program_is_left_of_a_code_that_is_gone() -> None:
    """The folder has a file for each code of a diagnostic in a program, and no other."""
    there = {path.stem for path in (ROOT / "tests/programs/bad/codes").iterdir()}
    assert there == {*ONE_DIAGNOSTIC}


def told(source: Source) -> str:
    """What a person reads of everything that is wrong with a program."""
    return report(in_order(diagnostics(source.text, source.name)), [source]) + "\n"
