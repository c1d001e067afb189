"""Commands that write or delete: old files or new files, never neither, and nothing that belongs to somebody else."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

import flowdsl
from flowdsl import RunError
from flowdsl.api import pipeline
from flowdsl.atomic_files import fresh, sweep, write_text
from flowdsl.cli.commands import app
from flowdsl.display import report
from flowdsl.display.plots.style import Picture
from flowdsl.notebook.kernel.session import Session

HELLO = 'flow "Hello"\n  when member joins program\n  then send email "Hi"\n'
BYE = """\
flow "Bye"
    when member leaves program
  then send email "Bye"

flow "Late" paused when member joins program wait 1 day
"""
CONTACTS = "people/*.parquet"
TOLD = ("--events", "joins.parquet", "--days", "7", "--engine", "simpy")
IN_PARTS = ("simulate", "hello.flow", "--contacts", CONTACTS, *TOLD)
AT_ONCE = ("simulate", "hello.flow", "--contacts", "people/a.parquet", *TOLD)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of two files, tables, results of earlier simulations, and files of somebody else."""
    place = tmp_path / "start"
    (place / "people").mkdir(parents=True)
    (place / "letters").mkdir()
    (place / "neighbour" / "runs").mkdir(parents=True)
    monkeypatch.chdir(place)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a disk may take long
    people = pd.DataFrame({"contact": [f"c{number}" for number in range(6)]})
    people[:3].to_parquet("people/a.parquet")
    people[3:].to_parquet("people/b.parquet")
    people[:3].assign(time="2026-01-05", event="joins program").to_parquet("joins.parquet")
    Path("hello.flow").write_text(HELLO)
    Path("letters/bye.flow").write_text(BYE)
    Path("neighbour/runs/logs.txt").write_text("precious")
    return place


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """What verbs give, made once, so that only the writing is done again and again."""
    people = pd.DataFrame({"contact": ["c1", "c2"]})
    joins = people.assign(time="2026-01-05", event="joins program")
    given: dict[str, Any] = {"contacts": people, "events": joins, "days": 7, "engine": "simpy"}
    found = {records: flowdsl.simulate(HELLO, records=records, **given) for records in ("sends", "counts")}
    return {**found, "forecast": flowdsl.forecast(HELLO, replications=19, **given)}


def run(*words: str) -> Any:
    """A command run in this process."""
    return CliRunner().invoke(app, list(words))


def tree(place: Path) -> dict[str, bytes]:
    """Every file of a folder with what it holds; without what a process leaves over that could not clean up."""
    files = (path for path in place.rglob("*") if path.is_file() and ".flowdsl-" not in str(path))
    return {str(path.relative_to(place)): path.read_bytes() for path in files}


def left(place: Path) -> list[str]:
    """What has been left over."""
    return [path.name for path in place.rglob(".flowdsl-*")]


# --- only what is ours ------------------------------------------------------------------------------------------------


def test_folders_with_the_names_of_tables_are_kept(folder: Path) -> None:
    """Somebody's own runs/ and records/ stay as they are; the simulation is refused before it runs."""
    Path("runs").mkdir()
    Path("records").mkdir()
    Path("runs/logs.txt").write_text("precious")
    before = tree(folder)
    found = run(*IN_PARTS, "--out", ".")
    assert (found.exit_code, found.stderr.count("error E731")) == (1, 2)
    assert tree(folder) == before
    assert Path("records").is_dir()


@pytest.mark.parametrize("change", ["another file", "another size", "a link", "no list"])
def test_results_that_somebody_changed_are_kept(folder: Path, change: str) -> None:
    """What was added to results, written over, linked or made by a version without a list is not replaced."""
    assert run(*IN_PARTS, "--out", "out").exit_code == 0
    assert run(*IN_PARTS, "--out", "out", "--records", "sends").exit_code == 0, "our own are replaced"
    assert sorted(path.name for path in Path("out").iterdir()) == [".flowdsl.json", "runs", "sends", "tally.json"]
    if change == "another file":
        Path("out/runs/logs.txt").write_text("precious")
    if change == "another size":
        Path("out/tally.json").write_text("precious")
    if change == "a link":
        Path("out/runs").rename("elsewhere")
        Path("out/runs").symlink_to(folder / "elsewhere")
    if change == "no list":
        Path("out/.flowdsl.json").unlink()
    before = tree(folder)
    found = run(*IN_PARTS, "--out", "out")
    assert (found.exit_code, "E731" in found.stderr) == (1, True)
    assert tree(folder) == before


