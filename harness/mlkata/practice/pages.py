"""What practice says: where you stand, what is there, what comes next. Lines of text, nothing else."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from rich.text import Text

from mlkata.practice import planned, source
from mlkata.practice.repetition import Repetition
from mlkata.practice.workspace import Workspace
from mlkata.tracks import catalogue
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import FINE, KataError, OpenRound, Report, Round, Status


def welcome(workspace: Workspace, folder: Path) -> Iterator[Text]:
    """Say what `kata init` has made and what to do with it."""
    standing = workspace.next_step()
    yield Text(f"a workspace in {workspace.folder}:")
    files = {
        f"{standing.track}.py": "the stub to fill in: this is the file you work on",
        f"test_{standing.track}.py": "for tests of your own",
        "test_kata.py": "one test a check, for `pytest` and for your editor",
        "pytest.ini": "so that no other project's pytest settings count here",
        ".kata": "what you have passed, and a copy of all that kata changes",
    }
    for name, what in files.items():
        if (folder / name).exists():
            yield Text(f"  {name:<16}  {what}")
    go = "" if folder.resolve() == Path.cwd() else f"cd {folder}, then "
    others = [track.rounds[0].id for name, track in catalogue.find().items() if name != standing.track]
    if others:
        yield Text(f"other tracks: kata list shows them, kata open {others[0]} takes one up")
    yield Text(f"next: {go}kata watch   (it judges whenever you save)")


def _renamed(folder: Path) -> Iterator[Text]:
    """Name the notebooks that load the magic under the package's former name."""
    for path in sorted(folder.glob("*.ipynb")):
        with suppress(OSError):
            if b"%load_ext harness.notebook" in path.read_bytes():
                yield Text(f"{path.name} says %load_ext harness.notebook: write %load_ext mlkata", "yellow")


def nowhere() -> Iterator[Text]:
    """Say what to do where there is no workspace yet."""
    yield Text("no workspace here: a workspace is a folder with your files and what you have passed")
    yield Text("next: kata init my-practice   (or, to see what it is like: kata demo)")


def standing(workspace: Workspace, today: date) -> Iterator[Text]:
    """Say where the candidate stands and what to do next; what is due again comes first."""
    yield from _renamed(workspace.folder)
    now = workspace.next_step()
    due = Repetition(workspace).due(today)
    yield from planned.plan(workspace, due, today)
    if due:
        yield Text(f"next: kata again {due[0].round.id}   (or go on: {now.command})")
        return
    track = workspace.tracks[now.track]
    if now.round is None:
        yield Text("every round of the kit has passed", "bold green")
    else:
        round_ = track.round(now.round)
        line = Text(f"{round_.id} ", "bold")
        line.append(f"{round_.title}, about {round_.minutes} minutes: {now.state}")
        yield line
        yield Text(f"your file: {workspace.file(track.name)}")
        if now.untouched:
            yield begin(workspace, round_)
            return
    hint = f", kata hint {now.round}" if workspace.hints_on else ""
    seen = "" if now.round is None else f"   (or: kata watch{hint})"
    yield Text(f"next: {now.command}{seen}")


def begin(workspace: Workspace, round_: Round) -> Text:
    """Say what to do with a round that is open and has not been judged."""
    left = workspace.untouched(round_)
    go = f"fill in {left[0]} in {round_.track}.py, then " if left else ""
    hint = f"   (or: kata hint {round_.id})" if workspace.hints_on else ""
    return Text(f"next: {go}kata check {round_.track}{hint}")


def after(workspace: Workspace, track: Track, report: Report, opened: Sequence[Round]) -> Iterator[Text]:
    """Say what follows a check."""
    yield from planned.took(workspace, track)
    for round_ in opened:
        names = ", ".join(track.functions_of(round_))
        yield Text(f"{round_.id} is open now: {names} in {track.name}.py", "bold green")
        more = ", ".join(track.extended_in(round_))
        if more:
            yield Text(f"it asks more of {more}, too: see Round {round_.number} in {track.name}.py", "green")
    wrong = report.wrong
    unsolved = [v for v in report.verdicts if v.status is Status.UNSOLVED]
    if wrong:
        yield Text(
            f"next: mend {wrong[0].check.function} and save; kata show {wrong[0].check.id} shows it again"
        )
    elif opened:
        passed = [one.round.id for one in report.rounds if one.status in FINE]
        yield begin(workspace, opened[0])
        if workspace.solutions_on:
            yield Text(f"(kata solution {passed[-1]} shows our answer to what has just passed)", "dim")
    elif unsolved:
        yield Text(f"next: fill in {unsolved[0].check.function} in {workspace.file(track.name).name}")
    else:
        yield Text(f"next: {workspace.next_step().command}")


