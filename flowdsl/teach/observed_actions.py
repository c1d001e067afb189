"""Lists what contacts receive in a simulation, with times, and finds where two simulations differ.

Names of flows, runs and steps are not compared: two programs with the same actions are equal, in any wording.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import pandas as pd

from flowdsl.plan import plan
from flowdsl.plan.expressions import SetField
from flowdsl.plan.plan import Plan
from flowdsl.results.results import Results

What: TypeAlias = tuple[str, ...]  # status, action, channel, name, to, object, and all that it carries along


class ObservedAction(NamedTuple):
    """An action for a contact; with `skips` also a skipped action, and with `ends` the end of a run."""

    time: int
    what: What


@dataclass(frozen=True, slots=True)
class Difference:
    """The first moment (ms) at which two lists of actions differ: what only the first has then, and what only the
    second."""

    time: int
    first: tuple[What, ...]
    second: tuple[What, ...]


INNER = ("flow.start", "flow.stop")  # what they bring about is compared, not how flows call each other


def actions_of(results: Results, skips: bool = False, ends: bool = False) -> dict[str, list[ObservedAction]]:
    """What each contact got, by its id; contacts that got nothing are not in it.

    skips  what was skipped counts, with its reason
    ends   how runs end counts: completed, converted, exited or cancelled, and the reason of an `exit`
    """
    found: dict[str, list[ObservedAction]] = {}
    wanted = ("done", "skipped") if skips else ("done",)
    rows = results.actions
    rows = rows[rows["status"].isin(wanted) & ~rows["action"].isin(INNER)]
    columns = ["time", "contact", "flow", "step", "status", "action", "channel", "name", "to", "object_id", "reason"]
    for time, contact, flow, step, status, action, channel, name, to, about, reason in _texts(rows, columns):
        carried = _carried(results.plan, flow, step)
        what = (status, action, channel, name, to, about, reason if status == "skipped" else "", *carried)
        found.setdefault(contact, []).append(ObservedAction(time, what))
    if ends:
        rows = results.runs
        rows = rows[~rows["status"].isin(("pending", "declined"))]
        for time, contact, status, reason, about in _texts(rows, ["ended", "contact", "status", "reason", "object_id"]):
            what = ("ended", status, reason if status == "completed" else "", about)
            found.setdefault(contact, []).append(ObservedAction(time, what))
    return {contact: sorted(each) for contact, each in found.items()}


def _texts(rows: pd.DataFrame, columns: Sequence[str]) -> list[tuple]:  # type: ignore[type-arg]
    """Rows as tuples: the first column in ms, all others as texts, "" where nothing stands."""
    first, *others = columns
    times = rows[first].astype("datetime64[ms, UTC]").astype("int64").tolist()
    return list(zip(times, *(rows[name].astype(object).fillna("").astype(str) for name in others), strict=True))


def _carried(program: Plan, flow: str, step: str) -> What:
    """The values of an action that its row does not have: of a `set`, and behind `with`."""
    node = program.by_name[flow].by_id.get(step)
    if not isinstance(node, plan.Act):
        return ()
    value = (repr(node.effect.value),) if isinstance(node.effect, SetField) else ()
    return (*value, *sorted(f"{one.key} {one.value!r}" for one in node.settings))


def difference(first: Sequence[ObservedAction], second: Sequence[ObservedAction]) -> Difference | None:
    """Where two sorted lists of actions first differ; None if they do not. Order within a moment does not count.

    >>> hello, bye = ("done", "send", "chat", "Hello"), ("done", "send", "chat", "Bye")
    >>> difference([ObservedAction(0, hello), ObservedAction(5, bye)], [ObservedAction(0, hello)])
    Difference(time=5, first=(('done', 'send', 'chat', 'Bye'),), second=())
    """
    if first == second:
        return None
    mine, other = Counter(first), Counter(second)
    time = min(action.time for action in ((mine - other) | (other - mine)))
    return Difference(time, _only(mine - other, time), _only(other - mine, time))


def _only(found: Counter[ObservedAction], time: int) -> tuple[What, ...]:
    return tuple(action.what for action in found.elements() if action.time == time)
