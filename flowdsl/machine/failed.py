"""What the outside says about a message that was sent: it did not go out after all.

A Failed is taken like an event, in its place among the inputs of an instant. What the send has changed is taken back:
its flags, and its place in the caps. Then waits for its answers are over
(docs/reference/live-states.md#a-message-that-failed).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.machine.instant import Instant, free_caps, in_order, take, trace
from flowdsl.machine.steps import go_on, is_vain
from flowdsl.plan import plan
from flowdsl.plan.expressions import Send

if TYPE_CHECKING:
    from flowdsl.machine.state import Run, Sent
    from flowdsl.results.records import Record


@dataclass(frozen=True, slots=True)
class Failed:
    """A message that did not go out after all: the row of its send, as `wake` has given it, and why it failed."""

    row: Record
    reason: str = "failed"

    def check(self) -> None:
        """Raises RunError if the row is not that of a message to the contact that was sent (E776)."""
        row = self.row
        if row.kind != "action" or row.status != "done" or row.send < 0:
            what = " ".join(filter(None, (row.kind, row.action, row.name, row.status)))
            message = f"a row of a message to the contact that was sent is needed, not this: {what}"
            raise RunError([RUNS["E776"].diagnostic(message, "")])


def fail(i: Instant, failed: Failed) -> None:
    """Takes a send back, leaves a row that says why, and lets runs go on that waited for an answer to it."""
    row, key = failed.row, f"{failed.row.channel}:{failed.row.name}"
    i.records.append(row._replace(time=i.now, status="failed", reason=failed.reason, due=i.now, queued=0))
    if _is_capped(i, row):
        free_caps(i, row.channel, row.time - row.queued)
    last = i.state.messages.get(key)
    if last is not None and last.index == row.send:
        _forget(i, key, last)
    for run in in_order(i):
        sent = run.sent.get(key)
        if sent is not None and sent.index == row.send:
            sent.flags.clear()
            run.skipped = list(dict.fromkeys([*run.skipped, key]))
            _pass(i, run)


def _is_capped(i: Instant, row: Record) -> bool:
    """Whether caps have counted the message; also if an edit has removed its step, and nothing more is known."""
    flow = i.ready.plan.by_name.get(row.flow)
    step = flow.by_id.get(row.step) if flow else None
    return not (isinstance(step, plan.Act) and isinstance(step.effect, Send) and step.effect.transactional)


def _forget(i: Instant, key: str, sent: Sent) -> None:
    """Takes the flags off; the contact has never received the message if this was the only one."""
    sent.flags.clear()
    if not sent.again:
        i.state.ever.pop(key, None)


def _pass(i: Instant, run: Run) -> None:
    """A wait for an answer to what was not sent is over at once, as if the message had been skipped."""
    flow = i.ready.flows[run.flow]
    occasion = flow.occasions[run.node]
    if run.mode == "waiting" and occasion is not None and is_vain(run, occasion):
        take(flow, run, 1)
        trace(i, flow, run, "passed", "the message failed")
        go_on(i, flow, run, flow.ports[run.node][0])
