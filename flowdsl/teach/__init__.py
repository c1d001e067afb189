"""Exercises: checks whether an answer does the same as the expected program, and if not, for which contacts they
differ.

answers           the verb `check`                     exercises       questions with expected programs
observed_actions  the actions that reach contacts      cases           contacts and events that show differences
program_values    the values that programs depend on   reasons         explanations of differences
verdict           the result of a check
"""

from flowdsl.teach.answers import check
from flowdsl.teach.exercises import Exercise, exercises
from flowdsl.teach.verdict import Verdict

__all__ = ["Exercise", "Verdict", "check", "exercises"]
