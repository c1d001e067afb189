"""Rows of compiled code as a Log: shapes of each thread become Shapes, their numbers are put in order, texts too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from threading import Lock

import numpy as np

from flowdsl.machine.budget import Budget, too_many_rows
from flowdsl.machine.labels import NO_LABEL
from flowdsl.machine.ready import Ready
from flowdsl.results.counts import Counts, Line, from_dense, line_of
from flowdsl.results.log import LAYOUT, Log, Shape
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.names import Names
from flowdsl.sim.fast.program import PATH_BITS
from flowdsl.sim.fast.words import HalfInts, Ints

KIND_NAMES = ("event", "run", "action")


class Reader:
    """Reads keys, with the line and number behind them, back as Shapes."""

    def __init__(self, ready: Ready, names: Names, texts: Sequence[str]) -> None:
        self.ready, self.texts = ready, texts
        self.events = list(names.events)
        self.nodes = [(flow, number) for flow in ready.flows for number in range(len(flow.nodes))]

    def shape(self, key: Sequence[int]) -> Shape:
        """The Shape that a key stands for."""
        a, b, c, *words, _, _ = key
        kind, status = KIND_NAMES[a & 0xF], at.STATUSES[a >> 4 & 0xF]
        about, site = self.texts[a >> 8 & 0xFFFFFFF], a >> 36
        run, iteration = b >> 32, b & 0xFFFFFFFF
        name, reason = self.texts[c >> 32], self.texts[c & 0xFFFFFFFF]
        path = sum(word << (PATH_BITS * n) for n, word in enumerate(words))
        if kind == "event":
            event = self.ready.events[self.events[site]]
            return Shape(kind, "", 0, "", 0, event.id, name, event.channel, "", "", "", event.about, 0)
        if status == "declined":
            return Shape(kind, self.ready.flows[site].name, 0, "", 0, *NO_LABEL, status, reason, about, 0)
        flow, number = self.nodes[site]
        label = flow.labels[number] if kind == "action" else NO_LABEL
        return Shape(kind, flow.name, run, flow.nodes[number].id, iteration, *label, status, reason, about, path)


class Gathered:
    """Rows of all threads in one array, chunks as they come in; shapes by numbers that all threads share.

    The array is as large as the rows so far say that it must be; what is never written to takes no memory. If that is
    not enough there is one more.
    """

    def __init__(self, contacts: int, most: Budget) -> None:
        self.most = most
        self.contacts, self.numbers, self._lock = contacts, dict[tuple[int, ...], int](), Lock()
        self._arrays: list[HalfInts] = []
        self._used = self._words = self._lived = 0  # words of the last array; words and contacts of all

    def take(self, rows: HalfInts, keys: Ints, own: list[int], contacts: int) -> None:
        """Takes the rows of some contacts from a thread: `keys` of its shapes, and in `own` their common numbers."""
        with self._lock:
            self._refuse(self._words + len(rows))
            own += [self.numbers.setdefault((*key[:-2], 0, 0), len(self.numbers)) for key in keys[len(own) :].tolist()]
            room = self._room(len(rows), contacts)
        if own != list(range(len(own))):
            shapes = rows[at.ROW_SHAPE :: at.ROW_WORDS]
            shapes[:] = np.array(own, dtype=np.int32)[shapes]
        room[:] = rows

    def check(self, rows: int) -> None:
        """Refuses rows that a thread still has, if with them there are more than any memory is meant to hold."""
        if self.contacts:
            self._refuse(self._words + int(rows) * at.ROW_WORDS)

    def _refuse(self, words: int) -> None:
        if words // at.ROW_WORDS > self.most.most_rows(self.contacts):
            raise too_many_rows(self.most, self.contacts)

    def _room(self, words: int, contacts: int) -> HalfInts:
        self._words, self._lived = self._words + words, self._lived + contacts
        if not self._arrays or self._used + words > len(self._arrays[-1]):
            self._trim()
            to_come = self._words * (self.contacts - self._lived) // self._lived
            self._arrays.append(np.empty(words + to_come + to_come // 8, dtype=np.int32))
        room = self._arrays[-1][self._used : self._used + words]
        self._used += words
        return room

    def _trim(self) -> None:
        if self._arrays:
            self._arrays[-1] = self._arrays[-1][: self._used]
        self._used = 0

    def log(self, reader: Reader) -> Log:
        """All rows, when every thread has come to its end."""
        self._trim()
        words = self._arrays[0] if len(self._arrays) == 1 else np.concatenate([_NO_WORDS, *self._arrays])
        rows = words.view(np.dtype(list(LAYOUT)))
        used, rows["object"] = _used(rows["object"])
        return Log(rows, [reader.shape(key) for key in self.numbers], [reader.texts[number] for number in used])


_NO_WORDS = np.zeros(0, dtype=np.int32)


def counted(keys: Ints, series: Ints, reader: Reader, start: int) -> Counts:
    """The Counts of one thread: of the shapes it has seen, and its numbers over time by line; of no contacts yet."""
    shapes = [reader.shape(key) for key in keys.tolist()]
    times = keys[:, -1].tolist()
    runs, actions = Counter[Shape](), Counter[Shape]()
    lines: dict[int, Line] = {}
    for shape, line, number in zip(shapes, keys[:, -2].tolist(), times, strict=True):
        if number and (shape.kind == "action" or shape.status != "started"):
            (actions if shape.kind == "action" else runs)[shape] += number
        if number and (said := line_of(shape)) is not None:
            lines[line] = said
    return Counts(start, 0, dict(runs), dict(actions), from_dense([*lines.values()], series[[*lines]]))


def _used(objects: HalfInts) -> tuple[list[int], HalfInts]:
    """The texts that objects are called by, nothing first, and each row's place among them."""
    if not objects.any():
        return [0], objects
    used, places = np.unique(np.append(np.zeros(1, dtype=np.int32), objects), return_inverse=True)
    return used.tolist(), places[1:].astype(np.int32)
