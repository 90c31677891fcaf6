"""The workspace: it is created and found, rounds are opened, judgements and hints are recorded.

`minikata` is a miniature track of three rounds; rounds 2 and 3 need round 1.
"""

from __future__ import annotations

import ast
import itertools
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from mlkata import files
from mlkata.practice.repetition import Repetition
from mlkata.practice.state import StateFile, moment
from mlkata.practice.texts import TEST_KATA
from mlkata.practice.workspace import Standing, Workspace
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError, Report, RoundReport, Status, Verdict


def report(track: Track, numbers: list[int], status: Status = Status.PASS) -> Report:
    """Return a report on the rounds of these numbers, in which every check has the same status."""
    rounds = tuple(
        RoundReport(round_, tuple(Verdict(check, status) for check in track.checks_of(round_)))
        for round_ in (track.rounds[number - 1] for number in numbers)
    )
    return Report(track.name, "minikata.py", seed=0, isolation="subprocess", rounds=rounds, seconds=0.1)


def state(workspace: Workspace) -> dict[str, object]:
    """Return the state as JSON."""
    return json.loads((workspace.folder / ".kata" / "state.json").read_text(encoding="utf-8"))


def test_create_writes_five_files(workspace: Workspace, track: Track) -> None:
    """They are the stub of round 1, an empty test file, test_kata.py, pytest.ini and the state."""
    names = {str(p.relative_to(workspace.folder)) for p in workspace.folder.rglob("*") if p.is_file()}
    assert names == {"minikata.py", "test_minikata.py", "test_kata.py", "pytest.ini", ".kata/state.json"}
    assert (workspace.folder / "test_kata.py").read_text(encoding="utf-8") == TEST_KATA
    assert workspace.opened("minikata") == [track.rounds[0]]
    assert state(workspace)["schema"] == "mlkata.workspace/1"


def test_the_test_file_is_valid_and_has_no_test(workspace: Workspace) -> None:
    """It has the fixture `minikata`, which imports the candidate's file only when a test uses it."""
    tree = ast.parse(workspace.test_file("minikata").read_text(encoding="utf-8"))
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == ["minikata"]
    assert not any(isinstance(n, ast.Import) and n.names[0].name == "minikata" for n in ast.walk(tree))


@pytest.mark.parametrize("name", ["minikata.py", "test_minikata.py", "test_kata.py"])
def test_create_overwrites_nothing(tmp_path: Path, track: Track, name: str) -> None:
    """An existing file is named, and nothing is written."""
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(KataError, match=f"has {name} already: .* `kata init DIR`"):
        Workspace.create(tmp_path, {"minikata": track})
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


def test_create_in_a_workspace_or_on_a_file_is_an_error_of_one_line(
    workspace: Workspace, track: Track
) -> None:
    with pytest.raises(KataError, match="is a workspace already"):
        Workspace.create(workspace.folder, {"minikata": track})
    with pytest.raises(KataError, match="is a file: expected a folder"):
        Workspace.create(workspace.file("minikata"), {"minikata": track})


def test_find_walks_up(workspace: Workspace, track: Track) -> None:
    """A workspace is found from a folder inside it."""
    inside = workspace.folder / "a" / "b"
    inside.mkdir(parents=True)
    assert Workspace.find(inside, {"minikata": track}).folder == workspace.folder.resolve()


def test_find_outside_a_workspace_is_an_error_of_one_line(tmp_path: Path, track: Track) -> None:
    """The line shows what was expected, and what to run."""
    with pytest.raises(KataError, match=r"not a workspace: expected \.kata in .* or above; run `kata init`"):
        Workspace.find(tmp_path, {"minikata": track})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        # An unknown version, a value of another type (three texts), an unknown key, no date, no time (three).
        '{"schema": "mlkata.workspace/9"}',
        '{"schema": "mlkata.workspace/1", "tracks": []}',
        '{"schema": "mlkata.workspace/1", "tracks": {"minikata": {"opened": "minikata.1"}}}',
        '{"schema": "mlkata.workspace/1", "tracks": {"minikata": {"hints": {"minikata.1": true}}}}',
        '{"schema": "mlkata.workspace/1", "tracks": {"minikata": {"open": []}}}',
        '{"schema": "mlkata.workspace/1", "date": "15.1.2027"}',
        '{"schema": "mlkata.workspace/1", "tracks": {"minikata": {"touched": "yesterday"}}}',
        '{"schema": "mlkata.workspace/1", "tracks": {"minikata": {"passed": {"minikata.1": "2026-11-20"}}}}',
        '{"schema": "mlkata.workspace/1", "tracks": {"minikata": {"attempts": {"a.1": [{"began": ""}]}}}}',
        "\ud800",  # written below as bytes that are not UTF-8
    ],
)
def test_a_broken_state_is_an_error_of_one_line_and_stays_as_it_is(
    workspace: Workspace, track: Track, text: str
) -> None:
    """Reading and changing raise an error that names the file; its bytes stay as they are."""
    path = workspace.folder / ".kata" / "state.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    before = path.read_bytes()
    for act in (
        lambda: workspace.opened("minikata"),
        lambda: workspace.record(report(track, [1])),
        lambda: workspace.next_hint(track.rounds[0]),
        workspace.next_step,
    ):
        with pytest.raises(KataError, match=r"state\.json cannot be read .*: fix it, or move") as caught:
            act()
        assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


