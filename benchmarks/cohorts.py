"""Cohorts made from the kit's own reference and its mutants, and the verdicts of `kata grade` on them."""

from __future__ import annotations

import json
import sys
from itertools import cycle
from pathlib import Path
from typing import Any

from mlkata.tracks import catalogue, mutants

SEED = 7


def make_cohort(folder: Path, rounds: list[str], n: int, right: float = 1 / 3) -> None:
    """Write n submissions: the share `right` of them right, the others mutants of these rounds in turn."""
    track = catalogue.get(rounds[0].split(".")[0])
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    numbers = {int(name.split(".")[1]) for name in rounds}
    wrong = [mutant.source(reference) for mutant in mutants.read(track) if mutant.round in numbers]
    folder.mkdir(parents=True)
    bugs = cycle(wrong)
    for number in range(n):
        source = reference if int((number + 1) * right) > int(number * right) else next(bugs)
        path = folder / f"student{number:05d}.py"
        path.write_text(f"{source}\n# {number}\n", encoding="utf-8")


def command(cohort: Path, out: Path, rounds: list[str], *options: str) -> list[str]:
    """Return the command that grades a cohort."""
    selection = [word for name in rounds for word in ("--track", name)]
    return [sys.executable, "-m", "mlkata", "grade", str(cohort), "--out", str(out), "--seed", str(SEED),
            *selection, *options]  # fmt: skip


def verdicts(out: Path) -> dict[str, Any]:
    """Return the verdicts of a run without seconds and memory. Raise ValueError if a submission has two."""
    records = {}
    for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["id"] in records:
            raise ValueError(f"{record['id']} has two verdicts")
        records[record["id"]] = _without(record, {"seconds", "peak_bytes"})
    return records


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(part, names) for key, part in value.items() if key not in names}
    return [_without(part, names) for part in value] if isinstance(value, list) else value


class Judged:
    """Counts the verdicts of a run that is still writing them."""

    def __init__(self, out: Path) -> None:
        self._path, self._at, self._lines = out / "results.jsonl", 0, 0

    def count(self) -> int:
        """Return the number of verdicts so far; a last line that a kill cut off does not count."""
        if self._path.is_file():
            with self._path.open("rb") as file:
                file.seek(self._at)
                new = file.read()
            new = new[: new.rfind(b"\n") + 1]
            self._at, self._lines = self._at + len(new), self._lines + new.count(b"\n")
        return self._lines
