"""Compile our numba solutions in advance, so that their first calls are fast: `kata warmup`.

For each solution, a new process (`_main`) calls every function on the inputs of all checks at seed 0. It also
calls the functions with a measured cost on growing inputs, since some code is used, and so compiled, for
large inputs only. Numba caches compiled code beside the file or, if that folder cannot be written, in the
user's cache folder.
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
from mlkata.worker.isolation import describe_exit
from mlkata.worker.runner import ours

_LONGEST = 0.5
"""Seconds: inputs stop growing once a call takes longer."""


def files(track: Track) -> list[Path]:
    """Return the solutions that numba compiles, i.e. those whose source uses it."""
    return [path for path in track.solution_files() if ours(path).numba]


def count(track: Track) -> int:
    """Return the number of steps of `warm`: one for each check, and each size (n, …) of a measured cost."""
    return len(track.checks) + sum(len(cost_.sizes) for cost_ in track.costs)


def warm(track: Track, path: Path, on_step: Callable[[], None] = lambda: None) -> float:
    """Compile one solution and return the seconds that it took; `on_step` is called after each step.

    Raise KataError if the file cannot be run.
    """
    command = [sys.executable, "-m", "mlkata.bench.warmup", str(track.exercises), str(path)]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - both are pipes
            assert process.stderr is not None  # noqa: S101
            for _ in process.stdout:
                on_step()
            errors = process.stderr.read().strip()
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        reason = errors.splitlines()[-1] if errors else describe_exit(process.returncode)
        raise KataError(f"{path} cannot be compiled: {reason}")
    return time.perf_counter() - started


def _main(exercises: str, file: str) -> None:
    """Call every function of one solution; print a line for each step."""
    track = catalogue.read(Path(exercises))
    module = loading.load(Path(file))
    for check in track.checks:
        answer_with(module, drawing.draw(check, 0))
        print(check.id, flush=True)  # noqa: T201 - the parent counts these
    for cost_ in track.costs:
        for size in cost_.sizes:
            _grow(module, cost_, size)
            print(cost_.function, size, flush=True)  # noqa: T201


def _grow(module: ModuleType, cost_: Cost, size: str) -> None:
    """Call a function on larger and larger inputs while its calls are short."""
    for arguments in _arguments(cost_, size):
        started = time.perf_counter()
        getattr(module, cost_.function)(**arguments)
        if time.perf_counter() - started > _LONGEST:
            break


def _arguments(cost_: Cost, size: str) -> Iterator[dict[str, Any]]:
    """Yield arguments in which one size grows and the others are fixed."""
    import numpy as np

    fixed = {name: middle for name, (_lowest, middle, _highest) in cost_.sizes.items()}
    for value in cost.sizes(cost_, size):
        yield dict(cost_.make(np.random.default_rng(0), **{**fixed, size: value}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
