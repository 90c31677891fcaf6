"""Pictures of a check: what they are about, what is drawn, where it is written."""

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from mlkata.judging.check import judge, unsolved
from mlkata.judging.oracle import answer_with
from mlkata.report.pictures import figure, inline, mixtures, plane, points, subject, table, trees
from mlkata.report.pictures.theme import THEMES
from mlkata.tracks import catalogue, loading, mutants
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Answer, KataError, Kind, Raised, Status, call
from PIL import Image

pytest.importorskip("matplotlib")


def seen(check_id, mutant=None, *, arguments=None):
    """Judge our reference, or a mutant of it, on a check; give the verdict and its subject."""
    track = catalogue.get(check_id.partition(".")[0])
    path = track.solutions / "reference.py"
    module = loading.load(path)
    if mutant:
        source = mutants.get(track, mutant).source(path.read_text(encoding="utf-8"))
        exec(compile(source, mutant, "exec"), vars(module))  # noqa: S102 - a mutant of ours
    case = draw(track.check(check_id), 0)
    if arguments is not None:
        case = replace(case, steps=(call(case.steps[-1].function, **arguments),), fetch=(0,))
    expected = answer_with(track.oracle, case)
    verdict = judge(case, answer_with(module, case), expected)

    def ask(side, steps):
        asked = replace(case, steps=tuple(steps), fetch=tuple(range(len(steps))))
        answer = answer_with(module if side == "yours" else track.oracle, asked)
        return [subject.named(one, track.contracts[steps[0].function]) for one in answer.values]

    found = subject.read(verdict, track.contracts, ask)
    return verdict, found


