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
"""A block of code, perhaps after a comment: `slow`, `not run here: …`, `not compared: …`."""
SET_UP = "python3 -m venv"
"""A block that begins so installs packages. It is not run here: the gate, .ci/run, runs its commands."""
TRAP = "trap 'status=$?; [ $status -le 1 ] || exit $status' ERR"
"""Status 1 means that a check did not pass, as with a stub; a higher status is an error of the page."""
RIGHT = (ROOT / "solutions/kmeans/reference.py").read_text(encoding="utf-8")
FILES = {
    ".venv/bin/activate": f"PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH\n",
    "alice.py": RIGHT,
    "kmeans.py": RIGHT,
    "submissions/alice/kmeans.py": RIGHT,
    "submissions/alice/test_kmeans.py": "import kmeans\n\n\ndef test_nothing():\n    assert kmeans\n",
    "submissions/bob/kmeans.py": RIGHT.replace("argmin", "argmax"),
}
"""What the reader of a page has already: an activated environment, and submissions."""


def blocks(page, *, slow):
    """Yield the blocks to run: files to write, and commands; with `slow`, the slow commands as well."""
    for block in FENCE.finditer(page.read_text(encoding="utf-8")):
        mark = block["mark"] or ""
        if block["file"]:
            yield f"cat > {block['file']} <<'END'\n{block['text']}END\n"
        elif block["language"] == "sh" and not block["text"].startswith(SET_UP) and (slow or mark != "slow"):
            yield "" if mark.startswith("not run here: ") else block["text"]


def texts(page):
    """Return the outputs that a page shows literally.

    That of README is left out: it is printed for a wrong file, and test_readme.py compares it.
    """
    matches = [] if page.stem == "README" else FENCE.finditer(page.read_text(encoding="utf-8"))
    return [block["text"] for block in matches if block["language"] == "text" and not block["mark"]]


def run(page, folder, *, slow=False):
    """Run a page's blocks in one shell, with a new home folder; return what they print."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("KATA", "PYTEST"))}
    environment.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    result = subprocess.run(
        ["bash", "-c", "\n".join([TRAP, *blocks(page, slow=slow), "exit 0"])],
        cwd=folder,
        env={**environment, "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"
    assert "Traceback" not in result.stdout + result.stderr
    return result.stdout


def has_slow_blocks(page):
    """Return whether a page has slow commands."""
    return list(blocks(page, slow=True)) != list(blocks(page, slow=False))


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=page.stem, marks=() if page.stem == "README" else pytest.mark.slow)
        for page in PAGES
        if any(filter(None, blocks(page, slow=False)))
    ],
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
        for block in FENCE.finditer(page.read_text(encoding="utf-8")):
            if block["language"] == "sh" and block["mark"]:
                assert block["mark"] == "slow" or block["mark"].startswith("not run here: "), page.name


def test_a_page_that_misuses_a_command_fails(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```sh\nsource .venv/bin/activate\nkata chekc\nkata --version\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="chekc"):
        run(page, tmp_path)
