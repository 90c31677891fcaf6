"""Pictures of a failed check: their content, what is drawn, and the files.

The content of a picture (a `Subject`) has two sides: the candidate's answer and the expected one.
"""

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
from pictured import empty_cluster, has_colour, image, painter, rgb, verdict_and_content
from PIL import Image

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def empty():
    """Return verdict and picture's content for a k-means that loses the centre of an empty cluster."""
    return empty_cluster()


@pytest.fixture(autouse=True)
def few_pixels(monkeypatch):
    """Draw with few pixels, which is faster."""
    monkeypatch.setattr(figure, "_DPI", 70)


def test_a_failure_is_drawn_beside_the_expected_answer(empty):
    """Both panels have a red ring around the wrong centre."""
    verdict, content = empty
    assert verdict.status is Status.FAIL
    assert [side.name for side in content.sides] == ["yours", "expected"]
    assert content.differing("centers").tolist() == [False, True, False]
    pixels = image(verdict, content)
    middle = pixels.shape[1] // 2
    assert has_colour(pixels[:, :middle], THEMES[0].wrong)
    assert has_colour(pixels[:, middle:], THEMES[0].wrong)


def test_a_dark_picture_is_dark_and_reproducible(empty):
    """Each theme has its background; nothing in a file depends on the time."""
    dark = THEMES[1]
    once, again = (dict(figure.rendered(*empty, dark, painter(empty[0]))) for _ in range(2))
    assert once == again
    pixels = np.asarray(Image.open(io.BytesIO(once["png"])).convert("RGB"))
    assert pixels[2, 2].tolist() == rgb(dark.ground)  # near the corner, where nothing is drawn
    assert has_colour(pixels, dark.wrong)


def test_the_plane_is_coloured_by_each_sides_labels():
    """Each side labels the points of the plane; iris has four features, of which a plane shows two only."""
    verdict, content = verdict_and_content("kmeans.1/assign/two-features")
    sides = []
    recording = replace(content, ask=lambda side, steps: sides.append(side) or content.ask(side, steps))
    image(verdict, recording)
    assert sides == ["yours", "expected"]
    verdict, content = verdict_and_content("kmeans.1/assign/iris")
    image(verdict, replace(content, ask=lambda *_: pytest.fail("asked")))


def test_only_rows_with_independent_labels_can_be_replaced():
    """To colour the plane, its points are passed in place of the rows.

    In `lloyd` and `best_of` a row's label depends on all rows, so that their rows cannot be replaced.
    """
    free = {
        name: labels.free_rows(function)
        for track in ("kmeans", "knn", "tree")
        for name, function in catalogue.get(track).contracts.items()
    }
    named = {name: rows for name, rows in free.items() if rows and name in ("assign", "lloyd", "best_of")}
    assert named == {"assign": ("X", "labels")}
    assert free["knn_classify"] == ("Q", "labels")
    assert free["forest_predict"] == ("X", "labels")


def test_a_plane_names_the_features_it_shows():
    """With more than two features the requested ones and the first are drawn.

    One feature is a strip, in which equal rows are stacked.
    """
    five = np.arange(10.0).reshape(2, 5)
    assert plane.around([five]).note == "features 0 and 1 of 5"
    assert plane.around([five], preferred=[3]).features == (0, 3)
    strip = plane.around([np.array([[1.0], [1.0], [4.0]])])
    assert strip.strip
    assert strip.note == ""
    places = strip.stacked(np.array([[1.0], [1.0], [4.0]]))
    assert places[0, 1] == 0 < places[1, 1]
    assert plane.around([np.array([[np.nan, 1.0], [2.0, 3.0]])]).window[0] > 1.5  # NaN is left out


def test_a_table_has_differing_values_first(empty):
    """Of three centres, number 1 differs: it comes first and is marked."""
    lines = [line.plain for line in table.lines(empty[1])]
    assert lines[0].split() == ["centers", "yours", "expected"]
    assert lines[1].split()[:1] == ["1"]
    assert "≠[0., 0.]" in lines[1]
    assert "[4., 4.]" in lines[1]
    assert len(lines) == 4
    assert max(map(len, lines)) <= 80


