"""The problems that `kata author verify` finds in a track's files and texts.

Each test makes one problem by an edit of the small track that `kata author new` writes, which has none.
"""

from __future__ import annotations

import pytest
from mlkata.cli import verification
from mlkata.tracks import catalogue, scaffold
from mlkata.tracks.model import KataError


@pytest.fixture
def root(tmp_path):
    """Return a folder of private tracks with a small track that has no problem."""
    scaffold.write("small", tmp_path)
    return tmp_path


def problems(root):
    """Return the problems of the small track, one line each."""
    return list(verification.problems(catalogue.read(root / "exercises" / "small")))


def edit(root, path, old, new):
    """Replace a text in a file of the small track; `path` is the kind of folder and the file's name."""
    kind, name = path.split("/")
    file = root / kind / "small" / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_new_track_has_no_problem(root):
    """So each problem in the tests below comes from the edit of the test."""
    assert problems(root) == []


FAULTS = [  # a file, a text in it, what replaces the text, and a part of the line that reports the fault
    (
        "exercises/stub.py",
        "def standardize(X)",
        "def standardise(X)",
        "rounds.toml lists standardize, but stub.py",
    ),
    (
        "exercises/stub.py",
        "    >>> standardize(np.array([[1., 7.], [3., 7.]]))\n",
        "",
        "no example: expected `>>>",
    ),
    (
        "exercises/stub.py",
        "X : float array of shape (n_samples, n_features)",
        "X : arry (n_samples, n_features)",
        "stub.py: standardize: `X : arry (n_samples, n_features)` begins with 'arry': expected a type (int, ",
    ),
    ("exercises/stub.py", "    # TODO", "    # x\n" * 20 + "    # TODO", "lines: expected at most 25"),
    ("exercises/stub.py", "steps\n", "steps\n#\n# nothing: more.\n", "stub.py has a note on 'nothing'"),
    (
        "exercises/stub.py",
        "[[-1.,  0.], [ 1.",
        "[[-1.,  0.], [ 2.",
        "prints array([[-1., 0.], [ 1., 0.]]) on ref",
    ),
    (
        "exercises/stub.py",
        ">>> standardize(np.array([[",
        ">>> standardise(np.array([[",
        "raises NameError on ref",
    ),
    (
        "exercises/stub.py",
        "    array([[-1.,  0.], [ 1.,  0.]])\n",
        "",
        "but the stub says nothing: make them agree",
    ),
    (
        "exercises/rounds.toml",
        '  "Almost',
        '  # "Almost',
        "small.1: expected 3 hints, from a small one to almost the answer, got 2",
    ),
    ("exercises/rounds.toml", "[[round.follow_up]]", "[[ignored]]", "small.1 has no follow-up question"),
    (
        "exercises/rounds.toml",
        '"What does it cost in time and memory?"',
        '" "',
        "a follow-up without a question",
    ),
    (
        "exercises/rounds.toml",
        " O(nd) memory for the \\\nresult, and O(d) more.",
        "",
        "expected an answer of 20 to 150 words, got 16; write more",
    ),
    (
        "exercises/rounds.toml",
        "minutes = 10",
        "minutes = 0",
        "takes 0 minutes: expected a number above 0, the minutes that people took",
    ),
    ("exercises/rounds.toml", "needs = []", 'needs = ["small.2"]', "needs small.2: expected earlier rounds"),
    (
        "exercises/rounds.toml",
        "needs = []",
        'needs = []\nweights = {"a/b" = 1}',
        "gives a weight to a/b: expected a check of this round that passes or fails",
    ),
    (
        "exercises/rounds.toml",
        "needs = []",
        "needs = []\npoints = -1",
        "expected points and weights of at least 0",
    ),
    (
        "exercises/rounds.toml",
        "cost small standardize",
        "cost small scale",
        "costs.py measures standardize; add scale",
    ),
    (
        "exercises/rounds.toml",
        "kata cost small",
        "kata cost other",
        "expected `kata check small --case ID`",
    ),
    (
        "exercises/README.md",
        "(10 minutes)",
        "(12 minutes)",
        "has no heading `## 1. First steps (10 minutes)`",
    ),
    (
        "exercises/README.md",
        "(10 minutes)",
        "(12 minutes)",
        "has the heading `## 1. First steps (12 minutes)`",
    ),
    (
        "exercises/cases.py",
        "small.1/standardize/wine",
        "small.2/standardize/wine",
        "expected an id such as small.1/",
    ),
    (
        "exercises/cases.py",
        "small.1/standardize/wine",
        "small.1/scale/wine",
        "no function scale in the stub",
    ),
    (
        "exercises/cases.py",
        "1/standardize/wine",
        "1/standardize/two-rows",
        "two-rows occurs 2 times: ids are unique",
    ),
    ("exercises/cases.py", '"mean 0"', '"mean 1"', "the contract of standardize does not say 'mean 1'"),
    (
        "exercises/cases.py",
        'real(rng, "wine", 100)',
        "np.eye(3)",
        "small.1/standardize/wine draws the same inputs",
    ),
    (
        "exercises/cases.py",
        '(rng, "wine"',
        '(np.random.default_rng(), "wine"',
        "draws different inputs at the same seed",
    ),
    ("exercises/cases.py", "X=real(", "Y=real(", "calls standardize(Y=…): expected X"),
    (
        "exercises/cases.py",
        "outputs(Z=",
        "outputs(z=",
        "compares the outputs z: standardize returns Z; name all",
    ),
    (
        "exercises/cards.toml",
        "[ 1.  0.]]",
        "[ 2.  0.]]",
        "prints '[[-1.  0.]\\n [ 1.  0.]]', but its `output` says",
    ),
    ("exercises/cards.toml", "print(stand", "print(1 / 0, stand", "its code fails: ZeroDivisionError"),
    (
        "exercises/cards.toml",
        "print(standardize(np",
        "str(standardize(np",
        "prints nothing: expected an output",
    ),
    (
        "exercises/cards.toml",
        "import numpy",
        "\n\n\n\nimport numpy",
        "has 7 lines of code: expected at most 6",
    ),
    (
        "exercises/cards.toml",
        "The first column",
        'No."""\nx = """The',
        "expected an answer of 20 to 150 words, got 1;",
    ),
    (
        "exercises/cards.toml",
        "1/standardize/constant-column",
        "1/standardize/none",
        "no check 'small.1/standardize/n",
    ),
    ("exercises/costs.py", 'time="n*d"', 'time="n*q"', "costs.py, standardize: claim 'n*q'"),
    (
        "exercises/costs.py",
        "(8, 32, 512)",
        "(32, 8, 512)",
        "d has 32, 8, 512: expected 0 < lowest <= fixed <= highest",
    ),
    ("exercises/costs.py", "(8, 32, 512)", "(8, 8, 16)", "expected more than"),
    ("exercises/costs.py", "rng.normal(size=(n, d))", "None", "at the sizes {'n': 1000, 'd': 8} it raises"),
    ("exercises/costs.py", '{"X":', '{"Y":', "it raises TypeError"),
    (
        "exercises/costs.py",
        '        "standardize",',
        '        "scale",',
        "costs.py, scale: the stub has no such function",
    ),
    (
        "exercises/interview.toml",
        'prompt = """',
        'prompt = "Write it."\nx = """',
        "the prompt has 9 characters: expected more than 60",
    ),
    (
        "exercises/interview.toml",
        '"deviation"\n',
        '"shapes"\n',
        "topic 'shapes' occurs 2 times: names are unique",
    ),
    (
        "exercises/interview.toml",
        "standardize/constant-column",
        "standardize/none",
        "the round has no such check",
    ),
    (
        "exercises/interview.toml",
        "standardize/constant-column",
        "standardize/*",
        "every check of standardize is attached",
    ),
    (
        "exercises/interview.toml",
        'ddof is 0."',
        '0"\nchecks = ["*/constant*"]',
        "is attached to 2 topics: expected at",
    ),
    (
        "exercises/interview.toml",
        "[round.1]\n",
        "[round.2]\nprompt = ''\n[round.1]\n",
        "rounds 2, 1: expected all of 1 to 1, in order",
    ),
    ("exercises/interview_questions.toml", "ddof 0 or 1?", "shape or type?", "is answered by 1/shapes"),
    (
        "exercises/interview_questions.toml",
        '"1/deviation"',
        '"1/nothing"',
        "has topic '1/nothing': expected a key such as 1/shapes",
    ),
    ("exercises/interview_questions.toml", '"1/deviation"', '"1/nothing"', "no question on 1/deviation"),
    (
        "solutions/mutants.toml",
        "centered = X - X",
        "centred = X - X",
        "find text occurs 0 times in reference.py",
    ),
    (
        "solutions/mutants.toml",
        'id = "not-shifted"',
        'id = "divides-by-zero"',
        "divides-by-zero occurs 2 times",
    ),
    (
        "solutions/mutants.toml",
        "replace = 'deviation'",
        "replace = '('",
        "its replacement is not valid Python",
    ),
    (
        "solutions/mutants.toml",
        'id = "not',
        'function = "scale"\nround = 1\nid = "not',
        "no function 'scale': expected one of standardize",
    ),
    ("solutions/mutants.toml", 'id = "not', 'round = 2\nid = "not', "no round 2: expected 1 to 1"),
    (
        "solutions/naive.py",
        "def standardize(X)",
        "def standardize(X, ddof=0)",
        "naive.py: standardize(X, ddof=0), the stub",
    ),
    ("solutions/naive.py", "def standardize(X)", "def scale(X)", "naive.py has no function standardize"),
    (
        "solutions/naive.py",
        "import",
        "from . import reference\nimport",
        "imports .: expected no import of other files",
    ),
    ("benchmarks/rows.py", 'f"small/', 'f"other/', "expected an id that begins with small/"),
    (
        "benchmarks/rows.py",
        "_row(10_000, 32)",
        "_row(1_000, 8)",
        "row small/standardize/1000-8 occurs 2 times",
    ),
    ("benchmarks/rows.py", 'ours=("', 'peers=("faiss",), ours=("', "compares faiss, but "),
    (
        "benchmarks/rows.py",
        '        "standardize",',
        '        "scale",',
        "calls scale: expected one in stub.py or naive",
    ),
    ("benchmarks/scikit_learn.py", "VERSION", "OTHER", "scikit_learn.py has no VERSION"),
    (
        "benchmarks/scikit_learn.py",
        "return scale(X)",
        "return scale(X, with_std=False)",
        "small/scikit_learn.py differ: numbers differ by",
    ),
    (
        "benchmarks/scikit_learn.py",
        "def standardize",
        "def standardise",
        "small/scikit_learn.py raises AttributeError: ",
    ),
]


