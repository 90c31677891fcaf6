"""Claims about how a cost grows are read, exponents are fitted to costs, and the two are compared."""

import math

import numpy as np
import pytest
from mlkata.bench import growth
from mlkata.bench.growth import Finding, Slope
from mlkata.tracks.model import KataError

SIZES = [1000, 2000, 4000, 8000, 16000, 32000]


def slope(text):
    """Return the exponent of a claimed formula in n, for n in SIZES, k = 8 and d = 16."""
    fixed = {"n": 100, "k": 8, "d": 16}  # n varies, so its fixed value is not used
    return growth.read_claim(text, ["n", "k", "d"]).slope("n", SIZES, fixed)


@pytest.mark.parametrize(
    ("text", "exponent"),
    [
        ("n*k*d", 1),
        ("n^2*d", 2),
        ("n**2", 2),
        ("O(n*k)", 1),
        ("k*d", 0),
        ("sqrt(n)", 0.5),
        ("n²", 2),
        ("7*n/d", 1),
        # as in textbooks: without signs of multiplication
        ("O(nkd)", 1),
        ("n k d", 1),
        ("nn(k + d)", 2),
        ("k log d", 0),
    ],
)
def test_a_claim_has_an_exponent(text, exponent):
    """With n from 1,000 to 32,000, k = 8 and d = 16."""
    assert slope(text) == pytest.approx(exponent)


@pytest.mark.parametrize("text", ["k*k*k*k - n", "d**n"])
def test_a_claim_must_be_positive_over_the_measured_range(text):
    """The first formula is negative for large n, the second overflows."""
    with pytest.raises(
        KataError, match="is not a positive number for n from 1000 to 32000 with k = 8, d = 16"
    ):
        slope(text)


def test_a_logarithm_adds_little_to_the_exponent():
    """n log n lies between n and n^1.3, however it is written."""
    assert 1.05 < slope("n*log(n)") < 1.3
    assert slope("O(nd log n)") == slope("n*d*log(n)")


def test_a_sum_has_the_exponent_of_its_largest_term():
    """For n from 1,000 on, n dominates k*d = 128; a large constant dominates n."""
    assert slope("n + k*d") > 0.9
    assert slope("n + 1000000000") < 0.01


@pytest.mark.parametrize(
    "text",
    [
        "n*q",  # q is no size
        "nq",
        "nq(k)",
        "n +",
        "__import__('os')",  # code that would be dangerous to execute
        "n.real",
        "'n'",
        "-1",  # not positive
        "0*n",
        "n**n**n**n",  # overflows
        "log()",
        "",
    ],
)
def test_anything_but_a_formula_is_refused(text):
    """One line says what was expected; nothing is ever executed."""
    with pytest.raises(KataError, match="expected a formula in n, k, d") as caught:
        growth.read_claim(text, ["n", "k", "d"])
    assert "\n" not in str(caught.value)


def test_time_and_memory_are_read_separately():
    """A claim may name both or one; commas inside a formula do not separate claims."""
    claims = growth.read_claims("time: max(n, k)*d, memory: n*k", ["n", "k", "d"])
    assert {what: claim.text for what, claim in claims.items()} == {"time": "max(n, k)*d", "memory": "n*k"}
    assert list(growth.read_claims("memory: n", ["n"])) == ["memory"]


@pytest.mark.parametrize("text", ["n*k", "speed: n", "time n", ","])
def test_anything_but_a_claim_is_refused(text):
    """A claim has to name time or memory."""
    with pytest.raises(KataError, match=r"expected `time: …, memory: …` with n, k"):
        growth.read_claims(text, ["n", "k"])


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
def test_the_interval_contains_the_exponent(exponent):
    """With 5 % noise the 95 % interval contains the true exponent in about 190 of 200 fits, surely in 180."""
    rng = np.random.default_rng(0)
    n_contained = 0
    for _ in range(200):
        fitted = growth.fit(SIZES, [size**exponent * rng.lognormal(0, 0.05) for size in SIZES])
        n_contained += abs(fitted.value - exponent) <= fitted.half_width
    assert n_contained >= 180


