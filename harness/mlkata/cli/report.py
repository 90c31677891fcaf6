"""`kata report`: the candidate's progress over time."""

from __future__ import annotations

from pathlib import Path

import click

from mlkata.cli.shared import workspace_here


@click.command()
@click.option("--html", "page_file", type=click.Path(path_type=Path), help="Also write it as a page.")
def report(page_file: Path | None) -> None:
    """Show your progress: rounds, days, minutes, frequent failures."""
    from mlkata.practice.progress import progress_page, progress_text, totals
    from mlkata.report import console
    from mlkata.tracks.model import KataError

    workspace = workspace_here()
    progress = totals.read(workspace)
    console.show(progress_text.render(progress, console.width()))
    console.show([""])
    if page_file is None:
        console.show(["next: kata report --html report.html   (writes it as a page)"])
        return
    try:
        page_file.write_text(progress_page.render(progress), encoding="utf-8")
    except OSError as error:
        raise KataError(
            f"cannot write {page_file}: {error.strerror}; choose a file that can be written"
        ) from None
    console.show([f"next: open {page_file} in a browser"])
