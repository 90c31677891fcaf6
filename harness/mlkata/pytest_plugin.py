"""The pytest plugin: one test a check, in a workspace and in grading runs.

A check is one rule of a track, such as `kmeans`, judged on inputs drawn from a seed. A workspace is the
folder that `kata init` creates. Its `test_kata.py` uses the fixture `kata_check`, which is parametrised with
all checks of the workspace's tracks. A check is skipped with a reason if its function is still a stub or its
round is not open yet.

In any folder, a grading run judges one file:

    pytest --kata-track kmeans --kata-submission FILE [--kata-seed N]

The session then consists of the track's checks only, and unsolved checks fail. The file is not trusted: only
a worker process imports it, never pytest itself, and no conftest is imported.

Over 300 lines because pytest loads a plugin as one module.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlkata.tracks.model import FINE, KataError, Status, Verdict

if TYPE_CHECKING:
    from mlkata.judging.judge import Judging
    from mlkata.judging.session import Session
    from mlkata.tracks.catalogue import Track
    from mlkata.tracks.model import Check
    from mlkata.worker.runner import Submission
    from mlkata.worker.tiers import Tier

_SESSIONS = pytest.StashKey["_Sessions"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a grading run."""
    group = parser.getgroup("kata", "mlkata: judge a submission against scikit-learn")
    group.addoption("--kata-track", metavar="TRACK", help="the track to grade on, such as kmeans")
    group.addoption("--kata-submission", metavar="FILE", help="the file to grade")
    group.addoption(
        "--kata-seed",
        metavar="N",
        type=int,
        help="seed of the cases (default: 0; a fresh one in a grading run)",
    )
    group.addoption(
        "--kata-isolation",
        metavar="TIER",
        help="isolation to grade in, such as bwrap+seccomp; fail if it is not available",
    )


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """In a grading run, ignore every conftest, and refuse settings that lie next to the submission.

    pytest looks for settings such as pytest.ini beside each path among its arguments. A submission given as
    `--kata-submission FILE` looks like such a path; with an equals sign it does not.
    """
    submission = early_config.known_args_namespace.kata_submission
    if not submission:
        return
    early_config.known_args_namespace.noconftest = True
    settings, here = early_config.inipath, early_config.invocation_params.dir
    if settings is not None and settings.parent not in (here, *here.parents):
        raise pytest.UsageError(
            f"pytest would read its settings from {settings}, next to the submission: "
            f"write --kata-submission={submission} with an equals sign"
        )


def pytest_configure(config: pytest.Config) -> None:
    """Check the options and read the submission before anything runs."""
    config.stash[_SESSIONS] = _Sessions()
    track, submission = config.getoption("--kata-track"), config.getoption("--kata-submission")
    if bool(track) != bool(submission):
        raise pytest.UsageError("a grading run needs both --kata-track TRACK and --kata-submission FILE")
    if config.option.kata_seed is None:
        config.option.kata_seed = _seed(config) if submission else 0
    if submission:
        try:
            config.stash[_SESSIONS].grading(config)
        except KataError as error:
            raise pytest.UsageError(str(error)) from None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Kill the workers."""
    if _SESSIONS in config.stash:
        config.stash[_SESSIONS].close()


def pytest_report_header(config: pytest.Config) -> str | None:
    """Return a line that says what is graded, with which seed and in which isolation tier."""
    if not config.getoption("--kata-submission"):
        return None
    return (
        f"kata: {config.getoption('--kata-track')}, {config.getoption('--kata-submission')}, "
        f"seed {config.getoption('--kata-seed')}, isolation {_tier(config)}"
    )


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Collect no test file in a grading run."""
    return True if config.getoption("--kata-submission") else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the checks before `-k` selects among them."""
    if config.getoption("--kata-submission"):
        judging, _ = config.stash[_SESSIONS].grading(config)
        items[:] = [CheckItem.make(session, judging.track, check) for check in judging.track.checks]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise a test that uses `kata_check` with the checks of its folder."""
    if "kata_check" in metafunc.fixturenames:
        checks = _workspace_checks(Path(metafunc.module.__file__ or "").parent)
        ids = [check.id for _, check, _ in checks]
        metafunc.parametrize("kata_check", checks, ids=ids, indirect=True)


