"""Results of `kata bench` are read as they were written; anything invalid is refused in one line."""

import json
import sys
from pathlib import Path

import pytest
from mlkata.bench import results
from mlkata.tracks.model import KataError

sys.path.insert(0, str(Path(__file__).parent / "page"))
import synthetic

ROOT = Path(__file__).resolve().parents[2]


def test_results_are_read_back_as_they_were_written():
    """Here those of a run in which some peers (implementations) failed or were wrong."""
    read = results.read(synthetic.text(synthetic.troubled()))
    assert results.read(results.write(read)) == read
    assert json.loads(results.write(read)) == synthetic.troubled()


def test_the_run_in_the_repository_is_written_back_to_the_byte():
    """So the code still has the fields of `mlkata.bench/1`, by the same names and in the same order."""
    text = (ROOT / "benchmarks" / "report" / "results.json").read_text(encoding="utf-8")
    assert results.write(results.read(text)) == text


def test_results_without_a_schema_are_refused():
    document = synthetic.document()
    del document["schema"]
    with pytest.raises(KataError, match="missing required field 'schema'"):
        results.read(synthetic.text(document))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("schema",), "mlkata.bench/2", "schema: invalid enum value 'mlkata.bench/2'"),
        (("seed",), True, "seed: expected a whole number, got true or false"),
        (("date",), "today", "expected a date such as 2026-11-24T23:00:00+00:00, got 'today'"),
        (("rows", 0, "busy"), 1, "rows 'kmeans/kmeans/0', busy: expected true or false, got a whole number"),
        (("rows", 0, "peers", 1, "kind"), "foe", "peers 'reference', kind: invalid enum value 'foe'"),
        (("rows", 0, "peers", 1, "seconds"), [], "peers 'reference': expected seconds, or an error"),
        (("rows", 0, "peers", 1, "seconds"), [0], "peers 'reference', seconds[0]: expected a number > 0.0"),
        (("rows", 0, "peers", 1, "seconds"), "x" * 999, "'reference', seconds: expected a list, got text"),
        (("rows", 0, "peers", 1, "name"), "fast", "'kmeans/kmeans/0': expected each peer once, got 'fast'"),
        (("curves", 0, "costs"), [1.0], "curves 1: expected a cost for each size"),
        (("crossovers", 0, "xs"), [1, 2], "crossovers 'Brute force against a kd-tree': expected in each"),
        (("machine", "extra"), 1, "machine: contains unknown field 'extra'"),
        (("rows", 0, "limit"), {"what": "GEMM", "seconds": 0}, "limit.seconds: expected a number > 0.0"),
        (("crossovers", 0, "xs"), [2, 4, 8, 32, 16], "kd-tree': expected increasing xs"),
        (("curves", 0, "slope"), float("nan"), "expected JSON, got NaN, which is not a finite number"),
    ],
)  # fmt: skip
def test_invalid_results_are_refused_in_one_line(path, value, message):
    """`path` leads to the field that gets the invalid value. A long value is not repeated in the line."""
    document = part = synthetic.document()
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    with pytest.raises(KataError) as caught:
        results.read(synthetic.text(document))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", "1e999", "[" * 100_000, '{"schema": "mlkata.bench/1"}']
)
def test_unreadable_text_is_refused(text):
    with pytest.raises(KataError):
        results.read(text)
