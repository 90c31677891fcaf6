"""What the tracks of the kit need besides arrays, judged from end to end on the miniature track `wide`.

These are records (named tuples of the stub), callables that count distances, limits ("caps") of memory, an
np.argpartition with an unusual order, and open rounds, which end in a score.
"""

import dataclasses
import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from mlkata.judging import gate, verify
from mlkata.judging.jobs import TrackRunner
from mlkata.judging.oracle import Oracle
from mlkata.judging.session import Session, judge_rounds
from mlkata.judging.verdict import judge
from mlkata.practice.script import debug_script
from mlkata.report import as_json, terminal
from mlkata.tracks import catalogue
from mlkata.tracks.arguments import Dist, Result
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Kind, RoundReport, Score, Status, Verdict, call
from mlkata.worker import limits
from mlkata.worker.parent import Workers
from mlkata.worker.runner import Runner, Submission
from support import MINIATURE, case_of

# The right solution. Most tests replace one text in it.
SOURCE = (MINIATURE / "solutions" / "wide" / "reference.py").read_text()


@pytest.fixture(scope="module")
def wide():
    """Return the miniature track that has every kind of argument and check."""
    return catalogue.read(MINIATURE / "exercises" / "wide")


@pytest.fixture
def judged(wide, tmp_path, monkeypatch):
    """Yield a function `judged(old, new, name)`: a check's verdict on SOURCE with `new` instead of `old`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    pool = Workers(ahead=1)

    def judge(old="", new="", name="wide.2/nearest/plain", *, source=None):
        assert old in SOURCE
        submission = Submission("wide.py", (source or SOURCE.replace(old, new)).encode())
        with Session(wide, submission, workers=pool, oracle=Oracle(wide)) as session:
            return session.verdict(wide.check(name))

    yield judge
    pool.close()


@pytest.fixture
def report(wide):
    """Return the report on SOURCE, judged on all rounds. Expected answers are not cached (`keep`)."""
    pool = Workers(ahead=1)
    submission = Submission("wide.py", SOURCE.encode())
    with Session(wide, submission, workers=pool, oracle=Oracle(wide, keep=False)) as session:
        whole = judge_rounds(session, wide.rounds)
    pool.close()
    return whole


def test_right_answers_pass_and_an_open_round_has_no_points(report):
    """A report with an open round passes; only its other checks, here six, have points."""
    assert [verdict.status for verdict in report.verdicts] == [Status.PASS] * 6 + [Status.OPEN]
    assert (report.status, report.score, report.max_score) == (Status.PASS, 6.0, 6.0)
    assert report.verdicts[-1].score.score == 1.0


# Records


def test_a_file_need_not_define_the_record(judged):
    """The argument is a named tuple with the same fields."""
    source = "def reverse(chain):\n    return chain._replace(value=chain.value[::-1].copy())\n"
    assert judged(source=source, name="wide.1/reverse/plain").status is Status.PASS


def test_a_plain_tuple_may_be_returned_for_a_record(judged):
    """Its parts are the fields in the order of the stub."""
    verdict = judged(
        "chain._replace(value=chain.value[::-1].copy())",
        "(chain.value[::-1], chain.next)",
        "wide.1/reverse/plain",
    )
    assert verdict.status is Status.PASS
    assert type(verdict.answer.values[0]).__name__ == "Chain"


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("None", "reverse returned None: is a `return` missing?"),
        ("chain.value", "chain is an array of shape (5,); expected Chain (value, next)"),
        ("(chain.value,)", "chain is a tuple of 1; expected Chain (value, next)"),
        (
            "(chain.next, chain.next)",
            (
                "chain.value has dtype int64; expected float array of shape (n_nodes,) "
                "(float64; float32 only if an input is float32)"
            ),
        ),
        (
            "(chain.value, chain.next[:2])",
            "chain.next has shape (2,); expected int array of shape (n_nodes,), here (5,)",
        ),
    ],
)
def test_each_field_of_a_record_is_compared_with_the_contract(judged, returned, message):
    """The message names the field that does not fit."""
    verdict = judged("chain._replace(value=chain.value[::-1].copy())", returned, "wide.1/reverse/plain")
    assert (verdict.status, verdict.code, verdict.message) == (Status.FAIL, Kind.CONTRACT, message)


def test_a_changed_array_of_a_record_is_noticed(judged):
    """The array is in a record, or in a record of a list."""
    verdict = judged("assert isinstance(chain, Chain)", "chain.value[0] = 9.5", "wide.1/reverse/plain")
    assert verdict.message == "reverse changed its input chain: work on a copy"
    verdict = judged(
        "    best = max(", "    chains[1].value[0] = 9.5\n    best = max(", "wide.1/longest/plain"
    )
    assert verdict.message == "longest changed its input chains: work on a copy"


def test_expected_records_are_read_from_the_cache_as_records(wide, tmp_path, monkeypatch):
    """The oracle's answer is the stub's named tuple, whether it is computed (first) or read (second)."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    case = draw(wide.check("wide.1/longest/plain"), 0)
    for _ in range(2):
        chain, size = Oracle(wide).answer(case).values[0]
        assert (type(chain).__name__, size) == ("Chain", 4)


