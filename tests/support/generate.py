"""Programs made at random: hypothesis strategies for every form that the parser can give, for tests of any room.

Nodes are what `parse` would build: And and Or are flat, words are no keywords, names are in normal form.
"""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import or_

from hypothesis import strategies as st

from flowdsl.diagnostics.source import nfc
from flowdsl.syntax import ast

NAMES = (
    "Yoga",
    "Launch",
    "vip",
    "no-sms",
    "Ünïcode – 日本",
    'say "hi"',
    "back\\slash",
    "two\nlines",
    "{first_name}",
    "",
    "#1",
)
WORDS = (
    "member",
    "joins",
    "program",
    "has",
    "tag",
    "sends",
    "email",
    "to",
    "for",
    "plan",
    "event.status",
    "no-sms",
    "Été",
)
COLUMNS = ("plan", "trial_ends", "event.start", "Score", "limit", "goal", "label", "end")


def _opt(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | strategy


def _many(strategy: st.SearchStrategy, least: int = 0, most: int = 3) -> st.SearchStrategy:
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


# --- words and values -------------------------------------------------------------------------------------------------

texts = (
    (st.sampled_from(NAMES) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8))
    .map(nfc)
    .map(ast.Text)
)
words = st.sampled_from(WORDS).map(ast.Word)
columns = st.sampled_from(COLUMNS).map(ast.Word)
params = st.sampled_from(("pause", "n", "rate_1")).map(ast.ParamName)
whole = st.integers(0, 10_000).map(ast.Number)
numbers = whole | st.decimals(-999, 999, places=3).map(float).map(ast.Number)
percents = (st.integers(0, 100) | st.sampled_from((0.5, 33.3, 12.25))).map(ast.Percent)
dates = st.dates(date(1, 1, 1), date(9999, 12, 31)).map(ast.Date)
clocks = st.integers(0, 1439).map(ast.Clock)
units = st.sampled_from(("second", "minute", "hour", "day", "week", "month", "year"))
durations = st.builds(ast.Duration, _many(st.tuples(st.integers(0, 99) | st.just(1.5), units), 1, 2))
lengths = durations | params
times = whole | params
values = texts | numbers | percents | dates | clocks | durations | st.sampled_from(("yes", "no", "pause")).map(ast.Word)
names = st.builds(ast.Names, _many(texts, 1, 3))
phrases = st.builds(
    lambda head, parts: ast.Phrase((head, *parts)),
    words | names,
    _many(words | names, 0, 4),
)
deeds = st.builds(
    lambda head, parts: ast.Phrase((head, *parts)), words, _many(words | names | whole, 0, 4)
) | st.builds(
    lambda column, value: ast.Phrase((ast.Word("set"), column, ast.Word("to"), value)), columns, names | whole | dates
)

# --- conditions -------------------------------------------------------------------------------------------------------

one_value = st.sampled_from(("is", "is_not", "lt", "le", "gt", "ge", "before", "after"))
comparisons = (
    st.builds(lambda op, value: ast.Comparison(op, (value,)), one_value, values)
    | st.builds(ast.Comparison, st.sampled_from(("one_of", "none_of")), _many(values, 1, 3))
    | st.builds(lambda op: ast.Comparison(op, ()), st.sampled_from(("known", "unknown")))
    | st.builds(
        lambda op, length: ast.Comparison(op, (length,)),
        st.sampled_from(("within", "more_than_ago", "less_than_ago")),
        lengths,
    )
)
counts = st.builds(
    ast.Count, st.sampled_from(("at_least", "at_most", "more_than", "fewer_than", "exactly")), times
) | st.just(ast.Count("exactly", ast.Number(0), never=True))
windows = st.builds(ast.InTheLast, lengths) | st.just(ast.SinceStart())
open_facts = st.builds(ast.Fact, phrases)
closed_facts = (
    st.builds(lambda column, comparison: ast.Fact(ast.Phrase((column,)), comparison), columns, comparisons)
    | st.builds(lambda phrase, count, window: ast.Fact(phrase, None, count, window), phrases, counts, _opt(windows))
    | st.builds(lambda phrase, window: ast.Fact(phrase, None, None, window), phrases, windows)
    | st.builds(
        lambda phrase, word, count, window: ast.Fact(phrase, ast.Comparison("is", (word,)), count, window),
        phrases,
        words,
        counts,
        _opt(windows),
    )
)


