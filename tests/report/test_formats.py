"""The options `--as FORMAT=FILE` and `--json FILE`: each format goes to its file; bad options are refused."""

from __future__ import annotations

import pytest
import sample_reports as samples
from mlkata.report import formats
from mlkata.report.formats import Target
from mlkata.tracks.model import KataError


def test_options_become_targets():
    """A file's name may contain equals signs; - is standard output."""
    assert formats.read(["junit=a=b.xml", "github=-"]) == [Target("junit", "a=b.xml"), Target("github", "-")]
    assert formats.read(["github=-"], json_file="a.json") == [Target("github", "-"), Target("json", "a.json")]
    assert formats.read([]) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["xunit=a"], "unknown format 'xunit': expected one of junit, gradescope, exercism, github"),
        (["junit"], "'junit' names no file: expected FORMAT=FILE, such as junit=report.xml"),
        (["junit="], "'junit=' names no file: expected FORMAT=FILE, such as junit=report.xml"),
        (["junit=missing/a.xml"], "no folder missing: expected an existing folder for a.xml"),
        (["junit=."], ". is a folder: expected a file to write"),
        (["junit=-"], "junit cannot go to standard output: expected a file, such as junit=results"),
        (["json=a.json"], "--as json=a.json: expected --json a.json"),
        (["gradescope=a", "junit=a"], "a is named for two formats: expected a file for each"),
    ],
)
def test_bad_options_are_errors_of_one_line(tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KataError) as error:
        formats.read(options)
    assert str(error.value) == message


def test_a_file_that_cannot_be_written_is_an_error_of_one_line(tmp_path):
    """Here its folder is removed after the options have been read."""
    (tmp_path / "gone").mkdir()
    file = tmp_path / "gone" / "a.xml"
    targets = formats.read([f"junit={file}"])
    (tmp_path / "gone").rmdir()
    with pytest.raises(KataError, match=rf"^cannot write {file}: No such file or directory$"):
        formats.write(targets, samples.all_sorts(), tmp_path / "kmeans.py")


def test_annotations_name_the_file_from_the_root_of_the_repository(tmp_path, monkeypatch, capsys):
    """They also have the line of the function. The summary is added to what earlier commands wrote."""
    file = tmp_path / "week 1" / "kmeans.py"
    file.parent.mkdir()
    file.write_text("# mine\ndef assign(X, centers):\n    pass\n")
    (tmp_path / "summary.md").write_text("before\n")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.chdir(file.parent)
    formats.write(formats.read(["github=-"]), samples.all_sorts(), file)
    assert "::error file=week 1/kmeans.py,line=2,title=" in capsys.readouterr().out
    assert (tmp_path / "summary.md").read_text().startswith("before\n### kmeans")
