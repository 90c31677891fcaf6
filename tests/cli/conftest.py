"""Fixtures that run the command line as a process in a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mlkata.cli import main
from mlkata.tracks import catalogue

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts background processes with SIGINT ignored. The processes of tests would inherit that, and
    # sending them Ctrl-C would show nothing.
    signal.signal(signal.SIGINT, signal.default_int_handler)

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Return a folder for the kit's cache, shared by these tests; the user's cache stays as it is."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def kata_in(cache) -> Callable[[Path], Run]:
    """Return a function that makes a `kata` runner for a folder.

    Keywords of the runner are environment variables, except `cwd`, which is another folder to run in.
    """

    def within(folder: Path) -> Run:
        def run(*arguments: object, cwd: Path = folder, **extra: str) -> subprocess.CompletedProcess[str]:
            environment = {
                **os.environ,
                "XDG_CACHE_HOME": str(cache),
                "COLUMNS": "80",
                **extra,
            }
            return subprocess.run(
                [sys.executable, "-m", "mlkata", *map(str, arguments)],
                cwd=cwd,
                env=environment,
                capture_output=True,
                text=True,
                timeout=3000,
                check=False,
            )

        return run

    return within


@pytest.fixture
def kata(tmp_path, kata_in) -> Run:
    """Return a function that runs `kata` in `tmp_path` and returns the completed process.

    `cwd` names another folder to run in; other keywords are environment variables.
    """
    return kata_in(tmp_path)


@pytest.fixture
def invoke(tmp_path, monkeypatch, capsys):
    """Return a function that runs `kata` in this process, and returns its status and output.

    It starts no interpreter and is therefore fast. Use it for commands that judge nothing.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)  # main's call would affect later tests

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["kata", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.main()
        return ended.value.code, capsys.readouterr()

    return run


@pytest.fixture
def reference() -> Path:
    """Return the path of our readable k-means solution."""
    return catalogue.get("kmeans").solutions / "reference.py"


@pytest.fixture
def stub() -> Path:
    """Return the path of the k-means stub."""
    return catalogue.get("kmeans").stub


@pytest.fixture
def wrong(tmp_path, reference) -> Path:
    """Return the path of a wrong k-means, one of our mutants: its empty clusters jump to the origin."""
    from mlkata.tracks import mutants

    track = catalogue.get("kmeans")
    path = tmp_path / "wrong.py"
    path.write_text(mutants.get(track, "zero-when-empty").source(reference.read_text()))
    return path
