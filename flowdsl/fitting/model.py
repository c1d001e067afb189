"""Chooses and fits the lines of a scenario, for an observation and the causes that a program names.

Answers to messages (opened, replied, bounced…) are of messages sent; clicks are of openings, where nearly all of them
have one before. Other events are answers where a scenario of the program says of what, else what contacts do by
themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from flowdsl.fitting import words
from flowdsl.fitting.answers import answer_lines
from flowdsl.fitting.causes import follow_causes
from flowdsl.fitting.line import Line
from flowdsl.fitting.observed import Observed
from flowdsl.fitting.rates import FEWEST, Options, new_contacts, rate_lines
from flowdsl.plan import plan

MOST_NAMES = 20  # of a kind of event, for each to have lines of its own
NEARLY_ALL = 0.9
RECEIVED, OPENED, CLICKED = "received", "opened", "clicked"


@dataclass(frozen=True, slots=True)
class Model:
    """Lines that were fitted, and what could not be, each with its reason."""

    lines: tuple[Line, ...]
    unfitted: tuple[str, ...]


def fit_model(seen: Observed, answers: Sequence[plan.Answer], options: Options) -> Model:
    """Every line that an observation has something to say about; `answers` name the causes of other events."""
    found: list[Line] = []
    unfitted: list[str] = []
    taken = np.zeros(len(seen.rows), dtype=bool)
    if seen.came:
        taken = seen.rows["time"].to_numpy() <= seen.since[seen.rows["who"].to_numpy()]
        _sort(new_contacts(seen, seen.rows, options), found, unfitted)
    _sort(_to_messages(seen, options), found, unfitted)
    _sort(_to_others(seen, answers, taken, options), found, unfitted)
    _sort(_by_themselves(seen, seen.rows[~taken], options), found, unfitted)
    return Model(tuple(found), tuple(unfitted))


def _sort(many: Iterable[Line | str], found: list[Line], unfitted: list[str]) -> None:
    for one in many:
        if isinstance(one, Line):
            found.append(one)
        else:
            unfitted.append(one)


# --- answers to messages ----------------------------------------------------------------------------------------------


def _to_messages(seen: Observed, options: Options) -> Iterator[Line | str]:
    rows = seen.rows
    kinds = [kind for kind in rows["event"].unique() if words.flag_of(kind) not in ("", RECEIVED)]
    for event in sorted(kinds):
        channel, flag = event.split(".")[0], words.flag_of(event)
        some, sends = _of(rows, (event,)), _sent(seen, channel)
        if not len(sends):
            yield f"{len(some):,} rows of {words.called(event, '')}: no {channel} that was sent is known"
            continue
        opened = _first(sends, _of(rows, (f"{channel}.{OPENED}",)), seen.until) if flag == CLICKED else None
        if opened is not None and len(opened):
            found = follow_causes(opened, some, seen.until, by_name=True)
            if found.lost <= (1 - NEARLY_ALL) * len(some):
                yield from answer_lines(seen, found, event, "", words.being(f"{channel}.{OPENED}"), options)
                continue
        found = follow_causes(sends, some, seen.until, by_name=True)
        if not found.is_answered.any():
            yield f"{len(some):,} rows of {words.called(event, '')} come before any message that they could answer"
        else:
            yield from answer_lines(seen, found, event, "", "", options)


def _sent(seen: Observed, channel: str) -> pd.DataFrame:
    """Messages sent on a channel: those of the replay, or those that rows say were received."""
    received = _of(seen.rows, (f"{channel}.{RECEIVED}",))
    sends = seen.sends[seen.sends["channel"] == channel]
    return received if len(received) else sends[["time", "who", "name"]]


def _of(rows: pd.DataFrame, events: Sequence[str], names: Sequence[str] = ()) -> pd.DataFrame:
    is_it = rows["event"].isin(events)
    if names:
        is_it &= rows["name"].isin(names)
    some: pd.DataFrame = rows.loc[is_it, ["time", "who", "name"]]
    return some


def _first(sends: pd.DataFrame, rows: pd.DataFrame, until: int) -> pd.DataFrame:
    """The first row that answers each of these messages."""
    found = follow_causes(sends, rows, until, by_name=True)
    at = found.time + np.round(found.days * 86_400_000).astype(np.int64)
    every = pd.DataFrame({"time": at, "who": found.who, "name": found.name})
    answered: pd.DataFrame = every[found.is_answered].reset_index(drop=True)
    return answered


# --- answers to other things ------------------------------------------------------------------------------------------


def _to_others(
    seen: Observed, answers: Sequence[plan.Answer], taken: np.ndarray, options: Options
) -> Iterator[Line | str]:
    """What a scenario of the program says is an answer; rows that are one are marked as taken."""
    rows = seen.rows
    for event, name, events, names in dict.fromkeys(
        (one.event, one.name, one.cause.events, one.cause.names) for one in answers
    ):
        if words.flag_of(event):
            continue
        is_it = (rows["event"] == event).to_numpy() & ((rows["name"] == name).to_numpy() | (name == ""))
        causes = _causes(seen, events, names)
        if not len(causes) or not is_it.any():
            yield f"{words.called(event, name)}: there is no row of it, or of what it is an answer to"
            continue
        found = follow_causes(causes, rows.loc[is_it, ["time", "who", "name"]], seen.until, by_name=False)
        if (np.bincount(found.is_answered, minlength=2)[1]) < FEWEST:
            yield f"{words.called(event, name)}: {int(found.is_answered.sum())} answers are too few"
            continue
        taken |= is_it
        of = words.being(events[0], names[0] if len(names) == 1 else "")
        yield from answer_lines(seen, found, event, name, of, options, by_name=False)


def _causes(seen: Observed, events: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    found = []
    for event in events:
        channel, flag = event.split(".")[0], words.flag_of(event)
        if flag == RECEIVED:
            some = _sent(seen, channel)
        elif flag:
            some = _first(_sent(seen, channel), _of(seen.rows, (event,)), seen.until)
        else:
            some = _of(seen.rows, (event,))
        found.append(some[some["name"].isin(names)] if names else some)
    return pd.concat(found, ignore_index=True)


# --- what they do by themselves ---------------------------------------------------------------------------------------


def _by_themselves(seen: Observed, rows: pd.DataFrame, options: Options) -> Iterator[Line | str]:
    if not (seen.watched > 0).any():
        return
    others = rows[[not words.flag_of(event) for event in rows["event"]]] if len(rows) else rows
    for key, some in others.groupby("event", sort=True):
        event = str(key)
        if not words.can_be_said(event):
            yield f"{len(some):,} rows of {words.called(event, '')}: events of related objects have dates of their own"
            continue
        names = some["name"].value_counts()
        if len(names) > MOST_NAMES:
            yield f"{words.called(event, '')}: {len(names)} names are taken together"
            yield from rate_lines(seen, some, event, "", options)
            continue
        for name in sorted(names.index):
            if names[name] < FEWEST:
                yield f"{words.called(event, name)}: {names[name]} rows are too few"
            else:
                yield from rate_lines(seen, some[some["name"] == name], event, name, options)
