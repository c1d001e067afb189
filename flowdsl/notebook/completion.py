"""Completion in cells, for IPython and Jupyter.

Tables of the namespace offer their columns and values. They are looked at once, and only their first rows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias
from weakref import ReferenceType, ref

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from flowdsl.editing import NO_NAMES, Completion, Names, complete, names_from
from flowdsl.notebook.cells import FLAGS, MAGIC

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell

ROWS = 2_000  # of a table are looked at, so that nobody waits
FRAMES = 20  # tables, the latest ones
MATCHER = "flowdsl"
Matcher: TypeAlias = Callable[[CompletionContext], SimpleMatcherResult]


class Nothing(list[SimpleCompletion]):
    """No completions, which IPython takes for some: in a cell of FlowDSL it must not ask those who know Python."""

    def __len__(self) -> int:
        return 1


def load(shell: InteractiveShell) -> None:
    """Adds a matcher to the shell's completer."""
    unload(shell)
    shell.Completer.custom_matchers.append(matcher(shell))


def unload(shell: InteractiveShell) -> None:
    """Takes it away."""
    others = [each for each in shell.Completer.custom_matchers if getattr(each, "matcher_identifier", "") != MATCHER]
    shell.Completer.custom_matchers[:] = others


def matcher(shell: InteractiveShell) -> Matcher:
    """The first completer that IPython calls: it completes cells of FlowDSL and ignores all others."""
    tables = Tables()

    def flowdsl(context: CompletionContext) -> SimpleMatcherResult:
        if not is_flow(context.full_text):
            return {"completions": [], "suppress": False}
        lines = context.full_text.split("\n")[: context.cursor_line]
        cursor = sum(len(line) + 1 for line in lines) + context.cursor_position
        found = completions(context.full_text, cursor, tables.names(shell.user_ns))
        return _answer(context.full_text, cursor, found)

    marked: Matcher = context_matcher(identifier=MATCHER, priority=100)(flowdsl)
    return marked


def is_flow(text: str) -> bool:
    """Whether a cell is one of FlowDSL.

    >>> is_flow("%%flow welcome"), is_flow("%%flower"), is_flow("1 +")
    (True, False, False)
    """
    return text.split("\n", 1)[0].split()[:1] == [MAGIC]


def completions(text: str, cursor: int, names: Names = NO_NAMES) -> list[Completion]:
    """What may come in a cell that begins with `%%flow`; places are those of the whole cell.

    >>> [one.text for one in completions("%%flow welcome --f", 18)]
    ['--fix', '--fmt']
    >>> [(one.text, one.start) for one in completions("%%flow\\nwhen member joins pr", 27)]
    [('program', 25), ('programs', 25)]
    """
    head, _, body = text.partition("\n")
    if cursor <= len(head):
        start = head.rfind(" ", 0, cursor) + 1
        said = head.split()
        return [
            Completion(flag, start, cursor, "keyword")
            for flag in FLAGS
            if start and flag.startswith(head[start:cursor]) and flag not in said
        ]
    ahead = len(head) + 1
    found = complete(body, cursor - ahead, names)
    return [replace(one, start=one.start + ahead, end=one.end + ahead) for one in found]


def _answer(text: str, cursor: int, found: Sequence[Completion]) -> SimpleMatcherResult:
    """IPython replaces what stands before the cursor only, the same for all."""
    if not found:
        return {"completions": Nothing(), "suppress": True, "matched_fragment": ""}
    start = min(one.start for one in found)
    said = [text[start : one.start] + one.text.removesuffix(text[cursor : one.end]) for one in found]
    return {
        "completions": [SimpleCompletion(one, type=each.kind) for one, each in zip(said, found, strict=True)],
        "suppress": True,
        "ordered": True,
        "matched_fragment": text[start:cursor],
    }


# --- tables -----------------------------------------------------------------------------------------------------------


@dataclass
class Tables:
    """What tables offer, remembered while they are the same ones."""

    seen: tuple[tuple[ReferenceType[pd.DataFrame], tuple[int, int]], ...] = ()
    kept: Names = NO_NAMES

    def names(self, namespace: Mapping[str, object]) -> Names:
        """What the tables of a namespace offer."""
        return self.of(list(frames(namespace))[-FRAMES:])

    def of(self, found: Sequence[pd.DataFrame]) -> Names:
        """What some tables offer."""
        is_same = len(found) == len(self.seen) and all(
            known() is frame and shape == frame.shape for (known, shape), frame in zip(self.seen, found, strict=True)
        )
        if not is_same:
            self.kept = names_from([frame.iloc[:ROWS] for frame in found])
            self.seen = tuple((ref(frame), frame.shape) for frame in found)
        return self.kept


def frames(namespace: Mapping[str, object]) -> Iterator[pd.DataFrame]:
    """The DataFrames that a person has given a name; what IPython keeps of outputs is not looked at."""
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return
    for name, value in list(namespace.items()):
        if not name.startswith("_") and isinstance(value, pandas.DataFrame):
            yield value
