"""Judges an implementation against the oracle."""
