"""What a worker, a process that runs a submission, answers: values, and errors of every kind.

The functions `double`, `pair`, `total`, `draw` and `root` are those of the track `toy` in tests/miniature.
Fixtures such as `answer`, which gives a source one case in each isolation tier, are in tests/conftest.py.
"""

import numpy as np
import pytest
from mlkata.tracks.arguments import Result, Rng
from mlkata.tracks.model import Kind, call
from mlkata.worker import limits, parent, wire
from mlkata.worker.tiers import Tier
from support import case_of

X = np.array([1.0, -2.0, 4.0])
RIGHT = "def double(x):\n    return 2 * x\n"


def double(body):
    """Return the source of a submission whose `double` has this body."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"import numpy as np\n\n\ndef double(x):\n{lines}\n"


def test_a_right_answer_is_a_value(answer):
    """Its array is a writable numpy array."""
    got = answer(RIGHT, call("double", x=X))
    assert got.kind is Kind.VALUE
    assert type(got.values[0]) is np.ndarray
    assert got.values[0].tolist() == [2.0, -4.0, 8.0]
    assert got.values[0].flags.writeable
    assert got.seconds > 0
    assert (got.message, got.stdout, got.raised) == ("", "", None)


def test_a_case_is_serialised_once_for_several_submissions(runner, monkeypatch):
    """Each submission has its own answer, but the request to the workers is built once."""
    built, build = [], parent._question
    monkeypatch.setattr(parent, "_question", lambda *arguments: built.append(1) or build(*arguments))
    case = case_of(call("double", x=X))
    answers = [runner(source).answer(case) for source in (RIGHT, RIGHT.replace("2", "3"))]
    assert [answer.values[0].tolist() for answer in answers] == [[2.0, -4.0, 8.0], [3.0, -6.0, 12.0]]
    assert built == [1]


def test_fetched_steps_are_returned_and_results_are_passed_on(answer):
    """`Result(i)` stands for the result of step i; `fetch` lists the steps that are returned."""
    steps = (call("double", x=X), call("double", x=Result(0)), call("root", x=Result(1)))
    got = answer(RIGHT + "def root(x):\n    return (x > 0).sum()\n", *steps, fetch=(0, 2))
    assert got.kind is Kind.VALUE
    assert [np.asarray(value).tolist() for value in got.values] == [[2.0, -4.0, 8.0], 2]


def test_each_step_gets_a_new_generator(answer):
    """`Rng(seed)` gives each step the same stream."""
    step = call("draw", n=3, rng=Rng(5))
    got = answer("def draw(n, rng):\n    return rng.random(n)\n", step, step, fetch=(0, 1))
    expected = np.random.default_rng(5).random(3).tolist()
    assert [value.tolist() for value in got.values] == [expected, expected]


def test_leading_arguments_are_passed_by_position(answer):
    """So a candidate may rename parameters; their order has to stay."""
    got = answer("def double(a):\n    return a * 2\n", call("double", x=X))
    assert got.kind is Kind.VALUE


def test_several_outputs_are_a_named_tuple(answer):
    """The fields are those of the contract. Labels may have any integer dtype, here uint8."""
    source = """
        import numpy as np
        def pair(x, k=2):
            return np.argmax(x, axis=1).astype(np.uint8), np.zeros((k, x.shape[1]))
        """
    got = answer(source, call("pair", x=np.eye(3), k=4))
    assert got.kind is Kind.VALUE
    labels, zeros = got.values[0]
    assert got.values[0].labels is labels
    assert labels.dtype == np.uint8
    assert zeros.shape == (4, 3)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return (2 * x).tolist()", "y is a list; expected float array of shape (n,)"),
        (
            "return (2 * x)[:-1]",
            "y has shape (2,); expected float array of shape (n,), here (3,)",
        ),
        (
            "return 2 * x[:, None]",
            "y is an array of shape (3, 1); expected float array of shape (n,)",
        ),
        (
            "return (2 * x).astype(int)",
            (
                "y has dtype int64; expected float array of shape (n,) "
                "(float64; float32 only if an input is float32)"
            ),
        ),
        (
            "return (2 * x).astype(np.float32)",
            (
                "y has dtype float32; expected float array of shape (n,) "
                "(float64; float32 only if an input is float32)"
            ),
        ),
        (
            "return x.astype(str)",
            (  # 1024 bits: 32 characters, as numpy chooses for float64
                "y has dtype str1024; expected float array of shape (n,) "
                "(float64; float32 only if an input is float32)"
            ),
        ),
        ("x * 2", "double returned None: is a `return` missing?"),
        ("return 2.0", "y is a float64 scalar; expected float array of shape (n,)"),
        ("return np.float64(2)", "y is a float64 scalar; expected float array of shape (n,)"),
        ("return 2 * x, 3", "y is a tuple of 2; expected float array of shape (n,)"),
        ("return x * np.nan", "y has NaN or infinity: expected finite numbers"),
        ("return x * np.inf", "y has NaN or infinity: expected finite numbers"),
        ("return np.ma.array(2 * x)", "y is a MaskedArray; expected float array of shape (n,)"),
        (
            "return (2 * x).astype(object)",
            (
                "y is an ndarray of dtype object; expected float array of shape (n,) "
                "(float64; float32 only if an input is float32)"
            ),
        ),
        ("return (2 * v for v in x)", "y is a generator; expected float array of shape (n,)"),
        ("return double", "y is a function; expected float array of shape (n,)"),
        ("return {1: 2}", "y is a dict; expected float array of shape (n,)"),
        ("return 'x'", "y is a str; expected float array of shape (n,)"),
        (
            "return 2 * x + 0j",
            (
                "y is an ndarray of dtype complex128; expected float array of shape (n,) "
                "(float64; float32 only if an input is float32)"
            ),
        ),
        ("a = []\na.append(a)\nreturn a", "y is a list; expected float array of shape (n,)"),
        (
            "return np.broadcast_to(2.0, 10**8)",
            "y has shape (100000000,); expected float array of shape (n,), here (3,)",
        ),
        (
            "return list(range(2_000_000))",
            "y is a list too long to send; expected float array of shape (n,)",
        ),
        ("x *= 2\nreturn x", "double changed its input x: work on a copy"),
        ("x.shape = (3, 1)\nreturn np.zeros(3)", "double changed its input x: work on a copy"),
        ("x.dtype = 'V8'\nreturn np.zeros(3)", "double changed its input x: work on a copy"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_broken_contract_has_a_message(answer, body, message):
    """There are messages for type, shape, dtype, NaN and changed inputs."""
    got = answer(double(body), call("double", x=X))
    assert (got.kind, got.message) == (Kind.CONTRACT, message)


def test_a_wrong_number_of_outputs_has_a_message(answer):
    steps = call("pair", x=np.eye(3), k=4)
    expected = "expected a tuple (labels, zeros)"
    for body, returned in (("x", "an array"), ("(x, x, x)", "a tuple of 3"), ("[x, x]", "a list")):
        got = answer(f"def pair(x, k=2):\n    return {body}\n", steps)
        assert got.kind is Kind.CONTRACT
        assert got.message == f"pair returned {returned}; {expected}"


def test_scalars_may_have_any_type_of_their_kind(answer):
    """A float may be any real number, an int any integer; an array with an axis is neither."""
    step = call("total", x=X)
    for body, kind in (
        ("x.sum()", Kind.VALUE),
        ("3", Kind.VALUE),
        ("np.float32(3)", Kind.VALUE),
        ("np.array(3.0)", Kind.VALUE),
        ("np.array([3.0])", Kind.CONTRACT),
        ("True", Kind.CONTRACT),
        ("10**30", Kind.CONTRACT),
        ("float('nan')", Kind.CONTRACT),
    ):
        got = answer(f"import numpy as np\ndef total(x):\n    return {body}\n", step)
        assert got.kind is kind, body


def test_a_changed_input_in_fortran_order_is_noticed(answer):
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    source = "def pair(x, k=2):\n    x[1, 2] = 9\n    return x, x\n"
    assert answer(source, call("pair", x=x)).message == "pair changed its input x: work on a copy"


def test_orders_and_dtypes_of_inputs_are_kept(answer):
    """Fortran order and float32 reach the candidate; inputs are writable."""
    source = """
        import numpy as np
        def pair(x, k=2):
            assert x.flags.f_contiguous and not x.flags.c_contiguous and x.flags.writeable
            assert x.dtype == np.float32
            return x.argmax(axis=1), np.zeros((k, x.shape[1]), dtype=np.float32)
        """
    x = np.asfortranarray(np.eye(3, 4, dtype=np.float32))
    assert answer(source, call("pair", x=x)).kind is Kind.VALUE


def test_a_traceback_has_the_candidates_frames_only(answer):
    """It has lines of the file, but none of the kit or of numpy."""
    helper = "import numpy as np\ndef helper(x):\n    return np.linalg.inv(x)\n"
    source = helper + "def double(x):\n    return helper(x)\n"
    got = answer(source, call("double", x=X))
    assert got.kind is Kind.RAISED
    assert got.raised.types[:2] == ("LinAlgError", "ValueError")
    assert (
        got.raised.traceback
        == "line 5, in double: return helper(x)\nline 3, in helper: return np.linalg.inv(x)"
    )
    assert got.message.startswith("LinAlgError: 1-dimensional array given.")
    assert not got.unsolved


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def double(x):\n    raise NotImplementedError('later')\n", "NotImplementedError: later"),
        ("", "NotImplementedError: there is no function double"),
        ("# nothing\n", "NotImplementedError: there is no function double"),
    ],
)
def test_a_missing_function_is_unsolved(answer, source, message):
    """A function that still raises the stub's NotImplementedError is unsolved, not wrong."""
    got = answer(source, call("double", x=X))
    assert got.unsolved
    assert got.message == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise ValueError('\\udc80 \\x1b[31m')", "ValueError: \\udc80 \x1b[31m"),
        ("return double(x)", "RecursionError: maximum recursion depth exceeded"),
        ("return input()", "EOFError: EOF when reading a line"),
        ("raise type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})", "Odd"),
        ("raise ExceptionGroup('both', [ValueError(1)])", "ExceptionGroup: both (1 sub-exception)"),
        ("raise ValueError('x' * 10_000)", "ValueError: " + "x" * 2000),
        ("return x.nothing", "AttributeError: 'numpy.ndarray' object has no attribute 'nothing'"),
    ],
)
def test_any_exception_is_an_answer(answer, body, message):
    """The message is text that can be encoded, of at most 2000 characters."""
    got = answer(double(body), call("double", x=X))
    assert (got.kind, got.message) == (Kind.RAISED, message)


