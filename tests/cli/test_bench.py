"""`kata bench TRACK --function F`, as people type it."""

import pytest


@pytest.fixture
def file(tmp_path):
    """A file with an assign that holds one table of distances."""
    path = tmp_path / "mine.py"
    path.write_text(
        "import numpy as np\n\n\n"
        "def assign(X, centers):\n"
        "    return ((centers**2).sum(axis=1) - 2 * (X @ centers.T)).argmin(axis=1)\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(("claim", "status"), [("n*k", 0), ("n*k*d", 1)])
def test_memory_is_held_against_a_claim(kata, file, claim, status):
    """Memory is traced: the same on any machine, however busy."""
    done = kata(
        "bench", "kmeans", "--function", "assign", "--submission", file, "--claim", f"memory: {claim}"
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert f"you claimed {claim}: {'disagree' if status else 'agree'}" in done.stdout
    assert done.stdout.splitlines()[-1] == "next: kata check kmeans"
    assert "\x1b" not in done.stdout


def test_bad_usage_gets_one_line(kata, file):
    """What was expected, what came, what to do."""
    for arguments, said in (
        ((), "which function? expected `kata bench TRACK --function F`"),
        (("--function", "merge"), "no measurement of 'merge': expected"),
        (("--function", "assign", "--claim", "n*k"), "claim 'n*k': expected `time: …, memory: …`"),
        (("--function", "assign", "--claim", "time: n*q"), "claim 'n*q': 'q' is unknown;"),
    ):
        done = kata("bench", "kmeans", *arguments, "--submission", file)
        assert done.returncode == 2
        assert done.stderr.startswith(f"kata: {said}")
        assert done.stderr.count("\n") == 1
