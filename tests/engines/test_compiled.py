"""The compiled engine has the same rows as the reference engine, bit for bit, or refuses; and `auto` takes either.

Compiling takes a while, once: the first test here waits for it, and for the other workers of a parallel run.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from _thread import interrupt_main
from collections.abc import Iterator
from pathlib import Path
from random import Random
from textwrap import dedent
from threading import Event, Timer
from time import sleep, time
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from lives import Row, on, table
from pandas.testing import assert_frame_equal
from programs_at_random import World, world_at_random, worlds
from straight_at_random import Straight, straight_at_random, straight_worlds

import flowdsl
from flowdsl import Results, simulate, workspace
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.sim import engine_selection
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.contact_process import make_context
from flowdsl.sim.fast import compile as compiling
from flowdsl.sim.fast import state, threads
from flowdsl.sim.fast.background import ANNOUNCED, Compilation
from flowdsl.sim.fast.singles import single_flow
from flowdsl.tables import Contacts, Tables

HERE = Path(__file__).parents[1]
EXAMPLES = HERE.parent / "examples"
GOOD = sorted((HERE / "programs" / "good").glob("*.log.csv"))
TEMPLATES = {template.name: template.folder for template in workspace.templates()}
SOUND = [path.parent for path in sorted(EXAMPLES.rglob("contacts.csv"))]
ENGINES = ("simpy", "fast")
TABLES = ("sends", "runs", "actions", "records")


@pytest.fixture(scope="session", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The interpreter, compiled by whichever worker comes first; the others wait for it and read it from disk."""
    everybody = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else None
    if everybody is None:
        yield
        return
    try:
        (everybody / "compiling").mkdir()
    except FileExistsError:
        while not (everybody / "compiled").exists():
            sleep(0.2)
    else:
        try:
            simulate("when member joins program then send chat", table([{"contact": "a"}]), **NEVER)
        finally:
            (everybody / "compiled").mkdir()
    yield


NEVER: dict[str, Any] = {"engine": "fast", "start": "2026-01-01", "days": 1}


def same(one: Results, other: Results) -> None:
    """Holds all tables of two results against each other, and the funnels."""
    for name in TABLES:
        assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True, obj=name)
    assert str(one.funnel()) == str(other.funnel())


def both(program: Any, contacts: Any, **options: Any) -> Results:
    """Simulates with both engines, which must agree, on rows and on counts; gives what the compiled one made."""
    program = dedent(program) if isinstance(program, str) else program
    fast = simulate(program, contacts, engine="fast", **options)
    plain = simulate(program, contacts, engine="simpy", **options)
    same(plain, fast)
    assert fast.engine == "fast"
    return fast


def singles(world: Straight) -> list[int]:
    """The flows of which some event begins a life that is taken the short way."""
    plan = flowdsl.load_plan(flowdsl.dump(world.program))
    config = SimulationConfig(plan, Tables(Contacts(())), 0, 0, 1, plan.world[0])
    stage = make_context(config)
    return [flow for event in stage.ready.triggers if (flow := single_flow(stage, 1, event)) >= 0]


def scenarios(program: Any) -> list[str]:
    """The names of a program's scenarios."""
    return [world.name for world in flowdsl.load_plan(flowdsl.dump(program)).world]


def both_in(world: World, **options: Any) -> Results:
    """The same for a world at random."""
    tables = {"events": table(world.events), "objects": table(world.objects)}
    return both(world.program, table(world.contacts), start="2026-01-01", days=60, **tables, **options)


# --- the same rows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", SOUND, ids=lambda folder: folder.name)
def test_examples_have_the_same_rows(folder: Path) -> None:
    """Every example, with its own contacts and events."""
    given_tables = {name: str(folder / f"{name}.csv") for name in ("events", "objects", "catalogue")}
    tables = {name: path for name, path in given_tables.items() if Path(path).exists()}
    program = flowdsl.load(folder)
    scenario = next(iter(scenarios(program)), None)
    span = {} if "events" in tables and scenario is None else {"start": "2026-01-05", "days": 40}
    for seed in (0, 7):
        both(program, str(folder / "contacts.csv"), scenario=scenario, seed=seed, **tables, **span)


