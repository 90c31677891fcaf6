"""Renders verdicts as text, pages, pictures and other tools' formats; runs nothing."""
