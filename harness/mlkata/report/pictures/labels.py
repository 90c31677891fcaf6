"""Draws the rows of a call by its contract: in the colours of their labels, and where each label rules.

Rows are an argument of shape (n_samples, n_features). Labels are an output, or else an argument, of
shape (n_samples,) that holds no floats.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from mlkata.report.pictures import plane as planes
from mlkata.report.pictures.canvas import Canvas
from mlkata.report.pictures.panel import Map
from mlkata.report.pictures.plane import Plane
from mlkata.report.pictures.subject import ROWS, Side, Subject
from mlkata.tracks.contract import Contract, Term
from mlkata.tracks.model import Step

_MOST_CLASSES = 60
"""More labels than these are no classes."""
_CLASSES = ("n_classes",)


def draw(canvas: Canvas) -> bool:
    """Draw rows that have labels, or of which nothing came back; return whether the call is about any."""
    subject = canvas.subject
    labels = _labels(subject.contract.returns)
    about = not subject.outputs or (labels is not None and labels.name in subject.outputs)
    if subject.rows is None or not about:
        return False
    plane = plane_of(subject)
    for panel, side in zip(canvas.panels(), subject.sides, strict=True):
        draw_rows(panel.map(plane), subject, side)
    canvas.note(plane.note)
    return True


def plane_of(subject: Subject, *more: Any, features: Sequence[int] = ()) -> Plane:
    """Choose a plane that holds the rows and more points, (n, n_features) each; it shows `features` first."""
    tables = [one for one in (subject.rows, *more) if isinstance(one, np.ndarray) and one.ndim == 2]  # noqa: PLR2004 - rows of features
    return planes.around(tables, features)


def draw_rows(
    map_: Map, subject: Subject, side: Side, *, labels: str = "", classes: Iterable[Any] = ()
) -> None:
    """Draw the rows as one side labels them, on top of where each of its labels rules.

    `labels` names those of the rows where the contract's shapes do not tell; `classes` are labels that
    have a colour, too, besides those that occur.
    """
    known = known_classes(subject, labels=labels, more=classes)
    cells = asked(map_.plane, subject, side)
    if cells is not None:
        map_.region(cells, known)
    entry = _labels_of(subject.contract, labels)
    if entry is None:
        map_.rows(subject.rows)
        return
    given, colours = subject.given(side, entry.name), None
    if given is not None and given.shape == (len(subject.rows),) and len(known) <= _MOST_CLASSES:
        if entry.dtype != "int" and entry.name in subject.arguments:
            map_.name_classes(known)
        colours = map_.colours(given, known)
    map_.rows(subject.rows, colours, subject.differing(entry.name))


def known_classes(subject: Subject, *, labels: str = "", more: Iterable[Any] = ()) -> list[Any]:
    """List the labels that the call or either side knows, in order."""
    contract = subject.contract
    entries = [_labels_of(contract, labels), *(one for one in contract.parameters if one.shape == _CLASSES)]
    names = {*(one.name for one in entries if one is not None), *(free_rows(contract) or ())[1:]}
    found = set(more)
    for place in (subject.arguments, *(side.outputs for side in subject.sides)):
        for name, one in place.items():
            if name in names and isinstance(one, np.ndarray) and one.ndim == 1:
                found.update(one.tolist())
    return sorted(found, key=lambda one: (isinstance(one, str), one))


def asked(plane: Plane, subject: Subject, side: Side) -> Any:
    """Have a side label the cells of a plane where each label depends on its own row alone, or give None."""
    free = free_rows(subject.contract)
    if free is None or free[1] not in side.outputs:
        return None
    rows, labels = free
    dtype = getattr(subject.arguments.get(rows), "dtype", np.dtype(float))
    grid = plane.grid(dtype if dtype.kind == "f" else float)
    if grid is None:
        return None
    found = subject.ask(side.name, [Step(subject.function, {**subject.arguments, rows: grid[2]})])
    answer = found[0].get(labels) if found else None
    return answer if isinstance(answer, np.ndarray) and answer.shape == (len(grid[2]),) else None


def free_rows(contract: Contract) -> tuple[str, str] | None:
    """Name the parameter whose rows are labelled independently, and the output of labels; None without.

    All that comes back has one entry for each of its rows, and nothing else goes by their number.
    """
    first = {entry.shape[0] for entry in contract.returns if entry.shape}
    if len(first) != 1 or not all(entry.shape for entry in contract.returns):
        return None
    rows = [entry for entry in contract.parameters if entry.shape and entry.shape[0] in first]
    labels = [entry for entry in contract.returns if len(entry.shape or ()) == 1 and entry.dtype != "float"]
    if len(rows) != 1 or len(rows[0].shape or ()) != 2 or not labels:  # noqa: PLR2004 - rows of features
        return None
    return rows[0].name, labels[0].name


def _labels_of(contract: Contract, name: str) -> Term | None:
    """Find the labels of the rows: those of the name, or those that come back, or those that are given."""
    if name:
        return next((one for one in (*contract.returns, *contract.parameters) if one.name == name), None)
    return _labels(contract.returns) or _labels(contract.parameters)


def _labels(entries: Iterable[Term]) -> Term | None:
    shapes = {(rows,) for rows in ROWS}
    return next((one for one in entries if one.shape in shapes and one.dtype != "float"), None)