def test_a_state_of_an_earlier_version_stays_as_it_is(workspace: Workspace) -> None:
    """Writing what was read changes no byte, so that the file does not count as edited by hand."""
    at = "2026-12-01T03:38:04+00:00"
    attempt = {
        "began": at, "seconds": 17.0, "ended": at, "passed": True,
        "hints": 1, "gave_up": False, "aside": ".kata/history/kmeans.py/1.py",
    }  # fmt: skip
    kmeans = {
        "opened": ["kmeans.1", "kmeans.2"], "passed": {"kmeans.1": at}, "hints": {"kmeans.1": 1},
        "gave_up": {"kmeans.2": at}, "last": {"kmeans.1/assign/ties": "pass"},
        "attempts": {"kmeans.1": [attempt]}, "touched": at,
    }  # fmt: skip
    table = {
        "schema": "mlkata.workspace/1", "current": "kmeans", "date": "2027-01-15",
        "tracks": {"kmeans": kmeans}, "known": {"knn: pixels": True}, "mine": ["späť", None], "rest": 1,
    }  # fmt: skip
    text = json.dumps(table, indent=2, ensure_ascii=False) + "\n"
    path = workspace.folder / ".kata" / "state.json"
    path.write_text(text, encoding="utf-8")
    file = StateFile(path.parent)
    file.write(file.read())
    assert path.read_text(encoding="utf-8") == text
    with file.changing() as changed:
        changed.known["knn: pixels"] = False
    assert state(workspace) == table | {"known": {"knn: pixels": False}}
    assert not (path.parent / "history" / "state.json").exists()


def test_a_state_moved_away_meanwhile_is_an_error_of_one_line(workspace: Workspace, track: Track) -> None:
    """It was there when the workspace was found. The next command creates the state anew."""
    (workspace.folder / ".kata" / "state.json").unlink()
    for act in (lambda: workspace.opened("minikata"), lambda: workspace.record(report(track, [1]))):
        with pytest.raises(
            KataError, match=r"state\.json cannot be read .*; if it is missing, `kata` creates"
        ):
            act()


def test_a_state_moved_away_is_read_from_the_files(workspace: Workspace, track: Track) -> None:
    """Rounds whose functions are in the file are open, as the message promises."""
    workspace.open(track.rounds[2])
    (workspace.folder / ".kata" / "state.json").rename(workspace.folder / "away.json")
    recovered = Workspace.find(workspace.folder, {"minikata": track})
    assert [round_.number for round_ in recovered.opened("minikata")] == [1, 3]  # round 2 was not opened


def test_a_state_edited_by_hand_is_copied_first(workspace: Workspace, track: Track) -> None:
    """Unknown keys stay, and the old text is copied into the history."""
    path = workspace.folder / ".kata" / "state.json"
    text = json.dumps({**state(workspace), "mine": 1})
    path.write_text(text, encoding="utf-8")
    workspace.next_hint(track.rounds[0])
    assert state(workspace)["mine"] == 1
    copies = list((workspace.folder / ".kata" / "history" / "state.json").iterdir())
    assert [copy.read_text(encoding="utf-8") for copy in copies] == [text]
    workspace.next_hint(track.rounds[0])
    assert len(list((workspace.folder / ".kata" / "history" / "state.json").iterdir())) == 1


