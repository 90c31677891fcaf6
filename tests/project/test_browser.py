"""The site, and the pages that the kit writes, in a browser: all are accessible, and none is too wide.

axe is a program that searches a page for barriers to people with disabilities.

These tests need the extra `docs` and an installed Chromium or Chrome.
"""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import webpage

sync = pytest.importorskip("playwright.sync_api", reason="needs the extra `docs`")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the extra `docs`")

ROOT = Path(__file__).resolve().parents[2]
RIGHT = (ROOT / "solutions/kmeans/reference.py").read_text(encoding="utf-8")
NARROW, WIDE = 400, 1280  # pixels: a phone and a laptop
SERIOUS = {"serious", "critical"}  # the upper two of axe's four degrees
HUGE = {"benchmarks/report/report/index.html", "benchmarks/report/report.html"}
"""Pages with thousands of rows, on which axe takes minutes: they are tested wide and light only."""
WIDTHS_AND_SCHEMES = [(WIDE, "light"), (NARROW, "dark")]

pytestmark = pytest.mark.slow


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serve a folder and log nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folders of the site and of the kit's pages: one run of each command that writes some."""
    subprocess.run([ROOT / ".ci" / "site"], env={**os.environ, "PYTHON": sys.executable}, check=True)
    work = tmp_path_factory.mktemp("kit")
    for name, source in {"alice": RIGHT, "bob": RIGHT.replace("argmin", "argmax")}.items():
        (work / "submissions").mkdir(exist_ok=True)
        (work / "submissions" / f"{name}.py").write_text(source, encoding="utf-8")
    kata = partial(subprocess.run, text=True, stdout=subprocess.DEVNULL, check=True)
    command = [sys.executable, "-m", "mlkata"]
    grade = [*command, "grade", "submissions", "--track", "kmeans.1"]
    kata([*grade, "--out", "graded", "--feedback", "graded/feedback"], cwd=work)
    kata([*command, "init", "workspace"], cwd=work)
    kata([*command, "interview", "kmeans"], cwd=work / "workspace", input="ask ties\nhint\ncheck\nend\n")
    kata([*command, "report", "--html", "report.html"], cwd=work / "workspace")
    return {"site": ROOT / "build" / "site", "kit": work}


@pytest.fixture(scope="module")
def browser():
    """Yield a started browser."""
    with sync.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=webpage.program(), args=webpage.FLAGS)
        yield started
        started.close()


@contextmanager
def served(root):
    """Serve a folder; yield its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def faults(browser, home, page, width, scheme):
    """Yield what is wrong with a page at a width in a colour scheme, one line each."""
    urls = []
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        tab = context.new_page()
        tab.on("request", lambda request: urls.append(request.url))
        tab.goto(home + page)
        violations = axe.Axe().run(tab).response["violations"]
        wide = tab.evaluate("document.documentElement.scrollWidth")
    where = f"{page} at {width}, {scheme}"
    yield from (f"{where}: asks for {url}" for url in urls if not url.startswith((home, "data:", "blob:")))
    if wide > width:
        yield f"{where}: {wide} wide"
    for violation in violations:
        if violation["impact"] in SERIOUS:
            elements = [node["html"][:160] for node in violation["nodes"][:3]]
            yield f"{where}: {violation['id']}, {violation['help']}: {elements}"


@pytest.mark.parametrize("part", ["site", "kit"])
def test_pages_are_accessible_at_every_width(browser, folder, part):
    """No serious finding of axe, no horizontal scrolling, no request to another machine, light and dark."""
    root = folder[part]
    pages = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.html"))
    assert len(pages) > 4  # so that not all are missing
    with served(root) as home:
        problems = [
            fault
            for page in pages
            for width, scheme in (WIDTHS_AND_SCHEMES[:1] if page in HUGE else WIDTHS_AND_SCHEMES)
            for fault in faults(browser, home, page, width, scheme)
        ]
    assert not problems, "\n".join(problems)


def test_faults_of_a_page_are_reported(browser, tmp_path):
    text = '<html lang="en"><title>x</title><img src="x.png"><div style="width: 900px">wide</div></html>'
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    with served(tmp_path) as home:
        too_wide, without_words = faults(browser, home, "page.html", NARROW, "light")
    assert "908 wide" in too_wide  # 900, and 8 for the margin of the body
    assert "image-alt" in without_words
