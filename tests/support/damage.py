"""Damaged plans for tests: a sound document and a Random go in, one with one thing wrong comes out.

`damaged` changes a copy at one place: a key is missing, a number is huge, a port leads elsewhere. `sealed` writes the
hash anew, so that a reader has to find what is wrong by itself.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from flowdsl.chance.delay_laws import LONGEST
from flowdsl.plan import plan
from flowdsl.plan.expressions import Event
from flowdsl.plan.json import RANGES, content_hash
from flowdsl.plan.json.codec import Decoder, Many, One, Problem

Document = dict[str, Any]
Place = tuple[Any, Any]  # an object or list of a document, and a key or index in it

NUMBERS = (
    0,
    -1,
    1,
    2,
    3,
    31,
    127,
    1440,
    12_001,
    10**9,
    10**9 + 1,
    2**31,
    LONGEST,
    LONGEST + 1,
    2**53 - 1,
    2**63,
    10**30,
)
NO_NUMBERS = (float("nan"), float("inf"), 1.5, True, False, None, "5", [], {})
TEXTS = (
    "",
    "start",
    "end",
    "nowhere",
    "email.opened",
    "email",
    "tags",
    "a\ud800",
    "é" * 300,
    "0",
    7,
    None,
    True,
    ["x"],
    {},
)
SECTIONS = {"flows": 12, "world": 5, "policy": 2, "events": 3}  # and how often something in it is damaged


def damaged(document: Document, random: Random) -> tuple[str, Document]:
    """What was damaged and how, for a message, and the damaged copy."""
    made = copy.deepcopy(document)
    sections = [name for name in SECTIONS if made.get(name)]
    section = random.choices(sections, [SECTIONS[name] for name in sections])[0]
    ways = [way for way in WAYS if way is not swap_references or section == "flows"]
    said = random.choice(ways)(made, section, random)
    return said, sealed(made)


def sealed(document: Document) -> Document:
    """The document with the hash of what it says; one that says nothing keeps the hash it has."""
    found: list[Problem] = []
    decoder = Decoder(found.append, RANGES)
    parts = {
        name: decoder.decode(document.get(name, []), Many(One(of)), name)
        for name, of in (("flows", plan.Flow), ("world", plan.World), ("events", Event))
    }
    policy = decoder.decode(document.get("policy", {}), One(plan.Policy), "policy")
    if not found:
        document["hash"] = content_hash(plan.Plan(policy=policy, **parts))
    return document


# --- places -----------------------------------------------------------------------------------------------------------


def _places(value: Any) -> Iterator[Place]:
    """Every place of a document; those of spans, which mean nothing, are left out."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        if key != "span":
            yield value, key
            if isinstance(value[key], dict | list):
                yield from _places(value[key])


def _place(document: Document, section: str, random: Random, fits: Callable[[Place], bool]) -> Place | None:
    """A place of a kind: first the kind, so that what is rare is damaged as often as what is not."""
    by_key: dict[str, list[Place]] = {}
    for holder, key in _places(document[section]):
        if fits((holder, key)):
            by_key.setdefault(key if isinstance(key, str) else "", []).append((holder, key))
    return random.choice(by_key[random.choice(sorted(by_key))]) if by_key else None


def _put(place: Place | None, value: Any, how: str) -> str:
    if place is None:
        return "nothing"
    holder, key = place
    before, holder[key] = holder[key], value
    of = _short(holder.get("kind", "")) if isinstance(holder, dict) else "a list"
    return f"{how} {key!r} of {of}: {_short(before)} -> {_short(value)}"


def _short(value: Any) -> str:
    return json.dumps(value, default=str)[:80]


def _is_number(place: Place) -> bool:
    value = place[0][place[1]]
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(place: Place) -> bool:
    return isinstance(place[0][place[1]], str)


def _is_list(place: Place) -> bool:
    return isinstance(place[0][place[1]], list)


def _is_piece(place: Place) -> bool:
    return isinstance(place[0][place[1]], dict | list)


def _is_in_object(place: Place) -> bool:
    return isinstance(place[0], dict)


# --- ways of damaging -------------------------------------------------------------------------------------------------


def drop(document: Document, section: str, random: Random) -> str:
    """A key or an item is missing."""
    place = _place(document, section, random, lambda _: True)
    assert place is not None
    holder, key = place
    return f"drop {key!r}: {_short(holder.pop(key))}"


def other_number(document: Document, section: str, random: Random) -> str:
    """A number is another one, or none."""
    return _put(
        _place(document, section, random, _is_number), random.choice((*NUMBERS, *NUMBERS, *NO_NUMBERS)), "number"
    )


