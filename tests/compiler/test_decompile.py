"""Text from a plan: resolved and lowered again it is the same plan; what cannot be said is named with its place."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import labels_at_random
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sayable import programs

import flowdsl
from flowdsl.api import pipeline
from flowdsl.chance import delay_laws, heterogeneity
from flowdsl.compiler.decompile import decompile, spreads
from flowdsl.compiler.decompile.delays import delay
from flowdsl.compiler.lowering import lower
from flowdsl.compiler.resolve import resolve
from flowdsl.compiler.resolved import Checked, Resolved
from flowdsl.diagnostics.diagnostic import PlanError
from flowdsl.plan import plan
from flowdsl.plan.expressions import CustomAction, EventMatch
from flowdsl.syntax import ast
from flowdsl.syntax.printer import to_text

UNITS = {"second": 1_000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000, "week": 604_800_000}


def lowered(program: ast.Program) -> plan.Plan:
    """The plan of a program; its fine points (endless jumps, unreachable steps) are for checks, not for lift."""
    resolved, diagnostics = resolve(program)
    assert not [diagnostic for diagnostic in diagnostics if diagnostic.is_error]
    return lower(Checked(resolved))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_a_text_from_a_plan_means_the_same(made: Resolved) -> None:
    """Every kind of clause, step, condition, wait, action and scenario line finds its words again."""
    before = lower(Checked(made))
    text = to_text(decompile(before))
    after = lowered(pipeline.parse(text))
    assert after == replace(before, events=after.events)
    assert to_text(decompile(after)) == text


# --- what cannot be said ----------------------------------------------------------------------------------------------


def unsaid(*nodes: plan.Node, **more: Any) -> dict[str, str]:
    """The places of a flow for which there are no words."""
    flow = plan.Flow("F", (plan.Enter("start", (), nodes[0].id), *nodes, plan.Exit("end")))
    with pytest.raises(PlanError) as caught:
        decompile(replace(plan.Plan((flow,)), **more))
    assert {found.code for found in caught.value.diagnostics} == {"E610"}
    return {found.place: found.message for found in caught.value.diagnostics}


def act(id: str, next: str) -> plan.Act:
    return plan.Act(id, CustomAction("custom.do", "x"), next)


def test_an_action_without_words_is_named_with_its_place() -> None:
    """An id that is in no vocabulary is told, not guessed at."""
    assert list(unsaid(act("a", "b"), plan.Act("b", CustomAction("moon.fly"), "end"))) == ["flows[0].nodes[2]"]


def test_ports_that_no_text_has_are_refused() -> None:
    """Nodes out of order, or that jump over others without a jump, have no text."""
    assert list(unsaid(act("a", "c"), act("b", "end"), act("c", "b"))) == ["flows[0].nodes[1]"]
    split = plan.Split("split", (plan.Arm(1, "", "b"), plan.Arm(999_999, "", "a")), "end")
    assert list(unsaid(split, act("a", "end"), act("b", "end"))) == ["flows[0].nodes[1]"]


def test_a_jump_without_a_label_is_refused() -> None:
    """A text can only go to a label."""
    assert "label" in unsaid(plan.Jump("go", "end", "end", 1))["flows[0].nodes[1]"]


def test_every_place_is_named_at_once() -> None:
    """Flows and scenarios without words are one report."""
    world = plan.World("W", rates=(plan.Rate("offer.bought", "", 500_000, 7),))
    found = unsaid(plan.Act("b", CustomAction("moon.fly"), "end"), world=(world,))
    assert list(found) == ["flows[0].nodes[1]", "world[0].rates[0]"]


# --- long chains, labels ----------------------------------------------------------------------------------------------


def test_a_chain_of_thousands_of_arms_comes_back() -> None:
    """`otherwise if` has no limit, and stays a chain."""
    tests = ast.Fact(ast.Phrase((ast.Word("it"), ast.Word("happened"))))
    chain = ast.If(tuple(ast.Arm(tests, (ast.Exit(),)) for _ in range(2000)))
    when = ast.When((ast.EventTrigger(ast.Phrase((ast.Word("joins"), ast.Word("program")))),))
    before = lowered(ast.Program((ast.Flow(ast.Text("F"), (when,), (chain,)),)))
    said = decompile(before).declarations[0]
    assert isinstance(said, ast.Flow)
    assert isinstance(said.steps[0], ast.If)
    assert len(said.steps[0].arms) == 2000


# --- delays -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ms", [1_000, 90_000, 3_600_000, 14_400_000, 86_400_000, 1_209_600_000])
@pytest.mark.parametrize(
    ("law", "shape"),
    [
        ("exactly", ()),
        ("within", ()),
        ("about", ()),
        ("exponential", ()),
        ("lognormal", (1.1,)),
        ("lognormal", (0.25,)),
        ("weibull", (0.7,)),
        ("weibull", (3,)),
        ("gamma", (2.5,)),
        ("gamma", (0.5,)),
    ],
)
def test_a_law_is_found_from_its_table(law: str, shape: tuple[float, ...], ms: int) -> None:
    """A table of quantiles says again which law made it, with the numbers that were written."""
    made = delay_laws.LAWS[law].make(ms, *shape)
    said = delay(made)
    assert said is not None
    assert isinstance(said.length, ast.Duration)
    length = sum(round(number * UNITS[unit]) for number, unit in said.length.amounts)
    assert delay_laws.LAWS[said.law].make(length, *(one.value for one in said.shape)) == made
    if ms >= 3_600_000:
        assert (said.law, tuple(one.value for one in said.shape)) == (law, shape)


@pytest.mark.parametrize(
    "lengths", [(0, 60_000), (5_000, 90_000, 90_000), (0, 1, 7, 10**7, 10**9), tuple(n * n * 1000 for n in range(17))]
)
def test_measured_lengths_are_found_from_their_table(lengths: tuple[int, ...]) -> None:
    """A delay that was said by its quantiles says them again."""
    said = delay(delay_laws.measured(*lengths))
    assert said is not None
    each = [one for one in (said.length, *said.more) if isinstance(one, ast.Duration)]
    assert [sum(round(number * UNITS[unit]) for number, unit in one.amounts) for one in each] == [*lengths]


@pytest.mark.parametrize("number", [0.05, 0.1234, 0.55, 1, 4, 87.65, 10_000])
def test_how_contacts_differ_is_found_from_its_table(number: float) -> None:
    """Tables of contacts' own rates and shares, in doubt too, say again which number made them."""
    factors = spreads.gamma(heterogeneity.gamma(number))
    assert factors == ast.Spread("gamma", ast.Number(number))
    for low, most in ((350_000, 0), (2_000, 0), (400_000, 450_000), (0, 1_000_000)):
        own = spreads.beta(heterogeneity.beta(low, most, number), low, most)
        assert own == ast.Spread("beta", ast.Number(number))