@pytest.mark.parametrize(
    "words", [AT_ONCE, (*AT_ONCE, "--records", "counts"), ("forecast", *AT_ONCE[1:], "--replications", "19")]
)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_tables_replace_earlier_tables_only(folder: Path, words: tuple[str, ...], kind: str) -> None:
    """Tables of the same name that FlowDSL has not written, or somebody has edited, are refused before a run."""
    words = (*words, "--out", "out", "--tables", kind)
    assert run(*words).exit_code == 0
    assert run(*words).exit_code == 0, "our own are replaced"
    names = sorted(path.name for path in Path("out").glob(f"*.{kind}"))
    assert len(names) >= 2
    Path("out", "notes.txt").write_text("precious")
    for name in names:
        kept = Path("out", name).read_bytes()
        Path("out", name).write_text("precious")
        before = tree(folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pipeline, "simulate", None)
            patch.setattr(flowdsl, "forecast", None)
            found = run(*words)
        assert (found.exit_code, found.stderr.count("error E731"), name in found.stderr) == (1, 1, True)
        assert tree(folder) == before
        Path("out", name).write_bytes(kept)
    assert run(*words).exit_code == 0


def test_results_of_several_kinds_share_a_folder(folder: Path) -> None:
    """Tables as CSV, as Parquet, of a forecast and in parts stand side by side; each is replaced by its kind."""
    several = [
        (*AT_ONCE, "--out", "out"),
        (*AT_ONCE, "--out", "out", "--tables", "parquet"),
        ("forecast", *AT_ONCE[1:], "--out", "out", "--replications", "19"),
        (*IN_PARTS, "--out", "out"),
    ]
    for _ in range(2):
        for words in several:
            found = run(*words)
            assert found.exit_code == 0, found.output
    assert {"sends.csv", "sends.parquet", "totals.csv", "sends", "tally.json"} <= {
        file.name for file in Path("out").iterdir()
    }


def test_to_dir_refuses_as_the_command_does(folder: Path) -> None:
    """`to_dir` replaces no table that it has not written."""
    results = flowdsl.simulate(HELLO, "people/a.parquet", events="joins.parquet", days=7, engine="simpy")
    Path("sends.csv").write_text("precious")
    before = tree(folder)
    with pytest.raises(RunError, match="E731"):
        results.to_dir(".")
    assert tree(folder) == before
    results.to_dir("out")
    results.to_dir("out")


def test_a_template_is_read_too(folder: Path) -> None:
    """No command writes over a template of the program."""
    Path("letter.html").write_text("<p>Hi {first_name}</p>")
    Path("hello.flow").write_text(f'{HELLO}email "Hi"\n  subject "Hi"\n  template "letter.html"\n')
    before = tree(folder)
    for words in (
        ("preview", "hello.flow", "Hi", "--contact", "c1", "--contacts", "people/a.parquet", "--html", "letter.html"),
        ("export", "hello.flow", "-o", "letter.html"),
        ("forecast", *AT_ONCE[1:], "--report", "letter.html"),
    ):
        found = run(*words)
        assert (found.exit_code, "E732" in found.stderr) == (1, True), found.output
    assert tree(folder) == before


