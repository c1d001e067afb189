"""Programs that are edited at random while a contact is under way: never an error, nothing twice, no cap exceeded."""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from random import Random

import pytest

from flowdsl.api.pipeline import plan_of
from flowdsl.calendar.clock import DAY, HOUR, parse_moment
from flowdsl.diagnostics.diagnostic import ProgramError
from flowdsl.machine import (
    Carrier,
    Failed,
    Happening,
    Input,
    Request,
    Slot,
    State,
    Update,
    begin,
    from_json,
    prepare,
    to_json,
    wake,
)
from flowdsl.plan.plan import Capacity, Plan
from flowdsl.results.records import Record

LIVES = 2400 if os.environ.get("SOAK") else 48
START = parse_moment("2026-01-05 10:00Z")[0]
END = START + 30 * DAY
JOINS, BUYS = Happening("program.joined", "Yoga"), Happening("offer.bought", "Mug")

# --- programs that are edited ---------------------------------------------------------------------------------------

WAITS = [
    "wait 1 day",
    "wait 5 hours",
    "wait 3 days",
    'wait until clicked "m0" for up to 2 days',
    "wait until buys offer",
]
TRIGGERS = ["member joins program", "contact buys offer", "every day at 09:00", "every monday at 12:00"]
LIMITS = ["", "limit once per contact", "limit 3 times per contact", "limit once per contact every 4 days"]


@dataclass
class Block:
    """A step with other steps in it: `words` with one text for each list of steps."""

    words: tuple[str, ...]
    arms: list[list[Step]]
    last: str = "end"


Step = str | Block


@dataclass
class Flow:
    """A flow or campaign of the program, as its text has it."""

    name: str
    trigger: str
    limit: str
    steps: list[Step]

    @property
    def text(self) -> str:
        head = (
            f'campaign "{self.name}"' if not self.trigger else f'flow "{self.name}"\nwhen {self.trigger}\n{self.limit}'
        )
        return "\n".join([head, *_lines(self.steps)])


def _lines(steps: Sequence[Step]) -> list[str]:
    lines = []
    for step in steps:
        if isinstance(step, str):
            lines.append(step)
            continue
        for words, arm in zip(step.words, step.arms, strict=True):
            lines += [words, *(_lines(arm) or ["wait 1 hour"])]
        lines.append(step.last)
    return lines or ["wait 2 hours"]


@dataclass(frozen=True)
class Policy:
    """What the workspace says: at most so many emails in so many days, and the rest on or off."""

    emails: int = 2
    days: int = 4
    sms: bool = False
    capacity: bool = False
    window: bool = False

    @property
    def text(self) -> str:
        lines = [
            "workspace",
            f"cap {self.emails} emails per contact every {self.days} days",
            "cap 1 sms per contact every 2 days" if self.sms else "",
            "capacity email 1 per hour" if self.capacity else "",
            "only between 08:00 and 16:00" if self.window else "",
        ]
        return "\n".join(filter(None, lines))