@pytest.fixture(scope="module")
def empty():
    """An `update` that forgets clusters without rows, on the smallest input that shows it."""
    X = np.array([[4.0, 5.0], [8.0, 1.0], [7.0, 0.0], [3.0, 6.0]])
    given = {"X": X, "labels": np.array([0, 2, 2, 0]), "centers": np.array([[6.0, 4], [4, 4], [6, 2]])}
    return seen("kmeans.1/update/empty-cluster", "zero-when-empty", arguments=given)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Few pixels are enough to see what is there."""
    monkeypatch.setattr(figure, "_DPI", 70)


def image(verdict, found, theme=THEMES[0]):
    """Draw, and give the PNG as an array of colours."""
    _, data = next(figure.rendered(verdict, found, theme))
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def rgb(colour):
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def has(pixels, colour):
    """Is a colour somewhere in an image, nearly? Thin lines are blended with their ground."""
    return bool((np.abs(pixels.astype(int) - rgb(colour)).max(axis=2) < 25).any())


def test_a_failure_is_drawn_beside_what_is_expected(empty):
    """Two panels; a ring in red around the centre that is wrong, in both."""
    verdict, found = empty
    assert verdict.status is Status.FAIL
    assert [side.name for side in found.sides] == ["yours", "expected"]
    assert found.differing("centers").tolist() == [False, True, False]
    pixels = image(verdict, found)
    middle = pixels.shape[1] // 2
    assert has(pixels[:, :middle], THEMES[0].wrong)
    assert has(pixels[:, middle:], THEMES[0].wrong)


def test_dark_is_dark_and_the_same_picture_has_the_same_bytes(empty):
    """The ground of each theme is its own; nothing in a file depends on the time."""
    once, again = (dict(figure.rendered(*empty, THEMES[1])) for _ in range(2))
    assert once == again
    pixels = np.asarray(Image.open(io.BytesIO(once["png"])).convert("RGB"))
    assert pixels[2, 2].tolist() == rgb(THEMES[1].ground)
    assert has(pixels, THEMES[1].wrong)


@pytest.mark.parametrize(
    "check_id",
    [
        "kmeans.2/kmeans/nan",
        "knn.1/knn/repeated-rows",
        "knn.1/pairwise_sq_distances/on-the-rows",
        "tree.6/ccp_path/all-equal",
        "tree.9/forest_predict/nine-trees",
        "gmm.2/log_density/other-features",
        "gmm.8/fit_missing/one-column",
    ],
)
def test_every_kind_of_check_has_a_picture(check_id):
    """Points, neighbours, forests, mixtures, lists, tables; errors, gaps, other features."""
    pixels = image(*seen(check_id))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20


def test_regions_are_those_of_each_side():
    """The plane is coloured as each side labels it, by asking it; of four features none is."""
    verdict, found = seen("kmeans.1/assign/two-features")
    asked = []
    for_all = replace(found, ask=lambda side, steps: asked.append(side) or found.ask(side, steps))
    image(verdict, for_all)
    assert asked == ["yours", "expected"]
    verdict, found = seen("kmeans.1/assign/iris")
    image(verdict, replace(found, ask=lambda *_: pytest.fail("asked")))


def test_whose_rows_are_free():
    """Only where each row has its label by itself may others take its place."""
    free = {
        name: points.free_rows(contract)
        for track in ("kmeans", "knn", "tree")
        for name, contract in catalogue.get(track).contracts.items()
    }
    named = {name: one for name, one in free.items() if one and name in ("assign", "lloyd", "best_of")}
    assert named == {"assign": "X"}
    assert free["knn_classify"] == "Q"
    assert free["forest_predict"] == "X"


def test_a_plane_says_what_it_leaves_out():
    """Of more than two features the first are drawn, or those that are asked for; one is a strip."""
    five = np.arange(10.0).reshape(2, 5)
    assert plane.around([five]).note == "features 0 and 1 of 5"
    assert plane.around([five], [3]).features == (0, 3)
    strip = plane.around([np.array([[1.0], [1.0], [4.0]])])
    assert strip.strip
    assert strip.note == ""
    places = strip.stacked(np.array([[1.0], [1.0], [4.0]]))
    assert places[0, 1] == 0 < places[1, 1]
    assert plane.around([np.array([[np.nan, 1.0], [2.0, 3.0]])]).window[0] > 1.5


@pytest.fixture(scope="module")
def wrong_leaf():
    """A row that ends in another leaf: <= was read as <."""
    stump = loading.module(catalogue.get("tree").stub).STUMP
    given = {"tree": stump, "X": np.array([[1.0], [2.5], [3.0]])}
    return seen("tree.1/apply/on-thresholds", "strict-less", arguments=given)


def test_the_way_of_the_first_row_that_differs(wrong_leaf):
    """Row 1 goes left by the contract and right in the mutant."""
    verdict, found = wrong_leaf
    assert verdict.status is Status.FAIL
    yours, expected = (trees.shown(found, side) for side in found.sides)
    assert (yours.way, yours.caption) == ((0, 2), "row 1 ends in node 2")
    assert (expected.way, expected.caption) == ((0, 1), "row 1 ends in node 1")
    assert image(verdict, found).std() > 0


def test_ways_by_the_rules_of_the_track():
    """Values as float32, NaN by missing_left; a way to a node is that from the root."""
    stump = loading.module(catalogue.get("tree").stub).STUMP
    assert trees.way_of(stump, [2.5 + 1e-12]) == (0, 1)
    assert trees.way_of(stump, [np.nan]) == (0, 2)
    assert trees.way_of(stump._replace(missing_left=np.array([True] * 3)), [np.nan]) == (0, 1)
    assert trees.way_to(stump, 2) == (0, 2)


def test_a_deep_tree_is_drawn_at_the_end_of_its_way():
    """Thousands of nodes: the last of the way are drawn, and how many are not is said."""
    verdict, found = seen("tree.5/apply/five-thousand-deep")
    assert image(verdict, found).std() > 0
    shown = trees.shown(found, found.sides[0])
    assert len(trees._chosen(shown)) <= 22


def test_components_of_every_covariance_type():
    """Full, tied, diagonal, spherical and one-dimensional ones are all matrices here."""
    contract = catalogue.get("gmm").contracts["fit"]
    X, means = np.zeros((3, 2)), np.zeros((2, 2))
    side = subject.Side("yours", {})
    for kind, covariances in {
        "full": np.tile(np.eye(2), (2, 1, 1)),
        "tied": np.eye(2),
        "diag": np.ones((2, 2)),
        "spherical": np.ones(2),
    }.items():
        given = {"means": means, "covariances": covariances, "covariance_type": kind}
        _, _, found = mixtures.components(subject.Subject("fit", contract, given, X, (side,)), side)
        assert np.array_equal(found, np.tile(np.eye(2), (2, 1, 1))), kind


def test_the_curve_of_the_likelihood():
    """It is what comes back, or, where only the last one does, asked for with max_iter 1, 2 and so on."""
    _, found = seen(next(one.id for one in catalogue.get("gmm").checks if one.function == "fit_1d"))
    curves = mixtures.curves(found)
    assert np.array_equal(curves["expected"], found.sides[1].outputs["log_likelihoods"])
    _, found = seen("gmm.6/fit/diag-wine")
    curve = mixtures.curves(found)["expected"]
    assert len(curve) == found.sides[1].outputs["n_iter"]
    assert np.isclose(curve[-1], found.sides[1].outputs["lower_bound"])
    assert (np.diff(curve) > -1e-9).all()


def test_a_mixture_without_an_ellipse_is_drawn_without():
    """A covariance that is none leaves its ellipse out, not the picture."""
    assert mixtures._ellipse(np.zeros(2), np.array([[1.0, 0.0], [0.0, -1.0]])) is None
    assert mixtures._ellipse(np.zeros(2), np.full((2, 2), np.nan)) is None
    edge = mixtures._ellipse(np.zeros(2), np.diag([4.0, 1.0]))
    assert np.allclose(np.abs(edge).max(axis=0), [2, 1], atol=1e-2)


def test_a_table_has_what_differs_first(empty):
    """At most six lines, those that differ first and marked."""
    lines = [line.plain for line in table.lines(empty[1])]
    assert lines[0].split() == ["centers", "yours", "expected"]
    assert lines[1].split()[:1] == ["1"]
    assert "≠[0., 0.]" in lines[1]
    assert "[4., 4.]" in lines[1]
    assert len(lines) == 4
    assert max(map(len, lines)) <= 80


def test_hostile_labels_are_text(empty):
    """What a candidate's strings hold is neither a formula nor a command to the terminal."""
    verdict, found = seen("knn.3/knn_classify/hit-strings")
    bad = np.array(["$\\frac{", "\x1b[2J", "_^"])[np.arange(len(found.sides[0].outputs["labels"])) % 3]
    yours = replace(found.sides[0], outputs=found.sides[0].outputs | {"labels": bad})
    shown = replace(found, sides=(yours, found.sides[1]))
    image(verdict, shown)
    assert "\x1b" not in "".join(line.plain for line in table.lines(shown))


