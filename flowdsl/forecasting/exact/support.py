"""Finds the constructs for which expected numbers cannot be calculated, with an error for each.

What contacts do may depend on the messages of the run they are in and on nothing else that a simulation brings about:
then runs are independent, and expected numbers add up. Whatever could break that is refused here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from flowdsl.diagnostics.diagnostic import Diagnostic
from flowdsl.diagnostics.source import NOWHERE, Span
from flowdsl.forecasting.options import diagnostic
from flowdsl.plan import plan
from flowdsl.plan.expressions import (
    CHANNELS,
    And,
    ChangeMembership,
    Column,
    Compare,
    Consent,
    Counted,
    Expr,
    Happened,
    Has,
    Known,
    MessageStatus,
    Not,
    ObjectField,
    OneOf,
    Or,
    Recent,
    Send,
    SetField,
    StartFlow,
    StopFlow,
)
from flowdsl.plan.visit import conditions, effects
from flowdsl.sim.config import SimulationConfig

SUPPRESSING = ("unsubscribed", "bounced")
Reason = tuple[str, Span]


def refusal(what: str, span: Span = NOWHERE) -> Diagnostic:
    """The diagnostic that says what cannot be worked out, and where it stands."""
    made = diagnostic("E726", f'method="exact" does not know it: {what}', what)
    return replace(made, span=None if span == NOWHERE else span)


def refusals(config: SimulationConfig) -> list[Diagnostic]:
    """Every reason for which a setting cannot be worked out exactly."""
    found = [*_of_policy(config.plan), *_of_world(config), *_of_tables(config)]
    for flow in running(config):
        found += [*_of_entry(config, flow), *_of_flow(config, flow)]
    return list(dict.fromkeys(refusal(what, span) for what, span in found))


def running(config: SimulationConfig) -> list[plan.Flow]:
    """The flows that can have runs."""
    switched = {name for line in config.world.controls for name in (line.flow, line.by)}
    return [flow for flow in config.plan.flows if not flow.paused or flow.name in switched]


def sends_of(flow: plan.Flow) -> dict[str, Send]:
    """The messages that a flow sends to the contact, by "email:Launch"."""
    personal = (one for one in effects(flow, Send) if not one.to and not one.staff)
    return {f"{one.channel}:{one.message}": one for one in personal}


def asked_message(test: MessageStatus, keys: Iterable[str]) -> list[str]:
    """Which of some messages ("email:Launch") a condition speaks of."""
    wanted = {f"{channel}:{test.name}" for channel in test.channels or CHANNELS}
    return [key for key in keys if key in wanted]


def leaves_of(expr: Expr | None) -> Iterator[Expr]:
    """What an expression is made of, without `and`, `or`, `not`."""
    return (one for one in conditions(expr) if not isinstance(one, And | Or | Not)) if expr else iter(())


def flags_asked(config: SimulationConfig, flow: plan.Flow) -> dict[str, str]:
    """The answer that a flow asks for, by message it sends: "email:Launch" -> "opened"; "" where it asks for none."""
    return {key: (sorted(_flags(config, flow, key)) or [""])[0] for key in sends_of(flow)}


def possible(world: plan.World, key: str, flags: Iterable[str]) -> set[str]:
    """The answers that set any of these flags and that can come; a click sets `opened` too, and follows an opening."""
    channel, name = key.split(":", 1)
    found = {flag for flag in flags if lines_of(world, channel, flag, name)}
    if "opened" in found:
        return found - {"clicked"}
    clicks = "opened" in flags and lines_of(world, channel, "clicked", name)
    return found | {"clicked"} if clicks else found


def flags_of(wait: plan.Happens, key: str) -> set[str]:
    """The flags of a message that a wait is for."""
    channel, name = key.split(":", 1)
    answers = [match for match in wait.occasion.events if name in match.names and match.answer]
    heard = (event.split(".") for match in answers for event in match.events)
    return {flag for by, flag in heard if by == channel}


def _flags(config: SimulationConfig, flow: plan.Flow, key: str) -> set[str]:
    """The answers to a message that a flow asks for, by what can come."""
    found: set[str] = set()
    for leaf in (leaf for test in tests_of(flow) for leaf in leaves_of(test)):
        if isinstance(leaf, MessageStatus) and asked_message(leaf, [key]) and "received" not in leaf.flags:
            found |= possible(config.world, key, leaf.flags)
    for node in flow.nodes:
        if isinstance(node, plan.Wait) and isinstance(node.until, plan.Happens):
            found |= possible(config.world, key, flags_of(node.until, key))
    return found


def tests_of(flow: plan.Flow) -> Iterator[Expr]:
    """The conditions of a flow's steps."""
    for node in flow.nodes:
        test = node.test if isinstance(node, plan.Branch) else node.unless if isinstance(node, plan.Act) else None
        if test is not None:
            yield test


