"""Submissions that crash, hang, flood, forge and fork: each gets its code, and the kit continues."""

import gc
import json
import sys
import threading
import time
import tracemalloc

import numpy as np
import psutil
import pytest
from mlkata.tracks import catalogue
from mlkata.tracks.model import Kind, call
from mlkata.worker import limits, npy, parent, replies, wire
from mlkata.worker import runner as runner_
from mlkata.worker.process import Process
from mlkata.worker.tiers import Tier
from support import MINIATURE, case_of

X = np.array([1.0, -2.0, 4.0])
DOUBLE = case_of(call("double", x=X))
ROOT = case_of(call("root", x=X))
TOTAL = case_of(call("total", x=X))

OTHERS = """
import ctypes, os, signal, sys, threading, time
import numpy as np

def total(x):
    return float(x.sum())

def root(x):
    return 2

def double(x):
"""
REFUSED = (Kind.RAISED, "PermissionError: [Errno 1] Operation not permitted")
ELSEWHERE = {
    # An isolated process cannot send signals, not even to itself.
    **{
        (tier, f"os.{call}"): REFUSED
        for tier in (Tier.BWRAP, Tier.LANDLOCK)
        for call in ("kill(os.getpid(), signal.SIGKILL)", "killpg(0, signal.SIGTERM)")
    },
    # The first process of a namespace receives no signals except faults: abort() ends by one.
    (Tier.BWRAP, "os.abort()"): (Kind.CRASHED, "the process was killed by SIGSEGV"),
    # bubblewrap itself holds the other end of the channel, so that only the deadline ends the wait.
    (Tier.BWRAP, "os.closerange(0, 100)"): (Kind.TIMEOUT, None),
}
"""The outcomes of functions that end their worker, in the tiers in which they differ."""


def nasty(*lines):
    """Return a submission whose `double` has these lines, and whose other functions are right."""
    return OTHERS + "".join(f"    {line}\n" for line in lines)


def check_others(run):
    """Assert that the other functions are still judged."""
    assert run.answer(TOTAL).values == [3.0]
    assert run.answer(ROOT).values == [2]


@pytest.mark.parametrize(
    ("lines", "kind", "message"),
    [
        (["os._exit(0)"], Kind.CRASHED, "the process exited with status 0"),
        (["ctypes.string_at(0)"], Kind.CRASHED, "the process was killed by SIGSEGV"),
        (["os.abort()"], Kind.CRASHED, "the process was killed by SIGABRT"),
        (["os.kill(os.getpid(), signal.SIGKILL)"], Kind.CRASHED, "the process was killed by SIGKILL"),
        (["os.killpg(0, signal.SIGTERM)"], Kind.CRASHED, "the process was killed by SIGTERM"),
        (["return np.ones(10**11)"], Kind.MEMORY, None),
        (["kept = []", "while True:", "    kept.append(bytearray(50_000_000))"], Kind.MEMORY, None),
        (
            ["global kept", "kept = []", "while True:", "    kept.append(bytes(1_000_000))"],
            Kind.MEMORY,
            "MemoryError",
        ),
        (
            ["while True:", "    print('x' * 1000)"],
            Kind.OUTPUT_LIMIT,
            "more than 1 MiB printed in one case",
        ),
        (
            [
                "threading.Thread(target=lambda: [os.write(2, b'y' * 1000) for _ in range(10**9)]).start()",
                "time.sleep(60)",
            ],
            Kind.OUTPUT_LIMIT,
            "more than 1 MiB printed in one case",
        ),
        (
            [
                "for fd in range(3, 20):",
                "    try: os.write(fd, b'garbage ' * 20)",
                "    except OSError: pass",
                "return x",
            ],
            Kind.PROTOCOL,
            None,
        ),
        (
            [
                "for fd in range(3, 20):",
                "    try: os.write(fd, b'\\0' * 8)",
                "    except OSError: pass",
                "return x",
            ],
            Kind.PROTOCOL,
            None,
        ),
        (["os.closerange(0, 99)", "return x"], Kind.CRASHED, None),
    ],
)
def test_a_function_that_ends_its_worker_has_a_code(runner, lines, kind, message):
    """The next case gets a new worker."""
    run = runner(nasty(*lines))
    kind, message = ELSEWHERE.get((run.workers.tier, lines[0]), (kind, message))
    got = run.answer(DOUBLE)
    assert got.kind is kind
    assert message is None or got.message == message
    assert got.message
    assert not got.values
    check_others(run)


