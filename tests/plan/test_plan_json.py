"""The runtime JSON: a plan survives it unchanged, and whatever is wrong with a file is said with its place."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from plans import plans

import flowdsl
from flowdsl.diagnostics.catalogue.plan import PLAN
from flowdsl.diagnostics.diagnostic import PlanError
from flowdsl.diagnostics.source import Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import (
    MOST_DAYS,
    MOST_MS,
    MOST_TIMES,
    And,
    ChangeMembership,
    Column,
    Compare,
    Duration,
    Event,
    EventMatch,
    Has,
    Not,
    Send,
    Setting,
)
from flowdsl.plan.json import content_hash, dump, load_plan, text
from flowdsl.plan.json.codec import NOWHERE
from flowdsl.plan.json.schema import schema

HERE = Span("welcome.flow", 10, 30, 2, 3)
WELCOME = plan.Plan(
    (
        plan.Flow(
            "Welcome",
            (
                plan.Enter("start", (plan.OnEvent(EventMatch(("program.joined",), ("Yoga",))),), "wait"),
                plan.Wait("wait", plan.Elapsed(Duration(months=1, ms=259_200_000)), "if", span=HERE),
                plan.Branch("if", Compare(Column("born"), "after", date(2000, 1, 1)), "send Hello", "split", "split"),
                plan.Act("send Hello", Send("email", "Hello"), "split", (Setting("when", date(2026, 3, 1)),)),
                plan.Split("split", (plan.Arm(300_000, "a", "repeat"), plan.Arm(700_000, "b", "end")), "repeat"),
                plan.Repeat("repeat", 2, "add tag vip", "go to split"),
                plan.Act("add tag vip", ChangeMembership("tags", "vip", True, "tag.got"), "repeat"),
                plan.Jump("go to split", "split", "end", 3),
                plan.Exit("end"),
            ),
            labels=(plan.Label("split", "split"),),
        ),
    ),
    world=(plan.World("Spring", controls=(plan.Control("pause", "Welcome", day=3),)),),
    events=(Event("program.joined", "program", adds="programs"), Event("tag.got", "tag", adds="tags")),
)


def spans(thing: Any) -> Iterator[Span]:
    """Every span inside a plan, in the order of its fields, but those of expressions, which do not travel."""
    if isinstance(thing, tuple):
        for one in thing:
            yield from spans(one)
    elif is_dataclass(thing) and not isinstance(thing, type):
        for field in fields(thing):
            value = getattr(thing, field.name)
            if isinstance(value, Span):
                if field.metadata.get("export", True):
                    yield value
            else:
                yield from spans(value)


def refused(document: Any) -> dict[str, str]:
    """The places that loading a document complains about, with their codes."""
    with pytest.raises(PlanError) as caught:
        load_plan(document)
    assert all(found.code in PLAN for found in caught.value.diagnostics)
    return {found.place: found.code for found in caught.value.diagnostics}


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """The welcome plan with one thing in it changed, and sealed again."""
    document = copy.deepcopy(dump(WELCOME))
    inner: Any = document
    for key in path[:-1]:
        inner = inner[key]
    if to is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return document


NODES = ("flows", 0, "nodes")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_a_plan_comes_back_as_it_was(original: plan.Plan) -> None:
    """Through a dict, and through the text of a file, a plan keeps its meaning and its places."""
    document = dump(original)
    loaded = load_plan(document)
    assert loaded == original
    assert list(spans(loaded)) == list(spans(original))
    assert load_plan(json.loads(text(document))) == original
    assert dump(loaded) == document


def test_a_file_is_read(tmp_path: Path) -> None:
    """A path is read as UTF-8, with or without a byte order mark."""
    path = tmp_path / "plan.json"
    for encoding in ("utf-8", "utf-8-sig"):
        path.write_text(text(dump(WELCOME)), encoding=encoding)
        assert load_plan(path) == load_plan(str(path)) == WELCOME


def test_the_document_reads_well() -> None:
    """Kinds, ports, units and places are there by name; what is empty is left out."""
    document = dump(WELCOME)
    assert document["schema_version"] == 1
    assert document["flows"][0]["nodes"][1] == {
        "kind": "wait",
        "id": "wait",
        "until": {"kind": "elapsed", "lapse": {"months": 1, "ms": 259200000}},
        "next": "if",
        "span": {"file": "welcome.flow", "start": 10, "end": 30, "line": 2, "column": 3},
    }
    test = {
        "kind": "compare",
        "left": {"kind": "column", "name": "born"},
        "op": "after",
        "right": {"date": "2000-01-01"},
    }
    assert document["flows"][0]["nodes"][2]["test"] == test


def test_sets_that_engines_look_things_up_in_are_complete() -> None:
    """No kind of event, or one that can become of no message, is refused before an engine meets it."""
    trigger = ("flows", 0, "nodes", 0, "triggers", 0, "match")
    assert refused(changed(*trigger, "events", to=[]))["flows[0].nodes[0].triggers[0].match.events"] == "E605"
    assert refused(changed("events", 0, "flag", to="eaten"))["events[0].flag"] == "E605"
    for flags, path in ((["eaten"], "flags[0]"), ([], "flags")):
        test = {"kind": "flagged", "channels": ["email"], "name": "Hello", "flags": flags}
        assert refused(changed(*NODES, 2, "test", to=test))[f"flows[0].nodes[2].test.{path}"] == "E605"


def test_a_document_names_files_from_the_folder_of_the_program(tmp_path: Path) -> None:
    """Where a program lies on a machine is nobody's business: no absolute path is exported."""
    (tmp_path / "more").mkdir()
    text_of = 'flow "{0}"\n  when member joins program\n  then send email "{0}"\n'
    (tmp_path / "a.flow").write_text(text_of.format("A"))
    (tmp_path / "more" / "b.flow").write_text(text_of.format("B"))
    whole = flowdsl.dump(flowdsl.load(tmp_path))
    assert str(tmp_path) not in text(whole)
    assert [flow["span"]["file"] for flow in whole["flows"]] == ["a.flow", "more/b.flow"]
    alone = flowdsl.dump(flowdsl.load(tmp_path / "more" / "b.flow"))
    assert alone["flows"][0]["span"]["file"] == "b.flow"
    assert load_plan(whole).flows[0].name == "A"


