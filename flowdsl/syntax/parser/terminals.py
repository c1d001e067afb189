"""Which terminals of the grammar do what: nothing goes in; sets of names come out, for the walk and for recovery."""

from __future__ import annotations

# fmt: off
CLAUSES = frozenset((
    "DESCRIPTION", "WHEN", "INCLUDE_EXISTING", "LIMIT", "UNLESS", "GOAL", "EXIT_WHEN", "ONLY", "STARTING", "ENDING",
    "TIMEZONE",
))
STEPS = frozenset((
    "THEN", "WAIT", "WAIT_UNTIL", "IF", "SPLIT", "REPEAT", "LABEL", "GO_TO", "EXIT", "OTHERWISE", "OTHERWISE_IF", "END",
))
# Never a word of a phrase, wherever it stands; then those that are none in the middle of one. Other CLAUSES and STEPS
# are keywords there only where they begin a line.
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

# Where reading can go on behind what could not be read: SURE wherever it stands, the others at the start of a line.
BEGINNINGS = CLAUSES | STEPS | LINES | {"OR_WHEN", "FROM", "SET", "CAP", "CAPACITY", "SUBJECT", "REPLY_TO", "TEMPLATE"}
SURE = NEVER_INSIDE | {"ASSUME", "WAIT"}
