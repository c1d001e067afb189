"""Translates the walk, which is plain Python, into LLVM's language, and makes it one function of Numba.

Numba could compile the walk itself, but it compiles each of its 300 functions with everything that the function calls,
which takes two minutes. The language of the walk is small: whole numbers of 64 bits, memory by place, tuples, calls.

types        what there is              statements  assignments, branches, loops
arithmetic   operations on numbers      functions   a function when it is first called
expressions  names, memory, calls       entry       the walk as Numba gets it
"""
