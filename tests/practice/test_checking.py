"""Checking again and again with what is kept warm."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlkata.practice.checking import Practice
from mlkata.practice.workspace import Workspace
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Status, Verdict


def test_check_after_check_sees_the_file_as_it_is(
    workspace: Workspace, track: Track, file: Path, right: str
) -> None:
    """Stub, wrong, right: each is judged as it lies there, and the next round opens."""
    seen: list[Verdict] = []
    with Practice(workspace, track) as practice:
        report = practice.check(workspace.opened("minikata"), on_verdict=seen.append)
        assert report.status is Status.UNSOLVED
        assert [one.check.id for one in seen] == [check.id for check in track.checks[:2]]
        practice.refill()
        file.write_text("def halve(X):\n    return X / 3\n", encoding="utf-8")
        report = practice.check(workspace.opened("minikata"))
        assert report.status is Status.FAIL
        assert workspace.record(report) == []
        practice.refill()
        file.write_text(right, encoding="utf-8")
        report = practice.check(workspace.opened("minikata"))
        assert report.status is Status.PASS
        assert workspace.record(report) == [track.rounds[1]]


def test_rounds_wait_for_what_they_need(workspace: Workspace, track: Track, file: Path, right: str) -> None:
    """In practice a round whose need has not passed is skipped."""
    file.write_text(right.replace("X / 2", "X / 3"), encoding="utf-8")
    with Practice(workspace, track) as practice:
        report = practice.check(track.rounds)
    assert [one.status for one in report.rounds] == [Status.FAIL, Status.SKIP, Status.SKIP]


def test_one_check_alone(workspace: Workspace, track: Track, file: Path, right: str) -> None:
    """`only` judges one check of its round, whatever rounds are given."""
    file.write_text(right, encoding="utf-8")
    with Practice(workspace, track) as practice:
        report = practice.check(track.rounds, only=track.checks[3])
    assert [one.check.id for one in report.verdicts] == ["minikata.2/mean/small"]
    assert report.status is Status.PASS


def test_the_replay_names_what_was_asked_for(workspace: Workspace, track: Track, file: Path) -> None:
    """The seed is carried where it is not 0."""
    with Practice(workspace, track) as practice:
        report = practice.check(workspace.opened("minikata"))
    assert report.verdicts[0].replay == "kata check minikata --case minikata.1/halve/small"
    with Practice(workspace, track, seed=5) as practice:
        assert practice.replay == "kata check minikata --seed 5 --case"


def test_a_function_defined_twice_is_one_line(workspace: Workspace, track: Track, file: Path) -> None:
    """And the next check, once it is mended, works."""
    with Practice(workspace, track) as practice:
        file.write_text("def halve(X):\n    return 1\n\ndef halve(X):\n    return X\n", encoding="utf-8")
        with pytest.raises(KataError, match=r"^minikata\.py: halve is defined twice, in lines 1 and 4: keep"):
            practice.check(workspace.opened("minikata"))
        file.write_text("def halve(X):\n    return X / 2\n", encoding="utf-8")
        assert practice.check(workspace.opened("minikata")).status is Status.PASS


def test_a_syntax_error_is_a_verdict(workspace: Workspace, track: Track, file: Path) -> None:
    """It names the line; the check itself goes on."""
    file.write_text("x = 1\ndef halve(X)\n    return X\n", encoding="utf-8")
    with Practice(workspace, track) as practice:
        report = practice.check(workspace.opened("minikata"))
    assert report.status is Status.ERROR
    assert "line 2" in report.verdicts[0].message


def test_numba_is_noticed_when_the_source_starts_to_name_it(
    workspace: Workspace, track: Track, file: Path, right: str
) -> None:
    """Workers that wait are replaced by such that have imported it."""
    with Practice(workspace, track) as practice:
        assert not practice._workers.numba
        file.write_text(right + "# numba\n", encoding="utf-8")
        assert practice.check(workspace.opened("minikata")).status is Status.PASS
        assert practice._workers.numba


def test_a_missing_file_is_one_line(workspace: Workspace, track: Track, file: Path) -> None:
    """One line says what to do."""
    file.unlink()
    with pytest.raises(KataError, match=r"no file .*minikata\.py: run `kata open minikata\.1` to create it"):
        Practice(workspace, track)


def test_expected_is_the_oracles_answer(workspace: Workspace, track: Track) -> None:
    """For showing a case that was not compared."""
    with Practice(workspace, track) as practice:
        case = practice.check([], only=track.checks[1]).verdicts[0].case
        assert case is not None
        assert practice.expected(case).values[0].tolist() == [0.0] * 4
