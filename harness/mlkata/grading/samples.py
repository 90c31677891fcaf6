"""Samples, i.e. answers of a language model to a task, as JSON lines; and their pass@k.

A task is a round or a whole track. pass@k is the chance that at least one of k samples for a task passes.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from mlkata.grading.entries import Entry, limited, refused
from mlkata.judging.judge import MAX_SOURCE
from mlkata.tracks import validated
from mlkata.tracks.catalogue import Track
from mlkata.tracks.harmless import escaped
from mlkata.tracks.model import KataError

_MAX_LINE = 4 << 20
"""The most bytes of a line: a megabyte of source, with room for the escapes of JSON."""
_MAX_ID = 100
_PYTHON_FENCES = ("python", "py", "python3", "")
"""The languages of fenced blocks in Markdown that may be Python."""
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[^\s`]*)")


class _Sample(msgspec.Struct):
    """A line of a file of samples."""

    task_id: str
    id: int | str | UnsetType = UNSET
    solution: Any = UNSET
    """The model's answer, under the name that evalplus gives it. Of several names, the first counts."""
    completion: Any = UNSET
    """The answer under HumanEval's name."""
    source: Any = UNSET
    """The answer under this kit's name."""

    def __post_init__(self) -> None:
        if len(str(self.id)) > _MAX_ID:
            raise ValueError(f"id: expected at most {_MAX_ID} characters, got {len(str(self.id))}")
        if not isinstance(self.text, str):
            raise ValueError("expected text as solution, completion or source")  # noqa: TRY004 - msgspec expects one

    @property
    def text(self) -> Any:
        """The model's answer; None if the line has none."""
        return next(
            (text for text in (self.solution, self.completion, self.source) if text is not UNSET), None
        )


def entries(path: Path, track: Track) -> list[Entry]:
    """Return a file's samples; an id is `task_id/number`, or `task_id/id` if the line has an `id`.

    A line is a JSON object with `task_id` (a round of the track or the track itself) and the answer
    (`solution`, `completion` or `source`). Of an invalid line, or one for another track, the entry cannot be
    read and says so. Raise KataError if the file cannot be read.
    """
    entries: list[Entry] = []
    numbers: Counter[str] = Counter()
    tasks = [track.name, *(round_.id for round_ in track.rounds)]
    functions = frozenset(track.contracts)
    try:
        with path.open("rb") as file:
            for line, (start, data) in enumerate(_lines(file), 1):
                if not data.strip():
                    continue
                name = f"{path.name}:{line}"
                try:
                    sample = _parse(data, tasks, f"line {line}")
                except KataError as error:
                    entries.append(refused(name, f"{path}:{line}", str(error)))
                    continue
                task = sample.task_id
                numbers[task] += 1
                id_ = escaped(f"{task}/{numbers[task] if sample.id is UNSET else sample.id}")
                read = partial(_read, path, start, len(data), tasks, functions)
                entries.append(Entry(id_, escaped(name), escaped(f"{path}:{line}"), read, task=task))
    except OSError as error:
        raise KataError(f"cannot read {escaped(str(path))}: {error.strerror}") from None
    return entries


def code(text: str, functions: Sequence[str] | frozenset[str]) -> str:
    """Return the Python of a model's answer: its last fenced block that defines one of these functions.

    Without such a block the whole text is returned.
    """
    names = "|".join(map(re.escape, sorted(functions)))
    defines = re.compile(rf"^(?:async )?def (?:{names})\b", re.MULTILINE)
    blocks = [block for block in _blocks(text) if defines.search(block)]
    return blocks[-1] if blocks else text


def pass_at_k(n: int, c: int, k: int) -> float | None:
    """Return an estimate of the chance that at least one of k samples passes, if c of n did; None if n < k.

    This is 1 - C(n - c, k) / C(n, k), an unbiased estimate, computed as a product to avoid large numbers
    (Chen et al. 2021, arXiv:2107.03374).
    Raise ValueError unless 0 <= c <= n and k >= 1.
    """
    if not (0 <= c <= n and k >= 1):
        raise ValueError(f"expected 0 <= c <= n and k >= 1, got n={n}, c={c}, k={k}")
    if n < k:
        return None
    if n - c < k:  # any k samples include one that passed
        return 1.0
    return 1.0 - math.prod(1.0 - k / i for i in range(n - c + 1, n + 1))


def passes(outcomes: Mapping[str, Sequence[bool]], ks: Sequence[int] = (1, 10, 100)) -> dict[str, Any]:
    """Return pass@k of each task, and its mean over the tasks.

    `outcomes` says for each task which samples passed. The result is `{"tasks": {task: {"n": samples,
    "c": passed, "pass": {k: value}}}, "mean": {k: value}}`; a value is None if a task has fewer
    than k samples.
    """
    tasks: dict[str, Any] = {
        task: {
            "n": len(passed),
            "c": sum(passed),
            "pass": {k: pass_at_k(len(passed), sum(passed), k) for k in ks},
        }
        for task, passed in outcomes.items()
    }
    return {"tasks": tasks, "mean": {k: _mean([entry["pass"][k] for entry in tasks.values()]) for k in ks}}


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the mean; None without values, or if any is None."""
    defined = [value for value in values if value is not None]
    return math.fsum(defined) / len(defined) if defined and len(defined) == len(values) else None


def _lines(file: Any) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and the bytes of each line; of a line that is too long, only the beginning."""
    start = 0
    while data := file.readline(_MAX_LINE + 1):
        yield start, data
        while not data.endswith(b"\n") and (rest := file.readline(_MAX_LINE)):  # skips the rest of the line
            data = rest
        start = file.tell()


def _parse(data: bytes, tasks: Sequence[str], what: str) -> _Sample:
    """Return the sample of a line. `tasks` are the track and its rounds.

    Raise KataError, with a message that begins with `what`, if the line is invalid or for another task.
    """
    if len(data) > _MAX_LINE:
        raise KataError(f"{what}: more than {_MAX_LINE} bytes")
    sample = validated.from_json(data, _Sample, what)
    if sample.task_id not in tasks:
        expected = f"{tasks[0]} or one of its rounds, such as {tasks[1]}"
        raise KataError(f"{what}: task_id: expected {expected}, got {sample.task_id[:80]!r}")
    return sample


def _read(path: Path, start: int, size: int, tasks: Sequence[str], functions: frozenset[str]) -> bytes:
    """Return the source of the sample at this place of the file. Raise KataError if that fails."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            sample = _parse(file.read(size), tasks, "a sample")
    except (OSError, KataError) as error:
        raise KataError(f"{escaped(str(path))} has changed since grading began: {error}") from None
    try:
        source = code(sample.text, functions).encode()
    except UnicodeEncodeError:
        raise KataError("its text has a lone surrogate, which is not valid Unicode") from None
    return limited(source, MAX_SOURCE)


def _blocks(text: str) -> Iterator[str]:
    """Yield the fenced blocks of a Markdown text that may be Python; the last may be unclosed."""
    fence, language, lines = "", "", list[str]()
    for line in text.splitlines(keepends=True):
        match = _FENCE.match(line)
        closes = match is not None and match["fence"].startswith(fence) and not match["language"]
        if fence and not closes:
            lines.append(line)
        elif fence:
            if language in _PYTHON_FENCES:
                yield "".join(lines)
            fence = ""
        elif match:
            fence, language, lines = match["fence"], match["language"].lower(), []
    if fence and language in _PYTHON_FENCES:
        yield "".join(lines)
