"""The report for a terminal: what it shows, and that lines fit the width.

test_ways_out.py tests that no text of a submission controls the terminal.
"""

from __future__ import annotations

import numpy as np
from mlkata.judging.verdict import judge
from mlkata.report import terminal
from mlkata.tracks import catalogue
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Answer, Kind, Report, RoundReport, Status, Verdict


def judged(answer):
    """Return the k-means track and the verdict on an answer to a check that expects the labels 1, 0, 0."""
    track = catalogue.get("kmeans")
    case = draw(track.check("kmeans.1/assign/ties"), 0)
    return track, judge(case, answer, Answer(Kind.VALUE, [np.array([1, 0, 0])]))


def report_of(round_report):
    """Return a report of one round."""
    return Report("kmeans", "kmeans.py", seed=0, isolation="", rounds=(round_report,), seconds=1.0)


def report_of_round_1(*verdicts):
    """Return a report of round 1 with these verdicts."""
    return report_of(RoundReport(catalogue.get("kmeans").rounds[0], verdicts))


def plain(lines):
    """Return the text of some lines, without styles."""
    return [line.plain for line in lines]


def test_hints_are_suggested_in_practice_only():
    """Grading never suggests a hint; practice suggests the next one, then the solution."""
    track, verdict = judged(Answer(Kind.VALUE, [np.array([0, 0, 0])]))
    assert not [line for line in plain(terminal.failure(verdict, track)) if "hint" in line]
    with_hints = plain(terminal.failure(verdict, track, hints={}))
    assert any("kata hint kmeans.1 (1 of 3)" in line for line in with_hints)
    after_hints = plain(terminal.failure(verdict, track, hints={"kmeans.1": 3}))
    assert any("kata solution kmeans.1 --give-up" in line for line in after_hints)


def test_only_the_first_failure_is_shown_in_full():
    """Each of the others has one line."""
    track, verdict = judged(Answer(Kind.VALUE, [np.array([0, 0, 0])]))
    shown = plain(terminal.render(report_of_round_1(verdict, verdict), track))
    assert shown.count("  rule      ties go to the lowest index") == 1
    assert "1 more:" in shown


def test_a_skipped_round_says_what_it_needs():
    track = catalogue.get("kmeans")
    skipped = Verdict(track.checks[0], Status.SKIP, message="needs kmeans.1")
    line = terminal.round_line(RoundReport(track.rounds[1], (skipped,)), widest=20).plain
    assert "SKIP" in line
    assert line.endswith("needs kmeans.1")


def test_a_failure_in_a_round_that_has_not_been_started_does_not_count():
    """A round tests functions of earlier rounds again, which may fail before its own functions are begun."""
    track = catalogue.get("kmeans")
    unsolved = [Verdict(check, Status.UNSOLVED) for check in track.checks_of(track.rounds[1])]
    earlier = Verdict(track.check("kmeans.1/assign/ties"), Status.FAIL)
    round_report = RoundReport(track.rounds[1], (earlier, *unsolved))
    report = report_of(round_report)
    assert round_report.status is report.status is Status.UNSOLVED
    assert report.wrong == []
    assert "FAIL" not in "\n".join(plain(terminal.render(report, track)))
    begun = RoundReport(track.rounds[1], (earlier, *unsolved[1:], Verdict(unsolved[0].check, Status.PASS)))
    assert begun.status is Status.FAIL


def test_many_failures_are_counted_rather_than_listed():
    """Of 20 failures one is shown in full, 8 in a line each, and 11 are counted."""
    track, verdict = judged(Answer(Kind.VALUE, [np.array([0, 0, 0])]))
    lines = plain(terminal.render(report_of_round_1(*[verdict] * 20), track))
    assert lines[-1] == "  … and 11 after these; one bug may be behind many failures"


def test_arrays_are_wrapped_between_rows():
    """In 30 columns a row of an array stays in one piece; a row that is longer than a line is wrapped."""
    for line in terminal._wrapped("X = [[1., 22., 3.], [4., 5., 6.], [7., 8., 9.]] float64 (3, 3)", room=30):
        assert line.count("[") <= line.count("]") + 1  # only the outer bracket may stay open
    assert terminal._wrapped("[" + "1., " * 30 + "2.]", room=30)[0].endswith("1.,")
    fields = f"missing_left=[{'False, ' * 3}True], left=[{'-1, ' * 9}-1]"
    assert (
        " ".join(terminal._wrapped(fields, room=30)).split() == fields.split()
    )  # neither False nor -1 is cut in two


def test_a_long_record_has_a_line_for_each_field():
    """A tree is a record of arrays; further lines of a field are indented."""
    track = catalogue.get("tree")
    case = draw(track.check("tree.1/apply/threshold-minus-two"), 0)
    answer = Answer(Kind.VALUE, (np.zeros(3, int),))
    lines = plain(terminal.failure(judge(case, answer, answer), track))
    begin = lines.index("  apply     tree = Tree(")
    assert lines[begin + 1].startswith("              feature=[ 0,  0, -2, ")
    assert lines[begin + 2].startswith("                ")
    assert max(map(len, lines)) <= 80


def test_values_that_are_not_shown_have_no_label():
    """400 draws are too many to show; the message describes what is wrong with them."""
    track = catalogue.get("kmeans")
    case = draw(track.check("kmeans.3/kmeans_plusplus/second-pick"), 0)
    draws = [np.array([0, 1])] * len(case.fetch)
    verdict = judge(case, Answer(Kind.VALUE, draws), Answer(Kind.VALUE))
    lines = plain(terminal.failure(verdict, track))
    assert not [line for line in lines if line.strip() in ("yours", "expected")]
