"""Checks the headings of a track's README, and the tables of all tracks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlkata.tracks import catalogue, paths, tables
from mlkata.tracks.catalogue import Track


def problems(track: Track) -> Iterator[str]:
    """Yield headings and tables that differ from rounds.toml."""
    text = (track.exercises / "README.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (\d+\. .+)$", text, re.MULTILINE)
    expected = [f"{round_.number}. {round_.title} ({round_.minutes} minutes)" for round_ in track.rounds]
    for heading in expected:
        if heading not in headings:
            yield f"README.md has no heading `## {heading}`, which rounds.toml says: add it"
    for heading in headings:
        if heading not in expected:
            yield f"README.md has the heading `## {heading}`, rounds.toml has no such round: fix one of them"
    if sorted(headings) == sorted(expected) and headings != expected:
        yield "README.md has the rounds in another order than rounds.toml: make them agree"
    root = paths.data_folder()
    if track.exercises.parent.parent == root and (root / "README.md").is_file():
        for path, renewed in tables.renewed(root, {**catalogue.find(), track.name: track}).items():
            if path.read_text(encoding="utf-8") != renewed:
                yield f"{path.relative_to(root)} has an old table of tracks: run `kata author tables`"
