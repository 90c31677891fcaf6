"""Practice on the command line, from `kata init` to the next round."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import psutil
import pytest
from mlkata.cli.demo import CHECKS
from mlkata.practice import source
from mlkata.tracks import catalogue, deck

DEADLINE = 3000
"""Seconds to wait for something that takes a moment on an idle machine."""


@pytest.fixture
def workspace(kata, tmp_path):
    """Return a new workspace."""
    kata("init", "ws")
    return tmp_path / "ws"


def solve(workspace, reference, *names):
    """Replace stubs by our functions and the helpers that they call."""
    file = workspace / "kmeans.py"
    solution = reference.read_text()
    text = file.read_text()
    helpers = [name for name in source.functions(solution) if name not in catalogue.get("kmeans").contracts]
    for name in (*names, *helpers):
        text = source.replace(text, name, source.segment(solution, name))
    file.write_text(text)


def test_outside_a_workspace_kata_shows_how_to_begin(kata):
    result = kata()
    assert result.returncode == 0
    assert result.stdout.splitlines()[-1].startswith("next: kata init")


def test_the_first_round_from_init_to_solution(kata, workspace, reference):
    """Nothing is solved at first; then the round passes, and the next one's stubs and the solution appear."""
    assert "next: fill in assign in kmeans.py, then kata check" in kata(cwd=workspace).stdout
    assert "next: fill in assign in kmeans.py" in kata("check", cwd=workspace).stdout
    solve(workspace, reference, "assign", "update", "lloyd")
    result = kata("check", "kmeans", cwd=workspace)
    assert result.returncode == 0
    assert "kmeans.2 is now open: relocate_empty, kmeans in kmeans.py" in result.stdout
    assert "def relocate_empty" in (workspace / "kmeans.py").read_text()
    assert "kmeans.2" in kata(cwd=workspace).stdout
    assert "def lloyd" in kata("solution", "kmeans.1", cwd=workspace).stdout


def test_the_solution_is_not_shown_before_the_round_has_passed(kata, workspace):
    """`--give-up` shows it anyway."""
    refused = kata("solution", "kmeans.1", cwd=workspace)
    assert refused.returncode == 2
    assert "kmeans.1 has not passed" in refused.stderr
    assert "def assign" in kata("solution", "kmeans.1", "--give-up", cwd=workspace).stdout


@pytest.mark.parametrize(("value", "columns"), [("46", 46), ("", 80), ("wide", 80), ("0", 80), ("400", 100)])
def test_lines_in_a_pipe_are_as_wide_as_the_variable_columns(invoke, monkeypatch, value, columns):
    """The width is 80 without a usable value, and never more than 100."""
    monkeypatch.setenv("COLUMNS", value)
    status, (output, _) = invoke("questions", "kmeans", 1)
    widest = max(map(len, output.splitlines()))
    assert status == 0
    assert columns - 12 < widest <= columns  # lines end with a word, so some columns are left


def test_each_call_shows_one_more_hint(kata, workspace):
    """The third hint is followed by the command for the solution."""
    shown = [kata("hint", cwd=workspace).stdout for _ in range(3)]
    for number, output in enumerate(shown, 1):
        assert f"hint {number} of 3" in output
    assert "--give-up" in shown[2].splitlines()[-1]


def test_a_course_can_switch_off_hints_and_solutions(kata, tmp_path):
    """`kata init --course` copies the course; what it switches off is refused and not suggested."""
    (tmp_path / "sheet.toml").write_text('rounds = ["knn.1"]\nhints = false\nsolutions = false\n')
    result = kata("init", "work", "--course", "sheet.toml")
    assert result.returncode == 0, result.stderr
    work = tmp_path / "work"
    assert (work / "course.toml").read_text() == (tmp_path / "sheet.toml").read_text()
    assert (work / "knn.py").is_file()
    for command in (("hint",), ("solution", "knn.1", "--give-up")):
        refused = kata(*command, cwd=work)
        assert refused.returncode == 2
        assert "switched off by the course.toml of this workspace; next: kata check knn" in refused.stderr
    assert "hint" not in kata(cwd=work).stdout + kata("check", cwd=work).stdout
    assert kata("init", "other", "--course", "sheet.toml", "--track", "knn").returncode == 2
    (tmp_path / "sheet.toml").write_text('rounds = ["none.1"]\n')
    assert "no track 'none'" in kata("init", "other", "--course", "sheet.toml").stderr