def lines_of(world: plan.World, channel: str, flag: str, name: str) -> list[plan.Answer]:
    """The lines of a scenario that say how often a message gets an answer."""
    return [
        one
        for one in world.answers
        if one.event == f"{channel}.{flag}" and (not one.cause.names or name in one.cause.names)
    ]


# --- what chance and flows bring about --------------------------------------------------------------------------------


def _sources(world: plan.World) -> list[plan.Rate | plan.Arrival]:
    return [*world.rates, *world.arrivals]


def by_chance(world: plan.World) -> set[str]:
    """The events that rates and new contacts bring."""
    return {line.event for line in _sources(world)}


def _caused(config: SimulationConfig) -> set[str]:
    """The events that answers and actions bring."""
    found = {answer.event for answer in config.world.answers}
    found |= {put.event for put in effects(config.plan, ChangeMembership)}
    found |= {assigned.event for assigned in effects(config.plan, SetField)}
    return found | {f"{send.channel}.received" for send in effects(config.plan, Send)}


def _changing(config: SimulationConfig, events: Collection[str]) -> tuple[set[str], set[str]]:
    """The sets and columns of contacts that change meanwhile: by these events, and by actions."""
    kinds = [config.plan.events_by_id[event] for event in events if event in config.plan.events_by_id]
    sets = {family for kind in kinds for family in (kind.adds, kind.removes) if family}
    columns = {kind.sets for kind in kinds if kind.sets and not kind.about}
    sets |= {effect.family for effect in effects(config.plan, ChangeMembership)}
    columns |= {one.target.name for one in effects(config.plan, SetField) if isinstance(one.target, Column)}
    return sets, columns


def coming(config: SimulationConfig) -> set[str]:
    """The events of the table from the beginning on."""
    events = config.tables.events
    return {event for time, event in zip(events.times, events.events, strict=True) if time >= config.begin}


def _moves(config: SimulationConfig, leaf: Expr, events: Collection[str]) -> bool:
    """Whether what a condition speaks of can change, by these events or by actions."""
    sets, columns = _changing(config, events)
    match leaf:
        case Has():
            return leaf.family in sets
        case Compare(left=Column(name=name)) | OneOf(left=Column(name=name)) | Known(left=Column(name=name)):
            return name in columns
        case _:
            return False


def is_still(leaf: Expr) -> bool:
    """Whether a condition speaks of columns, states and consent alone."""
    return isinstance(leaf, Has | Consent) or (
        isinstance(leaf, Compare | OneOf | Known) and isinstance(leaf.left, Column)
    )


def _not_known(config: SimulationConfig, test: Expr | None, what: str, span: Span) -> Iterator[Reason]:
    """Why a condition is not the same for a contact all the time."""
    events = {*coming(config), *by_chance(config.world), *_caused(config)}
    for leaf in leaves_of(test):
        if not is_still(leaf):
            yield f"{what} asks for {_SAID.get(type(leaf), 'a field of an event or object')}", span
        elif _moves(config, leaf, events):
            yield f"{what} asks for what changes meanwhile", span


_SAID: Mapping[type, str] = {
    Counted: "a count of events",
    MessageStatus: "an answer to a message",
    Recent: "a date and how far it is from now",
    Happened: "what a wait ended by",
}


