"""Makes a scenario for a program that has neither events nor a scenario.

So that a class can begin with nothing but a program: what starts its flows happens now and then, and e-mails are read.
It is made up, and shown with what comes of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowdsl.api import pipeline
from flowdsl.syntax import ast
from flowdsl.syntax.printer import line

NAME = "made up"
OFTEN = "1 per contact per month"
ANSWERS = (
    "contact opens email 40% after about 4 hours",
    "contact clicks email 25% of opening it after about 30 minutes",
)


def assumed(program: ast.Program) -> str:
    """The scenario in which the flows of a program have something to do; nothing if none can be made up.

    >>> print(assumed(pipeline.parse('when member joins program "Yoga" then send chat')), end="")
    scenario "made up"
      assume member joins program "Yoga" 1 per contact per month
    """
    kept = [one for one in dict.fromkeys(_lines(program)) if _fits(program, [one])]
    return _text(kept) if kept and _fits(program, kept) else ""


def _text(lines: list[str]) -> str:
    return "".join([f'scenario "{NAME}"\n', *(f"  assume {one}\n" for one in lines)])


def _lines(program: ast.Program) -> Iterator[str]:
    for flow in program.declarations:
        if isinstance(flow, ast.Flow):
            whens = (clause for clause in flow.clauses if isinstance(clause, ast.When))
            triggers = (trigger for when in whens for trigger in when.triggers)
            yield from (f"{line(one.phrase)} {OFTEN}" for one in triggers if isinstance(one, ast.EventTrigger))
    if "send email" in pipeline.format(program):
        yield from ANSWERS


def _fits(program: ast.Program, lines: list[str]) -> bool:
    """Whether the program says nothing against it, and has a use for it."""
    scenario = pipeline.parse(_text(lines))
    whole = replace(
        program,
        declarations=(*program.declarations, *scenario.declarations),
        sources=(*program.sources, *scenario.sources),
    )
    return not pipeline.check(whole)
