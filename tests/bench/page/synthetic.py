"""Results of `kata bench` for tests: they look real, but are drawn at random from a seed."""

import json
import random

# For each family of workloads: track, function, our usual lead over scikit-learn (12.0 is 12 times as fast),
# and the other libraries that are compared.
FAMILIES = {
    "k-means, d ≤ 3": ("kmeans", "kmeans", 12.0, ("faiss", "scikit-learn-intelex", "scipy")),
    "k-NN, exact": ("knn", "knn", 50.0, ("faiss", "scipy cKDTree", "scikit-learn-intelex", "hnswlib")),
    "forest": ("tree", "predict_forest", 4.2, ("onnxruntime", "tl2cgen", "treelite")),
    "pruning": ("tree", "path_scores", 1.1e5, ()),
    "Gaussian mixtures": ("gmm", "fit", 9.0, ("torch", "pomegranate")),
}
SIZES = (1_000, 2_000, 4_000, 8_000, 16_000, 32_000)


def peer(rng, name, kind, centre, **more):
    """Return the result of one implementation, whose runs scatter by 3 % around `centre` seconds.

    `kind` is "ours", "baseline" (scikit-learn) or "peer" (another library).
    """
    seconds = [centre * rng.lognormvariate(0, 0.03) for _ in range(7)]
    usual_result = {
        "name": name,
        "kind": kind,
        "version": {"ours": "", "baseline": "1.9.1"}.get(kind, "2.0.3"),
        "seconds": seconds,
        "import_seconds": rng.uniform(0.2, 1.5),
        "first_call_seconds": centre + rng.uniform(0, 4),
        "peak_bytes": int(rng.uniform(1e6, 9e8)),
        "input_bytes": 1_000_000,
        "verified": "",  # how its answers differ from scikit-learn's: not at all
        "error": "",
    }
    return usual_result | more


def row(rng, family, number, scale=1.0):
    """Return the results on one workload.

    The implementations are the kit's fast and reference solutions, two methods of scikit-learn, and the
    family's other libraries. `scale` multiplies the times of the fast solution.
    """
    track, function, lead, others = FAMILIES[family]
    base = 10 ** rng.uniform(-2, 0.5)  # seconds of scikit-learn
    lead *= rng.uniform(0.6, 1.6)
    peers = [
        peer(rng, "fast", "ours", base / lead * scale),
        peer(rng, "reference", "ours", base * rng.uniform(1.5, 6)),
        peer(rng, "scikit-learn", "baseline", base),
        peer(rng, "scikit-learn elkan", "baseline", base * 2.4, peak_bytes=None),
    ]
    peers += [peer(rng, name, "peer", base / rng.uniform(0.4, lead / 1.3)) for name in others]
    return {
        "id": f"{track}/{function}/{number}",
        "family": family,
        "track": track,
        "function": function,
        "title": f"{100 * (number + 1):,},000 × {2 ** (number + 1)}, k = 64, float{(32, 64)[number % 2]}",
        "busy": False,
        # Every other workload has an estimate of the least time that the machine needs.
        "limit": {"what": "GEMM in float32", "seconds": base / lead * rng.uniform(0.3, 1.4)}
        if number % 2
        else None,
        "peers": peers,
    }


def curve(rng, submission, what, slope, first):
    """Return a cost that grows as `size ** slope` from `first`, with noise of 2 %.

    `what` is "time" (in seconds) or "memory" (in bytes).
    """
    costs = [first * (size / SIZES[0]) ** slope * rng.lognormvariate(0, 0.02) for size in SIZES]
    return {
        "track": "kmeans",
        "function": "assign",
        "submission": submission,
        "what": what,
        "size": "n",
        "sizes": list(SIZES),
        "costs": costs,
        "fixed": {"k": 64, "d": 16},
        "slope": slope,
        "half_width": 0.04,  # of the confidence interval of the slope
        "fitted_sizes": list(SIZES[1:]),
        # How the cost of a good solution grows, and whether the slope agrees.
        "good": "n*k*d" if what == "time" else "n*k",
        "finding": "agree",
    }