def test_what_did_not_answer_says_so():
    """An error has its name in place of a picture; what is unsolved has no side."""
    verdict, _ = seen("kmeans.1/assign/two-features")
    track = catalogue.get("kmeans")
    raised = Answer(Kind.RAISED, raised=Raised(("TypeError", "Exception"), "no"), message="TypeError: no")
    one = subject.read(replace(verdict, answer=raised, status=Status.FAIL), track.contracts, lambda *_: [])
    assert [side.said for side in one.sides] == ["TypeError", ""]
    assert one.notes == ("where nothing came back, the input is drawn",)
    image(verdict, one)
    stub = replace(unsolved(verdict.case, raised), expected=verdict.expected)
    assert [side.name for side in subject.read(stub, track.contracts, lambda *_: []).sides] == ["expected"]


def test_one_array_in_place_of_two_is_drawn():
    """A forgotten output is a common slip: it differs from what is expected, whatever its shape."""
    case = draw(catalogue.get("kmeans").check("kmeans.2/relocate_empty/none-empty"), 0)
    expected = answer_with(catalogue.get("kmeans").oracle, case)
    labels = expected.values[0][0]
    verdict = judge(case, Answer(Kind.CONTRACT, (labels,), message="no tuple"), expected)
    found = subject.read(verdict, catalogue.get("kmeans").contracts, lambda side, steps: [])
    assert [side.said for side in found.sides] == [str(Kind.CONTRACT), ""]
    assert not subject.same(labels, expected.values[0])


