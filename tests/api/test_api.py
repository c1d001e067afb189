"""The Python API: signatures that later issues keep, what each verb gives, and which diagnostics it tells."""

from __future__ import annotations

import inspect
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

import flowdsl
from flowdsl import DataError, FlowError, PlanError, ProgramError, RunError
from flowdsl.chance import delay_laws
from flowdsl.plan.expressions import EventMatch
from flowdsl.plan.plan import Answer, World

HELLO = 'when member joins program then send email "Hello"'
ASKING = """
flow "Ask"
  when member joins program
  then send email "Hello"
  wait until opened "Hello" for up to 7 days
  if it happened
    then add tag "reader"
  end
"""
PEOPLE = pd.DataFrame({"contact": [f"c{number}" for number in range(200)]})
JOINS = pd.DataFrame({"time": "2026-01-05 09:00", "contact": PEOPLE["contact"], "event": "joins program"})
HEAVY = ("pandas", "numpy", "simpy", "lark", "rich", "scipy", "matplotlib", "pyarrow", "pydantic")


def codes(error: pytest.ExceptionInfo[FlowError]) -> list[str]:
    return [diagnostic.code for diagnostic in error.value.diagnostics]


# --- what is there ----------------------------------------------------------------------------------------------------


def test_signatures_stay_as_they_are() -> None:
    """Programs that use the verbs today use them tomorrow."""
    found = {
        name: {each.name: (each.kind.name[:2], each.default) for each in inspect.signature(verb).parameters.values()}
        for name in (
            "parse",
            "load",
            "check",
            "format",
            "dump",
            "load_plan",
            "simulate",
            "who_would_enter",
            "forecast",
            "sweep",
        )
        if (verb := getattr(flowdsl, name))
    }
    needed = ("PO", inspect.Parameter.empty)
    assert found == {
        "parse": {"text": needed},
        "load": {"path_or_folder": needed},
        "check": {"text_or_program": needed, "contacts": ("PO", None)},
        "format": {"text": needed},
        "dump": {"program_or_plan": needed},
        "load_plan": {"dict_or_path": needed},
        "simulate": {
            "program_or_plan": needed,
            "contacts": needed,
            "events": ("KE", None),
            "objects": ("KE", None),
            "catalogue": ("KE", None),
            "scenario": ("KE", None),
            "start": ("KE", None),
            "days": ("KE", None),
            "until": ("KE", None),
            "warm_from": ("KE", None),
            "seed": ("KE", 0),
            "replication": ("KE", 0),
            "engine": ("KE", "auto"),
            "records": ("KE", "full"),
            "progress": ("KE", None),
            "out": ("KE", None),
            "backend": ("KE", None),
            "client": ("KE", None),
        },
        "who_would_enter": {
            "program_or_plan": needed,
            "contacts": needed,
            "at": ("KE", inspect.Parameter.empty),
            "events": ("KE", None),
            "objects": ("KE", None),
            "catalogue": ("KE", None),
            "flow": ("KE", None),
        },
        "forecast": {
            "program": needed,
            "contacts": needed,
            "events": ("KE", None),
            "objects": ("KE", None),
            "catalogue": ("KE", None),
            "scenario": ("KE", None),
            "start": ("KE", None),
            "days": ("KE", None),
            "until": ("KE", None),
            "warm_from": ("KE", None),
            "seed": ("KE", 0),
            "replications": ("KE", "auto"),
            "level": ("KE", 0.9),
            "by": ("KE", ("channel", "flow", "message")),
            "every": ("KE", "day"),
            "prices": ("KE", None),
            "engine": ("KE", "auto"),
            "backend": ("KE", None),
            "method": ("KE", "simulate"),
            "progress": ("KE", None),
            "client": ("KE", None),
            "calibrated": ("KE", None),
        },
        "sweep": {
            "program": needed,
            "values": needed,
            "contacts": needed,
            "options": ("VA", inspect.Parameter.empty),
        },
    }