def test_a_passed_round_can_be_practised_again(kata, workspace, reference):
    """The workspace gets a date afterwards; the round is reset, passed again and timed."""
    assert "past: expected today or later" in kata("init", "--date", "2001-01-01", cwd=workspace).stderr
    assert "next: kata " in kata("init", "--date", "2999-01-15", cwd=workspace).stdout
    solve(workspace, reference, "assign", "update", "lloyd")
    # The minutes depend on how busy the machine is; test_again shows how they are counted.
    assert re.search(r"kmeans\.1 passed: about \d+ minutes?\n", kata("check", cwd=workspace).stdout)
    begun = kata("again", "kmeans.1", cwd=workspace)
    assert "next: fill in assign in kmeans.py" in begun.stdout, begun.stderr
    solve(workspace, reference, "assign", "update", "lloyd")
    assert re.search(r"\d+ minutes? last time", kata("check", "kmeans.1", cwd=workspace).stdout)
    assert "def relocate_empty" in (workspace / "kmeans.py").read_text()


def test_a_card_is_answered_on_a_terminal_and_saved(workspace, cache):
    """The code is shown, the typed answer is compared, and the state file has the result."""
    number = next(n for n, card in enumerate(deck.read("knn"), 1) if card.title == "pixels")
    parent_end, child_end = os.openpty()
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "COLUMNS": "80", "TERM": "dumb"}
    command = [sys.executable, "-m", "mlkata", "questions", "knn", str(number)]
    with subprocess.Popen(
        command, cwd=workspace, env=environment, stdin=child_end, stdout=child_end, stderr=child_end
    ) as process:
        os.close(child_end)
        os.write(parent_end, b"4\n")  # the right answer
        shown = b""
        with suppress(OSError):  # Linux reports the closed other end this way
            while part := os.read(parent_end, 4096):
                shown += part
        assert process.wait(timeout=3000) == 0
    os.close(parent_end)
    text = shown.decode()
    assert text.index("dtype=np.uint8") < text.index("what does it print?") < text.index("right")
    assert "see it: kata check knn --case knn.4/knn_capped/pixels" in text
    assert f"(1 of {len(deck.read('knn'))} known)" in text
    assert json.loads((workspace / ".kata/state.json").read_text())["known"] == {"knn: pixels": True}


def test_undo_brings_back_what_reset_removed(kata, workspace, reference):
    """The file is the same, byte for byte."""
    solve(workspace, reference, "assign")
    before = (workspace / "kmeans.py").read_bytes()
    kata("reset", "kmeans.1", cwd=workspace)
    assert (workspace / "kmeans.py").read_bytes() != before
    kata("undo", "kmeans", cwd=workspace)
    assert (workspace / "kmeans.py").read_bytes() == before


def test_show_writes_a_script_that_runs_the_case(kata, workspace, reference):
    solve(workspace, reference, "assign")
    shown = kata("show", "kmeans.1/assign/ties", "--script", cwd=workspace)
    assert shown.returncode == 0
    assert "ties go to the lowest index" in shown.stdout
    script = next(workspace.glob("debug*.py"))
    environment = {**os.environ, "PYTHONBREAKPOINT": "0"}
    ran = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=False, timeout=3000
    )
    assert ran.returncode == 0, ran.stderr
    assert "expected" in ran.stdout


def test_show_draws_a_picture(kata, workspace, reference):
    """`--plot` prints a table and the path; PNG and SVG are written, light and dark."""
    solve(workspace, reference, "assign")
    shown = kata("show", "kmeans.1/assign/ties", "--plot", cwd=workspace)
    assert shown.returncode == 0, shown.stderr
    assert "labels    row" in shown.stdout
    assert "picture: .kata/plots/kmeans_1_assign_ties.png" in shown.stdout
    assert "\x1b" not in shown.stdout
    assert len(list((workspace / ".kata/plots").iterdir())) == 4


