"""Submissions that crash, hang, flood, forge and fork: each gets an answer that says so, and the kit goes on.

The functions `double`, `total` and `root` are those of the track `toy` in tests/miniature. Fixtures such as
`runner`, which makes a Runner of a source in each isolation tier, are in tests/conftest.py.
"""

import gc
import json
import sys
import threading
import time
import tracemalloc
from contextlib import contextmanager, nullcontext
from unittest import mock

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

# A submission whose `total` and `root` are right. The lines of `double` follow.
OTHERS_ARE_RIGHT = """
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
    # An isolated process may not use these calls, not even on itself.
    **{
        (tier, f"os.{call}"): REFUSED
        for tier in (Tier.BWRAP, Tier.LANDLOCK)
        for call in ("kill(os.getpid(), signal.SIGKILL)", "killpg(0, signal.SIGTERM)")
    },
    # The first process of a namespace receives no signals from itself, so abort() ends by a deliberate fault.
    (Tier.BWRAP, "os.abort()"): (Kind.CRASHED, "the process was killed by SIGSEGV"),
    # bubblewrap itself keeps the pipes open, so only the time limit ends the wait.
    (Tier.BWRAP, "os.closerange(0, 100)"): (Kind.TIMEOUT, None),
}
"""Kind and message of an answer by isolation tier and first line of a function.

