"""Measures speed (`kata bench`) and how costs grow (`kata cost`).

`kata warmup` compiles the kit's numba solutions in advance, so that their first calls are fast.
"""
