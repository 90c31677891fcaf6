"""Draws verdicts as text, pages, pictures, other tools' formats; runs nothing."""