def test_hostile_labels_are_text(empty):
    """The candidate's strings look like formulas of matplotlib, or control the terminal."""
    verdict, content = verdict_and_content("knn.3/knn_classify/hit-strings")
    bad = np.array(["$\\frac{", "\x1b[2J", "_^"])[np.arange(len(content.sides[0].outputs["labels"])) % 3]
    yours = replace(content.sides[0], outputs=content.sides[0].outputs | {"labels": bad})
    hostile = replace(content, sides=(yours, content.sides[1]))
    image(verdict, hostile)
    assert "\x1b" not in "".join(line.plain for line in table.lines(hostile))


def test_a_side_without_an_answer_shows_why():
    """An error's name is in the title, and the input is drawn; an unsolved function has no side at all."""
    verdict, _ = verdict_and_content("kmeans.1/assign/two-features")
    track = catalogue.get("kmeans")
    raised = Answer(Kind.RAISED, raised=Raised(("TypeError", "Exception"), "no"), message="TypeError: no")
    content = subject.read(
        replace(verdict, answer=raised, status=Status.FAIL), track.contracts, lambda *_: []
    )
    assert [side.failure for side in content.sides] == ["TypeError", ""]
    assert content.notes == ("a side without a result shows the input",)
    image(verdict, content)
    stub = replace(unsolved(verdict.case, raised), expected=verdict.expected)
    assert [side.name for side in subject.read(stub, track.contracts, lambda *_: []).sides] == ["expected"]


def test_one_array_in_place_of_two_is_a_failure_of_its_side():
    """The candidate returned labels only, where labels and centres were expected."""
    case = draw(catalogue.get("kmeans").check("kmeans.2/relocate_empty/none-empty"), 0)
    expected = answer_with(catalogue.get("kmeans").oracle, case)
    labels = expected.values[0][0]
    verdict = judge(case, Answer(Kind.CONTRACT, (labels,), message="no tuple"), expected)
    content = subject.read(verdict, catalogue.get("kmeans").contracts, lambda side, steps: [])
    assert [side.failure for side in content.sides] == [str(Kind.CONTRACT), ""]
    assert not subject.same(labels, expected.values[0])


def test_several_outputs_have_their_names(toy):
    """A named tuple of two outputs is not mistaken for the first output."""
    labels, zeros = np.array([1]), np.zeros((2, 3))
    pair = toy.contracts["pair"]
    outputs = subject.named(conformance.named(pair, (labels, zeros)), pair)
    assert list(outputs) == ["labels", "zeros"]
    assert outputs["labels"] is labels


def test_a_check_without_a_picture_is_an_error_of_one_line():
    """Here the expected outcome is an error, and the arguments have no rows."""
    verdict, content = verdict_and_content("tree.3/impurity/negative-weight")
    with pytest.raises(KataError, match=r"has no picture: .*; kata show tree.3/impurity/negative-weight"):
        image(verdict, content)


def test_a_missing_matplotlib_is_an_error_of_one_line(monkeypatch):
    """The line shows what to install. None in sys.modules makes the import fail."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(KataError, match=re.escape("pip install -e '.[plots]'")):
        figure.require()


def test_four_files_are_written(empty, tmp_path, monkeypatch):
    """They are PNG and SVG, light and dark, named after the check."""
    drawn = [("png", b"pixels"), ("svg", b"lines")]
    monkeypatch.setattr(
        figure,
        "rendered",
        lambda verdict, content, theme, draw_track: [
            (ending, data + theme.name.encode()) for ending, data in drawn
        ],
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
    ("environment", "protocol"),
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
def test_which_terminals_show_images(environment, protocol):
    """The environment must name a terminal with a protocol for images; inside tmux none works."""
    assert inline.protocol(environment) == protocol


def test_an_image_is_sent_completely():
    """kitty gets it in pieces of at most 4,096 bytes, all but the last marked m=1; iTerm2 at once."""
    data = bytes(range(256)) * 40
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", inline.sequence(data, "kitty"))
    assert base64.b64decode("".join(piece for _, piece in pieces)) == data
    assert [control[-3:] for control, _ in pieces] == ["m=1"] * (len(pieces) - 1) + ["m=0"]
    assert max(len(piece) for _, piece in pieces) <= 4096
    assert base64.b64decode(inline.sequence(data, "iterm2").rpartition(":")[2].rstrip("\a\n")) == data


@pytest.mark.parametrize(
    ("value", "dark"), [("15;0", True), ("0;15", False), ("15;default;0", True), ("", False)]
)
def test_colorfgbg_says_whether_a_terminal_is_dark(value, dark):
    """COLORFGBG ends in the background's colour, 0 for black; without it a terminal counts as light."""
    assert inline.dark({"COLORFGBG": value}) is dark