# --- what is refused --------------------------------------------------------------------------------------------------


def _of_policy(program: plan.Plan) -> Iterator[Reason]:
    for capacity in program.policy.capacities:
        yield f"a capacity of {capacity.channel}, in which contacts wait for each other", NOWHERE
    for cap in program.policy.caps:
        yield f"a cap of {cap.channel or 'all messages'}, for which runs of a contact meet", NOWHERE


def _of_world(config: SimulationConfig) -> Iterator[Reason]:
    world = config.world
    for share in world.shares:
        yield "a share of contacts who are in a state at the beginning", share.span
    for control in world.controls:
        if control.verb not in ("activate", "deactivate") or control.cancel:
            yield (
                f"an `at` line that acts on runs under way ({control.verb}{' and cancel' * control.cancel})",
                control.span,
            )
    for answer in world.answers:
        yield from _of_answer(config, answer)
    heard = {event for flow in running(config) for event in _triggers(flow)}
    for line in _sources(world):
        if line.event.partition(".")[0] in CHANNELS:
            yield f"answers to messages that come at a rate ({line.event})", line.span
        elif isinstance(line, plan.Rate) and line.event in heard:
            yield from _of_rate(config, line)
    for arrival in world.arrivals:
        if arrival.window:
            yield "new contacts who come at certain hours", arrival.span
    for flow in running(config) if world.arrivals else ():
        by_itself = flow.enter.include_existing or any(not isinstance(one, plan.OnEvent) for one in flow.enter.triggers)
        if by_itself or _triggers(flow) & {line.event for line in world.rates}:
            yield f'flow "{flow.name}" takes in new contacts after they have come', flow.span


def _of_answer(config: SimulationConfig, answer: plan.Answer) -> Iterator[Reason]:
    channel, _, flag = answer.event.partition(".")
    if channel not in CHANNELS:
        return  # nothing hears it, or the trigger that does is refused
    if flag in SUPPRESSING:
        yield f"an answer that keeps later messages back ({answer.event})", answer.span
    if answer.name or answer.cause.fields:
        yield "an answer about a message that is named apart from its cause", answer.span
    if answer.most or answer.spread:
        yield f"an answer whose share {'is in doubt' if answer.most else 'varies between contacts'}", answer.span
    yield from _not_known(config, answer.where, "an answer of some contacts", answer.span)


def _of_rate(config: SimulationConfig, line: plan.Rate) -> Iterator[Reason]:
    if line.leaving or line.daily or line.weekly:
        which = "of contacts who leave" if line.leaving else "that varies by day or week"
        yield f"a rate {which}", line.span
    if line.most or line.spread or line.column or line.window:
        which = "is in doubt" if line.most else "varies between contacts" if line.spread or line.column else "has hours"
        yield f"a rate that starts runs and {which}", line.span
    if sum((one.event, one.name) == (line.event, line.name) for one in config.world.rates) > 1:
        yield "rates of which one says more than another", line.span
    yield from _not_known(config, line.where, "a rate of some contacts", line.span)


def _of_tables(config: SimulationConfig) -> Iterator[Reason]:
    known = config.plan.events_by_id
    answers = sorted(event for event in set(config.tables.events.events) if event in known and known[event].flag)
    if answers:
        yield f"answers to messages in the table of events ({', '.join(answers)})", NOWHERE


def _triggers(flow: plan.Flow) -> set[str]:
    events = (one.match.events for one in flow.enter.triggers if isinstance(one, plan.OnEvent))
    return {event for many in events for event in many}


