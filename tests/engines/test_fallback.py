"""Where Numba is installed but does not work, `auto` runs on SimPy with one warning, and `fast` says what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from shells import run, shell
from typer.testing import CliRunner

import flowdsl
from flowdsl import FlowWarning, simulate
from flowdsl.cli.commands import app
from flowdsl.diagnostics import diagnostic
from flowdsl.sim import engine_selection
from flowdsl.sim.fast import compile as compiling

HELLO = "when member joins program then send chat"
ROOT = Path(flowdsl.__file__).parent.parent

# Does everything that may use compiled code, on few rows, and prints what a user would see of it.
SCRIPT = """
import json, sys, tempfile, warnings
import pandas as pd
import flowdsl
from flowdsl.tables import lookup
from flowdsl.tables.arrays import Texts
from flowdsl.sim import engine_selection

engine_selection.LARGE = lookup.MANY = 1
people = pd.DataFrame({"contact": [f"c{n}" for n in range(30)]})
joins = people.assign(time="2026-01-05", event="joins program")
hello = "when member joins program then send chat"
asked = {"events": joins, "days": 2}
text = hello + chr(10) + "scenario" + chr(10) + "  assume contact joins program 0.5 per contact per day"
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    found = [flowdsl.simulate(hello, people, **asked) for _ in range(2)]
    with tempfile.TemporaryDirectory() as out:
        found.append(flowdsl.simulate(hello, people, out=out, **asked))
        rows = [one.sends.astype(str).to_csv() for one in found]
    forecast = flowdsl.forecast(text, people, start="2026-01-05", days=2, replications=19)
try:
    flowdsl.simulate(hello, people, engine="fast", **asked)
    fast = None
except flowdsl.RunError as error:
    fast = [error.diagnostics[0].code, error.diagnostics[0].message, error.diagnostics[0].example]
print(json.dumps({
    "engines": [one.engine for one in (*found, forecast)],
    "rows": len(set(rows)),
    "sent": len(found[0].sends),
    "told": [[one.category.__name__, str(one.message), one.filename] for one in told],
    "fast": fast,
    "places": lookup.places(Texts.of(["a", "b"]), Texts.of(["b", "z"]).arrow()).tolist(),
}))
"""
BREAK = {
    "numba cannot be imported": ("numba", 'raise ImportError("Numba needs NumPy 2.0 or less. Got NumPy 2.4.")'),
    "llvmlite does not fit": ("llvmlite", 'raise OSError("Could not find/load shared object file libllvmlite.so")'),
    "numba has other insides": ("numba", "from types import SimpleNamespace\nconfig = SimpleNamespace(DISABLE_JIT=0)"),
}


def live(folder: Path, code: str = SCRIPT, **env: str) -> dict[str, Any]:
    """What the script prints, in a process whose packages in this folder come first."""
    path = os.pathsep.join([str(folder), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path, **env},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def runs_on_simpy(found: dict[str, Any], reason: str, repair: str) -> None:
    assert found["engines"] == ["simpy"] * 4
    assert (found["rows"], found["sent"]) == (1, 30)
    ((category, message, file),) = found["told"]
    assert (category, file) == ("FlowWarning", "<string>")  # the user's own line
    assert message.startswith("W703: ")
    code, said, example = found["fast"]
    assert code == "E761"
    assert 'pip install --upgrade "flowdsl[fast]"' in example
    for text in (message, said):
        assert reason in text
        assert repair in text
    assert found["places"] == [1, -1]


@pytest.mark.parametrize("how", BREAK)
def test_a_numba_that_does_not_work_is_warned_of_once_and_simpy_runs(how: str, tmp_path: Path) -> None:
    """Simulations, parts, forecasts and look-ups of ids go on; the warning says why, and what to install."""
    package, code = BREAK[how]
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text(f"{code}\n", encoding="utf-8")
    reason = code.partition('"')[2].partition('"')[0] or "ImportError: cannot import name"
    runs_on_simpy(live(tmp_path), reason, 'pip install --upgrade "flowdsl[fast]"')


def test_a_numba_that_is_switched_off_runs_the_compiled_engine_as_python(tmp_path: Path) -> None:
    """With NUMBA_DISABLE_JIT=1, `fast` runs its own code as Python; `auto` takes SimPy, which is faster then."""
    found = live(tmp_path, NUMBA_DISABLE_JIT="1")
    assert (found["engines"], found["told"]) == (["simpy"] * 4, [])
    assert (found["fast"], found["sent"]) == (None, 30)


def test_whatever_goes_wrong_while_compiling_simpy_runs(tmp_path: Path) -> None:
    """An error from the depths of the compiler is told with its first line."""
    broken = (
        "from numba.core.dispatcher import Dispatcher\n"
        "def fail(self, signature):\n"
        "    raise KeyError('no such symbol')\n"
        "Dispatcher.compile = fail\n"
    )
    runs_on_simpy(live(tmp_path, broken + SCRIPT), "KeyError: 'no such symbol'", "pip install --upgrade")


def test_a_missing_numba_is_a_choice_and_no_warning(tmp_path: Path) -> None:
    """Who installs FlowDSL without the extra gets SimPy, and is not told so at every large simulation."""
    found = live(tmp_path, "import sys; sys.modules['numba'] = None\n" + SCRIPT)
    assert (found["engines"], found["told"], found["sent"]) == (["simpy"] * 4, [], 30)
    assert found["fast"][0] == "E720"


# --- how the warning looks --------------------------------------------------------------------------------------------


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Numba that does not work, and a process that has not been told so."""
    monkeypatch.setattr(engine_selection, "LARGE", 1)
    monkeypatch.setattr(engine_selection, "obstacle", lambda: "Numba 0.1 does not work (KeyError).")
    diagnostic.warn.cache_clear()
    yield
    diagnostic.warn.cache_clear()


