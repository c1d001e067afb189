"""Writes a plan as one array of words for the walk (see layout.py)."""

from __future__ import annotations

import numpy as np

from flowdsl.calendar import clock
from flowdsl.chance import delay_laws
from flowdsl.machine.ready import ReadyFlow
from flowdsl.plan import plan
from flowdsl.sim.contact_process import SimulationContext
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.data import large, value
from flowdsl.sim.fast.flows import Flow, turning, write_flows
from flowdsl.sim.fast.kinds import write_column_triggers, write_events, write_tallies
from flowdsl.sim.fast.names import COMPLETED, FLAGS, LEFT, names_of
from flowdsl.sim.fast.program import PATH_BITS, Program, signed
from flowdsl.sim.fast.texts import Texts
from flowdsl.sim.fast.words import Ints
from flowdsl.sim.fast.world import write_capacities, write_caps, write_controls, write_lines, write_rates, write_shares


def write(stage: SimulationContext, texts: Texts | None = None) -> Program:
    """Writes the program of a stage: all but what depends on the texts of tables, which `close` adds.

    texts: those of another replication of the same setting, whose numbers are the same
    """
    to = Program(stage, names_of(stage.config, stage.ready), texts or Texts(large(stage.config)))
    _numbers(to)
    flows = [Flow(to, flow) for flow in stage.ready.flows]
    triggers = [one.triggers() for one in flows]
    write_flows(to, flows, triggers)
    lines = write_lines(to)
    write_rates(to)
    write_shares(to)
    write_controls(to)
    write_caps(to)
    write_capacities(to)
    write_tallies(to)
    write_events(to, triggers, lines)
    write_column_triggers(to, triggers)
    _zones(to)
    _maps(to)
    return to


def close(to: Program, named: int) -> Ints:
    """The finished array, when every text has its number; the first `named` texts may be asked about chance."""
    _catalogue(to)
    if to.stage.config.world.answers:
        to.head(at.HASHES, to.out.put([*map(signed, to.texts.hashes(named))]))
    if to.ordered:
        to.head(at.RANKS, to.out.put(to.texts.ranks().tolist()))
    return np.array(to.out.words, dtype=np.int64)


# --- numbers and widths -----------------------------------------------------------------------------------------------


def _numbers(to: Program) -> None:
    config, ready, names = to.stage.config, to.stage.ready, to.names
    loops = [flow for flow in ready.flows if flow.loops]
    bits = max((_path_bits(flow) for flow in ready.flows), default=1)
    path_words = -(-bits // PATH_BITS)
    kept = 2 + len(FLAGS)
    trigger = at.R_PATH + path_words
    sent = trigger + 2 * len(names.trigger_fields)
    visits = sent + kept * len(names.kept)
    turns = visits + max((len(flow.nodes) for flow in loops), default=0)
    width = turns + max((len(turning(flow)) for flow in loops), default=0)
    for word, number in (
        (at.N_FLOWS, len(ready.flows)), (at.N_EVENTS, len(names.events)), (at.N_KEPT, len(names.kept)),
        (at.N_COLUMNS, len(names.columns)), (at.N_FAMILIES, len(names.families)), (at.N_FIELDS, len(names.fields)),
        (at.N_TRIGGER_FIELDS, len(names.trigger_fields)), (at.N_CHANNELS, len(names.channels)),
        (at.FIRST_NEW, len(config.tables.contacts) - len(config.arrival_times)), (at.N_OWN, len(names.own)),
        (at.CAUSE_WORDS, at.Y_FIELDS + 2 * len(names.fields)), (at.UNIT, to.out.put(delay_laws.unit())),
        (at.N_UNIT, len(delay_laws.unit())), (at.N_FLAGS, len(FLAGS)), (at.PATH_WORDS, path_words),
        (at.LEVELS, ready.levels), (at.BEGIN, config.begin), (at.ASSUMED, config.world_begin),
        (at.MOST_STEPS, ready.budget.steps), (at.MOST_WORK, ready.budget.work),
        (at.START, config.start), (at.UNTIL, config.until), (at.COMES, ready.comes_of_itself),
        (at.WORLD_KEY, signed(to.stage.world.key)), (at.RUN_WIDTH, width), (at.RUN_TRIGGER, trigger),
        (at.RUN_SENT, sent), (at.RUN_VISITS, visits), (at.RUN_TURNS, turns), (at.KEPT_WIDTH, kept),
        (at.OBJECT_WIDTH, 2 + 2 * len(names.fields)), (at.CAMPAIGN_FAMILY, names.families["campaigns"]),
        (at.COMPLETES, names.events[COMPLETED]), (at.LEAVES_IT, names.events[LEFT]),
        (at.TRIGGER_FIELDS, to.out.put([names.fields[name] for name in names.trigger_fields])),
    ):  # fmt: skip
        to.head(word, number)


def _path_bits(flow: ReadyFlow) -> int:
    last = flow.nodes[-1]
    return max(flow.choices) + (len(last.arms) if isinstance(last, plan.Split) else 2)


# --- what is looked up ------------------------------------------------------------------------------------------------


def _zones(to: Program) -> None:
    rows: list[int] = []
    for name in to.names.zones:
        zone = clock.zone(name)
        rows += [to.out.put(zone.starts), to.out.put(zone.offsets), len(zone.starts)]
    to.head(at.ZONES, to.out.put(rows))


def _maps(to: Program) -> None:
    """Kept messages and campaigns by the numbers of their names, which are those of the plan's texts."""
    for key in to.names.kept:
        to.texts.number(key.partition(":")[2])
    for channel in to.names.channels:
        to.texts.number(channel)
    size = len(to.texts)
    kept = [-1] * (size * len(to.names.channels))
    for key, number in to.names.kept.items():
        channel, _, name = key.partition(":")
        if channel in to.names.channels:
            kept[to.names.channels[channel] * size + to.texts.number(name)] = number
    campaigns = [-1] * size
    for flow in to.stage.ready.flows:
        if flow.flow.kind == "campaign":
            campaigns[to.texts.number(flow.name)] = flow.index
    to.head(at.PLAN_TEXTS, size)
    to.head(at.KEPT_BY_NAME, to.out.put(kept))
    to.head(at.CAMPAIGNS, to.out.put(campaigns))


def _catalogue(to: Program) -> None:
    entries = []
    for kind, listed in to.stage.ready.catalogue.items():
        for name, fields in listed.items():
            cells = [word for field in to.names.fields for word in value(fields.get(field), to.texts)]
            key = to.texts.number(kind) << 32 | to.texts.number(name)
            entries.append([key, int(bool(fields)), *cells])
    entries.sort(key=lambda one: one[0])
    to.head(at.CATALOGUE, to.out.put([word for entry in entries for word in entry]))
    to.head(at.N_CATALOGUE, len(entries))