@pytest.mark.parametrize("name", ["launch", "spring"])
def test_examples_in_python_have_the_same_rows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples that are scripts: both engines run what the script simulates."""
    monkeypatch.setattr("flowdsl.simulate", both, raising=False)
    made = runpy.run_path(str(EXAMPLES / name / f"{name}.py"))[name](size=60)
    assert len(made.sends) > 0


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_have_the_same_rows(name: str) -> None:
    """Every template of the library, by itself and in its scenario."""
    folder = TEMPLATES[name]
    tables = {"events": str(folder / "events.csv")}
    both(flowdsl.load(folder), str(folder / "contacts.csv"), **tables)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name.partition(".")[0])
def test_golden_programs_have_the_same_rows(path: Path) -> None:
    """Every golden program, with the contacts and events of that folder."""
    program = flowdsl.parse(path.with_name(path.name.replace(".log.csv", ".flow")).read_text(encoding="utf-8"))
    folder = HERE / "programs"
    for scenario in scenarios(program) or [None]:
        options = {"events": str(folder / "events.csv"), "scenario": scenario, "days": 120}
        both(program, str(folder / "contacts.csv"), **options)


@given(worlds())
@settings(max_examples=25)
def test_programs_at_random_have_the_same_rows(world: World) -> None:
    """Programs of the whole language with histories, objects, scenarios and a workspace, in several time zones."""
    both_in(world, seed=3, replication=1)


def test_what_happened_before_has_the_same_rows() -> None:
    """A warm-up, and events before it, which build state and start nothing."""
    for seed in range(8):
        both_in(world_at_random(seed), warm_from="2025-12-30", seed=seed)


@given(straight_worlds())
@settings(max_examples=25)
def test_straight_programs_at_random_have_the_same_rows_and_counts(world: Straight) -> None:
    """Many contacts with an event each, which are taken the short way wherever there is one."""
    tables = {"events": table(world.events), "start": "2026-01-01", "days": 30}
    both(world.program, table(world.contacts), **tables)
    counts = [simulate(world.program, table(world.contacts), engine=one, records="counts", **tables) for one in ENGINES]
    assert counts[0].tally == counts[1].tally


def test_the_short_way_is_taken_by_many_programs_and_left_by_others() -> None:
    """Else the test above were of no use: about a quarter of such programs have events that begin a short life."""
    found = [singles(straight_at_random(seed)) for seed in range(40)]
    assert 5 < sum(map(bool, found)) < 35


def test_an_answer_at_the_deadline_counts_on_the_short_way_too() -> None:
    """Opened exactly when the wait ends: it happened; a second later it did not."""
    program = """
    when member joins program
    then send email "A"
    wait until opened "A" for up to {wait}
    if it happened then send email "B" otherwise then send email "C" end
    scenario
      assume contact opens email "A" 100% after 2 hours
    """
    people = table([{"contact": f"c{n}"} for n in range(5)])
    joins = table([on("2026-01-05", "joins program", contact=f"c{n}") for n in range(5)])
    for wait, message in (("2 hours", "B"), ("1 hour 59 minutes", "C")):
        sends = both(program.format(wait=wait), people, events=joins, days=3).sends
        assert sends["message"].tolist() == ["A", message] * 5


def test_contacts_of_whom_there_is_nothing_to_tell_count_for_nothing_on_the_short_way() -> None:
    """Counts of a contact are not counted again for the next ones, who have no event."""
    people = table([{"contact": f"c{n}"} for n in range(5)])
    joins = table([on("2026-01-05", "joins program", contact="c1")])
    counts = simulate("when member joins program then send chat", people, events=joins, days=2, engine="fast",
                      records="counts")  # fmt: skip
    assert counts.daily()["sends"].sum() == 1


LIMITED = """
workspace
  capacity email 3 per hour
  capacity sms 10 per day
  {workspace}

flow "A"
  when contact joins program
  {clause}
  then send email "L"
  wait until opened "L" for up to 2 days
  then send sms "S"
  then send email "M" unless opened "L"

flow "B"
  when contact opens email "L"
  {clause}
  wait 1 day at 09:00
  then send sms "S"
  then send email "M"

scenario
  assume contact opens email 60% after 2 hours
  assume contact unsubscribes from sms 10% of opening it after 1 hour
  {line}
