"""Faults of what is asked of results (E8xx): what each code means, with a wrong question and the same put right."""

from __future__ import annotations

from flowdsl.faults import Fault

RESULT_FAULTS = (
    Fault(
        "E801",
        "no contact of this id",
        "A story is told of one contact, by its id as the contact table has it; ids are exact, capital letters too.",
        'results.story("C42")',
        'results.story("c42")',
    ),
    Fault(
        "E802",
        "sends cannot be counted by this column",
        "Sends per day are counted in groups of equal cells, so `by` names columns of results.sends: channel, message,"
        " flow, step, status, reason…",
        'results.daily(by="colour")',
        'results.daily(by=("channel", "message"))',
    ),
    Fault(
        "E803",
        "a time zone nobody knows",
        "The day a message falls on depends on whose calendar is read, and calendars go by IANA names: a region and a"
        " city, or UTC.",
        'results.daily(zone="Paris")',
        'results.daily(zone="Europe/Paris")',
    ),
    Fault(
        "E804",
        "a format results are not written in",
        "Results are written as CSV, which every program reads, or as Parquet, which keeps the types.",
        'results.to_dir("out", format="xlsx")',
        'results.to_dir("out", format="parquet")',
    ),
    Fault(
        "E805",
        "nothing here tells a story",
        "Stories are told by flowdsl.show, which comes with flowdsl.simulate. Lower rooms that are imported one by one"
        " do not load it.",
        "from flowdsl.sim import simulate",
        "from flowdsl import simulate",
    ),
    Fault(
        "E806",
        "a funnel of no flow",
        "Flows are known by their names, exactly as the program writes them, capital letters too.",
        'results.funnel("welcome")',
        'results.funnel("Welcome")',
    ),
)
