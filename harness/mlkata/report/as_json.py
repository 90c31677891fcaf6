"""Write the report on a submission as strict JSON, in the schema `mlkata.report/1`.

A report has the rounds of a track, and a round has checks: a check is one rule of the exercise, judged on
drawn inputs. The writers of other formats (JUnit, Gradescope and so on) start from this JSON.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from typing import Any

from mlkata import __version__
from mlkata.report import values
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import FINE, Report, RoundReport, Verdict, points

SCHEMA = "mlkata.report/1"
_version = cache(version)
"""Cached, since each look-up reads a file of the package, and grading thousands of files would repeat it."""


def render(report: Mapping[str, Any]) -> str:
    """Return the result of `as_dict` as JSON text, in ASCII.

    Printed JSON may end up in the log of a GitHub workflow, where `##[` begins a command. Therefore the
    bracket is escaped; a reader of JSON gets it back.
    """
    text = json.dumps(report, indent=1, allow_nan=False) + "\n"
    return text.replace("##[", "##\\u005b")


def checks(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the checks of all rounds of an `as_dict` result, in the order of the track."""
    return [check for round_ in report["rounds"] for check in round_["checks"]]


def as_dict(report: Report, track: Track) -> dict[str, Any]:
    """Return the whole report as dicts, lists, strings and numbers, ready for `render`."""
    packages = ("numpy", "scikit-learn", "numba")
    return {
        "schema": SCHEMA,
        "versions": {"mlkata": __version__, "python": platform.python_version()}
        | {name: _version(name) for name in packages},
        "track": report.track,
        "contract": track.digest,  # it changes with the stub, the checks and the oracle
        "submission": report.submission,
        "seed": report.seed,
        "isolation": report.isolation,
        "status": report.status,
        "score": report.score,
        "max_score": report.max_score,
        "seconds": round(report.seconds, 4),
        "rounds": [_round(round_report, track) for round_report in report.rounds],
    }


def _round(report: RoundReport, track: Track) -> dict[str, Any]:
    return {
        "id": report.round.id,
        "title": report.round.title,
        "status": report.status,
        "score": report.score,
        "max_score": report.max_score,
        "checks": [_check(verdict, track) for verdict in report.verdicts],
    }


def _check(verdict: Verdict, track: Track) -> dict[str, Any]:
    """Return one check; only if it did not pass, its arguments, both answers and the output are included."""
    check, case, answer = verdict.check, verdict.case, verdict.answer
    shown: dict[str, Any] = {"arguments": None, "expected": None, "got": None}
    if case is not None and answer is not None and verdict.status not in FINE:
        shown["arguments"] = {name: values.plain(value) for name, value in values.arguments(case).items()}
        for key, outcome in (("expected", verdict.expected), ("got", answer)):
            if outcome is not None and outcome.raised is not None:
                shown[key] = str(outcome.raised)
            elif outcome is not None:
                named = values.outputs(outcome, case, track.contracts)
                shown[key] = {name: values.plain(value) for name, value in named} or None
    return {
        "id": check.id,
        "function": check.function,
        "status": verdict.status,
        "code": verdict.code,
        # The sums of one number each: `points` also rounds, so that a third of a point is 0.333333.
        "points": points([verdict.points]),
        "max_points": points([check.points]),
        "rule": check.rule,
        "message": verdict.message,
        **shown,
        "replay": verdict.replay,
        "stdout": answer.stdout if answer is not None and verdict.status not in FINE else "",
        "seconds": round(verdict.seconds, 4),
        "peak_bytes": answer.peak_bytes if answer is not None else None,
        "score": values.plain(asdict(verdict.score)) if verdict.score is not None else None,
    }