def _flat(kind: type[ast.And] | type[ast.Or], items: tuple[ast.Condition, ...]) -> ast.Condition:
    return kind(tuple(inner for item in items for inner in (item.items if isinstance(item, kind) else (item,))))


conditions = st.recursive(
    open_facts | closed_facts,
    lambda inner: (
        st.builds(ast.Not, inner)
        | _many(inner, 2, 3).map(lambda items: _flat(ast.And, items))
        | _many(inner, 2, 3).map(lambda items: _flat(ast.Or, items))
    ),
    max_leaves=5,
)

# --- clauses ----------------------------------------------------------------------------------------------------------

masks = st.integers(1, 127)
triggers = (
    st.builds(ast.EventTrigger, phrases, _opt(st.builds(ast.Nth, st.integers(1, 200), st.booleans())), _opt(conditions))
    | st.builds(
        lambda column, offset, before, yearly, at, where: ast.DateTrigger(column, offset, before, yearly, at, where),
        columns,
        lengths,
        st.booleans(),
        st.booleans(),
        _opt(clocks),
        _opt(conditions),
    )
    | st.builds(
        lambda column, yearly, at, where: ast.DateTrigger(column, None, True, yearly, at, where),
        columns,
        st.booleans(),
        _opt(clocks),
        _opt(conditions),
    )
    | st.builds(lambda days, at, where: ast.ScheduleTrigger(days, 0, at, where), masks, _opt(clocks), _opt(conditions))
    | st.builds(
        lambda day, at, where: ast.ScheduleTrigger(0, day, at, where),
        st.integers(1, 31),
        _opt(clocks),
        _opt(conditions),
    )
)
only = st.builds(ast.Only, masks) | st.builds(ast.Only, masks, clocks, clocks)
zones = st.builds(ast.Timezone, _opt(texts))
campaign_clauses = reduce(
    or_,
    (
        st.builds(ast.Description, texts),
        st.builds(ast.Unless, conditions),
        st.builds(ast.Goal, conditions),
        st.builds(ast.ExitWhen, conditions),
        only,
        st.builds(ast.Starting, dates, _opt(clocks)),
        st.builds(ast.Ending, dates, _opt(clocks)),
        zones,
    ),
)
whens = st.builds(ast.When, _many(triggers, 1, 3))
clauses = reduce(
    or_,
    (
        campaign_clauses,
        whens,
        st.just(ast.IncludeExisting()),
        st.builds(ast.Limit, times, st.sampled_from(("contact", "invoice")), _opt(lengths)),
        st.just(ast.Limit(ast.Number(1), at_once=True)),
    ),
)

# --- steps ------------------------------------------------------------------------------------------------------------

moments = (
    st.builds(lambda at: ast.WaitUntilTime(at=at), clocks)
    | st.builds(lambda days, at: ast.WaitUntilTime(days, None, at), masks, _opt(clocks))
    | st.builds(lambda day, at: ast.WaitUntilTime(0, day, at), dates, _opt(clocks))
)
pasts = st.sampled_from(("", "skip", "continue", "exit"))
actions = st.builds(ast.Action, deeds, _many(st.builds(ast.Setting, words | columns, values), 0, 3), _opt(conditions))
plain_steps = reduce(
    or_,
    (
        actions,
        actions,
        st.builds(ast.WaitFor, lengths, _opt(clocks)),
        moments,
        st.builds(ast.WaitUntilDate, lengths, st.booleans(), columns, _opt(clocks), pasts),
        st.builds(lambda column, at, past: ast.WaitUntilDate(None, False, column, at, past), columns, clocks, pasts),
        st.builds(ast.WaitUntil, conditions, _opt(lengths)),
        st.builds(ast.Label, texts),
        st.builds(ast.GoTo, texts, _opt(times)),
        st.builds(ast.Exit, _opt(texts)),
    ),
)


