"""The results of a simulation: records, logs, counts, and the tables, funnels and timelines made from them."""
