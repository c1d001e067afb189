"""The tables of a simulation as arrays: contacts by column, events and objects by contact; texts are numbers.

A value is a kind (layout.py) and a word. Columns that the tables keep as arrays become others by whole arrays: no cell
is looked at by itself. What is not in the tables takes no place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from flowdsl.calendar.clock import DAY, day_number
from flowdsl.chance import keyed_draws
from flowdsl.machine.conditions import moment
from flowdsl.plan.expressions import SetField
from flowdsl.plan.visit import effects
from flowdsl.sim.chance import MILLION, MOST
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.names import Names
from flowdsl.sim.fast.texts import Texts
from flowdsl.sim.fast.words import Bytes, Flags, HalfInts, Integers, Ints
from flowdsl.sim.rates import Rate
from flowdsl.tables import Tables
from flowdsl.tables.arrays import Coded, Moments, Numbers
from flowdsl.tables.arrays import Texts as Packed
from flowdsl.tables.cells import Cell

LARGEST = 2**63
DTYPES = {  # of the items of Data, where they are not int64
    "zones": "int32", "cells": "uint8", "lone_names": "int32", "set_names": "int32", "refused": "uint8",
    "id_bytes": "uint8",
    "event_kinds": "int32", "event_names": "int32", "event_objects": "int32", "event_cells": "uint8",
    "object_kinds": "int32", "object_ids": "int32", "object_cells": "uint8",
}  # fmt: skip
T = TypeVar("T")
Kind = TypeVar("Kind", bound=np.integer)
Kinds: TypeAlias = "int | Integers"  # of a column: one for all of its cells, or one for each


class Data(NamedTuple):
    """What contacts begin with and what happens to them.

    zones                   the number of each contact's zone; empty: all have the first
    births                  when new contacts arrive, who stand behind all others
    columns, cells, words   numbers of the columns there are; kind and word for each of them (row) and contact
    lone, lone_names        numbers of the sets that hold one name at most; for each (row) and contact that name, or -1
    families, set_…         numbers of the other sets; for each (row) and contact where its names begin; the names
    channels, refused       numbers of the channels with consent; for each (row) and contact whether it is refused
    drawn_rows, drawn       what was drawn of each contact's own rates (sim/own_rates.py), by row and contact
    own                     for each number that a scenario reads by column (row) and contact, that number
    id_starts, id_bytes     the ids in UTF-8, where chance asks for them; else empty
    event_…, object_…       rows by contact; fields by row
    """

    zones: HalfInts
    births: Ints
    columns: Ints
    cells: Bytes
    words: Ints
    lone: Ints
    lone_names: HalfInts
    families: Ints
    set_starts: Ints
    set_names: HalfInts
    channels: Ints
    refused: Bytes
    own: Ints
    drawn_rows: Ints
    drawn: Ints
    id_starts: Ints
    id_bytes: Bytes
    event_starts: Ints
    event_times: Ints
    event_kinds: HalfInts
    event_names: HalfInts
    event_objects: HalfInts
    event_cells: Bytes
    event_words: Ints
    object_starts: Ints
    object_kinds: HalfInts
    object_ids: HalfInts
    object_cells: Bytes
    object_words: Ints


def named(config: SimulationConfig, texts: Texts) -> int:
    """Numbers the names of events first: how many texts have numbers then is how many may be asked about chance."""
    _each(config.tables.events.names, texts.number)
    return len(texts)


def drawn(rates: Sequence[Rate], size: int) -> tuple[Ints, Ints]:
    """The numbers of the rows of what was drawn of each contact's own rates, and these rows."""
    own = {rate.own.number: rate.own for rate in rates if rate.own}
    rows = [row for _, one in sorted(own.items()) for row in (one.factors, one.events, one.until)]
    return np.arange(len(rows), dtype=np.int64), _rows(rows, size, np.int64)


def pack(config: SimulationConfig, names: Names, texts: Texts, with_ids: bool, rates: Sequence[Rate]) -> Data:
    """Packs the tables of a setting for a program; with_ids: something is drawn by contact."""
    tables, size = config.tables, len(config.tables.contacts)
    people = tables.contacts
    columns = [name for name in names.columns if name in people.columns]
    sets = {family: people.sets[family] for family in names.families if family in people.sets}
    lone = [family for family, many in sets.items() if _is_lone(many)]
    families = [family for family in sets if family not in lone]
    channels = [channel for channel in names.channels if channel in people.consent]
    ids = people.ids if isinstance(people.ids, Packed) else Packed.of(people.ids)
    own = config.plan.policy.zone or "UTC"
    found = (
        _each(people.zones, lambda name: names.zones[name or own]),
        np.array(config.arrival_times, dtype=np.int64),
        _numbers(columns, names.columns),
        *_columns(people.columns, columns, size, texts),
        _numbers(lone, names.families),
        _rows([_names(sets[family], texts) for family in lone], size, np.int32),
        _numbers(families, names.families),
        *_sets([sets[family] for family in families], size, texts),
        _numbers(channels, names.channels),
        _rows([~np.asarray(_each(people.consent[one], int), dtype=bool) for one in channels], size, np.uint8),
        _rows([_own(people.columns.get(one), share, size) for one, share in names.own], size, np.int64),
        *drawn(rates, size),
        ids.starts if with_ids else np.zeros(0, dtype=np.int64),
        ids.data if with_ids else np.zeros(0, dtype=np.uint8),
        *_events(tables, names, size, texts),
        *_objects(tables, names, size, texts),
    )
    kinds = (DTYPES.get(field, "int64") for field in Data._fields)
    return Data(*(np.ascontiguousarray(one, dtype=kind) for one, kind in zip(found, kinds, strict=True)))


