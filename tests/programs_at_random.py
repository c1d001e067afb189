"""Programs at random, as text, with contacts and what happens to them: hypothesis strategies for tests of the engine.

They are made to interfere: few tags, few names, events at whole hours, so that much falls into one instant.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from lives import Row, on

CONTACTS: tuple[Row, ...] = (
    {
        "contact": "ann", "timezone": "Europe/Paris", "ends": "2026-02-01", "plan": "pro", "tags": "a", "groups": "g",
        "age": 30, "score": 1.5, "seen": "2026-01-10T09:00:00Z", "keen": True,
    },
    {
        "contact": "bob", "timezone": "America/New_York", "ends": "2026-01-20", "plan": "free", "can_sms": "no",
        "age": 8, "score": None, "seen": None, "keen": False,
    },
    {"contact": "cem", "ends": None, "plan": None, "tags": "b;c", "programs": "Yoga", "groups": "g", "age": 99},
)  # fmt: skip
FLOWS = ("A", "B", "C")

TRIGGERS = st.sampled_from([
    "joins program", 'joins program "Yoga"', "buys offer", "buys offer where amount > 5", "buys offer the 2nd time",
    "buys offer every 2nd time", 'gets tag "a"', "loses tag", "joins group", "event is created",
    'event becomes "ok"', "2 days before ends at 09:00", "every monday at 09:00", 'clicks email "L"',
    'buys offer or when contact gets tag "c"', '"ping" happens',
])  # fmt: skip
CLAUSES = st.sampled_from([
    "limit once per contact", "limit one at a time", "limit 2 times per contact every 48 hours", 'unless has tag "b"',
    "goal buys offer", 'goal has tag "c"', 'exit when clicked "L"', 'goal opened "L" and has tag "a"',
    "exit when buys offer at least 2 times", "only between 22:00 and 06:00",
    "only on monday to friday between 09:00 and 18:00", 'timezone "Asia/Tokyo"', "starting 2026-01-08",
    "ending 2026-01-25", 'exit when event becomes "off"',
])  # fmt: skip
CONDITIONS = st.sampled_from([
    'has tag "a"', 'plan is "pro"', "bought offer at least 2 times in the last 5 days", 'opened "L"',
    'ever clicked "L"', "never bought offer since start", "can receive email", "ends is within 9 days",
    'not (has tag "b" and plan is "free")', "age >= 18 and score > 1", "keen is yes", "seen is within 9 days",
    "ends is after 2026-01-25",
])  # fmt: skip
ACTIONS = st.sampled_from([
    'send email "L"', 'send email "M" transactional', 'send email "M" to staff "Eve"', 'send sms "S"', 'add tag "a"',
    'add tag "b"', 'add tag "c"', 'remove tag "a"', 'remove tag "b"', 'add to group "g"', 'remove from group "g"',
    'set plan to "pro"', 'set plan to "free"', 'do "x"', 'send email "L" unless has tag "a"', 'award badge "z"',
    *(f'start flow "{name}"' for name in FLOWS), *(f'stop flow "{name}"' for name in FLOWS),
])  # fmt: skip
WAITS = st.sampled_from([
    "wait 1 hour", "wait 1 day", "wait 3 days at 09:00", "wait until 09:00", "wait until monday at 09:00",
    "wait 1 month", "wait until 1 day before ends or continue", "wait until 2 days before ends",
    "wait until 3 hours after ends or exit",
])  # fmt: skip
UNTIL = st.sampled_from([
    'clicked "L"', 'opened "L" or buys offer', "buys offer", 'has tag "a" and not has tag "b"', 'plan is "pro"',
    'gets tag "c"', "buys offer at least 2 times", 'opened "L" and has tag "a"',
])  # fmt: skip
LENGTHS = st.sampled_from(["12 hours", "2 days", "10 days"])
LINES = st.sampled_from([
    "assume contact opens email 60% after 3 hours", "assume contact clicks email 50% of opening it within 1 day",
    'assume contact buys offer "O" 40% of clicking email "L" after about 2 hours', "assume contact unsubscribes 10%",
    'assume contact buys offer "P" 0.1 per contact per day', "assume email bounces 10% after 1 hour",
    'at day 10 deactivate flow "A"', 'at day 12 at 09:00 deactivate flow "B" and cancel pending',
    'at day 15 activate flow "A"', 'at day 8 pause flow "B"', 'at day 11 at 10:00 resume flow "B"',
    'at day 9 stop flow "C" for contact "ann"', 'at day 6 pause flow "A"', 'at day 20 resume flow "A"',
])  # fmt: skip
WORKSPACE = st.sampled_from([
    "", "cap 2 emails per contact every 7 days", "cap 1 message per contact every 1 day",
    'timezone "Europe/Paris" only on monday to saturday between 05:00 and 23:00',
])  # fmt: skip
EVENTS = st.sampled_from([
    ("joins program", "Yoga"), ("joins program", "Pilates"), ("buys offer", "O"), ("gets tag", "a"), ("gets tag", "c"),
    ("loses tag", "a"), ("loses tag", "b"), ("joins group", "g"), ("leaves group", "g"), ("opens email", "L"),
    ("clicks email", "L"), ("event is created", None), ("event becomes", "ok"), ("event becomes", "off"),
    ("unsubscribes from email", None), ("ping", None),
])  # fmt: skip


@dataclass(frozen=True)
class World:
    """A program with what happens to its contacts."""

    program: str
    events: tuple[Row, ...]
    contacts: tuple[Row, ...] = CONTACTS


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A workspace, three flows and a scenario, and a timeline of 10 to 30 events."""
    flows = [_flow(draw, name) for name in FLOWS]
    lines = draw(st.lists(LINES, max_size=5, unique=True))
    program = "\n".join([f"workspace {draw(WORKSPACE)}", *flows, "scenario", *(f"  {line}" for line in lines)])
    return World(program, tuple(draw(st.lists(_rows(), min_size=10, max_size=30))))