def test_a_text_that_looks_like_a_date_stays_a_text() -> None:
    """Dates and texts of equal looks are told apart."""
    flow = WELCOME.flows[0]
    act = replace(flow.nodes[3], settings=(Setting("text", "2026-03-01"), Setting("day", date(2026, 3, 1))))
    whole = replace(WELCOME, flows=(replace(flow, nodes=(*flow.nodes[:3], act, *flow.nodes[4:])),))
    loaded = load_plan(dump(whole)).flows[0].nodes[3]
    assert isinstance(loaded, plan.Act)
    assert [config.value for config in loaded.settings] == ["2026-03-01", date(2026, 3, 1)]


def test_the_hash_is_of_the_meaning() -> None:
    """Moving a line keeps the hash; changing a name, a number, or yes to 1 changes it."""
    flow = WELCOME.flows[0]

    def with_test(value: Any) -> str:
        branch = plan.Branch("if", Compare(Column("x"), "is", value), "send Hello", "split", "split")
        return content_hash(replace(WELCOME, flows=(replace(flow, nodes=(*flow.nodes[:2], branch, *flow.nodes[3:])),)))

    moved = replace(flow, span=HERE, nodes=(*flow.nodes[:1], replace(flow.nodes[1], span=NOWHERE), *flow.nodes[2:]))
    assert content_hash(replace(WELCOME, flows=(moved,))) == content_hash(WELCOME)
    assert len({with_test(True), with_test(1), with_test("1"), with_test(2), content_hash(WELCOME)}) == 5
    assert with_test(3.0) == with_test(3)


def test_the_hash_can_be_computed_from_the_file_alone() -> None:
    """A consumer that knows only the page can check the seal: no spans, sorted keys, no white space, SHA-256."""
    document = json.loads(text(dump(WELCOME)))
    assert document["hash"] == hash_of(document)