def ladder(track):
    """Return the times of four solutions of one task, from naive to fast."""
    rungs = (  # name, what makes it faster than the one before, seconds
        ("naive", "Pure Python: three nested loops over lists.", 4.1),
        ("reference", "numpy, one matrix product: |x|² - 2xy + |y|².", 0.061),
        ("loops", "numba: the same loops compiled; nothing is allocated in them.", 0.038),
        ("fast", "A kd-tree over the points; whole nodes go to a centre at once.", 0.0045),
    )
    return {
        "track": track,
        "function": "kmeans",
        "title": "digits, 1797 × 64, k = 10",
        "rungs": [
            {"name": name, "text": text_, "seconds": [seconds, seconds * 1.03, seconds * 0.99]}
            for name, text_, seconds in rungs
        ],
    }


def document(*, rows=3, seed=0, scale=1.0):
    """Return a whole run as plain values, with `rows` workloads for each family.

    `scale` multiplies the times of our fast solution, except on the first workload of each family.
    """
    rng = random.Random(seed)  # noqa: S311 - no secret depends on these numbers
    row_results = [
        row(rng, family, number, scale if number else 1.0) for family in FAMILIES for number in range(rows)
    ]
    return {
        "schema": "mlkata.bench/1",
        "date": "2026-11-24T23:00:00+00:00",
        "seed": seed,
        "threads": 2,
        "machine": {
            "cpu": "AMD EPYC 7B13",
            "cores": 2,
            "memory_bytes": 25769803776,
            "system": "Linux 6.1 x86_64",
            "python": "3.11.7",
            "gemm_gflops": {"float32": 133.0, "float64": 52.0},
            "bandwidth_gb_s": 25.0,
        },
        "versions": {"numpy": "2.4.6", "scikit-learn": "1.9.1", "numba": "0.68.1", "faiss-cpu": "1.12.0"},
        "rows": row_results,
        "ladders": [ladder("kmeans"), ladder("knn")],
        "curves": [
            curve(rng, "reference.py", "time", slope=1.02, first=1e-3),
            curve(rng, "fast.py", "time", slope=0.96, first=1.2e-4),
            curve(rng, "reference.py", "memory", slope=1.0, first=5e5),
        ],
        "crossovers": [
            {
                "title": "Brute force against a kd-tree",
                "x": "d",
                "xs": [2, 4, 8, 16, 32],
                "lines": [
                    {"name": "brute force", "seconds": [0.1, 0.11, 0.12, 0.15, 0.2]},
                    {"name": "kd-tree", "seconds": [0.004, 0.01, 0.06, 0.4, 1.1]},
                ],
                "note": "n = 100,000, 1,000 queries",
            },
            {
                "title": "Lloyd against bounds",
                "x": "k",
                "xs": [8, 32, 128, 512],
                "lines": [
                    {"name": "Lloyd", "seconds": [0.02, 0.05, 0.2, 0.9]},
                    {"name": "Elkan", "seconds": [0.04, 0.07, 0.15, 0.5]},
                    {"name": "groups of bounds", "seconds": [0.05, 0.06, 0.1, 0.2]},
                ],
                "note": "",
            },
        ],
        "starts": [
            {
                "track": "kmeans",
                "title": "100,000 × 16, k = 256",
                "import_seconds": 0.1,
                "cold_seconds": 9.5,
                "warm_seconds": 1.2,
            }
        ],
    }


def troubled():
    """Return a run with a busy row, wrong answers, a failure and a row without scikit-learn.

    Each family has three rows, so rows 0 to 2 are of k-means, 3 to 5 of k-NN, 6 to 8 of forests. In each row,
    peers 0 and 1 are ours, 2 and 3 scikit-learn.
    """
    value = document()
    k_means, k_means_2, _, knn, _, _, forest, *_ = value["rows"]
    k_means_2["busy"] = True
    faiss, sklearnex = k_means["peers"][4:6]
    faiss |= {"verified": "12 of 100,000 labels differ"}
    sklearnex |= {
        "seconds": [],
        "error": "it takes float32 only",
        "first_call_seconds": None,
    }
    knn["peers"][2:4] = []
    forest["peers"][0] |= {"verified": "probabilities differ by up to 0.2"}
    return value


def text(value):
    """Return a document as it is saved."""
    return json.dumps(value)
