"""Converts frozen dataclasses to plain JSON and back, based on their type hints, so that no class needs code of its
own.

`shape` reads a hint once; `encode`, `decode` and the JSON Schema (schema.py) all use it. The rules:

    a dataclass      an object; a key is a field (or its metadata "key"). If there are several classes, `kind` selects
                     one: its KIND, else the name of the class in snake case
    an empty field   is left out if its default is the empty value ("", 0, false, null, []): absent means empty
    a tuple          a list
    a date           "2026-03-01"; {"date": "2026-03-01"} where any value is allowed, to distinguish dates from texts
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeGuard, Union, get_args, get_origin, get_type_hints

from flowdsl.calendar.clock import parse_date
from flowdsl.diagnostics.source import NOWHERE
from flowdsl.plan.expressions import Value
from flowdsl.plan.json.canonical import Json

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Thing: TypeAlias = "Value | tuple[Thing, ...] | DataclassInstance | None"  # what plans are made of
BIGGEST = 2**53 - 1  # whole numbers up to this are exact in every JSON reader
LONGEST_WORDS = 60  # characters of a wrong value that a message shows

# --- shapes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plain:
    """A text, a yes or no, or a whole number."""

    type: type


@dataclass(frozen=True, slots=True)
class Day:
    """A date."""


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value that a program can contain: text, number, yes or no, date."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few texts or whole numbers."""

    members: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Many:
    """A list of items of one shape."""

    item: Shape


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value, or null."""

    item: Shape


@dataclass(frozen=True, slots=True)
class One:
    """An object of this class."""

    type: type


@dataclass(frozen=True, slots=True)
class Either:
    """An object of one of these classes; its `kind` selects the class."""

    kinds: Mapping[str, type]


Shape: TypeAlias = Plain | Day | Anything | Choice | Many | Maybe | One | Either


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a class and its key in JSON. is_brief: left out when it has its default, which is empty; a
    field without one has None there."""

    name: str
    key: str
    shape: Shape
    default: Thing
    is_brief: bool


