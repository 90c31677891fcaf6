"""A page of feedback explains what did not pass, and shows nothing that must stay hidden."""

import re

import graded
import pytest
import webpage
from graded import EMPTY, MEANS, TIES
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mlkata.grading.pages import feedback
from mlkata.tracks.model import Answer, Kind

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
SECRET_DIGITS = "867530"  # the first digits of graded.SECRET, in whatever format it is shown
CANDIDATE_TEXT = "what-the-submission-wrote"
RAISED = graded.raised(f"{CANDIDATE_TEXT}-raised", stdout=f"{CANDIDATE_TEXT}-printed\n" * 40)
CONTRACT = Answer(Kind.CONTRACT, [2.0], message=f"centers has shape ({CANDIDATE_TEXT}, 7)")
WRONG = {TIES: RAISED, MEANS: graded.VALUE, EMPTY: CONTRACT}


def words(text):
    """Return the words as a reader sees them: white space between elements is one space."""
    return " ".join(" ".join(webpage.parsed(text).words).split())


def test_a_failing_check_is_shown_in_full():
    text = feedback.render(graded.record("alice", graded.report(WRONG)))
    webpage.assert_self_contained(text)
    shown = words(text)
    for phrase in (
        "Feedback: alice",
        "50 of 53 points",
        "seed 7",
        "ties go to the lowest index",
        f"ValueError: {CANDIDATE_TEXT}-raised",
        f"centers: yours 1., expected {graded.SECRET}",
        f"expected {graded.SECRET} because ValueError",
        f"kata check kmeans --seed {graded.SECRET} --case {TIES}",
        f"{CANDIDATE_TEXT}-printed",
        "… 28 more lines",
        "kata hint kmeans.1",
        "kata check kmeans",
        "kmeans.2, Like scikit-learn: 33 passed",
    ):
        assert phrase in shown


def test_hide_expected_leaves_out_what_reveals_inputs():
    """The text of the submission, which has seen the inputs, is left out too."""
    record = graded.record("alice", graded.report(WRONG))
    text = feedback.render(record, hide_expected=True)
    for secret in (f"{graded.SECRET}", SECRET_DIGITS, CANDIDATE_TEXT, "seed", "X =", "centers =", "printed"):
        assert secret not in text.partition("</style>")[2]
    for phrase in ("raised ValueError", "a wrong answer", "broke the contract", "kata hint kmeans.1", TIES):
        assert phrase in words(text)


def test_a_course_without_hints_suggests_none():
    text = words(feedback.render(graded.record("alice", graded.report(WRONG)), hints=False))
    assert "kata hint" not in text
    assert "kata check kmeans" in text


def test_the_name_of_a_candidates_exception_is_hidden():
    """A submission can build the name of a class from an input."""
    report = graded.report({TIES: RAISED})
    check = next(check for check in report["rounds"][0]["checks"] if check["id"] == TIES)
    check["got"] = f"X{SECRET_DIGITS}: no"
    text = feedback.render(graded.record("alice", report), hide_expected=True)
    assert f"X{SECRET_DIGITS}" not in text
    assert "raised an exception" in text


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.VALUE])
def test_every_kind_of_failure_has_a_description(kind):
    report = graded.report({TIES: Answer(kind, message=CANDIDATE_TEXT), MEANS: graded.VALUE})
    assert CANDIDATE_TEXT in feedback.render(graded.record("a", report))
    assert CANDIDATE_TEXT not in feedback.render(graded.record("a", report), hide_expected=True)


def test_rounds_that_have_not_been_started_are_not_wrong():
    report = graded.report(begun=1)
    report["rounds"][1]["checks"][0]["status"] = "fail"  # it tests a function of the first round again
    shown = words(feedback.render(graded.record("a", report)))
    assert "What did not pass" not in shown
    assert "Continue with kmeans.2, Like scikit-learn" in re.sub(r"\s+", " ", shown)
    assert "kmeans.2, Like scikit-learn: 1 failed, 32 unsolved" in shown


