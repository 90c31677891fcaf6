"""The results of a cohort as CSV with a line for each submission, for spreadsheets and gradebooks."""

from __future__ import annotations

import csv
import io
import unicodedata

from mlkata.grading.pages.summary import SubmissionRow, Summary
from mlkata.tracks.harmless import one_line

_BOM = "\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@")


def render(summary: Summary) -> str:
    r"""Return the table of submissions.

    Its columns: id, verdict, points, maximum, points of each round, seconds, problem, digest of the source.

    A spreadsheet may take a cell that begins with =, +, -, @, a tab or a line end for a formula, also after
    spaces or in the wide forms of these characters. Such a cell gets an apostrophe in front, and
    invisible characters are written as \x1b, so an id may differ from the one in the records.

    The text begins with a byte order mark, without which Excel does not recognise UTF-8 (Python reads it with
    the encoding `utf-8-sig`, pandas without any option). Lines end in \r\n: write it with newline="".
    """
    text = io.StringIO()
    text.write(_BOM)
    writer = csv.writer(text)
    rounds = [round_.id for round_ in summary.rounds]
    writer.writerow(["id", "status", "score", "max_score", *rounds, "seconds", "problem", "sha256"])
    writer.writerows(_cells(row, rounds) for row in summary.rows)
    return text.getvalue()


def safe(text: str) -> str:
    """Return a text as one line that no spreadsheet takes for a formula."""
    line = one_line(text)
    start = unicodedata.normalize("NFKC", line).lstrip()  # as a spreadsheet may read it
    risky = text.startswith(("\t", "\r", "\n")) or start.startswith(_FORMULA_STARTS)
    return f"'{line}" if risky else line


def _cells(row: SubmissionRow, rounds: list[str]) -> list[str]:
    points = [_number(row.rounds[id_]) if id_ in row.rounds else "" for id_ in rounds]
    total = [_number(row.score), _number(row.max_score)]
    last_cells = [_number(row.seconds), safe(row.problem), safe(row.sha256)]
    return [safe(row.id), row.status, *total, *points, *last_cells]


def _number(value: float) -> str:
    return f"{value:.10g}"
