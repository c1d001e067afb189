"""The FlowDSL kernel: notebooks whose cells are plain FlowDSL, for classes in which nobody writes Python.

parts    a cell taken apart: its program, its commands          session   what a notebook has: program, tables, results
commands what each command does     options  its options        assumed   what contacts do where nobody says it
typing   completion and help            mending  %fix and %fmt       shown     outputs by MIME type
kernel   messages of Jupyter in, outputs out                    install   making it known to Jupyter

A cell with flows is the program; a cell without (a scenario, messages, params, a workspace) adds to the program above.
Lines that begin with `%` are commands. `python -m flowdsl.notebook.kernel` is what Jupyter starts.
"""
