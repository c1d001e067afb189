"""Values that users compare with texts are texts."""

from __future__ import annotations

import json
import pickle
from enum import Enum
from importlib import import_module
from pkgutil import walk_packages

import flowdsl
from flowdsl import Severity


def test_a_severity_equals_its_text() -> None:
    """`diagnostic.severity == "error"` is what everybody writes first; it holds, and so does the enum's own name."""
    diagnostics = flowdsl.check('when member joins program then send chat wait 3 days then go to "Start"')
    (diagnostic,) = [one for one in diagnostics if one.code == "E211"]
    assert diagnostic.severity == "error"
    assert diagnostic.severity == Severity.ERROR
    assert diagnostic.severity != "warning"
    assert Severity("warning") is Severity.WARNING
    assert {"error": 1}[diagnostic.severity] == 1


def test_a_severity_is_written_as_its_text_and_comes_back_as_it_was() -> None:
    """JSON, formatted texts and pickles hold what a reader expects."""
    assert json.dumps({"severity": Severity.ERROR}) == '{"severity": "error"}'
    assert f"{Severity.WARNING}" == str(Severity.WARNING) == "warning"
    assert repr(Severity.ERROR) == "<Severity.ERROR: 'error'>"
    assert pickle.loads(pickle.dumps(Severity.ERROR)) is Severity.ERROR


def test_every_enum_of_the_package_equals_its_text() -> None:
    """No other enum falls into the trap: all of them are texts."""
    skipped = ("flowdsl.__main__",)
    names = [each.name for each in walk_packages(flowdsl.__path__, "flowdsl.") if each.name not in skipped]
    enums = {
        value
        for name in names
        for value in vars(import_module(name)).values()
        if isinstance(value, type) and issubclass(value, Enum) and value.__module__.startswith("flowdsl")
    }
    assert Severity in enums
    assert [one for one in enums if not issubclass(one, str)] == []
