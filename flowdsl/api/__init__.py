"""Public verbs that build on simulations, a module each: programs and tables go in, what they answer comes out.

The verbs of one program and one life are in flowdsl.api.pipeline.
"""
