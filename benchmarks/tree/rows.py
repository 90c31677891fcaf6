"""What `kata bench` compares for trees: prediction, growing and pruning, on up to 100,000 rows.

Most trees come from scikit-learn's models: as arrays for our solutions, as models for other libraries.
A *ladder* is a row on which all four solutions of the track are compared, from plain to fast.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from mlkata.authoring import OURS, Crossover, Floor, Row, cache_folder, load_implementation

STUB = Path(__file__).resolve().parents[2] / "exercises" / "tree" / "stub.py"
N, D = 100_000, 30
"""Rows and features."""
N_SCORED = 20_000
"""Rows on which a tree is grown, and as many on which it is scored at every alpha of its pruning path."""
N_BOOSTED = 6_000
"""Rows to which boosted trees are fitted: with more, the fit would take hours, but predictions the same
time."""


def _labelled(seed):
    """Return N rows and their classes, 0 or 1; seed 0 is for training, 1 for prediction."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D)).astype(np.float32)
    noise = rng.normal(size=N) * 0.7
    score = X[:, 0] * X[:, 1] + X[:, 2] ** 2 + np.sin(3 * X[:, 3]) + X[:, 4:10].sum(axis=1) * 0.5 + noise
    return X, (score > 1).astype(int)


def _model(name, make, rows=N):
    """Return a model that is fitted once and then kept in the kit's cache."""
    import joblib
    import sklearn

    path = cache_folder() / "bench" / f"{name}-{rows}-{sklearn.__version__}.joblib"
    if not path.is_file():
        X, y = _labelled(0)
        model = make().fit(X[:rows], y[:rows])
        path.parent.mkdir(parents=True, exist_ok=True)
        joblib.dump(model, path)
    return joblib.load(path)


def _single(depth):
    from sklearn.tree import DecisionTreeClassifier

    return _model(f"tree-{depth}", lambda: DecisionTreeClassifier(max_depth=depth, random_state=0))


def _forest(depth):
    from sklearn.ensemble import RandomForestClassifier

    return _model(
        f"forest-{depth}", lambda: RandomForestClassifier(100, max_depth=depth, random_state=0, n_jobs=-1)
    )


def _boosted():
    from sklearn.ensemble import GradientBoostingClassifier

    make = lambda: GradientBoostingClassifier(n_estimators=500, max_depth=6, random_state=0, max_features=10)  # noqa: E731
    return _model("boosted", make, N_BOOSTED)


@cache
def _tree_class():
    """Return the named tuple `Tree` of the track's stub."""
    return load_implementation(STUB).Tree


def _tree(model):
    """Return a fitted scikit-learn tree as the stub's `Tree` of arrays."""
    inner = model.tree_
    return _tree_class()(
        feature=inner.feature,
        threshold=inner.threshold,
        left=inner.children_left,
        right=inner.children_right,
        missing_left=np.asarray(inner.missing_go_to_left, dtype=bool),
        value=inner.value[:, 0, :],
        weight=inner.weighted_n_node_samples,
        impurity=inner.impurity,
    )


def _rows(n):
    return np.ascontiguousarray(_labelled(1)[0][:n])


def _proba(depth, n):
    """Return the arguments of `predict_proba`, for n rows."""
    return {"tree": _tree(_single(depth)), "X": _rows(n)}


def _vote(depth, n):
    """Return the arguments of `forest_predict`, for n rows."""
    model = _forest(depth)
    return {"trees": [_tree(tree) for tree in model.estimators_], "X": _rows(n), "classes": model.classes_}


def _scores(n):
    """Return the trees and n rows for `score_ensemble`."""
    return {"trees": [_tree(stage[0]) for stage in _boosted().estimators_], "X": _rows(n)}


def _growing():
    """Return the arguments of `grow`, without limits."""
    X, y = _labelled(0)
    return {
        "X": X,
        "y": y,
        "max_depth": None,
        "min_samples_split": 2,
        "min_samples_leaf": 1,
        "min_impurity_decrease": 0.0,
        "criterion": "gini",
    }


def _unlimited_tree():
    """Return the argument of `ccp_path`."""
    return {"tree": _tree(_single(None))}


def _validation():
    """Return the arguments of `score_every_alpha`."""
    X, y = _labelled(1)
    return {"tree": _tree(_grown(N_SCORED)), "X_val": X[:N_SCORED], "y_val": y[:N_SCORED]}


def _to_prune():
    """Return a model and its training data, since scikit-learn grows the tree again for each alpha."""
    X, y = _labelled(0)
    return _grown(N_SCORED), X[:N_SCORED], y[:N_SCORED]


def _compiled(module, arguments):
    """Return a call of `score_ensemble`; the ensemble is compiled once, before the timing."""
    return partial(module.score_ensemble, module.compile_ensemble(arguments["trees"]), arguments["X"])


def _array(answer):
    return {"answer": np.asarray(answer)}


def _labels(answer):
    return {"answer": np.asarray(answer[0])}


def _n_splits_and_weight(answer):
    """Summarise a tree by its number of splits and its weight, since equally good splits may differ."""
    return {"answer": np.array([float((answer.left != -1).sum()), answer.weight[0]])}


def _path(answer):
    """Keep the alphas of a pruning path, not its impurities."""
    return {"answer": np.asarray(answer[0])}


