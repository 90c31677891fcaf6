"""Checks the checks of a track, each of which is a rule and the inputs that test it.

Rules must be quoted from contracts (docstrings of the stub), checks must be in order, and inputs must depend
on the seed and on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mlkata.judging.oracle import Oracle
from mlkata.tracks import drawing
from mlkata.tracks.arguments import Dist, Rng, record_fields
from mlkata.tracks.catalogue import Track
from mlkata.tracks.compare import Outputs
from mlkata.tracks.model import Check, Kind


def problems(track: Track) -> Iterator[str]:
    """Yield what is wrong with the checks."""
    for check in track.checks:
        if not track.contracts[check.function].states(check.rule):
            yield (
                f"check {check.id}: the contract of {check.function} does not say {check.rule!r}: "
                "quote its docstring, or a note of a later round"
            )
    yield from _order_problems(track)
    oracle = Oracle(track, keep=False)  # stores no answers on the disk
    for check in track.checks:
        name_problems = list(_name_problems(check, track))
        yield from name_problems or _input_problems(check, oracle)


def _order_problems(track: Track) -> Iterator[str]:
    """Yield checks that are out of order. A report shows the first failure, so simple checks come first."""
    functions = list(track.contracts)
    positions = [
        (track.round(check.round_id).number, functions.index(check.function)) for check in track.checks
    ]
    for check, previous, position in zip(track.checks[1:], positions, positions[1:], strict=False):
        if position < previous:
            yield (
                f"check {check.id} comes too late: expected the order of the rounds, and within a round "
                "the order of the stub's functions; move it up"
            )


def _name_problems(check: Check, track: Track) -> Iterator[str]:
    """Yield arguments and outputs of a check that the contract does not have."""
    try:
        case = drawing.draw(check, 0)
    except RuntimeError:
        return  # reported by `_input_problems`
    for step in case.steps:
        parameters = track.contracts[step.function].signature.parameters
        for name in step.arguments:
            if name not in parameters:
                yield f"check {check.id} calls {step.function}({name}=…): expected {', '.join(parameters)}"
    if isinstance(check.judge, Outputs):
        compared = check.judge.comparators
        # `fetch` has the indices of the steps whose results are compared.
        for function in dict.fromkeys(case.steps[index].function for index in case.fetch):
            names = track.contracts[function].output_names
            if compared.keys() != set(names):
                yield (
                    f"check {check.id} compares the outputs {', '.join(compared)}: {function} returns "
                    f"{', '.join(names)}; name all of these; `anything` accepts any value"
                )


def _input_problems(check: Check, oracle: Oracle) -> Iterator[str]:
    """Draw a case twice at seed 0 and once at seed 1; inputs must depend on the seed, and on nothing else.

    A submission could hard-code answers to inputs that never change. These are accepted only if the contract
    demands an error for them, i.e. if the oracle raises one. A check's audit refuses inputs with several
    right answers; `drawing.draw` raises RuntimeError if the audit refuses every input.
    """
    try:
        case, same_seed, other_seed = (drawing.draw(check, seed) for seed in (0, 0, 1))
    except RuntimeError as error:
        yield f"{error}: loosen the audit, or draw inputs that it accepts"
        return
    inputs, same_seed_inputs, other_seed_inputs = (
        [_plain(value) for step in drawn.steps for value in step.arguments.values()]
        for drawn in (case, same_seed, other_seed)
    )
    if inputs != same_seed_inputs:
        yield f"check {check.id} draws different inputs at the same seed: draw all of them from rng"
    # Without `expects`, a check has no expected answer, and so no expected error either.
    elif inputs == other_seed_inputs and (not check.expects or oracle.answer(case).kind is Kind.VALUE):
        yield f"check {check.id} draws the same inputs at seeds 0 and 1: draw some of them from rng"


def _plain(value: Any) -> Any:
    """Return the parts of an argument that may depend on the seed, in a form that can be compared."""
    if isinstance(value, Dist):
        return _plain(value.points)
    if isinstance(value, Rng):
        return value.seed
    if record_fields(value) is not None or isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, np.ndarray) and value.dtype != object:
        return (value.shape, value.tobytes())
    return repr(value)
