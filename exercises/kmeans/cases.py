"""The checks of the track, round by round; the first that fails is the one that is shown."""

from . import round1, round2, round3, round4, round5, round6, round7, round8, round9

ROUNDS = (round1, round2, round3, round4, round5, round6, round7, round8, round9)
CHECKS = tuple(check for one in ROUNDS for check in one.CHECKS)
