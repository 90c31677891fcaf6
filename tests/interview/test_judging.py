"""Failures sorted by what was asked."""

from __future__ import annotations

import pytest
from mlkata.interview import judging
from mlkata.judging.oracle import Oracle
from mlkata.judging.session import Session, judge_rounds
from mlkata.worker.parent import Workers
from mlkata.worker.runner import Submission


@pytest.fixture(scope="module")
def look(track, sheet):
    """`look(source, *asked)` judges a source on both rounds."""
    pool, oracle = Workers(ahead=1), Oracle(track, keep=False)

    def judged(source, *asked):
        pool.refill()
        with Session(track, Submission("toy.py", source.encode()), workers=pool, oracle=oracle) as session:
            return judging.sort(judge_rounds(session, track.rounds), sheet, asked)

    yield judged
    pool.close()


def names(look):
    """Name what was assumed, with how many checks hang on it."""
    return {topic.key: len(verdicts) for topic, verdicts in look.assumed}


def test_what_was_never_asked_is_assumed(look, right):
    """It is no failure, and a question missed; once asked it is a failure."""
    source = right.replace('    if not len(x):\n        raise ValueError("nothing to sum")\n', "")
    found = look(source)
    assert names(found) == {"2/empty": 1}
    assert [topic.key for topic in found.missed] == ["2/empty"]
    assert not found.report.wrong
    assert found.passed == ("toy.1",)
    assert found.passing == {"toy.1": (3, 3), "toy.2": (3, 4)}
    asked = look(source, "2/empty")
    assert names(asked) == {}
    assert [verdict.check.id for verdict in asked.report.wrong] == ["toy.2/total/empty"]


def test_behind_a_plain_mistake_nothing_counts_as_missed(look, right):
    """The mistake may be what fails the other check, too."""
    found = look(right.replace("return x.sum()", "return x.sum() + 1").replace("if not len(x)", "if False"))
    assert names(found) == {"2/empty": 1}
    assert found.missed == ()
    assert [verdict.check.id for verdict in found.report.wrong] == ["toy.2/total/plain"]


def test_a_wrong_shape_hangs_on_the_question_about_shapes(look, right):
    """Names and arguments do not say what comes back."""
    found = look(right.replace("np.zeros((k, x.shape[1]))", "np.zeros(k)"))
    assert names(found) == {"1/shapes": 1}
    assert [topic.key for topic in found.missed] == ["1/shapes"]


def test_a_file_that_cannot_be_imported_tells_no_answers(look):
    """The rules of what was not asked are not listed; what was asked is, and all of it is counted."""
    found = look("def double(:\n", "1/again")
    wrong = {verdict.check.id for verdict in found.report.wrong}
    assert "toy.1/double/again" in wrong
    assert "toy.2/total/plain" in wrong
    assert "toy.2/total/empty" not in wrong
    assert found.passing["toy.2"] == (0, 4)
    assert (found.assumed, found.missed, found.passed) == ((), (), ())


def test_all_right(look, right):
    """Nothing is wrong, nothing assumed."""
    found = look(right)
    assert found.passed == ("toy.1", "toy.2")
    assert (found.assumed, found.missed) == ((), ())
