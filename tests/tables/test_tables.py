"""The door: what tables of contacts, events, objects and a catalogue may look like, and how their errors are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowdsl.calendar.clock import parse_moment
from flowdsl.diagnostics.catalogue.data import DATA_DIAGNOSTICS
from flowdsl.diagnostics.diagnostic import DataError, Diagnostic
from flowdsl.partitioned.parts import parts_of
from flowdsl.plan.plan import Arrival, Plan, World
from flowdsl.sim.arrivals import with_new_contacts
from flowdsl.sim.config import SimulationConfig
from flowdsl.tables import (
    Catalogue,
    Contacts,
    TableNeeds,
    Tables,
    TableSources,
    open_tables,
    read_catalogue,
    read_contacts,
    read_events,
    read_objects,
)

WORDS = {"joins program": "program.joined", "opens email": "email.opened", "becomes": "event.became"}
find_event = WORDS.get


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def diagnostics_of(act: Callable[[], object]) -> tuple[Diagnostic, ...]:
    with pytest.raises(DataError) as caught:
        act()
    return tuple(caught.value.diagnostics)


def only_diagnostic(act: Callable[[], object]) -> Diagnostic:
    found = diagnostics_of(act)
    assert len(found) == 1, found
    return found[0]


def csv_at(folder: Path, text: str, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# --- contacts: ids and values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["contact", "contact_id", "id"])
def test_the_id_column_goes_by_three_names(column: str) -> None:
    """`contact`, `contact_id` and `id` are all taken for the id, without being told."""
    assert list(read_contacts(pd.DataFrame({column: ["a", "b"]})).ids) == ["a", "b"]


def test_another_column_can_be_the_key() -> None:
    """`key=` names the id column; a column called id is then an attribute like others."""
    people = read_contacts(frame(id=[1, 2], mail=["a@x", "b@x"]), key="mail")
    assert list(people.ids) == ["a@x", "b@x"]
    assert people.row(1).columns == {"id": 2, "mail": "b@x"}


@pytest.mark.parametrize(
    "ids",
    [
        [1, 2],
        pd.array([1, 2], dtype="Int64"),
        pd.array([1, 2], dtype=pd.ArrowDtype(pa.int64())),
        pd.Categorical(["1", "2"]),
        pd.array(["1", "2"], dtype="string"),
        pd.array(["1", "2"], dtype=pd.ArrowDtype(pa.string())),
        pd.Series(["1", "2"], dtype=object),
        pd.Series([1, "2"], dtype=object),
    ],
)
def test_ids_become_texts_whatever_holds_them(ids: Any) -> None:
    """Whole numbers and texts of every pandas kind give the same ids, and events find them."""
    people = read_contacts(frame(contact=ids))
    assert list(people.ids) == ["1", "2"]
    assert all(type(one) is str for one in people.ids)
    assert people.position("2") == 1
    assert people.position("3") is None
    rows = frame(time=["2026-01-01"], contact=[2], event=["joins program"])
    assert [len(read_events(rows, people, event_id=find_event).of(i)) for i in (0, 1)] == [0, 1]


def test_every_kind_of_column_gives_plain_values() -> None:
    """NumPy, nullable, Arrow, categorical and object columns come out as Python's own values, gaps as nothing."""
    paris = pd.Series(pd.to_datetime(["2026-01-01 10:00", None])).dt.tz_localize("Europe/Paris")
    people = read_contacts(
        frame(
            id=["a", "b"],
            text=["pro", None],
            kind=pd.Categorical(["x", None]),
            whole=[1, 2],
            gap=[1.0, np.nan],
            nullable=pd.array([1, None], dtype="Int64"),
            arrow=pd.array([1.5, None], dtype=pd.ArrowDtype(pa.float64())),
            price=[Decimal("1.50"), None],
            yes=[True, False],
            maybe=pd.array([True, None], dtype="boolean"),
            loose=pd.Series([False, None], dtype=object),
            day=pd.to_datetime(["2026-01-31", None]),
            date=[date(2026, 1, 31), None],
            arrow_day=pd.array([date(2026, 1, 31), None], dtype=pd.ArrowDtype(pa.date32())),
            naive=pd.to_datetime(["2026-01-31 09:00:00.001999", None]),
            zoned=paris,
            arrow_time=pd.array([datetime(2026, 1, 1, 9), None], dtype=pd.ArrowDtype(pa.timestamp("us"))),
            own=pd.Series([datetime(2026, 1, 1, 9, tzinfo=UTC), None], dtype=object),
            nothing=[None, None],
            numberless=[np.nan, np.nan],
        )
    )
    nine = datetime(2026, 1, 1, 9, tzinfo=UTC)
    first = people.row(0).columns
    assert first == {
        "id": "a",
        "text": "pro",
        "kind": "x",
        "whole": 1,
        "gap": 1.0,
        "nullable": 1,
        "arrow": 1.5,
        "price": 1.5,
        "yes": True,
        "maybe": True,
        "loose": False,
        "day": date(2026, 1, 31),
        "date": date(2026, 1, 31),
        "arrow_day": date(2026, 1, 31),
        "naive": datetime(2026, 1, 31, 9, 0, 0, 1000, tzinfo=UTC),
        "zoned": nine,
        "arrow_time": nine,
        "own": nine,
    }
    assert {type(cell) for cell in first.values()} <= {str, int, float, bool, date, datetime}
    assert type(first["whole"]) is int
    assert type(first["yes"]) is bool
    assert type(first["day"]) is date
    assert people.row(1).columns == {"id": "b", "whole": 2, "yes": False}


