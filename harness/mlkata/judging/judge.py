"""Judges submissions, which are untrusted; called by the command line, pytest and grading.

`judge` judges one submission. `Judging` keeps what can be reused for the next one.
"""

from __future__ import annotations

import os
import secrets
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from mlkata.judging.oracle import Oracle
from mlkata.judging.session import Session, judge_rounds
from mlkata.tracks import catalogue
from mlkata.tracks.catalogue import Track
from mlkata.tracks.drawing import draw
from mlkata.tracks.harmless import escaped
from mlkata.tracks.model import Case, Check, KataError, Report, Round, Verdict
from mlkata.worker import tiers
from mlkata.worker.parent import Workers
from mlkata.worker.runner import Submission
from mlkata.worker.tiers import Tier

MAX_SOURCE = 1 << 20
"""Most bytes of a submission; people write far less in an interview."""
MAX_SEED = 2**32
"""Seeds are below this number."""


def judge(
    track: Track | str,
    submission: str | os.PathLike[str] | Submission,
    rounds: Sequence[Round | str] = (),
    *,
    only: Check | str | None = None,
    seed: int | None = None,
    isolation: str | None = None,
    judging: Judging | None = None,
    on_verdict: Callable[[Verdict], None] = lambda verdict: None,
) -> Report:
    """Judge an untrusted file on whole rounds of a track, or on one check.

    Parameters
    ----------
    track : Track or str
        The track, or its name.
    submission : path or Submission
        A Python file with the functions of the track's stub, or its name and source. It runs in
        its own process.
    rounds : sequence of Round or str
        The rounds to judge, or their ids, such as "kmeans.1"; all rounds of the track if empty.
    only : Check or str, optional
        Judge this check and no other; the id looks like "kmeans.1/assign/ties".
    seed : int, optional
        Seed of the inputs; a fresh one if None. The report names it.
    isolation : str, optional
        Name of the required isolation tier, such as "bwrap+seccomp"; the best tier of this machine
        if None.
    judging : Judging, optional
        Keeps workers and cases from one call to the next. Its seed and isolation are used, and
        `seed` and `isolation` are ignored.
    on_verdict : callable, optional
        Called with each verdict as soon as it is known.

    Returns
    -------
    Report
        A verdict for each judged check. Nothing is left on disk.

    Raises
    ------
    KataError
        If there is no such track, round, check, file or tier, or if the file at the path
        `submission` defines a function twice. For a `Submission` that defines a function twice no
        error is raised; each verdict says so.
    """
    track = catalogue.get(track) if isinstance(track, str) else track
    chosen = [track.round(item) if isinstance(item, str) else item for item in rounds]
    check = track.check(only) if isinstance(only, str) else only
    if judging is None:
        tier = tiers.require(isolation) if isolation else tiers.best()
        with Judging(track, tier=tier, seed=fresh_seed() if seed is None else seed) as own_judging:
            return judge(track, submission, chosen, only=check, judging=own_judging, on_verdict=on_verdict)
    if isinstance(submission, Submission):
        session = judging.session(submission)
    else:
        session = judging.session(judging.read(Path(submission)))
        message = session.defined_twice()
        if message:
            raise KataError(message)
    return judge_rounds(session, chosen or track.rounds, only=check, on_verdict=on_verdict)


class Judging:
    """Judges one submission after another on one track, and keeps what they share.

    Cases are drawn once, and workers are started ahead. Expected answers stay in memory from one submission
    to the next only if the isolation tier keeps submissions from reading them. None is stored on the disk.
    """

    def __init__(self, track: Track, *, tier: Tier, seed: int) -> None:
        self.track = track
        self.tier = tier
        self.seed = seed
        self._oracle = Oracle(track, keep=False)  # keep=False: in memory, not on the disk
        self._cases: dict[str, Case] = {}
        self._workers: dict[bool, Workers] = {}
        """Workers that have imported numba, under True, and those that have not, under False."""
        self._session: Session | None = None
        self._paths: dict[Submission, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, path: Path) -> Submission:
        """Read a candidate's file, whose path replay commands use. Raise KataError if it cannot be judged."""
        submission = read_submission(path)
        self._paths[submission] = path
        return submission

    def session(self, submission: Submission) -> Session:
        """Return the session of a submission, and close that of the previous one.

        Another call with the same submission returns the same session and worker.
        """
        if self._session is None or self._session.submission is not submission:
            self.end()
            path = self._paths.get(submission, submission.name)
            # Without isolation a submission could read the answers in this process's memory, so each
            # submission gets a new oracle, which has none yet.
            isolated = self.tier is not Tier.SUBPROCESS
            self._session = Session(
                self.track,
                submission,
                workers=self._workers_for(submission),
                oracle=self._oracle if isolated else Oracle(self.track, keep=False),
                seed=self.seed,
                replay=f"kata check {self.track.name} --submission {shlex.quote(str(path))} "
                f"--seed {self.seed} --case",
                draw=self._draw,
            )
        return self._session

    def refill(self) -> None:
        """Start the worker of the next submission, while this one is judged."""
        if self._session is not None:
            self._session.workers.refill()

    def end(self) -> None:
        """Kill the worker of the current submission."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def close(self) -> None:
        """Kill all workers."""
        self.end()
        for workers in self._workers.values():
            workers.close()

    def _workers_for(self, submission: Submission) -> Workers:
        if submission.numba not in self._workers:
            self._workers[submission.numba] = Workers(ahead=1, numba=submission.numba, tier=self.tier)
        return self._workers[submission.numba]

    def _draw(self, check: Check, seed: int) -> Case:
        if check.id not in self._cases:
            self._cases[check.id] = draw(check, seed)
        return self._cases[check.id]


def read_submission(path: Path) -> Submission:
    """Read a candidate's file. Raise KataError if it is missing, too large or unreadable."""
    if not path.is_file():
        raise KataError(f"no file {path}: expected a Python file with the stub's functions")
    size = path.stat().st_size
    if size > MAX_SOURCE:
        raise KataError(f"{path} has {size} bytes: expected at most {MAX_SOURCE}")
    try:
        return Submission(escaped(path.name), path.read_bytes())  # no escape sequences in a printed name
    except OSError as error:
        raise KataError(f"cannot read {path}: {error.strerror}") from error


def fresh_seed() -> int:
    """Return an unpredictable seed. The report names it, so that the run can be repeated."""
    return secrets.randbelow(MAX_SEED)
