"""The command line: exit codes, streams, JSON for machines, and no traceback for a person's mistake."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import flowdsl
from flowdsl.cli.commands import app

HELLO = 'when member joins program unless has membership wait 3 days then send chat "Hello"\n'
NEAT = 'when member joins program\nunless has membership\nwait 3 days\nthen send chat "Hello"\n'
WRONG = "when member joins program\nunles has membership\nthen send chat\n"
COMMANDS = ("check", "fmt", "explain", "export", "simulate", "story", "demo")
COMMANDS += ("list", "new", "activate", "pause", "duplicate", "move", "delete")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program, contacts and events, where every command of these tests runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "hello.flow").write_text(HELLO)
    (tmp_path / "wrong.flow").write_text(WRONG)
    (tmp_path / "contacts.csv").write_text("contact,membership\nann,\nbob,Gold\n")
    (tmp_path / "events.csv").write_text(
        "time,contact,event\n2026-01-05 09:00,ann,joins program\n2026-01-05 09:00,bob,joins program\n"
    )
    return tmp_path


def run(*words: str, stdin: str | bytes = "") -> Any:
    """A command run in this process; only wrong input may end it early."""
    result = CliRunner().invoke(app, list(words), input=stdin, prog_name="flowdsl")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


TABLES = ("--contacts", "contacts.csv", "--events", "events.csv")


# --- exit codes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["check", "hello.flow"], 0),
        (["check", "wrong.flow"], 1),
        (["check", "missing.flow"], 1),
        (["check", "hello.flow", "--contacts", "missing.csv"], 1),
        (["check"], 2),
        (["chek", "hello.flow"], 2),
        (["check", "hello.flow", "--format", "xml"], 2),
        (["explain", "E303"], 0),
        (["explain", "E999"], 2),
        (["fmt", "broken.json"], 1),
        (["fmt", "--check", "hello.flow"], 1),
        (["export", "hello.flow"], 0),
        (["export", "wrong.flow"], 1),
        (["export", "hello.flow", "-o", "no/such/folder/plan.json"], 1),
        (["simulate", "hello.flow", *TABLES], 0),
        (["simulate", "hello.flow"], 2),
        (["simulate", "hello.flow", *TABLES, "--days", "few"], 2),
        (["simulate", "hello.flow", *TABLES, "--days", "-1"], 1),
        (["simulate", "hello.flow", *TABLES, "--tables", "xlsx"], 2),
        (["simulate", "hello.flow", *TABLES, "--scenario", "Spring"], 1),
        (["simulate", "wrong.flow", *TABLES], 1),
        (["simulate", "hello.flow", "--contacts", "hello.flow", "--days", "3"], 1),
        (["simulate", "broken.json", *TABLES], 1),
        (["story", "hello.flow", *TABLES, "--contact", "ann"], 0),
        (["story", "hello.flow", *TABLES, "--contact", "eve"], 1),
        (["story", "hello.flow", *TABLES], 2),
        (["--version"], 0),
        (["--help"], 0),
    ],
)
def test_exit_codes(words: list[str], code: int, folder: Path) -> None:
    """0 all is well, 1 the program or its data is wrong, 2 the command was not used as it should be."""
    (folder / "broken.json").write_text('{"flows": ')
    assert run(*words).exit_code == code


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """--help of each command says what it is for in one sentence."""
    assert ". " in run(command, "--help").output.replace("\n", " ")


def test_the_version_is_the_package_s() -> None:
    """--version says which one."""
    assert run("--version").output == f"flowdsl {flowdsl.__version__}\n"


# --- errors -----------------------------------------------------------------------------------------------------------


def test_diagnostics_show_place_mark_and_way_out() -> None:
    """A person sees the line, a mark below the words, and what was probably meant."""
    result = run("check", "wrong.flow")
    assert "--> wrong.flow:2:1" in result.stdout
    assert " 2 | unles has membership\n   | ^^^^^\n" in result.stdout
    assert "did you mean `unless`?" in result.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["export", "wrong.flow"],
        ["simulate", "wrong.flow", *TABLES],
        ["story", "hello.flow", *TABLES, "--contact", "eve"],
        ["simulate", "hello.flow", "--contacts", "missing.csv"],
    ],
)
def test_what_could_not_be_made_leaves_stdout_empty(words: list[str]) -> None:
    """Diagnostics go to standard error, so that a pipe never swallows them as if they were the result."""
    result = run(*words)
    assert result.stdout == ""
    assert "error E" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["check", "wrong.flow"],
        ["simulate", "wrong.flow", *TABLES],
        ["simulate", "hello.flow", "--contacts", "missing.csv"],
        ["story", "hello.flow", *TABLES, "--contact", "eve"],
    ],
)
def test_diagnostics_for_machines(words: list[str]) -> None:
    """--format json gives one document with every diagnostic, its place and its fixes."""
    result = run(*words, "--format", "json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document["ok"] is False
    assert all(diagnostic["code"] and diagnostic["message"] for diagnostic in document["diagnostics"])


def test_fixes_for_machines_can_be_applied(folder: Path) -> None:
    """An editor that puts the text of a fix between its two places gets a sound program."""
    diagnostic = json.loads(run("check", "wrong.flow", "--format", "json").stdout)["diagnostics"][0]
    fix = diagnostic["fixes"][0]
    text = WRONG[: fix["span"]["start"]] + fix["text"] + WRONG[fix["span"]["end"] :]
    assert (diagnostic["span"]["line"], diagnostic["span"]["column"]) == (2, 1)
    (folder / "wrong.flow").write_text(text)
    assert json.loads(run("check", "wrong.flow", "--format", "json").stdout) == {"ok": True, "diagnostics": []}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("latin.flow", 'flow "Café"'.encode("latin-1")),
        ("zeros.flow", b"\x00" * 1000),
        ("picture.flow", bytes(range(256)) * 40),
        ("empty.flow", b""),
        ("blank.flow", b"\n\n   \n"),
        ("deep.flow", b"when " + b"(" * 5000),
        ("quote.flow", b'flow "' + b"x" * 100_000),
        ("terminal.flow", b'flow "\x1b[2J\x1b]0;gone\x07" when \xe2\x80\xae member'),
    ],
)
def test_any_file_ends_well(name: str, content: bytes, folder: Path) -> None:
    """Whatever a file holds, each command ends with 0 or 1 and with text that cannot steer a terminal."""
    (folder / name).write_bytes(content)
    for words in (["check", name], ["fmt", "--check", name], ["export", name], ["simulate", name, *TABLES]):
        result = run(*words)
        assert result.exit_code in (0, 1)
        assert not set(result.output) & {"\x1b", "\x07", "\x00", "\u202e"}


def test_folders_without_programs_and_folders_as_tables_are_told(folder: Path) -> None:
    """A folder where a file must stand, and one without programs, are diagnostics."""
    (folder / "empty").mkdir()
    assert "no file that ends in .flow" in run("check", "empty").stderr
    assert run("simulate", "hello.flow", "--contacts", "empty").exit_code == 1
    assert run("export", "hello.flow", "-o", "empty").exit_code == 1
    assert run("simulate", "hello.flow", *TABLES, "--out", "contacts.csv").exit_code == 1


def test_a_megabyte_of_noise_is_checked(folder: Path) -> None:
    """A large file that is no program gives at most a hundred diagnostics."""
    noise = " ".join(f'w{i * 7919 % 1000} "x{i}" ( {i}% unless' for i in range(40_000))[:1_000_000]
    (folder / "noise.flow").write_text(noise)
    result = run("check", "noise.flow", "--format", "json")
    assert result.exit_code == 1
    assert 0 < len(json.loads(result.stdout)["diagnostics"]) <= 100


# --- the formatter ----------------------------------------------------------------------------------------------------


def test_fmt_rewrites_files_once(folder: Path) -> None:
    """A file gets the one style, keeps its rights, and is left alone the second time."""
    file = folder / "hello.flow"
    file.chmod(0o640)
    assert "hello.flow formatted" in run("fmt", "hello.flow").stderr
    assert file.read_text() == NEAT
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    before = file.stat().st_mtime_ns
    assert "nothing to format" in run("fmt", "hello.flow").stderr
    assert file.stat().st_mtime_ns == before
    assert run("fmt", "--check", "hello.flow").exit_code == 0


def test_fmt_check_and_diff_change_nothing(folder: Path) -> None:
    """--check says what would change by its exit code, --diff shows it."""
    assert run("fmt", "--check", "hello.flow").exit_code == 1
    shown = run("fmt", "--diff", "hello.flow")
    assert shown.exit_code == 0
    assert "-when member joins program unless" in shown.stdout
    assert "+wait 3 days\n" in shown.stdout
    assert (folder / "hello.flow").read_text() == HELLO


def test_fmt_keeps_windows_line_ends(folder: Path) -> None:
    """A file with CRLF has them afterwards, too."""
    (folder / "hello.flow").write_bytes(b"\xef\xbb\xbf" + HELLO.replace(" wait", "\r\nwait").encode())
    run("fmt", "hello.flow")
    assert (folder / "hello.flow").read_bytes() == NEAT.replace("\n", "\r\n").encode()


def test_fmt_reads_from_a_pipe_and_takes_folders(folder: Path) -> None:
    """`-` goes from standard input to standard output; of a folder every file is formatted on its own."""
    assert run("fmt", "-", stdin=HELLO).stdout == NEAT
    (folder / "many").mkdir()
    for name in ("a", "b"):
        (folder / "many" / f"{name}.flow").write_text(HELLO)
    assert run("fmt", "many").exit_code == 0
    assert {file.read_text() for file in (folder / "many").iterdir()} == {NEAT}


def test_fmt_writes_nothing_when_any_file_is_wrong(folder: Path) -> None:
    """One file with a diagnostic of grammar keeps all from being rewritten, so that a run is whole or not at all."""
    (folder / "bad.flow").write_text("when\nthen then\n")
    assert run("fmt", "hello.flow", "bad.flow").exit_code == 1
    assert (folder / "hello.flow").read_text() == HELLO


# --- simulating -------------------------------------------------------------------------------------------------------


def test_simulate_counts_and_writes_tables(folder: Path) -> None:
    """The counts are printed, and the four tables are written as CSV or Parquet."""
    result = run("simulate", "hello.flow", *TABLES, "--days", "7", "--out", "csv")
    assert "hello        1        0          1" in result.stdout
    assert pd.read_csv(folder / "csv" / "sends.csv")["contact"].tolist() == ["ann"]
    run("simulate", "hello.flow", *TABLES, "--days", "7", "--out", "parquet", "--tables", "parquet")
    assert pd.read_parquet(folder / "parquet" / "runs.parquet")["status"].tolist() == ["completed", "declined"]


def test_simulate_for_machines() -> None:
    """--format json gives the counts as one document."""
    document = json.loads(run("simulate", "hello.flow", *TABLES, "--days", "7", "--format", "json").stdout)
    assert document["ok"] is True
    assert document["flows"][0]["completed"] == 1
    assert document["declined"] == [{"flow": "hello", "reason": "unless", "declined": 1}]
    assert document["start"] == "2026-01-05T00:00:00+00:00"


def test_simulate_tells_how_far_runs_came() -> None:
    """--funnel adds the steps to the counts, for people and for machines."""
    asked = ["simulate", "hello.flow", *TABLES, "--days", "7", "--funnel"]
    assert "hello: 1 entered, 1 declined (1 unless)" in run(*asked).stdout
    funnel = json.loads(run(*asked, "--format", "json").stdout)["funnel"]
    assert [step["reached"] for step in funnel["steps"]] == [1] * len(funnel["steps"])
    assert {step["done"] for step in funnel["steps"]} == {1, None}


def test_a_plan_file_is_simulated_like_its_program() -> None:
    """What export writes, simulate and story take."""
    assert run("export", "hello.flow", "-o", "plan.json").stdout == ""
    for command in (["simulate"], ["story", "--contact", "ann"]):
        from_text, from_plan = (
            run(*command, program, *TABLES, "--days", "7") for program in ("hello.flow", "plan.json")
        )
        assert from_text.stdout == from_plan.stdout != ""
    assert json.loads(run("export", "hello.flow").stdout)["schema_version"] == 1


def test_a_program_from_a_pipe() -> None:
    """`-` reads the program from standard input."""
    assert run("check", "-", stdin=HELLO).exit_code == 0
    assert "--> stdin:2:1" in run("check", "-", stdin=WRONG).stdout
    assert "Hello" in run("story", "-", *TABLES, "--days", "7", "--contact", "ann", stdin=HELLO).stdout


def test_story_tells_one_contact_with_lines() -> None:
    """Each sentence of a story names the line of the program that it came from."""
    told = run("story", "hello.flow", *TABLES, "--days", "7", "--contact", "ann").stdout
    assert 'sent chat "Hello"' in told
    assert "(hello.flow:1)" in told
    records = json.loads(
        run("story", "hello.flow", *TABLES, "--days", "7", "--contact", "bob", "--format", "json").stdout
    )["records"]
    assert [record["status"] for record in records if record["kind"] == "run"] == ["declined"]


def test_the_demo_tells_the_same_every_time() -> None:
    """The demonstration is a program without diagnostics, with counts and a story, the same on every run."""
    first, second = run("demo").stdout, run("demo").stdout
    assert first == second
    assert "converted" in first
    assert "left at once: goal reached" in first


# --- terminals and pipes ----------------------------------------------------------------------------------------------


def on_terminal(words: Sequence[str], **environment: str) -> str:
    """What a command writes when its output is a terminal."""
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    command = [sys.executable, "-m", "flowdsl", *words]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env={**clean, "TERM": "xterm", **environment})
    os.close(theirs)
    told = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that nobody writes any more
            break
        if not piece:
            break
        told += piece
    process.wait()
    os.close(ours)
    return told.decode()


def test_colours_show_on_terminals_only() -> None:
    """A terminal gets colours unless NO_COLOR says not; a pipe never does."""
    assert "\x1b[1;31merror" in on_terminal(["check", "wrong.flow"])
    assert "\x1b" not in on_terminal(["check", "wrong.flow"], NO_COLOR="1")
    piped = subprocess.run([sys.executable, "-m", "flowdsl", "check", "wrong.flow"], capture_output=True, check=False)
    assert b"\x1b" not in piped.stdout
    assert piped.returncode == 1


def test_a_reader_who_has_had_enough_is_no_diagnostic() -> None:
    """`flowdsl … | head -1` ends without a complaint."""
    command = f"{sys.executable} -m flowdsl export hello.flow | head -1"
    ran = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("{\n", "")


def test_checking_on_the_command_line_loads_nothing_heavy() -> None:
    """`flowdsl check` opens neither tables nor engines nor rich."""
    script = (
        "import sys; sys.argv = ['flowdsl', 'check', 'hello.flow']\n"
        "from flowdsl.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*(m for m in ('pandas', 'numpy', 'simpy', 'lark', 'rich', 'scipy', 'pydantic')"
        " if m in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "hello.flow: no errors\n\n"


# --- stopping ---------------------------------------------------------------------------------------------------------

MANY = 150_000  # contacts; far longer than the wait for the first sign of life


def stopped(words: Sequence[str], sign: Path | None, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command that gets a real SIGINT: as soon as files appear in a folder, or once contacts are being simulated."""
    command = [sys.executable, "-m", "flowdsl", *words]
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # where tests run in the background it is ignored
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed
    )
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if sign is None or (sign.is_dir() and any(sign.iterdir())):
            break
        time.sleep(0.01)
    if sign is None:
        time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.fixture
