"""Packed columns are the lists that they stand for: item by item, copied, extended, sent to another process."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowdsl.tables import lookup
from flowdsl.tables.arrays import Coded, Moments, Numbers, Texts, holds_any, in_order, taken

NAMES = st.lists(st.sampled_from(["pro", "free", "été", None]), max_size=12)
COLUMNS = [
    (Coded(np.array([1, 0, -1]), ["a", "b"], None), ["b", "a", None]),
    (Numbers(np.array([3, 0, 5]), np.array([True, False, True])), [3, None, 5]),
    (Numbers(np.array([1.5, 2.0])), [1.5, 2.0]),
    (Moments(np.array([86_400_000, 0]), np.array([True, False]), is_date=True), [date(1970, 1, 2), None]),
    (Moments(np.array([1]), None, is_date=False), [datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)]),
    (Texts.of(["c1", "", "é🙂"]), ["c1", "", "é🙂"]),
    (Texts.of([]), []),
]


def coded(cells: list[Any]) -> Coded[Any]:
    """A column whose codes were given in the order of the letters, so that codes and places differ."""
    different = sorted({cell for cell in cells if cell is not None})
    return Coded(np.array([different.index(c) if c is not None else -1 for c in cells], dtype=int), different, None)


@pytest.mark.parametrize(("column", "cells"), COLUMNS)
def test_a_column_reads_like_its_list(column: Any, cells: list[Any]) -> None:
    assert len(column) == len(cells)
    assert list(column) == cells == [column[place] for place in range(len(cells))]
    assert column[-1:] == cells[-1:]
    assert column[::2] == cells[::2]
    assert column == cells
    assert column != [*cells, None]
    with pytest.raises(IndexError):
        column[len(cells)]


@pytest.mark.parametrize(("column", "cells"), COLUMNS)
def test_items_are_plain_python(column: Any, cells: list[Any]) -> None:
    """NumPy's numbers would leak into states that JSON must hold."""
    assert [type(cell) for cell in column] == [type(cell) for cell in cells]


@pytest.mark.parametrize(("column", "cells"), COLUMNS)
def test_a_column_can_be_sent_to_another_process(column: Any, cells: list[Any]) -> None:
    assert list(pickle.loads(pickle.dumps(column))) == cells


@given(NAMES, st.data())
def test_copies_stand_behind(cells: list[Any], data: st.DataObject) -> None:
    like = np.array(data.draw(st.lists(st.integers(-1, len(cells) - 1), max_size=6)), dtype=np.int64)
    places = np.append(np.arange(len(cells)), like)
    wanted = [*cells, *(cells[place] if place >= 0 else None for place in like.tolist())]
    assert list(taken(coded(cells), places, None)) == taken(cells, places, None) == wanted
    known = np.array([cell is not None for cell in cells], dtype=bool)
    lengths = [len(cell) if cell is not None else None for cell in wanted]
    words = np.array([one or 0 for one in lengths[: len(cells)]], dtype=np.int64)
    assert list(taken(Numbers(words, known), places, None)) == lengths
    assert holds_any(coded(cells)) == any(cell is not None for cell in cells)


@given(NAMES, NAMES)
def test_others_stand_behind(cells: list[Any], more: list[Any]) -> None:
    assert list(coded(cells).extended(more)) == [*cells, *more]
    texts = [f"{place}{cell}" for place, cell in enumerate([*cells, *more])]
    assert list(Texts.of(texts[: len(cells)]).extended(texts[len(cells) :])) == texts


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**40), 2**40)), max_size=30))
def test_rows_are_ordered_as_python_orders_them(rows: list[tuple[int, int]]) -> None:
    keys = [np.array([row[at] for row in rows], dtype=np.int64) for at in (0, 1)]
    assert in_order(*keys).tolist() == sorted(range(len(rows)), key=lambda place: rows[place])


@given(st.lists(st.text(max_size=5), unique=True, max_size=8), st.lists(st.text(max_size=5), max_size=8))
def test_places_are_those_of_the_list(texts: list[str], asked: list[str]) -> None:
    """By Arrow, and compiled as for millions."""
    packed = Texts.of(texts)
    wanted = [texts.index(one) if one in texts else -1 for one in asked]
    for many in (lookup.MANY, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lookup, "MANY", many)
            assert lookup.places(packed, Texts.of(asked).arrow()).tolist() == wanted
            assert lookup.are_different(packed)
            assert lookup.are_different(Texts.of(asked)) == (len({*asked}) == len(asked))


def test_many_places_are_those_of_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """More texts than are looked up at once, some of them unknown."""
    monkeypatch.setattr(lookup, "MANY", 0)
    asked = np.random.default_rng(1).integers(0, 6_000, 5_000)
    found = lookup.places(Texts.of(f"c{n}" for n in range(5_000)), Texts.of(f"c{n}" for n in asked).arrow())
    assert found.tolist() == np.where(asked < 5_000, asked, -1).tolist()
