"""The checks of the track, round by round; `kata check` shows the first failure in this order."""

from . import round1, round2, round3, round4, round5, round6, round7, round8, round9

CHECKS = (
    *round1.CHECKS,
    *round2.CHECKS,
    *round3.CHECKS,
    *round4.CHECKS,
    *round5.CHECKS,
    *round6.CHECKS,
    *round7.CHECKS,
    *round8.CHECKS,
    *round9.CHECKS,
)
