"""Views of a program: a Program goes in; its diagram, or what a notebook shows of it, comes out.

Both need the whole road: a flow is looked up in the plan, and the faults of the program are shown below its picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowdsl import pipeline
from flowdsl.scenarios import find_flows
from flowdsl.show import diagram as diagrams
from flowdsl.show import program as programs

if TYPE_CHECKING:
    from flowdsl.ast import Program
    from flowdsl.show.diagram import Diagram
    from flowdsl.sim.results import Results


def diagram(program: Program, flow: str = "", results: Results | None = None) -> Diagram:
    """The picture of a program, or of one of its flows. Raises RunError when there is no such flow."""
    if flow:
        find_flows(pipeline.plan_of(program), flow)
    return diagrams.diagram(program, flow or None, results)


def bundle(program: Program) -> dict[str, str]:
    """What a notebook shows of a program, by MIME type: its picture, and its faults below."""
    return programs.bundle(program, pipeline.check(program))
