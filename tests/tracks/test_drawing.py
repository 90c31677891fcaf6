"""A check's case is drawn by a seed: the same seed gives the same case, and no check depends on another."""

from dataclasses import replace

import pytest
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Check, call

PLAIN = Check("toy.1/double/plain", "a rule", lambda rng: call("double", x=rng.random(3)), lambda *_: None)


def numbers(case):
    """Return the array x of a case as a list."""
    return case.steps[0].arguments["x"].tolist()


def test_the_same_seed_gives_the_same_case():
    """So a case can be replayed by its seed."""
    assert numbers(draw(PLAIN, seed=7)) == numbers(draw(PLAIN, seed=7))
    assert numbers(draw(PLAIN, seed=7)) != numbers(draw(PLAIN, seed=8))
    assert numbers(draw(PLAIN, seed=0)) != numbers(draw(PLAIN, seed=2**32 - 1))


def test_each_check_has_its_own_stream_of_random_numbers(toy):
    """The case depends on the check's id and the seed, not on the checks drawn before."""
    alone = {check.id: draw(check, seed=3) for check in toy.checks}
    for check in reversed(toy.checks):
        assert repr(draw(check, seed=3).steps) == repr(alone[check.id].steps)
    assert numbers(draw(replace(PLAIN, id="toy.1/double/other"), seed=7)) != numbers(draw(PLAIN, seed=7))


def test_inputs_that_the_audit_refuses_are_drawn_again():
    """An audit says whether drawn inputs have exactly one right answer. Here it accepts the fifth draw."""
    inputs = []

    def audit(steps):
        inputs.append(steps[0].arguments["x"])
        return len(inputs) == 5

    case = draw(replace(PLAIN, audit=audit), seed=0)
    assert len(inputs) == 5
    assert case.steps[0].arguments["x"] is inputs[-1]


def test_an_audit_that_refuses_everything_is_an_error():
    """This is a fault of the track. Drawing ends after 200 draws."""
    with pytest.raises(RuntimeError) as caught:
        draw(replace(PLAIN, audit=lambda steps: False), seed=4)
    assert str(caught.value) == "toy.1/double/plain: its audit refuses 200 draws in a row at seed 4"


def test_the_result_of_the_last_step_is_fetched_unless_the_check_says_otherwise():
    """`fetch` has the steps whose results are judged; None means all, negative indices count from the end."""
    steps = [call("double", x=1), call("double", x=2), call("double", x=3)]
    check = replace(PLAIN, make=lambda rng: steps)
    assert draw(check, seed=0).fetch == (2,)
    assert draw(replace(check, fetch=None), seed=0).fetch == (0, 1, 2)
    assert draw(replace(check, fetch=(-1, 0)), seed=0).fetch == (0, 2)
    assert draw(check, seed=0).steps == tuple(steps)
    assert draw(PLAIN, seed=0).fetch == (0,)
