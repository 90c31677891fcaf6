"""A course.toml says what is graded: its settings are read, and each error has a message of one line.

`toy` is the miniature track with rounds toy.1 (three checks) and toy.2 (four).
"""

import pytest
from mlkata.grading import scoring
from mlkata.tracks import course
from mlkata.tracks.model import KataError

TEXT = """
title = "Sheet 1"
rounds = ["toy.1", "toy.2"]
seed = 7
hints = false
[points]
"toy.1" = 10
[weights]
"toy.1/pair/plain" = 3
"""


def write(tmp_path, text):
    """Write a course.toml; return its path."""
    path = tmp_path / "course.toml"
    path.write_text(text)
    return path


def test_points_and_weights_replace_those_of_the_track(tmp_path, toy):
    """The 10 points of toy.1 are divided by weight, 1 : 1 : 3. The track itself stays as it is."""
    rules = course.read(write(tmp_path, TEXT))
    assert (rules.title, rules.track, rules.seed, rules.hints, rules.solutions) == (
        "Sheet 1",
        "toy",
        7,
        False,
        True,
    )
    track = rules.applied(toy)
    assert [check.points for check in track.checks] == [2.0, 2.0, 6.0, 1.0, 1.0, 1.0, 1.0]
    assert [check.points for check in toy.checks[:3]] == [1.0, 1.0, 1.0]


def test_a_workspace_may_have_a_course_file(tmp_path):
    """`in_folder` returns None if there is no such file."""
    assert course.in_folder(tmp_path) is None
    write(tmp_path, TEXT)
    assert course.in_folder(tmp_path).hints is False


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rounds = [", "not valid TOML: "),
        ("", r"rounds = \[\]: expected rounds of one track"),
        ('rounds = ["toy.1", "other.1"]', "expected rounds of one track"),
        ('rounds = ["toy"]', "expected rounds of one track"),
        ("rounds = [1]", r"rounds\[0\]: expected text, got a whole number"),
        ('rounds = ["toy.1", "toy.1"]', "expected each round once"),
        ('round = ["toy.1"]', "contains unknown field 'round'; expected one of title, rounds, "),
        ('rounds = "toy.1"', "rounds: expected a list, got text"),
        ('rounds = ["toy.1"]\nseed = true', "seed: expected a whole number or nothing, got true or false"),
        ('rounds = ["toy.1"]\nseed = -1', "seed = -1: expected a whole number"),
        ('rounds = ["toy.1"]\n[points]\n"toy.1" = -1', "points: toy.1 = -1: expected a number, at least 0"),
        ('rounds = ["toy.1"]\n[points]\n"toy.1" = nan', "points: toy.1 = nan: expected a number"),
        (
            'rounds = ["toy.1"]\n[weights]\n"toy.1/a/b" = true',
            r"weights\['toy.1/a/b'\]: expected a number, got true or false",
        ),
    ],
)
def test_an_error_in_the_file_has_a_message(tmp_path, text, message):
    """The message is one line, and names the file."""
    with pytest.raises(KataError, match=message) as caught:
        course.read(write(tmp_path, text))
    assert "course.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_has_a_message(tmp_path):
    """The file is missing, or not UTF-8."""
    with pytest.raises(KataError, match=r"cannot read .*course\.toml: No such file"):
        course.read(tmp_path / "course.toml")
    (tmp_path / "course.toml").write_bytes(b"\xff")
    with pytest.raises(KataError, match="it is not UTF-8"):
        course.read(tmp_path / "course.toml")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('rounds = ["toy.9"]', "no round 'toy.9'"),
        ('rounds = ["toy.1"]\n[points]\n"toy.9" = 1', "no round 'toy.9'"),
        ('rounds = ["toy.1"]\n[weights]\n"toy.1/double/none" = 1', "no check 'toy.1/double/none'"),
    ],
)
def test_rounds_and_checks_that_the_track_does_not_have_are_named(tmp_path, toy, line, message):
    """They are looked up when the course is applied to the track."""
    with pytest.raises(KataError, match=message):
        course.read(write(tmp_path, line)).applied(toy)


def test_an_earlier_result_is_scored_by_the_present_course(tmp_path, toy):
    """The points that its checks had when it was judged do not count. The stored result does not change."""
    statuses = ["pass", "fail", "pass"]
    checks = [
        {"id": check.id, "status": status, "points": 0.5, "max_points": 0.5}
        for check, status in zip(toy.checks, statuses, strict=False)
    ]
    report = {"score": 1.0, "max_score": 1.5, "rounds": [{"id": "toy.1", "score": 1.0, "checks": checks}]}
    rescored = scoring.rescored(
        {"id": "x", "report": report}, course.read(write(tmp_path, TEXT)).applied(toy)
    )
    assert [
        (check["points"], check["max_points"]) for check in rescored["report"]["rounds"][0]["checks"]
    ] == [
        (2.0, 2.0),
        (0.0, 2.0),
        (6.0, 6.0),
    ]
    assert (rescored["report"]["score"], rescored["report"]["max_score"], rescored["id"]) == (8.0, 10.0, "x")
    assert rescored["report"]["rounds"][0]["score"] == 8.0
    assert report["score"] == 1.0
