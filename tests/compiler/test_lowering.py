"""Lowering: steps as they were written become nodes with stable ids and ports."""

from __future__ import annotations

import pytest

from flowdsl.compiler.lowering import lower
from flowdsl.compiler.resolved import (
    Act,
    Arm,
    Checked,
    Exit,
    Flow,
    GoTo,
    If,
    Label,
    Repeat,
    Resolved,
    Split,
    SplitArm,
    Step,
    Wait,
)
from flowdsl.diagnostics.source import Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import (
    ChangeMembership,
    Column,
    CustomAction,
    Duration,
    EventMatch,
    Has,
    ObjectField,
    Send,
    SetField,
    StartFlow,
    StopFlow,
)

MEMBER = Has("memberships")
PAUSE = Wait(plan.Elapsed(Duration(ms=1)))


def send(name: str) -> Act:
    return Act(Send("chat", name))


def lowered(*steps: Step) -> plan.Flow:
    return lower(Checked(Resolved((Flow("F", steps),)))).flows[0]


def ids(flow: plan.Flow) -> list[str]:
    return [node.id for node in flow.nodes]


def ports(flow: plan.Flow) -> dict[str, str]:
    """Every edge of a flow by `node.port`, written from plan.py's fields and nothing else."""
    found: dict[str, str] = {}
    for node in flow.nodes:
        for port in ("next", "then", "otherwise", "join", "body", "to"):
            if hasattr(node, port):
                found[f"{node.id}.{port}"] = getattr(node, port)
        for number, arm in enumerate(getattr(node, "arms", ())):
            found[f"{node.id}.{number}"] = arm.to
    return found


def test_steps_follow_each_other_from_start_to_end() -> None:
    """A straight flow is a chain of nodes between `start` and `end`."""
    flow = lowered(PAUSE, send("Hello"))
    assert ids(flow) == ["start", "wait", "send Hello", "end"]
    assert ports(flow) == {"start.next": "wait", "wait.next": "send Hello", "send Hello.next": "end"}
    assert flow.nodes[-1] == plan.Exit("end")


def test_a_flow_without_steps_ends_at_once() -> None:
    """Nothing to do is a plan too: the first node leads to the last."""
    assert ports(lowered()) == {"start.next": "end"}


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (Act(Send("chat", "")), "send chat"),
        (Act(ChangeMembership("tags", "vip", False)), "remove tag vip"),
        (Act(ChangeMembership("groups", "Gold", True)), "add group Gold"),
        (Act(SetField(Column("plan"), "pro")), "set plan"),
        (Act(SetField(ObjectField("event", "status"), "done")), "set event.status"),
        (Act(StartFlow("A")), "start flow A"),
        (Act(StopFlow("A")), "stop flow A"),
        (Act(CustomAction("custom.do", "ring")), "do ring"),
        (Act(CustomAction("webhook.call", "https://example.org")), "call webhook https://example.org"),
        (Act(CustomAction("lead.create")), "create lead"),
        (Exit("done"), "exit done"),
        (Exit(), "exit"),
    ],
)
def test_ids_say_kind_and_first_name(step: Step, name: str) -> None:
    """A step is called by what it does and what it does it with."""
    assert ids(lowered(step))[1] == name


def test_equal_steps_are_numbered_and_no_id_is_taken_twice() -> None:
    """Ids are unique even when labels and messages are called like numbered steps, or like the ends of the flow."""
    flow = lowered(PAUSE, Label("wait #2"), send("A"), PAUSE, PAUSE, Label("end"), send("B"), Label("start"), send("C"))
    assert ids(flow) == ["start", "wait", "wait #2", "wait #3", "wait #4", "end #2", "start #2", "end"]


def test_a_label_keeps_its_name_from_other_steps() -> None:
    """A step's id is the label before it, also where an earlier step would be called the same."""
    flow = lowered(PAUSE, Label("wait"), send("A"))
    assert ids(flow) == ["start", "wait #2", "wait", "end"]
    assert flow.labels == (plan.Label("wait", "wait"),)


def test_changing_one_step_leaves_the_ids_of_other_kinds_alone() -> None:
    """Ids count among equals only, so results of two versions of a flow can be compared step by step."""
    before = ids(lowered(send("A"), PAUSE, send("B")))
    after = ids(lowered(send("A"), send("New"), PAUSE, If((Arm(MEMBER, (PAUSE,)),)), send("B")))
    assert set(before) < set(after)


def test_branches_meet_at_the_next_step() -> None:
    """Both ways of an `if` go on at the same node; a missing `otherwise` goes there at once."""
    flow = lowered(If((Arm(MEMBER, (send("A"),)),)), send("B"))
    assert ports(flow) == {
        "start.next": "if",
        "if.then": "send A",
        "if.otherwise": "send B",
        "if.join": "send B",
        "send A.next": "send B",
        "send B.next": "end",
    }


