"""Holds a timed interview: `kata interview`."""
