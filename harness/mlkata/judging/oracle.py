"""Expected answers: computed by a track's oracle.py, which calls scikit-learn, and cached.

The cache is in memory and, for practice, also on the disk.
A file of the cache is named by a digest of the case's calls, the sources in the oracle's folder and the
versions of numpy and scikit-learn, so that no outdated answer is read. Values are stored in the format of
messages from workers: a JSON header and npy bytes, never pickles.
"""

from __future__ import annotations

import hashlib
import json
import struct
import warnings
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from mlkata import files
from mlkata.tracks import conformance
from mlkata.tracks.arguments import Dist, Result, Rng, record_fields
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Answer, Case, Kind, Raised
from mlkata.worker import npy, wire

_LONGEST_MESSAGE = 200
"""Most characters of an error's message that are kept; reports show it in one line."""


class Oracle:
    """Answers a track's cases with scikit-learn.

    With `keep=False` nothing is stored on disk. Grading uses this, since a submission could read the files.
    """

    def __init__(self, track: Track, *, keep: bool = True) -> None:
        self.track = track
        self.keep = keep
        self._answers: dict[tuple[str, int], Answer] = {}
        versions = f"{version('numpy')} {version('scikit-learn')}"
        digest = hashlib.sha256(versions.encode())
        for path in sorted(track.exercises.glob("*.py")):  # an oracle may import its neighbours
            if path != track.stub:
                digest.update(path.name.encode() + path.read_bytes())
        self._base = digest.digest()

    def answer(self, case: Case) -> Answer:
        """Return the expected answer, which may be an error that the contract demands."""
        key = (case.check.id, case.seed)
        if key not in self._answers:
            answer = self._load(case) if self.keep else self._compute(case)
            contracts = [self.track.contracts[case.steps[index].function] for index in case.fetch]
            pairs = zip(contracts, answer.values, strict=False)  # an answer that is an error has no values
            self._answers[key] = replace(
                answer, values=[conformance.named(contract, value) for contract, value in pairs]
            )
        return self._answers[key]

    def _load(self, case: Case) -> Answer:
        path = files.cache_folder() / "expected" / f"{self._digest(case)}.bin"
        # A truncated or changed file may fail in any of these ways: compute the answer instead.
        with suppress(OSError, npy.ProtocolError, struct.error, ValueError, TypeError, LookupError):
            return _read(path.read_bytes())
        answer = self._compute(case)
        with suppress(OSError):  # a cache that cannot be written only costs time
            _write(path, answer)
        return answer

    def _compute(self, case: Case) -> Answer:
        return answer_with(self.track.oracle, case)

    def _digest(self, case: Case) -> str:
        """Return the key of a case in the cache: 40 hexadecimal digits, so that no two cases share one."""
        arrays: list[Any] = []
        steps = []
        for step in case.steps:
            plain = {name: _plain(value) for name, value in step.arguments.items()}
            steps.append([step.function, {name: wire.pack(value, arrays) for name, value in plain.items()}])
        digest = hashlib.sha256(self._base)
        digest.update(json.dumps([steps, case.fetch]).encode())
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:40]


def answer_with(module: ModuleType, case: Case) -> Answer:
    """Answer a case in this process: with the oracle or one of the kit's solutions, never a submission."""
    results: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for index, step in enumerate(case.steps):
            arguments = {name: _fresh(value, results) for name, value in step.arguments.items()}
            try:
                results.append(getattr(module, step.function)(**arguments))
            except (ValueError, TypeError) as error:
                types = tuple(c.__name__ for c in type(error).__mro__ if c not in (object, BaseException))
                message = str(error).strip().partition("\n")[0][:_LONGEST_MESSAGE]
                raised = Raised(_plain_types(types), message)
                return Answer(Kind.RAISED, raised=raised, message=str(raised), step=index)
    return Answer(Kind.VALUE, [results[index] for index in case.fetch])


def _plain(value: Any) -> Any:
    """Return an argument without its callable: for a `Dist`, which counts distances, the points it holds."""
    return value.points if isinstance(value, Dist) else value


def _fresh(value: Any, results: list[Any]) -> Any:
    """Return an argument as the function gets it: arrays are copied, so that the case cannot be changed.

    An `Rng` becomes a new generator, and a `Result` the result of the earlier call that it stands for.
    """
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    if (fields := record_fields(value)) is not None:
        return type(value)(**{name: _fresh(part, results) for name, part in fields.items()})
    if type(value) in (list, tuple):
        return type(value)(_fresh(part, results) for part in value)
    if isinstance(value, Rng):
        return np.random.default_rng(value.seed)
    return results[value.step] if isinstance(value, Result) else value


def _plain_types(types: tuple[str, ...]) -> tuple[str, ...]:
    """Return an error's types from ValueError on: contracts do not name scikit-learn's subclasses."""
    return types[types.index("ValueError") :] if "ValueError" in types else types


def _write(path: Path, answer: Answer) -> None:
    arrays: list[Any] = []
    trees = [wire.pack(value, arrays) for value in answer.values]
    lengths, body = wire.join(arrays)
    raised = [list(answer.raised.types), answer.raised.message] if answer.raised else None
    header = {"type": "expected", "values": trees, "lengths": lengths, "raised": raised, "step": answer.step}
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not synced: if a crash of the system truncates the file, the answer is computed again.
    files.write(path, wire.frame(header, body), sync=False)


def _read(data: bytes) -> Answer:
    header, body = wire.read_frame(data)
    if header["raised"]:
        raised = Raised(tuple(header["raised"][0]), header["raised"][1])
        return Answer(Kind.RAISED, raised=raised, message=str(raised), step=header["step"])
    arrays = wire.split(header["lengths"], body)
    return Answer(Kind.VALUE, [wire.unpack(tree, arrays) for tree in header["values"]])
