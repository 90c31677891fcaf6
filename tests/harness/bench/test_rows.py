"""What is compared: rows of each track, and the peers that answer them."""

import ast

import pytest

from harness import tracks
from harness.bench import rows

CROSSOVERS = [one for name in tracks.find() for one in rows.crossovers(name)]
ROWS = [
    *(pytest.param(row, id=row.id) for name in tracks.find() for row in rows.rows(name)),
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
    """Its function is one of the track's, its peers are files."""
    track = tracks.get(row.track)
    assert row.function in track.contracts
    for name in (rows.BASELINE, *row.peers):
        assert rows.peer_path(row.track, name).is_file()
    assert row.ours


def test_ids_are_unique():
    """A finished row is found again by its id."""
    ids = [param.values[0].id for param in ROWS]
    assert len(set(ids)) == len(ids)


@pytest.mark.filterwarnings("ignore:Best performing initialization")  # 20 iterations are asked for
@pytest.mark.parametrize("row_id", SMALL)
def test_the_reference_gives_what_scikit_learn_gives(row_id):
    """So each answer can be verified, and a wrong one is told."""
    row = rows.row(row_id)
    answers = []
    for name in (rows.BASELINE, "reference"):
        call = rows.load_peer(row.track, name).prepare(row, row.make())
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
        assert [rows.row(row.id).title for row in compared] == [row.title for row in compared]
        for number, peer in one.lines.values():
            assert peer in (rows.BASELINE, *compared[number].ours, *compared[number].peers)


def test_peers_say_which_library_they_are():
    """A figure without a version cannot be repeated; read as text, since few have them all installed."""
    for path in sorted((rows.folder() / "peers").glob("*.py")):
        names = [
            target.id
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        assert "VERSION" in names, path.name
