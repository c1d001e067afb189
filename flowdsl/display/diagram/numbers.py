"""Writes the numbers of a simulation for the boxes and edges of a diagram.

Steps are nested in a text and numbered in a plan, in the same order, which connects the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flowdsl.plan import outline, plan
from flowdsl.plan.expressions import Send
from flowdsl.syntax import ast

if TYPE_CHECKING:
    from flowdsl.results.funnel import Step, Why


@dataclass(frozen=True, eq=False)
class RunNumbers:
    """The numbers of the runs of one flow.

    flow     the same flow of a plan
    ids      the node of the plan that a step is, by its identity; none without a plan
    rows     how many runs came to a node, or took one of its arms: by node and arm ("" for the node itself)
    reasons  why entries were declined, actions skipped and runs left, by node
    """

    flow: plan.Flow | None = None
    ids: Mapping[int, str] = field(default_factory=dict)
    rows: Mapping[tuple[str, str], Step] = field(default_factory=dict)
    reasons: Mapping[str, Sequence[Why]] = field(default_factory=dict)

    def node(self, step: ast.Step | ast.Arm) -> str:
        """The node that a step is; "" where there is no plan."""
        return self.ids.get(id(step), "")

    @property
    def start(self) -> str:
        """The node where runs begin."""
        return self.flow.nodes[0].id if self.flow else ""

    @property
    def end(self) -> str:
        """The node where runs end that have come through."""
        return self.flow.nodes[-1].id if self.flow else ""

    def counts(self, node: str) -> tuple[str, ...]:
        """What is written in the box of a node: what was done there, and who stays or has left.

        In the box of the end and of an `exit` it is how many ended; at the start how many entered.
        """
        row = self.rows.get((node, ""))
        return tuple(_counts(row, self._declined(), self._is_send(node)) if row else ())

    def _is_send(self, node: str) -> bool:
        of = self.flow.by_id[node] if self.flow else None
        return isinstance(of, plan.Act) and isinstance(of.effect, Send)

    def _declined(self) -> int:
        return sum(why.number for whys in self.reasons.values() for why in whys if why.what == "declined")

    def because(self, node: str) -> str:
        """Why actions were skipped and runs left at a node, for who points at its box."""
        return "; ".join(f"{why.number:,} {why.what}: {why.reason}" for why in self.reasons.get(node, ()) if why.reason)

    def on(self, node: str) -> str:
        """How many runs went on from a node, and what part that is of all that entered."""
        row = self.rows.get((node, ""))
        return _share(row.went_on, self._entered()) if row else ""

    def on_arm(self, node: str, number: int) -> str:
        """How many took an arm of a node, by its number: for the way to an `otherwise if`, of which the funnel has no
        row, those who took no other."""
        names = outline.arms(self.flow.by_id[node]) if self.flow and node else ()
        whole = self.rows.get((node, ""))
        if whole is None or number >= len(names):
            return ""
        took = {name: self.rows[node, name].reached for name in names if (node, name) in self.rows}
        return _share(took.get(names[number], whole.reached - sum(took.values())), self._entered())

    def into(self, node: str) -> str:
        """How many runs came to a node."""
        row = self.rows.get((node, ""))
        return _share(row.reached, self._entered()) if row else ""

    def _entered(self) -> int:
        row = self.rows.get((self.start, ""))
        return row.reached if row else 0


NO_NUMBERS = RunNumbers()


def _share(number: int, of: int) -> str:
    """A count with its part of all.

    >>> _share(1204, 1942)
    '1,204 · 62%'
    """
    return f"{number:,} · {number / of:.0%}" if of else f"{number:,}"


def _counts(row: Step, declined: int, is_send: bool) -> Iterator[str]:
    if row.step == "start":
        yield f"{row.reached:,} entered"
        if declined:
            yield f"{declined:,} declined"
    if row.done is not None:
        yield f"{row.done:,} {'sent' if is_send else 'done'}"
    if row.skipped:
        yield f"{row.skipped:,} skipped"
    if row.pending:
        yield f"{row.pending:,} waiting" if row.done is None else f"{row.pending:,} held"
    if row.left:
        yield f"{row.left:,} {'ended' if row.went_on == 0 and row.done is None else 'left'}"


def numbers_of(
    flow: ast.Flow | ast.Campaign, of: plan.Flow, rows: Sequence[Step] = (), reasons: Sequence[Why] = ()
) -> RunNumbers:
    """What is known of a flow as it is written; `of` is the same flow of a plan."""
    ids = dict(zip(map(id, _numbered(flow.steps)), (node.id for node in of.nodes[1:]), strict=False))
    by_node: dict[str, list[Why]] = {}
    for why in reasons:
        by_node.setdefault(why.step, []).append(why)
    return RunNumbers(of, ids, {(row.step, row.arm): row for row in rows}, by_node)


def _numbered(steps: Sequence[ast.Step]) -> Iterator[ast.Step | ast.Arm]:
    """The steps that are nodes of a plan, in its order: labels are none, and each question of an `if` is one."""
    for step in steps:
        match step:
            case ast.If():
                for arm in step.arms:
                    yield arm
                    yield from _numbered(arm.steps)
                yield from _numbered(step.otherwise.steps if step.otherwise else ())
            case ast.Split():
                yield step
                for share in step.arms:
                    yield from _numbered(share.steps)
            case ast.Repeat():
                yield step
                yield from _numbered(step.steps)
            case ast.Label():
                pass
            case _:
                yield step