def test_every_public_name_is_there() -> None:
    """What the package lists can be had, shows in dir(), and nothing else pretends to be there."""
    assert all(getattr(flowdsl, name) is not None for name in flowdsl.__all__)
    assert set(flowdsl.__all__) == set(flowdsl._HOME) <= set(dir(flowdsl))
    with pytest.raises(AttributeError, match="simulat"):
        _ = flowdsl.simulat


@pytest.mark.parametrize("script", ["import flowdsl", "import flowdsl; flowdsl.check('when member joins program')"])
def test_reading_and_checking_load_nothing_heavy(script: str) -> None:
    """Importing the package and checking a program do not wait for libraries of tables, numbers or pictures."""
    loaded = f"{script}; import sys; print(*(name for name in {HEAVY} if name in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


# --- reading ----------------------------------------------------------------------------------------------------------


def test_one_line_or_five_say_the_same() -> None:
    """White space, comments and the case of keywords do not change a program."""
    one = flowdsl.parse("when member joins program unless has membership wait 3 days then send chat")
    five = flowdsl.parse("WHEN member joins program\n# why\nunless has membership\n\n  Wait 3 days\n\tTHEN send chat\n")
    assert one == five != flowdsl.parse("when member joins program wait 3 days then send chat")


def test_a_diagnostic_of_grammar_brings_all_others_along() -> None:
    """Parsing stops no person twice: syntax and meaning of the whole text are told at once, in its order."""
    text = 'flow "A"\n  when member joins programme\n  then send chat\nflow "B"\n  when\n  then send chat "x"\n'
    with pytest.raises(ProgramError) as error:
        flowdsl.parse(text)
    lines = [diagnostic.span.line for diagnostic in error.value.diagnostics if diagnostic.span]
    assert lines == sorted(lines)
    assert {2, 5} <= set(lines) or {2, 6} <= set(lines)
    assert "when member joins programme" in str(error.value)


def test_a_slip_of_syntax_in_one_flow_hides_no_diagnostic_of_another() -> None:
    """Only the flow that a syntax diagnostic stands in is spared the checks of its shape."""
    text = """
flow "A"
  when contact joins program
  then send chat )
  wait 1 day

flow "B"
  when contact joins program
  wait 3 days
"""
    assert [diagnostic.code for diagnostic in flowdsl.check(text)] == ["E101", "W301"]
    assert [diagnostic.span.line for diagnostic in flowdsl.check(text) if diagnostic.span] == [4, 9]


def test_meaning_alone_does_not_keep_a_program_from_being_parsed() -> None:
    """A program with an unknown flow can be parsed, formatted and checked, but neither dumped nor simulated."""
    program = flowdsl.parse('when member joins program then start flow "Nowhere"')
    assert [diagnostic.code for diagnostic in flowdsl.check(program)] == ["E210"]
    assert "Nowhere" in flowdsl.format('when member joins program then start flow "Nowhere"')
    for run in (flowdsl.dump, lambda program: flowdsl.simulate(program, PEOPLE, events=JOINS)):
        with pytest.raises(ProgramError) as error:
            run(program)
        assert codes(error) == ["E210"]


