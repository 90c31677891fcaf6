"""The smallest input on which a submission fails: it is valid, and the reference solution passes on it.

Here submissions are mutants, i.e. deliberately wrong solutions. They run in this process, so the time limit
for an answer, the second argument of the functions given to `shrink.smaller`, is ignored. A clock that stands
still (`clock=lambda: 0.0`) lets each search run to its end.
"""

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
    """Return the track k-means."""
    return catalogue.get("kmeans")


@pytest.fixture(scope="module")
def mutant_of(kmeans, tmp_path_factory):
    """Return a function that takes the id of a mutant, and loads the mutant as a module."""
    folder = tmp_path_factory.mktemp("mutants")
    reference = (kmeans.solutions / "reference.py").read_text()

    def load(name):
        path = folder / f"{name.replace('-', '_')}.py"
        path.write_text(mutants.get(kmeans, name).source(reference))
        return loading.load(path)

    return load


def verdict_on(track, check_id, module):
    """Return the verdict on a module's answer to a check at seed 0."""
    case = draw(track.check(check_id), 0)
    return judge(case, answer_with(module, case), expected_of(track, case))


def expected_of(track, case):
    """Return the oracle's answer to a case, or an empty answer if the check's judge needs none."""
    return answer_with(track.oracle, case) if case.check.expects else Answer(Kind.VALUE)


def arrays(verdict):
    """Return the arrays among the arguments of a verdict's first step."""
    return {
        name: value
        for name, value in verdict.case.steps[0].arguments.items()
        if isinstance(value, np.ndarray)
    }


@pytest.mark.parametrize(
    ("mutant", "check", "most_rows"),
    [
        ("one-update", "kmeans.1/lloyd/few-rows", 3),
        ("divide-by-n", "kmeans.1/update/means", 2),
        ("cross-term-sign", "kmeans.1/assign/one-feature", 2),
        ("tol-unscaled", "kmeans.2/kmeans/shift-just-within", 4),
        ("uniform-picks", "kmeans.3/kmeans_plusplus/second-pick", 4),  # hundreds of calls, no expected answer
    ],
)
def test_the_mutant_fails_on_the_smallest_input_and_the_reference_passes(
    kmeans, mutant_of, mutant, check, most_rows
):
    """The input has few rows, and the check's audit accepts it: there is one right answer."""
    module = mutant_of(mutant)
    before = verdict_on(kmeans, check, module)
    assert before.status is Status.FAIL
    after = shrink.smaller(before, kmeans, lambda case, _: answer_with(module, case), clock=lambda: 0.0)
    assert len(arrays(after)["X"]) <= most_rows < len(arrays(before)["X"])
    assert after.status is Status.FAIL
    assert after.check.audit is None or after.check.audit(after.case.steps)
    reference = loading.load(kmeans.solutions / "reference.py")
    expected = expected_of(kmeans, after.case)
    assert judge(after.case, answer_with(reference, after.case), expected).status is Status.PASS
    assert judge(after.case, answer_with(module, after.case), expected).status is Status.FAIL
    sizes = {len(value) for name, value in arrays(after).items() if name in ("X", "labels")}
    assert len(sizes) == 1  # X and labels have lost the same rows


def test_numbers_become_whole_and_small(kmeans, mutant_of):
    """So a person can follow the calculation."""
    module = mutant_of("tol-unscaled")
    before = verdict_on(kmeans, "kmeans.2/kmeans/shift-just-within", module)
    after = shrink.smaller(before, kmeans, lambda case, _: answer_with(module, case), clock=lambda: 0.0)
    X = arrays(after)["X"]
    assert np.array_equal(X, np.round(X))


def test_the_search_ends_after_its_time_with_the_smallest_input_so_far(kmeans, mutant_of):
    """Each time that the clock is read, a fifth of the time has passed."""
    module, limits = mutant_of("loose-stop"), []
    before = verdict_on(kmeans, "kmeans.1/lloyd/many-updates", module)
    ticks = itertools.count(0, shrink.SECONDS / 5)

    def answer(case, at_most):
        limits.append(at_most)
        return answer_with(module, case)

    after = shrink.smaller(before, kmeans, answer, clock=lambda: next(ticks))
    assert 0 < len(limits) <= 5
    assert after.status is Status.FAIL
    assert max(limits) <= shrink.SECONDS / 2  # so that an endless loop leaves time for other inputs
    assert limits == sorted(limits, reverse=True)


