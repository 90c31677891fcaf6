"""Writes a report as the `results.json` of an Exercism test runner, version 3 of its interface."""

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
"""Characters of what a test printed."""
MAX_MESSAGE = 65535
"""Bytes of the message; the interface says characters, fewer where some take several bytes."""
_TRUNCATED = "\nOutput was truncated. Please limit to 500 chars"


def render(report: Mapping[str, Any]) -> str:
    """Write a `mlkata.report/1`, a test a check, in the order of the track: the first failure is shown.

    The status is `error` only where no check ran, since the file could not be loaded; the message says
    why, and no test is listed. An open check passes; what is not solved yet fails.
    """
    judged = checks(report)
    results: dict[str, Any] = {"version": 3}
    if failure.nothing_ran(report):
        why = printable(judged[0]["message"]) or failure.read(judged[0]).in_words
        return _text(results | {"status": "error", "message": _limited(why), "tests": []})
    tests = [_test(one["id"], check) for one in report["rounds"] for check in one["checks"]]
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
        test["message"] = plain(failure.parts(replace(failure.read(check), stdout="")))
    printed = printable(check["stdout"])
    if printed:
        test["output"] = printed
        if len(printed) > MAX_OUTPUT:
            test["output"] = printed[: MAX_OUTPUT - len(_TRUNCATED)] + _TRUNCATED
    return test


def _code(check: Mapping[str, Any]) -> str:
    """Write the call that a check makes, with dots where the report does not say its arguments."""
    names = ", ".join(check["arguments"] or ["..."])
    return f"# {check['rule']}\n{check['function']}({names})"


def _limited(message: str) -> str:
    return message.encode()[:MAX_MESSAGE].decode(errors="ignore")


def _text(results: Mapping[str, Any]) -> str:
    return json.dumps(results, indent=1, allow_nan=False) + "\n"