def shape(hint: Any) -> Shape:
    """The shape of a type hint. Raises TypeError for a hint that has none.

    >>> shape(tuple[str, ...])
    Many(item=Plain(type=<class 'str'>))
    """
    if hint == Value:
        return Anything()
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _union([arg for arg in args if arg is not NoneType], NoneType in args)
    if origin is Literal:
        return Choice(args)
    if origin is tuple:
        return Many(shape(args[0]))
    if hint is date:
        return Day()
    if hint in (str, bool, int):
        return Plain(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return One(hint)
    raise TypeError(f"{hint!r} has no shape in JSON")


def _union(members: list[type], or_none: bool) -> Shape:
    for member in members if len(members) > 1 else ():
        if any(field.metadata.get("key", field.name) == "kind" for field in fields(member)):
            raise TypeError(f"{member.__name__} has a field whose key is `kind`, and that says which class it is")
    inner = shape(members[0]) if len(members) == 1 else Either({kind(member): member for member in members})
    return Maybe(inner) if or_none else inner


def kind(of: type) -> str:
    """The name of a class in JSON: its `KIND`, which does not change when the class is renamed, else its name.

    >>> from flowdsl.plan.expressions import SetField, TriggerField
    >>> kind(TriggerField), kind(SetField)
    ('trigger_field', 'assign')
    """
    return getattr(of, "KIND", "") or re.sub(r"(?<!^)(?=[A-Z])", "_", of.__name__).lower()


@cache
def parts(of: type) -> tuple[Part, ...]:
    """The fields of a class that are written to JSON; those of its base class (the place in the text) come last."""
    hints = get_type_hints(of)
    found = []
    for field in fields(of):
        if field.metadata.get("export", True):
            is_brief = field.default is not MISSING and (field.default is NOWHERE or not field.default)
            key = field.metadata.get("key", field.name)
            default = None if field.default is MISSING else field.default
            found.append(Part(field.name, key, shape(hints[field.name]), default, is_brief))
    return tuple(sorted(found, key=lambda part: part.name == "span"))


# --- encoding ---------------------------------------------------------------------------------------------------------


def encode(thing: Any, as_: Shape, spans: bool = True) -> Json:
    """A value as JSON; with `spans` False its places in the text are left out.

    >>> from flowdsl.plan.expressions import Duration
    >>> encode(Duration(ms=259_200_000), One(Duration))
    {'ms': 259200000}
    """
    match as_:
        case Many(item):
            return [encode(one, item, spans) for one in thing]
        case Maybe(item):
            return None if thing is None else encode(thing, item, spans)
        case One():
            return encode_object(thing, spans)
        case Either():
            return {"kind": kind(type(thing)), **encode_object(thing, spans)}
        case Anything() if isinstance(thing, date):
            return {"date": thing.isoformat()}
        case Anything() if isinstance(thing, float) and thing.is_integer() and abs(thing) <= BIGGEST:
            return int(thing)  # JSON has one kind of number, so 3.0 and 3 must be written alike
        case Day():
            return str(thing.isoformat())
    plain: str | bool | int | float = thing
    return plain


def encode_object(thing: DataclassInstance, spans: bool = True) -> dict[str, Json]:
    """The fields of a thing as a JSON object, without its kind; see `encode`."""
    found: dict[str, Json] = {}
    of: type = type(thing)
    for part in parts(of):
        value = getattr(thing, part.name)
        if (part.is_brief and value == part.default) or (part.name == "span" and not spans):
            continue
        found[part.key] = encode(value, part.shape, spans)
    return found


# --- decoding ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """An error at a place of a JSON document: `flows[0].nodes[3].next`."""

    code: str
    path: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Wrong:
    """Replaces a value that could not be decoded, so that the rest can still be checked."""

    raw: Json


Note: TypeAlias = Callable[[Problem], None]
Ranges: TypeAlias = Mapping[tuple[type, str], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Decoder:
    """Reads JSON by shapes and notes all errors; `ranges` of whole numbers by (class, field), else 0 or more."""

    note: Note
    ranges: Ranges

    def decode(self, raw: Json, as_: Shape, path: str, range_: tuple[int, int] = (0, BIGGEST)) -> Any:
        """The value of a piece of JSON, or Wrong if it has none.

        >>> Decoder(print, {}).decode(True, Plain(int), "flows[0].nodes[1].times")
        Problem(code='E605', path='flows[0].nodes[1].times', message='a whole number is needed here, not true')
        Wrong(raw=True)
        """
        match as_:
            case Many(item):
                if not isinstance(raw, list):
                    return self._wrong(raw, "a list", path)
                return tuple(self.decode(one, item, f"{path}[{i}]", range_) for i, one in enumerate(raw))
            case Maybe(item):
                return None if raw is None else self.decode(raw, item, path, range_)
            case One(type_):
                return self._object(raw, type_, path, {})
            case Either(kinds):
                return self._either(raw, kinds, path)
            case Plain(type_):
                return self._plain(raw, type_, path, range_)
            case Anything():
                return self._anything(raw, path)
            case Day():
                return self._day(raw, path)
            case Choice(members):
                found = _whole(raw)
                is_known = isinstance(found, str | int) and not isinstance(found, bool) and found in members
                return found if is_known else self._wrong(raw, _one_of(members), path)

    def _object(self, raw: Json, type_: type, path: str, known: Mapping[str, str]) -> DataclassInstance | Wrong:
        if not isinstance(raw, dict):
            return self._wrong(raw, f"an object ({kind(type_)})", path)
        values = {}
        for part in parts(type_):
            inner = f"{path}.{part.key}"
            if part.key in raw:
                range_ = self.ranges.get((type_, part.name), (0, BIGGEST))
                values[part.name] = self.decode(raw[part.key], part.shape, inner, range_)
            elif part.is_brief:
                values[part.name] = part.default
            else:
                self.note(Problem("E603", inner, f"`{part.key}` is missing"))
                values[part.name] = Wrong(None)
        keys = {*known, *(part.key for part in parts(type_))}
        for key in (key for key in raw if key not in keys):
            self.note(Problem("E604", f"{path}.{key}", f"no {kind(type_)} has a key `{shown(key)}`"))
        made: DataclassInstance = type_(**values)
        return made

    def _either(self, raw: Json, kinds: Mapping[str, type], path: str) -> DataclassInstance | Wrong:
        if not isinstance(raw, dict):
            return self._wrong(raw, f"an object whose kind is {_one_of(kinds)}", path)
        if "kind" not in raw:
            self.note(Problem("E603", f"{path}.kind", "`kind` is missing"))
            return Wrong(raw)
        name = raw["kind"]
        if not isinstance(name, str) or name not in kinds:
            self._wrong(name, _one_of(kinds), f"{path}.kind")
            return Wrong(raw)
        return self._object(raw, kinds[name], path, {"kind": name})

    def _plain(self, raw: Json, type_: type, path: str, range_: tuple[int, int]) -> str | bool | int | Wrong:
        if type_ is str:
            return raw if _is_text(raw) else self._wrong(raw, "a text", path)
        if type_ is bool:
            return raw if isinstance(raw, bool) else self._wrong(raw, "true or false", path)
        raw = _whole(raw)
        if not isinstance(raw, int) or isinstance(raw, bool):
            return self._wrong(raw, "a whole number", path)
        low, high = range_
        if low <= raw <= high:
            return raw
        return self._wrong(raw, f"a number from {low} {f'to {high}' if high < BIGGEST else 'on'}", path)

    def _anything(self, raw: Json, path: str) -> Value | Wrong:
        if isinstance(raw, dict):
            if raw.keys() != {"date"}:
                return self._wrong(raw, 'a text, a number, true, false or {"date": "2026-03-01"}', path)
            return self._day(raw["date"], f"{path}.date")
        if isinstance(raw, float) and not isfinite(raw):
            return self._wrong(raw, "a number", path)
        if isinstance(raw, bool | int | float) or _is_text(raw):
            return raw
        return self._wrong(raw, "a value", path)

    def _day(self, raw: Json, path: str) -> date | Wrong:
        try:
            return parse_date(raw if isinstance(raw, str) else "")
        except ValueError:
            return self._wrong(raw, "a date such as 2026-03-01", path)

    def _wrong(self, raw: Json, wanted: str, path: str) -> Wrong:
        self.note(Problem("E605", path, f"{wanted} is needed here, not {shown(raw)}"))
        return Wrong(raw)


def _whole(raw: Json) -> Json:
    """JSON has one kind of number: 3.0 is 3."""
    return int(raw) if isinstance(raw, float) and raw.is_integer() else raw


def _is_text(raw: Json) -> TypeGuard[str]:
    """Whether it is a text that can be written everywhere: half of a surrogate pair is not a character."""
    return isinstance(raw, str) and not any("\ud800" <= character <= "\udfff" for character in raw)


def shown(raw: Json) -> str:
    """A wrong value for a message, shortened to one line.

    >>> shown(None), shown({"a": 1}), shown("x" * 99)[-4:]
    ('null', 'an object', "xx…'")
    """
    match raw:
        case None | True | False:
            return {None: "null", True: "true", False: "false"}[raw]
        case dict():
            return "an object"
        case list():
            return "a list"
        case str() if len(raw) > LONGEST_WORDS:
            return repr(f"{raw[:LONGEST_WORDS]}…")
        case int() if abs(raw) > BIGGEST:
            return "a number too big"
        case _:
            return repr(raw)


def _one_of(texts: Iterable[str | int]) -> str:
    names = [str(text) for text in texts]
    return f"one of {', '.join(names)}" if len(names) > 1 else names[0]


def below(as_: Shape) -> Iterator[type]:
    """The classes directly inside a shape."""
    match as_:
        case Many(item) | Maybe(item):
            yield from below(item)
        case One(type_):
            yield type_
        case Either(kinds):
            yield from kinds.values()
