"""Answers and expected values become verdicts, and verdicts become a report."""

import threading
import time

import mlkata
import numpy as np
import pytest
from mlkata.judging import judge as judging
from mlkata.judging.judge import read_submission
from mlkata.judging.oracle import Oracle
from mlkata.judging.session import DEPENDS, Session, judge_rounds
from mlkata.judging.verdict import judge
from mlkata.tracks import catalogue
from mlkata.tracks.model import Answer, Case, Check, KataError, Kind, Raised, Status, call
from mlkata.worker.parent import Workers
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


def same(steps, got, expected):
    """Judge by equality."""
    del steps
    return None if got == expected else f"yours {got}, expected {expected}"


CHECK = Check("toy.1/double/plain", "twice", lambda rng: call("double", x=1), same)
CASE = Case(CHECK, 0, (call("double", x=1),), (0,))
VALUE_ERROR = Raised(("ValueError", "Exception"), "no rows")
EXPECTED_ERROR = Answer(Kind.RAISED, raised=VALUE_ERROR)
TWO = Answer(Kind.VALUE, [2])


def raised(*types, message=""):
    """Return an answer that is an exception."""
    exception = Raised((*types, "Exception"), message)
    return Answer(Kind.RAISED, raised=exception, message=str(exception))


@pytest.mark.parametrize(
    ("answer", "expected", "status", "code", "message"),
    [
        (TWO, TWO, "pass", None, ""),
        (Answer(Kind.VALUE, [3]), TWO, "fail", None, "yours [3], expected [2]"),
        (Answer(Kind.CONTRACT, message="y is a list"), TWO, "fail", "contract", "y is a list"),
        (raised("ValueError", message="x"), TWO, "fail", "raised", "ValueError: x"),
        (Answer(Kind.CRASHED, message="m"), TWO, "error", "crashed", "m"),
        (Answer(Kind.TIMEOUT, message="m"), TWO, "error", "timeout", "m"),
        (Answer(Kind.MEMORY, message="m"), TWO, "error", "memory", "m"),
        (Answer(Kind.OUTPUT_LIMIT, message="m"), TWO, "error", "output_limit", "m"),
        (Answer(Kind.PROTOCOL, message="m"), TWO, "error", "protocol", "m"),
        (Answer(Kind.POLICY, message="m"), TWO, "error", "policy", "m"),
        (Answer(Kind.IMPORT, message="m"), TWO, "error", "import", "m"),
        (raised("NotImplementedError"), TWO, "unsolved", None, "not solved yet"),
        (raised("NotImplementedError", message="later"), TWO, "unsolved", None, "later"),
        (raised("NotImplementedError"), EXPECTED_ERROR, "unsolved", None, "not solved yet"),
        (raised("ValueError", message="other words"), EXPECTED_ERROR, "pass", None, ""),
        (raised("LinAlgError", "ValueError"), EXPECTED_ERROR, "pass", None, ""),
        (
            raised("TypeError", message="x"),
            EXPECTED_ERROR,
            "fail",
            "raised",
            "raised TypeError: x; expected ValueError",
        ),
        (TWO, EXPECTED_ERROR, "fail", None, "returned a value; expected ValueError"),
        (Answer(Kind.CONTRACT), EXPECTED_ERROR, "fail", None, "returned a value; expected ValueError"),
        (Answer(Kind.CRASHED, message="m"), EXPECTED_ERROR, "error", "crashed", "m"),
        (Answer(Kind.TIMEOUT, message="m"), EXPECTED_ERROR, "error", "timeout", "m"),
    ],
)
def test_judge(answer, expected, status, code, message):
    """Each kind of answer has its status, its code and its message."""
    verdict = judge(CASE, answer, expected)
    assert (verdict.status, verdict.code, verdict.message) == (status, code, message)
    assert (verdict.check, verdict.case, verdict.answer, verdict.expected) == (CHECK, CASE, answer, expected)
    assert verdict.points == (1.0 if status == "pass" else 0.0)


def test_every_kind_of_answer_is_judged():
    """If a value is expected, only a value passes."""
    for kind in Kind:
        status = judge(CASE, Answer(kind, [2]), TWO).status
        assert (status is Status.PASS) == (kind is Kind.VALUE)


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
def test_the_reference_passes(session, toy, keep):
    """All rounds are judged, in the order of the track, and pass."""
    verdicts = []
    report = judge_rounds(session(REFERENCE, seed=3, keep=keep), toy.rounds, on_verdict=verdicts.append)
    assert report.status is Status.PASS
    assert (report.score, report.max_score, report.seed) == (7.0, 7.0, 3)
    assert [verdict.check for verdict in verdicts] == list(toy.checks) == [v.check for v in report.verdicts]
    assert (report.track, report.submission, report.isolation) == ("toy", "toy.py", "subprocess")


