"""Docstrings are read as contracts (`contract`), and values are checked against them (`conformance`)."""

import numpy as np
import pytest
from mlkata.tracks import conformance, contract
from mlkata.tracks.conformance import Description
from mlkata.tracks.contract import Term
from mlkata.tracks.model import KataError


def search(X, k, rng=None, *, name="x"):
    """Find things.

    Rules `go` here, over
    two lines.

    X : float array of shape (n_samples, 2)
        Words : that are no entry.
    k : int
    rng : numpy.random.Generator, optional
    name : str, default="x"
    -> found : int array of shape (n_found,)
    -> weights : float array of shape (n_samples, k)
    -> score : float
    -> done : bool

    >>> search(X, 3)
    """


SEARCH = contract.read(search)
ARGUMENTS = {"X": np.zeros((5, 2)), "k": 3}
# What a worker declares about four outputs that fit the contract of `search`, for ARGUMENTS: type, dtype and
# shape of each. A dtype has numpy's name, such as str96 for texts of 3 characters.
RIGHT = [
    Description("array", "uint8", (7,)),
    Description("array", "float64", (5, 3)),
    Description("number", "int64", ()),
    Description("bool"),
]


def test_parameters_and_outputs_are_read_in_order():
    """Each has a name, a dtype and dimensions. The words below an entry are no entry."""
    assert SEARCH.function == "search"
    assert SEARCH.parameters == (
        Term("X", "float", ("n_samples", "2")),
        Term("k", "int", None),
        Term("rng", "numpy.random.Generator, optional", None),
        Term("name", "str", None),
    )
    assert [str(entry) for entry in SEARCH.returns] == [
        "int array of shape (n_found,)",
        "float array of shape (n_samples, k)",
        "float",
        "bool",
    ]


def test_a_rule_is_found_in_the_docstring():
    """Line breaks, case and backticks make no difference."""
    assert SEARCH.states("rules go here, over two lines")
    assert not SEARCH.states("rules go there")


def test_dimensions_get_their_sizes_from_the_arguments():
    """A size is in the shape of an array, or is the value of an integer."""
    assert conformance.dimensions(SEARCH, ARGUMENTS) == {"n_samples": 5, "2": 2, "k": 3}
    assert conformance.dimensions(SEARCH, {}) == {}


def test_outputs_that_fit_the_contract_have_no_violation():
    """Any integer dtype is an int; a dimension that no argument has may have any size."""
    assert conformance.violation(SEARCH, ARGUMENTS, RIGHT) is None


@pytest.mark.parametrize(
    ("index", "output", "message"),
    [
        (
            0,
            Description("array", "float64", (7,)),
            "found has dtype float64; expected int array of shape (n_found,)",
        ),
        (
            0,
            Description("array", "bool", (7,)),
            "found has dtype bool; expected int array of shape (n_found,)",
        ),
        (
            0,
            Description("array", "str96", (7,)),
            "found has dtype str96; expected int array of shape (n_found,)",
        ),
        (0, Description("list"), "found is a list; expected int array of shape (n_found,)"),
        (
            1,
            Description("array", "float64", (5, 4)),
            ("weights has shape (5, 4); expected float array of shape (n_samples, k), here (5, 3)"),
        ),
        (
            1,
            Description("array", "float64", (5,)),
            "weights is an array of shape (5,); expected float array of shape (n_samples, k)",
        ),
        (
            1,
            Description("array", "float16", (5, 3)),
            (
                "weights has dtype float16; expected float array of shape (n_samples, k) "
                "(float64; float32 only if an input is float32)"
            ),
        ),
        (
            2,
            Description("array", "float64", (1,)),
            "score is an array of shape (1,); expected float",
        ),
        (2, Description("number", "bool", ()), "score is a bool scalar; expected float"),
        (2, Description("number", "str32", ()), "score is a str32 scalar; expected float"),
        (2, Description("NoneType"), "score is a NoneType; expected float"),
    ],
)
def test_an_output_that_breaks_the_contract_is_named(index, output, message):
    """`output` replaces the right one at `index`; the message names it, and says what was expected."""
    outputs = [*RIGHT]
    outputs[index] = output
    assert conformance.violation(SEARCH, ARGUMENTS, outputs) == message


