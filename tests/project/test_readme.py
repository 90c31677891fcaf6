"""The README and the other manuals are correct."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from mlkata.cli.main import cli
from mlkata.tracks import catalogue, tables

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MANUALS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
CURRENT = [manual for manual in MANUALS if manual.stem != "CHANGELOG"]
"""The manuals that name only commands of today; the changelog also names removed ones."""
FIRST_SCREEN = 40
"""Lines of README that a reader sees without scrolling."""
MOST_LINES = 120
"""README is an overview: everything else is in docs/."""


def blocks(language):
    """Return the README's code blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def kata(*arguments, cwd):
    """Run `kata` as from a terminal of 80 columns; return what it prints."""
    command = [sys.executable, "-m", "mlkata", *arguments]
    result = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert not result.stderr, result.stderr
    return result.stdout


def test_the_readme_is_short():
    assert len(README.splitlines()) <= MOST_LINES


def test_the_main_job_and_the_tests_are_on_the_first_screen():
    screen = "\n".join(README.splitlines()[:FIRST_SCREEN])
    for block in blocks("sh")[:2]:
        assert block in screen
        assert block.startswith("python3 -m venv .venv &&\n")
    assert blocks("sh")[0].endswith("kata demo\n")
    assert "pytest" in blocks("sh")[1]


def test_the_gate_runs_the_test_command_of_the_readme():
    """The gate is .ci/run: everything that must pass before a change is accepted."""
    gate = " ".join((ROOT / ".ci/run").read_text(encoding="utf-8").split())
    assert f"{{ {' '.join(blocks('sh')[1].split())} }} || exit" in gate


def test_a_failed_test_command_fails_the_gate(tmp_path):
    gate = (ROOT / ".ci/run").read_text(encoding="utf-8")
    (tmp_path / ".ci").mkdir()
    script = tmp_path / ".ci/run"
    # Its first command fails, so the gate must end there.
    script.write_text(gate.replace("python3 -m venv .venv", "false"), encoding="utf-8")
    result = subprocess.run(["bash", str(script)], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "")


def test_code_blocks_fit_80_columns():
    for block in [*blocks("sh"), *blocks("text")]:
        assert max(map(len, block.splitlines())) <= 80


def test_every_folder_of_the_layout_exists():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    layout = text.split("## Where things are")[1].split("\n## ")[0]
    folders = re.findall(r"^\| `([^`]+)/` \|", layout, re.MULTILINE)
    assert len(folders) >= 5
    for folder in folders:
        assert (ROOT / folder).is_dir(), folder


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.stem)
def test_every_linked_file_exists(manual):
    for target in re.findall(r"\]\((?!https?://)([^)#]+)[^)]*\)", manual.read_text(encoding="utf-8")):
        assert (manual.parent / target).exists(), target


@pytest.mark.parametrize("manual", CURRENT, ids=lambda path: path.stem)
def test_every_command_exists(manual):
    text = manual.read_text(encoding="utf-8")
    for line in re.findall(r"`kata ([a-z][^`]*)`", text) + re.findall(r"^kata ([a-z].*)", text, re.MULTILINE):
        name, _, rest = line.partition(" ")
        assert name in cli.commands, line
        if name == "author" and rest:
            assert rest.split()[0] in cli.commands["author"].commands, line


def test_every_track_is_shown_with_all_its_rounds():
    for path, text in tables.renewed(ROOT, catalogue.find()).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `kata author tables`"


def test_the_failure_in_the_readme_is_what_kata_prints(tmp_path):
    kata("init", "workspace", cwd=tmp_path)
    source = (ROOT / "solutions/kmeans/reference.py").read_text(encoding="utf-8")
    right = "new_centers = centers.copy()  # (k, d)"
    assert source.count(right) == 1
    wrong = source.replace(right, "new_centers = np.zeros(centers.shape)")
    names = {"assign", "update", "lloyd", "squared_distances"}  # round 1 and its helper
    functions = [node for node in ast.parse(wrong).body if getattr(node, "name", "") in names]
    text = "import numpy as np\n\n\n" + "\n\n\n".join(map(ast.unparse, functions)) + "\n"
    (tmp_path / "workspace/kmeans.py").write_text(text, encoding="utf-8")
    printed = kata("check", "kmeans", cwd=tmp_path / "workspace")
    [shown] = blocks("text")
    assert shown in printed
