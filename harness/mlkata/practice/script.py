"""Write a case as a plain Python file that runs it under a debugger: `kata show CHECK --script`.

A case is the input of one check: one or several calls (steps) of the candidate's functions with all their
arguments. The file imports the candidate's file and nothing of the kit.
"""

from __future__ import annotations

import hashlib
import keyword
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlkata.practice import history, literals
from mlkata.tracks.arguments import Dist, Result, Rng, record_fields
from mlkata.tracks.contract import Contract
from mlkata.tracks.model import Case, Step

# The parts of a script. _HEAD, _ONE, _MANY and _PRINT are templates for str.format, hence some doubled
# braces.
_HEAD = '''\
"""{id}, seed {seed}: {rule}

Run: python {name}
It stops before the first call: `s` steps into it, `n` goes to the next line, `p x` prints x, `c` goes
on, `q` quits. With PYTHONBREAKPOINT=0 in the environment it does not stop.
"""

import bdb
import importlib.util
import sys
import traceback
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent

spec = importlib.util.spec_from_file_location({module!r}, {file})
{module} = importlib.util.module_from_spec(spec)
sys.modules[{module!r}] = {module}
spec.loader.exec_module({module})
'''

_RESULT = '''

class Result:
    """The result of an earlier call, counted from 0."""

    def __init__(self, call):
        self.call = call
'''

_DIST = '''

class Dist:
    """Euclidean distances from q to rows of points; each distance is counted, as in the kit."""

    def __init__(self, points):
        self.points = points
        self.count = 0

    def __call__(self, q, ids):
        self.count += len(ids)
        return np.sqrt(((self.points[np.asarray(ids, dtype=int)] - q) ** 2).sum(axis=1))
'''

# The body of a script with one call.
_ONE = """
try:
    breakpoint()
    yours = {call}
except bdb.BdbQuit:
    sys.exit()
except Exception as error:
    traceback.print_exc()
    yours = f"{{type(error).__name__}}: {{error}}"
"""

# The body of a script with several calls; `fetch` has the indices of the calls whose results are compared.
_MANY = """
results = []
try:
    for number, (function, positional, named) in enumerate(CALLS):
{resolve}        if number == 0:
            breakpoint()
        results.append(function(*positional, **named))
    yours = [results[index] for index in {fetch}]
except bdb.BdbQuit:
    sys.exit()
except Exception as error:
    traceback.print_exc()
    yours = f"call {{len(results)}}: {{type(error).__name__}}: {{error}}"
"""

# Part of `_MANY` if a call takes the result of an earlier one.
_RESOLVE = """\
        positional = [results[item.call] if isinstance(item, Result) else item for item in positional]
        named = {key: results[item.call] if isinstance(item, Result) else item for key, item in named.items()}
"""

_PRINT = """
print("yours")
print(yours)
print("expected")
print({expected})
"""


def debug_script(
    case: Case,
    expected_text: str,
    submission_path: Path,
    folder: Path,
    contracts: Mapping[str, Contract] | None = None,
) -> Path:
    """Write `debug_<check id>.py` into a workspace folder and return its path.

    The script loads the candidate's file by path, creates the arguments, stops before the first call, and
    prints the actual result and `expected_text`. `contracts` has the signature of each function of the track:
    with it, leading arguments are passed by position, as the kit does, so that the candidate may name
    parameters differently; without it, all are passed by name. A script of the same name is first copied to
    `.kata/history`.
    """
    path = folder / f"debug_{re.sub(r'[^A-Za-z0-9]+', '_', case.check.id)}.py"
    module = _identifier(submission_path.stem)
    if module in _RESERVED or module in sys.stdlib_module_names:
        module = f"my_{module}"
    writer = _Writer(folder, module)
    n_positional = [_n_positional(step, contracts) for step in case.steps]
    if len(case.steps) == 1:
        call = writer.call(module, case.steps[0], n_positional[0])
        body = (
            (_DIST + "\n" if case.dists else "") + "\n" + "".join(writer.assignments) + _ONE.format(call=call)
        )
    else:
        rows = [writer.row(module, step, n) for step, n in zip(case.steps, n_positional, strict=True)]
        uses_results = any(
            isinstance(value, Result) for step in case.steps for value in step.arguments.values()
        )
        body = (_RESULT if uses_results else "") + (_DIST if case.dists else "")
        body = (body + "\n" if body else "") + "\n" + "".join(writer.assignments)
        body += "\nCALLS = [\n" + "".join(f"    {row},\n" for row in rows) + "]\n"
        fetches_all = list(case.fetch) == list(range(len(case.steps)))
        fetch = "range(len(results))" if fetches_all else list(case.fetch)
        body += _MANY.format(resolve=_RESOLVE if uses_results else "", fetch=fetch)
    head = _HEAD.format(
        id=_in_docstring(case.check.id),
        seed=case.seed,
        rule=_in_docstring(case.check.rule),
        name=path.name,
        module=module,
        file=_located(submission_path, folder),
    )
    text = head + body + _PRINT.format(expected=repr(expected_text))
    history.write(path, text.encode("utf-8"), folder / ".kata" / "history")
    return path


_RESERVED = frozenset(
    {"bdb", "importlib", "sys", "traceback", "Path", "np", "FOLDER", "spec", "Result", "Dist", "CALLS"}
    | {"results", "yours", "number", "function", "positional", "named", "error", "item", "key", "index"}
)
"""Names that the script itself uses."""