def many(folder: Path) -> Path:
    """A folder whose simulation takes long."""
    (folder / "contacts.csv").write_text("contact,membership\n" + "".join(f"c{n},\n" for n in range(MANY)))
    rows = "".join(f"2026-01-05 09:00,c{n},joins program\n" for n in range(MANY))
    (folder / "events.csv").write_text("time,contact,event\n" + rows)
    return folder


def test_ctrl_c_stops_a_simulation_at_once(many: Path) -> None:
    """A stopped simulation says so, without a traceback, with 130, and writes nothing."""
    done = stopped(["simulate", "hello.flow", *TABLES, "--days", "90", "--engine", "simpy", "--out", "out"], None, many)
    assert done.returncode == 130
    assert done.stderr.strip() == "stopped before the end: no file is half-written"
    assert done.stdout == ""
    assert not (many / "out").exists()


def test_ctrl_c_stops_compiled_code_too(many: Path) -> None:
    """Threads of compiled code stop after the contact they have at hand, long before their thousands."""
    (many / "busy.flow").write_text("""
when contact visits page every 9th time then send chat
scenario
  assume contact visits page 9 per contact per day
""")
    asked = ["--contacts", "contacts.csv", "--start", "2026-01-01", "--days", "9999", "--records", "counts"]
    done = stopped(["simulate", "busy.flow", *asked, "--engine", "fast", "--out", "out"], None, many)
    assert done.returncode == 130
    assert done.stderr.strip().endswith("stopped before the end: no file is half-written")
    assert not (many / "out").exists()