def _blocks(inner: st.SearchStrategy) -> st.SearchStrategy:
    some = _many(inner, 0, 2)
    return (
        st.builds(ast.If, _many(st.builds(ast.Arm, conditions, some), 1, 2), _opt(st.builds(ast.Otherwise, some)))
        | st.builds(ast.Split, _many(st.builds(ast.SplitArm, percents, _opt(texts), some), 1, 3))
        | st.builds(ast.Repeat, times, some)
    )


steps = st.recursive(plain_steps, _blocks, max_leaves=6)

# --- scenarios --------------------------------------------------------------------------------------------------------

rates = st.builds(ast.Range, numbers, _opt(numbers)) | st.builds(lambda column: ast.Range(column=column), texts)
shares = st.builds(ast.Range, percents, _opt(percents)) | st.builds(lambda column: ast.Range(column=column), texts)
laws = st.builds(ast.Delay, st.sampled_from(("exactly", "within", "about")), lengths) | st.builds(
    ast.Delay, st.sampled_from(("lognormal", "gamma", "measured")), lengths, _many(numbers, 0, 2), _many(lengths, 0, 2)
)
spreads = st.builds(ast.Spread, st.sampled_from(("gamma", "beta")), numbers)
event_phrases = st.builds(lambda head, parts: ast.Phrase((head, *parts)), words, _many(words | names, 1, 3))
orders = st.sampled_from(("activate", "deactivate", "pause", "resume", "stop", "replace"))
no_window = st.just((127, None, None))
hours = no_window | st.tuples(masks, st.none(), st.none()) | st.tuples(masks, clocks, clocks)
moments_of_world = st.tuples(st.integers(1, 400), st.none()) | st.tuples(st.just(0), dates)


def _control(verb: str, flow: ast.Text, when: tuple, clock: ast.Clock | None, cancel: bool, contact: ast.Text | None):
    by = (contact or ast.Text("B")) if verb == "replace" else None
    return ast.At(verb, flow, *when, clock, cancel and verb == "deactivate", contact if verb == "stop" else None, by)


scenario_lines = reduce(
    or_,
    (
        st.builds(
            lambda rate, unit, phrase, like, when: ast.NewContacts(rate, unit, phrase, like, *when),
            rates,
            units,
            event_phrases,
            st.booleans(),
            hours,
        ),
        st.builds(
            lambda p, r, u, w, h, s: ast.Rate(p, r, u, w, *h, s),
            event_phrases,
            rates,
            units,
            _opt(conditions),
            hours,
            _opt(spreads),
        ),
        st.builds(
            ast.Response, event_phrases, shares, _opt(event_phrases), _opt(laws), _opt(conditions), _opt(spreads)
        ),
        st.builds(ast.Share, shares, event_phrases, _opt(conditions)),
        st.builds(_control, orders, texts, moments_of_world, _opt(clocks), st.booleans(), _opt(texts)),
    ),
)

# --- programs ---------------------------------------------------------------------------------------------------------

channels = st.sampled_from(("email", "emails", "messages")).map(ast.Word)
workspace_lines = reduce(
    or_,
    (
        zones,
        only,
        st.builds(ast.From, texts),
        st.builds(ast.SetWord, columns, values),
        st.builds(ast.Cap, times, channels, lengths),
        st.builds(ast.Capacity, channels, times, units),
    ),
)
message_lines = st.builds(ast.MessageLine, st.sampled_from(("subject", "from", "reply_to", "template")), texts)
flows = st.builds(ast.Flow, texts, _many(clauses, 0, 4), _many(steps, 0, 4), st.booleans())
sentences = st.builds(
    lambda when, more, following: ast.Flow(None, (when, *more), following), whens, _many(clauses), _many(steps, 0, 4)
)
others = reduce(
    or_,
    (
        flows,
        st.builds(ast.Campaign, texts, _many(campaign_clauses), _many(steps), st.booleans()),
        st.builds(ast.Message, st.just("email"), texts, _many(message_lines)),
        st.builds(ast.Workspace, _many(workspace_lines, 0, 5)),
        st.builds(ast.Scenario, _opt(texts), _many(scenario_lines, 0, 4)),
        st.builds(ast.Param, columns, values),
    ),
)
programs = st.builds(
    lambda first, rest: ast.Program((*first, *rest)), sentences.map(lambda flow: (flow,)) | st.just(()), _many(others)
)