def test_layout_travels_outside_the_plan() -> None:
    """Places of nodes in a picture change neither plan nor hash, but a broken one is told."""
    document = dump(WELCOME, layout={"Welcome": {"wait": (10, 20.5)}})
    assert document["layout"] == {"Welcome": {"wait": {"x": 10, "y": 20.5}}}
    assert load_plan(document) == WELCOME
    assert refused({**document, "layout": {"Welcome": {"wait": {"x": True}}}}) == {"layout.Welcome.wait": "E605"}
    assert refused({**document, "layout": 5}) == {"layout": "E605"}


@pytest.mark.parametrize(
    ("document", "place", "code"),
    [
        (changed("schema_version", to=2), "schema_version", "E602"),
        (changed("schema_version", to="1"), "schema_version", "E602"),
        (changed("schema_version", to=True), "schema_version", "E602"),
        (changed("schema_version", to=...), "schema_version", "E602"),
        (changed("hash", to=...), "hash", "E603"),
        (changed("hash", to=5), "hash", "E605"),
        (changed("hash", to="sha256:00"), "hash", "E609"),
        (changed("flows", to=...), "flows", "E603"),
        (changed("flows", to={}), "flows", "E605"),
        (changed("policy", to=[]), "policy", "E605"),
        (changed("extra", to=1), "extra", "E604"),
        (changed("flows", 0, "name", to=...), "flows[0].name", "E603"),
        (changed("flows", 0, "name", to=None), "flows[0].name", "E605"),
        (changed("flows", 0, "kind", to="flows"), "flows[0].kind", "E605"),
        (changed("flows", 0, "zone", to="Europe/Pariss"), "flows[0].zone", "E605"),
        (changed("flows", 0, "speed", to=1), "flows[0].speed", "E604"),
        (changed(*NODES, to=[]), "flows[0].nodes", "E608"),
        (changed(*NODES, -1, to=...), "flows[0].nodes[4].arms[1].to", "E606"),
        (changed(*NODES, 0, to=...), "flows[0].nodes[0].kind", "E608"),
        (changed(*NODES, 1, "kind", to="sleep"), "flows[0].nodes[1].kind", "E605"),
        (changed(*NODES, 1, "kind", to=...), "flows[0].nodes[1].kind", "E603"),
        (changed(*NODES, 1, to="wait"), "flows[0].nodes[1]", "E605"),
        (changed(*NODES, 1, "next", to="iff"), "flows[0].nodes[1].next", "E606"),
        (changed(*NODES, 1, "next", to="wait"), "flows[0].nodes[1]", "E608"),
        (changed(*NODES, 1, "next", to="start"), "flows[0].nodes[0]", "E608"),
        (changed(*NODES, 1, "id", to="if"), "flows[0].nodes[2].id", "E607"),
        (changed(*NODES, 1, "until", "lapse", "ms", to=-1), "flows[0].nodes[1].until.lapse.ms", "E605"),
        (changed(*NODES, 1, "until", "lapse", "ms", to=True), "flows[0].nodes[1].until.lapse.ms", "E605"),
        (changed(*NODES, 1, "until", "lapse", "ms", to=1.5), "flows[0].nodes[1].until.lapse.ms", "E605"),
        (changed(*NODES, 1, "until", "lapse", "ms", to=2**60), "flows[0].nodes[1].until.lapse.ms", "E605"),
        (changed(*NODES, 2, "join", to="elsewhere"), "flows[0].nodes[2].join", "E606"),
        (changed(*NODES, 2, "test", "right", to=float("nan")), "flows[0].nodes[2].test.right", "E605"),
        (changed(*NODES, 2, "test", "right", to=None), "flows[0].nodes[2].test.right", "E605"),
        (changed(*NODES, 2, "test", "right", to={"date": "2026-02-30"}), "flows[0].nodes[2].test.right.date", "E605"),
        (changed(*NODES, 2, "test", "right", to={"day": "2026-02-01"}), "flows[0].nodes[2].test.right", "E605"),
        (changed(*NODES, 3, "effect", "message", to=["Hello"]), "flows[0].nodes[3].effect.message", "E605"),
        (changed(*NODES, 3, "effect", to={"kind": "begin", "flow": "X"}), "flows[0].nodes[3].effect.flow", "E606"),
        (changed(*NODES, 4, "arms", 0, "share", to=200_000), "flows[0].nodes[4].arms", "E608"),
        (changed(*NODES, 4, "arms", 0, "to", to="x"), "flows[0].nodes[4].arms[0].to", "E606"),
        (changed(*NODES, 5, "times", to="2"), "flows[0].nodes[5].times", "E605"),
        (changed(*NODES, 7, "times", to=0), "flows[0].nodes[4]", "E608"),
        (changed(*NODES, 7, "leaves", to=["loop"]), "flows[0].nodes[7].leaves[0]", "E606"),
        (changed("flows", 0, "labels", 0, "node", to="x"), "flows[0].labels[0].node", "E606"),
        (changed("world", 0, "controls", 0, "flow", to="X"), "world[0].controls[0].flow", "E606"),
        (changed("world", 0, "controls", 0, "verb", to="kill"), "world[0].controls[0].verb", "E605"),
        (
            changed("world", 0, "rates", to=[{"event": "a", "name": "", "rate": 3, "per_ms": 0}]),
            "world[0].rates[0].per_ms",
            "E605",
        ),
        (
            changed("world", 0, "rates", to=[{"event": "a", "name": "", "rate": 3, "per_ms": 5, "most": 2}]),
            "world[0].rates[0].most",
            "E608",
        ),
        (
            changed("world", 0, "shares", to=[{"family": "tags", "name": "a", "share": 3, "column": "p"}]),
            "world[0].shares[0].column",
            "E608",
        ),
        (
            changed("world", 0, "controls", 0, "by", to="X"),
            "world[0].controls[0].by",
            "E608",
        ),
        (
            changed("policy", "caps", to=[{"times": 0, "channel": "", "every": {"ms": 1}}]),
            "policy.caps[0].times",
            "E605",
        ),
        (changed("events", to=[{"id": "a"}, {"id": "a"}]), "events[1].id", "E607"),
        (changed("events", to=[]), "flows[0].nodes[0].triggers[0].match.events[0]", "E606"),
        (changed("events", to=[]), "flows[0].nodes[6].effect.event", "E606"),
        (changed(*NODES, 3, "effect", "channel", to="fax"), "flows[0].nodes[3].effect.channel", "E605"),
        (changed(*NODES, 3, "effect", "channel", to=""), "flows[0].nodes[3].effect.channel", "E605"),
        (
            changed("world", 0, "rates", to=[{"event": "offer.bougth", "name": "", "rate": 5, "per_ms": 5}]),
            "world[0].rates[0].event",
            "E606",
        ),
    ],
)
def test_damage_is_refused_with_its_place(document: Any, place: str, code: str) -> None:
    """Whatever was changed in a file, its path and a code say what."""
    assert refused(document).get(place) == code


