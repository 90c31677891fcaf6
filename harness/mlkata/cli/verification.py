"""Shows `kata author verify` as it goes, and what it has found."""

from __future__ import annotations

from rich.text import Text

from mlkata.judging import proofread, verify
from mlkata.judging.verify import Finding
from mlkata.report import console
from mlkata.tracks.catalogue import Track


def run(track: Track, seeds: int, mutant_seeds: int) -> bool:
    """Verify one track, with progress; print a summary and say whether all is well."""
    problems = proofread.problems_in_text(track) + verify.open_problems(track)
    for problem in problems:
        console.OUT.print(Text(f"  {problem}", "red"))
    with console.progress() as bar:
        task = bar.add_task(f"{track.name}, {seeds} seeds")
        findings = verify.verify(
            track,
            seeds,
            mutant_seeds,
            on_finding=lambda finding: console.OUT.print(_line(finding)),
            on_plan=lambda jobs: bar.update(task, total=jobs),
            on_job=lambda: bar.advance(task),
        )
    for finding in findings:
        for problem in finding.problems[:5]:
            console.OUT.print(Text(f"  {finding.name}: {problem}", "red"))
    bad = len(problems) + sum(bool(finding.problems) for finding in findings)
    killed = sum(f.name.startswith("mutant ") and not f.problems for f in findings)
    count = sum(f.name.startswith("mutant ") for f in findings)
    console.OUT.print(
        f"{track.name}: {len(track.rounds)} rounds, {len(track.checks)} checks, seeds 0 to {seeds - 1}: "
        f"{killed} of {count} mutants killed at {mutant_seeds} seeds, {bad} problems"
    )
    return not bad


def _line(finding: Finding) -> Text:
    line = Text("ok   " if not finding.problems else "BAD  ", "green" if not finding.problems else "bold red")
    line.append(f"{finding.name:<38}")
    if finding.killed_by:
        check, count = next(iter(finding.killed_by.items()))
        line.append(f" killed by {check} ({count} of {finding.seeds})", "dim")
    elif not finding.problems:
        line.append(f" {finding.seeds} seeds", "dim")
    return line
