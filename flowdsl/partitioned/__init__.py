"""Simulations of more contacts than memory holds, or than one machine should: tables in parts go in; Results of counts,
and tables in a folder of Parquet files, come out. It does not matter where a table is cut.

    parts     tables cut into parts     people   who is in which part     shuffle  events and objects by part
    part      one part, by itself       local    one after the other      dask     on the workers of Dask
    simulate  the whole: pieces are made, simulated and put together; `publish` puts the results in their place
"""

from __future__ import annotations

from flowdsl.partitioned.simulate import SimulationInParts, simulate

__all__ = ["SimulationInParts", "simulate"]
