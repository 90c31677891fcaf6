"""The way of somebody who practises, from `kata init` to the next round."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import psutil
import pytest
from mlkata.practice import source
from mlkata.tracks import catalogue, deck


@pytest.fixture
def workspace(kata, tmp_path):
    """A new workspace."""
    kata("init", "ws")
    return tmp_path / "ws"


def solve(workspace, reference, *names):
    """Put our functions in the place of stubs, with the helpers that they call."""
    file = workspace / "kmeans.py"
    ours = reference.read_text()
    text = file.read_text()
    helpers = [name for name in source.functions(ours) if name not in catalogue.get("kmeans").contracts]
    for name in (*names, *helpers):
        text = source.replace(text, name, source.segment(ours, name))
    file.write_text(text)


def test_nowhere(kata):
    """`kata` outside of a workspace says how to begin."""
    result = kata()
    assert result.returncode == 0
    assert result.stdout.splitlines()[-1].startswith("next: kata init")


def test_the_whole_first_round(kata, workspace, reference):
    """Init, an unsolved check, a solved one, the next round's stubs, the solution."""
    assert "next: fill in assign in kmeans.py, then kata check" in kata(cwd=workspace).stdout
    assert "next: fill in assign in kmeans.py" in kata("check", cwd=workspace).stdout
    solve(workspace, reference, "assign", "update", "lloyd")
    result = kata("check", "kmeans", cwd=workspace)
    assert result.returncode == 0
    assert "kmeans.2 is now open: relocate_empty, kmeans in kmeans.py" in result.stdout
    assert "def relocate_empty" in (workspace / "kmeans.py").read_text()
    assert "kmeans.2" in kata(cwd=workspace).stdout
    assert "def lloyd" in kata("solution", "kmeans.1", cwd=workspace).stdout


def test_solution_is_not_shown_before(kata, workspace):
    """Our solution is for those who passed, or give up."""
    refused = kata("solution", "kmeans.1", cwd=workspace)
    assert refused.returncode == 2
    assert "kmeans.1 has not passed" in refused.stderr
    assert "def assign" in kata("solution", "kmeans.1", "--give-up", cwd=workspace).stdout


@pytest.mark.parametrize(("told", "columns"), [("46", 46), ("", 80), ("wide", 80), ("0", 80), ("400", 100)])
def test_lines_in_a_pipe_are_as_wide_as_columns_says(invoke, monkeypatch, told, columns):
    """80 where it says nothing of use, and never wider than 100."""
    monkeypatch.setenv("COLUMNS", told)
    status, (said, _) = invoke("questions", "kmeans", 1)
    widest = max(map(len, said.splitlines()))
    assert status == 0
    assert columns - 12 < widest <= columns


def test_hints_come_one_by_one(kata, workspace):
    """Three hints, then the way to the solution."""
    shown = [kata("hint", cwd=workspace).stdout for _ in range(3)]
    assert ["hint 1 of 3" in shown[0], "hint 2 of 3" in shown[1], "hint 3 of 3" in shown[2]] == [True] * 3
    assert "--give-up" in shown[2].splitlines()[-1]


def test_a_course_says_what_may_be_seen(kata, tmp_path):
    """`kata init --course` copies it; what it switches off is refused, and nothing leads there."""
    (tmp_path / "sheet.toml").write_text('rounds = ["knn.1"]\nhints = false\nsolutions = false\n')
    made = kata("init", "work", "--course", "sheet.toml")
    assert made.returncode == 0, made.stderr
    work = tmp_path / "work"
    assert (work / "course.toml").read_text() == (tmp_path / "sheet.toml").read_text()
    assert (work / "knn.py").is_file()
    for command in (("hint",), ("solution", "knn.1", "--give-up")):
        refused = kata(*command, cwd=work)
        assert refused.returncode == 2
        assert "off: its course.toml says so; next: kata check knn" in refused.stderr
    assert "hint" not in kata(cwd=work).stdout + kata("check", cwd=work).stdout
    assert kata("init", "other", "--course", "sheet.toml", "--track", "knn").returncode == 2
    (tmp_path / "sheet.toml").write_text('rounds = ["none.1"]\n')
    assert "no track 'none'" in kata("init", "other", "--course", "sheet.toml").stderr


def test_a_round_again_before_the_interview(kata, workspace, reference):
    """A date in a workspace that is there; a round set aside, passed anew and timed."""
    assert "past: expected today or later" in kata("init", "--date", "2001-01-01", cwd=workspace).stderr
    assert "next: kata " in kata("init", "--date", "2999-01-15", cwd=workspace).stdout
    solve(workspace, reference, "assign", "update", "lloyd")
    assert "kmeans.1 passed: about 1 minute\n" in kata("check", cwd=workspace).stdout
    begun = kata("again", "kmeans.1", cwd=workspace)
    assert "next: fill in assign in kmeans.py" in begun.stdout, begun.stderr
    solve(workspace, reference, "assign", "update", "lloyd")
    assert "1 minute last time" in kata("check", "kmeans.1", cwd=workspace).stdout
    assert "def relocate_empty" in (workspace / "kmeans.py").read_text()


