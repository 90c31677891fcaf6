"""Repeating a round (`kata again`): what stays in the file, what comes back, and the minutes it took.

`minikata` is a miniature track of three rounds of one expected minute each; rounds 2 and 3 need round 1.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import date

import pytest
from mlkata.practice import aside, pages, planned, source, worktime
from mlkata.practice import workspace as workspace_
from mlkata.practice.repetition import Repetition
from mlkata.practice.state import StateFile
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError, Report, RoundReport, Status, Verdict
from mlkata.worker import admission

WITH_HELPERS = '''\
"""Mine."""

import numpy as np

SCALE = 2.0


def _sum(X):
    return X.sum()


def _half(X):
    return X / SCALE


# Round 1: halves


def halve(X):
    return _half(X)


# Round 2: sums


def total(X):
    return _sum(X)


def mean(X, scale=1.0):
    return total(X) / len(X) * scale


# Round 3: draws


def draw(X, rng):
    return float(rng.choice(X))
'''


class Clock:
    """Stands for `now()`: returns the time that the test sets, in minutes after midnight."""

    def __init__(self):
        self.minutes = 0.0

    def __call__(self):
        return self.at(self.minutes)

    @staticmethod
    def at(minutes):
        """Return a time of 1 January 2027 in ISO form."""
        hours, rest = divmod(minutes, 60)
        return f"2027-01-01T{int(hours):02}:{int(rest):02}:{round(rest % 1 * 60):02}+00:00"


@pytest.fixture
def time(monkeypatch, tmp_path):
    """Return the workspace's clock, set by the test. The times at which files are saved are unknown ("")."""
    clock = Clock()
    monkeypatch.setattr(workspace_, "now", clock)
    monkeypatch.setattr("mlkata.practice.repetition.now", clock)
    monkeypatch.setattr(workspace_.Workspace, "_saved", lambda self, track: "")
    return clock


@pytest.fixture
def timed(tmp_path, track, time):
    """Return a workspace that was created at minute 0."""
    return workspace_.Workspace.create(tmp_path / "timed", {"minikata": track})


def report(track, number, status=Status.PASS):
    """Return a report in which every check of one round has a status."""
    round_ = track.rounds[number - 1]
    verdicts = tuple(Verdict(check, status) for check in track.checks_of(round_))
    return Report(
        track.name,
        "minikata.py",
        seed=0,
        isolation="subprocess",
        rounds=(RoundReport(round_, verdicts),),
        seconds=0.1,
    )


def plain(lines):
    """Return the text of some lines."""
    return "\n".join(line.plain for line in lines)


def segments(text):
    """Return the text of each function by its name."""
    lines = source.split_lines(text)
    return {name: "".join(lines[slice(*place)]) for name, place in source.functions(text).items()}


def test_functions_that_a_round_needs_stay(track):
    """Round 2 needs round 1: `halve` stays with its helper; later functions and unused helpers go."""
    text = aside.without_round(WITH_HELPERS, track, track.rounds[1])
    assert list(source.functions(text)) == ["_half", "halve", "total", "mean"]
    assert text.startswith('"""Mine."""\n\nimport numpy as np\n\nSCALE = 2.0\n')
    assert text.count("raise NotImplementedError") == 2
    assert "Round 3" not in text
    assert text.count("# Round 2") == 1
    assert source.segment(text, "halve") == source.segment(WITH_HELPERS, "halve")


@pytest.mark.parametrize("name", list(catalogue.find()))
def test_every_round_of_every_track_can_be_done_again(name):
    """Each round of our reference becomes stubs, what it needs stays, and everything comes back."""
    track = catalogue.get(name)
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    original = segments(reference)
    for round_ in track.rounds:
        text = aside.without_round(reference, track, round_)
        functions = segments(text)
        for function in track.functions_of(round_):
            assert "raise NotImplementedError" in functions[function], function
        for function in aside.needed(track, round_):
            assert functions[function].split() == original[function].split(), function
        assert admission.defined_twice(ast.parse(text)) == ""
        assert segments(source.append(text, reference)).keys() == original.keys(), round_.id


def test_only_the_heading_of_a_round_is_removed_with_its_function(track):
    """A constant below the function stays; the empty lines above it go with the function."""
    below = "# mine\nKEPT = 1\n"
    text = f"import numpy as np\n\n\n# Round 2: More\ndef total(X):\n    return 0\n\n\n{below}"
    result = aside.without_round(text, track, track.rounds[1])
    assert result.startswith(f"import numpy as np\n\n\n{below}")
    assert "return 0" not in result


