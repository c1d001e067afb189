"""Diagrams of flows: pictures of a program or a plan, with the steps as a list.

Flows are nested, so their picture is laid out as they are nested: steps one below the other, branches side by side
until they meet again, what is repeated in a frame. The time it takes grows with the steps.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flowdsl import hooks
from flowdsl.atomic_files import written
from flowdsl.compiler.decompile import decompile
from flowdsl.compiler.resolve import flow_names
from flowdsl.diagnostics.catalogue.results import RESULTS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.display.diagram.numbers import NO_NUMBERS, RunNumbers, numbers_of
from flowdsl.display.diagram.steps import listed, titled
from flowdsl.display.diagram.tree import flow_piece
from flowdsl.display.drawing.shapes import Block, Box, Frame, Item
from flowdsl.display.drawing.svg import MARGIN, Highlight, svg
from flowdsl.plan.plan import Plan
from flowdsl.syntax import ast
from flowdsl.syntax.printer import to_text
from flowdsl.syntax.printer.node_text import line

if TYPE_CHECKING:
    from flowdsl.results.results import Results

FORMATS = (".svg", ".png")
BETWEEN = 40.0  # flows of one picture, side by side
ROW = 1000.0  # pixels after which the next flow begins a new row


@dataclass(frozen=True, slots=True)
class Diagram:
    """A picture of flows. `alt` says in words what it shows; `steps` are the same flows as text, `listed` as lists."""

    items: tuple[Item, ...]
    width: float
    height: float
    alt: str
    steps: str
    flows: tuple[tuple[str, ast.Flow | ast.Campaign], ...] = field(default=(), repr=False)
    known: Mapping[str, RunNumbers] = field(default_factory=dict, repr=False, compare=False)

    def svg(self, name: str = "flow", now: Iterable[str] = (), passed: Iterable[str] = ()) -> str:
        """The picture as an SVG element; ids in it begin with `name`, so that one page can have several.

        now, passed  nodes of the plan that are lit up: where somebody is, and where somebody has been
        """
        lit = Highlight(frozenset(now), frozenset(passed))
        return svg(self.items, self.width, self.height, self.alt, name, lit)

    @property
    def nodes(self) -> tuple[Placed, ...]:
        """Where the steps stand that are nodes of the plan; none for a program that was drawn without results."""
        boxes = [item for item in self.items if isinstance(item, Box | Frame) and item.node]
        return tuple(Placed(one.node, one.x + MARGIN, one.y + MARGIN, one.width, one.height) for one in boxes)

    def zoom(self) -> hooks.Widget:
        """The picture to be moved and looked at nearer, on the whole screen too: a widget, in a notebook.

        Raises RunError where there is no notebook.
        """
        found: hooks.Widget = hooks.show("diagram.zoom", self)
        return found

    def to_mermaid(self) -> str:
        """The flows as the text of a Mermaid flowchart."""
        from flowdsl.display.diagram.mermaid import mermaid

        return mermaid(self.flows)

    def save(self, path: str | Path) -> Path:
        """Writes the picture into an SVG or PNG file, by the ending of its name; it is there whole or not at all.

        Raises RunError for another ending.
        """
        ending = Path(path).suffix.lower()
        if ending not in FORMATS:
            raise RunError([_no_format(str(path))])
        with written(Path(path)) as (file,):
            if ending == ".svg":
                file.write_text(self.svg(), encoding="utf-8")
            else:
                from flowdsl.display.plots.flows import png

                file.write_bytes(png(self.items, self.width, self.height))
        return Path(path)

    def _repr_html_(self) -> str:
        """The picture, and the steps to unfold below it: neither needs a script, so both live in any notebook."""
        data = b64encode(self.svg().encode()).decode("ascii")
        return (
            f'<figure><img src="data:image/svg+xml;base64,{data}" alt="{escape(self.alt)}" style="max-width: 100%">'
            f"<details><summary>steps</summary>{self.listed}</details></figure>"
        )

    @property
    def listed(self) -> str:
        """The steps as lists in HTML."""
        return "".join(listed(name, flow, self.known.get(name, NO_NUMBERS)) for name, flow in self.flows)

    def __str__(self) -> str:
        return self.steps

    __repr__ = __str__  # consoles and notebooks without pictures show it


def _no_format(path: str) -> Diagnostic:
    known = RESULTS["E814"]
    message = f"a diagram is saved as {' or '.join(FORMATS)}, not as `{path}`"
    return Diagnostic("E814", message, words=path, reason=known.why, example=known.right)


class Placed(NamedTuple):
    """Where a node of the plan is in a picture, in its pixels."""

    id: str
    x: float
    y: float
    width: float
    height: float


def diagram(program: ast.Program | Plan, flow: str | None = None, results: Results | None = None) -> Diagram:
    """The picture of a program's flows and campaigns, or of one of them; with results, how many went which way.

    Raises KeyError for a flow that is not there, PlanError for a plan that no text says.

    >>> from flowdsl import parse
    >>> print(diagram(parse('when member joins program wait 3 days then send chat "Hi"')).alt)
    flow 1: when member joins program; 2 steps
    """
    text = (
        decompile(replace(program, world=())) if isinstance(program, Plan) else program
    )  # scenarios are not in pictures
    plan = results.plan if results else program if isinstance(program, Plan) else None
    flows = {name: one for name, one in _named(text, plan) if flow in (None, name)}
    if flow is not None and not flows:
        raise KeyError(flow)
    known = _numbers_by_flow(flows, plan, results)
    items, width, height = _in_rows([flow_piece(one, name, known.get(name, NO_NUMBERS)) for name, one in flows.items()])
    alt = "; ".join(_alt(name, one, known.get(name, NO_NUMBERS)) for name, one in flows.items()) or "no flow"
    steps = to_text(ast.Program(tuple(flows.values())))
    return Diagram(tuple(items), width, height, alt, steps, tuple(flows.items()), known)


def _numbers_by_flow(
    flows: Mapping[str, ast.Flow | ast.Campaign], plan: Plan | None, results: Results | None
) -> dict[str, RunNumbers]:
    """What the plan and the results know of each flow."""
    if plan is None:
        return {}
    if results is None:
        return {name: numbers_of(one, plan.by_name[name]) for name, one in flows.items()}
    funnel = results.funnel()
    rows = {of_flow[0].flow: of_flow for of_flow in funnel.rows}
    reasons = {name: [why for why in funnel.reasons if why.flow == name] for name in flows}
    return {name: numbers_of(one, plan.by_name[name], rows[name], reasons[name]) for name, one in flows.items()}


def _named(program: ast.Program, plan: Plan | None = None) -> list[tuple[str, ast.Flow | ast.Campaign]]:
    """Flows with their names; names that the text leaves out are taken from the plan."""
    flows = [one for one in program.declarations if isinstance(one, ast.Flow | ast.Campaign)]
    if plan is not None and len(plan.flows) == len(flows):
        return [(of.name, one) for of, one in zip(plan.flows, flows, strict=True)]
    return list(zip(flow_names(flows), flows, strict=True))


def _in_rows(pieces: list[Block]) -> tuple[list[Item], float, float]:
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


def _alt(name: str, flow: ast.Flow | ast.Campaign, numbers: RunNumbers) -> str:
    whens = [line(one) for one in flow.clauses if isinstance(one, ast.When)]
    number = _count(flow.steps)
    steps = "1 step" if number == 1 else f"{number} steps"
    return f"{titled(name, flow)}: {'; '.join([*whens, steps, *numbers.counts(numbers.start)])}"


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