def test_labels_may_be_text_of_any_length(judged):
    """The contract says `array`, so that only the values are wrong."""
    verdict = judged("y[where]", "np.array(['a'] * where.sum())", "wide.2/name/text")
    assert verdict.status is Status.FAIL
    assert verdict.message.startswith("names: ")


# Counted calls


def test_calls_are_answered_and_counted(judged):
    """Twenty calls with one id count as much as one call with twenty."""
    verdict = judged(
        "return int(dist(q, np.arange(n)).argmin())",
        "return int(np.argmin([dist(q, [i])[0] for i in range(n)]))",
    )
    assert (verdict.status, verdict.answer.evaluations) == (Status.PASS, (20,))
    in_one_call = judged("", "")
    assert (in_one_call.status, in_one_call.answer.evaluations) == (Status.PASS, (20,))


def test_a_right_answer_beyond_the_budget_fails_with_the_count(judged):
    """The function asks for one distance more than the twenty of the contract."""
    verdict = judged("return int(dist", "dist(q, [0])\n    return int(dist")
    assert verdict.status is Status.FAIL
    assert verdict.message == "computed 21 distances with dist; the contract allows 20 here"


@pytest.mark.parametrize(
    ("dist_call", "message"),
    [
        ("dist(q[:1], [0])", "ValueError: dist(q, ids): q has 1 features, the rows have 2"),
        ("dist(q, [20])", "ValueError: dist(q, ids): expected row numbers from 0 to 19, got 20 to 20"),
        ("dist(q, [-1])", "ValueError: dist(q, ids): expected row numbers from 0 to 19, got -1 to -1"),
        (
            "dist(q, 3)",
            (
                "ValueError: dist(q, ids): expected a vector and a vector of row numbers, got q of shape "
                "(2,) and ids of shape () and dtype int64"
            ),
        ),
        (
            "dist(q, [0.5])",
            (
                "ValueError: dist(q, ids): expected a vector and a vector of row numbers, got q of shape "
                "(2,) and ids of shape (1,) and dtype float64"
            ),
        ),
    ],
)
def test_a_wrong_call_of_dist_raises_an_exception_in_the_candidates_function(judged, dist_call, message):
    """The message names what was expected and what came."""
    verdict = judged("return int(dist", f"{dist_call}\n    return int(dist")
    assert (verdict.code, verdict.message) == (Kind.RAISED, message)


def test_dist_may_be_called_without_ids(judged):
    """A call with an empty list of ids counts no distance."""
    verdict = judged("return int(dist", "assert dist(q, []).shape == (0,)\n    return int(dist")
    assert (verdict.status, verdict.answer.evaluations) == (Status.PASS, (20,))


def test_endless_calls_of_dist_are_stopped(judged):
    """Calls without ids count no distances, so calls are limited. The message says what to do instead."""
    verdict = judged("return int(dist", "while True:\n        dist(q, [])\n    return int(dist")
    assert verdict.message == f"dist was called more than {limits.MAX_CALLS} times: ask for many rows at once"
    assert verdict.code is Kind.CONTRACT


@pytest.mark.parametrize(
    "header",
    [
        {"callback": 1, "features": 2, "ids": 1},
        {"callback": -1, "features": 2, "ids": 1},
        {"callback": 0, "features": 2, "ids": 2},
        {"callback": 0, "features": "2", "ids": 1},
        {"callback": 0},
    ],
)
def test_a_forged_call_of_dist_breaks_the_protocol(judged, header):
    """The file sends a message with impossible numbers in place of the worker; it is not answered.

    The only callback is number 0. The 24 bytes of the body hold two features and one id.
    """
    forged = f"""
import gc, struct, json

def nearest(q, dist, n):
    served = dist.func.__self__
    header = json.dumps({{"type": "call", **{header!r}}}).encode()
    served.write(struct.pack(">II", len(header), 24) + header + bytes(24))
    return int(dist(q, [0, 1]).argmin())
"""
    assert judged(source=forged).code is Kind.PROTOCOL


