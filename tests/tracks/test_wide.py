"""What rounds beyond the first ask for: records, counted calls, memory caps, open scores."""

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

SOURCE = (MINIATURE / "solutions" / "wide" / "reference.py").read_text()


@pytest.fixture(scope="module")
def wide():
    """The miniature track of all that can be passed and asked."""
    return catalogue.read(MINIATURE / "exercises" / "wide")


@pytest.fixture
def judged(wide, tmp_path, monkeypatch):
    """`judged(old, new, name)` judges the reference with one edit, on one check."""
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
    """The reference, judged on everything."""
    pool = Workers(ahead=1)
    submission = Submission("wide.py", SOURCE.encode())
    with Session(wide, submission, workers=pool, oracle=Oracle(wide, keep=False)) as session:
        found = judge_rounds(session, wide.rounds)
    pool.close()
    return found


def test_right_answers_pass_and_an_open_round_gives_no_points(report):
    """A report with an open round passes, and its full score is that of the other checks."""
    assert [verdict.status for verdict in report.verdicts] == [Status.PASS] * 6 + [Status.OPEN]
    assert (report.status, report.score, report.max_score) == (Status.PASS, 6.0, 6.0)
    assert report.verdicts[-1].score.score == 1.0


# Records


def test_a_file_without_the_record_gets_one_like_it(judged):
    """Named tuples of the stub need not be defined by the candidate."""
    source = "def reverse(chain):\n    return chain._replace(value=chain.value[::-1].copy())\n"
    assert judged(source=source, name="wide.1/reverse/plain").status is Status.PASS


def test_a_plain_tuple_is_a_record_too(judged):
    """What counts are the fields, in their order."""
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
def test_a_record_is_held_against_its_fields(judged, returned, message):
    """The message names the field."""
    verdict = judged("chain._replace(value=chain.value[::-1].copy())", returned, "wide.1/reverse/plain")
    assert (verdict.status, verdict.code, verdict.message) == (Status.FAIL, Kind.CONTRACT, message)


def test_changing_an_array_of_a_record_is_seen(judged):
    """Inside a record and inside a list of them."""
    verdict = judged("assert isinstance(chain, Chain)", "chain.value[0] = 9.5", "wide.1/reverse/plain")
    assert verdict.message == "reverse changed its input chain: work on a copy"
    verdict = judged(
        "    best = max(", "    chains[1].value[0] = 9.5\n    best = max(", "wide.1/longest/plain"
    )
    assert verdict.message == "longest changed its input chains: work on a copy"


def test_expected_records_come_back_from_the_disk_as_records(wide, tmp_path, monkeypatch):
    """The oracle's answer is the stub's named tuple, computed or read."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    case = draw(wide.check("wide.1/longest/plain"), 0)
    for _ in range(2):
        chain, size = Oracle(wide).answer(case).values[0]
        assert (type(chain).__name__, size) == ("Chain", 4)


def test_text_of_any_length_travels(judged):
    """Labels may be text; their type is what the contract leaves open."""
    verdict = judged("y[where]", "np.array(['a'] * where.sum())", "wide.2/name/text")
    assert verdict.status is Status.FAIL
    assert verdict.message.startswith("names: ")


# Counted calls


def test_calls_are_answered_and_counted(judged):
    """Each id counts once, whatever the number of calls."""
    verdict = judged(
        "return int(dist(q, np.arange(n)).argmin())",
        "return int(np.argmin([dist(q, [i])[0] for i in range(n)]))",
    )
    assert (verdict.status, verdict.answer.evaluations) == (Status.PASS, (20,))
    once = judged("", "")
    assert (once.status, once.answer.evaluations) == (Status.PASS, (20,))


def test_more_than_the_budget_fails_with_the_count(judged):
    """A right answer that asks too much is no pass."""
    verdict = judged("return int(dist", "dist(q, [0])\n    return int(dist")
    assert verdict.status is Status.FAIL
    assert verdict.message == "computed 21 distances with dist; the contract allows 20 here"


@pytest.mark.parametrize(
    ("asked", "message"),
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
def test_a_wrong_question_raises_where_it_is_asked(judged, asked, message):
    """The candidate sees an exception of their own call."""
    verdict = judged("return int(dist", f"{asked}\n    return int(dist")
    assert (verdict.code, verdict.message) == (Kind.RAISED, message)


def test_asking_for_nothing_is_allowed(judged):
    """No ids, no distances, no cost."""
    verdict = judged("return int(dist", "assert dist(q, []).shape == (0,)\n    return int(dist")
    assert (verdict.status, verdict.answer.evaluations) == (Status.PASS, (20,))


def test_asking_without_end_is_stopped(judged):
    """One line says what to do instead."""
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
def test_a_forged_question_breaks_the_protocol(judged, header):
    """What no honest worker asks is never answered."""
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
    """The same callable serves the oracle."""
    dist = Dist(np.array([[0.0, 0.0], [3.0, 4.0]]))
    assert dist(np.zeros(2), [1, 0]).tolist() == [5.0, 0.0]


# Memory


def test_a_peak_beyond_the_cap_fails(judged):
    """The n × n temporary is seen, and what is allowed is said."""
    verdict = judged(
        "np.array([(value * x).sum() for value in x])", "np.outer(x, x).sum(axis=1)", "wide.2/sums/capped"
    )
    assert verdict.status is Status.FAIL
    assert re.fullmatch(r"sums took 1[23]\d\d KiB at its peak; 62 KiB are allowed", verdict.message)
    assert verdict.answer.peak_bytes > 400 * 400 * 8


def test_what_is_computed_once_is_not_counted(judged):
    """Compiling, importing and caching happen in the first call, which is not measured."""
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
        ("np.argpartition(x, k - 1)[:k]; return chosen", Status.FAIL),
        ("np.argpartition(x, k - 2)[:k]", Status.FAIL),
        ("np.argsort(x)[:k]", Status.PASS),
        ("np.argpartition(x, range(k))[:k]; return chosen", Status.PASS),
        ("np.argpartition(x, k - 1, axis=None)[:k]", Status.PASS),
    ],
)
def test_argpartition_keeps_its_promise_and_no_more(judged, new, status):
    """Relying on more is a mistake that plain runs do not show."""
    verdict = judged("np.argpartition(x, k - 1)[:k]", new, "wide.2/smallest/hostile")
    assert verdict.status is status


# Reports


def test_an_open_round_shows_its_score_beside_ours(report, wide):
    """In text with the round's words, in JSON as numbers."""
    lines = "\n".join(line.plain for line in terminal.render(report, wide))
    assert "wide.3    Open     OPEN      0 of 0" in lines
    assert "closeness to the mean: 1 (ours 1)" in lines
    assert "a constant: 1 (ours 1)" in lines
    document = json.loads(as_json.render(as_json.as_dict(report, wide)))
    assert document["rounds"][2]["max_score"] == 0.0
    assert document["rounds"][2]["checks"][0]["score"] == {"score": 1.0, "cost": 1.0}
    assert document["rounds"][1]["checks"][1]["peak_bytes"] > 0


