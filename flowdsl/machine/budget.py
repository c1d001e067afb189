"""How much one contact, and one simulation, may take: whatever goes further grows without end, and is a diagnostic.

A program whose messages cause answers that cause messages can grow without end, and so can a loop. These numbers are
far beyond what any program that is meant takes; docs/reference/semantics.md#growth says what counts. The environment
variable FLOWDSL_BUDGET multiplies all of them, for the one program that is meant to go further.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.source import NOWHERE, Span
from flowdsl.plan.plan import Flow

VARIABLE = "FLOWDSL_BUDGET"
LARGEST_FACTOR = 10_000


class Budget(NamedTuple):
    """What may be used up.

    steps     steps that the runs of one contact take in one instant
    work      of one contact: its steps, and its events that the scenario or an action causes. Such an event counts once
              more for every RUNS_TOLD runs under way, which all hear of it
    rows      rows that a simulation keeps in memory; and `each` for every contact
    counts    numbers that counts keep over time, one a quarter hour for each line: LINES_OF_FLOW a flow,
              LINES_OF_STEP a step; and numbers in a table of a forecast
    """

    steps: int = 100_000
    work: int = 250_000
    rows: int = 20_000_000
    each: int = 200
    counts: int = 2**28

    def most_rows(self, contacts: int) -> int:
        """How many rows a simulation of so many contacts may keep."""
        return self.rows + self.each * contacts


MOST = Budget()
RUNS_TOLD = 10
LINES_OF_FLOW, LINES_OF_STEP = 16, 2  # what counts keep over time: statuses of runs; messages sent and skipped


class Step(NamedTuple):
    """A step of a flow, and its line in the text where the plan knows of one."""

    flow: str
    id: str
    span: Span


class Cause(NamedTuple):
    """The event that a scenario made up last, and the line that says so."""

    event: str
    span: Span


class Spent(Exception):
    """A contact has used up its budget; `code` says which, the rest which step it took, if it was one."""

    def __init__(self, code: str, step: Step | None = None) -> None:
        super().__init__(code)
        self.code, self.step = code, step


QUARTERS_OF_YEAR = 4 * 24 * 365
STEPS, WORK, ROWS = "E735", "E738", "E739"


def budget() -> Budget:
    """The budget as the environment has it."""
    text = os.environ.get(VARIABLE, "1")
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= LARGEST_FACTOR):
        raise RunError(
            [_diagnostic("E748", f"{VARIABLE} is a whole number from 1 to {LARGEST_FACTOR:,}, not {text!r}", text)]
        )
    return Budget(*(int(text) * most for most in MOST))


def overrun(most: Budget, code: str, contact: str, step: Step | None, cause: Cause | None) -> RunError:
    """The diagnostic of a contact that went beyond its budget; where the last step and event were."""
    place = f'flow "{step.flow}", step {step.id}' if step else ""
    line = step.span if step and (code == STEPS or not cause) else cause.span if cause else NOWHERE
    if code == STEPS:
        message = f"the contact {contact} took more than {most.steps:,} steps in one instant"
    else:
        last = f"; the last event was {cause.event}" if cause else ""
        message = f"the contact {contact} came to more than {most.work:,} steps and events{last}"
    return RunError([_diagnostic(code, message, cause.event if cause else "", place, line)])


def too_many_rows(most: Budget, contacts: int) -> RunError:
    """The diagnostic of a simulation whose rows no memory is meant to hold."""
    message = f"there are more than {most.most_rows(contacts):,} rows, which is the most for {contacts:,} contacts"
    return RunError([_diagnostic(ROWS, message, "")])


def check_counts(most: Budget, flows: Sequence[Flow], quarters: int) -> None:
    """Raises RunError where counts of so many quarter hours would be more than memory is meant to hold."""
    lines = sum(LINES_OF_FLOW + LINES_OF_STEP * len(flow.nodes) for flow in flows)
    if lines * quarters > most.counts:
        years = most.counts // (lines * QUARTERS_OF_YEAR)
        message = f"counts of {quarters // QUARTERS_OF_YEAR:,} years by the quarter hour; {years:,} are the most here"
        raise RunError([_diagnostic(ROWS, message, "")])


def _diagnostic(code: str, message: str, words: str, place: str = "", line: Span = NOWHERE) -> Diagnostic:
    lesson, span = RUNS[code], None if line == NOWHERE else line
    return Diagnostic(code, message, span, words, lesson.why, lesson.right, place=place)
