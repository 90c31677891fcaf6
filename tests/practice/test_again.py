"""Rounds done again: what stays in the file, what comes back, the minutes, and when which one is due."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import date

import pytest
from mlkata.practice import aside, pages, planned, schedule, source, worktime
from mlkata.practice import workspace as workspace_
from mlkata.practice.repetition import Repetition
from mlkata.practice.state import Attempt, State, StateFile, TrackState
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError, Report, RoundReport, Status, Verdict
from mlkata.worker import admission

HELPED = '''\
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
    """Stands for the time of day: moved by hand."""

    def __init__(self):
        self.minutes = 0.0

    def __call__(self):
        return self.at(self.minutes)

    @staticmethod
    def at(minutes):
        hours, rest = divmod(minutes, 60)
        return f"2027-01-01T{int(hours):02}:{int(rest):02}:{round(rest % 1 * 60):02}+00:00"


@pytest.fixture
def time(monkeypatch, tmp_path):
    """The time of day, as the workspace sees it; no file is saved at any."""
    found = Clock()
    monkeypatch.setattr(workspace_, "now", found)
    monkeypatch.setattr("mlkata.practice.repetition.now", found)
    monkeypatch.setattr(workspace_.Workspace, "_saved", lambda self, track: "")
    return found


@pytest.fixture
def timed(tmp_path, track, time):
    """A workspace made at minute 0."""
    return workspace_.Workspace.create(tmp_path / "timed", {"minikata": track})


def report(track, number, status=Status.PASS):
    """Give every check of one round a status."""
    round_ = track.rounds[number - 1]
    verdicts = tuple(Verdict(check, status) for check in track.checks_of(round_))
    return Report(track.name, "minikata.py", 0, "subprocess", (RoundReport(round_, verdicts),), 0.1)


def plain(lines):
    """The text of some lines."""
    return "\n".join(line.plain for line in lines)


def segments(text):
    """The text of each function."""
    lines = source.split_lines(text)
    return {name: "".join(lines[slice(*place)]) for name, place in source.functions(text).items()}


def test_what_a_round_needs_stays(track):
    """Round 2 needs round 1: `halve` stays with its helper; later functions and idle helpers go."""
    left = aside.without_round(HELPED, track, track.rounds[1])
    assert list(source.functions(left)) == ["_half", "halve", "total", "mean"]
    assert left.startswith('"""Mine."""\n\nimport numpy as np\n\nSCALE = 2.0\n')
    assert left.count("raise NotImplementedError") == 2
    assert "Round 3" not in left
    assert left.count("# Round 2") == 1
    assert source.segment(left, "halve") == source.segment(HELPED, "halve")


@pytest.mark.parametrize("name", list(catalogue.find()))
def test_every_round_of_every_track_can_be_done_again(name):
    """Our reference set aside: the round is stubs, what it needs is ours, and all of it comes back."""
    track = catalogue.get(name)
    ours = (track.solutions / "reference.py").read_text(encoding="utf-8")
    whole = segments(ours)
    for round_ in track.rounds:
        left = aside.without_round(ours, track, round_)
        there = segments(left)
        for one in track.functions_of(round_):
            assert "raise NotImplementedError" in there[one], one
        for one in aside.needed(track, round_):
            assert there[one].split() == whole[one].split(), one
        assert admission.defined_twice(ast.parse(left)) == ""
        assert segments(source.append(left, ours)).keys() == whole.keys(), round_.id


def test_a_heading_right_above_a_function_goes_with_it_once(track):
    """Whoever takes out empty lines loses no other line by it."""
    below = "# mine\nKEPT = 1\n"
    text = f"import numpy as np\n\n\n# Round 2: More\ndef total(X):\n    return 0\n\n\n{below}"
    left = aside.without_round(text, track, track.rounds[1])
    assert left.startswith(f"import numpy as np\n\n\n{below}")
    assert "return 0" not in left


def test_times_are_counted_without_pauses():
    """A stretch counts ten minutes at most; saves outside and a clock set back count nothing."""
    at = Clock.at
    assert worktime.worked([at(0), "", at(8)]) == 480
    assert worktime.worked([at(0), at(5), at(14)]) == 840
    assert worktime.worked([at(0), "", at(45)]) == 600
    assert worktime.worked([at(10), at(5), at(12)]) == 120
    assert worktime.worked([at(10), "", at(5)]) == 0
    assert worktime.worked(["", "", at(5)]) == 0


def test_minutes_from_opening_to_first_pass(timed, track, time):
    """Each check adds; what comes after the pass belongs to the next round."""
    for time.minutes, status in ((5, Status.FAIL), (12, Status.FAIL), (40, Status.PASS), (44, Status.PASS)):
        timed.record(report(track, 1, status))
    first = Repetition(timed).attempts(track.rounds[0])
    assert [(one.seconds, one.passed, one.ended) for one in first] == [(22 * 60, True, Clock.at(40))]
    time.minutes = 47
    timed.record(report(track, 2))
    assert Repetition(timed).attempts(track.rounds[1])[0].seconds == 3 * 60


def test_an_hour_on_two_tracks_is_one_hour(tmp_path, time):
    """Whoever goes from one track to another and back has worked on one at a time."""
    both = {name: catalogue.get(name) for name in ("kmeans", "knn")}
    workspace = workspace_.Workspace.create(tmp_path / "both", both)
    workspace.open(both["knn"].rounds[0])
    for time.minutes, name in ((6, "kmeans"), (8, "knn"), (9, "kmeans")):
        workspace.record(report(both[name], 1, Status.FAIL))
    assert [(one.round, one.seconds) for one in workspace.judgements()] == [
        ("kmeans.1", 360), ("knn.1", 120), ("kmeans.1", 60),
    ]  # fmt: skip


@pytest.fixture
def solved(timed, track, time):
    """Three rounds solved: the first in 5 minutes."""
    timed.file("minikata").write_text(HELPED, encoding="utf-8")
    for number in (1, 2, 3):
        time.minutes += 5
        timed.record(report(track, number))
    return timed


def test_again_compares_and_brings_back(solved, track, time):
    """The round passes in 2 minutes; the rest of the file is back, and the new function stays."""
    repetition = Repetition(solved)
    said = repetition.again(track.rounds[0])
    [kept] = (solved.folder / ".kata/history/minikata.py").iterdir()
    assert kept.read_text(encoding="utf-8") == HELPED
    assert said.endswith(str(kept.relative_to(solved.folder)))
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


def test_undo_gives_a_round_up(solved, track, time):
    """The file is as it was, and the attempt has failed."""
    repetition = Repetition(solved)
    repetition.again(track.rounds[1])
    with pytest.raises(KataError, match=r"minikata.2 is being done again: pass it, or `kata undo minikata`"):
        repetition.again(track.rounds[0])
    solved.undo("minikata")
    assert solved.file("minikata").read_text(encoding="utf-8") == HELPED
    assert [one.passed for one in repetition.attempts(track.rounds[1])] == [True, False]
    repetition.again(track.rounds[0])


def test_undo_finds_what_was_set_aside_behind_a_reset(solved, track, time):
    """Newer copies are of the round that was begun again."""
    Repetition(solved).again(track.rounds[1])
    solved.reset("minikata")
    solved.undo("minikata")
    assert solved.file("minikata").read_text(encoding="utf-8") == HELPED


def test_again_is_for_what_has_passed(timed, track):
    """One line for a round that has not, and for a file that is no Python: nothing is written."""
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


def test_hints_and_solutions_belong_to_their_attempt(solved, track, time, tmp_path):
    """A hint of the first time is not one of the second; who looks at our solution has seen it."""
    (tmp_path / "reference.py").write_text(HELPED, encoding="utf-8")
    shown = replace(track, solutions=tmp_path)
    solved.next_hint(track.rounds[0])
    Repetition(solved).again(track.rounds[0])
    assert "def halve" in plain(pages.solution(solved, shown, track.rounds[0], give_up=False, width=80))
    solved.record(report(track, 1))
    Repetition(solved).again(track.rounds[0])
    time.minutes += 1
    solved.record(report(track, 1))
    found = Repetition(solved).attempts(track.rounds[0])
    assert [(one.hints, one.gave_up) for one in found] == [(0, False), (1, True), (0, False)]


def attempt(day, *, minutes=1.0, passed=True, **more):
    """An attempt that ended on a day of January 2027."""
    at = f"2027-01-{day:02}T20:00:00+00:00"
    return Attempt(at, 60 * minutes, at, passed, **more)


def due_day(track, attempts, interview="2027-12-31"):
    """Say after how many days a round comes back, and why."""
    entry = TrackState(passed={"minikata.1": "2027-01-01T20:00:00+00:00"}, attempts={"minikata.1": attempts})
    state = State(tracks={"minikata": entry}, date=interview)
    [one] = schedule.due({"minikata": track}, state, date(2028, 1, 1))
    return one.day, one.why


@pytest.mark.parametrize(
    ("attempts", "day", "why"),
    [
        ([], 9, "good last time"),
        ([attempt(1)], 9, "good last time"),
        ([attempt(1, minutes=3)], 4, "slow last time: 3 minutes, expected 1"),
        ([attempt(1, hints=2)], 4, "2 hints last time"),
        ([attempt(1, gave_up=True)], 2, "with our solution last time"),
        ([attempt(1), attempt(2, passed=False)], 3, "given up last time"),
        ([attempt(1), attempt(9)], 25, "good last time"),
        ([attempt(1), attempt(9, hints=1), attempt(12)], 20, "good last time"),
    ],
)
def test_what_was_slow_hinted_or_failed_comes_back_sooner(track, attempts, day, why):
    """Days as the module's docstring says them."""
    assert due_day(track, attempts) == (date(2027, 1, day), why)