# --- whole programs ---------------------------------------------------------------------------------------------------

LOOPS = """
flow "Loops"
  when client buys offer
  repeat 3 times
    wait 1 day
    if has tag "a" then go to "next" at most 2 times end
    if has tag "b" then go to "out" at most 1 times otherwise if it happened exit "done" end
    then send chat "Hello"
    label "next"
  end
  label "out"
  wait 1 hour
  if plan is "pro" then send chat "Pro" label "joined" otherwise wait 2 days then go to "joined" end
  then send chat "Hello"
  label "last"
"""


def test_labels_find_their_places_again() -> None:
    """Labels before a step, at the end of a body, of an arm and of the flow: jumps go and count as before."""
    before = lowered(pipeline.parse(LOOPS))
    jumps = {node.id: node for node in before.flows[0].nodes if isinstance(node, plan.Jump)}
    assert (jumps["go to next"].to, jumps["go to next"].leaves) == ("repeat", ())
    assert (jumps["go to out"].to, jumps["go to out"].leaves) == ("out", ("repeat",))
    assert lowered(pipeline.parse(to_text(decompile(before)))) == before


def runnable() -> list[Path]:
    """The good programs of the golden tests that this version runs: some speak of what later ones will know."""
    paths = sorted(Path(__file__).parents[1].glob("programs/good/*.flow"))
    return [
        path for path in paths if not any(diagnostic.is_error for diagnostic in pipeline.check(path.read_text("utf-8")))
    ]


@pytest.mark.parametrize("path", runnable(), ids=lambda path: path.stem)
def test_every_good_program_comes_back_from_its_plan(path: Path) -> None:
    """The programs of the golden tests mean the same when they are read, lowered, and said again."""
    before = lowered(pipeline.load(path))
    assert lowered(pipeline.parse(to_text(decompile(before)))) == before


def test_bare_names_behind_a_custom_event_come_back_bare() -> None:
    """What resolve writes out (the event's field, else the column) is one word again."""
    text = 'flow "F"\n  when "checkout" happens where amount > 50 and coupon is unknown\n  then send chat "Hello"\n'
    assert "where amount > 50 and coupon is unknown" in to_text(decompile(lowered(pipeline.parse(text))))


def test_a_column_set_to_a_date_comes_back() -> None:
    """A date is said as people write it."""
    text = 'flow "F"\n  when contact joins program\n  then set trial_ends to 2026-03-01\n'
    assert to_text(decompile(lowered(pipeline.parse(text)))) == text


# --- tables that no law makes -----------------------------------------------------------------------------------------


def with_world(**lines: Any) -> plan.Plan:
    """A plan with a scenario of these lines."""
    text = 'flow "F"\n  when joins program\n  then send email "M"\n'
    whole = flowdsl.load_plan(flowdsl.dump(flowdsl.parse(text)))
    return replace(whole, world=(plan.World("W", **lines),))


