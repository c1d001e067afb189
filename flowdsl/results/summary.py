"""The Summary: counts of runs and messages that fit on a screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from types import MappingProxyType

import numpy as np
import pandas as pd

from flowdsl.plan.plan import Plan
from flowdsl.results.counts import SENT
from flowdsl.results.log import Shape
from flowdsl.results.tables import RUN_STATUSES, SEND_STATUSES, ShapeCounts, categorical, messages_of, names_of

NAMED = 5  # kinds of events
NO_EVENTS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What became of everybody, in numbers.

    flows     a row a flow of the plan: entered, then where these runs are (pending completed converted exited
              cancelled), then entries declined
    declined  a row a flow and reason: entries
    messages  a row a channel and message: sent, skipped
    skipped   a row a channel, message and reason: messages
    ignored   a row a kind of event (its id, or its name where it is custom) that no flow listens to: events of the
              table, the most first
    nothing   why no run began and nothing was sent; "" where something was, or no reason is known
    """

    flows: pd.DataFrame
    declined: pd.DataFrame
    messages: pd.DataFrame
    skipped: pd.DataFrame
    ignored: pd.DataFrame
    nothing: str = ""

    @property
    def remarks(self) -> list[str]:
        """What to know of events that no flow listens to, in sentences: the most frequent ones, and how many more."""
        numbers = list(self.ignored["events"].items())
        lines = [_unheard(str(event), number) for event, number in numbers[:NAMED]]
        more = len(numbers) - NAMED
        return lines if more <= 0 else [*lines, f"and {more:,} more kind{'s' if more > 1 else ''}"]

    def __str__(self) -> str:
        parts = (self.flows, self.declined, self.messages, self.skipped)
        shown = [part.to_string() for part in parts if len(part)]
        shown += [self.nothing] if self.nothing else []
        return "\n\n".join([*(shown or ["Nothing happened."]), "\n".join(self.remarks)]).rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = (self.flows, self.declined, self.messages, self.skipped)
        shown = [part.to_html() for part in parts if len(part)]
        shown += [f"<p>{escape(self.nothing)}</p>"] if self.nothing else []
        remarks = [f"<p>{escape(line)}</p>" for line in self.remarks]
        return "\n".join([*(shown or ["<p>Nothing happened.</p>"]), *remarks])


def with_reason(summary: Summary, idle: Callable[[], str]) -> Summary:
    """The summary with the reason why nothing happened, where nothing did. Refused entries have their own."""
    if summary.flows["entered"].any() or summary.messages.to_numpy().any():
        return summary
    unmet = "" if len(summary.declined) else "no trigger of a flow was met"
    reason = idle() or unmet
    return replace(summary, nothing=f"nothing happened: {reason}") if reason else summary


def _unheard(event: str, number: int) -> str:
    return f'{number:,} event{"s" if number > 1 else ""} "{event}": no flow listens to {"them" if number > 1 else "it"}'


def _by_number(numbers: Mapping[str, int]) -> pd.DataFrame:
    """A row an event, the most frequent first."""
    rows = sorted(numbers.items(), key=lambda one: (-one[1], one[0]))
    index = pd.Index([event for event, _ in rows], dtype=object, name="event")
    return pd.DataFrame({"events": np.array([number for _, number in rows], dtype=np.int64)}, index=index)


def summarize(plan: Plan, counts: ShapeCounts, ignored: Mapping[str, int] = NO_EVENTS) -> Summary:
    """Count runs by flow and messages by name; flows and messages of the plan are listed even if nothing happened."""
    names = names_of(plan, [*counts.runs, *counts.actions])
    runs = _frame(counts.runs, ("flow", "reason"), names, RUN_STATUSES, {"started": "pending"})
    is_send = {shape: number for shape, number in counts.actions.items() if shape.action == "send"}
    sends = _frame(is_send, ("channel", "name", "reason"), names, SEND_STATUSES, SENT).rename(
        columns={"name": "message"}
    )
    flows = _counts(runs, ["flow"], RUN_STATUSES).reindex(runs["flow"].cat.categories, fill_value=0)
    flows = flows.rename_axis("flow")
    flows.insert(0, "entered", flows.drop(columns="declined").sum(axis=1))
    sent = _counts(sends, ["channel", "message"], SEND_STATUSES)
    listed = list(dict.fromkeys([*messages_of(plan), *sent.index]))
    return Summary(
        flows,
        _reasons(runs[runs["status"] == "declined"], ["flow"], "declined"),
        sent.reindex(pd.MultiIndex.from_tuples(listed, names=sent.index.names), fill_value=0) if listed else sent,
        _reasons(sends[sends["status"] == "skipped"], ["channel", "message"], "skipped"),
        _by_number(ignored),
    )


def _frame(
    numbers: Mapping[Shape, int],
    fields: Sequence[str],
    names: Mapping[str, tuple[str, ...]],
    statuses: Sequence[str],
    renamed: Mapping[str, str],
) -> pd.DataFrame:
    """A row a shape of one of the statuses: some of its fields, its status, and how many there are."""
    counts_of_shapes = [(shape, renamed.get(shape.status, shape.status), number) for shape, number in numbers.items()]
    rows = [row for row in counts_of_shapes if row[1] in statuses]
    columns = {field: _column([getattr(shape, field) for shape, *_ in rows], _names(names, field)) for field in fields}
    columns["reason"] = columns["reason"].remove_unused_categories()
    columns["status"] = _column([status for _, status, _ in rows], statuses)
    return pd.DataFrame({**columns, "number": np.array([number for *_, number in rows], dtype=np.int64)})


def _names(names: Mapping[str, tuple[str, ...]], field: str) -> tuple[str, ...]:
    """The categories of a field; a message may have no name, and what is missing falls out of groups."""
    return (*names["message"], "") if field == "name" else names[field]


def _column(values: Sequence[str], names: Sequence[str]) -> pd.Categorical:
    code_of = {name: code for code, name in enumerate(names)}
    return categorical(np.array([code_of.get(value, -1) for value in values], dtype=np.int64), names)


def _counts(rows: pd.DataFrame, by: list[str], statuses: Sequence[str]) -> pd.DataFrame:
    """How many rows each group has of each status."""
    sizes = rows.groupby([*by, "status"], observed=True)["number"].sum()
    table = sizes.unstack("status", fill_value=0)
    return pd.DataFrame({status: table.get(status, 0) for status in statuses}, index=table.index).astype(np.int64)


def _reasons(rows: pd.DataFrame, by: list[str], heading: str) -> pd.DataFrame:
    return rows.groupby([*by, "reason"], observed=True)["number"].sum().astype(np.int64).to_frame(heading)