@pytest.fixture
def kata_check(request: pytest.FixtureRequest) -> WorkspaceCheck:
    """One check of the workspace: `kata_check.run()` judges the current file."""
    track, check, is_open = request.param
    return WorkspaceCheck(request.config, request.path.parent, track, check, is_open=is_open)


class WorkspaceCheck:
    """The value of the fixture `kata_check`: one check of a workspace."""

    def __init__(
        self, config: pytest.Config, folder: Path, track: Track, check: Check, *, is_open: bool
    ) -> None:
        self._config = config
        self._folder = folder
        self._track = track
        self._check = check
        self._is_open = is_open

    def run(self) -> None:
        """Judge the check; skip the test if its round is not open or its function is a stub.

        If the check does not pass, fail with the report that `kata check` prints.
        """
        __tracebackhide__ = True
        # Not judged before its round is open: it may ask more of a function that is right for the open
        # rounds.
        if not self._is_open:
            round_id = self._check.round_id
            pytest.skip(f"{round_id} is not open yet: run kata open {round_id}")
        session = self._config.stash[_SESSIONS].get(
            self._track, self._folder, self._config.getoption("--kata-seed")
        )
        verdict = session.verdict(self._check)
        if verdict.status in (Status.UNSOLVED, Status.SKIP):
            pytest.skip(f"{self._check.id} is not solved yet: {verdict.message}")
        if verdict.status not in FINE:
            verdict = self._config.stash[_SESSIONS].smallest(self._folder, session, verdict)
            pytest.fail(_message(verdict, self._track), pytrace=False)


