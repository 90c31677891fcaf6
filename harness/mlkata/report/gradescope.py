"""Write a report as the `results.json` that Gradescope's autograder reads.

Gradescope is a website on which teachers grade students' files. Each check, i.e. one rule judged on drawn
inputs, becomes a test.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mlkata.report import failure
from mlkata.report.as_json import checks
from mlkata.report.labelled import plain
from mlkata.tracks.model import FINE


def render(report: Mapping[str, Any], *, hide_expected: bool = False) -> str:
    """Return a report in the schema `mlkata.report/1` as tests, all visible to the student.

    With `hide_expected`, a test shows its rule and the kind of failure, and nothing of its input: no
    arguments, no expected values, and no text into which a submission can copy them (results, output,
    messages of exceptions, the judge's message). If a file could not be loaded, the reason is shown, since
    such a file has seen no input; of forbidden code and a lack of memory, only the kind is. The seed is in
    `extra_data`, which students do not see: with the track and the seed, they could draw the inputs.
    """
    loaded = not failure.nothing_ran(report)
    results: dict[str, Any] = {
        "score": report["score"],
        "execution_time": report["seconds"],
        "visibility": "visible",
        "stdout_visibility": "hidden",  # the report on standard output shows all inputs
        "extra_data": {name: report[name] for name in ("seed", "isolation", "contract")},
        "tests": [
            {
                "name": check["id"],
                "number": f"{round_['id'].rpartition('.')[2]}.{position}",
                "score": check["points"],
                "max_score": check["max_points"],
                "status": "passed" if check["status"] in FINE else "failed",
                "output": _output(check, loaded=loaded, hide_expected=hide_expected),
                "output_format": "text",
                "visibility": "visible",
            }
            for round_ in report["rounds"]
            for position, check in enumerate(round_["checks"], start=1)
        ],
    }
    board = list(_leaderboard(report))
    return json.dumps(results | ({"leaderboard": board} if board else {}), indent=1, allow_nan=False) + "\n"


def _output(check: Mapping[str, Any], *, loaded: bool, hide_expected: bool) -> str:
    facts = failure.read(check)
    return plain(failure.withheld(facts, loaded=loaded) if hide_expected else failure.parts(facts))


def _leaderboard(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield two columns, the score and the cost, for each open check (scored, without a pass or fail)."""
    for check in checks(report):
        if check["score"] is not None:
            yield {"name": f"{check['id']}: score", "value": check["score"]["score"], "order": "desc"}
            yield {"name": f"{check['id']}: cost", "value": check["score"]["cost"], "order": "asc"}