def test_inputs_that_the_audit_refuses_are_no_counterexamples(kmeans, mutant_of):
    """If the audit refuses every other input, the drawn input is shown."""
    module = mutant_of("divide-by-n")
    before = verdict_on(kmeans, "kmeans.1/update/means", module)
    refusing = replace(before.check, audit=lambda steps: False)
    strict = replace(before, check=refusing, case=replace(before.case, check=refusing))
    after = shrink.smaller(strict, kmeans, lambda case, _: answer_with(module, case))
    assert after.case is strict.case


def test_an_error_stays_the_same_error(tmp_path):
    """Where the contract demands an error for NaN, the smaller input has NaN, and the message is the same."""
    track = catalogue.get("tree")
    path = tmp_path / "nan.py"
    reference = track.solutions / "reference.py"
    path.write_text(mutants.get(track, "nan-in-rows").source(reference.read_text()))
    module, right = loading.load(path), loading.load(reference)
    before = verdict_on(track, "tree.3/best_split/nan", module)
    assert before.expected.kind is Kind.RAISED
    after = shrink.smaller(before, track, lambda case, _: answer_with(module, case), clock=lambda: 0.0)
    assert len(arrays(after)["X"]) < len(arrays(before)["X"])
    assert np.isnan(arrays(after)["X"]).any()
    messages = [answer_with(right, verdict.case).message for verdict in (before, after)]
    assert messages[0] == messages[1] != ""


def test_a_small_input_stays_as_it_is(kmeans, mutant_of):
    """The same verdict is returned, and the submission is not run."""
    before = verdict_on(kmeans, "kmeans.1/update/empty-cluster", mutant_of("zero-when-empty"))
    assert before.status is Status.FAIL
    assert not shrink.can_shrink(before)
    assert shrink.smaller(before, kmeans, lambda case, _: pytest.fail("nothing to run")) is before


def test_a_failure_that_depends_on_earlier_calls_is_not_shrunk(kmeans, mutant_of):
    """Without the earlier calls the submission would pass."""
    before = verdict_on(kmeans, "kmeans.1/lloyd/few-rows", mutant_of("one-update"))
    assert shrink.can_shrink(before)
    assert not shrink.can_shrink(replace(before, message=before.message + DEPENDS))


def test_a_right_answer_has_no_counterexample(kmeans):
    """`can_shrink` refuses a verdict that is no failure."""
    reference = loading.load(kmeans.solutions / "reference.py")
    assert not shrink.can_shrink(verdict_on(kmeans, "kmeans.1/lloyd/few-rows", reference))


def test_trees_are_made_smaller_branch_by_branch():
    """Each smaller tree is valid: it has fewer nodes, and children have higher numbers than their parents.

    In `left` and `right`, -1 marks a leaf. Each inner node but the root becomes a tree of its own, and each
    inner node becomes a leaf once.
    """
    track = catalogue.get("tree")
    reference = loading.load(track.solutions / "reference.py")
    case = draw(track.check("tree.2/prune_reduced_error/ten-leaves"), 0)
    tree = case.steps[0].arguments["tree"]
    X = np.zeros((3, 1 + int(tree.feature.max())))
    trees = [arguments["tree"] for arguments in track.smaller({"tree": tree, "X": X})]
    assert len(trees) == 2 * np.count_nonzero(tree.left != -1) - 1
    for smaller in trees:
        assert len(smaller.left) < len(tree.left)
        inner = np.flatnonzero(smaller.left != -1)
        assert np.array_equal(inner, np.flatnonzero(smaller.right != -1))
        assert (np.minimum(smaller.left, smaller.right)[inner] > inner).all()
        assert set(smaller.left[inner]) | set(smaller.right[inner]) == set(range(1, len(smaller.left)))
        assert (smaller.left[reference.apply(smaller, X)] == -1).all()
    assert list(track.smaller({"X": X})) == []
