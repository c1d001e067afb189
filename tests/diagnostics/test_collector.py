"""The collector of diagnostics and the suggestions, as every stage uses them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import flowdsl
from flowdsl.calendar.clock import zone_names
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import MOST_SHOWN, DataError, Diagnostic, RunError
from flowdsl.diagnostics.source import Source
from flowdsl.diagnostics.suggest import STRICT, suggest, suggest_path, suggestions

SOURCE = Source("when member joins program\nthen send   chat", "a.flow")


def test_a_diagnostic_quotes_its_place_and_takes_the_rest_from_the_catalogue() -> None:
    """Words come from the text, reason and example from the catalogue, unless the caller has something closer."""
    found = DiagnosticCollector(RUNS, [SOURCE])
    found.add("E703", "too long", SOURCE.span(31, 42))
    found.add("E703", "too long", "options", words=3, reason="own reason", example="own example")
    assert [one.words for one in found.diagnostics] == ["send chat", "3"]
    assert [one.reason for one in found.diagnostics] == [RUNS["E703"].why, "own reason"]
    assert [one.example for one in found.diagnostics] == [RUNS["E703"].right, "own example"]
    assert [one.place for one in found.diagnostics] == ["", "options"]


def test_diagnostics_come_in_the_order_of_the_text() -> None:
    """By their place in the text, in whatever order they were found; those without one come last."""
    found = DiagnosticCollector(sources=[SOURCE])
    found.add("E3", "of a table", "contacts, row 4")
    found.add("E2", "later", SOURCE.span(26, 30))
    found.add("W1", "first", SOURCE.span(0, 4))
    assert [one.code for one in found.in_order()] == ["W1", "E2", "E3"]


def test_warnings_alone_raise_nothing() -> None:
    """One error has everything in it, warnings too; warnings alone are no error."""
    found = DiagnosticCollector()
    found.add("W201", "strange")
    found.raise_any(RunError)
    assert not found.is_clean
    assert not found.has_errors
    found.add("E501", "wrong", "contacts")
    with pytest.raises(DataError, match="2 found") as caught:
        found.raise_any(DataError, lambda all_found: f"{len(all_found)} found")
    assert [one.code for one in caught.value.diagnostics] == ["W201", "E501"]


def test_what_two_stages_find_is_told_once() -> None:
    """Diagnostics of others are added in their order; the same one is not added again."""
    found = DiagnosticCollector()
    one, two = Diagnostic("E1", "one"), Diagnostic("E2", "two")
    found.extend([one, two, one])
    found.extend([two])
    assert found.diagnostics == [one, two]


def test_a_full_collector_suggests_equal_names_only() -> None:
    """Comparing names takes time: it is not spent on diagnostics that nobody sees."""
    found = DiagnosticCollector()
    assert found.suggest("lanch", ["Launch"]) == "Launch"
    for _ in range(MOST_SHOWN):
        found.add("E1", "wrong")
    assert found.is_full
    assert found.suggest("lanch", ["Launch"]) == ""
    assert found.suggest("LAUNCH", ["Launch"]) == "Launch"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("paris", "Europe/Paris"),
        ("New York", "America/New_York"),
        ("europe/berlin", "Europe/Berlin"),
        ("Europe/Pariss", "Europe/Paris"),
        ("Berlinn", "Europe/Berlin"),
        ("nowhere at all", ""),
    ],
)
def test_a_zone_is_suggested_alike_in_programs_and_tables(written: str, meant: str) -> None:
    """A city alone, other capitals, a slip: a program and a table of contacts suggest the same zone."""
    import pandas as pd

    assert suggest_path(written, zone_names(), STRICT) == meant
    program = f'workspace\n  timezone "{written}"\n\nflow "F"\n  when member joins program\n  then send chat "Hi"'
    (of_program,) = (one for one in flowdsl.check(program) if one.code == "E402")
    assert [fix.text for fix in of_program.fixes] == ([f'"{meant}"'] if meant else [])
    people = pd.DataFrame({"id": ["ann"], "timezone": [written]})
    with pytest.raises(DataError) as caught:
        flowdsl.simulate('when member joins program then send chat "Hi"', people, start="2026-01-05", days=1)
    (of_table,) = caught.value.diagnostics
    assert (f'did you mean "{meant}"?' in of_table.reason) == bool(meant)


def test_several_suggestions_come_closest_first() -> None:
    """Where more than one name may be meant, the closest is the first; `suggest` gives that one."""
    known = ["Spring sale", "Spring sales", "Summer"]
    assert suggestions("Sprng sales", known, 2) == ["Spring sales", "Spring sale"]
    assert suggest("Sprng sales", known) == "Spring sales"
    assert suggestions("summer", known, 2) == ["Summer"]


def test_names_are_compared_in_one_place() -> None:
    """`difflib.get_close_matches` is called by the suggestions alone, so that every face suggests alike."""
    root = Path(flowdsl.__file__).parent
    users = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and any(one.name == "get_close_matches" for one in node.names)
    }
    assert users == {"diagnostics/suggest.py"}
