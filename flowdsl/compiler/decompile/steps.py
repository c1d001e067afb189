"""Decompiles steps: nodes that are joined by ports become nested steps.

Nodes are in the order of the text, so the inside of a block is a range of nodes; `join` and `next` mark its end. A plan
whose ports cannot come from a text raises Inexpressible.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from flowdsl.compiler.decompile.actions import action
from flowdsl.compiler.decompile.conditions import WATCHING, condition, occasion, ref
from flowdsl.compiler.decompile.phrases import Inexpressible, within
from flowdsl.compiler.decompile.values import clock, lapse, length, percent
from flowdsl.plan import plan
from flowdsl.syntax import ast
from flowdsl.vocabulary import VOCABULARY


@dataclass(frozen=True, slots=True)
class Stretch:
    """The nodes from `start` to before `end`, after which runs continue at `follow`; inside a block of `owner`, "" the
    flow."""

    start: int
    end: int
    follow: str
    owner: str = ""


@dataclass(slots=True)
class _Flow:
    """A flow while it is decompiled: the position of its nodes, and the repeats around each, outermost first."""

    flow: plan.Flow
    index: dict[str, int] = field(default_factory=dict)
    loops: dict[str, tuple[str, ...]] = field(default_factory=dict)
    jumps: dict[str, list[int]] = field(default_factory=dict)  # by label: the positions of the jumps to it


def steps(flow: plan.Flow) -> tuple[ast.Step, ...]:
    """The steps of a flow."""
    reading = _Flow(flow, {node.id: i for i, node in enumerate(flow.nodes)})
    whole = Stretch(1, len(flow.nodes) - 1, plan.END)
    _expect(reading, 0, flow.enter.next, _first(reading, whole))
    _note_loops(reading, whole, ())
    _note_jumps(reading)
    return tuple(_block(reading, whole))


def _expect(reading: _Flow, at: int, to: str, expected: str) -> None:
    if to != expected:
        raise Inexpressible(f"in a text this node leads to {expected!r}, not to {to!r}", f".nodes[{at}]")


def _first(reading: _Flow, stretch: Stretch) -> str:
    return reading.flow.nodes[stretch.start].id if stretch.start < stretch.end else stretch.follow


# --- stretches --------------------------------------------------------------------------------------------------------


def _nodes(reading: _Flow, stretch: Stretch) -> Iterator[tuple[plan.Node, Stretch]]:
    """The nodes of a block in their order, without inner ones; each with the range from it to the next."""
    at = stretch.start
    while at < stretch.end:
        node = reading.flow.nodes[at]
        if isinstance(node, plan.Branch | plan.Split):
            goal = node.join
        elif isinstance(node, plan.Repeat):
            goal = node.next
        else:
            goal = ""
        end = at + 1 if not goal else reading.index[goal]
        if not at < end < stretch.end:
            end = stretch.end if goal else at + 1
        follow = reading.flow.nodes[end].id if end < stretch.end else stretch.follow
        if goal:
            _expect(reading, at, goal, follow)
        yield node, Stretch(at, end, follow, node.id)
        at = end


def _inner(reading: _Flow, node: plan.Node, own: Stretch) -> list[Stretch]:
    """The ranges of the blocks inside a node: one for each arm or body."""
    if isinstance(node, plan.Repeat):
        ways, follow = [node.body], node.id
    elif isinstance(node, plan.Branch):
        ways, follow = [node.then, node.otherwise], node.join
    elif isinstance(node, plan.Split):
        ways, follow = [arm.to for arm in node.arms], node.join
    else:
        return []
    starts = [reading.index[to] if to != follow else -1 for to in ways]
    found: list[Stretch] = []
    end = own.end
    for start in reversed(starts):
        found.append(Stretch(end if start < 0 else start, end, follow, node.id))
        end = found[-1].start
    if end != own.start + 1 or any(one.start > one.end for one in found):
        raise Inexpressible("its branches do not stand one after the other, as in a text", f".nodes[{own.start}]")
    return found[::-1]


def _note_loops(reading: _Flow, stretch: Stretch, loops: tuple[str, ...]) -> None:
    for node, own in _chained(reading, stretch):
        reading.loops[node.id] = loops
        for inner in _inner(reading, node, own):
            if not _can_be_chain(reading, node, inner):
                _note_loops(reading, inner, (*loops, node.id) if isinstance(node, plan.Repeat) else loops)


def _note_jumps(reading: _Flow) -> None:
    for i, node in enumerate(reading.flow.nodes):
        if isinstance(node, plan.Jump):
            for name in _goals(reading, node)[:1]:
                reading.jumps.setdefault(name, []).append(i)


def _chained(reading: _Flow, stretch: Stretch) -> Iterator[tuple[plan.Node, Stretch]]:
    """The nodes of a block; after each `if` come its `otherwise if`s, so that long chains need no recursion."""
    for node, own in _nodes(reading, stretch):
        yield node, own
        while link := _linked(reading, node, own):
            node, own = link
            yield node, own


def _link(reading: _Flow, node: plan.Branch, own: Stretch) -> tuple[plan.Branch, Stretch] | None:
    """The `otherwise if` of a branch. There is no place in it for a label at the end of the other arm."""
    link = _linked(reading, node, own)
    return None if link is None or _ending(reading, _inner(reading, node, own))[1] else link


def _linked(reading: _Flow, node: plan.Node, own: Stretch) -> tuple[plan.Branch, Stretch] | None:
    """The unlabelled branch with the same join, if it is the whole `otherwise` arm of a branch."""
    if not isinstance(node, plan.Branch):
        return None
    otherwise = _inner(reading, node, own)[1]
    if not _can_be_chain(reading, node, otherwise):
        return None
    inner = reading.flow.nodes[otherwise.start]
    assert isinstance(inner, plan.Branch)
    return inner, Stretch(otherwise.start, otherwise.end, own.follow, inner.id)


def _can_be_chain(reading: _Flow, node: plan.Node, inner: Stretch) -> bool:
    if not isinstance(node, plan.Branch) or inner.start >= inner.end:
        return False
    first = reading.flow.nodes[inner.start]
    is_other_arm = first.id == node.otherwise
    is_labelled = any(label.node == first.id and not label.ends for label in reading.flow.labels)
    return is_other_arm and isinstance(first, plan.Branch) and first.join == node.join and not is_labelled


# --- blocks -----------------------------------------------------------------------------------------------------------


def _block(reading: _Flow, stretch: Stretch) -> Iterator[ast.Step]:
    for node, own in _nodes(reading, stretch):
        yield from _labels(reading, node.id)
        yield _step(reading, node, own)
    if not stretch.owner:
        yield from _labels(reading, plan.END)


def _labels(reading: _Flow, node: str) -> Iterator[ast.Label]:
    """The labels right before a node."""
    for label in reading.flow.labels:
        if label.node == node and not label.ends:
            yield ast.Label(ast.Text(label.name))


def _inside(reading: _Flow, inner: list[Stretch], number: int) -> tuple[ast.Step, ...]:
    """The steps of an arm or body, with the labels at its end."""
    ending = (ast.Label(ast.Text(name)) for name in _ending(reading, inner)[number])
    return (*_block(reading, inner[number]), *ending)


def _ending(reading: _Flow, inner: list[Stretch]) -> list[list[str]]:
    """The labels at the end of each arm or body of a node.

    The ends of all arms are the same place for a run, so a plan does not record which arm a label was in. In a text it
    matters: a jump from a later arm would lead back, and an unreachable label is an error. So each label ends the first
    arm in which neither problem occurs; labels keep their order.
    """
    found: list[list[str]] = [[] for _ in inner]
    last = len(inner) - 1
    first = 0
    for label in reading.flow.labels:
        if label.ends == inner[0].owner:
            first = next(
                (i for i in range(first, last) if _can_end(reading, label, inner, i, is_reached=bool(found[i]))), last
            )
            found[first].append(label.name)
    return found


def _can_end(reading: _Flow, label: plan.Label, inner: list[Stretch], number: int, is_reached: bool) -> bool:
    jumps = reading.jumps.get(label.name, [])
    leads_back = any(inner[number].end <= jump < inner[-1].end for jump in jumps)
    return not leads_back and bool(jumps or is_reached or _is_passed(reading, inner[number]))


def _is_passed(reading: _Flow, stretch: Stretch) -> bool:
    """Whether a run can reach the end of a block without a jump."""
    return stretch.start == stretch.end or _leads_to(reading, stretch.follow, stretch.start, stretch.end)


def _leads_to(reading: _Flow, to: str, start: int, end: int) -> bool:
    """Whether a node in a range leads to another node, not counting jumps."""
    for i, node in enumerate(reading.flow.nodes[start:end], start):
        match node:
            case plan.Branch():
                after = [node.then, node.otherwise]
            case plan.Split():
                after = [arm.to for arm in node.arms]
            case plan.Exit() | plan.Jump(times=0):
                after = []
            case plan.Repeat() if node.body != node.id and not _leads_to(reading, node.id, i + 1, end):
                after = []  # no round ever ends
            case _:
                after = [node.next]
        if to in after:
            return True
    return False


def _step(reading: _Flow, node: plan.Node, own: Stretch) -> ast.Step:
    inner = _inner(reading, node, own)
    if not inner:
        with within(f".nodes[{own.start}]"):
            return _simple(reading, node, own)
    match node:
        case plan.Branch():
            return _if(reading, node, own)
        case plan.Split():
            return ast.Split(tuple(_split_arm(arm, _inside(reading, inner, i)) for i, arm in enumerate(node.arms)))
        case plan.Repeat():
            return ast.Repeat(ast.Number(node.times), _inside(reading, inner, 0))
    raise TypeError(f"a {type(node).__name__} holds no steps")


def _simple(reading: _Flow, node: plan.Node, own: Stretch) -> ast.Step:
    """A step without steps inside it."""
    if isinstance(node, plan.Wait | plan.Act | plan.Jump) and node.next != own.follow:
        raise Inexpressible(f"in a text this node leads to {own.follow!r}, not to {node.next!r}")
    match node:
        case plan.Wait():
            return wait(node.until)
        case plan.Act():
            return action(node)
        case plan.Jump():
            at_most = ast.Number(node.times) if node.times else None
            return ast.GoTo(ast.Text(_goal(reading, node)), at_most)
        case plan.Exit():
            return ast.Exit(ast.Text(node.reason) if node.reason else None)
        case _:
            raise Inexpressible("a text has no such step")


def _split_arm(arm: plan.Arm, inside: tuple[ast.Step, ...]) -> ast.SplitArm:
    return ast.SplitArm(percent(arm.share), ast.Text(arm.name) if arm.name else None, inside)


def _if(reading: _Flow, node: plan.Branch, own: Stretch) -> ast.If:
    """An `if` with its chain of `otherwise if`."""
    arms: list[ast.Arm] = []
    while True:
        inner = _inner(reading, node, own)
        with within(f".nodes[{own.start}].test"):
            test = condition(node.test)
        arms.append(ast.Arm(test, _inside(reading, inner, 0)))
        link = _link(reading, node, own)
        if link is None:
            break
        node, own = link
    otherwise = _inside(reading, inner, 1)
    return ast.If(tuple(arms), ast.Otherwise(otherwise) if otherwise else None)


def _goal(reading: _Flow, jump: plan.Jump) -> str:
    """The label that a jump goes to."""
    found = _goals(reading, jump)
    if not found:
        raise Inexpressible(f"no label stands where this jump leads to, at {jump.to!r}")
    return found[0]


def _goals(reading: _Flow, jump: plan.Jump) -> list[str]:
    """The labels at the target of a jump that leave the same repeats; the one in the jump's id comes first."""
    found = [
        label.name
        for label in reading.flow.labels
        if label.node == jump.to
        and jump.leaves == tuple(one for one in reading.loops[jump.id] if one not in _loops_of(reading, label))
    ]
    return sorted(found, key=lambda name: (jump.id != f"go to {name}", not jump.id.startswith(f"go to {name} #")))