RELATIVE = {"kind": "relative", "ref": {"kind": "column", "name": "ends"}, "past": "skip"}
OPENED = {"id": "email.opened", "channel": "email", "flag": "opened"}


@pytest.mark.parametrize(
    ("document", "place", "code"),
    [
        (changed(*NODES, 1, "until", "lapse", "ms", to=MOST_MS + 1), "flows[0].nodes[1].until.lapse.ms", "E605"),
        (changed(*NODES, 1, "until", "lapse", "months", to=12_001), "flows[0].nodes[1].until.lapse.months", "E605"),
        *(
            (changed(*NODES, 1, "until", to={**RELATIVE, "sign": sign}), "flows[0].nodes[1].until.sign", "E605")
            for sign in (0, 2, True, "1", None)
        ),
        (
            changed(*NODES, 1, "until", to={**RELATIVE, "sign": 1, "days": MOST_DAYS + 1}),
            "flows[0].nodes[1].until.days",
            "E605",
        ),
        (changed(*NODES, 3, "effect", "message", to="a\ud800"), "flows[0].nodes[3].effect.message", "E605"),
        (changed(*NODES, 5, "times", to=0), "flows[0].nodes[5].times", "E605"),
        (changed(*NODES, 5, "times", to=MOST_TIMES + 1), "flows[0].nodes[5].times", "E605"),
        (changed(*NODES, 2, "join", to="start"), "flows[0].nodes[2].join", "E608"),
        (changed(*NODES, 7, "to", to="start"), "flows[0].nodes[7].to", "E608"),
        (changed(*NODES, 7, "leaves", to=["if"]), "flows[0].nodes[7].leaves[0]", "E608"),
        (changed("flows", 0, "labels", 0, "node", to="start"), "flows[0].labels[0].node", "E608"),
        (changed("flows", 0, "labels", 0, "ends", to="wait"), "flows[0].labels[0].ends", "E608"),
        (changed("world", 0, "controls", 0, "day", to=MOST_DAYS + 1), "world[0].controls[0].day", "E605"),
        (changed("events", 0, to={**OPENED, "flag": "clicked"}), "events[0]", "E608"),
        (changed("events", 0, to={**OPENED, "id": "mail.opened"}), "events[0]", "E608"),
        (changed("events", 0, to={"id": "email.opened"}), "events[0]", "E608"),
        (changed("events", 0, to=OPENED), "events[0]", "E606"),
        (
            changed(*NODES, 0, "triggers", 0, "match", "events", to=["program.joined"] * 2),
            "flows[0].nodes[0].triggers[0].match.events[1]",
            "E607",
        ),
    ],
)
def test_a_plan_keeps_the_bounds_of_a_text(document: Any, place: str, code: str) -> None:
    """What no text can say and no engine can run is refused: endless lengths, ways back to the start, lone openings."""
    assert refused(document).get(place) == code