def test_a_name_that_is_not_callable_raises(answer):
    got = answer("double = 3\n", call("double", x=X))
    assert (got.kind, got.message) == (Kind.RAISED, "TypeError: 'int' object is not callable")


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        (
            "def double(x:\n    pass\n",
            Kind.IMPORT,
            "SyntaxError in toy.py, line 1: '(' was never closed: def double(x:",
        ),
        ("x = 1\n  y = 2\n", Kind.IMPORT, "IndentationError in toy.py, line 2: unexpected indent: y = 2"),
        ("x = (\n", Kind.IMPORT, "SyntaxError in toy.py, line 1: '(' was never closed: x = ("),
        ("import nowhere_to_be_found\n", Kind.POLICY, None),
        ("x = 1 / 0\n", Kind.IMPORT, "toy.py cannot be imported: ZeroDivisionError: division by zero"),
        ("from math import nothing\n", Kind.IMPORT, None),
        ("raise SystemExit\n", Kind.IMPORT, "toy.py cannot be imported: SystemExit"),
        (
            "def double(x): pass\n\ndef double(x): pass\n",
            Kind.IMPORT,
            "toy.py: double is defined twice, in lines 1 and 3: keep one",
        ),
        (
            "import sklearn\n",
            Kind.POLICY,
            "toy.py, line 1: sklearn may not be imported here: use numpy, numba and the standard library",
        ),
        (
            "if False:\n    from scipy.stats import norm\n",
            Kind.POLICY,
            "toy.py, line 2: scipy.stats may not be imported here: use numpy, numba and the standard library",
        ),
        (
            "def f():\n    import numpy, pandas as pd\n",
            Kind.POLICY,
            "toy.py, line 2: pandas may not be imported here: use numpy, numba and the standard library",
        ),
        (
            "from . import secrets\n",
            Kind.POLICY,
            "toy.py, line 1: . may not be imported here: a submission is one file",
        ),
        (
            "from .math import sqrt\n",
            Kind.POLICY,
            "toy.py, line 1: .math may not be imported here: a submission is one file",
        ),
        (
            "import importlib\nimportlib.import_module('sklearn.cluster')\n",
            Kind.POLICY,
            "toy.py: sklearn may not be imported here: the judge compares answers with it",
        ),
        (
            "import numpy as np\nnp.ones(10**11)\n",
            Kind.MEMORY,
            "toy.py cannot be imported: it needs more memory than is available",
        ),
        (
            "import os\nos._exit(0)\n",
            Kind.CRASHED,
            "while importing toy.py: the process exited with status 0",
        ),
        ("\0", Kind.IMPORT, None),
        (b"\xff\xfe\n", Kind.IMPORT, None),
        (b"# -*- coding: nonsense -*-\n", Kind.IMPORT, None),
        ("(" * 5000, Kind.IMPORT, None),
        ("x = " + "-" * 100_000 + "1\n", Kind.IMPORT, None),
        ("raise Exception('\\udc80')\n", Kind.IMPORT, "toy.py cannot be imported: Exception: \\udc80"),
    ],
)
def test_an_error_of_the_whole_file_is_the_answer_to_every_case(runner, source, kind, message):
    """The message names the line if the error has one. None: it depends on the version of Python."""
    run = runner(source)
    got = run.answer(case_of(call("double", x=X)))
    assert got.kind is kind
    assert message is None or got.message == message
    assert got.message
    got.message.encode()
    assert run.answer(case_of(call("total", x=X))) == got


