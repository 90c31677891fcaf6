"""The smallest failing input: it fails the code, and is fair."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from mlkata.judging import shrink
from mlkata.judging.oracle import answer_with
from mlkata.judging.session import DEPENDS
from mlkata.judging.verdict import judge
from mlkata.tracks import catalogue, loading, mutants
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Answer, Kind, Status


@pytest.fixture(scope="module")
def kmeans():
    return catalogue.get("kmeans")


@pytest.fixture(scope="module")
def mutant_of(kmeans, tmp_path_factory):
    """`mutant_of("id")` is a module with that mistake, run in this process: it is our own."""
    folder = tmp_path_factory.mktemp("mutants")
    reference = (kmeans.solutions / "reference.py").read_text()

    def load(name):
        path = folder / f"{name.replace('-', '_')}.py"
        path.write_text(mutants.get(kmeans, name).source(reference))
        return loading.load(path)

    return load


def failing(track, check_id, module):
    case = draw(track.check(check_id), 0)
    return judge(case, answer_with(module, case), expected_of(track, case))


def expected_of(track, case):
    return answer_with(track.oracle, case) if case.check.expects else Answer(Kind.VALUE)


def arrays(verdict):
    return {
        name: value
        for name, value in verdict.case.steps[0].arguments.items()
        if isinstance(value, np.ndarray)
    }


@pytest.mark.parametrize(
    ("mutant", "check", "rows"),
    [
        ("one-update", "kmeans.1/lloyd/few-rows", 3),
        ("divide-by-n", "kmeans.1/update/means", 2),
        ("cross-term-sign", "kmeans.1/assign/one-feature", 2),
        ("tol-unscaled", "kmeans.2/kmeans/shift-just-within", 4),
        ("uniform-picks", "kmeans.3/kmeans_plusplus/second-pick", 4),  # hundreds of draws, no oracle
    ],
)
def test_what_is_left_fails_and_is_fair(kmeans, mutant_of, mutant, check, rows):
    """Few rows; the code fails on it, the reference passes, and the check's audit accepts it."""
    module = mutant_of(mutant)
    before = failing(kmeans, check, module)
    assert before.status is Status.FAIL
    after = shrink.smaller(before, kmeans, lambda case, _: answer_with(module, case), clock=lambda: 0.0)
    assert len(arrays(after)["X"]) <= rows < len(arrays(before)["X"])
    assert after.status is Status.FAIL
    assert after.check.audit is None or after.check.audit(after.case.steps)
    reference = loading.load(kmeans.solutions / "reference.py")
    expected = expected_of(kmeans, after.case)
    assert judge(after.case, answer_with(reference, after.case), expected).status is Status.PASS
    assert judge(after.case, answer_with(module, after.case), expected).status is Status.FAIL
    sizes = {len(value) for name, value in arrays(after).items() if name in ("X", "labels")}
    assert len(sizes) == 1  # what belongs to the same rows goes with them


def test_numbers_become_whole_and_small(kmeans, mutant_of):
    """Such that a person can follow them in the head."""
    module = mutant_of("tol-unscaled")
    before = failing(kmeans, "kmeans.2/kmeans/shift-just-within", module)
    after = shrink.smaller(before, kmeans, lambda case, _: answer_with(module, case), clock=lambda: 0.0)
    X = arrays(after)["X"]
    assert np.array_equal(X, np.round(X))


def test_it_ends_when_time_is_over(kmeans, mutant_of):
    """The best so far is shown; here each look at the clock takes a fifth of the time."""
    module, asked = mutant_of("loose-stop"), []
    before = failing(kmeans, "kmeans.1/lloyd/many-updates", module)
    ticks = itertools.count(0, shrink.SECONDS / 5)

    def answer(case, at_most):
        asked.append(at_most)
        return answer_with(module, case)

    after = shrink.smaller(before, kmeans, answer, clock=lambda: next(ticks))
    assert 0 < len(asked) <= 5
    assert after.status is Status.FAIL
    assert max(asked) <= shrink.SECONDS / 2  # so that one that loops takes half of what is left
    assert asked == sorted(asked, reverse=True)


def test_a_tie_is_no_counterexample(kmeans, mutant_of):
    """Where the audit refuses every other input, nothing changes, not even the numbers."""
    module = mutant_of("divide-by-n")
    before = failing(kmeans, "kmeans.1/update/means", module)
    refusing = replace(before.check, audit=lambda steps: False)
    strict = replace(before, check=refusing, case=replace(before.case, check=refusing))
    after = shrink.smaller(strict, kmeans, lambda case, _: answer_with(module, case))
    assert after.case is strict.case


def test_an_error_stays_the_same_error(tmp_path):
    """Where NaN has to be refused, NaN is left, and the reference refuses it in the same words."""
    track = catalogue.get("tree")
    path = tmp_path / "nan.py"
    reference = track.solutions / "reference.py"
    path.write_text(mutants.get(track, "nan-in-rows").source(reference.read_text()))
    module, right = loading.load(path), loading.load(reference)
    before = failing(track, "tree.3/best_split/nan", module)
    assert before.expected.kind is Kind.RAISED
    after = shrink.smaller(before, track, lambda case, _: answer_with(module, case), clock=lambda: 0.0)
    assert len(arrays(after)["X"]) < len(arrays(before)["X"])
    assert np.isnan(arrays(after)["X"]).any()
    said = [answer_with(right, one.case).message for one in (before, after)]
    assert said[0] == said[1] != ""


def test_what_is_small_stays(kmeans, mutant_of):
    """The same verdict comes back, and nothing is run."""
    before = failing(kmeans, "kmeans.1/update/empty-cluster", mutant_of("zero-when-empty"))
    assert before.status is Status.FAIL
    assert not shrink.can_shrink(before)
    assert shrink.smaller(before, kmeans, lambda case, _: pytest.fail("nothing to run")) is before


def test_what_depends_on_earlier_calls_stays(kmeans, mutant_of):
    """Another input would say something else about it."""
    before = failing(kmeans, "kmeans.1/lloyd/few-rows", mutant_of("one-update"))
    assert shrink.can_shrink(before)
    assert not shrink.can_shrink(replace(before, message=before.message + DEPENDS))


def test_nothing_that_passes_is_wanted(kmeans):
    """A right answer has no counterexample."""
    reference = loading.load(kmeans.solutions / "reference.py")
    assert not shrink.can_shrink(failing(kmeans, "kmeans.1/lloyd/few-rows", reference))


def test_a_tree_loses_branches():
    """Each smaller tree is one by the contract: fewer nodes, children numbered above their parents."""
    track = catalogue.get("tree")
    reference = loading.load(track.solutions / "reference.py")
    case = next(draw(one, 0) for one in track.checks if one.id == "tree.2/prune_reduced_error/ten-leaves")
    tree = case.steps[0].arguments["tree"]
    X = np.zeros((3, 1 + int(tree.feature.max())))
    found = [one["tree"] for one in track.smaller({"tree": tree, "X": X})]
    assert len(found) == 2 * np.count_nonzero(tree.left != -1) - 1
    for one in found:
        assert len(one.left) < len(tree.left)
        inner = np.flatnonzero(one.left != -1)
        assert np.array_equal(inner, np.flatnonzero(one.right != -1))
        assert (np.minimum(one.left, one.right)[inner] > inner).all()
        assert set(one.left[inner]) | set(one.right[inner]) == set(range(1, len(one.left)))
        assert (one.left[reference.apply(one, X)] == -1).all()
    assert list(track.smaller({"X": X})) == []
