"""Samples of a model are read from JSON lines, and give pass@k: the chance that one of k samples passes."""

import itertools
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlkata.grading import samples, sources
from mlkata.tracks.model import KataError

DOUBLE = "def double(x):\n    return 2 * x\n"


@pytest.fixture
def collected(toy, tmp_path):
    """Return a function `collected(*lines)` that returns the entries of a file of samples with these lines.

    A line is a JSON value, or bytes that are written as they are.
    """

    def write(*lines):
        path = tmp_path / "samples.jsonl"
        data = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        path.write_bytes(b"\n".join(data) + b"\n")
        return sources.collect([str(path)], toy)

    return write


def one_line_error(entry):
    """Return the error of an entry that cannot be read; fail if it has more than one line."""
    with pytest.raises(KataError) as caught:
        entry.read()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_id_of_a_sample_is_its_task_and_a_number(collected):
    """The number counts the samples of the task, unless the line has an id."""
    entries = collected(
        {"task_id": "toy.1", "completion": DOUBLE},
        {"task_id": "toy", "solution": DOUBLE},
        {"task_id": "toy.1", "source": DOUBLE},
        {"task_id": "toy.1", "completion": DOUBLE, "id": "best"},
    )
    assert [(entry.id, entry.task) for entry in entries] == [
        ("toy.1/1", "toy.1"),
        ("toy/1", "toy"),
        ("toy.1/2", "toy.1"),
        ("toy.1/best", "toy.1"),
    ]
    assert {entry.read() for entry in entries} == {DOUBLE.encode()}
    assert entries[2].name == "samples.jsonl:3"
    assert entries[2].origin.endswith("samples.jsonl:3")


def test_the_error_of_an_invalid_line_has_its_number_and_the_reason(collected):
    """Such a line is an entry, too; an empty line is not."""
    entries = collected(
        b"{",
        b"\xff",
        b"[" * 5000,
        [],
        {"completion": DOUBLE},
        {"task_id": "knn.1", "completion": DOUBLE},
        {"task_id": "toy.99", "completion": DOUBLE},
        {"task_id": "toy.1"},
        {"task_id": "toy.1", "completion": 3},
        {"task_id": "toy.1", "completion": DOUBLE, "id": []},
        {"task_id": "toy.1", "completion": DOUBLE, "id": "x" * 101},
        {"task_id": "toy.1", "completion": "\ud800"},  # a lone surrogate, which is not valid Unicode
        b"",
        {"task_id": "toy.1", "completion": DOUBLE},
    )
    assert [entry.id for entry in entries[:2]] == ["samples.jsonl:1", "samples.jsonl:2"]
    expected = [
        "line 1: not valid JSON: ",
        "line 2: not valid JSON: ",
        "line 3: not valid JSON: ",
        "line 4: expected a table, got a list",
        "line 5: missing required field 'task_id'",
        "line 6: task_id: expected toy or one of its rounds, such as toy.1, got 'knn.1'",
        "line 7: task_id: expected toy or one of its rounds, such as toy.1, got 'toy.99'",
        "line 8: expected text as solution, completion or source",
        "line 9: expected text as solution, completion or source",
        "line 10: id: expected a whole number or text, got a list",
        "line 11: id: expected at most 100 characters, got 101",
        "its text has a lone surrogate, which is not valid Unicode",
    ]
    for entry, start in zip(entries, expected, strict=False):
        assert one_line_error(entry).startswith(start)
    assert entries[-1].read() == DOUBLE.encode()
    assert len(entries) == 13


def test_an_overlong_line_is_refused_and_the_next_one_is_read(collected):
    too_long = b'{"task_id": "toy.1", "completion": "' + b"#" * (9 << 20) + b'"}'
    entries = collected(too_long, {"task_id": "toy.1", "completion": DOUBLE})
    assert one_line_error(entries[0]) == "line 1: more than 4194304 bytes"
    assert entries[1].read() == DOUBLE.encode()
    [too_much_code] = collected({"task_id": "toy.1", "completion": "#" * (2 << 20)})
    assert one_line_error(too_much_code) == "more than 1048576 bytes, the most that a submission may have"


