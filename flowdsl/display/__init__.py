"""Stories, pictures and HTML of Results.

Results, forecasts and programs call these rooms by name (hooks), so that imports go one way and nothing is loaded
before it is used.

story sentences    one contact's life             preview    one message for one contact
results forecasts  what each result shows         plots      pictures, the only door of matplotlib
report             everything on one page         html       its pieces
fitted             fits and back-tests            program    a program with its diagnostics
diagram            flows as pictures
"""