"""
CLAUSES = ("", "only between 22:00 and 06:00", 'unless opened "M"', "goal unsubscribes")
SPACES = ("", "cap 2 messages per contact every 2 days", "only on weekdays", "capacity chat 1 per day")
CHANGES = (
    "",
    'at day 3 pause flow "A" at day 5 resume flow "A"',
    'at day 4 deactivate flow "B" and cancel pending',
    'assume contact joins program "X" 0.2 per contact per day',
    "assume email bounces 10%",
)


@pytest.mark.parametrize("seed", range(12))
def test_contacts_that_meet_at_limited_channels_have_the_same_rows(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """First come first served over two channels that many want at whole hours; with room for little at first too."""
    random = Random(seed)
    if seed % 3 == 0:
        monkeypatch.setattr(state, "FIRST_GRANTS", 2)
        monkeypatch.setattr(state, "FIRST_SIZES", dict.fromkeys(state.FIRST_SIZES, 2))
        monkeypatch.setattr(threads, "CHUNK", 7)
    program = LIMITED.format(
        workspace=random.choice(SPACES), clause=random.choice(CLAUSES), line=random.choice(CHANGES)
    )
    people = table([{"contact": f"c{n}"} for n in range(60)])
    joins = [
        on(f"2026-01-{random.randint(5, 7):02} {random.randint(9, 11):02}:00", "joins program", "X", contact=f"c{n}")
        for n in range(60)
    ]
    options = {"events": table(joins), "start": "2026-01-05", "days": 20, "seed": seed}
    results = both(program, people, **options)
    assert results.sends["queued_s"].max() > 3600
    counts = [simulate(program, people, engine=one, records="counts", **options) for one in ENGINES]
    assert counts[0].tally == counts[1].tally


def test_what_is_too_small_is_made_larger_and_the_contact_lives_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for next to nothing at first, everything overflows sooner or later, and the rows are the same."""
    monkeypatch.setattr(state, "FIRST_SIZES", dict.fromkeys(state.FIRST_SIZES, 2))
    monkeypatch.setattr(state, "FIRST_SHAPES", 2)
    monkeypatch.setattr(state, "FIRST_ROWS", 2)
    for seed in range(8, 16):
        both_in(world_at_random(seed))


def test_states_grow_as_they_must() -> None:
    """A contact with hundreds of runs, objects, tags and answers under way has the same rows too."""
    program = """
    flow "A" when invoice is issued limit once per invoice every 90 days
      then send email "Bill"
      wait until invoice is paid for up to 30 days
      if it happened then add tag "good" otherwise then send sms "Late" end
    scenario
      assume contact opens email 50% within 3 days
      assume contact clicks email 50% of opening it within 3 days
    """
    issued = [on("2026-01-02 09:00", "invoice is issued", object_id=f"i{n}") for n in range(300)]
    paid = [on("2026-01-09 09:00", "invoice is paid", object_id=f"i{n}") for n in range(0, 300, 3)]
    people: list[Row] = [{"contact": "ann", "tags": ";".join(f"t{n}" for n in range(40))}]
    results = both(program, table(people), events=table([*issued, *paid]), start="2026-01-01", days=60)
    assert len(results.runs) == 300


def test_numbers_and_dates_of_every_kind_are_compared_alike() -> None:
    """Whole numbers, decimals, yes and no, dates, moments and texts, missing ones among them."""
    people = pd.DataFrame(
        {
            "contact": [f"c{n}" for n in range(6)],
            "whole": [1, 2, 3, 2**60, -5, 0],
            "some": pd.array([1, None, 3, 4, None, 6], dtype="Int64"),
            "part": [0.5, 2.5, float("nan"), 1e300, -0.0, 3.0],
            "yes": [True, False, True, False, True, False],
            "day": pd.to_datetime(["2026-01-05", None, "2025-01-01", "2026-02-28", "2027-01-01", "2026-01-06"]),
            "plan": ["pro", "free", None, "Pro", "pro", ""],
        }
    )
    tests = ("whole > 1.5", "some >= 3", "part < 2.5", "yes is yes", "day is within 30 days", 'plan is not "pro"')
    steps = "\n".join(f'if {test} then do "{n}" otherwise then do "not {n}" end' for n, test in enumerate(tests))
    events = table([on("2026-01-05 10:00", "joins program", "Yoga", contact=f"c{n}") for n in range(6)])
    results = both(f'flow "F" when member joins program {steps}', people, events=events, days=7)
    assert len(results.actions) == 36


@given(worlds())
@settings(max_examples=8)
def test_counts_and_fewer_rows_are_the_same(world: World) -> None:
    """What is kept of sends and runs alone, and what is only counted, is what the reference engine keeps and counts."""
    tables = {"events": table(world.events), "objects": table(world.objects), "start": "2026-01-03", "days": 40}
    for records in ("sends", "counts"):
        one, other = (
            simulate(world.program, table(world.contacts), engine=engine, records=records, **tables)
            for engine in ("simpy", "fast")
        )
        assert str(one.funnel()) == str(other.funnel())
        assert str(one.summary()) == str(other.summary())
        if records == "counts":
            assert one.kept == other.kept
        else:
            assert_frame_equal(one.sends, other.sends, check_exact=True)
            assert_frame_equal(one.runs, other.runs, check_exact=True)


