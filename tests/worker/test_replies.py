"""Whatever a worker sends, the kit reads an answer or raises one of a few exceptions.

Hypothesis draws replies and questions that an unmodified worker would never send.
"""

from __future__ import annotations

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlkata.tracks import catalogue
from mlkata.tracks.arguments import Dist
from mlkata.tracks.model import Answer, Kind, call
from mlkata.worker import npy, parent, replies, wire
from mlkata.worker.calls import Calls, TooManyCalls
from support import MINIATURE, case_of

CONTRACTS = catalogue.read(MINIATURE / "exercises" / "toy").contracts
X = np.array([1.0, -2.0, 4.0])
CASES = [case_of(call("double", x=X)), case_of(call("pair", x=np.eye(3), k=4)), case_of(call("total", x=X))]
KEYS = [
    "array",
    "number",
    "dtype",
    "shape",
    "list",
    "tuple",
    "record",
    "dict",
    "float",
    "rng",
    "result",
    "other",
]
SIZES = st.one_of(st.integers(0, 4), st.sampled_from([-1, 2**47, 2**48, 2**63, 10**30, True, 3.0]))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=4),
    st.sampled_from(["<f8", "|b1", "<i8", "<U3", "<f16", "|O", "nan", "\ud800"]),
)
TREES = st.recursive(
    st.one_of(
        LEAVES,
        st.fixed_dictionaries(
            {
                "array": st.integers(-1, 3),
                "dtype": st.sampled_from(
                    ["<f8", ">f8", "<i8", "|b1", "<U3", "<f16", "|O", "f8", "<f7", None, 3]
                ),
                "shape": st.lists(SIZES, max_size=3),
            }
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=2)
    ),
    max_leaves=8,
)
REPLIES = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("done"), "values": st.one_of(TREES, st.lists(TREES, min_size=1, max_size=1))},
        optional={"peaks": TREES},
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["raised", "changed", "refused", "values", "call", ""])},
        optional=dict.fromkeys(
            ["step", "types", "message", "traceback", "argument", "kind", "raised", "lengths"], TREES
        ),
    ),
)
# What a reply says about its arrays: [count, bytes] of each stack, or any tree. A stack is one array, or
# several of the same dtype and shape, which are sent as one.
ARRAY_LENGTHS = st.one_of(
    TREES, st.lists(st.tuples(st.integers(0, 3), st.integers(0, 200)).map(list), max_size=3)
)
BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [npy.write(2 * X), npy.write(np.zeros((2, 3))), npy.write(np.float64(1)), npy.write(np.arange(3))]
    ),
)


@settings(max_examples=100)
@given(REPLIES, ARRAY_LENGTHS, BODIES, st.sampled_from(CASES))
def test_any_reply_is_an_answer_or_unreadable(header, lengths, body, case):
    """A reply that is not refused becomes an Answer with a message that can be shown."""
    worker = object.__new__(parent.Worker)  # without a process: `ask` returns what one would send
    worker.ask = lambda *_, **__: ({"type": "values", "lengths": lengths}, body, 0.0)
    worker.printed = lambda: ""
    with contextlib.suppress(*replies.UNREADABLE):
        answer = worker._read_answer(header, case, CONTRACTS)
        assert isinstance(answer, Answer)
        answer.message.encode()
        assert len(answer.message) <= 4000
    with contextlib.suppress(*replies.UNREADABLE):
        worker._refusal(header).message.encode()


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"array": 0, "dtype": "<f8", "shape": [2**47] * 400_000}, "a shape is not a list of sizes"),
        ({"array": 0, "dtype": "<f8", "shape": [1] * 65}, "a shape is not a list of sizes"),
    ],
)
def test_a_shape_with_more_dimensions_than_numpy_allows_is_refused(tree, message):
    """The product of the first shape's 400,000 sizes would take hours, so it must not be computed."""
    with pytest.raises(replies.UNREADABLE, match=message):
        replies.announced([tree])


def test_an_array_with_an_unknown_number_is_refused():
    """The arrays of a reply are numbered from 0 without gaps, so the only one must be number 0."""
    with pytest.raises(replies.UNREADABLE):
        replies.announced([{"array": 1, "dtype": "<f8", "shape": [3]}])


@pytest.mark.parametrize(
    "tree",
    [
        {"list": [0.5] * 100_000},
        "x" * 100_000,
        {"record": ["N", ["f" * 100_000], [1]]},
        {"other": "x" * 9000},
    ],
)
def test_a_large_answer_that_breaks_the_contract_is_not_kept(tree):
    """It would be too large to show, so the answer has a message only."""
    worker = object.__new__(parent.Worker)
    worker.ask = lambda *_, **__: ({"type": "values", "lengths": []}, b"", 0.0)
    answer = worker._read_answer({"type": "done", "values": [tree]}, CASES[0], CONTRACTS)
    assert (answer.kind, answer.values) == (Kind.CONTRACT, [])
    assert len(answer.message) <= 2000


QUESTIONS = st.fixed_dictionaries(
    {"type": st.just("call")},
    optional=dict.fromkeys(["callback", "features", "ids"], st.one_of(st.integers(-1, 4), TREES)),
)


@given(
    QUESTIONS,
    st.one_of(st.binary(max_size=64), st.lists(st.floats(), max_size=6).map(lambda v: np.array(v).tobytes())),
)
def test_any_call_of_a_callable_is_answered_or_refused(header, body):
    """The kit answers `dist(q, ids)` only if its sizes agree and its rows exist."""
    calls = Calls(case_of(call("double", x=Dist(np.eye(2)))))
    with contextlib.suppress(TooManyCalls, *replies.UNREADABLE):
        assert calls.answer(header, body).startswith(b"\0\0\0")  # a frame with a short header
    assert calls.counts[0] <= len(body)


def test_a_repeated_call_is_counted_again():
    """The answer to a call with few ids is cached for the same data set; every call counts nevertheless."""
    rows, others = Dist(np.arange(4000.0).reshape(2000, 2)), Dist(np.ones((2000, 2)))
    for ids in (np.arange(3), np.arange(2000)):
        header = {"type": "call", "callback": 0, "features": 2, "ids": len(ids)}
        question = np.zeros(2).tobytes() + ids.tobytes()
        frames = []
        for dist in (rows, rows, others):
            calls = Calls(case_of(call("double", x=dist)))
            frames += [calls.answer(header, question), calls.answer(header, question)]
            assert calls.counts == [2 * len(ids)]
            assert frames[-1].endswith(dist(np.zeros(2), ids).tobytes())
        # With 3 ids there is one answer for each data set, with 2000 ids one for each of the 6 calls.
        assert len({id(frame) for frame in frames}) == (2 if len(ids) == 3 else 6)


def test_a_number_of_100000_digits_is_refused():
    """Python refuses to parse it, since that takes time in the square of the digits."""
    with pytest.raises(npy.ProtocolError, match="a header is not JSON"):
        wire.read_header(json.dumps({"type": "x"}).encode()[:-1] + b', "n": ' + b"9" * 100_000 + b"}")
