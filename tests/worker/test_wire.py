"""Values are the same after they are sent, and forged data is refused without taking much memory.

A value is sent as a tree of JSON and, for its arrays, npy bytes (see worker/wire.py). In the tree, None,
booleans, finite numbers and text are themselves. Any other value is a JSON object with a tag, such as
{"tuple": [...]}, or {"array": 0, ...} for the first array. A stack is several arrays of the same dtype and
shape, which are sent as one.
"""

import contextlib
import json
import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from mlkata.tracks.arguments import Result, Rng
from mlkata.worker import npy, wire

DTYPES = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?"),
    hnp.unicode_string_dtypes(endianness="?", min_len=1, max_len=5),
)
ARRAYS = st.builds(
    lambda array, fortran: np.asfortranarray(array) if fortran else array,
    hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)),
    st.booleans(),
)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=10),
    st.builds(Rng, st.integers(0, 2**32)),
    st.builds(Result, st.integers(0, 4000)),
)
VALUES = st.recursive(
    st.one_of(PLAIN, ARRAYS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.integers(0, 9), st.text(max_size=3)), inner, max_size=3),
    ),
    max_leaves=8,
)


def same(value, other):
    """Return whether two values are the same, including types, dtypes and memory orders."""
    if type(value) is not type(other):
        return False
    if isinstance(value, np.ndarray):
        return (
            value.dtype == other.dtype
            and value.shape == other.shape
            and value.flags.f_contiguous == other.flags.f_contiguous
            and value.tobytes() == other.tobytes()
        )
    if isinstance(value, list | tuple):
        return len(value) == len(other) and all(map(same, value, other))
    if isinstance(value, dict):
        return list(value) == list(other) and all(same(value[key], other[key]) for key in value)
    return repr(value) == repr(other)


def through(value):
    """Write a value as a frame, and return the value that is read from it."""
    arrays = []
    tree = wire.pack(value, arrays)
    lengths, body = wire.join(arrays)
    data = wire.frame({"type": "done", "value": tree, "lengths": lengths}, body)
    header_size, body_size = wire.HEAD.unpack(data[: wire.HEAD.size])
    start = wire.HEAD.size + header_size
    assert len(data) == start + body_size
    header = wire.read_header(data[wire.HEAD.size : start])
    return wire.unpack(header["value"], wire.split(header["lengths"], data[start:]))


@given(VALUES)
def test_values_are_read_back_as_they_were_sent(value):
    """Types, dtypes and orders stay the same."""
    assert same(through(value), value)


@given(hnp.arrays(DTYPES, hnp.array_shapes(max_dims=3, max_side=4)))
def test_numpy_scalars_are_read_back(array):
    scalar = array.ravel()[0]
    assume(scalar.dtype.itemsize)  # an empty numpy text has no width and cannot be sent
    back = through(scalar)
    assert type(back) is type(scalar)
    assert np.asarray(back).tobytes() == np.asarray(scalar).tobytes()


def test_an_array_used_twice_is_sent_once():
    """Steps that share an array share its bytes."""
    array, arrays = np.arange(3.0), []
    trees = wire.pack([array, array], arrays)
    assert len(arrays) == 1
    assert [tree["array"] for tree in trees["list"]] == [0, 0]