def test_a_function_that_is_defined_twice_is_named(runner):
    """`defined_twice` returns a message about such a function, or an empty string."""
    assert (
        runner("def f(): 1\ndef f(): 2\n").defined_twice()
        == "toy.py: f is defined twice, in lines 1 and 2: keep one"
    )
    assert runner("async def f(): 1\n\ndef f(): 2\n").defined_twice().startswith("toy.py: f is defined twice")
    assert runner(RIGHT).defined_twice() == ""
    assert runner("def f(:\n").defined_twice() == ""
    assert runner("raise ValueError('f is defined twice')\n").defined_twice() == ""


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbfdef double(x):\n    return 2 * x\n",
        b"# -*- coding: latin-1 -*-\n# caf\xe9\ndef double(x):\n    return 2 * x\n",
        b"def double(x):\r\n    return 2 * x\r\n",
        "# π\ndef double(x):\n    return 2 * x".encode(),
    ],
)
def test_sources_of_any_editor_are_read(answer, source):
    """A byte order mark, a declared encoding, Windows line ends and a missing last line end are accepted."""
    assert answer(source, call("double", x=X)).kind is Kind.VALUE


@pytest.mark.parametrize(
    "name", ["my solution (2).py", "x" * 250 + ".py", "π" * 120 + ".py", "numpy.py", "no-suffix"]
)
def test_any_file_name_works(runner, name):
    """Long and odd names work, and a file called numpy.py does not hide numpy."""
    got = runner("import numpy as np\n" + RIGHT, name).answer(case_of(call("double", x=X)))
    assert got.kind is Kind.VALUE


