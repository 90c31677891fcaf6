"""The pytest plugin: one test a check, in a workspace and in grading runs.

In a workspace, `test_kata.py` uses the fixture `kata_check`, which is parametrised with the ids of all
checks. A check that is unsolved or not open yet is skipped with a reason. Anywhere,

    pytest --kata-track kmeans --kata-submission FILE [--kata-seed N]

grades a file: the session then consists of these checks only, and unsolved checks fail. Neither the
submission, which runs in a worker, nor any conftest is imported here.
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
    group.addoption("--kata-isolation", metavar="TIER", help="grade in this tier or fail")


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Ignore every conftest, and settings next to the submission, in a grading run."""
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
    """Check the options before anything runs."""
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
    """Return what is graded, and with which seed."""
    if not config.getoption("--kata-submission"):
        return None
    return (
        f"kata: {config.getoption('--kata-track')}, {config.getoption('--kata-submission')}, "
        f"seed {config.getoption('--kata-seed')}, isolation {_tier(config)}"
    )


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Collect no file in a grading run."""
    return True if config.getoption("--kata-submission") else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the checks before `-k` selects among them."""
    if config.getoption("--kata-submission"):
        track = config.stash[_SESSIONS].grading(config)[0].track
        items[:] = [CheckItem.make(session, track, check) for check in track.checks]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise a workspace's test with its checks."""
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
    """A check as a test of a workspace."""

    def __init__(
        self, config: pytest.Config, folder: Path, track: Track, check: Check, *, is_open: bool
    ) -> None:
        self._config = config
        self._folder = folder
        self._track = track
        self._check = check
        self._is_open = is_open

    def run(self) -> None:
        """Judge the check; skip it if it is not open or not solved yet, fail with the kit's message."""
        __tracebackhide__ = True
        if not self._is_open:  # it may extend a function that is right for the open rounds
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
    """A check as a test of a grading run."""

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
        """Return the kit's message, or a traceback if the kit itself failed."""
        if isinstance(excinfo.value, _NotPassed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return the item's location, with the check as its name."""
        return self.path, None, self._check.id.removeprefix(f"{self._track.name}.")


class _NotPassed(Exception):
    """A verdict that is not a pass, with its message."""


class _Sessions:
    """The submissions that this process judges, each with one worker for all its checks."""

    def __init__(self) -> None:
        self._open: dict[Path, Session] = {}
        self._graded: tuple[Judging, Submission] | None = None
        self._shown = False

    def grading(self, config: pytest.Config) -> tuple[Judging, Submission]:
        """Return a grading run's judging and submission. Raise KataError if either is missing."""
        if self._graded is None:
            from mlkata.judging.judge import Judging
            from mlkata.tracks import catalogue

            track = catalogue.get(config.getoption("--kata-track"))
            judging = Judging(track, tier=_tier(config), seed=config.getoption("--kata-seed"))
            self._graded = judging, judging.read(Path(config.getoption("--kata-submission")))
        return self._graded

    def graded(self, config: pytest.Config, check: Check) -> Verdict:
        """Return the verdict on a grading run's submission on one check."""
        from mlkata.judging.judge import judge

        judging, submission = self.grading(config)
        return judge(judging.track, submission, only=check, judging=judging).verdicts[0]

    def get(self, track: Track, folder: Path, seed: int) -> Session:
        """Return the session of a workspace's file."""
        from mlkata.judging.judge import read_submission
        from mlkata.judging.oracle import Oracle
        from mlkata.judging.session import Session
        from mlkata.worker.parent import Workers

        path = folder / f"{track.name}.py"
        if path not in self._open:
            submission = read_submission(path)
            self._open[path] = Session(
                track,
                submission,
                workers=Workers(ahead=0, numba=submission.numba),
                oracle=Oracle(track),
                seed=seed,
                replay=f"kata check {track.name} --case",
            )
        return self._open[path]

    def smallest(self, folder: Path, judging: Session, verdict: Verdict) -> Verdict:
        """Return a run's first failure on the smallest input found; other verdicts unchanged.

        It runs in a separate worker, so that it cannot influence later verdicts.
        """
        from mlkata.judging.session import Session
        from mlkata.practice.counterexamples import Counterexamples

        if self._shown:
            return verdict
        self._shown = True
        track, submission = judging.track, judging.submission
        with Session(track, submission, workers=judging.workers, oracle=judging.oracle) as session:
            return Counterexamples(folder, track).smallest(verdict, session.answer)

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()
        if self._graded is not None:
            self._graded[0].close()


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist, if it is installed
def pytest_configure_node(node: Any) -> None:
    """Pass on the seed, so that every process of pytest-xdist judges on the same cases."""
    node.workerinput["kata_seed"] = node.config.option.kata_seed


def _seed(config: pytest.Config) -> int:
    """Return the seed of a grading run: that of the process that started this one, or a fresh one."""
    from mlkata.judging.judge import fresh_seed

    handed: int | None = getattr(config, "workerinput", {}).get("kata_seed")
    return fresh_seed() if handed is None else handed


def _tier(config: pytest.Config) -> Tier:
    """Return the tier of a grading run: the requested one, or the best on this machine."""
    from mlkata.worker import tiers

    requested = config.getoption("--kata-isolation")
    return tiers.require(requested) if requested else tiers.best()


def _workspace_checks(folder: Path) -> list[tuple[Track, Check, bool]]:
    """Return the checks of the tracks that have a file, and whether their rounds are open."""
    from mlkata.practice.workspace import Workspace
    from mlkata.tracks import catalogue

    workspace = Workspace.find(folder) if Workspace.is_one(folder) else None
    listed = []
    for track in catalogue.find().values():
        if (folder / f"{track.name}.py").is_file():
            rounds = track.rounds if workspace is None else workspace.opened(track.name)
            opened = {round_.id for round_ in rounds}
            listed += [(track, check, check.round_id in opened) for check in track.checks]
    return listed


def _message(verdict: Verdict, track: Track) -> str:
    from mlkata.report import terminal

    return "\n".join(line.plain for line in terminal.failure(verdict, track))