def new_number(document: Document, section: str, random: Random) -> str:
    """A number stands where none was said."""
    keys = ("times", "months", "ms", "days", "minute", "sign", "nth", "day", "month_day", "most", "share", "rate")
    place = _place(document, section, random, _is_in_object)
    return _put_new(place, random.choice(keys), random.choice(NUMBERS))


def _put_new(place: Place | None, key: str, value: Any) -> str:
    if place is None:
        return "nothing"
    place[0][key] = value
    return f"new {key!r} in {_short(place[0].get('kind', sorted(map(str, place[0]))))}: {_short(value)}"


def other_text(document: Document, section: str, random: Random) -> str:
    """A text is another one: another of the document, one with a meaning elsewhere, none."""
    texts = [holder[key] for holder, key in _places(document) if isinstance(holder[key], str)]
    place = _place(document, section, random, _is_text)
    return _put(place, random.choice((random.choice(texts), random.choice(TEXTS))), "text")


def other_yes(document: Document, section: str, random: Random) -> str:
    """Yes instead of no, in a place that has it or in one that may have it."""
    keys = ("at_once", "every", "yearly", "include_existing", "none", "answer", "paused", "transactional", "cancel")
    more = ("since_step", "like_table", "present")
    place = _place(document, section, random, _is_in_object)
    return _put_new(place, random.choice((*keys, *more)), random.choice((True, False)))


def other_list(document: Document, section: str, random: Random) -> str:
    """A list is empty, or an item stands twice, elsewhere or not at all."""
    place = _place(document, section, random, _is_list)
    if place is None:
        return "nothing"
    items = list(place[0][place[1]])
    way = random.choice(("empty", "twice", "drop", "shuffle")) if items else "none"
    if way == "empty":
        items = []
    elif way == "twice":
        items.insert(random.randrange(len(items) + 1), copy.deepcopy(random.choice(items)))
    elif way == "drop":
        items.pop(random.randrange(len(items)))
    elif way == "shuffle":
        random.shuffle(items)
    return _put(place, items, way)


def swap_references(document: Document, section: str, random: Random) -> str:
    """A port, join, leave or label leads to another node of the flow: `start`, itself, or one further back."""
    flow = random.choice(document[section])
    ids = [node["id"] for node in flow["nodes"]]
    own = {*ids}
    fits = [
        (holder, key)
        for holder, key in _places({"nodes": flow["nodes"], "labels": flow.get("labels", [])})
        if key != "id" and key != "name" and isinstance(holder[key], str) and holder[key] in own
    ]
    if not fits:
        return "nothing"
    return _put(random.choice(fits), random.choice((*ids, "start")), "port")


def foreign_piece(document: Document, section: str, random: Random) -> str:
    """A piece of the document stands in the place of another."""
    pieces = [holder[key] for holder, key in _places(document) if isinstance(holder[key], dict | list)]
    place = _place(document, section, random, _is_piece)
    return _put(place, copy.deepcopy(random.choice(pieces)), "piece")


def kin_piece(document: Document, section: str, random: Random) -> str:
    """A piece stands in the place of another that the same key holds elsewhere: a test, an effect, a length of time."""
    place = _place(document, section, random, _is_piece)
    if place is None:
        return "nothing"
    kin = [h[k] for h, k in _places(document) if k == place[1] and isinstance(h[k], dict | list)]
    return _put(place, copy.deepcopy(random.choice(kin)), "kin")


def other_table(document: Document, section: str, random: Random) -> str:
    """A table of quantiles is damaged: too short, not in order, out of range; or it is a measured one."""
    lines = [
        line for world in document.get("world", []) for line in (*world.get("answers", []), *world.get("rates", []))
    ]
    if not lines:
        return "nothing"
    line = random.choice(lines)
    key = "delay" if "delay" in line and random.random() < 0.6 else "spread"
    table = list(line.get(key) or range(257))
    at, value = random.randrange(max(len(table), 1)), random.choice(NUMBERS)
    way = random.choice(("put", "cut", "add", "sort", "smooth", "empty"))
    if way == "put" and table:
        table[at] = value
    elif way == "cut":
        table = table[:at]
    elif way == "add":
        table.append(value)
    elif way == "sort":
        table = sorted([*table[:-1], random.randrange(10**9)]) if table else table
    elif way == "smooth":
        table = sorted(random.randrange(1, 10**6 if key == "spread" else 10**9) for _ in range(257))
    else:
        table = []
    line[key] = table
    return f"table {key} {way} {at} {value}"


WAYS: tuple[Callable[[Document, str, Random], str], ...] = (
    drop,
    other_number,
    other_number,
    new_number,
    other_text,
    other_text,
    other_yes,
    other_list,
    other_list,
    swap_references,
    swap_references,
    foreign_piece,
    kin_piece,
    other_table,
)
