"""Teaching: an answer and what is wanted go in; whether they do the same comes out, and if not, for whom they differ.

answers    the verb `check`             exercises  questions with what is wanted, to be handed out
deeds      what reaches contacts        cases      tables that tell two programs apart
                                        mentions   what programs speak of, of which these are made
reasons    why, and where to look       verdict    what is shown
"""

from flowdsl.teach.answers import check
from flowdsl.teach.exercises import Exercise, exercises
from flowdsl.teach.verdict import Verdict

__all__ = ["Exercise", "Verdict", "check", "exercises"]
