"""Stories, pictures and HTML of Results.

Results, forecasts and programs call these modules by name (hooks). So imports have one direction, and a module is
loaded only when it is used.

story, sentences    the story of one contact      preview  one message for one contact
results, forecasts  pictures and HTML of results  plots    plots; only this package imports matplotlib
report, page        the report of a forecast      html     HTML elements
fitted              fits and back-tests           program  a program with its diagnostics
diagram, drawing    diagrams of flows             scenes   a story as scenes on a diagram
options             the options of pictures
"""
