"""Programs at random of the kind that can be worked out exactly: a seed goes in; a program with tables comes out."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import pandas as pd

PEOPLE = 60
PLANS, ZONES = ("pro", "free", None), ("Europe/Paris", "America/New_York", None)
DELAYS = (
    "after exponential(1 day)",
    "within 2 days",
    "after about 4 hours",
    "after 6 hours",
    "after lognormal(1 day, 1)",
)
LENGTHS = ("30 minutes", "1 hour", "7 hours 20 minutes", "1 day", "2 days", "1 month")
CLOCKS = ("until 09:00", "1 day at 09:30", "until monday at 08:00", "2 days at 23:45", "until 2026-01-10 at 12:00")
STILL = ('plan is "pro"', 'plan is not "free"', "can receive sms", 'not (plan is "pro" or has tag "a")', "age >= 40")
TRIGGERS = (
    "contact joins program",
    'contact joins program "Yoga" where plan is "pro"',
    "contact joins program the 2nd time",
    "every monday at 09:00",
    "contact joins program or when contact buys offer",
    "contact visits page",
    "contact submits form",
)
CLAUSES = (
    "limit once per contact",
    "limit 2 times per contact",
    'unless plan is "pro"',
    'timezone "Asia/Tokyo"',
    "timezone contact",
    "only on weekdays between 09:00 and 17:00",
    "only between 20:00 and 07:30",
)
WORKSPACES = ("", 'timezone "Europe/Paris"', "only on monday to saturday between 06:00 and 22:00")


class Case(NamedTuple):
    """A program, and its tables."""

    program: str
    contacts: pd.DataFrame
    events: pd.DataFrame


def case(seed: int, chance: bool = True) -> Case:
    """One program; without chance nobody answers, and only tables start runs."""
    at = Random(seed)
    triggers = TRIGGERS if chance else TRIGGERS[:5]
    flows = [_flow(at, number, triggers, 1 if chance else 2) for number in range(at.randint(1, 2))]
    workspace = at.choice(WORKSPACES)
    is_open = any("form" in flow for flow in flows) and not any("every" in flow or "page" in flow for flow in flows)
    scenario = _scenario(at, is_open) if chance else []
    parts = [f"workspace\n  {workspace}" if workspace else "", *flows, "\n  ".join(["scenario", *scenario])]
    return Case(
        "\n".join(part for part in parts if part) if chance else "\n".join(parts[:-1]), _people(at), _events(at)
    )


def _people(at: Random) -> pd.DataFrame:
    rows = [
        {
            "contact": f"c{number}",
            "plan": at.choice(PLANS),
            "timezone": at.choice(ZONES),
            "can_sms": at.choice(("yes", "yes", "no")),
            "tags": at.choice(("a", "", "a;b")),
            "age": at.randint(18, 80),
            "p": at.choice((0.1, 0.6)),
        }
        for number in range(PEOPLE)
    ]
    return pd.DataFrame(rows)


def _events(at: Random) -> pd.DataFrame:
    rows = []
    for number in range(PEOPLE):
        for _ in range(at.randint(1, 3)):
            second = at.choice((at.randrange(0, 6 * 86_400), at.randrange(0, 6 * 24) * 3600))
            what = at.choice((("joins program", "Yoga"), ("joins program", "Run"), ("buys offer", "O")))
            time = pd.Timestamp("2026-01-03") + pd.Timedelta(seconds=second)
            rows.append({"time": time, "contact": f"c{number}", "event": what[0], "object": what[1]})
    return pd.DataFrame(rows)


def _scenario(at: Random, is_open: bool) -> list[str]:
    opening, click = at.choice(DELAYS), at.choice(DELAYS)
    lines = [
        f"assume contact opens email {at.randint(20, 80)}% {opening}",
        f"assume contact clicks email {at.randint(20, 80)}% of opening it {click}",
        "assume contact visits page 0.1 per contact per day",
    ]
    if is_open:
        lines.append(f"assume {at.randint(2, 9)} new contacts per day submit form{at.choice(('', ' like the table'))}")
    if at.random() < 0.4:
        lines.append(f'assume contacts where plan is "pro" open email {at.randint(10, 90)}% {at.choice(DELAYS)}')
    if at.random() < 0.3:
        lines.append(f'assume contact opens sms by column "p" {at.choice(DELAYS)}')
    return lines


class _Writer:
    """Writes the steps of one flow; each message has a name of its own, and one answer that is asked for."""

    def __init__(self, at: Random, flow: int) -> None:
        self.at, self.flow, self.messages = at, flow, 0
        self.waits = 0

    def steps(self, depth: int, sent: list[tuple[str, str]]) -> list[str]:
        """Some steps; sent: the messages that the run has sent for certain, with the answer that is asked for."""
        return [line for _ in range(self.at.randint(1, 3)) for line in self._step(depth, sent)]

    def _step(self, depth: int, sent: list[tuple[str, str]]) -> list[str]:
        at = self.at
        kind = at.choice(("send", "send", "wait", "wait", "ask", "ask", "if", "split", "repeat", "other"))
        if (
            kind == "send"
            or (kind == "ask" and self.waits > 1 + depth)
            or (depth == 0 and kind in ("if", "split", "repeat"))
        ):
            return self._send(sent)
        if kind == "wait":
            return [f"wait {at.choice((*LENGTHS, *CLOCKS))}"]
        if kind == "ask":
            return self._ask(depth, sent)
        if kind == "if":
            return self._if(depth, self._test(sent), sent)
        if kind == "split" and self.flow != 9:
            arms = (self.steps(depth - 1, list(sent)), [] if at.random() < 0.4 else self.steps(depth - 1, list(sent)))
            return ['split 40% "one"', *arms[0], '60% "two"', *arms[1], "end"]
        if kind == "repeat":
            return ["repeat 2 times", *self.steps(0, list(sent)), f"wait {at.choice(LENGTHS)}", "end"]
        return ['then do "something" with paper "A4"']

    def _send(self, sent: list[tuple[str, str]]) -> list[str]:
        channel, name = self.at.choice(("email", "email", "sms", "chat")), f"M{self.flow}-{self.messages}"
        self.messages += 1
        unless = f" unless {self.at.choice(STILL)}" if self.at.random() < 0.2 else ""
        if not unless and channel != "sms":
            sent.append((name, self.at.choice(("opened", "clicked")) if channel == "email" else "opened"))
        return [f'then send {channel} "{name}"{unless}{" transactional" * (not unless and self.at.random() < 0.1)}']

    def _ask(self, depth: int, sent: list[tuple[str, str]]) -> list[str]:
        """A message, a wait for its answer right after it, and what comes of that."""
        self.waits += 1
        name, flag = f"M{self.flow}-{self.messages}", self.at.choice(("opened", "clicked"))
        self.messages += 1
        rest = self.steps(depth - 1, [*sent, (name, flag)]) if depth else ['then do "nothing"']
        other = self.steps(depth - 1, [*sent, (name, flag)]) if depth else []
        forever = self.at.random() < 0.1
        up_to = "" if forever else f" for up to {self.at.choice(LENGTHS[2:])}"
        late = [f"wait {self.at.choice(LENGTHS)}"] if flag == "clicked" and self.at.random() < 0.3 else []
        asked = [f'then send email "{name}"', *late, f'wait until {flag} "{name}"{up_to}', "if it happened", *rest]
        return [*asked, *(["otherwise", "wait 5 minutes", *other] if other else []), "end"]

    def _test(self, sent: list[tuple[str, str]]) -> str:
        if sent and self.at.random() < 0.6:
            name, flag = self.at.choice(sent[-2:])
            return self.at.choice((f'{flag} "{name}"', f'not {flag} "{name}" and {self.at.choice(STILL)}'))
        return self.at.choice(STILL)

    def _if(self, depth: int, test: str, sent: list[tuple[str, str]]) -> list[str]:
        rest, other = self.steps(depth - 1, list(sent)), self.steps(depth - 1, list(sent))
        return [
            f"if {test}",
            *rest,
            *(["otherwise", "wait 5 minutes", *other] if self.at.random() < 0.5 else []),
            "end",
        ]


def _flow(at: Random, number: int, triggers: tuple[str, ...], depth: int) -> str:
    trigger = at.choice(triggers)
    writer = _Writer(at, 9 if "form" in trigger else number)  # the arms of new contacts cannot be known
    clauses = at.sample(CLAUSES, at.choice((0, 0, 1, 2)))
    clauses = [
        one
        for one in clauses
        if not one.startswith("limit") or not any(c.startswith("limit") for c in clauses[: clauses.index(one)])
    ]
    zones = [one for one in clauses if one.startswith("timezone")]
    windows = [one for one in clauses if one.startswith("only")]
    clauses = [one for one in clauses if one not in zones[1:] and one not in windows[1:]]
    lines = [f'flow "F{number}"', f"  when {trigger}", *(f"  {one}" for one in clauses)]
    return "\n".join([*lines, *(f"  {one}" for one in writer.steps(depth, []))])