def test_otherwise_if_is_a_chain_with_one_join() -> None:
    """`otherwise if` becomes a branch in the other branch; all arms meet at one place."""
    chain = If((Arm(MEMBER, (send("A"),)), Arm(Has("tags"), ()), Arm(Has("badges"), (send("C"),))), (send("D"),))
    flow = lowered(chain)
    assert ids(flow) == ["start", "if", "send A", "if #2", "if #3", "send C", "send D", "end"]
    edges = ports(flow)
    assert [edges[f"{name}.otherwise"] for name in ("if", "if #2", "if #3")] == ["if #2", "if #3", "send D"]
    assert {edges[f"{name}.join"] for name in ("if", "if #2", "if #3")} == {"end"}
    assert edges["if #2.then"] == "end"


def test_a_nested_if_lowers_like_otherwise_if() -> None:
    """`otherwise then if … end` as the only step means the same as `otherwise if`."""
    arms = (Arm(MEMBER, (send("A"),)), Arm(Has("tags"), (send("B"),)))
    nested = If(arms[:1], (If(arms[1:], (send("C"),)),))
    assert lowered(If(arms, (send("C"),)), PAUSE) == lowered(nested, PAUSE)


def test_a_chain_of_thousands_of_arms_lowers() -> None:
    """The length of an `otherwise if` chain is not limited by nesting."""
    flow = lowered(If(tuple(Arm(MEMBER, (send("A"),)) for _ in range(3000))))
    assert len(flow.nodes) == 6002


def test_split_arms_keep_their_order_and_an_empty_one_goes_on() -> None:
    """A holdout is an arm that leads straight to where the others meet."""
    flow = lowered(Split((SplitArm(300_000, "short", (PAUSE,)), SplitArm(700_000, "", ()))), send("A"))
    split = flow.by_id["split"]
    assert split == plan.Split("split", (plan.Arm(300_000, "short", "wait"), plan.Arm(700_000, "", "send A")), "send A")


def test_repeat_is_a_head_that_its_body_leads_back_to() -> None:
    """The last step of the body, an `if` too, goes to the head; after the rounds the run goes on behind."""
    flow = lowered(Repeat(3, (PAUSE, If((Arm(MEMBER, (send("A"),)),)))), send("B"))
    edges = ports(flow)
    assert (edges["repeat.body"], edges["repeat.next"]) == ("wait", "send B")
    assert edges["if.join"] == edges["if.otherwise"] == edges["send A.next"] == "repeat"


def test_go_to_leads_to_the_step_after_the_label() -> None:
    """A jump carries its bound, and goes on below when that is used up."""
    flow = lowered(Label("Again"), PAUSE, send("A"), GoTo("Again", 3), send("B"))
    assert flow.by_id["go to Again"] == plan.Jump("go to Again", "Again", "send B", 3)
    assert flow.by_id["Again"] == plan.Wait("Again", PAUSE.until, "send A")


def test_a_jump_leaves_the_repeats_that_the_label_is_not_in() -> None:
    """Counts of repeats that a jump goes out of start anew; those that it stays in go on."""
    inner = Repeat(2, (PAUSE, If((Arm(MEMBER, (GoTo("out", 1), GoTo("here", 1))),)), Label("here")))
    flow = lowered(Label("out"), Repeat(5, (PAUSE, inner)))
    out, here = flow.by_id["go to out"], flow.by_id["go to here"]
    assert isinstance(out, plan.Jump)
    assert isinstance(here, plan.Jump)
    assert (out.to, out.leaves) == ("out", ("out", "repeat"))
    assert (here.to, here.leaves) == ("repeat", ())


def test_a_label_at_the_end_of_an_arm_names_the_join() -> None:
    """Jumping to the end of an arm goes on behind the `if`; the node there keeps its own id."""
    flow = lowered(If((Arm(MEMBER, (GoTo("out"), send("A"), Label("out"))),), (send("B"),)), send("C"), Label("last"))
    jump = flow.by_id["go to out"]
    assert isinstance(jump, plan.Jump)
    assert jump.to == "send C"
    assert flow.labels == (plan.Label("out", "send C", "if"), plan.Label("last", "end"))


def test_header_and_spans_come_through() -> None:
    """What stands before the steps is the flow's and its first node's; every node leads back to its line."""
    here, there = Span("a.flow", 0, 90, 1, 1), Span("a.flow", 40, 50, 3, 3)
    trigger = plan.OnEvent(EventMatch(("program.joined",)))
    limit = plan.Limit(1)
    step = Act(Send("chat", "A"), span=there)
    flow = Flow(
        "F", (step,), (trigger,), paused=True, include_existing=there, limit=limit, zone="Europe/Paris", span=here
    )
    made = lower(Checked(Resolved((flow,)))).flows[0]
    assert (made.paused, made.zone, made.span) == (True, "Europe/Paris", here)
    assert made.enter == plan.Enter("start", (trigger,), "send A", include_existing=True, limit=limit)
    assert [node.span for node in made.nodes[:2]] == [here, there]


def test_nesting_of_64_lowers() -> None:
    """The deepest nesting that the language allows is no trouble."""
    step: Step = send("A")
    for _ in range(64):
        step = If((Arm(MEMBER, (step,)),), (send("B"),))
    assert len(lowered(step).nodes) == 2 + 64 + 65