def test_a_folder_is_one_program_in_path_order(tmp_path: Path) -> None:
    """All .flow files of a folder and those in it belong together; other files do not."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.flow").write_text('flow "B"\n  when member joins program\n  then start flow "A"\n')
    (tmp_path / "a.flow").write_text('flow "A"\n  when member leaves program\n  then send chat\n')
    (tmp_path / "sub" / "c.flow").write_text("when member joins group then send sms")
    (tmp_path / "notes.txt").write_text("no program")
    program = flowdsl.load(tmp_path)
    assert flowdsl.check(program) == []
    assert [flow["name"] for flow in flowdsl.dump(program)["flows"]] == ["A", "B", "c"]
    assert [Path(source.name).name for source in program.sources] == ["a.flow", "b.flow", "c.flow"]


def test_files_of_other_systems_are_read(tmp_path: Path) -> None:
    """A byte order mark and Windows line ends change neither meaning nor the lines that diagnostics name."""
    file = tmp_path / "windows.flow"
    file.write_bytes(b"\xef\xbb\xbf" + HELLO.replace(" then", "\r\n  then").encode() + b"\r\n")
    assert flowdsl.load(file) == flowdsl.parse(HELLO) == flowdsl.parse("\ufeff" + HELLO)
    file.write_bytes(b"\xef\xbb\xbfwhen member joins program\r\n\r\n  then go to\r\n")
    with pytest.raises(ProgramError) as error:
        flowdsl.load(file)
    assert error.value.diagnostics[0].span is not None
    assert error.value.diagnostics[0].span.line in (3, 4)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.flow", None, "no such file"),
        ("latin.flow", 'flow "Café"'.encode("latin-1"), "line 1 is not UTF-8"),
        ("empty", "folder", "no file that ends in .flow"),
    ],
)
def test_what_cannot_be_read_is_told(name: str, content: bytes | str | None, words: str, tmp_path: Path) -> None:
    """Missing, foreign and empty places are diagnostics with a code, never an OSError."""
    place = tmp_path / name
    if content == "folder":
        place.mkdir()
    elif isinstance(content, bytes):
        place.write_bytes(content)
    with pytest.raises(ProgramError, match=words) as error:
        flowdsl.load(place)
    assert codes(error) == ["E701"]


def test_a_path_is_no_program() -> None:
    """Whoever gives a path where a text is meant hears of load."""
    for use in (flowdsl.check, flowdsl.parse, lambda it: flowdsl.simulate(it, PEOPLE)):
        with pytest.raises(RunError, match="is a path") as error:
            use("hello.flow")
        assert codes(error) == ["E709"]


# --- checking ---------------------------------------------------------------------------------------------------------


def test_columns_are_checked_when_contacts_are_given() -> None:
    """A column that is missing, or holds something else, is found before anything runs."""
    text = 'when member joins program where plann is "pro" and age > 18 then send chat "Hi {nick}"'
    contacts = pd.DataFrame({"id": ["a"], "plan": ["pro"], "age": ["old"]})
    assert flowdsl.check(text) == []
    found = {diagnostic.code for diagnostic in flowdsl.check(text, contacts)}
    assert {"E410", "E412"} <= found
    assert found & {"E411", "E513"}


def test_diagnostics_of_the_table_are_told_by_check() -> None:
    """A contact table with its own diagnostics is reported with the program's."""
    found = flowdsl.check(HELLO, pd.DataFrame({"id": ["a", "a"]}))
    assert [diagnostic.code for diagnostic in found] == ["E507"]


def test_noise_ends_in_at_most_a_hundred_diagnostics() -> None:
    """Whatever the text is, checking ends with a list that a person can read."""
    noise = "".join(chr(33 + (i * i * 7919) % 1000) for i in range(20_000))
    assert 0 < len(flowdsl.check(noise)) <= 100


def test_format_is_one_style_and_keeps_the_meaning() -> None:
    """Formatting is idempotent and means the same; a plan can be written down, too."""
    text = flowdsl.format(f"# hello\n{ASKING.upper().replace('ASK', 'Ask')}")
    assert flowdsl.format(text) == text
    assert text.startswith("# hello")
    plan = flowdsl.load_plan(flowdsl.dump(flowdsl.parse(ASKING)))
    assert flowdsl.dump(flowdsl.parse(flowdsl.format(plan)))["hash"] == flowdsl.dump(plan)["hash"]


# --- plans ------------------------------------------------------------------------------------------------------------


def test_a_plan_is_simulated_like_its_program(tmp_path: Path) -> None:
    """A loaded plan gives the same rows as the text it came from."""
    text = ASKING + 'scenario "World"\n  assume contact opens email 40% after about 1 day\n'
    program = flowdsl.parse(text)
    plan = flowdsl.load_plan(flowdsl.dump(program))
    from_text, from_plan = (flowdsl.simulate(it, PEOPLE, events=JOINS, days=9, seed=3) for it in (program, plan))
    pd.testing.assert_frame_equal(from_text.records, from_plan.records)
    assert 0 < (from_text.actions["action"] == "tags.add").sum() < 200


