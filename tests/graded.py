"""Records `mlkata.graded/1` for tests: real reports on real checks, of answers that are made up."""

from __future__ import annotations

import copy
from functools import cache

from mlkata.judging.verdict import judge
from mlkata.report import as_json
from mlkata.tracks import catalogue
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Answer, Kind, Raised, Report, RoundReport, Status, Verdict

SECRET = 8675309.25
"""The expected value of every wrong answer, and the seed in its command. Pages that hide expected values
must not show it."""
TIES, MEANS, EMPTY = "kmeans.1/assign/ties", "kmeans.1/update/means", "kmeans.1/update/empty-cluster"
WINE = "kmeans.1/update/wine"
N_CHECKS = {1: 20, 2: 33}
"""The number of checks in a report by round: tests count on them, whichever checks are added to the track."""
VALUE = Answer(Kind.VALUE, [1.0])
"""A wrong answer."""


def raised(message, stdout=""):
    """Return an answer that is an exception."""
    raised = Raised(("ValueError", "Exception"), message)
    return Answer(Kind.RAISED, raised=raised, message=str(raised), stdout=stdout)


def report(wrong=None, *, rounds=2, begun=2):
    """Return a report, as JSON has it, on the first `rounds` rounds of k-means.

    All checks pass but those in `wrong`, which have the answers given there by check id, and those of rounds
    after number `begun`, which are unsolved.
    """
    track = catalogue.get("kmeans")
    wrong = wrong or {}
    results = []
    for number, round_ in enumerate(track.rounds[:rounds], 1):
        verdicts = []
        for check in _checks(track, round_):
            if number > begun:
                verdicts.append(Verdict(check, Status.UNSOLVED, message="not solved yet"))
            elif check.id in wrong:
                verdicts.append(_judged(check, wrong[check.id]))
            else:
                verdicts.append(Verdict(check, Status.PASS, replay=f"kata check kmeans --case {check.id}"))
        results.append(RoundReport(round_, tuple(verdicts)))
    full = Report(
        "kmeans", "kmeans.py", seed=7, isolation="bwrap+seccomp", rounds=tuple(results), seconds=1.5
    )
    return copy.deepcopy(as_json.as_dict(full, track))


def _checks(track, round_):
    """Return the first checks of a round, and those that tests name."""
    checks = track.checks_of(round_)
    n_checks = N_CHECKS.get(round_.number, len(checks))
    unnamed = [check for check in checks if check.id not in (TIES, MEANS, EMPTY, WINE)]
    surplus = unnamed[len(unnamed) - (len(checks) - n_checks) :]
    return [check for check in checks if check not in surplus]


def _judged(check, answer):
    case = _case(check.id)
    verdict = judge(case, answer, Answer(Kind.VALUE, [SECRET]))
    return Verdict(
        check,
        verdict.status,
        code=verdict.code,
        message=verdict.message,
        case=case,
        answer=answer,
        expected=verdict.expected,
        replay=f"kata check kmeans --seed {SECRET} --case {check.id}",
    )


@cache
def _case(check_id):
    return draw(catalogue.get("kmeans").check(check_id), seed=0)


def import_failed():
    """Return the report on an unreadable submission: every check is an error, no points."""
    document = report()
    for part in (document, *document["rounds"]):
        part.update(status="error", score=0.0)
    for round_ in document["rounds"]:
        for check in round_["checks"]:
            check.update(status="error", code="import", points=0.0, message="line 3: invalid syntax")
    return document | {"seconds": 0.0}


def record(name="alice", graded=None, problem=""):
    """Return one record; with a problem, its report is the one on an unreadable submission."""
    return {
        "schema": "mlkata.graded/1",
        "id": name,
        "name": "kmeans.py",
        "sha256": "ab" * 32,
        "settings": "cd" * 32,
        "problem": problem,
        "report": import_failed() if problem else graded or report(),
    }
