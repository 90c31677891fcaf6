"""Measures speed: `kata bench`, `kata warmup`."""
