"""Any answers, exceptions and output of a submission become strict JSON, and lines for any terminal."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlkata.judging.verdict import judge
from mlkata.report import as_json, terminal, values
from mlkata.tracks import catalogue
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Answer, Kind, Raised, Report, RoundReport, Status, Verdict

TRACK = catalogue.get("kmeans")
CASE = draw(TRACK.check("kmeans.1/assign/ties"), 0)
TEXTS = st.one_of(
    st.text(st.characters(), max_size=60),
    st.lists(
        st.sampled_from(
            [
                "::error::x",
                "##[error]x",
                "\x1b[2J",
                "\u202e",
                "\ud800",
                "]]>",
                "\r\n",
                " " * 30,
                "w" * 90,
                "\0",
            ]
        ),
        max_size=8,
    ).map("".join),
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXTS,
    st.sampled_from(
        [
            np.longdouble("1e4000"),
            np.float16(2),
            np.array([np.longdouble(1)]),
            np.array(["x" * 5000] * 3),
            np.array([["\x1b[2J", "::error::"]]),
            np.full((3, 3), np.nan),
            np.zeros((0, 3)),
            np.array(np.inf),
            np.arange(1000),
            np.zeros([1] * 32),
            np.array([1, 2], ">u8"),
            np.str_("::x"),
        ]
    ),
)
NESTED = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(TEXTS, st.integers()), inner, max_size=3),
    ),
    max_leaves=8,
)
RAISED = st.builds(Raised, st.lists(TEXTS, min_size=1, max_size=3).map(tuple), message=TEXTS, traceback=TEXTS)
ANSWERS = st.builds(
    Answer,
    st.sampled_from(list(Kind)),
    st.lists(NESTED, max_size=1),
    raised=st.one_of(st.none(), RAISED),
    message=TEXTS,
    stdout=TEXTS,
)


@settings(max_examples=100)
@given(ANSWERS, TEXTS, TEXTS, st.sampled_from([Status.FAIL, Status.ERROR, Status.UNSOLVED, Status.PASS]))
def test_any_answer_can_be_reported(answer, message, name, status):
    """Nothing raises; JSON has no NaN; a terminal gets no control character, and GitHub's log no command."""
    if answer.kind is Kind.RAISED and answer.raised is None:
        answer = Answer(Kind.CRASHED, message=answer.message)
    verdict = Verdict(
        CASE.check,
        status,
        code=answer.kind,
        message=message,
        case=CASE,
        answer=answer,
        expected=Answer(Kind.VALUE, [np.arange(3)]),
        replay=f"kata {name}",
    )
    rounds = (RoundReport(TRACK.rounds[0], (verdict,) * 3),)
    report = Report("kmeans", name, seed=0, isolation="subprocess", rounds=rounds, seconds=1.0)
    written = as_json.render(as_json.as_dict(report, TRACK))
    written.encode("ascii")
    json.loads(written, parse_constant=pytest.fail)
    for line in "\n".join(line.plain for line in terminal.render(report, TRACK)).split("\n"):
        assert line.isprintable(), repr(line)
        assert not line.lstrip().startswith("::"), line
        assert "##[" not in line, line


@pytest.mark.parametrize(
    ("value", "text_", "plain"),
    [
        (np.longdouble(1.5), "1.5", 1.5),
        (np.array([np.longdouble(1.5)]), "[1.5]", [1.5]),
        ("x" * 5000, "'" + "x" * 1999 + "…", "x" * 2000 + "…"),
        (["x" * 5000], "['" + "x" * 1998 + "…", ["x" * 2000 + "…"]),
        (np.array(["x" * 5000]), "['" + "x" * 1998 + "…", ["x" * 2000 + "…"]),
    ],
)
def test_odd_values_are_converted_and_long_ones_shortened(value, text_, plain):
    """Python has no type for a long double: it becomes a float. Texts end after 2,000 characters."""
    assert values.text(value) == text_
    assert values.plain(value) == plain


def test_an_overflow_in_a_judge_is_a_wrong_answer(recwarn):
    """The submission's numbers, 1e200 squared, cause it, so numpy's warning is not shown."""
    case = draw(TRACK.check("kmeans.2/kmeans/equal-rows"), 0)
    far = np.full(case.steps[0].arguments["centers"].shape, 1e200)
    # `kmeans` returns labels, centres, inertia and the number of iterations.
    answer = Answer(Kind.VALUE, [(np.array([0, 0, 0, 0]), far, 1.0, 1)])
    expected = (np.array([0, 0, 0, 0]), case.steps[0].arguments["centers"], 0.0, 1)
    assert judge(case, answer, Answer(Kind.VALUE, [expected])).status is Status.FAIL
    assert not recwarn.list
