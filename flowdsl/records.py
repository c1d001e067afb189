"""What happened: one Record is one row; machine.py writes them, recorders keep them, results make tables of them.

Every attempt leaves a row that says what became of it and why (LANGUAGE.md section 7.6): nothing vanishes.
"""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    """One row of one contact. Times are ms since the epoch, UTC; empty fields do not apply.

    kind "run"     status started, declined, completed, converted, exited, cancelled; pending when the simulation ends
                   first; run 0 for declined (it has no number)
    kind "action"  status done, skipped, cancelled (left before it), planned (still to come when the simulation ended);
                   `action` is an id (`send`, `tags.add`, `custom.do`…), `name` its object, `channel` only for messages;
                   `due` when it was or would be ready to run, `queued` ms spent waiting for capacity
                   `send` numbers the contact's messages, so that answers find theirs
    kind "event"   an event was taken: `action` is its id, `name` its object
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
    object_id: str = ""
    due: int = -1
    queued: int = 0
    send: int = -1
