"""The outcome of a check is described in parts, which terminals, plain text and pages lay out."""

from __future__ import annotations

import graded
import numpy as np
import pytest
import sample_reports as samples
from mlkata.report import failure
from mlkata.report.failure import Facts, Role
from mlkata.report.labelled import labelled, plain
from mlkata.tracks.model import Answer, Kind, Status


def facts_of(verdict):
    """Return the facts about one verdict, read from its report."""
    return failure.read(samples.report(verdict)["rounds"][0]["checks"][0])


def roles(parts):
    """Return the roles of some parts."""
    return [part.role for part in parts]


def test_parts_come_in_one_order():
    """First the rule, the input, both answers, why, how to replay, the hint; then output and traceback."""
    facts = Facts(
        function="assign", status=Status.FAIL, code=None, rule="a rule", message="why",
        arguments=["X = 1"], yours=["2"], expected=["3"],
        replay="kata check", hint="kata hint", stdout="a\nb\n", traceback="line 3",
    )  # fmt: skip
    parts = failure.parts(facts)
    assert [(part.label, *part.lines) for part in parts] == [
        ("rule", "a rule"),
        ("assign", "X = 1"),
        ("yours", "2"),
        ("expected", "3"),
        ("because", "why"),
        ("replay", "kata check"),
        ("hint", "kata hint"),
        ("printed", "a", "b"),
        ("traceback", "line 3"),
    ]


def test_a_passed_check_has_the_rule_only():
    """An open check also has its score and cost."""
    assert roles(failure.parts(facts_of(samples.right()))) == [Role.RULE]
    [_, score, cost] = failure.parts(failure.read(samples.all_sorts()["rounds"][-1]["checks"][0]))
    assert (score.lines, cost.lines) == (("0.75",), ("2.5",))


def test_an_unsolved_check_shows_nothing_of_the_candidate():
    """Neither its answer nor its output is shown, though the report has an answer: NotImplementedError."""
    facts = facts_of(samples.unsolved())
    assert facts.yours
    assert not {Role.YOURS, Role.PRINTED} & set(roles(failure.parts(facts)))


def test_a_single_output_has_no_name():
    """Of several outputs each has its name; an exception and a missing answer have no name."""
    assert failure.read(_check({"labels": [1]})).yours == ["[1]"]
    assert failure.read(_check({"labels": [1], "n": 2})).yours == ["labels = [1]", "n = 2"]
    assert failure.read(_check("ValueError: no")).yours == ["ValueError: no"]
    assert failure.read(_check(None)).yours == []


def _check(got):
    """Return a failed check of a report, with another value of `got`."""
    return samples.all_sorts()["rounds"][0]["checks"][1] | {"got": got}


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.VALUE])
def test_withheld_parts_quote_nothing_of_the_submission(kind):
    """If inputs and expected values are to be hidden from students, only these parts are shown.

    Here the submission's value, message and output are the same text, which could be a hidden input: the file
    was loaded, so it may have seen one.
    """
    loud = Answer(kind, [np.array([0, 0, 0])], message="[1, 0, 0]", stdout="[1, 0, 0]")
    facts = facts_of(samples.verdict(loud))
    for part in failure.withheld(facts, loaded=True):
        assert "[1, 0, 0]" not in str(part)
        assert part.role in (Role.RULE, Role.BECAUSE)


def test_withheld_parts_name_pythons_own_exceptions_only():
    """A submission can put numbers of an input that it has seen into the name of an exception of its own."""
    [_, because] = failure.withheld(
        facts_of(samples.verdict(samples.raised_with_output("X8675309"))), loaded=True
    )
    assert because.lines == ("raised an exception",)
    checks = graded.report({graded.TIES: graded.raised("X8675309")})["rounds"][0]["checks"]
    facts = failure.read(next(check for check in checks if check["id"] == graded.TIES))
    assert failure.withheld(facts, loaded=True)[1].lines == ("raised ValueError",)


def test_a_long_label_has_a_line_of_its_own():
    """The column of labels has ten characters: nine letters fit, followed by a space."""
    assert list(labelled("expected", ["a", "b"])) == [("expected  ", "a"), (" " * 10, "b")]
    assert list(labelled("log_density", ["a"])) == [("log_density", ""), (" " * 10, "a")]
    assert list(labelled("123456789", ["a"])) == [("123456789 ", "a")]


def test_plain_text_shortens_the_output():
    """5,000 lines are cut to 2,000 characters as plain text, or to 12 lines and a count."""
    text = plain(failure.parts(Facts("f", Status.FAIL, code=None, rule="rule", stdout="word\n" * 5000)))
    assert text.endswith("…")
    assert len(text) < 10_000  # 2,000 characters, and an indent for each line
    lines = list(failure.first_lines(["a"] * 14))
    assert lines[-1] == "… 2 more lines"
    assert len(lines) == 13
