"""Pictures of a check: yours beside what is expected. They need matplotlib, the extra `plots`.

These names are what a track's picture.py draws with: `from mlkata.authoring import pictures`.
"""

from mlkata.report.pictures.canvas import Canvas
from mlkata.report.pictures.labels import asked, draw_rows, known_classes, plane_of
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
    "asked",
    "draw_rows",
    "known_classes",
    "plane_of",
    "same",
]
