"""Help for the word at the cursor of a cell (Shift-Tab)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from html import escape
from inspect import isawaitable
from typing import TYPE_CHECKING, TypeAlias

from flowdsl.diagnostics.render import COLUMNS, Json
from flowdsl.editing import NO_NAMES, Help, Names, help_at
from flowdsl.notebook.cells import FLAGS, MAGIC
from flowdsl.notebook.completion import Tables, is_flow

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

Answer: TypeAlias = dict[str, Json]
INSPECT = "do_inspect"
HEAD = Help(0, 0, f"{MAGIC} [NAME] [{'] ['.join(FLAGS)}]", "Reads the program below, shows it, and binds it to NAME.")


def load(shell: InteractiveShell) -> None:
    """Answers for cells of FlowDSL; all other cells are handled by the kernel of the shell."""
    unload(shell)
    kernel = getattr(shell, "kernel", None)
    if hasattr(kernel, INSPECT):
        setattr(kernel, INSPECT, inspector(shell, getattr(kernel, INSPECT)))


def unload(shell: InteractiveShell) -> None:
    """Restores the kernel's own help."""
    vars(getattr(shell, "kernel", shell)).pop(INSPECT, None)


def inspector(
    shell: InteractiveShell, before: Callable[..., Answer | Awaitable[Answer]]
) -> Callable[..., Awaitable[Answer]]:
    """The function that replaces `before`."""
    tables = Tables()

    async def do_inspect(
        code: str, cursor_pos: int, detail_level: int = 0, omit_sections: Sequence[str] = ()
    ) -> Answer:
        if is_flow(code):
            return reply(help_in(code, cursor_pos, tables.names(shell.user_ns)))
        found = before(code, cursor_pos, detail_level, omit_sections)
        return await found if isawaitable(found) else found

    return do_inspect


def help_in(text: str, cursor: int, names: Names = NO_NAMES) -> Help | None:
    """Help in a cell that begins with `%%flow`.

    >>> help_in("%%flow\\nwhen member joins program", 8).title
    'when'
    """
    head, _, body = text.partition("\n")
    return HEAD if cursor <= len(head) else help_at(body, cursor - len(head) - 1, names)


def reply(found: Help | None) -> dict[str, Json]:
    """Help as Jupyter wants it."""
    return {"status": "ok", "found": found is not None, "metadata": {}, "data": _bundle(found) if found else {}}


def _bundle(found: Help) -> dict[str, str]:
    """The same as text and as HTML."""
    example = f'<pre style="{COLUMNS}">{escape(found.example)}</pre>' if found.example else ""
    return {
        "text/plain": "\n\n".join(part for part in (found.title, found.words, found.example) if part),
        "text/html": f"<p><b>{escape(found.title)}</b></p><p>{escape(found.words)}</p>{example}",
    }
