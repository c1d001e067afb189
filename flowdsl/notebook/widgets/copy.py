"""A button that copies a text to the clipboard."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets


class Copy(anywidget.AnyWidget):
    """The button; `text` is what it copies."""

    _esm = Path(__file__).parent / "copy.js"
    text = traitlets.Unicode().tag(sync=True)
