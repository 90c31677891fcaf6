"""Expected answers are computed by a track's oracle, and cached on the disk unless a cohort is graded.

The `toy` fixture is the miniature track in tests/miniature.
"""

import os
import subprocess
import sys

import numpy as np
import pytest
from mlkata.judging import oracle
from mlkata.judging.oracle import Oracle
from mlkata.tracks.arguments import Result, Rng
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Kind, call
from support import MINIATURE, case_of

X = np.array([1.0, -2.0, 4.0])


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Return the folder of cached expected answers; each test has its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "mlkata" / "expected"


@pytest.fixture
def computed(monkeypatch):
    """Return a list to which each case is added that is computed, not read from the cache."""
    cases = []
    compute = Oracle._compute
    monkeypatch.setattr(Oracle, "_compute", lambda self, case: (cases.append(case), compute(self, case))[1])
    return cases


@pytest.mark.parametrize("index", range(7))  # the track has seven checks
def test_an_answer_is_the_same_when_it_is_read_from_the_cache(toy, computed, index):
    """The checks expect arrays, tuples, numbers and an error."""
    case = draw(toy.checks[index], 0)
    first = Oracle(toy).answer(case)
    second = Oracle(toy).answer(case)
    assert len(computed) == 1
    assert repr(second) == repr(first)
    assert second.values is not first.values


def test_an_oracle_computes_a_case_once(toy, computed):
    """It remembers the answer in memory, even if nothing is cached on the disk."""
    oracle = Oracle(toy, keep=False)
    case = draw(toy.checks[0], 0)
    assert oracle.answer(case) is oracle.answer(case)
    assert len(computed) == 1


def test_with_keep_false_nothing_is_cached(toy, cache):
    """Grading uses this, so that no submission can read the cache."""
    Oracle(toy, keep=False).answer(draw(toy.checks[0], 0))
    assert not cache.exists()


def test_an_error_can_be_the_expected_answer(toy):
    """The contract demands a ValueError for an empty array; the oracle raises one without a message."""
    got = Oracle(toy).answer(draw(toy.check("toy.2/total/empty"), 0))
    assert got.kind is Kind.RAISED
    assert got.raised.types == ("ValueError", "Exception")
    assert got.raised.message == ""


def test_several_outputs_have_the_names_of_the_contract(toy):
    """So a judge can find each output by its name."""
    assert Oracle(toy).answer(draw(toy.check("toy.1/pair/plain"), 0)).values[0]._fields == ("labels", "zeros")


def test_arguments_are_fresh_for_each_step(toy, monkeypatch):
    """An oracle that changes its input does not change the case, and each generator starts from its seed."""
    monkeypatch.setattr(toy.oracle, "double", lambda x: np.multiply(x, 2, out=x))
    steps = (
        call("double", x=X),
        call("double", x=X),
        call("draw", n=2, rng=Rng(1)),
        call("draw", n=2, rng=Rng(1)),
    )
    got = Oracle(toy, keep=False).answer(case_of(*steps, fetch=range(4)))
    assert X.tolist() == [1.0, -2.0, 4.0]
    assert got.values[0].tolist() == got.values[1].tolist() == [2.0, -4.0, 8.0]
    assert got.values[2].tolist() == got.values[3].tolist()


def test_a_step_gets_the_result_of_an_earlier_one(toy):
    """`Result(0)` stands for the result of the first step."""
    got = Oracle(toy).answer(case_of(call("double", x=X), call("total", x=Result(0))))
    assert got.values == [6.0]


# `size` is where the file is cut, in bytes: in the header or in the arrays, from the end if negative.
@pytest.mark.parametrize("size", [0, 3, 8, 20, 100, -1, -8])
def test_an_answer_whose_file_is_truncated_is_computed_again(toy, cache, computed, size):
    """The truncated file is replaced."""
    case = draw(toy.checks[0], 0)
    right = Oracle(toy).answer(case)
    (file,) = cache.iterdir()
    content = file.read_bytes()
    file.write_bytes(content[:size])
    assert repr(Oracle(toy).answer(case)) == repr(right)
    assert len(computed) == 2
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    "header",
    [b"[]", b"{}", b'{"type": "expected"}', b'{"type": "x", "raised": 3}', b'{"type": "x", "raised": [[]]}'],
)
def test_an_answer_whose_file_has_another_header_is_computed_again(toy, cache, computed, header):
    """The header lacks an entry, or has one of another type."""
    case = draw(toy.checks[0], 0)
    Oracle(toy).answer(case)
    (file,) = cache.iterdir()
    array_bytes = 0
    file.write_bytes(oracle.wire.HEAD.pack(len(header), array_bytes) + header)
    assert Oracle(toy).answer(case).kind is Kind.VALUE
    assert len(computed) == 2


def test_a_full_disk_leaves_no_file_and_changes_no_answer(toy, cache, monkeypatch):
    """The answer is computed and returned, and the temporary file is removed."""

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(oracle.Path, "replace", full)
    assert Oracle(toy).answer(draw(toy.checks[0], 0)).kind is Kind.VALUE
    assert list(cache.iterdir()) == []


def test_without_a_writable_cache_answers_are_computed(toy, monkeypatch):
    """Here the place of the cache is not a folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    assert Oracle(toy).answer(draw(toy.checks[0], 0)).kind is Kind.VALUE


def test_the_cache_key_depends_on_the_case_and_on_the_oracle(toy, cache):
    """Numbers, dtypes, shapes, steps, fetched steps and oracle change the key; the check's id does not."""
    oracle = Oracle(toy)
    wide = np.arange(6.0)
    cases = [
        case_of(call("double", x=wide)),
        case_of(call("double", x=wide + 1)),
        case_of(call("double", x=wide.astype(np.float32))),
        case_of(call("double", x=wide.reshape(2, 3))),
        case_of(call("root", x=wide)),
        case_of(call("double", x=wide), call("double", x=wide), fetch=(0, 1)),
        case_of(call("double", x=wide), call("double", x=wide), fetch=(1,)),
    ]
    assert len({oracle._digest(case) for case in cases}) == len(cases)
    assert oracle._digest(cases[0]) == Oracle(toy)._digest(
        case_of(call("double", x=wide.copy()), name="other")
    )
    other = Oracle(toy)
    other._base = b"another oracle.py or another version"
    assert other._digest(cases[0]) != oracle._digest(cases[0])
    assert not cache.exists()


# Prints an expected answer, and whether scikit-learn was imported for it.
ANSWER = """
import sys
from pathlib import Path
from mlkata.tracks import catalogue
from mlkata.tracks.drawing import draw
from mlkata.judging.oracle import Oracle

toy = catalogue.read(Path(sys.argv[1]) / "exercises" / "toy")
print(Oracle(toy).answer(draw(toy.checks[2], 5)).values)
print("sklearn" in sys.modules)
"""


def test_a_cached_answer_needs_no_scikit_learn(tmp_path):
    """The first process imports scikit-learn with the oracle; the second only reads the cached answer."""
    outputs = [
        subprocess.run(
            [sys.executable, "-c", ANSWER, str(MINIATURE)],
            env=os.environ | {"XDG_CACHE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert outputs[0].endswith("True\n")
    assert outputs[1].endswith("False\n")
    assert outputs[0].removesuffix("True\n") == outputs[1].removesuffix("False\n")
