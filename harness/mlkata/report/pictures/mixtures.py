"""Draws mixtures: ellipses of one and two standard deviations, densities in one dimension, EM's curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlkata.report.pictures import plane as planes
from mlkata.report.pictures import points
from mlkata.report.pictures.plane import Plane
from mlkata.report.pictures.subject import Side, Subject
from mlkata.report.pictures.theme import Theme
from mlkata.tracks.model import Step

_TURN = np.linspace(0, 2 * np.pi, 73)
_STEPS = 240
_ITERATIONS = 30
"""A longer curve is flat at its end."""


def components(subject: Subject, side: Side) -> tuple[Any, Any, Any] | None:
    """Give weights (k,), means (k, d) and covariances (k, d, d) of a side, or None where it has none."""
    means = subject.given(side, "means")
    covariances = subject.given(side, "covariances", "variances")
    if means is None or covariances is None:
        return None
    means = means[:, None] if means.ndim == 1 else means
    count, features = means.shape
    kind = side.outputs.get("covariance_type", subject.arguments.get("covariance_type", "full"))
    eye = np.eye(features)
    if covariances.ndim == 1:
        covariances = covariances[:, None, None] * eye
    elif covariances.ndim == 2:  # noqa: PLR2004 - a matrix for all, or variances for each
        covariances = np.tile(covariances, (count, 1, 1)) if kind == "tied" else covariances[:, :, None] * eye
    fits = subject.rows is None or subject.rows.shape[1] == features
    if covariances.shape != (count, features, features) or not fits:
        return None
    weights = subject.given(side, "weights")
    if weights is None or weights.shape != (count,):
        weights = np.full(count, 1 / count)
    return weights, means, covariances


def plane_of(subject: Subject) -> Plane:
    """Choose a plane that holds the rows and all means; without rows, most of each component."""
    groups = [subject.rows]
    for side in subject.sides:
        found = components(subject, side)
        if found is not None:
            _, means, covariances = found
            groups.append(means)
            if subject.rows is None:
                reach = 2.5 * np.sqrt(np.abs(np.diagonal(covariances, axis1=1, axis2=2)))
                groups += [means - reach, means + reach]
    return planes.around(groups)


def draw(axes: Any, subject: Subject, side: Side, theme: Theme, plane: Plane) -> None:
    """Draw one side: its rows in the mixed colours of their components, and the components."""
    plane.frame(axes)
    if subject.rows is not None:
        points.scatter(axes, subject, side, theme, plane)
    found = components(subject, side)
    if found is None:
        return
    weights, means, covariances = found
    if plane.strip:
        _densities(axes, (weights, means[:, 0], covariances[:, 0, 0]), theme, plane)
        return
    axes.scatter(*plane.at(means).T, marker="+", s=90, color=theme.ink, zorder=5)
    for number, (mean, covariance) in enumerate(zip(means, covariances, strict=True)):
        part = covariance[np.ix_(plane.features, plane.features)]
        edge = _ellipse(mean[list(plane.features)], part)
        if edge is None:
            continue
        for deviations, style in ((1, "-"), (2, ":")):
            outline = mean[list(plane.features)] + deviations * edge
            axes.plot(*outline.T, color=theme.of(number), linestyle=style, linewidth=1.5, zorder=4)


def _ellipse(mean: Any, covariance: Any) -> Any:
    """Give the points one deviation from the mean, relative to it: (n, 2); None where there is no ellipse."""
    if not (np.isfinite(covariance).all() and np.isfinite(mean).all()):
        return None
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    if values.min() < 0:
        return None
    return np.column_stack([np.cos(_TURN), np.sin(_TURN)]) * np.sqrt(values) @ vectors.T


def _densities(axes: Any, mixture: tuple[Any, Any, Any], theme: Theme, plane: Plane) -> None:
    """Draw each component's weighted density and their sum, above the strip of the rows."""
    means = mixture[1]
    left, right, _, _ = plane.window
    x = np.linspace(left, right, _STEPS)
    total = np.zeros(_STEPS)
    curves: list[Any] = []
    for weight, mean, variance in zip(*mixture, strict=True):
        if not variance > 0:
            curves.append(None)
            continue
        curve = weight * np.exp(-((x - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
        curves.append(curve)
        total += curve
    top = total.max() or 1.0
    for number, curve in enumerate(curves):
        if curve is None:  # a variance of 0: all weight in one place
            axes.axvline(means[number], color=theme.of(number), linewidth=1.2, linestyle=":")
        else:
            axes.plot(x, 0.9 * curve / top, color=theme.of(number), linewidth=1.4, zorder=2)
    axes.plot(x, 0.9 * total / top, color=theme.ink, linewidth=0.9, linestyle="--", zorder=2)


def curves(subject: Subject) -> Mapping[str, Any]:
    """Give EM's log-likelihood after each iteration, by side; nothing where a call runs none.

    Where only the last one comes back, the same call is made again with max_iter 1, 2 and so on.
    """
    found = {side.name: side.outputs.get("log_likelihoods") for side in subject.sides}
    if any(one is not None for one in found.values()):
        return {name: one for name, one in found.items() if one is not None}
    if "max_iter" not in subject.arguments and not any("converged" in one.outputs for one in subject.sides):
        return {}
    counts = [int(one.outputs["n_iter"]) for one in subject.sides if "lower_bound" in one.outputs]
    if not counts:
        return {}
    lasts = range(1, min(max(counts), _ITERATIONS) + 1)
    steps = [Step(subject.function, {**subject.arguments, "max_iter": last}) for last in lasts]
    result = {}
    for side in subject.sides:
        bounds = [one["lower_bound"] for one in subject.ask(side.name, steps) if "lower_bound" in one]
        if bounds:
            result[side.name] = np.array(bounds, dtype=float)
    return result


def draw_curves(axes: Any, found: Mapping[str, Any], theme: Theme) -> None:
    """Draw the likelihood of both sides over the iterations."""
    styles = {"yours": (theme.wrong, "o", "-"), "expected": (theme.right, ".", "--")}
    for name, values in found.items():
        colour, marker, line = styles[name]
        axes.plot(
            range(1, len(values) + 1), values, color=colour, marker=marker, linestyle=line, label=name,
            markersize=5, linewidth=1.3,
        )  # fmt: skip
    axes.set_title("log-likelihood", fontsize=9)
    axes.set_xlabel("iteration")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(fontsize=7, labelcolor=theme.ink, facecolor=theme.ground, edgecolor=theme.faint)
