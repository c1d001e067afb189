"""The load of channels with limited capacity: how busy they were and how long messages waited.

Waiting times are those of messages that were sent, and of those that still queue at the end; one that leaves the queue
unsent has no row that says how long it stood there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from flowdsl.forecasting.hours import Amounts, Flags, Integers, Span, clock_of
from flowdsl.plan.expressions import Send
from flowdsl.plan.plan import Act, Capacity, Plan
from flowdsl.plan.visit import steps
from flowdsl.results.counts import QUARTER
from flowdsl.results.log import Log
from flowdsl.results.results import Results
from flowdsl.results.timeline import local

SECOND = 1000
MEASURES = ("utilisation", "wait_s", "longest_wait_s", "queue", "longest_queue")


class Server(NamedTuple):
    """What one channel's server did in one replication, by local hour.

    served   messages sent
    waited   ms that these waited in all
    queued   ms that messages spent in the queue
    lasts    ms of the hour that are simulated
    longest  ms that one of the messages sent waited at most
    most     how many stood in the queue at once at most
    """

    served: Integers
    waited: Integers
    queued: Integers
    lasts: Integers
    longest: Integers
    most: Integers


SUMS = 4  # the first fields of a Server add up, of the others the largest counts


def loads(results: Results) -> dict[str, Server]:
    """What the server of each limited channel did, of Results with the rows of sends and runs."""
    plan = results.plan
    span = Span.of(plan, results.start_ms, results.until_ms)
    edges = np.arange(results.start_ms // QUARTER, (results.until_ms - 1) // QUARTER + 1) * QUARTER
    hours = local(edges, "hour", clock_of(plan)) - span.first
    begins = np.maximum(edges, results.start_ms)
    ends = np.minimum(edges + QUARTER, results.until_ms)
    return {
        one.channel: _server(*_stays(results.log, plan, one.channel, results.until_ms), begins, ends, hours)
        for one in plan.policy.capacities
    }


def _stays(log: Log, plan: Plan, channel: str, until: int) -> tuple[Integers, Integers, Flags]:
    """When messages came into the queue (ms), when they left it, and which of them were sent."""
    limited = {
        (flow.name, act.id)
        for flow in plan.flows
        for act in steps(flow, Act)
        if isinstance(act.effect, Send) and act.effect.channel == channel
    }
    shapes = log.rows["shape"]
    is_sent = [shape.action == "send" and shape.channel == channel and shape.status == "done" for shape in log.shapes]
    is_there = [shape.reason == "queued" and (shape.flow, shape.step) in limited for shape in log.shapes]
    sent, waits = np.array(is_sent, dtype=bool)[shapes], np.array(is_there, dtype=bool)[shapes]
    left = log.rows["time"][sent]
    came = np.append(left - log.rows["queued"][sent], log.rows["due"][waits])
    gone = np.append(left, np.full(int(waits.sum()), until))
    return came, gone, np.arange(len(gone)) < len(left)


def _server(
    came: Integers, gone: Integers, is_sent: Flags, begins: Integers, ends: Integers, hours: Integers
) -> Server:
    """Everything by hour: `hours` says in which of them each stretch of time lies, from `begins` to `ends`."""
    size = int(hours.max()) + 1
    is_seen = is_sent & (gone >= begins[0])
    where = hours[np.searchsorted(begins, gone[is_seen], side="right") - 1]
    waits = (gone - came)[is_seen]
    found = Server(*(np.zeros(size, dtype=np.int64) for _ in Server._fields))
    np.add.at(found.served, where, 1)
    np.add.at(found.waited, where, waits)
    np.add.at(found.queued, hours, _spent(came, gone, begins, ends))
    np.add.at(found.lasts, hours, ends - begins)
    np.maximum.at(found.longest, where, waits)
    np.maximum.at(found.most, hours, _most(came, gone, begins, ends))
    return found


def _spent(came: Integers, gone: Integers, begins: Integers, ends: Integers) -> Integers:
    """Ms that everybody together spends in the queue in each stretch of time."""
    zero = begins[0]  # sums stay small
    first, last = begins - zero, ends - zero
    return (
        _since(came - zero, last) - _since(came - zero, first) - _since(gone - zero, last) + _since(gone - zero, first)
    )


def _since(moments: Integers, times: Integers) -> Integers:
    """The sum of the ms from each moment before a time to that time."""
    ordered = np.sort(moments)
    sums = np.append(0, np.cumsum(ordered))
    before = np.searchsorted(ordered, times, side="right")
    found: Integers = before * times - sums[before]
    return found


def _most(came: Integers, gone: Integers, begins: Integers, ends: Integers) -> Integers:
    """How many stood in the queue at once at most in each stretch of time; who leaves as another comes makes room."""
    times = np.concatenate([gone, came])
    steps = np.repeat(np.array([-1, 1]), len(came))
    order = np.lexsort((steps, times))
    levels = np.append(0, np.cumsum(steps[order]))
    ordered = times[order]
    first = np.searchsorted(ordered, begins, side="right")
    last = np.searchsorted(ordered, ends, side="left")
    most = levels[first].copy()  # those who stand there as it begins
    stretch = np.searchsorted(begins, ordered, side="right") - 1
    inside = (stretch >= 0) & (np.arange(len(ordered)) < last[np.maximum(stretch, 0)])
    np.maximum.at(most, stretch[inside], levels[1:][inside])
    return most


def measures(servers: Sequence[Server], capacity: Capacity, place: Integers) -> Amounts:
    """Every measure (MEASURES), by replication, period and measure; place: which period, from 0, each hour lies in."""
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    by_hour = [np.stack(field) for field in zip(*servers, strict=True)]
    sums = [np.add.reduceat(one, starts, axis=1) for one in by_hour[:SUMS]]
    longest, most = (np.maximum.reduceat(one, starts, axis=1) for one in by_hour[SUMS:])
    served, waited, queued, lasts = sums
    busy = served * (capacity.per_ms / capacity.amount) / lasts
    return np.stack(
        [busy, waited / np.maximum(served, 1) / SECOND, longest / SECOND, queued / lasts, most.astype(np.float64)],
        axis=-1,
    )
