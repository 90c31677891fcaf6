"""Draw the rows of a call in the colours of their labels, and the regions of the plane with each label.

The contract, i.e. the shapes and types in the stub's docstring, says which arrays these are. Rows are an
argument of shape (n_samples, n_features). Labels are an output, or else an argument, of shape (n_samples,)
that holds no floats. A side is the candidate's answer or the expected one.
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
"""With more distinct labels than this, rows are not coloured by label."""
_CLASSES = ("n_classes",)
"""The shape of a parameter that lists all classes."""


def draw(canvas: Canvas) -> bool:
    """Draw rows if there are any and either labels or no outputs at all came back; return whether it drew."""
    subject = canvas.subject
    labels = _labels(subject.contract.returns)
    labelled = not subject.outputs or (labels is not None and labels.name in subject.outputs)
    if subject.rows is None or not labelled:
        return False
    plane = plane_of(subject)
    for panel, side in zip(canvas.panels(), subject.sides, strict=True):
        draw_rows(panel.map(plane), subject, side)
    canvas.note(plane.note)
    return True


def plane_of(subject: Subject, *more: Any, features: Sequence[int] = ()) -> Plane:
    """Return a plane of two features that contains the rows and `more` points, (n, n_features) each.

    It shows `features` if they are given, else the first two.
    """
    tables = [table for table in (subject.rows, *more) if isinstance(table, np.ndarray) and table.ndim == 2]  # noqa: PLR2004 - rows of features
    return planes.around(tables, features)


def draw_rows(
    map_: Map, subject: Subject, side: Side, *, labels: str = "", classes: Iterable[Any] = ()
) -> None:
    """Draw the rows as one side labels them, on top of the regions of its labels.

    `labels` names the array of labels if the contract's shapes don't show it. `classes` are further labels
    that get a colour, besides those that occur.
    """
    all_classes = known_classes(subject, labels=labels, more=classes)
    cells = region_labels(map_.plane, subject, side)
    if cells is not None:
        map_.region(cells, all_classes)
    entry = _labels_of(subject.contract, labels)
    if entry is None:
        map_.rows(subject.rows)
        return
    row_labels, colours = subject.given(side, entry.name), None
    if (
        row_labels is not None
        and row_labels.shape == (len(subject.rows),)
        and len(all_classes) <= _MOST_CLASSES
    ):
        # Integers are mostly numbers of clusters. Other labels among the arguments, such as names of classes,
        # get a legend.
        if entry.dtype != "int" and entry.name in subject.arguments:
            map_.name_classes(all_classes)
        colours = map_.colours(row_labels, all_classes)
    map_.rows(subject.rows, colours, subject.differing(entry.name))


def known_classes(subject: Subject, *, labels: str = "", more: Iterable[Any] = ()) -> list[Any]:
    """Return the labels that occur in the arguments or in either answer, and `more`, sorted."""
    contract = subject.contract
    entries = [
        _labels_of(contract, labels),
        *(parameter for parameter in contract.parameters if parameter.shape == _CLASSES),
    ]
    names = {entry.name for entry in entries if entry is not None}
    if (rows_and_labels := free_rows(contract)) is not None:
        names.add(rows_and_labels[1])
    classes = set(more)
    for values in (subject.arguments, *(side.outputs for side in subject.sides)):
        for name, value in values.items():
            if name in names and isinstance(value, np.ndarray) and value.ndim == 1:
                classes.update(value.tolist())
    return sorted(classes, key=lambda class_: (isinstance(class_, str), class_))


def region_labels(plane: Plane, subject: Subject, side: Side) -> Any:
    """Return a side's label for each cell of a plane, or None if a label depends on more than its row."""
    names = free_rows(subject.contract)
    if names is None:
        return None
    rows, labels = names
    if labels not in side.outputs:
        return None
    dtype = getattr(subject.arguments.get(rows), "dtype", np.dtype(float))
    grid = plane.grid(dtype if dtype.kind == "f" else float)
    if grid is None:
        return None
    _, _, cells = grid
    answers = subject.ask(side.name, [Step(subject.function, {**subject.arguments, rows: cells})])
    answer = answers[0].get(labels) if answers else None
    return answer if isinstance(answer, np.ndarray) and answer.shape == (len(cells),) else None


def free_rows(contract: Contract) -> tuple[str, str] | None:
    """Return the name of the parameter whose rows are labelled independently, and that of the labels.

    Other rows can then be labelled in their place, such as the points of a plane. By the contract, each
    output must have one entry for each row, and no other parameter may have as many entries. Return None if
    there is no such parameter.
    """
    lengths = {entry.shape[0] for entry in contract.returns if entry.shape}
    if len(lengths) != 1 or not all(entry.shape for entry in contract.returns):
        return None
    rows = [entry for entry in contract.parameters if entry.shape and entry.shape[0] in lengths]
    labels = [entry for entry in contract.returns if len(entry.shape or ()) == 1 and entry.dtype != "float"]
    if len(rows) != 1 or len(rows[0].shape or ()) != 2 or not labels:  # noqa: PLR2004 - rows of features
        return None
    return rows[0].name, labels[0].name


def _labels_of(contract: Contract, name: str) -> Term | None:
    """Return the contract's entry of the rows' labels: that of this name, or an output, or a parameter."""
    if name:
        return next(
            (entry for entry in (*contract.returns, *contract.parameters) if entry.name == name), None
        )
    return _labels(contract.returns) or _labels(contract.parameters)


def _labels(entries: Iterable[Term]) -> Term | None:
    """Return the first entry that can be labels by its shape and type, or None."""
    shapes = {(rows,) for rows in ROWS}
    return next((entry for entry in entries if entry.shape in shapes and entry.dtype != "float"), None)
