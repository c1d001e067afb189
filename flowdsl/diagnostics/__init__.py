"""Diagnostics: texts and places in them, what can be wrong with them, and how that is shown, explained and fixed."""