def test_distances_are_euclidean():
    """The oracle calls the `Dist` itself, without a worker."""
    dist = Dist(np.array([[0.0, 0.0], [3.0, 4.0]]))
    assert dist(np.zeros(2), [1, 0]).tolist() == [5.0, 0.0]


# Memory


def test_a_peak_beyond_the_cap_fails(judged):
    """The cap is the limit of a call's memory. A temporary array of 400 × 400 numbers counts."""
    verdict = judged(
        "np.array([(value * x).sum() for value in x])", "np.outer(x, x).sum(axis=1)", "wide.2/sums/capped"
    )
    assert verdict.status is Status.FAIL
    assert re.fullmatch(r"sums took 1[23]\d\d KiB at its peak; 62 KiB are allowed", verdict.message)
    assert verdict.answer.peak_bytes > 400 * 400 * 8


def test_memory_of_the_first_call_is_not_measured(judged):
    """The first call may compile, import or fill a cache. A capped step is called twice for this."""
    lazy = "np.ones(10**6) if not _seen else None\n    _seen.append(1)\n    return "
    verdict = judged(
        "def sums(x, max_bytes):\n    return ",
        f"_seen = []\n\ndef sums(x, max_bytes):\n    big = {lazy}",
        "wide.2/sums/capped",
    )
    assert verdict.status is Status.PASS


# A hostile argpartition


@pytest.mark.parametrize(
    ("new", "status"),
    [
        # SOURCE sorts the rows that were chosen; with `return chosen` they stay in the order of argpartition.
        ("np.argpartition(x, k - 1)[:k]; return chosen", Status.FAIL),
        ("np.argpartition(x, k - 2)[:k]", Status.FAIL),
        ("np.argsort(x)[:k]", Status.PASS),
        ("np.argpartition(x, range(k))[:k]; return chosen", Status.PASS),
        ("np.argpartition(x, k - 1, axis=None)[:k]", Status.PASS),
    ],
)
def test_relying_on_the_order_of_argpartition_fails(judged, new, status):
    """In this check np.argpartition returns the k smallest in an unusual order, which numpy allows."""
    verdict = judged("np.argpartition(x, k - 1)[:k]", new, "wide.2/smallest/hostile")
    assert verdict.status is status


# Reports


def test_an_open_round_shows_its_score_beside_that_of_the_reference(report, wide):
    """The text describes the score in the words of rounds.toml; the JSON has only the numbers."""
    lines = "\n".join(line.plain for line in terminal.render(report, wide))
    assert "wide.3    Open     OPEN      0 of 0" in lines
    assert "closeness to the mean: 1 (ours 1)" in lines
    assert "a constant: 1 (ours 1)" in lines
    document = json.loads(as_json.render(as_json.as_dict(report, wide)))
    assert document["rounds"][2]["max_score"] == 0.0
    assert document["rounds"][2]["checks"][0]["score"] == {"score": 1.0, "cost": 1.0}
    assert document["rounds"][1]["checks"][1]["peak_bytes"] > 0


def test_failures_show_records_and_counted_callables(judged, wide):
    """A failure shows the fields of a record, and that a callable is counted."""
    shown = judged("chain.value[::-1].copy()", "chain.value + 1", "wide.1/reverse/plain")
    lines = "\n".join(line.plain for line in terminal.failure(shown, wide, width=200))
    assert "chain = Chain(value=[" in lines
    assert "next = [ 1,  2,  3,  4, -1]" in lines
    shown = judged("return int(dist", "return 77 + int(dist")
    lines = "\n".join(line.plain for line in terminal.failure(shown, wide, width=200))
    assert "float64 (20, 2), counted" in lines


