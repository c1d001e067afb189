"""Programs at random, as text, with contacts and what happens to them: a seed goes in, a World comes out.

They are made to interfere: few tags, few names, events at whole hours, so that much falls into one instant. All of the
language is in them. `worlds` is their strategy: a seed at a time, since a strategy that draws each part by itself draws
mostly small ones, in which little happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st
from lives import Row, on

CONTACTS: tuple[Row, ...] = (
    {
        "contact": "ann", "timezone": "Europe/Paris", "ends": "2026-02-01", "plan": "pro", "tags": "a", "groups": "g",
        "age": 30, "score": 1.5, "seen": "2026-01-10T09:00:00Z", "keen": True, "birthday": "1996-02-29",
    },
    {
        "contact": "bob", "timezone": "America/New_York", "ends": "2026-01-20", "plan": "free", "can_sms": "no",
        "age": 8, "score": None, "seen": None, "keen": False, "birthday": "2000-01-15",
    },
    {"contact": "cem", "ends": None, "plan": None, "tags": "b;c", "programs": "Yoga", "groups": "g", "age": 99},
)  # fmt: skip
OBJECTS: tuple[Row, ...] = (
    {"kind": "event", "object_id": "e1", "contact": "ann", "start": "2026-01-20T18:00Z", "status": "ok"},
    {"kind": "event", "object_id": "e1", "contact": "bob", "start": "2026-01-12T18:00Z"},
)  # two contacts may have an object of the same id: what one does touches only that one
FLOWS = ("A", "B", "C")
CAMPAIGN = """
campaign "D"
  unless has tag "b"
  goal buys offer "P"
  then send email "M"
  wait 2 days at 10:00
  then add tag "a"
  wait until clicked "M" for up to 3 days
  then send email "L"
