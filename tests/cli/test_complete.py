"""Shell completion: what is offered, and the script that sets it up."""

import shutil
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete
from mlkata.cli.main import cli
from mlkata.tracks import catalogue


def completions(*arguments, begun):
    """Return what the shell offers after these arguments for a word that has been begun."""
    shell = ShellComplete(cli, {}, "kata", "_KATA_COMPLETE")
    return [item.value for item in shell.get_completions(list(arguments), begun)]


@pytest.mark.parametrize(
    ("arguments", "begun", "expected"),
    [
        (("list",), "k", [name for name in catalogue.find() if name.startswith("k")]),
        (("open",), "k", [name for name in catalogue.find() if name.startswith("k")]),
        (("open",), "tree.1", ["tree.1", "tree.10", "tree.11"]),
        (("hint",), "gmm", ["gmm", *(round_.id for round_ in catalogue.get("gmm").rounds)]),
        (
            ("show",),
            "kmeans.1/assign/t",
            [f"kmeans.1/assign/t{ending}" for ending in ("ies", "wo-features", "ies-in-a-square")],
        ),
        (("check", "--case"), "kmeans.1/assign/ties-", ["kmeans.1/assign/ties-in-a-square"]),
        (("show",), "nothing/", []),
    ],
)
def test_tracks_rounds_and_checks_are_offered(arguments, begun, expected):
    """Checks are offered only after a slash, since importing them takes time."""
    assert completions(*arguments, begun=begun) == expected


def test_completing_rounds_does_not_import_numpy():
    """Importing numpy would delay each press of the tab key."""
    code = (
        "import sys; from mlkata.cli import complete; "
        "print(len(complete.rounds(None, None, 'kmeans')), 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    n_rounds = len(catalogue.get("kmeans").rounds)
    assert done.stdout == f"{1 + n_rounds} False\n"  # the track and its rounds


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_valid_in_its_shell(kata, shell):
    """Standard output has the script and nothing else; the next command is on standard error."""
    result = kata("completion", shell)
    assert result.returncode == 0
    assert "_KATA_COMPLETE" in result.stdout
    assert result.stderr.startswith(f"next: kata completion {shell} > ")
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=result.stdout, text=True, check=True)


def test_an_unknown_shell_lists_the_known_ones(kata):
    result = kata("completion", "tcsh")
    assert result.returncode == 2
    assert "'bash', 'zsh', 'fish'" in result.stderr


def test_a_missing_shell_is_an_error_of_one_line(kata):
    result = kata("completion")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith("bash, zsh, fish. Try `kata completion --help`.\n")