def test_the_stub_is_unsolved_everywhere(session, toy):
    """In an untouched file no check fails, and none passes."""
    report = judge_rounds(session(toy.stub.read_text()), toy.rounds)
    assert {verdict.status for verdict in report.verdicts} == {Status.UNSOLVED}
    assert report.status is Status.UNSOLVED


def test_all_checks_are_listed_after_a_crash(session, toy):
    """A crash in one function leaves the verdicts on the others."""
    source = REFERENCE.replace("return np.argmax", "import os; os._exit(0)\n    return np.argmax")
    report = judge_rounds(session(source), toy.rounds)
    assert [str(verdict.status) for verdict in report.verdicts] == ["pass"] * 2 + ["error"] + ["pass"] * 4
    assert report.verdicts[2].code is Kind.CRASHED
    assert report.status is Status.ERROR


def test_all_checks_are_listed_if_the_file_cannot_be_imported(session, toy):
    """Each has the same error, and max_score has the points of all."""
    report = judge_rounds(session("def double(:\n"), toy.rounds)
    assert {(verdict.status, verdict.code) for verdict in report.verdicts} == {(Status.ERROR, Kind.IMPORT)}
    assert report.max_score == 7.0


def test_the_replay_of_a_check(session, toy):
    """Every verdict has the command that judges its case again."""
    verdict = session(REFERENCE, replay="kata check toy --case").verdict(toy.checks[0])
    assert verdict.replay == "kata check toy --case toy.1/double/plain"
    assert verdict.seconds > 0


def test_a_wrong_answer_that_depends_on_earlier_calls_is_explained(session, toy):
    """Alone the case passes; the first failure of each function says so."""
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


def test_failing_functions_run_again_alone_in_one_more_worker(session, toy, monkeypatch):
    """All share a second worker, since starting one takes longer than judging a round."""
    source = REFERENCE.replace("return 2 * x", "return 3 * x").replace("argmax", "argmin")
    taken, take = [], Workers.take
    monkeypatch.setattr(Workers, "take", lambda workers: taken.append(1) or take(workers))
    verdicts = list(session(source).verdicts(toy.checks))
    assert {v.check.function for v in verdicts if v.status is Status.FAIL} == {"double", "pair"}
    assert len(taken) == 2


def test_a_function_that_changes_state_is_run_again_in_a_worker_of_its_own(session, toy):
    """Two functions share one counter: the run of the first must not spoil that of the second."""
    source = REFERENCE.replace("    return 2 * x", "    return 2 * x + late()").replace(
        "    return x.sum()", "    return x.sum() + late()"
    )
    source += "\nKEPT = []\ndef late():\n    KEPT.append(1)\n    return len(KEPT) > 1\n"
    verdicts = list(session(source).verdicts([toy.checks[0], toy.checks[0], toy.checks[3]]))
    assert [v.message.endswith(DEPENDS) for v in verdicts] == [False, True, True]


def test_an_answer_that_is_wrong_alone_is_not_blamed_on_earlier_calls(session, toy):
    """Its message has no explanation."""
    verdict = session(REFERENCE.replace("return 2 * x", "return 3 * x")).verdict(toy.checks[0])
    assert verdict.status is Status.FAIL
    assert "alone it passes" not in verdict.message


def test_a_session_can_be_used_after_stopping_early(session, toy):
    """After a loop that ends at the first verdict, another check can be judged."""
    stopped = session(REFERENCE)
    for _ in stopped.verdicts(toy.checks):
        break
    assert stopped.verdict(toy.checks[3]).status is Status.PASS


def test_an_interrupt_does_not_wait_for_an_endless_loop(session, toy, monkeypatch):
    """Ctrl-C while a worker loops ends at once, and no thread is left."""
    source = REFERENCE.replace("return 2 * x", "while True: pass")
    looping = session(source)

    def interrupted(self):
        time.sleep(0.5)
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "_warm_oracle", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(looping.verdicts(toy.checks))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("worker")]
    assert looping._runner._worker is None


def test_an_audit_that_refuses_all_inputs_raises_an_error(session, toy):
    """A fault of the track is an exception, not a verdict."""
    bad = Check("toy.1/double/bad", "x", toy.checks[0].make, same, audit=lambda steps: False)
    with pytest.raises(RuntimeError, match="its audit refuses 200 draws in a row"):
        list(session(REFERENCE).verdicts([bad]))