def _numbers(names: Sequence[str], numbers: Mapping[str, int]) -> Ints:
    return np.array([numbers[name] for name in names], dtype=np.int64)


def _rows(rows: Sequence[Integers | Flags], size: int, dtype: type[Kind]) -> npt.NDArray[Kind]:
    made = np.zeros((len(rows), size), dtype=dtype)
    for number, row in enumerate(rows):
        made[number] = row
    return made


def _each(cells: Sequence[T], number: Callable[[T], int]) -> HalfInts:
    """A number for every cell of a column that repeats itself, made once for each different value."""
    if isinstance(cells, Coded):
        used = {value: number(value) for value in cells.used()}
        return cells.each(lambda value: used.get(value, 0), np.int32)
    made = {value: number(value) for value in dict.fromkeys(cells)}
    return np.fromiter(map(made.__getitem__, cells), dtype=np.int32, count=len(cells))


# --- values -----------------------------------------------------------------------------------------------------------


def value(cell: Cell | None, texts: Texts) -> tuple[int, int]:
    """The kind and the word of a value."""
    if cell is None:
        return at.MISSING, 0
    if isinstance(cell, str):
        return at.TEXT, texts.number(cell)
    if isinstance(cell, bool):
        return at.YES_NO, int(cell)
    if isinstance(cell, int) and is_large(cell):
        return at.HUGE, texts.huge.index(cell)
    if isinstance(cell, int) and -LARGEST <= cell < LARGEST:
        return at.WHOLE, cell
    if isinstance(cell, int | float):  # a whole number that is a decimal one exactly is taken for that
        return at.DECIMAL, int(np.float64(cell).view(np.int64))
    if isinstance(cell, datetime):
        return at.TIME, moment(cell)
    return at.DATE, day_number(cell)


def is_large(cell: Cell | None) -> bool:
    """Whether a value is a whole number that neither 64 bits nor a decimal number hold."""
    if not isinstance(cell, int) or -LARGEST <= cell < LARGEST:
        return False
    return abs(cell) > sys.float_info.max or float(cell) != cell


def _columns(
    columns: Mapping[str, Sequence[Cell | None]], names: Sequence[str], size: int, texts: Texts
) -> tuple[Bytes, Ints]:
    """Kinds and words of columns, a row each; what is not there is missing everywhere."""
    kinds, words = np.zeros((len(names), size), dtype=np.uint8), np.zeros((len(names), size), dtype=np.int64)
    for row, name in enumerate(names):
        if name in columns:
            kinds[row], words[row] = _column(columns[name], texts)
    return kinds, words


