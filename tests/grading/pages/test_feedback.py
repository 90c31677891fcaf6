"""A page of feedback explains what did not pass and, with `hide_expected`, reveals no input and no answer.

The checks of `graded` are real checks of k-means; the answers, and so the points, are made up.
"""

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
"""Part of all texts that come from the submission: its messages and what it printed."""
RAISED = graded.raised(f"{CANDIDATE_TEXT}-raised", stdout=f"{CANDIDATE_TEXT}-printed\n" * 40)
CONTRACT = Answer(Kind.CONTRACT, [2.0], message=f"centers has shape ({CANDIDATE_TEXT}, 7)")
WRONG = {TIES: RAISED, MEANS: graded.VALUE, EMPTY: CONTRACT}


def words(text):
    """Return the text of a page as a reader sees it: all white space is one space."""
    return " ".join(" ".join(webpage.parsed(text).words).split())


def test_failing_checks_are_shown_in_full():
    """One raised an exception, one gave a wrong value, one returned a wrong shape."""
    text = feedback.render(graded.record("alice", graded.report(WRONG)))
    webpage.assert_self_contained(text)
    shown = words(text)
    for phrase in (
        "Feedback: alice",
        "50 of 53 points",  # 53 checks, of which three fail
        "seed 7",
        "ties go to the lowest index",
        f"ValueError: {CANDIDATE_TEXT}-raised",
        f"centers: yours 1., expected {graded.SECRET}",
        f"expected {graded.SECRET} because ValueError",
        # `graded` puts SECRET in place of the seed, as hidden feedback must not show this command either.
        f"kata check kmeans --seed {graded.SECRET} --case {TIES}",
        f"{CANDIDATE_TEXT}-printed",
        "… 28 more lines",  # 12 of the 40 printed lines are shown
        "kata hint kmeans.1",
        "kata check kmeans",
        "kmeans.2, Like scikit-learn: 33 passed",
    ):
        assert phrase in shown


def test_hide_expected_leaves_out_what_reveals_inputs():
    """The texts of the submission are left out, too: it has seen the inputs and may have written them."""
    record = graded.record("alice", graded.report(WRONG))
    text = feedback.render(record, hide_expected=True)
    for secret in (f"{graded.SECRET}", SECRET_DIGITS, CANDIDATE_TEXT, "seed", "X =", "centers =", "printed"):
        assert secret not in text.partition("</style>")[2]
    for phrase in ("raised ValueError", "a wrong answer", "broke the contract", "kata hint kmeans.1", TIES):
        assert phrase in words(text)


def test_with_hints_off_no_hint_is_suggested():
    text = words(feedback.render(graded.record("alice", graded.report(WRONG)), hints=False))
    assert "kata hint" not in text
    assert "kata check kmeans" in text


def test_hide_expected_leaves_out_the_name_of_an_exception():
    """A submission can build the name of its class from an input."""
    report = graded.report({TIES: RAISED})
    check = next(check for check in report["rounds"][0]["checks"] if check["id"] == TIES)
    check["got"] = f"X{SECRET_DIGITS}: no"
    text = feedback.render(graded.record("alice", report), hide_expected=True)
    assert f"X{SECRET_DIGITS}" not in text
    assert "raised an exception" in text


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.VALUE])
def test_the_message_of_every_kind_of_failure_is_shown_unless_it_must_be_hidden(kind):
    report = graded.report({TIES: Answer(kind, message=CANDIDATE_TEXT), MEANS: graded.VALUE})
    assert CANDIDATE_TEXT in feedback.render(graded.record("a", report))
    assert CANDIDATE_TEXT not in feedback.render(graded.record("a", report), hide_expected=True)


def test_a_failing_check_of_a_round_not_begun_is_not_shown_as_wrong():
    report = graded.report(begun=1)
    report["rounds"][1]["checks"][0]["status"] = (
        "fail"  # as a check of round 2 may call a function of round 1
    )
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
    """It happened before any input was there to be revealed."""
    record = graded.record("a", graded.import_failed())
    assert feedback.render(record, hide_expected=True).count("line 3: invalid syntax") == 1


def test_after_forty_failures_each_further_one_is_a_line():
    """The page stays small even if all 53 checks fail with huge inputs and outputs."""
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
    """Texts are an id, a file name, and whatever the submission has written."""
    report = graded.report({TIES: graded.raised(written, stdout=written), MEANS: graded.VALUE})
    check = next(check for check in report["rounds"][0]["checks"] if check["id"] == MEANS)
    check.update(message=written, got={written: written}, stdout=written)
    text = feedback.render(graded.record(name, report) | {"name": file}, hide_expected=hide)
    webpage.assert_self_contained(text)


def test_a_short_plain_id_is_the_name_of_its_page():
    assert feedback.file_name("alice_b-2") == "alice_b-2.html"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../../x", "/etc/passwd", "a\\b", "con", "NUL", "index", "-rf", "é", "\ud800", "x" * 300],
)
def test_the_page_of_any_other_id_has_a_digest_in_its_name(name):
    """These ids cannot be names of files, leave the folder, are reserved, or are not plain letters.

    `index` would be the page of the cohort.
    """
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}-[0-9a-f]{20}\.html", feedback.file_name(name))


def test_pages_of_similar_ids_have_different_names():
    """The last of these ids are the names of the pages of the first."""
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
def test_names_of_pages_are_safe_and_differ_in_more_than_case(ids):
    names = [feedback.file_name(name) for name in ids]
    assert len({name.casefold() for name in names}) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}\.html", name) for name in names)


def test_a_browser_shows_the_page(tmp_path):
    page = feedback.render(graded.record("alice", graded.report(WRONG)))
    assert "What did not pass" in webpage.browsed(page, tmp_path)
