"""Tests a sampler (a function that draws at random): do counts of its outcomes fit their probabilities?"""

from __future__ import annotations

from typing import Any

import numpy as np

_FEWEST_EXPECTED = 5
"""The chi-square approximation needs at least this expected count of each outcome, by the usual rule."""
RARE = 1e-6
"""A check fails a sampler whose p-value is below this; a right sampler's is once in a million seeds."""


def p_value(counts: Any, probabilities: Any) -> float:
    """Return the p-value of Pearson's chi-square test: do these counts fit these probabilities?

    The p-value is the probability that the counts of a right sampler differ at least as much from the
    expected counts as these do.

    Parameters
    ----------
    counts : int array of shape (n_outcomes,)
        How often each outcome was drawn; at least 1,000 draws in all.
    probabilities : float array of shape (n_outcomes,)
        They sum to 1. The p-value is 0 if an outcome of probability 0 was drawn.
        Outcomes expected fewer than 5 times are pooled into one.

    Returns
    -------
    float
        In [0, 1]; 1 if only one outcome is possible.
    """
    counts = np.asarray(counts, dtype=float).ravel()
    expected = np.asarray(probabilities, dtype=float).ravel() * counts.sum()
    if counts[expected == 0].any():
        return 0.0
    rare = expected < _FEWEST_EXPECTED
    counts = np.append(counts[~rare], counts[rare].sum())  # the last entry is the pool of rare outcomes
    expected = np.append(expected[~rare], expected[rare].sum())
    if expected[-1] < _FEWEST_EXPECTED and len(expected) > 1:
        # The pool is rare too, or empty: add it to the rarest of the others.
        rarest = int(np.argmin(expected[:-1]))
        counts[rarest] += counts[-1]
        expected[rarest] += expected[-1]
        counts, expected = counts[:-1], expected[:-1]
    degrees_of_freedom = len(expected) - 1
    if degrees_of_freedom == 0:
        return 1.0
    # The tail of chi-square from scipy.special: scipy.stats has it too, but takes a second to import.
    from scipy.special import chdtrc

    return float(chdtrc(degrees_of_freedom, ((counts - expected) ** 2 / expected).sum()))