def test_types_of_all_columns_are_known_and_only_wanted_ones_are_kept() -> None:
    """Checks see the type of every column, while values are kept for the columns a plan uses."""
    people = read_contacts(
        frame(
            id=[1], plan=["pro"], age=[3.5], vip=[True], born=[date(2000, 1, 1)], seen=[datetime(2026, 1, 1, 9)]
        ).assign(tags=[["a"]], empty=[None]),
        columns={"plan", "not_there"},
        families=(),
    )
    assert people.types == {
        "id": "text",
        "plan": "text",
        "age": "number",
        "vip": "yes-no",
        "born": "date",
        "seen": "time",
        "tags": "list",
        "empty": "empty",
    }
    assert people.row(0).columns == {"plan": "pro"}
    assert people.row(0).sets == {}


def test_a_table_without_rows_is_a_table(tmp_path: Path) -> None:
    """No contacts yet is no diagnostic, in a frame or in a file."""
    assert len(read_contacts(frame(id=[]))) == 0
    people = read_contacts(csv_at(tmp_path, "contact,plan,tags,timezone,can_sms\n"))
    assert len(people) == 0
    events = read_events(csv_at(tmp_path, "time,contact,event,amount\n", "events.csv"), people)
    assert len(events) == 0
    assert events.first is None


def test_names_are_compared_in_normal_form_and_ids_as_they_are() -> None:
    """é written as two characters is the é of the program, in values and tags; ids stay as the user has them."""
    people = read_contacts(frame(id=["e\u0301"], plan=["cafe\u0301"], tags=["e\u0301;x"]))
    assert people.ids == ["e\u0301"]
    assert people.row(0).columns["plan"] == "caf\u00e9"
    assert people.row(0).sets["tags"] == ("\u00e9", "x")


# --- sets, consent, zones ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("vip; new", ("vip", "new")),
        ("vip;;vip;", ("vip",)),
        (["vip", "new"], ("vip", "new")),
        (("vip",), ("vip",)),
        ({"b", "a"}, ("a", "b")),
        (np.array(["vip"], dtype=object), ("vip",)),
        ([7], ("7",)),
        (7, ("7",)),
        ([], ()),
        ("", ()),
        (None, ()),
        (np.nan, ()),
    ],
)
def test_sets_are_lists_or_texts(cell: object, names: tuple[str, ...]) -> None:
    """A list, a set, an array or a text with ; all give the names, once each, in their order."""
    tags = pd.Series([cell, ["other"]], dtype=object)
    assert read_contacts(frame(id=["a", "b"], tags=tags)).row(0).sets["tags"] == names


def test_lists_of_arrow_and_parquet_are_sets(tmp_path: Path) -> None:
    """Lists from a Parquet file, read by pandas in any of its ways, are sets of names."""
    path = tmp_path / "people.parquet"
    frame(id=["a", "b"], groups=[["x", "y"], None]).to_parquet(path)
    arrow = pd.read_parquet(path, dtype_backend="pyarrow")
    for table in (path, str(path), pd.read_parquet(path), arrow):
        people = read_contacts(table)
        assert [people.row(i).sets["groups"] for i in (0, 1)] == [("x", "y"), ()]
        assert people.types["groups"] == "list"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([True, False], [("",), ()]),
        (["Gold", None], [("Gold",), ()]),
        (["yes", "no"], [("",), ()]),
        (["TRUE", "Gold"], [("",), ("Gold",)]),
        ([1, 0], [("",), ()]),
    ],
)
def test_a_membership_column_counts_as_having_one(cells: list[object], expected: list[tuple[str, ...]]) -> None:
    """True is a membership without a name, a name is that one; both add to what `memberships` says."""
    alone = read_contacts(frame(id=["a", "b"], membership=cells))
    assert [alone.row(i).sets["memberships"] for i in (0, 1)] == expected
    both = read_contacts(frame(id=["a", "b"], membership=cells, memberships=["Silver", "Silver"]))
    assert [set(both.row(i).sets["memberships"]) for i in (0, 1)] == [{*names, "Silver"} for names in expected]


def test_consent_is_given_without_a_column_and_not_given_by_an_empty_cell() -> None:
    """`can_sms` empty means no consent; channels without a column are not mentioned; `can_swim` is an attribute."""
    people = read_contacts(
        frame(id=[1, 2, 3], can_sms=["yes", None, "NO"], can_push=[1, 0, 1], can_swim=["a", "b", "c"])
    )
    assert [people.row(i).consent for i in range(3)] == [
        {"sms": True, "push": True},
        {"sms": False, "push": False},
        {"sms": False, "push": True},
    ]
    assert people.row(0).columns["can_swim"] == "a"


