"""The outline of a flow, with one bit for each step and arm, so that a run's path is one integer.

Bit n of a path belongs to node n of the flow; after the nodes there is a bit for each arm of a choice (`then`,
`otherwise`, an arm of a split, `happened` or `timeout` of a wait). The machine sets bits as a run proceeds, its last
row contains them, and counting paths shows how many runs took each path. Any engine can store a set of small integers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from flowdsl.plan import plan

THEN, OTHERWISE = "then", "otherwise"
HAPPENED, TIMEOUT = "happened", "timeout"


class Stop(NamedTuple):
    """One line of an outline: a step (arm ""), or one arm of it; its nesting depth, and its bit in a path."""

    step: str
    arm: str
    depth: int
    bit: int


def arms(node: plan.Node) -> tuple[str, ...]:
    """The exits of a node that a path distinguishes, in the order of its ports; empty if there is only one.

    >>> arms(plan.Split("split", (plan.Arm(300_000, "short", "end"), plan.Arm(700_000, "", "end")), "end"))
    ('30% short', '70%')
    """
    match node:
        case plan.Branch():
            return THEN, OTHERWISE
        case plan.Split():
            return tuple(f"{arm.share / 10_000:g}% {arm.name}".rstrip() for arm in node.arms)
        case plan.Wait(until=plan.Happens()):
            return HAPPENED, TIMEOUT
        case _:
            return ()


def first_arms(flow: plan.Flow) -> tuple[int, ...]:
    """For each node, the bit of its first arm; the bits of its other arms follow.

    >>> first_arms(plan.Flow("A", (plan.Enter("start", (), "end"), plan.Exit("end"))))
    (2, 2)
    """
    bits, free = [], len(flow.nodes)
    for node in flow.nodes:
        bits.append(free)
        free += len(arms(node))
    return tuple(bits)


def outline(flow: plan.Flow) -> tuple[Stop, ...]:
    """Every step of a flow with its arms, in the order of the text, from `start` to `end`.

    >>> outline(plan.Flow("A", (plan.Enter("start", (), "end"), plan.Exit("end"))))
    (Stop(step='start', arm='', depth=0, bit=0), Stop(step='end', arm='', depth=0, bit=1))
    """
    number = {node.id: at for at, node in enumerate(flow.nodes)}
    return tuple(_block(flow, number, first_arms(flow), 0, len(flow.nodes), 0))


Numbers = Mapping[str, int]


def _block(
    flow: plan.Flow, number: Numbers, bits: tuple[int, ...], start: int, stop: int, depth: int
) -> Iterator[Stop]:
    """The nodes from one number to before another; a node with blocks is followed by their nodes, one level deeper."""
    at = start
    while at < stop:
        node = flow.nodes[at]
        yield Stop(node.id, "", depth, at)
        after = _after(node, number, at, stop)
        inner = _inner(flow, number, at, after)
        for arm, (name, first, last, deeper) in enumerate(inner):
            if name:
                yield Stop(node.id, name, depth + 1, bits[at] + arm)
            yield from _block(flow, number, bits, first, last, depth + deeper)
        at = after


def _after(node: plan.Node, number: Numbers, at: int, stop: int) -> int:
    """The next node in the text after a node and its blocks; a join further up or out is the end of the block."""
    match node:
        case plan.Branch() | plan.Split():
            join = number[node.join]
        case plan.Repeat():
            join = number[node.next]
        case _:
            return at + 1
    return join if at < join <= stop else stop


def _inner(flow: plan.Flow, number: Numbers, at: int, after: int) -> list[tuple[str, int, int, int]]:
    """The blocks of a node: (name of the arm, first and last node, additional depth) in the order of the text; an
    `otherwise if` has the same depth as the `if` before it."""
    node = flow.nodes[at]
    if isinstance(node, plan.Repeat):
        return [("", at + 1, after, 1)]
    names = arms(node)
    if not names or isinstance(node, plan.Wait):
        return [(name, at + 1, at + 1, 2) for name in names]
    firsts = _firsts(node, number, at, after)
    ends = [*firsts[1:], after]
    found = [(name, first, end, 2) for name, first, end in zip(names, firsts, ends, strict=True)]
    if isinstance(node, plan.Branch) and _is_chained(flow, node, firsts[1], after):
        found[1] = ("", firsts[1], after, 0)
    return found


def _firsts(node: plan.Node, number: Numbers, at: int, after: int) -> list[int]:
    """The first node of each arm in the text; an empty arm begins where the next one does."""
    match node:
        case plan.Branch():
            to = [node.then, node.otherwise]
        case plan.Split():
            to = [arm.to for arm in node.arms]
        case _:
            return []
    firsts, follow = [], after
    for name in reversed(to):
        begins = number[name]
        follow = begins if at < begins < follow else follow
        firsts.append(follow)
    return firsts[::-1]


def _is_chained(flow: plan.Flow, node: plan.Branch, first: int, after: int) -> bool:
    """Whether its `otherwise` consists of exactly one more `if`."""
    other = flow.nodes[first] if first < after else None
    return isinstance(other, plan.Branch) and other.id == node.otherwise and other.join == node.join
