"""Compiles our numba solutions ahead, so that their first calls start warm: `kata warmup`.

A process of its own calls every function of one solution, on the inputs of seed 0 and on growing ones,
since some kernels are for large inputs only. Numba keeps what it has compiled beside the file, or, where
that folder cannot be written, in the user's own cache folder.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from mlkata.bench import cost
from mlkata.judging.oracle import answer_with
from mlkata.tracks import catalogue, drawing, loading
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Cost, KataError
from mlkata.worker.runner import ours

_LONGEST = 0.5
"""Seconds: no larger input is made once a call has taken as long."""


def files(track: Track) -> list[Path]:
    """List the solutions that numba compiles."""
    return [path for path in track.solution_files() if ours(path).numba]


def count(track: Track) -> int:
    """Say how many steps warming one file has: one for each check, one for each size that can be swept."""
    return len(track.checks) + sum(len(one.sizes) for one in track.costs)


def warm(track: Track, path: Path, on_step: Callable[[], None] = lambda: None) -> float:
    """Compile one solution; give the seconds that took. `on_step` hears of each step.

    Raises KataError where the file cannot be run.
    """
    command = [sys.executable, "-m", "mlkata.bench.warmup", str(track.exercises), str(path)]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - both are pipes
            assert process.stderr is not None  # noqa: S101
            for _ in process.stdout:
                on_step()
            said = process.stderr.read().strip()
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise KataError(f"{path} cannot be compiled: {said.splitlines()[-1] if said else process.returncode}")
    return time.perf_counter() - started


def _main(exercises: str, file: str) -> None:
    """Call every function of one solution; write a line for each step."""
    track = catalogue.read(Path(exercises))
    module = loading.load(Path(file))
    for check in track.checks:
        answer_with(module, drawing.draw(check, 0))
        print(check.id, flush=True)  # noqa: T201 - the parent counts these
    for one in track.costs:
        for size in one.sizes:
            _grow(module, one, size)
            print(one.function, size, flush=True)  # noqa: T201


def _grow(module: ModuleType, one: Cost, size: str) -> None:
    """Call a function on larger and larger inputs, as long as a call is short."""
    for arguments in _arguments(one, size):
        started = time.perf_counter()
        getattr(module, one.function)(**arguments)
        if time.perf_counter() - started > _LONGEST:
            break


def _arguments(one: Cost, size: str) -> Iterator[dict[str, Any]]:
    import numpy as np

    fixed = {name: middle for name, (_, middle, _) in one.sizes.items()}
    for value in cost.sizes(one, size):
        yield dict(one.make(np.random.default_rng(0), **{**fixed, size: value}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
