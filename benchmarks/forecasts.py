"""Many replications of the flow of the yardstick: how many, of how many contacts, and whose way go in; figures out.

`ours` forecasts, with intervals by day and message. `plain` runs the plain SimPy program as many times by a pool of
processes, one a processor, as joblib would (its processes are those of the standard library), and counts sends by day.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from time import perf_counter, process_time

from benchmarks import packed, plain_simpy
from benchmarks.journey import BEGIN, DAY, DAYS, frames

START = int(BEGIN.timestamp() * 1000)


def ours(replications: int, size: int) -> dict[str, float]:
    """Seconds for a forecast, tables packed as the door leaves them; the compiler has been waited for."""
    from flowdsl.forecasting import Forecast
    from flowdsl.forecasting.options import ForecastOptions
    from flowdsl.forecasting.replicate import here, replicate
    from flowdsl.forecasting.result import BY

    small, config = packed.simple(1000), packed.simple(size)
    replicate(small.plan, here(small, "fast", 2), ForecastOptions(replications=2, by=BY))
    began, used = perf_counter(), process_time()
    place = here(config, "fast", replications)
    found = replicate(config.plan, place, ForecastOptions(replications=replications, by=BY))
    forecast = Forecast(
        config.plan, config.plan, config.world, size, place.start, place.until, found.hourly, found.enough
    )
    frame = forecast.to_frame()
    took, cpu = perf_counter() - began, process_time() - used
    return {"wall": took, "cpu": cpu, "sent": float(forecast.totals()["mean"].sum()), "rows": len(frame)}


def plain(replications: int, size: int) -> dict[str, float]:
    """Seconds for so many runs of the plain program."""
    with ProcessPoolExecutor(processors()) as pool:
        list(pool.map(partial(one, size), range(2 * processors())))  # all is loaded, and tables are made
        began = perf_counter()
        counts = list(pool.map(partial(one, size), range(replications)))
    return {"wall": perf_counter() - began, "sent": sum(sum(each.values()) for each in counts) / replications}


tables = cache(frames)  # made once in a process


def one(size: int, seed: int) -> Counter[tuple[int, str]]:
    """Sends by day and message of one run."""
    rows = plain_simpy.simulate(*tables(size), START, START + DAYS * DAY, seed)
    return Counter((int(time - START) // DAY, name) for time, _, what, name in rows if what == "sent")


def processors() -> int:
    """How many there are for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    how = {"ours": ours, "plain": plain}[sys.argv[1]]
    print(json.dumps(how(int(sys.argv[2]), int(sys.argv[3]))))
