"""Everything that a template of a page writes is escaped and harmless; only pages need Jinja2."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import jinja2
import mlkata
import pytest
from mlkata.report.page import bars, environment
from mlkata.report.page.document import Figure, Mark, Section, Table
from mlkata.report.page.plots import Axis, Plot, Series
from mlkata.tracks import catalogue

TEMPLATES = sorted(Path(mlkata.__file__).parent.rglob("*.jinja"))
HOSTILE = "</svg></style><script>alert(1)</script>\"' onload=x \x1b[2J\u202e\n&"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_bypasses_escaping(path):
    """No template marks a text as safe, joins texts before escaping, or has an attribute without quotes.

    None has scripts, frames, embedded objects or event handlers such as `onclick=`.
    """
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)  # without comments
    assert not re.search(r"\|\s*(safe|e|escape|forceescape|xmlattr)\b|autoescape|Markup|__html__|~", text)
    assert "={{" not in text
    assert not re.search(r"<(script|iframe|object|embed)|\son\w+=", text)


def test_every_text_of_a_report_is_escaped_and_harmless():
    """This covers titles, tables, badges, notes, legends, links and both kinds of chart."""
    cells = (HOSTILE, Mark(HOSTILE, "bad"), Mark(HOSTILE, target=HOSTILE))
    # "lrw": columns of short texts (left), of numbers (right) and of long texts (wide).
    table = Table(HOSTILE, head=(HOSTILE,) * 3, rows=(cells,), align="lrw", folded=True)
    chart = bars.ratios([bars.Bar(HOSTILE, HOSTILE, value=2.0, dots=(1.0, 3.0))], HOSTILE)
    series = Series(HOSTILE, ((1.0, 2.0), (2.0, 3.0)), joined=True)
    plot = Plot(
        alt=HOSTILE,
        series=(series,),
        x=Axis(HOSTILE, str),
        y=Axis(HOSTILE, lambda _: HOSTILE),
        crossings=(((1.5, 2.5), HOSTILE),),
    )
    figures = (
        Figure("a", HOSTILE, chart, table, badge=Mark(HOSTILE), notes=cells),
        Figure("b", HOSTILE, plot, table, folded=False, legend=(HOSTILE,)),
    )
    page = environment.report(HOSTILE, cells, [Section("s", HOSTILE, cells, figures)])
    assert "alert(1)" in page
    assert "<script" not in page
    assert page.count("</svg>") == 3  # two charts, and the marker of one series in a legend
    assert page.count("</style>") == 1
    assert not re.search(r"[\x1b\u202e]", page)
    assert not re.search(r"<[^>]* onload=x[^\"]*>", re.sub(r'"[^"]*"', '""', page))


def test_a_misspelt_name_is_an_error():
    """Here `leads` is missing. By default Jinja2 writes nothing in its place, which might go unnoticed."""
    with pytest.raises(jinja2.UndefinedError, match="leads"):
        environment.render("report/page/templates/report.html.jinja", title="x", sections=[])


def test_kata_check_does_not_import_jinja2(tmp_path):
    """A candidate waits for its verdict after each save, and importing Jinja2 takes time."""
    stub = catalogue.get("kmeans").exercises / "stub.py"
    code = (
        "import sys\n"
        "from mlkata.cli.main import main\n"
        f"sys.argv = ['kata', 'check', 'kmeans.1', '--submission', {str(stub)!r}]\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    print('imported:', 'jinja2' in sys.modules)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "UNSOLVED" in result.stdout
    assert "imported: False" in result.stdout, result.stderr


def test_a_chart_of_amounts_begins_at_zero():
    """The axis reaches at least the given amount, so that its labels are round numbers."""
    chart = bars.amounts([bars.Bar("a", text="2", value=2.0)], "Amounts", str, least=5)
    assert chart.percent(0.0) == 0.0
    assert chart.percent(5.0) < 100.0
    assert chart.alt == "Amounts. a: 2"


def test_ratios_share_the_scale_of_the_bars_they_are_compared_with():
    """On a scale of its own, a bar fills the chart; beside 100, a bar of 2 ends in the left half."""
    small, large = bars.Bar("a", text="2×", value=2.0), bars.Bar("b", text="100×", value=100.0)
    chart = bars.ratios([small], "One", among=[small, large])
    assert chart is not None
    assert chart.percent(1.0) < chart.percent(2.0) < 50.0
    assert bars.ratios([], "Nothing to draw") is None
