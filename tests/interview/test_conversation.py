"""A whole interview on a pseudo-terminal, in which `kata interview` runs as a process of its own."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time

import pytest

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

CONTROLS = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]0;[^\x07]*\x07|\r")
"""Colours, the terminal's title and carriage returns, which tests leave out."""
CTRL_C = b"\x03"
WRONG_TIES = """
import numpy as np
def assign(X, centers):
    distances = ((X[:, None] - centers) ** 2).sum(axis=2)
    return len(centers) - 1 - np.argmin(distances[:, ::-1], axis=1)
def update(X, labels, centers):
    new = centers.copy()
    for j in np.unique(labels):
        new[j] = X[labels == j].mean(axis=0)
    return new
def lloyd(X, centers, max_iter=300):
    labels = None
    for _ in range(max_iter):
        old, labels = labels, assign(X, centers)
        if old is not None and np.array_equal(old, labels):
            break
        centers = update(X, labels, centers)
    return labels, centers
"""
"""Round 1 of k-means with one mistake: of two centres at equal distance, `assign` takes the last."""
RIGHT = WRONG_TIES.replace(
    "len(centers) - 1 - np.argmin(distances[:, ::-1], axis=1)", "np.argmin(distances, axis=1)"
)


class Terminal:
    """`kata interview kmeans` on a terminal of 80 columns, in a folder."""

    def __init__(self, folder):
        self.output = ""
        self.ended = False
        self._pid, self._fd = pty.fork()
        if not self._pid:
            os.chdir(folder)
            command = [sys.executable, "-m", "mlkata", "interview", "kmeans"]
            os.execve(sys.executable, command, os.environ | {"COLUMNS": "80", "TERM": "xterm"})  # noqa: S606

    def type(self, line):
        """Type a line and press return."""
        os.write(self._fd, line.encode() + b"\n")

    def press(self, key):
        """Press a key."""
        os.write(self._fd, key)

    def until(self, words, seconds=300):
        """Wait for words in the output since the last call; return the output up to their end."""
        ends = time.monotonic() + seconds
        while words not in self.output:
            ready, _, _ = select.select([self._fd], [], [], max(0.0, ends - time.monotonic()))
            assert ready, f"never printed {words!r}:\n{self.output}"
            try:
                data = os.read(self._fd, 65536)
            except OSError:  # the other end is closed
                data = b""
            assert data, f"it ended before {words!r}:\n{self.output}"
            self.output += CONTROLS.sub(b"", data).decode("utf-8", "replace")
        before, self.output = self.output.split(words, 1)
        return before + words

    def kill(self):
        """Kill the command and all processes that it started."""
        os.killpg(self._pid, signal.SIGKILL)
        self._wait()

    def end(self):
        """Wait until the command has ended; its status must be 0."""
        assert self._wait() == 0

    def _wait(self):
        _, status = os.waitpid(self._pid, 0)
        os.close(self._fd)
        self.ended = True
        return status


@pytest.fixture
def open_terminal(tmp_path):
    """Return a function that runs the command on a new terminal; the test's terminals share a folder."""
    opened = []

    def make():
        opened.append(Terminal(tmp_path))
        return opened[-1]

    yield make
    for terminal in opened:
        if not terminal.ended:
            terminal.kill()


def _ask_and_leave(terminal, file):
    """Ask questions, and leave by Ctrl-C.

    In between, check a file that is wrong on ties before and after asking about them.
    """
    terminal.until("Round 1: Steps")
    terminal.until("[45:00] >")
    assert "def assign(X, centers):\n    raise NotImplementedError" in file().read_text(encoding="utf-8")
    for line, answer in (
        ("what happens to empty clusters?", "previous centre"),
        ("is it raining?", "up to you"),
        ("check", "not written yet: assign, lloyd, update"),
    ):
        terminal.type(line)
        terminal.until(answer)
    file().write_text(WRONG_TIES, encoding="utf-8")
    terminal.type("check")
    output = terminal.until("next: ask ties")
    assert "ASSUMED ties" in output
    assert "FAIL" not in output
    terminal.type("ask ties")
    terminal.until("lower index")
    terminal.type("check")
    terminal.until("FAIL kmeans.1/assign/ties")
    terminal.until("] >")
    terminal.press(CTRL_C)
    terminal.until("next: kata interview kmeans   (resumes)")
    terminal.end()


def _resume_and_be_killed(terminal, file):
    """Take a hint, pass a round, and be killed when the interviewer asks what the function costs."""
    terminal.until("resumed with")
    terminal.until("] >")
    terminal.type("hint")
    terminal.until("Write the two steps first")
    file().write_text(RIGHT, encoding="utf-8")
    terminal.type("check")
    terminal.until("kmeans.1 passes")
    terminal.until("your answer>")
    terminal.kill()


def _claim_and_end(terminal, file):
    """Answer that question, which is asked again; end in the next round, and skip the measurements."""
    terminal.until("your answer>")
    terminal.type("n*k*q")
    terminal.until("'q' is unknown")
    terminal.type("n*k*d, n*k*d")  # time, memory
    terminal.until("Round 2: Like scikit-learn")
    text = file().read_text(encoding="utf-8")
    assert text.startswith(RIGHT)
    assert "def relocate_empty(X, labels, centers):" in text
    terminal.type("end")
    terminal.until("measuring kmeans.1")
    assert (file().parent / "scorecard.json").is_file()
    terminal.press(CTRL_C)
    terminal.until("practise next:")
    terminal.until("what a strong answer would have contained")
    terminal.until("next: ")
    terminal.end()


def test_an_interview_is_left_resumed_killed_and_ended(open_terminal, tmp_path):
    """A wrong assumption counts as a missed question; a failure after the question counts as a failure."""

    def file():  # a function, as the first command creates the folder
        [path] = tmp_path.glob("interviews/*/kmeans.py")
        return path

    _ask_and_leave(open_terminal(), file)
    _resume_and_be_killed(open_terminal(), file)
    _claim_and_end(open_terminal(), file)
    folder = file().parent
    card = json.loads((folder / "scorecard.json").read_text(encoding="utf-8"))
    assert [topic["topic"] for topic in card["missed"]] == ["ties"]
    assert [topic["topic"] for topic in card["asked"]] == ["empty clusters", "ties"]
    assert [round_["passed"] for round_ in card["rounds"]] == [True, False]
    assert (card["rounds"][0]["hints"], card["rounds"][0]["looks"]) == (1, 4)  # looks: commands `check`
    assert card["costs"][0]["said"] == "n*k*d, n*k*d"
    assert "Content-Security-Policy" in (folder / "scorecard.html").read_text(encoding="utf-8")


def test_an_interview_through_a_pipe_stops_at_its_end(tmp_path):
    """At the end of input the interview is paused, to be resumed; `--new` ends it and begins another one."""
    command = [sys.executable, "-m", "mlkata", "interview", "kmeans", "--minutes", "30"]
    options = {"cwd": tmp_path, "capture_output": True, "text": True}
    first = subprocess.run(command, check=True, input="ask metric\nfoo", **options)
    assert "Euclidean" in first.stdout
    assert "I don't know 'foo'" in first.stdout
    assert "next: kata interview kmeans   (resumes)" in first.stdout
    assert "\x1b" not in first.stdout
    second = subprocess.run([*command, "--new"], check=True, input="end\n", **options)
    assert "no hire: 0%" in second.stdout
    assert second.stdout.count(" no hire ") >= 2  # the scorecard compares both interviews
    assert len(list((tmp_path / "interviews").iterdir())) == 2
