"""Every public verb with values that nobody should give: a diagnostic of this package with its code, or it works."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import flowdsl
from flowdsl import FlowError, ProgramError, RunError, teach, workspace
from flowdsl.diagnostics.input_checks import half_character

HELLO = "when member joins program then send chat"
PEOPLE = pd.DataFrame({"contact": ["ann"]})
JOINS = pd.DataFrame({"time": ["2026-01-05"], "contact": ["ann"], "event": ["joins program"]})
WHEN: dict[str, Any] = {"start": "2026-01-05", "days": 2}
FEW: dict[str, Any] = {**WHEN, "replications": 19}

ODD: dict[str, Any] = {
    "nothing": None,
    "a number": 3,
    "a decimal number": 1.5,
    "not a number": float("nan"),
    "yes": True,
    "bytes": HELLO.encode(),
    "a path": Path("hello.flow"),
    "the name of a file": "hello.flow",
    "a folder": "empty",
    "a device": "/dev/null",
    "an empty path": Path(""),
    "an empty text": "",
    "a list": [1],
    "an empty list": [],
    "a tuple": (),
    "a dict": {"a": 1},
    "an empty dict": {},
    "a set": {1},
    "an object": object(),
    "a function": len,
    "a class": int,
    "a module": random,
    "a table": PEOPLE,
    "a moment": pd.Timestamp("2026-01-05"),
    "half of a character": 'when member joins program then send chat "\ud800"',
    "half of a character as a path": Path("\ud800"),
    "half of a character as a program file": "\ud800.flow",
    "half of a character as a table file": "\ud800.csv",
    "half of a character as a plan file": "\ud800.json",
    "a very long text": "x" * 5000,
    "a very long path": Path("x" * 5000),
    "a very long program file": "x" * 5000 + ".flow",
    "a very long table file": "x" * 5000 + ".csv",
    "a NUL": "a\0b",
    "a NUL in a path": Path("a\0b"),
    "a NUL in a program file": "a\0b.flow",
    "a NUL in a table file": "a\0b.parquet",
    "many parentheses": "(" * 3000,
}

VERBS: dict[str, Callable[[Any], Any]] = {
    "parse": flowdsl.parse,
    "load": flowdsl.load,
    "check": flowdsl.check,
    "check, contacts": lambda odd: flowdsl.check(HELLO, odd),
    "format": flowdsl.format,
    "dump": flowdsl.dump,
    "load_plan": flowdsl.load_plan,
    "Scenario": flowdsl.Scenario,
    "simulate": lambda odd: flowdsl.simulate(odd, PEOPLE, events=JOINS, days=2),
    "simulate, contacts": lambda odd: flowdsl.simulate(HELLO, odd, events=JOINS, days=2),
    "simulate, events": lambda odd: flowdsl.simulate(HELLO, PEOPLE, events=odd, **WHEN),
    "simulate, objects": lambda odd: flowdsl.simulate(HELLO, PEOPLE, objects=odd, **WHEN),
    "simulate, catalogue": lambda odd: flowdsl.simulate(HELLO, PEOPLE, catalogue=odd, **WHEN),
    "simulate, scenario": lambda odd: flowdsl.simulate(HELLO, PEOPLE, scenario=odd, **WHEN),
    "simulate, start": lambda odd: flowdsl.simulate(HELLO, PEOPLE, start=odd, days=2),
    "simulate, days": lambda odd: flowdsl.simulate(HELLO, PEOPLE, start="2026-01-05", days=odd),
    "simulate, until": lambda odd: flowdsl.simulate(HELLO, PEOPLE, start="2026-01-05", until=odd),
    "simulate, warm_from": lambda odd: flowdsl.simulate(HELLO, PEOPLE, warm_from=odd, **WHEN),
    "simulate, seed": lambda odd: flowdsl.simulate(HELLO, PEOPLE, seed=odd, **WHEN),
    "simulate, replication": lambda odd: flowdsl.simulate(HELLO, PEOPLE, replication=odd, **WHEN),
    "simulate, engine": lambda odd: flowdsl.simulate(HELLO, PEOPLE, engine=odd, **WHEN),
    "simulate, records": lambda odd: flowdsl.simulate(HELLO, PEOPLE, records=odd, **WHEN),
    "simulate, backend": lambda odd: flowdsl.simulate(HELLO, PEOPLE, backend=odd, **WHEN),
    "who_would_enter": lambda odd: flowdsl.who_would_enter(odd, PEOPLE, at="2026-01-05"),
    "who_would_enter, contacts": lambda odd: flowdsl.who_would_enter(HELLO, odd, at="2026-01-05"),
    "who_would_enter, at": lambda odd: flowdsl.who_would_enter(HELLO, PEOPLE, at=odd),
    "who_would_enter, flow": lambda odd: flowdsl.who_would_enter(HELLO, PEOPLE, at="2026-01-05", flow=odd),
    "forecast": lambda odd: flowdsl.forecast(odd, PEOPLE, **FEW),
    "forecast, contacts": lambda odd: flowdsl.forecast(HELLO, odd, **FEW),
    "forecast, by": lambda odd: flowdsl.forecast(HELLO, PEOPLE, by=odd, **FEW),
    "forecast, level": lambda odd: flowdsl.forecast(HELLO, PEOPLE, level=odd, **FEW),
    "forecast, every": lambda odd: flowdsl.forecast(HELLO, PEOPLE, every=odd, **FEW),
    "forecast, prices": lambda odd: flowdsl.forecast(HELLO, PEOPLE, prices=odd, **FEW),
    "forecast, method": lambda odd: flowdsl.forecast(HELLO, PEOPLE, method=odd, **FEW),
    "forecast, replications": lambda odd: flowdsl.forecast(HELLO, PEOPLE, replications=odd, **WHEN),
    "compare": lambda odd: flowdsl.compare(odd, PEOPLE, **FEW),
    "compare, a program": lambda odd: flowdsl.compare({"a": odd, "b": HELLO}, PEOPLE, **FEW),
    "sweep": lambda odd: flowdsl.sweep(odd, {"pause": ["1 day"]}, PEOPLE, **FEW),
    "sweep, values": lambda odd: flowdsl.sweep(HELLO, odd, PEOPLE, **FEW),
    "fit": flowdsl.fit,
    "fit, contacts": lambda odd: flowdsl.fit(JOINS, odd),
    "fit, program": lambda odd: flowdsl.fit(JOINS, PEOPLE, odd),
    "fit, since": lambda odd: flowdsl.fit(JOINS, PEOPLE, since=odd),
    "fit, segments": lambda odd: flowdsl.fit(JOINS, PEOPLE, segments=odd),
    "fit, level": lambda odd: flowdsl.fit(JOINS, PEOPLE, level=odd),
    "backtest": lambda odd: flowdsl.backtest(
        odd, PEOPLE, JOINS, train=("2026-01-05", "2026-01-06"), test=("2026-01-06", "2026-01-07")
    ),
    "backtest, train": lambda odd: flowdsl.backtest(HELLO, PEOPLE, JOINS, train=odd, test=("2026-01-06", "2026-01-07")),
    "explore": lambda odd: flowdsl.explore(odd, PEOPLE),
    "teach.check": lambda odd: teach.check(odd, HELLO),
    "teach.check, wanted": lambda odd: teach.check(HELLO, odd),
    "workspace.listing": workspace.listing,
    "workspace.new": workspace.new,
    "workspace.new, to": lambda odd: workspace.new("New", to=odd),
    "workspace.activate": workspace.activate,
    "workspace.pause": workspace.pause,
    "workspace.duplicate": lambda odd: workspace.duplicate(odd, "Copy"),
    "workspace.duplicate, name": lambda odd: workspace.duplicate("hello.flow", odd),
    "workspace.move": lambda odd: workspace.move(odd, "sub"),
    "workspace.move, to": lambda odd: workspace.move("hello.flow", odd),
    "Scenario, a line": lambda odd: flowdsl.Scenario("S").rate(odd, 1).program(),
    "results.story": lambda odd: lived().story(odd),
    "results.plot": lambda odd: lived().plot(odd),
    "results.funnel": lambda odd: lived().funnel(odd),
    "results.timeline": lambda odd: lived().timeline(odd),
    "results.diagram": lambda odd: lived().diagram(odd),
    "results.to_dir": lambda odd: lived().to_dir(odd),
}


def lived() -> flowdsl.Results:
    return flowdsl.simulate(HELLO, PEOPLE, events=JOINS, days=2)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program, where everything happens."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hello.flow").write_text(HELLO, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize("verb", VERBS)
def test_no_value_ends_in_a_traceback_of_python(verb: str) -> None:
    """Whoever calls a verb with something odd reads a code and a reason that can be printed and written to a file."""
    assert {name: found for name, odd in ODD.items() if (found := wrong_with(VERBS[verb], odd))} == {}


def wrong_with(verb: Callable[[Any], Any], odd: Any) -> str:
    """What a user would complain of; "" where there is nothing."""
    try:
        verb(odd)
    except FlowError as error:
        is_told = bool(error.diagnostics) and all(one.code and one.message for one in error.diagnostics)
        return "" if is_told and half_character(str(error)) < 0 else f"says {error!s}"
    except Exception as error:
        return f"raises {error!r}"
    return ""


def test_odd_values_leave_nothing_in_the_folder(folder: Path) -> None:
    """A folder for results that cannot be is refused before anything is written."""
    for odd in (3, b"out", "", "a\0b", "x" * 5000, "\ud800", len):
        with pytest.raises(RunError, match="E707"):
            flowdsl.simulate(HELLO, PEOPLE, events=JOINS, days=2, out=odd)  # type: ignore[arg-type]
    assert sorted(path.name for path in folder.iterdir()) == ["empty", "hello.flow"]


@pytest.mark.parametrize(
    ("verb", "odd", "code", "says"),
    [
        (flowdsl.parse, None, "E709", "NoneType is not a program"),
        (flowdsl.parse, b"when", "E709", "bytes is not a program"),
        (flowdsl.parse, Path("hello.flow"), "E709", "PosixPath is not a program"),
        (flowdsl.check, 3, "E709", "int is not a program"),
        (
            flowdsl.parse,
            'when member joins program\nthen send chat "a\ud800"',
            "E123",
            "program:2:18",
        ),
        (flowdsl.load, None, "E701", "NoneType is no path"),
        (flowdsl.load, "", "E701", "the path is empty"),
        (flowdsl.load, "x" * 5000 + ".flow", "E701", "the path is too long"),
        (flowdsl.load, "a\0b.flow", "E701", "embedded null byte"),
        (flowdsl.load, "missing.flow", "E701", "there is no such file"),
        (flowdsl.load_plan, None, "E605", "a plan is an object, not null"),
        (flowdsl.load_plan, "a\0b.json", "E601", "null byte"),
    ],
    ids=lambda value: str(value)[:20].encode("ascii", "ignore").decode().replace("\0", "0"),
)
def test_the_reason_is_the_one_that_helps(verb: Callable[[Any], Any], odd: Any, code: str, says: str) -> None:
    """The message says what was given, or where in it the diagnostic is."""
    with pytest.raises(FlowError, match=says) as told:
        verb(odd)
    assert told.value.diagnostics[0].code.startswith(code)


@contextmanager
def somebody() -> Iterator[None]:
    """For a while the process has no more rights than any user; root may open everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("locked", ["flows", "flows/inner", "flows/inner/two.flow"])
def test_a_folder_that_may_not_be_read_is_a_diagnostic_and_no_smaller_program(folder: Path, locked: str) -> None:
    """Flows in a locked folder belong to the program: it is refused, not read in part."""
    inner = folder / "flows" / "inner"
    inner.mkdir(parents=True)
    for name in ("flows/one.flow", "flows/inner/two.flow"):
        (folder / name).write_text(f'flow "{name}"\n  {HELLO}\n', encoding="utf-8")
    folder.chmod(0o755)
    (folder / locked).chmod(0o000)
    try:
        with somebody(), pytest.raises(ProgramError, match="Permission denied") as told:
            flowdsl.load("flows")
        assert [(one.code, one.place) for one in told.value.diagnostics] == [("E701", locked)]
    finally:
        (folder / locked).chmod(0o755)
    assert len(flowdsl.load("flows").declarations) == 2
