"""Simulates a plan: an engine runs a SimulationConfig and returns Results.

options           options of a simulation, as people write them
config            a simulation in numbers: the input of every engine
engines           the engines by name; engine_selection chooses one
simpy_engine      the reference engine; fast: the compiled engine
contact_process   one contact: machine, tables and scenario together
world             answers of contacts; rates: events without a cause; shares: initial states; arrivals: new contacts
chance            random numbers of a contact; parameter_uncertainty: values of ranges; vector_draws: many draws at once
recorder          keeps rows; counter: keeps counts only
replications      many replications of one config
entrants, idle    who would enter a flow; why nothing happens
run_progress      how much of a simulation is done
"""
