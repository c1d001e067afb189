"""Simulations of more contacts than memory holds, or than one machine should: tables in parts go in; Results of counts,
and tables in a folder of Parquet files, come out. It does not matter where a table is cut.

    parts    tables cut into parts      people   who is in which part      spread   events and objects by part
    part     one part, by itself        here     one after the other       cluster  on the workers of Dask
    whole    all of it: pieces are made, lived, put together and put in their place
"""

from __future__ import annotations

from flowdsl.partitioned.simulate import Asked, simulate

__all__ = ["Asked", "simulate"]
