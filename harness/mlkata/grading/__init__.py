"""Judges cohorts, i.e. many submissions together: `kata grade`."""
