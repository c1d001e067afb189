"""The plan: what runs, the expressions in it, what it uses, its outline, and its runtime JSON."""
