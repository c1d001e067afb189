"""Commands that write or delete: old files or new files, never neither, and nothing that belongs to somebody else."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import flowdsl
from flowdsl import RunError
from flowdsl.atomic_files import fresh, sweep, write_text
from flowdsl.cli.commands import app

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
    people = pd.DataFrame({"contact": [f"c{number}" for number in range(6)]})
    people[:3].to_parquet("people/a.parquet")
    people[3:].to_parquet("people/b.parquet")
    people[:3].assign(time="2026-01-05", event="joins program").to_parquet("joins.parquet")
    Path("hello.flow").write_text(HELLO)
    Path("letters/bye.flow").write_text(BYE)
    Path("neighbour/runs/logs.txt").write_text("precious")
    return place


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
    *((os, name) for name in ("replace", "rename", "link", "mkdir", "unlink", "chmod")),
    *((Path, name) for name in ("write_text", "write_bytes")),
    (pq, "write_table"),
    (pd.DataFrame, "to_csv"),
)


class Failing:
    """Lets the n-th of all calls that change the disk fail, before or after it has done its work."""

    def __init__(self, at: int, error: Callable[[], BaseException], after: bool) -> None:
        self.at, self.error, self.after = at, error, after
        self.calls, self.failed = 0, ""

    @contextmanager
    def on(self) -> Iterator[None]:
        """While this lasts calls are counted."""
        with pytest.MonkeyPatch.context() as patch:
            for owner, name in PLACES:
                patch.setattr(owner, name, self._wrapped(getattr(owner, name), name))
            yield

    def _wrapped(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:
            self.calls += 1
            fails = self.calls == self.at
            self.failed = name if fails else self.failed
            if fails and not self.after:
                raise self.error()
            found = call(*args, **options)
            if fails:
                raise self.error()
            return found

        return wrapped


def full() -> OSError:
    """The disk is full; the system does not say which file it was about."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


COMMANDS = [
    (*IN_PARTS, "--contacts", "people/a*.parquet", "--out", "out", "--records", "sends"),
    (*AT_ONCE, "--out", ".", "--records", "sends"),
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
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: f"{words[0]} {words[1]}")
def test_old_files_or_new_files_whatever_fails(folder: Path, monkeypatch: pytest.MonkeyPatch, words: Any) -> None:
    """Every write, rename and removal of a command fails in turn: all files are as before, or all are new."""
    if words[0] == "simulate":
        Path("hello.flow").write_text(HELLO.replace("Hi", "Another text"))
        assert run(*words).exit_code == 0
        Path("hello.flow").write_text(HELLO)
    if words[0] in ("export", "who"):
        Path(words[-1]).write_text("old")
    old = tree(folder)

    def in_copy(name: str, failing: Failing) -> tuple[Path, Any]:
        place = copytree(folder, folder.parent / name)
        monkeypatch.chdir(place)
        with failing.on():
            return place, run(*words)

    smooth = Failing(0, full, False)
    place, found = in_copy("smooth", smooth)
    assert found.exit_code == 0, found.output
    new = tree(place)
    assert new != old
    assert smooth.calls
    for at in range(1, smooth.calls + 1):
        for error, after in ((full, False), (KeyboardInterrupt, True)):
            failing = Failing(at, error, after)
            place, found = in_copy(f"{at}-{error.__name__}-{after}", failing)
            told = (at, failing.failed, error.__name__, after, found.output)
            assert tree(place) in (old, new), told
            assert found.exit_code in (0, 1, 130), told
            assert found.exception is None or isinstance(found.exception, SystemExit), told
            if error is full and failing.failed not in ("unlink", "link", "mkdir") and found.exit_code:
                assert "E710" in found.output, told
            if error is full and failing.failed != "unlink":
                assert not left(place), told


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_the_file_is_named_when_it_cannot_be_written(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """The error names the file that was to be written, not a temporary one, though the system names none."""

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "write_text", fail)
    found = run("export", "hello.flow", "-o", "plan.json")
    assert (found.exit_code, "E710" in found.stderr, "plan.json" in found.stderr) == (1, True, True)
    assert os.strerror(code) in found.stderr


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
