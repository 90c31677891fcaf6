"""The corpus: submissions that attack the grader or are broken, and correct ones of every style.

An entry is a file in `attacks/` or `controls/`. The first paragraph of its docstring says what it does; the
rest is TOML. The source that is judged is the reference of k-means followed by that file's text, so
that what the file changes is the only difference; a line `# reference` puts the reference there instead, and
`alone = true` leaves it out. `@SECRET@`, `@CANARY@`, `@PARENT@`, `@ADDRESS@` and `@SOLUTION@` stand for what
an attacker may have guessed: a file, a folder, our process, where it keeps a secret, the solution's path.

`says` sets for a function, or one check (`lloyd/iris`), what its checks must get: `pass`, or a status with
its code (`error crashed`), several with `or`; `"*"` is all others, `pass` by default. `refused`
for `"*"` means that the file is refused with one line. A table with a tier's name says what is
different there. `succeeds` says why an attack succeeds in some tiers, as SECURITY.md admits.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlkata.tracks import catalogue

HERE = Path(__file__).parent
KMEANS = catalogue.get("kmeans")
SOLUTION = KMEANS.solutions / "reference.py"
_ALONE = """
# lloyd keeps the functions that it calls, even if their names are bound anew.
lloyd = type(lloyd)(lloyd.__code__, dict(globals()), "lloyd", lloyd.__defaults__)
"""


@dataclass(frozen=True)
class Entry:
    """One submission, and the verdicts it must get."""

    name: str
    what: str
    source: Callable[[], bytes]
    settings: Mapping[str, Any] = field(default_factory=dict)
    file: str = "kmeans.py"

    def setting(self, key: str, tier: str, default: Any = None) -> Any:
        """Return the setting of a tier, or else the one for all tiers."""
        return self.settings.get(tier, {}).get(key, self.settings.get(key, default))

    def expected(self, check_id: str, tier: str) -> list[str]:
        """Return the outcomes that a check may have in a tier."""
        says = self.settings.get("says", {}) | self.settings.get(tier, {}).get("says", {})
        check = check_id.split("/", 1)[1]
        outcomes = says.get(check) or says.get(check.split("/")[0]) or says.get("*", "pass")
        return outcomes.split(" or ")


def attacks() -> list[Entry]:
    """Return all attacks: one for each file, and those that no text editor writes."""
    from corpus import raw

    return [*_files(HERE / "attacks"), *raw.ATTACKS]


def controls() -> list[Entry]:
    """Return correct submissions, which must pass everywhere."""
    from corpus import raw

    return [*_files(HERE / "controls"), *raw.CONTROLS]


def _files(folder: Path) -> Iterator[Entry]:
    """Yield the entries of the files of a folder."""
    for path in sorted(folder.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        what, _, settings = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")
        read = tomllib.loads(settings)
        yield Entry(
            path.stem, " ".join(what.split()), lambda text=text, read=read: _composed(text, read), read
        )


def _composed(text: str, settings: Mapping[str, Any]) -> bytes:
    """Return the source that is judged: the reference and the file's text."""
    if settings.get("alone"):
        return text.encode()
    reference = SOLUTION.read_text(encoding="utf-8") + _ALONE
    if "\n# reference\n" in text:
        return text.replace("\n# reference\n", f"\n{reference}\n", 1).encode()
    return f"{reference}\n\n{text}".encode()