@pytest.mark.parametrize(("path", "old", "new", "message"), FAULTS, ids=[message for *_, message in FAULTS])
def test_each_fault_is_reported(root, path, old, new, message):
    """One line of the problems says what was expected."""
    edit(root, path, old, new)
    assert any(message in line for line in problems(root)), problems(root)


@pytest.mark.parametrize("path", ["exercises/README.md", "solutions/naive.py", "solutions/mutants.toml"])
def test_if_a_required_file_is_missing_only_this_is_reported(root, path):
    """Other problems may follow from the missing file."""
    kind, name = path.split("/")
    (root / kind / "small" / name).unlink()
    [line] = problems(root)
    assert line.startswith(f"{kind}/small has no {name}: write it")


@pytest.mark.parametrize(
    "names",
    [["cards.toml"], ["interview.toml", "interview_questions.toml"], ["costs.py"]],
    ids=lambda names: names[0],
)
def test_optional_files_may_be_missing(root, names):
    """Without costs.py, the `kata cost` command in rounds.toml is reported: it has nothing to measure."""
    for name in names:
        (root / "exercises" / "small" / name).unlink()
    lines = problems(root)
    assert [line for line in lines if "costs.py measures nothing" not in line] == []
    assert bool(lines) == (names == ["costs.py"])