def test_a_file_written_with_decimals_is_read() -> None:
    """JSON knows one kind of number, so a sign of 1.0 is 1."""
    flow = WELCOME.flows[0]
    waits = replace(flow.nodes[1], until=plan.Relative(Column("ends"), 1), span=NOWHERE)
    document = dump(replace(WELCOME, flows=(replace(flow, nodes=(flow.nodes[0], waits, *flow.nodes[2:])),)))
    document["flows"][0]["nodes"][1]["until"]["sign"] = 1.0
    loaded = load_plan(document).flows[0].nodes[1]
    assert isinstance(loaded, plan.Wait)
    assert loaded.until == plan.Relative(Column("ends"), 1)


def test_everything_wrong_is_said_at_once() -> None:
    """A wrong type, an unknown key and a port that leads nowhere, in different places, are one report."""
    document = changed(*NODES, 1, "next", to="nowhere")
    document["flows"][0]["nodes"][3]["effect"]["colour"] = "red"
    document["flows"][0]["nodes"][5]["times"] = "twice"
    document["world"][0]["controls"][0]["flow"] = "X"
    assert refused(document) == {
        "flows[0].nodes[1].next": "E606",
        "flows[0].nodes[3].effect.colour": "E604",
        "flows[0].nodes[5].times": "E605",
        "world[0].controls[0].flow": "E606",
    }


@pytest.mark.parametrize("value", [[["x"]], {}, None, 5, True])
@pytest.mark.parametrize("key", ["id", "next", "arms", "leaves", "kind"])
def test_broken_ids_and_ports_of_any_type_are_told(key: str, value: Any) -> None:
    """Whatever stands where a name should, it ends in a message."""
    for node in range(len(WELCOME.flows[0].nodes)):
        document = changed(*NODES, node, key, to=value)
        assert set(refused(document).values()) <= {"E604", "E605", "E606", "E608"}


