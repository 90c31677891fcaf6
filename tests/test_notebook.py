"""The cell magic `%%kata`, which judges a cell, in a real notebook with a real kernel."""

from __future__ import annotations

import base64
import os
import re

import nbformat
import pytest
from mlkata import notebook
from mlkata.practice.workspace import Workspace
from mlkata.tracks import catalogue
from mlkata.tracks.model import Report
from nbclient import NotebookClient
from rich.text import Text

pytestmark = pytest.mark.slow  # starts kernels

WRONG = "import numpy as np\n\n\ndef assign(X, centers):\n    return np.zeros(len(X), dtype=int)\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run a notebook; return the workspace and the outputs of its cells.

    The cells, counted from 0: load the magic; two mistakes in usage; a wrong and a right solution; a call.
    """
    folder = tmp_path_factory.mktemp("notebook")
    track = catalogue.get("kmeans")
    workspace = Workspace.create(folder / "work", catalogue.find(), track)
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    cells = [
        "%load_ext mlkata",
        "%%kata\nx = 1",
        "%%kata kmeans.1\ndef assign(X:\n",
        f"%%kata kmeans.1\n{WRONG}",
        f"%%kata kmeans.1\n{reference}",
        "assign(np.array([[0.0], [9.0]]), np.array([[1.0], [8.0]])).tolist()",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    try:
        NotebookClient(
            book, timeout=3000, kernel_name="python3", resources={"metadata": {"path": str(workspace.folder)}}
        ).execute()
    finally:
        os.environ.pop("XDG_CACHE_HOME")
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before
    return workspace, [cell.outputs for cell in book.cells]


def printed(outputs):
    """Return the text that a cell's outputs print."""
    return "".join(output.get("text", "") for output in outputs)


def test_an_error_in_a_cell_has_a_message_of_one_line(run):
    """Nothing else is printed, such as a traceback of the kit."""
    _, outputs = run
    assert printed(outputs[1]).startswith("kata: which round?")
    assert printed(outputs[2]).startswith("kata: the cell, line 1: ")


def test_a_verdict_is_shown_as_html_and_as_text(run):
    """The HTML has the failure, a table of checks, the next step and a picture; the text the failure."""
    _, outputs = run
    shown = outputs[3][0]["data"]
    assert "FAIL kmeans.1/assign/" in shown["text/html"]
    assert "<table>" in shown["text/html"]
    assert "next: fix assign" in shown["text/html"]
    picture = re.search(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="[^"]+">', shown["text/html"])
    assert picture
    assert b"</svg>" in base64.b64decode(picture[1])
    assert "FAIL kmeans.1/assign/" in shown["text/plain"]


def test_a_right_cell_passes_and_opens_the_next_round(run):
    """The file has the cell, the old file was copied, and the state is updated."""
    workspace, outputs = run
    assert "PASS" in outputs[4][0]["data"]["text/html"]
    assert "kmeans.2 is now open" in outputs[4][0]["data"]["text/html"]
    assert workspace.passed() == {"kmeans.1"}
    assert "def lloyd" in workspace.file("kmeans").read_text(encoding="utf-8")
    copies = sorted((workspace.folder / ".kata" / "history" / "kmeans.py").iterdir())
    assert any("np.zeros(len(X), dtype=int)" in copy.read_text(encoding="utf-8") for copy in copies)


def test_functions_of_a_cell_are_defined_in_the_notebook(run):
    """The next cell can call them."""
    _, outputs = run
    assert outputs[5][0]["data"]["text/plain"] == "[0, 1]"


def test_a_misspelt_function_is_named():
    """A cell without any function of the track gets a warning. A helper beside a known function does not."""
    track = catalogue.get("kmeans")
    [line] = notebook._unknown_names(track, "def asign(X, centers):\n    return 0\n")
    assert line.plain == "asign: kmeans has no such function; is the name misspelt?"
    assert not list(notebook._unknown_names(track, "import numpy as np\nA = 1\n"))
    assert not list(notebook._unknown_names(track, "def helper(): ...\n\ndef assign(X, centers): ...\n"))


def test_text_of_a_submission_is_escaped():
    """A submission that prints markup cannot add it to the page."""
    report = Report("toy", "<b>.py", seed=0, isolation="subprocess", rounds=(), seconds=0.0)
    html = notebook.CellResult(report, [Text("got <script>alert(1)</script>")], "")._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
