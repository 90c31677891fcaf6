"""The corpus: submissions that attack the grader or are broken, and correct ones in many styles.

An entry is a file in `attacks/` or `controls/` (correct submissions). The first paragraph of its docstring
says what the submission does; the rest is TOML, with the keys below. The source that is judged is the kit's
reference.py of k-means followed by the text of the file, so the file only has to replace the functions that
it wants to change. A line `# reference` puts the reference there instead.

These marks in a source are replaced by what an attacker may have guessed:

- `@SECRET@`: the path of a file with a secret; `@CANARY@`: its folder, in which nothing may change
- `@PARENT@`: the id of the process that judges; `@ADDRESS@`: where its memory holds the secret
- `@SOLUTION@`: the path of the kit's reference.py

The keys:

- `threat`: the kind of attack, one of test_corpus.THREATS
- `says`: the outcome of each check (a rule that is judged on drawn inputs), by function (`lloyd`), by check
  (`lloyd/few-rows`), or `"*"` for all others, which are `pass` by default. An outcome is `pass`, or a status
  with its code (`error crashed`); `or` separates several that are allowed. `"*" = "refused"` means
  that the whole file is refused with one line.
- `rounds`: the rounds of the exercise that are judged; the first by default
- `hasty`: true if the submission never answers, so that it is judged with shorter time limits
- `leaves`: `a process` or `a file` that is left after the submission has ended
- `tells`: true if the output contains the secret
- `not_run`: why the entry is not run
- `succeeds`: why the attack succeeds, which docs/security.md admits

A table with the name of an isolation tier (see worker/tiers.py) has the keys that are different in this tier.
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
_KEEP_LLOYD = """
# lloyd goes on calling the functions above, even if the text below replaces them.
lloyd = type(lloyd)(lloyd.__code__, dict(globals()), "lloyd", lloyd.__defaults__)
"""


@dataclass(frozen=True)
class Entry:
    """One submission, and the verdicts it must get."""

    name: str
    what: str
    """What the submission does."""
    source: Callable[[], bytes]
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The keys above."""
    file: str = "kmeans.py"
    """The name under which the source is submitted."""

    def setting(self, key: str, tier: str, default: Any = None) -> Any:
        """Return a setting for a tier: its own or else the one for all tiers."""
        return self.settings.get(tier, {}).get(key, self.settings.get(key, default))

    def expected(self, check_id: str, tier: str) -> list[str]:
        """Return the outcomes that a check may have in a tier."""
        says = self.settings.get("says", {}) | self.settings.get(tier, {}).get("says", {})
        check = check_id.split("/", 1)[1]
        outcomes = says.get(check) or says.get(check.split("/")[0]) or says.get("*", "pass")
        return outcomes.split(" or ")


def attacks() -> list[Entry]:
    """Return all attacks: one for each file, and those of raw.py."""
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
        yield Entry(
            path.stem, " ".join(what.split()), lambda text=text: _composed(text), tomllib.loads(settings)
        )


def _composed(text: str) -> bytes:
    """Return the source that is judged: the reference and the file's text."""
    reference = SOLUTION.read_text(encoding="utf-8") + _KEEP_LLOYD
    if "\n# reference\n" in text:
        return text.replace("\n# reference\n", f"\n{reference}\n", 1).encode()
    return f"{reference}\n\n{text}".encode()