def test_a_node_of_unknown_kind_makes_no_other_nodes_wrong() -> None:
    """Ports that lead to a node that cannot be read are no further diagnostics."""
    assert refused(changed(*NODES, 1, "kind", to="sleep")) == {"flows[0].nodes[1].kind": "E605"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"schema_version": 1,',
        b'{"schema_version": NaN}',
        b'{"schema_version": 1, "schema_version": 1}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    """Cut off, doubled, in another encoding or nested without end: a message, never a traceback."""
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    assert refused(path) == {"": "E601"}
    assert refused(tmp_path / "missing.json") == {"": "E601"}


@pytest.mark.parametrize("document", [None, [], "{}", 5, {}])
def test_something_else_than_a_plan_is_refused(document: Any) -> None:
    """Other JSON values, and paths that are no files, are no plans."""
    assert set(refused(document).values()) <= {"E601", "E602", "E605"}


def test_huge_nesting_is_refused() -> None:
    """A thousand conditions inside each other end in a message, as a dict and as a file."""
    test: dict[str, Any] = {"kind": "has", "family": "tags"}
    for _ in range(1000):
        test = {"kind": "not", "item": test}
    assert refused(changed(*NODES, 2, "test", to=test)) == {"": "E601"}


def test_the_deepest_condition_of_the_language_travels() -> None:
    """64 levels of parentheses, each with a `not`, are no trouble."""
    test: Any = Has("tags")
    for _ in range(64):
        test = Not(And((test, Has("groups"))))
    flow = WELCOME.flows[0]
    deep = replace(WELCOME, flows=(replace(flow, unless=test),))
    assert load_plan(dump(deep)) == deep


def test_numbers_written_as_floats_are_whole() -> None:
    """A tool that writes 3.0 for 3 does no harm."""
    assert load_plan(changed(*NODES, 7, "times", to=3.0)) == WELCOME


@pytest.mark.parametrize("code", sorted(set(PLAN) - {"E610"}))
def test_each_diagnostic_of_the_catalogue_has_a_wrong_and_a_right_file(code: str, tmp_path: Path) -> None:
    """The example of each code has exactly that diagnostic, and the right one beside it has none."""
    diagnostic = PLAN[code]
    path = tmp_path / "plan.json"
    path.write_text(sealed(diagnostic.right), encoding="utf-8")
    load_plan(path)
    path.write_text(sealed(diagnostic.wrong), encoding="utf-8")
    assert set(refused(path).values()) == {code}


def sealed(content: str) -> str:
    """An example of the catalogue with the right hash in its place."""
    if "sha256:…" not in content:
        return content
    sections: dict[str, Any] = {"flows": [], "policy": {}, "world": [], "events": []}
    return content.replace("sha256:…", hash_of({**sections, **json.loads(content)}))


def hash_of(document: dict[str, Any]) -> str:
    """The hash as the page tells a consumer to make it."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(inner) for key, inner in value.items() if key != "span"}
        return [bare(inner) for inner in value] if isinstance(value, list) else value

    meaning = bare({key: document[key] for key in ("flows", "policy", "world", "events")})
    canonical = json.dumps(meaning, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


# --- the schema -------------------------------------------------------------------------------------------------------

VALIDATOR = Draft202012Validator(schema())


def test_the_shipped_schema_is_the_one_the_plan_makes() -> None:
    """The schema in the package is never behind the classes: `python -m flowdsl.plan.json.schema` writes it."""
    shipped = files("flowdsl").joinpath("plan/json/runtime.schema.json").read_text(encoding="utf-8")
    assert shipped == text(schema())
    Draft202012Validator.check_schema(json.loads(shipped))


def test_the_schema_is_closed_and_says_what_things_are() -> None:
    """No object takes a key that is not listed, and every class has its sentence."""
    for name, definition in schema()["$defs"].items():
        if definition.get("type") == "object":
            assert definition["additionalProperties"] is False, name
            assert definition["description"], name
            assert set(definition["required"]) <= set(definition["properties"]), name


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_every_dump_is_valid(whole: plan.Plan) -> None:
    """Whatever plan is exported, the schema accepts it, as a consumer's validator would."""
    VALIDATOR.validate(json.loads(text(dump(whole, layout={"A": {"start": (0, 0)}}))))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans().map(dump), st.randoms(use_true_random=False))
def test_schema_and_reader_refuse_the_same(document: dict[str, Any], chance: Random) -> None:
    """Change any one value: the reader refuses what the schema refuses; beyond that only names, dates and the hash."""
    holder, key = chance.choice(list(places(document)))
    old = holder[key]
    holder[key] = chance.choice(
        [None, True, -1, 1.5, 10**20, "", "x", [], {}, {"kind": "x"}, [1], {"date": "2026-01-32"}]
    )
    valid = VALIDATOR.is_valid(document)
    try:
        load_plan(document)
    except PlanError as error:
        codes = {found.code for found in error.diagnostics}
        beyond_schema = codes <= {"E606", "E607", "E608", "E609"} or any(
            any(word in found.message for word in ("zone", "table", "a date")) for found in error.diagnostics
        )
        assert not valid or beyond_schema, (codes, old, holder[key])
    else:
        assert valid, (old, holder[key])


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document at which a value stands."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])