def test_a_plan_needs_its_columns_too() -> None:
    """A plan without its text is held against the contacts as well, instead of taking every comparison for false."""
    plan = flowdsl.load_plan(flowdsl.dump(flowdsl.parse('when member joins program where plan is "pro" then send sms')))
    with pytest.raises(RunError, match="no column `plan`") as error:
        flowdsl.simulate(plan, PEOPLE, events=JOINS)
    assert codes(error) == ["E410"]


def test_a_damaged_plan_is_refused() -> None:
    """What is no plan is told with its path."""
    with pytest.raises(PlanError) as error:
        flowdsl.load_plan({"schema_version": 1, "flows": 3})
    assert all(diagnostic.code.startswith("E6") for diagnostic in error.value.diagnostics)


# --- simulating -------------------------------------------------------------------------------------------------------


def test_frames_of_the_user_stay_as_they_are() -> None:
    """Simulating changes no table that it was given."""
    people, joins = PEOPLE.copy(deep=True), JOINS.copy(deep=True)
    flowdsl.simulate(HELLO, people, events=joins)
    pd.testing.assert_frame_equal(people, PEOPLE)
    pd.testing.assert_frame_equal(joins, JOINS)


def test_without_start_it_is_the_first_local_day() -> None:
    """The first event's day on the workspace's clock, midnight to midnight, to the end of the last event's day."""
    text = f'workspace\n  timezone "America/New_York"\nflow "A"\n  {HELLO}'
    rows = pd.DataFrame(
        {"time": ["2026-03-08 03:30", "2026-03-09 12:00"], "contact": ["c1", "c2"], "event": "joins program"}
    )
    results = flowdsl.simulate(text, PEOPLE, events=rows)
    here = ZoneInfo("America/New_York")
    assert results.start == datetime(2026, 3, 7, tzinfo=here)  # 03:30 UTC is the evening before
    assert results.until == datetime(2026, 3, 10, tzinfo=here)
    days = flowdsl.simulate(text, PEOPLE, events=rows, start="2026-03-08", days=1)
    assert days.until - days.start == timedelta(hours=23)  # clocks go forward that night


def test_moments_can_be_said_in_many_ways() -> None:
    """A date, a text, and a datetime with and without a zone mean the same moment."""
    ways = (
        date(2026, 1, 5),
        "2026-01-05",
        "2026-01-05 00:00",
        "2026-01-05T01:00:00+01:00",
        datetime(2026, 1, 5),
        datetime(2026, 1, 4, 19, tzinfo=timezone(timedelta(hours=-5))),
        pd.Timestamp("2026-01-05"),
    )
    starts = {flowdsl.simulate(HELLO, PEOPLE, events=JOINS, start=way, days=1).start for way in ways}
    assert starts == {datetime(2026, 1, 5, tzinfo=UTC)}


def test_start_and_until_bound_what_happens() -> None:
    """Events before the start and from the end on start no run."""
    rows = pd.DataFrame(
        {
            "time": ["2026-01-04 23:59:59.999", "2026-01-05", "2026-01-06 23:59:59.999", "2026-01-07"],
            "contact": ["c0", "c1", "c2", "c3"],
            "event": "joins program",
        }
    )
    results = flowdsl.simulate(HELLO, PEOPLE, events=rows, start="2026-01-05", until="2026-01-07")
    assert results.runs["contact"].tolist() == ["c1", "c2"]


