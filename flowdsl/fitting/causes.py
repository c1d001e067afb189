"""For each cause: the delay of its answer, or how long it has waited for one so far.

An answer belongs to the latest cause before it that has none yet, of the same contact and, for messages, of the same
name: so every answer counts once, however closely causes follow each other. Every cause is waited for until the
observation ends.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from flowdsl.calendar.clock import DAY
from flowdsl.fitting.arrays import Integers, Labels, Mask, Numbers


class FollowedCauses(NamedTuple):
    """Causes, one each: when (ms), who, the name of the message, whether it was answered, and after how many days; if
    it was not: for how many days it has been waited for.

    lost     answers that no cause was left for
    crowded  causes with another one before the answer, or before the time that most answers take
    """

    time: Integers
    who: Integers
    name: Labels
    is_answered: Mask
    days: Numbers
    lost: int
    crowded: int

    def only(self, of: Mask) -> FollowedCauses:
        """Some of the causes."""
        return self._replace(
            **{each: getattr(self, each)[of] for each in ("time", "who", "name", "is_answered", "days")}
        )

    @property
    def delays(self) -> Numbers:
        """Days until the answers that came."""
        return np.asarray(self.days[self.is_answered])

    @property
    def waits(self) -> Numbers:
        """Days for which the other causes have been waited for."""
        return np.asarray(self.days[~self.is_answered])


def follow_causes(causes: pd.DataFrame, answers: pd.DataFrame, until: int, by_name: bool) -> FollowedCauses:
    """Causes (time, who, name) with their answers (time, who, name); by_name: an answer is about its cause's name.

    Answers without a name belong to causes of any.

    >>> sent = pd.DataFrame({"time": [0, 5 * DAY], "who": [0, 0], "name": ["A", "A"]})
    >>> opened = pd.DataFrame({"time": [2 * DAY], "who": [0], "name": ["A"]})
    >>> found = follow_causes(sent, opened, 9 * DAY, by_name=True)
    >>> found.delays.tolist(), found.waits.tolist()
    ([2.0], [4.0])
    """
    ordered = causes.sort_values(["time", "who"], kind="stable").reset_index(drop=True)
    named = by_name and bool((answers["name"] != "").all())
    time, group, of = ordered["time"].to_numpy(dtype=np.int64), *_groups(ordered, answers, named)
    at, lost = _matched(time, group, answers["time"].to_numpy(dtype=np.int64), of)
    is_answered = at >= 0
    days = (np.where(is_answered, at, until) - time) / DAY
    following = ordered.groupby(group, sort=False)["time"].shift(-1).to_numpy(dtype=np.float64)
    usual = np.median(days[is_answered]) * DAY if is_answered.any() else 0.0
    crowded = int((following - time < np.where(is_answered, days * DAY, usual)).sum())
    return FollowedCauses(time, ordered["who"].to_numpy(), ordered["name"].to_numpy(), is_answered, days, lost, crowded)


def _groups(causes: pd.DataFrame, answers: pd.DataFrame, named: bool) -> tuple[Integers, Integers]:
    """A number for each contact (and name), of causes and of answers."""
    columns = ["who", "name"] if named else ["who"]
    every = pd.concat([causes[columns], answers[columns]], ignore_index=True)
    numbers = every.groupby(columns, sort=False).ngroup().to_numpy().astype(np.int64, copy=False)
    return numbers[: len(causes)], numbers[len(causes) :]


def _matched(time: Integers, group: Integers, answered: Integers, of: Integers) -> tuple[Integers, int]:
    """When each cause was answered (-1: not), and how many answers are left over."""
    kind = np.repeat([0, 1], [len(time), len(answered)])  # a cause comes before its answer, also at the same moment
    order = np.lexsort((kind, np.concatenate([time, answered]), np.concatenate([group, of])))
    at, lost = np.full(len(time), -1, dtype=np.int64), 0
    open_: list[int] = []
    before = -1
    groups = np.concatenate([group, of])[order].tolist()
    for place, one in zip(order.tolist(), groups, strict=True):
        if one != before:
            open_, before = [], one
        if place < len(time):
            open_.append(place)
        elif open_:
            at[open_.pop()] = answered[place - len(time)]
        else:
            lost += 1
    return at, lost
