"""The runtime JSON: writes a plan as a document and reads it back; docs/reference/runtime-json.md describes the format.

The document contains everything that the plan means, so that a program in another language can run it; `hash` protects
its content. All errors of a document are reported at once, each with its JSON path.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, TypeAlias

from flowdsl.calendar.clock import Window
from flowdsl.chance import heterogeneity
from flowdsl.chance.delay_laws import LONGEST
from flowdsl.diagnostics.catalogue.plan import PLAN
from flowdsl.diagnostics.diagnostic import Diagnostic, PlanError
from flowdsl.plan import plan
from flowdsl.plan.expressions import MOST_DAYS, MOST_MONTHS, MOST_MS, MOST_TIMES, Counted, Duration, Event
from flowdsl.plan.json.canonical import Json, canonical
from flowdsl.plan.json.codec import Decoder, Many, One, Problem, Ranges, Wrong, encode, shown
from flowdsl.plan.json.integrity import WHOLE, problems
from flowdsl.plan.plan import SCHEMA_VERSION, Plan

Document: TypeAlias = Mapping[str, Json]

WIDTH = 110  # of a line, in characters
DEEPEST = 256  # objects and lists inside each other; 64 levels of conditions need about 140
SECTIONS = ("flows", "policy", "world", "events")  # what the hash covers, in the order of the document
HEAD = ("schema_version", "hash", "flows")  # required in every document
FASTEST = 10_000_000 * WHOLE  # of rates: millionths of events in a unit of time
_DAY = (0, 1440)
_MAYBE_DAY = (-1, 1440)
_LEAST_LAW, _LAW = (round(one * 1_000_000) for one in (heterogeneity.LEAST, heterogeneity.MOST))
_MOVED = {"months": (0, MOST_MONTHS), "days": (0, MOST_DAYS), "ms": (0, MOST_MS)}
RANGES: Ranges = {
    (Duration, "months"): _MOVED["months"],
    (Duration, "ms"): _MOVED["ms"],
    (plan.OnDay, "months"): _MOVED["months"],
    (plan.OnDay, "days"): _MOVED["days"],
    (plan.OnDay, "minute"): _DAY,
    (plan.NextTime, "days"): (1, 127),
    (plan.NextTime, "minute"): _MAYBE_DAY,
    (plan.OnDate, "minute"): _DAY,
    **{(of, field): range_ for of in (plan.Relative, plan.DateTrigger) for field, range_ in _MOVED.items()},
    (plan.Relative, "minute"): _MAYBE_DAY,
    (plan.DateTrigger, "minute"): _MAYBE_DAY,
    (plan.OnSchedule, "days"): (0, 127),
    (plan.OnSchedule, "month_day"): (0, 31),
    (plan.OnSchedule, "minute"): _DAY,
    (plan.LocalTime, "minute"): _DAY,
    (plan.OnEvent, "nth"): (0, MOST_TIMES),
    (plan.Repeat, "times"): (1, MOST_TIMES),
    (plan.Jump, "times"): (0, MOST_TIMES),
    (Counted, "times"): (0, MOST_TIMES),
    (plan.Limit, "times"): (1, MOST_TIMES),
    (plan.Arm, "share"): (0, WHOLE),
    (plan.Cap, "times"): (1, MOST_TIMES),
    (plan.Capacity, "amount"): (1, MOST_TIMES),
    (plan.Capacity, "per_ms"): (1, LONGEST),
    (plan.Answer, "share"): (0, WHOLE),
    (plan.Answer, "most"): (0, WHOLE),
    (plan.Answer, "delay"): (0, LONGEST),
    (plan.Answer, "spread"): (0, WHOLE),
    (plan.Rate, "spread"): (0, heterogeneity.FARTHEST),
    (plan.Rate, "daily"): (0, _LAW),
    (plan.Rate, "weekly"): (0, _LAW),
    (plan.Leaving, "share"): (0, WHOLE - 1),
    (plan.Leaving, "ms"): (0, LONGEST),
    (plan.Leaving, "spread"): (0, _LAW),
    (plan.Past, "shape"): (_LEAST_LAW, _LAW),
    (plan.Share, "share"): (0, WHOLE),
    (plan.Share, "most"): (0, WHOLE),
    **{(of, "per_ms"): (1, LONGEST) for of in (plan.Rate, plan.Arrival)},
    **{(of, field): (0, FASTEST) for of in (plan.Rate, plan.Arrival) for field in ("rate", "most")},
    (plan.Control, "day"): (0, MOST_DAYS),
    (plan.Control, "minute"): _DAY,
    (Window, "days"): (1, 127),
    (Window, "start"): (0, 1440),
    (Window, "end"): (0, 1440),
}


# --- writing ----------------------------------------------------------------------------------------------------------


def dump(whole: Plan, layout: Mapping[str, Mapping[str, tuple[float, float]]] | None = None) -> dict[str, Json]:
    """The runtime JSON of a plan; `layout` gives the positions of nodes in a diagram: {flow: {node id: (x, y)}}.

    >>> document = dump(Plan((plan.Flow("F", (plan.Enter("start", (), "end"), plan.Exit("end"))),)))
    >>> list(document), load_plan(document).flows[0].name
    (['schema_version', 'hash', 'flows', 'policy', 'world', 'events'], 'F')
    """
    document = {"schema_version": SCHEMA_VERSION, "hash": content_hash(whole), **_portable(_object(whole, spans=True))}
    if layout is not None:
        document["layout"] = {
            flow: {node: {"x": x, "y": y} for node, (x, y) in places.items()} for flow, places in layout.items()
        }
    return document


def _portable(document: dict[str, Json]) -> dict[str, Json]:
    """The document without absolute paths: files are named relative to the folder that contains all of them."""
    files = ((span, span["file"]) for span in _spans(document))
    spans = [(span, file) for span, file in files if isinstance(file, str) and os.path.isabs(file)]
    if spans:
        folder = os.path.commonpath([os.path.dirname(file) for _, file in spans])
        for span, file in spans:
            span["file"] = Path(os.path.relpath(file, folder)).as_posix()
    return document


def _spans(value: Json) -> Iterator[dict[str, Json]]:
    """Every span of a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "span" and isinstance(inner, dict):
                yield inner
            else:
                yield from _spans(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _spans(inner)


def text(document: Mapping[str, Json]) -> str:
    """A document as the text of a file: short values and tables of numbers on one line, two spaces per level."""
    return "".join(_lines({**document}, "")) + "\n"


def _lines(value: Json, margin: str) -> Iterator[str]:
    compact = json.dumps(value, ensure_ascii=False, allow_nan=False)
    is_table = isinstance(value, list) and not any(isinstance(one, dict | list) for one in value)
    if not isinstance(value, dict | list) or is_table or len(margin) + len(compact) <= WIDTH:
        yield compact
        return
    inner, comma = margin + "  ", ""
    yield "{" if isinstance(value, dict) else "["
    items = value.items() if isinstance(value, dict) else [(None, one) for one in value]
    for key, one in items:
        yield f"{comma}\n{inner}"
        if key is not None:
            yield f"{json.dumps(key, ensure_ascii=False)}: "
        yield from _lines(one, inner)
        comma = ","
    yield f"\n{margin}{'}' if isinstance(value, dict) else ']'}"


def content_hash(whole: Plan) -> str:
    """SHA-256 of the meaning of a plan, in the canonical form of RFC 8785; spans and layout are not included.

    >>> content_hash(Plan(()))
    'sha256:...'
    """
    meaning = canonical(_object(whole, spans=False))
    return f"sha256:{hashlib.sha256(meaning.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _object(whole: Plan, spans: bool) -> dict[str, Json]:
    return {
        "flows": encode(whole.flows, Many(One(plan.Flow)), spans),
        "policy": encode(whole.policy, One(plan.Policy), spans),
        "world": encode(whole.world, Many(One(plan.World)), spans),
        "events": encode(whole.events, Many(One(Event)), spans),
    }


# --- reading ----------------------------------------------------------------------------------------------------------


def load_plan(source: Document | str | Path) -> Plan:
    """The plan of a runtime JSON document, or of the file at a path.

    Raises PlanError, with every diagnostic and its JSON path, for a document that is damaged, unknown or newer.

    >>> load_plan({"schema_version": 99})
    Traceback (most recent call last):
    flowdsl.diagnostics.diagnostic.PlanError: schema_version: error E602: version 99 of the format is newer than 1, ...
    """
    document = _read(Path(source)) if isinstance(source, str | Path) else source
    found: list[Problem] = []
    loaded = _load(document, found)
    if found or loaded is None:
        raise PlanError(_diagnostic(problem) for problem in found)
    return loaded


def check_world(whole: Plan) -> None:
    """Checks the scenarios of a plan against the rules of the format, in memory. Raises PlanError.

    >>> check_world(Plan((), world=(plan.World("Calm"),)))
    """
    found: list[Problem] = []
    shape = Many(One(plan.World))
    world = Decoder(found.append, RANGES).decode(encode(whole.world, shape, spans=True), shape, "world")
    if not isinstance(world, Wrong):
        found += problems(replace(whole, world=world))
    if found:
        raise PlanError(_diagnostic(problem) for problem in found)


def _diagnostic(problem: Problem) -> Diagnostic:
    why = PLAN[problem.code].why
    return Diagnostic(problem.code, problem.message, reason=why, place=problem.path.lstrip("."))


def _read(path: Path) -> Json:
    """The JSON of a file; raises PlanError if it is not JSON."""
    try:
        found: Json = json.loads(
            path.read_bytes().decode("utf-8-sig"), object_pairs_hook=_no_key_twice, parse_constant=_no_constant
        )
        return found
    except RecursionError:
        reason = "it is nested too deeply"
    except (OSError, ValueError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        reason = str(error)
    raise PlanError([_diagnostic(Problem("E601", "", f"{path} cannot be read as a plan: {reason}"))])


def _no_key_twice(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(
            f"the key {shown(next(key for key in keys if keys.count(key) > 1))} stands twice in one object"
        )
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _load(document: Document | Json, found: list[Problem]) -> Plan | None:
    if not isinstance(document, Mapping):
        found.append(Problem("E605", "", f"a plan is an object, not {shown(document)}"))
        return None
    if _is_too_deep(document):
        found.append(Problem("E601", "", f"more than {DEEPEST} objects and lists stand inside each other"))
        return None
    if not _is_of_this_version(document, found):
        return None
    made = _sections(document, found)
    found += problems(made)
    if not found and document["hash"] != content_hash(made):
        found.append(Problem("E609", "hash", "the content was changed after the hash was made"))
    return made


def _is_too_deep(document: Document) -> bool:
    """Whether a document is nested deeper than any plan; checked without recursion, so that no input can break it."""
    open_: list[tuple[Document | Json, int]] = [(document, 1)]
    while open_:
        value, depth = open_.pop()
        if depth > DEEPEST:
            return True
        inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
        open_ += [(one, depth + 1) for one in inner if isinstance(one, dict | list)]
    return False


def _is_of_this_version(document: Document, found: list[Problem]) -> bool:
    """Whether the format is of this version. A newer document is not read: the same keys might mean something else."""
    version = document.get("schema_version")
    if version == SCHEMA_VERSION and not isinstance(version, bool):
        return True
    if version is None:
        message = "`schema_version` is missing: this is not a plan"
    elif isinstance(version, int) and version > SCHEMA_VERSION:
        message = f"version {version} of the format is newer than {SCHEMA_VERSION}, the newest known"
    else:
        message = f"{shown(version)} is not a version of the format"
    found.append(Problem("E602", "schema_version", message))
    return False


def _sections(document: Document, found: list[Problem]) -> Plan:
    decoder = Decoder(found.append, RANGES)
    for key in HEAD:
        if key not in document:
            found.append(Problem("E603", key, f"`{key}` is missing"))
    for key in (key for key in document if key not in {*HEAD, *SECTIONS, "layout"}):
        found.append(Problem("E604", str(key), f"no plan has a key {shown(key)}"))
    if "hash" in document and not isinstance(document["hash"], str):
        found.append(Problem("E605", "hash", f"a text is needed here, not {shown(document['hash'])}"))
    _layout(document.get("layout", {}), found)
    policy = decoder.decode(document.get("policy", {}), One(plan.Policy), "policy")
    lists = {
        key: decoder.decode(document.get(key, []), Many(One(type_)), key)
        for key, type_ in (("flows", plan.Flow), ("world", plan.World), ("events", Event))
    }
    return Plan(policy=policy, **{key: () if isinstance(many, Wrong) else many for key, many in lists.items()})


def _layout(layout: Json, found: list[Problem]) -> None:
    """Checks the positions of nodes. They are not part of the plan, but an error in them shows that the file is
    damaged."""
    if not isinstance(layout, dict):
        found.append(Problem("E605", "layout", f"an object is needed here, not {shown(layout)}"))
        return
    for flow, places in layout.items():
        for node, place in places.items() if isinstance(places, dict) else [("", places)]:
            if not (isinstance(place, dict) and place.keys() == {"x", "y"} and all(map(_is_number, place.values()))):
                path = f"layout.{flow}.{node}".rstrip(".")
                found.append(
                    Problem("E605", path, f'a place such as {{"x": 0, "y": 0}} is needed here, not {shown(place)}')
                )


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
