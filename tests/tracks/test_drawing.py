"""Drawing cases: the same for the same seed, each check on its own."""

from dataclasses import replace

import pytest
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Check, call

PLAIN = Check("toy.1/double/plain", "a rule", lambda rng: call("double", x=rng.random(3)), lambda *_: None)


def numbers(case):
    """Give the first argument of a case."""
    return case.steps[0].arguments["x"].tolist()


def test_the_same_seed_gives_the_same_case():
    """Cases can be replayed by their seed."""
    assert numbers(draw(PLAIN, 7)) == numbers(draw(PLAIN, 7))
    assert numbers(draw(PLAIN, 7)) != numbers(draw(PLAIN, 8))
    assert numbers(draw(PLAIN, 0)) != numbers(draw(PLAIN, 2**32 - 1))


def test_each_check_has_a_stream_of_its_own(toy):
    """Another check, before or after, changes no draw; another id does."""
    alone = {check.id: draw(check, 3) for check in toy.checks}
    for check in reversed(toy.checks):
        assert repr(draw(check, 3).steps) == repr(alone[check.id].steps)
    assert numbers(draw(replace(PLAIN, id="toy.1/double/other"), 7)) != numbers(draw(PLAIN, 7))


def test_refused_inputs_are_drawn_again():
    """The audit has the last word, and sees steps."""
    seen = []

    def audit(steps):
        seen.append(steps[0].arguments["x"])
        return len(seen) == 5

    case = draw(replace(PLAIN, audit=audit), 0)
    assert len(seen) == 5
    assert case.steps[0].arguments["x"] is seen[-1]


def test_an_audit_that_refuses_everything_is_told():
    """A track whose inputs are all refused is at fault, and no endless loop."""
    with pytest.raises(RuntimeError) as caught:
        draw(replace(PLAIN, audit=lambda steps: False), 4)
    assert str(caught.value) == "toy.1/double/plain: its audit refuses 200 draws in a row at seed 4"


def test_what_travels():
    """The last step unless the check says otherwise; negative indices count from the end."""
    steps = [call("double", x=1), call("double", x=2), call("double", x=3)]
    check = replace(PLAIN, make=lambda rng: steps)
    assert draw(check, 0).fetch == (2,)
    assert draw(replace(check, fetch=None), 0).fetch == (0, 1, 2)
    assert draw(replace(check, fetch=(-1, 0)), 0).fetch == (0, 2)
    assert draw(check, 0).steps == tuple(steps)
    assert draw(PLAIN, 0).fetch == (0,)
