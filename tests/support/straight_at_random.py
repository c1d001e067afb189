"""Straight programs at random: flows that most contacts walk through once, with many contacts and an event for each.

The other generator makes everything interfere; here a contact has one run that nothing but answers and time move, which
the compiled engine takes a short way. Delays are whole hours, so that answers meet deadlines and openings of windows.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from hypothesis import strategies as st
from lives import Row, on

PLANS = ("pro", "free", None)
ZONES = ("Europe/Paris", "America/New_York", "Asia/Tokyo", None)
WORKSPACE = (
    "",
    'timezone "Europe/Paris"',
    "only on monday to friday between 05:00 and 23:30",
    "cap 1 email per contact every 2 days",
    "cap 2 messages per contact every 1 month",
)
TRIGGERS = (
    "joins program",
    'joins program "Yoga"',
    "buys offer where amount > 5",
    'buys offer or when contact joins group "g"',
    'gets tag "a" where age > 20',
    '"ping" happens',
    "clicks email",
    "buys offer the 2nd time",
    'joins program "Yoga" or "Run"',
)
EVENTS = (
    ("joins program", "Yoga"),
    ("joins program", "Run"),
    ("buys offer", "O"),
    ("joins group", "g"),
    ("gets tag", "a"),
    ("ping", ""),
    ("clicks email", "L"),
    ("loses tag", "a"),
    ("unsubscribes from email", ""),
)
CLAUSES = (
    'unless has tag "b"',
    "goal buys offer",
    'goal clicked "L"',
    "timezone contact",
    "only between 22:00 and 06:00",
    "limit once per contact",
    "starting 2026-01-08",
    "ending 2026-01-20",
    "only on weekdays between 09:00 and 17:00",
    'unless opened "L"',
    "limit one at a time",
    "goal unsubscribes",
    "limit 2 times per contact every 3 days",
)
CONDITIONS = (
    'has tag "a"',
    'plan is "pro"',
    'opened "L"',
    'ever clicked "L"',
    "can receive email",
    "ends is within 9 days",
    'not (has tag "b" and plan is "free")',
    "age >= 18 and age < 60",
    'email "L" is none of opened, clicked, bounced',
    "bought offer at least once",
    'received email "L"',
    "in program",
    "opened email at least twice in the last 3 days",
    "never bought offer since start",
    'clicked "M" or opened "M"',
)
ACTIONS = (
    'send email "L"',
    'send email "M"',
    'send sms "L"',
    'send email "L" transactional',
    'send chat "C" unless opened "L"',
    'add tag "c"',
    'remove tag "a"',
    'do "x"',
    'send email "M" to staff "Eve"',
    'create task "T" for "desk"',
    'send email "L" unless plan is "pro"',
)
WAITS = (
    "wait 1 hour",
    "wait 1 day",
    "wait 2 days at 09:00",
    "wait until 18:00",
    "wait until monday at 09:00",
    "wait until 2026-01-12 at 10:00",
    "wait 1 month",
)
UNTIL = (
    'opened "L"',
    'clicked "L"',
    'opened "M" or clicked "L"',
    "buys offer",
    'opened "L" at least once',
    "unsubscribes",
)
ANSWERS = (
    "opens email 60% after 2 hours",
    'opens email "L" 40% to 70% within 2 days',
    "clicks email 50% of opening it after 1 hour",
    "clicks email 30% within 1 day",
    "buys offer 40% of clicking email after 1 day",
    "unsubscribes 20% of opening email after 1 hour",
    "opens sms 30% after 3 hours",
    "email bounces 15%",
    'gets tag "b" 20% of opening email',
    'where plan is "pro" opens email 80% after 1 hour',
    'does "ping" 30% of joining program after 1 day',
)


class Straight(NamedTuple):
    """A program, its contacts and an event for each but a few."""

    program: str
    contacts: tuple[Row, ...]
    events: tuple[Row, ...]


def straight_worlds() -> st.SearchStrategy[Straight]:
    """Straight programs at random."""
    return st.integers(0, 10**9).map(straight_at_random)


def straight_at_random(seed: int, size: int = 40) -> Straight:
    """A workspace, a flow or two, a scenario of answers and many contacts; equal seeds make equal worlds."""
    random = Random(seed)
    flows = [_flow(random, name) for name in random.choice(["A", "A", "AB"])]
    lines = dict.fromkeys(random.sample(ANSWERS, random.randint(0, 5)))
    program = (
        "\n".join(
            [
                f"workspace {random.choice(WORKSPACE)}",
                *flows,
                "scenario",
                *(f"  assume contact {line}" for line in lines),
            ]
        )
        .replace("contact where", "contacts where")
        .replace("contact email", "email")
    )
    contacts = tuple(_contact(random, f"c{number}") for number in range(size))
    events = [
        _event(random, row["contact"]) for row in contacts for _ in range(random.choice([0, 1, 1, 1, 1, 1, 1, 2]))
    ]
    return Straight(program, contacts, tuple(events))


def _flow(random: Random, name: str) -> str:
    clauses = {clause.split()[0]: clause for clause in random.choices(CLAUSES, k=random.randint(0, 3))}
    body = " ".join(_block(random, 2))
    head = f'flow "{name}"\n  when contact {random.choice(TRIGGERS)}\n  {" ".join(clauses.values())}'
    return f'{head}\n  {body} then do "last"'


def _block(random: Random, depth: int) -> list[str]:
    return [_step(random, depth) for _ in range(random.randint(1, 4))]


def _step(random: Random, depth: int) -> str:
    kinds = ["act"] * 4 + ["wait"] * 2 + ["until"] * 3 + (["if", "if", "split", "exit"] if depth else [])
    match random.choice(kinds):
        case "wait":
            return random.choice(WAITS)
        case "until":
            length = random.choice([" for up to 2 hours", " for up to 1 day", " for up to 3 days", ""])
            told = 'if it happened then do "so" end' if random.random() < 0.5 else ""
            return f"wait until {random.choice(UNTIL)}{length} {told}"
        case "if":
            inner, other = (" ".join(_block(random, depth - 1)) for _ in range(2))
            return f'if {random.choice(CONDITIONS)} {inner} otherwise do "o" {other} end'
        case "split":
            inner = " ".join(_block(random, depth - 1))
            return f'split 40% "p" {inner} 60% "q" end'
        case "exit":
            return f'if {random.choice(CONDITIONS)} exit "enough" end'
        case _:
            return f"then {random.choice(ACTIONS)}"


def _contact(random: Random, name: str) -> Row:
    return {
        "contact": name,
        "plan": random.choice(PLANS),
        "age": random.choice([8, 30, 99, None]),
        "ends": random.choice(["2026-01-15", None]),
        "tags": random.choice(["", "a", "b", "a;b"]),
        "timezone": random.choice(ZONES),
        "can_email": random.choice(["yes", "yes", "no"]),
        "programs": random.choice([None, "Yoga"]),
    }


def _event(random: Random, contact: object) -> Row:
    event, name = random.choice(EVENTS)
    day, hour = random.randint(1, 24), random.randint(0, 23)
    return {**on(f"2026-01-{day:02} {hour:02}:00", event, name, contact=contact), "amount": random.choice([1, 9])}
