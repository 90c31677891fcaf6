"""Update the points of judged submissions, as a course may change what a check is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Status, points


def rescored(record: Mapping[str, Any], track: Track) -> dict[str, Any]:
    """Return a submission's record (`mlkata.graded/1`) with the points that the track's checks have now."""
    points_of = {check.id: check.points for check in track.checks}
    rounds = [_round(round_, points_of) for round_ in record["report"]["rounds"]]
    sums = {key: points(round_[key] for round_ in rounds) for key in ("score", "max_score")}
    return {**record, "report": {**record["report"], **sums, "rounds": rounds}}


def _round(round_: Mapping[str, Any], points_of: Mapping[str, float]) -> dict[str, Any]:
    # `points` adds up points and rounds the sum to six decimals; a single value is only rounded.
    checks = [
        {
            **check,
            "points": points([points_of[check["id"]]]) if check["status"] == Status.PASS else 0.0,
            "max_points": points([points_of[check["id"]]]),
        }
        for check in round_["checks"]
    ]
    passed = (points_of[check["id"]] for check in checks if check["status"] == Status.PASS)
    return {
        **round_,
        "score": points(passed),
        "max_score": points(points_of[check["id"]] for check in checks),
        "checks": checks,
    }
