"""Sets of terminals of the grammar, for parsing and for recovery."""

from __future__ import annotations

# fmt: off
CLAUSES = frozenset((
    "DESCRIPTION", "WHEN", "INCLUDE_EXISTING", "LIMIT", "UNLESS", "GOAL", "EXIT_WHEN", "ONLY", "STARTING", "ENDING",
    "TIMEZONE",
))
STEPS = frozenset((
    "THEN", "WAIT", "WAIT_UNTIL", "IF", "SPLIT", "REPEAT", "LABEL", "GO_TO", "EXIT", "OTHERWISE", "OTHERWISE_IF", "END",
))
# Never words of a phrase, at any place; then those that cannot be one inside a phrase. Other CLAUSES and STEPS are
# keywords there only at the start of a line.
NEVER_WORDS = frozenset(("IF", "THEN", "OTHERWISE", "OTHERWISE_IF", "OR_WHEN", "UNLESS", "WHEN"))
NEVER_INSIDE = NEVER_WORDS | {"END", "WAIT_UNTIL", "EXIT_WHEN", "INCLUDE_EXISTING", "GO_TO"}
NEVER_FIRST = frozenset((  # of a line
    "WAIT", "WAIT_UNTIL", "SPLIT", "REPEAT", "END", "GO_TO", "EXIT_WHEN", "INCLUDE_EXISTING", "ASSUME",
))
# fmt: on

LINES = frozenset(("ASSUME", "AT"))  # begin a line of a scenario
HEADS = frozenset(("FLOW", "CAMPAIGN", "EMAIL", "WORKSPACE", "SCENARIO", "PARAM"))
NAMED = frozenset(("FLOW", "CAMPAIGN", "EMAIL"))
BLOCKS = frozenset(("IF", "SPLIT", "REPEAT"))
OPENERS = {"IF": "END", "SPLIT": "END", "REPEAT": "END", "LPAR": "RPAR"}
PHRASE = frozenset(("WORD", "TEXT", "NUMBER"))
SHALLOW = PHRASE | {"THEN", "UNIT"}  # the most common terminals: they open and close nothing

# Where parsing can continue after an error: SURE at any place, the others at the start of a line.
BEGINNINGS = CLAUSES | STEPS | LINES | {"OR_WHEN", "FROM", "SET", "CAP", "CAPACITY", "SUBJECT", "REPLY_TO", "TEMPLATE"}
SURE = NEVER_INSIDE | {"ASSUME", "WAIT"}
