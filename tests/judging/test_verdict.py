"""One answer and one expected answer become a verdict: a status, a code and a message."""

import pytest
from mlkata.judging.verdict import judge
from mlkata.tracks.model import Answer, Case, Check, Kind, Raised, Status, call


def same(steps, got, expected):
    """Judge by equality, as a check of a track does."""
    del steps
    return None if got == expected else f"yours {got}, expected {expected}"


# The contract of CHECK wants 2; EXPECTED_ERROR is the expected answer where it wants a ValueError.
CHECK = Check("toy.1/double/plain", "twice", lambda rng: call("double", x=1), same)
CASE = Case(CHECK, seed=0, steps=(call("double", x=1),), fetch=(0,))
VALUE_ERROR = Raised(("ValueError", "Exception"), "no rows")
EXPECTED_ERROR = Answer(Kind.RAISED, raised=VALUE_ERROR)
TWO = Answer(Kind.VALUE, [2])


def raised(*types, message=""):
    """Return an answer that is an exception of the first of these types, which derives from the others."""
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
def test_each_answer_has_its_status_code_and_message(answer, expected, status, code, message):
    """Wrong values and exceptions fail; if the code could not answer, the status is error."""
    verdict = judge(CASE, answer, expected)
    assert (verdict.status, verdict.code, verdict.message) == (status, code, message)
    assert (verdict.check, verdict.case, verdict.answer, verdict.expected) == (CHECK, CASE, answer, expected)
    assert verdict.points == (1.0 if status == "pass" else 0.0)


def test_only_a_value_passes_if_a_value_is_expected():
    """If a value is expected, an answer of any other kind does not pass."""
    for kind in Kind:
        status = judge(CASE, Answer(kind, [2]), TWO).status
        assert (status is Status.PASS) == (kind is Kind.VALUE)
