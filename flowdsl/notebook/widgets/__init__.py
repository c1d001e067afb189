"""Widgets for results, programs and forecasts.

explore   sliders for the numbers of a program       futures   a forecast by groups, periods, intervals
play      one contact's story on the diagram         zoom      a large diagram, nearer and farther
copy      a button that copies a text
pictures  images, and what is left of a widget in a notebook that is opened again without its kernel

Only this package imports ipywidgets and anywidget. Widgets are shown on request only.
"""
