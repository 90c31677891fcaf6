"""Judges implementations: draw a case, ask worker and oracle, compare."""