def test_failures_show_records_and_counted_callables(judged, wide):
    """Arguments of every kind are written on lines that a person reads."""
    shown = judged("chain.value[::-1].copy()", "chain.value + 1", "wide.1/reverse/plain")
    lines = "\n".join(line.plain for line in terminal.failure(shown, wide, width=200))
    assert "chain = Chain(value=[" in lines
    assert "next = [ 1,  2,  3,  4, -1]" in lines
    shown = judged("return int(dist", "return 77 + int(dist")
    lines = "\n".join(line.plain for line in terminal.failure(shown, wide, width=200))
    assert "float64 (20, 2), counted" in lines


@pytest.mark.parametrize("name", ["wide.1/longest/plain", "wide.2/nearest/plain"])
def test_the_debug_script_runs_with_them(wide, tmp_path, name):
    """Records are made by the candidate's own class; distances are counted there, too."""
    mine = tmp_path / "wide.py"
    mine.write_text(SOURCE)
    script = debug_script(draw(wide.check(name), 0), "this", mine, tmp_path, wide.contracts)
    run = subprocess.run(
        [sys.executable, script.name],
        cwd=tmp_path,
        env={"PYTHONBREAKPOINT": "0"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("yours\n")


# The kit's check of itself


@pytest.fixture
def folder(tmp_path, wide, monkeypatch):
    """A copy of the track that may be spoilt."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for kind, path in (("exercises", wide.exercises), ("solutions", wide.solutions)):
        shutil.copytree(path, tmp_path / kind / "wide", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "solutions" / "wide" / "mutants.toml").write_text("mutant = []\n")
    return tmp_path


def test_our_entry_is_what_the_reference_gets(folder):
    """rounds.toml may not boast."""
    rounds = folder / "exercises" / "wide" / "rounds.toml"
    assert verify.open_problems(catalogue.read(rounds.parent)) == []
    rounds.write_text(rounds.read_text().replace("{ score = 1.0,", "{ score = 1.2,"))
    [problem] = verify.open_problems(catalogue.read(rounds.parent))
    assert problem == (
        "wide.3: rounds.toml has the entry 1.2 at 1, but reference.py gets 1 at 1: "
        "write these into [round.open]"
    )


def test_an_open_round_says_so_twice(folder):
    """Its checks have a score, and rounds.toml says what is scored."""
    rounds = folder / "exercises" / "wide" / "rounds.toml"
    head, _, tail = rounds.read_text().partition("[round.open]")
    rounds.write_text(head + tail[tail.index("[[round.follow_up]]") :])
    track = catalogue.read(rounds.parent)
    assert any("wide.3: an open round has [round.open]" in line for line in gate.rounds.problems(track))


def test_a_run_with_more_seeds_takes_over_what_is_known(folder, monkeypatch):
    """Ten seeds a job: 20 seeds after 10 run only the second ten; other words change nothing."""
    track = catalogue.read(folder / "exercises" / "wide")
    verify.verify(track, 10, 1)
    track.stub.write_text(track.stub.read_text().replace("from its end", "from the end"))
    track = catalogue.read(track.exercises)
    asked = []
    run = TrackRunner._run_solution
    monkeypatch.setattr(
        TrackRunner, "_run_solution", lambda *rest: (asked.append(rest[-1].seeds), run(*rest))[1]
    )
    found = {one.name: one for one in verify.verify(track, 20, 1)}
    assert asked == [(10, 20)]
    assert found["reference.py"].seeds == 20


# What a submission may try


def test_the_answer_that_is_measured_is_the_one_that_is_judged(judged):
    """Whoever does less while memory is traced has a wrong answer."""
    verdict = judged(
        "return np.array([(value * x).sum() for value in x])",
        "import tracemalloc\n    return x if tracemalloc.is_tracing() else np.outer(x, x).sum(axis=1)",
        "wide.2/sums/capped",
    )
    assert verdict.status is Status.FAIL
    assert verdict.message.startswith("sums: ")


def test_a_capped_call_leaves_one_trace_in_a_state(wide):
    """The rehearsal works on copies of earlier results."""
    source = "def sums(x, max_bytes):\n    x[0] = x[0] + 1\n    return x\n"
    x = np.zeros(3)
    first = call("smallest", x=x, k=3)
    steps = (first, call("sums", x=Result(0), max_bytes=10**6), call("sums", x=Result(1), max_bytes=10**6))
    case = dataclasses.replace(case_of(*steps, fetch=(2,)), caps={1: 10**6, 2: 10**6})
    pool = Workers(ahead=1)
    made = "import numpy as np\ndef smallest(x, k):\n    return np.zeros(3)\n"
    runner = Runner(Submission("wide.py", (made + source).encode()), wide.contracts, pool)
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
    """No size that the worker claims is believed beyond reason."""
    verdict = judged(source=FORGED.format(forge=forge), name="wide.2/sums/capped")
    assert (verdict.status, verdict.code) == (Status.ERROR, Kind.PROTOCOL)


def test_a_forged_stack_takes_no_memory(judged):
    """More arrays than were announced are none."""
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


def test_a_score_is_a_number(judged):
    """An infinite one is a failure, and no report breaks on it."""
    verdict = judged("float(x.mean())", "1e308 * 1e0", "wide.3/guess/plain")
    assert verdict.status is Status.OPEN
    check = dataclasses.replace(verdict.check, score=lambda steps, answer: Score(-np.inf, 1.0))
    again = judge(dataclasses.replace(verdict.case, check=check), verdict.answer, verdict.expected)
    assert (again.status, again.message) == (Status.FAIL, "the score is -inf: expected a number")


def test_threads_may_ask_for_distances(judged):
    """Their questions take turns."""
    new = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "    with ThreadPoolExecutor(4) as pool:\n"
        "        found = list(pool.map(lambda i: dist(q, [i])[0], range(n)))\n"
        "    return int(np.argmin(found))"
    )
    verdict = judged("return int(dist(q, np.arange(n)).argmin())", new)
    assert (verdict.status, verdict.message) == (Status.PASS, "")


def test_asking_for_a_row_many_times_is_no_crime(judged):
    """It counts as often as it is asked for, and that is all."""
    verdict = judged("return int(dist", "dist(q, np.zeros(5000, int))\n    return int(dist")
    assert verdict.message == "computed 5020 distances with dist; the contract allows 20 here"


def test_fields_in_another_order_are_named(judged):
    """A record's fields are those of the stub, in its order."""
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


def test_a_hostile_argpartition_is_named_where_it_matters(judged):
    """In the message of a wrong answer, so that whoever tries it alone is not puzzled."""
    verdict = judged(
        "np.argpartition(x, k - 1)[:k]", "np.argpartition(x, k - 2)[:k]", "wide.2/smallest/hostile"
    )
    assert verdict.message.endswith(
        "(here np.argpartition returns the k smallest in another order, which its documentation allows)"
    )


def test_nothing_is_counted_in_a_capped_call(wide):
    """It would count twice: a fault of the track, which its author hears of."""
    check = dataclasses.replace(wide.check("wide.2/nearest/plain"), max_bytes=1000)
    with pytest.raises(RuntimeError, match="a capped step is called twice, so no Dist can count"):
        draw(check, 0)


def test_nobody_passes_an_open_round(wide):
    """Not even where a check of form has passed."""
    verdicts = tuple(Verdict(wide.checks[-1], status) for status in (Status.PASS, Status.OPEN))
    assert RoundReport(wide.rounds[2], verdicts).status is Status.OPEN
