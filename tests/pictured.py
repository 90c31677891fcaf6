"""Pictures for tests: a judged check, the content of its picture, and the picture's pixels."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from mlkata.judging.oracle import answer_with
from mlkata.judging.verdict import judge
from mlkata.report.pictures import figure, subject
from mlkata.report.pictures.theme import THEMES
from mlkata.tracks import catalogue, loading, mutants
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import call
from PIL import Image


def verdict_and_content(check_id, mutant=None, *, arguments=None):
    """Judge our reference, or a mutant of it, on a check; return the verdict and its picture's content.

    `arguments` are those of the last call, instead of the drawn ones.
    """
    track = catalogue.get(check_id.partition(".")[0])
    path = track.solutions / "reference.py"
    module = loading.load(path)
    if mutant:
        source = mutants.get(track, mutant).source(path.read_text(encoding="utf-8"))
        exec(compile(source, mutant, "exec"), vars(module))  # noqa: S102 - our own mutant
    case = draw(track.check(check_id), 0)
    if arguments is not None:
        case = replace(case, steps=(call(case.steps[-1].function, **arguments),), fetch=(0,))
    expected = answer_with(track.oracle, case)
    verdict = judge(case, answer_with(module, case), expected)

    def ask(side, steps):  # a picture may show the answers to other calls
        request = replace(case, steps=tuple(steps), fetch=tuple(range(len(steps))))
        answer = answer_with(module if side == "yours" else track.oracle, request)
        return [subject.named(value, track.contracts[steps[0].function]) for value in answer.values]

    content = subject.read(verdict, track.contracts, ask)
    return verdict, content


def empty_cluster():
    """Return `verdict_and_content` of a k-means that forgets empty clusters, on the smallest such input."""
    X = np.array([[4.0, 5.0], [8.0, 1.0], [7.0, 0.0], [3.0, 6.0]])
    arguments = {"X": X, "labels": np.array([0, 2, 2, 0]), "centers": np.array([[6.0, 4], [4, 4], [6, 2]])}
    return verdict_and_content("kmeans.1/update/empty-cluster", "zero-when-empty", arguments=arguments)


def painter(verdict):
    """Return the drawing function of a verdict's track."""
    return catalogue.of_check(verdict.check.id).picture


def image(verdict, content, theme=THEMES[0], draw=None):
    """Draw as the track does, or by `draw`, and return the PNG as an array of colours."""
    _, data = next(figure.rendered(verdict, content, theme, draw or painter(verdict)))
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def rgb(colour):
    """Return the three numbers of a colour such as #ffffff."""
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def has_colour(pixels, colour):
    """Return whether a colour is in an image, nearly: thin lines are blended with their background."""
    return bool((np.abs(pixels.astype(int) - rgb(colour)).max(axis=2) < 25).any())
