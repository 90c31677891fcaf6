"""`kata doctor`: check that the kit's dependencies are installed and work."""

from __future__ import annotations

import platform
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

from mlkata import __version__, files
from mlkata.judging.judge import judge
from mlkata.tracks import catalogue
from mlkata.tracks.datasets import load
from mlkata.tracks.model import KataError, Status
from mlkata.worker import tiers


@dataclass(frozen=True)
class Diagnosis:
    """The result of examining one thing, such as a dependency."""

    ok: bool
    name: str
    detail: str
    advice: str = ""
    """What to do if the result is not ok."""


def diagnose() -> Iterator[Diagnosis]:
    """Examine everything; what others depend on comes first."""
    python = platform.python_version()
    yield Diagnosis(
        ok=sys.version_info >= (3, 11), name="python", detail=python, advice="install Python 3.11 or newer"
    )
    yield Diagnosis(ok=True, name="mlkata", detail=f"{__version__}, {platform.system()} {platform.machine()}")
    for name in _needed():
        try:
            yield Diagnosis(ok=True, name=name, detail=version(name))
        except PackageNotFoundError:
            yield Diagnosis(ok=False, name=name, detail="not installed", advice=f"pip install {name}")
    yield _data()
    yield _cache()
    yield _worker()
    yield _isolation()


def _needed() -> list[str]:
    """Return the names of the package's dependencies, without those of its extras."""
    try:
        lines = [line for line in requires("mlkata") or [] if "extra ==" not in line]
    except PackageNotFoundError:  # mlkata is not installed, but imported from a clone by PYTHONPATH
        return []
    return [re.split(r"[<>=!~;\[ ]", line, maxsplit=1)[0] for line in lines]


def _data() -> Diagnosis:
    """Load scikit-learn's data sets."""
    try:
        shapes = ", ".join(f"{name} {load(name).shape}" for name in ("iris", "digits", "china"))
    except (KataError, OSError) as error:
        return Diagnosis(
            ok=False, name="data", detail=str(error), advice="pip install --force-reinstall scikit-learn"
        )
    return Diagnosis(ok=True, name="data", detail=shapes)


def _cache() -> Diagnosis:
    """Write a file into the cache's folder."""
    folder = files.cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / "probe"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        advice = "set XDG_CACHE_HOME to a writable folder; without a cache everything works, but slower"
        return Diagnosis(ok=False, name="cache", detail=f"{folder}: {error.strerror}", advice=advice)
    return Diagnosis(ok=True, name="cache", detail=str(folder))


def _isolation() -> Diagnosis:
    """Report the isolation tier, i.e. how strictly graded code is confined, and why others are missing."""
    best = tiers.best()
    reasons = [f"{tier}: {tiers.missing(tier)}" for tier in tiers.Tier if tiers.missing(tier)]
    return Diagnosis(ok=True, name="isolation", detail="; ".join([f"{best} when grading", *reasons]))


def _worker() -> Diagnosis:
    """Judge one check on a stub in a worker, the process that runs a submission: it must be unsolved."""
    track = next(iter(catalogue.find().values()))
    started = time.perf_counter()
    try:
        report = judge(track, track.stub, only=track.checks[0], isolation=tiers.Tier.SUBPROCESS)
    except (KataError, OSError) as error:
        return Diagnosis(
            ok=False, name="worker", detail=str(error), advice="running submissions needs Linux or macOS"
        )
    seconds = time.perf_counter() - started
    verdict = report.verdicts[0]
    ok = verdict.status is Status.UNSOLVED
    detail = f"first verdict in {seconds:.1f} s"
    if not ok:
        detail += f": {verdict.message}"
    return Diagnosis(ok, name="worker", detail=detail, advice="report this as a bug")
