"""What a shell completes, and what tells it how."""

import shutil
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete
from mlkata.cli.main import cli
from mlkata.tracks import catalogue


def offered(*arguments, begun):
    shell = ShellComplete(cli, {}, "kata", "_KATA_COMPLETE")
    return [item.value for item in shell.get_completions(list(arguments), begun)]


@pytest.mark.parametrize(
    ("arguments", "begun", "wanted"),
    [
        (("list",), "k", [name for name in catalogue.find() if name.startswith("k")]),
        (("open",), "k", [name for name in catalogue.find() if name.startswith("k")]),
        (("open",), "tree.1", ["tree.1", "tree.10", "tree.11"]),
        (("hint",), "gmm", ["gmm", *(f"gmm.{number}" for number in range(1, 10))]),
        (
            ("show",),
            "kmeans.1/assign/t",
            [f"kmeans.1/assign/t{one}" for one in ("ies", "wo-features", "ies-in-a-square")],
        ),
        (("check", "--case"), "kmeans.1/assign/ties-", ["kmeans.1/assign/ties-in-a-square"]),
        (("show",), "nothing/", []),
    ],
)
def test_tracks_rounds_and_checks_are_offered(arguments, begun, wanted):
    """Checks once there is a slash: they take time to import."""
    assert offered(*arguments, begun=begun) == wanted


def test_no_arrays_are_imported_for_rounds():
    """Whoever presses the tab key does not wait."""
    code = (
        "import sys; from mlkata.cli import complete; "
        "print(len(complete.rounds(None, None, 'kmeans')), 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "10 False\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_what_the_shell_reads(kata, shell):
    """Standard output has the script and nothing else; the next command stands beside."""
    result = kata("completion", shell)
    assert result.returncode == 0
    assert "_KATA_COMPLETE" in result.stdout
    assert result.stderr.startswith(f"next: kata completion {shell} > ")
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=result.stdout, text=True, check=True)


def test_no_such_shell(kata):
    """It says which there are."""
    result = kata("completion", "tcsh")
    assert result.returncode == 2
    assert "'bash', 'zsh', 'fish'" in result.stderr


def test_which_shell(kata):
    """Nobody's guess: it is asked for, in one line."""
    result = kata("completion")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith("bash, zsh, fish. Try `kata completion --help`.\n")
