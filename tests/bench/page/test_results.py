"""Results are read back as they were written; anything invalid is refused in one line."""

import json
import sys
from pathlib import Path

import pytest
from mlkata.bench import results
from mlkata.bench.page import fits, ratios
from mlkata.tracks.model import KataError

sys.path.insert(0, str(Path(__file__).parent))
import synthetic

ROOT = Path(__file__).resolve().parents[3]


def test_results_are_read_back_as_they_were_written():
    read = results.read(synthetic.text(synthetic.troubled()))
    assert results.read(results.write(read)) == read
    assert json.loads(results.write(read)) == synthetic.troubled()


def test_the_run_in_the_repository_is_written_back_to_the_byte():
    """Fields, their order and their names are those of `mlkata.bench/1`."""
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
    document = place = synthetic.document()
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
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


def test_a_ratio_is_of_medians_and_its_range_of_extremes():
    assert ratios.ratio([4.0, 6.0, 5.0], [1.0, 2.0, 1.0]) == ratios.Ratio(5.0, 2.0, 6.0)


def test_an_implementation_with_wrong_answers_is_never_the_fastest():
    """Neither a wrong or failed peer nor a wrong solution of the kit's is the fastest."""
    read = results.read(synthetic.text(synthetic.troubled()))
    assert ratios.fastest(read.rows[0], "peer").name == "scipy"
    assert ratios.fastest(read.rows[6], "ours").name == "reference"
    assert ratios.lead_over(read.rows[3], "baseline") is None
    assert read.rows[1] not in ratios.families(read)[0].counted_rows


def test_a_crossing_lies_between_the_points_where_the_order_changes():
    lines_ = (results.CrossoverLine("a", (1.0, 1.0)), results.CrossoverLine("b", (0.5, 2.0)))
    result = results.CrossoverResult("t", "d", (1.0, 16.0), lines_, "")
    [crossing] = fits.crossings(result)
    assert (crossing.before, crossing.after, round(crossing.x, 9)) == ("b", "a", 4.0)
    assert fits.in_words(result) == "b is the fastest up to d ≈ 4, then a (measured from 1 to 16)."


def test_a_change_counts_if_the_intervals_do_not_overlap():
    now, before = synthetic.document(), synthetic.document()
    times = {"fast": ([1, 1.1, 1.2, 1.3], [2, 2.1, 2.2, 2.3]), "reference": ([1, 3, 1, 1], [2, 2, 2, 2])}
    for peer, old in zip(now["rows"][0]["peers"][:2], before["rows"][0]["peers"][:2], strict=True):
        peer["seconds"], old["seconds"] = times[peer["name"]]
    changes = ratios.compare(results.read(synthetic.text(now)), results.read(synthetic.text(before)))
    assert [(change.change, change.doubt) for change in changes[:2]] == [
        ("faster", ""),
        (ratios.Change.NONE, ""),
    ]
    assert changes[0].ratio.value == pytest.approx(2.15 / 1.15)