@dataclass
class Program:
    """A program that is edited at random. Every action that is made has a name of its own."""

    random: Random
    loops: bool
    is_period_fixed: bool
    made: int = 0
    flows: list[Flow] = field(default_factory=list)
    policy: Policy = field(default_factory=Policy)

    def __post_init__(self) -> None:
        capacity, window = self.random.random() < 0.4, self.random.random() < 0.4
        self.policy = Policy(capacity=capacity, window=window)
        while not self.flows or not _plan(self.text):
            self.flows = [self.flow(one) for one in (TRIGGERS[0], TRIGGERS[1], self.random.choice(TRIGGERS), "")]

    @property
    def text(self) -> str:
        return "\n\n".join([self.policy.text, *(flow.text for flow in self.flows)])

    def flow(self, trigger: str) -> Flow:
        self.made += 1
        return Flow(f"F{self.made}", trigger, self.random.choice([*LIMITS, ""]), self.steps(2))

    def steps(self, depth: int) -> list[Step]:
        return [self.step(depth) for _ in range(self.random.randint(1, 4))]

    def step(self, depth: int) -> Step:
        if depth and self.random.random() < 0.25:
            return self.block([self.steps(depth - 1), self.steps(depth - 1)])
        if self.random.random() < 0.4:
            return self.random.choice(WAITS)
        name = f"m{self.made}"
        self.made += 1
        return self.random.choice(
            [f'then send email "{name}"'] * 3 + [f'then send sms "{name}"', f'then add tag "{name}"']
        )

    def block(self, arms: list[list[Step]]) -> Block:
        """A branch, a split, or a loop of the steps of the first arm."""
        kind = self.random.choice(["if", "split", *(["repeat", "label"] if self.loops else [])])
        if kind == "if":
            test = self.random.choice(['has tag "vip"', 'received "m0"', "bought offer at least 2 times within 9 days"])
            return Block((f"if {test}", "otherwise wait 1 hour"), arms)
        if kind == "split":
            return Block(("split\n40%", "60%"), arms)
        if kind == "repeat":
            return Block((f"repeat {self.random.randint(1, 3)} times",), arms[:1])
        self.made += 1
        label = f'"L{self.made}"'
        return Block(
            (f"label {label}",), arms[:1], f"wait 7 hours\ngo to {label} at most {self.random.randint(1, 2)} times"
        )

    def edit(self) -> None:
        """Changes one thing, so that the program is still without errors."""
        while True:
            before = _copied(self.flows), self.policy
            self.change(self.random.choice(self.flows))
            if _plan(self.text):
                return
            self.flows, self.policy = before

    def change(self, flow: Flow) -> None:
        random = self.random
        steps = random.choice(_lists(flow.steps))
        place = random.randrange(len(steps) + 1)
        match random.choice([*["insert", "delete", "move", "number"] * 3, "wrap", "unwrap", "flow", "flow", "policy"]):
            case "insert":
                steps.insert(place, self.step(1))
            case "delete" if len(steps) > 1:
                steps.pop(min(place, len(steps) - 1))
            case "move" if steps:
                target = random.choice(_lists(flow.steps))
                step = steps.pop(min(place, len(steps) - 1))
                if not isinstance(step, str):
                    target = steps  # a block cannot go into itself
                target.insert(random.randrange(len(target) + 1), step)
            case "wrap":
                steps[place:] = [self.block([steps[place:], self.steps(0)])]
            case "unwrap":
                blocks = [number for number, one in enumerate(steps) if isinstance(one, Block)]
                for number in blocks[:1]:
                    block = steps[number]
                    steps[number : number + 1] = block.arms[0] if isinstance(block, Block) else []
            case "number":
                days = random.choice(["1 day", "3 days", "6 days"])
                steps[:] = [f"wait {days}" if isinstance(one, str) and one in WAITS[:3] else one for one in steps]
                flow.limit = random.choice(LIMITS)
            case "flow":
                self.change_flow(flow)
            case "policy":
                self.change_policy()

    def change_flow(self, flow: Flow) -> None:
        match self.random.choice(["rename", "order", "new", "delete", "trigger"]):
            case "rename":
                self.made += 1
                names = {f"F{number}" for number in range(self.made)} - {one.name for one in self.flows}
                flow.name = self.random.choice([f"F{self.made}", *sorted(names)[:2]])  # also one that is free again
            case "order":
                self.random.shuffle(self.flows)
            case "new":
                self.flows.insert(
                    self.random.randrange(len(self.flows)), self.flow(self.random.choice([*TRIGGERS, ""]))
                )
            case "delete" if len(self.flows) > 2:
                self.flows.remove(flow)
            case "trigger" if flow.trigger:
                flow.trigger = self.random.choice([*TRIGGERS, flow.trigger.split(" where")[0] + ' where has tag "vip"'])

    def change_policy(self) -> None:
        match self.random.choice(["cap", "cap", "sms", "capacity", "window"]):
            case "cap" if self.is_period_fixed:
                self.policy = replace(self.policy, emails=self.random.randint(1, 3))
            case "cap":
                self.policy = replace(self.policy, days=self.random.choice([2, 4, 9]))
            case "sms":
                self.policy = replace(self.policy, sms=not self.policy.sms)
            case "capacity":
                self.policy = replace(self.policy, capacity=not self.policy.capacity)
            case _:
                self.policy = replace(self.policy, window=not self.policy.window)


@lru_cache(maxsize=256)
def _plan(text: str) -> Plan | None:
    """The plan of a program; None if it has an error."""
    try:
        return plan_of(text)
    except ProgramError:
        return None


def _copied(flows: list[Flow]) -> list[Flow]:
    return [Flow(one.name, one.trigger, one.limit, _copied_steps(one.steps)) for one in flows]


def _copied_steps(steps: list[Step]) -> list[Step]:
    return [
        one if isinstance(one, str) else Block(one.words, [_copied_steps(arm) for arm in one.arms], one.last)
        for one in steps
    ]


