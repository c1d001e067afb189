"""What a step of each kind may do: one description, which both engines use and are checked against.

The SimPy engine and the compiled engine each have their own code that takes a step (machine/steps.py,
sim/fast/steps.py). What that code may lead to is described here, once: where a run goes on, in which mode it rests, how
it ends, which row it leaves, and what else changes. Both engines take the ports of a step and the numbers of the kinds
from here. A test watches every step of random programs in both engines (tests/engines/test_step_kinds.py): what is not
described is an error, and so is what is described and never seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from flowdsl.plan import plan
from flowdsl.plan.expressions import ChangeMembership, CustomAction, Effect, Send, SetField, StartFlow, StopFlow

ANY = "…"  # a reason of the program's own: the text behind `exit`


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which a step can end.

    port     the field of the node that says where the run goes on; "" if it does not
    arm      the way of a choice that the path of the run gets; -1 for none, or the number of the arm of a split
    mode     in which the run rests at this step; "" if it does not
    status   of the run, if the step ends it; row: of the row that an action leaves
    reasons  that may be given for it; none: there is no reason
    run      what it may change of the run; contact: of the contact
    """

    name: str
    port: str = ""
    arm: int = -1
    mode: str = ""
    status: str = ""
    row: str = ""
    reasons: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepKind:
    """A kind of step: the class of its node and, for waits and actions, of what is waited for or done."""

    name: str
    node: type[plan.Node]
    part: type[plan.Until | Effect] | None
    outcomes: tuple[Outcome, ...]

    @property
    def ports(self) -> tuple[str, ...]:
        """The fields that say where a run goes on, in the order in which engines number them."""
        return tuple(dict.fromkeys(one.port for one in self.outcomes if one.port))


# --- waits and actions have much in common ----------------------------------------------------------------------------

_BEGUN = ("happened", "skip", "past", "began")  # every wait sets these of its run anew
_ALARM = ("mode", "due", "token")
_LATE = ("date passed", "no date")
_PERSONAL = ("no consent", "unsubscribed", "bounced", "cap")
_ENDED = ("mode", "due", "token")
_CAMPAIGN = ("sets",)  # the end of a campaign's run takes the contact out of it


def _wait(name: str, part: type[plan.Until], *more: Outcome) -> StepKind:
    began = Outcome("waits", mode="waiting", run=(*_BEGUN, *_ALARM))
    return StepKind(name, plan.Wait, part, (*more, began))


def _action(name: str, part: type[Effect], *more: Outcome, contact: tuple[str, ...] = ()) -> StepKind:
    done = Outcome("done", port="next", row="done", run=("visits",), contact=contact)
    skipped = Outcome("skipped", port="next", row="skipped", reasons=(*_LATE, "unless"), run=("visits",))
    return StepKind(name, plan.Act, part, (done, skipped, _FROZEN, *more))


_FROZEN = Outcome("frozen", mode="frozen", run=_ALARM)
_PASSED = Outcome("passed", port="next", run=_BEGUN)


# --- the kinds --------------------------------------------------------------------------------------------------------

STEP_KINDS = (
    StepKind("enter", plan.Enter, None, (Outcome("entered", port="next"),)),
    StepKind(
        "branch",
        plan.Branch,
        None,
        (Outcome("then", port="then", arm=0), Outcome("otherwise", port="otherwise", arm=1)),
    ),
    StepKind("split", plan.Split, None, (Outcome("arm", port="arms"),)),
    _wait("wait", plan.Elapsed, _PASSED),
    _wait("wait for a day", plan.OnDay, _PASSED),
    _wait("wait for a time", plan.NextTime, _PASSED),
    _wait("wait for a date", plan.OnDate, _PASSED),
    _wait(
        "wait for a date of the contact",
        plan.Relative,
        _PASSED,
        Outcome("ended late", status="completed", reasons=_LATE, run=(*_BEGUN, *_ENDED), contact=_CAMPAIGN),
    ),
    _wait(
        "wait for an event",
        plan.Happens,
        Outcome("holds already", port="next", arm=0, run=_BEGUN),
        Outcome("in vain", port="next", arm=1, run=_BEGUN),
    ),
    StepKind(
        "send",
        plan.Act,
        Send,
        (
            Outcome(
                "sent",
                port="next",
                row="done",
                run=("visits", "sent", "skipped"),
                contact=("messages", "sends", "caps"),
            ),
            Outcome(
                "skipped",
                port="next",
                row="skipped",
                reasons=(*_LATE, "unless", *_PERSONAL),
                run=("visits", "skipped"),
                contact=("caps",),
            ),
            Outcome("held", mode="held", run=_ALARM),
            Outcome("queued", mode="queued", run=(*_ALARM, "asked"), contact=("caps",)),
            Outcome("frozen", mode="frozen", run=_ALARM, contact=("caps",)),
        ),
    ),
    _action(
        "change a set",
        ChangeMembership,
        Outcome(
            "left its campaign",
            status="cancelled",
            row="done",
            reasons=("unsubscribed",),
            run=(*_ENDED, "visits"),
            contact=("sets", "caps"),
        ),
        contact=("sets", "caps"),
    ),
    _action("set a field", SetField, contact=("columns", "objects")),
    _action("start a flow", StartFlow),
    _action(
        "stop a flow",
        StopFlow,
        Outcome(
            "stopped itself",
            status="cancelled",
            row="done",
            reasons=("stopped",),
            run=(*_ENDED, "visits"),
            contact=_CAMPAIGN,
        ),
        contact=("caps", "sets"),
    ),
    _action("custom action", CustomAction),
    StepKind(
        "repeat",
        plan.Repeat,
        None,
        (Outcome("again", port="body", run=("turns",)), Outcome("over", port="next", run=("turns",))),
    ),
    StepKind("jump", plan.Jump, None, (Outcome("again", port="to", run=("turns",)), Outcome("over", port="next"))),
    StepKind(
        "exit",
        plan.Exit,
        None,
        (Outcome("ended", status="completed", reasons=(ANY,), run=_ENDED, contact=_CAMPAIGN),),
    ),
)
_BY_CLASS = {(kind.node, kind.part): kind for kind in STEP_KINDS}
NODES = tuple(dict.fromkeys(kind.node for kind in STEP_KINDS))
_PORTS = {kind.node: kind.ports for kind in STEP_KINDS}


def kind_of(node: plan.Node) -> StepKind:
    """The kind of a step.

    >>> kind_of(plan.Exit("end")).name
    'exit'
    """
    match node:
        case plan.Wait():
            return _BY_CLASS[plan.Wait, type(node.until)]
        case plan.Act():
            return _BY_CLASS[plan.Act, type(node.effect)]
        case _:
            return _BY_CLASS[type(node), None]


def ports(node: plan.Node) -> tuple[str, ...]:
    """The ids of the steps that a step leads to, in the order of its ports; "" where one leads nowhere.

    >>> ports(plan.Repeat("repeat", times=3, body="wait", next="end"))
    ('wait', 'end')
    """
    if isinstance(node, plan.Split):
        return tuple(arm.to for arm in node.arms)
    return tuple(getattr(node, port) for port in _PORTS[type(node)])
