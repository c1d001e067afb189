"""One entry of the catalogue of faults: what a code means goes in, pages and explanations are made of it.

The entries stand by stage, a room each: reading (E1), meaning (E2 to E4 and W), data (E5), plan (E6), run (E7),
results (E8), programs in a folder (E9).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault. `wrong` is a small program that has exactly this fault, `right` the same program put right."""

    code: str
    title: str
    why: str
    wrong: str
    right: str
