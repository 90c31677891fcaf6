"""A session judges one submission: all checks get a verdict, and the verdicts of all rounds make a report.

`toy` is the miniature track in tests/miniature, with two rounds and seven checks.
"""

import threading

import pytest
from mlkata.judging.oracle import Oracle
from mlkata.judging.session import DEPENDS, Session, judge_rounds
from mlkata.tracks.model import Check, Kind, Status
from mlkata.worker.parent import Worker, Workers
from mlkata.worker.runner import Submission

REFERENCE = """
import numpy as np

def double(x):
    return 2 * x

def pair(x, k=2):
    return np.argmax(x, axis=1), np.zeros((k, x.shape[1]))

def total(x):
    if not len(x):
        raise ValueError("nothing to sum")
    return x.sum()

def draw(n, rng):
    return rng.random(n)

def root(x):
    return np.count_nonzero(x > 0)
"""


@pytest.fixture
def session(toy, tmp_path, monkeypatch):
    """Yield a function `session(source)` that returns a Session on the miniature track, closed at the end."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    sessions = []
    pool = Workers(ahead=1)

    def make(source, **options):
        pool.refill()
        submission = Submission("toy.py", source.encode())
        oracle = Oracle(toy, keep=options.pop("keep", True))
        sessions.append(Session(toy, submission, workers=pool, oracle=oracle, **options))
        return sessions[-1]

    yield make
    for opened in sessions:
        opened.close()
    pool.close()


@pytest.mark.parametrize("keep", [True, False])
def test_a_right_solution_passes_all_rounds(session, toy, keep):
    """All checks are judged, in the order of the track, with a cache of expected answers and without."""
    verdicts = []
    report = judge_rounds(session(REFERENCE, seed=3, keep=keep), toy.rounds, on_verdict=verdicts.append)
    assert report.status is Status.PASS
    assert (report.score, report.max_score, report.seed) == (7.0, 7.0, 3)
    assert [verdict.check for verdict in verdicts] == list(toy.checks) == [v.check for v in report.verdicts]
    assert (report.track, report.submission, report.isolation) == ("toy", "toy.py", "subprocess")


def test_the_stub_is_unsolved_everywhere(session, toy):
    """In a file that nobody has changed no check fails, and none passes."""
    report = judge_rounds(session(toy.stub.read_text()), toy.rounds)
    assert {verdict.status for verdict in report.verdicts} == {Status.UNSOLVED}
    assert report.status is Status.UNSOLVED


def test_a_crash_in_one_function_leaves_the_verdicts_on_the_others(session, toy):
    """`pair`, whose check is the third, ends the process."""
    source = REFERENCE.replace("return np.argmax", "import os; os._exit(0)\n    return np.argmax")
    report = judge_rounds(session(source), toy.rounds)
    assert [str(verdict.status) for verdict in report.verdicts] == ["pass"] * 2 + ["error"] + ["pass"] * 4
    assert report.verdicts[2].code is Kind.CRASHED
    assert report.status is Status.ERROR


def test_all_checks_are_listed_if_the_file_cannot_be_imported(session, toy):
    """Each check has the same error, and max_score is the sum of all points."""
    report = judge_rounds(session("def double(:\n"), toy.rounds)
    assert {(verdict.status, verdict.code) for verdict in report.verdicts} == {(Status.ERROR, Kind.IMPORT)}
    assert report.max_score == 7.0


def test_a_verdict_has_the_command_that_judges_its_case_again(session, toy):
    """The command ends with the id of the check."""
    verdict = session(REFERENCE, replay="kata check toy --case").verdict(toy.checks[0])
    assert verdict.replay == "kata check toy --case toy.1/double/plain"
    assert verdict.seconds > 0


def test_a_wrong_answer_that_depends_on_earlier_calls_is_explained(session, toy):
    """`double` is wrong from its second call on. Only the first failure of a function says so."""
    source = REFERENCE.replace(
        "def double(x):\n    return 2 * x",
        "KEPT = []\ndef double(x):\n    KEPT.append(1)\n    return 2 * x + (len(KEPT) > 1)",
    )
    explanation = "; alone it passes: the answer depends on earlier calls (a global, a default argument?)"
    verdicts = list(session(source).verdicts([toy.checks[0], toy.checks[0], toy.checks[0]]))
    assert [str(verdict.status) for verdict in verdicts] == ["pass", "fail", "fail"]
    assert verdicts[1].message.endswith(explanation)
    assert verdicts[1].message.startswith("y: 5 of 5 differ; at 0 yours ")
    assert not verdicts[2].message.endswith(explanation)


def test_all_failing_functions_run_again_in_the_same_second_worker(session, toy, monkeypatch):
    """Two functions fail, and two workers are taken: starting one takes longer than judging a round."""
    source = REFERENCE.replace("return 2 * x", "return 3 * x").replace("argmax", "argmin")
    taken, take = [], Workers.take  # `taken` has an entry for each worker
    monkeypatch.setattr(Workers, "take", lambda workers: taken.append(1) or take(workers))
    verdicts = list(session(source).verdicts(toy.checks))
    assert {v.check.function for v in verdicts if v.status is Status.FAIL} == {"double", "pair"}
    assert len(taken) == 2


def test_a_second_worker_whose_state_was_changed_is_not_used_again(session, toy):
    """`double` and `total` share a counter of calls, and are wrong from the second call on."""
    source = REFERENCE.replace("    return 2 * x", "    return 2 * x + late()").replace(
        "    return x.sum()", "    return x.sum() + late()"
    )
    source += "\nKEPT = []\ndef late():\n    KEPT.append(1)\n    return len(KEPT) > 1\n"
    double, total = toy.checks[0], toy.checks[3]
    verdicts = list(session(source).verdicts([double, double, total]))
    # A failure is tried again in a worker that has run nothing. There either function passes.
    assert [v.message.endswith(DEPENDS) for v in verdicts] == [False, True, True]


def test_an_answer_that_is_wrong_alone_is_not_blamed_on_earlier_calls(session, toy):
    """Its message does not say that it passes alone."""
    verdict = session(REFERENCE.replace("return 2 * x", "return 3 * x")).verdict(toy.checks[0])
    assert verdict.status is Status.FAIL
    assert "alone it passes" not in verdict.message


def test_a_session_can_be_used_after_stopping_early(session, toy):
    """The loop over verdicts ends at the first one; then another check is judged."""
    stopped = session(REFERENCE)
    for _ in stopped.verdicts(toy.checks):
        break
    assert stopped.verdict(toy.checks[3]).status is Status.PASS


def test_an_interrupt_does_not_wait_for_an_endless_loop(session, toy, monkeypatch):
    """The worker is killed before its time is up, and no thread is left."""
    source = REFERENCE.replace("return 2 * x", "while True: pass")
    looping = session(source)
    begun, answers, run = threading.Event(), [], Worker.run

    def recorded_run(*arguments, **options):
        begun.set()
        answers.append(run(*arguments, **options))
        return answers[-1]

    def interrupted(self):
        assert begun.wait(60)
        raise KeyboardInterrupt

    monkeypatch.setattr(Worker, "run", recorded_run)
    monkeypatch.setattr(Session, "_warm_oracle", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(looping.verdicts(toy.checks))
    assert [answer.kind for answer in answers] == [Kind.CRASHED]  # and not a timeout
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("worker")]
    assert looping._runner._worker is None


def test_an_audit_that_refuses_all_inputs_raises_an_error(session, toy):
    """An audit accepts or refuses drawn inputs. If it refuses all, the track is at fault: no verdict fits."""
    bad = Check(
        "toy.1/double/bad", "x", toy.checks[0].make, lambda *arguments: None, audit=lambda steps: False
    )
    with pytest.raises(RuntimeError, match="its audit refuses 200 draws in a row"):
        list(session(REFERENCE).verdicts([bad]))


WRONG = REFERENCE.replace("return 2 * x", "return 3 * x")


def test_in_practice_a_round_is_skipped_if_it_needs_one_that_has_not_passed(session, toy):
    """The message names the round that it needs. Its points still count in the full score."""
    report = judge_rounds(session(WRONG), toy.rounds, passed=())
    assert [str(round_.status) for round_ in report.rounds] == ["fail", "skip"]
    assert {v.message for v in report.rounds[1].verdicts} == {"needs toy.1"}
    assert report.status is Status.FAIL
    assert report.max_score == 7.0
    alone = judge_rounds(session(WRONG), toy.rounds[1:], passed=())  # round 1 is not judged at all
    message = "needs toy.1; run `kata check toy`, which judges earlier rounds too"
    assert {v.message for v in alone.rounds[0].verdicts} == {message}


def test_in_grading_no_round_is_skipped(session, toy):
    """Without the argument `passed`, round 2 is judged although round 1 fails."""
    report = judge_rounds(session(WRONG), toy.rounds)
    assert [str(round_.status) for round_ in report.rounds] == ["fail", "pass"]


def test_a_needed_round_may_have_passed_in_this_run_or_earlier(session, toy):
    """An earlier pass does not count if the needed round fails in this run."""
    assert judge_rounds(session(REFERENCE), toy.rounds, passed=()).status is Status.PASS
    alone = judge_rounds(session(REFERENCE), toy.rounds[1:], passed=("toy.1",))
    assert alone.status is Status.PASS
    skipped = judge_rounds(session(REFERENCE), toy.rounds[1:], passed=())  # round 1 has passed nowhere
    assert skipped.status is Status.UNSOLVED
    again = judge_rounds(session(WRONG), toy.rounds, passed=("toy.1",))
    assert again.rounds[1].status is Status.SKIP


def test_a_single_check_is_judged_whatever_its_round_needs(session, toy):
    """`kata check --case` judges a check even if an earlier round has not passed."""
    report = judge_rounds(session(WRONG), toy.rounds[1:], passed=(), only=toy.checks[3])
    assert [verdict.check for verdict in report.verdicts] == [toy.checks[3]]
    assert report.status is Status.PASS
