"""Forecasts: replications of a simulation, summarised with prediction intervals.

options    options and their checks            intervals  limits by rank, and Student's t
replicate  as many replications as are enough        enough     the rule that says so
hours      messages by local hour, of all of them    result     the Forecast: tables and text
peaks      when most is sent, and too much           load       who waits for limited capacity
exact      expected numbers without simulating
compare    variants under the same chance            differ     whom a change touches
variants   other values of some numbers, paired
holdout    lift of an arm over an empty one          tidy       rows with intervals
"""

from __future__ import annotations

from flowdsl.forecasting.result import Forecast

__all__ = ["Forecast"]