def test_ctrl_c_while_tables_are_written_leaves_the_old_ones(many: Path) -> None:
    """Stopped in the middle of writing, what was there before is there still, and nothing half-written beside it."""
    (many / "contacts.csv").write_text("contact,membership\n" + "".join(f"c{n},\n" for n in range(4_000)))
    (many / "out").mkdir()
    rows = "".join(f"2026-01-05 09:00,c{n % 4000},joins program\n" for n in range(40_000))
    (many / "events.csv").write_text("time,contact,event\n" + rows)
    done = stopped(["simulate", "hello.flow", *TABLES, "--days", "90", "--out", "out"], many / "out", many)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert list((many / "out").iterdir()) == []


def test_a_bar_tells_contacts_rate_and_time_left(many: Path) -> None:
    """On a terminal a long simulation shows how many contacts are done, how fast, and how long it will take."""
    (many / "contacts.csv").write_text("contact,membership\n" + "".join(f"c{n},\n" for n in range(60_000)))
    rows = "".join(f"2026-01-05 09:00,c{n},joins program\n" for n in range(60_000))
    (many / "events.csv").write_text("time,contact,event\n" + rows)
    asked = ["simulate", "hello.flow", *TABLES, "--days", "7", "--engine", "simpy"]  # the other one needs no bar
    told = on_terminal(asked, COLUMNS="120", NO_COLOR="1")
    assert " of 60,000 contacts, " in told
    assert " a second, " in told
    assert " s left" in told