@pytest.mark.parametrize(
    ("words", "setup"),
    [
        (("simulate", "hello.flow", "--contacts", "runs.csv", *TOLD, "--out", "."), "runs.csv"),
        (("simulate", "hello.flow", "--contacts", "here/runs.csv", *TOLD, "--out", "."), "link"),
        (("simulate", "hello.flow", "--contacts", "other.csv", *TOLD, "--out", "."), "hard link"),
        (("simulate", "hello.flow", "--contacts", "people", *TOLD, "--out", "people/results"), ""),
        (("forecast", "hello.flow", "--contacts", "totals.csv", *TOLD, "--out", "."), "totals.csv"),
        (("forecast", "hello.flow", "--contacts", "people/a.parquet", *TOLD, "--report", "hello.flow"), ""),
        (("export", "hello.flow", "-o", "hello.flow"), ""),
        (("export", ".", "-o", "letters/bye.flow"), ""),
        (("who", "hello.flow", "--contacts", "runs.csv", "--at", "2026-01-05", "--out", "runs.csv"), "runs.csv"),
        (
            ("preview", "hello.flow", "Hi", "--contact", "c1", "--contacts", "runs.csv", "--html", "runs.csv"),
            "runs.csv",
        ),
    ],
)
def test_no_command_writes_over_what_it_reads(folder: Path, words: tuple[str, ...], setup: str) -> None:
    """Tables and programs that a command reads are no place for its results, whatever name or link leads there."""
    table = pd.DataFrame({"contact": [f"c{number}" for number in range(6)]})
    if setup:
        table.to_csv(setup if setup.endswith(".csv") else "runs.csv", index=False)
    if setup == "link":
        Path("here").symlink_to(folder)
    if setup == "hard link":
        os.link("runs.csv", "other.csv")
    before = tree(folder)
    found = run(*words)
    assert (found.exit_code, "E732" in found.stderr) == (1, True), found.output
    assert tree(folder) == before


def test_the_function_refuses_as_the_command_does(folder: Path) -> None:
    """`simulate(out=)` never replaces the files of its input."""
    (folder / "runs").mkdir()
    (folder / "people" / "a.parquet").rename(folder / "runs" / "part-000000.parquet")
    with pytest.raises(RunError, match="E732"):
        flowdsl.simulate(HELLO, "runs/*.parquet", events="joins.parquet", days=7, out=".")


@pytest.mark.parametrize("words", [("delete", "LINK", "--yes"), ("move", "LINK", "neighbour"), ("delete", "LINK")])
def test_what_is_behind_a_link_stays(folder: Path, words: tuple[str, ...]) -> None:
    """A link is neither deleted nor moved, and nor is what it leads to."""
    Path("LINK").symlink_to(folder / "letters")
    before = tree(folder)
    found = run(*words)
    assert (found.exit_code, "E907" in found.stderr) == (1, True)
    assert tree(folder) == before
    assert Path("LINK").is_symlink()


# --- whatever fails ---------------------------------------------------------------------------------------------------

PLACES: tuple[tuple[Any, str], ...] = (
    *((os, name) for name in ("replace", "rename", "link", "mkdir", "unlink", "rmdir", "chmod", "fsync")),
    *((Path, name) for name in ("write_text", "write_bytes")),
    *((pd.DataFrame, name) for name in ("to_csv", "to_parquet")),
    (shutil, "rmtree"),
    (pq, "write_table"),
    (Figure, "savefig"),
)
WRITE = ("write_text", "write_bytes", "to_csv", "to_parquet", "write_table", "savefig")
QUIET = ("unlink", "link", "mkdir", "rmdir", "rmtree", "fsync")  # failures of these need not stop a command
WAYS = ("fails", "fails half-way", "is interrupted before", "is interrupted after")


