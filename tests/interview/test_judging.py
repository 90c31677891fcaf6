"""Failures are sorted by topic: did the candidate ask about what the task leaves open, or assume it?"""

from __future__ import annotations

import pytest
from mlkata.interview import judging
from mlkata.judging.oracle import Oracle
from mlkata.judging.session import Session, judge_rounds
from mlkata.worker.parent import Workers
from mlkata.worker.runner import Submission


@pytest.fixture(scope="module")
def look(track, sheet):
    """Return a function `look(source, *topics)` that judges a source.

    The candidate has asked about the topics with these keys.
    """
    pool, oracle = Workers(ahead=1), Oracle(track, keep=False)

    def judged(source, *topics):
        pool.refill()
        with Session(track, Submission("toy.py", source.encode()), workers=pool, oracle=oracle) as session:
            return judging.sort(judge_rounds(session, track.rounds), sheet, topics)

    yield judged
    pool.close()


def assumed_topics(result):
    """Return the topics that were assumed, i.e. not asked about, with the number of failed checks of each."""
    return {topic.key: len(verdicts) for topic, verdicts in result.assumed}


def test_a_failure_on_a_topic_never_asked_about_is_an_assumption(look, right):
    """It counts as a missed question, and as a failure only if the candidate has asked about the topic."""
    source = right.replace('    if not len(x):\n        raise ValueError("nothing to sum")\n', "")
    result = look(source)
    assert assumed_topics(result) == {"2/empty": 1}
    assert [topic.key for topic in result.missed] == ["2/empty"]
    assert not result.report.wrong
    assert result.passed == ("toy.1",)
    assert result.passing == {"toy.1": (3, 3), "toy.2": (3, 4)}  # of all checks
    after_question = look(source, "2/empty")
    assert assumed_topics(after_question) == {}
    assert [verdict.check.id for verdict in after_question.report.wrong] == ["toy.2/total/empty"]


def test_while_another_check_fails_no_question_counts_as_missed(look, right):
    """The bug that makes the other check fail may also be why the topic's check fails."""
    result = look(right.replace("return x.sum()", "return x.sum() + 1").replace("if not len(x)", "if False"))
    assert assumed_topics(result) == {"2/empty": 1}
    assert result.missed == ()
    assert [verdict.check.id for verdict in result.report.wrong] == ["toy.2/total/plain"]


def test_a_wrong_shape_belongs_to_the_topic_shapes(look, right):
    """Signatures do not show which shapes are returned, so a candidate has to ask about them."""
    result = look(right.replace("np.zeros((k, x.shape[1]))", "np.zeros(k)"))
    assert assumed_topics(result) == {"1/shapes": 1}
    assert [topic.key for topic in result.missed] == ["1/shapes"]


def test_a_file_that_cannot_be_imported_reveals_no_answers(look):
    """A check whose topic was not asked about is counted but not listed: its rule is the answer."""
    result = look("def double(:\n", "1/again")
    wrong = {verdict.check.id for verdict in result.report.wrong}
    assert "toy.1/double/again" in wrong
    assert "toy.2/total/plain" in wrong
    assert "toy.2/total/empty" not in wrong
    assert result.passing["toy.2"] == (0, 4)
    assert (result.assumed, result.missed, result.passed) == ((), (), ())


def test_a_right_file_has_no_failure_and_no_assumption(look, right):
    result = look(right)
    assert result.passed == ("toy.1", "toy.2")
    assert (result.assumed, result.missed) == ((), ())
