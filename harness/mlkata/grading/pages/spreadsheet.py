"""Writes a cohort as CSV, one line for each submission, for spreadsheets and gradebooks."""

from __future__ import annotations

import csv
import io
import unicodedata

from mlkata.grading.pages.summary import SubmissionRow, Summary
from mlkata.tracks.harmless import one_line

_BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@")


def render(summary: Summary) -> str:
    r"""Write the table, by id: verdict, points, points of each round, seconds, problem, digest of the file.

    A spreadsheet takes a cell that begins with =, +, -, @, a tab or a carriage return for a formula, also
    behind spaces or in the wide forms of these signs. Such a cell gets an apostrophe in front, and what
    cannot be seen is written as \x1b, so an id may not read as it was handed in; the records have it so.

    The text begins with a byte order mark, without which Excel does not see that it is UTF-8 (Python reads
    it with the encoding `utf-8-sig`, pandas as it is); lines end in \r\n: write it with newline="".
    """
    text = io.StringIO()
    text.write(_BOM)
    writer = csv.writer(text)
    rounds = [one.id for one in summary.rounds]
    writer.writerow(["id", "status", "score", "max_score", *rounds, "seconds", "problem", "sha256"])
    writer.writerows(_cells(row, rounds) for row in summary.rows)
    return text.getvalue()


def safe(text: str) -> str:
    """Write a text as one line that no spreadsheet takes for a formula."""
    shown = one_line(text)
    begins = unicodedata.normalize("NFKC", shown).lstrip()
    risky = text.startswith(("\t", "\r", "\n")) or begins.startswith(_FORMULA)
    return f"'{shown}" if risky else shown


def _cells(row: SubmissionRow, rounds: list[str]) -> list[str]:
    points = [_number(row.rounds[one]) if one in row.rounds else "" for one in rounds]
    total = [_number(row.score), _number(row.max_score)]
    rest = [_number(row.seconds), safe(row.problem), safe(row.sha256)]
    return [safe(row.id), row.status, *total, *points, *rest]


def _number(value: float) -> str:
    return f"{value:.10g}"
