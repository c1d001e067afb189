"""Errors of what is asked of results (E8xx): what each code means, with a wrong question and the same put right."""

from __future__ import annotations

from flowdsl.diagnostics.catalogue import Rule

RESULT_DIAGNOSTICS = (
    Rule(
        "E801",
        "no contact of this id",
        "A story is told of one contact, by its id as the contact table has it; ids are exact, capital letters too.",
        'results.story("C42")',
        'results.story("c42")',
    ),
    Rule(
        "E802",
        "sends cannot be counted by this column",
        "Sends per day are counted in groups of equal cells, so `by` names columns of results.sends: channel, message,"
        " flow, step, status, reason… Entries and exits are counted by those of results.runs. Counts alone are kept by"
        " channel, message, flow and status.",
        'results.daily(by="colour")',
        'results.daily(by=("channel", "message"))',
    ),
    Rule(
        "E803",
        "a time zone nobody knows",
        "The day a message falls on depends on whose calendar is read, and calendars go by IANA names: a region and a"
        " city, or UTC.",
        'results.daily(zone="Paris")',
        'results.daily(zone="Europe/Paris")',
    ),
    Rule(
        "E804",
        "a format results are not written in",
        "Results are written as CSV, which every program reads, or as Parquet, which keeps the types.",
        'results.to_dir("out", format="xlsx")',
        'results.to_dir("out", format="parquet")',
    ),
    Rule(
        "E806",
        "a funnel of no flow",
        "Flows are known by their names, exactly as the program writes them, capital letters too.",
        'results.funnel("welcome")',
        'results.funnel("Welcome")',
    ),
    Rule(
        "E807",
        "rows that were not kept",
        "A simulation keeps as much as records= says: full, every row; sends, the rows of sends and runs; counts, no"
        " rows at all. Counts answer summary, daily, timeline and funnel, in little memory. What was not kept must be"
        " simulated again: the same seed gives the same rows.",
        'simulate(program, contacts, records="counts").sends',
        'simulate(program, contacts, records="sends").sends',
    ),
    Rule(
        "E808",
        "counts that a zone's clock does not fit",
        "Counts are kept by quarter hours of UTC, and all present clocks differ from it by whole quarters. A few did"
        " not in former years: Newfoundland changed its clocks at one minute past midnight until 2011. With"
        ' records="sends" each message has its own moment, whatever the clock.',
        'simulate(program, contacts, records="counts", start="2010-11-07", days=1).daily(zone="America/St_Johns")',
        'simulate(program, contacts, records="sends", start="2010-11-07", days=1).daily(zone="America/St_Johns")',
    ),
    Rule(
        "E809",
        "something that is not counted over time",
        "timeline counts messages sent or skipped, and entries, refused entries and exits of runs: by hour, by day or"
        " by week.",
        'results.timeline("clicks", every="month")',
        'results.timeline("sends", every="week")',
    ),
    Rule(
        "E810",
        "a cost without prices",
        "What messages cost is told by the prices that the forecast was made with, one for each channel.",
        "forecast(program, contacts).cost()",
        'forecast(program, contacts, prices={"email": 0.001, "sms": 0.05}).cost()',
    ),
    Rule(
        "E811",
        "something that an exact forecast does not have",
        'With method="exact" expected numbers are worked out and nothing is drawn, so there are no replications in'
        " which a peak could be looked for, or that could be counted.",
        'forecast(program, contacts, method="exact").p_over(5000)',
        'forecast(program, contacts, method="simulate").p_over(5000)',
    ),
    Rule(
        "E813",
        "a picture that there is not",
        "Each result has pictures of some kinds, and each kind has options of its own; `title` and `size` (width and"
        " height in inches) are options of all.",
        'results.plot("pie")',
        'results.plot("funnel", flow="Welcome")',
    ),
    Rule(
        "E814",
        "a diagram has no such format",
        "Diagrams are saved as SVG, which stays sharp at any size, or as PNG, by the ending of the name. For pages that"
        " draw flowcharts themselves there is `to_mermaid()`.",
        'program.diagram().save("flow.pdf")',
        'program.diagram().save("flow.svg")',
    ),
)
RESULTS = {rule.code: rule for rule in RESULT_DIAGNOSTICS}
