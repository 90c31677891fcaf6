"""ONNX Runtime, on scikit-learn's models as skl2onnx converts them. It computes in float32."""

from importlib import import_module
from importlib.metadata import version

from mlkata.authoring import threads

VERSION = version("onnxruntime")


def prepare(row, arguments):
    """Convert and load the row's model, once for all calls, and return the call to time."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    model, X = row.model(), arguments["X"]
    input_types = [("x", FloatTensorType([None, X.shape[1]]))]
    options = {"zipmap": False} | ({"raw_scores": True} if row.function == "score_ensemble" else {})
    converted = convert_sklearn(
        model, initial_types=input_types, options={id(model): options}, target_opset=17
    )
    runtime = import_module("onnxruntime")
    settings = runtime.SessionOptions()
    settings.intra_op_num_threads = threads()
    session = runtime.InferenceSession(
        converted.SerializeToString(), settings, providers=["CPUExecutionProvider"]
    )
    if row.function == "predict_proba":
        return lambda: session.run(["probabilities"], {"x": X})[0]
    if row.function == "forest_predict":
        return lambda: (session.run(["label"], {"x": X})[0],)
    # The contract's score is the plain sum of the trees: without the initial score and the learning rate.
    initial_score = model.decision_function(X[:1])[0] - _added_by_trees(model, X)
    return lambda: (session.run(["probabilities"], {"x": X})[0][:, -1] - initial_score) / model.learning_rate


def _added_by_trees(model, X):
    """Return what the trees add to the first row's score."""
    return model.learning_rate * sum(stage[0].predict(X[:1])[0] for stage in model.estimators_)
