"""A prompt for a model requests every function that the checks call, and an answer to it can be judged."""

import ast
import json

import pytest
from mlkata.grading import prompt, samples, sources
from mlkata.judging.oracle import Oracle
from mlkata.judging.session import Session, judge_rounds
from mlkata.tracks import catalogue
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Status
from mlkata.worker.parent import Workers
from mlkata.worker.runner import Submission
from mlkata.worker.tiers import Tier

# A prompt is for a round, or for a whole track (None).
TARGETS = [(track, round_) for track in catalogue.find().values() for round_ in (None, *track.rounds)]
NAMES = [round_.id if round_ else track.name for track, round_ in TARGETS]


def functions_defined(text):
    """Return the names of the functions whose signature and docstring a prompt has."""
    [block] = samples._blocks(text)
    return [node.name for node in ast.parse(block).body if isinstance(node, ast.FunctionDef)]


def functions_requested(text):
    """Return the names that a prompt requests: those in the paragraph below its title."""
    return text.split("\n\n")[1].split("`")[1::2]  # every second part is between backticks


@pytest.mark.parametrize(("track", "round_"), TARGETS, ids=NAMES)
def test_a_prompt_requests_every_function_that_the_checks_call(track, round_):
    """The contracts of these functions are below, in the order of the stub."""
    text = prompt.write(track, round_)
    rounds = [round_] if round_ else track.rounds
    steps = [step for round_ in rounds for check in track.checks_of(round_) for step in draw(check, 0).steps]
    assert set(functions_requested(text)) == {step.function for step in steps}
    assert set(functions_requested(text)) <= set(functions_defined(text))
    assert functions_defined(text) == [name for name in track.contracts if name in functions_defined(text)]


def test_a_prompt_has_the_comments_of_its_rounds_and_no_placeholders():
    """Its rounds are the round and those that it needs.

    Here round 3 of k-NN needs rounds 1 and 2. Rounds 2 and 3 have a comment on `knn`, a function of round 1.
    """
    track = catalogue.get("knn")
    text = prompt.write(track, track.round("knn.3"))
    assert "# Round 2: predict\n#\n# knn: ValueError for NaN or infinity" in text
    assert "knn: metric may also be" in text
    assert "metric may also be" not in prompt.write(track, track.round("knn.1"))
    assert "TODO" not in text
    assert "NotImplementedError" not in text
    assert text == prompt.write(track, track.round("knn.3"))


def test_a_prompt_also_has_the_functions_that_its_contracts_mention():
    track = catalogue.get("kmeans")
    text = prompt.write(track, track.round("kmeans.5"))
    assert functions_requested(text) == ["kmeans_capped"]
    assert functions_defined(text) == [
        "assign",
        "update",
        "lloyd",
        "relocate_empty",
        "kmeans",
        "kmeans_capped",
    ]
    paragraph = text.split("\n\n")[2].replace("\n", " ")
    assert paragraph.startswith(
        "Their contracts mention `assign`, `update`, `lloyd`, `relocate_empty` and `kmeans`"
    )
    assert max(map(len, text.split('```python\n"""')[0].splitlines())) <= 80


@pytest.mark.parametrize("name", ["kmeans.1", "knn.2"])
def test_an_answer_that_contains_the_reference_solution_passes(name, tmp_path):
    track, round_ = catalogue.split(name)
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    answer = f"Here it is.\n\n```python\n{reference}```\n\nIt is used so:\n\n```python\nprint(1)\n```\n"
    (tmp_path / "samples.jsonl").write_text(json.dumps({"task_id": name, "completion": answer}))
    [entry] = sources.collect([str(tmp_path / "samples.jsonl")], track)
    workers = Workers(ahead=1, tier=Tier.SUBPROCESS)
    submission = Submission(entry.name, entry.read())
    try:
        with Session(track, submission, workers=workers, oracle=Oracle(track, keep=False)) as session:
            report = judge_rounds(session, [round_])
    finally:
        workers.close()
    assert report.status is Status.PASS
