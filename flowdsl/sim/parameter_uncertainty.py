"""What one replication believes: a line of a scenario whose number is in doubt goes in, a number of its own comes out.

A line is known by what it is about, not by its place in the text, so that the order of lines changes no draw.
"""

from __future__ import annotations

from flowdsl.chance import keyed_draws
from flowdsl.plan import plan
from flowdsl.plan.json.canonical import canonical
from flowdsl.plan.json.codec import encode_object

ABOUT = ("family", "event", "name", "fields", "cause", "where", "window")  # what says which line it is
NARROW = ("fields", "where", "window")


def identity(line: plan.Chancy, keys: tuple[str, ...] = ABOUT) -> str:
    """What a line is about, in the canonical form of its runtime JSON; "" for nothing of the kind that is asked for.

    >>> identity(plan.Rate("offer.bought", "O", 500_000, 86_400_000))
    '{"event":"offer.bought","name":"O"}'
    """
    said = encode_object(line, spans=False)
    about = {key: said[key] for key in keys if key in said}
    return canonical(about) if about else ""


def believed(line: plan.Chancy, key: int) -> int:
    """The share or rate of a line, in millionths, for the seed and replication of a key: all alike, up to `most`.

    >>> sure, unsure = (plan.Rate("offer.bought", "", 1_000_000, 86_400_000, most=most) for most in (0, 2_000_000))
    >>> believed(sure, 7), 1_000_000 <= believed(unsure, 7) <= 2_000_000
    (1000000, True)
    """
    low = line.rate if isinstance(line, plan.Rate | plan.Arrival) else line.share
    if not line.most:
        return low
    own = keyed_draws.extend(
        keyed_draws.extend(key, keyed_draws.hash_text("doubt")), keyed_draws.hash_text(identity(line))
    )
    return low + keyed_draws.below(keyed_draws.draw(own, 0), line.most - low + 1)
