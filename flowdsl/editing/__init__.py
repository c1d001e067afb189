"""What editors need: completion, help and syntax colouring.

complete  what may come next                     phrases   the part that the vocabulary has in it
help      what a word means                keyword_help  what each keyword means
names     what programs and tables have to offer
tokens    the parts of a text and their kinds    words     lists of words for highlighters

Nothing here raises for any text, and nothing depends on notebooks: magics, kernel and editor extension all call it.
"""

from __future__ import annotations

from flowdsl.editing.complete import Completion, complete
from flowdsl.editing.help import Help, help_at
from flowdsl.editing.names import NO_NAMES, Names, names_from

__all__ = ["NO_NAMES", "Completion", "Help", "Names", "complete", "help_at", "names_from"]
