"""The page about the runtime JSON is true: its pieces stand in the file, its consumers do what the engine does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_docs import ROOT, blocks

import flowdsl
from flowdsl.chance import delay_laws, keyed_draws
from flowdsl.plan.json import schema
from flowdsl.plan.json.codec import kind, parts, shape
from flowdsl.plan.json.integrity import PORTS
from flowdsl.plan.plan import Node

PAGE = ROOT / "docs" / "reference" / "runtime-json.md"
BLOCKS = blocks(PAGE)
PROGRAM = next(block.text for block in BLOCKS if block.file == "offer.flow")
PEOPLE = [f"c{i}" for i in range(60)]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a script of the page beside the plan.json of its program; gives its names."""
    monkeypatch.chdir(tmp_path)
    Path("plan.json").write_text(json.dumps(flowdsl.dump(PROGRAM)), encoding="utf-8")
    return lambda file: named(file)


def named(file: str) -> SimpleNamespace:
    names: dict[str, Any] = {"__name__": "page"}
    exec(compile(next(block.text for block in BLOCKS if block.file == file), file, "exec"), names)
    return SimpleNamespace(**names)


def without_spans(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_spans(inner) for key, inner in value.items() if key != "span"}
    return [without_spans(inner) for inner in value] if isinstance(value, list) else value


def inside(value: Any) -> Iterator[Any]:
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(inner)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "json"], ids=str)
def test_each_piece_of_json_stands_in_the_file(block: Any) -> None:
    """What the page shows of the document is what export writes for the program above."""
    document = flowdsl.dump(PROGRAM)
    for node in inside(document):
        if isinstance(node, dict) and "span" in node:
            node["span"]["file"] = "offer.flow"
    piece = json.loads(block.text)
    assert piece in [*inside(document), *inside(without_spans(document))]


def test_every_kind_and_key_is_on_the_page() -> None:
    """Nothing of the format is left for a reader of the page to find out alone."""
    text = PAGE.read_text(encoding="utf-8")
    silent = {"text", "item", "items", "span", "fields", "value", "values"}
    for name, definition in schema.schema()["$defs"].items():
        if "properties" in definition and "kind" in definition["properties"] and name != "flow":
            assert f"`{name}`" in text, name
    for flow_key in schema.schema()["$defs"]["flow"]["properties"]:
        assert flow_key in silent or f"`{flow_key}`" in text, flow_key