def test_a_function_that_closes_its_channel_crashes_or_times_out(runner, short_limits):
    """A tier that holds the other end notices it at the deadline only."""
    run = runner(nasty("os.closerange(0, 100)", "time.sleep(60)"))
    closed = (Kind.CRASHED, "the process closed its channel")
    kind, message = ELSEWHERE.get((run.workers.tier, "os.closerange(0, 100)"), closed)
    got = run.answer(DOUBLE)
    assert got.kind is kind
    assert message is None or got.message == message
    check_others(run)


@pytest.mark.parametrize(
    "lines",
    [
        ["while True: pass"],
        ["time.sleep(1000)"],
        ["signal.signal(signal.SIGTERM, signal.SIG_IGN)", "while True: pass"],
        ["while True:", "    try: time.sleep(1000)", "    except BaseException: pass"],
        ["while True:", "    print('.', flush=True)", "    time.sleep(0.01)"],
        ["threading.Event().wait()"],
        ["sys.stdin.close()", "os.read(3, 1)", "os.read(3, 1)", "time.sleep(100)"],
    ],
)
@pytest.mark.usefixtures("short_limits")
def test_a_function_that_never_ends_times_out(runner, lines):
    """The others are judged, and after two timeouts the function is not run again."""
    run = runner(nasty(*lines))
    for _ in range(2):
        got = run.answer(DOUBLE)
        assert got.kind is Kind.TIMEOUT
        assert got.message.startswith("no answer within ")
        assert got.message.endswith(" seconds: is there a loop that never ends?")
    assert run.answer(DOUBLE).message == "not run: double has timed out 2 times"
    assert run.answer(DOUBLE).kind is Kind.TIMEOUT
    check_others(run)


def test_a_call_may_have_less_time(runner):
    """It is stopped long before the usual limit, which the next call has again."""
    run = runner(nasty("while True: pass"))
    got = run.answer(DOUBLE, at_most=0.1)
    assert got.kind is Kind.TIMEOUT
    assert run._spent < 1
    check_others(run)


@pytest.mark.usefixtures("short_limits")
def test_single_bytes_on_the_channel_do_not_extend_the_deadline(answer):
    lines = ["import fcntl", "while True:"]
    lines += [
        "    for fd in (3, 4, 5, 6):",
        "        try: os.write(fd, b'\\0')",
        "        except OSError: pass",
    ]
    lines += ["    time.sleep(0.2)"]
    assert answer(nasty(*lines), call("double", x=X)).kind is Kind.TIMEOUT


@pytest.mark.usefixtures("short_limits")
def test_a_dead_worker_is_noticed_although_its_child_holds_the_channel(runner):
    """Its pipe is never closed."""
    run = runner(nasty("if os.fork() == 0:", "    time.sleep(1000)", "os._exit(3)"))
    got = run.answer(DOUBLE)
    if run.workers.tier is not Tier.SUBPROCESS:
        assert (got.kind, got.message) == REFUSED
        return
    assert (got.kind, got.message) == (Kind.CRASHED, "the process exited with status 3")
    check_others(run)


@pytest.mark.usefixtures("short_limits")
def test_an_import_that_never_ends_times_out(runner, monkeypatch):
    """Importing has its own time limit."""
    run = runner("import time\nwhile True: pass\n")
    run.workers.refill()
    for worker in run.workers._waiting:
        worker.wait_idle()
    monkeypatch.setattr(limits, "LOAD_SECONDS", 0.3)
    got = run.answer(DOUBLE)
    assert got.kind is Kind.TIMEOUT
    assert got.message.startswith("while importing toy.py: no answer within 0.")
    assert got.message.endswith(" seconds: is there a loop that never ends?")
    assert run.answer(TOTAL) == got


def test_endless_output_at_import_has_a_message(runner):
    got = runner("while True: print('x' * 1000)\n").answer(DOUBLE)
    assert got.kind is Kind.OUTPUT_LIMIT
    assert got.message == "while importing toy.py: more than 1 MiB printed in one case"
    assert got.stdout.startswith("xxx")


