"""The weekly profile of events: parts of the week in which events are more or less frequent.

Days are put together, and hours, as far as BIC finds nothing lost by it; a profile is looked for only where chance
would not make the like once in a thousand times. Each group of days has its own hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from flowdsl.fitting.arrays import Integers, Numbers

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERY = tuple(range(7))
RARE = 0.001
FEWEST = 5  # events, for a profile to be looked for
DRAWS = 4999  # of the null hypothesis, where counts are too small for its asymptotic law


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the week: which days, from which hour to which, and the share of all events that come in it."""

    days: tuple[int, ...]
    first: int
    last: int
    share: float

    @property
    def text(self) -> str:
        """As a program says it, "" for the whole week.

        >>> Part((0, 1, 2, 3, 4), 9, 17, 0.5).text, Part((0, 2), 0, 24, 0.1).text
        ('on weekdays between 09:00 and 17:00', 'on monday, wednesday')
        """
        names = {EVERY: "", EVERY[:5]: "on weekdays", EVERY[5:]: "on weekends"}
        days = names.get(self.days, "on " + ", ".join(DAYS[day] for day in self.days))
        hours = "" if (self.first, self.last) == (0, 24) else f"between {self.first:02}:00 and {self.last:02}:00"
        return " ".join(one for one in (days, hours) if one)


WHOLE_WEEK = (Part(EVERY, 0, 24, 1.0),)


def profile(events: Numbers, days: Numbers, with_hours: bool = True) -> tuple[Part, ...]:
    """The parts of the week; events: by weekday and hour (7 x 24); days: how many contact-days of each weekday there
    were.

    >>> quiet = np.ones((7, 24))
    >>> profile(quiet, np.ones(7))
    (Part(days=(0, 1, 2, 3, 4, 5, 6), first=0, last=24, share=1.0),)
    >>> quiet[5:] = 9
    >>> [(part.text, round(part.share, 2)) for part in profile(quiet, np.ones(7))]
    [('on weekdays', 0.22), ('on weekends', 0.78)]
    """
    by_day = events.sum(axis=1)
    groups = _days(by_day, days)
    often = [by_day[list(group)].sum() / max(days[list(group)].sum(), 1e-9) * len(group) for group in groups]
    parts = []
    for group, number in zip(groups, often, strict=True):
        by_hour = events[list(group)].sum(axis=0)
        blocks = _blocks(by_hour, np.ones(24)) if with_hours and _differ(by_hour, np.ones(24)) else [(0, 24)]
        share = number / sum(often) / max(float(by_hour.sum()), 1.0)
        parts += [Part(group, first, last, float(share * by_hour[first:last].sum())) for first, last in blocks]
    return tuple(part for part in parts if part.share > 0)


def own_or(common: Sequence[Part], own: Sequence[Part], events: Numbers, days: Numbers) -> Sequence[Part]:
    """The parts of the week of some contacts: their own where BIC prefers these to those that all contacts have in
    common.

    >>> weekend = np.ones((7, 24))
    >>> weekend[5:] = 9
    >>> own = profile(weekend, np.ones(7))
    >>> own_or(WHOLE_WEEK, own, weekend, np.ones(7)) == own
    True
    """
    price = len(own) * np.log(max(float(events.sum()), 2.0)) / 2
    return own if _explained(own, events, days) - price > _explained(common, events, days) else common


def _explained(parts: Sequence[Part], events: Numbers, days: Numbers) -> float:
    """The log-likelihood of events by weekday and hour, given how many there are."""
    density = _density(parts) * days[:, None]
    density = density / max(float(density.sum()), 1e-300)
    there = events > 0
    return float((events[there] * np.log(np.maximum(density[there], 1e-300))).sum())


def _density(parts: Sequence[Part]) -> Numbers:
    """The share of all events of a week that comes in each hour of it: 7 x 24."""
    density = np.zeros((7, 24))
    for part in parts:
        density[list(part.days), part.first : part.last] += part.share / len(part.days) / (part.last - part.first)
    return density


def evened(parts: Sequence[Part], days: Numbers) -> float:
    """By what to multiply a rate that was counted on these days of each weekday to have that of a whole week.

    >>> saturdays = (Part((5,), 0, 24, 1.0),)
    >>> evened(saturdays, np.ones(7)), evened(saturdays, np.array([1, 1, 1, 1, 1, 2, 1]))
    (1.0, 0.5714285714285714)
    """
    counted = float(days @ _density(parts).sum(axis=1))
    return float(days.sum()) / 7 / counted if counted > 0 else 1.0


def _differ(events: Numbers, time: Numbers) -> bool:
    """Whether counts are further from proportional to time than chance makes them (likelihood ratio)."""
    there = time > 0
    events, share = events[there], time[there] / time[there].sum()
    number = int(events.sum())
    if number < FEWEST:
        return False
    if number >= 2 * len(events):
        return bool(chi2.sf(_ratio(events, share), len(events) - 1) < RARE)
    drawn = np.random.default_rng(0).multinomial(number, share, DRAWS)
    as_far = int((_ratio(drawn, share) >= _ratio(events, share)).sum())
    return (as_far + 1) / (DRAWS + 1) < RARE


def _ratio(events: Numbers | Integers, share: Numbers) -> Numbers:
    """Twice the logarithm of the likelihood ratio of counts (the last axis) to those in proportion to shares."""
    expected = events.sum(axis=-1, keepdims=True) * share
    found: Numbers = 2 * (events * np.log(np.maximum(events, 1e-300) / expected)).sum(axis=-1)
    return found


def _days(events: Numbers, time: Numbers) -> list[tuple[int, ...]]:
    """Weekdays in groups of one rate: neighbours in the order of their rates."""
    if not _differ(events, time):
        return [EVERY]
    order = np.argsort(events / np.maximum(time, 1e-9), kind="stable")
    found = _blocks(events[order], time[order])
    return sorted(tuple(sorted(int(day) for day in order[first:last])) for first, last in found)


def _blocks(events: Numbers, time: Numbers) -> list[tuple[int, int]]:
    """Neighbours put together to blocks of one rate: the best partition by BIC (dynamic programming)."""
    size, price = len(events), np.log(max(float(events.sum()), 2.0)) / 2
    best: list[tuple[float, Sequence[tuple[int, int]]]] = [(0.0, [])]
    for last in range(1, size + 1):
        ways = [
            (best[first][0] + _told(events[first:last], time[first:last]) - price, [*best[first][1], (first, last)])
            for first in range(last)
        ]
        best.append(max(ways, key=lambda way: way[0]))
    return list(best[size][1])


def _told(events: Numbers, time: Numbers) -> float:
    """The log-likelihood of counts with one rate, up to what is the same for all partitions."""
    total, over = float(events.sum()), float(time.sum())
    return total * float(np.log(total / over)) if total > 0 and over > 0 else 0.0