def test_a_wrong_number_of_outputs_is_reported():
    """The function returns None, one output instead of four, or too few."""
    names = "expected a tuple (found, weights, score, done)"
    assert conformance.violation(SEARCH, ARGUMENTS, Description("NoneType")) == (
        "search returned None: is a `return` missing?"
    )
    assert (
        conformance.violation(SEARCH, ARGUMENTS, Description("array", "int64", (3,)))
        == f"search returned an array; {names}"
    )
    assert conformance.violation(SEARCH, ARGUMENTS, RIGHT[:2]) == f"search returned a tuple of 2; {names}"


def test_a_float32_output_is_right_if_an_input_is_float32():
    """If an input is float32, the output may be float32 or float64, but not float16."""
    single = {"X": np.zeros((5, 2), dtype=np.float32), "k": 3}
    outputs = [*RIGHT]
    outputs[1] = Description("array", "float32", (5, 3))
    assert conformance.violation(SEARCH, single, outputs) is None
    assert conformance.violation(SEARCH, ARGUMENTS, outputs).startswith("weights has dtype float32")
    assert conformance.violation(SEARCH, single, RIGHT) is None


def test_the_first_output_that_is_not_finite_is_named():
    """Every float output must be finite."""
    fine = (np.array([1]), np.zeros((5, 3)), 1.0, True)
    assert conformance.not_finite(SEARCH, fine) is None
    assert conformance.not_finite(SEARCH, (*fine[:2], float("nan"), True)) == (
        "score has NaN or infinity: expected finite numbers"
    )
    assert conformance.not_finite(SEARCH, (fine[0], np.full((5, 3), -np.inf), 1.0, True)) == (
        "weights has NaN or infinity: expected finite numbers"
    )


def test_several_outputs_have_the_names_of_the_contract():
    """A tuple of another length stays a plain tuple."""
    value = conformance.named(SEARCH, (np.array([1]), np.zeros((5, 3)), 1.0, True))
    assert value._fields == SEARCH.output_names == ("found", "weights", "score", "done")
    assert value.score == 1.0
    assert type(conformance.named(SEARCH, (1, 2))) is tuple


def test_shapes_read_as_python_writes_them():
    """A shape of one dimension ends with a comma."""
    assert contract.show_shape((3,)) == "(3,)"
    assert contract.show_shape(("n", 2)) == "(n, 2)"
    assert contract.show_shape(()) == "()"


def documented(parameters, returns):
    """Return a function of X with these lines in its docstring."""

    def function(X):
        """Give something."""

    function.__doc__ = f"Give.\n\n{parameters}\n{returns}\n"
    return function


@pytest.mark.parametrize(
    ("parameters", "returns", "message"),
    [
        (
            "",
            "-> y : int",
            "function: its docstring describes [], its signature has ['X']: make them agree",
        ),
        (
            "Y : int",
            "-> y : int",
            "function: its docstring describes ['Y'], its signature has ['X']: make them agree",
        ),
        (
            "X: int",
            "-> y : int",
            "function: its docstring describes [], its signature has ['X']: make them agree",
        ),
        (
            "X : int",
            "",
            "function: its docstring has no line `-> name : type`: add one for the returned value",
        ),
        (
            "X : int",
            "-> y : float arrays of shape (n,)",
            (
                "function: cannot read `y : float arrays of shape (n,)`: "
                "write `int`, `float`, or `float array of shape (n_samples,)`"
            ),
        ),
        (
            "X : float array, shape (n,)",
            "-> y : int",
            (
                "function: cannot read `X : float array, shape (n,)`: "
                "write `int`, `float`, or `float array of shape (n_samples,)`"
            ),
        ),
    ],
)
def test_a_docstring_that_is_no_contract_is_an_error(parameters, returns, message):
    """Otherwise values would not be checked, and the track's author would not notice."""
    with pytest.raises(KataError) as caught:
        contract.read(documented(parameters, returns))
    assert str(caught.value) == message


