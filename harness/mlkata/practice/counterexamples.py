"""Keeps the smallest inputs on which checks have failed in `.kata/counterexamples`, and tries them again."""

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
    """Those of one track, one for each check and seed, in the worker's own format."""

    def __init__(self, workspace: Path, track: Track) -> None:
        self.folder = workspace / ".kata" / "counterexamples"
        self.track = track

    def replayed(self, verdict: Verdict, answer: shrink.Answers) -> Verdict | None:
        """Judge the code on the input kept for a verdict's check; None where there is none that is fair."""
        case = verdict.case
        if case is None or not (verdict.status is Status.PASS or shrink.can_shrink(verdict)):
            return None
        kept = self._read(case) if shrink.reducible(case) else None
        if kept is None:
            return None
        judged = shrink.make_judge(case, self.track, lambda one: answer(one, shrink.SECONDS))
        found = judged(kept) if judged else None
        return replace(found, replay=verdict.replay, seconds=verdict.seconds) if found else None

    def smallest(self, verdict: Verdict, answer: shrink.Answers) -> Verdict:
        """Give the verdict on the smallest failing input that is found, and keep that input.

        The search begins with what was found before, so that one mistake keeps its input.
        """
        before = self.replayed(verdict, answer) if shrink.can_shrink(verdict) else None
        start = before if before and before.status is Status.FAIL else verdict
        found = shrink.smaller(start, self.track, answer)
        if found.case is not None and found.case is not verdict.case:
            with suppress(OSError):  # where nothing can be written it is found again
                self._write(found.case)
        return found

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
        """Read what is kept for a drawn case; None where there is nothing that can be read."""
        # A file that was cut off or changed, or that an older kit has written: it is searched for anew.
        with suppress(OSError, npy.ProtocolError, struct.error, ValueError, TypeError, LookupError):
            header, body = wire.read_frame(self._path(case).read_bytes())
            arrays = wire.split(header["lengths"], body)
            arguments = wire.unpack(header["arguments"], arrays, record=self._record(case))
            if arguments.keys() == _own(case).keys():
                return shrink.with_arguments(case, arguments)
        return None

    def _record(self, case: Case) -> Any:
        """Give what makes the stub's named tuples, by their names."""
        entries = self.track.contracts[case.steps[0].function].parameters
        types = {entry.record.type.__name__: entry.record.type for entry in entries if entry.record}
        return lambda name, fields, values: types[name](**dict(zip(fields, values, strict=True)))


def _own(case: Case) -> Mapping[str, Any]:
    """Give the arguments that are not drawn for each call."""
    arguments = case.steps[0].arguments
    return {name: value for name, value in arguments.items() if not isinstance(value, Rng)}
