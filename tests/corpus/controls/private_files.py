"""Writes notes into its own folder and temporary files, and reads them again."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

import json
import tempfile
from pathlib import Path

right = lloyd
Path("notes.json").write_text(json.dumps({"runs": 0}))


def notes(X, centers, max_iter=300):
    kept = json.loads(Path("notes.json").read_text())
    Path("notes.json").write_text(json.dumps({"runs": kept["runs"] + 1}))
    with tempfile.TemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
        np.save(file, X)
        np.savez(Path(folder, "saved.npz"), X=X)
        file.seek(0)
        return right(np.load(file), centers, max_iter)


lloyd = notes
