"""The public verbs. `flowdsl.api.pipeline` has those that compile a program or simulate it once.

Verbs that build on many simulations have a module each.
"""