class Shout(str):
    """A subclass of str, which is not sent as a str."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (object(), "object"),
        (Shout("x"), "Shout"),
        (2**63, "int beyond 64 bits"),
        ("\udc80", "str that is not Unicode"),
        (np.ma.array([1.0]), "MaskedArray"),
        (np.array([object()]), "ndarray of dtype object"),
        (np.array([1j]), "ndarray of dtype complex128"),
        (np.zeros(2, dtype="f8,i4"), "ndarray of dtype [('f0', '<f8'), ('f1', '<i4')]"),
        (np.datetime64(0, "s"), "datetime64 of dtype datetime64[s]"),
        (1j, "complex"),
        ({1}, "set"),
        ((x for x in "ab"), "generator"),
        (int, "type"),
    ],
)
def test_other_objects_are_replaced_by_their_names(value, name):
    back = through(value)
    assert type(back) is wire.Other
    assert back == name


def test_deep_and_recursive_lists_are_cut():
    """A list that contains itself becomes a finite tree."""
    endless = []
    endless.append(endless)
    deepest = through(endless)
    for _ in range(8):  # wire._MAX_DEPTH
        (deepest,) = deepest
    assert deepest == "list nested too deeply"


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=4),
        st.just("<f8"),
        st.just("nan"),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "array",
                    "number",
                    "dtype",
                    "shape",
                    "list",
                    "tuple",
                    "dict",
                    "float",
                    "rng",
                    "result",
                    "other",
                ]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=10,
)


@given(JSON, st.lists(ARRAYS, max_size=2))
def test_any_tree_is_read_or_refused(tree, arrays):
    with contextlib.suppress(npy.ProtocolError):
        wire.unpack(tree, arrays)


@given(st.one_of(st.binary(max_size=200), JSON.map(lambda value: json.dumps(value).encode())))
def test_any_header_is_read_or_refused(text):
    with contextlib.suppress(npy.ProtocolError):
        assert isinstance(wire.read_header(text)["type"], str)


def test_a_deep_header_or_a_long_number_is_refused():
    """200,000 brackets do not overflow the stack. A number of 10,000 digits is not parsed."""
    with pytest.raises(npy.ProtocolError, match="a header is not JSON"):
        wire.read_header(b"[" * 200_000)
    with pytest.raises(npy.ProtocolError, match="a header is not JSON"):
        wire.read_header(b'{"type": ' + b"9" * 10_000 + b"}")


HEADERS = st.builds(
    "{{'descr': '{}', 'fortran_order': {}, 'shape': ({}), }}".format,
    st.sampled_from(
        ["<f8", "|O", "<U0", "<U3", "|V8", "<c16", "|S3", "<f7", "|b1", ">i4", "<U999999999", "f8"]
    ),
    st.sampled_from(["True", "False", "1"]),
    st.sampled_from(
        ["", "3,", "3", "-1,", "1000000000000,", "0, 99999999999999", "1,2,3", "True,", "2, 0, 3", "9" * 400]
    ),
)


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=100), HEADERS), st.binary(max_size=48), st.booleans())
def test_any_npy_is_read_or_refused(header, data, padded):
    """Reading raises no warning, and an array is never larger than the bytes that were sent."""
    text = header.encode() if isinstance(header, str) else header
    text = text + b"\n" if padded else text
    blob = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for forged in (blob, text, data):  # with and without the first bytes of an npy
            with contextlib.suppress(npy.ProtocolError):
                assert npy.read(forged).nbytes <= len(forged)


@given(ARRAYS, st.data())
def test_an_npy_with_a_changed_byte_is_read_or_refused(array, data):
    """If it is read, the array has as many bytes as before."""
    blob = bytearray(npy.write(array))
    blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    try:
        back = npy.read(bytes(blob))
    except npy.ProtocolError:
        return
    assert back.nbytes == array.nbytes
    back.tolist()


@pytest.mark.parametrize("dtype", ["<f8", "|b1", "<U4", "<U1"])
@pytest.mark.parametrize("shape", ["1000000000000,", "1000000, 1000000", "0, 1000000000000"])
def test_a_giant_claim_takes_no_memory(dtype, shape):
    """The header claims 10**12 elements, and is refused unless one of its sizes is 0."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({shape}), }}\n".encode()
    blob = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(64 * (shape[0] != "0"))
    tracemalloc.start()
    try:
        if shape[0] == "0":
            assert npy.read(blob).nbytes == 0
        else:
            with pytest.raises(npy.ProtocolError, match="npy header and number of bytes disagree"):
                npy.read(blob)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_text_that_cannot_be_encoded_is_refused():
    """These are no Unicode characters: one is too large, two are surrogates, which UTF-8 cannot encode."""
    for point in (0x110000, 0xD800, 0xDFFF):
        blob = npy.write(np.array(["a"])).replace(b"a\0\0\0", point.to_bytes(4, "little"))
        with pytest.raises(npy.ProtocolError, match="text that is not Unicode"):
            npy.read(blob)
    with pytest.raises(npy.ProtocolError, match="a value is not a tree"):
        wire.unpack("\ud800", [])