def listing(
    tracks: Iterable[Track], workspace: Workspace | None, *, checks: bool, width: int
) -> Iterator[Text]:
    """List tracks with their rounds, and with their checks where these are asked for."""
    tracks = list(tracks)
    widest = max(len(round_.title) for track in tracks for round_ in track.rounds)
    for track in tracks:
        yield Text(f"{track.name}: {track.title}", "bold")
        passed = workspace.passed(track.name) if workspace else set()
        opened = {round_.id for round_ in workspace.opened(track.name)} if workspace else set()
        last = workspace.last(track.name) if workspace else {}
        for round_ in track.rounds:
            state = "passed" if round_.id in passed else "open" if round_.id in opened else ""
            needs = f"needs {', '.join(round_.needs)}" if round_.needs else ""
            line = Text(f"  {round_.id:<9} {round_.title:<{widest}} {round_.minutes:>3} min  ")
            line.append(f"{state:<7}", "green" if state == "passed" else "cyan")
            line.append("" if state else needs, "dim")
            line.rstrip()
            yield line
            if checks:
                yield from _checks(track, round_, last, width)
    command = "kata list TRACK shows the checks" if not checks else "kata show CASE shows one of them"
    yield Text(f"next: {'kata' if workspace else 'kata init DIR'}   ({command})")


def _checks(track: Track, round_: Round, last: Mapping[str, Status], width: int) -> Iterator[Text]:
    """List a round's checks: what each got last, where anything was judged, its id and its rule."""
    found = track.checks_of(round_)
    longest = max((len(check.id) for check in found), default=0)
    for check in found:
        status = f"{last.get(check.id, ''):<9}" if last else ""
        head = f"    {status}{check.id:<{longest}}  "
        rule = textwrap.shorten(check.rule, max(16, width - len(head)), placeholder="…")
        yield Text(f"{head}{rule}", "dim")


def hint(workspace: Workspace, round_: Round, width: int) -> Iterator[Text]:
    """Show the next hint, and record that it has been seen. Raises KataError where a course has none."""
    if not workspace.hints_on:
        raise KataError(f"the course has hints off: its course.toml says so; next: kata check {round_.track}")
    number, text = workspace.next_hint(round_)
    total = len(round_.hints)
    yield Text(f"{round_.id}, hint {number} of {total}" if number else f"{round_.id}", "bold")
    for paragraph in text.splitlines():
        for line in textwrap.wrap(paragraph, width - 2):
            yield Text(f"  {line}")
    if 0 < number < total:
        yield Text(f"next: kata hint {round_.id}   ({number + 1} of {total})")
    elif workspace.solutions_on:
        yield Text(f"next: kata solution {round_.id} --give-up   (shows ours)")


def solution(
    workspace: Workspace, track: Track, round_: Round, *, give_up: bool, width: int
) -> Iterator[Text]:
    """Show our solution of a round with its follow-up questions, to those who passed or give up.

    Raises KataError to others, and to all where a course has solutions off.
    """
    if not workspace.solutions_on:
        raise KataError(
            f"the course has solutions off: its course.toml says so; next: kata check {track.name}"
        )
    if round_.id not in workspace.passed(track.name) and not workspace.gave_up(round_):
        if not give_up:
            raise KataError(
                f"{round_.id} has not passed: `kata hint {round_.id}` helps, "
                f"`kata solution {round_.id} --give-up` shows it all the same"
            )
        workspace.give_up(round_)
    elif Repetition(workspace).under_way(round_):
        workspace.give_up(round_)
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    for name in _with_helpers(reference, track, round_):
        yield from (Text(line) for line in source.segment(reference, name).rstrip().splitlines())
        yield Text()
    for one in round_.follow_ups:
        yield from (Text(line, "bold") for line in textwrap.wrap(f"Asked next: {one.question}", width))
        yield from (Text(f"  {line}") for line in textwrap.wrap(one.answer, width - 2))
        yield Text()
    if round_.open is not None:
        yield from _discussion(round_.open, width)
    yield Text(f"next: kata   (the whole of ours: {track.solutions / 'reference.py'})")


def _discussion(open_: OpenRound, width: int) -> Iterator[Text]:
    """Say what a strong answer to an open round has, and what nobody can give."""
    yield Text("A strong answer", "bold")
    for one in open_.rubric:
        yield from (Text(line) for line in textwrap.wrap(f"- {one}", width - 2, subsequent_indent="  "))
    yield Text()
    yield from (Text(line, "bold") for line in textwrap.wrap(f"Cannot be done: {open_.request}", width))
    yield from (Text(f"  {line}") for line in textwrap.wrap(open_.reason, width - 2))
    yield Text()


def _with_helpers(reference: str, track: Track, round_: Round) -> list[str]:
    """Name a round's functions, and before them the helpers that they call."""
    wanted = track.functions_of(round_)
    own = "".join(source.segment(reference, name) for name in wanted)
    helpers = [
        name for name in source.functions(reference) if name not in track.contracts and f"{name}(" in own
    ]
    return [*helpers, *wanted]
