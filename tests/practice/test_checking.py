"""A `Practice` judges the candidate's file again and again.

`minikata` is a miniature track of three rounds; rounds 2 and 3 need round 1.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from mlkata.practice.checking import Practice
from mlkata.practice.workspace import Workspace
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Status, Verdict


def test_each_judgement_reads_the_file_anew(
    workspace: Workspace, track: Track, file: Path, right_solution: str
) -> None:
    """A stub, a wrong and a right file are judged in turn, and the next round opens."""
    verdicts: list[Verdict] = []
    with Practice(workspace, track) as practice:
        report = practice.check(workspace.opened("minikata"), on_verdict=verdicts.append)
        assert report.status is Status.UNSOLVED
        assert [verdict.check.id for verdict in verdicts] == [check.id for check in track.checks[:2]]
        practice.refill()
        file.write_text("def halve(X):\n    return X / 3\n", encoding="utf-8")
        report = practice.check(workspace.opened("minikata"))
        assert report.status is Status.FAIL
        assert workspace.record(report) == []
        practice.refill()
        file.write_text(right_solution, encoding="utf-8")
        report = practice.check(workspace.opened("minikata"))
        assert report.status is Status.PASS
        assert workspace.record(report) == [track.rounds[1]]


def test_rounds_wait_for_what_they_need(
    workspace: Workspace, track: Track, file: Path, right_solution: str
) -> None:
    """In practice a round is skipped if a round it needs has not passed."""
    file.write_text(right_solution.replace("X / 2", "X / 3"), encoding="utf-8")
    with Practice(workspace, track) as practice:
        report = practice.check(track.rounds)
    assert [round_.status for round_ in report.rounds] == [Status.FAIL, Status.SKIP, Status.SKIP]


def test_only_one_check_is_judged(
    workspace: Workspace, track: Track, file: Path, right_solution: str
) -> None:
    """With `only` the given rounds are ignored."""
    file.write_text(right_solution, encoding="utf-8")
    with Practice(workspace, track) as practice:
        report = practice.check(track.rounds, only=track.checks[3])
    assert [verdict.check.id for verdict in report.verdicts] == ["minikata.2/mean/small"]
    assert report.status is Status.PASS


def test_the_replay_command_has_the_check_and_the_seed(
    workspace: Workspace, track: Track, file: Path
) -> None:
    """It judges the same check again; seed 0, the default, is left out."""
    with Practice(workspace, track) as practice:
        report = practice.check(workspace.opened("minikata"))
    assert report.verdicts[0].replay == "kata check minikata --case minikata.1/halve/small"
    with Practice(workspace, track, seed=5) as practice:
        assert practice.replay == "kata check minikata --seed 5 --case"


def test_a_function_defined_twice_is_an_error_of_one_line(
    workspace: Workspace, track: Track, file: Path
) -> None:
    """After it is fixed, the next check works."""
    with Practice(workspace, track) as practice:
        file.write_text("def halve(X):\n    return 1\n\ndef halve(X):\n    return X\n", encoding="utf-8")
        with pytest.raises(KataError, match=r"^minikata\.py: halve is defined twice, in lines 1 and 4: keep"):
            practice.check(workspace.opened("minikata"))
        file.write_text("def halve(X):\n    return X / 2\n", encoding="utf-8")
        assert practice.check(workspace.opened("minikata")).status is Status.PASS


def test_a_syntax_error_is_a_verdict(workspace: Workspace, track: Track, file: Path) -> None:
    """The verdict names the line."""
    file.write_text("x = 1\ndef halve(X)\n    return X\n", encoding="utf-8")
    with Practice(workspace, track) as practice:
        report = practice.check(workspace.opened("minikata"))
    assert report.status is Status.ERROR
    assert "line 2" in report.verdicts[0].message


def test_workers_import_numba_once_the_source_mentions_it(
    workspace: Workspace, track: Track, file: Path, right_solution: str
) -> None:
    """Workers that were started without numba are replaced."""
    with Practice(workspace, track) as practice:
        assert not practice._workers.numba
        file.write_text(right_solution + "# numba\n", encoding="utf-8")
        assert practice.check(workspace.opened("minikata")).status is Status.PASS
        assert practice._workers.numba


def test_a_missing_file_is_an_error_of_one_line(workspace: Workspace, track: Track, file: Path) -> None:
    """The line shows how to create the file."""
    file.unlink()
    with pytest.raises(KataError, match=r"no file .*minikata\.py: run `kata open minikata\.1` to create it"):
        Practice(workspace, track)


def test_the_expected_answer_of_an_unsolved_check_comes_from_the_oracle(
    workspace: Workspace, track: Track
) -> None:
    """`kata show` needs it for a stub, whose verdict has no expected answer: half of four zeros."""
    with Practice(workspace, track) as practice:
        case = practice.check([], only=track.checks[1]).verdicts[0].case
        assert case is not None
        assert practice.expected(case).values[0].tolist() == [0.0] * 4
