"""The plan in simulated time: a Setting goes in, an engine walks it, Results come out.

engines  which engines there are, and a Setting simulated by one of them
setting  what an engine is told      life     one contact: machine, tables and scenario together
world    what contacts answer        rates    what they do by themselves
shares   what they are at first      arrivals new contacts        chance, doubt  what all of these draw from
events   the reference engine (SimPy)                fast    the compiled one     choice   which of them
recorder, counter                    rows kept compactly (log), or counted only (tally); fewer  a log cut down to these
tables, summary, timeline, funnel    what results show, made when asked for
passed   how much of a simulation is done
"""
