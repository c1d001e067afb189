"""Draws the value of a range in a scenario (`40% to 45%`) for one replication.

A line is identified by its content, not by its place in the text, so that the order of lines changes no draw.
"""

from __future__ import annotations

from flowdsl.chance import keyed_draws
from flowdsl.plan import plan
from flowdsl.plan.json.canonical import canonical
from flowdsl.plan.json.codec import encode_object

# The fields that identify what is uncertain: lines of one rate in several parts of the week are one uncertain number.
ABOUT = ("family", "event", "name", "fields", "cause", "where")
NARROW = ("fields", "where", "window")


def identity(line: plan.Chancy, keys: tuple[str, ...] = ABOUT) -> str:
    """The content of a line without its numbers, as canonical runtime JSON; "" if it has none of these keys.

    >>> identity(plan.Rate("offer.bought", "O", 500_000, 86_400_000))
    '{"event":"offer.bought","name":"O"}'
    """
    encoded = encode_object(line, spans=False)
    about = {key: encoded[key] for key in keys if key in encoded}
    return canonical(about) if about else ""


def believed(line: plan.Chancy, key: int) -> int:
    """The share or rate of a line in one replication, in millionths: uniform, up to `most`; key: seed and replication.

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
