"""Fitting: makes a scenario, with its parameter uncertainty, from what contacts did.

observed  who was watched how long, and what happened     causes    what was answered, and what not yet
counts    rates, with a gamma mixture                      rates     lines of rates and of new contacts
delays    shares and laws of delays, with censoring        answers   lines of answers
chances   beta mixtures of shares                          profile   parts of the week
model     which lines there are                            words     as a program says them
result    the Fitted                                       curvature how sure a maximum is
backtest  the Backtest, and naive forecasts                leaving   contacts who leave for good
rolling   back-tests at several origins                    cohorts   the cohort rule, a naive forecast
accuracy  scores of forecasts                             common    what days and weeks have in common
"""

from __future__ import annotations

from flowdsl.fitting.backtest import Backtest
from flowdsl.fitting.result import Fitted
from flowdsl.fitting.rolling import RollingBacktest

__all__ = ["Backtest", "Fitted", "RollingBacktest"]