def test_zones_may_be_missing() -> None:
    """A contact without a zone leaves it to the flow; a table without the column leaves it for all."""
    people = read_contacts(frame(id=[1, 2], timezone=["Europe/Paris", None]))
    assert [people.row(i).zone for i in (0, 1)] == ["Europe/Paris", ""]
    assert read_contacts(frame(id=[1])).row(0).zone == ""


# --- CSV --------------------------------------------------------------------------------------------------------------


def test_csv_columns_have_the_type_their_cells_look_like(tmp_path: Path) -> None:
    """Numbers, yes and no, dates and times are known by their looks; NA, 01000, long digits, mixtures stay text."""
    people = read_contacts(
        csv_at(
            tmp_path,
            "id,age,score,vip,born,seen,zip,land,mixed,card,void\n"
            "1,20,1.5,yes,2000-02-29,2026-01-01T09:00+01:00,01000,NA,3,49927398716499273987,\n"
            "2,,2,No,1999-12-31,2026-01-02,75001,None,x,1,\n",
        )
    )
    assert people.ids == ["1", "2"]
    assert people.types == {
        "id": "text",
        "age": "number",
        "score": "number",
        "vip": "yes-no",
        "born": "date",
        "seen": "time",
        "zip": "text",
        "land": "text",
        "mixed": "text",
        "card": "text",
        "void": "empty",
    }
    assert people.row(0).columns == {
        "id": "1",
        "age": 20,
        "score": 1.5,
        "vip": True,
        "born": date(2000, 2, 29),
        "seen": datetime(2026, 1, 1, 8, tzinfo=UTC),
        "zip": "01000",
        "land": "NA",
        "mixed": "3",
        "card": "49927398716499273987",
    }
    assert "age" not in people.row(1).columns


