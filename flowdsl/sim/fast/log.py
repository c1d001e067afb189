"""Rows of compiled code as a Log: shapes of each thread become Shapes, their numbers are put in order, texts too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from flowdsl.machine.labels import NO_LABEL
from flowdsl.machine.ready import Ready
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.names import Names
from flowdsl.sim.fast.program import PATH_BITS
from flowdsl.sim.log import LAYOUT, Log, Shape
from flowdsl.sim.tally import Line, Tally, from_dense, line_of

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


def joined(parts: Iterable[tuple[Any, Sequence[Any]]], reader: Reader) -> Log:
    """One Log of the rows of several threads: of each, the keys of its shapes, and its chunks of rows by position."""
    numbers: dict[tuple[int, ...], int] = {}
    chunks: list[tuple[int, Any]] = []
    for keys, pieces in parts:
        own = [numbers.setdefault((*key[:-2], 0, 0), len(numbers)) for key in keys.tolist()]
        renumber = None if own == list(range(len(own))) else np.array(own, dtype=np.int32)
        for first, words in pieces:
            if renumber is not None:
                shapes = words[at.ROW_SHAPE :: at.ROW_WORDS]
                shapes[:] = renumber[shapes]
            chunks.append((first, words))
    chunks.sort(key=lambda chunk: chunk[0])
    words = np.concatenate([np.zeros(0, dtype=np.int32), *(piece for _, piece in chunks)])
    rows = words.view(np.dtype(list(LAYOUT)))
    used, rows["object"] = _used(rows["object"])
    return Log(rows, [reader.shape(key) for key in numbers], [reader.texts[number] for number in used])


def counted(keys: Any, series: Any, reader: Reader, start: int) -> Tally:
    """The Tally of one thread: of the shapes it has seen, and its numbers over time by line; of no contacts yet."""
    shapes = [reader.shape(key) for key in keys.tolist()]
    times = keys[:, -1].tolist()
    runs, actions = Counter[Shape](), Counter[Shape]()
    lines: dict[int, Line] = {}
    for shape, line, number in zip(shapes, keys[:, -2].tolist(), times, strict=True):
        if number and (shape.kind == "action" or shape.status != "started"):
            (actions if shape.kind == "action" else runs)[shape] += number
        if number and (said := line_of(shape)) is not None:
            lines[line] = said
    return Tally(start, 0, dict(runs), dict(actions), from_dense([*lines.values()], series[[*lines]]))


def _used(objects: Any) -> tuple[list[int], Any]:
    """The texts that objects are called by, nothing first, and each row's place among them."""
    if not objects.any():
        return [0], objects
    used, places = np.unique(np.append(np.zeros(1, dtype=np.int32), objects), return_inverse=True)
    return used.tolist(), places[1:].astype(np.int32)