def test_files_that_nothing_uses_are_reported(root):
    """Such files may be in exercises/ or in solutions/."""
    (root / "exercises" / "small" / "old.py").touch()
    (root / "solutions" / "small" / "notes.txt").touch()
    assert problems(root) == [
        "stray file old.py in exercises/small: nothing uses it; delete or import it",
        "stray file notes.txt in solutions/small: nothing uses it; delete it",
    ]


def test_a_round_without_checks_or_follow_up_is_reported(root):
    """The edit puts a second round between the first one and its follow-up question."""
    edit(
        root,
        "exercises/rounds.toml",
        "[[round.follow_up]]",
        '[[round]]\ntitle = "More"\nminutes = 5\n'
        'functions = []\nneeds = []\nhints = ["a", "b", "c"]\n\n[[round.follow_up]]',
    )
    lines = problems(root)
    assert "small.2 has no check: write one in cases.py" in lines
    assert "small.1 has no follow-up question: expected one or more [[round.follow_up]]" in lines


def test_a_check_out_of_order_is_reported(root):
    """Checks must be in the order of the stub. Here one of the second function, `centre`, comes first."""
    edit(root, "exercises/cases.py", "CHECKS = (\n", "CHECKS = (\n" + _OTHER)
    for kind, name in (
        ("exercises", "stub.py"),
        ("exercises", "oracle.py"),
        ("solutions", "reference.py"),
        ("solutions", "naive.py"),
    ):
        file = root / kind / "small" / name
        file.write_text(file.read_text(encoding="utf-8") + _CENTRE, encoding="utf-8")
    edit(root, "exercises/rounds.toml", '["standardize"]', '["standardize", "centre"]')
    [line] = [line for line in problems(root) if "too late" in line]
    assert line.startswith(
        "check small.1/standardize/two-rows comes too late: expected the order of the rounds"
    )


