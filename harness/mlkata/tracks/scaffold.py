"""`kata author new`: writes a small track that passes `kata author verify`, as the start of a new track.

Its files are copies of those in template/, with the name filled in. The kit finds a track by its folders, so
the new one need not be registered.
"""

from __future__ import annotations

import keyword
import sys
from pathlib import Path

from mlkata.tracks import catalogue, paths
from mlkata.tracks.model import KataError

_TEMPLATE = Path(__file__).parent / "template"


def write(name: str, private: Path | None = None) -> list[Path]:
    """Write a new track into the clone, or into `private`, a folder of private tracks; return its files.

    Raise KataError if the name is not allowed, or a folder of that name exists.
    """
    if keyword.iskeyword(name):
        raise KataError(
            f"no track can be called {name!r}: it is a Python keyword; choose another name, such as svm"
        )
    if not name.isidentifier() or name != name.lower():
        raise KataError(f"no track can be called {name!r}: expected an identifier in lower case, such as svm")
    if name in sys.stdlib_module_names or name in ("numpy", "numba", "sklearn", "mlkata"):
        raise KataError(
            f"no track can be called {name!r}: a candidate's {name}.py would hide the module {name}"
        )
    root = private or paths.data_folder()
    if private is None and not (root / "pyproject.toml").is_file():
        raise KataError(
            f"{root} is not a clone of the project: run this in one, or pass --tracks DIR for private tracks"
        )
    files = {}
    for path in sorted(_TEMPLATE.rglob("*.txt")):
        # template/exercises/stub.py.txt becomes exercises/NAME/stub.py.
        top_folder, filename = path.relative_to(_TEMPLATE).with_suffix("").parts
        files[root / top_folder / name / filename] = path.read_text(encoding="utf-8")
    for folder in sorted({path.parent for path in files}):
        if folder.exists():
            raise KataError(f"{folder} already exists: choose another name, or remove it")
    order = max((track.order for track in catalogue.find().values()), default=0) + 1
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        filled = text.replace("NAME", name).replace("TITLE", name).replace("ORDER", str(order))
        path.write_text(filled, encoding="utf-8", newline="\n")
    return list(files)
