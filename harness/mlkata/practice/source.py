"""Edit Python source as text: find functions, cut stubs, append them, put them back.

Pure functions. A file is never reformatted: only the lines of the functions concerned change, and line
endings stay. Appending works on a file with a syntax error.
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
_TOP_LEVEL_NAME = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)\s*=[^=]", re.MULTILINE)
_BLANK = "\n\n\n"
"""Ends a line and leaves two empty ones."""


@dataclass(frozen=True)
class Definition:
    """A top-level function and its lines, counted from 0, `end` excluded.

    The lines include decorators, the comment block directly above, and comments that end the body.
    """

    name: str
    start: int
    end: int


def functions(source: str) -> dict[str, tuple[int, int]]:
    """Return the lines of each top-level function; the last definition of a name counts.

    Raises SyntaxError if the source is not valid Python.
    """
    return {definition.name: (definition.start, definition.end) for definition in definitions(source)}


def definitions(source: str) -> list[Definition]:
    """Return the top-level functions, including those redefined later. Raises SyntaxError."""
    lines = split_lines(source)
    functions_ = []
    previous_end = 0
    for node in _parse(source).body:
        end = node.end_lineno or node.lineno
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
            while start > previous_end and lines[start - 1].startswith("#"):
                start -= 1
            end = _with_last_comments(lines, end)
            functions_.append(Definition(node.name, start, end))
        previous_end = end
    return functions_


def stub_for(track: Track, round_: Round, *, with_header: bool) -> str:
    """Return a round's stubs from the track's stub.py, with its docstring and imports if `with_header`."""
    source = track.stub.read_text(encoding="utf-8")
    parts = [header(source)] if with_header else []
    parts += [notes(source, round_.number)]
    parts += [segment(source, name).rstrip() for name in round_.functions]
    return _BLANK.join(part for part in parts if part) + "\n"


def header(stub: str) -> str:
    """Return what precedes a stub's first function and first heading: docstring, imports, classes."""
    lines = split_lines(stub)
    first = min(start for start, _ in functions(stub).values())
    headings = [index for index, line in enumerate(lines) if HEADING.match(line)]
    return "".join(lines[: min([first, *headings])]).rstrip()


def notes(stub: str, number: int) -> str:
    """Return a round's heading in a stub with what it adds to earlier functions, or ""."""
    lines = split_lines(stub)
    sections = [
        _with_notes(lines, index).rstrip()
        for index, line in enumerate(lines)
        if (match := HEADING.match(line)) and match[1] == str(number)
    ]
    return _BLANK.join(sections)


def segment(source: str, name: str) -> str:
    """Return one function's source. Raises KeyError if it is missing, SyntaxError if it cannot be parsed."""
    return "".join(split_lines(source)[slice(*functions(source)[name])])


def append(source: str, stubs: str) -> str:
    """Return the source with the stubs appended whose names it does not define yet."""
    return source + addition(source, stubs)


def addition(source: str, stubs: str) -> str:
    """Return the text that `append` adds: "" if the source has every function and note already."""
    if not source.removeprefix("\ufeff").strip():
        return stubs
    names = set(bound(source))
    present = set(split_lines(source.replace("\r\n", "\n")))
    parts: list[str] = []
    heading = ""
    lines = split_lines(stubs)
    starts = {start: (name, end) for name, (start, end) in functions(stubs).items()}
    for index, line in enumerate(lines):
        if index in starts and starts[index][0] not in names:  # a heading may be the comment above it
            if heading:
                parts.append(heading.rstrip())
            heading = ""
            parts.append("".join(lines[index : starts[index][1]]).rstrip())
        elif HEADING.match(line):
            heading = "" if line in present else _with_notes(lines, index)
            if len(split_lines(heading)) > 1:  # it extends existing functions
                parts.append(heading.rstrip())
                heading = ""
    if not parts:
        return ""
    trailing = len(re.findall(r"\r\n|\n|\r", source[len(source.rstrip("\r\n")) :]))
    text = "\n" * max(0, len(_BLANK) - trailing) + _BLANK.join(parts) + "\n"
    return with_newlines_of(source, text)


def replace(source: str, name: str, stub_segment: str) -> str:
    """Replace a function by a stub; of several definitions one is left. Raises SyntaxError.

    If the source does not define the function, the stub is appended.
    """
    places = [definition for definition in definitions(source) if definition.name == name]
    if not places:
        end = "" if not source or source.endswith(("\n", "\r")) else "\n"
        return source + with_newlines_of(source, f"{end}\n\n{stub_segment.rstrip()}\n")
    lines = split_lines(source)
    for place in reversed(places[1:]):
        del lines[place.start : place.end]
    lines[places[0].start : places[0].end] = [with_newlines_of(source, stub_segment.rstrip() + "\n")]
    return "".join(lines)


def bound(source: str) -> Iterator[str]:
    """Yield the names that the source defines at its top level by def, class, import or assignment.

    If it is not valid Python, lines that look like definitions count.
    """
    try:
        tree = _parse(source)
    except SyntaxError:
        for match in _TOP_LEVEL_NAME.finditer(source):
            yield match[1] or match[2]
        return
    yield from _bound(tree.body)


def decode(name: str, data: bytes) -> str:
    """Return a file's bytes as text, with line endings unchanged. Raises KataError if it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise KataError(f"{name} is not UTF-8 (line {line}): save it as UTF-8") from None


def split_lines(source: str) -> list[str]:
    """Return a source's lines as Python's parser counts them, with line endings."""
    return _LINE.findall(source)


def _parse(source: str) -> ast.Module:
    """Parse a source. Raises SyntaxError for anything that the parser raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the worker reports invalid escapes
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
    probe = end
    while probe < len(lines) and (not lines[probe].strip() or re.match(r"[ \t]+#", lines[probe])):
        probe += 1
        if lines[probe - 1].strip():
            end = probe
    return end


def _bound(body: list[ast.stmt]) -> Iterator[str]:
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
