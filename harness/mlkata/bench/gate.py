"""Checks a track's costs.py and rows.py: formulas that can be read, calls that work, peers that are right."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import numpy as np

from mlkata.bench import growth
from mlkata.bench.cost import sizes
from mlkata.bench.peers import Peer, rows_of_crossovers
from mlkata.tracks import loading
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Cost, KataError
from mlkata.tracks.rows import BASELINE, Row

_LARGEST = 1 << 20
"""Most bytes of a row's input: with more, reference.py may take minutes."""


def problems(track: Track) -> Iterator[str]:
    """Yield what is wrong with a track's costs and rows; it may have neither."""
    for name, count in Counter(cost.function for cost in track.costs).items():
        if count > 1:
            yield f"costs.py measures {name} {count} times: expected one Cost per function"
    for cost in track.costs:
        yield from _cost_problems(track, cost)
    yield from _row_problems(track)
    yield from _crossover_problems(track)
    yield from _peer_problems(track)
    yield from _baseline_problems(track)


def _cost_problems(track: Track, cost: Cost) -> Iterator[str]:
    where = f"costs.py, {cost.function}"
    if cost.function not in track.contracts:
        yield f"{where}: the stub has no such function: expected one of {', '.join(track.contracts)}"
        return
    for formula in (cost.time, cost.memory):
        try:
            growth.read_claim(formula, list(cost.sizes))
        except KataError as error:
            yield f"{where}: {error}"
    for name, (low, fixed, high) in cost.sizes.items():
        if not 0 < low <= fixed <= high:
            yield f"{where}: {name} has {low}, {fixed}, {high}: expected lowest, fixed and highest size"
        elif len(sizes(cost, name)) <= growth.FEWEST:
            yield (
                f"{where}: {name} from {low} to {high}: expected more than {growth.FEWEST} sizes "
                f"for a fit, got {len(sizes(cost, name))}; widen the range"
            )
    yield from _call_problems(track, cost, where)


def _call_problems(track: Track, cost: Cost, where: str) -> Iterator[str]:
    """Yield what fails if reference.py is called with the smallest arguments."""
    lowest = {name: low for name, (low, _, _) in cost.sizes.items()}
    parameters = list(track.contracts[cost.function].signature.parameters)
    reference = loading.load(track.solutions / "reference.py")
    try:
        arguments = cost.make(np.random.default_rng(0), **lowest)
        in_order = [name for name in parameters if name in arguments]
        if in_order != list(arguments):
            yield f"{where}: make returns {', '.join(arguments)}: expected the stub's parameters, in order"
        with warnings.catch_warnings(action="ignore"):
            getattr(reference, cost.function)(**arguments)
    except Exception as error:  # noqa: BLE001 - the track's code may raise anything
        yield f"{where}: at the sizes {lowest} it raises {type(error).__name__}: {error}; fix costs.py"


def _row_problems(track: Track) -> Iterator[str]:
    """Yield what is wrong with rows, which call a function of the contract or one that a solution adds."""
    listed = [*track.rows, *rows_of_crossovers(track)]
    for row_id, count in Counter(row.id for row in listed).items():
        if count > 1:
            yield f"row {row_id} occurs {count} times: ids are unique; rename the others"
    for row in listed:
        if row.track != track.name:
            yield f"row {row.id}: expected an id that begins with {track.name}/"
        for peer in (BASELINE, *row.peers):
            path = track.benchmarks / f"{peer.replace('-', '_')}.py"
            if not path.is_file():
                yield f"row {row.id} compares {peer}, but {path} is missing: write it"
        if row.function not in track.contracts and not _defined(track, row):
            yield f"row {row.id} calls {row.function}: expected one in stub.py or {', '.join(row.ours)}"


def _defined(track: Track, row: Row) -> bool:
    """Return whether a solution defines the row's function in addition to those of the stub."""
    paths = [path for name in row.ours for path in track.solutions.glob(f"{name}*/*.py")]
    paths += [track.solutions / f"{name}.py" for name in row.ours]
    sources = (path.read_text(encoding="utf-8") for path in paths if path.is_file())
    return any(f"\ndef {row.function}(" in source for source in sources)


def _crossover_problems(track: Track) -> Iterator[str]:
    """Yield the lines of crossovers whose row or peer is missing at some x."""
    for crossover in track.crossovers:
        where = f"crossover {crossover.title!r}"
        for x in crossover.xs:
            compared = crossover.rows(x)
            for name, (number, peer) in crossover.lines.items():
                if not 0 <= number < len(compared):
                    yield f"{where}, {name}: no row {number} at {x}: expected 0 to {len(compared) - 1}"
                elif peer not in (BASELINE, *compared[number].ours, *compared[number].peers):
                    missing = f"at {x}, row {number} has no peer {peer}"
                    yield f"{where}, {name}: {missing}: add {peer} to that row's peers"


def _peer_problems(track: Track) -> Iterator[str]:
    """Yield peers without a VERSION; the files are read as text, since few people have all the libraries."""
    for path in sorted(track.benchmarks.glob("*.py")):
        names = [
            target.id
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        if path.name != "rows.py" and "VERSION" not in names:
            yield f"{path} has no VERSION: add the version of its library, to make figures repeatable"


def _baseline_problems(track: Track) -> Iterator[str]:
    """Compare scikit_learn.py with reference.py, as `kata bench` compares all others with it."""
    paths = (track.solutions / "reference.py", track.benchmarks / "scikit_learn.py")
    if not all(path.is_file() for path in paths):
        return  # reported above, or there are no rows
    reference, baseline = (Peer(path.stem, path, loading.load(path)) for path in paths)
    for row in _smallest_rows(track):
        answers = []
        for peer in (reference, baseline):
            try:
                with warnings.catch_warnings(action="ignore"):
                    answers.append(row.summary(peer.prepare(row, row.make())()))
            except Exception as error:  # noqa: BLE001 - the track's code may raise anything
                yield f"row {row.id}: {peer.path} raises {type(error).__name__}: {error}; fix it, or the row"
                break
        else:
            if message := row.differs(*answers):
                yield f"row {row.id}: reference.py and {baseline.path} differ: {message}; fix one of them"


def _smallest_rows(track: Track) -> list[Row]:
    """Return the row with the smallest input of each function, except large inputs and models to be trained.

    The first row of a crossover has the smallest input, so its model is small too.
    """
    rows = [row for row in track.rows if row.model is None]
    rows += [row for crossover in track.crossovers for row in crossover.rows(min(crossover.xs))]
    by_size = sorted(
        ((_size(list(row.make().values())), row) for row in rows), key=itemgetter(0), reverse=True
    )
    smallest = {row.function: row for size, row in by_size if size <= _LARGEST}
    return [row for function, row in smallest.items() if function in track.contracts]


def _size(value: Any) -> int:
    """Return the bytes of the arrays in an argument."""
    if isinstance(value, list | tuple):
        return sum(map(_size, value))
    return value.nbytes if isinstance(value, np.ndarray) else 0
