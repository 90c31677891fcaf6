"""Edit Python source as text: locate functions, cut a round's stubs out of a track's stub.py, insert them.

All functions take and return text. Nothing is reformatted: only the lines of the functions concerned change,
and line endings stay. Appending works even if the source has a syntax error.

A stub.py has a heading such as `# Round 2: sums` above the functions of each round. Comment lines directly
below a heading, called notes, say what the round adds to functions of earlier rounds.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from mlkata.tracks.catalogue import Track
from mlkata.tracks.contract import HEADING
from mlkata.tracks.model import KataError, Round

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
"""Lines as Python's parser counts them; str.splitlines also splits at form feeds and other characters."""
# For sources with a syntax error: what looks like a function, a class or an assignment that is not indented.
_TOP_LEVEL_NAME = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)\s*=[^=]", re.MULTILINE)
_BLANK = "\n\n\n"
"""What separates two functions: the end of a line and two empty lines."""


@dataclass(frozen=True)
class Definition:
    """A top-level function and its lines from `start` up to, not including, `end`, counted from 0.

    The lines include decorators, the comment lines directly above, and comments that end the body.
    """

    name: str
    start: int
    end: int


def functions(source: str) -> dict[str, tuple[int, int]]:
    """Return the start and end line of each top-level function, as in `Definition`, by name.

    The last definition of a name counts. Raise SyntaxError if the source is not valid Python.
    """
    return {definition.name: (definition.start, definition.end) for definition in definitions(source)}


def definitions(source: str) -> list[Definition]:
    """Return all top-level functions in order, including those that are defined again later.

    Raise SyntaxError if the source is not valid Python.
    """
    lines = split_lines(source)
    functions = []
    previous_end = 0  # of the previous statement: a line of its multi-line string may start with #
    for node in _parse(source).body:
        end = node.end_lineno or node.lineno
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
            while start > previous_end and lines[start - 1].startswith("#"):
                start -= 1
            end = _with_last_comments(lines, end)
            functions.append(Definition(node.name, start, end))
        previous_end = end
    return functions


def stub_for(track: Track, round_: Round, *, with_header: bool) -> str:
    """Return the part of the track's stub.py with a round's heading, notes and functions.

    With `with_header`, the docstring and the imports of stub.py precede them.
    """
    source = track.stub.read_text(encoding="utf-8")
    parts = [header(source)] if with_header else []
    parts += [notes(source, round_.number)]
    parts += [segment(source, name).rstrip() for name in round_.functions]
    return _BLANK.join(part for part in parts if part) + "\n"


def header(stub: str) -> str:
    """Return what precedes the first function or heading of a stub.py: docstring, imports, classes."""
    lines = split_lines(stub)
    first = min(start for start, _ in functions(stub).values())
    headings = [index for index, line in enumerate(lines) if HEADING.match(line)]
    return "".join(lines[: min([first, *headings])]).rstrip()


def notes(stub: str, number: int) -> str:
    """Return the heading of round `number` in a stub.py with the notes below it, or "" if there is none."""
    lines = split_lines(stub)
    sections = [
        _with_notes(lines, index).rstrip()
        for index, line in enumerate(lines)
        if (match := HEADING.match(line)) and match[1] == str(number)
    ]
    return _BLANK.join(sections)


def segment(source: str, name: str) -> str:
    """Return one function's lines. Raise KeyError if it is missing, SyntaxError if the source is invalid."""
    return "".join(split_lines(source)[slice(*functions(source)[name])])


def append(source: str, stubs: str) -> str:
    """Return the source with those stubs appended that it lacks."""
    return source + addition(source, stubs)


