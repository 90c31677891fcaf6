"""Both pages show everything that was measured, escape it, and the HTML page opens in a browser."""

import re
import sys
from html import unescape
from pathlib import Path

import pytest
import webpage
from mlkata.bench import results
from mlkata.bench.page import chapters, costs, html, markdown
from mlkata.report.page.document import Figure, Section, plain
from mlkata.tracks.harmless import one_line

sys.path.insert(0, str(Path(__file__).parent))
import synthetic

HOSTILE = "<script>alert('1')</script>\"&|`*\n# \x1b[2J\ud800 " + "x" * 500


def read(value):
    """Return the results of a document, read back from its text."""
    return results.read(synthetic.text(value))


def tables(sections):
    """Yield all tables of some sections, also those of figures."""
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Section):
                yield from tables([block])
            else:
                yield block.table if isinstance(block, Figure) else block


def hostile(value):
    """Replace each free text by a hostile one."""
    fixed = {"schema", "date", "kind", "what", "id", "finding"}
    if isinstance(value, dict):
        return {
            key: entry if key in fixed and isinstance(entry, str) else hostile(entry)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        names = [entry.get("name") for entry in value if isinstance(entry, dict)]
        entries = [hostile(entry) for entry in value]
        for index, entry in enumerate(entries):
            if names and isinstance(entry, dict) and "name" in entry:
                entry["name"] += str(index)
        return entries
    return HOSTILE if isinstance(value, str) else value


NOW, BEFORE = synthetic.troubled(), synthetic.document(scale=1.5)
EMPTY = synthetic.document() | {"rows": [], "ladders": [], "curves": [], "crossovers": [], "versions": {}}
CASES = {
    "usual": (NOW, BEFORE),
    "first": (NOW, None),
    "empty": (EMPTY, None),
    "hostile": (hostile(NOW), hostile(BEFORE)),
}


@pytest.fixture(params=CASES, scope="module")
def case(request):
    """Return the results of a run and of the one before, which may be None."""
    return [document and read(document) for document in CASES[request.param]]


def test_the_page_is_well_formed_and_loads_nothing(case):
    page = html.render(*case)
    reader = webpage.assert_self_contained(page)
    assert {link for link in reader.links if not link.startswith("#")} == {"data:,"}
    assert not re.search(r"https?://|url\(|@import", page)


def test_both_pages_have_every_cell_of_every_table(case):
    page, text = html.render(*case), markdown.render(*case)
    words = " ".join(webpage.parsed(page).words)
    for table in tables(chapters.of(*case)):
        assert all(len(row) == len(table.head) == len(table.align) for row in table.rows)
        for cell in (cell for row in table.rows for cell in row):
            assert unescape(str(one_line(plain(cell)))) in words
            assert markdown.text(plain(cell)) in text


def test_tables_of_markdown_are_well_formed(case):
    """Each row has as many cells as the head, whatever the cells contain."""
    blocks = re.findall(r"(?:^\|.*\n?)+", markdown.render(*case), re.MULTILINE)
    assert len(blocks) == len(list(tables(chapters.of(*case))))
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1
    assert "<script" not in markdown.render(*case)


def test_what_went_wrong_is_on_both_pages():
    for page in (html.render(read(NOW)), markdown.render(read(NOW))):
        for message in (
            "machine busy: do not trust these figures",
            "scikit-learn-intelex: no figure, it takes float32 only",
            "faiss: its answers differ, 12 of 100,000 labels differ",
            "scikit-learn has no figure here",
            "There is no earlier run to compare with.",
        ):
            assert message in page


def test_sixty_rows_of_eight_peers_stay_small():
    value = synthetic.document(rows=12)
    for row in value["rows"]:
        first = row["peers"][-1]
        row["peers"] += [first | {"name": f"peer {n}"} for n in range(8 - len(row["peers"]))]
    assert len(value["rows"]) == 60
    assert len(html.render(read(value), read(value)).encode()) < 5_000_000


def test_a_browser_shows_it(tmp_path):
    """Headless Chromium shows the page at the width of a phone."""
    assert "Crossovers" in webpage.browsed(html.render(read(NOW), read(BEFORE)), tmp_path)


@pytest.mark.parametrize(("ours", "marked"), [(2_999_000, False), (3_100_000, True)])
def test_memory_is_too_much_beyond_twice_the_baseline_and_the_input(ours, marked):
    """A copy of the input is allowed; older results do not record its size."""
    document = synthetic.document()
    [row, *_] = document["rows"]
    document["rows"] = [row]
    for peer in row["peers"]:
        peer["peak_bytes"] = {"ours": ours, "baseline": 1_000_000}.get(peer["kind"])
    table = next(table for table in tables([costs.memory(read(document))]) if "Peak" in table.caption)
    assert ("too much" in plain(table.rows[0][-1])) == marked
    for peer in row["peers"]:
        del peer["input_bytes"]
    table = next(table for table in tables([costs.memory(read(document))]) if "Peak" in table.caption)
    assert "too much" in plain(table.rows[0][-1])