def _of_entry(config: SimulationConfig, flow: plan.Flow) -> Iterator[Reason]:
    enter, span = flow.enter, flow.enter.span if flow.enter.span != NOWHERE else flow.span
    if flow.kind == "campaign":
        yield f'campaign "{flow.name}", which starts when a contact is subscribed', flow.span
    if flow.leaves:
        yield f'flow "{flow.name}" has a goal or `exit when`, which ends runs at any moment', flow.leaves[0].span
    if enter.limit and enter.limit.at_once:
        yield f'flow "{flow.name}" has a limit of runs at a time', span
    yield from _not_known(config, flow.unless, f'the `unless` of flow "{flow.name}"', flow.span)
    caused, chance = _caused(config), by_chance(config.world)
    for trigger in enter.triggers:
        if isinstance(trigger, plan.OnEvent) and (heard := sorted(set(trigger.match.events) & caused)):
            yield f'flow "{flow.name}" starts by what messages and actions bring about ({heard[0]})', trigger.span
        if isinstance(trigger, plan.OnEvent) and set(trigger.match.events) & chance:
            yield from _of_chance_entry(config, flow, trigger)
        if isinstance(trigger, plan.DateTrigger) and trigger.column in _changing(config, caused | chance)[1]:
            yield f'flow "{flow.name}" starts by a date that changes', trigger.span
        for leaf in leaves_of(trigger.where):
            yield from _of_where(config, leaf, caused | chance, trigger.span)


def _of_where(config: SimulationConfig, leaf: Expr, events: Collection[str], span: Span) -> Iterator[Reason]:
    """What the table alone decides is asked of the machine; what chance and flows change cannot be."""
    by_events = isinstance(leaf, Counted) and set(leaf.match.events) & set(events)
    sets_fields = any(isinstance(one.target, ObjectField) for one in effects(config.plan, SetField))
    by_field = sets_fields and isinstance(getattr(leaf, "left", None), ObjectField)
    if isinstance(leaf, MessageStatus) or by_events or by_field or _moves(config, leaf, events):
        yield "a trigger's `where` asks for what messages, actions or rates change", span


def _of_chance_entry(config: SimulationConfig, flow: plan.Flow, trigger: plan.OnEvent) -> Iterator[Reason]:
    """Runs that rates and new contacts start: entry tests that hang on the moment."""
    enter, event = flow.enter, "/".join(trigger.match.events)
    for is_there, what in (
        (bool(trigger.nth), "the how-many-th event that comes by chance"),
        (bool(enter.limit and (enter.limit.every or enter.limit.per != "contact")), "a limit by time or object"),
        (bool(enter.starting or enter.ending), "dates between which runs start"),
        (any(flow.name in (one.flow, one.by) for one in config.world.controls), "an `at` line for the flow"),
        (bool(trigger.match.fields), "fields of the event"),
        (bool(enter.limit) and _enters_otherwise(config, flow), "a limit, though others start it too"),
    ):
        if is_there:
            yield f'flow "{flow.name}" starts by chance ({event}) and has {what}', trigger.span
    yield from _not_known(config, trigger.where, f'the `where` of flow "{flow.name}"', trigger.span)
    arrivals = {line.event for line in config.world.arrivals} & set(trigger.match.events)
    if arrivals and any(isinstance(node, plan.Split) for node in flow.nodes):
        yield f'the arms of new contacts in flow "{flow.name}" hang on the order in which they come', flow.span


def _enters_otherwise(config: SimulationConfig, flow: plan.Flow) -> bool:
    """Whether the tables or the calendar start runs of a flow too."""
    by_event = all(isinstance(one, plan.OnEvent) for one in flow.enter.triggers)
    return flow.enter.include_existing or not by_event or bool(_triggers(flow) & coming(config))


def _of_flow(config: SimulationConfig, flow: plan.Flow) -> Iterator[Reason]:
    for node in flow.nodes:
        match node:
            case plan.Jump():
                yield f'a jump (`go to`) in flow "{flow.name}"', node.span
            case plan.Wait():
                yield from _of_wait(config, flow, node)
            case plan.Act(effect=StartFlow() | StopFlow()):
                yield f'an action that starts or stops a flow, in flow "{flow.name}"', node.span
    for node in flow.nodes:
        test = node.test if isinstance(node, plan.Branch) else node.unless if isinstance(node, plan.Act) else None
        yield from _of_test(config, flow, test, node.span)
    for key in sends_of(flow):
        yield from _of_message(config, flow, key)