def _column(cells: Sequence[Cell | None], texts: Texts) -> tuple[Kinds, Integers]:
    if isinstance(cells, Numbers):
        kind = at.DECIMAL if cells.words.dtype.kind == "f" else at.WHOLE
        return _where_known(cells.known, kind, cells.words.view(np.int64))
    if isinstance(cells, Moments):
        if cells.is_date:
            return _where_known(cells.known, at.DATE, cells.words // DAY)
        return _where_known(cells.known, at.TIME, cells.words)
    if isinstance(cells, Coded):
        pairs = np.array([value(cell, texts) for cell in cells.values], dtype=np.int64).reshape(-1, 2)
        return pairs[cells.codes, 0], pairs[cells.codes, 1]
    known: dict[tuple[type, Cell | None], tuple[int, int]] = {}
    for cell in cells:
        if (type(cell), cell) not in known:
            known[type(cell), cell] = value(cell, texts)
    pairs = np.array([known[type(cell), cell] for cell in cells], dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _where_known(known: Flags | None, kind: int, words: Integers) -> tuple[Kinds, Integers]:
    return (kind, words) if known is None else (np.where(known, kind, at.MISSING), np.where(known, words, 0))


def _own(cells: Sequence[Cell | None] | None, is_share: bool, size: int) -> Ints:
    """The contacts' own shares as thresholds of draws, or rates in millionths, as sim.chance has them."""
    if cells is None:
        return np.zeros(size, dtype=np.int64)
    if isinstance(cells, Numbers):
        numbers = cells.words.astype(np.float64)
        if cells.known is not None:
            numbers[~cells.known] = 0.0
    else:
        numbers = np.array([float(c) if isinstance(c, int | float) and not isinstance(c, bool) else 0.0 for c in cells])
    if is_share:
        return np.rint(np.clip(numbers, 0.0, 1.0) * keyed_draws.WHOLE).astype(np.int64)
    return np.rint(np.clip(numbers * MILLION, 0.0, float(MOST))).astype(np.int64)


# --- sets -------------------------------------------------------------------------------------------------------------


def _is_lone(many: Sequence[tuple[str, ...]]) -> bool:
    """Whether no set holds more than one name."""
    return isinstance(many, Coded) and max(map(len, many.values), default=0) <= 1


def _names(many: Sequence[tuple[str, ...]], texts: Texts) -> HalfInts:
    """The number of the one name of each set; -1 where there is none."""
    assert isinstance(many, Coded)
    return many.each(lambda names: texts.number(names[0]) if names else -1, np.int32)


def _sets(sets: Sequence[Sequence[tuple[str, ...]]], size: int, texts: Texts) -> tuple[Ints, HalfInts]:
    """Where the names of each set (row) and contact begin, and the names, one behind the other."""
    starts, names, before = np.zeros((len(sets), size + 1), dtype=np.int64), [np.zeros(0, dtype=np.int32)], 0
    for row, many in enumerate(sets):
        lengths, found = _set(many, texts)
        starts[row, 0] = before
        np.cumsum(lengths, out=starts[row, 1:])
        starts[row, 1:] += before
        names.append(found)
        before += len(found)
    return starts, np.concatenate(names)


def _set(many: Sequence[tuple[str, ...]], texts: Texts) -> tuple[Ints, HalfInts]:
    """How many names each contact has, and their numbers."""
    if isinstance(many, Coded):
        different, codes = many.values, np.where(many.codes < 0, len(many.values) - 1, many.codes)
    else:
        places: dict[tuple[str, ...], int] = {}
        codes = np.array([places.setdefault(tuple(one), len(places)) for one in many], dtype=np.int64)
        different = list(places)
    flat = np.fromiter((texts.number(name) for one in different for name in one), dtype=np.int32)
    sizes = np.fromiter(map(len, different), dtype=np.int64, count=len(different))
    lengths = sizes[codes] if len(different) else np.zeros(0, dtype=np.int64)
    first = (np.cumsum(sizes) - sizes)[codes] if len(different) else lengths
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return lengths, flat[np.repeat(first, lengths) + within]


# --- rows -------------------------------------------------------------------------------------------------------------


def _starts(starts: Sequence[int], count: int, size: int) -> Ints:
    return np.asarray(starts, dtype=np.int64) if count else np.zeros(size + 1, dtype=np.int64)


def _or_nothing(numbers: HalfInts, count: int) -> HalfInts:
    """A column of numbers; one that is not there is nothing everywhere."""
    return numbers if len(numbers) else np.zeros(count, dtype=np.int32)


def _events(
    tables: Tables, names: Names, size: int, texts: Texts
) -> tuple[Ints, Ints, HalfInts, HalfInts, HalfInts, Bytes, Ints]:
    rows, count = tables.events, len(tables.events)
    return (
        _starts(rows.starts, count, size),
        np.asarray(rows.times, dtype=np.int64),
        _each(rows.events, names.events.__getitem__),
        _each(rows.names, texts.number),
        _or_nothing(_each(rows.object_ids, texts.number), count),
        *_columns(rows.fields, [*names.fields], count, texts),
    )


def _objects(tables: Tables, names: Names, size: int, texts: Texts) -> tuple[Ints, HalfInts, HalfInts, Bytes, Ints]:
    rows, count = tables.objects, len(tables.objects)
    return (
        _starts(rows.starts, count, size),
        _each(rows.kinds, texts.number),
        _each(rows.ids, texts.number),
        *_columns(rows.fields, [*names.fields], count, texts),
    )


def large(config: SimulationConfig) -> Iterator[int]:
    """The whole numbers of the tables, and of what the plan sets, that are HUGE."""
    tables = config.tables
    every = chain(tables.contacts.columns.values(), tables.events.fields.values(), tables.objects.fields.values())
    plain = (cells for cells in every if not isinstance(cells, Numbers | Moments | Packed))
    listed = (cells.values if isinstance(cells, Coded) else cells for cells in plain)
    things = (cell for kind in tables.catalogue.names.values() for one in kind.values() for cell in one.values())
    said = (effect.value for effect in effects(config.plan, SetField))
    return (
        cell for cell in chain(chain.from_iterable(listed), things, said) if isinstance(cell, int) and is_large(cell)
    )
