"""What editors need: completion, help and syntax colouring.

complete  completion at a cursor              phrases       completion of phrases
help      help at a cursor                    keyword_help  the meaning of each keyword
names     names from programs and tables      tokens        the parts of a text with their kinds
pygments  colours for Pygments                word_lists    lists of words for highlighters

These functions accept any text without raising an exception. They do not depend on notebooks: the magics, the kernel
and the editor extension all call them.
"""

from __future__ import annotations

from flowdsl.editing.complete import Completion, complete
from flowdsl.editing.help import Help, help_at
from flowdsl.editing.names import NO_NAMES, Names, names_from

__all__ = ["NO_NAMES", "Completion", "Help", "Names", "complete", "help_at", "names_from"]
