"""The Jupyter kernel: answers the requests of a front end."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from ipykernel.comm.manager import CommManager
from ipykernel.kernelbase import Kernel

import flowdsl
from flowdsl.api import pipeline
from flowdsl.diagnostics.diagnostic import FlowError
from flowdsl.diagnostics.render import Json
from flowdsl.diagnostics.source import Source
from flowdsl.notebook import diagnostics, hover, lint, progress, remarks
from flowdsl.notebook.completion import Tables
from flowdsl.notebook.kernel import commands, fixes, typing
from flowdsl.notebook.kernel.parts import is_command, parts
from flowdsl.notebook.kernel.session import Session, title
from flowdsl.notebook.kernel.shown import Bundle, remark, shown
from flowdsl.syntax.ast import Program

LANGUAGE: dict[str, object] = {
    "name": "flow",
    "version": flowdsl.__version__,
    "mimetype": "text/x-flow",
    "file_extension": ".flow",
    "pygments_lexer": "flow",
    "codemirror_mode": "flow",
}
COMMS = ("comm_open", "comm_msg", "comm_close")


class FlowKernel(Kernel):
    """A kernel whose language is FlowDSL."""

    implementation = "flowdsl"
    implementation_version = flowdsl.__version__
    banner = f"FlowDSL {flowdsl.__version__}: write a program, then %simulate. %help lists the commands."
    language_info = LANGUAGE

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.notes, self.tables = Session(), Tables()
        self.comm_manager = CommManager(parent=self, kernel=self)
        for name in COMMS:
            self.shell_handlers[name] = getattr(self.comm_manager, name)
        self.comm_manager.register_target(lint.TARGET, lint.listener(self.linted))
        progress.load(self)
        remarks.load()

    # --- cells --------------------------------------------------------------------------------------------------------

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: Mapping[str, str] | None = None,
        allow_stdin: bool = False,
        *,
        cell_meta: Mapping[str, Json] | None = None,
        cell_id: str | None = None,
    ) -> dict[str, Json]:
        """Runs a cell; an error is reported, and leaves everything as it was."""
        self._allow_stdin = allow_stdin
        text = fixes.mended(self.notes, code, cell_id or "") if fixes.has_command(code) else code
        try:
            self._run(text, cell_id or "")
        except (Exception, KeyboardInterrupt) as error:
            if text == code or not isinstance(error, FlowError) or not self.is_watched():
                return self._failed(error)
            self.show(diagnostics.bundle(error))  # an editor takes a new text only from a cell that has not failed
        new: list[Json] = [] if text == code else [{"source": "set_next_input", "text": text, "replace": True}]
        return {"status": "ok", "execution_count": self.execution_count, "payload": new, "user_expressions": {}}

    def _run(self, code: str, cell: str) -> None:
        found = parts(code)
        if found.has_program:
            name = f"cell {self.execution_count}"
            self.show(shown_program(self.notes, self.notes.take(Source(found.program, name), cell or name)))
        for command in found.commands:
            for bundle in commands.run(self.notes, command):
                self.show(bundle)

    def is_watched(self) -> bool:
        """Whether a person may be looking."""
        return bool(self._allow_stdin)

    def show(self, bundle: Bundle, id: str = "", *, again: bool = False) -> None:
        """Displays something, or puts it in the place of what was displayed under an id."""
        content = {"data": bundle, "metadata": {}, "transient": {"display_id": id} if id else {}}
        self.send_response(self.iopub_socket, "update_display_data" if again else "display_data", content)

    def _failed(self, error: BaseException) -> dict[str, Json]:
        content = {"ename": type(error).__name__, "evalue": str(error), "traceback": _lines(error)}
        self.send_response(self.iopub_socket, "error", content)
        return {"status": "error", "execution_count": self.execution_count, **content}

    # --- while somebody types -----------------------------------------------------------------------------------------

    def linted(self, text: str) -> list[lint.EditorDiagnostic]:
        """The diagnostics of a cell as it is in an editor."""
        found = parts(text)
        if not found.has_program or len(text) > lint.LONGEST:
            return []
        return lint.diagnostics_of(text, self.notes.diagnostics(Source(found.program, "the cell"), ""))

    async def do_complete(self, code: str, cursor_pos: int) -> dict[str, Json]:
        """What may come next. All of them replace the same part of the text."""
        found = typing.completions(self.notes, self.tables, code, cursor_pos)
        start = min((one.start for one in found), default=cursor_pos)
        end = max((one.end for one in found), default=cursor_pos)
        said = [code[start : one.start] + one.text + code[one.end : end] for one in found]
        kinds = [
            {"start": start, "end": end, "text": text, "type": one.kind} for text, one in zip(said, found, strict=True)
        ]
        return {
            "status": "ok",
            "matches": said,
            "cursor_start": start,
            "cursor_end": end,
            "metadata": {"_jupyter_types_experimental": kinds},
        }

    async def do_inspect(
        self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: Sequence[str] = ()
    ) -> dict[str, Json]:
        """What the word at the cursor means."""
        return hover.reply(typing.help_in(self.notes, self.tables, code, cursor_pos))

    async def do_is_complete(self, code: str) -> dict[str, str]:
        """In a console an empty line ends a program; a command is complete at once."""
        last = code.rstrip(" ").rpartition("\n")[2]
        if not last or is_command(last):
            return {"status": "complete"}
        return {"status": "incomplete", "indent": last[: len(last) - len(last.lstrip())]}

    async def do_shutdown(self, restart: bool) -> dict[str, Json]:
        """Leaves nothing behind."""
        progress.unload()
        remarks.unload()
        self.notes.clear()
        return {"status": "ok", "restart": restart}


def shown_program(notes: Session, program: Program) -> Bundle:
    """A program is drawn; of what has been added to one it is enough to say so, unless something is doubtful."""
    if not notes.added or pipeline.check(program):
        return shown(program)
    return remark(f"added to the program: {', '.join(map(title, notes.added))}")


def _lines(error: BaseException) -> list[str]:
    """A mistake shows its diagnostics, an interruption one line; a traceback means an error in FlowDSL itself."""
    if isinstance(error, FlowError | progress.Stopped):
        return error._render_traceback_()
    if isinstance(error, KeyboardInterrupt):
        return ["stopped"]
    return "".join(traceback.format_exception(error)).rstrip("\n").split("\n")