Only answers that differ from those in the tier `subprocess` are listed. None stands for any message.
"""
WAIT_SECONDS = 60
"""How long a test waits for something that takes a moment: enough for a busy machine."""


@contextmanager
def short_limits():
    """Limit a case to 0.4 CPU seconds or 1.2 seconds, so that a function that never answers ends soon."""
    with mock.patch.object(limits, "CPU_SECONDS", 0.4), mock.patch.object(limits, "WALL_FACTOR", 3):
        yield


def nasty(*lines):
    """Return a submission whose `double` has these lines, and whose other functions are right."""
    return OTHERS_ARE_RIGHT + "".join(f"    {line}\n" for line in lines)


def check_others(run):
    """Assert that the other functions still get right answers."""
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
                "for fd in range(3, 20):",  # one of these open files is the channel to the kit
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
        # It returns, so the worker ends when it cannot send the answer. 99 and not 100: ELSEWHERE has the
        # answer for a function that closes its channel and sleeps.
        (["os.closerange(0, 99)", "return x"], Kind.CRASHED, None),
    ],
)
def test_a_function_that_ends_its_worker_has_a_code(runner, lines, kind, message):
    """The answer says how the worker ended, and the next case gets a new worker. None: any message."""
    run = runner(nasty(*lines))
    kind, message = ELSEWHERE.get((run.workers.tier, lines[0]), (kind, message))
    got = run.answer(DOUBLE)
    assert got.kind is kind
    assert message is None or got.message == message
    assert got.message
    assert not got.values
    check_others(run)


def test_a_function_that_closes_its_channel_crashes_or_times_out(runner):
    """The kit notices it at once, or in the tier bwrap+seccomp when the time is used up."""
    run = runner(nasty("os.closerange(0, 100)", "time.sleep(60)"))
    closed = (Kind.CRASHED, "the process closed its channel")
    kind, message = ELSEWHERE.get((run.workers.tier, "os.closerange(0, 100)"), closed)
    with short_limits() if kind is Kind.TIMEOUT else nullcontext():
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
def test_a_function_that_never_ends_times_out(runner, lines):
    """After two timeouts the function is not run again, but the other functions are."""
    run = runner(nasty(*lines))
    for _ in range(2):
        with short_limits():
            got = run.answer(DOUBLE)
        assert got.kind is Kind.TIMEOUT
        assert got.message.startswith("no answer within ")
        assert got.message.endswith(" seconds: is there a loop that never ends?")
    assert run.answer(DOUBLE).message == "not run: double has timed out 2 times"
    assert run.answer(DOUBLE).kind is Kind.TIMEOUT
    check_others(run)


def test_a_lower_limit_holds_for_one_case(runner):
    """A function that needs 0.3 CPU seconds is stopped at 0.1 (or 1 s of wall time), but only once."""
    run = runner(
        nasty("begun = time.process_time()", "while time.process_time() < 0.3 + begun: pass", "return 2 * x")
    )
    got = run.answer(DOUBLE, at_most=0.1)
    assert got.kind is Kind.TIMEOUT
    assert got.message.startswith(("no answer within 0.1 CPU seconds", "no answer within 1 seconds"))
    assert run.answer(DOUBLE).kind is Kind.VALUE


def test_single_bytes_on_the_channel_do_not_extend_the_time_limit(answer):
    """The function announces a header of 1 MiB, then sends it byte by byte."""
    lines = [
        "data = (1 << 20).to_bytes(4, 'big') + bytes(4)",  # the lengths of header and body
        "while True:",
        "    for fd in range(3, 20):",  # one of them is the channel
        "        try: os.write(fd, data)",
        "        except OSError: pass",
        "    data = b' '",
        "    time.sleep(0.01)",
    ]
    with short_limits():
        assert answer(nasty(*lines), call("double", x=X)).kind is Kind.TIMEOUT


def test_a_dead_worker_is_noticed_although_its_child_holds_the_channel(runner):
    """While the child lives, the channel stays open, so the kit reads no end of file."""
    run = runner(nasty("if os.fork() == 0:", "    time.sleep(1000)", "os._exit(3)"))
    got = run.answer(DOUBLE)
    if run.workers.tier is not Tier.SUBPROCESS:
        assert (got.kind, got.message) == REFUSED
        return
    assert (got.kind, got.message) == (Kind.CRASHED, "the process exited with status 3")
    check_others(run)


def test_an_import_that_never_ends_times_out(runner, monkeypatch):
    """Importing has its own time limit."""
    run = runner("while True: pass\n")
    run.workers.refill()
    for worker in run.workers._waiting:
        worker.wait_idle()  # LOAD_SECONDS limits this, too
    monkeypatch.setattr(limits, "LOAD_SECONDS", 0.3)
    got = run.answer(DOUBLE)
    assert got.kind is Kind.TIMEOUT
    prefix = "while importing toy.py: no answer within "
    assert got.message.startswith((f"{prefix}0.3 CPU seconds", f"{prefix}3 seconds"))
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
    assert run.answer(TOTAL).values == [3.0]
    monkeypatch.setattr(limits, "CPU_SECONDS", 0.3)
    monkeypatch.setattr(limits, "SUBMISSION_SECONDS", 0.25)
    assert run.answer(DOUBLE).kind is Kind.TIMEOUT
    got = run.answer(TOTAL)
    assert (got.kind, got.message) == (Kind.TIMEOUT, "not run: the submission has used its 0.25 CPU seconds")


def test_cpu_time_at_import_counts_against_the_budget(runner):
    """Otherwise a submission that crashes in each case, after a slow import, would have no limit."""
    imports = "import time\nbegun = time.process_time()\nwhile time.process_time() < 0.3 + begun: pass\n"
    run = runner(imports + "def root(x):\n    return 2\n")
    assert run.answer(ROOT).values == [2]
    assert run._spent >= 0.29  # on macOS the kit measures hundredths of a second


def test_child_processes_die_with_their_worker(runner, tmp_path):
    """Five sleeping children and their five children are gone after the worker is closed."""
    pids = tmp_path / "pids"
    pids.touch()
    lines = [
        "for _ in range(5):",
        "    if os.fork() == 0:",
        "        os.fork()",
        f"        open({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n')",
        "        signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "        time.sleep(1000)",
        f"while len(open({str(pids)!r}).readlines()) < 10: time.sleep(0.01)",
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


def gone(pids):
    """Wait until these processes have ended or are zombies; return whether they have."""
    until = time.monotonic() + WAIT_SECONDS
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
    """The worker announces 800 MB; the kit refuses the announcement and never fetches the array."""
    source = nasty("return np.zeros(10**8)")
    tracemalloc.start()
    try:
        got = answer(source, call("double", x=X))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert got.kind is Kind.CONTRACT
    assert got.values == []


def forge(*frames, at_import=False):
    """Return a submission that writes its own frames to every open descriptor, the channel included."""
    send = f"""
import os
DATA = {[wire.frame(header, body) for header, body in frames]}
def send():
    for data in DATA:
        for fd in range(3, 20):
            try: os.write(fd, data)
            except OSError: pass
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
    """Unmodified workers never send such a reply to DOUBLE."""
    with pytest.raises(replies.UNREADABLE):
        read(header)


@pytest.mark.parametrize(
    "header", BAD_ANSWERS[:8] + BAD_ANSWERS[-4:], ids=lambda header: json.dumps(header)[:60]
)
def test_a_forged_frame_from_a_worker_breaks_the_protocol(runner, header):
    """As above, for a few of the headers, since processes are slow. Other functions are still right."""
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
    """A forged answer that is right is accepted: the submission could have returned it as well."""
    done = ({"type": "done", "values": [ARRAY]}, b"")
    values = ({"type": "values", "lengths": [[1, len(body)]]}, body)
    got = answer(forge(done, values), call("double", x=X))
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
    """All cases get the same answer."""
    run = runner(forge((header, b""), at_import=True))
    got = run.answer(DOUBLE)
    assert got.kind is Kind.PROTOCOL
    assert got.message.startswith("while importing toy.py: the worker broke the protocol: ")
    assert run.answer(TOTAL) == got


