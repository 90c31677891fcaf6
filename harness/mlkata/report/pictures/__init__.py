"""Pictures of a failed check: the candidate's answer beside the expected one.

They need matplotlib, which the extra `plots` installs. A track may have a file picture.py that draws its own
pictures with these names: `from mlkata.authoring import pictures`.
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