def test_working_time_has_no_pauses():
    """At most ten minutes count between two events: the opening or last check, the last save, this check.

    The result is in seconds; "" stands for an unknown time.
    """
    at = Clock.at
    assert worktime.worked([at(0), "", at(8)]) == 8 * 60
    assert worktime.worked([at(0), at(5), at(14)]) == 14 * 60
    assert worktime.worked([at(0), "", at(45)]) == 10 * 60
    assert worktime.worked([at(10), at(5), at(12)]) == 2 * 60  # the save is before the last check: left out
    assert worktime.worked([at(10), "", at(5)]) == 0  # the clock was set back
    assert worktime.worked(["", "", at(5)]) == 0


def test_minutes_count_from_opening_to_first_pass(timed, track, time):
    """Checks after 5, 12 and 40 minutes add 5, 7 and 10 (of 28); later time belongs to the next round."""
    for minutes, status in ((5, Status.FAIL), (12, Status.FAIL), (40, Status.PASS), (44, Status.PASS)):
        time.minutes = minutes
        timed.record(report(track, 1, status))
    attempts = Repetition(timed).attempts(track.rounds[0])
    assert [(attempt.seconds, attempt.passed, attempt.ended) for attempt in attempts] == [
        (22 * 60, True, Clock.at(40))
    ]
    time.minutes = 47
    timed.record(report(track, 2))
    assert Repetition(timed).attempts(track.rounds[1])[0].seconds == 3 * 60


def test_time_on_two_tracks_is_not_counted_twice(tmp_path, time):
    """If work alternates between tracks, each minute counts for the track that is checked next."""
    tracks = {name: catalogue.get(name) for name in ("kmeans", "knn")}
    workspace = workspace_.Workspace.create(tmp_path / "both", tracks)
    workspace.open(tracks["knn"].rounds[0])
    for minutes, name in ((6, "kmeans"), (8, "knn"), (9, "kmeans")):
        time.minutes = minutes
        workspace.record(report(tracks[name], 1, Status.FAIL))
    assert [(judgement.round, judgement.seconds) for judgement in workspace.judgements()] == [
        ("kmeans.1", 360), ("knn.1", 120), ("kmeans.1", 60),
    ]  # fmt: skip


@pytest.fixture
def solved(timed, track, time):
    """Return a workspace with three rounds solved, each in 5 minutes."""
    timed.file("minikata").write_text(WITH_HELPERS, encoding="utf-8")
    for number in (1, 2, 3):
        time.minutes += 5
        timed.record(report(track, number))
    return timed


def test_a_repeated_round_is_compared_and_the_file_comes_back(solved, track, time):
    """The round passes in 2 minutes; the rest of the file is back, and the new function stays."""
    repetition = Repetition(solved)
    message = repetition.again(track.rounds[0])
    [copy] = (solved.folder / ".kata/history/minikata.py").iterdir()
    assert copy.read_text(encoding="utf-8") == WITH_HELPERS
    assert message.endswith(str(copy.relative_to(solved.folder)))
    assert plain(planned.last_time(solved, track.rounds[0])) == "last time: 5 minutes, expected 1"
    assert solved.next_step().round == "minikata.1"
    file = solved.file("minikata")
    assert list(source.functions(file.read_text(encoding="utf-8"))) == ["halve"]
    new = "def halve(X):\n    return 0.5 * X\n"
    file.write_text(new, encoding="utf-8")
    time.minutes += 2
    lines = plain(pages.after(solved, track, report(track, 1), solved.record(report(track, 1))))
    assert "minikata.1 passed: about 2 minutes, 5 minutes last time" in lines
    assert "the rest of your file is back; copy of the old file: .kata/history/minikata.py/" in lines
    text = file.read_text(encoding="utf-8")
    assert text.startswith(new)
    assert list(source.functions(text)) == ["halve", "_sum", "_half", "total", "mean", "draw"]


def test_undo_gives_up_a_repeated_round(solved, track, time):
    """The file is as it was before, the attempt has failed, and another round can be repeated."""
    repetition = Repetition(solved)
    repetition.again(track.rounds[1])
    with pytest.raises(KataError, match=r"minikata.2 is being done again: pass it, or `kata undo minikata`"):
        repetition.again(track.rounds[0])
    solved.undo("minikata")
    assert solved.file("minikata").read_text(encoding="utf-8") == WITH_HELPERS
    assert [attempt.passed for attempt in repetition.attempts(track.rounds[1])] == [True, False]
    repetition.again(track.rounds[0])