def test_scikit_learn_is_refused_at_run_time(answer):
    """The check of the source cannot find a dynamic import; the import itself is refused."""
    got = answer(double("return __import__('sklearn')"), call("double", x=X))
    assert got.kind is Kind.POLICY
    assert got.message == "PolicyError: sklearn may not be imported here: the judge compares answers with it"


def test_output_is_kept_by_case_and_limited(runner):
    """Each case has its own output, of both streams, limited to OUTPUT_KEPT characters."""
    run = runner(
        """
        import sys, os
        print("at import")
        def double(x):
            print("hello", x[0])
            os.system("echo from a child")
            sys.stderr.write("and errors\\n")
            return 2 * x
        def total(x):
            print("y" * 20_000)
            return 3.0
        def root(x):
            os.write(2, b"\\xff\\x00\\n")
            return 1
        """
    )
    # Isolated tiers refuse to start the child process.
    child = "from a child\n" if run.workers.tier is Tier.SUBPROCESS else ""
    assert run.answer(case_of(call("double", x=X))).stdout == f"hello 1.0\n{child}and errors\n"
    long = run.answer(case_of(call("total", x=X))).stdout
    assert long == "y" * limits.OUTPUT_KEPT + "\n… (20001 bytes in all)"
    assert run.answer(case_of(call("root", x=X))).stdout == "\ufffd\0\n"