class Failing:
    """Lets the n-th of all calls that change the disk fail in some way."""

    def __init__(self, at: int = 0, way: str = "") -> None:
        self.at, self.way = at, way
        self.calls: list[str] = []

    @contextmanager
    def on(self) -> Iterator[None]:
        """While this lasts calls are counted."""
        with pytest.MonkeyPatch.context() as patch:
            for owner, name in PLACES:
                patch.setattr(owner, name, self._wrapped(getattr(owner, name), name))
            yield

    def _wrapped(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:
            self.calls.append(name)
            if len(self.calls) != self.at:
                return call(*args, **options)
            if self.way == "fails half-way":
                half = (args[0], args[1][: len(args[1]) // 2]) if name in ("write_text", "write_bytes") else args
                call(*half, **options)
            if self.way == "is interrupted after":
                call(*args, **options)
            raise full() if self.way.startswith("fails") else KeyboardInterrupt

        return wrapped


def full() -> OSError:
    """The disk is full; the system does not say which file it was about."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def is_whole(
    found: dict[str, bytes], old: dict[str, bytes], new: dict[str, bytes], together: Callable[[str], str]
) -> bool:
    """Whether files that change together are all as before, or all new."""
    groups: dict[str, list[str]] = {}
    for name in {**old, **new, **found}:
        groups.setdefault(together(name), []).append(name)
    return all(
        any(all(found.get(name) == then.get(name) for name in names) for then in (old, new))
        for names in groups.values()
    )


def whatever_fails(folder: Path, act: Callable[[], Any], together: Callable[[str], str] = lambda _: "all") -> None:
    """Does the same in a copy of a folder again and again, and lets each call that changes the disk fail in turn.

    together   which files change together: those of the same name that it gives
    """
    old = tree(folder)

    def in_copy(name: str, failing: Failing) -> tuple[Path, Any]:
        place = copytree(folder, folder.parent / name)
        with pytest.MonkeyPatch.context() as patch, failing.on():
            patch.chdir(place)
            return place, act()

    smooth = Failing()
    place, found = in_copy("smooth", smooth)
    assert found.exit_code == 0, found.output
    new = tree(place)
    assert new != old
    assert smooth.calls
    for at, call in enumerate(smooth.calls, 1):
        for way in WAYS:
            if way == "fails half-way" and call not in WRITE:
                continue
            failing = Failing(at, way)
            place, found = in_copy(f"{at} {way}", failing)
            told = (at, call, way, found.output)
            assert is_whole(tree(place), old, new, together), told
            assert found.exit_code in (0, 1, 130), told
            assert found.exception is None or isinstance(found.exception, SystemExit), told
            if way.startswith("fails"):
                assert call in QUIET or (found.exit_code, "E710" in found.output) == (1, True), told
                assert ".flowdsl-" not in found.output, told
                assert call in ("unlink", "rmtree", "rmdir") or not left(place), told
            shutil.rmtree(place)


COMMANDS = [
    (*IN_PARTS, "--contacts", "people/a*.parquet", "--out", "out", "--records", "sends"),
    (*AT_ONCE, "--out", "out", "--records", "sends"),
    (*AT_ONCE, "--out", "out", "--records", "counts", "--tables", "parquet"),
    (
        "forecast",
        "hello.flow",
        "--contacts",
        "people/a.parquet",
        "--out",
        "out",
        "--plot",
        "a.png",
        "--report",
        "a.html",
    ),
    ("fmt", "letters/bye.flow"),
    ("activate", ".", "--contacts", "people/a.parquet"),
    ("pause", "."),
    ("new", "Fresh", "--to", "new"),
    ("duplicate", "letters", "--as", "copy"),
    ("move", "Late", "new"),
    ("move", "letters", "new"),
    ("delete", "Hello", "Late", "--yes"),
    ("export", "hello.flow", "-o", "plan.json"),
    ("who", "hello.flow", "--contacts", "people/a.parquet", "--at", "2026-01-05", "--out", "who.csv"),
    ("preview", "hello.flow", "Hi", "--contact", "c1", "--contacts", "people/a.parquet", "--html", "hi.html"),
    ("kernel", "install", "--prefix", "jupyter"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: f"{words[0]} {words[1]}")
def test_old_files_or_new_files_whatever_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, made: dict[str, Any], words: Any
) -> None:
    """Every write, rename and removal of a command fails in turn: all files are as before, or all are new."""
    monkeypatch.setattr(flowdsl, "forecast", lambda *_, **__: made["forecast"])
    monkeypatch.setattr(report, "document", lambda *_: "page")
    monkeypatch.setattr(type(made["forecast"]), "plot", lambda _: Picture((1, 1)))
    if words[0] == "simulate":
        Path("hello.flow").write_text(HELLO.replace("Hi", "Another text"))
        assert run(*words).exit_code == 0
        Path("hello.flow").write_text(HELLO)
    for name in ("plan.json", "who.csv", "hi.html", "a.png", "a.html"):
        Path(name).write_text("old")
    if words[:4] == AT_ONCE[:4]:
        monkeypatch.setattr(pipeline, "simulate", lambda *_, **options: made[options["records"]])
    whatever_fails(folder, lambda: run(*words), own_outputs if words[0] == "forecast" else lambda _: "all")


def own_outputs(name: str) -> str:
    """A forecast writes tables, a picture and a page: three outputs, each of them whole."""
    return name if name in ("a.png", "a.html") else "tables"


@pytest.mark.parametrize(
    "name", ["to_dir csv", "to_dir parquet", "svg", "png", "picture", "tally", "a table of a cell"]
)
def test_functions_write_old_files_or_new_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch, made: dict[str, Any], name: str
) -> None:
    """What is written from Python is old or new, as it is from the command line."""
    sends, session = made["sends"], Session()
    monkeypatch.setattr(TemporaryDirectory, "__init__", lambda self, **_: setattr(self, "name", "cells"))
    monkeypatch.setattr(TemporaryDirectory, "cleanup", lambda self: None)
    acts: dict[str, Callable[[], object]] = {
        "to_dir csv": lambda: sends.to_dir("out"),
        "to_dir parquet": lambda: made["counts"].to_dir("out", "parquet"),
        "svg": lambda: sends.diagram().save("out/a.svg"),
        "png": lambda: sends.diagram().save("out/a.png"),
        "picture": lambda: Picture((1, 1)).savefig("out/a.pdf"),
        "tally": lambda: sends.tally.save("out/tally.json"),
        "a table of a cell": lambda: session.written("contacts", "contact"),
    }
    Path("out").mkdir()
    Path("cells").mkdir()
    for file in ("out/a.svg", "out/a.png", "out/a.pdf", "out/tally.json", "cells/contacts.csv"):
        Path(file).write_text("old")
    if name.startswith("to_dir"):
        Path("out/notes.txt").write_text("precious")

    def acted() -> Any:
        try:
            acts[name]()
        except OSError as error:
            return SimpleNamespace(exit_code=1, exception=None, output=f"E710 {error}")
        except KeyboardInterrupt:
            return SimpleNamespace(exit_code=130, exception=None, output="")
        return SimpleNamespace(exit_code=0, exception=None, output="")

    whatever_fails(folder, acted)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_the_file_is_named_when_it_cannot_be_written(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """The error names the file that was to be written, not a temporary one, though the system names none."""

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "write_text", fail)
    found = run("export", "hello.flow", "-o", "plan.json")
    assert (found.exit_code, "E710" in found.stderr, "plan.json" in found.stderr) == (1, True, True)
    assert os.strerror(code) in found.stderr


@pytest.mark.parametrize("place", ["hello.flow/plan.json", "x" * 300 + ".json", "people"])
def test_a_place_that_can_hold_no_file_is_named(folder: Path, place: str) -> None:
    """A file below a file, a name that is too long, and a folder: the error names what the user wrote."""
    before = tree(folder)
    found = run("export", "hello.flow", "-o", place)
    assert (found.exit_code, "error E7" in found.stderr, place[:50] in found.stderr) == (1, True, True), found.output
    assert tree(folder) == before


@pytest.mark.parametrize("words", [AT_ONCE, IN_PARTS, ("forecast", *AT_ONCE[1:])])
@pytest.mark.parametrize("place", ["hello.flow", "hello.flow/out", "x" * 300])
def test_a_folder_that_cannot_be_is_named(folder: Path, words: tuple[str, ...], place: str) -> None:
    """Results for a folder that cannot be made: a code and the place, and nothing is written."""
    before = tree(folder)
    found = run(*words, "--out", place)
    assert (found.exit_code, "error E7" in found.stderr, place[:50] in found.stderr) == (1, True, True), found.output
    assert tree(folder) == before


@pytest.mark.parametrize("words", [IN_PARTS, (*AT_ONCE, "--tables", "parquet")])
def test_errors_of_libraries_name_the_file(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    """Parquet files that cannot be written: libraries give no number and a temporary name; the user reads their own."""

    def fail(table: object, file: object, *_: object, **__: object) -> None:
        raise OSError(f"Failed to write '{file}': no space left on device")

    monkeypatch.setattr(pq, "write_table", fail)
    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    found = run(*words, "--out", "results")
    assert (found.exit_code, "E710" in found.stderr, "results" in found.stderr) == (1, True, True), found.output
    assert "no space left" in found.stderr
    assert ".flowdsl-" not in found.stderr


def test_changed_programs_are_on_the_disk_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new text is forced onto the disk before it takes its place; then the folder is, where systems can do this."""
    done: list[str] = []
    replace = os.replace
    monkeypatch.setattr(os, "fsync", lambda _: done.append("fsync"))
    monkeypatch.setattr(os, "replace", lambda *places: (done.append("replace"), replace(*places)))
    assert run("fmt", "letters/bye.flow").exit_code == 0
    assert done == ["fsync", "replace", *(["fsync"] if os.name == "posix" else [])]
    done.clear()
    assert run("export", "hello.flow", "-o", "plan.json").exit_code == 0
    assert done == ["replace"], "a plan can be made again"


# --- processes that are ended -----------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from flowdsl.atomic_files import exchange
calls = 0
def dying(call):
    def wrapped(*args, **options):
        global calls
        calls += 1
        if calls == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **options)
    return wrapped
for name in ("replace", "rename", "link", "unlink"):
    setattr(os, name, dying(getattr(os, name)))
exchange([(Path("work", name), Path(name)) for name in ("runs", "tally", "new")], [Path("sends")])
"""


TERMINATED = """
import sys, time
import pyarrow.parquet as pq
from flowdsl.cli import main
def slow(*args, **options):
    print("writing", flush=True)
    time.sleep(60)
pq.write_table = slow
main()
"""


if os.name == "posix":  # Windows knows neither signals nor numbers of processes that may be asked for

    def test_a_process_that_was_killed_leaves_old_or_new_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Killed at any moment: who writes there next finds all old files or all new ones, and nothing else."""
        new, old = (
            {"runs/a": b"new", "tally": b"new", "new": b"new"},
            {"runs/a": b"old", "tally": b"old", "sends/a": b"old"},
        )
        seen = set()
        for at in range(1, 40):
            place = folder.parent / str(at)
            for text, names in (
                ("new", ["work/runs/a", "work/tally", "work/new"]),
                ("old", ["runs/a", "tally", "sends/a"]),
            ):
                for name in names:
                    (place / name).parent.mkdir(parents=True, exist_ok=True)
                    (place / name).write_text(text)
            done = subprocess.run([sys.executable, "-c", KILLED, str(at)], cwd=place, check=False)
            sweep(place)
            files = {name: text for name, text in tree(place).items() if not name.startswith("work")}
            assert files in (old, new), (at, files)
            assert not left(place), at
            seen.add(files == new)
            if done.returncode == 0:
                break
            assert done.returncode == -signal.SIGKILL
        assert seen == {True, False}

    def test_only_what_is_over_is_swept(folder: Path) -> None:
        """What a live process, another machine or somebody else has made stays; what a dead process has left goes."""
        mine = fresh(folder)
        _, _, space, number = mine.name.replace(".", "").split("-")
        process = subprocess.Popen([sys.executable, "-c", ""])
        process.wait()
        dead = folder / f".flowdsl-{process.pid}-{space}-{number}"
        others = [mine, folder / f".flowdsl-{process.pid}-00000000-{number}", folder / ".flowdsl-notes"]
        for path in (dead, *others):
            path.write_text("something")
        write_text(folder / "plan.json", "{}")
        assert not dead.exists()
        assert all(path.exists() for path in others)

    def test_a_simulation_that_is_terminated_cleans_up(folder: Path) -> None:
        """SIGTERM is an interruption: exit code 143, old tables in place, nothing left over."""
        assert run(*IN_PARTS, "--out", "out").exit_code == 0
        before = tree(folder)
        command = [sys.executable, "-X", "utf8", "-c", TERMINATED, *IN_PARTS, "--out", "out", "--seed", "2"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "writing\n"
            process.terminate()
            _, told = process.communicate(timeout=60)
        assert (process.returncode, "stopped" in told) == (143, True), told
        assert tree(folder) == before
        assert not left(folder)
