"""The chi-square test of samplers, i.e. of functions that draw at random.

A right sampler's p-values are uniform in [0, 1]; a wrong sampler's are tiny. A check fails a sampler
whose p-value is below RARE, a millionth.
"""

import subprocess
import sys

import numpy as np
import pytest
from mlkata.tracks.law import RARE, p_value
from scipy import stats

LAW = np.array([0.4, 0.3, 0.15, 0.1, 0.05])
"""The probabilities of five outcomes."""


def draws(law, n=2000, seed=0):
    """Return how often each outcome occurs in n draws."""
    return np.random.default_rng(seed).multinomial(n, law)


def test_p_values_are_uniform_under_the_law():
    """Of 2,000 seeds, a share p has a p-value below p, within four standard errors of this share."""
    values = np.array([p_value(draws(LAW, seed=seed), LAW) for seed in range(2000)])
    assert ((values >= 0) & (values <= 1)).all()
    for level in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert np.mean(values < level) == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 2000))
    assert values.min() > RARE  # no seed fails the right sampler


@pytest.mark.parametrize("freedom", [1, 2, 4, 10, 50])
@pytest.mark.parametrize("exact", [0.5, 1e-3, RARE])
def test_the_tail_is_that_of_chi_square(freedom, exact):
    """Counts whose chi-square statistic is the quantile of p have the p-value p."""
    n = freedom + 1
    counts = np.full(n, 1000.0)  # as expected; two are then changed by equal steps, whose squares add up
    step = np.sqrt(stats.chi2.isf(exact, freedom) * 1000 / 2)
    counts[:2] += step, -step
    assert p_value(counts, np.full(n, 1 / n)) == pytest.approx(exact, rel=1e-6)


def test_scipy_stats_is_never_imported():
    """Importing scipy.stats takes longer than judging a check; `p_value` needs scipy.special only."""
    program = (
        "import sys, mlkata.authoring as kit\n"
        "loaded = 'scipy' in sys.modules\n"
        "kit.p_value([600, 400], [0.5, 0.5])\n"
        "print(loaded, 'scipy.special' in sys.modules, 'scipy.stats' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]


@pytest.mark.parametrize("seed", range(20))
def test_a_wrong_sampler_has_a_tiny_p_value(seed):
    """Two wrong samplers: one draws uniformly, the other by squared probabilities."""
    assert p_value(draws(np.full(5, 0.2), seed=seed), LAW) < RARE
    squared = LAW**2 / (LAW**2).sum()
    assert p_value(draws(squared, seed=seed), LAW) < RARE


def test_one_draw_of_an_impossible_outcome_has_p_value_0():
    """Without such a draw, an outcome of probability 0 makes no difference."""
    law = np.array([0.5, 0.5, 0.0])
    assert p_value([1000, 999, 1], law) == 0.0
    assert p_value([1000, 1000, 0], law) > 0.5


def test_rare_outcomes_are_pooled():
    """A hundred outcomes, each expected once in 2,000 draws, count as one expected a hundred times."""
    law = np.append(np.full(100, 0.0005), [0.95])
    for seed in range(20):
        counts = draws(law, seed=seed)
        pooled = p_value([counts[:100].sum(), counts[100]], [0.05, 0.95])
        assert p_value(counts, law) == pytest.approx(pooled)
    wrong = np.append(np.full(100, 0.002), [0.8])  # rare outcomes are drawn four times too often
    assert p_value(draws(wrong), law) < RARE


def test_a_pool_that_is_rare_itself_is_added_to_the_rarest_outcome():
    """The first outcome is expected only twice in 2,000 draws; an outcome must be expected five times."""
    first, second, third = draws([0.001, 0.2, 0.799])
    pooled = p_value([first + second, third], [0.201, 0.799])
    assert p_value([first, second, third], [0.001, 0.2, 0.799]) == pytest.approx(pooled)


def test_a_single_possible_outcome_has_p_value_1():
    """Outcomes of probability 0 do not count."""
    assert p_value([2000], [1.0]) == 1.0
    assert p_value([2000, 0], [1.0, 0.0]) == 1.0
