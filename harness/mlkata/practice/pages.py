"""Lines that practice commands print: where the candidate stands, what there is, what to do next.

A track is a sequence of rounds, each with checks, hints and a solution. The last line of most pages is the
command to run next. Each function yields lines, so that the first ones are printed while later ones are
computed.
"""

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
    """Yield what `kata init` has created and what to do with it."""
    standing = workspace.next_step()
    yield Text(f"created a workspace in {workspace.folder}:")
    files = {
        f"{standing.track}.py": "the stub to fill in: this is the file you work on",
        f"test_{standing.track}.py": "for your own tests",
        "test_kata.py": "one test for each check, for `pytest` and your editor",
        "pytest.ini": "keeps other projects' pytest settings out",
        ".kata": "your progress, and a copy of every file before kata changes it",
    }
    for name, purpose in files.items():
        if (folder / name).exists():
            yield Text(f"  {name:<16}  {purpose}")
    change_folder = "" if folder.resolve() == Path.cwd() else f"cd {folder}, then "
    others = [track.rounds[0].id for name, track in catalogue.find().items() if name != standing.track]
    if others:
        yield Text(f"other tracks: kata list shows them, kata open {others[0]} starts one")
    yield Text(f"next: {change_folder}kata watch   (checks your file whenever you save)")


def _renamed(folder: Path) -> Iterator[Text]:
    """Yield a line for each notebook that loads `%%kata` from the package's former name, `harness`."""
    for path in sorted(folder.glob("*.ipynb")):
        with suppress(OSError):
            if b"%load_ext harness.notebook" in path.read_bytes():
                yield Text(f"{path.name} says %load_ext harness.notebook: write %load_ext mlkata", "yellow")


def nowhere() -> Iterator[Text]:
    """Yield what to do if there is no workspace yet."""
    yield Text("no workspace here: a workspace is a folder with your files and your progress")
    yield Text("next: kata init my-practice   (or kata demo, to see how practice works)")


def standing(workspace: Workspace, today: date) -> Iterator[Text]:
    """Yield where the candidate stands and what to do next; rounds due again come first."""
    yield from _renamed(workspace.folder)
    step = workspace.next_step()
    due = Repetition(workspace).due(today)
    yield from planned.plan(workspace, due, today)
    if due:
        yield Text(f"next: kata again {due[0].round.id}   (or go on: {step.command})")
        return
    track = workspace.tracks[step.track]
    if step.round is None:
        yield Text("you have passed every round of the kit", "bold green")
    else:
        round_ = track.round(step.round)
        line = Text(f"{round_.id} ", "bold")
        line.append(f"{round_.title}, about {round_.minutes} minutes: {step.state}")
        yield line
        yield Text(f"your file: {workspace.file(track.name)}")
        if step.untouched:
            yield begin(workspace, round_)
            return
    hint = f", kata hint {step.round}" if workspace.hints_on else ""
    alternative = "" if step.round is None else f"   (or: kata watch{hint})"
    yield Text(f"next: {step.command}{alternative}")


def begin(workspace: Workspace, round_: Round) -> Text:
    """Return the line that says how to go on with an open round: fill in the next stub, or check."""
    unwritten = workspace.untouched(round_)
    fill_in = f"fill in {unwritten[0]} in {round_.track}.py, then " if unwritten else ""
    hint = f"   (or: kata hint {round_.id})" if workspace.hints_on else ""
    return Text(f"next: {fill_in}kata check {round_.track}{hint}")


def after(workspace: Workspace, track: Track, report: Report, opened: Sequence[Round]) -> Iterator[Text]:
    """Yield what to do after a judgement: `report` is its result, `opened` the rounds that it opened."""
    yield from planned.time_taken(workspace, track)
    for round_ in opened:
        names = ", ".join(track.functions_of(round_))
        yield Text(f"{round_.id} is now open: {names} in {track.name}.py", "bold green")
        extended = ", ".join(track.extended_in(round_))
        if extended:
            yield Text(f"it also extends {extended}: see Round {round_.number} in {track.name}.py", "green")
    wrong = report.wrong
    unsolved = [verdict for verdict in report.verdicts if verdict.status is Status.UNSOLVED]
    if wrong:
        yield Text(
            f"next: fix {wrong[0].check.function} and save; kata show {wrong[0].check.id} shows it again"
        )
    elif opened:
        passed = [entry.round.id for entry in report.rounds if entry.status in FINE]
        yield begin(workspace, opened[0])
        if workspace.solutions_on:
            yield Text(
                f"(kata solution {passed[-1]} shows our solution of the round you have just passed)", "dim"
            )
    elif unsolved:
        yield Text(f"next: fill in {unsolved[0].check.function} in {workspace.file(track.name).name}")
    else:
        yield Text(f"next: {workspace.next_step().command}")


