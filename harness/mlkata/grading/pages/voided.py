"""Remove void checks from a report, i.e. those that the teacher has decided not to count."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mlkata.tracks.model import Status, points, worst


def without(report: Mapping[str, Any], void: Collection[str]) -> Mapping[str, Any]:
    """Return a report (`mlkata.report/1`) without the checks in `void`, with new points and statuses.

    A round that has no other checks is removed as well.
    """
    if not void or not any(check["id"] in void for round_ in report["rounds"] for check in round_["checks"]):
        return report
    rounds = [_round(round_, void) for round_ in report["rounds"]]
    rounds = [round_ for round_ in rounds if round_["checks"]]
    status = worst(Status(round_["status"]) for round_ in rounds)
    # As in `Report.status`: a skipped check did not run, so the submission is not solved.
    return {
        **report,
        "status": Status.UNSOLVED if status is Status.SKIP else status,
        "score": points(round_["score"] for round_ in rounds),
        "max_score": points(round_["max_score"] for round_ in rounds),
        "rounds": rounds,
    }


def _round(round_: Mapping[str, Any], void: Collection[str]) -> dict[str, Any]:
    checks = [check for check in round_["checks"] if check["id"] not in void]
    return {
        **round_,
        "status": _status(round_, checks),
        "score": points(check["points"] for check in checks),
        "max_score": points(check["max_points"] for check in checks),
        "checks": checks,
    }


def _status(round_: Mapping[str, Any], checks: list[Mapping[str, Any]]) -> Status:
    """Return a round's status from the remaining checks; a round that was not begun stays unsolved."""
    if round_["status"] == Status.UNSOLVED:
        return Status.UNSOLVED
    statuses = [Status(check["status"]) for check in checks]
    status = worst(statuses)
    # As in `RoundReport.status`: a check of an open-ended round may pass, but the round does not.
    return Status.OPEN if status is Status.PASS and Status.OPEN in statuses else status