class CheckItem(pytest.Item):
    """A test of a grading run: one check."""

    def __init__(self, *, track: Track, check: Check, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._track = track
        self._check = check

    @classmethod
    def make(cls, session: pytest.Session, track: Track, check: Check) -> CheckItem:
        """Return an item with the node id `TRACK::CHECK`, the same in every folder."""
        item: CheckItem = cls.from_parent(
            session, name=check.id, nodeid=f"{track.name}::{check.id}", track=track, check=check
        )
        return item

    def runtest(self) -> None:
        """Judge the check; fail unless it passes."""
        verdict = self.config.stash[_SESSIONS].graded(self.config, self._check)
        self.user_properties += [("rule", self._check.rule), ("status", verdict.status.value)]
        if verdict.code:
            self.user_properties.append(("code", verdict.code.value))
        if verdict.score:
            self.user_properties += [("score", verdict.score.score), ("cost", verdict.score.cost)]
        if verdict.status not in FINE:
            raise _NotPassed(_message(verdict, self._track))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the report on the check, or a traceback if the kit itself failed."""
        if isinstance(excinfo.value, _NotPassed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return the item's location, with the check as its name."""
        return self.path, None, self._check.id.removeprefix(f"{self._track.name}.")


class _NotPassed(Exception):
    """Raised for a verdict that is not a pass, with its report as the message."""


class _Sessions:
    """What this process judges: the candidate's files of workspaces, or the submission of a grading run.

    Each file keeps its worker process for all of its checks.
    """

    def __init__(self) -> None:
        self._of_workspaces: dict[Path, Session] = {}
        self._grading: tuple[Judging, Submission] | None = None
        self._has_shown_failure = False

    def grading(self, config: pytest.Config) -> tuple[Judging, Submission]:
        """Return the `Judging` and the submission of a grading run, created on the first call.

        Raise KataError if the track or the file does not exist.
        """
        if self._grading is None:
            from mlkata.judging.judge import Judging
            from mlkata.tracks import catalogue

            track = catalogue.get(config.getoption("--kata-track"))
            judging = Judging(track, tier=_tier(config), seed=config.getoption("--kata-seed"))
            self._grading = judging, judging.read(Path(config.getoption("--kata-submission")))
        return self._grading

    def graded(self, config: pytest.Config, check: Check) -> Verdict:
        """Return the verdict on a grading run's submission on one check."""
        from mlkata.judging.judge import judge

        judging, submission = self.grading(config)
        return judge(judging.track, submission, only=check, judging=judging).verdicts[0]

    def get(self, track: Track, folder: Path, seed: int) -> Session:
        """Return the session that judges the file of a track in a workspace, created on the first call."""
        from mlkata.judging.judge import read_submission
        from mlkata.judging.oracle import Oracle
        from mlkata.judging.session import Session
        from mlkata.worker.parent import Workers

        path = folder / f"{track.name}.py"
        if path not in self._of_workspaces:
            submission = read_submission(path)
            self._of_workspaces[path] = Session(
                track,
                submission,
                workers=Workers(ahead=0, numba=submission.numba),  # 0: start none in advance
                oracle=Oracle(track),
                seed=seed,
                replay=f"kata check {track.name} --case",
            )
        return self._of_workspaces[path]

    def smallest(self, folder: Path, judged_in: Session, verdict: Verdict) -> Verdict:
        """Return the first failure of a run on the smallest input found, and later failures unchanged.

        The search takes up to a second, so it is made once. It runs the file in a separate worker, so that
        its calls cannot influence later verdicts.
        """
        from mlkata.judging.session import Session
        from mlkata.practice.counterexamples import Counterexamples

        if self._has_shown_failure:
            return verdict
        self._has_shown_failure = True
        track, submission = judged_in.track, judged_in.submission
        with Session(track, submission, workers=judged_in.workers, oracle=judged_in.oracle) as session:
            return Counterexamples(folder, track).smallest(verdict, session.answer)

    def close(self) -> None:
        """Kill the workers."""
        while self._of_workspaces:
            _, session = self._of_workspaces.popitem()
            session.close()
        if self._grading is not None:
            judging, _ = self._grading
            judging.close()


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist, if it is installed
def pytest_configure_node(node: Any) -> None:
    """Pass on the seed, so that every process of pytest-xdist judges on the same cases."""
    node.workerinput["kata_seed"] = node.config.option.kata_seed


def _seed(config: pytest.Config) -> int:
    """Return the seed of a grading run: the one passed on by pytest-xdist, or a fresh one."""
    from mlkata.judging.judge import fresh_seed

    passed_on: int | None = getattr(config, "workerinput", {}).get("kata_seed")
    return fresh_seed() if passed_on is None else passed_on


def _tier(config: pytest.Config) -> Tier:
    """Return the isolation tier of a grading run: the requested one, or the strongest on this machine."""
    from mlkata.worker import tiers

    requested = config.getoption("--kata-isolation")
    return tiers.require(requested) if requested else tiers.best()


def _workspace_checks(folder: Path) -> list[tuple[Track, Check, bool]]:
    """Return the checks of all tracks that have a file in a folder, and whether their rounds are open.

    In a folder that is not a workspace, all rounds count as open.
    """
    from mlkata.practice.workspace import Workspace
    from mlkata.tracks import catalogue

    workspace = Workspace.find(folder) if Workspace.is_one(folder) else None
    entries = []
    for track in catalogue.find().values():
        if (folder / f"{track.name}.py").is_file():
            rounds = track.rounds if workspace is None else workspace.opened(track.name)
            opened = {round_.id for round_ in rounds}
            entries += [(track, check, check.round_id in opened) for check in track.checks]
    return entries


def _message(verdict: Verdict, track: Track) -> str:
    """Return the report on a verdict, as `kata check` prints it."""
    from mlkata.report import terminal

    return "\n".join(line.plain for line in terminal.failure(verdict, track))
