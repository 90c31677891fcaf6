"""`kata author`: for those who write tracks."""

from __future__ import annotations

import click

from mlkata.cli import complete
from mlkata.cli.shared import NOT_PASSED, PASSED, say


@click.group()
def author() -> None:
    """For those who write tracks."""


@author.command()
@click.argument("name", metavar="TRACK", shell_complete=complete.tracks)
def new(name: str) -> None:
    """Write the folders of a new track, which verifies."""
    from mlkata.tracks import loading, scaffold

    files = scaffold.write(name, loading.data_folder())
    say([f"  {file.relative_to(loading.data_folder())}" for file in files])
    say([f"next: kata author verify {name} --seeds 5   (then turn its functions into yours)"])


@author.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
@click.option("--seeds", type=click.IntRange(1), default=50, show_default=True, help="How many seeds.")
@click.option("--mutant-seeds", type=click.IntRange(1), help="How many for mutants.  [default: --seeds]")
def verify(name: str | None, seeds: int, mutant_seeds: int | None) -> int:
    """Check the kit: stub unsolved, solutions pass, mutants die."""
    from mlkata.cli import verification
    from mlkata.tracks import catalogue

    chosen = [catalogue.get(name)] if name else list(catalogue.find().values())
    good = [verification.run(track, seeds, mutant_seeds or seeds) for track in chosen]
    return PASSED if all(good) else NOT_PASSED


@author.command(name="tables")
def write_tables() -> None:
    """Write the tables of tracks in both READMEs."""
    from mlkata.tracks import catalogue, loading, tables

    root = loading.data_folder()
    for path, text in tables.renewed(root, catalogue.find()).items():
        changed = text != path.read_text(encoding="utf-8")
        if changed:
            path.write_text(text, encoding="utf-8")
        say([f"{path.relative_to(root)}: {'written' if changed else 'as it should be'}"])
