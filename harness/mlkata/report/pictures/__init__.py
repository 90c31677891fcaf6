"""Pictures of a check: yours beside expected. They need matplotlib, the extra `plots`.

A track's picture.py draws with these names: `from mlkata.authoring import pictures`.
"""

from mlkata.report.pictures.canvas import Canvas
from mlkata.report.pictures.labels import draw_rows, known_classes, plane_of, region_labels
from mlkata.report.pictures.panel import FEW, Map, Panel
from mlkata.report.pictures.plane import Plane, around
from mlkata.report.pictures.subject import Side, Subject, same
from mlkata.report.pictures.theme import Theme

__all__ = [
    "FEW",
    "Canvas",
    "Map",
    "Panel",
    "Plane",
    "Side",
    "Subject",
    "Theme",
    "around",
    "draw_rows",
    "known_classes",
    "plane_of",
    "region_labels",
    "same",
]