def test_nothing_is_left_to_do_if_all_checks_have_passed():
    shown = words(feedback.render(graded.record("a")))
    assert "Nothing is left to do" in shown
    assert "What next" not in shown


def test_void_checks_are_named_and_count_for_nothing():
    shown = words(feedback.render(graded.record("a", graded.report({TIES: RAISED})), void={TIES}))
    assert f"Void checks, which do not count: {TIES}." in shown
    assert "52 of 52 points" in shown
    assert "What did not pass" not in shown


def test_an_unreadable_submission_shows_only_its_problem():
    text = feedback.render(graded.record("a", problem="it is no Python file: line 3"), hide_expected=True)
    assert "0 of 53 points: the submission could not be run" in words(text)
    assert "it is no Python file: line 3" in words(text)
    assert "What did not pass" not in text


def test_a_failed_import_is_shown_once_even_if_inputs_are_hidden():
    """The import has seen no inputs."""
    record = graded.record("a", graded.import_failed())
    assert feedback.render(record, hide_expected=True).count("line 3: invalid syntax") == 1


def test_after_forty_failures_each_further_one_is_a_line():
    report = graded.report()
    for check in (check for part in report["rounds"] for check in part["checks"]):
        check.update(status="fail", message="m" * 10_000, stdout="p" * 10_000, arguments={"X": "x" * 100_000})
    for part in report["rounds"]:
        part["status"] = "fail"
    text = feedback.render(graded.record("a", report))
    assert text.count('class="check"') == 40
    assert "13 more checks did not pass:" in text
    assert len(text) < 300_000


def test_an_open_round_shows_its_score():
    report = graded.report()
    report["rounds"][1]["checks"][0].update(
        status="open", max_points=0.0, score={"score": 0.91, "cost": 12.5}
    )
    assert "score 0.91, cost 12.5" in words(feedback.render(graded.record("a", report)))


@settings(max_examples=50)
@given(name=ANY_TEXT, file=ANY_TEXT, written=ANY_TEXT, hide=st.booleans())
@example(name="<script>", file="</title>", written="</pre><img src=x onerror=alert(1)>", hide=False)
def test_no_text_becomes_markup(name, file, written, hide):
    report = graded.report({TIES: graded.raised(written, stdout=written), MEANS: graded.VALUE})
    check = next(check for check in report["rounds"][0]["checks"] if check["id"] == MEANS)
    check.update(message=written, got={written: written}, stdout=written)
    text = feedback.render(graded.record(name, report) | {"name": file}, hide_expected=hide)
    webpage.assert_self_contained(text)


def test_a_short_plain_id_names_its_page():
    assert feedback.file_name("alice_b-2") == "alice_b-2.html"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../../x", "/etc/passwd", "a\\b", "con", "NUL", "index", "-rf", "é", "\ud800", "x" * 300],
)
def test_any_other_id_gets_a_digest(name):
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}-[0-9a-f]{20}\.html", feedback.file_name(name))


def test_similar_ids_have_different_names():
    ids = [
        "alice",
        "Alice",
        "ALICE",
        "alice ",
        "a lice",
        "a/lice",
        "a-lice",
        "\uff41lice",
        "alice.html",
        "",
        " ",
    ]
    ids += [feedback.file_name(name).removesuffix(".html") for name in ids]
    assert len({feedback.file_name(name).casefold() for name in set(ids)}) == len(set(ids))


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=300), unique=True, max_size=8))
def test_names_are_safe_and_differ(ids):
    names = [feedback.file_name(name) for name in ids]
    assert len({name.casefold() for name in names}) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}\.html", name) for name in names)


def test_a_browser_shows_it(tmp_path):
    page = feedback.render(graded.record("alice", graded.report(WRONG)))
    assert "What did not pass" in webpage.browsed(page, tmp_path)