class _Writer:
    """Writes calls and their arguments as Python.

    Each array and each distance callable is assigned to a variable once, above the calls, even if several
    arguments have the same value. The variable is named after the first parameter that takes it.
    """

    def __init__(self, folder: Path, module: str) -> None:
        self.folder = folder
        self.module = module
        self.taken_names = {module} | _RESERVED
        self.assignments: list[str] = []
        # Variables by dtype, shape, Fortran order and bytes of the array, and by id of the distance callable.
        self.array_names: dict[tuple[str, tuple[int, ...], bool, bytes], str] = {}
        self.dist_names: dict[int, str] = {}

    def call(self, module: str, step: Step, n_positional: int) -> str:
        """Return a step as a call expression."""
        parts = [
            self.value(name, value) if index < n_positional else f"{name}={self.value(name, value)}"
            for index, (name, value) in enumerate(step.arguments.items())
        ]
        return f"{module}.{step.function}({', '.join(parts)})"

    def row(self, module: str, step: Step, n_positional: int) -> str:
        """Return a step as a tuple of function, positional and named arguments."""
        arguments = [(name, self.value(name, value)) for name, value in step.arguments.items()]
        positional = ", ".join(value for _, value in arguments[:n_positional])
        named = ", ".join(f"{name!r}: {value}" for name, value in arguments[n_positional:])
        return f"({module}.{step.function}, [{positional}], {{{named}}})"

    def value(self, name: str, value: Any) -> str:
        """Return one argument, or a part of one, as an expression; `name` suggests a variable's name."""
        if isinstance(value, np.ndarray):
            return self.array(name, value)
        if isinstance(value, Rng):
            return f"np.random.default_rng({value.seed})"
        if isinstance(value, Result):
            return f"Result({value.step})"
        if isinstance(value, Dist):
            return self.dist(name, value)
        if (fields := record_fields(value)) is not None:
            inside = ", ".join(f"{field}={self.value(field, member)}" for field, member in fields.items())
            return f"{self.module}.{type(value).__name__}({inside})"
        if isinstance(value, dict):
            pairs = [f"{key!r}: {self.value(str(key), item)}" for key, item in value.items()]
            return f"{{{', '.join(pairs)}}}"
        if isinstance(value, list | tuple):
            inside = ", ".join(self.value(name, item) for item in value)
            comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
            return f"[{inside}]" if isinstance(value, list) else f"({inside}{comma})"
        return literals.scalar(value)

    def dist(self, name: str, dist: Dist) -> str:
        """Assign a distance callable to a variable and return the variable's name.

        All calls share the variable, so that it counts the distances of all calls, as in the kit.
        """
        if id(dist) not in self.dist_names:
            variable = self.free(name)
            self.dist_names[id(dist)] = variable
            self.assignments.append(f"{variable} = Dist({self.array('points', dist.points)})\n")
        return self.dist_names[id(dist)]

    def free(self, name: str) -> str:
        """Return an unused name and mark it as taken."""
        base, number = _identifier(name), 1
        free_name = base
        while free_name in self.taken_names:
            number += 1
            free_name = f"{base}_{number}"
        self.taken_names.add(free_name)
        return free_name

    def array(self, name: str, array: Any) -> str:
        """Assign an array to a variable and return the variable's name; a large array is saved in a file."""
        fortran = bool(array.flags.f_contiguous and not array.flags.c_contiguous)
        key = (array.dtype.str, array.shape, fortran, array.tobytes())
        if key not in self.array_names:
            variable = self.array_names[key] = self.free(name)
            literal = literals.array(array, fortran=fortran)
            self.assignments.append(f"{variable} = {literal or self.saved(array, key)}\n")
        return self.array_names[key]

    def saved(self, array: Any, key: tuple[Any, ...]) -> str:
        """Save a large array, with a hash of its key in `array_names` as name; return what loads it."""
        *layout, content = key  # dtype, shape and order; then the bytes
        name = f"{hashlib.sha256(repr(tuple(layout)).encode() + content).hexdigest()[:16]}.npy"
        cases = self.folder / ".kata" / "cases"
        cases.mkdir(parents=True, exist_ok=True)
        np.save(cases / name, array, allow_pickle=False)
        shape = "x".join(str(size) for size in array.shape)
        return f'np.load(FOLDER / ".kata" / "cases" / "{name}")  # {shape} {array.dtype.name}'


def _n_positional(step: Step, contracts: Mapping[str, Contract] | None) -> int:
    """Return how many arguments the kit passes by position: up to the first parameter that is left out."""
    parameters: Sequence[str] = list(contracts[step.function].signature.parameters) if contracts else []
    count = 0
    for name, parameter in zip(step.arguments, parameters, strict=False):
        if name != parameter:
            break
        count += 1
    return count


def _located(path: Path, folder: Path) -> str:
    """Return a path as an expression, relative to the script's folder if it lies below that."""
    path, folder = path.resolve(), folder.resolve()
    if path.is_relative_to(folder):
        return f"FOLDER / {str(path.relative_to(folder))!r}"
    return repr(str(path))


def _identifier(name: str) -> str:
    """Return a valid variable name that resembles `name`."""
    name = re.sub(r"\W", "_", name)
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"_{name}"


def _in_docstring(text: str) -> str:
    """Return a text that can be put between triple quotes."""
    return text.replace("\\", "\\\\").replace('"""', "'''")
