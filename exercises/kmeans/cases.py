"""The checks of the track, round by round; `kata check` shows the first failure in this order."""

from . import round1, round2, round3, round4, round5, round6, round7, round8, round9

ROUNDS = (round1, round2, round3, round4, round5, round6, round7, round8, round9)
CHECKS = tuple(check for round_ in ROUNDS for check in round_.CHECKS)