"""

TRIGGERS = [
    "joins program", 'joins program "Yoga"', "buys offer", "buys offer where amount > 5", "buys offer the 2nd time",
    "buys offer every 2nd time", 'gets tag "a"', "loses tag", "joins group", "event is created",
    'event becomes "ok"', "2 days before ends at 09:00", "every monday at 09:00", 'clicks email "L"',
    'buys offer or when contact gets tag "c"', '"ping" happens', "event changes", 'event becomes "ok" or "off"',
    "birthday comes every year at 09:00", "7 days before birthday every year", "every month on day 31 at 02:30",
    "36 hours after seen", 'every weekday at 18:00 where has tag "b"', "email bounces", "contact unsubscribes",
    'event is created where event.status is "ok"', "receives email", 'gets tag "a" or "b" where plan is "pro"',
    'loses tag "a" the 2nd time or when event is created the 2nd time', "invoice is issued", "invoice is paid",
    "invoice is issued where trigger.amount > 5", 'registers for webinar "W"', "becomes lead", 'lead becomes "won"',
    'completes campaign "D"', "gets badge",
]  # fmt: skip
STATES = ("joins program", 'joins program "Yoga"', "joins group", 'gets tag "a"')  # of which some hold already
CLAUSES = [
    "limit once per contact", "limit one at a time", "limit 2 times per contact every 48 hours", 'unless has tag "b"',
    "limit 3 times per contact", "limit once per contact every 1 month", "unless bought offer since start",
    "goal buys offer", 'goal has tag "c"', 'exit when clicked "L"', 'goal opened "L" and has tag "a"',
    "exit when buys offer at least 2 times", "only between 22:00 and 06:00", "goal unsubscribes from email",
    "only on monday to friday between 09:00 and 18:00", 'timezone "Asia/Tokyo"', "starting 2026-01-08",
    "ending 2026-01-25", 'exit when event becomes "off"', "timezone contact", "starting 2026-01-08 at 09:00",
    'goal plan is "pro" or buys offer "O"', "only on saturday and sunday",
    "exit when buys offer exactly 2 times", 'goal email "L" is one of opened, clicked', "goal invoice is paid",
    'exit when in campaign "D"', 'unless in campaign "D"', 'goal lead_status is "won"', "exit when misses webinar",
]  # fmt: skip
CONDITIONS = [
    'has tag "a"', 'plan is "pro"', "bought offer at least 2 times in the last 5 days", 'opened "L"',
    'ever clicked "L"', "never bought offer since start", "can receive email", "ends is within 9 days",
    'not (has tag "b" and plan is "free")', "age >= 18 and score > 1", "keen is yes", "seen is within 9 days",
    "ends is after 2026-01-25", 'email "L" is none of opened, clicked, bounced',
    "bought offer exactly 2 times", "bought offer fewer than 3 times in the last 10 days",
    "event changed at least twice", 'received email "L" more than once since start', 'plan is none of "pro", "x"',
    'got tag "c" at most 1 time in the last 7 days or did "ping"', 'in group "g" and never lost tag since start',
    "received email at least 3 times in the last 2 days", 'in campaign "D"', 'lead_status is "won"', "has lead",
    "invoice paid exactly once", "never invoice overdue in the last 7 days", 'attended webinar "W" or missed webinar',
]  # fmt: skip
ACTIONS = [
    'send email "L"', 'send email "M" transactional', 'send email "M" to staff "Eve"', 'send sms "S"', 'add tag "a"',
    'add tag "b"', 'add tag "c"', 'remove tag "a"', 'remove tag "b"', 'add to group "g"', 'remove from group "g"',
    'set plan to "pro"', 'set plan to "free"', 'do "x"', 'send email "L" unless has tag "a"', 'award badge "z"',
    "set ends to 2026-01-28", "set ends to 2026-02-10",
    'send sms "S" to "a@example.org", "b@example.org"', 'add tag "a" unless bought offer since start',
    'remove tag "c"', 'create task "Call" for "desk"', 'send email "L"', 'send email "M"', 'create lead "x"',
    'subscribe to campaign "D"', 'subscribe to campaign "D"', 'unsubscribe from campaign "D"',
    'set lead status to "won"',
    *(f'start flow "{name}"' for name in FLOWS), *(f'stop flow "{name}"' for name in FLOWS),
]  # fmt: skip
WAITS = [
    "wait 1 hour", "wait 1 day", "wait 3 days at 09:00", "wait until 09:00", "wait until monday at 09:00",
    "wait 1 month", "wait until 1 day before ends or continue", "wait until 2 days before ends",
    "wait until 3 hours after ends or exit", "wait until 2026-01-20 at 09:00", "wait 1 month 3 days at 02:30",
    "wait pause", "wait until 1 week after seen",
]  # fmt: skip
UNTIL = [
    'clicked "L"', 'opened "L" or buys offer', "buys offer", 'has tag "a" and not has tag "b"',
    'plan is "pro"', 'gets tag "c"', "buys offer at least 2 times", 'opened "L" and has tag "a"', "event changes",
    'email "L" is one of clicked, bounced', 'event becomes "ok" or has tag "c"',
    "buys offer exactly 2 times since start", 'not has tag "a"', "visits page", '"ping" happens or opened "M"',
    "invoice is paid or invoice is overdue", 'attends webinar "W"', 'completes campaign "D"', 'lead becomes "won"',
]  # fmt: skip
# What only a flow about an event can say.
OF_EVENTS = ("event is created", "event changes", 'event becomes "ok"', 'event becomes "ok" or "off"')
EVENT_CLAUSES = [
    "limit once per event", "limit 2 times per event every 3 days", 'exit when event.status is "off"',
    'unless event.status is "off"', "limit one at a time",
]  # fmt: skip
EVENT_CONDITIONS = ['event.status is "ok"', "event.start is known", "event.start is within 3 days"]
EVENT_ACTIONS = ['set event.status to "ok"', 'set event.status to "off"']
EVENT_WAITS = [
    "wait until 2 days before event.start at 09:00", "wait until 6 hours before event.start or continue",
    "wait until 1 day after event.start or exit", 'wait until event.status is "off" for up to 9 days',
    "wait until 1 hour after event.start",
]  # fmt: skip
LENGTHS = ["", " for up to 12 hours", " for up to 2 days", " for up to 10 days", " for up to 1 month"]
LINES = [
    "assume contact opens email 60% after 3 hours", "assume contact clicks email 50% of opening it within 1 day",
    'assume contact buys offer "O" 40% of clicking email "L" after about 2 hours', "assume contact unsubscribes 10%",
    'assume contact buys offer "P" 0.1 per contact per day', "assume email bounces 10% after 1 hour",
    'assume contacts where plan is "pro" open email "L" 90% after 1 hour',
    "assume contact visits page 2 per contact per week",
    'assume contacts where has tag "a" visit page "X" 0.5 per contact per day',
    'assume contact clicks email "L" 30% of buying offer after 2 hours',
    'at day 10 deactivate flow "A"', 'at day 12 at 09:00 deactivate flow "B" and cancel pending',
    'at day 15 activate flow "A"', 'at day 8 pause flow "B"', 'at day 11 at 10:00 resume flow "B"',
    'assume contact buys offer "Q" 0.2 to 0.9 per contact per day on weekdays between 09:00 and 17:00',
    "assume contact replies to email 20% to 90% within 1 day", 'assume 30% of contacts have tag "b"',
    'assume 0.2 new contacts per day join program "Yoga" like the table',
    'assume 0.3 new contacts per day visit page "X" on weekdays between 20:00 and 04:00',
    'at day 13 replace flow "A" with flow "C"',
    'at day 9 stop flow "C" for contact "ann"', 'at day 6 pause flow "A"', 'at day 20 resume flow "A"',
    'assume contact visits page "Z" 0.3 per contact per day varying by gamma 0.4 on weekdays',
    'assume contact opens email "L" 30% to 60% varying by beta 1.5',
    "assume contact opens sms 50% varying by beta 8 after measured(1 hour, 3 hours, 2 days)",
    'assume contact visits page "W" 0.4 per contact per day varying by gamma 0.5 varying by day gamma 3'
    " until leaving 30% varying by beta 2",
    'assume contact buys offer "R" 0.3 per contact per day varying by gamma 0.7 until leaving after 9 days'
    " given the past",
    'assume contact visits page "V" 0.2 per contact per day varying by week gamma 4'
    " until leaving after 1 week varying by gamma 1 on weekends",
    'at day 18 at 09:00 stop flow "B"', 'at 2026-01-05 activate flow "C"', 'at day 16 activate flow "B"',
]  # fmt: skip
WORKSPACE = [
    "", "cap 2 emails per contact every 7 days", "cap 1 message per contact every 1 day",
    'timezone "Europe/Paris" only on monday to saturday between 05:00 and 23:00',
    "capacity email 1 per hour capacity sms 2 per day cap 2 emails per contact every 3 days",
    "capacity email 3 per day",
    'timezone "Australia/Lord_Howe" cap 1 email per contact every 1 month cap 3 messages per contact every 2 days',
]  # fmt: skip
EVENTS = [
    ("joins program", "Yoga"), ("joins program", "Pilates"), ("buys offer", "O"), ("gets tag", "a"), ("gets tag", "c"),
    ("loses tag", "a"), ("loses tag", "b"), ("joins group", "g"), ("leaves group", "g"), ("opens email", "L"),
    ("clicks email", "L"), ("event is created", None), ("event becomes", "ok"), ("event becomes", "off"),
    ("unsubscribes from email", None), ("ping", None), ("event changes", None), ("event changes", None),
    ("buys offer", "P"), ("leaves program", "Yoga"), ("visits page", "X"), ("email bounces", "L"),
    ("invoice is issued", None), ("invoice is paid", None), ("invoice is overdue", None), ("becomes lead", None),
    ("lead becomes", "won"), ("registers for webinar", "W"), ("attends webinar", "W"), ("misses webinar", "W"),
]  # fmt: skip
STARTS = [None, "2026-01-06T18:00Z", "2026-01-18T09:00Z", "2026-01-29T22:30Z"]


@dataclass(frozen=True)
class World:
    """A program with what happens to its contacts."""

    program: str
    events: tuple[Row, ...]
    contacts: tuple[Row, ...] = CONTACTS
    objects: tuple[Row, ...] = OBJECTS


def worlds() -> st.SearchStrategy[World]:
    """Worlds at random."""
    return st.integers(0, 10**9).map(world_at_random)


def world_at_random(seed: int) -> World:
    """A workspace, three flows and a scenario, and a timeline of 20 to 60 events; equal seeds make equal worlds."""
    random = Random(seed)
    flows = [_flow(random, name) for name in FLOWS]
    lines = random.sample(LINES, random.randint(0, 6))
    head = [f"workspace {random.choice(WORKSPACE)}", "param pause 2 days", CAMPAIGN]
    program = "\n".join([*head, *flows, "scenario", *(f"  {line}" for line in lines)])
    return World(program, tuple(_row(random) for _ in range(random.randint(20, 60))))


def _flow(random: Random, name: str) -> str:
    trigger = random.choice(TRIGGERS)
    about = trigger.partition(" where")[0] in OF_EVENTS
    said = [*CLAUSES, *EVENT_CLAUSES] if about else CLAUSES
    clauses = {clause.split()[0]: clause for clause in random.choices(said, k=random.randint(1, 4))}  # one of a kind
    if trigger in STATES and random.random() < 0.5:
        clauses["include"] = "include existing"
    body = " ".join(_Body(random, name, about).block(2))
    paused = " paused" if random.random() < 0.05 else ""
    return f'flow "{name}"{paused}\n  when {trigger}\n  {" ".join(clauses.values())}\n  {body}\n  then do "last"'


@dataclass
class _Body:
    """The steps of one flow as they are drawn; `budget` is how many may still come, `about` whether it has an event."""

    random: Random
    flow: str
    about: bool
    budget: int = 14

    def block(self, depth: int) -> list[str]:
        steps: list[str] = []
        for _ in range(self.random.randint(2, 6) if depth == 2 else self.random.randint(0, 3)):
            if self.budget > 0:
                self.budget -= 1
                steps.append(self.step(depth))
        return steps

    def step(self, depth: int) -> str:
        kinds = ["act"] * 6 + ["wait", "wait", "until", "until", "jump", "ahead"]
        match self.random.choice(kinds + (["if", "if", "split", "repeat"] if depth else [])):
            case "wait":
                return self.one(WAITS, EVENT_WAITS)
            case "until":
                wait = f"wait until {self.random.choice(UNTIL)}{self.random.choice(LENGTHS)}"
                return f'{wait} if it happened then do "happened" end' if self.random.random() < 0.5 else wait
            case "jump" | "ahead" as kind:
                return self.jump(back=kind == "jump")
            case "if":
                test = self.one(CONDITIONS, EVENT_CONDITIONS)
                end = self.random.choice(["", "", 'exit "enough"'])
                return f'if {test} {self.inner(depth)} {end} otherwise then do "else" {self.inner(depth)} end'
            case "split":
                return f'split 40% "p" {self.inner(depth)} 60% "q" {self.inner(depth)} end'
            case "repeat":
                return f'repeat {self.random.randint(1, 3)} times then do "round" {self.inner(depth)} end'
            case _:
                return f"then {self.action()}"

    def jump(self, back: bool) -> str:
        label = f"{self.flow}{self.budget}"  # the budget goes down, so no two are alike
        action = self.action()
        if not back:
            return f'if {self.one(CONDITIONS, EVENT_CONDITIONS)} go to "{label}" end then {action} label "{label}"'
        return f'label "{label}" then {action} wait 1 day go to "{label}" at most {self.random.randint(1, 2)} times'

    def action(self) -> str:
        """An action; a flow that starts itself in a repeat, while its messages queue, would go on to 10,000 runs."""
        action = self.one(ACTIONS, EVENT_ACTIONS)
        return 'do "x"' if action == f'start flow "{self.flow}"' else action

    def inner(self, depth: int) -> str:
        return " ".join(self.block(depth - 1))

    def one(self, any_flow: Sequence[str], of_events: Sequence[str]) -> str:
        return self.random.choice(of_events if self.about and self.random.random() < 0.3 else any_flow)


def _row(random: Random) -> Row:
    event, name = random.choice(EVENTS)
    day, time = divmod(random.randint(-72, 24 * 30), 24)
    date = f"2026-01-{day + 1:02}" if day >= 0 else f"2025-12-{32 + day:02}"
    row = on(f"{date} {time:02}:00", event, name, contact=random.choice([c["contact"] for c in CONTACTS]))
    if event.startswith(("event", "invoice")):
        row |= {"object_id": random.choice(["e1", "e2", "e3"]), "start": random.choice(STARTS)}
    return {**row, "amount": random.choice([1, 9])}