def test_simultaneous_changes_are_all_recorded(workspace: Workspace, track: Track) -> None:
    """Several threads record a verdict each, on different checks."""
    checks = track.checks

    def record_failure(index: int) -> None:
        verdict = Verdict(checks[index], Status.FAIL)
        round_report = RoundReport(track.round(verdict.check.round_id), (verdict,))
        workspace.record(
            Report("minikata", "minikata.py", seed=0, isolation="", rounds=(round_report,), seconds=0.0)
        )

    threads = [threading.Thread(target=record_failure, args=(index,)) for index in range(len(checks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert workspace.last("minikata") == {check.id: Status.FAIL for check in checks}


@pytest.mark.parametrize("name", ["lock", ".state.json.lock"])
def test_a_leftover_lock_file_blocks_nothing(workspace: Workspace, track: Track, name: str) -> None:
    """`lock` is the name that an earlier version used, the other one is the present name."""
    (workspace.folder / ".kata" / name).touch()
    assert workspace.next_hint(track.rounds[0]) == (1, "first hint")
    assert (workspace.folder / ".kata" / name).exists()


def test_a_state_that_another_process_holds_is_an_error_of_one_line(
    workspace: Workspace, track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that waits in vain changes nothing and shows what to do.

    Here it does not wait; the message names the usual 60 seconds.
    """
    before = state(workspace)
    path = workspace.folder / ".kata" / "state.json"

    def impatient(file: Path, lock: Callable[..., object] = files.lock) -> object:
        return lock(file, wait=0)

    monkeypatch.setattr(files, "lock", impatient)
    with impatient(path), pytest.raises(KataError, match="has been locked for 60 seconds: end the other"):
        workspace.next_hint(track.rounds[0])
    assert state(workspace) == before
    assert workspace.next_hint(track.rounds[0]) == (1, "first hint")


def test_record_opens_the_next_round(workspace: Workspace, track: Track, file: Path) -> None:
    """The time of the first pass is recorded, and the next round's stubs are appended once."""
    mine = "def halve(X):\n    return X / 2\n"
    file.write_text(mine, encoding="utf-8")
    assert workspace.record(report(track, [1])) == [track.rounds[1]]
    assert workspace.passed("minikata") == workspace.passed() == {"minikata.1"}
    text = file.read_text(encoding="utf-8")
    assert text.startswith(mine)
    assert "def mean" in text
    assert "def draw" not in text
    assert workspace.record(report(track, [1])) == []
    assert file.read_text(encoding="utf-8") == text
    assert workspace.record(report(track, [1, 2])) == [track.rounds[2]]
    assert workspace.record(report(track, [1, 2, 3])) == []


def test_record_keeps_the_first_pass(workspace: Workspace, track: Track) -> None:
    """A round that fails later has still passed, and the time of the first pass stays."""
    workspace.record(report(track, [1]))
    first = state(workspace)["tracks"]["minikata"]["passed"]
    workspace.record(report(track, [1], Status.FAIL))
    workspace.record(report(track, [1]))
    assert state(workspace)["tracks"]["minikata"]["passed"] == first


def test_one_passing_check_does_not_pass_a_round(workspace: Workspace, track: Track) -> None:
    """`kata check --case` judges one of two checks."""
    verdict = Verdict(track.checks[0], Status.PASS)
    round_report = RoundReport(track.rounds[0], (verdict,))
    single = Report("minikata", "f", seed=0, isolation="", rounds=(round_report,), seconds=0.0)
    assert workspace.record(single) == []
    assert workspace.passed("minikata") == set()
    assert workspace.last("minikata") == {track.checks[0].id: Status.PASS}


def test_skipped_checks_leave_the_last_status(workspace: Workspace, track: Track) -> None:
    """A check is skipped if its round waits for another one: that is no new result."""
    workspace.record(report(track, [2], Status.FAIL))
    workspace.record(report(track, [2], Status.SKIP))
    assert set(workspace.last("minikata").values()) == {Status.FAIL}


def test_record_opens_nothing_beyond_an_open_round(workspace: Workspace, track: Track) -> None:
    """If round 2 is open already, passing round 1 opens no further round."""
    workspace.open(track.rounds[1])
    assert workspace.record(report(track, [1])) == []


def test_open_names_the_added_stubs_the_copy_and_what_the_round_needs(
    workspace: Workspace, track: Track
) -> None:
    """The line has what was added, where the copy is, and what the round waits for."""
    message = workspace.open(track.rounds[1])
    assert "minikata.2 is open: total, mean added to minikata.py" in message
    assert ".kata/history/minikata.py/" in message
    assert "its checks wait for minikata.1" in message
    assert "already has all its functions" in workspace.open(track.rounds[1])
    assert [round_.number for round_ in workspace.opened("minikata")] == [1, 2]


def test_open_creates_a_missing_file(workspace: Workspace, track: Track) -> None:
    """The file has the stubs of all open rounds; the candidate's tests stay."""
    workspace.file("minikata").unlink()
    workspace.test_file("minikata").write_text("mine", encoding="utf-8")
    assert "its stubs are in" in workspace.open(track.rounds[2])
    text = workspace.file("minikata").read_text(encoding="utf-8")
    assert "import numpy" in text
    assert "def halve" in text
    assert "def draw" in text
    assert workspace.test_file("minikata").read_text(encoding="utf-8") == "mine"


def test_open_does_not_bring_back_deleted_functions(workspace: Workspace, track: Track, file: Path) -> None:
    """Only the round's own stubs are appended."""
    file.write_text("x = 1\n", encoding="utf-8")
    workspace.open(track.rounds[1])
    assert "def halve" not in file.read_text(encoding="utf-8")


def test_each_call_returns_one_more_hint(workspace: Workspace, track: Track) -> None:
    """Hints seen are counted; after the last one, all hints are returned with the number 0."""
    first, second, _ = track.rounds
    assert workspace.hints(first.track) == {}
    assert workspace.next_hint(first) == (1, "first hint")
    assert workspace.next_hint(first) == (2, "second hint")
    number, text = workspace.next_hint(first)
    assert number == 0
    assert text.splitlines()[1:] == ["1. first hint", "2. second hint"]
    assert workspace.hints("minikata") == {"minikata.1": 2}
    assert workspace.next_hint(second) == (0, "minikata.2 has no hints")


def test_giving_up_is_recorded(workspace: Workspace, track: Track) -> None:
    """It is recorded for the round that was given up, and for no other."""
    assert not workspace.gave_up(track.rounds[0])
    workspace.give_up(track.rounds[0])
    assert workspace.gave_up(track.rounds[0])
    assert not workspace.gave_up(track.rounds[1])


def test_next_step_follows_the_candidate(workspace: Workspace, track: Track) -> None:
    """The suggestion changes with what was recorded, from the first judgement to the last round."""

    def step() -> tuple[str | None, str, str]:
        standing = workspace.next_step()
        return standing.round, standing.state, standing.command

    assert step() == ("minikata.1", "not checked yet", "kata check minikata")
    workspace.record(report(track, [1], Status.UNSOLVED))
    assert step() == ("minikata.1", "not started", "kata check minikata")
    verdict = Verdict(track.checks[0], Status.PASS)
    round_report = RoundReport(track.rounds[0], (verdict,))
    workspace.record(Report("minikata", "f", seed=0, isolation="", rounds=(round_report,), seconds=0.0))
    assert workspace.next_step() == Standing(
        "minikata", "minikata.1", "1 of 2 checks pass", "kata check minikata", passing=1, checks=2
    )
    workspace.record(report(track, [1]))
    assert step() == ("minikata.2", "not checked yet", "kata check minikata")
    workspace.record(report(track, [1], Status.FAIL))
    assert step() == ("minikata.1", "passed before; 0 of 2 checks pass now", "kata check minikata")
    workspace.record(report(track, [1, 2, 3]))
    assert step()[0] is None
    assert step()[2] == "kata list"


def test_next_step_opens_a_round_that_could_not_be_opened(
    workspace: Workspace, track: Track, file: Path
) -> None:
    """Round 1 has passed, but the stubs of round 2 could not be appended to a file that is not UTF-8."""
    file.write_bytes(b"\xe9")
    with pytest.raises(KataError, match="is not UTF-8"):
        workspace.record(report(track, [1]))
    assert workspace.passed() == {"minikata.1"}
    assert workspace.next_step().command == "kata open minikata.2"
    assert workspace.next_step().round == "minikata.2"


def test_an_unknown_track_is_an_error_of_one_line(workspace: Workspace) -> None:
    """The line has the known tracks, and the command that lists them."""
    with pytest.raises(KataError, match="no track 'nope': expected one of minikata; see `kata list`"):
        workspace.opened("nope")


def test_a_debug_script_does_not_make_a_workspace(tmp_path: Path, track: Track) -> None:
    """It puts copies and cases into a folder .kata. Without a state, that folder is no workspace yet."""
    (tmp_path / ".kata" / "history").mkdir(parents=True)
    with pytest.raises(KataError, match="not a workspace"):
        Workspace.find(tmp_path, {"minikata": track})
    assert Workspace.create(tmp_path, {"minikata": track}).opened("minikata") == [track.rounds[0]]


def test_a_round_has_just_passed_even_if_the_clock_moves_on(
    workspace: Workspace, track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock advances by a second at each look: the next round still opens at the time of the pass."""
    seconds = itertools.count(1_800_000_000)
    monkeypatch.setattr("mlkata.practice.workspace.now", lambda: moment(next(seconds)))
    opened = workspace.record(report(track, [1]))
    assert opened == [track.rounds[1]]
    assert Repetition(workspace).just_passed(track.name) == [track.rounds[0]]
