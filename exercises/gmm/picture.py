"""Draws mixtures: ellipses at one and two standard deviations, densities in one dimension, EM's likelihood.

`kata show --plot` calls `draw`; a side is your answer or the expected one.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlkata.authoring import call, pictures

_TURN = np.linspace(0, 2 * np.pi, 73)
"""The angles of an ellipse's points, 5 degrees apart."""
_STEPS = 240
"""The points of a density's curve."""
_ITERATIONS = 30
"""The maximum number of iterations in a curve; a longer curve would be flat at its end."""


def draw(canvas: pictures.Canvas) -> bool:
    """Draw the rows with the mixture of each side and EM's curve, or with the centres of a soft k-means.

    Return False if a call has neither.
    """
    subject = canvas.subject
    mixtures = [components(subject, side) for side in subject.sides]
    if not any(mixtures):
        return _draw_rows(canvas)
    likelihoods, plane = curves(subject), plane_of(subject)
    panels = canvas.panels(extra=bool(likelihoods))
    for panel, side, mixture in zip(panels, subject.sides, mixtures, strict=False):
        map_ = panel.map(plane)
        if subject.rows is not None:
            _rows(map_, subject, side)
        if mixture is not None:
            _draw_mixture(map_, *mixture)
    if likelihoods:
        panels[-1].curves(likelihoods, title="log-likelihood", label="iteration")
    canvas.note(plane.note)
    return True


def _draw_rows(canvas: pictures.Canvas) -> bool:
    subject = canvas.subject
    given_centers = subject.arguments.get("centers")
    if subject.rows is None or (subject.outputs and "centers" not in subject.outputs):
        return False
    plane = pictures.plane_of(
        subject, given_centers, *(side.outputs.get("centers") for side in subject.sides)
    )
    for panel, side in zip(canvas.panels(), subject.sides, strict=True):
        map_ = panel.map(plane)
        _rows(map_, subject, side)
        map_.centres(given_centers, side.outputs.get("centers"), subject.differing("centers"))
    canvas.note(plane.note)
    return True


def _rows(map_: pictures.Map, subject: pictures.Subject, side: pictures.Side) -> None:
    """Draw the rows, in the mixed colours of their components if responsibilities are known."""
    shares = subject.given(side, "responsibilities")
    if shares is None or shares.ndim != 2 or len(shares) != len(subject.rows):
        pictures.draw_rows(map_, subject, side)
    else:
        map_.rows(subject.rows, map_.theme.blend(shares), subject.differing("responsibilities"))


def components(subject: pictures.Subject, side: pictures.Side) -> tuple[Any, Any, Any] | None:
    """Return weights (k,), means (k, d) and covariances (k, d, d) of a side, or None if it has none."""
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
    elif covariances.ndim == 2:  # a matrix for all, or variances for each
        covariances = np.tile(covariances, (count, 1, 1)) if kind == "tied" else covariances[:, :, None] * eye
    fits = subject.rows is None or subject.rows.shape[1] == features
    if covariances.shape != (count, features, features) or not fits:
        return None
    weights = subject.given(side, "weights")
    if weights is None or weights.shape != (count,):
        weights = np.full(count, 1 / count)
    return weights, means, covariances


def plane_of(subject: pictures.Subject) -> pictures.Plane:
    """Return a plane that contains the rows and all means; without rows, most of each component."""
    groups = [subject.rows]
    for side in subject.sides:
        mixture = components(subject, side)
        if mixture is not None:
            _, means, covariances = mixture
            groups.append(means)
            if subject.rows is None:
                reach = 2.5 * np.sqrt(np.abs(np.diagonal(covariances, axis1=1, axis2=2)))
                groups += [means - reach, means + reach]
    return pictures.around(groups)


def _draw_mixture(map_: pictures.Map, weights: Any, means: Any, covariances: Any) -> None:
    """Draw each component: ellipses of one and two standard deviations.

    If there is only one feature, the rows are a strip, and each component is its density above that strip.
    """
    plane, theme = map_.plane, map_.theme
    if plane.strip:
        _densities(map_, weights, means[:, 0], covariances[:, 0, 0])
        return
    map_.axes.scatter(*plane.at(means).T, marker="+", s=90, color=theme.ink, zorder=5)
    for number, (mean, covariance) in enumerate(zip(means, covariances, strict=True)):
        in_plane = covariance[np.ix_(plane.features, plane.features)]
        edge = _ellipse(mean[list(plane.features)], in_plane)
        if edge is None:
            continue
        for deviations, style in ((1, "-"), (2, ":")):
            outline = mean[list(plane.features)] + deviations * edge
            map_.axes.plot(*outline.T, color=theme.of(number), linestyle=style, linewidth=1.5, zorder=4)


def _ellipse(mean: Any, covariance: Any) -> Any:
    """Return the points one standard deviation from the mean, relative to it: (n, 2), or None.

    There is no ellipse if a value is not finite or the covariance is indefinite.
    """
    if not (np.isfinite(covariance).all() and np.isfinite(mean).all()):
        return None
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    if values.min() < 0:
        return None
    return np.column_stack([np.cos(_TURN), np.sin(_TURN)]) * np.sqrt(values) @ vectors.T


def _densities(map_: pictures.Map, weights: Any, means: Any, variances: Any) -> None:
    """Draw each component's weighted density and their sum, above the strip of the rows."""
    axes, theme = map_.axes, map_.theme
    left, right, _, _ = map_.plane.window
    x = np.linspace(left, right, _STEPS)
    total = np.zeros(_STEPS)
    densities: list[Any] = []
    for weight, mean, variance in zip(weights, means, variances, strict=True):
        if not variance > 0:
            densities.append(None)
            continue
        curve = weight * np.exp(-((x - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
        densities.append(curve)
        total += curve
    top = total.max() or 1.0
    for number, curve in enumerate(densities):
        if curve is None:  # a variance of 0: all of the weight lies in one point
            axes.axvline(means[number], color=theme.of(number), linewidth=1.2, linestyle=":")
        else:
            axes.plot(x, 0.9 * curve / top, color=theme.of(number), linewidth=1.4, zorder=2)
    axes.plot(x, 0.9 * total / top, color=theme.ink, linewidth=0.9, linestyle="--", zorder=2)


def curves(subject: pictures.Subject) -> Mapping[str, Any]:
    """Return EM's log-likelihood in each iteration, by side; empty if the call does not run EM.

    If a call returns only the last value, the call is repeated with max_iter 1, 2 and so on.
    """
    histories = {side.name: side.outputs.get("log_likelihoods") for side in subject.sides}
    if any(history is not None for history in histories.values()):
        return {name: history for name, history in histories.items() if history is not None}
    if "max_iter" not in subject.arguments and not any("converged" in side.outputs for side in subject.sides):
        return {}
    counts = [int(side.outputs["n_iter"]) for side in subject.sides if "lower_bound" in side.outputs]
    if not counts:
        return {}
    limits = range(1, min(max(counts), _ITERATIONS) + 1)
    steps = [call(subject.function, **{**subject.arguments, "max_iter": limit}) for limit in limits]
    result = {}
    for side in subject.sides:
        bounds = [
            outputs["lower_bound"] for outputs in subject.ask(side.name, steps) if "lower_bound" in outputs
        ]
        if bounds:
            result[side.name] = np.array(bounds, dtype=float)
    return result
