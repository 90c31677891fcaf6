"""What is compared: rows of each track, and the peers that answer them."""

import ast

import numpy as np
import pytest
from mlkata.bench import peers, serve
from mlkata.tracks import catalogue
from mlkata.tracks.rows import BASELINE, Part

CROSSOVERS = [one for track in catalogue.find().values() for one in track.crossovers]
ROWS = [
    *(pytest.param(row, id=row.id) for track in catalogue.find().values() for row in track.rows),
    *(pytest.param(row, id=row.id) for one in CROSSOVERS for row in one.rows(one.xs[0])),
]
SMALL = [
    "kmeans/fit/small-float64",
    "kmeans/fit/digits-float64",
    "knn/search/100-1-4-float64",
    "knn/search/digits",
    "gmm/fit/100-2-3-full",
]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_a_call_of_the_contract(row):
    """Its function is one of the track's, or one that our fast file has besides; its peers are files."""
    fast = catalogue.get(row.track).solutions / "fast.py"
    assert row.function in catalogue.get(row.track).contracts or f"\ndef {row.function}(" in fast.read_text()
    for name in (BASELINE, *row.peers):
        assert peers.path_of(row.track, name).is_file()
    assert row.ours


def test_ids_are_unique():
    """A finished row is found again by its id."""
    ids = [param.values[0].id for param in ROWS]
    assert len(set(ids)) == len(ids)


@pytest.mark.filterwarnings("ignore:Best performing initialization")  # 20 iterations are asked for
@pytest.mark.parametrize("row_id", SMALL)
def test_the_reference_gives_what_scikit_learn_gives(row_id):
    """So each answer can be verified, and a wrong one is told."""
    row = peers.row(row_id)
    answers = []
    for name in (BASELINE, "reference"):
        call = peers.load(row.track, name).prepare(row, row.make())
        answers.append(row.summary(call()))
    expected, got = answers
    assert row.differs(got, expected) == ""
    key = next(iter(expected))
    wrong = {**got, key: got[key] + 1, **({"inertia": got["inertia"] * 2} if "inertia" in got else {})}
    assert row.differs(wrong, expected) != ""


@pytest.mark.parametrize("one", CROSSOVERS, ids=lambda one: one.title)
def test_a_crossover_draws_lines_that_are_measured(one):
    """Each way is a figure of one of its rows, at each x, and rows are found again by their ids."""
    for x in one.xs:
        compared = one.rows(x)
        assert [peers.row(row.id).title for row in compared] == [row.title for row in compared]
        for number, peer in one.lines.values():
            assert peer in (BASELINE, *compared[number].ours, *compared[number].peers)


def test_peers_say_which_library_they_are():
    """A figure without a version cannot be repeated; read as text, since few have them all installed."""
    files = [path for track in catalogue.find().values() for path in track.benchmarks.glob("*.py")]
    for path in sorted(files):
        if path.name == "rows.py":
            continue
        names = [
            target.id
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        assert "VERSION" in names, path


def test_a_part_of_the_work_is_scaled_up(monkeypatch):
    """A peer that does a quarter of a call in 1 s would take 4 s for all of it."""
    served = object.__new__(serve._Served)
    served.call, served.share = Part(lambda: "answer", 0.25), 0.25
    clock = iter([10.0, 11.0])
    monkeypatch.setattr(serve.time, "perf_counter", lambda: next(clock))
    assert served.time(1) == {"seconds": 4.0}
    assert served.answer == "answer"


def test_scores_are_held_against_those_of_fewer_alphas():
    """A curve of scores is a step function: it is looked up at the baseline's alphas."""
    differs = peers.row("tree/alphas/unlimited").differs
    got = {"alphas": np.array([0.0, 0.1, 0.2]), "scores": np.array([0.9, 0.8, 0.7])}
    expected = {"alphas": np.array([0.05, 0.15]), "scores": np.array([0.9, 0.8])}
    assert differs(got, expected) == ""
    assert differs(got, {**expected, "scores": np.array([0.9, 0.7])}) == "1 of 2 scores differ"