def test_simulate_keeps_as_much_as_it_is_told(folder: Path) -> None:
    """--records counts prints the same and writes counts; --records sends writes sends and runs; others are refused."""
    asked = ["simulate", "hello.flow", *TABLES, "--days", "7"]
    assert run(*asked, "--records", "counts").stdout == run(*asked).stdout == run(*asked, "--records", "sends").stdout
    run(*asked, "--records", "counts", "--out", "counts")
    assert sorted(file.name for file in (folder / "counts").glob("*.csv")) == ["counts.csv", "steps.csv", "why.csv"]
    run(*asked, "--records", "sends", "--out", "sends")
    assert sorted(file.name for file in (folder / "sends").glob("*.csv")) == ["runs.csv", "sends.csv"]
    assert 'records must be "full", "sends", "counts", not' in run(*asked, "--records", "few").stderr


def test_contacts_in_parts(folder: Path) -> None:
    """A pattern of Parquet files is simulated in parts, with the counts and tables of all at once."""
    (folder / "people").mkdir()
    whole = pd.read_csv("contacts.csv")
    for row in range(len(whole)):
        whole.iloc[row : row + 1].to_parquet(folder / "people" / f"{row}.parquet")
    pd.read_csv("events.csv").to_parquet("events.parquet")
    asked = ["--contacts", "people/*.parquet", "--events", "events.parquet", "--days", "7"]
    assert run("simulate", "hello.flow", *asked, "--records", "counts").stdout == (
        run("simulate", "hello.flow", *TABLES, "--days", "7").stdout
    )
    assert "hello        1" in run("simulate", "hello.flow", *asked, "--out", "out", "--funnel").stdout
    assert pd.read_parquet(folder / "out" / "sends")["contact"].tolist() == ["ann"]
    assert "nothing says where" in run("simulate", "hello.flow", *asked).stderr


