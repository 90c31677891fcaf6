"""`kata author`: commands for authors of tracks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlkata.cli import complete
from mlkata.cli.shared import NOT_PASSED, PASSED, say

if TYPE_CHECKING:
    from mlkata.tracks.catalogue import Track


@click.group()
def author() -> None:
    """Write and verify tracks."""


_TRACKS = click.option(
    "--tracks", "private", type=click.Path(path_type=Path, file_okay=False), help="Folder of private tracks."
)


@author.command()
@click.argument("name", metavar="TRACK")
@_TRACKS
def new(name: str, private: Path | None) -> None:
    """Write the folders of a new track that passes verification."""
    from mlkata.tracks import catalogue, paths, scaffold

    files = scaffold.write(name, private)
    root = private or paths.data_folder()
    say([f"  {file.relative_to(root)}" for file in files])
    if private is None:
        _renew_tables({**catalogue.find(), name: catalogue.read(root / "exercises" / name)})
    option = f" --tracks {private}" if private else ""
    say([f"next: kata author verify {name} --quick{option}   (then replace its functions by yours)"])


@author.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
@_TRACKS
@click.option("--seeds", type=click.IntRange(1), default=50, show_default=True, help="Number of seeds.")
@click.option(
    "--mutant-seeds", type=click.IntRange(1), help="Number of seeds for mutants.  [default: --seeds]"
)
@click.option("--quick", is_flag=True, help="One seed, and the required solutions only.")
def verify(
    name: str | None, private: Path | None, seeds: int, mutant_seeds: int | None, *, quick: bool
) -> int:
    """Check a track's stub, checks, solutions, mutants and texts."""
    from mlkata.cli import verification
    from mlkata.judging.verify import REQUIRED
    from mlkata.tracks import catalogue, paths

    if name:
        tracks = [catalogue.get(name, private)]
    else:
        root = private or paths.data_folder()
        tracks = [track for track in catalogue.find(private).values() if track.exercises.is_relative_to(root)]
    if quick:
        good = [verification.run(track, 1, 1, REQUIRED) for track in tracks]
    else:
        good = [verification.run(track, seeds, mutant_seeds or seeds) for track in tracks]
    return PASSED if all(good) else NOT_PASSED


@author.command(name="tables")
def write_tables() -> None:
    """Write the tables of tracks in both READMEs."""
    from mlkata.tracks import catalogue

    _renew_tables(catalogue.find())


def _renew_tables(tracks: Mapping[str, Track]) -> None:
    """Write the tables of tracks into the clone and print which of them have changed."""
    from mlkata import files
    from mlkata.tracks import paths, tables

    root = paths.data_folder()
    for path, text in tables.renewed(root, tracks).items():
        changed = text != path.read_text(encoding="utf-8")
        if changed:
            files.write(path, text.encode())
        say([f"{path.relative_to(root)}: {'written' if changed else 'unchanged'}"])
