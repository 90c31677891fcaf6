"""The table of interview questions names existing rounds, checks and follow-ups."""

import re
from pathlib import Path

from mlkata.tracks import catalogue, tables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "asked.md"
TEXT = PAGE.read_text(encoding="utf-8").partition(tables.END)[2]
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| asked")]
# Where a question is asked: `kmeans.1`, `kmeans.1/assign`, `kmeans.1/*/ties`, `kmeans.1` follow-ups 1 and 2.
PLACE = re.compile(r"`((\w+)\.\d+)((?:/[\w*-]+)*)`(?: follow-ups? (\d+)(?:(?:,| and) (\d+))?)?")


def test_a_hundred_questions_have_a_place_or_say_why_the_kit_does_not_ask_them():
    assert len(ROWS) >= 100
    for row in ROWS:
        assert PLACE.search(row) or "not covered: " in row, row


def test_every_named_round_check_and_follow_up_exists():
    for row in ROWS:
        for round_id, track, path, *numbers in PLACE.findall(row):
            round_ = catalogue.get(track).round(round_id)
            for number in filter(None, numbers):
                assert 1 <= int(number) <= len(round_.follow_ups), row
            if path:  # of a check, or of a function with checks; * stands for anything
                pattern = re.compile(re.escape(round_id + path).replace(r"\*", ".*"))
                ids = [check.id for check in catalogue.get(track).checks]
                functions = [check_id.rpartition("/")[0] for check_id in ids]
                assert any(pattern.fullmatch(id_) for id_ in [*ids, *functions]), f"{round_id}{path}"
