"""Draws a check's case: its calls, with the arguments for one seed."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from mlkata.tracks.model import Case, Check, Step

_DRAWS = 200
"""Draws in a row that a check's audit may refuse before this is reported as a fault of the track."""


def draw(check: Check, seed: int) -> Case:
    """Draw a case that the check's audit accepts, i.e. to which there is exactly one right answer.

    The random numbers depend on the seed and the check's id, so that a new check changes no other.
    Raise RuntimeError, a fault of the track, if 200 draws in a row are refused, or if a case with a memory
    limit has an argument that counts distances (`Dist`).
    """
    rng = np.random.default_rng([seed, crc32(check.id.encode())])
    for _ in range(_DRAWS):
        drawn = check.make(rng)
        steps = (drawn,) if isinstance(drawn, Step) else tuple(drawn)
        if check.audit is None or check.audit(steps):
            fetch = range(len(steps)) if check.fetch is None else check.fetch
            caps = dict(enumerate(step.arguments.get("max_bytes", check.max_bytes) for step in steps))
            case = Case(
                check=check,
                seed=seed,
                steps=steps,
                fetch=tuple(sorted(index % len(steps) for index in fetch)),  # -1 becomes the last index
                caps={index: cap for index, cap in caps.items() if cap is not None},
            )
            if case.caps and case.dists:
                raise RuntimeError(
                    f"{check.id}: a step with max_bytes is called twice, so no Dist can count: drop either"
                )
            return case
    raise RuntimeError(f"{check.id}: its audit refuses {_DRAWS} draws in a row at seed {seed}")
