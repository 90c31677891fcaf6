"""The commands of README and of the pages in docs/ run as they are written, page by page."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(
    r'(?:^<!-- (?P<mark>.*?) -->\n\n)?^```(?P<language>\w+)(?: title="(?P<file>[^"]+)")?\n(?P<text>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)
"""A block of code; before it there may be a comment: `slow`, `not run here: …`, `not compared: …`."""
SET_UP = "python3 -m venv"
"""Begins what installs packages: the gate runs it."""
TRAP = "trap 'status=$?; [ $status -le 1 ] || exit $status' ERR"
"""1 says that something did not pass, which a stub does not; anything above is a mistake of the page."""
RIGHT = (ROOT / "solutions/kmeans/reference.py").read_text(encoding="utf-8")
FILES = {
    ".venv/bin/activate": f"PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH\n",
    "alice.py": RIGHT,
    "kmeans.py": RIGHT,
    "submissions/alice/kmeans.py": RIGHT,
    "submissions/alice/test_kmeans.py": "import kmeans\n\n\ndef test_nothing():\n    assert kmeans\n",
    "submissions/bob/kmeans.py": RIGHT.replace("argmin", "argmax"),
}
"""What the reader of a page has: an environment, and files that somebody wrote."""


def blocks(page, *, slow):
    """Give the blocks to run: files to write, and commands; the slow ones only where they are asked for."""
    for found in FENCE.finditer(page.read_text(encoding="utf-8")):
        mark = found["mark"] or ""
        if found["file"]:
            yield f"cat > {found['file']} <<'END'\n{found['text']}END\n"
        elif found["language"] == "sh" and not found["text"].startswith(SET_UP) and (slow or mark != "slow"):
            yield "" if mark.startswith("not run here: ") else found["text"]


def texts(page):
    """Give the outputs that a page shows as they are printed. README's needs a bug: its own test has it."""
    found = [] if page.stem == "README" else FENCE.finditer(page.read_text(encoding="utf-8"))
    return [one["text"] for one in found if one["language"] == "text" and not one["mark"]]


def run(page, folder, *, slow=False):
    """Run a page's blocks in one shell, in a home of its own; return what they print."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("KATA", "PYTEST"))}
    environment.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    done = subprocess.run(
        ["bash", "-c", "\n".join([TRAP, *blocks(page, slow=slow), "exit 0"])],
        cwd=folder,
        env={**environment, "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout


def has_slow_blocks(page):
    """Does a page have commands that take long?"""
    return list(blocks(page, slow=True)) != list(blocks(page, slow=False))


@pytest.mark.parametrize(
    "page", [one for one in PAGES if any(filter(None, blocks(one, slow=False)))], ids=lambda page: page.stem
)
def test_the_commands_of_a_page_run_and_print_what_it_shows(page, tmp_path):
    printed = run(page, tmp_path)
    for text in texts(page):
        assert text in printed


@pytest.mark.slow
@pytest.mark.parametrize("page", list(filter(has_slow_blocks, PAGES)), ids=lambda page: page.stem)
def test_the_slow_commands_of_a_page_run(page, tmp_path):
    run(page, tmp_path, slow=True)


def test_every_mark_of_a_block_is_known():
    for page in PAGES:
        for found in FENCE.finditer(page.read_text(encoding="utf-8")):
            if found["language"] == "sh" and found["mark"]:
                assert found["mark"] == "slow" or found["mark"].startswith("not run here: "), page.name


def test_a_page_that_misuses_a_command_fails(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```sh\nsource .venv/bin/activate\nkata chekc\nkata --version\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="chekc"):
        run(page, tmp_path)