def _lists(steps: list[Step]) -> list[list[Step]]:
    """All lists of steps, at any depth."""
    return [steps, *(found for one in steps if isinstance(one, Block) for arm in one.arms for found in _lists(arm))]


# --- a live system with one contact -----------------------------------------------------------------------------------


class Live:
    """One contact, whose state is JSON between two wakes, and a server for each channel with a capacity."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.ready, self.rows = plan, prepare(plan, start=START), list[Record]()
        state = State("ann", sets={"tags": ["vip"]})
        self.next_due = begin(self.ready, state)
        self.document = json.dumps(to_json(self.ready, state))
        self.slots: dict[tuple[str, int], int] = {}  # flow and run -> when its slot comes
        self.free: dict[str, int] = {}

    @property
    def due(self) -> int:
        return min([self.next_due, *self.slots.values()])

    def wake(self, at: int, *inputs: Input, places: dict[tuple[str, int], int] | None = None) -> None:
        """Wakes the contact; `places` are those in the queue that messages had before an edit."""
        come = [key for key, slot in self.slots.items() if slot <= at]
        slots = [Slot(self.ready.flow_numbers[flow], run) for flow, run in come]
        self.slots = {key: slot for key, slot in self.slots.items() if slot > at}
        woken = wake(self.ready, from_json(self.ready, json.loads(self.document)), [*slots, *inputs], at)
        self.rows += woken.records
        self.next_due, self.document = woken.next_due, json.dumps(to_json(self.ready, woken.state))
        for request in woken.requests:
            self.serve(request, at, places or {})

    def serve(self, request: Request, at: int, places: dict[tuple[str, int], int]) -> None:
        key = (self.ready.flows[request.flow].name, request.run)
        (capacity,) = [one for one in self.plan.policy.capacities if one.channel == request.channel]
        self.slots[key] = places[key] if places.get(key, -1) > at else self.slot(capacity, at)

    def slot(self, capacity: Capacity, at: int) -> int:
        slot = max(at + 5 * HOUR, self.free.get(capacity.channel, 0))  # edits come while messages are in the queue
        self.free[capacity.channel] = slot + capacity.per_ms // capacity.amount
        return slot

    def until(self, at: int) -> None:
        """Everything that falls due before a time."""
        while self.due < at:
            self.wake(self.due)

    def edit(self, plan: Plan, at: int, stale: bool) -> None:
        """Carries the contact to another plan, and wakes it; slots from before the edit are discarded, or all come."""
        before = json.loads(self.document)
        document, _ = Carrier(self.plan, plan).carry(before)
        if plan == self.plan:
            assert {key: one for key, one in document.items() if key != "carried"} == before
        inputs = [Slot(number, run) for number in range(6) for run in range(9)] if stale else []
        places, self.slots = self.slots, {}
        self.plan, self.ready, self.document = plan, prepare(plan, start=START), json.dumps(document)
        self.wake(at, *inputs, places=places)


def _inputs(random: Random, live: Live) -> list[Input]:
    """What happens to the contact at a time."""
    campaigns = [flow.name for flow in live.plan.flows if flow.kind == "campaign"]
    sent = [row for row in live.rows if row.kind == "action" and row.status == "done" and row.send >= 0]
    failed = {(row.flow, row.run, row.step, row.iteration) for row in live.rows if row.status == "failed"}
    last = [row for row in sent[-1:] if (row.flow, row.run, row.step, row.iteration) not in failed]
    kinds: list[list[Input]] = [
        [JOINS], [BUYS], [JOINS, BUYS], [Happening("email.clicked", "m0", send=0)],
        [Happening("campaign.joined", name) for name in campaigns], [Failed(row) for row in last],
        [Update(sets={"tags": random.choice([(), ("vip",)])})], [Update(consent={"sms": random.random() < 0.5})],
    ]  # fmt: skip
    return random.choice(kinds)


@dataclass
class Life:
    """What became of a contact, and the policies that were in force from a time on."""

    rows: list[Record]
    document: str
    policies: list[tuple[int, Policy]]

    def policy_at(self, time: int) -> Policy:
        return self.policies[bisect_right([since for since, _ in self.policies], time) - 1][1]


def _lived(seed: int, edits: str = "") -> Life:
    """Nine days in which something happens every few hours, and what follows from it.

    edits   "random"; "same", to an equal plan; "other", of flows that the contact does not come to; or none
    """
    chance, random = Random(seed), Random(f"edits {seed}")
    program = Program(Random(seed), loops=seed % 2 == 0, is_period_fixed=seed % 4 < 2)
    other = Program(Random(seed + 1), loops=True, is_period_fixed=True, made=500).flows
    program.random = random
    policies = [(START, program.policy)]
    live = Live(plan_of(program.text))
    for at in range(START, START + 9 * DAY, 9 * HOUR):
        live.until(at)
        live.wake(at, *(_inputs(chance, live) if chance.random() < 0.6 else []))
        if chance.random() < 0.5:
            now = at + 2 * HOUR + len(policies)  # in ms, so that nothing else comes at the time of an edit
            live.until(now)
            if edits == "random":
                program.edit()
            others = _never_started(other, random) if edits == "other" else []
            plan = _plan("\n\n".join([program.text, *others]))
            if edits and plan:
                live.edit(plan, now, stale=edits == "random" and random.random() < 0.3)
            else:
                live.wake(now)
            policies.append((now, program.policy))
    live.until(END)
    return Life(live.rows, live.document, policies)


def _never_started(flows: list[Flow], random: Random) -> list[str]:
    """Some of these flows, started by what never happens, with their steps in another order."""
    chosen = random.sample(flows, random.randint(0, 2))
    texts = [Flow(f.name, "lead submits form", f.limit, random.sample(f.steps, len(f.steps))).text for f in chosen]
    return [text.replace('"m0"', '"m500"') for text in texts]  # not a message of the other flows


# --- what must hold ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(LIVES))
def test_edits_at_random_never_raise_do_nothing_twice_and_keep_to_the_caps(seed: int) -> None:
    """Steps, arms, loops, flows, campaigns, numbers, caps, limits, windows and capacity change under way."""
    life = _lived(seed, "random")
    taken = [row for row in life.rows if row.kind == "action" and row.status in ("done", "skipped")]
    identities = [(row.flow, row.run, row.step, row.iteration) for row in taken]
    assert len(identities) == len({*identities})
    done = [row for row in taken if row.status == "done"]
    if seed % 2:  # without loops, a run does nothing twice, whatever the ids of its steps are
        assert len(done) == len({(row.flow, row.run, row.action, row.name) for row in done})
    _assert_caps(life, done)
    for run in json.loads(life.document).get("runs", []):  # none is stuck
        match run["mode"]:
            case "queued":
                assert run["asked"] > END - 2 * DAY
            case "waiting" | "held":
                assert run.get("due", END) >= END
            case mode:
                raise AssertionError(mode)


def _assert_caps(life: Life, done: list[Record]) -> None:
    """Counts the messages in the period before each message. Those that failed are not counted.

    A cap of SMS counts since it was added; that of emails is always there. If its period becomes longer, it knows its
    last sends, but not one whose place a message took that did not go out after all: then the shortest period counts.
    """
    is_exact = not any(row.status == "failed" for row in life.rows) and not any(
        one.capacity for _, one in life.policies
    )
    failed = {(row.flow, row.run, row.step, row.iteration) for row in life.rows if row.status == "failed"}
    sent = [row for row in done if row.send >= 0 and (row.flow, row.run, row.step, row.iteration) not in failed]
    emails = sorted(row.time - row.queued for row in sent if row.channel == "email")
    for time in emails:
        policy, earlier = life.policy_at(time), [one.days for since, one in life.policies if since <= time]
        days = policy.days if is_exact else min(earlier)
        assert sum(time - days * DAY < one <= time for one in emails) <= policy.emails
    texts = [row.time for row in sent if row.channel == "sms" and life.policy_at(row.time).sms]
    for time in texts:
        without = [since for since, policy in life.policies if since <= time and not policy.sms]
        known = [one for one in texts if time - 2 * DAY < one <= time and one >= max(without, default=START)]
        assert len(known) <= 1


@pytest.mark.parametrize("seed", range(LIVES // 4))
def test_an_edit_that_changes_nothing_changes_no_row(seed: int) -> None:
    """Whatever the contact is doing; the document is the same, too."""
    assert _lived(seed, "same").rows == _lived(seed).rows


@pytest.mark.parametrize("seed", range(LIVES // 4))
def test_an_edit_of_other_flows_changes_no_row(seed: int) -> None:
    """Flows that the contact does not come to are put in, taken out and changed.

    Events have rows only if the plan mentions them.
    """
    edited, lived = ([row for row in _lived(seed, edits).rows if row.flow] for edits in ("other", ""))
    assert edited == lived
