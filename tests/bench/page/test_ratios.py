"""Ratios of times, changes since another run, and the points at which the fastest method changes."""

import sys
from pathlib import Path

import pytest
from mlkata.bench import results
from mlkata.bench.page import fits, ratios

sys.path.insert(0, str(Path(__file__).parent))
import synthetic


def test_a_ratio_is_of_medians_and_its_range_of_extremes():
    expected = ratios.Ratio(value=5.0 / 1.0, low=4.0 / 2.0, high=6.0 / 1.0)
    assert ratios.ratio(slower=[4.0, 6.0, 5.0], faster=[1.0, 2.0, 1.0]) == expected


def test_an_implementation_with_wrong_answers_is_never_the_fastest():
    """In addition, a row without scikit-learn has no lead, and a busy row does not count."""
    read = results.read(synthetic.text(synthetic.troubled()))
    # In row 0, faiss is wrong and scikit-learn-intelex has failed; in row 6, our fast solution is wrong.
    assert ratios.fastest(read.rows[0], "peer").name == "scipy"
    assert ratios.fastest(read.rows[6], "ours").name == "reference"
    assert ratios.lead_over(read.rows[3], "baseline") is None  # without scikit-learn
    assert read.rows[1] not in ratios.families(read)[0].counted_rows  # busy


def test_a_crossing_lies_between_the_points_where_the_order_changes():
    """From d = 1 to 16, b goes from half to twice the time of a; on a logarithmic axis, 4 is the middle."""
    lines = (results.CrossoverLine("a", (1.0, 1.0)), results.CrossoverLine("b", (0.5, 2.0)))
    result = results.CrossoverResult(title="t", x="d", xs=(1.0, 16.0), lines=lines, note="")
    [crossing] = fits.crossings(result)
    assert (crossing.before, crossing.after, round(crossing.x, 9)) == ("b", "a", 4.0)
    assert fits.in_words(result) == "b is the fastest up to d ≈ 4, then a (measured from 1 to 16)."


def test_a_change_counts_if_the_intervals_do_not_overlap():
    """All times of `fast` have fallen; one of `reference` is longer than before, so it is not clear."""
    now, before = synthetic.document(), synthetic.document()
    # The seconds now, and before.
    times = {"fast": ([1, 1.1, 1.2, 1.3], [2, 2.1, 2.2, 2.3]), "reference": ([1, 3, 1, 1], [2, 2, 2, 2])}
    for peer, old in zip(now["rows"][0]["peers"][:2], before["rows"][0]["peers"][:2], strict=True):
        peer["seconds"], old["seconds"] = times[peer["name"]]
    changes = ratios.compare(results.read(synthetic.text(now)), results.read(synthetic.text(before)))
    assert [(change.change, change.doubt) for change in changes[:2]] == [
        ("faster", ""),
        (ratios.Change.NONE, ""),
    ]
    assert changes[0].ratio.value == pytest.approx(2.15 / 1.15)