def test_show_of_an_unsolved_check_has_the_expected_value(kata, workspace):
    result = kata("show", "kmeans.1/assign/ties", cwd=workspace)
    assert result.stdout.startswith("UNSOLVED kmeans.1/assign/ties")
    assert "expected" in result.stdout


def test_list_of_a_track_names_every_check(kata, workspace):
    listed = kata("list", "kmeans", cwd=workspace).stdout
    assert all(check.id in listed for check in catalogue.get("kmeans").checks)


def test_a_closed_pipe_is_no_error(tmp_path):
    """`kata list | head` ends with status 0 and prints nothing on standard error."""
    command = [sys.executable, "-m", "mlkata", "list", "kmeans"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 0


def test_doctor_works_in_an_empty_folder(kata):
    """Nothing is wrong with the installation, and the last line has the next command."""
    result = kata("doctor")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1] == "next: kata demo"


def test_the_demo_shows_a_failure_and_then_none(kata):
    """The planted bug fails on real data, the right k-means passes all checks of the demo."""
    result = kata("demo")
    assert result.returncode == 0, result.stdout + result.stderr
    wrong, right = result.stdout.split("2. The bug")
    assert "FAIL kmeans.2/kmeans/china" in wrong
    assert "FAIL" not in right
    assert right.count("PASS") == len(CHECKS)
    assert result.stdout.splitlines()[-1].startswith("next: kata init")


def workers_of(parent):
    """Return the processes that a process has started, and those that they have started."""
    return parent.children(recursive=True)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_watch_judges_a_save_and_leaves_no_process(workspace, reference, cache, ending):
    """Ctrl-C and a kill of `kata watch` both end its workers."""
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
        watching.send_signal(ending)
        status = watching.wait(timeout=DEADLINE)
        watching.stdout.close()
    assert status == (0 if ending == signal.SIGINT else -signal.SIGKILL)
    assert started
    deadline = time.monotonic() + DEADLINE
    while any(alive(process) for process in started) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [process for process in started if alive(process)]


def until(stream, text):
    """Read lines until one contains a text. A timer closes the stream if no such line comes."""
    timer = threading.Timer(DEADLINE, stream.close)
    timer.start()
    try:
        for line in stream:
            if text in line:
                return
    finally:
        timer.cancel()
    raise AssertionError(f"{text!r} never came")


def alive(process):
    """Return whether a process runs and is not a zombie."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_workspace_begins_with_any_track(kata, tmp_path):
    """Here with decision trees; there is then no file for k-means, the default."""
    result = kata("init", "ws", "--track", "tree", cwd=tmp_path)
    assert result.returncode == 0
    assert (tmp_path / "ws" / "tree.py").is_file()
    assert not (tmp_path / "ws" / "kmeans.py").exists()
    assert "next: fill in apply in tree.py" in kata(cwd=tmp_path / "ws").stdout
    assert "no track 'nonesuch'" in kata("init", "ws2", "--track", "nonesuch", cwd=tmp_path).stderr


TOO_STRICT = """
import numpy as np
import pytest


@pytest.fixture
def kmeans():
    import kmeans

    return kmeans


def test_ties_go_to_the_last(kmeans):
    assert kmeans.assign(np.array([[1.0]]), np.array([[0.0], [2.0]])).tolist() == [1]
"""


@pytest.mark.slow  # runs the tests on all bugs of a round
def test_own_tests_that_reject_right_solutions_catch_nothing(kata, workspace):
    """The exit status is 1, the text says why, and the JSON names the solutions."""
    (workspace / "test_kmeans.py").write_text(TOO_STRICT)
    result = kata("test", "--json", "result.json", cwd=workspace)
    assert result.returncode == 1
    assert "OVER-SPECIFIED test_ties_go_to_the_last" in result.stdout
    assert "caught 0 of " in result.stdout
    assert "reference" in json.loads((workspace / "result.json").read_text())["rejected"]
