"""Sample reports as `as_dict` returns them, with hostile text wherever a submission can put it."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
from hypothesis import strategies as st
from mlkata.judging.verdict import judge
from mlkata.report import as_json
from mlkata.tracks import catalogue
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Answer, Kind, Raised, Report, RoundReport, Score, Status, Verdict

HOSTILE = [
    "::error file=a,line=1::forged", "\n::stop-commands::x\n", "##[add-mask]1", "%0A::set-output name=x::y",
    "]]>", "<!--", "</failure>", "&#x0;", "\x00", "\x1b[2J", "\x85", "\u2028", "\ufffe", "\ud800", "\r\n",
    "```", "````text", "~~~", "</details>", "<img src=x>", "[a](javascript:b)", "*b*", "| x |", "http://a.b",
    "\U0001d7d9", "é", '"', "\\", ",title=x", "é" * 300,
]  # fmt: skip
hostile = st.lists(st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=8), max_size=6).map("".join)
"""Draws any mixture of arbitrary characters and of texts that have a meaning in some format."""


def raised_with_output(text):
    """Return an answer with an exception and output of this text."""
    raised = Raised(types=(text or "Oops", "Exception"), message=text, traceback=f"line 3, in assign: {text}")
    return Answer(Kind.RAISED, raised=raised, message=str(raised), stdout=text)


def refused(text):
    """Return an answer of a failed import with this text."""
    return Answer(Kind.IMPORT, message=f"kmeans.py cannot be imported: {text}")


@cache
def _case(check_id):
    return draw(catalogue.get("kmeans").check(check_id), 0)


def verdict(answer, check_id="kmeans.1/assign/ties"):
    """Judge an answer to a check that expects the labels 1, 0, 0."""
    return judge(_case(check_id), answer, Answer(Kind.VALUE, [np.array([1, 0, 0])]))


def right():
    """Return the verdict on the expected answer."""
    return verdict(Answer(Kind.VALUE, [np.array([1, 0, 0])]))


def unsolved():
    """Return the verdict on the stub's error."""
    return verdict(Answer(Kind.RAISED, raised=Raised(("NotImplementedError",), "assign: TODO")))


def skipped():
    """Return the verdict of a workspace on a check whose round waits for another round to pass."""
    return Verdict(_case("kmeans.1/assign/ties").check, Status.SKIP, message="needs kmeans.0")


def opened():
    """Return a verdict of the open round, with score and cost."""
    check = catalogue.get("kmeans").checks_of(catalogue.get("kmeans").rounds[-1])[0]
    return Verdict(check, Status.OPEN, score=Score(score=0.75, cost=2.5))


def report(*verdicts, name="kmeans.py"):
    """Return a report of one round, and of the open round if a verdict is open, as plain values."""
    track = catalogue.get("kmeans")
    rounds = [RoundReport(track.rounds[0], tuple(v for v in verdicts if v.status is not Status.OPEN))]
    if any(v.status is Status.OPEN for v in verdicts):
        last = tuple(v for v in verdicts if v.status is Status.OPEN)
        rounds.append(RoundReport(track.rounds[-1], last))
    whole = Report("kmeans", name, seed=7, isolation="bwrap+seccomp", rounds=tuple(rounds), seconds=1.25)
    return json.loads(json.dumps(as_json.as_dict(whole, track)))  # statuses become strings, as in a file


def all_sorts(text="", name="kmeans.py"):
    """Return a report with every status that grading has; failures contain `text`.

    The six verdicts: right, wrong, an exception, a crash, unsolved, open.
    """
    crashed = Answer(Kind.CRASHED, message=f"its process ended: {text}", stdout=text)
    wrong = Answer(Kind.VALUE, [np.array([0, 0, 0])], stdout=text)
    return report(
        right(),
        verdict(wrong),
        verdict(raised_with_output(text)),
        verdict(crashed),
        unsolved(),
        opened(),
        name=name,
    )