def test_the_error_of_two_samples_with_one_id_names_both_lines(collected):
    sample = {"task_id": "toy.1", "completion": DOUBLE, "id": 7}
    with pytest.raises(KataError, match=r"the id 'toy.1/7': .*samples.jsonl:1 and .*samples.jsonl:2"):
        collected(sample, sample)


def test_a_byte_order_mark_is_accepted(collected):
    [entry] = collected(b"\xef\xbb\xbf" + json.dumps({"task_id": "toy", "completion": DOUBLE}).encode())
    assert entry.read() == DOUBLE.encode()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # The whole text is taken if no Python block defines `double` or `total`: in the first and last three.
        (DOUBLE, DOUBLE),
        (f"Sure!\n```python\n{DOUBLE}```\nDone.", DOUBLE),
        (f"```python\n{DOUBLE}```\nUsage:\n```python\nprint(double(2))\n```\n", DOUBLE),
        (f"```python\ndef double(x): ...\n```\nBetter:\n```py\n{DOUBLE}```", DOUBLE),
        (f"```\n{DOUBLE}```", DOUBLE),
        (f"~~~python\n{DOUBLE}~~~", DOUBLE),
        (f"````python\n{DOUBLE}# ```\n````", f"{DOUBLE}# ```\n"),
        (f"```python\n{DOUBLE}", DOUBLE),  # truncated
        (f"```bash\n{DOUBLE}```", f"```bash\n{DOUBLE}```"),
        ("```python\ndef other(): pass\n```", "```python\ndef other(): pass\n```"),
        ("", ""),
    ],
)
def test_the_last_block_that_defines_a_function_of_the_track_is_taken(text, code):
    assert samples.code(text, ["double", "total"]) == code


def share(n, c, k):
    """Return pass@k by definition: c of n samples have passed.

    It is the share of all choices of k samples that have one of these c.
    """
    passed = [index < c for index in range(n)]
    choices = list(itertools.combinations(passed, k))
    return sum(any(choice) for choice in choices) / len(choices)


@pytest.mark.parametrize("n", range(1, 9))
def test_pass_at_k_is_the_share_of_choices_with_a_pass(n):
    for c, k in itertools.product(range(n + 1), range(1, n + 1)):
        assert samples.pass_at_k(n, c, k) == pytest.approx(share(n, c, k), abs=1e-12)


@given(st.integers(1, 100_000), st.data())
def test_pass_at_k_is_right_for_many_samples(n, data):
    """It is compared with 1 - C(n - c, k) / C(n, k), computed by logarithms of the gamma function."""
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    value = samples.pass_at_k(n, c, k)
    log_fail = math.lgamma(n - c + 1) - math.lgamma(n - c - k + 1) if n - c >= k else -math.inf
    log_fail -= math.lgamma(n + 1) - math.lgamma(n - k + 1)
    assert 0 <= value <= 1
    assert value == pytest.approx(1 - math.exp(log_fail), abs=1e-6)


def test_fewer_than_k_samples_have_no_pass_at_k():
    assert samples.pass_at_k(9, 3, 10) is None  # n, c, k
    assert samples.pass_at_k(0, 0, 1) is None


@pytest.mark.parametrize(("n", "c", "k"), [(3, 4, 1), (3, -1, 1), (3, 1, 0)])
def test_impossible_counts_are_refused(n, c, k):
    with pytest.raises(ValueError, match=f"got n={n}, c={c}, k={k}"):
        samples.pass_at_k(n, c, k)


def test_passes_are_returned_by_task_and_on_average():
    outcomes = {"toy.1": [True, False, False, False], "toy.2": [True] * 10}
    assert samples.passes(outcomes, (1, 4, 10)) == {
        "tasks": {
            "toy.1": {"n": 4, "c": 1, "pass": {1: 0.25, 4: 1.0, 10: None}},
            "toy.2": {"n": 10, "c": 10, "pass": {1: 1.0, 4: 1.0, 10: 1.0}},
        },
        "mean": {1: 0.625, 4: 1.0, 10: None},
    }
    assert samples.passes({}, (1,)) == {"tasks": {}, "mean": {1: None}}
