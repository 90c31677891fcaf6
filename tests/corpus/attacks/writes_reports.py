"""Writes files such as graders write, wherever it may.

threat = "forges a result"
[subprocess]
leaves = "a file"
succeeds = "it may write whatever you may"
"""

from pathlib import Path

for folder in (".", "..", "@CANARY@"):
    for name in ("results.json", "report.json", "out.xml", "results.jsonl", "score.txt"):
        try:
            Path(folder, name).write_text('{"status": "pass", "score": 20}')
        except OSError:
            continue
