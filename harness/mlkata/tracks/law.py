"""Tests a sampler by its distribution: do the counts of outcomes fit the probabilities?"""

from __future__ import annotations

from typing import Any

import numpy as np

RARE = 1e-6
"""A right sampler falls below this p-value once in a million seeds."""


def p_value(counts: Any, probabilities: Any) -> float:
    """Return the p-value of Pearson's chi-square test: do these counts fit these probabilities?

    It is the chance that a right sampler is at least as far from its distribution as these counts are.

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
    small = expected < 5  # noqa: PLR2004 - the usual rule for the chi-square approximation
    counts = np.append(counts[~small], counts[small].sum())
    expected = np.append(expected[~small], expected[small].sum())
    if expected[-1] < 5:  # noqa: PLR2004 - a small pool joins the smallest outcome
        smallest = int(np.argmin(expected[:-1])) if len(expected) > 1 else 0
        if len(expected) > 1:
            counts[smallest] += counts[-1]
            expected[smallest] += expected[-1]
            counts, expected = counts[:-1], expected[:-1]
    freedom = len(expected) - 1
    if freedom == 0:
        return 1.0
    # The tail of chi-square from scipy.special: scipy.stats has it too, but takes a second to import.
    from scipy.special import chdtrc

    return float(chdtrc(freedom, ((counts - expected) ** 2 / expected).sum()))
