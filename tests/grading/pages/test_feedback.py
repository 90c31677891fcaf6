"""A page of feedback tells its reader what helps, and nothing that is to be hidden."""

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
SAID = "what-the-submission-wrote"
RAISED = graded.raised(f"{SAID}-raised", stdout=f"{SAID}-printed\n" * 40)
CONTRACT = Answer(Kind.CONTRACT, [2.0], message=f"centers has shape ({SAID}, 7)")
WRONG = {TIES: RAISED, MEANS: graded.VALUE, EMPTY: CONTRACT}


def words(text):
    """As a reader sees them: white space between elements is one space."""
    return " ".join(" ".join(webpage.parsed(text).words).split())


def test_a_failing_check_is_shown_in_full():
    text = feedback.render(graded.record("alice", graded.report(WRONG)))
    webpage.needs_nothing_else(text)
    shown = words(text)
    for said in (
        "Feedback: alice",
        "50 of 53 points",
        "seed 7",
        "ties go to the lowest index",
        f"ValueError: {SAID}-raised",
        "centers: yours 1., expected 8675309.25",
        "expected 8675309.25 because ValueError",
        f"kata check kmeans --seed {graded.SECRET} --case {TIES}",
        f"{SAID}-printed",
        "… 28 more lines",
        "kata hint kmeans.1",
        "kata check kmeans",
        "kmeans.2, Like scikit-learn: 33 passed",
    ):
        assert said in shown


def test_what_would_tell_hidden_inputs_is_left_out():
    """Neither what we know of them nor what the submission, which has seen them, has written."""
    record = graded.record("alice", graded.report(WRONG))
    text = feedback.render(record, hide_expected=True)
    for told in (f"{graded.SECRET}", "867530", SAID, "seed", "X =", "centers =", "printed"):
        assert told not in text.partition("</style>")[2]
    for said in ("raised ValueError", "a wrong answer", "broke the contract", "kata hint kmeans.1", TIES):
        assert said in words(text)


def test_a_course_without_hints():
    """Nothing leads to what it would refuse."""
    text = words(feedback.render(graded.record("alice", graded.report(WRONG)), hints=False))
    assert "kata hint" not in text
    assert "kata check kmeans" in text


def test_an_exception_named_by_the_submission_is_not_named():
    """The name of a class can be made from an input."""
    found = graded.report({TIES: RAISED})
    check = next(one for one in found["rounds"][0]["checks"] if one["id"] == TIES)
    check["got"] = "X8675309: no"
    text = feedback.render(graded.record("alice", found), hide_expected=True)
    assert "X8675309" not in text
    assert "raised an exception" in text


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.VALUE])
def test_every_kind_of_failure_has_words_of_ours(kind):
    found = graded.report({TIES: Answer(kind, message=SAID), MEANS: graded.VALUE})
    assert SAID in feedback.render(graded.record("a", found))
    assert SAID not in feedback.render(graded.record("a", found), hide_expected=True)


def test_rounds_that_have_not_been_begun_are_not_wrong():
    found = graded.report(begun=1)
    found["rounds"][1]["checks"][0]["status"] = "fail"  # it asks more of a function of the first round
    shown = words(feedback.render(graded.record("a", found)))
    assert "What did not pass" not in shown
    assert "Continue with kmeans.2, Like scikit-learn" in re.sub(r"\s+", " ", shown)
    assert "kmeans.2, Like scikit-learn: 1 failed, 32 unsolved" in shown


def test_nothing_is_left_to_do_where_all_has_passed():
    shown = words(feedback.render(graded.record("a")))
    assert "Nothing is left to do" in shown
    assert "What next" not in shown


def test_void_checks_are_named_and_count_for_nothing():
    shown = words(feedback.render(graded.record("a", graded.report({TIES: RAISED})), void={TIES}))
    assert f"Void checks, which do not count: {TIES}." in shown
    assert "52 of 52 points" in shown
    assert "What did not pass" not in shown


def test_what_could_not_be_read_says_why_and_no_more():
    text = feedback.render(graded.record("a", problem="it is no Python file: line 3"), hide_expected=True)
    assert "0 of 53 points: the submission could not be run" in words(text)
    assert "it is no Python file: line 3" in words(text)
    assert "What did not pass" not in text


def test_a_failed_import_is_told_once_and_also_where_inputs_are_hidden():
    """It has seen none of them."""
    record = graded.record("a", graded.unread())
    assert feedback.render(record, hide_expected=True).count("line 3: invalid syntax") == 1


def test_of_many_failures_the_last_have_a_line_each():
    found = graded.report()
    for check in (one for part in found["rounds"] for one in part["checks"]):
        check.update(status="fail", message="m" * 10_000, stdout="p" * 10_000, arguments={"X": "x" * 100_000})
    for part in found["rounds"]:
        part["status"] = "fail"
    text = feedback.render(graded.record("a", found))
    assert text.count('class="check"') == 40
    assert "13 more checks did not pass:" in text
    assert len(text) < 300_000


def test_an_open_round_shows_its_score():
    found = graded.report()
    found["rounds"][1]["checks"][0].update(status="open", max_points=0.0, score={"score": 0.91, "cost": 12.5})
    assert "score 0.91, cost 12.5" in words(feedback.render(graded.record("a", found)))


@settings(deadline=None, max_examples=50)
@given(name=ANY_TEXT, file=ANY_TEXT, said=ANY_TEXT, hide=st.booleans())
@example(name="<script>", file="</title>", said="</pre><img src=x onerror=alert(1)>", hide=False)
def test_no_text_becomes_markup(name, file, said, hide):
    found = graded.report({TIES: graded.raised(said, stdout=said), MEANS: graded.VALUE})
    check = next(one for one in found["rounds"][0]["checks"] if one["id"] == MEANS)
    check.update(message=said, got={said: said}, stdout=said)
    text = feedback.render(graded.record(name, found) | {"name": file}, hide_expected=hide)
    webpage.needs_nothing_else(text)


def test_a_short_plain_id_names_its_page():
    assert feedback.file_name("alice_b-2") == "alice_b-2.html"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../../x", "/etc/passwd", "a\\b", "con", "NUL", "index", "-rf", "é", "\ud800", "x" * 300],
)
def test_any_other_id_gets_a_digest(name):
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}-[0-9a-f]{20}\.html", feedback.file_name(name))


def test_ids_that_are_alike_have_names_of_their_own():
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


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=300), unique=True, max_size=8))
def test_names_are_safe_and_differ(ids):
    names = [feedback.file_name(name) for name in ids]
    assert len({name.casefold() for name in names}) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}\.html", name) for name in names)


def test_a_browser_shows_it(tmp_path):
    page = feedback.render(graded.record("alice", graded.report(WRONG)))
    assert "What did not pass" in webpage.browsed(page, tmp_path)