def test_a_function_without_docstring_is_an_error():
    """It has no contract."""
    with pytest.raises(
        KataError, match=r"its docstring describes \[\], its signature has \['x'\]: make them agree"
    ):
        contract.read(lambda x: x)


NOTED = """
# Round 1: search


def search(X):
    ...


# Round 2: more of it
#
# search: names may be longer,
#   up to ten.
# other: nothing new.

# search: this is no note.
"""


def test_notes_below_a_heading_add_rules():
    """A note of a later round adds a rule to the contract of an earlier function. A blank line ends notes."""
    notes = contract.read_notes(NOTED)
    assert notes == {"search": "names may be longer,   up to ten.", "other": "nothing new."}
    longer = contract.read(search, notes=notes["search"])
    assert longer.states("names may be longer, up to ten")
    assert longer.states("rules go here")
    assert not longer.states("this is no note")
    assert not SEARCH.states("names may be longer")


@pytest.mark.parametrize(
    ("declared", "output", "fits"),
    [
        ("bool array of shape (n,)", Description("array", "bool", (3,)), True),
        ("bool array of shape (n,)", Description("array", "int64", (3,)), False),
        ("str array of shape (n,)", Description("array", "str96", (3,)), True),
        ("array of shape (n,)", Description("array", "str96", (3,)), True),
        ("array of shape (n,)", Description("array", "float32", (3,)), True),
        ("array of shape (n,)", Description("list"), False),
        ("float array of shape (...)", Description("array", "float64", (3, 2, 2)), True),
        ("float array of shape (...)", Description("array", "int64", (3,)), False),
        ("bool", Description("number", "bool", ()), True),
        ("bool", Description("bool"), True),
        ("bool", Description("number", "int64", ()), False),
        ("str", Description("str"), True),
        ("str", Description("number", "float64", ()), False),
        ("int or None", Description("number", "int64", ()), True),
        ("whatever init returned", Description("dict"), True),
        ("whatever init returned", [Description("list"), Description("dict")], True),
        ("int", [Description("number", "int64", ())], False),
    ],
)
def test_types_that_a_contract_can_declare(declared, output, fits):
    """Numbers, booleans, text, arrays of any of them or of any shape; other words stand for anything."""
    declaring = contract.read(documented("X : int", f"-> y : {declared}"))
    assert (conformance.violation(declaring, {"X": 1}, output) is None) is fits


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ("arry (n, d)", "begins with 'arry': expected a type (int, float, bool, str, array, list"),
        ("flaot array of shape (n,)", "begins with 'flaot': expected a type (int, float,"),
        (
            "Chian",
            (
                "Generator, Chain), or, for a value that is not checked, "
                "a text that begins with `anything`, `what` or `whatever`"
            ),
        ),
        ("array (n, d)", "cannot read `y : array (n, d)`: write `str`, or `array of shape (n_samples,)`"),
    ],
)
def test_an_unknown_type_is_reported_to_the_author(declared, problem):
    """The type is still read, as one that is not checked, so that older tracks work."""
    [term] = contract.read(documented("X : int", f"-> y : {declared}")).returns
    assert problem in contract.type_problem(term, ["Chain"])


@pytest.mark.parametrize(
    "declared",
    [
        *("int", "float array of shape (n,)", "array of shape (...)", "list of Chain", "Chain or None"),
        *("None or what init returned", "what `init` returned", "whatever query needs", "as from partial"),
        *("numpy.random.Generator, optional", "callable, dist(q, ids) gives distances", "tuple of arrays"),
    ],
)
def test_known_types_and_free_words_are_not_reported(declared):
    """These are the types that stubs have used so far; `Chain` is a record of the stub."""
    [term] = contract.read(documented("X : int", f"-> y : {declared}")).returns
    assert contract.type_problem(term, ["Chain"]) is None


def test_the_contracts_of_the_kmeans_stub_are_read():
    """Every function of the k-means stub has parameters and returned values."""
    from mlkata.tracks import catalogue

    contracts = catalogue.get("kmeans").contracts
    assert list(contracts)[:2] == ["assign", "update"]
    assert all(entry.parameters and entry.returns for entry in contracts.values())
