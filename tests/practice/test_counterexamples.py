"""Counterexamples: the smallest failing input of a check is kept in the workspace and judged again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from mlkata.cli import check
from mlkata.judging import shrink
from mlkata.judging.oracle import answer_with
from mlkata.judging.verdict import judge
from mlkata.practice.checking import Practice
from mlkata.practice.counterexamples import Counterexamples
from mlkata.practice.workspace import Workspace
from mlkata.tracks import catalogue, loading, mutants
from mlkata.tracks.catalogue import Track
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Answer, Case, Check, Report, Status, Verdict

CHECK = "kmeans.1/update/means"
MUTANT = "divide-by-n"
"""A deliberate bug that this check finds: each sum is divided by the number of all rows."""
TREE_CHECK = "tree.2/prune_reduced_error/ten-leaves"
"""A check whose input has a tree, which is a named tuple of arrays."""


@pytest.fixture(scope="module")
def kmeans() -> Track:
    """Return a real track: the search needs a reference solution, which the miniature track lacks."""
    return catalogue.get("kmeans")


@pytest.fixture(scope="module")
def wrong(kmeans: Track) -> str:
    """Return a file with one bug."""
    return mutants.get(kmeans, MUTANT).source((kmeans.solutions / "reference.py").read_text())


@pytest.fixture(scope="module")
def right(kmeans: Track) -> str:
    """Return the same file without the bug."""
    return (kmeans.solutions / "reference.py").read_text()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the search a minute instead of a second, so that it ends on a busy machine, too."""
    monkeypatch.setattr(shrink, "SECONDS", 60.0)


@pytest.fixture
def practice(
    tmp_path: Path, kmeans: Track, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Practice]:
    """Yield an open practice of a workspace with the wrong file."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    workspace = Workspace.create(tmp_path / "work", catalogue.find(), kmeans)
    workspace.file("kmeans").write_text(wrong)
    with Practice(workspace, kmeans) as opened:
        yield opened


def judge_check(practice: Practice) -> Report:
    """Judge the check alone, as `kata check --case` does; return the report."""
    practice.refill()
    return practice.check([], only=practice.track.check(CHECK))


def x_of(verdict: Verdict) -> np.ndarray:
    """Return the array X of the case of a verdict."""
    assert verdict.case is not None
    value = verdict.case.steps[0].arguments["X"]
    assert isinstance(value, np.ndarray)
    return value


def test_the_smallest_input_is_tried_again_until_it_passes(practice: Practice, right: str) -> None:
    """The first report shows the drawn input; later ones the small input, while the bug is there."""
    report = judge_check(practice)
    drawn = x_of(report.verdicts[0])
    smallest = x_of(practice.smallest(report).verdicts[0])
    assert len(smallest) < len(drawn)
    assert practice.note == ""
    again = judge_check(practice)
    assert np.array_equal(x_of(again.verdicts[0]), smallest)
    assert practice.note == "your code still fails on the smaller input that was found before:"
    assert np.array_equal(x_of(practice.smallest(again).verdicts[0]), smallest)
    practice.file.write_text(right)
    assert judge_check(practice).status is Status.PASS
    assert practice.note == "your code now passes on the smaller input that was found before"


def test_passing_as_drawn_is_not_enough(practice: Practice, right: str) -> None:
    """A file that is right on the drawn input must also pass on the kept one."""
    report = judge_check(practice)
    small = len(x_of(practice.smallest(report).verdicts[0]))
    # Right except on inputs with as many rows as the kept one.
    wrapper = f"lambda X, *rest, right=update: right(X, *rest) + (len(X) == {small})"
    practice.file.write_text(f"{right}\nupdate = {wrapper}\n")
    assert judge_check(practice).status is Status.FAIL
    assert practice.note.startswith("your code still fails")


def test_an_interrupted_search_loses_no_verdict(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Verdicts are printed and recorded before the search for a smaller input begins."""

    def killed(*_: object) -> Verdict:
        raise KeyboardInterrupt

    monkeypatch.setattr(shrink, "smaller", killed)
    report = judge_check(practice)
    with pytest.raises(KeyboardInterrupt):
        check._finish(report, practice.track, practice.file, outputs=(), practice=practice)
    assert practice.workspace.last("kmeans") == {CHECK: Status.FAIL}
    assert "kmeans.1" in capsys.readouterr().out


@pytest.fixture
def saved(tmp_path: Path, kmeans: Track, wrong: str) -> tuple[Counterexamples, Verdict, Path]:
    """Return the counterexamples with a small input, the verdict on the drawn one, and the input's file."""
    path = tmp_path / "wrong.py"
    path.write_text(wrong)
    module = loading.load(path)
    counterexamples = Counterexamples(tmp_path, kmeans)
    verdict = failing(kmeans.check(CHECK), kmeans, lambda case: answer_with(module, case))
    counterexamples.smallest(verdict, lambda case, _: answer_with(module, case))
    return counterexamples, verdict, next(counterexamples.folder.iterdir())


def failing(check: Check, track: Track, answer: object) -> Verdict:
    """Return the verdict on an answer to a check at seed 0."""
    case = draw(check, 0)
    return judge(case, answer(case), answer_with(track.oracle, case))  # type: ignore[operator]


def never(case: Case, at_most: float) -> Answer:
    """Stand for code that must not be run."""
    raise AssertionError(case, at_most)


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, None])  # None: the last byte is missing
def test_a_damaged_input_is_not_replayed(
    saved: tuple[Counterexamples, Verdict, Path], damage: bytes | None
) -> None:
    """The search starts anew, and nothing is run."""
    counterexamples, verdict, file = saved
    file.write_bytes(file.read_bytes()[:-1] if damage is None else damage)
    assert counterexamples.replayed(verdict, never) is None


def test_an_input_of_another_seed_is_not_replayed(saved: tuple[Counterexamples, Verdict, Path]) -> None:
    counterexamples, verdict, file = saved
    file.rename(file.with_name(file.name.replace("-0.", "-1.")))  # the seed in its name
    assert counterexamples.replayed(verdict, never) is None


def test_trees_are_read_back_as_named_tuples(tmp_path: Path) -> None:
    track = catalogue.get("tree")
    case = draw(track.check(TREE_CHECK), 0)
    counterexamples = Counterexamples(tmp_path, track)
    counterexamples._write(case)
    read = counterexamples._read(case)
    assert read is not None
    before, after = (item.steps[0].arguments for item in (case, read))
    # By name and fields: another test may have loaded the stub again, which makes a new class.
    assert type(after["tree"]).__name__ == "Tree"
    assert after["tree"]._fields == before["tree"]._fields
    assert all(np.array_equal(a, b) for a, b in zip(after["tree"], before["tree"], strict=True))
    assert np.array_equal(after["X_val"], before["X_val"])
