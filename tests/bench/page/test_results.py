"""Results come back as they were written; what does not fit is refused in one line."""

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


def test_results_come_back_as_they_were():
    read = results.read(synthetic.text(synthetic.troubled()))
    assert results.read(results.write(read)) == read
    assert json.loads(results.write(read)) == synthetic.troubled()


def test_the_run_in_the_repository_comes_back_to_the_byte():
    """Fields, their order and their names are those of `mlkata.bench/1`."""
    text = (ROOT / "benchmarks" / "report" / "results.json").read_text(encoding="utf-8")
    assert results.write(results.read(text)) == text


def test_results_of_another_schema_or_of_none_are_refused():
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
def test_what_does_not_fit_is_refused_in_one_line(path, value, message):
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
def test_no_text_ends_in_a_traceback(text):
    with pytest.raises(KataError):
        results.read(text)


def test_ratios_are_of_medians_and_between_extremes():
    assert ratios.ratio([4.0, 6.0, 5.0], [1.0, 2.0, 1.0]) == ratios.Ratio(5.0, 2.0, 6.0)


def test_whoever_answers_wrong_leads_nowhere():
    """Neither a wrong peer nor a failed one is the best; nor are we, where our answer is wrong."""
    read = results.read(synthetic.text(synthetic.troubled()))
    assert ratios.fastest(read.rows[0], "peer").name == "scipy"
    assert ratios.fastest(read.rows[6], "ours").name == "reference"
    assert ratios.ahead(read.rows[3], "baseline") is None
    assert read.rows[1] not in ratios.families(read)[0].trusted


def test_a_crossing_lies_between_the_points_where_the_order_changes():
    lines_ = (results.CrossoverLine("a", (1.0, 1.0)), results.CrossoverLine("b", (0.5, 2.0)))
    one = results.CrossoverResult("t", "d", (1.0, 16.0), lines_, "")
    [found] = fits.crossings(one)
    assert (found.before, found.after, round(found.x, 9)) == ("b", "a", 4.0)
    assert fits.in_words(one) == "b is the fastest up to d ≈ 4, then a (measured from 1 to 16)."


def test_changes_count_where_intervals_have_nothing_in_common():
    now, before = synthetic.document(), synthetic.document()
    times = {"fast": ([1, 1.1, 1.2, 1.3], [2, 2.1, 2.2, 2.3]), "reference": ([1, 3, 1, 1], [2, 2, 2, 2])}
    for peer, old in zip(now["rows"][0]["peers"][:2], before["rows"][0]["peers"][:2], strict=True):
        peer["seconds"], old["seconds"] = times[peer["name"]]
    found = ratios.compare(results.read(synthetic.text(now)), results.read(synthetic.text(before)))
    assert [(one.change, one.doubt) for one in found[:2]] == [("faster", ""), (ratios.Change.NONE, "")]
    assert found[0].ratio.value == pytest.approx(2.15 / 1.15)
