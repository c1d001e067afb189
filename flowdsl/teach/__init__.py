"""Exercises: checks whether an answer does the same as the expected program, and if not, for which contacts they
differ.

answers    the verb `check`             exercises  questions with what is wanted, to be handed out
observed_actions  the actions of contacts    cases  tables for which two programs differ
                                        mentions   what programs speak of, of which these are made
reasons    why, and where to look       verdict    what is shown
"""

from flowdsl.teach.answers import check
from flowdsl.teach.exercises import Exercise, exercises
from flowdsl.teach.verdict import Verdict

__all__ = ["Exercise", "Verdict", "check", "exercises"]