@pytest.mark.parametrize("name", ["wide.1/longest/plain", "wide.2/nearest/plain"])
def test_a_debug_script_with_records_or_a_counted_callable_runs(wide, tmp_path, name):
    """Records in the script are of the candidate's own class, and its callable counts distances, too."""
    mine = tmp_path / "wide.py"
    mine.write_text(SOURCE)
    script = debug_script(draw(wide.check(name), 0), "this", mine, tmp_path, wide.contracts)
    run = subprocess.run(
        [sys.executable, script.name],
        cwd=tmp_path,
        env={"PYTHONBREAKPOINT": "0"},
        capture_output=True,
        text=True,
        timeout=3000,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("yours\n")


# `kata author verify`


@pytest.fixture
def folder(tmp_path, wide, monkeypatch):
    """Return a folder with a copy of the track that a test may edit."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for kind, path in (("exercises", wide.exercises), ("solutions", wide.solutions)):
        shutil.copytree(path, tmp_path / kind / "wide", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "solutions" / "wide" / "mutants.toml").write_text("mutant = []\n")
    return tmp_path


def test_the_entry_in_rounds_toml_must_be_the_score_of_the_reference(folder):
    """Candidates compare their scores with this entry."""
    rounds = folder / "exercises" / "wide" / "rounds.toml"
    assert verify.open_problems(catalogue.read(rounds.parent)) == []
    rounds.write_text(rounds.read_text().replace("{ score = 1.0,", "{ score = 1.2,"))
    [problem] = verify.open_problems(catalogue.read(rounds.parent))
    assert problem == (
        "wide.3: rounds.toml has the entry 1.2 at 1, but reference.py gets 1 at 1: "
        "write these into [round.open]"
    )


def test_an_open_round_needs_its_description_in_rounds_toml(folder):
    """If a check has a score, [round.open] must say what is scored."""
    rounds = folder / "exercises" / "wide" / "rounds.toml"
    head, _, tail = rounds.read_text().partition("[round.open]")
    rounds.write_text(head + tail[tail.index("[[round.follow_up]]") :])
    track = catalogue.read(rounds.parent)
    assert any("wide.3: an open round has [round.open]" in line for line in gate.rounds.problems(track))


def test_verifying_with_more_seeds_runs_only_the_new_ones(folder, monkeypatch):
    """After 10 seeds, a run with 20 seeds runs only ten of them, even if the stub's words have changed."""
    track = catalogue.read(folder / "exercises" / "wide")
    verify.verify(track, seeds=10, mutant_seeds=1)
    track.stub.write_text(track.stub.read_text().replace("from its end", "from the end"))
    track = catalogue.read(track.exercises)
    jobs = []
    run = TrackRunner._run_solution
    monkeypatch.setattr(
        TrackRunner, "_run_solution", lambda *arguments: (jobs.append(arguments[-1]), run(*arguments))[1]
    )
    findings = {finding.name: finding for finding in verify.verify(track, seeds=20, mutant_seeds=1)}
    assert [job.seeds for job in jobs] == [range(10, 20)]
    assert findings["reference.py"].seeds == 20


# Submissions that cheat


def test_the_answer_of_the_measured_call_is_judged(judged):
    """A submission that computes less while memory is measured fails."""
    verdict = judged(
        "return np.array([(value * x).sum() for value in x])",
        "import tracemalloc\n    return x if tracemalloc.is_tracing() else np.outer(x, x).sum(axis=1)",
        "wide.2/sums/capped",
    )
    assert verdict.status is Status.FAIL
    assert verdict.message.startswith("sums: ")


def test_a_capped_step_changes_an_earlier_result_only_once(wide):
    """The first of the two calls of such a step gets copies of earlier results.

    Both `sums` steps add 1 to the same array of zeros, so that it ends with 2.
    """
    source = "def sums(x, max_bytes):\n    x[0] = x[0] + 1\n    return x\n"
    x = np.zeros(3)
    first = call("smallest", x=x, k=3)
    steps = (first, call("sums", x=Result(0), max_bytes=10**6), call("sums", x=Result(1), max_bytes=10**6))
    case = dataclasses.replace(case_of(*steps, fetch=(2,)), caps={1: 10**6, 2: 10**6})
    pool = Workers(ahead=1)
    zeros = "import numpy as np\ndef smallest(x, k):\n    return np.zeros(3)\n"
    runner = Runner(Submission("wide.py", (zeros + source).encode()), wide.contracts, pool)
    assert runner.answer(case).values[0].tolist() == [2.0, 0.0, 0.0]
    runner.close()
    pool.close()


FORGED = """
import sys

def sums(x, max_bytes):
    {forge}
    return x * x.sum()
"""


@pytest.mark.parametrize(
    "forge",
    [
        "sys.modules['mlkata.worker.given'].peak = lambda call: (10**400, call())",
        "sys.modules['mlkata.worker.given'].peak = lambda call: (-1, call())",
        "sys.modules['mlkata.worker.given'].peak = lambda call: ('few', call())",
    ],
)
def test_a_forged_peak_breaks_the_protocol(judged, forge):
    """A peak must be a count of bytes of a plausible size."""
    verdict = judged(source=FORGED.format(forge=forge), name="wide.2/sums/capped")
    assert (verdict.status, verdict.code) == (Status.ERROR, Kind.PROTOCOL)


def test_a_forged_size_of_an_array_takes_no_memory(judged):
    """The file announces an array of 99,999,999,999 rows without bytes; the answer is refused unread.

    Bytes 8 and 9 of an npy are the length of its header, which is longer after the change.
    """
    source = """
import sys

def join(arrays):
    wire = sys.modules["mlkata.worker.wire"]
    npy = sys.modules["mlkata.worker.npy"]
    blob = npy.write(arrays[0][:0].reshape(0, 0)).replace(b"(0, 0)", b"(99999999999, 0)")
    blob = blob[:8] + (len(blob) - 10).to_bytes(2, "little") + blob[10:]
    return [[99999999999, len(blob)]], blob

def smallest(x, k):
    sys.modules["mlkata.worker.wire"].join = join
    return x.argsort()[:k]
"""
    verdict = judged(source=source, name="wide.2/smallest/hostile")
    assert (verdict.status, verdict.code) == (Status.ERROR, Kind.PROTOCOL)
    assert "the number of arrays is not the number announced" in verdict.message


def test_a_score_that_is_not_finite_fails(judged):
    """A bad answer has a finite score and stays open. An infinite score fails: reports could not show it."""
    verdict = judged("float(x.mean())", "1e308", "wide.3/guess/plain")
    assert verdict.status is Status.OPEN
    check = dataclasses.replace(verdict.check, score=lambda steps, answer: Score(-np.inf, 1.0))
    again = judge(dataclasses.replace(verdict.case, check=check), verdict.answer, verdict.expected)
    assert (again.status, again.message) == (
        Status.FAIL,
        "the score is -inf, its cost 1.0: expected finite numbers",
    )


def test_threads_may_call_dist(judged):
    """Calls from several threads are answered one after the other."""
    new = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "    with ThreadPoolExecutor(4) as pool:\n"
        "        distances = list(pool.map(lambda i: dist(q, [i])[0], range(n)))\n"
        "    return int(np.argmin(distances))"
    )
    verdict = judged("return int(dist(q, np.arange(n)).argmin())", new)
    assert (verdict.status, verdict.message) == (Status.PASS, "")


