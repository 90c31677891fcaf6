"""Make cohorts for `kata grade`, i.e. folders of submissions, and read its verdicts on them.

The submissions are copies of a track's reference.py, right or with the bug of a mutant.
"""

from __future__ import annotations

import json
import sys
from itertools import cycle
from pathlib import Path
from typing import Any

from mlkata.tracks import catalogue, mutants

SEED = 7
"""The seed of `kata grade`: two runs have the same verdicts only with the same seed."""


def make_cohort(folder: Path, rounds: list[str], n: int, right: float = 1 / 3) -> None:
    """Write n submissions: the share `right` of them right, the others mutants of these rounds in turn."""
    track = catalogue.get(rounds[0].split(".")[0])
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    numbers = {int(name.split(".")[1]) for name in rounds}
    wrong = [mutant.source(reference) for mutant in mutants.read(track) if mutant.round in numbers]
    folder.mkdir(parents=True)
    wrong_in_turn = cycle(wrong)
    for number in range(n):
        # Right ones are spread evenly: one whenever `number * right` passes a whole number.
        is_right = int((number + 1) * right) > int(number * right)
        source = reference if is_right else next(wrong_in_turn)
        path = folder / f"student{number:05d}.py"
        path.write_text(f"{source}\n# {number}\n", encoding="utf-8")  # no two files are equal


def command(cohort: Path, out: Path, rounds: list[str], *options: str) -> list[str]:
    """Return the command that grades a cohort and writes to `out`."""
    selection = [word for name in rounds for word in ("--track", name)]
    return [sys.executable, "-m", "mlkata", "grade", str(cohort), "--out", str(out), "--seed", str(SEED),
            *selection, *options]  # fmt: skip


def verdicts(out: Path) -> dict[str, Any]:
    """Return the verdicts of a run by submission, without what differs between runs: seconds and memory.

    Raise ValueError if a submission has two verdicts.
    """
    records = {}
    for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["id"] in records:
            raise ValueError(f"{record['id']} has two verdicts")
        records[record["id"]] = _without(record, {"seconds", "peak_bytes"})
    return records


def _without(value: Any, names: set[str]) -> Any:
    """Return nested dicts and lists without the entries of these names."""
    if isinstance(value, dict):
        return {key: _without(part, names) for key, part in value.items() if key not in names}
    return [_without(part, names) for part in value] if isinstance(value, list) else value


class Judged:
    """Counts the verdicts in results.jsonl while `kata grade` is still writing it."""

    def __init__(self, out: Path) -> None:
        self._path = out / "results.jsonl"
        self._position = 0
        """The bytes of complete lines that have been counted."""
        self._lines = 0

    def count(self) -> int:
        """Return the number of verdicts so far; a last line that a kill cut off does not count."""
        if self._path.is_file():
            with self._path.open("rb") as file:
                file.seek(self._position)
                new = file.read()
            new = new[: new.rfind(b"\n") + 1]
            self._position += len(new)
            self._lines += new.count(b"\n")
        return self._lines
