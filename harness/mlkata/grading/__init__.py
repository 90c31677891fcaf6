"""Judges cohorts: `kata grade`."""
