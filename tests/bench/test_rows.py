"""The rows, i.e. the calls that `kata bench` compares: how answers are verified and times scaled."""

import numpy as np
import pytest
from mlkata.bench import gate, peers, serve
from mlkata.tracks import catalogue
from mlkata.tracks.rows import BASELINE, Part

SMALL_ROWS = [
    "kmeans/fit/small-float64",
    "kmeans/fit/digits-float64",
    "knn/search/100-1-4-float64",
    "knn/search/digits",
    "gmm/fit/100-2-3-full",
]


# scikit-learn warns that gmm/fit does not converge: the row sets a number of iterations.
@pytest.mark.filterwarnings("ignore:Best performing initialization")
@pytest.mark.parametrize("row_id", SMALL_ROWS)
def test_the_reference_agrees_with_scikit_learn_and_a_wrong_answer_does_not(row_id):
    row = peers.row(row_id)
    answers = []
    for name in (BASELINE, "reference"):
        call = peers.load(row.track, name).prepare(row, row.make())
        answers.append(row.summary(call()))
    expected, got = answers
    assert row.differs(got, expected) == ""
    first = next(iter(expected))  # the labels of k-means, for example
    wrong = got | {first: got[first] + 1}
    if "inertia" in got:
        wrong["inertia"] = got["inertia"] * 2
    assert row.differs(wrong, expected) != ""


@pytest.mark.parametrize(
    "row_id",
    [
        "kmeans/fit/small-float64",
        "knn/search/100-1-4-float64",
        "gmm/fit/100-2-3-full",
        "tree/crossover/125",
    ],
)
def test_the_gate_compares_small_inputs(row_id):
    """`kata author verify` runs for each function the row with the smallest input.

    Rows with a large input or a model are left out, except those of a crossover at its smallest x. In each of
    these tracks only one function has a row left.
    """
    assert [row.id for row in gate._smallest_rows(catalogue.get(row_id.split("/")[0]))] == [row_id]


def test_a_part_of_the_work_is_scaled_up(monkeypatch):
    """A peer that does a quarter of the work in 1 s would take 4 s for all of it."""
    served = object.__new__(serve._Served)  # without __init__, so that no peer is loaded
    served.call, served.share = Part(lambda: "answer", share=0.25), 0.25
    clock = iter([10.0, 11.0])  # one second passes
    monkeypatch.setattr(serve.time, "perf_counter", lambda: next(clock))
    n_calls = 1
    assert served.time(n_calls) == {"seconds": 4.0}
    assert served.answer == "answer"


def test_scores_are_compared_at_the_alphas_of_the_baseline():
    """At 0.05 a curve has the score of the largest alpha below, 0.0, since it is a step function."""
    differs = peers.row("tree/alphas/unlimited").differs
    got = {"alphas": np.array([0.0, 0.1, 0.2]), "scores": np.array([0.9, 0.8, 0.7])}
    expected = {"alphas": np.array([0.05, 0.15]), "scores": np.array([0.9, 0.8])}
    assert differs(got, expected) == ""
    assert differs(got, {**expected, "scores": np.array([0.9, 0.7])}) == "1 of 2 scores differ"
