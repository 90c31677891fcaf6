"""Colours for light and dark backgrounds, and matplotlib's other settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Theme:
    """The colours for one background."""

    name: str
    ground: str
    """The background."""
    ink: str
    """Text and outlines."""
    faint: str
    """Lines in the background, such as frames."""
    wrong: str
    """Yours where it differs."""
    right: str
    """What is expected."""
    classes: tuple[str, ...]
    """Colours of clusters, classes and components, safe for the colour-blind (after Okabe and Ito)."""

    def of(self, number: int) -> str:
        """Return the colour of a class; colours repeat after the last."""
        return self.classes[int(number) % len(self.classes)]

    def blend(self, shares: Any) -> Any:
        """Mix the colours of the classes by each row's shares, (n_rows, n_classes).

        Return red, green and blue from 0 to 1, (n_rows, 3).
        """
        from matplotlib.colors import to_rgb

        colours = np.array([to_rgb(self.of(number)) for number in range(shares.shape[1])])
        shares = np.clip(np.nan_to_num(shares, posinf=0.0, neginf=0.0), 0, None)
        total = shares.sum(axis=1, keepdims=True)
        return np.clip(shares / np.where(total > 0, total, 1) @ colours, 0, 1)

    def settings(self) -> Mapping[str, Any]:
        """Return matplotlib's settings: `$` begins no formula, and equal pictures have equal bytes."""
        ink = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color")
        return {
            **dict.fromkeys(ink, self.ink),
            "axes.edgecolor": self.faint,
            "axes.facecolor": self.ground,
            "figure.facecolor": self.ground,
            "savefig.facecolor": self.ground,
            "font.size": 9.0,
            "text.parse_math": False,
            "svg.hashsalt": "mlkata",
        }


THEMES: Sequence[Theme] = (
    Theme(
        name="light", ground="#ffffff", ink="#1f2328", faint="#c9d1d9", wrong="#b42318", right="#11703b",
        classes=("#0072b2", "#d55e00", "#009e73", "#b0569b", "#8a6d00", "#3fa7d6"),
    ),
    Theme(
        name="dark", ground="#14171c", ink="#e6e9ee", faint="#454c56", wrong="#ff7b72", right="#5ad17f",
        classes=("#56b4e9", "#ff8f3f", "#2fcf9f", "#e08cc8", "#f0e442", "#a9b7ff"),
    ),
)  # fmt: skip
