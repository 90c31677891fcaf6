"""Arguments of the command line become submissions: entries with an id, and a source or the reason why not.

The tests use the miniature track `toy`, so a submission is best called toy.py.
"""

import os
from pathlib import Path

import pytest
from mlkata.grading import sources
from mlkata.judging.judge import MAX_SOURCE
from mlkata.tracks.model import KataError

SOURCE = b"def double(x):\n    return 2 * x\n"


@pytest.fixture
def put(tmp_path, monkeypatch):
    """Return a function `put("a/b.py")` that writes files below a new current folder."""
    monkeypatch.chdir(tmp_path)

    def write(*names, data=SOURCE):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    return write


@pytest.fixture
def ids(toy):
    """Return a function `ids("folder")` that returns the sorted ids of the submissions."""
    return lambda *arguments: sorted(entry.id for entry in sources.collect(arguments, toy))


@pytest.fixture
def problem(toy):
    """Return a function `problem("folder")` that returns the error of reading the only submission."""

    def read(*arguments):
        [entry] = sources.collect(arguments, toy)
        with pytest.raises(KataError) as caught:
            entry.read()
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return read


def test_a_file_is_read_after_it_is_collected(put, toy):
    """So ten thousand sources need not fit into memory."""
    put("alice.py", data=b"old")
    [entry] = sources.collect(["alice.py"], toy)
    put("alice.py")
    assert (entry.id, entry.name, entry.origin, entry.read()) == ("alice", "alice.py", "alice.py", SOURCE)


def test_the_id_is_the_path_in_the_cohort_without_toy(put, ids):
    """A file toy.py or toy.ipynb has the id of its folder, whether folders, files or globs are named."""
    put("subs/alice/toy.py", "subs/bob.py", "subs/group/carol/toy.ipynb", "subs/dan/other.py")
    expected = ["alice", "bob", "dan/other", "group/carol"]
    assert ids("subs") == expected
    assert ids("subs/alice", "subs/bob.py") == ["alice", "bob"]
    assert ids("subs/*.py", "subs/*/toy.py") == ["alice", "bob"]
    assert ids("subs/alice/toy.py") == ["alice"]
    assert ids(str(Path("subs").resolve() / "*" / "toy.py")) == ["alice"]


def test_a_file_may_have_a_name_that_looks_like_a_glob(put, ids):
    put("toy[1].py")
    assert ids("toy[1].py") == ["toy[1]"]


def test_tests_and_files_that_tools_leave_behind_are_not_submissions(put, ids):
    put("s/alice.py", "s/test_alice.py", "s/conftest.py", "s/.git/x.py", "s/__pycache__/x.py", "s/._alice.py")
    put("s/.ipynb_checkpoints/toy.ipynb", "s/__init__.py", "s/README.md")
    assert ids("s") == ["alice"]


def test_the_error_of_two_submissions_with_one_id_names_both(put, ids):
    put("a/x.py", "b/x.py")
    with pytest.raises(KataError, match=r"the id 'x': a/x\.py and b/x\.py"):
        ids("a", "b")


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("nothing.py", "no file or folder nothing.py: expected .py, .ipynb, .zip or .jsonl files"),
        ("no*.py", r"no file or folder no\*.py"),
        ("empty", "no submission in empty: expected .py"),
        ("notes.txt", "notes.txt is not a submission: expected .py"),
        ("x" * 5000, "no file or folder xxx"),
        ("a\0b", r"no file or folder a\\x00b"),
    ],
)
def test_an_argument_without_a_submission_is_an_error(put, ids, argument, message):
    put("empty/README.md", "notes.txt")
    with pytest.raises(KataError, match=message):
        ids(argument)


