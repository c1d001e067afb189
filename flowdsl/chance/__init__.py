"""Chance: keyed draws, delay laws as tables of quantiles, and laws by which contacts differ."""