# A check of a second function `centre`, and the function.
_OTHER = """\
    Check("small.1/centre/wine", "the mean", lambda rng: call("centre", X=real(rng, "wine", 9)), same_z),
"""
_CENTRE = '''

def centre(X):
    """Return the mean.

    X : float array of shape (n, d)
    -> mean : float array of shape (d,)

    >>> centre(np.array([[1.], [3.]]))
    array([2.])
    """
    return X.mean(axis=0)
'''


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (">>> standardize(np.ones((1, 1)))  # one of many answers\n    array([[7.]])", ""),
        (
            ">>> standardize(None)  # one of many answers\n    array([[7.]])",
            "on reference.py: expected a result, not an exception",
        ),
        (
            ">>> X = np.array([[1.], [2.]])\n    >>> standardize(X)\n    array([[-1.],\n           [ 1.]])",
            "",
        ),
        (">>> standardize(np.array([[1.], [2.]])).sum() + 0.33333333333\n    0.33333333", ""),
        (
            ">>> standardize(np.array([[1.], [2.]])).sum() + 0.34\n    0.33",
            "prints 0.34 on reference.py, but the stub",
        ),
        (">>> {}['a']\n    Traceback (most recent call last):\n    KeyError: 'a'", ""),
        (
            ">>> {}['a']\n    Traceback (most recent call last):\n    ValueError: a",
            "raises KeyError on reference.py",
        ),
    ],
)
def test_examples_of_the_stub_are_run(root, example, message):
    """They run on reference.py. Numbers may be rounded; an output marked `one of many answers` may differ.

    An empty message stands for no problem.
    """
    edit(
        root,
        "exercises/stub.py",
        ">>> standardize(np.array([[1., 7.], [3., 7.]]))\n    array([[-1.,  0.], [ 1.,  0.]])",
        example,
    )
    lines = problems(root)
    assert len(lines) == bool(message), lines
    assert message in "".join(lines)


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (
            "exercises/rounds.toml",
            "minutes =",
            "minuts =",
            r"rounds\.toml: round 'First steps': missing required field 'minutes'",
        ),
        (
            "exercises/rounds.toml",
            "title =",
            "title",
            r"rounds\.toml: not valid TOML: .* \(at line \d+, column \d+\)",
        ),
        (
            "exercises/cards.toml",
            "proof =",
            "prof =",
            r"cards\.toml: card '.+': missing required field 'proof'",
        ),
        (
            "solutions/mutants.toml",
            "lesson =",
            "leson =",
            r"mutants\.toml: mutant '.+': contains unknown field 'leson'",
        ),
        (
            "solutions/mutants.toml",
            "[[mutant]]",
            "[[mutants]]",
            r"mutants\.toml: missing required field 'mutant'",
        ),
    ],
)
def test_a_misspelt_key_of_a_table_names_the_file(root, path, old, new, message):
    """The author gets an error of one line, without a traceback."""
    file = root / path.split("/")[0] / "small" / path.split("/")[1]
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(KataError, match=message) as caught:
        problems(root)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (
            "exercises/rounds.toml",
            "needs = []",
            "needs = [1]",
            r"rounds\.toml: round 'First steps', needs\[0\]: expected text, got a whole number",
        ),
        (
            "exercises/cases.py",
            "CHECKS",
            "CHECKS = (\nCHECKS",
            r"cases\.py, line \d+: SyntaxError: .*fix it",
        ),
        ("solutions/reference.py", "def ", "def (", r"reference\.py, line \d+: SyntaxError: .*fix it"),
    ],
)
def test_an_error_in_a_file_names_its_place(root, path, old, new, message):
    """The author gets an error with the file and the line or the entry, without a traceback."""
    edit(root, path, old, new)
    with pytest.raises(KataError, match=message):
        problems(root)
