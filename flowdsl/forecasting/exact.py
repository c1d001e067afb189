"""Expected numbers without chance: a Setting goes in; how many messages are expected in each local hour comes out."""

from __future__ import annotations

from flowdsl.errors import RunError
from flowdsl.forecasting.asked import fault
from flowdsl.forecasting.hours import Expected
from flowdsl.sim import Setting


def expected(setting: Setting) -> Expected:
    """How many messages of each kind are expected in each hour. Raises RunError for what cannot be worked out."""
    raise RunError([fault("E726", 'method="exact" knows no program yet', "exact")])