def test_costs_that_stay_the_same_have_an_exponent_of_0():
    """Memory is traced to the byte, so constant costs do not scatter: all results are 0, and none is NaN."""
    fitted = growth.fit(SIZES, [4096.0] * len(SIZES))
    assert (fitted.value, fitted.half_width, fitted.reach) == (0, 0, 0)


def test_only_sizes_within_a_factor_of_16_are_fitted():
    """Smaller sizes are left out, as fixed costs dominate there: of 1,000 to 32,000 only the first."""
    fitted = growth.fit(SIZES, SIZES)  # costs equal to the sizes
    assert fitted.sizes == tuple(SIZES[1:])
    assert fitted.value == pytest.approx(1)


def test_too_few_sizes_give_no_exponent():
    """Costs of 0 were too small to be measured; a fit needs four others."""
    fitted = growth.fit(SIZES, [0, 0, 0, 1, 2, 4])
    assert math.isinf(fitted.half_width)
    assert growth.compare(fitted, 1.0)[0] is Finding.UNDECIDED


def test_a_curve_that_bends_upwards_may_reach_a_larger_exponent():
    """A fixed cost makes a curve flat at first; `reach` is the exponent that it may have at larger sizes.

    Without a fixed cost, no larger exponent is in reach.
    """
    bent = growth.fit(SIZES, [20_000 + size for size in SIZES])
    assert bent.value + bent.half_width < 0.7 <= bent.reach
    assert growth.fit(SIZES, [3 * size for size in SIZES]).reach == pytest.approx(1)


@pytest.mark.parametrize("seed", range(20))
def test_noise_does_not_hide_a_wrong_claim(seed):
    """With 10 % noise a curve may seem to bend upwards, but never so much that n² would be in reach."""
    rng = np.random.default_rng(seed)
    sizes = [1000, 1500, 2000, 3000, 4000, 6000, 8000, 12000, 16000]
    fitted = growth.fit(sizes, [size * rng.lognormal(0, 0.1) for size in sizes])
    assert growth.compare(fitted, 2.0)[0] is Finding.DISAGREE
    assert growth.compare(fitted, 0.0)[0] is Finding.DISAGREE
    assert growth.compare(fitted, 1.0)[0] is Finding.AGREE


@pytest.mark.parametrize(
    ("value", "half_width", "reach", "claimed", "finding"),
    [
        (1.0, 0.1, 1.1, 1.0, Finding.AGREE),
        (1.1, 0.05, 1.2, 1.0, Finding.AGREE),  # cache misses, a logarithm
        (2.0, 0.1, 2.1, 1.0, Finding.DISAGREE),
        (1.0, 0.1, 1.1, 2.0, Finding.DISAGREE),
        (1.0, 0.1, 1.6, 2.0, Finding.DISAGREE),  # it bends up, but not far enough
        (0.0, 0.1, 0.1, 1.0, Finding.DISAGREE),
        (1.0, 0.1, 1.1, 0.0, Finding.DISAGREE),
        (0.5, 0.1, 0.9, 1.0, Finding.UNDECIDED),  # fixed costs may hide the rest
        (1.5, 0.1, 1.9, 1.0, Finding.DISAGREE),  # above a claim, bending up makes it worse
        (1.0, 0.5, 1.1, 1.0, Finding.UNDECIDED),  # the interval is too wide
    ],
)
def test_a_claim_is_compared_with_the_interval(value, half_width, reach, claimed, finding):
    """An exponent that is off by 1 is wrong in both directions, unless there is too little evidence."""
    fitted = Slope(tuple(SIZES), value=value, half_width=half_width, reach=reach)
    assert growth.compare(fitted, claimed)[0] is finding


def test_the_overall_finding_is_the_worst_one():
    """One wrong size makes a claim wrong, one undecided size makes it undecided."""
    agree, wrong, unknown = Finding.AGREE, Finding.DISAGREE, Finding.UNDECIDED
    assert growth.overall([agree, agree]) is agree
    assert growth.overall([agree, unknown]) is unknown
    assert growth.overall([unknown, wrong, agree]) is wrong