# --- nothing depends on how the work is shared out --------------------------------------------------------------------


def test_threads_and_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread or three, chunks of two contacts or of all: the same rows in the same order."""
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(41)], "plan": ["pro", "free", None] * 13 + ["pro"] * 2})
    program = """
    flow "F" when "go" happens split 30% then send email "A" 70% then add tag "t" end wait 1 day then send email "B"
    scenario
      assume contact opens email 40% after about 4 hours
      assume contact visits page "P" 0.5 per contact per day
      assume 0.5 new contacts per day join program "Yoga" like the table
    """
    go = table([on("2026-01-02", "go", contact=f"c{n}") for n in range(0, 41, 2)])
    first = both(program, people, events=go, start="2026-01-01", days=20)
    for size, workers in ((2, 3), (7, 1), (1, 2)):
        monkeypatch.setattr(threads, "CHUNK", size)
        monkeypatch.setattr(threads, "THREADS", workers)
        same(first, simulate(dedent(program), people, events=go, start="2026-01-01", days=20, engine="fast"))


def test_one_contact_alone_lives_as_it_does_among_others() -> None:
    """The order of the table, and who else is in it, change nothing for a contact."""
    world = world_at_random(11)
    tables = {"events": table(world.events), "objects": table(world.objects), "start": "2026-01-01", "days": 60}
    people = table(world.contacts)
    every = simulate(world.program, people.iloc[::-1], engine="fast", **tables).records
    for contact in people["contact"]:
        rows = table([row for row in world.events if row["contact"] == contact])
        things = table([row for row in world.objects if row["contact"] == contact])
        own = {**tables, "events": rows, "objects": things if len(things) else None}
        alone = simulate(world.program, people[people["contact"] == contact], engine="fast", **own).records
        told = every[every["contact"] == contact].reset_index(drop=True)
        assert told.astype(str).equals(alone[alone["contact"] == contact].reset_index(drop=True).astype(str))


# --- which engine -----------------------------------------------------------------------------------------------------

HELLO = "when member joins program then send chat"


def some(count: int) -> dict[str, Any]:
    """So many contacts, each with an event."""
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(count)]})
    return {"contacts": people, "events": people.assign(time="2026-01-05", event="joins program"), "days": 2}


def test_auto_takes_simpy_for_what_is_small_and_compiled_code_for_what_is_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Results say which engine made them; how many things happen decides."""
    assert simulate(HELLO, **some(50)).engine == "simpy"
    monkeypatch.setattr(engine_selection, "LARGE", 80)
    small, large = simulate(HELLO, **some(30)), simulate(HELLO, **some(50))
    assert (small.engine, large.engine) == ("simpy", "fast")
    same(simulate(HELLO, **some(50), engine="simpy"), large)


