"""`kata report`: progress as text, as a page, and by the command.

`practised` is a workspace after two evenings of practice; tests/practice/progress/conftest.py says what was
done.
"""

import subprocess
import sys

import pytest
import webpage
from mlkata.practice.progress import progress_page, progress_text, totals
from mlkata.practice.workspace import Workspace
from mlkata.tracks import catalogue

SUMMARY = "1 of 2 rounds passed, 21 min of work, 1 hint"


def lines(workspace, width=80):
    """Return the lines that `kata report` prints."""
    return [line.plain for line in progress_text.render(totals.read(workspace), width)]


def test_the_text_shows_rounds_days_and_failures(practised):
    shown = lines(practised)
    assert shown[0] == SUMMARY
    # The columns are round, title, day of passing, minutes worked of those expected, hints.
    assert "toy.1     Sums    2026-11-22   16 of 5       1" in shown
    assert "toy.2     Counts  open          5 of 5       0" in shown
    assert any(
        line.startswith("2026-11-22      15 min  ████") and line.endswith("█  passed toy.1") for line in shown
    )
    assert any(line.startswith("    3 × toy.1/") for line in shown)
    assert max(map(len, shown)) <= 80


def test_the_text_of_a_fresh_workspace_is_short(fresh):
    assert lines(fresh)[0] == "0 of 2 rounds passed, 0 min of work, 0 hints"
    assert len(lines(fresh)) == 4  # the summary, an empty line, the head of the table, the open round


@pytest.mark.parametrize(("minutes", "words"), [(0.4, "0 min"), (59.4, "59 min"), (59.6, "1 h 00 min")])
def test_minutes_become_hours(minutes, words):
    assert progress_text.spent(minutes) == words


def test_the_page_loads_nothing_and_shows_the_same(practised):
    reader = webpage.assert_self_contained(progress_page.render(totals.read(practised)))
    shown = " ".join(reader.words)
    for phrase in (SUMMARY, "2026-11-22: toy.1", "15 min", "still fails", "fixed"):
        assert phrase in shown


def test_the_page_of_a_fresh_workspace_has_no_empty_sections(fresh):
    reader = webpage.assert_self_contained(progress_page.render(totals.read(fresh)))
    assert set(reader.ids) == {"rounds"}


def test_a_browser_shows_it(practised, tmp_path):
    assert "My practice" in webpage.browsed(progress_page.render(totals.read(practised)), tmp_path)


def test_the_command_writes_text_and_page(tmp_path):
    """A page in a folder that does not exist is an error of one line."""
    command = [sys.executable, "-m", "mlkata"]
    Workspace.create(tmp_path / "ws", catalogue.find())

    def run(*arguments):
        return subprocess.run(
            [*command, "report", *arguments], cwd=tmp_path / "ws", capture_output=True, text=True, check=False
        )

    plain = run()
    assert plain.returncode == 0
    n_rounds = len(next(iter(catalogue.find().values())).rounds)  # of the first track, which is open
    assert f"0 of {n_rounds} rounds passed" in plain.stdout
    assert plain.stdout.splitlines()[-1].startswith("next: kata report --html")
    assert run("--html", "report.html").stderr == ""
    assert "<h1>My practice</h1>" in (tmp_path / "ws" / "report.html").read_text(encoding="utf-8")
    refused = run("--html", "no/where.html")
    assert refused.returncode == 2
    assert refused.stderr.startswith("kata: cannot write no/where.html: No such file")
