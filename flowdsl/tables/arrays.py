"""Columns as arrays: sequences of Python values kept as arrays, so that millions of cells cost bytes, not objects.

Items are made on access. Compiled code reads the arrays themselves: `codes` and `values` of a Coded,
`words` and `known` of Numbers and Moments, `data` and `starts` of Texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, overload

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

T = TypeVar("T")
Number = TypeVar("Number", bound=np.number)
Bytes: TypeAlias = "npt.NDArray[np.uint8]"
Ints: TypeAlias = "npt.NDArray[np.int64]"
Words: TypeAlias = "npt.NDArray[np.int64 | np.float64]"
Mask: TypeAlias = "npt.NDArray[np.bool_]"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DAY = date(1970, 1, 1)
DAY = 86_400_000


class Packed(Sequence[T]):
    """What all packed columns share: they are compared and shown as the lists that they stand for."""

    __slots__ = ()

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        if isinstance(place, slice):
            return [self._at(one) for one in range(*place.indices(len(self)))]
        return self._at(place)

    def _at(self, place: int) -> T:
        """The cell at a place, from the end where that is negative. Raises IndexError."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[T]:
        return map(self._at, range(len(self)))

    def holds_any(self) -> bool:
        """Whether any cell has a value."""
        return any(cell is not None for cell in self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __repr__(self) -> str:
        return repr(list(self))


class Coded(Packed[T], Generic[T]):
    """Cells that repeat: `codes` counts in `values`; code -1 is the last value, which stands for a cell without one.

    >>> Coded(np.array([1, 0, -1]), ["a", "b"], None)
    ['b', 'a', None]
    """

    __slots__ = ("_codes", "_used", "codes", "values")

    def __reduce__(self) -> tuple[type[Coded[T]], tuple[npt.NDArray[np.int32], list[T], T]]:
        return Coded, (self.codes, self.values[:-1], self.values[-1])

    def __init__(self, codes: Ints, values: Sequence[T], missing: T) -> None:
        self.codes = np.ascontiguousarray(codes, dtype=np.int32)
        self.values = [*values, missing]
        self._used: list[T] | None = None
        self._codes = self.codes.data  # gives plain ints

    def __len__(self) -> int:
        return len(self.codes)

    def _at(self, place: int) -> T:
        return self.values[self._codes[place]]

    def __iter__(self) -> Iterator[T]:
        return map(self.values.__getitem__, self.codes.tolist())

    def each(self, number: Callable[[T], int], dtype: type[Number]) -> npt.NDArray[Number]:
        """A number for every cell, made once for each different value."""
        return np.fromiter(map(number, self.values), dtype=dtype, count=len(self.values))[self.codes]

    def used(self) -> list[T]:
        """The different values that are in a cell; found out once."""
        if self._used is None:
            codes = np.where(self.codes < 0, len(self.values) - 1, self.codes)
            counts = np.bincount(codes, minlength=len(self.values)).tolist()
            self._used = [value for value, count in zip(self.values, counts, strict=True) if count]
        return self._used

    def holds_any(self) -> bool:
        return any(value is not None for value in self.used())

    def extended(self, more: Sequence[T]) -> Coded[T]:
        """These cells and others behind them."""
        *values, missing = self.values
        numbers = {(type(value), value): code for code, value in enumerate(values)}
        numbers[type(missing), missing] = -1
        for value in more:
            if (type(value), value) not in numbers:
                numbers[type(value), value] = len(values)
                values.append(value)
        codes = np.array([numbers[type(value), value] for value in more], dtype=np.int32)
        return Coded(np.append(self.codes, codes), values, missing)

    def taken(self, places: Ints) -> Coded[T]:
        """The cells at some places; -1: one without a value."""
        *values, missing = self.values
        return Coded(np.append(self.codes, -1)[places], values, missing)


class Numbers(Packed["int | float | None"]):
    """Whole or decimal numbers: `words` is int64 or float64, `known` says where one stands (None: everywhere).

    >>> Numbers(np.array([3, 0]), np.array([True, False]))
    [3, None]
    """

    __slots__ = ("_words", "known", "words")

    def __reduce__(self) -> tuple[type[Numbers], tuple[Words, Mask | None]]:
        return Numbers, (self.words, self.known)

    def __init__(self, words: Words, known: Mask | None = None) -> None:
        self.words = np.ascontiguousarray(words)
        self.known = known
        self._words = self.words.data  # gives plain numbers

    def __len__(self) -> int:
        return len(self.words)

    def _at(self, place: int) -> int | float | None:
        if self.known is not None and not self.known[place]:
            return None
        number: int | float = self._words[place]
        return number

    def holds_any(self) -> bool:
        return _holds_any(self)

    def taken(self, places: Ints) -> Numbers:
        """The cells at some places; -1: one without a value."""
        return Numbers(np.append(self.words, 0)[places], _known_at(self, places))


class Moments(Packed["date | datetime | None"]):
    """Moments (aware, UTC) or dates: `words` are ms since 1970, `known` says where one stands.

    >>> Moments(np.array([0, 0]), np.array([True, False]), is_date=True)
    [datetime.date(1970, 1, 1), None]
    """

    __slots__ = ("is_date", "known", "words")

    def __init__(self, words: Ints, known: Mask | None, is_date: bool) -> None:
        self.words = np.ascontiguousarray(words, dtype=np.int64)
        self.known = known
        self.is_date = is_date

    def __len__(self) -> int:
        return len(self.words)

    def _at(self, place: int) -> date | datetime | None:
        if self.known is not None and not self.known[place]:
            return None
        ms = int(self.words[place])
        return FIRST_DAY + timedelta(ms // DAY) if self.is_date else EPOCH + timedelta(milliseconds=ms)

    def holds_any(self) -> bool:
        return _holds_any(self)

    def taken(self, places: Ints) -> Moments:
        """The cells at some places; -1: one without a value."""
        return Moments(np.append(self.words, 0)[places], _known_at(self, places), self.is_date)


def _holds_any(column: Numbers | Moments) -> bool:
    return len(column) > 0 if column.known is None else bool(column.known.any())


def _known_at(column: Numbers | Moments, places: Ints) -> Mask:
    known = np.ones(len(column), dtype=bool) if column.known is None else column.known
    return np.append(known, False)[places]


class Texts(Packed[str]):
    """Texts that are all different, such as ids, as UTF-8 bytes end to end; text i is data[starts[i]:starts[i + 1]].

    >>> Texts.of(["c1", "c42"])[1]
    'c42'
    """

    __slots__ = ("_data", "_starts", "data", "starts")

    def __reduce__(self) -> tuple[type[Texts], tuple[Bytes, Ints]]:
        return Texts, (self.data, self.starts)

    def __init__(self, data: Bytes, starts: Ints) -> None:
        self.data, self.starts = data, starts
        self._data, self._starts = data.data, starts.data

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Packs texts, lone surrogates too."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        starts = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)), out=starts[1:])
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), starts)

    @classmethod
    def of_arrow(cls, texts: pa.Array) -> Texts:
        """The texts of an Arrow array of large strings, gaps as empty texts; nothing is copied."""
        _, starts, data = texts.buffers()
        own = np.frombuffer(starts, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
        return cls(np.frombuffer(data if data is not None else b"", dtype=np.uint8), own)

    def arrow(self) -> pa.Array:
        """The texts as an Arrow array; nothing is copied."""
        import pyarrow as pa

        return pa.LargeStringArray.from_buffers(len(self), pa.py_buffer(self.starts), pa.py_buffer(self.data))

    def extended(self, more: Sequence[str]) -> Texts:
        """These texts and others behind them."""
        behind = Texts.of(more)
        first, last = int(self.starts[0]), int(self.starts[-1])
        return Texts(
            np.concatenate([self.data[first:last], behind.data]),
            np.concatenate([self.starts[:-1] - first, behind.starts + (last - first)]),
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    def _at(self, place: int) -> str:
        size = len(self._starts) - 1
        if not 0 <= place < size:
            if not -size <= place < 0:
                raise IndexError(place)
            place += size
        return str(self._data[self._starts[place] : self._starts[place + 1]], "utf-8", "surrogatepass")


def holds_any(cells: Sequence[T | None]) -> bool:
    """Whether any cell of a column has a value."""
    return cells.holds_any() if isinstance(cells, Packed) else any(cell is not None for cell in cells)


def taken(cells: Sequence[T], places: Ints, missing: T) -> Sequence[T]:
    """The cells of a column at some places; -1: one without a value.

    >>> taken(["pro", "free"], np.array([1, -1]), None)
    ['free', None]
    """
    if isinstance(cells, Coded | Numbers | Moments):
        return cells.taken(places)
    return [cells[place] if place >= 0 else missing for place in places.tolist()]


def in_order(*keys: Ints) -> Ints:
    """The places of rows ordered by several columns of whole numbers, first by the first; rows alike stay as they are.

    Sorted digit by digit, 16 bits at a time from the last (a radix sort, which NumPy has for numbers of 16 bits).

    >>> in_order(np.array([2, 1, 1]), np.array([0, 7, 3])).tolist()
    [2, 1, 0]
    """
    order = np.arange(len(keys[0]))
    for key in reversed(keys):
        offset = key - key.min() if len(key) else key
        if (np.diff(offset[order]) >= 0).all():
            continue
        for shift in range(0, int(offset.max()).bit_length(), 16):
            digits = ((offset >> shift) & 0xFFFF).astype(np.uint16)
            order = order[np.argsort(digits[order], kind="stable")]
    return order
