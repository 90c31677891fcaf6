"""The test of samplers: silent on right ones, loud on wrong ones."""

import numpy as np
import pytest
from mlkata.tracks.law import RARE, p_value

LAW = np.array([0.4, 0.3, 0.15, 0.1, 0.05])


def draws(law, n=2000, seed=0):
    """Count n draws from a law."""
    return np.random.default_rng(seed).multinomial(n, law)


def test_p_values_are_uniform_under_the_law():
    """A right sampler is below p in a share p of the seeds."""
    values = np.array([p_value(draws(LAW, seed=seed), LAW) for seed in range(2000)])
    assert ((values >= 0) & (values <= 1)).all()
    for level in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert np.mean(values < level) == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 2000))
    assert values.min() > RARE


def test_the_tail_agrees_with_scipy():
    """The approximation is close where the threshold lies."""
    stats = pytest.importorskip("scipy.stats")
    for freedom in (1, 2, 4, 10, 50):
        n = freedom + 1
        law = np.full(n, 1 / n)
        for exact in (0.5, 1e-3, RARE):
            counts = np.full(n, 1000.0)
            step = np.sqrt(stats.chi2.isf(exact, freedom) * 1000 / 2)
            counts[0] += step
            counts[1] -= step
            assert np.log10(p_value(counts, law)) == pytest.approx(np.log10(exact), abs=0.7)


@pytest.mark.parametrize("seed", range(20))
def test_a_wrong_law_is_seen(seed):
    """Uniform for proportional, and distance for squared distance."""
    assert p_value(draws(np.full(5, 0.2), seed=seed), LAW) < RARE
    squared = LAW**2 / (LAW**2).sum()
    assert p_value(draws(squared, seed=seed), LAW) < RARE


def test_an_outcome_that_cannot_be_is_fatal():
    """One draw of probability 0 is one too many; none is fine."""
    law = np.array([0.5, 0.5, 0.0])
    assert p_value([1000, 999, 1], law) == 0.0
    assert p_value([1000, 1000, 0], law) > 0.5


def test_rare_outcomes_are_pooled():
    """A hundred outcomes, each expected once in the draws, are judged together."""
    law = np.append(np.full(100, 0.0005), [0.95])
    values = [p_value(draws(law, seed=seed), law) for seed in range(300)]
    assert np.mean(np.array(values) < 0.01) < 0.05
    wrong = np.append(np.full(100, 0.002), [0.8])
    assert p_value(draws(wrong), law) < RARE


def test_a_law_of_one_outcome():
    """Nothing can go wrong where nothing is left to chance."""
    assert p_value([2000], [1.0]) == 1.0
    assert p_value([2000, 0], [1.0, 0.0]) == 1.0