def tables(folder: Path) -> None:
    people = pd.DataFrame({"contact": ["a", "b"]})
    people.to_csv(folder / "people.csv", index=False)
    people.assign(time="2026-01-05", event="joins program").to_csv(folder / "joins.csv", index=False)
    (folder / "hello.flow").write_text(HELLO, encoding="utf-8")


@pytest.mark.usefixtures("broken")
def test_who_does_not_want_the_warning_filters_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a FlowWarning: it may be ignored, or be made an error."""
    tables(tmp_path)
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(FlowWarning, match=r"W703: .*KeyError"):
            simulate(HELLO, "people.csv", events="joins.csv")
        warnings.simplefilter("ignore", FlowWarning)
        assert simulate(HELLO, "people.csv", events="joins.csv").engine == "simpy"


@pytest.mark.usefixtures("broken")
@pytest.mark.filterwarnings("default")
def test_the_command_line_says_one_plain_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard error, so that JSON on standard output stays JSON."""
    tables(tmp_path)
    monkeypatch.chdir(tmp_path)
    asked = ["simulate", "hello.flow", "--contacts", "people.csv", "--events", "joins.csv", "--format", "json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["ok"]
    assert done.stderr.splitlines() == [
        "warning W703: the compiled engine cannot be used, so SimPy runs this: slower, with the same rows."
        " Numba 0.1 does not work (KeyError)."
    ]


@pytest.mark.usefixtures("broken")
@pytest.mark.filterwarnings("default")
def test_a_notebook_says_one_plain_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the file, line and class that Python puts around a warning; other warnings are as ever."""
    tables(tmp_path)
    monkeypatch.chdir(tmp_path)
    others = list[str]()
    monkeypatch.setattr(warnings, "showwarning", lambda message, *about, **more: others.append(str(message)))
    before = warnings.showwarning
    with shell(tmp_path) as one:
        cell = f"import flowdsl, warnings; _ = flowdsl.simulate({HELLO!r}, 'people.csv', events='joins.csv')"
        assert run(one, cell).text.startswith("warning W703: the compiled engine cannot be used")
        assert run(one, cell).text == ""
        run(one, "warnings.warn('other')")
    assert others == ["other"]
    assert warnings.showwarning is before


# --- what Numba keeps -------------------------------------------------------------------------------------------------


class Kept:
    """An interpreter as Numba makes one, which fails to be loaded or kept."""

    def __init__(self, folder: Path, error: Exception | None, overloads: tuple[Any, ...] = ()) -> None:
        self.stats, self.error, self.overloads = SimpleNamespace(cache_path=str(folder)), error, overloads

    def compile(self, signature: Any) -> None:
        if self.error:
            raise self.error


def test_damaged_files_of_an_earlier_process_are_removed_and_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file cut short by a full disk or a kill does not keep the compiled engine away for ever."""
    file = tmp_path / f"entry.interpreter.locals.walk-9.py{sys.version_info.major}{sys.version_info.minor}.1.nbc"
    file.touch()
    made = iter([Kept(tmp_path, EOFError("ran out of input")), good := Kept(tmp_path, None)])
    monkeypatch.setattr(compiling, "_interpreter", cache(lambda: next(made)))
    assert compiling._loaded_or_compiled() is good
    assert not file.exists()


def test_what_is_wrong_without_any_kept_file_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then compiling itself has failed, and doing it again would not help."""
    monkeypatch.setattr(compiling, "_interpreter", cache(lambda: Kept(tmp_path, KeyError("no such symbol"))))
    with pytest.raises(KeyError, match="no such symbol"):
        compiling._loaded_or_compiled()


def test_a_full_disk_is_survived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compiled and cannot be kept is used, and compiled again by the next process."""
    full = Kept(tmp_path, OSError(28, "No space left on device"), (compiling.ARGUMENTS,))
    monkeypatch.setattr(compiling, "_interpreter", cache(lambda: full))
    assert compiling._loaded_or_compiled() is full
