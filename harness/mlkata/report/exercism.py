"""Write a report as the `results.json` of an Exercism test runner, version 3 of its interface.

Exercism is a website with programming exercises. Each check, i.e. one rule judged on drawn inputs, becomes a
test.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mlkata.report import failure
from mlkata.report.as_json import checks
from mlkata.report.labelled import plain
from mlkata.tracks.harmless import printable
from mlkata.tracks.model import FINE, Status

MAX_OUTPUT = 500
"""Maximum number of characters of a test's output."""
MAX_MESSAGE = 65535
"""Maximum number of bytes of a message. The interface limits characters, but a text never has more characters
than bytes."""
_TRUNCATED = "\nOutput was truncated. Please limit to 500 chars"


def render(report: Mapping[str, Any]) -> str:
    """Return a report in the schema `mlkata.report/1` as tests, in the order of the track.

    Exercism shows the first failure. The status is `error` only if the file could not be loaded and no
    check ran; then the message says why, and no test is listed. An open check, which ends in a score instead
    of a pass, counts as passed. An unsolved check, whose function is still the stub's, counts as failed.
    """
    judged = checks(report)
    results: dict[str, Any] = {"version": 3}
    if failure.nothing_ran(report):
        reason = printable(judged[0]["message"]) or failure.read(judged[0]).in_words
        return _text(results | {"status": "error", "message": _limited(reason), "tests": []})
    tests = [_test(round_["id"], check) for round_ in report["rounds"] for check in round_["checks"]]
    passed = all(check["status"] in FINE for check in judged)
    return _text(results | {"status": "pass" if passed else "fail", "message": None, "tests": tests})


def _test(round_id: str, check: Mapping[str, Any]) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": f"{check['rule']} ({check['id']})",
        "status": "pass",
        "test_code": _code(check),
        "task_id": int(round_id.rpartition(".")[2]),
    }
    if check["status"] not in FINE:
        test["status"] = "error" if check["status"] == Status.ERROR else "fail"
        without_output = replace(failure.read(check), stdout="")  # the output has its own field below
        test["message"] = plain(failure.parts(without_output))
    printed = printable(check["stdout"])
    if printed:
        test["output"] = printed
        if len(printed) > MAX_OUTPUT:
            test["output"] = printed[: MAX_OUTPUT - len(_TRUNCATED)] + _TRUNCATED
    return test


def _code(check: Mapping[str, Any]) -> str:
    """Return a check's call, such as `assign(X, centers)`, or `assign(...)` if its arguments are unknown."""
    names = ", ".join(check["arguments"] or ["..."])
    return f"# {check['rule']}\n{check['function']}({names})"


def _limited(message: str) -> str:
    """Cut a message to the limit; `ignore` drops a character of several bytes that would be cut in two."""
    return message.encode()[:MAX_MESSAGE].decode(errors="ignore")


def _text(results: Mapping[str, Any]) -> str:
    return json.dumps(results, indent=1, allow_nan=False) + "\n"
