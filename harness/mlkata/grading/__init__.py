"""Grading many submissions: where they come from, and what a model's samples are worth."""
