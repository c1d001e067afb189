"""Makes the diagram of a program, and what a notebook shows of a program.

Both compile it: a flow is looked up in the plan, and the diagnostics of the program are shown below its diagram.
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
    """The diagram of a program, or of one of its flows. Raises RunError if there is no such flow."""
    if flow:
        find_flows(pipeline.plan_of(program), flow)
    return diagrams.diagram(program, flow or None, results)


def bundle(program: Program) -> dict[str, str]:
    """What a notebook shows of a program, by MIME type: its diagram, and its diagnostics below."""
    return programs.bundle(program, pipeline.check(program))