def _curve(answer):
    return {"alphas": np.asarray(answer[0]), "scores": np.asarray(answer[1])}


def _same_scores(got, expected):
    """Compare a curve of scores with the baseline's, which has fewer alphas.

    The curve is a step function: at each alpha of the baseline it has the score of the largest alpha below.
    """
    at = np.searchsorted(got["alphas"], expected["alphas"], side="right") - 1
    wrong = ~np.isclose(got["scores"][at], expected["scores"], rtol=0, atol=1e-12)
    return f"{int(wrong.sum())} of {wrong.size} scores differ" if wrong.any() else ""


@dataclass(frozen=True)
class _Near:
    """Compares two answers within a relative and absolute tolerance, and returns what differs, or ""."""

    rtol: float

    def __call__(self, got: dict[str, Any], expected: dict[str, Any]) -> str:
        mine, theirs = got["answer"], expected["answer"]
        if mine.shape != theirs.shape:
            return f"shape {mine.shape}, expected {theirs.shape}"
        wrong = ~np.isclose(mine, theirs, rtol=self.rtol, atol=self.rtol)
        return f"{int(wrong.sum())} of {wrong.size} differ" if wrong.any() else ""


def _row(
    name: str, family: str, title: str, function: str, make: Callable[[], Any], summary: Any, **more: Any
) -> Row:
    differs = _Near(more.pop("rtol", 1e-9))
    return Row(f"tree/{name}", family, title, function, make, summary, differs, **more)


def _one_tree(depth, n):
    title = f"{n:,} rows, one tree, depth {depth or 'unlimited'}"
    return _row(
        f"proba/{depth}-{n}",
        "one tree",
        title,
        "predict_proba",
        partial(_proba, depth, n),
        _array,
        model=partial(_single, depth),
        peers=("onnxruntime",),
        rtol=1e-6,  # ONNX Runtime computes in float32
        # Each row is read as float32, its two probabilities are written as float64.
        floor=Floor("rows read, answers written", bytes=n * (4.0 * D + 8.0 * 2)) if n == N else None,
    )


def _one_forest(depth, n):
    title = f"{n:,} rows, 100 trees, depth {depth or 'unlimited'}"
    return _row(
        f"forest/{depth}-{n}",
        f"forest, depth {depth or 'unlimited'}",
        title,
        "forest_predict",
        partial(_vote, depth, n),
        _labels,
        model=partial(_forest, depth),
        # tl2cgen only once, for N rows: its compiler takes a minute.
        peers=("onnxruntime", *(["tl2cgen"] if n == N else [])) if depth else (),
    )


def _one_boosted(n):
    return _row(
        f"boosted/{n}",
        "boosting, 500 × depth 6",
        f"{n:,} rows, 500 trees, depth 6",
        "score_ensemble",
        partial(_scores, n),
        _array,
        model=_boosted,
        prepare=_compiled,
        peers=("onnxruntime", *(["tl2cgen"] if n == N else [])),  # as in _one_forest
        rtol=2e-4,  # ONNX Runtime adds up 500 trees in float32
    )


ROWS = (
    *(_one_tree(depth, n) for depth, n in ((10, N), (None, N), (10, 1))),
    replace(_one_tree(10, 2_000), family="one tree, ladder", peers=(), ours=OURS),
    *(_one_forest(depth, n) for depth, n in ((8, N), (None, N), (8, 1))),
    *(_one_boosted(n) for n in (N, 100, 1)),
    _row(
        "grow/100k-30",
        "growing one tree",
        "100,000 × 30, unlimited",
        "grow",
        _growing,
        _n_splits_and_weight,
        rtol=1e-2,  # of the number of splits, which equally good splits may change
    ),
    Row(
        id="tree/alphas/unlimited",
        family="score at every alpha",
        title=f"a tree grown on {N_SCORED:,} rows, as many to score; scikit-learn's time from 20 alphas",
        function="score_every_alpha",
        make=_validation,
        summary=_curve,
        differs=_same_scores,
        model=_to_prune,
    ),
    _row(
        "path/unlimited",
        "pruning path",
        "the unlimited tree",
        "ccp_path",
        _unlimited_tree,
        _path,
        model=partial(_single, None),
    ),
)


def _grown(n):
    """Return scikit-learn's unlimited tree, grown on n rows."""
    from sklearn.tree import DecisionTreeClassifier

    X, y = _labelled(0)
    return DecisionTreeClassifier(random_state=0).fit(X[:n], y[:n])


def _by_nodes(n):
    """Return a tuple of one row, for a tree that was grown on n rows."""
    title = f"a tree grown on {n:,} rows"
    make = lambda: {"tree": _tree(_grown(n))}  # noqa: E731
    row = _row(f"crossover/{n}", "pruning path", title, "ccp_path", make, _path, model=partial(_grown, n))
    return (replace(row, ours=("reference", "fast")),)


CROSSOVERS = (
    Crossover(
        title="Weakest links: searched for each time, or kept in order, as the tree grows",
        x="rows that it was grown on",
        xs=(125, 250, 500, 1_000, 2_000, 4_000),
        rows=_by_nodes,
        # Each curve: which row of the tuple that _by_nodes returns, and which implementation.
        lines={
            "searched": (0, "reference"),
            "scikit-learn": (0, "scikit-learn"),
            "kept in order": (0, "fast"),
        },
        note="the whole pruning path of an unlimited tree",
    ),
)
