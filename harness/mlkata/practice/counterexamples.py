"""The smallest failing input of each check, kept in `.kata/counterexamples` and judged again."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlkata import files
from mlkata.judging import shrink
from mlkata.tracks.arguments import Rng
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Case, Status, Verdict
from mlkata.worker import npy, wire


class Counterexamples:
    """The inputs of one track, one for each check and seed, in the worker's own format."""

    def __init__(self, workspace: Path, track: Track) -> None:
        self.folder = workspace / ".kata" / "counterexamples"
        self.track = track

    def replayed(self, verdict: Verdict, answer: shrink.Answers) -> Verdict | None:
        """Return the verdict on the input kept for a verdict's check, or None if there is no fair one."""
        case = verdict.case
        if case is None or not (verdict.status is Status.PASS or shrink.can_shrink(verdict)):
            return None
        smaller = self._read(case) if shrink.reducible(case) else None
        if smaller is None:
            return None
        judged = shrink.make_judge(case, self.track, lambda candidate: answer(candidate, shrink.SECONDS))
        result = judged(smaller) if judged else None
        return replace(result, replay=verdict.replay, seconds=verdict.seconds) if result else None

    def smallest(self, verdict: Verdict, answer: shrink.Answers) -> Verdict:
        """Return the verdict on the smallest failing input that the search finds, and keep that input.

        The search starts from the input kept before, so that one bug keeps its input.
        """
        before = self.replayed(verdict, answer) if shrink.can_shrink(verdict) else None
        start = before if before and before.status is Status.FAIL else verdict
        smallest = shrink.smaller(start, self.track, answer)
        if smallest.case is not None and smallest.case is not verdict.case:
            with suppress(OSError):  # if it cannot be written, the next search finds it again
                self._write(smallest.case)
        return smallest

    def _path(self, case: Case) -> Path:
        return self.folder / f"{case.check.id.replace('/', '_')}-{case.seed}.bin"

    def _write(self, case: Case) -> None:
        arrays: list[Any] = []
        tree = wire.pack(_own(case), arrays)
        lengths, body = wire.join(arrays)
        self.folder.mkdir(parents=True, exist_ok=True)
        frame = wire.frame({"type": "input", "arguments": tree, "lengths": lengths}, body)
        files.write(self._path(case), frame)

    def _read(self, case: Case) -> Case | None:
        """Return the case with its kept input, or None if no readable input is kept."""
        # A truncated or changed file, or one of an older version, is ignored: the search starts anew.
        with suppress(OSError, npy.ProtocolError, struct.error, ValueError, TypeError, LookupError):
            header, body = wire.read_frame(self._path(case).read_bytes())
            arrays = wire.split(header["lengths"], body)
            arguments = wire.unpack(header["arguments"], arrays, record=self._record(case))
            if arguments.keys() == _own(case).keys():
                return shrink.with_arguments(case, arguments)
        return None

    def _record(self, case: Case) -> Any:
        """Return a function that creates the stub's named tuples by name."""
        entries = self.track.contracts[case.steps[0].function].parameters
        types = {entry.record.type.__name__: entry.record.type for entry in entries if entry.record}
        return lambda name, fields, values: types[name](**dict(zip(fields, values, strict=True)))


def _own(case: Case) -> Mapping[str, Any]:
    """Return the arguments except random generators, which are created for each call."""
    arguments = case.steps[0].arguments
    return {name: value for name, value in arguments.items() if not isinstance(value, Rng)}