def listing(
    tracks: Iterable[Track], workspace: Workspace | None, *, checks: bool, width: int
) -> Iterator[Text]:
    """Yield the tracks with their rounds and, if `checks` is true, their checks.

    With a workspace, each round is marked as passed or open.
    """
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
    command = "kata list TRACK shows the checks" if not checks else "kata show CHECK shows one of them"
    yield Text(f"next: {'kata' if workspace else 'kata init DIR'}   ({command})")


def _checks(track: Track, round_: Round, last: Mapping[str, Status], width: int) -> Iterator[Text]:
    """Yield a round's checks: the last status of each, if any check was judged, its id and its rule."""
    checks = track.checks_of(round_)
    longest = max((len(check.id) for check in checks), default=0)
    for check in checks:
        status = f"{last.get(check.id, ''):<9}" if last else ""
        head = f"    {status}{check.id:<{longest}}  "
        rule = textwrap.shorten(check.rule, max(16, width - len(head)), placeholder="…")
        yield Text(f"{head}{rule}", "dim")


def hint(workspace: Workspace, round_: Round, width: int) -> Iterator[Text]:
    """Yield a round's next hint, and record that it has been seen.

    After the last hint, yield all of them. Raise KataError if the workspace's course has switched hints off.
    """
    if not workspace.hints_on:
        raise KataError(
            f"hints are switched off by the course.toml of this workspace; next: kata check {round_.track}"
        )
    number, text = workspace.next_hint(round_)  # after the last hint: 0, and all hints
    total = len(round_.hints)
    yield Text(f"{round_.id}, hint {number} of {total}" if number else f"{round_.id}", "bold")
    for paragraph in text.splitlines():
        for line in textwrap.wrap(paragraph, width - 2):
            yield Text(f"  {line}")
    if 0 < number < total:
        yield Text(f"next: kata hint {round_.id}   ({number + 1} of {total})")
    elif workspace.solutions_on:
        yield Text(f"next: kata solution {round_.id} --give-up   (shows our solution)")


def solution(
    workspace: Workspace, track: Track, round_: Round, *, give_up: bool, width: int
) -> Iterator[Text]:
    """Yield our solution of a round with its follow-up questions, if the candidate has passed or gives up.

    Looking at the solution while the round is worked on counts as giving up. Raise KataError if the round has
    not passed and the candidate does not give up, or if the workspace's course has switched solutions off.
    """
    if not workspace.solutions_on:
        raise KataError(
            f"solutions are switched off by the course.toml of this workspace; next: kata check {track.name}"
        )
    if round_.id not in workspace.passed(track.name) and not workspace.gave_up(round_):
        if not give_up:
            raise KataError(
                f"{round_.id} has not passed: `kata hint {round_.id}` helps, "
                f"`kata solution {round_.id} --give-up` shows the solution anyway"
            )
        workspace.give_up(round_)
    elif Repetition(workspace).under_way(round_):
        workspace.give_up(round_)
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    for name in _with_helpers(reference, track, round_):
        yield from (Text(line) for line in source.segment(reference, name).rstrip().splitlines())
        yield Text()
    for follow_up in round_.follow_ups:
        yield from (Text(line, "bold") for line in textwrap.wrap(f"Asked next: {follow_up.question}", width))
        yield from (Text(f"  {line}") for line in textwrap.wrap(follow_up.answer, width - 2))
        yield Text()
    if round_.open is not None:
        yield from _discussion(round_.open, width)
    yield Text(f"next: kata   (our complete solution: {track.solutions / 'reference.py'})")


def _discussion(open_: OpenRound, width: int) -> Iterator[Text]:
    """Yield what a strong answer to an open round, which has no single right answer, contains.

    Below, yield the request that an interviewer makes although it cannot be met, and why it cannot.
    """
    yield Text("A strong answer", "bold")
    for point in open_.rubric:
        yield from (Text(line) for line in textwrap.wrap(f"- {point}", width - 2, subsequent_indent="  "))
    yield Text()
    yield from (Text(line, "bold") for line in textwrap.wrap(f"Cannot be done: {open_.request}", width))
    yield from (Text(f"  {line}") for line in textwrap.wrap(open_.reason, width - 2))
    yield Text()


def _with_helpers(reference: str, track: Track, round_: Round) -> list[str]:
    """Return the names of a round's functions, preceded by the helpers in reference.py that they call."""
    names = track.functions_of(round_)
    code = "".join(source.segment(reference, name) for name in names)
    helpers = [
        name for name in source.functions(reference) if name not in track.contracts and f"{name}(" in code
    ]
    return [*helpers, *names]