def test_a_submission_has_a_budget_of_cpu_seconds(runner, monkeypatch):
    """After it is used up, nothing more is run."""
    run = runner(nasty("while True: pass"))
    monkeypatch.setattr(limits, "CPU_SECONDS", 0.3)
    monkeypatch.setattr(limits, "SUBMISSION_SECONDS", 0.25)
    assert run.answer(TOTAL).values == [3.0]
    assert run.answer(DOUBLE).kind is Kind.TIMEOUT
    got = run.answer(TOTAL)
    assert (got.kind, got.message) == (Kind.TIMEOUT, "not run: the submission has used its 0.25 CPU seconds")


def test_cpu_time_at_import_counts_against_the_budget(runner):
    """Repeated crashes, each with a slow import, come to an end as well."""
    run = runner("import time\ntime.sleep(0.5)\ns = sum(range(5_000_000))\ndef root(x):\n    return 2\n")
    assert run.answer(ROOT).values == [2]
    assert run._spent >= 0.05


@pytest.mark.usefixtures("short_limits")
def test_child_processes_die_with_their_worker(runner, tmp_path):
    """Five sleeping children and their children are gone."""
    pids = tmp_path / "pids"
    lines = [
        "for _ in range(5):",
        "    if os.fork() == 0:",
        "        os.fork()",
        f"        open({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n')",
        "        signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "        time.sleep(1000)",
        "time.sleep(0.3)",
        "return 2 * x",
    ]
    run = runner(nasty(*lines))
    got = run.answer(DOUBLE)
    if run.workers.tier is not Tier.SUBPROCESS:
        assert (got.kind, got.message) == REFUSED
        return
    assert got.kind is Kind.VALUE
    started = [int(line) for line in pids.read_text().split()]
    assert len(started) == 10
    folder = run._worker.process.folder
    run.close()
    assert gone(started)
    assert not folder.exists()


def gone(pids, seconds=5.0):
    """Return whether these processes end, or become zombies, within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(lives(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def lives(pid):
    """Return whether a process exists and is not a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_workers_leave_nothing_behind(runner):
    """Open files, processes and folders are gone after they are closed."""
    run = runner(nasty("os._exit(1)"))
    run.answer(DOUBLE)
    run.close()
    gc.collect()
    before = psutil.Process().num_fds()
    for _ in range(3):
        worker = parent.Worker(Process())
        folder, pid, guard = worker.process.folder, worker._popen.pid, worker.process.guard.pid
        assert folder.stat().st_mode & 0o777 == 0o700
        worker.close()
        worker.close()
        worker.kill()
        assert not folder.exists()
        assert gone([pid, guard])
    assert psutil.Process().num_fds() <= before


def test_a_huge_wrong_answer_takes_no_memory(answer):
    """It is announced and refused, so it is never fetched."""
    source = nasty("return np.zeros(10**8)")
    tracemalloc.start()
    try:
        got = answer(source, call("double", x=X))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert got.kind is Kind.CONTRACT
    assert got.values == []


def forge(*frames, at_import=False, pause=0.0):
    """Return a submission that writes its own frames to every descriptor it finds."""
    send = f"""
import os, time
DATA = {[wire.frame(header, body) for header, body in frames]}
def send():
    for data in DATA:
        for fd in range(3, 20):
            try: os.write(fd, data)
            except OSError: pass
        time.sleep({pause})
"""
    return send + ("send()\n" if at_import else "") + nasty("send()", "time.sleep(1000)")