@pytest.mark.parametrize(
    "lengths",
    [
        *[None, 3, "33", [6], [[1, 3.0], [1, 3]], [[1, True], [1, 5]], [[1, -1], [1, 7]]],
        *[[[1, 6], [1, 1]], [[1, 10**30]], [[6]], {"6": 6}, [[1, 2, 3]], [[-1, 6]], [["1", 6]], [[1, 7]]],
    ],
)
def test_wrong_lengths_are_refused(lengths):
    """Lengths are pairs [arrays, bytes] of stacks, and the bytes sum up to the size of the body, here 6."""
    with pytest.raises(npy.ProtocolError, match="lengths"):
        wire.split(lengths, b"sixsix")


def test_small_arrays_of_a_kind_are_sent_as_a_stack():
    """A thousand draws are one stack.

    The others are separate: one has another dtype, two are in Fortran order, and two have more than 1024
    bytes, so that they are not stacked although they are alike.
    """
    draws = [np.arange(3) + i for i in range(1000)]
    others = [np.zeros(3), np.zeros((2, 3), order="F"), np.zeros((2, 3), order="F"), *[np.zeros(999)] * 2]
    lengths, body = wire.join([*draws, *others])
    assert [count for count, _ in lengths] == [1000, 1, 1, 1, 1, 1]
    assert same(wire.split(lengths, body), [*draws, *others])


@pytest.mark.parametrize("count", [0, 2, 4, 10**30])
def test_a_stack_of_another_size_is_refused(count):
    """The stack has three arrays, but the lengths announce another number. A scalar is no stack of two."""
    blob = npy.write(np.zeros((3, 2)))
    with pytest.raises(npy.ProtocolError, match="number of arrays"):
        wire.split([[count, len(blob)]], blob)
    with pytest.raises(npy.ProtocolError, match="number of arrays"):
        wire.split([[2, len(npy.write(np.float64(1)))]], npy.write(np.float64(1)))


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"array": 5, "dtype": "<f8", "shape": []},
        {"array": -1, "dtype": "<f8", "shape": []},
        {"array": True, "dtype": "<f8", "shape": []},
        {"array": 0, "dtype": "<f8", "shape": [], "tuple": [1, 2]},
        {"number": 0, "dtype": "<f8", "shape": []},
        {"float": "one"},
        {"float": []},
        {"float": 10**400},
        {"dict": [[[1], 2]]},
        {"dict": [[{"list": []}, 2]]},
        {"dict": 3},
        {"list": 3},
        [1],
        10**30,
    ],
)
def test_a_forged_tree_is_refused(tree):
    """It has no known tag, several tags, or a value that does not fit its tag."""
    with pytest.raises(npy.ProtocolError):
        wire.unpack(tree, [np.zeros(3)])


def test_values_nested_deeper_than_eight_levels_are_refused():
    """They are refused before they overflow the stack."""
    tree = 1
    for _ in range(9):
        tree = {"list": [tree]}
    with pytest.raises(npy.ProtocolError, match="a value is nested too deeply"):
        wire.unpack(tree, [])


def test_a_frame_with_nan_is_an_error():
    """Headers are strict JSON, so a NaN in one is an error of the kit."""
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        wire.frame({"type": "x", "value": float("nan")})


def test_encodable_text_is_short_and_can_be_encoded():
    assert wire.encodable("a\ud800b" * 100, 9) == "a\\ud800ba"
    assert wire.encodable(["x"], 80) == "['x']"
