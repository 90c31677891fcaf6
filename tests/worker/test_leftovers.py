"""However the kit ends, no process and no folder of a worker is left."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from mlkata.worker import tiers
from mlkata.worker.tiers import Tier
from support import MINIATURE

# A kit that judges the same case again and again, until it is killed. Its submission starts a process, too.
SCRIPT = """
import signal
import sys
from pathlib import Path
import numpy as np
from support import case_of
from mlkata.tracks import catalogue as tracks
from mlkata.tracks.model import call
from mlkata.worker import parent
from mlkata.worker import runner as runner_
from mlkata.worker.tiers import Tier

toy = tracks.read(Path(sys.argv[1]) / "exercises" / "toy")
source = b'''
import os, time
def double(x):
    if os.fork() == 0:
        time.sleep(1000)
    return 2 * x
def total(x):
    while True: pass
'''
case = case_of(call("double", x=np.ones(3)))
if sys.argv[2] == "loop":
    case = case_of(call("total", x=np.ones(3)))
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored if a shell started this in the background
print("started", flush=True)
while True:
    workers = parent.Workers(ahead=2, tier=Tier(sys.argv[3]))
    runner = runner_.Runner(runner_.Submission("toy.py", source), toy.contracts, workers)
    runner.answer(case)
    print("answered", flush=True)
    if sys.argv[2] == "closing":
        runner.close()
        workers.close()
"""

STARTING = 0.005
"""Seconds after which the kit is still starting its workers."""


def traces(folder):
    """Return what is left in a folder: workers' folders, and living processes that name it or work in it."""
    # Only mlkata-*: tempfile may have written other files, to try the folder.
    leftovers = [str(path) for path in folder.glob("mlkata-*")]
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            command = process.cmdline()
            words = [*command, process.environ().get("TMPDIR", ""), process.cwd()]
        except psutil.Error:
            continue
        if process.pid != os.getpid() and any(str(folder) in word for word in words):
            leftovers.append(f"{process.pid} {command}")
    return leftovers


@pytest.mark.slow
@pytest.mark.parametrize(
    "ended",
    [
        (Tier.SUBPROCESS, signal.SIGKILL),
        (Tier.SUBPROCESS, signal.SIGINT),
        (Tier.SUBPROCESS, signal.SIGTERM),
        *((tier, signal.SIGKILL) for tier in (Tier.BWRAP, Tier.LANDLOCK) if not tiers.missing(tier)),
    ],
)
# The kit is ended `delay` seconds after this number of `answers`. In the mode `closing` it closes its workers
# after each answer, in `open` it does not, and in `loop` its submission never answers.
@pytest.mark.parametrize(
    ("mode", "answers", "delay"),
    [("closing", 0, STARTING), ("closing", 0, 0.1), ("closing", 1, 0.0), ("open", 2, 0.05), ("loop", 0, 0.8)],
)
def test_a_killed_kit_leaves_nothing(tmp_path, ended, mode, answers, delay):
    """The kill comes while the kit starts, asks or closes workers."""
    tier, signal_number = ended
    folder = tmp_path / "private"
    folder.mkdir()
    environment = os.environ | {"TMPDIR": str(folder), "PYTHONPATH": str(MINIATURE.parent)}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(MINIATURE), mode, tier],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
    ) as kit:
        try:
            for expected in ["started\n"] + ["answered\n"] * answers:
                line = kit.stdout.readline()
                assert line == expected, line + kit.communicate(timeout=600)[0]
            time.sleep(delay)
            assert kit.poll() is None
            kit.send_signal(signal_number)
            kit.wait(60)
        finally:
            kit.kill()
    until = time.monotonic() + 60
    while (leftovers := traces(folder)) and time.monotonic() < until:
        time.sleep(0.05)
    assert leftovers == []


def test_traces_finds_folders_and_processes(tmp_path):
    """If it found nothing, the test above could not fail."""
    (tmp_path / "mlkata-x").mkdir()
    with subprocess.Popen(["sleep", "100"], cwd=tmp_path / "mlkata-x") as sleeper:
        try:
            leftovers = traces(tmp_path)
        finally:
            sleeper.kill()
    assert leftovers == [str(tmp_path / "mlkata-x"), f"{sleeper.pid} ['sleep', '100']"]


# The program probes a tier (tests whether it works). The probing process is replaced by one that waits for
# input.
PROBE = """
from mlkata.worker import tiers
from mlkata.worker.tiers import Tier
tiers.command = lambda *_: ["/bin/cat"]
tiers.missing(Tier.LANDLOCK)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no other system has a tier to probe")
def test_a_kit_killed_while_it_probes_tiers_leaves_nothing(tmp_path):
    """The folder in which the probe runs is removed."""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    kit = subprocess.Popen([sys.executable, "-c", PROBE], env=environment, stdin=subprocess.PIPE)
    while not list(tmp_path.glob("mlkata-*")):
        assert kit.poll() is None
        time.sleep(0.01)
    kit.kill()
    kit.wait()
    kit.stdin.close()  # ends the probing process
    deadline = time.monotonic() + 60
    while traces(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert traces(tmp_path) == []