ARRAY = {"array": 0, "dtype": "<f8", "shape": [3]}
BAD_ANSWERS = [
    {"type": "idle"},
    {"type": "ready"},
    {"type": "done"},
    {"type": "done", "values": []},
    {"type": "done", "values": 3},
    {"type": "done", "values": "x"},
    {"type": "done", "values": {"0": 1}},
    {"type": "done", "values": [ARRAY, ARRAY]},
    {"type": "done", "values": [{"array": 0, "dtype": "O", "shape": [3]}]},
    {"type": "done", "values": [{"array": 0, "dtype": "V8", "shape": [3]}]},
    {"type": "done", "values": [{"array": 0, "dtype": "i4,i4", "shape": [3]}]},
    {"type": "done", "values": [{"array": 0, "dtype": "<f8,", "shape": [3]}]},
    {"type": "done", "values": [{"array": 0, "dtype": ["<f8"], "shape": [3]}]},
    {"type": "done", "values": [{"array": 0, "dtype": "<f7", "shape": [3]}]},
    {"type": "done", "values": [{"array": 0, "dtype": None, "shape": [3]}]},
    {"type": "done", "values": [{"array": 0, "dtype": "<f8", "shape": 3}]},
    {"type": "done", "values": [{"array": 0, "dtype": "<f8", "shape": None}]},
    {"type": "done", "values": [{"array": 0, "dtype": "<f8", "shape": [-3]}]},
    {"type": "done", "values": [{"array": 0, "dtype": "<f8", "shape": ["3"]}]},
    {"type": "done", "values": [{"array": 0, "dtype": "<f8", "shape": [10**300]}]},
    {"type": "done", "values": [{"array": 0, "dtype": "<f8", "shape": [True]}]},
    {"type": "done", "values": [{"array": 0}]},
    {"type": "done", "values": [{"array": 1, "dtype": "<f8", "shape": [3]}]},
    {"type": "done", "values": [{"array": [], "dtype": "<f8", "shape": [3]}]},
    {"type": "done", "values": [{"array": -1, "dtype": "<f8", "shape": [3]}]},
    {"type": "done", "values": [{**ARRAY, "tuple": [ARRAY, ARRAY]}]},
    {"type": "done", "values": [{"tuple": 3}]},
    {"type": "raised"},
    {"type": "raised", "step": 5, "types": ["X"], "message": "", "traceback": ""},
    {"type": "raised", "step": 0, "types": 3, "message": "", "traceback": ""},
    {"type": "raised", "step": True, "types": ["X"], "message": "", "traceback": ""},
    {"type": "changed", "step": "0", "argument": "x"},
    {"type": "changed", "step": 0},
    {"type": "values", "lengths": []},
    {"type": "refused", "kind": "import", "message": "x"},
]


@pytest.mark.parametrize("header", BAD_ANSWERS, ids=lambda header: json.dumps(header)[:60])
def test_a_forged_frame_breaks_the_protocol(header):
    """No honest worker sends such a reply."""
    with pytest.raises(replies.UNREADABLE):
        read(header)


@pytest.mark.parametrize(
    "header", BAD_ANSWERS[:8] + BAD_ANSWERS[-4:], ids=lambda header: json.dumps(header)[:60]
)
def test_a_forged_frame_from_a_worker_breaks_the_protocol(runner, header):
    """The other functions are still judged."""
    run = runner(forge((header, b"")))
    got = run.answer(DOUBLE)
    assert got.kind is Kind.PROTOCOL
    assert got.message.startswith("the worker broke the protocol: ")
    check_others(run)


def read(header):
    """Read a reply to DOUBLE with a worker that fetches nothing."""
    worker = object.__new__(parent.Worker)
    worker.ask = lambda *_, **__: ({"type": "values", "lengths": []}, b"", 0.0)
    contracts = catalogue.read(MINIATURE / "exercises" / "toy").contracts
    return worker._read_answer(header, DOUBLE, contracts)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (npy.write(2 * X), Kind.VALUE),
        (npy.write(np.array([1.0, 2.0, 3.0], dtype=">f8")), Kind.PROTOCOL),
        (npy.write(np.array([1, 2, 3])), Kind.PROTOCOL),
        (npy.write(np.zeros((3, 1))), Kind.PROTOCOL),
        (b"garbage", Kind.PROTOCOL),
        (npy.write(np.array([1.0, np.nan, 3.0])), Kind.CONTRACT),
    ],
)
def test_arrays_are_compared_with_their_announcement(answer, body, kind):
    """A forged right answer is still only an answer."""
    done = ({"type": "done", "values": [ARRAY]}, b"")
    values = ({"type": "values", "lengths": [[1, len(body)]]}, body)
    got = answer(forge(done, values, pause=0.3), call("double", x=X))
    assert got.kind is kind


@pytest.mark.parametrize(
    "header",
    [
        {"type": "refused", "kind": "value", "message": ""},
        {"type": "refused", "kind": "raised", "message": ""},
        {"type": "refused", "kind": [], "message": ""},
        {"type": "refused", "kind": "import"},
        {"type": "refused", "kind": "import", "message": "", "raised": 3},
        {"type": "refused", "kind": "import", "message": "", "raised": {"types": "x"}},
        {"type": "done", "values": []},
    ],
)
def test_a_forged_frame_at_import_breaks_the_protocol(runner, header):
    """Every case has this answer."""
    run = runner(forge((header, b""), at_import=True))
    got = run.answer(DOUBLE)
    assert got.kind is Kind.PROTOCOL
    assert got.message.startswith("while importing toy.py: the worker broke the protocol: ")
    assert run.answer(TOTAL) == got