def test_without_numba_everything_runs_and_fast_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` runs on SimPy then; `fast` names the extra."""
    monkeypatch.setattr(engine_selection, "has_numba", lambda: False)
    monkeypatch.setattr(engine_selection, "LARGE", 10)
    assert simulate(HELLO, **some(50)).engine == "simpy"
    with pytest.raises(RunError, match="E720") as told:
        simulate(HELLO, **some(50), engine="fast")
    assert 'pip install "flowdsl[fast]"' in str(told.value.diagnostics[0].example)


@pytest.mark.parametrize("order", ["<", "<=", ">", ">=", "is", "is not"])
def test_numbers_that_64_bits_do_not_hold_compare_as_they_are(order: str) -> None:
    """Whole numbers of a table may be as large as you like, next to smaller ones and to decimal numbers."""
    worth = [2**70, 2**70 + 1, -(2**70) - 1, 2**63, 2**63 + 1, -(2**63), 5, 999999999999999, 2.5, None, 10**400 + 1]
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(len(worth))], "worth": pd.Series(worth, dtype=object)})
    joins = table([on("2026-01-05", "joins program", contact=one) for one in people["contact"]])
    for bound in ("5", "2.5", "-3", "999999999999999"):
        program = f"""
        when member joins program where worth {order} {bound}
        then set worth to {bound}
        if worth {order} {bound} then send chat end
        """
        _compares(order, bound, worth, both(program, people, events=joins, days=2).runs)


def _compares(order: str, bound: str, worth: list[Any], runs: pd.DataFrame) -> None:
    said = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "is": "==", "is not": "!="}[order]
    wanted = [one is not None and eval(f"{one} {said} {bound}") for one in worth]
    assert (runs.drop_duplicates("contact")["status"] == "completed").tolist() == wanted


# --- compiled once ----------------------------------------------------------------------------------------------------

ALONE = """
import flowdsl, pandas
people = pandas.DataFrame({"contact": ["a"], "time": "2026-01-05", "event": "joins program"})
results = flowdsl.simulate("when member joins program then send chat", people[["contact"]], events=people, days=2,
                           engine="fast")
print(len(results.sends))
"""


def test_a_folder_that_cannot_be_written_to_is_survived() -> None:
    """Where Numba shall keep compiled code in no folder at all, it keeps it elsewhere, and nothing is said of it."""
    nowhere = {**os.environ, "NUMBA_CACHE_DIR": os.devnull + "/none"}
    done = subprocess.run([sys.executable, "-c", ALONE], env=nowhere, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
    assert done.stderr.strip() in ("", f"{ANNOUNCED}: about 10 seconds.")  # said where nothing has been compiled yet


def test_what_was_compiled_of_other_sources_goes(tmp_path: Path) -> None:
    """Older files of the interpreter are removed, for this Python only; those just written and others stay."""
    tag = f"py{sys.version_info.major}{sys.version_info.minor}"
    names = [f"entry.interpreter.locals.walk-9.{tag}.1.nbc", f"entry.interpreter.locals.walk-9.{tag}.nbi"]
    others = ["entry.interpreter.locals.walk-9.py39.1.nbc", f"other.walk-9.{tag}.1.nbc"]
    for name in [*names, *others]:
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / f"entry.interpreter.locals.walk-12.{tag}.nbi").touch()
    compiling.clear_old(tmp_path, time())
    kept = [*others, f"entry.interpreter.locals.walk-12.{tag}.nbi"]
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(kept)


def test_without_any_folder_it_is_compiled_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that Numba finds no folder for is made all the same, and not kept."""
    from numba.core.caching import NullCache

    def nowhere(*arguments: Any) -> None:
        raise RuntimeError("no locator available")

    monkeypatch.setattr("numba.core.caching.CompileResultCacheImpl.__init__", nowhere)
    made: Any = compiling._interpreter.__wrapped__()
    assert isinstance(made._cache, NullCache)


class _Slow:
    """A compilation that lasts until it is let go on; it counts how often it was begun."""

    def __init__(self) -> None:
        self.may_end, self.begun = Event(), 0

    def __call__(self) -> str:
        self.begun += 1
        assert self.may_end.wait(30)
        return "compiled"


def test_who_compiles_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard error says once what takes so long; nothing, if what is kept is only loaded."""
    for is_slow, expected in ((True, 1), (False, 0)):
        slow = _Slow()
        Timer(0.7, slow.may_end.set).start()
        assert Compilation(slow, lambda is_slow=is_slow: is_slow).wait() == "compiled"
        assert capsys.readouterr().err.count("once on this machine") == expected


def test_an_interrupted_compilation_is_not_lost(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends the waiting; who comes next waits for the same compilation."""
    slow = _Slow()
    compilation = Compilation(slow, lambda: True)
    Timer(0.5, interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        compilation.wait()
    assert "The compilation goes on" in capsys.readouterr().err
    slow.may_end.set()
    assert compilation.wait() == "compiled"
    assert slow.begun == 1


def test_an_error_while_compiling_reaches_everybody_who_waits() -> None:
    """As if they had compiled themselves."""
    compilation = Compilation(lambda: 1 // 0, lambda: False)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            compilation.wait()


@pytest.mark.parametrize("engine", ["simpy", "fast"])
def test_a_trigger_knows_the_fields_that_the_catalogue_has_of_its_thing(engine: str) -> None:
    """`trigger.start` and `where` on a field that no row of the events tells; without an entry, nothing is known."""
    program = """
    when contact registers for webinar where trigger.seats > 10
    then send email "Seen"
    wait until 1 hour before trigger.start
    then send sms "Soon"
    """
    catalogue = table([{"kind": "webinar", "name": "Big", "start": "2026-01-20 18:00", "seats": 90},
                       {"kind": "webinar", "name": "Small", "start": "2026-01-20 18:00", "seats": 5}])  # fmt: skip
    rows = [on("2026-01-05 10:00", "registers for webinar", name) for name in ("Small", "Big", "Other")]
    options = {"events": table(rows), "catalogue": catalogue, "start": "2026-01-05", "days": 30, "engine": engine}
    sends = simulate(dedent(program), table([{"contact": "ann"}]), **options).sends
    found = [(str(time)[:16], message) for time, message in zip(sends["time"], sends["message"], strict=True)]
    assert found == [("2026-01-05 10:00", "Seen"), ("2026-01-20 17:00", "Soon")]