def _flow(draw: st.DrawFn, name: str) -> str:
    trigger = draw(TRIGGERS)
    clauses = {clause.split()[0]: clause for clause in draw(st.lists(CLAUSES, max_size=3))}  # one of a kind
    if trigger.startswith("joins") and draw(st.booleans()):
        clauses["include"] = "include existing"
    budget = [8]
    body = " ".join(_block(draw, 2, budget, name))
    paused = " paused" if draw(st.integers(0, 9)) == 0 else ""
    return f'flow "{name}"{paused}\n  when {trigger}\n  {" ".join(clauses.values())}\n  {body}\n  then do "last"'


def _block(draw: st.DrawFn, depth: int, budget: list[int], flow: str) -> list[str]:
    steps: list[str] = []
    for _ in range(draw(st.integers(0, 3 if depth else 2))):
        if budget[0] > 0:
            budget[0] -= 1
            steps.append(_step(draw, depth, budget, flow))
    return steps


def _step(draw: st.DrawFn, depth: int, budget: list[int], flow: str) -> str:
    def inner() -> str:
        return " ".join(_block(draw, depth - 1, budget, flow))

    kinds = ["act", "act", "wait", "until", "jump"] + (["if", "split", "repeat"] if depth else [])
    match draw(st.sampled_from(kinds)):
        case "wait":
            return draw(WAITS)
        case "until":
            wait = f"wait until {draw(UNTIL)} for up to {draw(LENGTHS)}"
            return f'{wait} if it happened then do "happened" end' if draw(st.booleans()) else wait
        case "jump":
            label = f"{flow}{budget[0]}"  # the budget goes down, so no two are alike
            jump = f'go to "{label}" at most {draw(st.integers(1, 2))} times'
            return f'label "{label}" then {draw(ACTIONS)} wait 1 day {jump}'
        case "if":
            return f'if {draw(CONDITIONS)} {inner()} otherwise then do "else" {inner()} end'
        case "split":
            return f'split 40% "p" {inner()} 60% "q" {inner()} end'
        case "repeat":
            return f'repeat {draw(st.integers(1, 3))} times then do "round" {inner()} end'
        case _:
            return f"then {draw(ACTIONS)}"


@st.composite
def _rows(draw: st.DrawFn) -> Row:
    event, name = draw(EVENTS)
    hour = draw(st.integers(-72, 24 * 30))
    day, time = divmod(hour, 24)
    date = f"2026-01-{day + 1:02}" if day >= 0 else f"2025-12-{32 + day:02}"
    row = on(f"{date} {time:02}:00", event, name, contact=draw(st.sampled_from([c["contact"] for c in CONTACTS])))
    if event.startswith("event"):
        row["object_id"] = draw(st.sampled_from(["e1", "e2"]))
    return {**row, "amount": draw(st.sampled_from([1, 9]))}
