"""`kata author`: commands for authors of tracks, i.e. of series of exercises such as `kmeans`."""

from __future__ import annotations

from pathlib import Path

import click

from mlkata.cli import complete
from mlkata.cli.shared import NOT_PASSED, PASSED, say


@click.group()
def author() -> None:
    """Write and verify tracks."""


_PRIVATE_TRACKS = click.option(
    "--tracks", "private", type=click.Path(path_type=Path, file_okay=False), help="Folder of private tracks."
)


@author.command()
@click.argument("name", metavar="TRACK")
@_PRIVATE_TRACKS
def new(name: str, private: Path | None) -> None:
    """Write a small track, as the start of yours, into new folders; no existing file changes."""
    from mlkata.tracks import paths, scaffold

    files = scaffold.write(name, private)
    root = private or paths.data_folder()
    say([f"  {file.relative_to(root)}" for file in files])
    command = f"kata author verify {name} --quick"
    commands = f"{command} --tracks {private}" if private else f"kata author tables && {command}"
    say([f"next: {commands}   (then replace its functions by yours)"])


@author.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
@_PRIVATE_TRACKS
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

    private = private and private.resolve()  # solutions run in another current folder
    if name:
        tracks = [catalogue.get(name, private)]
    else:
        root = private or paths.data_folder()
        tracks = [track for track in catalogue.find(private).values() if track.exercises.is_relative_to(root)]
    if quick:
        verified = [verification.run(track, seeds=1, mutant_seeds=1, solutions=REQUIRED) for track in tracks]
    else:
        verified = [
            verification.run(track, seeds=seeds, mutant_seeds=mutant_seeds or seeds) for track in tracks
        ]
    return PASSED if all(verified) else NOT_PASSED


@author.command(name="tables")
def write_tables() -> None:
    """Write the tables of tracks and rounds in README.md and docs/asked.md; print which have changed."""
    from mlkata import files
    from mlkata.tracks import catalogue, paths, tables

    root = paths.data_folder()
    for path, text in tables.renewed(root, catalogue.find()).items():
        changed = text != path.read_text(encoding="utf-8")
        if changed:
            files.write(path, text.encode())
        say([f"{path.relative_to(root)}: {'written' if changed else 'unchanged'}"])
