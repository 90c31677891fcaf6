"""Pictures of a check: what they are about, what is drawn, where it is written."""

import base64
import io
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from mlkata.judging.oracle import answer_with
from mlkata.judging.verdict import judge, unsolved
from mlkata.report.pictures import figure, inline, labels, plane, subject, table
from mlkata.report.pictures.canvas import Canvas
from mlkata.report.pictures.theme import THEMES
from mlkata.tracks import catalogue, conformance, contract
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Answer, Case, KataError, Kind, Raised, Status, Verdict, call
from pictured import empty_cluster, has, image, painter, rgb, seen
from PIL import Image

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def empty():
    """An `update` that forgets clusters without rows, on the smallest input that shows it."""
    return empty_cluster()


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Few pixels are enough to see what is there."""
    monkeypatch.setattr(figure, "_DPI", 70)


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
    """The ground of each theme is its painter; nothing in a file depends on the time."""
    once, again = (dict(figure.rendered(*empty, THEMES[1], painter(empty[0]))) for _ in range(2))
    assert once == again
    pixels = np.asarray(Image.open(io.BytesIO(once["png"])).convert("RGB"))
    assert pixels[2, 2].tolist() == rgb(THEMES[1].ground)
    assert has(pixels, THEMES[1].wrong)


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
        name: labels.free_rows(one)
        for track in ("kmeans", "knn", "tree")
        for name, one in catalogue.get(track).contracts.items()
    }
    named = {name: one for name, one in free.items() if one and name in ("assign", "lloyd", "best_of")}
    assert named == {"assign": ("X", "labels")}
    assert free["knn_classify"] == ("Q", "labels")
    assert free["forest_predict"] == ("X", "labels")


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
    assert [side.failure for side in one.sides] == ["TypeError", ""]
    assert one.notes == ("a side without a result shows the input",)
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
    assert [side.failure for side in found.sides] == [str(Kind.CONTRACT), ""]
    assert not subject.same(labels, expected.values[0])


def test_several_outputs_are_found_by_their_names(toy):
    """The first is not taken for all of them, as a record of its painter is."""
    labels, zeros = np.array([1]), np.zeros((2, 3))
    pair = toy.contracts["pair"]
    found = subject.named(conformance.named(pair, (labels, zeros)), pair)
    assert list(found) == ["labels", "zeros"]
    assert found["labels"] is labels


def test_what_has_no_picture_says_so():
    """Where an error is all there is, and nothing that was given is a row."""
    verdict, found = seen("tree.3/impurity/negative-weight")
    with pytest.raises(KataError, match=r"has no picture: .*; kata show tree.3/impurity/negative-weight"):
        image(verdict, found)


def test_without_matplotlib_there_is_one_line(monkeypatch):
    """It names what to install."""
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(KataError, match=re.escape("pip install -e '.[plots]'")):
        figure.require()


def test_four_files_are_written(empty, tmp_path, monkeypatch):
    """PNG and SVG, light and dark, named after the check."""
    drawn = [("png", b"pixels"), ("svg", b"lines")]
    monkeypatch.setattr(
        figure,
        "rendered",
        lambda verdict, about, theme, painter: [(e, d + theme.name.encode()) for e, d in drawn],
    )
    paths = figure.write(*empty, tmp_path / "plots", painter(empty[0]))
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


def test_a_split_at_a_feature_that_is_not_there_is_drawn():
    """By the first two: there is no other to ask."""
    assert plane.around([np.zeros((3, 2))], [99]).features == (0, 1)


def test_a_folder_that_cannot_be_written_is_a_line(empty, tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "plots").write_text("mine", encoding="utf-8")
    with pytest.raises(KataError, match=r"cannot write the picture in .*plots"):
        figure.write(*empty, tmp_path / "plots", painter(empty[0]))
    assert (tmp_path / "plots").read_text(encoding="utf-8") == "mine"


def group(data, seeds):
    """Give each row the number of its seed.

    data : float array of shape (n_rows, n_features)
    seeds : float array of shape (n_groups, n_features)
    -> groups : int array of shape (n_rows,)
    """
    return ((data[:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1)


def grouped(*groups):
    """A verdict on a `group` of four rows, and what it is about; each argument is a side's answer."""
    given = call(
        "group", data=np.array([[0.0, 0], [1, 0], [9, 9], [8, 9]]), seeds=np.array([[0.0, 0], [9, 9]])
    )
    case = Case(catalogue.get("kmeans").checks[0], 0, (given,), (0,))
    yours, expected = (Answer(Kind.VALUE, [np.array(one)]) for one in groups)
    verdict = Verdict(case.check, Status.FAIL, case=case, answer=yours, expected=expected)
    asked = []

    def ask(side, steps):
        asked.append(side)
        return [{"groups": group(**step.arguments)} for step in steps]

    return verdict, subject.read(verdict, {"group": contract.read(group)}, ask), asked


def test_a_track_without_a_picture_is_drawn_by_its_contract():
    """Rows by their shape, whatever they are called; by their labels, what rules the plane, and rings."""
    verdict, found, asked = grouped([0, 1, 1, 1], [0, 0, 1, 1])
    assert np.array_equal(found.rows, found.arguments["data"])
    pixels = image(verdict, found, draw=lambda canvas: False)
    assert asked == ["yours", "expected"]
    for colour in (THEMES[0].wrong, THEMES[0].of(0), THEMES[0].of(1)):
        assert has(pixels, colour)


def test_a_picture_of_the_track_goes_first():
    """The kit's painter is drawn where it has nothing to show."""
    verdict, found, asked = grouped([0, 1, 1, 1], [0, 0, 1, 1])

    def draw(canvas):
        canvas.note("drawn by the track")
        canvas.single(width=2)
        return True

    assert (
        image(verdict, found, draw=draw).shape[1] < image(verdict, found, draw=lambda canvas: False).shape[1]
    )
    assert asked == ["yours", "expected"]


def test_a_track_may_have_a_picture(toy, tmp_path):
    """`draw` of its picture.py, loaded when first asked for; without the file there is nothing to draw."""
    assert toy.picture(None) is False
    folder = tmp_path / "exercises" / "drawn"
    folder.mkdir(parents=True)
    (folder / "picture.py").write_text(
        "from mlkata.authoring import pictures\n\n\ndef draw(canvas):\n    return pictures.Canvas, canvas\n",
        encoding="utf-8",
    )
    assert replace(toy, exercises=folder).picture("it") == (Canvas, "it")


def test_checks_load_without_what_pictures_need():
    """A track's files may name `pictures`, and yet nothing of the report is imported until they do."""
    program = (
        "import sys\n"
        "from mlkata.tracks import catalogue\n"
        "assert all(track.checks for track in catalogue.find().values())\n"
        "loaded = [name for name in sys.modules if name.startswith(('mlkata.report', 'matplotlib'))]\n"
        "assert not loaded, loaded\n"
        "from mlkata.authoring import pictures\n"
        "assert pictures.Canvas and 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
