"""tl2cgen: it writes forests and boosted trees, read by treelite, as C code, which gcc compiles."""

import tempfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import numpy as np
from mlkata.authoring import threads

VERSION = version("tl2cgen")


def prepare(row, arguments):
    """Convert, compile and load the row's model, once for all calls, and return the call to time."""
    treelite, tl2cgen = import_module("treelite"), import_module("tl2cgen")
    model, X = row.model(), arguments["X"]
    boosted = row.function == "score_ensemble"
    with tempfile.TemporaryDirectory(prefix="mlkata-bench-") as folder:
        library = Path(folder) / "model.so"
        converted = treelite.sklearn.import_model(model)
        tl2cgen.export_lib(converted, "gcc", library, {"parallel_comp": threads()}, nthread=threads())
        # The predictor loads the library, which stays in memory when the folder is deleted.
        predictor = tl2cgen.Predictor(library, nthread=threads())

    def predictions():
        return predictor.predict(tl2cgen.DMatrix(X), pred_margin=boosted).reshape(len(X), -1)

    if row.function == "forest_predict":
        return lambda: (model.classes_[np.argmax(predictions(), axis=1)],)
    # The contract's score is the plain sum of the trees: without the initial score and the learning rate.
    added_by_trees = model.learning_rate * sum(stage[0].predict(X[:1])[0] for stage in model.estimators_)
    initial_score = model.decision_function(X[:1])[0] - added_by_trees
    return lambda: (predictions()[:, 0] - initial_score) / model.learning_rate