def _loops_of(reading: _Flow, label: plan.Label) -> tuple[str, ...]:
    if not label.ends:
        return reading.loops.get(label.node, ())
    owner = reading.flow.by_id[label.ends]
    around = reading.loops[label.ends]
    return (*around, owner.id) if isinstance(owner, plan.Repeat) else around


# --- waits ------------------------------------------------------------------------------------------------------------


def wait(until: plan.Until) -> ast.Step:
    """The syntax tree of a wait.

    >>> wait(plan.NextTime(127, 540))
    WaitUntilTime(days=0, date=None, at=Clock(minute=540))
    """
    match until:
        case plan.Elapsed():
            return ast.WaitFor(lapse(until.lapse))
        case plan.OnDay():
            return ast.WaitFor(length(until.months, until.days), ast.Clock(until.minute))
        case plan.NextTime():
            days = 0 if until.days == 127 and until.minute >= 0 else until.days
            return ast.WaitUntilTime(days, None, clock(until.minute))
        case plan.OnDate():
            return ast.WaitUntilTime(0, ast.Date(until.date), clock(until.minute, 0))
        case plan.Relative():
            return _wait_for_date(until)
        case plan.Happens():
            up_to = lapse(until.up_to) if until.up_to else None
            return ast.WaitUntil(occasion(until.occasion), up_to)


def _wait_for_date(until: plan.Relative) -> ast.Step:
    column = ref(until.ref, WATCHING)
    is_event = VOCABULARY.event_phrases.longest([column.text.casefold()]) is not None
    if until == plan.Relative(until.ref, 1) and not is_event:
        return ast.WaitUntil(ast.Fact(ast.Phrase((column,))))
    is_moved = until.sign < 0 or until.months or until.days or until.ms or until == plan.Relative(until.ref, 1)
    offset = length(until.months, until.days, until.ms) if is_moved else None
    past = "" if until.past == "skip" else until.past
    return ast.WaitUntilDate(offset, until.sign < 0, column, clock(until.minute), past)