def test_a_feature_that_does_not_exist_is_not_drawn():
    """A wrong tree may split at feature 99; the first two features are drawn instead."""
    assert plane.around([np.zeros((3, 2))], preferred=[99]).features == (0, 1)


def test_a_folder_that_cannot_be_written_is_an_error_of_one_line(empty, tmp_path):
    """Here a file has the name of the folder, and stays as it is."""
    (tmp_path / "plots").write_text("mine", encoding="utf-8")
    with pytest.raises(KataError, match=r"cannot write the picture in .*plots"):
        figure.write(*empty, tmp_path / "plots", painter(empty[0]))
    assert (tmp_path / "plots").read_text(encoding="utf-8") == "mine"


def group(data, seeds):
    """Return the index of each row's nearest seed.

    data : float array of shape (n_rows, n_features)
    seeds : float array of shape (n_groups, n_features)
    -> groups : int array of shape (n_rows,)
    """
    return ((data[:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1)


def grouped(yours, expected):
    """Return a failed verdict on `group` with these two answers, its content, and a list.

    The names of the sides that are asked for the labels of other rows are added to the list.
    """
    step = call(
        "group", data=np.array([[0.0, 0], [1, 0], [9, 9], [8, 9]]), seeds=np.array([[0.0, 0], [9, 9]])
    )
    case = Case(catalogue.get("kmeans").checks[0], seed=0, steps=(step,), fetch=(0,))
    answers = [Answer(Kind.VALUE, [np.array(groups)]) for groups in (yours, expected)]
    verdict = Verdict(case.check, Status.FAIL, case=case, answer=answers[0], expected=answers[1])
    sides = []

    def ask(side, steps):
        sides.append(side)
        return [{"groups": group(**step.arguments)} for step in steps]

    return verdict, subject.read(verdict, {"group": contract.read(group)}, ask), sides


def test_a_track_without_a_picture_is_drawn_by_its_contract():
    """Rows are recognised by their shape; the plane and the rings are drawn by their labels."""
    verdict, content, sides = grouped([0, 1, 1, 1], [0, 0, 1, 1])
    assert np.array_equal(content.rows, content.arguments["data"])
    pixels = image(verdict, content, draw=lambda canvas: False)
    assert sides == ["yours", "expected"]
    for colour in (THEMES[0].wrong, THEMES[0].of(0), THEMES[0].of(1)):
        assert has_colour(pixels, colour)


def test_a_picture_of_the_track_takes_precedence():
    """The kit's picture, which is wider and asks both sides, is drawn only if the track's returns False."""
    verdict, content, sides = grouped([0, 1, 1, 1], [0, 0, 1, 1])

    def draw(canvas):
        canvas.note("drawn by the track")
        canvas.single(width=2)
        return True

    assert (
        image(verdict, content, draw=draw).shape[1]
        < image(verdict, content, draw=lambda canvas: False).shape[1]
    )
    assert sides == ["yours", "expected"]


def test_a_track_may_have_a_picture(toy, tmp_path):
    """`picture` calls `draw` of picture.py with the canvas; without the file it returns False."""
    assert toy.picture(None) is False
    folder = tmp_path / "exercises" / "drawn"
    folder.mkdir(parents=True)
    (folder / "picture.py").write_text(
        "from mlkata.authoring import pictures\n\n\ndef draw(canvas):\n    return pictures.Canvas, canvas\n",
        encoding="utf-8",
    )
    assert replace(toy, exercises=folder).picture("a canvas") == (Canvas, "a canvas")


def test_checks_load_without_the_libraries_of_pictures():
    """A track's files may import `pictures`; nothing of the report is imported before it is used."""
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
