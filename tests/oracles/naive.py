"""A small part of the language lived through hour by hour, as simply as it can be written: an oracle for the machine.

Flows begin with an event, may have a limit, `unless`, goals and a window, and take steps one after the other: messages,
tags, waits. Everything happens on whole hours, so time is a loop over hours; nothing is shared with the package.
`text` writes such flows as a program, `live` says which rows it must leave.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Step = tuple[str, str, int]  # (what, name or event, hours)
Row = tuple[int, str, str, int, str, str, str]  # hour, kind, flow, run, name, status, reason

IDS = {"buys offer": "offer.bought", "joins program": "program.joined", 'gets tag "a"': "tag.got",
       'gets tag "b"': "tag.got", 'loses tag "a"': "tag.lost", 'loses tag "b"': "tag.lost"}  # fmt: skip
RECEIVED = "receives email"  # what a message sent is, too: nothing waits for it here, but states are looked at
LIMITS = {
    "": "", "once": "limit once per contact", "one": "limit one at a time",
    "30": "limit 2 times per contact every 30 hours",
}  # fmt: skip
OPEN, CLOSE = 9, 18  # the window, if a flow has one
MOST, EVERY = 2, 24  # the cap: so many e-mails in so many hours


@dataclass(frozen=True)
class NaiveFlow:
    """One flow; `goal` and `unless` are an event or a tag, empty where there is none."""

    name: str
    trigger: str
    limit: str
    unless: str
    goal_event: str
    goal_tag: str
    window: bool
    steps: tuple[Step, ...]


@dataclass
class NaiveRun:
    """A passage through a flow: at which step it is, until which hour, and why it rests there."""

    flow: NaiveFlow
    order: int
    number: int
    at: int = 0
    mode: str = ""
    due: int = -1
    happened: bool = False


def text(flows: tuple[NaiveFlow, ...]) -> str:
    """The flows as a program."""
    lines = ["workspace", f"  cap {MOST} emails per contact every {EVERY} hours"]
    for flow in flows:
        lines += [f'flow "{flow.name}"', f"  when {flow.trigger}", f"  {LIMITS[flow.limit]}"]
        lines += [f'  unless has tag "{flow.unless}"'] if flow.unless else []
        lines += [f"  goal {flow.goal_event}"] if flow.goal_event else []
        lines += [f'  goal has tag "{flow.goal_tag}"'] if flow.goal_tag else []
        lines += [f"  only between {OPEN:02}:00 and {CLOSE:02}:00"] if flow.window else []
        lines += [f"  {_step(*step)}" for step in flow.steps]
    return "\n".join(lines)


def _step(what: str, name: str, hours: int) -> str:
    return {
        "send": f'then send email "{name}"',
        "add": f'then add tag "{name}"',
        "remove": f'then remove tag "{name}"',
        "wait": f"wait {hours} hours",
        "until": f"wait until {name} for up to {hours} hours",
        "told": 'if it happened then do "yes" otherwise do "no" end',
    }[what]


@dataclass
class NaiveLife:
    """One contact: what it has, what it is in, what is still to be told, and the rows so far."""

    flows: tuple[NaiveFlow, ...]
    hour: int = 0
    tags: set[str] = field(default_factory=set)
    sent: list[int] = field(default_factory=list)
    starts: dict[str, list[int]] = field(default_factory=dict)
    runs: list[NaiveRun] = field(default_factory=list)
    caused: list[str] = field(default_factory=list)
    begun: set[str] = field(default_factory=set)
    rows: list[Row] = field(default_factory=list)

    def live(self, events: list[tuple[int, str]], hours: int) -> list[Row]:
        """The rows of all hours: outside events, timers, what they caused."""
        for self.hour in range(hours):
            self.begun = set()
            for hour, event in events:
                if hour == self.hour:
                    self.change(event)
                    self.happen(event, caused=False)
            for run in self.in_order():
                if run in self.runs and run.mode and run.due <= self.hour and self.may_ring(run):
                    run.at += run.mode != "held"
                    self.walk(run)
            while self.caused:
                self.happen(self.caused.pop(0), caused=True)
        self.hour = hours
        for run in self.in_order():
            self.row("run", run, "", "pending", run.mode)
            self.planned(run, "planned", "")
        return self.rows

    def in_order(self) -> list[NaiveRun]:
        return sorted(self.runs, key=lambda run: (run.order, run.number))

    def may_ring(self, run: NaiveRun) -> bool:
        return run.mode != "held" or self.is_open(run.flow)

    def is_open(self, flow: NaiveFlow) -> bool:
        return not flow.window or OPEN <= self.hour % 24 < CLOSE

    def row(self, kind: str, run: NaiveRun, name: str, status: str, reason: str = "") -> None:
        number = 0 if status == "declined" else run.number
        self.rows.append((self.hour, kind, run.flow.name, number, name, status, reason))

    def change(self, event: str) -> None:
        if event.startswith("gets"):
            self.tags.add(event[-2])
        if event.startswith("loses"):
            self.tags.discard(event[-2])

    # --- one event ---

    def happen(self, event: str, *, caused: bool) -> None:
        """Runs leave, waits wake, runs start."""
        runs = self.in_order()
        for run in runs:
            if event == run.flow.goal_event or run.flow.goal_tag in self.tags:
                self.end(run, "converted", IDS.get(event, "email.received"))
        for run in runs:
            if run in self.runs and run.mode == "waiting" and run.flow.steps[run.at][:2] == ("until", event):
                run.happened, run.at = True, run.at + 1
                self.walk(run)
        for order, flow in enumerate(self.flows):
            if flow.trigger == event:
                self.enter(order, flow, caused)

    def enter(self, order: int, flow: NaiveFlow, caused: bool) -> None:
        starts = self.starts.setdefault(flow.name, [])
        run = NaiveRun(flow, order, len(starts) + 1)
        if reason := self.refusal(flow, starts, caused):
            self.row("run", run, "", "declined", reason)
            return
        if caused:
            self.begun.add(flow.name)
        starts.append(self.hour)
        self.runs.append(run)
        self.row("run", run, "", "started")
        self.walk(run)

    def refusal(self, flow: NaiveFlow, starts: list[int], caused: bool) -> str:
        under_way = any(run.flow is flow for run in self.runs)
        recent = sum(self.hour - 30 < start for start in starts)
        if {"": False, "once": bool(starts), "one": under_way, "30": recent >= 2}[flow.limit]:
            return "limit"
        if flow.unless in self.tags:
            return "unless"
        if flow.goal_tag in self.tags:
            return "goal already met"
        return "loop" if caused and flow.name in self.begun else ""

    # --- one run ---

    def walk(self, run: NaiveRun) -> None:
        """Steps until the run rests or is over."""
        run.mode = ""
        while run.at < len(run.flow.steps):
            what, name, hours = run.flow.steps[run.at]
            if what in ("wait", "until"):
                run.mode, run.due, run.happened = "waiting", self.hour + hours, False
                return
            if not self.act(run, what, name):
                run.mode, run.due = "held", self.hour
                return
            run.at += 1
        self.end(run, "completed", "")

    def act(self, run: NaiveRun, what: str, name: str) -> bool:
        """Takes one action; False when it has to wait for the window."""
        if what == "told":
            name = "yes" if run.happened else "no"
        reason = "unless" if run.flow.unless in self.tags else ""
        if what == "send" and not reason:
            if not self.is_open(run.flow):
                return False
            reason = "cap" if sum(self.hour - EVERY < at for at in self.sent) >= MOST else ""
        self.row("action", run, name, "skipped" if reason else "done", reason)
        if not reason:
            self.do(what, name)
        return True

    def do(self, what: str, name: str) -> None:
        if what == "send":
            self.sent.append(self.hour)
            self.caused.append(RECEIVED)
        if what == "add" and name not in self.tags:
            self.tags.add(name)
            self.caused.append(f'gets tag "{name}"')
        if what == "remove" and name in self.tags:
            self.tags.remove(name)
            self.caused.append(f'loses tag "{name}"')

    def end(self, run: NaiveRun, status: str, reason: str) -> None:
        if run.mode:
            self.planned(run, "cancelled", reason)
        self.runs.remove(run)
        self.row("run", run, "", status, reason)

    def planned(self, run: NaiveRun, status: str, reason: str) -> None:
        """The actions that come next without a choice."""
        for what, name, _ in run.flow.steps[run.at + (run.mode == "waiting") :]:
            if what not in ("send", "add", "remove"):
                return
            self.row("action", run, name, status, reason)
