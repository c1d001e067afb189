"""Views of a program: a Program goes in; its diagram, or what a notebook shows of it, comes out.

Both need the whole road: a flow is looked up in the plan, and the errors of the program are shown below its picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowdsl.api import pipeline
from flowdsl.compiler.scenarios import find_flows
from flowdsl.display import diagram as diagrams
from flowdsl.display import program as programs

if TYPE_CHECKING:
    from flowdsl.display.diagram import Diagram
    from flowdsl.results.results import Results
    from flowdsl.syntax.ast import Program


def diagram(program: Program, flow: str = "", results: Results | None = None) -> Diagram:
    """The picture of a program, or of one of its flows. Raises RunError when there is no such flow."""
    if flow:
        find_flows(pipeline.plan_of(program), flow)
    return diagrams.diagram(program, flow or None, results)


def bundle(program: Program) -> dict[str, str]:
    """What a notebook shows of a program, by MIME type: its picture, and its diagnostics below."""
    return programs.bundle(program, pipeline.check(program))
