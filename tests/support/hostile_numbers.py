"""Programs at random with hostile numbers: seeds go in; for each, what both engines say of it comes out as a line.

It runs as a process of its own, whose memory is bounded and which ends itself when a program takes too long:
`python hostile_numbers.py FIRST LAST`.
"""

from __future__ import annotations

import faulthandler
import re
import sys
from random import Random
from typing import Any

NUMBER = re.compile(r"(?<![\w\"':.-])\d+(?![\w\"':.-])")
HOSTILE = (
    "0", "1", "7", "366", "1000", "100000", "1000000", "2147483648", "1000000000", "999999999999999", "9" * 30,
    "0.0001",
)  # fmt: skip
MEMORY = 3 * 2**30  # bytes; of these are about 2 of code that is mapped, but not used
SECONDS = 60  # both engines, on a machine that does something else as well
WRONG = 0.1  # of the programs
TRIES = 12  # numbers of a program that may become hostile, one after the other


def hostile(seed: int) -> tuple[Any, str]:
    """A world at random, and its program with other numbers: as many as leave it a program that can run.

    A few stay as the first number leaves them that makes them none, so that refusals are seen as well.
    """
    from programs_at_random import world_at_random

    import flowdsl

    random, world = Random(f"hostile {seed}"), world_at_random(seed)
    text, may_be_wrong = world.program, random.random() < WRONG
    for _ in range(TRIES):
        place = random.choice([*NUMBER.finditer(text)] or [None])
        if place is None:
            break
        other = text[: place.start()] + random.choice(HOSTILE) + text[place.end() :]
        if not any(one.is_error for one in flowdsl.check(other)):
            text = other
        elif may_be_wrong:
            return world, other
    return world, text


def outcome(seed: int) -> str:
    """What became of it: codes of a program with diagnostics, `same` or how the engines differ."""
    from lives import table

    import flowdsl
    from flowdsl.diagnostics.diagnostic import FlowError

    world, text = hostile(seed)
    found: list[Any] = []
    for engine in ("fast", "simpy"):
        tables = {"events": table(world.events), "objects": table(world.objects)}
        try:
            results = flowdsl.simulate(
                text, table(world.contacts), **tables, start="2026-01-01", days=30, seed=3, engine=engine
            )
            found.append([results.records.to_csv(), results.runs.to_csv()])
        except FlowError as error:
            told = [] if "capacity" in text else [one.message for one in error.diagnostics]  # names who failed first
            found.append(["diagnostic", " ".join(one.code for one in error.diagnostics), *told])
    if found[0] != found[1]:
        return f"different: {[str(one)[:200] for one in found]}"
    return found[0][1] if found[0][0] == "diagnostic" else "same"


def main(first: int, last: int) -> None:
    """Prints a line for each seed: its number, and what became of it."""
    from flowdsl.sim import fast

    fast.prepare()  # what has to be compiled may take more
    if sys.platform == "linux":  # elsewhere there is no such limit, or it is not kept
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for seed in range(first, last):
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        try:
            said = outcome(seed)
        except BaseException as error:  # whatever it is, it is what is looked for
            said = f"traceback: {type(error).__name__} {error}"[:300]
        print(seed, said, flush=True)
    faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