def test_a_card_is_answered_on_a_terminal_and_remembered(workspace, cache):
    """The code is shown, what is typed is compared, and the list knows it."""
    number = next(n for n, one in enumerate(deck.read("knn"), 1) if one.about == "pixels")
    ours, theirs = os.openpty()
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "COLUMNS": "80", "TERM": "dumb"}
    command = [sys.executable, "-m", "mlkata", "questions", "knn", str(number)]
    with subprocess.Popen(
        command, cwd=workspace, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ) as asked:
        os.close(theirs)
        os.write(ours, b"4\n")
        shown = b""
        with suppress(OSError):  # how Linux says that nobody writes any more
            while part := os.read(ours, 4096):
                shown += part
        assert asked.wait(timeout=300) == 0
    os.close(ours)
    text = shown.decode()
    assert text.index("dtype=np.uint8") < text.index("what does it print?") < text.index("right")
    assert "see it: kata check knn --case knn.4/knn_capped/pixels" in text
    assert f"(1 of {len(deck.read('knn'))} known)" in text
    assert json.loads((workspace / ".kata/state.json").read_text())["known"] == {"knn: pixels": True}


def test_reset_and_undo(kata, workspace, reference):
    """What was written comes back, byte for byte."""
    solve(workspace, reference, "assign")
    before = (workspace / "kmeans.py").read_bytes()
    kata("reset", "kmeans.1", cwd=workspace)
    assert (workspace / "kmeans.py").read_bytes() != before
    kata("undo", "kmeans", cwd=workspace)
    assert (workspace / "kmeans.py").read_bytes() == before


def test_show_and_its_script(kata, workspace, reference):
    """`kata show` prints one check; its script runs the case."""
    solve(workspace, reference, "assign")
    shown = kata("show", "kmeans.1/assign/ties", "--script", cwd=workspace)
    assert shown.returncode == 0
    assert "ties go to the lowest index" in shown.stdout
    script = next(workspace.glob("debug*.py"))
    environment = {**os.environ, "PYTHONBREAKPOINT": "0"}
    ran = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert ran.returncode == 0, ran.stderr
    assert "expected" in ran.stdout


def test_show_draws_a_picture(kata, workspace, reference):
    """`--plot` prints a table and where the picture lies; PNG and SVG are there, light and dark."""
    solve(workspace, reference, "assign")
    shown = kata("show", "kmeans.1/assign/ties", "--plot", cwd=workspace)
    assert shown.returncode == 0, shown.stderr
    assert "labels    row" in shown.stdout
    assert "picture: .kata/plots/kmeans_1_assign_ties.png" in shown.stdout
    assert "\x1b" not in shown.stdout
    assert len(list((workspace / ".kata/plots").iterdir())) == 4


def test_show_of_something_unsolved_says_what_is_expected(kata, workspace):
    """Somebody who has not begun can look at a check."""
    result = kata("show", "kmeans.1/assign/ties", cwd=workspace)
    assert result.stdout.startswith("UNSOLVED kmeans.1/assign/ties")
    assert "expected" in result.stdout


def test_list_with_checks(kata, workspace):
    """`kata list TRACK` names every check."""
    listed = kata("list", "kmeans", cwd=workspace).stdout
    assert all(check.id in listed for check in catalogue.get("kmeans").checks)


def test_whoever_has_read_enough_gets_no_fault(tmp_path):
    """`kata list | head`: nothing went wrong, and nothing is said."""
    command = [sys.executable, "-m", "mlkata", "list", "kmeans"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 0


def test_doctor_and_demo(kata):
    """Both work in an empty folder, and say what to type next."""
    for command in ("doctor", "demo"):
        result = kata(command)
        assert result.returncode == 0, result.stdout + result.stderr
        assert result.stdout.splitlines()[-1].startswith("next: kata")


def test_demo_shows_one_failure_then_none(kata):
    """The planted bug fails on real data; the right k-means passes all."""
    out = kata("demo").stdout
    wrong, right = out.split("2. The bug")
    assert "FAIL kmeans.2/kmeans/china" in wrong
    assert "FAIL" not in right
    assert right.count("PASS") == 5


def workers_of(parent):
    """List the processes that a process has started, and theirs."""
    return parent.children(recursive=True)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_watch_sees_saves_and_leaves_nothing_behind(workspace, reference, cache, how):
    """A save is judged; Ctrl-C or a kill leaves no process."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-m", "mlkata", "watch"]
    watching = subprocess.Popen(command, cwd=workspace, env=environment, stdout=subprocess.PIPE, text=True)
    started = set()
    try:
        assert watching.stdout is not None
        until(watching.stdout, "next: fill in assign")
        solve(workspace, reference, "assign", "update", "lloyd")
        until(watching.stdout, "kmeans.2 is now open")
        started = set(workers_of(psutil.Process(watching.pid)))
    finally:
        watching.send_signal(how)
        status = watching.wait(timeout=300)
        watching.stdout.close()
    assert status == (0 if how == signal.SIGINT else -signal.SIGKILL)
    assert started
    deadline = time.monotonic() + 20
    while any(alive(process) for process in started) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [process for process in started if alive(process)]


def until(stream, text):
    """Read lines until one holds a text; the timer ends a wait for what never comes."""
    timer = threading.Timer(60, stream.close)
    timer.start()
    try:
        for line in stream:
            if text in line:
                return
    finally:
        timer.cancel()
    raise AssertionError(f"{text!r} never came")


def alive(process):
    """Is this process there, and not just a status that nobody has asked for?"""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_workspace_begins_with_any_track(kata, tmp_path):
    """Whoever comes for trees need not begin with k-means."""
    made = kata("init", "ws", "--track", "tree", cwd=tmp_path)
    assert made.returncode == 0
    assert (tmp_path / "ws" / "tree.py").is_file()
    assert not (tmp_path / "ws" / "kmeans.py").exists()
    assert "next: fill in apply in tree.py" in kata(cwd=tmp_path / "ws").stdout
    assert "no track 'nonesuch'" in kata("init", "ws2", "--track", "nonesuch", cwd=tmp_path).stderr