def test_what_has_no_picture_says_so():
    """Where an error is all there is, and nothing that was given is a row."""
    verdict, found = seen("tree.3/impurity/negative-weight")
    with pytest.raises(KataError, match=r"has no picture: .*; kata show tree.3/impurity/negative-weight"):
        image(verdict, found)


def test_without_matplotlib_there_is_one_line(monkeypatch):
    """It names what to install."""
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(KataError, match=re.escape("pip install 'mlkata[plots]'")):
        figure.require()


def test_four_files_are_written(empty, tmp_path, monkeypatch):
    """PNG and SVG, light and dark, named after the check."""
    drawn = [("png", b"pixels"), ("svg", b"lines")]
    monkeypatch.setattr(
        figure, "rendered", lambda verdict, about, theme: [(e, d + theme.name.encode()) for e, d in drawn]
    )
    paths = figure.write(*empty, tmp_path / "plots")
    assert [path.name for path in paths] == [
        f"kmeans_1_update_empty_cluster{ending}" for ending in (".png", ".svg", "-dark.png", "-dark.svg")
    ]
    assert [path.read_bytes() for path in paths] == [
        b"pixelslight",
        b"lineslight",
        b"pixelsdark",
        b"linesdark",
    ]


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({}, ""),
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"LC_TERMINAL": "iTerm2"}, "iterm2"),
        ({"TERM": "xterm-kitty", "TMUX": "tmux-0/default,1,0"}, ""),
    ],
)
def test_which_terminals_show_images(environment, kind):
    """Those that say so; none within tmux."""
    assert inline.protocol(environment) == kind


def test_an_image_travels_whole():
    """In pieces of 4096 for kitty, at once for iTerm2: decoded it is what it was."""
    data = bytes(range(256)) * 40
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", inline.sequence(data, "kitty"))
    assert base64.b64decode("".join(piece for _, piece in pieces)) == data
    assert [control[-3:] for control, _ in pieces] == ["m=1"] * (len(pieces) - 1) + ["m=0"]
    assert max(len(piece) for _, piece in pieces) <= 4096
    assert base64.b64decode(inline.sequence(data, "iterm2").rpartition(":")[2].rstrip("\a\n")) == data


def test_dark_terminals():
    """As COLORFGBG says, and light where it says nothing."""
    assert [inline.dark({"COLORFGBG": one}) for one in ("15;0", "0;15", "15;default;0", "")] == [1, 0, 1, 0]


@pytest.mark.parametrize("left", [99, 0, -2])
def test_a_tree_that_leads_nowhere_leaves_its_panel_empty(left):
    """Children that are not there, or a circle: the expected one is drawn all the same."""
    verdict, _ = seen("tree.4/grow/one-split")
    [tree] = verdict.answer.values
    broken = tree._replace(left=np.where(np.arange(len(tree.left)) == 0, left, tree.left))
    found = subject.read(
        replace(verdict, answer=replace(verdict.answer, values=(broken,))),
        catalogue.get("tree").contracts,
        None,
    )
    yours, expected = found.sides
    assert trees.shown(found, yours) is None
    assert trees.shown(found, expected) is not None
    image(verdict, found)


def test_a_split_at_a_feature_that_is_not_there_is_drawn():
    """By the first two: there is no other to ask."""
    assert plane.around([np.zeros((3, 2))], [99]).features == (0, 1)


def test_a_folder_that_cannot_be_written_is_a_line(empty, tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "plots").write_text("mine", encoding="utf-8")
    with pytest.raises(KataError, match=r"cannot write the picture in .*plots"):
        figure.write(*empty, tmp_path / "plots")
    assert (tmp_path / "plots").read_text(encoding="utf-8") == "mine"
