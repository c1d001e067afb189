"""Turns the nested steps of a flow into one Block of a diagram."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from flowdsl.display.diagram.choices import framed, parted
from flowdsl.display.diagram.numbers import NO_NUMBERS, RunNumbers
from flowdsl.display.diagram.steps import titled
from flowdsl.display.drawing.shapes import NOTHING, Block, Box, Edge, Item, box, listed, stacked
from flowdsl.syntax import ast
from flowdsl.syntax.printer.node_text import line

GUTTER = 14.0  # between a diagram and the way of a jump beside it


def flow_piece(flow: ast.Flow | ast.Campaign, name: str, numbers: RunNumbers = NO_NUMBERS) -> Block:
    """A flow: its name, what starts it, its rules, its steps, its end; and the numbers of each."""
    start = numbers.start
    head = box("paused" if flow.paused else "flow", titled(name, flow), node=start, counts=numbers.counts(start))
    triggers = [clause for clause in flow.clauses if isinstance(clause, ast.When)]
    rules = [line(one) for one in flow.clauses if not isinstance(one, ast.When | ast.Description)]
    pieces = [head, *(box("trigger", line(one)) for one in triggers), *([listed("rules", rules)] if rules else [])]
    pieces[-1] = replace(pieces[-1], gone=numbers.on(start))
    steps = [_step(step, numbers) for step in flow.steps]
    whole = stacked([*pieces, *steps])
    if whole.goes_on:
        end = box("end", "end", False, numbers.end, numbers.counts(numbers.end))
        whole = stacked([*pieces, *steps, replace(end, come=numbers.into(numbers.end))])
    return _with_jumps(whole)


def _steps(steps: Sequence[ast.Step], numbers: RunNumbers) -> Block:
    return stacked([_step(step, numbers) for step in steps])


def _step(step: ast.Step, numbers: RunNumbers) -> Block:
    node = numbers.node(step)
    match step:
        case ast.If():
            return _if(step.arms, step.otherwise, numbers)
        case ast.Split():
            names = [line(arm) for arm in step.arms]
            arms = [_arm(numbers, node, number, _steps(arm.steps, numbers)) for number, arm in enumerate(step.arms)]
            head = box("split", "split", node=node)
            return replace(parted(head, list(zip(names, arms, strict=True))), come=numbers.into(node))
        case ast.Repeat():
            return replace(framed(line(step), _steps(step.steps, numbers), node), come=numbers.into(node))
        case ast.Label():
            return box("label", line(step))
        case ast.GoTo():
            return _box("jump", line(step), numbers, node, goes_on=step.at_most is not None)
        case ast.Exit():
            return _box("end", line(step), numbers, node, goes_on=False)
        case ast.Action():
            return _box(*_action(step), numbers, node)
        case _:
            return _box("wait", line(step), numbers, node)


def _box(kind: str, said: str, numbers: RunNumbers, node: str, goes_on: bool = True) -> Block:
    """The box of a step, with its numbers."""
    made = box(kind, said, goes_on, node, numbers.counts(node), numbers.because(node))
    return replace(made, come=numbers.into(node), gone=numbers.on(node))


def _arm(numbers: RunNumbers, node: str, number: int, piece: Block) -> Block:
    """A branch, with how many took it."""
    return replace(piece, come=numbers.on_arm(node, number))


def _action(step: ast.Action) -> tuple[str, str]:
    """The kind of an action, and how it is said."""
    said = line(step).removeprefix("then ")
    return "send" if said.startswith("send ") else "action", said


def _if(arms: Sequence[ast.Arm], otherwise: ast.Otherwise | None, numbers: RunNumbers) -> Block:
    """A condition; `otherwise if` adds the next one on the "no" branch."""
    first, *others = arms
    node = numbers.node(first)
    no = _if(others, otherwise, numbers) if others else _steps(otherwise.steps, numbers) if otherwise else NOTHING
    yes, no = _arm(numbers, node, 0, _steps(first.steps, numbers)), _arm(numbers, node, 1, no)
    head = box("if", f"{line(first.condition)}?", node=node)
    return replace(parted(head, [("yes", yes), ("no", no)]), come=numbers.into(node))


# --- jumps ------------------------------------------------------------------------------------------------------------


def _with_jumps(piece: Block) -> Block:
    """The same with a dashed way beside it from each jump to its label, where nothing is in between."""
    boxes = [item for item in piece.items if isinstance(item, Box)]
    labels = {_name(one): one for one in boxes if one.kind == "label"}
    jumps = [(one, labels[_name(one)]) for one in boxes if one.kind == "jump" and _name(one) in labels]
    ways = list(_jumps(jumps, boxes, piece.width))
    left = max(-min((x for way in ways for x, _ in way.points), default=0.0), 0.0)
    width = max([piece.width, *(x for way in ways for x, _ in way.points)]) + left
    items: tuple[Item, ...] = (*piece.items, *ways)
    moved = tuple(item.moved(left, 0.0) for item in items)
    return Block(width, piece.height, piece.axis + left, moved, piece.goes_on)


def _name(one: Box) -> str:
    return one.said.split('"')[1] if '"' in one.said else ""


def _jumps(jumps: Sequence[tuple[Box, Box]], boxes: Sequence[Box], width: float) -> Iterator[Edge]:
    for number, (jump, label) in enumerate(jumps):
        beside = GUTTER * (1 + number)
        start, goal = jump.y + jump.height / 2, label.y + label.height / 2
        if _is_free(boxes, jump, start, left=True) and _is_free(boxes, label, goal, left=True):
            yield Edge(((jump.x, start), (-beside, start), (-beside, goal), (label.x, goal)), is_dashed=True)
        elif _is_free(boxes, jump, start, left=False) and _is_free(boxes, label, goal, left=False):
            right = width + beside
            ends = jump.x + jump.width, label.x + label.width
            yield Edge(((ends[0], start), (right, start), (right, goal), (ends[1], goal)), is_dashed=True)


def _is_free(boxes: Sequence[Box], own: Box, y: float, left: bool) -> bool:
    """Whether nothing stands beside a box at this height."""
    return not any(
        one is not own and one.y <= y <= one.y + one.height and (one.x < own.x if left else one.x > own.x)
        for one in boxes
    )