def test_the_ports_of_the_page_are_those_of_the_plan() -> None:
    """The table of nodes names exactly the keys that hold ids of nodes."""
    rows = [line.split("|")[1:3] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    ports = {cells[0].strip(" `"): cells[1].replace("`", "").replace(" ", "") for cells in rows}
    for node in shape(Node).kinds.values():
        own = [part.key for part in parts(node) if part.key in PORTS]
        arms = ["arms[].to"] if any(part.key == "arms" for part in parts(node)) else []
        assert ports[kind(node)] == ",".join([*own, *arms]), node


# --- the order before a send ------------------------------------------------------------------------------------------


def simulated(rows: list[tuple[str, str, str, str, Any]], people: pd.DataFrame, **options: Any) -> Any:
    events = pd.DataFrame(rows, columns=["time", "contact", "event", "object", "amount"])
    return flowdsl.simulate(PROGRAM, people, events=events, scenario="Spring", **options)


def test_the_send_order_of_the_page_is_that_of_the_engine(script: Any) -> None:
    """Eleven people in the states that the page describes: the engine sends, holds and skips as its consumer does."""
    page = script("sends.py")
    names = sorted(page.situations)
    ends = dict.fromkeys(names, "2026-03-10") | {"bea": "2026-03-01", "cal": None}
    ends |= dict.fromkeys(("gus", "ida", "jon"), "2026-03-09")
    people = pd.DataFrame(
        {
            "contact": names,
            "trial_ends": pd.to_datetime([ends[name] for name in names]),
            "can_email": [name not in ("dan", "fay") for name in names],
            "tags": ["no-mail" if name in ("cal", "eve") else "" for name in names],
        }
    )
    rows: list[Any] = [("2026-03-02 09:00+01:00", name, "buys offer", "Start", 60) for name in names]
    rows += [("2026-03-05 09:00+01:00", "dan", "buys membership", "Gold", None)]
    rows += [("2026-03-05 09:00+01:00", name, "unsubscribes from email", "", None) for name in ("fay", "gus")]
    rows += [("2026-03-05 09:00+01:00", "hal", "email bounces", "", None)]
    rows += [("2026-03-06 10:00+01:00", n, "joins group", g, None) for n in ("ida", "kim") for g in ("One", "Two")]
    sends = simulated(rows, people, days=14).sends
    engine = {
        row.contact: (row.status, row.reason if row.status == "skipped" else "", row.time)
        for row in sends[sends["flow"] == "Offer"].astype({"contact": str, "status": str, "reason": str}).itertuples()
    }
    assert set(engine) == set(names)
    for name, (contact, now) in page.situations.items():
        what, detail = page.decide(contact, now)
        while what == "waits":
            now = detail
            what, detail = page.decide(contact, now)
        status, reason, at = engine[name]
        assert (status, reason) == (("sent", "") if what == "queues" else ("skipped", detail)), name
        if "mark" not in contact:
            assert at.to_pydatetime() == now, name


def test_a_loaded_plan_gives_the_same_rows() -> None:
    """What comes back from the file does to people, row for row, what the program does."""
    people = pd.DataFrame({"contact": PEOPLE, "trial_ends": pd.Timestamp("2026-03-10")})
    rows: list[Any] = [("2026-03-02 09:00+01:00", name, "buys offer", "Start", 60) for name in PEOPLE]
    events = pd.DataFrame(rows, columns=["time", "contact", "event", "object", "amount"])
    loaded = flowdsl.load_plan(json.loads(json.dumps(flowdsl.dump(PROGRAM))))
    both = [flowdsl.simulate(one, people, events=events, days=60, seed=1).records for one in (PROGRAM, loaded)]
    assert len(both[0]) > len(PEOPLE)
    pd.testing.assert_frame_equal(*both)


# --- chance -----------------------------------------------------------------------------------------------------------

NUMBERS = st.integers(0, 2**64 - 1)
TABLES = st.sampled_from(
    [
        (0,),
        (5,),
        (0, 7_200_000),
        (3, 3),
        delay_laws.about(14_400_000),
        delay_laws.exponential(86_400_000),
        delay_laws.weibull(10**9, 0.6),
    ]
)
CHANCE = named("chance.py")


@given(st.lists(st.text() | st.integers(0, 2**63), max_size=4), st.integers(0, 1000))
def test_keys_and_draws_of_the_page_are_the_engines(levels: list[str | int], k: int) -> None:
    """The same key gives the same number in a program written from the page."""
    assert CHANCE.key(*levels) == keyed_draws.key(*levels)
    assert CHANCE.draw(CHANCE.key(*levels), k) == keyed_draws.draw(keyed_draws.key(*levels), k)


@given(TABLES, NUMBERS | st.integers(0, 2**20) | st.integers(2**64 - 2**20, 2**64 - 1))
def test_delays_of_the_page_are_the_engines(table: tuple[int, ...], number: int) -> None:
    """The same number gives the same delay, in the middle and at both ends of a table."""
    assert CHANCE.delay(table, number) == delay_laws.delay(table, number)


def test_answers_and_arms_of_the_page_are_the_engines(script: Any) -> None:
    """Who opens, when, and who goes which way: computed from the file alone, as in a simulation."""
    page = script("chance.py")
    plan = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    people = pd.DataFrame({"contact": PEOPLE, "trial_ends": pd.Timestamp("2026-03-10")})
    rows: list[Any] = [("2026-03-02 09:00+01:00", name, "buys offer", "Start", 60) for name in PEOPLE]
    results = simulated(rows, people, days=60, seed=3)
    sent = results.sends.astype({"contact": str}).set_index("contact")["time"]
    opened = results.records.query("action == 'email.opened'").astype({"contact": str}).set_index("contact")["time"]
    runs = results.runs.query("flow == 'Offer'").astype({"contact": str, "status": str}).set_index("contact")["status"]
    split = next(node for node in plan["flows"][0]["nodes"] if node["kind"] == "split")
    opens, clicks = plan["world"][0]["answers"]
    for name in PEOPLE:
        after = page.answered(opens, "email", "Try it", name, 0, seed=3)
        assert (sent[name] + pd.Timedelta(after, "ms") if after else None) == opened.get(name), name
        click = after and page.answered(clicks, "email", "Try it", name, 0, seed=3, cause=("email.opened",))
        waits_a_month = not click and page.arm("Offer", split, name, 3)["name"] == "short"
        assert (runs[name] == "cancelled") == waits_a_month, name
    assert 0 < len(opened) < len(PEOPLE)
