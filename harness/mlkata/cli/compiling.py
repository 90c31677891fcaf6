"""Show the progress of `kata warmup`: a bar in a terminal, a line for each file."""

from __future__ import annotations

from collections.abc import Sequence

from mlkata.bench import warmup
from mlkata.report import console
from mlkata.tracks.catalogue import Track


def run(tracks: Sequence[Track]) -> None:
    """Compile all numba solutions of these tracks."""
    with console.progress() as bar:
        for track in tracks:
            for path in warmup.files(track):
                name = f"{track.name}/{path.name}"
                task = bar.add_task(f"compiling {name}", total=warmup.count(track))
                seconds = warmup.warm(track, path, lambda task=task: bar.advance(task))  # type: ignore[misc]
                bar.remove_task(task)
                console.OUT.print(f"{name:<18} ready after {seconds:.1f} s")
