"""Find problems in what a track measures; `kata author verify` prints them.

A track may have two files for measurements. costs.py says how a function's time and memory are measured and
how those of a good solution grow. rows.py lists the calls that `kata bench` compares, and the peers to
compare: the kit's own solutions, scikit-learn (the baseline) and other libraries.
"""

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
"""The most bytes of a row's input that is run here: with more, reference.py may take minutes."""


def problems(track: Track) -> Iterator[str]:
    """Yield what is wrong with a track's costs and rows, a line each; a track may have neither."""
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
            yield f"{where}: {name} has {low}, {fixed}, {high}: expected 0 < lowest <= fixed <= highest"
        elif len(sizes(cost, name)) <= growth.FEWEST:  # one to spare: a fit ignores very short calls
            yield (
                f"{where}: {name} from {low} to {high}: expected more than {growth.FEWEST} sizes "
                f"for a fit, got {len(sizes(cost, name))}; widen the range"
            )
    yield from _call_problems(track, cost, where)


def _call_problems(track: Track, cost: Cost, where: str) -> Iterator[str]:
    """Yield what is wrong with the arguments that a Cost makes: call reference.py with the smallest ones."""
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
    """Yield what is wrong with the ids, peers and functions of rows.

    A row calls a function of the stub, or one that a solution defines besides.
    """
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
    """Return whether one of the row's solutions, a file or a package, defines the row's function."""
    paths = [path for name in row.ours for path in track.solutions.glob(f"{name}*/*.py")]
    paths += [track.solutions / f"{name}.py" for name in row.ours]
    sources = (path.read_text(encoding="utf-8") for path in paths if path.is_file())
    return any(f"\ndef {row.function}(" in source for source in sources)


def _crossover_problems(track: Track) -> Iterator[str]:
    """Yield what is missing for the lines of crossovers, plots of times over a size x: a row or a peer."""
    for crossover in track.crossovers:
        where = f"crossover {crossover.title!r}"
        for x in crossover.xs:
            compared, at = crossover.rows(x), f"at {crossover.x} = {x}"
            for name, (index, peer) in crossover.lines.items():
                if not 0 <= index < len(compared):
                    expected = f"expected an index from 0 to {len(compared) - 1}"
                    yield f"{where}, line {name!r}: {at}, rows(x) returns no row {index}: {expected}"
                elif peer not in (BASELINE, *compared[index].ours, *compared[index].peers):
                    missing = f"{at}, row {index} has no peer {peer}"
                    yield f"{where}, line {name!r}: {missing}: add {peer} to that row's peers"


def _peer_problems(track: Track) -> Iterator[str]:
    """Yield the files of peers without a VERSION.

    Files are parsed, not imported, since few people have installed all libraries.
    """
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
    """Yield the rows on which scikit_learn.py and reference.py differ.

    `kata bench` compares the answers of all peers with those of scikit_learn.py.
    """
    paths = (track.solutions / "reference.py", track.benchmarks / "scikit_learn.py")
    if not all(path.is_file() for path in paths):
        return  # a missing file has been reported by _row_problems, or the track has no rows
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
    """Return for each function of the stub the row with the smallest input.

    Rows with a large input are left out, and so are rows with a model to be trained, which may take long. The
    rows of a crossover at its smallest x are taken even with a model, since that model is small too.
    """
    rows = [row for row in track.rows if row.model is None]
    rows += [row for crossover in track.crossovers for row in crossover.rows(min(crossover.xs))]
    sizes_and_rows = [(_size(list(row.make().values())), row) for row in rows]
    largest_first = sorted(sizes_and_rows, key=itemgetter(0), reverse=True)
    # Of several rows with the same function, the last one stays in the dictionary: the smallest.
    smallest = {row.function: row for size, row in largest_first if size <= _LARGEST}
    return [row for function, row in smallest.items() if function in track.contracts]


def _size(value: Any) -> int:
    """Return the bytes of all arrays in an argument, which may be an array or nested lists and tuples."""
    if isinstance(value, list | tuple):
        return sum(map(_size, value))
    return value.nbytes if isinstance(value, np.ndarray) else 0
