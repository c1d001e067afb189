"""Simulates more contacts than fit into memory, or on several machines: reads tables in parts, and returns Results with
counts, and tables in a folder of Parquet files. The results do not depend on where a table is divided.

    parts     tables cut into parts     people   who is in which part     shuffle  events and objects by part
    part      one part, by itself       local    one after the other      dask     on the workers of Dask
    simulate  makes pieces, simulates them and combines them; `publish` moves the results into their folder
"""

from __future__ import annotations

from flowdsl.partitioned.simulate import SimulationInParts, simulate

__all__ = ["SimulationInParts", "simulate"]
