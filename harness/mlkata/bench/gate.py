"""What costs.py and the rows of a track promise: formulas that can be read, calls that work."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator

import numpy as np

from mlkata.bench import growth, rows
from mlkata.bench.cost import sizes
from mlkata.bench.rows import Row
from mlkata.tracks import catalogue
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Cost, KataError


def problems(track: Track) -> Iterator[str]:
    """Say what is wrong with a track's measurements and rows; it may have neither."""
    for name, count in Counter(cost.function for cost in track.costs).items():
        if count > 1:
            yield f"costs.py measures {name} {count} times: expected one Cost for a function"
    for cost in track.costs:
        yield from _cost_problems(track, cost)
    yield from _row_problems(track)


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
            yield f"{where}: {name} has {low}, {fixed}, {high}: expected lowest, fixed and highest, in this order"
        elif len(sizes(cost, name)) <= growth.FEWEST:
            yield (
                f"{where}: {name} from {low} to {high} has {len(sizes(cost, name))} sizes: expected more than "
                f"{growth.FEWEST}, which a fit needs; widen the range"
            )
    yield from _call_problems(track, cost, where)


def _call_problems(track: Track, cost: Cost, where: str) -> Iterator[str]:
    """Call reference.py with the smallest arguments."""
    lowest = {name: low for name, (low, _, _) in cost.sizes.items()}
    parameters = list(track.contracts[cost.function].signature.parameters)
    reference = catalogue.load_implementation(track.solutions / "reference.py")
    try:
        made = cost.make(np.random.default_rng(0), **lowest)
        in_order = [name for name in parameters if name in made]
        if in_order != list(made):
            yield f"{where}: make gives {', '.join(made)}: expected parameters of the stub, in its order"
        with warnings.catch_warnings(action="ignore"):
            getattr(reference, cost.function)(**made)
    except Exception as error:  # noqa: BLE001 - whatever the track's own code raises
        yield f"{where}: at its lowest sizes {lowest} it raises {type(error).__name__}: {error}; mend costs.py"


def _row_problems(track: Track) -> Iterator[str]:
    """Look at rows of `kata bench`: calls of the contract, or of what fast defines besides."""
    if not track.exercises.is_relative_to(catalogue.data_folder()):
        return  # rows are those of the kit's own tracks
    try:
        listed = list(rows.rows(track.name))
    except KataError:
        return  # a track may have none
    listed += [row for one in rows.crossovers(track.name) for row in one.rows(one.xs[0])]
    for row_id, count in Counter(row.id for row in listed).items():
        if count > 1:
            yield f"row {row_id} occurs {count} times: ids are unique; rename the others"
    for row in listed:
        if row.track != track.name:
            yield f"row {row.id}: expected an id that begins with {track.name}/"
            continue
        for peer in (rows.BASELINE, *row.ours, *row.peers):
            path = rows.peer_path(track.name, peer)
            if not path.exists():
                yield f"row {row.id}: there is no {path.name} for {peer}: write it, or take the name out"
        if not row.ours:
            yield f"row {row.id} compares no solution of ours: name one or more in `ours`"
        elif row.function not in track.contracts and not _defined(track, row):
            yield f"row {row.id}: neither the stub nor {', '.join(row.ours)} has a function {row.function}"


def _defined(track: Track, row: Row) -> bool:
    """Does a solution define the row's function besides those of the stub?"""
    found = (rows.peer_path(track.name, name) for name in row.ours)
    paths = (path for one in found for path in ([one] if one.is_file() else one.rglob("*.py")))
    return any(f"\ndef {row.function}(" in path.read_text(encoding="utf-8") for path in paths)
