"""Counterexamples: the smallest failing input that was found for each check.

They are kept in `.kata/counterexamples`. When the same check is judged alone, the candidate's code is also
run on the kept input, to show whether the bug is gone. A check is one rule; a case is the input drawn for it
by a seed.
"""

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
    """The kept inputs of one track, a file for each check and seed, in the format of messages to workers."""

    def __init__(self, workspace: Path, track: Track) -> None:
        self.folder = workspace / ".kata" / "counterexamples"
        self.track = track

    def replayed(self, verdict: Verdict, answer: shrink.Answers) -> Verdict | None:
        """Judge the check of `verdict` again, on the kept input; return None if there is nothing to judge.

        `answer` runs the candidate's code. The result is None if no input is kept, if the check does not
        allow the kept input, or if `verdict` is neither a pass nor a failure whose input could be made
        smaller.
        """
        case = verdict.case
        if case is None or not (verdict.status is Status.PASS or shrink.can_shrink(verdict)):
            return None
        kept_case = self._read(case) if shrink.reducible(case) else None
        if kept_case is None:
            return None
        judge = shrink.make_judge(case, self.track, lambda candidate: answer(candidate, shrink.SECONDS))
        result = judge(kept_case) if judge else None
        return replace(result, replay=verdict.replay, seconds=verdict.seconds) if result else None

    def smallest(self, verdict: Verdict, answer: shrink.Answers) -> Verdict:
        """Return the verdict on the smallest failing input that the search finds, and keep that input.

        The search starts from the input kept before if the code still fails on it, so that a bug is shown on
        the same input each time.
        """
        on_kept_input = self.replayed(verdict, answer) if shrink.can_shrink(verdict) else None
        failing = on_kept_input if on_kept_input and on_kept_input.status is Status.FAIL else verdict
        smallest = shrink.smaller(failing, self.track, answer)
        if smallest.case is not None and smallest.case is not verdict.case:
            with suppress(OSError):  # if it cannot be written, the next search finds it again
                self._write(smallest.case)
        return smallest

    def _path(self, case: Case) -> Path:
        return self.folder / f"{case.check.id.replace('/', '_')}-{case.seed}.bin"

    def _write(self, case: Case) -> None:
        arrays: list[Any] = []
        tree = wire.pack(_arguments(case), arrays)
        lengths, body = wire.join(arrays)
        self.folder.mkdir(parents=True, exist_ok=True)
        frame = wire.frame({"type": "input", "arguments": tree, "lengths": lengths}, body)
        files.write(self._path(case), frame)

    def _read(self, case: Case) -> Case | None:
        """Return the case with the kept input in place of its own, or None if no readable input is kept."""
        # A file that is truncated, edited or from an older version is ignored: the search then starts anew.
        with suppress(OSError, npy.ProtocolError, struct.error, ValueError, TypeError, LookupError):
            header, body = wire.read_frame(self._path(case).read_bytes())
            arrays = wire.split(header["lengths"], body)
            arguments = wire.unpack(header["arguments"], arrays, record=self._record(case))
            if arguments.keys() == _arguments(case).keys():
                return shrink.with_arguments(case, arguments)
        return None

    def _record(self, case: Case) -> Any:
        """Return a function that creates a named tuple of the stub from its name, fields and values."""
        entries = self.track.contracts[case.steps[0].function].parameters
        types = {entry.record.type.__name__: entry.record.type for entry in entries if entry.record}
        return lambda name, fields, values: types[name](**dict(zip(fields, values, strict=True)))


def _arguments(case: Case) -> Mapping[str, Any]:
    """Return the arguments that all calls of a case share: all but the random generators."""
    arguments = case.steps[0].arguments
    return {name: value for name, value in arguments.items() if not isinstance(value, Rng)}
