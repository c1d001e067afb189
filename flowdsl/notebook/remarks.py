"""Shows a FlowWarning below its cell as one plain sentence."""

from __future__ import annotations

import sys
from contextlib import ExitStack

from flowdsl.diagnostics.diagnostic import plain_warnings

_loaded = ExitStack()


def load() -> None:
    """From now on warnings of this package show without file, line and class."""
    unload()
    _loaded.enter_context(plain_warnings(_write))


def unload() -> None:
    """Python shows them again as it does all others."""
    _loaded.close()


def _write(text: str) -> None:
    print(text, file=sys.stderr)