def test_waits_fit_the_days_left(track):
    """Half of the days left at most: with four days, a good round comes back after two."""
    assert due_day(track, [attempt(1)], "2027-01-05")[0] == date(2027, 1, 3)
    assert due_day(track, [attempt(1)], "2027-01-02")[0] == date(2027, 1, 2)


def test_nothing_is_due_before_its_day_or_without_a_date(track):
    """The day itself counts."""
    entry = TrackState(passed={"minikata.1": "2027-01-01T20:00:00+00:00"})
    state = State(tracks={"minikata": entry}, date="2027-12-31")
    kit = {"minikata": track}
    assert schedule.due(kit, state, date(2027, 1, 8)) == []
    assert len(schedule.due(kit, state, date(2027, 1, 9))) == 1
    state.date = ""
    assert schedule.due(kit, state, date(2027, 1, 9)) == []


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("tomorrow", "'tomorrow' is not a date: expected YYYY-MM-DD, such as --date 2027-01-08"),
        ("2027-01-07", "2027-01-07 is in the past: expected today or later, such as --date 2027-01-08"),
    ],
)
def test_the_day_of_the_interview_is_a_day_to_come(written, message):
    """What else is written gets one line, with an example that would do."""
    today = date(2027, 1, 8)
    assert planned.parse_day("2027-01-08", today) == today
    with pytest.raises(KataError, match=message):
        planned.parse_day(written, today)


def test_kata_proposes_what_is_due(solved, track):
    """With a date it says the days left and what is due, one command; while one is done again, none."""
    assert "due" not in plain(pages.standing(solved, date(2027, 1, 20)))
    repetition = Repetition(solved)
    repetition.set_day(date(2027, 3, 1))
    shown = plain(pages.standing(solved, date(2027, 1, 20)))
    assert shown.splitlines()[0] == "the interview is in 40 days; 0 rounds have not passed yet"
    assert "  due again: minikata.1 slow last time: 5 minutes, expected 1" in shown
    assert shown.splitlines()[-1] == "next: kata again minikata.1   (or go on: kata list)"
    repetition.again(track.rounds[0])
    assert "due again" not in plain(pages.standing(solved, date(2027, 1, 20)))
    assert "interview was on 2027-03-01" in plain(pages.standing(solved, date(2027, 3, 2)))


def test_state_keeps_attempts_and_reads_what_was_before_them(solved, track):
    """What is written is read; a state of an older kit has none; a broken one is said to be."""
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
    place = "tracks['minikata'].attempts['minikata.1'][0].began"
    assert f"({place}: expected text, got a whole number)" in str(caught.value)
