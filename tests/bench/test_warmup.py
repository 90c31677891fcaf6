"""`kata warmup` compiles our numba solutions ahead of use."""

import os
import shutil
import subprocess
import sys

import pytest
from mlkata.bench import warmup
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError

from tests.support import MINIATURE

pytestmark = pytest.mark.slow  # compiles in fresh processes

SOURCE = """
import numpy as np
from numba import njit

@njit(cache=True)
def _twice(x):
    return 2 * x

def double(x):
    return _twice(x)

def pair(x, k=2):
    return np.argmax(x, axis=1), np.zeros((k, x.shape[1]))

def total(x):
    if not len(x):
        raise ValueError("nothing to sum")
    return x.sum()

def draw(n, rng):
    return rng.random(n)

def root(x):
    return np.count_nonzero(x > 0)
"""
COSTS = """
from mlkata.authoring import Cost

COSTS = (
    Cost(
        "double",
        time="n",
        memory="n",
        sizes={"n": (8, 8, 64)},
        make=lambda rng, n: {"x": rng.random(n).astype("float32")},
    ),
)
"""
CALL_AND_COUNT = """
import numpy as np, sys
from pathlib import Path
from mlkata.tracks import loading
module = loading.load(Path(sys.argv[1]))
for dtype in (float, np.float32):
    module.double(np.ones(3, dtype))
stats = module._twice.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


@pytest.fixture
def track(tmp_path, monkeypatch):
    """Return a copy of the miniature track with a fast solution and costs."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    for folder in ("exercises", "solutions"):
        shutil.copytree(MINIATURE / folder / "toy", tmp_path / folder / "toy")
    (tmp_path / "solutions" / "toy" / "fast.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "exercises" / "toy" / "costs.py").write_text(COSTS, encoding="utf-8")
    return catalogue.read(tmp_path / "exercises" / "toy")


def test_the_next_process_loads_everything_from_the_cache(track):
    """The checks call with float64, the costs with float32: both are compiled.

    The next process prints how many of its two calls found their code in the cache, and how many did not.
    """
    steps = []
    warmup.warm(track, track.solutions / "fast.py", lambda: steps.append(1))
    assert len(steps) == warmup.count(track) == len(track.checks) + 1  # one for n, the only size in COSTS
    command = [sys.executable, "-c", CALL_AND_COUNT, str(track.solutions / "fast.py")]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    assert run.stdout.split() == ["2", "0"]


def test_only_files_with_numba_are_compiled(track):
    assert warmup.files(track) == [track.solutions / "fast.py"]


def test_a_file_that_fails_is_an_error_of_one_line(track):
    path = track.solutions / "fast.py"
    path.write_text("import numba\nraise OSError('no disk')\n", encoding="utf-8")
    with pytest.raises(KataError, match=r"fast\.py cannot be compiled: OSError: no disk"):
        warmup.warm(track, path)