DELAYS = st.lists(st.integers(0, delay_laws.LONGEST), min_size=1, max_size=2) | st.lists(
    st.integers(0, 10**9), min_size=delay_laws.KNOTS, max_size=delay_laws.KNOTS
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(DELAYS.map(sorted).map(tuple))
def test_any_table_of_delays_has_a_text(table: tuple[int, ...]) -> None:
    """A table that was measured, or changed by hand, is said number by number, to the millisecond."""
    answer = plan.Answer("email.opened", "", EventMatch(("email.received",)), 350_000, table)
    same_with_text(with_world(answers=(answer,)))


@pytest.mark.parametrize("place", [0, 1, 128, 255, 256])
def test_a_table_that_was_changed_has_a_text(place: int) -> None:
    """One number of a law's table, moved: the table is said as it is, for delays, rates and shares, in doubt too."""

    def changed(table: tuple[int, ...], most: int) -> tuple[int, ...]:
        other = min(table[place] + 1, table[place + 1] if place < 256 else most)
        return (*table[:place], max(other, table[place - 1] if place else 0), *table[place + 1 :])

    cause = EventMatch(("email.received",))
    one, several = heterogeneity.beta(350_000, 0, 4), heterogeneity.beta(400_000, 450_000, 4)
    answers = (
        plan.Answer("email.opened", "", cause, 350_000, changed(delay_laws.about(3_600_000), delay_laws.LONGEST)),
        plan.Answer("email.clicked", "", cause, 350_000, (5, 5), spread=changed(one, 999_999)),
        plan.Answer("email.replied", "", cause, 400_000, (1, 9), most=450_000, spread=changed(several, 999_999)),
        plan.Answer("email.bounced", "", cause, 0, (0,), spread=(0,) * heterogeneity.KNOTS),
        plan.Answer("email.blocked", "", cause, 400_000, (0,), most=450_000, spread=(7,) * 5 * heterogeneity.KNOTS),
    )
    rate = plan.Rate("offer.bought", "", 500_000, 86_400_000, spread=changed(heterogeneity.gamma(0.55), 10**12))
    same_with_text(with_world(answers=answers, rates=(rate,)))


def same_with_text(whole: plan.Plan) -> None:
    """A plan can be loaded, has a text, and that text means the same."""
    whole = replace(whole, events=lowered(decompile(whole)).events)
    assert flowdsl.load_plan(flowdsl.dump(whole)) == whole
    assert flowdsl.load_plan(flowdsl.dump(flowdsl.parse(flowdsl.format(whole)))) == whole


# --- labels at the ends of blocks -------------------------------------------------------------------------------------


def said_again(text: str) -> str:
    """The text made from the plan of a text; it must be sound as well, and mean the same."""
    before = flowdsl.load_plan(flowdsl.dump(flowdsl.parse(text)))
    said = flowdsl.format(before)
    assert flowdsl.load_plan(flowdsl.dump(flowdsl.parse(said))) == before
    return said


SKIP = 'then if plan is "j" go to "l" end'


@pytest.mark.parametrize(
    "block",
    [
        f'if plan is "a" then do "x" otherwise then do "y" {SKIP} then do "z" label "l" end',
        f'if plan is "a" wait 1 day otherwise if plan is "b" {SKIP} then do "z" otherwise then do "y" label "l" end',
        f'if plan is "a" wait 1 day otherwise then if plan is "b" {SKIP} then do "z" end label "l" end',
        'if plan is "a" wait 1 day exit otherwise then do "y" label "l" end',
        'if plan is "a" wait 1 day repeat 2 times exit end otherwise label "l" end',
        f'split 40% then do "x" 60% {SKIP} then do "z" label "l" end',
        f'split 40% {SKIP} then do "x" 30% {SKIP} then do "y" label "l" 30% then do "z" end',
        f'repeat 2 times then do "x" {SKIP} then do "y" label "l" end',
        f'if plan is "a" then do "x" otherwise {SKIP} then do "y" label "m" label "l" label "n" end',
        'if plan is "a" label "l" wait 1 day end wait 1 day go to "l" at most 2 times',
        'if plan is "a" wait 1 day otherwise then do "y" label "l" wait 1 day go to "l" at most 2 times label "m" end',
    ],
)
def test_a_label_at_the_end_of_a_block_stays_where_jumps_reach_it(block: str) -> None:
    """A text made from the plan leads forward to the label, as before, in whichever arm that was."""
    said_again(f'flow "F"\n  when joins program\n  {block}\n  then do "h"\n')


def test_a_label_stays_in_its_arm() -> None:
    """An arm that jumps to its own end keeps the label there."""
    block = 'if plan is "a"\n    then do "x"\n  otherwise\n    if plan is "b" then do "y"\n    label "l"\n  end'
    text = f'flow "F"\n  when contact joins program\n  {block}\n'.replace('then do "y"', 'go to "l"')
    assert 'label "l"\n  end' in said_again(text)


def test_nested_blocks_with_labels_at_all_places_are_said_again() -> None:
    """Jumps forward and back, out of and into blocks, to several labels of one place: all mean what they meant."""
    texts = (labels_at_random.program(Random(seed)) for seed in range(6_000 if os.environ.get("SOAK") else 60))
    sound = [text for text in texts if not any(diagnostic.is_error for diagnostic in flowdsl.check(text))]
    assert len(sound) > 30
    for text in sound:
        said = said_again(text)
        assert said_again(said) == said
