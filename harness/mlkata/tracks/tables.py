"""The tables of tracks in README.md and of rounds in docs/asked.md, written from rounds.toml files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError

START = "<!-- `kata author tables` writes this table -->"
END = "<!-- end of the table -->"
"""The lines before and after a table. What is between them is replaced."""


def renewed(root: Path, tracks: Mapping[str, Track]) -> dict[Path, str]:
    """Return the text that each of the two files should have, with an up-to-date table.

    Raise KataError if a file or its markers are missing, as in an installed wheel.
    """
    return {
        path: _with_table(path, "\n".join(lines))
        for path, lines in (
            (root / "README.md", _tracks(tracks)),
            (root / "docs" / "asked.md", _rounds(tracks)),
        )
    }


def _with_table(path: Path, table: str) -> str:
    """Return the text of a file with this table between the two marks."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise KataError(f"cannot read {path}: {error.strerror}; run this in a clone of the kit") from None
    before, start, remainder = text.partition(START)
    _, end, after = remainder.partition(END)
    if not (start and end):
        raise KataError(f"{path} has no place for the table: expected the lines {START} and {END}")
    return f"{before}{START}\n\n{table}\n\n{END}{after}"


def _tracks(tracks: Mapping[str, Track]) -> Iterator[str]:
    """Yield a row for each track, with the titles of its rounds."""
    yield "| track | rounds |"
    yield "|---|---|"
    for name, track in tracks.items():
        titles = " · ".join(_cell(round_.title) for round_ in track.rounds)
        yield f"| [`{name}`](exercises/{name}/README.md) | {titles} |"


def _rounds(tracks: Mapping[str, Track]) -> Iterator[str]:
    """Yield a row for each round."""
    yield "| round | title | minutes | needs |"
    yield "|---|---|---|---|"
    for track in tracks.values():
        for round_ in track.rounds:
            needs = ", ".join(f"`{need}`" for need in round_.needs) or "nothing"
            link = f"[`{round_.id}`](../exercises/{track.name}/README.md)"
            yield f"| {link} | {_cell(round_.title)} | {round_.minutes} | {needs} |"


def _cell(text: str) -> str:
    """Return a text for a cell of a Markdown table, where a bare `|` would end the cell."""
    return text.replace("|", r"\|")