def test_a_repeated_id_counts_each_time(judged):
    """A call may have more ids than there are rows: 5000 here, and 20 in the call of the right solution."""
    verdict = judged("return int(dist", "dist(q, np.zeros(5000, int))\n    return int(dist")
    assert verdict.message == "computed 5020 distances with dist; the contract allows 20 here"


def test_fields_in_another_order_are_named(judged):
    """A named tuple with the right fields in another order is not the stub's record."""
    source = """
from typing import NamedTuple

class Chain(NamedTuple):
    next: object
    value: object

def reverse(chain):
    return Chain(chain.next, chain.value[::-1])
"""
    verdict = judged(source=source, name="wide.1/reverse/plain")
    assert verdict.message == "chain has fields next, value; expected Chain (value, next)"


def test_the_message_of_a_wrong_answer_mentions_the_other_argpartition(judged):
    """With the usual np.argpartition the same function may return the right answer."""
    verdict = judged(
        "np.argpartition(x, k - 1)[:k]", "np.argpartition(x, k - 2)[:k]", "wide.2/smallest/hostile"
    )
    assert verdict.message.endswith(
        "(here np.argpartition returns the k smallest in another order, which its documentation allows)"
    )


def test_a_capped_step_with_a_counted_callable_is_an_error_of_the_track(wide):
    """A capped step is called twice, so that its distances would count twice."""
    check = dataclasses.replace(wide.check("wide.2/nearest/plain"), max_bytes=1000)
    with pytest.raises(RuntimeError, match="a step with max_bytes is called twice, so no Dist can count"):
        draw(check, 0)


def test_an_open_round_stays_open(wide):
    """It does not pass even if one of its checks passes."""
    verdicts = tuple(Verdict(wide.checks[-1], status) for status in (Status.PASS, Status.OPEN))
    assert RoundReport(wide.rounds[2], verdicts).status is Status.OPEN
