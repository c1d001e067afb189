"""Diagnostics of results (E8xx): each code with its reason, a wrong request and the same corrected."""

from __future__ import annotations

from flowdsl.diagnostics.catalogue import Rule

RESULT_DIAGNOSTICS = (
    Rule(
        "E801",
        "no contact with this id",
        "A story is about one contact. Give its id exactly as in the contacts table, including case.",
        'results.story("C42")',
        'results.story("c42")',
    ),
    Rule(
        "E802",
        "sends cannot be counted by this column",
        "Sends per day are counted in groups of equal cells, so `by` names columns of results.sends: channel,"
        " message, flow, step, status, reason… For entries and exits, `by` names columns of results.runs. If only"
        " counts were kept, use channel, message, flow and status.",
        'results.daily(by="colour")',
        'results.daily(by=("channel", "message"))',
    ),
    Rule(
        "E803",
        "an unknown time zone for results",
        "The day of a message depends on the time zone. Time zones have IANA names: a region and a city, or UTC.",
        'results.daily(zone="Paris")',
        'results.daily(zone="Europe/Paris")',
    ),
    Rule(
        "E804",
        "an unknown format of results",
        "Results are written as CSV, which every program reads, or as Parquet, which keeps the types.",
        'results.to_dir("out", format="xlsx")',
        'results.to_dir("out", format="parquet")',
    ),
    Rule(
        "E806",
        "a funnel of an unknown flow",
        "Flows are identified by their names, exactly as in the program, including case.",
        'results.funnel("welcome")',
        'results.funnel("Welcome")',
    ),
    Rule(
        "E807",
        "rows that were not kept",
        "records= sets how much a simulation keeps: full, every row; sends, the rows of sends and runs; counts, no"
        " rows at all. Counts are enough for summary, daily, timeline and funnel, and need little memory. To get"
        " other rows, simulate again: the same seed gives the same rows.",
        'simulate(program, contacts, records="counts").sends',
        'simulate(program, contacts, records="sends").sends',
    ),
    Rule(
        "E808",
        "counts that do not fit a time zone",
        "Counts are kept by quarter hours of UTC, and all present clocks differ from it by whole quarters. A few did"
        " not in former years: Newfoundland changed its clocks at one minute past midnight until 2011. With"
        ' records="sends", each message has its own moment, so all time zones work.',
        'simulate(program, contacts, records="counts", start="2010-11-07", days=1).daily(zone="America/St_Johns")',
        'simulate(program, contacts, records="sends", start="2010-11-07", days=1).daily(zone="America/St_Johns")',
    ),
    Rule(
        "E809",
        "something that is not counted over time",
        "timeline counts messages sent or skipped, and entries, declined entries and exits of runs: by hour, by day"
        " or by week.",
        'results.timeline("clicks", every="month")',
        'results.timeline("sends", every="week")',
    ),
    Rule(
        "E810",
        "a cost without prices",
        "Costs are computed from the prices with which the forecast was made, one for each channel.",
        "forecast(program, contacts).cost()",
        'forecast(program, contacts, prices={"email": 0.001, "sms": 0.05}).cost()',
    ),
    Rule(
        "E811",
        "something that an exact forecast does not have",
        'With method="exact", expected numbers are computed without replications. So there are no peaks or'
        " probabilities, which need replications.",
        'forecast(program, contacts, method="exact").p_over(5000)',
        'forecast(program, contacts, method="simulate").p_over(5000)',
    ),
    Rule(
        "E813",
        "an unknown picture",
        "Each result has certain kinds of pictures, and each kind has its own options; all of them have `title` and"
        " `size` (width and height in inches).",
        'results.plot("pie")',
        'results.plot("funnel", flow="Welcome")',
    ),
    Rule(
        "E814",
        "an unknown format of a diagram",
        "The ending of the file name sets the format of a diagram: SVG, which is sharp at any size, or PNG. For"
        " pages that draw flowcharts themselves, use `to_mermaid()`.",
        'program.diagram().save("flow.pdf")',
        'program.diagram().save("flow.svg")',
    ),
)
RESULTS = {rule.code: rule for rule in RESULT_DIAGNOSTICS}
