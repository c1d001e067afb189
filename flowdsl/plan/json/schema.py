"""Makes the JSON Schema (draft 2020-12) of the runtime JSON from the classes of the plan.

`make docs` writes the file runtime.schema.json next to this module (`python -m flowdsl.plan.json.schema` prints it).
integrity.py checks what a schema cannot express, such as that a port leads to an existing node.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable

from flowdsl.plan.expressions import CHANNELS, FLAGS, Effect, Event, EventMatch, Expr, Ref
from flowdsl.plan.json import HEAD, RANGES, text
from flowdsl.plan.json.canonical import Json
from flowdsl.plan.json.codec import (
    BIGGEST,
    Anything,
    Choice,
    Day,
    Either,
    Many,
    Maybe,
    One,
    Part,
    Plain,
    Shape,
    below,
    kind,
    parts,
    shape,
)
from flowdsl.plan.json.references import ALWAYS_BY_ONE
from flowdsl.plan.plan import SCHEMA_VERSION, Flow, Node, Policy, Trigger, Until, World

DRAFT = "https://json-schema.org/draft/2020-12/schema"
UNIONS = {
    "node": shape(Node),
    "trigger": shape(Trigger),
    "until": shape(Until),
    "effect": shape(Effect),
    "expression": shape(Expr),
    "reference": shape(Ref),
}
_DAY: dict[str, Json] = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "description": "A date: 2026-03-01.",
}
_PLACE: dict[str, Json] = {
    "type": "object",
    "required": ["x", "y"],
    "properties": {"x": {"type": "number"}, "y": {"type": "number"}},
    "additionalProperties": False,
}
_VALUE: dict[str, Json] = {
    "description": "What a program can write down: a text, a number, yes or no, a date.",
    "anyOf": [
        {"type": ["string", "number", "boolean"]},
        {
            "type": "object",
            "required": ["date"],
            "properties": {"date": {"$ref": "#/$defs/date"}},
            "additionalProperties": False,
        },
    ],
}


def schema() -> dict[str, Json]:
    """The JSON Schema of a runtime JSON document of this version.

    >>> sorted(schema()["$defs"]["act"]["properties"])
    ['effect', 'id', 'kind', 'next', 'settings', 'span', 'unless']
    """
    sections: dict[str, Shape] = {
        "flows": Many(One(Flow)),
        "policy": One(Policy),
        "world": Many(One(World)),
        "events": Many(One(Event)),
    }
    classes: dict[type, bool] = {}
    for section in sections.values():
        _collect(section, classes)
    return {
        "$schema": DRAFT,
        "title": "FlowDSL runtime JSON",
        "description": "A plan: what the sender does (flows, policy), what scenarios say the world does (world), and"
        ' the kinds of event both speak of. A key that is absent means the empty value: "", 0, false, null or [].',
        "type": "object",
        "required": list(HEAD),
        "properties": {
            "schema_version": {"const": SCHEMA_VERSION, "description": "The version of this format."},
            "hash": {
                "type": "string",
                "pattern": "^sha256:[0-9a-f]{64}$",
                "description": "SHA-256 of flows, policy, world and events in the form of RFC 8785, without spans.",
            },
            **{key: _of(section) for key, section in sections.items()},
            "layout": {
                "type": "object",
                "description": "Places of nodes in pictures: flow, node, place. No part of the plan.",
                "additionalProperties": {"type": "object", "additionalProperties": _PLACE},
            },
        },
        "additionalProperties": False,
        "$defs": {
            **{kind(of): _object(of, classes[of]) for of in sorted(classes, key=kind)},
            **{name: _one_of(union.kinds) for name, union in UNIONS.items() if isinstance(union, Either)},
            "date": _DAY,
            "value": _VALUE,
        },
    }


def _collect(as_: Shape, found: dict[type, bool]) -> None:
    """The classes of a shape and of all their fields, and whether they are alternatives and so need their `kind`."""
    among_others = isinstance(_core(as_), Either)
    for of in below(as_):
        if of in found:
            if found[of] != among_others:
                raise TypeError(f"{of.__name__} stands alone here and among others there")
            continue
        found[of] = among_others
        for part in parts(of):
            _collect(part.shape, found)


def _core(as_: Shape) -> Shape:
    return _core(as_.item) if isinstance(as_, Many | Maybe) else as_


# --- one class --------------------------------------------------------------------------------------------------------


def _object(of: type, tells_kind: bool) -> dict[str, Json]:
    head: dict[str, Json] = {"kind": {"const": kind(of)}} if tells_kind else {}
    text_, field_texts = _described(of)
    return {
        "description": text_,
        "type": "object",
        "required": [*head, *(part.key for part in parts(of) if not part.is_brief)],
        "properties": {**head, **{part.key: _property(of, part, field_texts) for part in parts(of)}},
        "additionalProperties": False,
    }


def _property(of: type, part: Part, field_texts: dict[str, str]) -> dict[str, Json]:
    range_ = RANGES.get((of, part.name), (0, BIGGEST))
    description = {"description": field_texts[part.name]} if part.name in field_texts else {}
    if part.name == "channel":
        return {**description, **_channel(may_lack=not issubclass(of, ALWAYS_BY_ONE))}
    if part.name == "channels":
        return {**description, "type": "array", "items": _channel(may_lack=False)}
    if part.name == "flag":
        return {**description, "enum": [*FLAGS, ""]}
    if part.name == "flags":
        return {**description, "type": "array", "items": {"enum": [*FLAGS]}, "minItems": 1}
    if (of, part.name) == (EventMatch, "events"):
        return {**description, **_of(part.shape), "minItems": 1}
    return {**description, **_of(part.shape, range_)}


def _channel(may_lack: bool) -> dict[str, Json]:
    return {"enum": [*CHANNELS, ""] if may_lack else [*CHANNELS]}


def _described(of: type) -> tuple[str, dict[str, str]]:
    """The docstring of a class, and of its fields from lines such as `noun     the name of its object`."""
    about: list[str] = []
    fields: dict[str, str] = {}
    name = ""
    for line in inspect.cleandoc(of.__doc__ or "").splitlines():
        field = re.match(r"(\w+) {2,}(\S.*)", line)
        if field:
            name = field[1]
            fields[name] = field[2]
        elif name and line.startswith(" "):
            fields[name] += f" {line.strip()}"
        else:
            about.append(line)
            name = ""
    return " ".join(" ".join(about).split()), fields


# --- one shape --------------------------------------------------------------------------------------------------------


def _of(as_: Shape, range_: tuple[int, int] = (0, BIGGEST)) -> dict[str, Json]:
    """The schema of a shape; `range_` is the range of its whole numbers."""
    match as_:
        case Plain(type_):
            low, high = range_
            if type_ is int:
                return {"type": "integer", "minimum": low, "maximum": high}
            return {"type": "string" if type_ is str else "boolean"}
        case Many(item):
            return {"type": "array", "items": _of(item, range_)}
        case Maybe(item):
            return {"anyOf": [_of(item, range_), {"type": "null"}]}
        case One(of):
            return {"$ref": f"#/$defs/{kind(of)}"}
        case Either(kinds):
            name = next((name for name, union in UNIONS.items() if union == as_), None)
            return {"$ref": f"#/$defs/{name}"} if name else _one_of(kinds)
        case Choice(members):
            return {"enum": list(members)}
        case Day():
            return {"$ref": "#/$defs/date"}
        case Anything():
            return {"$ref": "#/$defs/value"}


def _one_of(kinds: Iterable[str]) -> dict[str, Json]:
    return {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in kinds]}


if __name__ == "__main__":
    print(text(schema()), end="")
