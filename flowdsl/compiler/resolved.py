"""The resolved program: every phrase is looked up, steps are still nested. It is the output of resolve.

Triggers, conditions, waits and effects are already those of the plan. Lowering only gives steps their ids and turns
nesting into ports.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from flowdsl.calendar.clock import Window
from flowdsl.diagnostics.source import Source, Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import Effect, Event, Expr, Setting
from flowdsl.plan.plan import Placed


@dataclass(frozen=True, slots=True)
class Wait(Placed):
    until: plan.Until


@dataclass(frozen=True, slots=True)
class Act(Placed):
    effect: Effect
    settings: tuple[Setting, ...] = ()
    unless: Expr | None = None


@dataclass(frozen=True, slots=True)
class Arm(Placed):
    """One `if` or `otherwise if` with its steps."""

    test: Expr
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class If(Placed):
    """arms[0] is the `if`; `otherwise` is empty if it is missing."""

    arms: tuple[Arm, ...]
    otherwise: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class SplitArm(Placed):
    """share in millionths (300,000 for 30%)."""

    share: int
    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Split(Placed):
    arms: tuple[SplitArm, ...]


@dataclass(frozen=True, slots=True)
class Repeat(Placed):
    times: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Label(Placed):
    name: str


@dataclass(frozen=True, slots=True)
class GoTo(Placed):
    """times 0: there is no bound."""

    label: str
    times: int = 0


@dataclass(frozen=True, slots=True)
class Exit(Placed):
    reason: str = ""


Step: TypeAlias = Wait | Act | If | Split | Repeat | Label | GoTo | Exit


@dataclass(frozen=True, slots=True)
class Flow(Placed):
    """One flow or campaign. `partial`: part of its text could not be read, so its shape is not checked."""

    name: str
    steps: tuple[Step, ...]
    triggers: tuple[plan.Trigger, ...] = ()
    kind: Literal["flow", "campaign"] = "flow"
    description: str = ""
    paused: bool = False
    include_existing: Span | None = None
    limit: plan.Limit | None = None
    starting: plan.LocalTime | None = None
    ending: plan.LocalTime | None = None
    unless: Expr | None = None
    leaves: tuple[plan.ExitRule, ...] = ()
    window: Window | None = None
    window_span: Span | None = None
    zone: str = ""
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """A whole program. `events` are the kinds that the plan needs; `placeholders` are the `{names}` of its texts.

    `bare` are names in a `where` that were read as fields of the trigger; a column of the same name makes them
    ambiguous. `sources` are the texts that messages quote.
    """

    flows: tuple[Flow, ...]
    policy: plan.Policy = plan.EVERYTHING_ALLOWED
    world: tuple[plan.World, ...] = ()
    events: tuple[Event, ...] = ()
    placeholders: tuple[tuple[str, Span], ...] = ()
    partial: bool = False
    bare: tuple[tuple[str, Span], ...] = ()
    sources: tuple[Source, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Checked:
    """A program without errors: the input of lowering. Only flowdsl.compiler.checks makes one."""

    resolved: Resolved
