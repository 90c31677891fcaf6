"""`kata cost` prints tables of 80 columns, with a finding for each claim about a cost."""

from dataclasses import replace

from mlkata.bench import growth
from mlkata.bench.cost import Curve, Measurement
from mlkata.bench.growth_text import render
from mlkata.tracks.model import Cost
from mlkata.worker.runner import Submission

SIZES = (1_000, 2_000, 4_000, 8_000, 16_000)
COST = Cost(
    "assign",
    time="n",
    memory="n",
    sizes={"n": (1_000, 1_000, 16_000)},  # the lowest size, the one for sweeps of other sizes, the highest
    make=dict,
)


def shown(costs, claims, source=b"import numpy"):
    """Return the lines about a function with these costs at SIZES, both as seconds and as bytes.

    `claims` is a candidate's `--claim`, or empty.
    """
    slope = growth.fit(SIZES, costs)
    curves = tuple(
        Curve(what, size="n", sizes=SIZES, costs=tuple(costs), fixed={}, slope=slope)
        for what in ("time", "memory")
    )
    measurement = Measurement("kmeans", Submission("kmeans.py", source), COST, seed=7, curves=curves)
    return [line.plain for line in render(measurement, growth.read_claims(claims, ["n"]) if claims else {})]


def test_each_size_has_a_line_with_its_range_costs_and_exponent():
    """The claimed exponent and the finding, `agree`, end the line."""
    lines = shown([size / 1e3 for size in SIZES], "time: n")
    assert lines[0] == "kmeans.py · kmeans · assign · seed 7"
    assert "  n  1,000 … 16,000    1 s … 16 s          1.00 ± 0.00  1     agree" in lines
    assert "  you claimed n: agree" in lines
    assert all(len(line) <= 80 for line in lines)


def test_a_wrong_claim_gets_the_reason():
    """The reason is below the line; another line says that a good solution's cost grows more slowly."""
    lines = shown([size**2 / 1e6 for size in SIZES], "time: n")
    assert "     it grows faster" in lines
    assert "  you claimed n: disagree" in lines
    assert "  the cost of a good solution grows more slowly in n" in lines


def test_without_a_claim_the_good_solution_is_compared():
    """The last line shows how to make a claim."""
    lines = shown([size / 1e3 for size in SIZES], "")
    assert not any("you claimed" in line for line in lines)
    assert lines[-1] == "next: kata cost kmeans assign --claim 'time: n'   (your own claim)"


def test_of_numba_code_it_says_that_memory_is_not_traced():
    lines = shown([1.0] * len(SIZES), "memory: 1", source=b"import numba")
    assert any("allocations inside numba code don't count" in line for line in lines)
    assert "  you claimed 1: agree" in lines


def test_wide_ranges_widen_their_column():
    """Columns stay aligned; a finding that would pass the 80th column goes below, beside its reason."""
    sizes = (100_000_000, 200_000_000, 400_000_000, 800_000_000, 1_600_000_000)
    short = Curve(
        "time",
        size="k",
        sizes=SIZES,
        costs=SIZES,
        fixed={"n_features": 1},
        slope=growth.fit(SIZES, SIZES),
    )
    costs = [1.0, 500.0, 2.0, 900.0, 3.0]  # they scatter, which makes the finding longer than the column
    wide = Curve(
        "time",
        size="n_features",
        sizes=sizes,
        costs=costs,
        fixed={"k": 1},
        slope=growth.fit(sizes, costs),
    )
    unused_ranges = {"k": (1, 1, 1), "n_features": (1, 1, 1)}
    cost = replace(COST, time="k*n_features", memory="1", sizes=unused_ranges)
    memory = replace(short, what="memory")
    measurement = Measurement(
        "kmeans", Submission("kmeans.py", b""), cost, seed=7, curves=(short, wide, memory)
    )
    lines = [line.plain for line in render(measurement, {})]
    head, few, finding, many, reason = lines[lines.index("time, a good solution: k*n_features") + 1 :][:5]
    assert head.index("from") == few.index("1,000") == many.index("100,000,000")
    assert head.index("costs") == few.index("1,000 s") == many.index("1 s")
    assert finding == "     agree"
    assert reason == "     not enough evidence: the measurements scatter too much"
    assert max(map(len, lines)) <= 80
