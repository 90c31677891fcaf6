"""Measures speed and how costs grow: `kata bench`, `kata cost`, `kata warmup`."""
