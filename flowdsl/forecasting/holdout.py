"""Holdouts: the lift of an arm of a split over the empty arm.

A holdout is an empty arm of a `split`: runs there go on behind it, and nothing of what the other arms do happens to
them. Where runs go on to wait for a goal, the shares that reach it differ by what an arm did: that is its lift.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from flowdsl.forecasting.intervals import Numbers
from flowdsl.forecasting.tidy import limits, tidy
from flowdsl.plan.outline import arms, first_arms
from flowdsl.plan.plan import Plan, Split
from flowdsl.results.counts import Counts

COLUMNS = ("flow", "split", "arm", "holdout", "runs", "rate", "holdout_runs", "holdout_rate")


class Holdout(NamedTuple):
    """A split with an empty arm: its flow and its id, the names of its arms, which of them is empty, and the bit of the
    first arm in the path of a run."""

    flow: str
    split: str
    arms: tuple[str, ...]
    empty: int
    bit: int


class Ending(NamedTuple):
    """How a run ended, and by which arm of which holdout (by its number) it went."""

    holdout: int
    arm: int
    status: str
    reason: str


Outcomes: TypeAlias = Mapping[Ending, int]  # how many runs of each ending


def holdouts(plan: Plan) -> tuple[Holdout, ...]:
    """Every split of a plan that has an empty arm besides others, in the order of the text.

    >>> holdouts(Plan(()))
    ()
    """
    found = []
    for flow in plan.flows:
        for node, bit in zip(flow.nodes, first_arms(flow), strict=True):
            if isinstance(node, Split):
                empty = [number for number, arm in enumerate(node.arms) if arm.to == node.join]
                if empty and len(empty) < len(node.arms):
                    found.append(Holdout(flow.name, node.id, arms(node), empty[0], bit))
    return tuple(found)


def outcomes_of(splits: Sequence[Holdout], tally: Counts) -> Outcomes:
    """How the runs of one replication ended that came to these splits."""
    found: Counter[Ending] = Counter()
    for number, split in enumerate(splits):
        for shape, runs in tally.runs.items():
            if shape.flow == split.flow:
                way = shape.path >> split.bit
                for arm in range(len(split.arms)):
                    if way >> arm & 1:
                        found[Ending(number, arm, shape.status, shape.reason)] += runs
    return dict(found)


def lift(
    splits: Sequence[Holdout], outcomes: Sequence[Outcomes], status: str, reason: str | None, level: float
) -> pd.DataFrame:
    """What each arm brings more than the empty one; replications in which one of the two has no runs are left out."""
    parts = [
        _of_arm(split, arm, _numbers(outcomes, number, arm, status, reason), empty, level)
        for number, split in enumerate(splits)
        for empty in [_numbers(outcomes, number, split.empty, status, reason)]
        for arm in range(len(split.arms))
        if arm != split.empty
    ]
    nothing = tidy(limits(np.zeros((0, 0)), level), pd.DataFrame(columns=list(COLUMNS)))
    return pd.concat(parts, ignore_index=True) if parts else nothing


def _numbers(outcomes: Sequence[Outcomes], split: int, arm: int, status: str, reason: str | None) -> Numbers:
    """By replication: how many runs came to an arm, and how many of these ended with the wanted status."""
    found = np.zeros((len(outcomes), 2))
    for row, each in zip(found, outcomes, strict=True):
        for ending, runs in each.items():
            if ending[:2] == (split, arm):
                row[0] += runs
                row[1] += runs * (ending.status == status and reason in (None, ending.reason))
    return found


def _of_arm(split: Holdout, arm: int, ours: Numbers, empty: Numbers, level: float) -> pd.DataFrame:
    both = (ours[:, 0] > 0) & (empty[:, 0] > 0)
    rates, empty_rates = ours[both, 1] / ours[both, 0], empty[both, 1] / empty[both, 0]
    numbers = (ours[:, 0].mean(), _mean(rates), empty[:, 0].mean(), _mean(empty_rates))
    names = (split.flow, split.split, split.arms[arm], split.arms[split.empty])
    row = pd.DataFrame([(*names, *numbers)], columns=list(COLUMNS))
    return tidy(limits((rates - empty_rates)[:, None], level), row)


def _mean(numbers: Numbers) -> float:
    return float(numbers.mean()) if len(numbers) else float("nan")
