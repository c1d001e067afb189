"""Widgets: results, programs and forecasts go in; things that a person turns and steps through come out.

play  one contact's story on the diagram, step by step, for teaching
zoom  a large diagram, nearer and farther, on the whole screen

Only here ipywidgets is known. A widget is asked for, never shown by itself: in a notebook that is opened again without
its kernel there is only what `text/html` says, which each of them has as well.
"""
