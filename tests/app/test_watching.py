"""The application of `kata watch`: its panes, its keys, its sizes, and a real start on a terminal."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress

import pytest
from support import MINIATURE

from harness import tracks
from harness.app.watching import Watching
from harness.practice.checking import Practice
from harness.practice.saves import Judged, Refused, Saves
from harness.practice.workspace import Workspace

RIGHT = "def count(labels, k):\n    return [int((labels == one).sum()) for one in range(k)]\n"


@pytest.fixture(scope="module")
def toy():
    return tracks.read(MINIATURE / "exercises" / "toy")


@pytest.fixture
def workspace(tmp_path, toy, monkeypatch):
    """A workspace whose first round has stubs."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Workspace.create(tmp_path / "work", {"toy": toy})