def test_links_are_followed_only_within_the_folder(put, toy, tmp_path):
    put("outside.py", "s/real/toy.py")
    (tmp_path / "s/away.py").symlink_to(tmp_path / "outside.py")
    (tmp_path / "s/etc").symlink_to("/etc")
    (tmp_path / "s/inside.py").symlink_to("real/toy.py")
    (tmp_path / "s/broken.py").symlink_to("nowhere.py")
    (tmp_path / "s/loop.py").symlink_to("loop.py")
    contents = {}
    for entry in sources.collect(["s"], toy):
        try:
            contents[entry.id] = entry.read()
        except KataError as error:
            contents[entry.id] = str(error)
    assert contents == {
        "away": "a link that leaves the folder: expected a regular file",
        "etc": "a link that leaves the folder: expected a regular file",
        "inside": SOURCE,
        "real": SOURCE,
        "broken": "cannot be read: No such file or directory",
        "loop": "cannot be read: Too many levels of symbolic links",
    }


def test_a_pipe_is_refused_without_waiting(put, problem, tmp_path):
    put("s/notes.txt")
    os.mkfifo(tmp_path / "s/alice.py")
    assert problem("s") == "expected a regular file, found a folder, pipe or device"


def test_a_file_that_becomes_a_link_after_it_is_collected_is_not_read(put, toy, tmp_path):
    """It is opened without following links, so the system counts one link as too many."""
    put("s/alice.py", "secret.py")
    [entry] = sources.collect(["s"], toy)
    (tmp_path / "s/alice.py").unlink()
    (tmp_path / "s/alice.py").symlink_to(tmp_path / "secret.py")
    with pytest.raises(KataError, match="Too many levels of symbolic links"):
        entry.read()


def test_a_file_of_more_than_a_mebibyte_is_refused(put, problem):
    put("s/alice.py", data=b"#" * (MAX_SOURCE + 1))
    assert problem("s") == "more than 1048576 bytes, the most that a submission may have"


def test_control_characters_in_names_are_escaped_and_invalid_utf_8_is_refused(put, toy, tmp_path):
    put("s/x\x1b[2J\n.py")
    try:
        (tmp_path / "s" / os.fsdecode(b"\xff.py")).write_bytes(SOURCE)
    except OSError:
        pytest.skip("this file system takes no such name")
    escaped, invalid = sources.collect(["s"], toy)
    assert escaped.id == "x\\x1b[2J\\n"
    assert invalid.id == "\\udcff"
    with pytest.raises(KataError, match="its name is not UTF-8"):
        invalid.read()
    assert all(entry.origin.isprintable() and entry.name.isprintable() for entry in (escaped, invalid))


def test_folders_may_be_nested_1200_deep(put, ids, tmp_path):
    """Python allows a recursion of about 1000 calls."""
    folders = [tmp_path / "s" / ("d/" * depth) for depth in range(1200)]
    for folder in folders:
        folder.mkdir()
    (folders[-1] / "alice.py").write_bytes(SOURCE)
    try:
        assert ids("s") == ["d/" * 1199 + "alice"]
    finally:  # pytest's removal of the folder would fail at this depth
        (folders[-1] / "alice.py").unlink()
        for folder in reversed(folders):
            folder.rmdir()


def test_an_unreadable_folder_is_an_entry(put, problem, tmp_path, monkeypatch):
    put("s/closed/alice.py")
    scandir_of_os = os.scandir

    def scandir(folder):
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir_of_os(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    assert problem("s") == "a folder that cannot be read: Permission denied"


def test_a_single_submission_may_have_any_name(put, toy):
    """Of several sources toy.py is taken; if none can be chosen, the error lists the files."""
    put("s/data.csv")
    with pytest.raises(KataError, match=r"expected one .py or .ipynb file, or toy.py among them, got data"):
        sources.single(Path("s"), toy).read()
    put("s/homework (3).py")
    assert sources.single(Path("s"), toy).read() == SOURCE
    put("s/helper.py")
    with pytest.raises(KataError, match=r"expected one .py or .ipynb file, or toy.py among them, got hel"):
        sources.single(Path("s"), toy).read()
    put("s/toy.py", data=b"in toy.py")
    assert sources.single(Path("s"), toy).read() == b"in toy.py"
    with pytest.raises(KataError, match="no folder nowhere"):
        sources.single(Path("nowhere"), toy)
