"""One entry of the catalogue of faults: what a code means goes in, pages and explanations are made of it.

The entries stand by stage: faults of the syntax in faults_syntax, of meaning in faults_meaning.
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
