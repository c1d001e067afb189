"""The story of one contact as scenes on a diagram: one Scene for each line.

A Scene has the flow, the node of its diagram that the contact has reached, and the nodes that the run passed before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from flowdsl.display.story import Line, common_folders, story_lines
from flowdsl.results.records import Record
from flowdsl.results.results import Results

START, END = "start", "end"
LOOKED_AT = 2_000  # contacts among whom an interesting one is looked for


@dataclass(frozen=True, slots=True)
class Scene:
    """One line of a story; the flow that it is about ("" for none yet), the node where the contact is, and the nodes
    where the same run has been before."""

    line: Line
    flow: str
    node: str
    passed: frozenset[str]


def scenes(results: Results, contact: str | int, flow: str = "") -> tuple[Scene, ...]:
    """The scenes of one contact's story, of one flow alone if it is named; what happens to no flow belongs to each.

    Raises DataError when there is no such contact.
    """
    plan = results.plan
    every = story_lines(plan, results.trace(contact), results.clock_of(contact), common_folders(plan))
    return tuple(_scenes(((record, line) for record, line in every if not flow or record.flow in ("", flow))))


def _scenes(every: Iterator[tuple[Record, Line]]) -> Iterator[Scene]:
    been: dict[tuple[str, int], list[str]] = {}
    flow, run = "", 0
    for record, line in every:
        flow, run = (record.flow, record.run) if record.flow else (flow, run)
        nodes = been.setdefault((flow, run), [])
        node = _node(record) or (nodes[-1] if nodes else "")
        yield Scene(line, flow, node, frozenset(nodes) - {node})
        nodes += [node] if node else []


def _node(record: Record) -> str:
    """Where a record leaves its run on the diagram; "" where it has stayed."""
    if record.kind == "run" and record.status in ("started", "declined"):
        return START
    if record.kind == "run" and record.status == "completed" and not record.step:
        return END
    return record.step


def interesting(results: Results, flow: str = "") -> str:
    """A contact to whom much happens: the one with the most different things among the first ones; "" for none."""
    runs = results.runs
    runs = runs[runs["run"].notna()] if not flow else runs[(runs["flow"] == flow) & runs["run"].notna()]
    candidates = set(runs["contact"].astype(str).unique()[:LOOKED_AT])
    actions = results.actions[["contact", "step", "status"]].astype(str).drop_duplicates()
    counts = Counter(contact for contact in actions["contact"] if contact in candidates)
    return max(sorted(candidates), key=lambda one: counts[one], default="")