def _of_test(config: SimulationConfig, flow: plan.Flow, test: Expr | None, span: Span) -> Iterator[Reason]:
    for leaf in leaves_of(test):
        if isinstance(leaf, Happened):
            continue
        if isinstance(leaf, MessageStatus):
            if leaf.scope == "ever" or leaf.since_step:
                yield "a condition on any send of a message (`ever`), or on answers since a step", span
            elif not asked_message(leaf, sends_of(flow)):
                yield f'a condition on "{leaf.name}", which its flow does not send', span
        else:
            yield from _not_known(config, leaf, "a condition", span)


def _of_wait(config: SimulationConfig, flow: plan.Flow, node: plan.Wait) -> Iterator[Reason]:
    if isinstance(node.until, plan.Relative):
        yield "a wait for a date of a contact or object", node.span
    if not isinstance(node.until, plan.Happens):
        return
    occasion = node.until.occasion
    if occasion.test is not None or len(occasion.events) != 1:
        yield "a wait for several things, or for a state", node.span
        return
    match = occasion.events[0]
    flags = {event.split(".")[1] for event in match.events}
    keys = [key for key in sends_of(flow) if key.split(":", 1)[1] in match.names]
    channels = {event.split(".")[0] for event in match.events}
    if not match.answer or match.fields or len(flags) != 1:
        yield "a wait for an event that is no answer to a message", node.span
    elif len(match.names) != 1 or len(keys) != 1 or keys[0].split(":", 1)[0] not in channels:
        yield "a wait for answers to something else than one message of its flow", node.span


def _of_message(config: SimulationConfig, flow: plan.Flow, key: str) -> Iterator[Reason]:
    """What of a message's answers is too much to be known."""
    channel, name = key.split(":", 1)
    span = next(
        node.span
        for node in flow.nodes
        if isinstance(node, plan.Act) and isinstance(node.effect, Send) and node.effect.message == name
    )
    asked = _flags(config, flow, key)
    if len(asked) > 1:
        yield f'flow "{flow.name}" asks for several answers to "{name}" ({", ".join(sorted(asked))})', span
    if sum(other.split(":", 1)[1] == name for other in sends_of(flow)) > 1:
        yield f'flow "{flow.name}" sends "{name}" by several channels', span
    for flag in asked:
        causes = {event for line in lines_of(config.world, channel, flag, name) for event in line.cause.events}
        chain = {f"{channel}.received"}, {f"{channel}.opened"}
        if causes not in chain or (flag == "opened" and causes != chain[0]):
            yield f'answers to "{name}" that follow something else than a message or its opening', span
    opening = lines_of(config.world, channel, "opened", name)
    if asked == {"clicked"} and any(set(line.cause.events) != {f"{channel}.received"} for line in opening):
        yield f'clicks on "{name}" that follow openings which follow something else', span
    if asked == {"opened"} and (_is_clicked_first(config, channel, name) or _waits_late(config, flow, key)):
        yield f'a click on "{name}" that counts as an opening', span


def _is_clicked_first(config: SimulationConfig, channel: str, name: str) -> bool:
    clicks = lines_of(config.world, channel, "clicked", name)
    return any(set(line.cause.events) != {f"{channel}.opened"} for line in clicks)


def _waits_late(config: SimulationConfig, flow: plan.Flow, key: str) -> bool:
    """Whether a run may wait for an opening that has come before, so that a click after it ends the wait."""
    channel, name = key.split(":", 1)
    if not lines_of(config.world, channel, "clicked", name):
        return False
    waits = [
        node
        for node in flow.nodes
        if isinstance(node, plan.Wait)
        and isinstance(node.until, plan.Happens)
        and any(name in match.names for match in node.until.occasion.events)
    ]
    after = {node.next for node in flow.nodes if isinstance(node, plan.Act) and key in _key(node)}
    return any(node.id not in after for node in waits) or len(waits) > 1


def _key(node: plan.Act) -> str:
    return f"{node.effect.channel}:{node.effect.message}" if isinstance(node.effect, Send) else ""