def test_what_the_program_compares_decides_how_text_is_read(tmp_path: Path) -> None:
    """A post code compared as text stays text, 1 and 0 become yes and no, and texts of a frame become dates."""
    path = csv_at(tmp_path, "id,zip,vip\n1,75001,1\n2,1000,0\n")
    people = read_contacts(path, expected={"zip": "text", "vip": "yes-no"})
    assert people.row(1).columns == {"id": "2", "zip": "1000", "vip": False}
    assert people.types["vip"] == "yes-no"
    dates = read_contacts(frame(id=[1, 2, 3], born=["2000-02-29", None, ""]), expected={"born": "date"})
    assert [dates.row(i).columns.get("born") for i in range(3)] == [date(2000, 2, 29), None, None]
    times = read_contacts(frame(id=[1, 2], due=["2000-02-29", "2000-03-01 09:00"]), expected={"due": "date"})
    assert times.types["due"] == "time"
    assert times.row(0).columns["due"] == datetime(2000, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize("ending", [".csv", ".CSV", ".csv.gz"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_spreadsheets_of_all_countries_are_read(tmp_path: Path, separator: str, ending: str) -> None:
    """A byte order mark, Windows line ends, semicolons or tabs, blanks after commas and gzip need no options."""
    path = tmp_path / f"people{ending}"
    lines = [["id", "plan", "tags"], ["c1", "pro", '"a;b"']]
    text = "".join((separator + " " * (separator == ",")).join(line) + "\r\n" for line in lines)
    data = text.encode("utf-8-sig")
    if ending.endswith("gz"):
        import gzip

        data = gzip.compress(data)
    path.write_bytes(data)
    people = read_contacts(path)
    assert people.row(0).columns == {"id": "c1", "plan": "pro"}
    assert people.row(0).sets["tags"] == ("a", "b")


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """Cells that span lines and empty lines do not put the numbers out: an editor shows the diagnostic at that line."""
    path = csv_at(tmp_path, 'id,note\nc1,"two\nlines"\n\n,first\nc2,\n,second\n')
    found = only_diagnostic(lambda: read_contacts(path))
    assert found.place == "people.csv, lines 5, 7"


# --- errors -----------------------------------------------------------------------------------------------------------

CONTACT_DIAGNOSTICS = [
    (frame(name=["a"]), "E504", "contacts"),
    (frame(ID=["a"]), "E504", "contacts"),
    (frame(id=["a", None, " ", ""]), "E505", "contacts, rows 1, 2, 3"),
    (frame(id=[1.0, 2.0]), "E506", "contacts, rows 0, 1"),
    (frame(id=["a", "b", "a"]), "E507", "contacts, rows 0, 2"),
    (frame(id=[1, 2], timezone=["Europe/Paris", "Europe/paris"]), "E510", "contacts, row 1"),
    (frame(id=[1, 2], tags=["x", "['a', 'b']"]), "E511", "contacts, row 1"),
    (frame(id=[1, 2], tags=[["x"], [None]]), "E511", "contacts, row 1"),
    (frame(id=[1, 2], tags=[["x"], {"a": 1}]), "E511", "contacts, row 1"),
    (frame(id=[1, 2], tags=pd.Series([0.5, "x"], dtype=object)), "E511", "contacts, row 0"),
    (frame(id=[1, 2], can_sms=["yes", "perhaps"]), "E512", "contacts, row 1"),
]


@pytest.mark.parametrize(("table", "code", "place"), CONTACT_DIAGNOSTICS)
def test_diagnostics_of_contacts_name_their_rows(table: pd.DataFrame, code: str, place: str) -> None:
    """Each kind of diagnostic is one diagnostic with its rows, a reason and a right example."""
    found = only_diagnostic(lambda: read_contacts(table))
    assert (found.code, found.place) == (code, place)
    assert found.reason
    assert found.example


def test_decimal_ids_with_a_gap_are_told_together_with_the_gap() -> None:
    """A whole number column that a gap made decimal shows both errors, each at its rows, and the cell as written."""
    found = diagnostics_of(lambda: read_contacts(frame(id=[1, None, 3])))
    assert [(one.code, one.place) for one in found] == [("E506", "contacts, rows 0, 2"), ("E505", "contacts, row 1")]
    assert found[0].words == "1.0"


def test_many_rows_are_counted_and_the_first_are_named() -> None:
    """A diagnostic of a thousand rows is one line that says so."""
    found = only_diagnostic(lambda: read_contacts(frame(id=["x"] * 1000)))
    assert found.place == "contacts, rows 0, 1, 2, 3, 4 and 995 more"
    assert "1,000 rows" in found.message


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Paris", "Europe/Paris"), ("europe/paris", "Europe/Paris"), ("New York", "America/New_York")],
)
def test_a_wrong_zone_is_met_with_the_right_one(written: str, meant: str) -> None:
    """A city, a slip or another case brings the IANA name."""
    found = only_diagnostic(lambda: read_contacts(frame(id=[1], timezone=[written])))
    assert found.words == written
    assert f'did you mean "{meant}"?' in found.reason


def test_an_id_under_a_near_name_is_pointed_at() -> None:
    """`ID` or an index called id are found, and the way out is said."""
    assert 'key="ID"' in only_diagnostic(lambda: read_contacts(frame(ID=[1]))).reason
    indexed = frame(id=[1], plan=["pro"]).set_index("id")
    assert "reset_index" in only_diagnostic(lambda: read_contacts(indexed)).reason


def test_cells_that_are_no_dates_are_named(tmp_path: Path) -> None:
    """A column the program compares as a date may have gaps, but no rubbish: the lines are named."""
    path = csv_at(tmp_path, "id,born,n\n1,2000-01-01,5\n2,soon,x\n3,,\n4,2026-02-30,1\n")
    found = diagnostics_of(lambda: read_contacts(path, expected={"born": "date", "n": "number"}))
    assert [(one.code, one.place, one.words) for one in found] == [
        ("E513", "people.csv, lines 3, 5", "soon"),
        ("E513", "people.csv, line 3", "x"),
    ]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    """pandas would rename the second one in silence; here both frame and file are refused."""
    twice = pd.DataFrame([["a", 1, 2]], columns=["id", "plan", "plan"])
    assert only_diagnostic(lambda: read_contacts(twice)).code == "E503"
    assert only_diagnostic(lambda: read_contacts(csv_at(tmp_path, "id,plan,plan\na,1,2\n"))).code == "E503"


@pytest.mark.parametrize(
    ("name", "data", "code", "said"),
    [
        ("people.xlsx", b"PK", "E501", "CSV or Parquet"),
        ("people.csv", b"", "E502", "first line"),
        ("people.csv", b"\n\n", "E502", "first line"),
        ("people.csv", b"id,name\n1,caf\xe9\n", "E501", "UTF-8"),
        ("people.csv", b"id\n1,2,3\n", "E501", "first line"),
        ("people.csv", b"id,a\n1,2\n1,2,3,4\n", "E501", "line 3"),
        ("people.csv", b'id,a\n1,"open\n', "E501", ""),
        ("people.parquet", b"no parquet at all", "E501", "arquet"),
        ("people.csv.gz", b"no gzip at all", "E501", "gzip"),
    ],
)
def test_files_that_are_no_tables_are_refused_with_a_reason(
    tmp_path: Path, name: str, data: bytes, code: str, said: str
) -> None:
    """Wrong kinds, empty, foreign and broken files end in one clear diagnostic, never in a traceback."""
    path = tmp_path / name
    path.write_bytes(data)
    found = only_diagnostic(lambda: read_contacts(path))
    assert found.code == code
    assert said in found.reason


def test_what_is_not_there_or_no_table_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder and a list each say what they are."""
    assert "no such file" in only_diagnostic(lambda: read_contacts(tmp_path / "none.csv")).reason
    (tmp_path / "dir.csv").mkdir()
    assert "folder" in only_diagnostic(lambda: read_contacts(tmp_path / "dir.csv")).reason
    assert "list" in only_diagnostic(lambda: read_contacts([{"id": 1}])).message  # type: ignore[arg-type]


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_noise_is_refused_or_read_but_never_crashes(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    """Any bytes called CSV are a table or a DataError."""
    path = tmp_path_factory.getbasetemp() / "noise.csv"
    path.write_bytes(b"id,plan,timezone,tags,can_sms\n" + noise)
    told: Sequence[Diagnostic] = ()
    people = Contacts([])
    try:
        people = read_contacts(path)
    except DataError as error:
        told = error.diagnostics
    assert told or [people.row(i).columns["id"] for i in range(len(people))] == list(people.ids)


def test_a_contacts_table_that_cannot_be_read_is_the_only_diagnostic_told(tmp_path: Path) -> None:
    """Events of contacts that could not be read are not called unknown: that would only echo the first diagnostic."""
    events = frame(time=["2026-01-01"], contact=["c1"], event=["hop"])
    for contacts in (tmp_path / "none.csv", frame(name=["c1"])):
        only_diagnostic(
            lambda contacts=contacts: open_tables(TableSources(contacts, events), TableNeeds(event_id=find_event))
        )


def test_one_report_tells_all_diagnostics_of_all_tables(tmp_path: Path) -> None:
    """Contacts, events, objects and catalogue are read to their ends; one error lists what is wrong in each."""
    people = csv_at(tmp_path, "contact,timezone,can_sms\nc1,Mars,yes\nc1,UTC,maybe\n,UTC,no\n")
    events = frame(
        time=["2026-01-01", "soon", None], contact=["c1", "C1", "c9"], event=["joins program", "joins program", None]
    )
    objects = frame(kind=["event", None], object_id=[None, "e1"], contact=["c1", "c9"])
    catalogue = frame(kind=["program", "program"], name=["Yoga", "Yoga"])
    with pytest.raises(DataError) as caught:
        open_tables(TableSources(people, events, objects, catalogue), TableNeeds(event_id=find_event))
    found = {(one.code, one.place) for one in caught.value.diagnostics}
    assert found == {
        ("E505", "people.csv, line 4"),
        ("E507", "people.csv, lines 2, 3"),
        ("E510", "people.csv, line 2"),
        ("E512", "people.csv, line 3"),
        ("E508", "events, rows 1, 2"),
        ("E505", "events, row 2"),
        ("E509", "events, row 1"),
        ("E508", "objects, row 1"),
        ("E505", "objects, row 1"),
        ("E505", "objects, row 0"),
        ("E507", "catalogue, rows 0, 1"),
    }
    report = str(caught.value)
    assert report.startswith("12 diagnostics in the tables:")
    assert 'people.csv, line 2: "timezone" names no time zone (1 row) [E510]' in report
    assert "written: Mars" in report
    assert "right:   Europe/Paris" in report


@pytest.mark.parametrize("diagnostic", DATA_DIAGNOSTICS[1:], ids=lambda diagnostic: diagnostic.code)
def test_each_entry_of_the_catalogue_has_its_diagnostic_and_its_cure(tmp_path: Path, diagnostic: Any) -> None:
    """The wrong table of `flowdsl explain` has exactly the diagnostic it explains, and the right one has none."""

    def read(text: str) -> object:
        several = [csv_at(tmp_path, each, f"{number}.csv") for number, each in enumerate(text.split("\n\n"))]
        if len(several) > 1:
            files = [path.with_suffix(".parquet") for path in several]
            for path, file in zip(several, files, strict=True):
                pd.read_csv(path).to_parquet(file)
            return parts_of(files, "contacts", ())
        [path] = several
        if text.startswith("time,"):
            return read_events(path, Contacts(["c1"]))
        contacts = read_contacts(path, expected={"birthday": "date"}, bounds={"p_open": 1})
        visitors = World("S", arrivals=(Arrival("page.visited", "", 10_000_000, 1000),))  # who take ids of their own
        return with_new_contacts(SimulationConfig(Plan(()), Tables(contacts), 0, 0, 1000, visitors))

    assert only_diagnostic(lambda: read(diagnostic.wrong)).code == diagnostic.code
    read(diagnostic.right)


# --- the user's frame -------------------------------------------------------------------------------------------------


def test_the_users_frames_are_never_changed() -> None:
    """Cells, dtypes, columns, index, lists inside cells and attrs are what they were before."""
    people = frame(id=[2, 1], tags=[["a", "b"], []], born=["2000-01-01", None], plan=pd.Categorical(["x", None]))
    people.index = pd.Index([7, 7], name="row")
    people.attrs["from"] = "user"
    rows = frame(time=["2026-01-02", "2026-01-01"], contact=[1, 2], event=["joins program"] * 2, object_id=[None, "o"])
    things = frame(kind=["event"], object_id=["e"], contact=[1], start=[pd.Timestamp("2026-01-01")])
    tables = (people, rows, things)
    kept = [table.copy(deep=True) for table in tables]
    lists = [list(cell) for cell in people["tags"]]
    before = [id(cell) for cell in people["tags"]]
    open_tables(TableSources(people, rows, things), TableNeeds(expected={"born": "date"}, event_id=find_event))
    for table, copy in zip(tables, kept, strict=True):
        pd.testing.assert_frame_equal(table, copy)
    assert [list(cell) for cell in people["tags"]] == lists
    assert [id(cell) for cell in people["tags"]] == before
    assert people.attrs == {"from": "user"}


def test_headings_that_are_not_texts_go_by_their_text() -> None:
    """A frame with numbers for headings can be read; a program would say "2026"."""
    assert read_contacts(pd.DataFrame({"id": ["a"], 2026: [5]})).row(0).columns == {"id": "a", "2026": 5}


# --- events -----------------------------------------------------------------------------------------------------------

PEOPLE = Contacts([f"c{i}" for i in range(5)])
MOMENTS = st.datetimes(datetime(1969, 12, 30), datetime(1970, 1, 2)).map(
    lambda at: at.replace(microsecond=at.microsecond // 500 * 500, second=at.second // 30 * 30, minute=0)
)


@given(
    st.lists(st.tuples(MOMENTS, st.sampled_from(PEOPLE.ids), st.sampled_from(["joins program", "hop", "opens email"]))),
    st.sampled_from([None, {"program.joined"}, {"custom.happened", "email.opened"}]),
    st.sampled_from(["naive", "text", "zoned"]),
)
@settings(max_examples=60, deadline=None)
def test_events_are_grouped_as_plain_pandas_would(
    rows: list[tuple[datetime, str, str]], wanted: set[str] | None, style: str
) -> None:
    """Per contact: by time cut to ms, then by row; events the plan has no use for are gone. Oracle: a stable sort."""
    table = pd.DataFrame(rows, columns=["time", "contact", "event"])
    table["time"] = pd.to_datetime(table["time"], utc=True)
    if style == "naive":
        table["time"] = table["time"].dt.tz_localize(None)
    elif style == "text":
        table["time"] = [at.isoformat() for at, _, _ in rows]
    table["amount"] = range(len(table))
    events = read_events(table, PEOPLE, wanted=wanted, event_id=find_event)
    plain = pd.DataFrame(
        {
            "ms": [(at - datetime(1970, 1, 1)) // pd.Timedelta(milliseconds=1).to_pytimedelta() for at, _, _ in rows],
            "contact": [who for _, who, _ in rows],
            "event": [WORDS.get(what, "custom.happened") for _, _, what in rows],
            "amount": range(len(rows)),
        }
    )
    if wanted is not None:
        plain = plain[plain["event"].isin(list(wanted))]
    for position, contact in enumerate(PEOPLE.ids):
        own = plain[plain["contact"] == contact].sort_values("ms", kind="stable")
        assert [(one.time, one.event, one.fields["amount"]) for one in events.of(position)] == list(
            zip(own["ms"], own["event"], own["amount"], strict=True)
        )
    assert len(events) == len(plain)


@given(
    st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1)),
    st.sampled_from(["T", " "]),
    st.sampled_from(["hours", "minutes", "seconds", "milliseconds", "microseconds"]),
    st.sampled_from(["", "Z", "+02:00", "-0330"]),
)
@settings(max_examples=100, deadline=None)
def test_times_read_in_bulk_are_times_read_one_by_one(at: datetime, between: str, detail: str, zone: str) -> None:
    """The fast way over a whole column and the clock's own reading of one text agree to the millisecond."""
    text = at.isoformat(between, "minutes" if detail == "hours" else detail) + zone
    table = frame(time=[text], contact=["c0"], event=["x"])
    assert read_events(table, PEOPLE, event_id=find_event).times[0] == parse_moment(text)[0]


@pytest.mark.parametrize(
    "times",
    [
        ["31/01/2026"],
        ["now"],
        ["today"],
        ["2026"],
        ["2026-02-30"],
        ["2026-01-01 25:00"],
        [20260131],
        [1767225600000],
        [pd.Timedelta("1D")],
        [["2026-01-01"]],
        [True],
    ],
)
def test_times_that_would_be_guesses_are_refused(times: list[object]) -> None:
    """Day-first dates, numbers and words are no times."""
    found = only_diagnostic(
        lambda: read_events(frame(time=times, contact=["c0"], event=["x"]), PEOPLE, event_id=find_event)
    )
    assert found.code == "E509"


@pytest.mark.parametrize(
    "times",
    [
        pd.Series(["2026-01-31 09:00"], dtype=object),
        pd.Series([datetime(2026, 1, 31, 9)], dtype=object),
        pd.Series([datetime(2026, 1, 31, 9, tzinfo=UTC)], dtype=object),
        pd.Series(["2026-01-31T09:00Z"], dtype="string"),
        pd.Series(["2026-01-31 10:00+01:00"], dtype="category"),
        pd.Series(pd.to_datetime(["2026-01-31 09:00"])).astype("datetime64[s]"),
        pd.Series(pd.to_datetime(["2026-01-31 09:00:00.000999"])).astype("datetime64[ns]"),
        pd.Series(pd.to_datetime(["2026-01-31 09:00"])).dt.tz_localize("UTC").dt.tz_convert("Asia/Kolkata"),
        pd.Series([datetime(2026, 1, 31, 9, tzinfo=UTC)], dtype=pd.ArrowDtype(pa.timestamp("ms", "Europe/Paris"))),
    ],
)
def test_times_of_every_kind_are_one_moment(times: pd.Series[Any]) -> None:
    """Texts, datetimes, categories, zones, units and Arrow all give the same whole millisecond in UTC."""
    events = read_events(frame(time=times, contact=["c0"], event=["x"]), PEOPLE, event_id=find_event)
    assert list(events.times) == [1769850000000]


def test_phrases_ids_and_custom_names_are_told_apart() -> None:
    """A phrase has the row's object; a custom name is the object itself, and the row's own goes into a field."""
    table = frame(
        time=["2026-01-01"] * 5,
        contact=["c0"] * 5,
        event=[
            "joined program",
            "program.joined",
            "checkout_started",
            '"checkout_started" happens',
            'joins program "Zen"',
        ],
        object=["Yoga", "Yoga", "basket", None, None],
    )
    events = read_events(table, PEOPLE)
    assert [(one.event, one.name, one.fields) for one in events.of(0)] == [
        ("program.joined", "Yoga", {}),
        ("program.joined", "Yoga", {}),
        ("custom.happened", "checkout_started", {"object": "basket"}),
        ("custom.happened", "checkout_started", {}),
        ("program.joined", "Zen", {}),
    ]
    assert events.customs == ("checkout_started",)
    custom = read_events(table.head(3).tail(1), PEOPLE, event_id=lambda text: "custom.happened")
    assert custom.of(0)[0].name == "basket"


def test_rows_about_an_object_are_kept_for_its_fields() -> None:
    """A row with an object_id updates its object even where its event starts nothing, unless no objects are in play."""
    table = frame(
        time=["2026-01-01", "2026-01-02", "2026-01-03"],
        contact=["c0"] * 3,
        event=["becomes", "opens email", "joins program"],
        object=["confirmed", "L", "Yoga"],
        object_id=[7, None, None],
        start=["2026-05-01", None, None],
        amount=[1, np.nan, 2.5],
    )
    kept = read_events(table, PEOPLE, wanted={"program.joined"}, expected={"start": "date"}, event_id=find_event)
    assert [tuple(one)[1:] for one in kept.of(0)] == [
        ("event.became", "confirmed", "7", {"start": date(2026, 5, 1), "amount": 1.0}),
        ("program.joined", "Yoga", "", {"amount": 2.5}),
    ]
    alone = read_events(table, PEOPLE, wanted={"program.joined"}, with_objects=False, event_id=find_event)
    assert [one.event for one in alone.of(0)] == ["program.joined"]
    assert (alone.first, alone.last) == (parse_moment("2026-01-01")[0], parse_moment("2026-01-03")[0])


def test_fields_nobody_reads_are_not_kept() -> None:
    """With `fields`, only those columns (and those that the program compares) stay with events and objects."""
    table = frame(
        time=["2026-01-01"], contact=["c0"], event=["hop"], object_id=["o"], kind=["event"], a=[1], b=[2], c=[3]
    )
    events = read_events(table, PEOPLE, fields={"a"}, expected={"b": "number"}, event_id=find_event)
    assert events.of(0)[0].fields == {"a": 1, "b": 2}
    assert read_objects(table, PEOPLE, fields={"c"}).of(0) == {"event": {"o": {"c": 3}}}


def test_the_first_event_of_a_stretch_of_time_is_found() -> None:
    """`first_of` gives the first moment from begin on, or the end where there is none."""
    day = 86_400_000
    table = frame(time=["1970-01-02", "1970-01-04", "1970-01-03"], contact=["c1"] * 3, event=["hop"] * 3)
    events = read_events(table, PEOPLE, event_id=find_event)
    asked = [(0, 9), (2, 9), (3, 9), (4, 9), (2, 1)]
    assert [events.first_of(1, begin * day, until * day) // day for begin, until in asked] == [1, 2, 3, 9, 1]
    assert events.first_of(0, 0, 9) == 9


def test_what_a_plan_wants_does_not_change_what_cells_mean(tmp_path: Path) -> None:
    """A column is of one type for the whole table, also where only some of its rows are kept."""
    path = csv_at(
        tmp_path, "time,contact,event,code\n2026-01-01,c0,joins program,12\n2026-01-01,c0,hop,abc\n", "events.csv"
    )
    for wanted in (None, {"program.joined"}):
        assert read_events(path, PEOPLE, wanted=wanted, event_id=find_event).of(0)[0].fields == {"code": "12"}


def test_events_use_the_key_of_their_contacts() -> None:
    """Contacts keyed by mail address are found by a column of that name, which is then no field."""
    people = read_contacts(frame(mail=["a@x"], name=["A"]), key="mail")
    events = read_events(frame(time=["2026-01-01"], mail=["a@x"], event=["hop"]), people, event_id=find_event)
    assert events.of(0)[0].fields == {}


def test_an_unknown_contact_is_met_with_the_nearest_id() -> None:
    """An id that differs in case, blanks or a decimal .0 is a slip that the diagnostic names."""
    for written, meant in (("C1", "c1"), ("c1 ", "c1"), ("c1.0", "c1")):
        table = frame(time=["2026-01-01"], contact=[written], event=["hop"])
        found = only_diagnostic(lambda table=table: read_events(table, PEOPLE, event_id=find_event))
        assert (found.code, found.place, found.words) == ("E508", "events, row 0", written)
        assert f'did you mean "{meant}"?' in found.reason


def test_columns_that_events_need_are_asked_for_at_once() -> None:
    """A table without any of them is told all that is missing."""
    found = only_diagnostic(lambda: read_events(frame(when=["2026-01-01"]), PEOPLE))
    assert found.code == "E504"
    assert found.reason.endswith("time, contact, event")


# --- objects and catalogue --------------------------------------------------------------------------------------------


def test_objects_belong_to_their_contact() -> None:
    """Each contact has its own objects by kind and id, with the fields that are known; two contacts may share an id."""
    table = frame(
        kind=["event", "event", "quote", "event"],
        object_id=[7, 8, "q", 7],
        contact=["c1", "c0", "c1", "c0"],
        status=["new", None, "sent", "done"],
        start=pd.to_datetime(["2026-05-01 18:00", None, None, None]),
    )
    objects = read_objects(table, PEOPLE)
    start = datetime(2026, 5, 1, 18, tzinfo=UTC)
    assert objects.of(1) == {"event": {"7": {"status": "new", "start": start}}, "quote": {"q": {"status": "sent"}}}
    assert objects.of(0) == {"event": {"8": {}, "7": {"status": "done"}}}
    assert objects.of(2) == {}
    objects.of(1)["event"]["7"]["status"] = "changed"
    assert objects.of(1)["event"]["7"]["status"] == "new"


def test_the_same_object_twice_is_refused() -> None:
    """Two rows for one object of one contact leave open which of them holds."""
    table = frame(kind=["event", "event"], object_id=["e", "e"], contact=["c0", "c0"])
    found = only_diagnostic(lambda: read_objects(table, PEOPLE))
    assert (found.code, found.place) == ("E507", "objects, rows 0, 1")


def test_a_catalogue_knows_its_names_and_leaves_other_kinds_alone(tmp_path: Path) -> None:
    """Names of listed kinds are known or not, with the nearest one; kinds it does not list are not its business."""
    path = csv_at(tmp_path, "kind,name,steps,start\nprogram,Yoga,3,\nwebinar,Intro,,2026-05-01\n", "catalogue.csv")
    catalogue = read_catalogue(path)
    assert catalogue.names == {"program": {"Yoga": {"steps": 3}}, "webinar": {"Intro": {"start": date(2026, 5, 1)}}}
    assert catalogue.knows("program", "Yoga")
    assert not catalogue.knows("program", "Joga")
    assert catalogue.nearest("program", "Joga") == "Yoga"
    assert catalogue.knows("offer", "anything")
    assert Catalogue().knows("program", "anything")


# --- files say what frames say ----------------------------------------------------------------------------------------


def test_files_and_frames_give_the_same_tables(tmp_path: Path) -> None:
    """Saved as CSV or Parquet and opened again, tables mean what they meant as frames."""
    people = frame(contact=["c1", "c2"], age=[3, 4], born=["2000-01-31", "1999-12-31"], tags=["a;b", None])
    rows = frame(time=["2026-01-01 09:00", "2026-01-01"], contact=["c2", "c2"], event=["hop"] * 2, amount=[1.5, None])
    expected = {"born": "date"}
    opened = []
    for save in (None, "csv", "parquet"):
        tables: list[Any] = [people, rows]
        if save:
            paths = [tmp_path / f"{name}.{save}" for name in ("people", "rows")]
            for table, path in zip(tables, paths, strict=True):
                table.to_csv(path, index=False) if save == "csv" else table.to_parquet(path)
            tables = list(paths)
        got = open_tables(TableSources(*tables), TableNeeds(expected=expected, event_id=find_event))
        opened.append(([got.contacts.row(i) for i in (0, 1)], [got.events.of(i) for i in (0, 1)]))
    assert opened[0] == opened[1] == opened[2]


# --- size -------------------------------------------------------------------------------------------------------------


def test_large_tables_are_opened_whole() -> None:
    """200,000 contacts and 70,000 events lose nothing on their way in."""
    many = 200_000
    people = frame(contact=[f"c{i}" for i in range(many)], plan=["pro", "free"] * (many // 2), age=range(many))
    contacts = read_contacts(people)
    assert contacts.row(many - 1).columns == {"contact": f"c{many - 1}", "plan": "free", "age": many - 1}
    rows = frame(
        time=pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(70_000) % 977, unit="h"),
        contact=[f"c{i * 7 % many}" for i in range(70_000)],
        event=["hop"] * 70_000,
    )
    events = read_events(rows, contacts, event_id=find_event)
    assert len(events) == 70_000