def test_ctrl_c_in_parts_leaves_the_folder_as_it_was(many: Path) -> None:
    """Stopped in the middle of a part, what was in the folder is there still, and nothing besides."""
    pd.read_csv(many / "contacts.csv").to_parquet(many / "contacts.parquet")
    pd.read_csv(many / "events.csv").to_parquet(many / "events.parquet")
    (many / "out").mkdir()
    words = ["--contacts", "contacts.parquet", "--events", "events.parquet", "--days", "90", "--engine", "simpy"]
    pattern = [word.replace("contacts.parquet", "contacts*.parquet") for word in words]
    done = stopped(["simulate", "hello.flow", *pattern, "--out", "out"], many / "out", many)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert list((many / "out").iterdir()) == []


def test_warm_compiles_once_and_says_where_it_is_kept(tmp_path: Path) -> None:
    """A second process has nothing to compile; for machines there is one JSON document."""
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "flowdsl", "warm"]
    first = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"ready after \d+\.\d s; kept in .*\n", first.stdout)
    assert "compiles its fast engine" in first.stderr
    again = subprocess.run([*command, "--format", "json"], env=env, capture_output=True, text=True, check=True)
    found = json.loads(again.stdout)
    assert again.stderr == ""
    assert found["ok"]
    assert Path(found["folder"]).is_relative_to(tmp_path)