def test_undo_after_a_reset_brings_back_the_file_before_the_repetition(solved, track, time):
    """The copies made after `again` hold only the repeated round's file, so undo skips them."""
    Repetition(solved).again(track.rounds[1])
    solved.reset("minikata")
    solved.undo("minikata")
    assert solved.file("minikata").read_text(encoding="utf-8") == WITH_HELPERS


def test_again_needs_a_passed_round_and_a_valid_file(timed, track):
    """Otherwise the error is one line, and no file changes."""
    with pytest.raises(KataError, match=r"minikata.1 has not passed yet: run `kata open minikata.1`"):
        Repetition(timed).again(track.rounds[0])
    timed.record(report(track, 1))
    file = timed.file("minikata")
    file.write_text("def halve(:\n", encoding="utf-8")
    with pytest.raises(KataError, match=r"minikata.py, line 1: .*: fix it to do minikata.1 again"):
        Repetition(timed).again(track.rounds[0])
    assert file.read_text(encoding="utf-8") == "def halve(:\n"
    file.unlink()
    with pytest.raises(KataError, match=r"no file .*minikata\.py"):
        Repetition(timed).again(track.rounds[0])


def test_hints_and_solutions_count_for_their_attempt(solved, track, time, tmp_path):
    """A hint and our solution that were shown before the second attempt ended count for that attempt only."""
    (tmp_path / "reference.py").write_text(WITH_HELPERS, encoding="utf-8")
    with_solution = replace(track, solutions=tmp_path)
    solved.next_hint(track.rounds[0])
    Repetition(solved).again(track.rounds[0])
    assert "def halve" in plain(
        pages.solution(solved, with_solution, track.rounds[0], give_up=False, width=80)
    )
    solved.record(report(track, 1))
    Repetition(solved).again(track.rounds[0])
    time.minutes += 1
    solved.record(report(track, 1))
    attempts = Repetition(solved).attempts(track.rounds[0])
    assert [(attempt.hints, attempt.gave_up) for attempt in attempts] == [(0, False), (1, True), (0, False)]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("tomorrow", "'tomorrow' is not a date: expected YYYY-MM-DD, such as --date 2027-01-08"),
        ("2027-01-07", "2027-01-07 is in the past: expected today or later, such as --date 2027-01-08"),
    ],
)
def test_the_day_of_the_interview_must_not_be_past(written, message):
    """Otherwise the error is one line, with a valid example."""
    today = date(2027, 1, 8)
    assert planned.parse_day("2027-01-08", today) == today
    with pytest.raises(KataError, match=message):
        planned.parse_day(written, today)


def test_kata_suggests_rounds_that_are_due(solved, track):
    """With a date `kata` shows the days left and what is due; nothing is due while a round is repeated."""
    assert "due" not in plain(pages.standing(solved, date(2027, 1, 20)))
    repetition = Repetition(solved)
    repetition.set_day(date(2027, 3, 1))
    shown = plain(pages.standing(solved, date(2027, 1, 20)))
    assert shown.splitlines()[0] == "the interview is in 40 days; no rounds left to pass"
    assert "  due again: minikata.1 slow last time: 5 minutes, expected 1" in shown
    assert shown.splitlines()[-1] == "next: kata again minikata.1   (or go on: kata list)"
    repetition.again(track.rounds[0])
    assert "due again" not in plain(pages.standing(solved, date(2027, 1, 20)))
    assert "interview was on 2027-03-01" in plain(pages.standing(solved, date(2027, 3, 2)))


def test_the_state_keeps_attempts_and_older_states_are_read(solved, track):
    """An older state has no attempts; a broken one is an error."""
    folder = solved.folder / ".kata"
    file = StateFile(folder)
    state = file.read()
    file.write(state)
    assert file.read() == state
    assert state.tracks["minikata"].attempts["minikata.1"][0].seconds == 300
    old = '{"schema": "mlkata.workspace/1", "current": "minikata", "tracks": {"minikata": {"opened": []}}}'
    file.path.write_text(old, encoding="utf-8")
    assert file.read().tracks["minikata"].attempts == {}
    broken = old.replace('"opened": []', '"attempts": {"minikata.1": [{"began": 3}]}')
    file.path.write_text(broken, encoding="utf-8")
    with pytest.raises(KataError) as caught:
        file.read()
    place = "tracks['minikata'].attempts['minikata.1'] 1, began"
    assert f"({place}: expected text, got a whole number)" in str(caught.value)
