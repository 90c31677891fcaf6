"""What every track keeps: rules stand in contracts, checks are in order, inputs follow the seed."""

import ast
import re

import numpy as np
import pytest
from mlkata.judging.oracle import Oracle
from mlkata.tracks import catalogue, contract, drawing
from mlkata.tracks.arguments import Dist, Rng, record_fields
from mlkata.tracks.model import Kind

TRACKS = list(catalogue.find().values())
LONGEST_STUB = 25
"""Lines of a function in a stub, its docstring included: more is not read in an interview."""

every_track = pytest.mark.parametrize("track", TRACKS, ids=lambda track: track.name)


@every_track
def test_every_rule_stands_in_its_contract(track):
    for check in track.checks:
        assert track.contracts[check.function].states(check.rule), check.id


@every_track
def test_checks_follow_the_rounds_and_the_stub(track):
    functions = list(track.contracts)
    places = [(track.round(check.round_id).number, functions.index(check.function)) for check in track.checks]
    assert places == sorted(places)
    assert len({check.id for check in track.checks}) == len(track.checks)


@every_track
def test_a_stub_is_short_and_shows_an_example(track):
    for function in contract.module_functions(track.stub.read_text(encoding="utf-8")):
        lines = function.end_lineno - function.lineno + 1
        assert lines <= LONGEST_STUB, f"{function.name} has {lines} lines"
        assert ">>> " in (ast.get_docstring(function) or ""), f"{function.name} has no example"


def numbers(value):
    """Everything in an argument that a seed could change."""
    if isinstance(value, Dist):
        return numbers(value.points)
    if isinstance(value, Rng):
        return [value.seed]
    if record_fields(value) is not None or isinstance(value, list | tuple):
        return [number for one in value for number in numbers(one)]
    return np.ravel(value).tolist() if isinstance(value, np.ndarray) else [value]


def drawn(check, seed):
    """A case's numbers, as text, so that NaN equals NaN."""
    case = drawing.draw(check, seed)
    return case, repr([numbers(value) for step in case.steps for value in step.arguments.values()])


@every_track
def test_inputs_change_with_the_seed_where_no_error_is_asked_for(track):
    """Fixed inputs can be learnt by heart; a wrong argument is as wrong at every seed."""
    oracle = Oracle(track, keep=False)
    fixed = []
    for check in track.checks:
        (case, first), (_, second) = drawn(check, 0), drawn(check, 1)
        if first == second and (not check.expects or oracle.answer(case).kind is Kind.VALUE):
            fixed.append(check.id)
    assert fixed == []


@every_track
def test_a_case_is_the_same_whenever_it_is_drawn(track):
    for check in track.checks:
        assert drawn(check, 3)[1] == drawn(check, 3)[1], check.id


@every_track
def test_its_readme_has_a_section_for_each_round(track):
    text = (track.exercises / "README.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (\d+)\. (.+) \((\d+) minutes\)$", text, re.MULTILINE)
    assert headings == [(str(one.number), one.title, str(one.minutes)) for one in track.rounds]
