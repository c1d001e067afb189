"""The FlowDSL kernel: notebooks whose cells are plain FlowDSL, for classes in which nobody writes Python.

parts     the program and the commands of a cell  session  the program, tables and results of a notebook
commands  the commands                            options  the options of commands
assumed   a made-up scenario, if there is none    typing   completion and help
fixes     `%fix` and `%fmt`                       shown    outputs by MIME type
kernel    requests from Jupyter                   install  installation for Jupyter

A cell with flows is the program; a cell without (a scenario, messages, params, a workspace) adds to the program above.
Lines that begin with `%` are commands. Jupyter starts `python -m flowdsl.notebook.kernel`.
"""
