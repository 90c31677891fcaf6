"""`kata bench`: a line for each peer, and results that a report can be made of."""

import json

import pytest
from mlkata.bench import comparison, rows
from mlkata.bench.run import PeerResult, RowResult
from mlkata.bench.start import Start
from mlkata.tracks import catalogue


def row(*peers, busy=False):
    return RowResult("kmeans/x", "k-means", "kmeans", "kmeans", "100 × 4", busy, None, list(peers))


BASE = PeerResult("scikit-learn", "baseline", "1.9.1", [0.2, 0.3, 0.25])


def test_a_line_has_the_median_the_spread_and_the_ratio():
    """How far ahead of scikit-learn, by medians of one run."""
    fast = PeerResult("fast", "ours", "", [0.05, 0.04, 0.06])
    shown = [line.plain for line in comparison.lines(row(BASE, fast))]
    assert shown == [
        "k-means: 100 × 4",
        "  scikit-learn            250 ms (200 to 300)            ",
        "  fast                     50 ms (40 to 60)                5.00x",
    ]


def test_what_is_wrong_or_missing_is_said():
    """An unverified answer has no ratio that counts, a failed peer no figure."""
    wrong = PeerResult("fast", "ours", "", [0.1], verified="3 labels differ")
    failed = PeerResult("faiss", "peer", error="ModuleNotFoundError: No module named 'faiss'")
    shown = "\n".join(line.plain for line in comparison.lines(row(BASE, wrong, failed, busy=True)))
    assert "wrong: 3 labels differ" in shown
    assert "faiss            ModuleNotFoundError" in shown
    assert "do not trust them" in shown


def test_an_interrupted_run_goes_on(tmp_path, monkeypatch):
    """Rows that are done are not measured again; at the end the results are strict JSON."""
    asked, interrupts = [], [2]

    def compare(one, gflops, on_timing):
        if len(asked) in interrupts:
            interrupts.clear()
            raise KeyboardInterrupt
        asked.append(one.id)
        return RowResult(one.id, one.family, one.track, one.function, one.title, False, None, [BASE])

    monkeypatch.setattr(comparison.run, "compare", compare)
    monkeypatch.setattr(comparison, "_curves", lambda track, bar: [])
    monkeypatch.setattr(comparison.start, "measure", lambda row: Start(row.track, row.title, 0.1, 9.0, 1.0))
    monkeypatch.setattr(comparison.machine, "limits", lambda: {"gemm_gflops": {}, "bandwidth_gb_s": 1.0})
    chosen = [catalogue.get("knn")]
    with pytest.raises(KeyboardInterrupt):
        comparison.compare(chosen, tmp_path / "out")
    path = comparison.compare(chosen, tmp_path / "out")
    table, crossovers = rows.rows("knn"), rows.crossovers("knn")
    assert len(asked) == len(set(asked)) == len(table) + sum(len(one.xs) for one in crossovers)
    assert path.name == "report.html"
    assert "mlkata" in path.read_text(encoding="utf-8")
    assert "scikit-learn" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert results["schema"] == "mlkata.bench/1"
    assert [one["id"] for one in results["rows"]] == [one.id for one in table]
    assert [line["name"] for line in results["crossovers"][0]["lines"]] == ["brute force"]
    assert results["crossovers"][0]["lines"][0]["seconds"] == [0.25] * len(crossovers[0].xs)
    assert not (tmp_path / "out" / "rows.jsonl").exists()
