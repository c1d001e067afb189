"""What happened: one Record is one row; machine.py writes them, recorders keep them, results make tables of them.

Every attempt leaves a row that says what became of it and why (docs/reference/language.md#records): nothing vanishes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from flowdsl.calendar.clock import NEVER

NO_FIELDS: Mapping[str, Any] = MappingProxyType({})


class Record(NamedTuple):
    """One row of one contact. Times are ms since the epoch, UTC; empty fields do not apply.

    kind "run"     status started, declined, completed, converted, exited, cancelled; pending when the simulation ends
                   first; run 0 for declined (it has no number); `path` of its last row holds the steps it reached
                   (paths.py)
    kind "action"  status done, skipped, cancelled (left before it), planned (still to come when the simulation ended),
                   failed (in a live system: a message that did not go out after all);
                   `action` is an id (`send`, `tags.add`, `custom.do`…), `name` its object, `channel` only for messages;
                   `due` when it was or would be ready to run, `queued` ms spent waiting for capacity
                   `send` numbers the contact's messages, so that answers find theirs
    kind "event"   an event was taken: `action` is its id, `name` its object, `fields` what else it carried: for answers
                   to it, no table shows them
    kind "step"    only with tracing on: `status` says what the step did (began, then, otherwise, arm NAME, happened,
                   timeout, passed, again, held…), `due` when a wait will end
    """

    time: int
    kind: str
    flow: str = ""
    run: int = 0
    step: str = ""
    iteration: int = 0
    action: str = ""
    name: str = ""
    channel: str = ""
    to: str = ""
    status: str = ""
    reason: str = ""
    object_kind: str = ""
    path: int = 0
    object_id: str = ""
    due: int = NEVER
    queued: int = 0
    send: int = -1
    fields: Mapping[str, Any] = NO_FIELDS


# A Record is made by the million. Made of a whole tuple it takes a third of the time that its fields by name take.
_make = tuple.__new__


def run_row(
    time: int,
    flow: str,
    run: int,
    step: str,
    status: str,
    reason: str = "",
    object_kind: str = "",
    object_id: str = "",
    due: int = NEVER,
    path: int = 0,
) -> Record:
    """What became of a run, or of an attempt to start one.

    >>> run_row(0, "Welcome", 1, "start", "started").kind
    'run'
    """
    about = (status, reason, object_kind, path, object_id, due, 0, -1, NO_FIELDS)
    return _make(Record, (time, "run", flow, run, step, 0, "", "", "", "", *about))


class ActionLabel(NamedTuple):
    """How tables name an action: its id, its object, its channel, and who gets it where that is not the contact."""

    action: str = ""
    name: str = ""
    channel: str = ""
    to: str = ""


def action_row(
    time: int,
    flow: str,
    run: int,
    step: str,
    iteration: int,
    label: ActionLabel,
    status: str,
    reason: str,
    about: tuple[str, int, str],
    due: int,
    queued: int,
    send: int,
) -> Record:
    """What became of an action; about is (object kind, path 0, object id).

    >>> label = ActionLabel("send", "Hello", "email")
    >>> action_row(0, "Welcome", 1, "send Hello", 1, label, "done", "", ("", 0, ""), 0, 0, 0).channel
    'email'
    """
    return _make(
        Record,
        (time, "action", flow, run, step, iteration, *label, status, reason, *about, due, queued, send, NO_FIELDS),
    )


def event_row(
    time: int,
    event: str,
    name: str,
    channel: str = "",
    object_kind: str = "",
    object_id: str = "",
    send: int = -1,
    fields: Mapping[str, Any] = NO_FIELDS,
) -> Record:
    """An event that was taken.

    >>> event_row(0, "email.opened", "Hello", "email").action
    'email.opened'
    """
    about = ("", "", object_kind, 0, object_id, NEVER, 0, send, fields)
    return _make(Record, (time, "event", "", 0, "", 0, event, name, channel, "", *about))
