"""Runs the command line as people do: as a process, in a folder."""

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
    # Started in the background of a shell: what we start would be deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """A cache of expected values that the tests share and nobody else sees."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def kata_in(cache) -> Callable[[Path], Run]:
    """Give what runs `kata` in a folder, and gives what it printed and its status."""

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
                timeout=600,
                check=False,
            )

        return run

    return within


@pytest.fixture
def kata(tmp_path, kata_in) -> Run:
    """Run `kata` in a folder, `tmp_path` unless told, and give what it printed and its status."""
    return kata_in(tmp_path)


@pytest.fixture
def here(tmp_path, monkeypatch, capsys):
    """Run `kata` in this process, in `tmp_path`: status and what it printed, where no code is judged."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)  # it would be that of all tests

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["kata", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.main()
        return ended.value.code, capsys.readouterr()

    return run


@pytest.fixture
def reference() -> Path:
    """Our readable solution of k-means."""
    return catalogue.get("kmeans").solutions / "reference.py"


@pytest.fixture
def stub() -> Path:
    """The stub of k-means."""
    return catalogue.get("kmeans").stub


@pytest.fixture
def wrong(tmp_path, reference) -> Path:
    """A k-means that gives an empty cluster NaN: one of our own mutants."""
    from mlkata.tracks import mutants

    track = catalogue.get("kmeans")
    path = tmp_path / "wrong.py"
    path.write_text(mutants.get(track, "zero-when-empty").source(reference.read_text()))
    return path