def test_warm_from_has_people_on_their_way() -> None:
    """Flows run from there, so a wait that began earlier ends in the forecast; rows show from the start."""
    text = 'when member joins program wait 10 days then send email "Hello"'
    cold = flowdsl.simulate(text, PEOPLE, events=JOINS, start="2026-01-10", days=7)
    warm = flowdsl.simulate(text, PEOPLE, events=JOINS, start="2026-01-10", days=7, warm_from="2026-01-01")
    assert (len(cold.sends), len(warm.sends)) == (0, 200)
    assert warm.sends["time"].min() >= warm.start


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ({"start": "31/01/2026", "days": 3}, "E702", "start"),
        ({"start": "2026-02-30", "days": 3}, "E702", "start"),
        ({"start": 20260131, "days": 3}, "E702", "start"),
        ({"start": "2026-01-31", "days": 3, "until": "2026-02-02"}, "E703", "days and until"),
        ({"start": "2026-01-31", "until": "2026-01-31"}, "E703", "before it starts"),
        ({"start": "2026-01-31", "days": 0}, "E703", "days"),
        ({"start": "2026-01-31", "days": 1.5}, "E703", "days"),
        ({"start": "2026-01-31", "days": 3, "warm_from": "2026-02-01"}, "E703", "warm_from"),
        ({}, "E704", "no start"),
        ({"start": "2026-01-31"}, "E704", "no end"),
        ({"start": "2026-01-31", "days": 3, "scenario": "spring"}, "E705", "Spring"),
        ({"start": "2026-01-31", "days": 3, "scenario": 3}, "E705", "3"),
        ({"start": "2026-01-31", "days": 3, "scenario": flowdsl.parse(HELLO)}, "E705", "0 scenarios"),
        ({"start": "2026-01-31", "days": 3, "engine": "warp"}, "E707", "warp"),
        ({"start": "2026-01-31", "days": 3, "records": "few"}, "E707", "few"),
        ({"start": "2026-01-31", "days": 3, "seed": "x"}, "E707", "seed"),
        ({"start": "2026-01-31", "days": 3, "replication": -1}, "E707", "replication"),
    ],
)
def test_options_that_cannot_be_are_told(options: dict[str, object], code: str, words: str) -> None:
    """Options that make no sense, alone or together, are diagnostics with a code and name what was given."""
    text = f'flow "A"\n  {HELLO}\nscenario "Spring"\n  assume contact opens email 20%'
    with pytest.raises(RunError, match=words) as error:
        flowdsl.simulate(text, PEOPLE, **options)  # type: ignore[arg-type]
    assert set(codes(error)) == {code}


def test_several_wrong_options_are_told_at_once() -> None:
    """Nobody puts options right one by one."""
    with pytest.raises(RunError) as error:
        flowdsl.simulate(HELLO, PEOPLE, start="soon", until="later", days=-1)
    assert len(error.value.diagnostics) == 4


def test_scenarios_are_chosen() -> None:
    """The only one is taken, of two one must be named, and a name that is nearly right is suggested."""

    def opened(text: str, scenario: str | None = None) -> int:
        results = flowdsl.simulate(text, PEOPLE, events=JOINS, days=9, scenario=scenario)
        return int((results.records["action"] == "email.opened").sum())

    one = ASKING + 'scenario "All"\n  assume contact opens email 100%\n'
    two = one + 'scenario "None"\n  assume contact opens email 0%\n'
    assert (opened(ASKING), opened(one), opened(two, "All"), opened(two, "None")) == (0, 200, 200, 0)
    with pytest.raises(RunError, match='"All", "None"') as error:
        opened(two)
    assert codes(error) == ["E706"]
    with pytest.raises(RunError, match='did you mean "All"'):
        opened(two, "all")


def test_a_scenario_can_be_a_program_or_be_made_in_python() -> None:
    """Text with nothing but a scenario, and a World built from laws, do what a scenario in the program does."""
    inside = flowdsl.parse(ASKING + 'scenario "W"\n  assume contact opens email 30% after about 4 hours\n')
    program = flowdsl.parse(ASKING)
    apart = flowdsl.parse('scenario "W"\n  assume contact opens email 30% after about 4 hours\n')
    sent = EventMatch(("email.received",))
    made = World("W", (Answer("email.opened", "", sent, 300_000, delay_laws.about(4 * 3_600_000)),))
    plan = flowdsl.load_plan(flowdsl.dump(program))
    records = [
        flowdsl.simulate(it, PEOPLE, events=JOINS, days=9, seed=5, scenario=scenario).records
        for it, scenario in ((inside, None), (program, apart), (program, made), (plan, apart), (plan, made))
    ]
    assert (records[0]["action"] == "email.opened").sum() > 20
    for other in records[1:]:
        pd.testing.assert_frame_equal(records[0], other)


