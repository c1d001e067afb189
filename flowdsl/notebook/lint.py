"""Sends an editor the diagnostics of a cell over a comm while the user types.

Request: {"id": n, "text": "%%flow …"}
Reply:   {"id": n, "diagnostics": [{"start", "end", "severity", "code", "message", "help"}, …]}

Places are offsets in the text of the request, in UTF-16 units, as browsers count them. No name is bound in the
notebook. Invalid requests get no reply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypedDict

from flowdsl.api import pipeline
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.render import Json
from flowdsl.diagnostics.source import NOWHERE
from flowdsl.notebook import cells

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

TARGET = "flowdsl.lint"
LONGEST = 50_000  # characters; to check more than this takes longer than a person pauses


class EditorDiagnostic(TypedDict):
    """One diagnostic, as the editor marks it."""

    start: int
    end: int
    severity: str
    code: str
    message: str
    help: str


Message: TypeAlias = Mapping[str, Mapping[str, Json]]
"""A message of Jupyter: its parts, such as `content`, by name."""


class Comm(Protocol):
    """A connection to an editor, as ipykernel opens it."""

    def send(self, data: dict[str, Json | Sequence[EditorDiagnostic]]) -> None: ...
    def on_msg(self, callback: Callable[[Message], None]) -> None: ...


Listener: TypeAlias = Callable[[Comm, Message], None]


class Manager(Protocol):
    """What keeps the comms of a kernel."""

    targets: dict[str, Listener]

    def register_target(self, target_name: str, f: Listener) -> None: ...


def load(shell: InteractiveShell) -> None:
    """Listens in the shell's kernel; a console has none, and no editor either."""
    manager = _manager(shell)
    if manager is not None:
        manager.register_target(TARGET, listener(diagnostics_of_cell))


def unload(shell: InteractiveShell) -> None:
    """Listens no more."""
    manager = _manager(shell)
    if manager is not None:
        manager.targets.pop(TARGET, None)


def _manager(shell: InteractiveShell) -> Manager | None:
    found: Manager | None = getattr(getattr(shell, "kernel", None), "comm_manager", None)
    return found


def listener(diagnostics: Callable[[str], list[EditorDiagnostic]]) -> Listener:
    """What a comm is opened with: it answers each text with what `diagnostics` finds in it."""

    def opened(comm: Comm, message: Message) -> None:
        def on_message(message: Message) -> None:
            data = message["content"]["data"]
            text = data.get("text") if isinstance(data, dict) else None
            if isinstance(data, dict) and isinstance(text, str):
                comm.send({"id": data.get("id"), "diagnostics": diagnostics(text)})

        comm.on_msg(on_message)

    return opened


def diagnostics_of_cell(text: str) -> list[EditorDiagnostic]:
    """The diagnostics of a cell that begins with `%%flow`; of any other there are none.

    >>> [(each["start"], each["end"], each["code"]) for each in diagnostics_of_cell("%%flow\\nwhen member joins")]
    [(12, 24, 'E201')]
    """
    head, _, body = text.partition("\n")
    if head.split()[:1] != [cells.MAGIC] or not body.strip() or len(text) > LONGEST:
        return []
    try:
        cell = cells.read(head.removeprefix(cells.MAGIC), body)
    except RunError as error:
        return [_of_head(text, head, one) for one in error.diagnostics]
    return diagnostics_of(text, pipeline.check_sources([cell.source]), len(head))


def _of_head(text: str, head: str, one: Diagnostic) -> EditorDiagnostic:
    start = max(head.find(one.words), 0)
    return _diagnostic(text, one, start, start + len(one.words))


def diagnostics_of(text: str, found: list[Diagnostic], ahead: int = 0) -> list[EditorDiagnostic]:
    """Errors as an editor marks them; `ahead`: this many characters are in the editor before the text they speak of.

    >>> from flowdsl.diagnostics.source import Source
    >>> found = [Diagnostic("E1", "what?", Source("😀 x").span(2, 3))]
    >>> diagnostics_of("😀 x", found)[0]["start"]  # two units, and a blank
    3
    """
    placed = [one for one in found if one.span and one.span != NOWHERE]
    return [_diagnostic(text, one, one.span.start + ahead, one.span.end + ahead) for one in placed if one.span]


def _diagnostic(text: str, one: Diagnostic, start: int, end: int) -> EditorDiagnostic:
    """A place of no width, as at the end of the text, is widened by the character before it."""
    first = max(start - 1, 0) if end <= start else start
    return {
        "start": units(text, first),
        "end": units(text, max(end, first + 1)),
        "severity": one.severity.value,
        "code": one.code,
        "message": one.message,
        "help": "; ".join(fix.label for fix in one.fixes) or one.reason,
    }


def units(text: str, offset: int) -> int:
    """An offset in characters as one in UTF-16 code units.

    >>> units("a😀b", 2)
    3
    """
    return len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2


def characters(text: str, offset: int) -> int:
    """An offset in UTF-16 code units as one in characters.

    >>> characters("a😀b", 3)
    2
    """
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * offset].decode("utf-16-le", "replace"))
