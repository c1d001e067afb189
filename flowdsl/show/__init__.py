"""What people look at: Results go in; stories, pictures and HTML come out.

`story`, `plot` and `html` are hooks of lower floors; filling them from here keeps imports one-way. Each room teaches
the results that it knows when it is imported, and the verbs that make these import it: a diagram needs no simulation.

story sentences    one contact's life             preview    one message for one contact
results forecasts  what each result shows         plots      pictures, the only door of matplotlib
report             everything on one page         html       its pieces
fitted             fits and back-tests            program    a program with its faults
diagram            flows as pictures
"""
