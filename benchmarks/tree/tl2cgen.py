"""tl2cgen: forests and boosted trees as C code (by treelite), compiled by the system's compiler."""

import tempfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import numpy as np
from mlkata.authoring import threads

VERSION = version("tl2cgen")


def prepare(row, arguments):
    """Convert, compile and load: once for all calls."""
    treelite, tl2cgen = import_module("treelite"), import_module("tl2cgen")
    model, X = row.model(), arguments["X"]
    boosted = row.function == "score_ensemble"
    with tempfile.TemporaryDirectory(prefix="mlkata-bench-") as folder:
        library = Path(folder) / "model.so"
        converted = treelite.sklearn.import_model(model)
        tl2cgen.export_lib(converted, "gcc", library, {"parallel_comp": threads()}, nthread=threads())
        predictor = tl2cgen.Predictor(library, nthread=threads())

    def call():
        return predictor.predict(tl2cgen.DMatrix(X), pred_margin=boosted).reshape(len(X), -1)

    if row.function == "forest_predict":
        return lambda: (model.classes_[np.argmax(call(), axis=1)],)
    first = model.learning_rate * sum(stage[0].predict(X[:1])[0] for stage in model.estimators_)
    start = model.decision_function(X[:1])[0] - first
    return lambda: (call()[:, 0] - start) / model.learning_rate
