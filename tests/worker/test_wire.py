"""The wire: what goes in comes out, and nothing that a worker sends does harm."""

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


def same(one, other):
    """Are two values the same, down to types, dtypes and orders?"""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return (
            one.dtype == other.dtype
            and one.shape == other.shape
            and one.flags.f_contiguous == other.flags.f_contiguous
            and one.tobytes() == other.tobytes()
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return repr(one) == repr(other)


def through(value):
    """Send a value as a frame and read it again."""
    arrays = []
    tree = wire.pack(value, arrays)
    lengths, body = wire.join(arrays)
    data = wire.frame({"type": "done", "value": tree, "lengths": lengths}, body)
    header_size, body_size = wire.HEAD.unpack(data[: wire.HEAD.size])
    start = wire.HEAD.size + header_size
    assert len(data) == start + body_size
    header = wire.read_header(data[wire.HEAD.size : start])
    return wire.unpack(header["value"], wire.split(header["lengths"], data[start:]))


@settings(deadline=None)
@given(VALUES)
def test_values_go_there_and_come_back(value):
    """Whatever may travel arrives as it was, with types, dtypes and orders."""
    assert same(through(value), value)


@settings(deadline=None)
@given(hnp.arrays(DTYPES, hnp.array_shapes(max_dims=3, max_side=4)))
def test_numpy_scalars_travel(array):
    """A numpy scalar comes back as the same numpy scalar."""
    scalar = array.ravel()[0]
    assume(scalar.dtype.itemsize)  # numpy gives an empty text no width, and none travels
    back = through(scalar)
    assert type(back) is type(scalar)
    assert np.asarray(back).tobytes() == np.asarray(scalar).tobytes()


def test_an_array_sent_twice_travels_once():
    """Steps that share an array share its bytes."""
    array, arrays = np.arange(3.0), []
    trees = wire.pack([array, array], arrays)
    assert len(arrays) == 1
    assert [tree["array"] for tree in trees["list"]] == [0, 0]


class Shout(str):
    """A string that is not plain."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "said"),
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
def test_what_does_not_travel_leaves_its_name(value, said):
    """Objects are named, never sent."""
    back = through(value)
    assert type(back) is wire.Other
    assert back == said


def test_deep_and_recursive_nests_end():
    """A list that holds itself is packed to a finite tree that reads back."""
    endless = []
    endless.append(endless)
    deepest = through(endless)
    for _ in range(8):
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


@settings(deadline=None)
@given(JSON, st.lists(ARRAYS, max_size=2))
def test_no_tree_raises_anything_else(tree, arrays):
    """Forged trees are read or refused."""
    with contextlib.suppress(npy.ProtocolError):
        wire.unpack(tree, arrays)


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=200), JSON.map(lambda value: json.dumps(value).encode())))
def test_no_header_raises_anything_else(text):
    """Forged headers are read or refused."""
    with contextlib.suppress(npy.ProtocolError):
        assert isinstance(wire.read_header(text)["type"], str)


def test_a_deep_header_is_refused():
    """Brackets by the hundred thousand do not overflow our stack."""
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


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.binary(max_size=100), HEADERS), st.binary(max_size=48), st.booleans())
def test_no_npy_raises_anything_else(header, data, padded):
    """Forged arrays are read or refused, without a warning."""
    text = header.encode() if isinstance(header, str) else header
    text = text + b"\n" if padded else text
    blob = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for one in (blob, text, data):
            with contextlib.suppress(npy.ProtocolError):
                assert npy.read(one).nbytes <= len(one)


@settings(deadline=None)
@given(ARRAYS, st.data())
def test_a_changed_byte_never_raises_anything_else(array, data):
    """An npy with one byte changed is an array of the same size, or refused."""
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
    """A header that claims 10**12 elements costs us nothing."""
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


def test_text_that_cannot_be_printed_is_refused():
    """Code points that no stream can encode stay out."""
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
def test_lengths_that_do_not_fit_are_refused(lengths):
    """Lengths are pairs of counts, and the bytes add up to the body."""
    with pytest.raises(npy.ProtocolError, match="lengths"):
        wire.split(lengths, b"sixsix")


def test_small_arrays_of_a_kind_travel_as_one():
    """A thousand draws are one stack; what differs in kind, order or size goes by itself."""
    draws = [np.arange(3) + i for i in range(1000)]
    others = [np.zeros(3), np.zeros((2, 3), order="F"), np.zeros((2, 3), order="F"), *[np.zeros(999)] * 2]
    lengths, body = wire.join([*draws, *others])
    assert [count for count, _ in lengths] == [1000, 1, 1, 1, 1, 1]
    assert same(wire.split(lengths, body), [*draws, *others])


@pytest.mark.parametrize("count", [0, 2, 4, 10**30])
def test_a_stack_of_another_size_is_refused(count):
    """As many arrays come as were announced."""
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
    """A tree has one meaning, and it is one of ours."""
    with pytest.raises(npy.ProtocolError):
        wire.unpack(tree, [np.zeros(3)])


def test_nothing_is_read_deeper_than_eight_levels():
    """Deep trees are refused before they cost a stack."""
    tree = 1
    for _ in range(9):
        tree = {"list": [tree]}
    with pytest.raises(npy.ProtocolError, match="a value is nested too deeply"):
        wire.unpack(tree, [])


def test_a_frame_holds_no_nan():
    """Headers are strict JSON: a NaN in one is our own fault, and loud."""
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        wire.frame({"type": "x", "value": float("nan")})


def test_encodable_text_is_short_and_encodes():
    """What a worker says is cut, and can be written anywhere."""
    assert wire.encodable("a\ud800b" * 100, 9) == "a\\ud800ba"
    assert wire.encodable(["x"], 80) == "['x']"