def test_a_world_may_speak_of_events_that_the_plan_did_not_know() -> None:
    """Clicks that only the scenario mentions happen all the same."""
    sent = EventMatch(("email.received",))
    world = World("W", (Answer("cart.abandoned", "", sent, 1_000_000, (1000,)),))
    results = flowdsl.simulate(HELLO, PEOPLE, events=JOINS, days=2, scenario=world)
    assert (results.records["action"] == "cart.abandoned").sum() == 200


def test_names_are_held_against_the_catalogue() -> None:
    """With a catalogue a name that does not exist is a error with a suggestion; kinds it does not list are free."""
    text = 'when member joins program "Joga" then add tag "free"'
    catalogue = pd.DataFrame({"kind": ["program"], "name": ["Yoga"]})
    with pytest.raises(ProgramError, match='did you mean "Yoga"') as error:
        flowdsl.simulate(text, PEOPLE, events=JOINS, catalogue=catalogue)
    assert codes(error) == ["E708"]
    assert flowdsl.simulate(text.replace("Joga", "Yoga"), PEOPLE, events=JOINS, catalogue=catalogue) is not None


def test_tables_with_diagnostics_are_refused() -> None:
    """What is wrong with tables is one DataError."""
    strangers = JOINS.assign(contact="nobody")
    with pytest.raises(DataError) as error:
        flowdsl.simulate(HELLO, PEOPLE, events=strangers)
    assert codes(error) == ["E508"]


def test_progress_goes_from_none_to_all() -> None:
    """Progress never goes back and stays within 0 and 1."""
    told: list[float] = []
    flowdsl.simulate(HELLO, PEOPLE, events=JOINS, days=30, progress=told.append)
    assert told == sorted(told)
    assert told
    assert 0 <= told[0] <= told[-1] <= 1


def test_equal_seeds_give_equal_rows_and_others_do_not() -> None:
    """Chance is keyed by seed and replication."""
    text = ASKING + 'scenario "W"\n  assume contact opens email 30% after about 4 hours\n'

    def rows(**keys: int) -> pd.DataFrame:
        return flowdsl.simulate(text, PEOPLE, events=JOINS, days=9, **keys).records  # type: ignore[arg-type]

    pd.testing.assert_frame_equal(rows(seed=1), rows(seed=1))
    assert not rows(seed=1).equals(rows(seed=2))
    assert not rows(seed=1).equals(rows(seed=1, replication=1))


@pytest.mark.parametrize("event", ["joind program", "member joins programme", "opens a emaill"])
def test_an_event_that_is_nearly_a_known_one_is_refused(event: str) -> None:
    """As a custom event nothing would take notice of it, and nobody would know why nothing happens."""
    with pytest.raises(RunError) as error:
        flowdsl.simulate("when member joins program then send chat", PEOPLE, events=JOINS.assign(event=event), days=7)
    assert codes(error) == ["E715"]
    assert "did you mean" in str(error.value)


@pytest.mark.parametrize("event", ["joins_programme", "door opened twice", "visits shop"])
def test_custom_events_of_other_programs_are_let_by(event: str) -> None:
    """Names of one word, and words that are near to nothing, may stand in a table that others write."""
    results = flowdsl.simulate(
        "when member joins program then send chat", PEOPLE, events=JOINS.assign(event=event), days=7
    )
    assert results.sends.empty


def test_a_custom_event_that_the_program_speaks_of_is_meant() -> None:
    """However near to known words it is."""
    program = 'when "joins programme" happens then send chat "Hello"'
    results = flowdsl.simulate(program, PEOPLE, events=JOINS.assign(event="joins programme"), days=7)
    assert len(results.sends) == len(JOINS)
