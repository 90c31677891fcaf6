"""Takes checks that count for nobody out of a report."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mlkata.tracks.model import Status, points, worst


def without(report: Mapping[str, Any], void: Collection[str]) -> Mapping[str, Any]:
    """Return a report (mlkata.report/1) without some checks, its points and statuses as if they had never been.

    A round that has no other checks goes, too.
    """
    if not void or not any(check["id"] in void for one in report["rounds"] for check in one["checks"]):
        return report
    rounds = [_round(one, void) for one in report["rounds"]]
    rounds = [one for one in rounds if one["checks"]]
    status = worst(Status(one["status"]) for one in rounds)
    return {
        **report,
        "status": Status.UNSOLVED if status is Status.SKIP else status,
        "score": points(one["score"] for one in rounds),
        "max_score": points(one["max_score"] for one in rounds),
        "rounds": rounds,
    }


def _round(one: Mapping[str, Any], void: Collection[str]) -> dict[str, Any]:
    checks = [check for check in one["checks"] if check["id"] not in void]
    return {
        **one,
        "status": _status(one, checks),
        "score": points(check["points"] for check in checks),
        "max_score": points(check["max_points"] for check in checks),
        "checks": checks,
    }


def _status(one: Mapping[str, Any], checks: list[Mapping[str, Any]]) -> Status:
    """A round that had not been begun has not been begun without them, either."""
    if one["status"] == Status.UNSOLVED:
        return Status.UNSOLVED
    statuses = [Status(check["status"]) for check in checks]
    status = worst(statuses)
    return Status.OPEN if status is Status.PASS and Status.OPEN in statuses else status