def test_an_answer_sent_ahead_counts_for_the_next_case(runner):
    """The submission sends at import what its worker sends after loading, and three wrong answers.

    Each is judged as the answer to the next case, although `total` itself is right. The fourth case gets what
    the worker itself has sent after loading, which is no answer.
    """
    ready = ({"type": "ready"}, b"")
    wrong = [({"type": "done", "values": [{"float": "nan"}]}, b""), ({"type": "values", "lengths": []}, b"")]
    run = runner(forge(ready, *wrong * 3, at_import=True))
    answers = [run.answer(TOTAL) for _ in range(4)]
    assert [got.kind for got in answers] == [Kind.CONTRACT] * 3 + [Kind.PROTOCOL]
    assert answers[0].message == "total has NaN or infinity: expected finite numbers"


@pytest.mark.parametrize(
    ("instead", "options", "kind"),
    [
        ("os._exit(3)", {}, Kind.CRASHED),
        ("[os.write(2, b'z' * 1000) for _ in iter(int, 1)]", {}, Kind.OUTPUT_LIMIT),  # without end
        ("time.sleep(1000)", {"at_most": 0.1}, Kind.TIMEOUT),
    ],
)
def test_a_worker_that_does_not_read_its_input_does_not_block_the_kit(runner, instead, options, kind):
    """It ends, prints or sleeps after the header of a request whose 16 MB of arrays it does not read."""
    patch = f"sys.modules['mlkata.worker.wire'].read_header = lambda text: {instead}\n"
    run = runner(nasty("return 2 * x") + patch)
    large = case_of(call("double", x=np.zeros(2_000_000)))
    assert run.answer(large, **options).kind is kind


def test_a_waiting_worker_that_has_died_is_replaced(runner):
    """Its death does not count against the submission."""
    run = runner(nasty("return 2 * x"))
    for worker in run.workers._waiting:
        worker.wait_idle()
        worker.kill()
        worker._popen.wait()
    assert run.answer(DOUBLE).kind is Kind.VALUE
    run.workers.close()


def test_a_waiting_worker_whose_folder_is_gone_is_replaced(runner):
    """A program that cleans up temporary folders may have removed it."""
    run = runner(nasty("return 2 * x"))
    for worker in run.workers._waiting:
        worker.process.folder.rmdir()
    assert run.answer(DOUBLE).kind is Kind.VALUE
    run.workers.close()


def test_workers_that_cannot_start_are_an_error_of_the_kit(toy, monkeypatch):
    """The submission has not run, so there is no answer, not even `crashed`."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    workers = parent.Workers(ahead=1)
    run = runner_.Runner(runner_.Submission("toy.py", b""), toy.contracts, workers)
    with pytest.raises(RuntimeError, match="a worker could not start: the process exited with status 1"):
        run.answer(DOUBLE)
    run.close()
    workers.close()


def test_a_runner_can_be_closed_from_another_thread(runner):
    """Closing does not wait for the case that another thread waits for."""
    run = runner(nasty("print('begun', flush=True)", "time.sleep(1000)"))
    got = []
    thread = threading.Thread(target=lambda: got.extend(run.answer(DOUBLE) for _ in range(3)))
    thread.start()
    until = time.monotonic() + WAIT_SECONDS
    while (run._worker is None or "begun" not in run._worker.printed()) and time.monotonic() < until:
        time.sleep(0.01)
    run.close()
    thread.join(WAIT_SECONDS)
    assert not thread.is_alive()
    assert [answer.kind for answer in got] == [Kind.CRASHED] * 3
    assert got[-1].message == "not run: the session was closed"


def test_a_runner_can_be_closed_at_any_moment(toy):
    """Closing while a worker starts, loads or answers raises nothing and leaves no worker."""
    for delay in (0.0, 0.05, 0.2, 0.4):  # seconds; whatever the kit does then, the outcome is the same
        workers = parent.Workers(ahead=1)
        run = runner_.Runner(
            runner_.Submission("toy.py", nasty("time.sleep(9)").encode()), toy.contracts, workers
        )
        got = []
        thread = threading.Thread(target=lambda run=run, got=got: got.append(run.answer(DOUBLE)))
        thread.start()
        time.sleep(delay)
        run.close()
        thread.join(WAIT_SECONDS)
        assert [answer.kind for answer in got] == [Kind.CRASHED]
        workers.close()
        assert run._worker is None


def test_a_worker_has_a_small_environment(toy, monkeypatch):
    """It has no variable of the kit's own environment, one thread for numpy, and its own folder."""
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