WRONG = REFERENCE.replace("return 2 * x", "return 3 * x")


def test_in_practice_a_round_waits_for_what_it_needs(session, toy):
    """A round that needs a round that has not passed is skipped, with the reason."""
    report = judge_rounds(session(WRONG), toy.rounds, passed=())
    assert [str(round_.status) for round_ in report.rounds] == ["fail", "skip"]
    assert {v.message for v in report.rounds[1].verdicts} == {"needs toy.1"}
    assert report.status is Status.FAIL
    assert report.max_score == 7.0
    alone = judge_rounds(session(WRONG), toy.rounds[1:], passed=())
    message = "needs toy.1; run `kata check toy`, which judges earlier rounds too"
    assert {v.message for v in alone.rounds[0].verdicts} == {message}


def test_grading_skips_nothing(session, toy):
    """Without `passed`, every round is judged."""
    report = judge_rounds(session(WRONG), toy.rounds)
    assert [str(round_.status) for round_ in report.rounds] == ["fail", "pass"]


def test_a_needed_round_may_have_passed_in_this_run_or_earlier(session, toy):
    """If it fails in this run, an earlier pass does not count."""
    assert judge_rounds(session(REFERENCE), toy.rounds, passed=()).status is Status.PASS
    alone = judge_rounds(session(REFERENCE), toy.rounds[1:], passed=("toy.1",))
    assert alone.status is Status.PASS
    assert judge_rounds(session(REFERENCE), toy.rounds[1:], passed=()).status is Status.UNSOLVED
    again = judge_rounds(session(WRONG), toy.rounds, passed=("toy.1",))
    assert again.rounds[1].status is Status.SKIP


def test_a_single_check_is_judged_whatever_its_round_needs(session, toy):
    """`kata check --case` judges it even if an earlier round fails."""
    report = judge_rounds(session(WRONG), toy.rounds[1:], passed=(), only=toy.checks[3])
    assert [verdict.check for verdict in report.verdicts] == [toy.checks[3]]
    assert report.status is Status.PASS


def test_reading_a_submission(tmp_path):
    """The bytes are read as they are; anything but a file is an error of one line."""
    file = tmp_path / "mine.py"
    file.write_bytes(b"x = 1\r\n")
    assert read_submission(file) == Submission("mine.py", b"x = 1\r\n")
    for path in (tmp_path / "none.py", tmp_path):
        with pytest.raises(KataError) as caught:
            read_submission(path)
        assert str(caught.value) == f"no file {path}: expected a Python file with the stub's functions"
    file.write_bytes(b"#" * (judging.MAX_SOURCE + 1))
    with pytest.raises(KataError, match="has 1048577 bytes: expected at most 1048576"):
        read_submission(file)


def test_a_submission_that_cannot_be_read(tmp_path, monkeypatch):
    """A file without permission is an error of one line."""
    file = tmp_path / "mine.py"
    file.write_bytes(b"")

    def denied(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(judging.Path, "read_bytes", denied)
    with pytest.raises(KataError) as caught:
        read_submission(file)
    assert str(caught.value) == f"cannot read {file}: Permission denied"


def test_a_file_name_that_is_not_unicode_is_escaped(tmp_path):
    """The name of a submission can always be printed."""
    file = tmp_path / "caf\udce9.py"
    file.write_bytes(b"")
    assert read_submission(file).name == r"caf\udce9.py"


def test_a_submission_mentions_numba_or_not():
    """If it does, it gets a worker that has imported numba."""
    assert Submission("a.py", b"from numba import njit").numba
    assert not Submission("a.py", b"import numpy").numba


def test_the_miniature_has_a_reference_and_an_oracle(toy):
    """Both can be read from their files."""
    assert "np.argmax" in (toy.solutions / "reference.py").read_text()
    assert np.array_equal(toy.oracle.double(np.ones(2)), [2.0, 2.0])


def test_judging_by_names():
    """`mlkata.judge` accepts the ids of a track, its rounds and a check."""
    reference = catalogue.get("kmeans").solutions / "reference.py"
    report = mlkata.judge("kmeans", reference, ["kmeans.1"], only="kmeans.1/assign/ties", seed=1)
    assert [verdict.check.id for verdict in report.verdicts] == ["kmeans.1/assign/ties"]
    assert (report.status, report.seed) == (Status.PASS, 1)
    with pytest.raises(KataError, match=r"no round 'kmeans\.99'"):
        mlkata.judge("kmeans", reference, ["kmeans.99"])