def addition(source: str, stubs: str) -> str:
    """Return the text that `append` adds to a source: the functions and notes of `stubs` that it lacks.

    A function is lacking if the source does not bind its name at the top level, a heading with notes if the
    source has no such line. Return "" if nothing is lacking, and all of `stubs` if the source is empty.
    """
    if not source.removeprefix("\ufeff").strip():
        return stubs
    bound_names = set(bound(source))
    source_lines = set(split_lines(source.replace("\r\n", "\n")))
    parts: list[str] = []
    pending_heading = ""  # a heading without notes, which is added only with a function below it
    stub_lines = split_lines(stubs)
    starts = {start: (name, end) for name, (start, end) in functions(stubs).items()}
    for index, line in enumerate(stub_lines):
        # A function's lines start with the comments directly above it, which may be the heading.
        if index in starts and starts[index][0] not in bound_names:
            if pending_heading:
                parts.append(pending_heading.rstrip())
            pending_heading = ""
            parts.append("".join(stub_lines[index : starts[index][1]]).rstrip())
        elif HEADING.match(line):
            pending_heading = "" if line in source_lines else _with_notes(stub_lines, index)
            if len(split_lines(pending_heading)) > 1:  # its notes concern functions of earlier rounds
                parts.append(pending_heading.rstrip())
                pending_heading = ""
    if not parts:
        return ""
    n_trailing_newlines = len(re.findall(r"\r\n|\n|\r", source[len(source.rstrip("\r\n")) :]))
    text = "\n" * max(0, len(_BLANK) - n_trailing_newlines) + _BLANK.join(parts) + "\n"
    return with_newlines_of(source, text)


def replace(source: str, name: str, new_definition: str) -> str:
    """Return the source with the function `name` replaced by a stub, or by the version in a notebook cell.

    Further definitions of the same name are removed. If the source does not define the function, the new
    definition is appended. Raise SyntaxError if the source is not valid Python.
    """
    places = [definition for definition in definitions(source) if definition.name == name]
    if not places:
        end = "" if not source or source.endswith(("\n", "\r")) else "\n"
        return source + with_newlines_of(source, f"{end}\n\n{new_definition.rstrip()}\n")
    lines = split_lines(source)
    for place in reversed(places[1:]):
        del lines[place.start : place.end]
    lines[places[0].start : places[0].end] = [with_newlines_of(source, new_definition.rstrip() + "\n")]
    return "".join(lines)


def bound(source: str) -> Iterator[str]:
    """Yield the names that the source defines at its top level by def, class, import or assignment.

    If the source is not valid Python, yield the names of lines that look like definitions.
    """
    try:
        tree = _parse(source)
    except SyntaxError:
        for match in _TOP_LEVEL_NAME.finditer(source):
            yield match[1] or match[2]
        return
    yield from _bound(tree.body)


def decode(name: str, data: bytes) -> str:
    """Return a file's bytes as text, with line endings unchanged. Raise KataError if it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise KataError(f"{name} is not UTF-8 (line {line}): save it as UTF-8") from None


def split_lines(source: str) -> list[str]:
    """Return the lines of a source with their line endings, split where Python's parser splits them."""
    return _LINE.findall(source)


def _parse(source: str) -> ast.Module:
    """Parse a source; turn every error that the parser can raise into a SyntaxError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the worker shows them when it runs the file
        try:
            return ast.parse(source.removeprefix("\ufeff"))
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error)) from error


def _with_notes(lines: list[str], heading: int) -> str:
    """Return a round's heading with the comment lines below it."""
    end = heading + 1
    while end < len(lines) and lines[end].startswith("#"):
        end += 1
    return "".join(lines[heading:end])


def _with_last_comments(lines: list[str], end: int) -> int:
    """Return a function's end moved past indented comments that follow its last statement."""
    index = end
    while index < len(lines) and (not lines[index].strip() or re.match(r"[ \t]+#", lines[index])):
        index += 1
        if lines[index - 1].strip():  # empty lines count only if another such comment follows
            end = index
    return end


def _bound(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements bind, also inside `if`, `try` and other blocks at the top level."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign) or (isinstance(node, ast.AnnAssign) and node.value is not None):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name))
        else:
            for field in ("body", "orelse", "finalbody"):
                yield from _bound(getattr(node, field, []))
            for handler in getattr(node, "handlers", []):
                yield from _bound(handler.body)


def with_newlines_of(source: str, text: str) -> str:
    """Return a text with the line endings of a source."""
    first = re.search(r"\r\n|\n|\r", source)
    return text.replace("\n", first[0]) if first else text
