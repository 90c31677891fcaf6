"""One thread starts all processes."""

import os
import subprocess
import sys
import threading
from functools import partial

import pytest
from mlkata.worker import starter


def test_processes_are_started_by_one_thread_that_does_not_keep_python_alive():
    threads = []

    def popen():
        threads.append(threading.current_thread())
        return subprocess.Popen(["true"])

    for _ in range(2):
        assert starter.start(popen).wait() == 0
    assert threads[0] is threads[1]
    assert threads[0].daemon


def test_an_error_of_the_start_is_raised_and_the_thread_goes_on():
    with pytest.raises(FileNotFoundError):
        starter.start(partial(subprocess.Popen, ["/no/such/program"]))
    assert starter.start(partial(subprocess.Popen, ["true"])).wait() == 0


FORK = """
import os, subprocess
from mlkata.worker import starter
starter.start(lambda: subprocess.Popen(["true"])).wait()
child = os.fork()
if child == 0:
    os._exit(starter.start(lambda: subprocess.Popen(["true"])).wait())
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_process_has_a_thread_of_its_own():
    command = [sys.executable, "-W", "ignore", "-c", FORK]  # Python 3.12 and later warn of forks with threads
    assert subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True).stdout == "0\n"


INTERRUPTED = """
import subprocess, threading
from mlkata.worker import starter

def interrupted(event, timeout=None):
    raise KeyboardInterrupt
threading.Event.wait = interrupted
starter.start(lambda: subprocess.Popen(["true"]))
"""


def test_an_interrupt_while_the_thread_starts_ends_the_kit():
    """`Thread.start` waits for the thread, and Ctrl-C can come at this moment. Python must still end."""
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=600, check=False
    )
    assert "KeyboardInterrupt" in ended.stderr
    assert ended.returncode != 0
