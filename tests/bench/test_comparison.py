"""`kata bench` prints a line for each implementation (peer) on each workload (row), and saves the results."""

import json
from types import SimpleNamespace

import pytest
from mlkata.bench import comparison, comparison_text
from mlkata.bench.page import saved
from mlkata.bench.results import Machine, PeerResult, RowResult, Start
from mlkata.tracks import catalogue


def row(*peers, row_id="kmeans/x", busy=False):
    """Return the result of one row of the benchmark with these peers."""
    return RowResult(
        id=row_id,
        family="k-means",
        track="kmeans",
        function="kmeans",
        title="100 × 4",
        busy=busy,
        peers=peers,
    )


def peer(name, kind, *seconds, difference="", error=""):
    """Return the result of one peer; `difference` describes a wrong answer."""
    return PeerResult(name=name, kind=kind, version="", seconds=seconds, difference=difference, error=error)


BASE = peer("scikit-learn", "baseline", 0.2, 0.3, 0.25)
MACHINE = Machine(cpu="a processor", cores=2, memory_bytes=1, system="", python="", gemm_gflops={})


def test_a_line_has_the_median_the_spread_and_the_ratio():
    """The ratio to scikit-learn is of the medians of one run."""
    fast = peer("fast", "ours", 0.05, 0.04, 0.06)
    shown = [line.plain for line in comparison_text.render(row(BASE, fast))]
    assert shown == [
        "k-means: 100 × 4",
        "  scikit-learn            250 ms (200 to 300)            ",
        "  fast                     50 ms (40 to 60)                5.00x",
    ]


def test_wrong_answers_and_failures_are_shown():
    """A wrong answer is marked as wrong, a failed peer has its error instead of a time."""
    wrong = peer("fast", "ours", 0.1, difference="3 labels differ")
    failed = peer("faiss", "peer", error="ModuleNotFoundError: No module named 'faiss'")
    shown = "\n".join(line.plain for line in comparison_text.render(row(BASE, wrong, failed, busy=True)))
    assert "wrong: 3 labels differ" in shown
    assert "faiss            ModuleNotFoundError" in shown
    assert "run it again when idle" in shown


@pytest.fixture
def quick(monkeypatch):
    """Replace all measurements by constants. Return the list of ids of the rows that were compared."""
    row_ids = []

    def compare(definition, machine, on_timing):
        row_ids.append(definition.id)
        return row(BASE, row_id=definition.id)

    monkeypatch.setattr(comparison.turns, "compare", compare)
    monkeypatch.setattr(comparison.cost, "measure", lambda *_, **__: SimpleNamespace(good_claims={}))
    monkeypatch.setattr(
        comparison.first_calls,
        "measure",
        lambda row: Start(
            track=row.track, title=row.title, import_seconds=0.1, cold_seconds=9.0, warm_seconds=1.0
        ),
    )
    monkeypatch.setattr(comparison.machine, "measured", lambda: MACHINE)
    return row_ids


def test_an_interrupted_run_resumes(tmp_path, monkeypatch, quick):
    """Finished rows are kept in rows.jsonl and not measured again; the final results are strict JSON."""
    compare = comparison.turns.compare
    interrupt_after = [2]  # rows; empty once the run has been interrupted

    def interrupted_once(*arguments):
        if len(quick) in interrupt_after:
            interrupt_after.clear()
            raise KeyboardInterrupt
        return compare(*arguments)

    monkeypatch.setattr(comparison.turns, "compare", interrupted_once)
    track, folder = catalogue.get("knn"), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        comparison_text.compared([track], folder)
    page = saved.save(comparison_text.compared([track], folder), folder)
    n_rows = len(track.rows) + sum(len(crossover.xs) for crossover in track.crossovers)
    assert len(quick) == len(set(quick)) == n_rows  # each row was measured once
    assert page.name == "report.html"
    assert "mlkata" in page.read_text(encoding="utf-8")
    assert "scikit-learn" in (folder / "report.md").read_text(encoding="utf-8")
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert results["schema"] == "mlkata.bench/1"
    assert [row["id"] for row in results["rows"]] == [row.id for row in track.rows]
    # Each line of a crossover has the times of one implementation. Here only scikit-learn has times,
    # and of the lines only "brute force" is scikit-learn's.
    assert [line["name"] for line in results["crossovers"][0]["lines"]] == ["brute force"]
    assert results["crossovers"][0]["lines"][0]["seconds"] == [0.25] * len(track.crossovers[0].xs)
    assert (folder / "rows.jsonl").exists()
    comparison.forget(folder)
    assert not (folder / "rows.jsonl").exists()


def test_a_track_without_a_fast_solution_has_no_first_call(tmp_path, monkeypatch, quick):
    """A fast solution is optional: everything else is compared."""
    track = catalogue.get("knn")
    assert len(comparison_text.compared([track], tmp_path).starts) == 1
    monkeypatch.setattr(comparison.peers, "names_of", lambda row: ["scikit-learn", "reference"])
    assert comparison_text.compared([track], tmp_path).starts == ()


def test_results_are_saved_over_an_unreadable_file(tmp_path, quick):
    """A run is not compared with such a file, but the next run is compared with this one."""
    results = comparison_text.compared([catalogue.get("gmm")], tmp_path)
    (tmp_path / "results.json").write_bytes(b'{"schema": "\xff')
    page = saved.save(results, tmp_path)
    assert "There is no earlier run to compare with." in page.read_text(encoding="utf-8")
    assert "The last run was saved on" in saved.save(results, tmp_path).read_text(encoding="utf-8")
