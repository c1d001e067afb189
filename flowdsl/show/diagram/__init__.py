"""Diagrams of flows: a program or a plan goes in; a Diagram comes out, which is a picture and a list of steps.

Flows are nested, so their picture is laid out as they are nested: steps one below the other, branches side by side
until they meet again, what is repeated in a frame. The time it takes grows with the steps.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from pathlib import Path

from flowdsl import ast
from flowdsl.lift import lift
from flowdsl.plan import Plan
from flowdsl.printer import to_text
from flowdsl.printer.lines import line
from flowdsl.show.diagram.pieces import Item, Piece
from flowdsl.show.diagram.svg import svg
from flowdsl.show.diagram.tree import flow_piece
from flowdsl.whole import written

BETWEEN = 40.0  # flows of one picture, side by side
ROW = 1200.0  # pixels after which the next flow begins a new row


@dataclass(frozen=True, slots=True)
class Diagram:
    """A picture of flows. `alt` says in words what it shows; `steps` are the same flows as text."""

    items: tuple[Item, ...]
    width: float
    height: float
    alt: str
    steps: str

    def svg(self, name: str = "flow") -> str:
        """The picture as an SVG element; ids in it begin with `name`, so that several may stand in one page."""
        return svg(self.items, self.width, self.height, self.alt, name)

    def save(self, path: str | Path) -> Path:
        """Writes the picture into an SVG file, which is there whole or not at all."""
        with written(Path(path)) as (file,):
            file.write_text(self.svg(), encoding="utf-8")
        return Path(path)

    def _repr_html_(self) -> str:
        """The picture, and the steps to unfold below it: neither needs a script, so both live in any notebook."""
        data = b64encode(self.svg().encode()).decode("ascii")
        return (
            f'<figure><img src="data:image/svg+xml;base64,{data}" alt="{escape(self.alt)}" style="max-width: 100%">'
            f"<details><summary>steps</summary><pre>{escape(self.steps, quote=False)}</pre></details></figure>"
        )

    def __str__(self) -> str:
        return self.steps


def diagram(program: ast.Program | Plan, flow: str | None = None) -> Diagram:
    """The picture of a program's flows and campaigns, or of one of them.

    Raises KeyError for a flow that is not there, PlanError for a plan that no text says.

    >>> from flowdsl import parse
    >>> print(diagram(parse('when member joins program wait 3 days then send chat "Hi"')).alt)
    flow 1: when member joins program; 2 steps
    """
    text = lift(program) if isinstance(program, Plan) else program
    flows = {name: one for name, one in _named(text) if flow in (None, name)}
    if flow is not None and not flows:
        raise KeyError(flow)
    items, width, height = _in_rows([flow_piece(one, name) for name, one in flows.items()])
    alt = "; ".join(_alt(name, one) for name, one in flows.items()) or "no flow"
    steps = to_text(ast.Program(tuple(flows.values())))
    return Diagram(tuple(items), width, height, alt, steps)


def _named(program: ast.Program) -> list[tuple[str, ast.Flow | ast.Campaign]]:
    flows = [one for one in program.declarations if isinstance(one, ast.Flow | ast.Campaign)]
    return [(one.name.value if one.name else f"flow {number}", one) for number, one in enumerate(flows, 1)]


def _in_rows(pieces: list[Piece]) -> tuple[list[Item], float, float]:
    """Pieces side by side, in rows of about the same width."""
    items: list[Item] = []
    x = y = lowest = widest = 0.0
    for piece in pieces:
        if x and x + piece.width > ROW:
            x, y = 0.0, lowest + BETWEEN
        items += piece.moved(x, y)
        x += piece.width + BETWEEN
        widest, lowest = max(widest, x - BETWEEN), max(lowest, y + piece.height)
    return items, widest, lowest


def _alt(name: str, flow: ast.Flow | ast.Campaign) -> str:
    whens = [line(one) for one in flow.clauses if isinstance(one, ast.When)]
    number = _count(flow.steps)
    steps = "1 step" if number == 1 else f"{number} steps"
    return f"{name}{' (paused)' if flow.paused else ''}: {'; '.join([*whens, steps])}"


def _count(steps: tuple[ast.Step, ...]) -> int:
    return sum(1 + sum(map(_count, _inner(step))) for step in steps)


def _inner(step: ast.Step) -> list[tuple[ast.Step, ...]]:
    match step:
        case ast.If():
            return [*(arm.steps for arm in step.arms), *([step.otherwise.steps] if step.otherwise else [])]
        case ast.Split():
            return [arm.steps for arm in step.arms]
        case ast.Repeat():
            return [step.steps]
        case _:
            return []