def test_answers_sent_ahead_are_not_mistaken_for_right_ones(runner):
    """Frames sent too early break the protocol or the contract of a case."""
    done = ({"type": "done", "values": [{"float": "nan"}]}, b"")
    run = runner(forge(*[done] * 5, at_import=True))
    assert run.answer(DOUBLE).kind in (Kind.PROTOCOL, Kind.CONTRACT)
    for _ in range(3):
        assert run.answer(TOTAL).kind in (Kind.PROTOCOL, Kind.CONTRACT, Kind.VALUE)


def test_a_worker_that_does_not_read_its_input_does_not_block_the_kit(runner):
    """It dies or floods while a large input is written to it."""
    big = case_of(call("double", x=np.zeros(2_000_000)))
    run = runner(OTHERS.replace("def double(x):\n", "") + "os.closerange(3, 20)\ndef double(x): return x\n")
    assert run.answer(big).kind is Kind.CRASHED
    flood = "def f():\n    while True: os.write(2, b'z' * 1000)\nthreading.Thread(target=f).start()\n"
    run = runner(OTHERS.replace("def double(x):\n", "") + flood + "def double(x): return x\n")
    assert run.answer(big).kind is Kind.OUTPUT_LIMIT


def test_a_waiting_worker_that_has_died_is_replaced(runner):
    """The submission is not to blame for it."""
    run = runner(nasty("return 2 * x"))
    for worker in run.workers._waiting:
        worker.wait_idle()
        worker.kill()
        worker._popen.wait()
    assert run.answer(DOUBLE).kind is Kind.VALUE
    run.workers.close()


def test_a_waiting_worker_whose_folder_is_gone_is_replaced(runner):
    """A cleaner of temporary folders may remove it."""
    run = runner(nasty("return 2 * x"))
    for worker in run.workers._waiting:
        worker.process.folder.rmdir()
    assert run.answer(DOUBLE).kind is Kind.VALUE
    run.workers.close()


def test_workers_that_cannot_start_are_an_error_of_the_kit(toy, monkeypatch):
    """No worker ever ran, so the verdict is not `crashed`."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    workers = parent.Workers(ahead=1)
    run = runner_.Runner(runner_.Submission("toy.py", b""), toy.contracts, workers)
    with pytest.raises(RuntimeError, match="a worker could not start: the process exited with status 1"):
        run.answer(DOUBLE)
    run.close()
    workers.close()


def test_a_runner_can_be_closed_from_another_thread(runner):
    """Closing does not wait for the loop that another thread waits for."""
    run = runner(nasty("time.sleep(1000)"))
    got = []
    thread = threading.Thread(target=lambda: got.extend(run.answer(DOUBLE) for _ in range(3)))
    thread.start()
    time.sleep(0.6)  # it sleeps by now or soon: closing works at every moment
    run.close()
    thread.join(10)
    assert not thread.is_alive()
    assert [answer.kind for answer in got] == [Kind.CRASHED] * 3
    assert got[-1].message == "not run: the session was closed"


def test_a_runner_can_be_closed_at_any_moment(toy):
    """Closing while a worker starts, loads or answers raises nothing and leaves no worker."""
    for delay in (0.0, 0.05, 0.2, 0.4):
        workers = parent.Workers(ahead=1)
        run = runner_.Runner(
            runner_.Submission("toy.py", nasty("time.sleep(9)").encode()), toy.contracts, workers
        )
        got = []
        thread = threading.Thread(target=lambda run=run, got=got: got.append(run.answer(DOUBLE)))
        thread.start()
        time.sleep(delay)
        run.close()
        thread.join(10)
        assert [answer.kind for answer in got] == [Kind.CRASHED]
        workers.close()
        assert run._worker is None


def test_a_worker_has_a_small_environment(toy, monkeypatch):
    """It has none of our variables, one thread, and its own folder."""
    monkeypatch.setenv("SECRET_TOKEN", "hush")
    source = nasty(
        "print(sorted(os.environ), os.environ['OMP_NUM_THREADS'], os.getcwd() == os.environ['TMPDIR'])",
        "return 2 * x",
    )
    worker = parent.Worker(Process())
    try:
        assert worker.load(source.encode(), "toy.py") is None
        output = worker.run(DOUBLE, toy.contracts, cpu=3).stdout
    finally:
        worker.close()
    assert "SECRET_TOKEN" not in output
    assert output.endswith("1 True\n")