def test_output_before_a_crash_is_kept(answer):
    got = answer(double("import os\nprint('so far', flush=True)\nos._exit(7)"), call("double", x=X))
    assert (got.kind, got.message) == (Kind.CRASHED, "the process exited with status 7")
    assert got.stdout == "so far\n"


def test_large_inputs_and_outputs_are_sent(answer):
    """20 MB are sent in both directions."""
    x = np.random.default_rng(0).random(2_500_000)
    got = answer(RIGHT, call("double", x=x))
    assert got.kind is Kind.VALUE
    assert np.array_equal(got.values[0], 2 * x)


def test_a_case_may_have_many_steps(answer):
    """4,000 steps, as in checks that compare many draws with a distribution."""
    steps = [call("draw", n=2, rng=Rng(seed)) for seed in range(4000)]
    got = answer("def draw(n, rng):\n    return rng.random(n)\n", *steps, fetch=range(4000))
    assert got.kind is Kind.VALUE
    assert len({tuple(value) for value in got.values}) == 4000


def test_an_answer_too_large_to_send_breaks_the_contract(answer, monkeypatch):
    """It has the right shape, but is not fetched. The size is 1000 * 8 bytes, and 1024 for a header."""
    monkeypatch.setattr(wire, "MAX_BODY", 4096)
    got = answer(double("return np.zeros(len(x))"), call("double", x=np.zeros(1000)))
    assert (got.kind, got.message) == (Kind.CONTRACT, "an answer of 9024 bytes is too large to send")


def test_a_small_answer_that_breaks_the_contract_is_fetched(answer):
    """The report can then show it."""
    got = answer(double("return [1, 2.5, 'x', None, x]"), call("double", x=X))
    assert got.kind is Kind.CONTRACT
    assert got.values[0][:4] == [1, 2.5, "x", None]


def test_threads_and_numba_work(answer):
    """A thread may run on in the background; numba compiles parallel loops and linear algebra."""
    source = """
        import threading, time
        import numpy as np
        from numba import njit, prange
        threading.Thread(target=time.sleep, args=(1000,)).start()

        @njit(parallel=True)
        def total(x):
            s = 0.0
            for i in prange(len(x)):
                s += x[i]
            return s + np.linalg.norm(x) * 0 + (x @ x) * 0
        """
    got = answer(source, call("total", x=X))
    assert (got.kind, got.values) == (Kind.VALUE, [3.0]), got


def test_a_candidate_may_close_its_streams(answer):
    closes = "sys.stdout.close()\nsys.stderr.close()\nos.close(1)\nos.close(2)\nsys.stdout = None\n"
    body = f"import sys, os\n{closes}return 2 * x"
    assert answer(double(body), call("double", x=X)).kind is Kind.VALUE
